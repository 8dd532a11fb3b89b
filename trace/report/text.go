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
	if width <= 0 {
		width = DefaultWidth
	}
	p := compose(c)
	var b bytes.Buffer
	p.text(&b, width)
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func (p page) text(b *bytes.Buffer, width int) {
	for _, n := range p.notices {
		paragraph(b, "! ", n, width)
	}
	if len(p.notices) > 0 {
		b.WriteByte('\n')
	}
	paragraph(b, "", p.title, width)
	b.WriteString(strings.Repeat("=", min(width, layout.StringWidthWithoutEscSequences(p.title))) + "\n\n")
	for _, line := range p.lead {
		paragraph(b, "", line, width)
	}
	for _, s := range p.sections {
		fmt.Fprintf(b, "\n%s\n%s\n", s.heading, strings.Repeat("-", layout.StringWidthWithoutEscSequences(s.heading)))
		for _, line := range s.text {
			paragraph(b, "", line, width)
		}
		if s.table != nil {
			b.WriteString(s.table.text(width))
		}
		for _, item := range s.items {
			paragraph(b, "* ", item, width)
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

// text lays a table out within width. Columns of words share what the numbers
// leave over; where that is too little to read, their cells go below the row.
func (t *table) text(width int) string {
	const narrowest, readable = 16, 36
	natural, left, wide := t.measure(width)
	if left < wide*narrowest {
		t = t.abbreviated()
		natural, left, wide = t.measure(width)
	}
	if last := len(t.columns) - 1; t.columns[last].wide && left < readable {
		return t.spilled(width)
	}
	if left < wide*narrowest {
		return t.stacked(width)
	}
	w := pretty.NewWriter()
	w.SetStyle(plainStyle())
	var configs []pretty.ColumnConfig
	header := pretty.Row{}
	share := left
	for i, c := range t.columns {
		header = append(header, c.name)
		config := pretty.ColumnConfig{Number: i + 1, WidthMaxEnforcer: layout.WrapSoft}
		if c.number {
			config.Align, config.AlignHeader = layout.AlignRight, layout.AlignRight
		}
		if c.wide {
			config.WidthMax = min(natural[i], share/wide)
			share -= config.WidthMax
			wide--
		}
		configs = append(configs, config)
	}
	w.SetColumnConfigs(configs)
	w.AppendHeader(header)
	for _, row := range t.rows {
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
func (t *table) measure(width int) (natural []int, left, wide int) {
	const gap = 2
	natural = make([]int, len(t.columns))
	left = width - gap*(len(t.columns)-1)
	for i, c := range t.columns {
		natural[i] = layout.StringWidthWithoutEscSequences(c.name)
		for _, row := range t.rows {
			natural[i] = max(natural[i], layout.LongestLineLen(row[i]))
		}
		if c.wide {
			wide++
		} else {
			left -= natural[i]
		}
	}
	return natural, left, wide
}

// abbreviated shortens the cells of columns that hold addresses and hashes.
func (t *table) abbreviated() *table {
	s := &table{columns: t.columns}
	for _, row := range t.rows {
		row = slices.Clone(row)
		for i, c := range t.columns {
			if c.hex {
				row[i] = short(row[i])
			}
		}
		s.rows = append(s.rows, row)
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
func (t *table) spilled(width int) string {
	last := len(t.columns) - 1
	narrow := &table{columns: t.columns[:last]}
	for _, row := range t.rows {
		narrow.add(row[:last]...)
	}
	lines := strings.SplitAfter(narrow.text(width), "\n")
	if len(lines) != len(t.rows)+2 { // a header, and what follows the last line break
		return t.stacked(width)
	}
	var b bytes.Buffer
	b.WriteString(lines[0])
	for i, row := range t.rows {
		b.WriteString(lines[i+1])
		if i+1 == len(t.rows) || t.rows[i+1][last] != row[last] {
			paragraph(&b, "    ", row[last], width)
		}
	}
	return b.String()
}

// stacked writes each row as a block of its own: the narrow cells on one line
// each under their names.
func (t *table) stacked(width int) string {
	var b bytes.Buffer
	longest := 0
	for _, c := range t.columns {
		longest = max(longest, len(c.name))
	}
	for i, row := range t.rows {
		if i > 0 {
			b.WriteByte('\n')
		}
		for j, cell := range row {
			name := t.columns[j].name
			paragraph(&b, name+strings.Repeat(" ", longest-len(name)+2), strings.ReplaceAll(cell, "\n", ", "), width)
		}
	}
	return b.String()
}
