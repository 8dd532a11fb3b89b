package flow

import "github.com/holiman/uint256"

// bundle is lots that follow each other, the oldest first, and what lies below
// them in their tree. A lot is a part of a balance with one history, all tainted or
// all clean; those of a bundle are so by turns.
type bundle struct {
	upto         uint256.Int // units of its own, and of the older ones below it
	sum, tainted uint256.Int // of the tree, and of that what is tainted
	older, newer uint32      // subtrees; 0 for none
	rank         uint32      // below no lower one
	n            uint8       // its own lots
	width        width       // of each of them
	marked       bool        // the oldest of them is tainted
	turned       bool        // the order of what is in it and below is the other way round
	words        [bundleWords]uint64
}

// bundleWords makes a bundle six lines of the processor's cache, the first two of
// which say all that a way through a tree has to know. With more a purse of few lots
// would take more than they are worth, with fewer trees would be higher.
const bundleWords = 34

func (b *bundle) isTainted(i uint8) bool { return b.marked == (i%2 == 0) }

func (b *bundle) lot(i uint8) (units uint256.Int) {
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

func (b *bundle) set(i uint8, units *uint256.Int) {
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
func (b *bundle) reverse() {
	b.marked = b.isTainted(b.n - 1)
	for i, j := uint8(0), b.n-1; i < j; i, j = i+1, j-1 {
		older, newer := b.lot(i), b.lot(j)
		b.set(i, &newer)
		b.set(j, &older)
	}
}

// move takes all but the oldest v units, which are fewer than it has, to an empty
// bundle.
func (b *bundle) move(to *bundle, v *uint256.Int) {
	i, left, size := uint8(0), *v, b.lot(0)
	for !left.Lt(&size) {
		left.Sub(&left, &size)
		i++
		size = b.lot(i)
	}
	to.n, to.marked = b.n-i, b.isTainted(i)
	copy(to.words[:], b.words[i<<b.width:b.n<<b.width])
	b.n = i
	if !left.IsZero() {
		b.n++
		b.set(i, &left)
		size.Sub(&size, &left)
		to.set(0, &size)
	}
	for i := range to.n {
		size := to.lot(i)
		to.upto.Add(&to.upto, &size)
		if to.isTainted(i) {
			to.tainted.Add(&to.tainted, &size)
		}
	}
	to.sum = to.upto
}

// meets reports whether its youngest lot and the oldest of another are alike.
func (b *bundle) meets(newer *bundle) bool { return b.isTainted(b.n-1) == newer.marked }

// fits reports whether there is room for the lots of another behind its own.
func (b *bundle) fits(newer *bundle) bool {
	n := b.n + newer.n
	if b.meets(newer) {
		n--
	}
	return n <= bundleWords>>b.width
}

// extend adds the lots of another, which fit and have nothing below them.
func (b *bundle) extend(newer *bundle) {
	from := uint8(0)
	if b.meets(newer) {
		size, more := b.lot(b.n-1), newer.lot(0)
		b.set(b.n-1, size.Add(&size, &more))
		from = 1
	}
	copy(b.words[b.n<<b.width:], newer.words[from<<b.width:newer.n<<b.width])
	b.n += newer.n - from
	b.upto.Add(&b.upto, &newer.upto)
}

// gain adds to the sums of a bundle what comes to lie below it, or in it, without
// a look at what does already: that may be far away.
func (b *bundle) gain(more *bundle) {
	b.sum.Add(&b.sum, &more.sum)
	b.tainted.Add(&b.tainted, &more.tainted)
}

// lose is the reverse of gain.
func (b *bundle) lose(less *bundle) {
	b.sum.Sub(&b.sum, &less.sum)
	b.tainted.Sub(&b.tainted, &less.tainted)
}
