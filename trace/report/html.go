package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"

	"losstracer/chain"
	"losstracer/trace"
)

//go:embed page.html.tmpl
var pageTemplate string

//go:embed page.css
var sheetStyle string

// marksStyle is how boxes and arrows look, in a page and in a picture alone.
//
//go:embed marks.css
var marksStyle string

//go:embed picture.svg.tmpl
var pictureTemplate string

//go:embed page.js
var pageScript string

// HTML writes a case as one page that needs nothing beside itself: it loads
// nothing, and its Content-Security-Policy lets only its own style and script
// through. Without the script all of it can be read, and printed.
func HTML(w io.Writer, c *trace.Case) error { return compose(c).writeHTML(w) }

var parsedPage = template.Must(template.New("page").Funcs(template.FuncMap{
	"lines": lines, "pieces": pieces, "class": class, "cellClass": cellClass, "slug": slug, "members": members, "long": long, "across": across, "add": func(a, b int) int { return a + b },
	"boxWidth": func() int { return boxWidth }, "boxHeight": func() int { return boxHeight },
}).Parse(pictureTemplate + pageTemplate))

func (p page) writeHTML(w io.Writer) error {
	style := marksStyle + sheetStyle
	p.Sections = drawn(p.Sections)
	var b bytes.Buffer
	err := parsedPage.Execute(&b, map[string]any{
		"Page": p, "Policy": policy(style), "Style": template.CSS(style), "Script": template.JS(pageScript),
	})
	if err == nil {
		_, err = w.Write(b.Bytes())
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// drawn places the pictures. One that cannot be drawn is said to be missing: the
// tables have all that it would show.
func drawn(sections []section) []section {
	sections = slices.Clone(sections)
	for i := range sections {
		s := &sections[i]
		if s.Draw != nil {
			s.Picture = s.Draw()
		}
		if s.Picture == nil {
			continue
		}
		if err := s.Picture.place(); err != nil {
			s.Picture = nil
			s.Text = append(slices.Clone(s.Text), sayf("The picture could not be drawn: %v. The tables say the same.", err))
		}
	}
	return sections
}

// policy lets through what the page itself brings, by digest.
func policy(style string) string {
	return "default-src 'none'; style-src 'sha256-" + digest(style) + "'; script-src 'sha256-" + digest(pageScript) +
		"'; base-uri 'none'; form-action 'none'"
}

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return base64.StdEncoding.EncodeToString(sum[:])
}

// lines splits the words of a cell at its line breaks.
func lines(w words) []words {
	list := []words{nil}
	for _, s := range w {
		for i, part := range strings.Split(s.Text, "\n") {
			if i > 0 {
				list = append(list, nil)
			}
			if part != "" {
				list[len(list)-1] = append(list[len(list)-1], span{part, s.Link, s.Role})
			}
		}
	}
	return list
}

// piece is text of one direction.
type piece struct {
	Text  string
	Apart bool // to be isolated from what stands around it
}

// pieces sets runs of right-to-left letters apart. Left together with its
// neighbours such a run, in the symbol of a token, would change the order in
// which the figures around it are shown.
func pieces(s string) []piece {
	if printable(s) {
		return []piece{{s, false}}
	}
	var list []piece
	start, apart, end := 0, false, 0 // end of the last letter of the run
	for i, r := range s {
		switch rtl := rightToLeft(r); {
		case rtl && !apart:
			if i > start {
				list = append(list, piece{s[start:i], false})
			}
			start, apart = i, true
			end = i + len(string(r))
		case rtl:
			end = i + len(string(r))
		case apart && !unicode.IsSpace(r) && !unicode.Is(unicode.M, r):
			list = append(list, piece{s[start:end], true})
			start, apart = end, false
		}
	}
	if apart {
		list = append(list, piece{s[start:end], true})
		start = end
	}
	if start < len(s) {
		list = append(list, piece{s[start:], false})
	}
	return list
}

func rightToLeft(r rune) bool {
	p, _ := bidi.LookupRune(r)
	return p.Class() == bidi.R || p.Class() == bidi.AL || p.Class() == bidi.AN
}

// slug makes a class of one of our own words.
func slug(s any) string {
	keep := func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r
		case r == ' ' || r == '-':
			return '-'
		}
		return -1
	}
	return strings.Map(keep, fmt.Sprint(s))
}

// class is how a span looks.
func class(s span) string {
	switch s.Role {
	case address, hash:
		return "hex"
	case mark:
		return "mark m-" + slug(s.Text)
	}
	return ""
}

func cellClass(c column) string {
	switch {
	case c.Number:
		return "n"
	case c.Wide:
		return "w"
	case c.Hex:
		return "x"
	}
	return ""
}

// manyRows is from how many rows on a table scrolls within a frame.
const manyRows = 40

func long(t *table) bool { return len(t.Rows) > manyRows && !t.Whole }

// manyColumns is from how many columns on a table is printed across the sheet.
const manyColumns = 9

func across(t *table) bool { return len(t.Columns) >= manyColumns }

// mostMembers is how many of the addresses in one box a page can list.
const mostMembers = 300

// members lists the addresses of a box.
func members(b box) string {
	list := b.Members
	if len(list) > mostMembers {
		list = list[:mostMembers]
	}
	var s []string
	for _, a := range list {
		s = append(s, chain.Hex(a.Address))
	}
	return strings.Join(s, " ")
}
