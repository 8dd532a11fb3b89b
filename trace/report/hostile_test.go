package report

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

const attack = `"><script>document.title='run'</script><img src=x onerror="document.title='run'">`

// hostile is what somebody who wants to break a report would write.
var hostile = foreign{
	title: attack + "\u202etxet desrever\u202c " + strings.Repeat("title", 2000),
	token: "=HYPERLINK(\"http://evil.example\")" + attack + "\u202eTSETAL\u202c\u05d0\u05d1\u05d2 " + strings.Repeat("W", 10000),
	why:   strings.Repeat("x", 9000) + attack + "```\n# not a heading | a | b\n[a](javascript:alert(1))\x1b[2J\x00",
	label: "]]></title></style></script>" + attack + strings.Repeat("L", 10000) + "\\",
	host:  "https://" + strings.Repeat("h", 9000) + ".example" + attack,
	claim: "90 " + attack + " BTC",
}

// TestHostileText holds every form against text that means something in it.
func TestHostileText(t *testing.T) {
	t.Parallel()
	c := caseOf(t, hostile, story())
	for _, f := range forms {
		if f.name == "report.json" { // has everything as it was, escaped by its encoder
			continue
		}
		var b bytes.Buffer
		if err := f.write(&b, c); err != nil {
			t.Fatalf("%s: %v", f.name, err)
		}
		out := b.String()
		for _, r := range out {
			if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)) {
				t.Errorf("%s: has the character %U", f.name, r)
				break
			}
		}
		if strings.HasSuffix(f.name, ".md") || strings.HasSuffix(f.name, ".html") {
			if strings.Contains(out, "<img") || strings.Count(out, "<script>") > 1 {
				t.Errorf("%s: has elements that came from outside", f.name)
			}
		}
		if strings.HasSuffix(f.name, ".md") && (strings.Contains(out, "\n# not a heading") || regexp.MustCompile(`[^\\]\]\(javascript`).MatchString(out)) {
			t.Errorf("%s: has marks that came from outside", f.name)
		}
		if strings.HasSuffix(f.name, ".csv") && (strings.Contains(out, ",=") || strings.Contains(out, `,"=`)) {
			t.Errorf("%s: has a formula", f.name)
		}
		if long := strings.Repeat("W", longest); strings.Contains(out, long) {
			t.Errorf("%s: has text that is longer than %d", f.name, longest)
		}
	}
}

// TestTidyProperties: what is shown is printable, bounded, and keeps its lines.
func TestTidyProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		limit := rapid.IntRange(1, 50).Draw(t, "limit")
		out := tidy(s, limit)
		if strings.Count(out, "\n") != strings.Count(s, "\n") {
			t.Fatalf("%q became %q: other lines", s, out)
		}
		for _, line := range strings.Split(out, "\n") {
			if n := len([]rune(line)); n > limit+3 {
				t.Fatalf("%q became %q: %d characters", s, out, n)
			}
			for _, r := range line {
				if !unicode.IsGraphic(r) && r != unicode.ReplacementChar {
					t.Fatalf("%q became %q: has %U", s, out, r)
				}
			}
		}
		if again := tidy(out, limit+3); again != out {
			t.Fatalf("%q, tidied again, is %q", out, again)
		}
	})
}

// TestPiecesProperties: setting right-to-left text apart loses nothing, and
// leaves no right-to-left letter with its neighbours.
func TestPiecesProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune("a1 ,אבשמש٣م-—x"))).Draw(t, "text")
		var joined strings.Builder
		for _, p := range pieces(s) {
			joined.WriteString(p.Text)
			for _, r := range p.Text {
				if rightToLeft(r) && !p.Apart {
					t.Fatalf("%q: %q stands among the rest", s, r)
				}
				if p.Apart && r == '1' {
					t.Fatalf("%q: a digit of ours stands within %q", s, p.Text)
				}
			}
		}
		if joined.String() != s {
			t.Fatalf("%q became %q", s, joined.String())
		}
	})
}
