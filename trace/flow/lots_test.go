package flow

import (
	"math/bits"
	"strings"
	"testing"

	"github.com/holiman/uint256"
	"pgregory.net/rapid"
)

// Units are written one by one here, oldest first: x is tainted, a dot is clean.

func put(r *rule, p *purse, units string) {
	tainted := strings.Count(units, "x")
	lots := uint32(0)
	for i := range units {
		lots = r.lots.join(lots, r.lots.one(uint256.NewInt(1), units[i] == 'x'))
	}
	if tainted == 0 || tainted == len(units) {
		r.lots.drop(lots)
		lots = 0
	}
	r.put(p, &mix{*uint256.NewInt(uint64(len(units))), *uint256.NewInt(uint64(tainted))}, lots)
}

// leaves takes n units and returns them in the order in which they left.
func leaves(r *rule, p *purse, n int) string {
	tainted, lots := r.take(p, uint256.NewInt(uint64(n)))
	if lots == 0 && !tainted.IsZero() {
		return strings.Repeat("x", n)
	} else if lots == 0 {
		return strings.Repeat(".", n)
	}
	said := spelled(&r.lots, lots)
	r.lots.drop(lots)
	if strings.Count(said, "x") != int(tainted.Uint64()) {
		return said + ", of which " + tainted.Dec() + " are said to be tainted"
	}
	return said
}

func spelled(s *lots, at uint32) string {
	if at == 0 {
		return ""
	}
	l := s.open(at)
	own := strings.Repeat(map[bool]string{true: "x", false: "."}[l.marked], int(l.units.Uint64()))
	return spelled(s, l.older) + own + spelled(s, l.newer)
}

func reversed(s string) string {
	b := []byte(s)
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return string(b)
}

// TestLots pays between purses at random and compares with strings of units.
func TestLots(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := &rule{policy: rapid.SampledFrom([]Policy{FIFO, LIFO}).Draw(t, "policy")}
		purses, want := make([]purse, 4), make([]string, 4)
		which := rapid.IntRange(0, len(purses)-1)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			from, to := which.Draw(t, "from"), which.Draw(t, "to")
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0, 1, 2:
				units := rapid.StringMatching("[x.]{1,6}").Draw(t, "units")
				put(r, &purses[to], units)
				want[to] += units
			case 3:
				n := rapid.IntRange(0, strings.Count(want[to], "x")).Draw(t, "cleaned")
				r.clean(&purses[to], uint256.NewInt(uint64(n)))
				b := []byte(want[to])
				for i := len(b) - 1; n > 0; i-- {
					if b[i] == 'x' {
						b[i] = '.'
						n--
					}
				}
				want[to] = string(b)
			default:
				n := rapid.IntRange(0, len(want[from])).Draw(t, "paid")
				units := uint256.NewInt(uint64(n))
				tainted, lots := r.take(&purses[from], units)
				r.put(&purses[to], &mix{*units, tainted}, lots)
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
		}
	})
}

// checkPurse compares the totals and the order of what is in a purse, and looks
// that its tree holds no more lots than it has to.
func checkPurse(t *rapid.T, r *rule, p *purse, want string) {
	total, tainted := r.load(p)
	if total.Uint64() != uint64(len(want)) || tainted.Uint64() != uint64(strings.Count(want, "x")) {
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
	if n, _ := inspect(t, &r.lots, p.lots); n != runs || runs == 1 {
		t.Fatalf("%d lots for %s", n, want)
	}
}

// inspect counts the lots of a tree and its levels, and looks that sums and ranks
// are right.
func inspect(t rapid.TB, s *lots, at uint32) (n, depth int) {
	if at == 0 {
		return 0, 0
	}
	l := *s.at(at)
	again := l
	s.add(&again)
	if again != l {
		t.Fatalf("lot %+v, want %+v", l, again)
	}
	for _, below := range []uint32{l.older, l.newer} {
		if below != 0 && s.at(below).rank > l.rank {
			t.Fatalf("rank %d is below %d", s.at(below).rank, l.rank)
		}
		m, d := inspect(t, s, below)
		n, depth = n+m, max(depth, d)
	}
	return n + 1, depth + 1
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
			if lots, depth := inspect(t, &r.lots, purses[i].lots); depth > 4*bits.Len(uint(lots)) {
				t.Errorf("%s: %d lots lie in %d levels", policy, lots, depth)
			}
		}
		if rest != total.Uint64() {
			t.Errorf("%s: %d units are left of %d", policy, rest, total.Uint64())
		}
		if got := r.lots.used; got > 2*n {
			t.Errorf("%s: room for %d lots", policy, got)
		}
	}
}
