package flow

import "github.com/holiman/uint256"

// purse is the balance of one holding. It fills a line of the processor's cache:
// there are millions, and whoever is paid and pays next is anywhere among them.
//
// FIFO and LIFO keep what is mixed as a tree of lots; where all is tainted, or all
// is clean, there is none. The other policies need the two totals only.
type purse struct {
	total, tainted [2]uint64 // see rule.load
	lots           uint32    // root in rule.lots; 0 for none
	wide           uint32    // position in rule.wide, from 1; 0 where 128 bits are enough
	account        uint32    // whose it is
	in             uint32    // row of the newest move into it, from 1
	flags          flag      // of the account
	poison         bool
	paid           bool  // it pays at some time
	width          width // no balance of the asset needs more
	_              [12]byte
}

// mix is an amount of which a part is tainted.
type mix struct{ total, tainted uint256.Int }

// isPure reports whether it is all tainted or all clean.
func (m *mix) isPure() bool { return m.tainted.IsZero() || m.tainted == m.total }

// rule is a policy at work on purses.
type rule struct {
	policy Policy
	lots   lots
	wide   []mix // contents of purses of more than 128 bits
	// floored counts outflows whose tainted part was rounded down.
	floored uint64
}

// load returns what is in a purse, and how much of it is tainted.
func (r *rule) load(p *purse) (total, tainted uint256.Int) {
	if p.wide > 0 {
		w := &r.wide[p.wide-1]
		return w.total, w.tainted
	}
	return uint256.Int{p.total[0], p.total[1]}, uint256.Int{p.tainted[0], p.tainted[1]}
}

func (r *rule) store(p *purse, total, tainted *uint256.Int) {
	if p.wide == 0 {
		if total[2]|total[3]|tainted[2]|tainted[3] == 0 {
			p.total, p.tainted = [2]uint64{total[0], total[1]}, [2]uint64{tainted[0], tainted[1]}
			return
		}
		r.wide = append(r.wide, mix{})
		p.wide = uint32(len(r.wide))
	}
	r.wide[p.wide-1] = mix{*total, *tainted}
}

func (p *purse) isTainted(r *rule) bool {
	_, tainted := r.load(p)
	return !tainted.IsZero()
}

// put adds to p. Where it matters in which order the units come, lots says it;
// without it the tainted ones come first.
func (r *rule) put(p *purse, more *mix, lots uint32) {
	if more.total.IsZero() {
		return
	}
	var has mix
	has.total, has.tainted = r.load(p)
	if r.policy <= LIFO {
		r.pour(p, &has, more, lots)
	}
	has.total.Add(&has.total, &more.total)
	has.tainted.Add(&has.tainted, &more.tainted)
	p.poison = p.poison || !more.tainted.IsZero()
	if r.policy == Poison && p.poison {
		has.tainted = has.total
	}
	r.store(p, &has.total, &has.tainted)
}

// pour adds to the tree of p, in which there is has.
func (r *rule) pour(p *purse, has, more *mix, lots uint32) {
	if lots == 0 {
		alike := has.total.IsZero() || has.tainted.IsZero() == more.tainted.IsZero()
		if p.lots == 0 && alike && more.isPure() {
			return
		}
		lots = r.tree(more, p.width)
	}
	if p.lots == 0 && !has.total.IsZero() {
		p.lots = r.tree(has, p.width)
	}
	p.lots = r.lots.join(p.lots, lots)
}

// tree makes a tree in which the tainted units are the older ones.
func (r *rule) tree(m *mix, width width) uint32 {
	if m.isPure() {
		return r.lots.one(&m.total, !m.tainted.IsZero(), width)
	}
	var clean uint256.Int
	clean.Sub(&m.total, &m.tainted)
	older := r.lots.one(&m.tainted, true, width)
	return r.lots.join(older, r.lots.one(&clean, false, width))
}

// prune lets go of the tree of p, in which there is has, where that is all tainted
// or all clean.
func (r *rule) prune(p *purse, has *mix) {
	if p.lots != 0 && has.isPure() {
		r.lots.drop(p.lots)
		p.lots = 0
	}
}

// take removes v units, which p must hold, and says how many of them are tainted
// and in which order they left, as put wants it.
func (r *rule) take(p *purse, v *uint256.Int) (tainted uint256.Int, lots uint32) {
	var has mix
	has.total, has.tainted = r.load(p)
	if has.total.Lt(v) {
		panic("flow: a holding sends more than it has, although its opening balance covers every shortfall")
	}
	switch {
	case v.IsZero():
		return tainted, 0
	case r.policy > LIFO:
		tainted = r.taintedPart(p.poison, &has.total, &has.tainted, v)
	case p.lots != 0:
		tainted, lots = r.takeLots(p, v, &has.total)
	case !has.tainted.IsZero():
		tainted = *v
	}
	has.total.Sub(&has.total, v)
	has.tainted.Sub(&has.tainted, &tainted)
	r.prune(p, &has)
	r.store(p, &has.total, &has.tainted)
	return tainted, lots
}

// takeLots cuts v units off the tree of p, which has total. There is no tree of
// them where they are all tainted or all clean.
func (r *rule) takeLots(p *purse, v, total *uint256.Int) (tainted uint256.Int, lots uint32) {
	if r.policy == FIFO {
		lots, p.lots = r.lots.cut(p.lots, v)
	} else {
		var stays uint256.Int
		stays.Sub(total, v)
		p.lots, lots = r.lots.cut(p.lots, &stays)
		r.lots.turn(lots) // the youngest leave first, and so are the first to come
	}
	left := mix{*v, r.lots.at(lots).get(taintedInTree)}
	if left.isPure() {
		r.lots.drop(lots)
		lots = 0
	}
	return left.tainted, lots
}

// clean takes the taint off v units of p, which must be tainted: off those that
// came last.
func (r *rule) clean(p *purse, v *uint256.Int) {
	if v.IsZero() {
		return
	}
	var has mix
	has.total, has.tainted = r.load(p)
	if r.policy <= LIFO {
		r.cleanLots(p, &has, v)
	}
	has.tainted.Sub(&has.tainted, v)
	r.prune(p, &has)
	r.store(p, &has.total, &has.tainted)
}

// cleanLots takes the taint off v units: all behind the oldest others are clean
// then, and one lot.
func (r *rule) cleanLots(p *purse, has *mix, v *uint256.Int) {
	if p.lots == 0 {
		p.lots = r.tree(has, p.width)
	}
	var stays uint256.Int
	stays.Sub(&has.tainted, v)
	stays = r.lots.before(p.lots, stays)
	older, newer := r.lots.cut(p.lots, &stays)
	r.lots.drop(newer)
	var clean uint256.Int
	clean.Sub(&has.total, &stays)
	p.lots = r.lots.join(older, r.lots.one(&clean, false, p.width))
}

// taintedPart is how much of v that leaves a purse is tainted, under the policies
// that need totals only.
func (r *rule) taintedPart(poison bool, total, tainted, v *uint256.Int) (t uint256.Int) {
	switch r.policy {
	case Haircut:
		t.MulDivOverflow(v, tainted, total)
		if !tainted.IsZero() && *tainted != *total && *v != *total {
			r.floored++
		}
	case Poison:
		if poison {
			t = *v
		}
	case TaintedFirst:
		t = *v
		if tainted.Lt(v) {
			t = *tainted
		}
	case TaintedLast:
		var clean uint256.Int
		if clean.Sub(total, tainted); clean.Lt(v) {
			t.Sub(v, &clean)
		}
	}
	return t
}
