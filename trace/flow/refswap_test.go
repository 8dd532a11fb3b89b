package flow

import (
	"math/big"

	"pgregory.net/rapid"
)

// The reference's conversions. A tx of several assets has one of four shapes,
// after netting:
//
//	trade    A gives x to P, P gives y to A
//	through  A gives x to P, P gives y to R
//	chain    A gives x to P, P gives m to Q, Q gives y to A or R
//	pair     A gives x and z to P, P gives y to A
//
// P and Q are neither sources nor services. Nothing is priced.

// refLeg is a leg of such a tx on its way.
type refLeg struct {
	refRow
	lots    []refLot
	own     *big.Int // tainted as it was given
	arrives *big.Int // tainted by a conversion
	by      int      // who gave for it
	changed bool     // lots say nothing any more
}

// refNetAssets nets each asset of a tx for itself: whoever sends it first is its
// payer.
func refNetAssets(rows []refRow) (legs []refRow, fees []refRow) {
	net := map[refHolding]int64{}
	var order []refHolding
	payer := map[int]int{}
	seen := map[refHolding]bool{}
	for _, w := range rows {
		if w.to < 0 {
			fees = append(fees, w)
			continue
		}
		if _, ok := payer[w.asset]; !ok {
			payer[w.asset] = w.from
		}
		from, to := refHolding{w.from, w.asset}, refHolding{w.to, w.asset}
		net[from] -= w.amount
		net[to] += w.amount
		if !seen[to] {
			seen[to] = true
			order = append(order, to)
		}
	}
	for _, h := range order {
		if net[h] > 0 {
			w := rows[0]
			w.from, w.to, w.asset, w.amount = payer[h.asset], h.account, h.asset, net[h]
			legs = append(legs, w)
		}
	}
	return legs, fees
}

func refAssets(rows []refRow) int {
	assets := map[int]bool{}
	for _, w := range rows {
		if w.to >= 0 {
			assets[w.asset] = true
		}
	}
	return len(assets)
}

func refTainted(lots []refLot) *big.Int {
	sum := new(big.Int)
	for _, l := range lots {
		if l.tainted {
			sum.Add(sum, l.units)
		}
	}
	return sum
}

func (r *refTrace) swap(rows []refRow) {
	rows, fees := refNetAssets(rows)
	giver := rows[0].from
	returns := rows[len(rows)-1].to == giver
	var legs []*refLeg
	for _, w := range rows {
		l := &refLeg{refRow: w, own: new(big.Int), arrives: new(big.Int)}
		v := big.NewInt(w.amount)
		switch {
		case r.sources[w.from] && returns: // what it swaps for itself is not sent
			l.lots = []refLot{{v, false}}
		case r.sources[w.from]:
			r.note("source %d asset %d", v, w.from, w.asset)
			l.lots = []refLot{{v, true}}
		case r.terminals[w.from]:
			l.lots = []refLot{{v, false}}
		default:
			l.lots = r.take(refHolding{w.from, w.asset}, v)
		}
		l.own = refTainted(l.lots)
		legs = append(legs, l)
	}
	shares := r.barters(legs)
	if !returns {
		for k := 0; k+1 < len(legs); k++ {
			r.pass(legs[k], legs[k+1], giver)
		}
	}
	for account, share := range shares {
		for _, l := range legs {
			if l.to == account {
				r.imbue(l, share, account)
			}
		}
	}
	for _, l := range legs {
		r.arrive(l)
	}
	for _, w := range fees {
		if r.tracked(w.from) {
			r.note("fee %d asset %d", refTainted(r.take(refHolding{w.from, w.asset}, big.NewInt(w.amount))), w.from, w.asset)
		}
	}
}

