package report

import (
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/incident"
	"losstracer/trace/reconcile"
)

// fall is a waterfall in the making: what is left of the figure at its top.
type fall struct {
	table *table
	level decimal.Decimal
	ends  [][2]decimal.Decimal // of each bar
	kinds []string
}

func (w *fall) total(what string, usd decimal.Decimal) {
	w.table.add(what, money(usd), "")
	w.level = usd
	w.ends, w.kinds = append(w.ends, [2]decimal.Decimal{{}, usd}), append(w.kinds, "total")
}

func (w *fall) step(what string, usd decimal.Decimal, why any) {
	if usd.IsZero() {
		return
	}
	kind := "more"
	if usd.IsNegative() {
		kind = "less"
	}
	next := w.level.Add(usd)
	w.table.add(what, signed(usd), why)
	w.ends, w.kinds = append(w.ends, [2]decimal.Decimal{decimal.Min(w.level, next), decimal.Max(w.level, next)}), append(w.kinds, kind)
	w.level = next
}

// signed writes dollars with their sign, also where they are more.
func signed(d decimal.Decimal) string {
	if d.IsPositive() {
		return "+" + money(d)
	}
	return money(d)
}

// waterfallSection leads from the reported to the measured total. Nothing in
// it is adjusted: what the steps do not explain is a step that says so.
func waterfallSection(c *trace.Case) section {
	reported, measured := c.Result.Reported, c.Statement.Totals.Gross
	if reported == nil || len(c.Statement.Losses) == 0 {
		return section{}
	}
	w := &fall{table: &table{Columns: []column{{Name: "step", Wide: true}, {Name: "dollars", Number: true}, {Name: "because"}}}}
	w.total("reported", *reported)
	if parts := itemised(c.Result.Findings); parts.IsPositive() {
		w.step("not broken down by the write-up", parts.Sub(*reported), "")
		for _, f := range c.Result.Findings {
			w.claim(f)
		}
		for _, u := range c.Result.Unreported {
			if u.Loss.GrossUSD != nil {
				w.step("lost, but not in the write-up: "+symbol(u.Loss.Asset, u.Loss.Meta), *u.Loss.GrossUSD, "")
			}
		}
	}
	rest := "not explained by the steps above"
	if len(w.kinds) == 1 {
		rest = "difference of the totals; the write-up gives no parts"
	}
	w.step(rest, measured.Sub(w.level), "")
	w.total("measured, gross", measured)
	w.table.Scale = w.scale()
	return section{ID: "waterfall", Heading: "From reported to measured", Table: w.table}
}

// claim is the step that one figure of the write-up makes.
func (w *fall) claim(f reconcile.Finding) {
	stated, ok := stated(f)
	if !ok {
		return
	}
	why := words{}
	if len(f.Causes) > 0 {
		why = say(string(f.Causes[0].Code))
	}
	text := chain.Printable(f.Claim.Text, 60)
	switch {
	case !decided(f) || f.Measured.USD == nil:
		w.step("not measured: "+text, stated.Neg(), say(marked(f.Verdict), separated(why)))
	default:
		w.step(text, f.Measured.USD.Sub(stated), say(marked(f.Verdict), separated(why)))
	}
}

func separated(w words) words {
	if len(w) == 0 {
		return nil
	}
	return say(": ", w)
}

func decided(f reconcile.Finding) bool {
	switch f.Verdict {
	case reconcile.Unverifiable, reconcile.Unpriced, reconcile.Contradicted:
		return false
	}
	return true
}

// stated is what a figure for an asset or a chain contributes to the reported
// total: its dollars; what was measured, where a slip of the unit is found or
// only a quantity is given.
func stated(f reconcile.Finding) (decimal.Decimal, bool) {
	if f.Claim.Kind != incident.ClaimAsset && f.Claim.Kind != incident.ClaimChain {
		return decimal.Decimal{}, false
	}
	switch {
	case f.Claim.USD != nil && (f.Verdict != reconcile.UnitError || f.Measured.USD == nil):
		return f.Claim.USD.Value, true
	case f.Measured.USD != nil:
		return *f.Measured.USD, true
	}
	return decimal.Decimal{}, false
}

func itemised(findings []reconcile.Finding) decimal.Decimal {
	var sum decimal.Decimal
	for _, f := range findings {
		if usd, ok := stated(f); ok {
			sum = sum.Add(usd)
		}
	}
	return sum
}

// scale draws the steps up to the highest level that is reached; nil where
// there is none.
func (w *fall) scale() *scale {
	low, high := decimal.Decimal{}, decimal.Decimal{}
	for _, e := range w.ends {
		low, high = decimal.Min(low, e[0]), decimal.Max(high, e[1])
	}
	length := high.Sub(low)
	if !length.IsPositive() {
		return nil
	}
	place := func(d decimal.Decimal) int { return int(d.Shift(3).DivRound(length, 0).IntPart()) }
	s := &scale{First: money(low), Last: money(high)}
	for i, e := range w.ends {
		s.add(place(e[0].Sub(low)), place(e[1].Sub(e[0])), w.kinds[i])
	}
	return s
}
