package incident

import (
	"strconv"
	"strings"
	"time"
)

// moment is a date or a time as it was written.
type moment struct {
	year, day            int // 0 where not written
	month                time.Month
	hour, minute, second int
	clock                bool
	exact                bool // to the second, or in the form of ISO 8601: a minus behind it is of an offset
	daysFirst            bool // of dates in digits with the year last: 03/05/2023 is in May
	zone                 *time.Location
	backward             bool // "10:00-05:00": a range over midnight, or an offset
	end                  int  // token after it
}

func monthOf(lower string) (time.Month, bool) {
	if len(lower) < 3 || len(lower) > 10 {
		return 0, false
	}
	for m := time.January; m <= time.December; m++ {
		name := strings.ToLower(m.String())
		if lower == name || lower == name[:3] || lower == "sept" && m == time.September {
			return m, true
		}
	}
	if lower[0] == lower[1] {
		return monthOf(lower[1:]) // "MMay": no word begins so
	}
	// Misspelt by one letter ("Decemeber", "Febuary"); short names are too
	// close to other words.
	for m := time.January; m <= time.December; m++ {
		if name := strings.ToLower(m.String()); len(name) >= 6 && oneEdit(lower, name) {
			return m, true
		}
	}
	return 0, false
}

// oneEdit reports whether one letter added, dropped or replaced, or two
// exchanged, makes a into b.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch len(b) - len(a) {
	case 0:
		return i == len(a) || a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	case 1:
		return a[i:] == b[i+1:]
	}
	return false
}

func isMonthBefore(toks []token, i int) bool {
	if i == 0 {
		return false
	}
	_, ok := monthOf(toks[i-1].lower)
	return ok
}

// momentAt reads a date, with or without a time of day, at token i. Words
// such as "on", "late" and a weekday may stand in front.
func momentAt(toks []token, i int) (moment, bool) { return momentFrom(toks, i, moment{}) }

// momentFrom is momentAt with what is known of how dates are written.
func momentFrom(toks []token, i int, m moment) (moment, bool) {
	skipped := 0
	for i < len(toks) && skipped < 6 && leadIn(toks[i]) {
		i++
		skipped++
	}
	m.end = i
	// A time of day may stand in front of its date.
	if m.readClock(toks) {
		m.readZone(toks)
		mark := m.end
		m.skip(toks, ",", "on", "-", "(", "of", ":")
		if !m.readDate(toks) {
			m.end = mark
		}
		return m, true
	}
	if !m.readDate(toks) {
		return m, false
	}
	if m.clock { // the hour is glued to the date
		m.readZone(toks)
		return m, true
	}
	m.pastRange(toks)
	mark := m.end
	m.skip(toks, ",", ";", "at", "-", "(", "around", "approximately", "about", "~", ":", "@", ".", "circa", "between", "from", "t", "|")
	if m.readClock(toks) {
		m.readZone(toks)
		m.yearBehind(toks)
		return m, true
	}
	m.end = mark
	m.skip(toks, "(", "all", "times", "are", "in")
	m.readZone(toks) // "May 28, 2021 (UTC+8)" above times of day
	if m.zone == nil {
		m.end = mark
	}
	m.skip(toks, ")")
	return m, true
}

// yearBehind reads the year of "Wed May 10 10:00:00 UTC 2023".
func (m *moment) yearBehind(toks []token) {
	if m.year != 0 || m.end >= len(toks) || len(toks[m.end].text) != 4 {
		return
	}
	n, ok := integer(toks[m.end])
	if _, _, asset := assetAfter(toks, m.end+1); ok && isYear(n) && !asset {
		m.year, m.end = n, m.end+1
	}
}

func leadIn(t token) bool {
	if t.kind == symbolToken {
		return t.is("*", "[", "(", "~", "\"", "'", "_", ",", "|")
	}
	switch t.lower {
	case "on", "in", "by", "the", "late", "early", "mid", "mid-", "end", "beginning", "start", "of", "around", "about", "approximately", "approx", "circa", "between", "from", "since", "before", "after", "until",
		"morning", "evening", "afternoon", "night", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "date", "spring", "summer", "autumn", "fall", "winter", ",", "at", "during":
		return true
	}
	return false
}

func (m *moment) skip(toks []token, words ...string) {
	for m.end < len(toks) && toks[m.end].is(words...) {
		m.end++
	}
}

