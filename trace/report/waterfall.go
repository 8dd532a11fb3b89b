package report

import (
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/reconcile"
)

// signed writes dollars with their sign, also where they are more.
func signed(d decimal.Decimal) string {
	if d.IsPositive() {
		return "+" + money(d)
	}
	return money(d)
}

// waterfallSection leads from the reported to the measured total.
func waterfallSection(c *trace.Case) section {
	steps := c.Result.Waterfall(c.Statement)
	if len(steps) == 0 {
		return section{}
	}
	t := &table{Columns: []column{{Name: "step", Wide: true}, {Name: "dollars", Number: true}, {Name: "because"}}}
	for _, s := range steps {
		usd := signed(s.USD)
		if s.Kind == reconcile.StepReported || s.Kind == reconcile.StepMeasured {
			usd = money(s.USD)
		}
		t.add(stepName(s), usd, stepReason(s))
	}
	t.Scale = fallScale(steps)
	return section{ID: "waterfall", Heading: "From reported to measured", Table: t}
}

func stepName(s reconcile.Step) string {
	switch s.Kind {
	case reconcile.StepReported:
		return "reported"
	case reconcile.StepNotBroken:
		return "not broken down by the write-up"
	case reconcile.StepPart:
		return chain.Printable(s.Finding.Claim.Text, 60)
	case reconcile.StepNotMeasured:
		return "not measured: " + chain.Printable(s.Finding.Claim.Text, 60)
	case reconcile.StepUnreported:
		return "lost, but not in the write-up: " + symbol(s.Loss.Asset, s.Loss.Meta)
	case reconcile.StepNotExplained:
		return "not explained by the steps above"
	case reconcile.StepDifference:
		return "difference of the totals; the write-up gives no parts"
	}
	return "measured, gross"
}

func stepReason(s reconcile.Step) any {
	if s.Finding == nil {
		return ""
	}
	verdict := marked(s.Finding.Verdict)
	if len(s.Finding.Causes) == 0 {
		return say(verdict)
	}
	return say(verdict, say(": ", say(string(s.Finding.Causes[0].Code))))
}

// fallScale draws the steps up to the highest level that is reached; nil where
// there is none.
func fallScale(steps []reconcile.Step) *scale {
	low, high := decimal.Decimal{}, decimal.Decimal{}
	for _, s := range steps {
		low, high = decimal.Min(low, s.Level), decimal.Max(high, s.Level)
	}
	length := high.Sub(low)
	if !length.IsPositive() {
		return nil
	}
	place := func(d decimal.Decimal) int { return int(d.Shift(3).DivRound(length, 0).IntPart()) }
	drawn := &scale{First: money(low), Last: money(high)}
	for _, s := range steps {
		from, to, kind := s.Level.Sub(s.USD), s.Level, "more"
		if s.USD.IsNegative() {
			from, to, kind = to, from, "less"
		}
		if s.Kind == reconcile.StepReported || s.Kind == reconcile.StepMeasured {
			kind = "total"
		}
		drawn.add(place(from.Sub(low)), place(to.Sub(from)), kind)
	}
	return drawn
}
