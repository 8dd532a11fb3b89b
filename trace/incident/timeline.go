package incident

import (
	"strings"
	"time"
)

// readTimeline reads the dated entries of the timeline. A date on a parent
// and times on its children make an entry of each child.
func (d *document) readTimeline(inc *Incident) {
	r := timelineReader{document: d, year: yearOf(inc.Date), dates: map[int]moment{}}
	r.conventions(inc.Date)
	for i := range d.lines {
		if d.sectionOf(&d.lines[i]).kind == timelineSection {
			r.line(i)
		}
	}
	inc.Timeline = r.events
}

type timelineReader struct {
	*document
	year   int // for dates that are written without one
	month  time.Month
	dates  map[int]moment // of lines, as written
	events []Event

	daysFirst bool           // of dates in digits
	zone      *time.Location // of all times without one of their own; nil where none is given
	row       moment         // date of the row above, in a table
}

func yearOf(date string) int {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return 0
	}
	return t.Year()
}

func (r *timelineReader) line(i int) {
	l := &r.lines[i]
	if l.kind == quoteLine || l.kind == codeLine {
		return
	}
	toks := l.tokens()
	if len(toks) > 60 {
		toks = toks[:60]
	}
	m, ok := momentFrom(toks, 0, moment{daysFirst: r.daysFirst})
	if !ok {
		if m, ok = r.inBracket(toks); !ok {
			r.saysZone(l)
			return
		}
	}
	if l.kind == tableLine && m.clock && m.month == 0 && m.year == 0 && r.row.month != 0 {
		m.year, m.month, m.day = r.row.year, r.row.month, r.row.day
	}
	dated := m.month != 0 || m.year != 0
	if !dated || m.year == 0 && m.month == 0 {
		parent, ok := r.above(i)
		if !ok {
			return
		}
		m.year, m.month, m.day = parent.year, parent.month, parent.day
		if m.zone == nil {
			m.zone = parent.zone
		}
	}
	if l.kind == paragraphLine && m.day == 0 && !m.clock && !separated(toks, m.end) {
		return // a sentence that begins with "In May 2021 …"
	}
	r.complete(&m)
	if l.kind == tableLine {
		r.row = m
	}
	r.dates[i] = m
	if (l.kind == headingLine || r.onlyDate(i, toks, m)) && (r.clocksBelow(i) || m.day == 0 && l.kind == headingLine) {
		return
	}
	r.add(l, toks, m)
}

// separated reports whether the date is set off from the text behind it.
func separated(toks []token, i int) bool {
	return i >= len(toks) || toks[i].is(":", "-", ",", "|", ".", ")")
}

// above finds the date of the nearest line that this one hangs below.
func (r *timelineReader) above(i int) (moment, bool) {
	l := &r.lines[i]
	for at, steps := l.lead, 0; at >= 0 && steps < 8; at, steps = r.lines[at].lead, steps+1 {
		if m, ok := r.dates[at]; ok {
			return m, true
		}
	}
	if l.section >= 0 {
		if m, ok := r.dates[r.sections[l.section].line]; ok {
			return m, true
		}
	}
	return moment{}, false
}

// complete supplies a missing year from the entry before, or from the front
// matter: entries run forward, so that January after December is the next year.
func (r *timelineReader) complete(m *moment) {
	if m.year == 0 {
		m.year = r.year
		if r.month != 0 && m.month != 0 && int(r.month)-int(m.month) > 6 {
			m.year++
		}
	}
	if m.year != 0 {
		r.year = m.year
	}
	if m.month != 0 {
		r.month = m.month
	}
}

// onlyDate reports whether a line is nothing but the date of what hangs below it.
func (r *timelineReader) onlyDate(i int, toks []token, m moment) bool {
	for _, t := range toks[min(m.end, len(toks)):] {
		if _, zone := zones[t.lower]; t.kind != symbolToken && !zone && !t.is("all", "times", "time", "in", "are") {
			return false
		}
	}
	return i+1 < len(r.lines) && (r.lines[i+1].lead == i) && !m.clock
}

// clocksBelow reports whether what hangs below a date has times of day: these
// are the entries then, else the date itself is one.
func (r *timelineReader) clocksBelow(i int) bool {
	for k := i + 1; k < len(r.lines) && k <= i+40; k++ {
		l := &r.lines[k]
		if l.kind == headingLine || l.lead != i && r.lines[i].kind != headingLine {
			break
		}
		toks := l.tokens()
		var m moment
		if len(toks) > 0 && leadIn(toks[0]) {
			m.end = 1
		}
		if m.readClock(toks) {
			return true
		}
	}
	return false
}

func (r *timelineReader) add(l *line, toks []token, m moment) {
	e := Event{Precision: Year, Zoned: m.zone != nil || r.zone != nil, Pos: r.at(l, 0)}
	zone, month, day := m.zone, m.month, m.day
	if zone == nil {
		zone = r.zone
	}
	if zone == nil {
		zone = time.UTC
	}
	switch {
	case m.year == 0:
		r.warn(e.Pos, "no-year", "this entry has no year, and none before it", "write the year out")
		return
	case m.clock && day != 0:
		e.Precision = Minute
	case day != 0:
		e.Precision = Day
	case month != 0:
		e.Precision = Month
	}
	e.Time = time.Date(m.year, max(month, 1), max(day, 1), m.hour, m.minute, m.second, 0, zone).UTC()
	if e.Precision != Minute {
		e.Time = time.Date(m.year, max(month, 1), max(day, 1), 0, 0, 0, 0, time.UTC)
	}
	if m.backward && m.zone == nil {
		r.warn(e.Pos, "range-or-zone", "the time behind the minus is earlier than the one in front: taken for the end of a range over midnight, not for an offset from UTC", "write the zone out: 10:00 UTC-5")
	}
	if day > daysIn(m.year, max(month, 1)) {
		r.warn(e.Pos, "no-such-day", "this day does not exist", "check the date")
	}
	if m.end < len(toks) {
		e.Text = clip(strings.TrimSpace(strings.TrimLeft(l.text[toks[m.end].start:], " :*,-.)|")), 400)
	}
	if e.Text == "" && l.index+1 < len(r.lines) && r.lines[l.index+1].kind != headingLine {
		e.Text = clip(r.lines[l.index+1].text, 400)
	}
	r.witnesses(l, &e)
	r.events = append(r.events, e)
}

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}