// integer reads a token of digits only.
func integer(t token) (int, bool) {
	s := t.text
	for _, suffix := range []string{"st", "nd", "rd", "th"} {
		if len(t.lower) > 2 && strings.HasSuffix(t.lower, suffix) {
			s = s[:len(s)-2]
			break
		}
	}
	if len(s) == 0 || len(s) > 4 {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0
}

func isYear(n int) bool { return n >= 2008 && n <= 2100 }

// readDate reads a date of any precision: with the month in words or in
// digits, day first or month first, a quarter, a year alone.
func (m *moment) readDate(toks []token) bool {
	i := m.end
	if i+1 < len(toks) && toks[i].is("mid", "late", "early") {
		i++
	}
	if i >= len(toks) {
		return false
	}
	if m.monthFirst(toks, i) {
		return true
	}
	t := toks[i]
	if t.kind == numberToken && (m.numeric(toks, i) || m.basic(toks, i)) {
		return true
	}
	n, ok := integer(t)
	switch {
	case !ok:
		return m.quarter(toks, i)
	case n >= 1 && n <= 31:
		return m.dayFirst(toks, i, n)
	case isYear(n) && len(t.text) == 4:
		m.year, m.end = n, i+1
		m.monthInDigits(toks)
		return true
	}
	return false
}

// monthFirst reads dates that begin with the name of a month: "March 23",
// "mid-May", "Mar-23-2022".
func (m *moment) monthFirst(toks []token, i int) bool {
	t := toks[i]
	if rest, ok := strings.CutPrefix(t.lower, "mid-"); ok {
		if month, ok := monthOf(rest); ok {
			m.month = month
			m.monthRest(toks, i+1)
			return true
		}
	}
	if month, ok := monthOf(t.lower); ok && (capital(t.text) || i+1 < len(toks) && toks[i+1].kind == numberToken) {
		m.month = month
		m.monthRest(toks, i+1)
		return true
	}
	if t.kind == wordToken && m.hyphenated(t.lower) {
		m.end = i + 1
		if m.year == 0 {
			m.yearAfter(toks)
		}
		return true
	}
	return false
}

// monthInDigits reads the month of "2022-11" behind a year: two digits, and no
// range of years.
func (m *moment) monthInDigits(toks []token) {
	j := m.end
	if j+1 >= len(toks) || !toks[j].is("-", "/") || toks[j].spaced || toks[j+1].spaced || toks[j+1].kind != numberToken || len(toks[j+1].text) != 2 {
		return
	}
	if n, ok := integer(toks[j+1]); ok && n >= 1 && n <= 12 && (j+2 >= len(toks) || !toks[j+2].is("-", "/") || toks[j+2].spaced) {
		m.month, m.end = time.Month(n), j+2
	}
}

// dayFirst reads "23 March 2022", "23rd of March"; "7-8 May" by its start.
func (m *moment) dayFirst(toks []token, i, day int) bool {
	j := i + 1
	if j+1 < len(toks) && toks[j].is("-", "to", "and", "&") {
		if _, ok := integer(toks[j+1]); ok {
			j += 2
		}
	}
	if j < len(toks) && toks[j].is("of") {
		j++
	}
	if j+1 < len(toks) && toks[j].is("-") && !toks[j].spaced && !toks[j+1].spaced {
		if name, year, _ := strings.Cut(toks[j+1].lower, "-"); toks[j+1].kind == wordToken { // "10-May-2023"
			month, named := monthOf(name)
			n, written := integer(token{text: year, lower: year})
			if written && len(year) == 2 && n >= 8 && n < 50 { // "10-May-23", RFC 850
				n += 2000
			}
			if named && (year == "" || written && isYear(n)) {
				m.month, m.day, m.year, m.end = month, day, n, j+2
				return true
			}
		}
	}
	if j >= len(toks) {
		return false
	}
	month, ok := monthOf(toks[j].lower)
	if ok {
		m.month, m.day, m.end = month, day, j+1
		m.yearAfter(toks)
	}
	return ok
}

// hyphenated reads "jun-12", "may-2021" and "mar-23-2022", which are one word.
func (m *moment) hyphenated(word string) bool {
	parts := strings.Split(word, "-")
	month, ok := monthOf(parts[0])
	if !ok || len(parts) < 2 || len(parts) > 3 {
		return false
	}
	day, year := 0, 0
	for _, p := range parts[1:] {
		n, ok := integer(token{text: p, lower: p})
		switch {
		case ok && n >= 1 && n <= 31 && day == 0 && year == 0:
			day = n
		case ok && isYear(n) && year == 0:
			year = n
		default:
			return false
		}
	}
	m.month, m.day, m.year = month, day, year
	return true
}

// monthRest reads what follows the name of a month: "28, 2021", "28th 2021",
// "2021", "11,2023", "7-8, 2019".
func (m *moment) monthRest(toks []token, i int) {
	m.end = i
	m.skip(toks, ".", ",", "the")
	if m.end >= len(toks) {
		m.end = i
		return
	}
	t := toks[m.end]
	if day, year, ok := strings.Cut(t.text, ","); ok && t.kind == numberToken {
		d, ok1 := integer(token{text: day, lower: day})
		y, ok2 := integer(token{text: year, lower: year})
		if ok1 && ok2 && d >= 1 && d <= 31 && isYear(y) {
			m.day, m.year, m.end = d, y, m.end+1
			return
		}
	}
	n, ok := integer(t)
	if !ok {
		// "7-8" of digits with a hyphen is one number token and a sign; "1st-3rd" one word.
		if head, _, cut := strings.Cut(t.lower, "-"); cut && t.kind == wordToken {
			if n, ok = integer(token{text: head, lower: head}); ok && n <= 31 {
				m.day, m.end = n, m.end+1
				m.yearAfter(toks)
				return
			}
		}
		m.end = i
		return
	}
	switch {
	case isYear(n) && len(t.text) == 4:
		m.year, m.end = n, m.end+1
	case n >= 1 && n <= 31 && !clockAt(toks, m.end):
		m.day, m.end = n, m.end+1
		m.yearAfter(toks)
	default:
		m.end = i
	}
}

// clockAt reports whether a number is the hour of a time of day.
func clockAt(toks []token, i int) bool {
	return i+2 < len(toks) && toks[i+1].is(":") && !toks[i+1].spaced && toks[i+2].kind == numberToken && !toks[i+2].spaced
}

// yearAfter reads a year behind a day, past the other end of a range of days.
func (m *moment) yearAfter(toks []token) {
	j := m.end
	if j+1 < len(toks) && toks[j].is("-", "to", "and", "&", "/") {
		k := j + 1
		if _, ok := monthOf(toks[k].lower); ok {
			k++
		}
		if k < len(toks) {
			if n, ok := integer(toks[k]); ok && n >= 1 && n <= 31 && !clockAt(toks, k) {
				j, m.end = k+1, k+1
			} else if d, y, cut := strings.Cut(toks[k].text, ","); cut {
				if n, ok := integer(token{text: y, lower: y}); ok && isYear(n) && len(d) <= 2 {
					m.year, m.end = n, k+1
					return
				}
			}
		}
	}
	if j+1 < len(toks) && toks[j].is("'") && !toks[j+1].spaced && toks[j+1].kind == numberToken && len(toks[j+1].text) == 2 { // "May '23"
		if n, ok := integer(toks[j+1]); ok && n >= 8 {
			m.year, m.end = 2000+n, j+2
			return
		}
	}
	for j < len(toks) && toks[j].is(",", ".", "of", "-") {
		j++
	}
	if j < len(toks) && toks[j].kind == numberToken && len(toks[j].text) == 4 && !clockAt(toks, j) {
		if n, ok := integer(toks[j]); ok && isYear(n) {
			m.year, m.end = n, j+1
		}
	}
}

// pastRange steps over the other end of a range of dates: it counts by its start.
func (m *moment) pastRange(toks []token) {
	j := m.end
	if j < len(toks) && toks[j].is("-", "to", "until", "and", "through") {
		other := moment{end: j + 1}
		other.skip(toks, "late", "early", "mid", "the", "end", "of", "beginning")
		if other.readDate(toks) && (other.month != 0 || other.year != 0) {
			if m.year == 0 && other.year != 0 && m.month != 0 {
				m.year = other.year
				if other.month != 0 && m.month > other.month {
					m.year--
				}
			}
			m.end = other.end
		}
	}
}

// numeric reads 2021-04-28, 2021/04/28, 28.04.2021 and 28/04/2021.
func (m *moment) numeric(toks []token, i int) bool {
	n, end, ok := threeNumbers(toks, i)
	if !ok {
		return false
	}
	month, day := n[1], n[2]
	switch {
	case isYear(n[0]):
		m.year = n[0]
	case isYear(n[2]) && (n[0] > 12 || m.daysFirst && n[1] <= 12 || strings.Contains(toks[i].text, ".")): // points are used where the day comes first
		m.year, day = n[2], n[0]
	case isYear(n[2]):
		m.year, month, day = n[2], n[0], n[1]
	default:
		return false
	}
	if month < 1 || month > 12 || day < 1 || day > 31 {
		m.year = 0
		return false
	}
	m.month, m.day, m.end = time.Month(month), day, end
	// 2021-04-28T17:05:00Z: the hour is glued to the T.
	if end > i+1 && end < len(toks) && !toks[end].spaced {
		if hour, ok := strings.CutPrefix(toks[end].lower, "t"); ok {
			m.isoClock(toks, hour)
		}
	}
	return true
}

// threeNumbers splits a date written in digits, and returns the token after it.
func threeNumbers(toks []token, i int) (n [3]int, end int, ok bool) {
	parts, end := strings.Split(toks[i].text, "."), i+1
	if len(parts) != 3 && i+4 < len(toks) {
		if sep := toks[i+1]; sep.is("-", "/") && !sep.spaced && toks[i+3].text == sep.text && !toks[i+2].spaced && toks[i+2].kind == numberToken {
			parts, end = []string{toks[i].text, toks[i+2].text, toks[i+4].text}, i+5
		}
	}
	if len(parts) != 3 {
		return n, i, false
	}
	for k, p := range parts {
		v, err := strconv.Atoi(p)
		if err != nil || v < 0 {
			return n, i, false
		}
		n[k] = v
	}
	return n, end, true
}

func (m *moment) isoClock(toks []token, hour string) {
	h, err := strconv.Atoi(hour)
	if err != nil || h > 23 || h < 0 || m.end+2 >= len(toks) || !toks[m.end+1].is(":") {
		return
	}
	min, err := strconv.Atoi(strings.TrimRight(toks[m.end+2].text, "Zz"))
	if err != nil || min > 59 || min < 0 {
		return
	}
	m.hour, m.minute, m.clock, m.exact, m.end = h, min, true, true, m.end+3
	if m.end+1 < len(toks) && toks[m.end].is(":") {
		if sec, ok := wholeSeconds(strings.TrimRight(toks[m.end+1].text, "Zz")); ok {
			m.second, m.end = sec, m.end+2
		}
	}
	if strings.HasSuffix(toks[m.end-1].lower, "z") {
		m.zone = time.UTC
	}
}

// wholeSeconds reads two digits in front of a fraction. There are leap seconds.
func wholeSeconds(s string) (int, bool) {
	if n := strings.IndexAny(s, ".,"); n >= 0 {
		s = s[:n]
	}
	sec, err := strconv.Atoi(s)
	return sec, err == nil && len(s) == 2 && sec >= 0 && sec <= 60
}

// basic reads the basic format of ISO 8601: 20230510T100000Z. A minus and an
// offset are of one word with the time.
func (m *moment) basic(toks []token, i int) bool {
	if i+1 >= len(toks) || len(toks[i].text) != 8 || toks[i+1].spaced {
		return false
	}
	word, ok := strings.CutPrefix(toks[i+1].lower, "t")
	for _, layout := range []string{"200601021504", "20060102150405"} {
		for _, offset := range []string{"", "Z07", "Z0700"} {
			t, err := time.Parse(layout+offset, toks[i].text+strings.ToUpper(word))
			if !ok || err != nil || !isYear(t.Year()) {
				continue
			}
			m.year, m.month, m.day, m.hour, m.minute, m.second, m.clock, m.exact, m.end = t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), true, true, i+2
			if offset != "" {
				_, seconds := t.Zone()
				m.zone = zoneOf(seconds / 60)
			}
			return true
		}
	}
	return false
}

