package flow

import (
	"cmp"
	"slices"

	"github.com/holiman/uint256"
)

// rested is what is tainted in a holding at the end.
type rested struct {
	units   uint256.Int
	holding uint32
	row     uint32 // by which the newest of it came
	asset   uint32 // its place in the order of assets
}

// rests sorts out what lies with accounts that did not pass it on.
func (s *settler) rests() {
	later := s.paidLater()
	s.paid = s.payers()
	resting := s.resting()
	s.r.Held = make([]Held, 0, len(resting))
	for i := range resting {
		if i%nearby == 0 {
			s.approach(resting[i:min(i+nearby, len(resting))])
		}
		r, sum := &resting[i], tally{}
		sum.add(s.e, &move{units: r.units, row: r.row})
		s.rest(r.holding, &sum, later[r.holding])
	}
}

// resting lists the holdings in which tainted units are left, in the order in
// which unpriced ones are told: there may be a great many.
func (s *settler) resting() []rested {
	e := s.e
	n := 0
	for h := range e.purses {
		if e.purses[h].isTainted(&e.rule) {
			n++
		}
	}
	all, places := make([]rested, 0, n), e.rec.placesOfAssets()
	for h := range e.purses {
		if _, tainted := e.rule.load(&e.purses[h]); !tainted.IsZero() {
			all = append(all, rested{tainted, uint32(h), e.purses[h].in - 1, places[e.holdings[h].asset]})
		}
	}
	slices.SortFunc(all, func(a, b rested) int {
		if a.asset != b.asset {
			return cmp.Compare(a.asset, b.asset)
		}
		if c := b.units.Cmp(&a.units); c != 0 {
			return c
		}
		return s.account(a.holding).Compare(s.account(b.holding))
	})
	return all
}

// approach reads what will be told of those that are next, see [engine.approach].
func (s *settler) approach(next []rested) {
	e, sum := s.e, uint32(0)
	for i := range next {
		sum += e.rec.rows[next[i].row].at + e.holdings[next[i].holding].account
	}
	for i := range next {
		account := e.holdings[next[i].holding].account
		sum += uint32(e.rec.block(&e.rec.rows[next[i].row])) + uint32(e.rec.accounts.keys[account].Address[0])
		if s.paid[account] {
			sum++
		}
	}
	e.approached = sum
}

// placesOfAssets returns where each asset stands in the order of assets.
func (r *Record) placesOfAssets() []uint32 {
	order := make([]uint32, len(r.assets))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return r.assets[a].Compare(r.assets[b]) })
	places := make([]uint32, len(order))
	for place, i := range order {
		places[i] = uint32(place)
	}
	return places
}
