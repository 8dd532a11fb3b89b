package flow

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// Likely is an account through which the trace went although it may be a
// service: it has the traffic of one, less than makes a hub. Nothing is ended by
// it. What the trace found behind it may be other people's money.
type Likely struct {
	Account Account
	// Payers and Payees are distinct. Of the payers, backward of the payees, those
	// are left out whom the funds had reached.
	Payers, Payees int
	// Receipts counts what the account got, Followed those that carried followed
	// funds; backward what it paid.
	Receipts, Followed int
	Contract           bool             // it is known to carry code
	Passed             []Sum            // followed funds that it paid on to others, by asset
	USD                *decimal.Decimal // of all that passed; nil where a part has no price
	Basis              chain.Basis
	Why                string
}

// A likely service has a part of the traffic of a hub: one in codeParts where
// it carries code, as pools and vaults do, else one in plainParts; and most of
// what it got was nobody's whom the trace follows.
const (
	codeParts  = 10
	plainParts = 4
	// mostLikely is how many accounts are measured: those by which the trace went
	// on most often. A warning says how many were not.
	mostLikely = 200
)

// part is the measure divided by n, no smaller than two on each side.
func (m measure) part(n int) measure {
	return measure{max(m.payers/n, 2), max(m.payees/n, 2), max(m.both/n, 4)}
}

// likely finds the accounts behind which the trace may have gone astray.
func (s *settler) likely() {
	e := s.e
	all := s.passers(e.t.req.Limits.hubs().part(codeParts))
	if len(all) == 0 {
		return
	}
	if more := len(all) - mostLikely; more > 0 {
		all = all[:mostLikely]
		s.r.Warnings = append(s.r.Warnings, fmt.Sprintf(
			"%d accounts that were passed have payments enough for a service and were not measured: the %d by which the funds went on most often were", more, mostLikely))
		slices.Sort(s.r.Warnings)
	}
	place := make([]int32, len(e.roles))
	traffic := make([]counterparties, len(all))
	for i := range all {
		traffic[i] = counterparties{id: all[i].id, deals: map[uint32]bool{}}
		place[all[i].id] = int32(i + 1)
	}
	e.t.collect(e.rec, place, traffic)
	passed := s.passed(place, len(all))
	for i := range all {
		if l := s.judgeLikely(&all[i], &traffic[i]); l != nil {
			l.Passed, l.USD = s.sums(&passed[i])
			s.r.Likely = append(s.r.Likely, *l)
		}
	}
	slices.SortFunc(s.r.Likely, func(a, b Likely) int {
		return cmp.Or(dearer(a.USD, b.USD), cmp.Compare(b.Payers+b.Payees, a.Payers+a.Payees), a.Account.Compare(b.Account))
	})
}

// passer is an account that passed followed funds on.
type passer struct {
	id       uint32
	moves    uint32 // by which the funds went on
	got      uint32 // rows by which they came
	last     uint32 // the newest of these, from 1: they may come by one in two ways
	receipts uint32
}

// passes reports whether a move took the funds from one account to another. It
// does not for gas, for what is swapped for oneself, nor for where nobody can see.
func (e *engine) passes(m *move) bool {
	return !m.fee && m.end != unseen && e.holdings[m.from].account != e.holdings[m.to].account
}

// passers lists the accounts that nobody has named, that passed funds on, and
// that have rows enough, those with the most movements first.
func (s *settler) passers(least measure) []passer {
	e := s.e
	all, place := s.frequented(least)
	if len(all) == 0 {
		return nil
	}
	marked := make([]bool, len(e.holdings))
	for h := range e.holdings {
		marked[h] = place[e.holdings[h].account] > 0
	}
	for i := range e.moves {
		if from, to := e.ends(i); !marked[from] && !marked[to] {
			continue
		}
		m := e.move(i)
		if !e.passes(&m) {
			continue
		}
		from, to := place[e.holdings[m.from].account], place[e.holdings[m.to].account]
		if from > 0 {
			all[from-1].moves++
		}
		if to > 0 && all[to-1].last != m.row+1 {
			all[to-1].got++
			all[to-1].last = m.row + 1
		}
	}
	all = slices.DeleteFunc(all, func(p passer) bool { return p.moves == 0 || 2*p.got >= p.receipts })
	slices.SortFunc(all, func(a, b passer) int { return cmp.Or(cmp.Compare(b.moves, a.moves), cmp.Compare(a.id, b.id)) })
	return all
}

