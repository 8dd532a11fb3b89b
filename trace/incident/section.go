package incident

import (
	"strings"

	"github.com/yuin/goldmark/ast"
)

// sectionKind says what a section of a write-up is about.
type sectionKind uint8

const (
	otherSection sectionKind = iota
	summarySection
	attackersSection
	lossesSection
	timelineSection
	causesSection
)

type section struct {
	title string
	kind  sectionKind
	level int
	line  int
}

// sectionWords are looked for in a heading from top to bottom: "Losses and
// timeline" is about losses, "Cause of the attack" about causes.
var sectionWords = []struct {
	word string
	kind sectionKind
}{
	{"summary", summarySection}, {"tl;dr", summarySection}, {"tldr", summarySection}, {"at a glance", summarySection}, {"in brief", summarySection}, {"synopsis", summarySection}, {"recap", summarySection}, {"overview", summarySection}, {"introduction", summarySection}, {"what happened", summarySection},
	{"timeline", timelineSection}, {"chronology", timelineSection}, {"time line", timelineSection}, {"key dates", timelineSection}, {"important dates", timelineSection}, {"how it unfolded", timelineSection}, {"sequence of events", timelineSection},
	{"cause", causesSection}, {"failure", causesSection}, {"vulnerab", causesSection}, {"lesson", causesSection}, {"mitigation", causesSection},
	{"indicator", causesSection}, {"root", causesSection}, {"reference", otherSection}, {"source", otherSection},
	{"loss", lossesSection}, {"stolen", lossesSection}, {"damage", lossesSection}, {"impact", lossesSection}, {"affected", lossesSection}, {"lost", lossesSection}, {"drained", lossesSection},
	{"attacker", attackersSection}, {"hacker", attackersSection}, {"exploiter", attackersSection}, {"perpetrator", attackersSection},
	{"suspect", attackersSection}, {"scammer", attackersSection}, {"thief", attackersSection}, {"culprit", attackersSection}, {"threat actor", attackersSection}, {"bad actor", attackersSection}, {"fraudster", attackersSection}, {"adversar", attackersSection}, {"attribution", attackersSection},
	{"who did", attackersSection}, {"who was behind", attackersSection}, {"who is behind", attackersSection}, {"who's behind", attackersSection},
	{"address", attackersSection}, {"wallet", attackersSection},
	{"description", summarySection}, {"background", summarySection}, {"incident", summarySection}, {"abstract", summarySection},
	{"events", timelineSection},
}

// kindOf returns what a heading says that its section is about.
func kindOf(title string) (sectionKind, bool) {
	lower := strings.ToLower(title)
	for _, w := range sectionWords {
		if strings.Contains(lower, w.word) {
			return w.kind, true
		}
	}
	return otherSection, false
}

// headless makes headings of lines in bold in a document that has no real one
// of a section: "**Losses**" alone in its paragraph, or "Losses:".
func (b *builder) headless(n ast.Node) bool {
	if b.headed || b.quoted || b.parent >= 0 {
		return false
	}
	w := &writer{builder: b}
	w.inlines(n)
	title := strings.TrimRight(strings.TrimSpace(string(w.text)), ":.")
	if _, known := kindOf(title); !known || len(title) > 40 || strings.ContainsAny(title, ":\n\v") || firstWord(strings.ToLower(title), []string{"wallet", "address", "contract"}) != "" || len(w.links) > 0 {
		return false
	}
	if plainHeadings[strings.ToLower(title)] {
		return true
	}
	bold, ok := n.FirstChild().(*ast.Emphasis)
	if !ok || bold.Level != 2 {
		return false
	}
	rest, ok := bold.NextSibling().(*ast.Text)
	return bold.NextSibling() == nil || ok && rest.NextSibling() == nil && strings.Trim(string(rest.Segment.Value(b.source)), " :.") == ""
}

// plainHeadings are the words that alone in a paragraph are a heading without
// being set off.
var plainHeadings = words("summary overview attackers attacker hackers perpetrators losses loss timeline chronology")

// headings reports whether a document has a heading of a section that is known.
func (b *builder) headings(root ast.Node) bool {
	for c := root.FirstChild(); c != nil; c = c.NextSibling() {
		h, ok := c.(*ast.Heading)
		if !ok {
			continue
		}
		w := &writer{builder: b}
		w.inlines(h)
		if kind, _ := kindOf(string(w.text)); kind != otherSection && h.Level > 1 {
			return true
		}
	}
	return false
}

// opening makes the text in front of the first section, or else the first
// section when it is of nothing known, the summary of a write-up that has none.
func (d *document) opening() {
	for _, s := range d.sections {
		if s.kind == summarySection {
			return
		}
	}
	if len(d.sections) == 0 || len(d.lines) > 0 && d.lines[0].section < 0 {
		d.preamble = true
		return
	}
	// A first heading of level 1 is the title, and what follows it the opening.
	first := &d.sections[0]
	if first.kind == otherSection {
		first.kind = summarySection
	}
	if first.level == 1 && len(d.sections) > 1 && d.sections[1].line == first.line+1 && d.sections[1].kind == otherSection {
		d.sections[1].kind = summarySection
	}
}

// open begins the section of a heading. A heading without a word of its own
// continues what the heading above it is about.
func (b *builder) open(l *line) int {
	title := strings.TrimSpace(strings.TrimRight(strings.TrimSpace(l.text), ":.#"))
	s := section{title: title, level: l.depth, line: len(b.lines), kind: otherSection}
	kind, found := kindOf(title)
	if s.kind = kind; !found && len(b.sections) > 0 && isNetwork(l.tokens()) != "" {
		s.kind, found = b.sections[len(b.sections)-1].kind, true // "Arbitrum", whatever its level
	}
	s.level = min(max(s.level, 1), len(b.above)-1)
	for level := s.level - 1; level > 0 && !found; level-- {
		if n := b.above[level]; n > 0 {
			s.kind = b.sections[n-1].kind
			break
		}
	}
	b.sections = append(b.sections, s)
	b.above[s.level] = len(b.sections)
	for level := s.level + 1; level < len(b.above); level++ {
		b.above[level] = 0
	}
	return len(b.sections) - 1
}
