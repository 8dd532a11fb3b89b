package flow

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"math/big"
	"slices"

	"losstracer/chain"
)

// departs reports whether what is burnt goes over to another chain, by the word
// of a bridge's own contract: many bridges burn what leaves.
func (e *engine) departs(m *move) bool {
	burnt, paid := e.rec.assets[e.holdings[m.to].asset], e.rec.assets[e.holdings[m.from].asset]
	return slices.ContainsFunc(e.t.crossings[e.crossingKey(m)], func(c Crossing) bool {
		told := oneForOne(c.Asset)
		return c.Basis != chain.Attributed && (c.Asset.IsZero() || slices.Contains(told, burnt) || slices.Contains(told, paid))
	})
}

// askBridges asks what bridges were told in a tx by an account. It returns an
// error only where the run is to end.
func (t *tracer) askBridges(ctx context.Context, key crossingKey) error {
	found, err := t.req.Bridges.Crossings(ctx, key.tx, key.from)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		t.warnings = append(t.warnings, fmt.Sprintf("bridge messages of tx %s: %v", key.tx, err))
	}
	t.crossings[key] = found
	t.silent[key] = err == nil && len(found) == 0
	t.crossed = append(t.crossed, key)
	return nil
}

// mostAsked is in how many txs an account is looked for as the escrow of a
// bridge before it is opened: one receipt each, against its whole history.
const mostAsked = 3

// keepsForBridge reports whether the holder who is to be opened next is the
// escrow of a bridge, as what it was told in a tx shows: many tokens that cross
// have a contract of their own, which no list has.
func (t *tracer) keepsForBridge(ctx context.Context, engines []*engine, a Account) (bool, error) {
	if t.req.Bridges == nil || t.req.Backward {
		return false, nil
	}
	asked := 0
	for _, e := range engines {
		for i := range e.moves {
			if e.moves[i].end != frontier {
				continue
			}
			m := e.move(i)
			if e.rec.accounts.keys[e.holdings[m.to].account] != a {
				continue
			}
			key := e.crossingKey(&m)
			if _, known := t.crossings[key]; !known {
				if asked == mostAsked {
					return false, nil
				}
				asked++
				if err := t.askBridges(ctx, key); err != nil {
					return false, err
				}
			}
			for _, c := range t.crossings[key] {
				if c.Escrow != nil && *c.Escrow == a {
					t.escrows[a] = fmt.Sprintf("keeps what %s was given in tx %s", c.Bridge, key.tx)
					return true, nil
				}
			}
		}
	}
	return false, nil
}

// given is what an account gave to bridges in a tx.
type given struct {
	// tainted units by the asset that the bridge got.
	tainted map[chain.AssetID]*big.Int
	// spoken are the same units by the asset that the account paid with, where
	// it is another: bridges that wrap what they are given, or take it in by a pool
	// of their own, may speak of that one.
	spoken map[chain.AssetID]*big.Int
	whole  map[chain.AssetID]*big.Int // tainted or not
	row    uint32                     // of the tx
	counts map[uint32]bool            // holdings that whole counts
	payer  uint32                     // account
}

// bridged adds up what each account gave to bridges in each tx.
func (e *engine) bridged() map[crossingKey]*given {
	left := map[crossingKey]*given{}
	for i := range e.moves {
		m := e.move(i)
		if !crosses(m.end) {
			continue
		}
		key := e.crossingKey(&m)
		g := left[key]
		if g == nil {
			g = &given{
				tainted: map[chain.AssetID]*big.Int{}, spoken: map[chain.AssetID]*big.Int{}, whole: map[chain.AssetID]*big.Int{},
				counts: map[uint32]bool{}, row: m.row, payer: e.holdings[m.from].account,
			}
			left[key] = g
		}
		into, from := e.rec.assets[e.holdings[m.to].asset], e.rec.assets[e.holdings[m.from].asset]
		raise(g.tainted, into, bigOf(&m.units))
		if from != into {
			raise(g.spoken, from, bigOf(&m.units))
		}
		if !g.counts[m.to] {
			g.counts[m.to] = true
			raise(g.whole, into, e.gotInTx(g, m.to))
		}
	}
	return left
}

func raise(sums map[chain.AssetID]*big.Int, asset chain.AssetID, by *big.Int) {
	if sums[asset] == nil {
		sums[asset] = new(big.Int)
	}
	sums[asset].Add(sums[asset], by)
}

// sumOf adds up a coin and its wrapped form.
func sumOf(sums map[chain.AssetID]*big.Int, asset chain.AssetID) *big.Int {
	sum := new(big.Int)
	for _, a := range oneForOne(asset) {
		if u := sums[a]; u != nil {
			sum.Add(sum, u)
		}
	}
	return sum
}

// gotInTx is what a holding got in the tx, less what it gave back to the payer.
// What a router passed on it got nevertheless.
func (e *engine) gotInTx(g *given, holding uint32) *big.Int {
	h, sum := e.holdings[holding], new(big.Int)
	for w := range e.rowsOfTx(g.row) {
		units := e.rec.units(w)
		switch from, to := e.parties(w); {
		case w.asset != h.asset:
		case to == h.account:
			sum.Add(sum, bigOf(&units))
		case from == h.account && to == g.payer:
			sum.Sub(sum, bigOf(&units))
		}
	}
	return sum
}

