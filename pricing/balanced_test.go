package pricing_test

import (
	"math/big"
	"testing"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"losstracer/pricing"
)

// TestBalanced holds the worth of a pool against what must be true of it: it is
// what a pool in balance holds, less of any other, and 2·√(a·b) of two halves.
func TestBalanced(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 6).Draw(t, "tokens")
		var weights, values, even []decimal.Decimal
		left, sum := int64(1000), decimal.Decimal{}
		total := decimal.New(rapid.Int64Range(1, 1_000_000_000_000).Draw(t, "total"), -2)
		for i := range n {
			w := rapid.Int64Range(1, left-int64(n-i-1)).Draw(t, "weight")
			if i == n-1 {
				w = left
			}
			left -= w
			weights = append(weights, decimal.New(w, -3))
			even = append(even, total.Mul(decimal.New(w, -3)))
			v := decimal.New(rapid.Int64Range(1, 1_000_000_000_000).Draw(t, "value"), -2)
			values, sum = append(values, v), sum.Add(v)
		}
		near := func(got, want decimal.Decimal) bool {
			return got.Sub(want).Abs().LessThanOrEqual(want.Shift(-15))
		}
		if got, _, err := pricing.Balanced(even, weights); err != nil || !near(got, total) {
			t.Errorf("a pool in balance that holds %s is worth %s, %v", total, got, err)
		}
		if got, _, err := pricing.Balanced(values, weights); err != nil || got.GreaterThan(sum) || !got.IsPositive() {
			t.Errorf("a pool that holds %s is worth %s, %v", sum, got, err)
		}
		half := []decimal.Decimal{decimal.New(5, -1), decimal.New(5, -1)}
		square := new(big.Float).SetPrec(300).SetInt(values[0].Mul(values[1]).Shift(4).BigInt())
		digits := square.Sqrt(square).Text('f', 40)
		if got, _, err := pricing.Balanced(values[:2], half); err != nil || !near(got, decimal.RequireFromString(digits).Shift(-2).Mul(decimal.NewFromInt(2))) {
			t.Errorf("two halves of %s and %s are worth %s, %v; 2·√ is 2·%s", values[0], values[1], got, err, digits)
		}
	})
	if got, _, err := pricing.Balanced([]decimal.Decimal{{}, decimal.NewFromInt(5)}, []decimal.Decimal{decimal.New(5, -1), decimal.New(5, -1)}); err == nil {
		t.Errorf("a pool from which all of one token was taken is worth %s", got)
	}
}
