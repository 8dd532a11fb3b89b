package report

import (
	"fmt"
	"strings"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/incident"
	"losstracer/trace/reconcile"
)

func findingsSection(c *trace.Case) section {
	t := &table{Columns: []column{
		{Name: "line", Number: true}, {Name: "reported", Wide: true}, {Name: "measured", Number: true},
		{Name: "difference", Number: true}, {Name: "verdict"},
	}}
	for _, f := range c.Result.Findings {
		t.add(f.Claim.Pos.Line, claimText(f.Claim), measuredText(f), differenceText(f), marked(f.Verdict))
	}
	return section{ID: "findings", Heading: "Reported against measured", Table: t}
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
	if f.Measured.USD != nil {
		lines = append(lines, money(*f.Measured.USD))
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

// differenceText shows the difference that decided the finding, and its share
// of the measurement below. Where nothing was decided there is none to show.
func differenceText(f reconcile.Finding) string {
	if f.Verdict == reconcile.Unverifiable || f.Verdict == reconcile.Unpriced || f.Verdict == reconcile.Contradicted {
		return "–"
	}
	percent := ""
	if f.Difference.Percent != nil && !f.Difference.Percent.IsZero() {
		percent = fmt.Sprintf("\n%s %%", f.Difference.Percent.RoundBank(2))
	}
	switch {
	case f.Timing != nil:
		return f.Timing.Written.Sub(f.Timing.Observed).String()
	case f.Difference.USD != nil && f.Verdict.Discrepant() && f.Difference.Quantity != nil && f.Difference.Quantity.IsZero():
		return money(*f.Difference.USD) + percent
	case f.Difference.Quantity != nil:
		return coarse(*f.Difference.Quantity) + percent
	case f.Difference.USD != nil:
		return money(*f.Difference.USD) + percent
	}
	return "–"
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
		s.Items = append(s.Items, say(word+strings.Join(lines[said], ", ")+", ", marked(said.verdict),
			fmt.Sprintf(": %s: %s ", said.cause.Code, said.cause.Explanation), basisSpan(said.cause.Basis)))
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
