package report

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"

	pretty "github.com/jedib0t/go-pretty/v6/table"
	layout "github.com/jedib0t/go-pretty/v6/text"

	"losstracer/trace"
)

// DefaultWidth is the width of a text report where the terminal does not say.
const DefaultWidth = 100

// Text writes a case for a terminal of width columns; 0 means [DefaultWidth].
func Text(w io.Writer, c *trace.Case, width int) error {
	return compose(c).writeText(w, width)
}

// writeText writes a page for a terminal.
func (p page) writeText(w io.Writer, width int) error {
	if width <= 0 {
		width = DefaultWidth
	}
	var b bytes.Buffer
	p.text(&b, width)
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func (p page) text(b *bytes.Buffer, width int) {
	for _, n := range p.Notices {
		paragraph(b, "! ", n, width)
	}
	if len(p.Notices) > 0 {
		b.WriteByte('\n')
	}
	paragraph(b, "", p.Title, width)
	b.WriteString(strings.Repeat("=", min(width, layout.StringWidthWithoutEscSequences(p.Title))) + "\n\n")
	for _, line := range p.Lead {
		paragraph(b, "", line, width)
	}
	for _, s := range p.Sections {
		if s.Reference {
			continue
		}
		fmt.Fprintf(b, "\n%s\n%s\n", s.Heading, strings.Repeat("-", layout.StringWidthWithoutEscSequences(s.Heading)))
		for _, line := range s.Text {
			paragraph(b, "", line.String(), width)
		}
		for _, line := range s.Tree {
			b.WriteString(line + "\n")
		}
		if s.Table != nil {
			b.WriteString(s.Table.grid().text(width))
		}
		for _, item := range s.Items {
			paragraph(b, "* ", item.String(), width)
		}
	}
}

// paragraph writes text wrapped to width, with later lines indented as far as
// the mark of the first.
func paragraph(b *bytes.Buffer, mark, words string, width int) {
	for i, line := range strings.Split(layout.WrapSoft(words, max(width-len(mark), 20)), "\n") {
		if i > 0 {
			mark = strings.Repeat(" ", len(mark))
		}
		b.WriteString(mark + strings.TrimRight(line, " ") + "\n")
	}
}

// grid is a table as a terminal shows it: text alone.
type grid struct {
	Columns []column
	Rows    [][]string
	Apart   bool // each row keeps its last words to itself, where those go below
}

func (t *table) grid() *grid {
	g := &grid{Columns: t.Columns}
	for _, row := range t.Rows {
		cells := make([]string, len(row))
		for i, c := range row {
			if cells[i] = c.String(); t.Columns[i].Brief {
				cells[i] = short(cells[i])
			}
		}
		g.Rows = append(g.Rows, cells)
	}
	return g
}

func (t *grid) add(cells ...string) { t.Rows = append(t.Rows, cells) }

// text lays a table out within width. Columns of words share what the numbers
// leave over; where that is too little to read, their cells go below the row.
func (t *grid) text(width int) string {
	const narrowest, readable = 16, 36
	whole := t // of which lines of their own have room
	natural, left, wide := t.measure(width)
	if left < wide*narrowest {
		t = t.abbreviated()
		natural, left, wide = t.measure(width)
	}
	if last := len(t.Columns) - 1; t.Columns[last].Wide && left < readable {
		return whole.spilled(width)
	}
	if left < wide*narrowest {
		return whole.stacked(width)
	}
	w := pretty.NewWriter()
	w.SetStyle(plainStyle())
	var configs []pretty.ColumnConfig
	header := pretty.Row{}
	share := left
	for i, c := range t.Columns {
		header = append(header, c.Name)
		config := pretty.ColumnConfig{Number: i + 1, WidthMaxEnforcer: layout.WrapSoft}
		if c.Number {
			config.Align, config.AlignHeader = layout.AlignRight, layout.AlignRight
		}
		if c.Wide {
			config.WidthMax = min(natural[i], share/wide)
			share -= config.WidthMax
			wide--
		}
		configs = append(configs, config)
	}
	w.SetColumnConfigs(configs)
	w.AppendHeader(header)
	for _, row := range t.Rows {
		cells := pretty.Row{}
		for _, cell := range row {
			cells = append(cells, cell)
		}
		w.AppendRow(cells)
	}
	return trimLines(w.Render())
}

// measure returns the width that each column would like, what the columns that
// cannot wrap leave of width, and how many can.
func (t *grid) measure(width int) (natural []int, left, wide int) {
	const gap = 2
	natural = make([]int, len(t.Columns))
	left = width - gap*(len(t.Columns)-1)
	for i, c := range t.Columns {
		natural[i] = layout.StringWidthWithoutEscSequences(c.Name)
		for _, row := range t.Rows {
			natural[i] = max(natural[i], layout.LongestLineLen(row[i]))
		}
		if c.Wide {
			wide++
		} else {
			left -= natural[i]
		}
	}
	return natural, left, wide
}

// abbreviated shortens the cells of columns that hold addresses and hashes.
func (t *grid) abbreviated() *grid {
	s := &grid{Columns: t.Columns, Apart: t.Apart}
	for _, row := range t.Rows {
		row = slices.Clone(row)
		for i, c := range t.Columns {
			if c.Hex {
				row[i] = short(row[i])
			}
		}
		s.Rows = append(s.Rows, row)
	}
	return s
}

func plainStyle() pretty.Style {
	style := pretty.StyleDefault
	style.Options = pretty.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = layout.FormatDefault
	return style
}

func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// spilled lays the table out without its last column, whose words go below
// each row; once for rows that share them.
func (t *grid) spilled(width int) string {
	last := len(t.Columns) - 1
	narrow := &grid{Columns: t.Columns[:last]}
	for _, row := range t.Rows {
		narrow.add(row[:last]...)
	}
	lines := strings.SplitAfter(narrow.text(width), "\n")
	if len(lines) != len(t.Rows)+2 { // a header, and what follows the last line break
		return t.stacked(width)
	}
	var b bytes.Buffer
	b.WriteString(lines[0])
	for i, row := range t.Rows {
		b.WriteString(lines[i+1])
		if row[last] == "" || !t.Apart && i+1 < len(t.Rows) && t.Rows[i+1][last] == row[last] {
			continue
		}
		for line := range strings.SplitSeq(row[last], "\n") {
			paragraph(&b, "    ", line, width)
		}
	}
	return b.String()
}

// stacked writes each row as a block of its own: the narrow cells on one line
// each under their names.
func (t *grid) stacked(width int) string {
	var b bytes.Buffer
	longest := 0
	for _, c := range t.Columns {
		longest = max(longest, len(c.Name))
	}
	for i, row := range t.Rows {
		if i > 0 {
			b.WriteByte('\n')
		}
		for j, cell := range row {
			name := t.Columns[j].Name
			paragraph(&b, name+strings.Repeat(" ", longest-len(name)+2), strings.ReplaceAll(cell, "\n", ", "), width)
		}
	}
	return b.String()
}
