package flow

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// A price is asked for only where the answer matters, and in the same order in
// every run.
func TestTaintedPartAsks(t *testing.T) {
	t.Parallel()
	gave := func(parts map[string][2]int64) *given {
		g := &given{tainted: map[chain.AssetID]*big.Int{}, whole: map[chain.AssetID]*big.Int{}}
		for name, p := range parts {
			g.whole[asset(name)] = big.NewInt(p[1])
			if p[0] > 0 {
				g.tainted[asset(name)] = big.NewInt(p[0])
			}
		}
		return g
	}
	p := newTape()
	p.tx("A thief bridge 1")
	for _, test := range []struct {
		name   string
		parts  map[string][2]int64 // tainted, whole
		prices prices
		want   *big.Rat
		asked  []string
	}{
		{"one asset", map[string][2]int64{"A": {5, 10}}, prices{"A": 1}, big.NewRat(1, 2), nil},
		{"the same part of each", map[string][2]int64{"A": {5, 10}, "B": {50, 100}, "C": {1, 2}}, prices{"A": 1}, big.NewRat(1, 2), nil},
		{"another part of one", map[string][2]int64{"D": {0, 10}, "B": {20, 20}, "C": {10, 10}, "A": {10, 10}}, prices{"A": 1, "B": 1, "C": 3, "D": 3}, big.NewRat(2, 3), []string{"A 10", "B 20", "C 10", "D 10"}},
		{"one without a price", map[string][2]int64{"A": {0, 10}, "B": {20, 20}, "C": {5, 10}, "D": {1, 2}}, prices{"A": 1, "C": 1, "D": 1}, nil, []string{"A 10", "B 20"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for range 20 { // a map has another order every time
				var asked []string
				value := func(a chain.AssetID, units *big.Int, at time.Time) (decimal.Decimal, bool) {
					asked = append(asked, fmt.Sprint(symbol(a), " ", units))
					return test.prices.value(a, units, at)
				}
				e := &engine{t: &tracer{req: &Request{Value: value}}, rec: p.record()}
				got := e.taintedPart(gave(test.parts))
				if (got == nil) != (test.want == nil) || got != nil && got.Cmp(test.want) != 0 {
					t.Fatalf("want %v, got %v", test.want, got)
				}
				if diff := cmp.Diff(test.asked, asked); diff != "" {
					t.Fatalf("asked (-want +got)\n%s", diff)
				}
			}
		})
	}
}