// quarter reads "Q3 2021" as the start of the quarter.
func (m *moment) quarter(toks []token, i int) bool {
	t := toks[i]
	if len(t.lower) != 2 || t.lower[0] != 'q' || t.lower[1] < '1' || t.lower[1] > '4' || i+1 >= len(toks) {
		return false
	}
	n, ok := integer(toks[i+1])
	if !ok || !isYear(n) {
		return false
	}
	m.year, m.month, m.end = n, time.Month(3*(t.lower[1]-'1')+1), i+2
	return true
}

// readClock reads a time of day: 3:02 AM, 14:02:11, 3 PM, 3pm, 20.15 UTC.
func (m *moment) readClock(toks []token) bool {
	i := m.end
	for i < len(toks) && toks[i].is("(", "~", "*", "[", "at", "around", "approximately", "about") {
		i++
	}
	if i >= len(toks) {
		return false
	}
	if toks[i].is("midnight", "noon") {
		m.setHour(12*b2i(toks[i].is("noon")), 0, 0, "")
		m.end = i + 1
		return true
	}
	if toks[i].kind == wordToken {
		return m.gluedClock(toks, i)
	}
	if i+1 < len(toks) && len(toks[i].text) == 4 && toks[i+1].is("utc", "gmt", "z") { // "1005 UTC"
		if n, ok := integer(toks[i]); ok && n < 2400 && n%100 < 60 {
			m.setHour(n/100, n%100, 0, "")
			m.end = i + 1
			return true
		}
	}
	h, ok := integer(toks[i])
	if !ok || h > 24 || toks[i].kind != numberToken {
		return m.pointClock(toks, i)
	}
	if j := i + 1; j < len(toks) && toks[j].is("am", "pm", "a.m", "p.m") {
		m.setHour(h, 0, 0, toks[j].lower)
		m.end = j + 1
		m.skip(toks, ".")
		return true
	}
	return m.colonClock(toks, i, h)
}

