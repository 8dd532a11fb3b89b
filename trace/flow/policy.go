package flow

import (
	"fmt"
	"slices"

	"github.com/holiman/uint256"
)

// Policy decides which part of an outflow is tainted where tainted and clean
// funds are mixed. The zero Policy is FIFO.
type Policy uint8

// The policies. All stands for running every one of them.
const (
	FIFO Policy = iota
	LIFO
	Haircut
	Poison
	TaintedFirst
	TaintedLast
	All
)

var policyNames = [...]string{"fifo", "lifo", "haircut", "poison", "tainted-first", "tainted-last", "all"}

// legalNames are those by which English cases know a policy: Clayton's Case
// (1816), Barlow Clowes v Vaughan (1992) for pari passu, Re Oatway (1903), and
// Re Hallett (1880) within the lowest intermediate balance of Roscoe v Winder
// (1915).
var legalNames = [...]string{
	FIFO: "first in, first out (Clayton's Case)", LIFO: "", Haircut: "pari passu", Poison: "",
	TaintedFirst: "Re Oatway", TaintedLast: "Re Hallett, capped by the lowest intermediate balance (Roscoe v Winder)", All: "",
}

// Policies returns every policy, in the order in which they are printed.
func Policies() []Policy {
	return []Policy{FIFO, LIFO, Haircut, Poison, TaintedFirst, TaintedLast}
}

// String returns the name used in flags and JSON.
func (p Policy) String() string {
	if int(p) < len(policyNames) {
		return policyNames[p]
	}
	return fmt.Sprintf("policy%d", uint8(p))
}

// LegalName returns the name that English law has for the policy, or nothing.
func (p Policy) LegalName() string {
	if int(p) < len(legalNames) {
		return legalNames[p]
	}
	return ""
}

// Conserves reports whether tainted amounts neither grow nor vanish under p.
func (p Policy) Conserves() bool { return p != Poison }

// ParsePolicy reads the name of a policy.
func ParsePolicy(s string) (Policy, error) {
	i := slices.Index(policyNames[:], s)
	if i < 0 {
		return 0, fmt.Errorf("policy %q: want one of %v", s, policyNames)
	}
	return Policy(i), nil
}

// MarshalText implements [encoding.TextMarshaler].
func (p Policy) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (p *Policy) UnmarshalText(b []byte) error {
	policy, err := ParsePolicy(string(b))
	if err == nil {
		*p = policy
	}
	return err
}

// lot is a part of a balance with one history: all tainted or all clean.
type lot struct {
	units   uint256.Int
	tainted bool
}

// purse is the balance of one holding. FIFO and LIFO keep it as lots, oldest
// at head; the other policies need the two totals only.
type purse struct {
	total   uint256.Int
	tainted uint256.Int
	lots    []lot
	head    int
	poison  bool
}

// rule is a policy at work on purses.
type rule struct {
	policy Policy
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
			p.push(l)
		}
	}
	if r.policy == Poison && p.poison {
		p.tainted = p.total
	}
}

// push joins a lot to its neighbour where both are alike: no policy can tell
// them apart, and purses stay small.
func (p *purse) push(l *lot) {
	if n := len(p.lots); n > p.head && p.lots[n-1].tainted == l.tainted {
		p.lots[n-1].units.Add(&p.lots[n-1].units, &l.units)
		return
	}
	if p.head == len(p.lots) {
		p.lots, p.head = p.lots[:0], 0
	}
	p.lots = append(p.lots, *l)
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
	switch r.policy {
	case FIFO:
		out = p.takeOldest(v, out)
	case LIFO:
		out = p.takeYoungest(v, out)
	default:
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

func (p *purse) takeOldest(v *uint256.Int, out []lot) []lot {
	left := *v
	for !left.IsZero() {
		l := &p.lots[p.head]
		if left.Lt(&l.units) {
			l.units.Sub(&l.units, &left)
			return append(out, lot{left, l.tainted})
		}
		left.Sub(&left, &l.units)
		out = append(out, *l)
		p.head++
	}
	p.compact()
	return out
}

// compact gives back the room of lots that are gone once they are the greater
// part, so that a long-lived holding costs what it holds.
func (p *purse) compact() {
	if p.head > 16 && p.head > len(p.lots)/2 {
		n := copy(p.lots, p.lots[p.head:])
		p.lots, p.head = p.lots[:n], 0
	}
}

func (p *purse) takeYoungest(v *uint256.Int, out []lot) []lot {
	left := *v
	for !left.IsZero() {
		last := len(p.lots) - 1
		l := &p.lots[last]
		if left.Lt(&l.units) {
			l.units.Sub(&l.units, &left)
			return append(out, lot{left, l.tainted})
		}
		left.Sub(&left, &l.units)
		out = append(out, *l)
		p.lots = p.lots[:last]
	}
	return out
}
