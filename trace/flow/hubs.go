package flow

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"
)

// A hub is told by strangers: people who pay it without having been reached by
// the funds. Whoever launders may be paid by hundreds of accounts and pay
// hundreds, but those who pay him are his own; the customers of a service are
// not. Those who took the funds are never hubs: a thief may have thousands of
// victims.

// markHubs ends the trace at accounts with the traffic of a service.
func (t *tracer) markHubs(rec *Record, roles []role) {
	t.traffic = trafficOf(rec, len(roles))
	busy := t.busy(rec, roles, &t.traffic)
	if len(busy) == 0 {
		return
	}
	// Each is first taken for a hub, behind which nobody is reached. One that has
	// not strangers enough then is none, and those whom it pays may be reached,
	// which leaves fewer strangers to the others.
	scout := newEngine(t, rec, roles, FIFO, slices.Concat(t.arrived...))
	scout.findEnd()
	for i := range busy {
		roles[busy[i].id].kind = Hub
	}
	for again := true; again; {
		again = false
		scout.touch()
		for i := range busy {
			c := &busy[i]
			why, isHub := c.judge(t, func(id uint32) bool { return scout.flags[id].reached() })
			roles[c.id].grounds = &grounds{why: why}
			if !isHub && roles[c.id].kind == Hub {
				roles[c.id].kind, roles[c.id].grounds = notTerminal, nil
				again = true
			}
		}
		busy = slices.DeleteFunc(busy, func(c counterparties) bool { return roles[c.id].kind != Hub })
	}
}

// judge says whether the account is a hub, and by what measure, when those
// accounts were reached by the funds.
func (c *counterparties) judge(t *tracer, reached func(uint32) bool) (why string, isHub bool) {
	payers, payees, own := c.others(t.req.Backward, reached)
	why = fmt.Sprintf("%d distinct payers and %d distinct payees in what was looked at", payers, payees)
	if own > 0 {
		why += fmt.Sprintf(", without %d that the funds had reached", own)
	}
	return why, t.req.Limits.hubs().met(payers, payees, c.all-own)
}

// others counts the distinct payers and payees. Of those from whom the funds
// come, who backward are the payees, it leaves out whom they had reached, and
// says how many.
func (c *counterparties) others(backward bool, reached func(uint32) bool) (payers, payees, own int) {
	side := c.from
	if backward {
		side = c.to
	}
	for _, id := range side {
		if reached(id) {
			own++
		}
	}
	payers, payees = len(c.from), len(c.to)
	if backward {
		return payers, payees - own, own
	}
	return payers - own, payees, own
}

// measure is how many distinct payers and payees, or how many of both together,
// make an account something.
type measure struct{ payers, payees, both int }

func (m measure) met(payers, payees, both int) bool {
	return payers >= m.payers && payees >= m.payees || both >= m.both
}

// counterparties of one account. Receipts without a price wait for the answer
// to whether the account ever pays with that asset: anybody can send a
// well-known thief worthless tokens from a thousand addresses.
type counterparties struct {
	id       uint32
	from, to []uint32 // distinct, once counted
	all      int      // distinct of both
	unpriced []unpriced
	deals    map[uint32]bool // assets that it pays with
}

type unpriced struct{ from, asset uint32 }

// rowCounts is how many rows of a record pay each account, and by how many it
// pays others; gas is no payment to anybody, nor is what an account sends itself.
type rowCounts struct{ to, from []uint32 }

// enough reports whether an account has rows enough to meet a measure, whoever
// its counterparties are.
func (n *rowCounts) enough(account int, m measure) bool {
	in, out := int(n.to[account]), int(n.from[account])
	return m.met(in, out, in+out)
}

func trafficOf(rec *Record, accounts int) rowCounts {
	n := rowCounts{make([]uint32, accounts), make([]uint32, accounts)}
	for i := range rec.rows {
		if w := &rec.rows[i]; !w.fee && w.from != w.to {
			n.to[w.to]++
			n.from[w.from]++
		}
	}
	return n
}

