package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"html/template"
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
	t := &table{columns: []column{
		{name: "incident"}, {name: "reported", number: true}, {name: "measured", number: true}, {name: "checked", number: true},
		{name: "verdict"}, {name: "first cause", wide: true},
	}}
	count := map[string]int{}
	for _, r := range rows {
		l := r.line()
		count[l.Verdict]++
		t.add(chain.Printable(l.File, 40), l.Reported, l.Measured, l.Checked, l.Verdict, chain.Printable(l.Cause, 160))
	}
	var b bytes.Buffer
	b.WriteString(t.text(width))
	fmt.Fprintf(&b, "\n%d write-ups: %d discrepant, %d incomplete, %d reconciled, %d errors\n", len(rows),
		count[string(trace.Discrepant)], count[string(trace.Incomplete)], count[string(trace.Reconciled)], count["error"])
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

// indexPage lists the reports of several write-ups. It has no script, and
// loads nothing.
var indexPage = template.Must(template.New("index").Parse(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>losstracer: {{len .}} write-ups</title>
<style>
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 1rem auto; max-width: 90rem; padding: 0 1rem; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem; border-bottom: 1px solid; }
td.n, th.n { text-align: right; white-space: nowrap; }
</style>
</head>
<body>
<main>
<h1>{{len .}} write-ups against the chain</h1>
<div class="scroll" role="region" aria-label="Results" tabindex="0">
<table>
<thead><tr><th scope="col">Incident</th><th scope="col" class="n">Reported</th><th scope="col" class="n">Measured</th><th scope="col" class="n">Checked</th><th scope="col">Verdict</th><th scope="col">First cause</th></tr></thead>
<tbody>
{{range .}}<tr><th scope="row">{{if .Link}}<a href="{{.Link}}">{{.File}}</a>{{else}}{{.File}}{{end}}<br>{{.Title}}</th><td class="n">{{.Reported}}</td><td class="n">{{.Measured}}</td><td class="n">{{.Checked}}</td><td>{{.Verdict}}</td><td>{{.Cause}}</td></tr>
{{end}}</tbody>
</table>
</div>
</main>
</body>
</html>
`))

// SummaryHTML writes an index over the reports of several write-ups.
func SummaryHTML(w io.Writer, rows []SummaryRow) error {
	var lines []summaryLine
	for _, r := range rows {
		lines = append(lines, r.line())
	}
	if err := indexPage.Execute(w, lines); err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	return nil
}
