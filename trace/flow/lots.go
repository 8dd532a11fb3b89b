package flow

import (
	"math/rand/v2"

	"github.com/holiman/uint256"
)

// lots are the mixed lots of all purses, and of what is between them, each a tree
// in the order of age: the youngest is the last. A payment is cut off at one end of
// its payer's tree and tied to the end of its payee's, so that on
// average it costs about the logarithm of the number of lots that payer and payee
// have, and not the number that moves: few accounts that pay each other often have
// thousands each. The trees are treaps
// (Seidel and Aragon, "Randomized Search Trees", 1996) of lots in bundles, which
// makes them low and small. Bundles that are gone make room for others, and none
// has a pointer: millions of purses cost the collector of garbage nothing. The zero
// lots is empty and ready.
type lots struct {
	bundles pieces[bundle]
	free    uint32
	ranks   rand.PCG // always the same
}

func (s *lots) at(i uint32) *bundle { return s.bundles.at(i) }

// fresh makes a tree of an empty bundle.
func (s *lots) fresh(width width) (at uint32, b *bundle) {
	if at = s.free; at != 0 {
		s.free = s.at(at).newer
	} else {
		at = s.bundles.add()
	}
	b = s.at(at)
	*b = bundle{rank: uint32(s.ranks.Uint64()), width: width}
	return at, b
}

// one makes a tree of one lot, of an asset that is so wide.
func (s *lots) one(units *uint256.Int, marked bool, width width) uint32 {
	at, b := s.fresh(width)
	b.n, b.upto, b.sum, b.marked = 1, *units, *units, marked
	b.set(0, units)
	if marked {
		b.tainted = *units
	}
	return at
}

// drop lets go of a tree.
func (s *lots) drop(at uint32) {
	if at == 0 {
		return
	}
	b := s.at(at)
	s.drop(b.older)
	s.drop(b.newer)
	b.newer, s.free = s.free, at
}

// open turns round a bundle, and what is directly below it, where that is still to
// be done.
func (s *lots) open(at uint32) *bundle {
	b := s.at(at)
	if b.turned {
		b.turned = false
		b.reverse()
		b.upto = b.sum
		if b.older != 0 {
			b.upto.Sub(&b.upto, &s.at(b.older).sum)
		}
		b.older, b.newer = b.newer, b.older
		s.turn(b.older)
		s.turn(b.newer)
	}
	return b
}

// turn makes the youngest of a tree the oldest.
func (s *lots) turn(at uint32) {
	if at != 0 {
		s.at(at).turned = !s.at(at).turned
	}
}

// cut parts a tree behind its oldest v units. The lot that they end in is parted
// too.
func (s *lots) cut(at uint32, v *uint256.Int) (older, newer uint32) {
	older, newer, rest := s.split(at, v)
	return older, s.link(rest, newer)
}

// split is cut, with the second part of a bundle by itself: its rank may be too
// high for where it was.
func (s *lots) split(at uint32, v *uint256.Int) (older, newer, rest uint32) {
	switch {
	case at == 0 || v.IsZero():
		return 0, at, 0
	case !v.Lt(&s.at(at).sum):
		return at, 0, 0
	}
	b := s.open(at)
	if v.Lt(&b.upto) {
		return s.splitOlder(at, b, v)
	}
	var left uint256.Int
	left.Sub(v, &b.upto)
	b.lose(s.at(b.newer))
	b.newer, newer, rest = s.split(b.newer, &left)
	if b.newer != 0 {
		b.gain(s.at(b.newer))
	}
	return at, newer, rest
}

// splitOlder is split where v ends in the own lots of a bundle, or in older ones.
func (s *lots) splitOlder(at uint32, b *bundle, v *uint256.Int) (older, newer, rest uint32) {
	left := *v
	if b.older != 0 {
		below := s.at(b.older)
		if !below.sum.Lt(v) {
			b.lose(below)
			b.upto.Sub(&b.upto, &below.sum)
			older, b.older, rest = s.split(b.older, v)
			if b.older != 0 {
				b.gain(s.at(b.older))
				b.upto.Add(&b.upto, &s.at(b.older).sum)
			}
			return older, at, rest
		}
		left.Sub(&left, &below.sum)
	}
	if newer = b.newer; newer != 0 {
		b.lose(s.at(newer))
		b.newer = 0
	}
	rest, behind := s.fresh(b.width)
	b.move(behind, &left)
	b.lose(behind)
	b.upto.Sub(&b.upto, &behind.upto)
	return at, newer, rest
}

// link makes one tree of two, of which the first is older.
func (s *lots) link(a, b uint32) uint32 {
	switch {
	case a == 0:
		return b
	case b == 0:
		return a
	}
	if s.at(a).rank >= s.at(b).rank {
		l := s.open(a)
		l.gain(s.at(b))
		l.newer = s.link(l.newer, b)
		return a
	}
	l := s.open(b)
	l.gain(s.at(a))
	l.upto.Add(&l.upto, &s.at(a).sum)
	l.older = s.link(a, l.older)
	return b
}

// join links two trees. Where the lots at which they meet are alike it makes one
// of them: no policy can tell them apart. Where the bundles at which they meet fit
// into one it does that too, so that trees stay small.
func (s *lots) join(a, b uint32) uint32 {
	if a == 0 || b == 0 {
		return a + b
	}
	last, first := s.last(a), s.first(b)
	moved := first.upto
	if !last.fits(first) {
		if !last.meets(first) {
			return s.link(a, b)
		}
		moved = first.lot(0)
	}
	head, b := s.cut(b, &moved)
	s.append(a, s.at(head))
	s.drop(head)
	return s.link(a, b)
}

func (s *lots) first(at uint32) *bundle {
	b := s.open(at)
	for b.older != 0 {
		b = s.open(b.older)
	}
	return b
}

func (s *lots) last(at uint32) *bundle {
	b := s.open(at)
	for b.newer != 0 {
		b = s.open(b.newer)
	}
	return b
}

// append adds the lots of a bundle that has nothing below it behind the youngest of
// a tree, to the bundle of that, where they fit.
func (s *lots) append(at uint32, more *bundle) {
	b := s.open(at)
	for ; b.newer != 0; b = s.open(b.newer) {
		b.gain(more)
	}
	b.gain(more)
	b.extend(more)
}

// before is how many units of a tree come before those that make its tainted ones
// more than v.
func (s *lots) before(at uint32, v uint256.Int) (units uint256.Int) {
	for at != 0 {
		b := s.open(at)
		if b.older != 0 {
			older := s.at(b.older)
			if v.Lt(&older.tainted) {
				at = b.older
				continue
			}
			v.Sub(&v, &older.tainted)
			units.Add(&units, &older.sum)
		}
		for i := range b.n {
			size := b.lot(i)
			if b.isTainted(i) {
				if v.Lt(&size) {
					return *units.Add(&units, &v)
				}
				v.Sub(&v, &size)
			}
			units.Add(&units, &size)
		}
		at = b.newer
	}
	return units
}
