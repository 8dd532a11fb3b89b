package flow

import "github.com/holiman/uint256"

// lot is a part of a balance with one history: all tainted or all clean.
type lot struct {
	units   uint256.Int
	tainted bool
}

// purse is the balance of one holding. FIFO and LIFO keep it as a chain of lots
// in which the one that leaves next is the first; the other policies need the
// two totals only.
type purse struct {
	total       uint256.Int
	tainted     uint256.Int
	first, last uint32 // positions in rule.lots; 0 for none
	poison      bool
}

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
	// floored counts outflows whose tainted part was rounded down.
	floored uint64
}

// put adds lots to p in their order.
func (r *rule) put(p *purse, lots ...lot) {
	for i := range lots {
		l := &lots[i]
		if l.units.IsZero() {
			continue
		}
		p.total.Add(&p.total, &l.units)
		if l.tainted {
			p.tainted.Add(&p.tainted, &l.units)
			p.poison = true
		}
		if r.policy <= LIFO {
			r.push(p, l)
		}
	}
	if r.policy == Poison && p.poison {
		p.tainted = p.total
	}
}

// push joins a lot to its neighbour where both are alike: no policy can tell
// them apart, and purses stay small.
func (r *rule) push(p *purse, l *lot) {
	beside := p.last
	if r.policy == LIFO {
		beside = p.first
	}
	if beside != 0 && r.lots[beside].tainted == l.tainted {
		b := &r.lots[beside]
		b.units.Add(&b.units, &l.units)
		return
	}
	at := r.newLink(l)
	switch {
	case p.first == 0:
		p.first, p.last = at, at
	case r.policy == LIFO:
		r.lots[at].next = p.first
		p.first = at
	default:
		r.lots[p.last].next = at
		p.last = at
	}
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
	if p.total.Lt(v) {
		panic("flow: a holding sends more than it has, although its opening balance covers every shortfall")
	}
	if v.IsZero() {
		return out
	}
	start := len(out)
	if r.policy <= LIFO {
		out = r.takeLots(p, v, out)
	} else {
		t := r.taintedPart(p, v)
		if !t.IsZero() {
			out = append(out, lot{t, true})
		}
		if t.Lt(v) {
			var clean uint256.Int
			clean.Sub(v, &t)
			out = append(out, lot{clean, false})
		}
	}
	p.total.Sub(&p.total, v)
	for i := range out[start:] {
		if l := &out[start+i]; l.tainted {
			p.tainted.Sub(&p.tainted, &l.units)
		}
	}
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
	p.tainted.Sub(&p.tainted, v)
	if r.policy > LIFO {
		return
	}
	left, skip := *v, p.tainted // the youngest stand first, or last
	if r.policy == LIFO {
		skip.Clear()
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

func (r *rule) taintedPart(p *purse, v *uint256.Int) (t uint256.Int) {
	switch r.policy {
	case Haircut:
		t.MulDivOverflow(v, &p.tainted, &p.total)
		if !p.tainted.IsZero() && p.tainted != p.total && *v != p.total {
			r.floored++
		}
	case Poison:
		if p.poison {
			t = *v
		}
	case TaintedFirst:
		t = *v
		if p.tainted.Lt(v) {
			t = p.tainted
		}
	case TaintedLast:
		var clean uint256.Int
		if clean.Sub(&p.total, &p.tainted); clean.Lt(v) {
			t.Sub(v, &clean)
		}
	}
	return t
}