// gluedClock reads "3pm" and "10h05".
func (m *moment) gluedClock(toks []token, i int) bool {
	if h, min, ok := strings.Cut(toks[i].lower, "h"); ok && len(min) == 2 {
		hour, err1 := strconv.Atoi(h)
		minute, err2 := strconv.Atoi(min)
		if err1 == nil && err2 == nil && hour >= 0 && hour < 24 && minute >= 0 && minute < 60 {
			m.setHour(hour, minute, 0, "")
			m.end = i + 1
			return true
		}
	}
	for _, half := range []string{"am", "pm"} {
		s, ok := strings.CutSuffix(toks[i].lower, half)
		if h, number := integer(token{text: s, lower: s}); ok && number && h >= 1 && h <= 12 {
			m.setHour(h, 0, 0, half)
			m.end = i + 1
			return true
		}
	}
	return false
}

// colonClock reads minutes, seconds and the half of the day behind an hour.
func (m *moment) colonClock(toks []token, i, h int) bool {
	if i+2 >= len(toks) || !toks[i+1].is(":") || toks[i+2].kind != numberToken && toks[i+2].kind != wordToken || toks[i+2].spaced && toks[i+1].spaced {
		return false
	}
	text, half := cutHalf(toks[i+2].lower)
	if digits, ok := strings.CutSuffix(text, "z"); ok { // "10:05Z"
		text, m.zone = digits, time.UTC
	}
	min, err := strconv.Atoi(text)
	if err != nil || len(text) != 2 || min < 0 || min > 59 {
		return false
	}
	m.end = i + 3
	sec := m.seconds(toks, &half)
	if half == "" && m.end < len(toks) && toks[m.end].is("am", "pm", "a.m", "p.m") {
		half = toks[m.end].lower
		m.end++
		m.skip(toks, ".")
	}
	m.setHour(h, min, sec, half)
	return true
}

