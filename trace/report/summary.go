package report

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/incident"
	"losstracer/trace/reconcile"
)

// SummaryRow is what a summary of many write-ups says of one of them. It holds
// nothing of the case, which may be large.
type SummaryRow struct {
	Incident string // the name of the write-up
	Link     string // path of the report, from the index; empty where there is none
	Title    string
	Verdict  string // of the case, or why there is none: "error", [BrokenOff], [NotBegun], [Skipped]
	Cause    string // what to look at first, or what went wrong

	Reported, Measured, CheckedPercent *decimal.Decimal // in dollars; nil where there is no such figure
	Unpriced                           int              // lost assets that Measured lacks

	Figures, Compared int      // figures of the write-up, and those held against the chain
	Contradictions    int      // figures that other figures of the write-up contradict
	Problems          int      // of reading the write-up
	Chains            []string // that were looked at
	Lacks             []string // what would let more be checked
	Beyond            []string // chains that nothing here can check
}

// Summarize says what a summary says of a case.
func Summarize(c *trace.Case) SummaryRow {
	r := SummaryRow{
		Title: chain.Printable(c.Incident.Title, 120), Verdict: string(c.Verdict), Cause: firstCause(c),
		Reported: c.Result.Reported, CheckedPercent: c.Result.CheckedPercent(),
		Figures: len(c.Result.Findings), Problems: len(c.Incident.Problems), Unpriced: len(c.Statement.Totals.Unpriced),
	}
	if len(c.Statement.Losses) > 0 {
		gross := c.Statement.Totals.Gross
		r.Measured = &gross
	}
	for _, f := range c.Result.Findings {
		if compared(f) {
			r.Compared++
		}
		if f.Verdict == reconcile.Contradicted || slices.ContainsFunc(f.Causes, func(c reconcile.Cause) bool { return c.Code == reconcile.InternalContradiction }) {
			r.Contradictions++
		}
	}
	r.scopes(c)
	return r
}

// scopes says which chains were looked at, and what it would take to look at
// the others.
func (r *SummaryRow) scopes(c *trace.Case) {
	for _, s := range c.Scopes {
		switch s.Status {
		case trace.Checked:
			r.Chains = append(r.Chains, s.Chain)
		case trace.NoEndpoint, trace.WrongChain:
			r.Lacks = append(r.Lacks, "an endpoint for "+s.Chain)
		case trace.Failed:
			r.Lacks = append(r.Lacks, "an endpoint for "+s.Chain+" that answers")
		case trace.NoHistory:
			r.Lacks = append(r.Lacks, "an endpoint for "+s.Chain+" that has its history")
		case trace.Unsupported:
			r.Beyond = append(r.Beyond, s.Chain)
		}
	}
	if !slices.ContainsFunc(c.Incident.Addresses, evm) && len(c.Incident.Transactions) == 0 && len(c.Attackers) == 0 {
		r.Lacks = append(r.Lacks, "an address or tx of the attackers")
	}
	if r.Unpriced > 0 {
		r.Lacks = append(r.Lacks, "prices of "+count(r.Unpriced, "lost asset", "lost assets"))
	}
}

func evm(m incident.Address) bool {
	_, err := chain.ParseAddress(m.Address)
	return err == nil
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
	if len(c.Result.Findings) == 0 {
		return "the write-up states no figure"
	}
	return ""
}

func (r SummaryRow) measured() string {
	if r.Measured != nil && r.Unpriced > 0 {
		return "≥ " + money(*r.Measured)
	}
	return dash(r.Measured, money)
}

func (r SummaryRow) checked() string {
	return dash(r.CheckedPercent, func(p decimal.Decimal) string { return p.RoundBank(0).String() + " %" })
}

func (r SummaryRow) figures() string {
	if r.Figures == 0 {
		return "–"
	}
	return fmt.Sprintf("%d of %d", r.Compared, r.Figures)
}

// wants says what stands in the way of checking more; empty where nothing does.
func (r SummaryRow) wants() string {
	var parts []string
	if len(r.Lacks) > 0 {
		parts = append(parts, "lacks "+strings.Join(r.Lacks, ", "))
	}
	if len(r.Beyond) > 0 {
		parts = append(parts, "cannot check "+strings.Join(r.Beyond, ", "))
	}
	return strings.Join(parts, "; ")
}

// dash writes what is there.
func dash(d *decimal.Decimal, write func(decimal.Decimal) string) string {
	if d == nil {
		return "–"
	}
	return write(*d)
}

