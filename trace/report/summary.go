package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"

	"losstracer/chain"
	"losstracer/trace"
)

// SummaryRow is one write-up of many: its case, or why there is none.
type SummaryRow struct {
	File string
	Case *trace.Case
	Err  error
	Link string // to the report, for the HTML index; empty where there is none
}

// summaryLine is a row in words. Figures are as in the write-up's report.
type summaryLine struct {
	File, Title, Reported, Measured, Checked, Verdict, Cause, Link string
}

func (r SummaryRow) line() summaryLine {
	l := summaryLine{File: r.File, Link: r.Link}
	if r.Err != nil {
		l.Verdict, l.Cause = "error", chain.Printable(r.Err.Error(), 300)
		return l
	}
	c := r.Case
	l.Title, l.Verdict = chain.Printable(c.Incident.Title, 120), string(c.Verdict)
	l.Reported, l.Measured, l.Checked = "–", "–", "–"
	if c.Result.Reported != nil {
		l.Reported = money(*c.Result.Reported)
	}
	if len(c.Statement.Losses) > 0 {
		l.Measured = money(c.Statement.Totals.Gross)
		if len(c.Statement.Totals.Unpriced) > 0 {
			l.Measured = "≥ " + l.Measured
		}
	}
	if p := c.Result.CheckedPercent(); p != nil {
		l.Checked = p.RoundBank(0).String() + " %"
	}
	l.Cause = firstCause(c)
	return l
}

// firstCause is what to look at first: the cause of the first claim that was
// found wrong, else of the first that could not be checked, else a chain that
// could not be looked at.
func firstCause(c *trace.Case) string {
	for _, wrong := range []bool{true, false} {
		for _, f := range c.Result.Findings {
			if f.Verdict.Discrepant() == wrong && f.Verdict != "match" && len(f.Causes) > 0 {
				return fmt.Sprintf("line %d: %s: %s", f.Claim.Pos.Line, f.Causes[0].Code, f.Causes[0].Explanation)
			}
		}
	}
	for _, s := range c.Scopes {
		if s.Status != trace.Checked {
			return fmt.Sprintf("%s: %s: %s", s.Chain, s.Status, s.Detail)
		}
	}
	return ""
}

// SummaryText writes a row a write-up for a terminal of width columns; 0 means
// [DefaultWidth].
func SummaryText(w io.Writer, rows []SummaryRow, width int) error {
	if width <= 0 {
		width = DefaultWidth
	}
	t := &table{Columns: []column{
		{Name: "incident"}, {Name: "reported", Number: true}, {Name: "measured", Number: true}, {Name: "checked", Number: true},
		{Name: "verdict"}, {Name: "first cause", Wide: true},
	}}
	for _, r := range rows {
		l := r.line()
		t.add(chain.Printable(l.File, 40), l.Reported, l.Measured, l.Checked, l.Verdict, chain.Printable(l.Cause, 160))
	}
	var b bytes.Buffer
	b.WriteString(t.grid().text(width))
	fmt.Fprintf(&b, "\n%s\n", outcome(rows))
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return nil
}

// SummaryCSV writes a row a write-up.
func SummaryCSV(w io.Writer, rows []SummaryRow) error {
	records := [][]string{{"incident", "title", "reported", "measured", "checked", "verdict", "first_cause"}}
	for _, r := range rows {
		l := r.line()
		records = append(records, []string{cell(l.File), cell(l.Title), l.Reported, l.Measured, l.Checked, l.Verdict, cell(l.Cause)})
	}
	if err := csv.NewWriter(w).WriteAll(records); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return nil
}

// outcome counts the verdicts.
func outcome(rows []SummaryRow) string {
	count := map[string]int{}
	for _, r := range rows {
		count[r.line().Verdict]++
	}
	return fmt.Sprintf("%d write-ups: %d discrepant, %d incomplete, %d reconciled, %d errors", len(rows),
		count[string(trace.Discrepant)], count[string(trace.Incomplete)], count[string(trace.Reconciled)], count["error"])
}

// SummaryHTML writes an index over the reports of several write-ups.
func SummaryHTML(w io.Writer, rows []SummaryRow) error {
	t := &table{Columns: []column{
		{Name: "incident"}, {Name: "title", Wide: true}, {Name: "reported", Number: true}, {Name: "measured", Number: true},
		{Name: "checked", Number: true}, {Name: "verdict"}, {Name: "first cause", Wide: true},
	}, Whole: true}
	for _, r := range rows {
		l := r.line()
		t.add(span{Text: chain.Printable(l.File, 80), Link: l.Link}, l.Title, l.Reported, l.Measured, l.Checked, marked(l.Verdict), l.Cause)
	}
	p := page{
		Title: fmt.Sprintf("%d write-ups against the chain", len(rows)), Lead: []string{outcome(rows) + "."},
		Sections: filled([]section{{ID: "writeups", Heading: "Write-ups", Table: t}}),
	}
	return p.clean().writeHTML(w)
}
