package loss

import (
	"testing"

	"github.com/holiman/uint256"
	"pgregory.net/rapid"

	"losstracer/chain"
)

// TestRemains holds the first that is large enough against looking at each.
func TestRemains(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var list []*judged
		left := rapid.SliceOfN(rapid.Uint64Range(0, 9), 1, 20).Draw(t, "left")
		for _, u := range left {
			list = append(list, &judged{Judgement: &Judgement{Transfer: &chain.Transfer{Units: *uint256.NewInt(u)}}})
		}
		r := remaining(list)
		for range rapid.IntRange(1, 20).Draw(t, "times") {
			from, units := rapid.IntRange(0, len(left)).Draw(t, "from"), rapid.Uint64Range(1, 9).Draw(t, "units")
			want := -1
			for i := from; i < len(left) && want < 0; i++ {
				if left[i] >= units {
					want = i
				}
			}
			if got := r.first(from, uint256.NewInt(units)); got != want {
				t.Fatalf("first of %v from %d that is %d or more: %d, want %d", left, from, units, got, want)
			}
			if want >= 0 {
				left[want] -= units
				r.take(want, uint256.NewInt(units))
			}
		}
	})
}