// barters takes the taint off what accounts gave that got something themselves,
// and returns what share of what they gave it was.
func (r *refTrace) barters(legs []*refLeg) map[int]*big.Rat {
	shares := map[int]*big.Rat{}
	for _, l := range legs {
		account := l.to
		if !r.tracked(account) || shares[account] != nil {
			continue
		}
		sum, gave := new(big.Rat), int64(0)
		for _, g := range legs {
			if g.from == account && !r.terminals[g.to] {
				gave++
				sum.Add(sum, new(big.Rat).SetFrac(g.own, big.NewInt(g.amount)))
			}
		}
		if sum.Sign() == 0 {
			continue
		}
		shares[account] = sum.Quo(sum, big.NewRat(gave, 1))
	}
	for _, g := range legs {
		if shares[g.from] != nil && !r.terminals[g.to] {
			g.changed = g.changed || g.own.Sign() > 0
			g.own = new(big.Int)
		}
	}
	return shares
}

// pass takes the taint of what a pool got to what it gave to somebody else.
func (r *refTrace) pass(got, gave *refLeg, giver int) {
	tainted := new(big.Int).Add(got.own, got.arrives)
	if tainted.Sign() == 0 {
		return
	}
	got.own, got.arrives, got.changed = new(big.Int), new(big.Int), true
	r.imbue(gave, new(big.Rat).SetFrac(tainted, big.NewInt(got.amount)), giver)
}

func (r *refTrace) imbue(l *refLeg, share *big.Rat, by int) {
	if r.policy == Poison {
		share = big.NewRat(1, 1)
	}
	clean := new(big.Int).Sub(big.NewInt(l.amount), l.own)
	clean.Sub(clean, l.arrives)
	clean.Mul(clean, share.Num()).Quo(clean, share.Denom())
	if clean.Sign() > 0 {
		l.arrives.Add(l.arrives, clean)
		l.by, l.changed = by, true
	}
}

func (r *refTrace) arrive(l *refLeg) {
	tainted := new(big.Int).Add(l.own, l.arrives)
	r.note("edge %d-%d asset %d", l.own, l.from, l.to, l.asset)
	r.note("edge %d-%d asset %d", l.arrives, l.by, l.to, l.asset)
	switch {
	case r.sources[l.to]:
		r.note("terminal returned-to-source %d asset %d", tainted, l.to, l.asset)
	case r.terminals[l.to]:
		r.note("terminal exchange %d asset %d", tainted, l.to, l.asset)
	case l.changed:
		r.put(refHolding{l.to, l.asset}, []refLot{{tainted, true}, {new(big.Int).Sub(big.NewInt(l.amount), tainted), false}})
	default:
		r.put(refHolding{l.to, l.asset}, l.lots)
	}
}

// drawSwap adds a tx of one of the shapes, through a router or not. Pools are
// accounts like others: they hold and are paid.
func drawSwap(t *rapid.T, n *network, accounts int, add func(from, to int, v int64, asset int), amount func() int64) {
	account := func(name string) int { return rapid.IntRange(0, accounts-1).Draw(t, name) }
	pool := func(name string) int {
		if p := account(name); !n.sources[p] && !n.terminals[p] && rapid.Bool().Draw(t, "anybody") {
			return p
		}
		return accounts + 2 + rapid.IntRange(0, 1).Draw(t, name)
	}
	assets := rapid.Permutation([]int{0, 1, 2}).Draw(t, "assets")
	a, p, q, r := account("giver"), pool("pool"), pool("second pool"), account("third")
	if a == p || p == r || q == a || q == p || q == r {
		return
	}
	if rapid.Bool().Draw(t, "returns") {
		r = a
	}
	router := accounts + 1
	switch rapid.IntRange(0, 3).Draw(t, "swap") {
	case 0:
		add(a, p, amount(), assets[0])
		add(p, r, amount(), assets[1])
	case 1:
		v, u := amount(), amount()
		add(a, router, v, assets[0])
		add(router, p, v, assets[0])
		add(p, router, u, assets[1])
		add(router, r, u, assets[1])
	case 2:
		add(a, p, amount(), assets[0])
		add(p, q, amount(), assets[1])
		add(q, r, amount(), assets[2])
	case 3:
		add(a, p, amount(), assets[0])
		add(a, p, amount(), assets[1])
		add(p, a, amount(), assets[2])
	}
}
