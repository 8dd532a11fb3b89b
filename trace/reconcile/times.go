package reconcile

import (
	"fmt"
	"time"

	"losstracer/chain"
	"losstracer/trace/incident"
)

// ClaimTime is the kind of a finding about a written time.
const ClaimTime incident.ClaimKind = "time"

// Witness is a moment that the chain shows for a line of the write-up.
type Witness struct {
	Line int
	Time time.Time
	What string // what happened then, for the explanation
	// Firm is true where the line links the very transaction; otherwise the
	// line only seems to speak of it, and a difference proves nothing.
	Firm bool
}

// Timing is what a finding about a time sets against each other.
type Timing struct {
	Written  time.Time
	Observed time.Time
}

const (
	minuteSlack = 10 * time.Minute // clocks, confirmations and rounding
	maxOffset   = 14 * time.Hour   // the widest time zone
)

// compareTimes sets dated lines against what the chain shows for them. Of
// several witnesses of one line the nearest counts.
func compareTimes(events []incident.Event, witnesses []Witness, dated string) []Finding {
	var findings []Finding
	for _, e := range events {
		w, ok := nearest(e, witnesses)
		if !ok || e.Precision == incident.Month || e.Precision == incident.Year {
			continue
		}
		f := Finding{
			Claim:  incident.Claim{Kind: ClaimTime, Text: e.Text, Pos: e.Pos},
			Timing: &Timing{Written: e.Time, Observed: w.Time},
		}
		if f.compareTime(e, w, dated) {
			findings = append(findings, f)
		}
	}
	return findings
}

func nearest(e incident.Event, witnesses []Witness) (Witness, bool) {
	var best Witness
	found := false
	for _, w := range witnesses {
		if w.Line != e.Pos.Line {
			continue
		}
		if !found || e.Time.Sub(w.Time).Abs() < e.Time.Sub(best.Time).Abs() {
			best, found = w, true
		}
	}
	return best, found
}

// compareTime decides one time; false where nothing can be said.
func (f *Finding) compareTime(e incident.Event, w Witness, dated string) bool {
	off := e.Time.Sub(w.Time)
	if e.Precision == incident.Day {
		off = e.Time.Sub(w.Time.Truncate(24 * time.Hour))
		f.Tolerance.Why = "the day, and one more for time zones"
		if off.Abs() <= 24*time.Hour {
			f.decide(Match)
			return true
		}
	} else {
		f.Tolerance.Why = fmt.Sprintf("%s for clocks, confirmations and rounding", minuteSlack)
		if off.Abs() <= minuteSlack {
			f.decide(Match)
			return true
		}
	}
	verdict := Over
	if off < 0 {
		verdict = Under
	}
	hours := off.Round(time.Hour)
	if e.Precision == incident.Minute && (off-hours).Abs() <= minuteSlack && hours.Abs() <= maxOffset {
		as := "as a time zone would be"
		if hours.Abs() == 12*time.Hour {
			as = "as a time zone would be, or AM for PM"
		}
		f.decide(verdict, Cause{TimeZone, fmt.Sprintf("%s was at %s: the written time is %s off, %s",
			w.What, w.Time.Format(time.RFC3339), signed(hours), as), chain.Derived})
		return true
	}
	if cause, ok := anotherYear(e, w, dated); ok {
		f.decide(verdict, cause)
		return true
	}
	if !w.Firm {
		return false
	}
	if e.Precision == incident.Minute && (off-hours).Abs() <= minuteSlack && hours.Abs() == 24*time.Hour {
		f.decide(verdict, Cause{Unexplained, fmt.Sprintf("%s was at %s: the written time is right but for the day", w.What, w.Time.Format(time.RFC3339)), chain.Derived})
		return true
	}
	f.decide(verdict, Cause{Unexplained, fmt.Sprintf("%s was at %s", w.What, w.Time.Format(time.RFC3339)), chain.Observed})
	return true
}

// anotherYear tells a time that is right but for the year. Where the write-up
// itself is dated to the year that the chain shows, it contradicts itself.
func anotherYear(e incident.Event, w Witness, dated string) (Cause, bool) {
	years := w.Time.Year() - e.Time.Year()
	slack := maxOffset
	if e.Precision == incident.Day {
		slack = 24 * time.Hour
	}
	if years == 0 || e.Precision != incident.Day && e.Precision != incident.Minute || e.Time.AddDate(years, 0, 0).Sub(w.Time).Abs() > slack+24*time.Hour {
		return Cause{}, false
	}
	says := fmt.Sprintf("%s was at %s: the written time is right but for the year", w.What, w.Time.Format(time.RFC3339))
	if day, err := time.Parse(time.DateOnly, dated); err == nil && day.Year() == w.Time.Year() {
		return Cause{InternalContradiction, says + ", and the write-up itself is dated " + dated, chain.Derived}, true
	}
	return Cause{Unexplained, says, chain.Derived}, true
}

func signed(hours time.Duration) string {
	return fmt.Sprintf("%+d h", int(hours.Hours()))
}
