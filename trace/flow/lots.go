package flow

import (
	"math/rand/v2"

	"github.com/holiman/uint256"
)

// lots are the mixed lots of all purses, and of what is between them, each a tree
// in the order of age: the youngest is the last. A payment is cut off at one end of
// its payer's tree and tied to the end of its payee's, so that it costs the
// logarithm of the number of lots that move with it, and not that number: few
// accounts that pay each other often have thousands each. The trees are treaps
// (Seidel and Aragon, "Randomized Search Trees", 1996). They lie in pieces of memory
// for hundreds of them, where lots that are gone make room for others: millions of
// purses cost the collector of garbage nothing. The zero lots is empty and ready.
type lots struct {
	pieces []*[1 << pieceBits]lot
	used   uint32 // the first is never used
	free   uint32
	ranks  rand.PCG // always the same
}

const pieceBits = 8

// at returns a lot, which stays where it is.
func (s *lots) at(i uint32) *lot { return &s.pieces[i>>pieceBits][i&(1<<pieceBits-1)] }

// lot is a part of a balance with one history, all tainted or all clean, and what
// lies below it in its tree.
type lot struct {
	units        uint256.Int // its own
	sum, tainted uint256.Int // of the tree, and of that what is tainted
	older, newer uint32      // subtrees; 0 for none
	rank         uint32      // below no lower one
	marked       bool        // its own are tainted
	turned       bool        // the order of what is below is the other way round
}

// one makes a tree of one lot.
func (s *lots) one(units *uint256.Int, marked bool) uint32 {
	at := s.free
	if at != 0 {
		s.free = s.at(at).newer
	} else {
		s.used++
		if at = s.used; int(at>>pieceBits) >= len(s.pieces) {
			s.pieces = append(s.pieces, new([1 << pieceBits]lot))
		}
	}
	l := s.at(at)
	*l = lot{units: *units, sum: *units, rank: uint32(s.ranks.Uint64()), marked: marked}
	if marked {
		l.tainted = *units
	}
	return at
}

// drop lets go of a tree.
func (s *lots) drop(at uint32) {
	if at == 0 {
		return
	}
	l := s.at(at)
	s.drop(l.older)
	s.drop(l.newer)
	l.newer, s.free = s.free, at
}

// open turns round what is directly below a lot where that is still to be done.
func (s *lots) open(at uint32) *lot {
	l := s.at(at)
	if l.turned {
		l.turned = false
		l.older, l.newer = l.newer, l.older
		s.turn(l.older)
		s.turn(l.newer)
	}
	return l
}

// turn makes the youngest of a tree the oldest.
func (s *lots) turn(at uint32) {
	if at != 0 {
		s.at(at).turned = !s.at(at).turned
	}
}

// add sums up what has changed below a lot, or in it.
func (s *lots) add(l *lot) {
	l.sum, l.tainted = l.units, uint256.Int{}
	if l.marked {
		l.tainted = l.units
	}
	for _, at := range [...]uint32{l.older, l.newer} {
		if at != 0 {
			l.gain(s.at(at))
		}
	}
}

// cut parts a tree behind its oldest v units. The lot that they end in is parted
// too.
func (s *lots) cut(at uint32, v *uint256.Int) (older, newer uint32) {
	older, newer, rest := s.split(at, v)
	return older, s.link(rest, newer)
}

// split is cut, with the second part of a lot by itself: its rank may be too high
// for where it was.
func (s *lots) split(at uint32, v *uint256.Int) (older, newer, rest uint32) {
	switch {
	case at == 0 || v.IsZero():
		return 0, at, 0
	case !v.Lt(&s.at(at).sum):
		return at, 0, 0
	}
	l, left := s.open(at), *v
	if l.older != 0 {
		if before := &s.at(l.older).sum; !before.Lt(v) {
			l.lose(s.at(l.older))
			older, l.older, rest = s.split(l.older, v)
			if l.older != 0 {
				l.gain(s.at(l.older))
			}
			return older, at, rest
		}
		left.Sub(&left, &s.at(l.older).sum)
	}
	if left.Lt(&l.units) {
		var second uint256.Int
		second.Sub(&l.units, &left)
		rest = s.one(&second, l.marked)
		newer, l.newer, l.units = l.newer, 0, left
		s.add(l)
		return at, newer, rest
	}
	left.Sub(&left, &l.units)
	l.lose(s.at(l.newer))
	l.newer, newer, rest = s.split(l.newer, &left)
	if l.newer != 0 {
		l.gain(s.at(l.newer))
	}
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
	l.older = s.link(a, l.older)
	return b
}

// gain adds to the sums of a lot what comes to lie below it, without a look at what
// does already: that may be far away.
func (l *lot) gain(below *lot) {
	l.sum.Add(&l.sum, &below.sum)
	l.tainted.Add(&l.tainted, &below.tainted)
}

// lose is the reverse of gain.
func (l *lot) lose(below *lot) {
	l.sum.Sub(&l.sum, &below.sum)
	l.tainted.Sub(&l.tainted, &below.tainted)
}

// join links two trees. Where the lots at which they meet are alike it makes one
// of them: no policy can tell them apart, and trees stay small.
func (s *lots) join(a, b uint32) uint32 {
	if a == 0 || b == 0 {
		return a + b
	}
	last, first := s.last(a), s.first(b)
	if l := s.at(first); l.marked == s.at(last).marked {
		units := l.units
		first, b = s.cut(b, &units)
		s.drop(first)
		s.swell(a, &units)
	}
	return s.link(a, b)
}

func (s *lots) first(at uint32) uint32 {
	for l := s.open(at); l.older != 0; l = s.open(at) {
		at = l.older
	}
	return at
}

func (s *lots) last(at uint32) uint32 {
	for l := s.open(at); l.newer != 0; l = s.open(at) {
		at = l.newer
	}
	return at
}

// swell adds units to the youngest lot of a tree.
func (s *lots) swell(at uint32, v *uint256.Int) {
	marked := s.at(s.last(at)).marked
	for at != 0 {
		l := s.at(at)
		l.sum.Add(&l.sum, v)
		if marked {
			l.tainted.Add(&l.tainted, v)
		}
		if l.newer == 0 {
			l.units.Add(&l.units, v)
		}
		at = l.newer
	}
}

// before is how many units of a tree come before those that make its tainted ones
// more than v.
func (s *lots) before(at uint32, v uint256.Int) (units uint256.Int) {
	for at != 0 {
		l := s.open(at)
		if l.older != 0 {
			older := s.at(l.older)
			if v.Lt(&older.tainted) {
				at = l.older
				continue
			}
			v.Sub(&v, &older.tainted)
			units.Add(&units, &older.sum)
		}
		if l.marked {
			if v.Lt(&l.units) {
				return *units.Add(&units, &v)
			}
			v.Sub(&v, &l.units)
		}
		units.Add(&units, &l.units)
		at = l.newer
	}
	return units
}
