package flow

import "github.com/holiman/uint256"

// nearby is how many legs, txs or holdings are brought near at a time.
const nearby = 32

// approach reads the purses of legs that are next, and what of their lots will be
// needed. Where there are millions, each is far away in memory, and many are fetched
// at once in the time of one. The sum is kept only so that they are read.
func (e *engine) approach(legs []storedLeg) {
	sum := uint32(0)
	for i := range legs {
		sum += e.purses[legs[i].from].account + e.purses[legs[i].to].account
	}
	for i := range legs {
		sum += uint32(e.hops[e.purses[legs[i].from].account] + e.hops[e.purses[legs[i].to].account])
	}
	e.ways = e.ways[:0]
	for i := range legs {
		l := &legs[i]
		if p := &e.purses[l.from]; p.lots != 0 {
			e.ways = append(e.ways, e.rule.wayOut(p, e.unitsOf(l)))
		}
		if p := &e.purses[l.to]; p.lots != 0 {
			e.ways = append(e.ways, way{p.lots, e.rule.lots.at(p.lots).get(inTree)})
		}
	}
	e.approached = sum + e.rule.lots.approach(e.ways)
}

// way is how far it is from a bundle to the end of a payment: so many units from
// the oldest below it.
type way struct {
	at    uint32
	units uint256.Int
}

// wayOut is the one to the end of a payment of v, as the purse is now.
func (r *rule) wayOut(p *purse, v uint256.Int) way {
	if r.policy == LIFO {
		total, _ := r.load(p)
		v.Sub(&total, &v)
	}
	return way{p.lots, v}
}

// approach goes all ways at the same time, and uses them up.
func (s *lots) approach(ways []way) (sum uint32) {
	for len(ways) > 0 {
		more := ways[:0]
		for _, w := range ways {
			b := s.at(w.at)
			all, before := b.get(inTree), b.get(upto)
			if b.turned {
				w.units.Sub(&all, &w.units)
			}
			if w.units.Lt(&before) {
				w.at = b.older
			} else {
				w.units.Sub(&w.units, &before)
				w.at = b.newer
			}
			if w.at != 0 {
				more = append(more, w)
			} else {
				sum += uint32(b.words[0])
			}
		}
		ways = more
	}
	return sum
}
