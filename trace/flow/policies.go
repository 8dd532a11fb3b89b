package flow

import (
	"math/big"

	"losstracer/chain"
)

// place is what terminals of several policies have in common where they are the same.
type place struct {
	kind    TerminalKind
	account Account
	asset   chain.AssetID
	limit   string
}

func placeOf(t *Terminal) place { return place{t.Kind, t.Account, t.Asset, t.Limit} }

// mergePolicies puts what every policy found beside what the first one did.
// Terminals that only others reach are added with nothing of their own, so that
// the range of each terminal is whole.
func mergePolicies(r *Result, all []*Result) {
	amounts := amountsByPolicy(all)
	known := map[place]bool{}
	for i := range r.Terminals {
		known[placeOf(&r.Terminals[i])] = true
	}
	for _, other := range all {
		for _, t := range other.Terminals {
			if key := placeOf(&t); !known[key] {
				known[key] = true
				t.Units, t.USD, t.Deposits, t.Listings, t.Via, t.Count = new(big.Int), nil, nil, nil, nil, 0
				r.Terminals = append(r.Terminals, t)
			}
		}
		if other != r {
			r.Rounded = max(r.Rounded, other.Rounded)
		}
	}
	for i := range r.Terminals {
		t := &r.Terminals[i]
		for _, p := range Policies() {
			units := amounts[placeOf(t)][p]
			if units == nil {
				units = new(big.Int)
			}
			t.ByPolicy = append(t.ByPolicy, PolicyAmount{p, units})
		}
	}
	r.Policy = All
	r.sort()
}

func amountsByPolicy(all []*Result) map[place]map[Policy]*big.Int {
	amounts := map[place]map[Policy]*big.Int{}
	for _, r := range all {
		for i := range r.Terminals {
			key := placeOf(&r.Terminals[i])
			if amounts[key] == nil {
				amounts[key] = map[Policy]*big.Int{}
			}
			sum := new(big.Int).Set(r.Terminals[i].Units)
			if before := amounts[key][r.Policy]; before != nil {
				sum.Add(sum, before)
			}
			amounts[key][r.Policy] = sum
		}
	}
	return amounts
}

// Range returns the least and the greatest amount that the conserving policies
// give a terminal. It is the range of these policies, not a proven bound. ok is
// false where only one policy was run.
func (t *Terminal) Range() (least, most *big.Int, ok bool) {
	for _, p := range t.ByPolicy {
		if !p.Policy.Conserves() {
			continue
		}
		if least == nil || p.Units.Cmp(least) < 0 {
			least = p.Units
		}
		if most == nil || p.Units.Cmp(most) > 0 {
			most = p.Units
		}
	}
	return least, most, least != nil
}
