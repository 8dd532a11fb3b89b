package incident

import (
	"strconv"
	"strings"
	"time"
)

// zones are abbreviations with one meaning in this field. CST is not among
// them: it is used for China and for America.
var zones = map[string]int{
	"utc": 0, "gmt": 0, "ut": 0, "z": 0, "wet": 0, "bst": 60, "cet": 60, "west": 60, "cest": 120, "eet": 120, "eest": 180, "msk": 180, "ist": 330, "irst": 210, "trt": 180, "eat": 180, "cat": 120, "sast": 120, "wat": 60, "npt": 345, "art": -180, "clt": -240, "hst": -600, "akst": -540, "pkt": 300, "wib": 420, "ict": 420,
	"hkt": 480, "sgt": 480, "pht": 480, "awst": 480, "jst": 540, "kst": 540, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780,
	"est": -300, "edt": -240, "mst": -420, "mdt": -360, "cdt": -300, "pst": -480, "pdt": -420, "brt": -180,
}

// placeZones are named by a place and the word "time".
var placeZones = map[string]int{"hong": 480, "beijing": 480, "singapore": 480, "china": 480, "seoul": 540, "korea": 540, "korean": 540, "tokyo": 540, "japan": 540, "japanese": 540, "moscow": 180, "istanbul": 180, "turkey": 180, "london": 0, "dubai": 240, "vietnam": 420}

func zoneOf(minutes int) *time.Location {
	if minutes == 0 {
		return time.UTC
	}
	return time.FixedZone("", minutes*60)
}

// readZone reads a zone behind a time of day: UTC, +UTC, (UTC+8), EST, "Hong
// Kong time". The other end of a range of times is stepped over.
func (m *moment) readZone(toks []token) {
	if m.zone != nil || m.isoOffset(toks, m.end, m.exact) {
		return
	}
	i := m.pastClock(toks)
	for i < len(toks) && toks[i].is("(", ",", "*", "[") {
		i++
	}
	for i < len(toks) && toks[i].is("uhr", "hrs", "hours", "h", "local", "(") {
		i++
	}
	// "+8 UTC"
	if i+2 < len(toks) && signOf(toks[i]) != 0 && toks[i+1].kind == numberToken && !toks[i+1].spaced && toks[i+2].is("utc", "gmt") {
		m.end = i + 3
		m.zone = zoneOf(signOf(toks[i]) * m.offset(toks, toks[i+1].text))
		return
	}
	if i > 0 && m.isoOffset(toks, i, toks[i-1].is("(", "[")) {
		return
	}
	// The "+" in "+UTC" is no offset.
	if i+1 < len(toks) && signOf(toks[i]) != 0 && toks[i+1].kind == wordToken {
		i++
	}
	if i < len(toks) && !m.placeZone(toks, i) {
		m.namedZone(toks, i)
	}
}

// signOf returns 1 for a plus and -1 for a minus, 0 for anything else.
func signOf(t token) int { return b2i(t.is("+")) - b2i(t.is("-")) }

// isoOffset reads an offset at token i without the name of a zone: "+09:00",
// "-0500", "+00". A minus may also lead to the other end of a range of times.
// It does not behind seconds, in brackets or in front of four digits, unless
// what follows says so or nobody lives so far west.
func (m *moment) isoOffset(toks []token, i int, exact bool) bool {
	if i+1 >= len(toks) || signOf(toks[i]) == 0 || toks[i+1].kind != numberToken || toks[i+1].spaced {
		return false
	}
	sign, digits := signOf(toks[i]), toks[i+1].text
	other := moment{end: i + 2, month: m.month}
	colon := i+3 < len(toks) && toks[i+2].is(":") && !toks[i+2].spaced && !toks[i+3].spaced && len(toks[i+3].text) == 2
	if len(digits) != 4 && (len(digits) != 2 || !colon && (!exact || toks[i].spaced) || sign < 0 && !exact) {
		return false
	}
	minutes := sign * other.offset(toks, digits)
	if minutes == 0 && strings.Trim(digits, "0") != "" || minutes%15 != 0 || sign < 0 && (minutes < -600 || minutes%30 != 0 || other.endsRange(toks, minutes)) {
		return false
	}
	m.zone, m.end = zoneOf(minutes), other.end
	return true
}

