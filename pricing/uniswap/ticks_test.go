package uniswap

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

var unit = new(big.Int).Lsh(big.NewInt(1), precision)

// exact is 1.0001^tick as a fraction.
func exact(tick int64) *big.Rat {
	power := func(base int64) *big.Int {
		return new(big.Int).Exp(big.NewInt(base), big.NewInt(max(tick, -tick)), nil)
	}
	r := new(big.Rat).SetFrac(power(10001), power(10000))
	if tick < 0 {
		r.Inv(r)
	}
	return r
}

// closeTo reports whether got/unit is want but for one part in 10^40.
func closeTo(got *big.Int, want *big.Rat) bool {
	gap := new(big.Rat).Sub(new(big.Rat).SetFrac(got, unit), want)
	gap.Abs(gap).Quo(gap, want)
	return gap.Cmp(new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(40), nil))) < 0
}

func TestPropertyTicks(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		// The fraction grows by a digit every tick: exact for small ones only.
		tick := rapid.Int64Range(-3000, 3000).Draw(t, "tick")
		got, err := priceAtTick(tick)
		if err != nil || !closeTo(got, exact(tick)) {
			t.Fatalf("price at tick %d is off, error %v", tick, err)
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		tick := rapid.Int64Range(-maxTick, maxTick-1).Draw(t, "tick")
		low, err1 := priceAtTick(tick)
		high, err2 := priceAtTick(tick + 1)
		back, err3 := priceAtTick(-tick)
		if err1 != nil || err2 != nil || err3 != nil {
			t.Fatal(err1, err2, err3)
		}
		// One tick more is one basis point more; the other way round is the inverse.
		if !closeTo(new(big.Int).Div(new(big.Int).Mul(high, unit), low), big.NewRat(10001, 10000)) {
			t.Fatalf("from tick %d to the next is not 1.0001", tick)
		}
		if !closeTo(new(big.Int).Rsh(new(big.Int).Mul(low, back), precision), big.NewRat(1, 1)) {
			t.Fatalf("the price at tick %d is not the inverse of that at %d", tick, -tick)
		}
	})
}

// TestTickBounds holds the ends against the square roots of price that V3 pools
// are bounded by: TickMath.MIN_SQRT_RATIO and MAX_SQRT_RATIO, with 96 bits after
// the point, rounded up.
func TestTickBounds(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		tick int64
		root string
	}{{-maxTick, "4295128739"}, {maxTick, "1461446703485210103287273052203988822378723970342"}} {
		root, _ := new(big.Int).SetString(row.root, 10)
		got, err := priceAtTick(row.tick)
		if err != nil {
			t.Fatal(err)
		}
		low := new(big.Rat).SetFrac(new(big.Int).Exp(new(big.Int).Sub(root, big.NewInt(1)), big.NewInt(2), nil), new(big.Int).Lsh(big.NewInt(1), 192))
		high := new(big.Rat).SetFrac(new(big.Int).Exp(new(big.Int).Add(root, big.NewInt(1)), big.NewInt(2), nil), new(big.Int).Lsh(big.NewInt(1), 192))
		// TickMath multiplies twenty constants of 128 bits: at the upper end it is
		// off by six parts in 10^20.
		slack := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(19), nil))
		low.Mul(low, new(big.Rat).Sub(big.NewRat(1, 1), slack))
		high.Mul(high, new(big.Rat).Add(big.NewRat(1, 1), slack))
		if price := new(big.Rat).SetFrac(got, unit); price.Cmp(low) < 0 || price.Cmp(high) > 0 {
			t.Errorf("price at tick %d is not the square of %s", row.tick, row.root)
		}
	}
	for _, tick := range []int64{-maxTick - 1, maxTick + 1} {
		if _, err := priceAtTick(tick); err == nil {
			t.Errorf("tick %d is beyond the bounds and has a price", tick)
		}
	}
}

func TestMeanTick(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		first, last int64
		seconds     uint32
		want        int64
	}{{0, 1800, 1800, 1}, {0, 1799, 1800, 0}, {0, -1, 1800, -1}, {0, -1800, 1800, -1}, {0, -1801, 1800, -2}, {-5, -5, 60, 0}} {
		if got := meanTick(big.NewInt(row.first), big.NewInt(row.last), row.seconds); got != row.want {
			t.Errorf("mean of %d to %d over %d s = %d, want %d: rounded down", row.first, row.last, row.seconds, got, row.want)
		}
	}
	if _, err := priceAtTick(meanTick(new(big.Int), unit, 1)); err == nil {
		t.Error("a sum that no pool has gives a price")
	}
}

func TestPropertyRatio(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) *big.Int {
			n := new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, name))
			return n.Add(n, big.NewInt(1))
		}
		a, b := draw("a"), draw("b")
		shift := rapid.Int32Range(-30, 30).Draw(t, "shift")
		want := new(big.Rat).SetFrac(a, b)
		ten := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(shift, -shift))), nil))
		if shift < 0 {
			ten.Inv(ten)
		}
		want.Mul(want, ten)
		gap := new(big.Rat).Sub(ratio(a, b, shift).Rat(), want)
		gap.Abs(gap).Quo(gap, want)
		if gap.Cmp(new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Exp(big.NewInt(10), big.NewInt(digits-1), nil))) > 0 {
			t.Fatalf("ratio(%s, %s, %d) has fewer than %d digits", a, b, shift, digits)
		}
	})
}
