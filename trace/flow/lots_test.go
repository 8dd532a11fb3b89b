package flow

import (
	"math/bits"
	"strings"
	"testing"

	"github.com/holiman/uint256"
	"pgregory.net/rapid"
)

// Units are written one by one here, oldest first: x is tainted, a dot is clean.
// Each is as large as the width of its asset allows.

func unitOf(w width) *uint256.Int {
	return map[width]*uint256.Int{
		single: uint256.NewInt(1), double: {1, 1}, whole: {3, 1, 4, 1},
	}[w]
}

func units(w width, n int) *uint256.Int {
	return new(uint256.Int).Mul(unitOf(w), uint256.NewInt(uint64(n)))
}

func unitsIn(w width, u *uint256.Int) int { return int(new(uint256.Int).Div(u, unitOf(w)).Uint64()) }

func put(r *rule, p *purse, said string) {
	tainted := strings.Count(said, "x")
	lots := uint32(0)
	for i := range said {
		lots = r.lots.join(lots, r.lots.one(unitOf(p.width), said[i] == 'x', p.width))
	}
	if tainted == 0 || tainted == len(said) {
		r.lots.drop(lots)
		lots = 0
	}
	r.put(p, &mix{*units(p.width, len(said)), *units(p.width, tainted)}, lots)
}

// leaves takes n units and returns them in the order in which they left.
func leaves(r *rule, p *purse, n int) string {
	tainted, lots := r.take(p, units(p.width, n))
	if lots == 0 && !tainted.IsZero() {
		return strings.Repeat("x", n)
	} else if lots == 0 {
		return strings.Repeat(".", n)
	}
	said := spelled(&r.lots, lots)
	r.lots.drop(lots)
	if strings.Count(said, "x") != unitsIn(p.width, &tainted) {
		return said + ", of which " + tainted.Dec() + " are said to be tainted"
	}
	return said
}

func spelled(s *lots, at uint32) string {
	if at == 0 {
		return ""
	}
	b, own := s.open(at), ""
	for i := range b.n {
		size := b.lot(i)
		own += strings.Repeat(map[bool]string{true: "x", false: "."}[b.isTainted(i)], unitsIn(b.width, &size))
	}
	return spelled(s, b.older) + own + spelled(s, b.newer)
}

func reversed(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// cleaned takes the taint off the n tainted units that came last.
func cleaned(said string, n int) string {
	b := []byte(said)
	for i := len(b) - 1; n > 0; i-- {
		if b[i] == 'x' {
			b[i] = '.'
			n--
		}
	}
	return string(b)
}

// TestCleanLots: the lots that came last lose their taint first, to the unit.
func TestCleanLots(t *testing.T) {
	t.Parallel()
	for n := range 10 {
		for _, policy := range []Policy{FIFO, LIFO} {
			r, p := &rule{policy: policy}, &purse{}
			for _, units := range []string{"xxxx", "..", "xxxxx", "."} {
				put(r, p, units)
			}
			r.clean(p, uint256.NewInt(uint64(n)))
			got, want := leaves(r, p, 12), cleaned("xxxx..xxxxx.", n)
			if policy == LIFO {
				want = reversed(want)
			}
			if got != want || *p != (purse{poison: true}) {
				t.Errorf("%s, %d units: got %s, want %s", policy, n, got, want)
			}
		}
	}
}

// TestLots pays between purses at random and compares with strings of units.
func TestLots(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := &rule{policy: rapid.SampledFrom([]Policy{FIFO, LIFO}).Draw(t, "policy")}
		purses, want := make([]purse, 4), make([]string, 4)
		width := rapid.SampledFrom([]width{single, double, whole}).Draw(t, "width")
		for i := range purses {
			purses[i].width = width
		}
		which := rapid.IntRange(0, len(purses)-1)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			from, to := which.Draw(t, "from"), which.Draw(t, "to")
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0, 1, 2:
				more := rapid.StringMatching("[x.]{1,40}").Draw(t, "units")
				put(r, &purses[to], more)
				want[to] += more
			case 3:
				n := rapid.IntRange(0, strings.Count(want[to], "x")).Draw(t, "cleaned")
				r.clean(&purses[to], units(width, n))
				want[to] = cleaned(want[to], n)
			default:
				n := rapid.IntRange(0, len(want[from])).Draw(t, "paid")
				v := units(width, n)
				tainted, lots := r.take(&purses[from], v)
				r.put(&purses[to], &mix{*v, tainted}, lots)
				var moved string
				if r.policy == FIFO {
					moved, want[from] = want[from][:n], want[from][n:]
				} else {
					moved, want[from] = reversed(want[from][len(want[from])-n:]), want[from][:len(want[from])-n]
				}
				want[to] += moved
			}
			for i := range purses {
				checkPurse(t, r, &purses[i], want[i])
			}
			checkRoom(t, &r.lots, purses)
		}
	})
}