// endsRange reports whether what stands behind an offset makes it a time of
// day: seconds, the half of the day, another day, a zone with another offset.
func (m moment) endsRange(toks []token, offset int) bool {
	i := m.end
	if i >= len(toks) {
		return false
	}
	if toks[i].is("am", "pm", "a.m", "p.m", "next", "following", "uhr", "hrs") || toks[i].is("the") && i+1 < len(toks) && toks[i+1].is("next", "following") || toks[i].is(":") && !toks[i].spaced && i+1 < len(toks) && !toks[i+1].spaced {
		return true
	}
	named := moment{end: i, month: m.month}
	if named.namedZone(toks, i); named.zone == nil {
		return false
	}
	_, seconds := time.Time{}.In(named.zone).Zone()
	return seconds != offset*60
}

// pastClock returns the token behind the other end of a range of times.
func (m *moment) pastClock(toks []token) int {
	if i := m.end; i+3 < len(toks) && toks[i].is("-", "to", "and") {
		other := moment{end: i + 1}
		if other.readClock(toks) {
			m.backward = toks[i].is("-") && !toks[i].spaced && !toks[i+1].spaced && other.hour < m.hour && other.hour <= 10 && !other.endsRange(toks, 0)
			return other.end
		}
	}
	return m.end
}

// placeZone reads "Hong Kong time".
func (m *moment) placeZone(toks []token, i int) bool {
	place, ok := placeZones[toks[i].lower]
	if !ok {
		return false
	}
	for j := i; j < min(i+4, len(toks)); j++ {
		if toks[j].is("time") {
			m.zone, m.end = zoneOf(place), j+1
			return true
		}
	}
	return false
}

// namedZone reads an abbreviation, with an offset glued or set behind it.
func (m *moment) namedZone(toks []token, i int) {
	t := toks[i]
	name, sign, written := t.lower, 0, ""
	for _, s := range []string{"-", "+"} {
		if a, b, ok := strings.Cut(name, s); ok {
			name, written = a, b
			sign = map[string]int{"-": -1, "+": 1}[s]
		}
	}
	minutes, ok := zones[name]
	if t.is("et", "pt") {
		minutes, ok = m.american(t.lower), true
	}
	if !ok || name == "z" && t.spaced || name == "west" || name == "ist" && t.text != "IST" {
		return
	}
	m.end = i + 1
	if sign == 0 && m.end+1 < len(toks) && signOf(toks[m.end]) != 0 && toks[m.end+1].kind == numberToken && !toks[m.end+1].spaced {
		sign = signOf(toks[m.end])
		written = toks[m.end+1].text
		m.end += 2
	}
	m.zone = zoneOf(minutes + sign*m.offset(toks, written))
}

// offset reads what stands behind "UTC+": hours, "5:30" or "0530", as minutes.
func (m *moment) offset(toks []token, written string) int {
	h, err := strconv.Atoi(written)
	minutes := 0
	if err == nil && len(written) == 4 {
		h, minutes = h/100, h%100
	}
	if err != nil || h > 14 || h < 0 {
		return 0
	}
	if m.end+1 < len(toks) && toks[m.end].is(":") && !toks[m.end+1].spaced {
		if extra, err := strconv.Atoi(toks[m.end+1].text); err == nil && extra >= 0 && extra < 60 && len(toks[m.end+1].text) == 2 {
			minutes += extra
			m.end += 2
		}
	}
	return h*60 + minutes
}

// american returns the offset of ET or PT by the month: summer time from
// March to November.
func (m *moment) american(zone string) int {
	offset := map[string]int{"et": -300, "pt": -480}[zone]
	if m.month > time.March && m.month < time.November {
		offset += 60
	}
	return offset
}
