package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"losstracer/trace"
)

// Markdown writes a case as GitHub-flavoured Markdown. Text from documents and
// chains is escaped, so that it stays text.
func Markdown(w io.Writer, c *trace.Case) error {
	p := compose(c)
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n", line(p.title))
	for _, n := range p.notices {
		fmt.Fprintf(&b, "> **Warning:** %s\n>\n", line(n))
	}
	if len(p.notices) > 0 {
		b.WriteByte('\n')
	}
	for _, words := range p.lead {
		fmt.Fprintf(&b, "%s\n\n", line(words))
	}
	for _, s := range p.sections {
		fmt.Fprintf(&b, "## %s\n\n", s.heading)
		for _, words := range s.text {
			fmt.Fprintf(&b, "%s\n\n", line(words))
		}
		if s.table != nil {
			s.table.markdown(&b)
		}
		for _, item := range s.items {
			fmt.Fprintf(&b, "- %s\n", line(item))
		}
		if len(s.items) > 0 {
			b.WriteByte('\n')
		}
	}
	if _, err := w.Write(bytes.TrimRight(b.Bytes(), "\n")); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	_, err := io.WriteString(w, "\n")
	return err
}

func (t *table) markdown(b *bytes.Buffer) {
	for _, c := range t.columns {
		b.WriteString("| " + c.name + " ")
	}
	b.WriteString("|\n")
	for _, c := range t.columns {
		if c.number {
			b.WriteString("| ---: ")
		} else {
			b.WriteString("| --- ")
		}
	}
	b.WriteString("|\n")
	for _, row := range t.rows {
		for _, cell := range row {
			b.WriteString("| " + strings.ReplaceAll(escape(cell), "\n", "<br>") + " ")
		}
		b.WriteString("|\n")
	}
	b.WriteByte('\n')
}

// escaper takes their meaning from the characters that Markdown and HTML give
// one to. Links are not made from text, so a bare address cannot become one.
var escaper = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", `*`, `\*`, `_`, `\_`, `[`, `\[`, `]`, `\]`, `<`, `&lt;`, `>`, `&gt;`, `|`, `\|`, `#`, `\#`, `~`, `\~`, `&`, `&amp;`, `!`, `\!`,
	"\r", " ",
)

func escape(s string) string { return escaper.Replace(s) }

// line escapes what has to stay on one line.
func line(s string) string { return strings.ReplaceAll(escape(s), "\n", " ") }