// busy lists the accounts that have counterparties enough to be hubs whoever
// these are. Only accounts with rows enough are looked at.
func (t *tracer) busy(rec *Record, roles []role, n *rowCounts) []counterparties {
	hub := t.req.Limits.hubs()
	place := make([]int32, len(roles))
	var traffic []counterparties
	for i := 1; i < len(roles); i++ {
		if n.enough(i, hub) && roles[i].kind == notTerminal && !t.thieves[rec.accounts.keys[i]] {
			traffic = append(traffic, counterparties{id: uint32(i), deals: map[uint32]bool{}})
			place[i] = int32(len(traffic))
		}
	}
	if len(traffic) == 0 {
		return nil
	}
	t.collect(rec, place, traffic)
	return slices.DeleteFunc(traffic, func(c counterparties) bool {
		return !hub.met(len(c.from), len(c.to), c.all)
	})
}

// collect fills in who dealt with the accounts of traffic; place is where an
// account stands in it, from 1.
func (t *tracer) collect(rec *Record, place []int32, traffic []counterparties) {
	seen := newDealings(len(traffic), len(place), len(rec.assets))
	for i := range rec.rows {
		w := &rec.rows[i]
		if w.from == w.to || place[w.from] == 0 && place[w.to] == 0 {
			continue
		}
		priced, dust := t.dust(rec, w)
		if dust {
			continue
		}
		if at := place[w.from]; at > 0 && !w.fee && seen.isNew(paying, at, w.to, w.asset) {
			c := &traffic[at-1]
			c.to = append(c.to, w.to)
			c.deals[w.asset] = true
		}
		at := place[w.to]
		switch {
		case at == 0 || w.from == outside:
		case priced:
			if seen.isNew(paid, at, w.from, w.asset) {
				traffic[at-1].from = append(traffic[at-1].from, w.from)
			}
		case seen.isNew(paidUnpriced, at, w.from, w.asset):
			traffic[at-1].unpriced = append(traffic[at-1].unpriced, unpriced{w.from, w.asset})
		}
	}
	for i := range traffic {
		traffic[i].count()
	}
}

// dealings are the pairs of accounts, and what they paid, that were listed already: a
// few accounts may pay each other ten thousand times. Where they would need too much
// memory there are none, and all is listed as often as it comes.
type dealings struct {
	bits             []uint64
	accounts, assets int
}

// What a dealing was to the account with traffic.
const (
	paying = iota
	paid
	paidUnpriced
	kindsOfDealing
)

const mostDealings = 1 << 26 // bits

func newDealings(traffic, accounts, assets int) *dealings {
	d := &dealings{accounts: accounts, assets: assets}
	if n := kindsOfDealing * (traffic + 1) * assets; n < mostDealings/max(accounts, 1) {
		d.bits = make([]uint64, n*accounts/64+1)
	}
	return d
}

// isNew reports whether a dealing is to be listed, and notes it.
func (d *dealings) isNew(kind int, place int32, other, asset uint32) bool {
	if d.bits == nil {
		return true
	}
	at := ((int(place)*kindsOfDealing+kind)*d.assets+int(asset))*d.accounts + int(other)
	bit := uint64(1) << (at % 64)
	if d.bits[at/64]&bit != 0 {
		return false
	}
	d.bits[at/64] |= bit
	return true
}

// count leaves every counterparty once.
func (c *counterparties) count() {
	for _, u := range c.unpriced {
		if c.deals[u.asset] {
			c.from = append(c.from, u.from)
		}
	}
	c.unpriced = nil
	slices.Sort(c.from)
	slices.Sort(c.to)
	c.from, c.to = slices.Compact(c.from), slices.Compact(c.to)
	all := slices.Concat(c.from, c.to)
	slices.Sort(all)
	c.all = len(slices.Compact(all))
}

// dust reports whether a row has a price, and whether it is worth less than
// what counts as traffic.
func (t *tracer) dust(rec *Record, w *row) (priced, dust bool) {
	least := t.req.Limits.HubDustUSD
	if !least.IsPositive() {
		least = decimal.NewFromInt(1)
	}
	units := rec.units(w)
	usd, ok := t.worth(rec, w, &units)
	return ok, ok && usd.LessThan(least)
}