// frequented lists the accounts that nobody has named and that have rows enough,
// and where each account stands in the list, from 1: few among millions.
func (s *settler) frequented(least measure) (all []passer, place []uint32) {
	e := s.e
	receipts := e.t.traffic.to
	if e.t.req.Backward {
		receipts = e.t.traffic.from
	}
	for i := 1; i < len(e.roles); i++ {
		if !e.t.traffic.enough(i, least) {
			continue
		}
		r := &e.roles[i]
		if r.kind != notTerminal || r.source || r.victim || e.t.thieves[e.rec.accounts.keys[i]] {
			continue
		}
		if place == nil {
			place = make([]uint32, len(e.roles))
		}
		all = append(all, passer{id: uint32(i), receipts: receipts[i]})
		place[i] = uint32(len(all))
	}
	return all, place
}

// judgeLikely returns nil for an account that has not the traffic of a service.
func (s *settler) judgeLikely(p *passer, c *counterparties) *Likely {
	e, backward := s.e, s.e.t.req.Backward
	l := &Likely{Account: e.rec.accounts.keys[p.id], Receipts: int(p.receipts), Followed: int(p.got), Basis: chain.Heuristic}
	parts := plainParts
	if e.t.req.IsContract != nil {
		if is, known := e.t.req.IsContract(l.Account); is && known {
			l.Contract, parts = true, codeParts
		}
	}
	own := 0
	l.Payers, l.Payees, own = c.others(backward, func(id uint32) bool { return e.flags[id].reached() })
	if !e.t.req.Limits.hubs().part(parts).met(l.Payers, l.Payees, c.all-own) {
		return nil
	}
	const strangers = " whom the funds had not reached"
	payers, payees, got := strangers, "", "receipts"
	if backward {
		payers, payees, got = "", strangers, "payments"
	}
	l.Why = fmt.Sprintf("%d distinct payers%s and %d distinct payees%s; %d of its %d %s carried followed funds",
		l.Payers, payers, l.Payees, payees, l.Followed, l.Receipts, got)
	if l.Contract {
		l.Why += "; it carries code"
	}
	return l
}

// passed adds up what each of n accounts paid on, by asset; place is where an
// account stands among them, from 1.
func (s *settler) passed(place []int32, n int) []ordered[uint32, tally] {
	e := s.e
	all := make([]ordered[uint32, tally], n)
	for i := range e.moves {
		from, _ := e.ends(i)
		at := place[e.holdings[from].account]
		if at == 0 {
			continue
		}
		if m := e.move(i); e.passes(&m) {
			all[at-1].get(e.holdings[m.to].asset).add(e, &m)
		}
	}
	return all
}

// sums lists what was added up, by asset, and all of it in dollars: nil where a
// part has no price.
func (s *settler) sums(of *ordered[uint32, tally]) (list []Sum, usd *decimal.Decimal) {
	usd = &decimal.Decimal{}
	for i, asset := range of.keys {
		sum := of.vals[i].sum(s.e.rec.assets[asset])
		list = append(list, sum)
		if usd == nil || sum.USD == nil {
			usd = nil
			continue
		}
		total := usd.Add(*sum.USD)
		usd = &total
	}
	slices.SortFunc(list, func(a, b Sum) int { return a.Asset.Compare(b.Asset) })
	return list, usd
}
