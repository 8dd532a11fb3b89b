package incident

import (
	"bytes"
	"slices"
	"time"
	"unicode/utf8"
)

// Parse reads a write-up. It never fails: what cannot be read is a problem of
// the result, and a document that is no write-up at all has one of severity
// "error" and code "not-a-write-up". The result depends on the bytes alone.
func Parse(file string, data []byte) *Incident {
	inc := &Incident{File: file}
	if why := notText(data); why != "" {
		inc.Problems = []Problem{notAWriteUp(why)}
		return inc
	}
	d := read(data)
	d.head(inc)
	d.resolve(inc)
	d.readTimeline(inc)
	d.linkTimeline(inc)
	d.readClaims(inc)
	d.check(inc)
	inc.Problems = append(inc.Problems, d.problems...)
	slices.SortStableFunc(inc.Problems, func(a, b Problem) int {
		if a.Pos.Line != b.Pos.Line {
			return a.Pos.Line - b.Pos.Line
		}
		return a.Pos.Column - b.Pos.Column
	})
	return inc
}

func notAWriteUp(why string) Problem {
	return Problem{Pos{1, 1}, "error", "not-a-write-up", why,
		"a write-up is Markdown that begins with front matter (date, target-entities, title, loss) between two lines of three dashes"}
}

// notText tells files that are no text at all.
func notText(data []byte) string {
	if len(bytes.TrimSpace(data)) == 0 {
		return "the file is empty"
	}
	head := data[:min(len(data), 8192)]
	if bytes.IndexByte(head, 0) >= 0 {
		return "the file is not text"
	}
	bad := 0
	for i := 0; i < len(head); {
		r, n := utf8.DecodeRune(head[i:])
		if r == utf8.RuneError && n == 1 && len(head)-i > 4 {
			bad++
		}
		i += n
	}
	if bad > len(head)/10 {
		return "the file is not UTF-8 text"
	}
	return ""
}

// targetKeys are the keys of the front matter that name the victims.
var targetKeys = []string{"target-entities", "target-entity", "targets", "target", "victim", "victims", "project"}

// head reads what the front matter says of the incident as a whole.
func (d *document) head(inc *Incident) {
	switch {
	case !d.matter.present && len(d.sections) == 0:
		d.problems = append(d.problems, notAWriteUp("there is neither front matter nor a heading"))
	case !d.matter.present:
		d.problems = append(d.problems, notAWriteUp("there is no front matter"))
	}
	if f, ok := d.matter.get("title", "name"); ok && len(f.values) > 0 {
		inc.Title = f.values[0]
	} else if d.matter.present {
		d.warn(Pos{1, 1}, "no-title", "the front matter has no title", "add title:")
	}
	if f, ok := d.matter.get(targetKeys...); ok {
		inc.Targets = f.values
	}
	f, ok := d.matter.get("date")
	if !ok || len(f.values) == 0 {
		if d.matter.present {
			d.warn(Pos{1, 1}, "no-date", "the front matter has no date", "add date: YYYY-MM-DD")
		}
		return
	}
	l := line{text: f.values[0]}
	m, ok := momentAt(l.tokens(), 0)
	if !ok || m.day == 0 || m.month == 0 || m.year == 0 || m.day > daysIn(m.year, m.month) {
		d.warn(d.position(f.at), "date", "the date in the front matter cannot be read: "+clip(f.values[0], 40), "write it as YYYY-MM-DD")
		return
	}
	inc.Date = time.Date(m.year, m.month, m.day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// linkTimeline gives every entry the transactions that its line links.
func (d *document) linkTimeline(inc *Incident) {
	for i := range inc.Timeline {
		e := &inc.Timeline[i]
		e.Transactions = d.txs[e.Pos.Line]
	}
}
