package ledger

import (
	"cmp"
	"maps"
	"math/big"
	"slices"

	"losstracer/chain"
)

// Group is what accounts are added up as in a trial balance.
type Group uint8

// The groups, in the order in which they are listed. Those of no address are the
// kinds of account that are none.
const (
	Attackers Group = iota
	Victims
	Others // addresses that are neither
	Fees
	Issuance
	Consensus
	Unseen
	Together // all of them: what is debited and what is credited are the same
)

var groupNames = [...]string{"attackers", "victims", "others", "fees", "issuance", "consensus", "unseen", "together"}

// String returns the name of the group.
func (g Group) String() string { return groupNames[g] }

// Parties says to which group addresses belong; one that it does not know is of
// the others.
type Parties map[chain.Account]Group

func (p Parties) groupOf(a Account) Group {
	switch a.Kind {
	case FeesAccount:
		return Fees
	case IssuanceAccount:
		return Issuance
	case ConsensusAccount:
		return Consensus
	case UnseenAccount:
		return Unseen
	}
	if g, ok := p[chain.Account{ChainID: a.ChainID, Address: a.Address}]; ok {
		return g
	}
	return Others
}

// Line is what a group of accounts gave and got of one asset.
type Line struct {
	Asset    chain.AssetID
	Group    Group
	Debited  chain.Amount // given
	Credited chain.Amount // got
	// Stated is by how much the balances of the group changed in the window as
	// the chain states them at its ends; nil where it does not for each account
	// that moved the asset. It was asked for accounts that were looked at.
	Stated *chain.Amount
}

// Balance is what the group got less what it gave. It sums to zero over the
// groups of an asset.
func (l Line) Balance() chain.Amount { return l.Credited.Sub(l.Debited) }

// Difference is what the chain states less the balance: zero where the book ties
// to it; nil where nothing is stated. Tokens that change balances without a
// transfer leave one.
func (l Line) Difference() *chain.Amount {
	if l.Stated == nil {
		return nil
	}
	d := l.Stated.Sub(l.Balance())
	return &d
}

type lineKey struct {
	asset chain.AssetID
	group Group
}

// TrialBalance adds up every entry by asset and group, and sets beside it what
// closures state; by asset, then group, the sum of all of an asset last. It takes
// memory for the assets and the accounts of parties, however many entries there
// are.
func (b *Book) TrialBalance(parties Parties, closures []chain.Closure) []Line {
	sums := map[lineKey]*sides{}
	moved := map[line]Group{} // accounts of parties, with the asset
	of := func(a Account, asset chain.AssetID) *sides {
		g := parties.groupOf(a)
		if g < Others {
			moved[line{a, asset}] = g
		}
		return at(sums, lineKey{asset, g})
	}
	units := new(big.Int)
	for e := range b.Entries() {
		e.Transfer.Units.IntoBig(&units)
		from := of(e.Debited, e.Transfer.Asset)
		from.debited.Add(&from.debited, units)
		to := of(e.Credited, e.Transfer.Asset)
		to.credited.Add(&to.credited, units)
	}
	for _, key := range slices.Collect(maps.Keys(sums)) {
		all := at(sums, lineKey{key.asset, Together})
		all.debited.Add(&all.debited, &sums[key].debited)
		all.credited.Add(&all.credited, &sums[key].credited)
	}
	stated := states(moved, closures)
	lines := make([]Line, 0, len(sums))
	for key, sum := range sums {
		lines = append(lines, Line{key.asset, key.group, chain.NewAmount(key.asset, &sum.debited), chain.NewAmount(key.asset, &sum.credited), stated[key]})
	}
	slices.SortFunc(lines, func(x, y Line) int {
		return cmp.Or(x.Asset.Compare(y.Asset), cmp.Compare(x.Group, y.Group))
	})
	return lines
}

// sides are what was given and got.
type sides struct{ debited, credited big.Int }

func at(sums map[lineKey]*sides, key lineKey) *sides {
	s := sums[key]
	if s == nil {
		s = &sides{}
		sums[key] = s
	}
	return s
}

// states adds up by how much balances changed as the chain states them, for
// groups of which it states each account that moved the asset.
func states(moved map[line]Group, closures []chain.Closure) map[lineKey]*chain.Amount {
	changes := map[line]chain.Amount{}
	for i := range closures {
		if c := &closures[i]; c.Witness != nil {
			at := line{Account{ChainID: c.ChainID, Address: c.Address}, c.Asset}
			changes[at] = c.Witness.Sub(c.Opening)
		}
	}
	sums, unknown := map[lineKey]*chain.Amount{}, map[lineKey]bool{}
	for at, g := range moved {
		key := lineKey{at.asset, g}
		change, ok := changes[at]
		if !ok {
			unknown[key] = true
			continue
		}
		if sums[key] == nil {
			sums[key] = &chain.Amount{}
		}
		*sums[key] = sums[key].Add(change)
	}
	for key := range unknown {
		delete(sums, key)
	}
	return sums
}