// paidInTx is what of an asset the payer gave in the tx to those who got what is
// followed, clean or not.
func (e *engine) paidInTx(g *given, asset chain.AssetID) *big.Int {
	ends := map[uint32]bool{}
	for h := range g.counts {
		ends[e.holdings[h].account] = true
	}
	sum, forms := new(big.Int), oneForOne(asset)
	for w := range e.rowsOfTx(g.row) {
		if from, to := e.parties(w); from == g.payer && ends[to] && slices.Contains(forms, e.rec.assets[w.asset]) {
			units := e.rec.units(w)
			sum.Add(sum, bigOf(&units))
		}
	}
	return sum
}

// rowsOfTx walks over what moved in the tx of a row, fees left out.
func (e *engine) rowsOfTx(at uint32) iter.Seq[*row] {
	first := int(at)
	for first > 0 && !e.rec.rows[first].opens {
		first--
	}
	return func(yield func(*row) bool) {
		for i, end := first, e.rec.txEnd(first); i < end; i++ {
			if w := &e.rec.rows[i]; !w.fee && !yield(w) {
				return
			}
		}
	}
}

// crossedOver lists what came out of bridges of what went in, each arrival once.
func (t *tracer) crossedOver(e *engine) (arrived []Theft) {
	left := e.bridged()
	known := map[Theft]bool{}
	for _, key := range t.crossed {
		for _, c := range e.told(key, left[key]) {
			if theft := c.Followed; theft != nil && !known[*theft] {
				known[*theft] = true
				arrived = append(arrived, *theft)
			}
		}
	}
	return arrived
}

// told returns the crossings of a tx with what of each is followed under the
// policy.
func (e *engine) told(key crossingKey, g *given) []Crossing {
	all := slices.Clone(e.t.crossings[key])
	for i := range all {
		c := &all[i]
		if g == nil || c.Arrival == nil {
			continue
		}
		part, basis, why := e.share(c, g, len(all) == 1)
		c.Why = why
		if part == nil {
			continue
		}
		if basis == chain.Heuristic {
			c.Basis = basis
		}
		theft := *c.Arrival
		units := bigOf(&theft.Units)
		theft.Units.SetFromBig(units.Mul(units, part.Num()).Quo(units, part.Denom()))
		if !theft.Units.IsZero() {
			c.Followed = &theft
		}
	}
	return all
}

var one = big.NewRat(1, 1)

// share is the part of a crossing that was tainted when it left. Where the
// bridge got as much of the asset that it tells of, what was tainted of it is
// that part; where it got other assets and swapped them, and tells of nothing
// else in the tx, the part is that of all that the account gave. It is nil where
// nobody can tell, with the reason.
func (e *engine) share(c *Crossing, g *given, sole bool) (part *big.Rat, basis chain.Basis, why string) {
	units, whole := sumOf(g.tainted, c.Asset), sumOf(g.whole, c.Asset)
	if u := g.spoken[c.Asset]; units.Sign() == 0 && u != nil {
		units, whole = u, u
	}
	stated := c.Units != nil && c.Units.Sign() > 0
	switch {
	case stated && units.Cmp(c.Units) >= 0:
		return one, chain.Observed, ""
	case stated && units.Sign() > 0 && (whole.Cmp(c.Units) >= 0 || len(g.tainted) == 1):
		return new(big.Rat).SetFrac(units, c.Units), chain.Observed, ""
	case stated && e.paidInTx(g, c.Asset).Cmp(c.Units) >= 0:
		return nil, 0, "what crossed was paid for with funds that are not followed"
	case !sole:
		return nil, 0, "what crossed is not what the bridge got, and it tells of several movements"
	}
	part = e.taintedPart(g)
	if part == nil {
		return nil, 0, "what crossed is not what the bridge got, of which only a part is followed and which has no price"
	}
	return part, chain.Heuristic, "the bridge got another asset than crossed: all that it got is taken to have been given for it"
}

// taintedPart is the tainted part of everything that was given: by value, where
// it is not the same of every asset. It is nil where that takes a price which
// there is not. No price is asked for that is not needed, and those that are in
// the order of the assets.
func (e *engine) taintedPart(g *given) *big.Rat {
	assets := slices.SortedFunc(maps.Keys(g.whole), chain.AssetID.Compare)
	parts, same := make([]*big.Rat, len(assets)), true
	for i, asset := range assets {
		parts[i] = partOf(g.tainted[asset], g.whole[asset])
		same = same && parts[i].Cmp(parts[0]) == 0
	}
	switch {
	case len(assets) == 0 || !same && e.t.req.Value == nil:
		return nil
	case same:
		return parts[0]
	}
	at := e.rec.when(&e.rec.rows[g.row])
	tainted, whole := new(big.Rat), new(big.Rat)
	for i, asset := range assets {
		usd, ok := e.t.req.Value(asset, g.whole[asset], at)
		if !ok {
			return nil
		}
		whole.Add(whole, usd.Rat())
		tainted.Add(tainted, parts[i].Mul(parts[i], usd.Rat()))
	}
	if whole.Sign() <= 0 {
		return nil
	}
	return tainted.Quo(tainted, whole)
}

// partOf is a part as a fraction, never more than all.
func partOf(part, all *big.Int) *big.Rat {
	switch {
	case part == nil:
		return new(big.Rat)
	case part.Cmp(all) >= 0:
		return big.NewRat(1, 1)
	}
	return new(big.Rat).SetFrac(part, all)
}
