package report

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/incident"
	"losstracer/trace/reconcile"
)

func findingsSection(c *trace.Case) section {
	t := &table{Columns: []column{
		{Name: "line", Number: true}, {Name: "reported", Wide: true}, {Name: "measured", Number: true},
		{Name: "difference", Number: true}, {Name: "tolerance", Number: true}, {Name: "verdict"},
	}}
	for _, f := range c.Result.Findings {
		t.add(f.Claim.Pos.Line, claimText(f.Claim), measuredText(f), differenceText(f), toleranceText(f), marked(f.Verdict))
	}
	s := section{ID: "findings", Heading: "Reported against measured", Table: t}
	if len(t.Rows) > 0 {
		s.Text = append(s.Text, say("The difference is what was reported less what was measured, and its share of what was measured: “over” is a report of too much, “under” one of too little."))
	}
	return s
}

// tolerancesSection says why claim and measurement may be as far apart as they
// may.
func tolerancesSection(c *trace.Case) section {
	t := &table{Columns: []column{{Name: "line", Number: true}, {Name: "reported", Wide: true}, {Name: "tolerance", Number: true}, {Name: "why", Wide: true}}}
	for _, f := range c.Result.Findings {
		if compared(f) && f.Tolerance.Why != "" {
			t.add(f.Claim.Pos.Line, claimText(f.Claim), toleranceText(f), f.Tolerance.Why)
		}
	}
	return section{ID: "tolerances", Heading: "How far apart the two may be", Table: t, Reference: true}
}

// measuredText shows quantity and dollars below each other.
func measuredText(f reconcile.Finding) string {
	var lines []string
	if f.Timing != nil {
		return f.Timing.Observed.UTC().Format("2006-01-02\n15:04:05 UTC")
	}
	if f.Measured.Quantity != nil {
		lines = append(lines, coarse(*f.Measured.Quantity)+" "+chain.Printable(f.Claim.Asset, 12))
	}
	switch usd := f.Measured.USD; {
	case usd == nil:
	case f.Verdict != reconcile.Unpriced:
		lines = append(lines, money(*usd))
	case usd.IsZero():
		lines = append(lines, "unpriced")
	default: // the rest has no price
		lines = append(lines, "≥ "+money(*usd))
	}
	if len(lines) == 0 {
		return "–"
	}
	return strings.Join(lines, "\n")
}

func claimText(c incident.Claim) string {
	words := chain.Printable(c.Text, 60)
	switch c.Kind {
	case incident.ClaimFrontMatter:
		words = "front matter: " + words
	case incident.ClaimTitle:
		words = "title: " + words
	case incident.ClaimRecovered:
		words = "recovered: " + words
	}
	return words
}

// compared reports whether a claim was held against a measurement.
func compared(f reconcile.Finding) bool {
	return f.Verdict != reconcile.Unverifiable && f.Verdict != reconcile.Unpriced && f.Verdict != reconcile.Contradicted
}

// decided returns the difference that decided a finding, in units of the asset
// or in dollars, what it was allowed to be, and how both are written. All are nil
// where nothing was compared, and for times.
func decided(f reconcile.Finding) (difference, tolerance *decimal.Decimal, write func(decimal.Decimal) string) {
	switch d := f.Difference; {
	case !compared(f) || f.Timing != nil:
		return nil, nil, nil
	case d.Quantity == nil, d.USD != nil && f.Verdict.Discrepant() && d.Quantity.IsZero():
		return d.USD, f.Tolerance.USD, money
	}
	return f.Difference.Quantity, f.Tolerance.Quantity, func(d decimal.Decimal) string {
		return coarse(d) + after(" ", chain.Printable(f.Claim.Asset, 12))
	}
}

// differenceText shows the difference that decided a finding, and its share of
// the measurement below.
func differenceText(f reconcile.Finding) string {
	difference, _, write := decided(f)
	switch {
	case f.Timing != nil && compared(f):
		return f.Timing.Written.Sub(f.Timing.Observed).String()
	case difference == nil:
		return "–"
	case f.Difference.Percent == nil || f.Difference.Percent.IsZero():
		return write(*difference)
	}
	return fmt.Sprintf("%s\n%s %%", write(*difference), f.Difference.Percent.RoundBank(2))
}

func toleranceText(f reconcile.Finding) string {
	_, tolerance, write := decided(f)
	if tolerance == nil {
		return "–"
	}
	return write(*tolerance)
}

// causesSection lists causes in the order of the claims; what is said of
// several claims in the same words is said once.
func causesSection(c *trace.Case) section {
	type saying struct {
		verdict reconcile.Verdict
		cause   reconcile.Cause
	}
	var order []saying
	lines := map[saying][]string{}
	for _, f := range c.Result.Findings {
		for _, cause := range f.Causes {
			said := saying{f.Verdict, cause}
			if lines[said] == nil {
				order = append(order, said)
			}
			lines[said] = append(lines[said], fmt.Sprint(f.Claim.Pos.Line))
		}
	}
	s := section{ID: "causes", Heading: "Why"}
	for _, said := range order {
		word := "line "
		if len(lines[said]) > 1 {
			word = "lines "
		}
		why := fmt.Sprintf(": %s: %s ", said.cause.Code, said.cause.Explanation)
		if string(said.cause.Code) == string(said.verdict) { // unit-error is both
			why = fmt.Sprintf(": %s ", said.cause.Explanation)
		}
		s.Items = append(s.Items, say(word+strings.Join(lines[said], ", ")+", ", marked(said.verdict), why, basisSpan(said.cause.Basis)))
	}
	return s
}

// basisSpan says what a statement rests on, after it.
func basisSpan(b chain.Basis) span { return span{Text: "[" + b.String() + "]", Role: mark} }

func unreportedSection(c *trace.Case) section {
	s := section{ID: "unreported", Heading: "Lost, but not in the write-up"}
	for _, u := range c.Result.Unreported {
		s.Items = append(s.Items, say(fmt.Sprintf("%s %s (%s, ", quantity(whole(u.Loss.Gross, u.Loss.Meta)), symbol(u.Loss.Asset, u.Loss.Meta),
			optionalMoney(u.Loss.GrossUSD)), assetSpan(u.Loss.Asset), "): "+u.Why))
	}
	return s
}

func problemsSection(c *trace.Case) section {
	s := section{ID: "problems", Heading: "In the write-up itself"}
	for _, p := range c.Incident.Problems {
		line := fmt.Sprintf("line %d, column %d: %s: %s", p.Pos.Line, p.Pos.Column, p.Code, p.Message)
		if p.Hint != "" {
			line += " (" + p.Hint + ")"
		}
		s.Items = append(s.Items, say(line))
	}
	return s
}

// correctedSection is what the write-up could say instead, to be copied.
func correctedSection(c *trace.Case) section {
	return section{
		ID: "corrected", Heading: "A Losses section that the chain supports", Reference: true,
		Tree: reconcile.Corrected(reconcile.Input{Statement: c.Statement}, c.Result),
	}
}
