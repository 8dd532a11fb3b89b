package flow

import "github.com/holiman/uint256"

// lot is a part of a balance with one history: all tainted or all clean.
type lot struct {
	units   uint256.Int
	tainted bool
}

// purse is the balance of one holding. It fills a line of the processor's cache:
// there are millions, and whoever is paid and pays next is anywhere among them.
//
// FIFO and LIFO keep what is mixed as a chain of lots in which the one that leaves
// next is the first; where all is tainted, or all is clean, there is no chain. The
// other policies need the two totals only.
type purse struct {
	total, tainted [2]uint64 // see rule.load
	first, last    uint32    // positions in rule.lots; 0 for none
	wide           uint32    // position in rule.wide, from 1; 0 where 128 bits are enough
	account        uint32    // whose it is
	in             uint32    // row of the newest move into it, from 1
	flags          flag      // of the account
	poison         bool
	paid           bool // it pays at some time
	_              [9]byte
}

// wide is the totals of a purse that have more than 128 bits.
type wide struct{ total, tainted uint256.Int }

// link is a lot in a chain.
type link struct {
	units   uint256.Int
	next    uint32
	tainted bool
}

// rule is a policy at work on purses. The lots of all purses lie in one piece of
// memory, where those that are gone make room for others: millions of purses
// cost the collector of garbage nothing.
type rule struct {
	policy Policy
	lots   []link // the first is never used
	free   uint32 // chain of those to use again
	wide   []wide
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
		r.wide = append(r.wide, wide{})
		p.wide = uint32(len(r.wide))
	}
	r.wide[p.wide-1] = wide{*total, *tainted}
}

func (p *purse) isTainted(r *rule) bool {
	_, tainted := r.load(p)
	return !tainted.IsZero()
}

// put adds lots to p in their order.
func (r *rule) put(p *purse, lots ...lot) {
	total, tainted := r.load(p)
	for i := range lots {
		l := &lots[i]
		if l.units.IsZero() {
			continue
		}
		if r.policy <= LIFO {
			r.push(p, l, &total, &tainted)
		}
		total.Add(&total, &l.units)
		if l.tainted {
			tainted.Add(&tainted, &l.units)
			p.poison = true
		}
	}
	if r.policy == Poison && p.poison {
		tainted = total
	}
	r.store(p, &total, &tainted)
}

// push adds a lot to those in p, which has total, of that tainted, without it.
// The lot is joined to its neighbour where both are alike: no policy can tell
// them apart, and purses stay small.
func (r *rule) push(p *purse, l *lot, total, tainted *uint256.Int) {
	if p.first == 0 {
		if total.IsZero() || l.tainted == !tainted.IsZero() {
			return
		}
		r.chain(p, total, !l.tainted)
	}
	beside := p.last
	if r.policy == LIFO {
		beside = p.first
	}
	if r.lots[beside].tainted == l.tainted {
		b := &r.lots[beside]
		b.units.Add(&b.units, &l.units)
		return
	}
	at := r.newLink(l)
	if r.policy == LIFO {
		r.lots[at].next = p.first
		p.first = at
		return
	}
	r.lots[p.last].next = at
	p.last = at
}

// chain makes a chain of what is in p, of which all is tainted or all is clean.
func (r *rule) chain(p *purse, total *uint256.Int, tainted bool) {
	at := r.newLink(&lot{*total, tainted})
	p.first, p.last = at, at
}

// unchain lets go of the chain of p where all is tainted or all is clean.
func (r *rule) unchain(p *purse, total, tainted *uint256.Int) {
	if p.first == 0 || !tainted.IsZero() && *tainted != *total {
		return
	}
	r.lots[p.last].next, r.free = r.free, p.first
	p.first, p.last = 0, 0
}

func (r *rule) newLink(l *lot) uint32 {
	if at := r.free; at != 0 {
		r.free = r.lots[at].next
		r.lots[at] = link{l.units, 0, l.tainted}
		return at
	}
	if len(r.lots) == 0 {
		r.lots = append(r.lots, link{})
	}
	r.lots = append(r.lots, link{l.units, 0, l.tainted})
	return uint32(len(r.lots) - 1)
}

// take removes v, which p must hold, and appends to out what left.
func (r *rule) take(p *purse, v *uint256.Int, out []lot) []lot {
	total, tainted := r.load(p)
	if total.Lt(v) {
		panic("flow: a holding sends more than it has, although its opening balance covers every shortfall")
	}
	if v.IsZero() {
		return out
	}
	start := len(out)
	switch {
	case r.policy <= LIFO && p.first == 0:
		out = append(out, lot{*v, !tainted.IsZero()})
	case r.policy <= LIFO:
		out = r.takeLots(p, v, out)
	default:
		t := r.taintedPart(p.poison, &total, &tainted, v)
		if !t.IsZero() {
			out = append(out, lot{t, true})
		}
		if t.Lt(v) {
			var clean uint256.Int
			clean.Sub(v, &t)
			out = append(out, lot{clean, false})
		}
	}
	total.Sub(&total, v)
	for i := range out[start:] {
		if l := &out[start+i]; l.tainted {
			tainted.Sub(&tainted, &l.units)
		}
	}
	r.unchain(p, &total, &tainted)
	r.store(p, &total, &tainted)
	return out
}

// takeLots takes the first lots of the chain, the last of them perhaps in part.
func (r *rule) takeLots(p *purse, v *uint256.Int, out []lot) []lot {
	left := *v
	for !left.IsZero() {
		at := p.first
		l := &r.lots[at]
		if left.Lt(&l.units) {
			l.units.Sub(&l.units, &left)
			return append(out, lot{left, l.tainted})
		}
		left.Sub(&left, &l.units)
		out = append(out, lot{l.units, l.tainted})
		p.first = l.next
		if p.first == 0 {
			p.last = 0
		}
		l.next, r.free = r.free, at
	}
	return out
}

// clean takes the taint off v units of p, which must be tainted: off those that
// came last.
func (r *rule) clean(p *purse, v *uint256.Int) {
	total, tainted := r.load(p)
	if r.policy <= LIFO && p.first == 0 {
		r.chain(p, &total, true)
	}
	tainted.Sub(&tainted, v)
	if r.policy <= LIFO {
		r.cleanLots(p, *v, tainted)
	}
	r.unchain(p, &total, &tainted)
	r.store(p, &total, &tainted)
}

// cleanLots takes the taint off left units, behind skip tainted ones.
func (r *rule) cleanLots(p *purse, left, skip uint256.Int) {
	if r.policy == LIFO {
		skip.Clear() // the youngest stand first, not last
	}
	for at := p.first; at != 0 && !left.IsZero(); at = r.lots[at].next {
		if !r.lots[at].tainted {
			continue
		}
		if !skip.IsZero() {
			if !skip.Lt(&r.lots[at].units) {
				skip.Sub(&skip, &r.lots[at].units)
				continue
			}
			r.split(p, at, &skip)
			skip.Clear()
			continue // with the second part
		}
		if left.Lt(&r.lots[at].units) {
			r.split(p, at, &left)
		}
		left.Sub(&left, &r.lots[at].units)
		r.lots[at].tainted = false
	}
}

// split leaves v units in a lot and puts the others into one behind it.
func (r *rule) split(p *purse, at uint32, v *uint256.Int) {
	rest := lot{r.lots[at].units, r.lots[at].tainted}
	rest.units.Sub(&rest.units, v)
	behind := r.newLink(&rest)
	r.lots[behind].next = r.lots[at].next
	r.lots[at].units, r.lots[at].next = *v, behind
	if p.last == at {
		p.last = behind
	}
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
