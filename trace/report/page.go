package report

import (
	"fmt"
	"slices"
	"strings"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/loss"
	"losstracer/trace/reconcile"
)

// page is a report for people, before it is laid out. What templates read is
// exported.
type page struct {
	Title    string
	Verdict  trace.Verdict // of a case; empty for other reports
	Notices  []string      // warnings, for the very top
	Lead     []string      // the outcome in sentences
	Tiles    []tile        // the outcome in figures, where there is room for both
	Sections []section
}

// tile is a figure of the outcome.
type tile struct{ Name, Value, Note string }

type section struct {
	ID      string // stable, for links into a report
	Heading string
	Text    []words
	Picture *picture
	Draw    func() *picture // makes the picture, where drawing is possible
	Tree    []string        // lines to be shown as they are, below each other
	Table   *table
	Items   []words
	// Reference is set for what is looked up rather than read: it is left out
	// on a terminal.
	Reference bool
}

func (s section) empty() bool {
	return s.Table == nil && len(s.Items) == 0 && len(s.Text) == 0 && len(s.Tree) == 0
}

// table is rows under a header. A cell may have several lines.
type table struct {
	Columns []column
	Rows    [][]words
	Left    int    // rows beyond [mostRows], which are not kept
	Scale   *scale // drawn beside the rows where drawing is possible
	Whole   bool   // is the page: not put into a frame, however long
}

type column struct {
	Name   string
	Number bool
	Wide   bool // may be wrapped where the line is short
	Hex    bool // may be abbreviated where the line is short
	Brief  bool // is abbreviated on a terminal
}

// scale draws each row of a table as a bar on one common scale.
type scale struct {
	First, Last string // what the ends of the scale are
	Bars        []bar
	Cuts        []bar // parts that stand for more than their length
}

// scaleRow is a row of a scale: its bar, over the line from end to end.
type scaleRow struct {
	bar
	Lines, Cuts []bar
}

// Row returns what is drawn beside a row of the table.
func (s *scale) Row(i int) scaleRow {
	r := scaleRow{bar: s.Bars[i], Cuts: s.Cuts}
	at := 0
	for _, cut := range s.Cuts {
		r.Lines = append(r.Lines, bar{At: at, Width: cut.At - at})
		at = cut.At + cut.Width
	}
	r.Lines = append(r.Lines, bar{At: at, Width: 1000 - at})
	return r
}

// bar is the extent of a row, in thousandths of the scale.
type bar struct {
	At, Width int
	Kind      string // one of our own words
}

// add draws a bar, wide enough to be seen.
func (s *scale) add(at, width int, kind string) {
	const least = 4
	width = max(width, least)
	s.Bars = append(s.Bars, bar{max(min(at, 1000-width), 0), width, kind})
}

// mostRows is how many rows a table for people has. Nobody reads more, and a
// page with a million rows opens nowhere; the forms for programs have them all.
const mostRows = 5_000

// add takes what [say] takes, a cell each.
func (t *table) add(cells ...any) {
	if len(t.Rows) == mostRows {
		t.Left++
		return
	}
	row := make([]words, len(cells))
	for i, c := range cells {
		row[i] = say(c)
	}
	t.Rows = append(t.Rows, row)
}

// withoutEmpty leaves out columns in which nothing stands.
func (t *table) withoutEmpty() *table {
	empty := func(i int) bool {
		return !slices.ContainsFunc(t.Rows, func(row []words) bool { return row[i].String() != "" })
	}
	var keep []int
	for i := range t.Columns {
		if !empty(i) {
			keep = append(keep, i)
		}
	}
	if len(keep) == len(t.Columns) {
		return t
	}
	n := *t
	n.Columns, n.Rows = nil, nil
	for _, i := range keep {
		n.Columns = append(n.Columns, t.Columns[i])
	}
	for _, row := range t.Rows {
		var cells []words
		for _, i := range keep {
			cells = append(cells, row[i])
		}
		n.Rows = append(n.Rows, cells)
	}
	return &n
}

// compose puts a case into words and tables. It is the only place that does:
// the forms for people differ in layout, not in what they say.
func compose(c *trace.Case) page {
	p := page{Title: c.Incident.Title, Verdict: c.Verdict, Notices: slices.Clone(c.Warnings), Lead: lead(c), Tiles: tiles(c)}
	if p.Title == "" {
		p.Title = c.Incident.File
	}
	sections := []section{
		findingsSection(c), causesSection(c), tolerancesSection(c), lossesSection(c), totalsSection(c), remarksSection(c), waterfallSection(c), unreportedSection(c), elsewhereSection(c), correctedSection(c),
	}
	if c.Flow != nil {
		sections = append(sections, flowSections(c.Flow)...)
	}
	sections = append(sections, timelineSection(c), excludedSection(c), uncheckedSection(c), problemsSection(c), pricesSection(c), valuationsSection(c),
		partiesSection(c), methodSection(), ratesSection(c), readingRatesSection(c), limitsSection(c), transfersSection(c))
	if c.Flow != nil {
		sections = append(sections, flowReference(c.Flow)...)
	}
	sections = append(sections, closureSection(c), trialSection(c), roundsSection(c), blocksSection(c), evidenceSection(c))
	p.Sections = filled(sections)
	return p.clean()
}

