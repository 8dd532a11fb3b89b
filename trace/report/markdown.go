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
func Markdown(w io.Writer, c *trace.Case) error { return compose(c).writeMarkdown(w) }

func (p page) writeMarkdown(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n\n", line(p.Title))
	for _, n := range p.Notices {
		fmt.Fprintf(&b, "> **Warning:** %s\n>\n", line(n))
	}
	if len(p.Notices) > 0 {
		b.WriteByte('\n')
	}
	for _, words := range p.Lead {
		fmt.Fprintf(&b, "%s\n\n", line(words))
	}
	for _, s := range p.Sections {
		s.markdown(&b)
	}
	if _, err := w.Write(append(bytes.TrimRight(b.Bytes(), "\n"), '\n')); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

func (s section) markdown(b *bytes.Buffer) {
	fmt.Fprintf(b, "## %s\n\n", s.Heading)
	for _, words := range s.Text {
		fmt.Fprintf(b, "%s\n\n", line(words.String()))
	}
	if len(s.Tree) > 0 {
		fmt.Fprintf(b, "````text\n%s\n````\n\n", strings.Join(s.Tree, "\n"))
	}
	if s.Table != nil {
		s.Table.markdown(b)
	}
	for _, item := range s.Items {
		fmt.Fprintf(b, "- %s\n", line(item.String()))
	}
	if len(s.Items) > 0 {
		b.WriteByte('\n')
	}
}

func (t *table) markdown(b *bytes.Buffer) {
	for _, c := range t.Columns {
		b.WriteString("| " + c.Name + " ")
	}
	b.WriteString("|\n")
	for _, c := range t.Columns {
		if c.Number {
			b.WriteString("| ---: ")
		} else {
			b.WriteString("| --- ")
		}
	}
	b.WriteString("|\n")
	for _, row := range t.Rows {
		for _, cell := range row {
			b.WriteString("| " + strings.ReplaceAll(escape(cell.String()), "\n", "<br>") + " ")
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
