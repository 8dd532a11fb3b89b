package incident

import (
	"strings"
	"time"
)

// conventions finds out how the entries of a timeline are written: whether days
// stand first in dates of digits, and the zone that a heading gives to all.
func (r *timelineReader) conventions(date string) {
	days, months := 0, 0
	var open []Pos
	for i := range r.lines {
		l := &r.lines[i]
		if r.sectionOf(l).kind != timelineSection {
			continue
		}
		if l.kind == headingLine {
			r.saysZone(l)
		}
		toks := l.tokens()
		for k := 0; k < min(len(toks), 12); k++ {
			n, _, ok := threeNumbers(toks, k)
			if !ok || toks[k].kind != numberToken || k+1 >= len(toks) || !toks[k+1].is("/", "-") || !isYear(n[2]) {
				continue
			}
			switch first, second := nearTo(date, n[2], n[1], n[0]), nearTo(date, n[2], n[0], n[1]); {
			case n[0] > 12 && n[1] <= 12:
				days++
			case n[1] > 12 && n[0] <= 12:
				months++
			case n[0] == n[1]:
			case first && !second:
				days++
			case second && !first:
				months++
			default:
				open = append(open, r.at(l, toks[k].start))
			}
			break
		}
	}
	r.daysFirst = days > months
	if days == months {
		for _, at := range open {
			r.warn(at, "day-or-month", "this date can be read with the day or with the month first: taken with the month first", "write the month as a word, or the year first")
		}
	}
}

// nearTo reports whether a day is within a month of the one that the front
// matter gives: what a timeline tells happened around then.
func nearTo(date string, year, month, day int) bool {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil || month > 12 {
		return false
	}
	off := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Sub(t)
	return off.Abs() <= 31*24*time.Hour
}

// saysZone takes the zone of all times from a line that gives no time itself:
// "Timeline (all times in EST)", "Time (UTC+8)" in the heading of a table.
func (r *timelineReader) saysZone(l *line) {
	toks := l.tokens()
	if len(toks) > 30 || !l.speaksOfTime() {
		return
	}
	for i := range toks {
		m := moment{end: i}
		if m.namedZone(toks, i); m.zone != nil && (upper(toks[i].text) >= 2 || strings.HasPrefix(toks[i].text, "UTC")) {
			r.zone = m.zone
			return
		}
	}
}

func (l *line) speaksOfTime() bool {
	for _, t := range l.tokens() {
		if t.is("time", "times", "timeline", "chronology", "date", "when", "timestamp", "timestamps", "dates", "events") {
			return true
		}
	}
	return false
}

// inBracket reads the date of an entry that begins with a few words and has it
// in a bracket: "Block 17,227,900 (May-10-2023 10:00:11 AM +UTC)".
func (r *timelineReader) inBracket(toks []token) (moment, bool) {
	for i := 0; i < min(len(toks), 8); i++ {
		if toks[i].is(".", ":", ",") && i+1 < len(toks) && toks[i+1].spaced {
			break
		}
		if toks[i].is("(") {
			m, ok := momentFrom(toks, i+1, moment{daysFirst: r.daysFirst})
			return m, ok && m.month != 0 && m.day != 0 && m.year != 0
		}
	}
	return moment{}, false
}
