package pricing

import (
	"math/big"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"pgregory.net/rapid"

	"losstracer/chain"
)

// TestOrder holds of any graph of asks: each stands in one layer, behind what it
// rests on, unless it rests on itself, and such are named.
func TestOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "asks")
		all := make([]Ask, n)
		for i := range all {
			all[i] = Ask{Subject: Of(chain.Token(1, common.BigToAddress(big.NewInt(int64(i+1)))))}
		}
		on := map[Ask][]Ask{}
		for _, a := range all {
			on[a] = distinct(rapid.SliceOfN(rapid.SampledFrom(all), 0, 3).Draw(t, "rests on"))
		}
		o := arrange(all, on)
		place := map[Ask]int{}
		count := 0
		for layer, asks := range o.layers {
			for _, a := range asks {
				place[a] = layer
				count++
			}
		}
		if count != n || len(place) != n {
			t.Fatalf("%d places of %d asks", count, n)
		}
		for _, a := range all {
			circular := reaches(on, a, a, map[Ask]bool{})
			if !circular && slices.Contains(o.circular, a) {
				t.Fatalf("%v does not rest on itself", a)
			}
			for _, b := range on[a] {
				if !circular && place[b] >= place[a] {
					t.Fatalf("%v stands in layer %d and rests on %v in layer %d", a, place[a], b, place[b])
				}
			}
		}
		anyCircle := slices.ContainsFunc(all, func(a Ask) bool { return reaches(on, a, a, map[Ask]bool{}) })
		if anyCircle != (len(o.circular) > 0) {
			t.Fatalf("circular: %v", o.circular)
		}
	})
}

// reaches reports whether one ask rests on another, by whatever way.
func reaches(on map[Ask][]Ask, from, to Ask, seen map[Ask]bool) bool {
	for _, b := range on[from] {
		if b == to {
			return true
		}
		if !seen[b] {
			seen[b] = true
			if reaches(on, b, to, seen) {
				return true
			}
		}
	}
	return false
}
