package flow

import (
	"cmp"
	"math/big"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
)

// Step is one movement of a path.
type Step struct {
	From, To Account
	Part     Sum // of what went this way, in the asset that arrived
	Tx       common.Hash
	Block    uint64
	Time     time.Time
	// Converted is true where the asset changed in this tx.
	Converted bool
}

// Path is a way along which some of the funds went, from a source to an end, in
// the order of time. Units and USD are what arrived at its end.
type Path struct {
	Sum
	Steps []Step
	// Crossed is true where it begins with what came out of a bridge: how the
	// funds came to the bridge is a path of its own, to the bridge.
	Crossed bool
}

// Paths lists how funds came to an account, the ways with most units first and
// at most limit of them. Within a holding the first tainted units in are taken
// for the first out, so that every way follows the order of time and the ways
// add up to what arrived; under another policy than FIFO this is one of several
// ways to split what is mixed. Between assets of one conversion the largest
// part given is followed. complete is false where there are more ways.
func (r *Result) Paths(to Account, limit int) (paths []Path, complete bool) {
	id, ok := r.engine.rec.find(to)
	if !ok {
		return nil, true
	}
	w := newWalker(r.engine)
	for h := range r.engine.holdings {
		if r.engine.holdings[h].account == id {
			w.begin(uint32(h))
		}
	}
	return w.finish(r, limit)
}

// span is where a movement lies on the scale of all tainted units that went
// through one side of a holding.
type span struct {
	move   int32
	lo, hi *big.Int
}

// trail is a piece of the funds on its way back to its source.
type trail struct {
	move  int32
	lo    *big.Int // within the move's units
	hi    *big.Int
	units *big.Int // that it stands for at the end
	next  *trail   // the movement after this one
}

// walker goes back from an end. It keeps the heaviest pieces in front.
type walker struct {
	e     *engine
	in    map[uint32][]span
	out   map[int32]span // by move: place among what left its holding
	given map[int32]span // by conversion: place of its largest part
	queue []*trail
}

func newWalker(e *engine) *walker {
	w := &walker{e: e, in: map[uint32][]span{}, out: map[int32]span{}, given: map[int32]span{}}
	in, out := map[uint32]*big.Int{}, map[uint32]*big.Int{}
	extend := func(totals map[uint32]*big.Int, h uint32, units *big.Int) (lo, hi *big.Int) {
		lo = totals[h]
		if lo == nil {
			lo = new(big.Int)
		}
		hi = new(big.Int).Add(lo, units)
		totals[h] = hi
		return lo, hi
	}
	given := map[int32]bool{}
	for i := range e.moves {
		m := e.move(i)
		units := bigOf(&m.units)
		if m.conv == notConversion {
			lo, hi := extend(out, m.from, units)
			w.out[int32(i)] = span{int32(i), lo, hi}
		} else if !given[m.conv] {
			given[m.conv] = true
			outs := e.conversions[m.conv].outs
			for k := range outs {
				lo, hi := extend(out, outs[k].holding, bigOf(&outs[k].units))
				if k == largest(outs) {
					w.given[m.conv] = span{int32(i), lo, hi}
				}
			}
		}
		if !m.fee && m.from != m.to {
			lo, hi := extend(in, m.to, units)
			w.in[m.to] = append(w.in[m.to], span{int32(i), lo, hi})
		}
	}
	return w
}

func largest(outs []share) int {
	best := 0
	for i := range outs {
		if outs[best].units.Lt(&outs[i].units) {
			best = i
		}
	}
	return best
}

func (w *walker) begin(h uint32) {
	for _, s := range w.in[h] {
		n := new(big.Int).Sub(s.hi, s.lo)
		w.queue = append(w.queue, &trail{s.move, new(big.Int), n, n, nil})
	}
}

// finish walks the heaviest piece one step back at a time until limit paths
// have reached a source.
func (w *walker) finish(r *Result, limit int) (paths []Path, complete bool) {
	for len(w.queue) > 0 {
		if len(paths) == limit {
			return paths, false
		}
		at := 0
		for i := range w.queue {
			if w.queue[i].units.Cmp(w.queue[at].units) > 0 {
				at = i
			}
		}
		t := w.queue[at]
		w.queue = slices.Delete(w.queue, at, at+1)
		if w.starts(t) {
			paths = append(paths, w.path(r, t))
			continue
		}
		// A piece worth less than a base unit where it began is let go.
		w.queue = append(w.queue, w.back(t)...)
	}
	return paths, true
}