// SummaryText writes a row a write-up for a terminal of width columns; 0 means
// [DefaultWidth].
func SummaryText(w io.Writer, rows []SummaryRow, width int) error {
	if width <= 0 {
		width = DefaultWidth
	}
	t := &table{Columns: []column{
		{Name: "incident"}, {Name: "reported", Number: true}, {Name: "measured", Number: true}, {Name: "checked", Number: true},
		{Name: "figures", Number: true}, {Name: "verdict"}, {Name: "first cause; what is lacking", Wide: true},
	}}
	for _, r := range rows {
		why := []string{chain.Printable(r.Cause, 160), r.wants()}
		why = slices.DeleteFunc(why, func(s string) bool { return s == "" })
		t.add(chain.Printable(r.Incident, 40), dash(r.Reported, money), r.measured(), r.checked(), r.figures(), r.Verdict, strings.Join(why, "\n"))
	}
	g := t.grid()
	g.Apart = true
	var b bytes.Buffer
	b.WriteString(g.text(width))
	b.WriteByte('\n')
	for _, line := range outcome(rows) {
		paragraph(&b, "", line, width)
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return nil
}

// SummaryCSV writes a row a write-up, for programs: dollars and percent are
// plain decimals, and empty where there is no such figure.
func SummaryCSV(w io.Writer, rows []SummaryRow) error {
	records := [][]string{{
		"incident", "title", "reported", "measured", "checked", "verdict", "first_cause", "figures", "figures_compared", "contradictions",
		"problems", "chains_checked", "lacking", "not_checkable", "unpriced_assets", "report",
	}}
	plain := func(d *decimal.Decimal) string {
		if d == nil {
			return ""
		}
		return d.RoundBank(2).String()
	}
	for _, r := range rows {
		records = append(records, []string{
			cell(r.Incident), cell(r.Title), plain(r.Reported), plain(r.Measured), plain(r.CheckedPercent), r.Verdict, cell(r.Cause),
			strconv.Itoa(r.Figures), strconv.Itoa(r.Compared), strconv.Itoa(r.Contradictions), strconv.Itoa(r.Problems),
			strings.Join(r.Chains, "; "), strings.Join(r.Lacks, "; "), cell(strings.Join(r.Beyond, "; ")), strconv.Itoa(r.Unpriced), cell(r.Link),
		})
	}
	if err := csv.NewWriter(w).WriteAll(records); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return nil
}

// outcome counts the verdicts, and what is lacking.
func outcome(rows []SummaryRow) []string {
	verdicts := map[string]int{}
	for _, r := range rows {
		verdicts[r.Verdict]++
	}
	counts := []string{
		fmt.Sprintf("%d discrepant", verdicts[string(trace.Discrepant)]), fmt.Sprintf("%d incomplete", verdicts[string(trace.Incomplete)]),
		fmt.Sprintf("%d reconciled", verdicts[string(trace.Reconciled)]), count(verdicts["error"], "error", "errors"),
	}
	for _, v := range []string{BrokenOff, NotBegun} {
		if n := verdicts[v]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, v))
		}
	}
	lines := []string{fmt.Sprintf("%s: %s", count(writeUps(rows), "write-up", "write-ups"), strings.Join(counts, ", "))}
	if n := verdicts[Skipped]; n > 0 {
		lines[0] += fmt.Sprintf("; %s", count(n, "other file was skipped", "other files were skipped"))
	}
	if wanted := endpointsLacking(rows); len(wanted) > 0 {
		lines = append(lines, "More could be checked with "+strings.Join(wanted, ", "))
	}
	return lines
}

// endpointsLacking lists the endpoints that write-ups lack, each with how many
// do, the most wanted first.
func endpointsLacking(rows []SummaryRow) []string {
	lacks := map[string]int{}
	for _, r := range rows {
		for _, what := range r.Lacks {
			if strings.HasPrefix(what, "an endpoint") {
				lacks[what]++
			}
		}
	}
	names := slices.SortedFunc(maps.Keys(lacks), func(a, b string) int {
		return cmp.Or(lacks[b]-lacks[a], strings.Compare(a, b))
	})
	for i, what := range names {
		names[i] = fmt.Sprintf("%s (%d)", what, lacks[what])
	}
	return names
}

// relative makes a link of the path of a file, whatever it is called.
func relative(path string) string {
	if path == "" {
		return ""
	}
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return "./" + strings.Join(parts, "/")
}

// What a row says instead of a verdict: where a run was interrupted, and of a
// file among the write-ups that is none.
const (
	BrokenOff = "broken off"
	NotBegun  = "not begun"
	Skipped   = "skipped"
)

// writeUps counts the rows that are write-ups.
func writeUps(rows []SummaryRow) (n int) {
	for _, r := range rows {
		if r.Verdict != Skipped {
			n++
		}
	}
	return n
}

// SummaryHTML writes an index over the reports of several write-ups.
func SummaryHTML(w io.Writer, rows []SummaryRow) error {
	t := &table{Columns: []column{
		{Name: "incident"}, {Name: "reported", Number: true}, {Name: "measured", Number: true}, {Name: "checked", Number: true},
		{Name: "figures", Number: true}, {Name: "verdict"}, {Name: "first cause; what is lacking", Wide: true},
	}, Whole: true}
	for _, r := range rows {
		name := say(span{Text: chain.Printable(r.Incident, 80), Link: relative(r.Link)}, after("\n", r.Title))
		t.add(name, dash(r.Reported, money), r.measured(), r.checked(), r.figures(), marked(r.Verdict), chain.Printable(r.Cause, 300)+after("\n", r.wants()))
	}
	p := page{
		Title: count(writeUps(rows), "write-up", "write-ups") + " against the chain",
		Sections: filled([]section{{ID: "writeups", Heading: "Write-ups", Table: t, Text: []words{
			say("“figures” counts those that could be held against the chain, of all that the write-up states."),
		}}}),
	}
	for _, line := range outcome(rows) {
		p.Lead = append(p.Lead, line+".")
	}
	return p.clean().writeHTML(w)
}
