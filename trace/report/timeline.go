package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"losstracer/trace"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
)

// event is a row of the timeline.
type event struct {
	from, to time.Time // to is later where the time is not exact
	when     string
	who      string
	what     words
	onChain  bool
}

// timelineSection sets what the write-up dates beside what the chain dates.
func timelineSection(c *trace.Case) section {
	events := append(reportedEvents(c.Incident.Timeline), chainEvents(c)...)
	slices.SortStableFunc(events, func(a, b event) int { return cmp.Or(a.from.Compare(b.from), a.to.Compare(b.to)) })
	t := &table{Columns: []column{{Name: "time (UTC)"}, {Name: "says"}, {Name: "event", Wide: true}}}
	for _, e := range events {
		t.add(e.when, e.who, e.what)
	}
	s := section{ID: "timeline", Heading: "Timeline", Table: t, Reference: true}
	var pauses []string
	if t.Scale, pauses = timeScale(events); len(pauses) > 0 {
		s.Text = []words{sayf("Dotted parts of the axis are pauses that are cut short: %s.", strings.Join(pauses, ", "))}
	}
	return s
}

// pause is a time between events in which nothing is told.
type pause struct{ from, to time.Time }

func (p pause) length() time.Duration { return p.to.Sub(p.from) }

// timeScale puts events on one axis, which is nil where there is no length to
// one, and tells of the pauses that are cut short on it: one late event would
// otherwise press all the others into a single line.
func timeScale(events []event) (*scale, []string) {
	if len(events) < 2 {
		return nil, nil
	}
	first, last := events[0].from, events[0].to
	for _, e := range events {
		if e.to.After(last) {
			last = e.to
		}
	}
	if last.Sub(first) < time.Second {
		return nil, nil
	}
	cuts, rest := cutShort(pauses(events), last.Sub(first))
	const width = 60 // of a cut
	room := int64(1000 - width*len(cuts))
	place := func(t time.Time) int {
		at, passed := t.Sub(first), 0
		for _, p := range cuts {
			if !t.Before(p.to) {
				at -= p.length()
				passed += width
			}
		}
		return passed + int(room*int64(at/time.Second)/max(int64(rest/time.Second), 1))
	}
	s := &scale{First: moment(first), Last: moment(last)}
	var told []string
	for _, p := range cuts {
		s.Cuts = append(s.Cuts, bar{At: place(p.from), Width: width})
		told = append(told, fmt.Sprintf("%s from %s", longTime(p.length()), p.from.Format("2006-01-02 15:04")))
	}
	for _, e := range events {
		kind := "written"
		if e.onChain {
			kind = "chain"
		}
		s.add(place(e.from), place(e.to)-place(e.from), kind)
	}
	return s, told
}

// pauses lists the times in which no event lies, in order. The events are in
// order of their beginning.
func pauses(events []event) []pause {
	var list []pause
	end := events[0].to
	for _, e := range events[1:] {
		if e.from.After(end) {
			list = append(list, pause{end, e.from})
		}
		if e.to.After(end) {
			end = e.to
		}
	}
	return list
}

// cutShort chooses the pauses that take more than a third of what the others
// leave of the axis, the longest first, and returns them in order, and what is
// left. Where everything else is but moments none is cut.
func cutShort(list []pause, length time.Duration) (cuts []pause, rest time.Duration) {
	rest = length
	slices.SortStableFunc(list, func(a, b pause) int { return cmp.Compare(b.length(), a.length()) })
	for _, p := range list {
		if p.length() <= rest/3 || rest-p.length() < time.Minute {
			break
		}
		cuts = append(cuts, p)
		rest -= p.length()
	}
	slices.SortFunc(cuts, func(a, b pause) int { return a.from.Compare(b.from) })
	return cuts, rest
}

// longTime writes how long something took, to the hour where it is days.
func longTime(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d >= 2*day:
		return fmt.Sprintf("%d days", d.Round(day)/day)
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d hours", d.Round(time.Hour)/time.Hour)
	}
	return fmt.Sprintf("%d minutes", d.Round(time.Minute)/time.Minute)
}

func reportedEvents(timeline []incident.Event) []event {
	var events []event
	for _, e := range timeline {
		from := e.Time.UTC()
		layout, to := "2006-01-02 15:04", from
		switch e.Precision {
		case incident.Day:
			layout, to = "2006-01-02", from.AddDate(0, 0, 1).Add(-time.Second)
		case incident.Month:
			layout, to = "2006-01", from.AddDate(0, 1, 0).Add(-time.Second)
		case incident.Year:
			layout, to = "2006", from.AddDate(1, 0, 0).Add(-time.Second)
		}
		events = append(events, event{from, to, from.Format(layout), fmt.Sprintf("write-up, line %d", e.Pos.Line), say(e.Text), false})
	}
	return events
}

// mostChainEvents is how many transactions a timeline shows one by one.
const mostChainEvents = 40

// told are the classes of movements that a timeline tells of.
var told = []loss.Class{loss.Theft, loss.Return, loss.Bounty, loss.Rescue}

// chainEvents tells of thefts and returns by tx; by day where there are many.
func chainEvents(c *trace.Case) []event {
	type key struct {
		class loss.Class
		group string
	}
	groups := func(of func(loss.Judgement) string) (order []key, members map[key][]loss.Judgement) {
		members = map[key][]loss.Judgement{}
		for _, j := range c.Statement.Judgements {
			if !slices.Contains(told, j.Class) || j.PaidIn() {
				continue
			}
			k := key{j.Class, of(j)}
			if members[k] == nil {
				order = append(order, k)
			}
			members[k] = append(members[k], j)
		}
		return order, members
	}
	order, members := groups(func(j loss.Judgement) string {
		return fmt.Sprint(j.Transfer.ChainID, j.Transfer.Block, j.Transfer.Tx)
	})
	if len(order) > mostChainEvents {
		order, members = groups(func(j loss.Judgement) string { return unix(j.Transfer.Time).Format(time.DateOnly) })
	}
	var events []event
	for _, k := range order {
		events = append(events, chainEvent(c, k.class, members[k]))
	}
	return events
}

// chainEvent tells of movements of one class in one tx, or on one day.
func chainEvent(c *trace.Case, class loss.Class, members []loss.Judgement) event {
	first, last := members[0].Transfer, members[len(members)-1].Transfer
	e := event{from: unix(first.Time), to: unix(last.Time), who: networkTitle(first.ChainID), onChain: true}
	e.when = e.from.Format("2006-01-02 15:04:05")
	if first.Tx != last.Tx {
		e.when += "\nto " + e.to.Format("15:04:05")
		e.what = sayf("%s: %d transfers", class, len(members))
		return e
	}
	var amounts []string
	const most = 4
	for i, j := range members {
		if i == most {
			amounts = append(amounts, fmt.Sprintf("%d more", len(members)-most))
			break
		}
		meta := c.Meta(j.Transfer.Asset)
		amounts = append(amounts, quantity(wholeUnits(j.Transfer.Units.ToBig(), meta))+" "+symbol(j.Transfer.Asset, meta))
	}
	e.what = say(class.String()+": "+strings.Join(amounts, ", ")+" in ", txSpan(first.ChainID, first.Tx))
	return e
}