// starts reports whether a piece came from a source.
func (w *walker) starts(t *trail) bool {
	m := w.e.move(int(t.move))
	from := w.e.holdings[m.from].account
	return w.e.flags[from]&(isSource|isVictim) != 0
}

// back returns the pieces of which t is made, one movement earlier.
func (w *walker) back(t *trail) []*trail {
	m := w.e.move(int(t.move))
	h, lo, hi := m.from, t.lo, t.hi
	if m.conv == notConversion {
		s := w.out[t.move]
		lo, hi = new(big.Int).Add(s.lo, lo), new(big.Int).Add(s.lo, hi)
	} else {
		outs := w.e.conversions[m.conv].outs
		h = outs[largest(outs)].holding
		lo, hi = scale(w.given[m.conv], bigOf(&m.units), lo, hi)
	}
	ins := w.in[h]
	i, _ := slices.BinarySearchFunc(ins, lo, func(s span, v *big.Int) int {
		return cmp.Or(cmp.Compare(s.hi.Cmp(v), 0), -1)
	})
	var before []*trail
	width := new(big.Int).Sub(hi, lo)
	for ; i < len(ins) && ins[i].lo.Cmp(hi) < 0; i++ {
		a, b := larger(lo, ins[i].lo), smaller(hi, ins[i].hi)
		if a.Cmp(b) >= 0 || ins[i].move >= t.move {
			continue
		}
		units := new(big.Int).Sub(b, a)
		if units.Mul(units, t.units).Quo(units, width); units.Sign() == 0 {
			continue
		}
		before = append(before, &trail{ins[i].move, new(big.Int).Sub(a, ins[i].lo), new(big.Int).Sub(b, ins[i].lo), units, t})
	}
	return before
}

// scale carries a piece of what a conversion gave out over to what went in.
func scale(s span, whole, lo, hi *big.Int) (_, _ *big.Int) {
	width := new(big.Int).Sub(s.hi, s.lo)
	at := func(v *big.Int) *big.Int {
		x := new(big.Int).Mul(v, width)
		return x.Quo(x, whole).Add(x, s.lo)
	}
	a, b := at(lo), at(hi)
	if a.Cmp(b) == 0 {
		b.Add(b, big.NewInt(1))
	}
	return a, b
}

func larger(a, b *big.Int) *big.Int {
	if a.Cmp(b) > 0 {
		return a
	}
	return b
}

func smaller(a, b *big.Int) *big.Int {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

func (w *walker) path(r *Result, t *trail) Path {
	var p Path
	units := t.units
	first := w.e.move(int(t.move))
	p.Crossed = w.e.crossedTo(&first)
	for ; t != nil; t = t.next {
		m := w.e.move(int(t.move))
		row := &w.e.rec.rows[m.row]
		p.Sum = w.sum(&m, units)
		// Later movements also carried what came by other ways.
		part := new(big.Int).Sub(t.hi, t.lo)
		part.Mul(part, units).Quo(part, t.units)
		step := Step{
			From: w.account(m.from), To: w.account(m.to), Part: w.sum(&m, part),
			Tx: *w.e.rec.hash(row), Block: w.e.rec.block(row), Time: w.e.rec.when(row),
			Converted: m.conv != notConversion,
		}
		if r.Backward {
			step.From, step.To = step.To, step.From
		}
		p.Steps = append(p.Steps, step)
	}
	if r.Backward {
		slices.Reverse(p.Steps)
	}
	return p
}

// sum is so much of what a movement brought, at what it was worth then.
func (w *walker) sum(m *move, units *big.Int) Sum {
	asset, r := w.e.holdings[m.to].asset, &w.e.rec.rows[m.row]
	s := Sum{Asset: w.e.rec.assets[asset], Units: units}
	if n, over := uint256.FromBig(units); !over && r.asset == asset {
		if usd, ok := w.e.t.worth(w.e.rec, r, n); ok {
			s.USD = &usd
		}
	}
	return s
}

func (w *walker) account(h uint32) Account { return w.e.rec.accounts.keys[w.e.holdings[h].account] }