// cutHalf takes "am" or "pm" off the digits that it is glued to.
func cutHalf(s string) (digits, half string) {
	for _, half := range []string{"am", "pm"} {
		if digits, ok := strings.CutSuffix(s, half); ok {
			return digits, half
		}
	}
	return s, ""
}

func (m *moment) seconds(toks []token, half *string) int {
	if *half != "" || m.end+1 >= len(toks) || !toks[m.end].is(":") || toks[m.end+1].spaced {
		return 0
	}
	text, glued := cutHalf(toks[m.end+1].lower)
	if digits, ok := strings.CutSuffix(text, "z"); ok {
		text, m.zone = digits, time.UTC
	}
	sec, ok := wholeSeconds(text)
	if !ok {
		return 0
	}
	m.exact = true
	m.end += 2
	*half = glued
	return sec
}

// pointClock reads 20.15 where a zone or half of the day follows.
func (m *moment) pointClock(toks []token, i int) bool {
	h, min, ok := strings.Cut(toks[i].text, ".")
	if !ok || len(min) != 2 || len(h) > 2 || i+1 >= len(toks) || !toks[i+1].is("am", "pm", "utc", "gmt", "a.m", "p.m") {
		return false
	}
	hour, err1 := strconv.Atoi(h)
	minute, err2 := strconv.Atoi(min)
	if err1 != nil || err2 != nil || hour > 23 || minute > 59 || hour < 0 || minute < 0 {
		return false
	}
	m.end = i + 1
	half := ""
	if toks[i+1].is("am", "pm", "a.m", "p.m") {
		half, m.end = toks[i+1].lower, i+2
	}
	m.setHour(hour, minute, 0, half)
	return true
}

// setHour applies AM and PM to hours of the 12-hour clock; beside an hour of
// the 24-hour clock they add nothing.
func (m *moment) setHour(h, min, sec int, half string) {
	switch {
	case strings.HasPrefix(half, "p") && h < 12:
		h += 12
	case strings.HasPrefix(half, "a") && h == 12:
		h = 0
	case h == 24:
		h = 0
	}
	m.hour, m.minute, m.second, m.clock = h, min, sec, true
}
