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
	shelves []*shelf
	used    uint32 // the newest bundle
	free    uint32
	ranks   rand.PCG // always the same

	lasts, firsts []uint32 // see toLast and toFirst
}

// shelf is room for bundles. What is in it stays where it is.
type shelf struct {
	heads [shelfBundles]head
	words [shelfBundles][bundleWords]uint64
}

const (
	shelfBits    = 8
	shelfBundles = 1 << shelfBits
)

func (s *lots) at(i uint32) bundle {
	on, at := s.shelves[i>>shelfBits], i%shelfBundles
	return bundle{&on.heads[at], &on.words[at]}
}

// fresh makes a tree of an empty bundle.
func (s *lots) fresh(width width) (at uint32, b bundle) {
	if at = s.free; at != 0 {
		s.free = s.at(at).newer
	} else {
		s.used++ // positions begin at 1, so that 0 can be none
		at = s.used
		if int(at>>shelfBits) >= len(s.shelves) {
			s.shelves = append(s.shelves, new(shelf))
		}
	}
	b = s.at(at)
	*b.head = head{rank: uint32(s.ranks.Uint64()), width: width}
	return at, b
}

// one makes a tree of one lot, of an asset that is so wide.
func (s *lots) one(units *uint256.Int, marked bool, width width) uint32 {
	at, b := s.fresh(width)
	b.n, b.marked = 1, marked
	b.set(0, units)
	b.put(upto, units)
	b.put(inTree, units)
	if b.put(taintedInTree, &uint256.Int{}); marked {
		b.put(taintedInTree, units)
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
func (s *lots) open(at uint32) bundle {
	b := s.at(at)
	if b.turned {
		s.turnRound(b)
	}
	return b
}

func (s *lots) turnRound(b bundle) {
	b.turned = false
	b.reverse()
	units := b.get(inTree)
	b.put(upto, &units)
	if b.older != 0 {
		units = s.at(b.older).get(inTree)
		b.sub(upto, &units)
	}
	b.older, b.newer = b.newer, b.older
	s.turn(b.older)
	s.turn(b.newer)
}

// turn makes the youngest of a tree the oldest.
func (s *lots) turn(at uint32) {
	if at != 0 {
		s.at(at).turned = !s.at(at).turned
	}
}

// cut parts a tree behind its oldest v units. The lot that they end in is parted
// too, and what is left of its bundle joins those behind it: where thousands of lots
// go to and fro bundles would be a third full, and now are two thirds.
func (s *lots) cut(at uint32, v *uint256.Int) (older, newer uint32) {
	older, newer, rest := s.split(at, v)
	return older, s.join(rest, newer)
}

// split is cut, with the second part of a bundle by itself: its rank may be too
// high for where it was.
func (s *lots) split(at uint32, v *uint256.Int) (older, newer, rest uint32) {
	if at == 0 || v.IsZero() {
		return 0, at, 0
	}
	b := s.open(at)
	if all := b.get(inTree); !v.Lt(&all) {
		return at, 0, 0
	}
	left := b.get(upto)
	if v.Lt(&left) {
		return s.splitOlder(at, b, v)
	}
	left.Sub(v, &left)
	b.lose(s.at(b.newer))
	b.newer, newer, rest = s.split(b.newer, &left)
	if b.newer != 0 {
		b.gain(s.at(b.newer))
	}
	return at, newer, rest
}

// splitOlder is split where v ends in the own lots of a bundle, or in older ones.
func (s *lots) splitOlder(at uint32, b bundle, v *uint256.Int) (older, newer, rest uint32) {
	left := *v
	if b.older != 0 {
		below := s.at(b.older)
		units := below.get(inTree)
		if !units.Lt(v) {
			b.lose(below)
			b.sub(upto, &units)
			older, b.older, rest = s.split(b.older, v)
			if b.older != 0 {
				below = s.at(b.older)
				units = below.get(inTree)
				b.gain(below)
				b.add(upto, &units)
			}
			return older, at, rest
		}
		left.Sub(&left, &units)
	}
	if newer = b.newer; newer != 0 {
		b.lose(s.at(newer))
		b.newer = 0
	}
	rest, behind := s.fresh(b.width)
	b.move(behind, &left)
	b.lose(behind)
	units := behind.get(upto)
	b.sub(upto, &units)
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
	l, older := s.open(b), s.at(a)
	units := older.get(inTree)
	l.gain(older)
	l.add(upto, &units)
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
	last, first := s.toLast(a), s.toFirst(b)
	switch {
	case last.fits(first):
		b = s.handOver(b, first.n)
	case last.meets(first):
		b = s.handOver(b, 1)
	}
	return s.link(a, b)
}

// toLast goes to the youngest bundle of a tree, and notes the way.
func (s *lots) toLast(at uint32) bundle {
	s.lasts = append(s.lasts[:0], at)
	b := s.open(at)
	for b.newer != 0 {
		s.lasts = append(s.lasts, b.newer)
		b = s.open(b.newer)
	}
	return b
}

// toFirst goes to the oldest one.
func (s *lots) toFirst(at uint32) bundle {
	s.firsts = append(s.firsts[:0], at)
	b := s.open(at)
	for b.older != 0 {
		s.firsts = append(s.firsts, b.older)
		b = s.open(b.older)
	}
	return b
}

// handOver moves the oldest lot, or all n of them, of the first bundle of the tree at
// b, to which toFirst went, to the bundle to which toLast did. It returns what is left
// of the tree.
func (s *lots) handOver(b uint32, n uint8) uint32 {
	at := s.firsts[len(s.firsts)-1]
	last, first := s.at(s.lasts[len(s.lasts)-1]), s.at(at)
	units, dirty := s.oldest(first, n)
	for _, i := range s.lasts {
		above := s.at(i)
		above.add(inTree, &units)
		above.add(taintedInTree, &dirty)
	}
	last.add(upto, &units)
	last.extend(first, n)
	for _, i := range s.firsts {
		above := s.at(i)
		above.sub(inTree, &units)
		above.sub(taintedInTree, &dirty)
		above.sub(upto, &units)
	}
	if n < first.n {
		first.behead(n)
		return b
	}
	if len(s.firsts) == 1 {
		b = first.newer
	} else {
		s.at(s.firsts[len(s.firsts)-2]).older = first.newer
	}
	first.newer, s.free = s.free, at
	return b
}

// oldest returns what the first lot of a tree's first bundle is, or all of its lots
// are, and how much of that is tainted, without a look at them all.
func (s *lots) oldest(first bundle, n uint8) (units, dirty uint256.Int) {
	if n < first.n {
		if units = first.lot(0); first.marked {
			dirty = units
		}
		return units, dirty
	}
	units, dirty = first.get(upto), first.get(taintedInTree)
	if first.newer != 0 {
		behind := s.at(first.newer).get(taintedInTree)
		dirty.Sub(&dirty, &behind)
	}
	return units, dirty
}

// before is how many units of a tree come before those that make its tainted ones
// more than v.
func (s *lots) before(at uint32, v uint256.Int) (units uint256.Int) {
	for at != 0 {
		b := s.open(at)
		if b.older != 0 {
			older := s.at(b.older)
			dirty, all := older.get(taintedInTree), older.get(inTree)
			if v.Lt(&dirty) {
				at = b.older
				continue
			}
			v.Sub(&v, &dirty)
			units.Add(&units, &all)
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
