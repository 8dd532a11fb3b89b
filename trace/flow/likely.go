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
	// Payers are those whom the funds had not reached, Payees all; backward the
	// other way round.
	Payers, Payees int
	// Receipts counts what the account got, Followed those that carried followed
	// funds; backward what it paid.
	Receipts, Followed int
	Contract           bool             // it is known to carry code
	Passed             []Sum            // followed funds that went on from it, by asset
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
	// on most often.
	mostLikely = 200
)

// likely finds the accounts behind which the trace may have gone astray.
func (s *settler) likely() {
	e := s.e
	senders, recipients, both := e.t.req.Limits.hubs()
	seen := counted{max(senders/codeParts, 2), max(recipients/codeParts, 2), max(both/codeParts, 4)}
	all := s.passers(seen)
	if len(all) == 0 {
		return
	}
	place := make([]int32, len(e.roles))
	traffic := make([]counterparties, len(all))
	for i := range all {
		traffic[i] = counterparties{id: all[i].id, deals: map[uint32]bool{}}
		place[all[i].id] = int32(i + 1)
	}
	e.t.collect(e.rec, place, traffic)
	for i := range all {
		s.judgeLikely(&all[i], &traffic[i], senders, recipients, both)
	}
	s.passed()
	slices.SortStableFunc(s.r.Likely, func(a, b Likely) int {
		switch {
		case a.USD != nil && b.USD != nil:
			return cmp.Or(b.USD.Cmp(*a.USD), a.Account.Compare(b.Account))
		case a.USD != nil:
			return -1
		case b.USD != nil:
			return 1
		}
		return cmp.Or(cmp.Compare(b.Payers+b.Payees, a.Payers+a.Payees), a.Account.Compare(b.Account))
	})
}

// counted is how many payers, payees and both make an account worth a look.
type counted struct{ senders, recipients, both int }

// passer is an account that passed followed funds on.
type passer struct {
	id       uint32
	moves    uint32 // by which the funds went on
	got      uint32 // by which they came
	receipts uint32
}

// passers lists the accounts that nobody has named, that passed funds on, and
// that have rows enough: of many those with the most movements.
func (s *settler) passers(least counted) []passer {
	e := s.e
	in, out := e.t.traffic.to, e.t.traffic.from
	if e.t.req.Backward {
		in, out = out, in
	}
	moves, got := make([]uint32, len(e.roles)), make([]uint32, len(e.roles))
	for i := range e.moves {
		if m := e.move(i); m.from != m.to {
			moves[e.holdings[m.from].account]++
			got[e.holdings[m.to].account]++
		}
	}
	var all []passer
	for i := 1; i < len(e.roles); i++ {
		r := &e.roles[i]
		named := r.kind != notTerminal || r.source || r.victim || e.t.thieves[e.rec.accounts.keys[i]]
		enough := int(in[i]) >= least.senders && int(out[i]) >= least.recipients || int(in[i])+int(out[i]) >= least.both
		if moves[i] > 0 && enough && !named && got[i]*2 < in[i] {
			all = append(all, passer{uint32(i), moves[i], got[i], in[i]})
		}
	}
	slices.SortFunc(all, func(a, b passer) int { return cmp.Or(cmp.Compare(b.moves, a.moves), cmp.Compare(a.id, b.id)) })
	return all[:min(len(all), mostLikely)]
}

func (s *settler) judgeLikely(p *passer, c *counterparties, senders, recipients, both int) {
	e := s.e
	l := Likely{Account: e.rec.accounts.keys[p.id], Receipts: int(p.receipts), Followed: int(p.got), Basis: chain.Heuristic}
	parts := plainParts
	if e.t.req.IsContract != nil {
		if is, known := e.t.req.IsContract(l.Account); is && known {
			l.Contract, parts = true, codeParts
		}
	}
	side, other := c.from, c.to
	if e.t.req.Backward {
		side, other = c.to, c.from
	}
	own := 0
	for _, id := range side {
		if e.flags[id]&(isTouched|isSource|isVictim) != 0 {
			own++
		}
	}
	l.Payers, l.Payees = len(side)-own, len(other)
	if e.t.req.Backward {
		senders, recipients = recipients, senders
	}
	if (l.Payers < senders/parts || l.Payees < recipients/parts) && c.all-own < both/parts {
		return
	}
	payers, payees, got := "payers", "payees", "receipts"
	if e.t.req.Backward {
		payers, payees, got = "payees", "payers", "payments"
	}
	l.Why = fmt.Sprintf("%d distinct %s whom the funds had not reached and %d distinct %s; %d of its %d %s carried followed funds",
		l.Payers, payers, l.Payees, payees, l.Followed, l.Receipts, got)
	if l.Contract {
		l.Why += "; it carries code"
	}
	s.r.Likely = append(s.r.Likely, l)
}

// passed adds up what went on from likely services, by asset.
func (s *settler) passed() {
	e := s.e
	place := map[uint32]*Likely{}
	for i := range s.r.Likely {
		if id, ok := e.rec.find(s.r.Likely[i].Account); ok {
			place[id] = &s.r.Likely[i]
		}
	}
	for i := range e.moves {
		m := e.move(i)
		l := place[e.holdings[m.from].account]
		if l == nil || m.from == m.to {
			continue
		}
		sum := Sum{Asset: s.asset(m.to), Units: bigOf(&m.units)}
		if w := &e.rec.rows[m.row]; w.asset == e.holdings[m.to].asset {
			if usd, ok := e.t.worth(e.rec, w, &m.units); ok {
				sum.USD = &usd
			}
		}
		l.pass(sum)
	}
	for i := range s.r.Likely {
		l := &s.r.Likely[i]
		slices.SortFunc(l.Passed, func(a, b Sum) int { return a.Asset.Compare(b.Asset) })
		total, priced := decimal.Decimal{}, true
		for _, x := range l.Passed {
			if priced = priced && x.USD != nil; priced {
				total = total.Add(*x.USD)
			}
		}
		if priced {
			l.USD = &total
		}
	}
}

// pass adds a movement to what passed.
func (l *Likely) pass(m Sum) {
	at := slices.IndexFunc(l.Passed, func(x Sum) bool { return x.Asset == m.Asset })
	if at < 0 {
		l.Passed = append(l.Passed, m)
		return
	}
	x := &l.Passed[at]
	x.Units.Add(x.Units, m.Units)
	if x.USD == nil || m.USD == nil {
		x.USD = nil
		return
	}
	usd := x.USD.Add(*m.USD)
	x.USD = &usd
}