// filled leaves out sections that have nothing to say.
func filled(sections []section) []section {
	var list []section
	for _, s := range sections {
		if s.Table != nil && len(s.Table.Rows) == 0 {
			s.Table = nil
		}
		if s.Table != nil {
			s.Table = s.Table.withoutEmpty()
		}
		if s.Table != nil && s.Table.Left > 0 {
			s.Text = append(s.Text, sayf("The first %d of %d rows; the CSV, JSON and workbook forms have them all.", mostRows, mostRows+s.Table.Left))
		}
		if !s.empty() {
			list = append(list, s)
		}
	}
	return list
}

func lead(c *trace.Case) []string {
	var lines []string
	wrong := 0
	for _, f := range c.Result.Findings {
		if f.Verdict.Discrepant() {
			wrong++
		}
	}
	looked := slices.ContainsFunc(c.Scopes, func(s trace.ChainScope) bool { return s.Status == trace.Checked })
	switch {
	case c.Verdict == trace.Discrepant && !looked:
		lines = append(lines, fmt.Sprintf("Discrepant: %d of %d figures of the write-up do not fit the others. No chain was looked at.", wrong, len(c.Result.Findings)))
	case c.Verdict == trace.Incomplete && !looked:
		lines = append(lines, "Incomplete: the write-up was read; no chain was looked at.")
	case c.Verdict == trace.Discrepant:
		lines = append(lines, fmt.Sprintf("Discrepant: %d of %d figures of the write-up differ from what the chain shows.", wrong, len(c.Result.Findings)))
	case c.Verdict == trace.Incomplete:
		lines = append(lines, "Incomplete: not everything could be checked; nothing that could be was found wrong.")
	case len(c.Result.Findings) == 0:
		lines = append(lines, "Reconciled: the write-up states no figure that could be wrong.")
	default:
		lines = append(lines, fmt.Sprintf("Reconciled: all %d figures of the write-up agree with what the chain shows.", len(c.Result.Findings)))
	}
	if open := openText(c); open != "" {
		lines = append(lines, open)
	}
	t := c.Statement.Totals
	if len(c.Statement.Losses) > 0 {
		lines = append(lines, fmt.Sprintf("Measured: %s gross, %s returned, %s net%s. %s",
			money(t.Gross), money(t.Returned), money(t.Net), floorText(c), boundsText(t)))
	} else {
		lines = append(lines, "Measured: no loss, because nothing could be measured (see below).")
	}
	if p := c.Result.CheckedPercent(); p != nil {
		lines = append(lines, fmt.Sprintf("Checked %s %% of the %s that were reported.", p.RoundBank(1), money(*c.Result.Reported)))
	}
	return lines
}

// openText says how much was not compared or is not known; empty where all was
// and is. A verdict on the rest must not hide it.
func openText(c *trace.Case) string {
	figures := 0
	for _, f := range c.Result.Findings {
		if f.Verdict == reconcile.Unverifiable || f.Verdict == reconcile.Unpriced {
			figures++
		}
	}
	var parts []string
	if figures > 0 {
		parts = append(parts, fmt.Sprintf("%d of %s could not be compared", figures, count(len(c.Result.Findings), "figure", "figures")))
	}
	unchecked := uncheckedSection(c)
	if n := len(unchecked.Items); n > 0 {
		parts = append(parts, fmt.Sprintf("%s below, under “%s”", count(n, "point stands", "points stand"), unchecked.Heading))
	}
	if len(parts) == 0 {
		return ""
	}
	return "Open: " + strings.Join(parts, "; ") + "."
}

// boundsText says between what the gross lies, by how many of the rules that can
// be wrong are.
func boundsText(t loss.Totals) string {
	unpriced := ""
	if n := len(t.DoubtfulUnpriced); n > 0 {
		unpriced = ", and " + count(n, "asset that has no price", "assets that have no price")
	}
	least := "Nothing of it rests on heuristics alone"
	if !t.WithoutHeuristics.Equal(t.Gross) {
		least = "Without what rests on heuristics alone: " + money(t.WithoutHeuristics) + " gross"
	}
	if t.Doubtful.IsZero() && unpriced == "" {
		return least + "; and nothing is left out of it by heuristics alone."
	}
	return least + "; with all that heuristics alone leave out of it: " + money(t.Gross.Add(t.Doubtful)) + " gross" + unpriced + "."
}

// floorText qualifies totals that lack something.
func floorText(c *trace.Case) string {
	if n := len(c.Statement.Totals.Unpriced); n > 0 {
		return ", a floor: " + count(n, "lost asset has", "lost assets have") + " no price"
	}
	return ""
}

func tiles(c *trace.Case) []tile {
	reported, checked := tile{"Reported", "no dollars", ""}, tile{"Checked", "–", "of the reported dollars"}
	if c.Result.Reported != nil {
		reported = tile{"Reported", money(*c.Result.Reported), "by the write-up"}
	}
	if p := c.Result.CheckedPercent(); p != nil {
		checked.Value = p.RoundBank(1).String() + " %"
	}
	if len(c.Statement.Losses) == 0 {
		return []tile{reported, {"Measured", "nothing", "see what could not be checked"}, checked}
	}
	t := c.Statement.Totals
	gross := tile{"Measured", money(t.Gross), "gross" + floorText(c)}
	net := tile{"Net", money(t.Net), money(t.Returned) + " returned" + floorText(c)}
	return []tile{reported, gross, net, checked}
}

func networkTitle(id uint64) string {
	n, _ := chain.NetworkByID(id)
	return n.Title
}
