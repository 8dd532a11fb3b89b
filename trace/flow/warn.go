package flow

import (
	"fmt"
	"slices"
)

// warn says what the figures do not show of themselves, in a fixed order.
func (s *settler) warn() {
	for _, list := range [][]string{s.warnSources(), s.warnGaps(), s.warnSilent(), s.e.warnRows()} {
		s.r.Warnings = append(s.r.Warnings, list...)
	}
	if s.r.Rounded > 0 {
		s.r.Warnings = append(s.r.Warnings, fmt.Sprintf("%d tainted parts were rounded down: an amount may be short by less than as many base units", s.r.Rounded))
	}
	slices.Sort(s.r.Warnings)
}

// warnSources names the sources that there is nothing to trace from.
func (s *settler) warnSources() (list []string) {
	sent := map[Account]bool{}
	for i := range s.r.Sources {
		sent[s.r.Sources[i].Account] = true
	}
	did, whom, that, given := "sent", "to", "", "transfers given"
	if req := s.e.t.req; req.FirstTime > 0 || req.FirstBlock > 0 || req.Limits.Horizon > 0 || req.Limits.LastBlock > 0 {
		given += " of the window"
	}
	if s.r.Backward {
		did, whom = "received", "from"
	}
	if len(s.e.rec.refused) > 0 {
		that = " that can be traced"
	}
	for _, a := range s.e.t.req.Sources {
		if !sent[a] {
			list = append(list, fmt.Sprintf("%s %s nothing%s %s others in the %s: there is nothing to trace", a, did, that, whom, given))
		}
	}
	return list
}

// warnGaps tells of what moved and is not among the transfers.
func (s *settler) warnGaps() (list []string) {
	switch n := len(s.r.Openings); {
	case n > 0 && s.r.Backward:
		list = append(list, fmt.Sprintf("holdings that received more than is known to have been sent on: %d; what each kept of it is taken to be the difference, and to have come from others", n))
	case n > 0:
		list = append(list, fmt.Sprintf("holdings that sent more than is known to have come in: %d; each has an opening balance of the difference, taken for clean", n))
	}
	for _, o := range s.e.t.openings {
		if o.Err != nil {
			list = append(list, fmt.Sprintf("the history of %s could not be had: %v", o.Account, o.Err))
		}
	}
	if n := len(s.e.t.unread); n > 0 {
		list = append(list, fmt.Sprintf("%d txs were not read whole, because no more requests were allowed: what they moved beside the addresses that were opened is not known", n))
	}
	return list
}

// warnSilent tells of holdings that an import shows nothing of that would say
// whether the funds are still there.
func (s *settler) warnSilent() []string {
	silent := 0
	for i := range s.r.Held {
		if s.r.Held[i].Silent {
			silent++
		}
	}
	switch {
	case silent == 0 || len(s.e.t.req.Historians) > 0:
		return nil
	case s.r.Backward:
		return []string{fmt.Sprintf("of %d holdings where the trace back ends no incoming transfer of the account is given at all: whether it was their own, these transfers cannot say", silent)}
	default:
		return []string{fmt.Sprintf("of %d holdings that count as held no outgoing transfer of the account is given at all: whether they still hold it, these transfers cannot say", silent)}
	}
}

// warnRows tells of what was odd about the transfers as they were given.
func (e *engine) warnRows() (list []string) {
	say := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	if e.rec.Repeated > 0 {
		say("%d transfers were given twice and count once", e.rec.Repeated)
	}
	if e.rec.Wraps > 0 {
		say("%d wraps and unwraps of the coin had no row for the token: the contract issues it one to one, so the rows were added", e.rec.Wraps)
	}
	if e.early > 0 {
		say("%d times an account pays more than it has, and is paid later in the same block: if the index of an import is no more than the order of its rows, leave it empty", e.early)
	}
	if e.rec.Unordered > 0 {
		say("%d txs share their index with others of their block, so that their order is not given: among them an account is taken to be paid before it pays", e.rec.Unordered)
	}
	for id := range e.rec.refused {
		say("%s is not traced: its transfers add up to more than 2^256", e.rec.assets[id])
	}
	return list
}
