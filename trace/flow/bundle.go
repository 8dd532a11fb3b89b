package flow

import (
	"math/bits"

	"github.com/holiman/uint256"
)

// bundle is lots that follow each other, the oldest first, and what is to be known
// of those that lie below them in their tree. A lot is a part of a balance with one
// history, all tainted or all clean; those of a bundle are so by turns.
//
// The two lie apart: a way through a tree touches the heads alone, a line of the
// processor's cache each, and with the lots between them few would be near.
type bundle struct {
	*head
	words *[bundleWords]uint64
}

// head is a bundle without its lots.
type head struct {
	low          [amountsOfHead][2]uint64 // lower halves, see bundle.get
	older, newer uint32                   // subtrees; 0 for none
	rank         uint32                   // below no lower one
	n            uint8                    // its own lots
	width        width                    // of each of them
	marked       bool                     // the oldest of them is tainted
	turned       bool                     // the order of what is in it and below is the other way round
}

// The amounts of a head.
const (
	upto   = iota // units of its own lots, and of the older ones below it
	inTree        // units of the tree
	taintedInTree
	amountsOfHead
)

// With more words than this a purse of few lots would take more than they are worth,
// with fewer trees would be higher. The last of them are the upper halves of a head's
// amounts, where 128 bits are not enough.
const (
	bundleWords = 34
	upperHalves = bundleWords - 2*amountsOfHead
)

// most is how many lots of a width a bundle has room for.
func (w width) most() uint8 {
	if w == whole {
		return upperHalves >> whole
	}
	return bundleWords >> w
}

// get returns an amount of the head.
func (b bundle) get(which int) (u uint256.Int) {
	u[0], u[1] = b.low[which][0], b.low[which][1]
	if b.width == whole {
		copy(u[2:], b.words[upperHalves+2*which:])
	}
	return u
}

func (b bundle) put(which int, u *uint256.Int) {
	b.low[which] = [2]uint64{u[0], u[1]}
	if b.width == whole {
		copy(b.words[upperHalves+2*which:], u[2:])
	}
}

func (b bundle) add(which int, more *uint256.Int) {
	if b.width == whole {
		u := b.get(which)
		b.put(which, u.Add(&u, more))
		return
	}
	var carry uint64
	low := &b.low[which]
	low[0], carry = bits.Add64(low[0], more[0], 0)
	low[1], _ = bits.Add64(low[1], more[1], carry)
}

func (b bundle) sub(which int, less *uint256.Int) {
	if b.width == whole {
		u := b.get(which)
		b.put(which, u.Sub(&u, less))
		return
	}
	var borrow uint64
	low := &b.low[which]
	low[0], borrow = bits.Sub64(low[0], less[0], 0)
	low[1], _ = bits.Sub64(low[1], less[1], borrow)
}

func (b bundle) isTainted(i uint8) bool { return b.marked == (i%2 == 0) }

func (b bundle) lot(i uint8) (units uint256.Int) {
	switch b.width {
	case single:
		units[0] = b.words[i]
	case double:
		units[0], units[1] = b.words[2*i], b.words[2*i+1]
	default:
		copy(units[:], b.words[4*i:])
	}
	return units
}

func (b bundle) set(i uint8, units *uint256.Int) {
	if widthOf(units) > b.width {
		panic("flow: a lot is wider than all transfers of its asset together")
	}
	switch b.width {
	case single:
		b.words[i] = units[0]
	case double:
		b.words[2*i], b.words[2*i+1] = units[0], units[1]
	default:
		copy(b.words[4*i:], units[:])
	}
}

// reverse makes the youngest lot the oldest.
func (b bundle) reverse() {
	b.marked = b.isTainted(b.n - 1)
	for i, j := uint8(0), b.n-1; i < j; i, j = i+1, j-1 {
		older, newer := b.lot(i), b.lot(j)
		b.set(i, &newer)
		b.set(j, &older)
	}
}

// move takes all but the oldest v units, which are fewer than it has, to an empty
// bundle.
func (b bundle) move(to bundle, v *uint256.Int) {
	i, stays := b.find(v)
	size := b.lot(i)
	to.n, to.marked = b.n-i, b.isTainted(i)
	copy(to.words[:], b.words[int(i)<<b.width:int(b.n)<<b.width])
	b.n = i
	if !stays.IsZero() {
		b.n++
		b.set(i, &stays)
		size.Sub(&size, &stays)
		to.set(0, &size)
	}
	total, dirty := to.sums()
	to.put(upto, &total)
	to.put(inTree, &total)
	to.put(taintedInTree, &dirty)
}

// find returns the lot in which its oldest v units end, and how many they are of that.
func (b bundle) find(v *uint256.Int) (i uint8, left uint256.Int) {
	left = *v
	if b.width == single {
		for left[0] >= b.words[i] {
			left[0] -= b.words[i]
			i++
		}
		return i, left
	}
	for size := b.lot(0); !left.Lt(&size); size = b.lot(i) {
		left.Sub(&left, &size)
		i++
	}
	return i, left
}

// sums adds up its lots, and of these the tainted ones.
func (b bundle) sums() (units, dirty uint256.Int) {
	if b.width == single {
		var by [2]uint64 // the lots are tainted by turns
		for i := range b.n {
			by[i%2] += b.words[i]
		}
		units[0], dirty[0] = by[0]+by[1], by[1]
		if b.marked {
			dirty[0] = by[0]
		}
		return units, dirty
	}
	for i := range b.n {
		size := b.lot(i)
		units.Add(&units, &size)
		if b.isTainted(i) {
			dirty.Add(&dirty, &size)
		}
	}
	return units, dirty
}

// behead lets go of its oldest n lots, fewer than it has.
func (b bundle) behead(n uint8) {
	b.marked = b.isTainted(n)
	copy(b.words[:], b.words[int(n)<<b.width:int(b.n)<<b.width])
	b.n -= n
}

// meets reports whether its youngest lot and the oldest of another are alike.
func (b bundle) meets(newer bundle) bool { return b.isTainted(b.n-1) == newer.marked }

// fits reports whether there is room for the lots of another behind its own.
func (b bundle) fits(newer bundle) bool {
	n := b.n + newer.n
	if b.meets(newer) {
		n--
	}
	return n <= b.width.most()
}

// extend adds the oldest n lots of another, which fit.
func (b bundle) extend(newer bundle, n uint8) {
	from := uint8(0)
	if b.meets(newer) {
		size, more := b.lot(b.n-1), newer.lot(0)
		b.set(b.n-1, size.Add(&size, &more))
		from = 1
	}
	copy(b.words[int(b.n)<<b.width:], newer.words[int(from)<<b.width:int(n)<<b.width])
	b.n += n - from
}

// gain adds to the sums of a bundle what comes to lie below it, or in it, without
// a look at what does already: that may be far away.
func (b bundle) gain(more bundle) {
	units, dirty := more.get(inTree), more.get(taintedInTree)
	b.add(inTree, &units)
	b.add(taintedInTree, &dirty)
}

// lose is the reverse of gain.
func (b bundle) lose(less bundle) {
	units, dirty := less.get(inTree), less.get(taintedInTree)
	b.sub(inTree, &units)
	b.sub(taintedInTree, &dirty)
}
