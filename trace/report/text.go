package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	pretty "github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

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
	for _, n := range p.notices {
		paragraph(&b, "! ", n, width)
	}
	if len(p.notices) > 0 {
		b.WriteByte('\n')
	}
	paragraph(&b, "", p.title, width)
	b.WriteString(strings.Repeat("=", min(width, text.StringWidthWithoutEscSequences(p.title))) + "\n\n")
	for _, line := range p.lead {
		paragraph(&b, "", line, width)
	}
	for _, s := range p.sections {
		fmt.Fprintf(&b, "\n%s\n%s\n", s.heading, strings.Repeat("-", len(s.heading)))
		for _, line := range s.text {
			paragraph(&b, "", line, width)
		}
		if s.table != nil {
			b.WriteString(s.table.text(width))
		}
		for _, item := range s.items {
			paragraph(&b, "* ", item, width)
		}
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// paragraph writes text wrapped to width, with later lines indented as far as
// the mark of the first.
func paragraph(b *bytes.Buffer, mark, words string, width int) {
	for i, line := range strings.Split(text.WrapSoft(words, max(width-len(mark), 20)), "\n") {
		if i > 0 {
			mark = strings.Repeat(" ", len(mark))
		}
		b.WriteString(mark + strings.TrimRight(line, " ") + "\n")
	}
}

// text lays a table out within width. Columns of words share what the numbers
// leave over; where that is too little to read, their cells go below the row.
func (t *table) text(width int) string {
	const gap, narrowest = 2, 16
	natural := make([]int, len(t.columns))
	for i, c := range t.columns {
		natural[i] = text.StringWidthWithoutEscSequences(c.name)
		for _, row := range t.rows {
			natural[i] = max(natural[i], text.StringWidthWithoutEscSequences(row[i]))
		}
	}
	left := width - gap*(len(t.columns)-1)
	wide := 0
	for i, c := range t.columns {
		if c.wide {
			wide++
			continue
		}
		left -= natural[i]
	}
	if wide > 0 && left < wide*narrowest {
		return t.stacked(width)
	}
	if wide == 0 && left < 0 {
		return t.stacked(width)
	}
	w := pretty.NewWriter()
	w.SetStyle(plainStyle())
	var configs []pretty.ColumnConfig
	header := pretty.Row{}
	share := left
	for i, c := range t.columns {
		header = append(header, c.name)
		config := pretty.ColumnConfig{Number: i + 1, WidthMaxEnforcer: text.WrapSoft}
		if c.number {
			config.Align, config.AlignHeader = text.AlignRight, text.AlignRight
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

func plainStyle() pretty.Style {
	style := pretty.StyleDefault
	style.Options = pretty.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	style.Format.Header = text.FormatDefault
	return style
}

func trimLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n") + "\n"
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
			paragraph(&b, name+strings.Repeat(" ", longest-len(name)+2), cell, width)
		}
	}
	return b.String()
}
