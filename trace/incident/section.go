package incident

import "strings"

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
	{"summary", summarySection}, {"overview", summarySection}, {"introduction", summarySection}, {"what happened", summarySection},
	{"timeline", timelineSection}, {"chronology", timelineSection}, {"time line", timelineSection}, {"sequence of events", timelineSection},
	{"cause", causesSection}, {"failure", causesSection}, {"vulnerab", causesSection}, {"lesson", causesSection}, {"mitigation", causesSection},
	{"indicator", causesSection}, {"root", causesSection}, {"reference", otherSection}, {"source", otherSection},
	{"loss", lossesSection}, {"stolen", lossesSection}, {"damage", lossesSection}, {"impact", lossesSection}, {"affected", lossesSection},
	{"attacker", attackersSection}, {"hacker", attackersSection}, {"exploiter", attackersSection}, {"perpetrator", attackersSection},
	{"suspect", attackersSection}, {"scammer", attackersSection}, {"thief", attackersSection}, {"culprit", attackersSection},
	{"address", attackersSection}, {"wallet", attackersSection},
	{"description", summarySection}, {"background", summarySection}, {"incident", summarySection}, {"abstract", summarySection},
	{"events", timelineSection},
}

// open begins the section of a heading. A heading without a word of its own
// continues what the heading above it is about.
func (b *builder) open(l *line) int {
	title := strings.TrimSpace(strings.TrimRight(strings.TrimSpace(l.text), ":.#"))
	s := section{title: title, level: l.depth, line: len(b.lines), kind: otherSection}
	lower := strings.ToLower(title)
	found := false
	for _, w := range sectionWords {
		if strings.Contains(lower, w.word) {
			s.kind, found = w.kind, true
			break
		}
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