// checkRoom looks that every bundle is in a purse or free for another.
func checkRoom(t *rapid.T, s *lots, purses []purse) {
	var known uint32
	for i := range purses {
		_, bundles, _ := inspect(t, s, purses[i].lots)
		known += uint32(bundles)
	}
	for at := s.free; at != 0; at = s.at(at).newer {
		known++
	}
	if known != s.used {
		t.Fatalf("%d bundles of %d are in use or free", known, s.used)
	}
}

// checkPurse compares the totals and the order of what is in a purse, and looks
// that its tree holds no more lots than it has to.
func checkPurse(t *rapid.T, r *rule, p *purse, want string) {
	total, tainted := r.load(p)
	if total != *units(p.width, len(want)) || tainted != *units(p.width, strings.Count(want, "x")) {
		t.Fatalf("%s of %s are tainted, want %s", &tainted, &total, want)
	}
	if p.lots == 0 {
		if tainted.IsZero() || tainted == total {
			return
		}
		t.Fatalf("no order of %s", want)
	}
	if got := spelled(&r.lots, p.lots); got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	runs := 1
	for i := 1; i < len(want); i++ {
		if want[i] != want[i-1] {
			runs++
		}
	}
	if n, _, _ := inspect(t, &r.lots, p.lots); n != runs || runs == 1 {
		t.Fatalf("%d lots for %s", n, want)
	}
}

// inspect counts the lots of a tree, its bundles and its levels, and looks that
// sums and ranks are right.
func inspect(t rapid.TB, s *lots, at uint32) (n, bundles, depth int) {
	if at == 0 {
		return 0, 0, 0
	}
	b := s.at(at)
	var own, all, dirty uint256.Int
	for i := range b.n {
		size := b.lot(i)
		own.Add(&own, &size)
		if b.isTainted(i) {
			dirty.Add(&dirty, &size)
		}
	}
	all = own
	for _, below := range []uint32{b.older, b.newer} {
		if below == 0 {
			continue
		}
		of := s.at(below)
		units, marked := of.get(inTree), of.get(taintedInTree)
		all.Add(&all, &units)
		dirty.Add(&dirty, &marked)
		if below == b.older {
			own.Add(&own, &units)
		}
		if of.rank > b.rank {
			t.Fatalf("rank %d is below %d", of.rank, b.rank)
		}
		m, k, d := inspect(t, s, below)
		n, bundles, depth = n+m, bundles+k, max(depth, d)
	}
	if b.get(upto) != own || b.get(inTree) != all || b.get(taintedInTree) != dirty {
		t.Fatalf("bundle %+v, want %s of %s, %s of them tainted", *b.head, &own, &all, &dirty)
	}
	return n + int(b.n), bundles + 1, depth + 1
}

// TestManyLots: however often thousands of lots go to and fro, their trees stay
// low, and nothing that is let go of stays in memory.
func TestManyLots(t *testing.T) {
	t.Parallel()
	for _, policy := range []Policy{FIFO, LIFO} {
		const n = 20_000
		r, purses := &rule{policy: policy}, make([]purse, 2)
		for i := range uint64(n) {
			more := mix{total: *uint256.NewInt(1 + i%7)}
			if i%2 == 0 {
				more.tainted = more.total
			}
			r.put(&purses[0], &more, 0)
		}
		total, _ := r.load(&purses[0])
		for i := range uint64(n) {
			from, to := &purses[i%2], &purses[(i+1)%2]
			has, _ := r.load(from)
			units := uint256.NewInt(has.Uint64() - has.Uint64()*(i%10)/20)
			tainted, lots := r.take(from, units)
			r.put(to, &mix{*units, tainted}, lots)
		}
		rest := uint64(0)
		for i := range purses {
			has, _ := r.load(&purses[i])
			rest += has.Uint64()
			lots, bundles, depth := inspect(t, &r.lots, purses[i].lots)
			if bundles > 1+lots/8 || depth > 4*bits.Len(uint(bundles)) {
				t.Errorf("%s: %d lots lie in %d bundles and %d levels", policy, lots, bundles, depth)
			}
		}
		if rest != total.Uint64() {
			t.Errorf("%s: %d units are left of %d", policy, rest, total.Uint64())
		}
		if got := r.lots.used; got > n/8 {
			t.Errorf("%s: room for %d bundles", policy, got)
		}
	}
}
