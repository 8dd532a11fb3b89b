package uniswap_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/shopspring/decimal"

	"losstracer/pricing/uniswap"
)

// tickOfTwo is the tick at which a token of 18 decimals is worth about two of a
// token of 6: ln(2·10⁻¹²) / ln(1.0001), as token0.
const tickOfTwo = -269393

// price is 1.0001^tick · 10^12, to some hundred digits.
func price(tick int64) *big.Rat {
	base := new(big.Float).SetPrec(400).Quo(big.NewFloat(10001).SetPrec(400), big.NewFloat(10000).SetPrec(400))
	power := big.NewFloat(1).SetPrec(400)
	for n := max(tick, -tick); n > 0; n >>= 1 {
		if n&1 == 1 {
			power.Mul(power, base)
		}
		base.Mul(base, base)
	}
	if tick < 0 {
		power.Quo(big.NewFloat(1).SetPrec(400), power)
	}
	r, _ := power.Rat(nil)
	return r.Mul(r, new(big.Rat).SetInt(units(1, 12)))
}

func TestAverageOfV3(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		memory  int64 // observations that the pool keeps
		late    bool  // the tick moves in the last block before the theft too
		want    int64 // distance from tickOfTwo, floored mean
		over    string
		refused string
	}{
		{"remembers all", 100, false, 20, "over 30m0s", ""}, // ten minutes each of 0, 20 and 40
		{"a move in the last block has no weight", 100, true, 20, "over 30m0s", ""},
		{"remembers two", 2, false, 33, "over 15m0s", ""}, // five minutes of 20, ten of 40
		{"remembers one", 1, false, 40, "over 7m30s", ""},
		{"remembers nothing older", 1, true, 0, "", "does not remember"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e := newExchange(t, 1, 1)
			sign := int64(1)
			if e.pool.Token0 != e.token {
				sign = -1 // the price is then that of the dollar in tokens
			}
			tick := func(distance int64) *big.Int { return big.NewInt(sign * (tickOfTwo + distance)) }
			address := e.Deploy("Ticks", big.NewInt(row.memory), tick(0))
			e.pool = uniswap.Pool{Name: "Test V3", ChainID: 1, Version: uniswap.V3, Address: address, Token0: e.pool.Token0, Token1: e.pool.Token1}
			e.Call("Token", e.dollar, "transfer", address, units(80_000, 6))
			first := uint64(start + 7200)
			for i, distance := range []int64{20, 40} {
				e.Block(first + uint64(i)*600)
				e.Call("Ticks", address, "move", tick(distance))
			}
			e.Block(first + 1200)
			if row.late {
				e.Call("Ticks", address, "move", tick(6000))
			}
			e.Block(first + 1212)
			e.open()
			q, refused := answer(t, e.source(), e.ask(e.token, uint64(len(e.Times)-1)))
			if row.refused != "" {
				if !strings.Contains(refused, row.refused) {
					t.Errorf("%s, refused %q; want %q", q.Price, refused, row.refused)
				}
				return
			}
			if refused != "" || !strings.Contains(q.Method, row.over) || !q.Liquidity.Decimal.Equal(decimal.RequireFromString("79840")) {
				t.Errorf("method %q, liquidity %s, refused %q; want %q", q.Method, q.Liquidity.Decimal, refused, row.over)
			}
			// The mean is rounded down: with the token as token1 that may be one
			// basis point away.
			want := new(big.Rat).Mul(price(tickOfTwo+row.want), big.NewRat(998, 1000))
			within(t, "average", q.Price, want, 9_999)
			if sign > 0 {
				within(t, "average", q.Price, want, 1_000_000_000_000_000)
			}
		})
	}
}

func TestDeepestPoolCounts(t *testing.T) {
	t.Parallel()
	e := newExchange(t, 60_000, 120_000) // two dollars a token
	address := e.Deploy("Ticks", big.NewInt(100), big.NewInt(map[bool]int64{true: 1, false: -1}[e.pool.Token0 == e.token]*(tickOfTwo+10_986)))
	e.Call("Token", e.dollar, "transfer", address, units(900_000, 6))
	e.Block(start + 7200)
	e.Block(start + 7212)
	e.open()
	v3 := uniswap.Pool{Name: "Test V3", ChainID: 1, Version: uniswap.V3, Address: address, Token0: e.pool.Token0, Token1: e.pool.Token1}
	both := e.source(func(o *uniswap.Options) { o.Pools = append(o.Pools, v3) })
	q, refused := answer(t, both, e.ask(e.token, 3))
	if refused != "" || !strings.HasPrefix(q.Source, "Test V3") || q.Price.Round(1).String() != "6" {
		t.Errorf("%s by %q, refused %q; want the price of the deeper pool", q.Price, q.Source, refused)
	}
	shallow, _ := answer(t, e.source(), e.ask(e.token, 3))
	if shallow.Price.Round(15).String() != "1.996" {
		t.Errorf("the other pool alone says %s", shallow.Price)
	}
}

// TestLiquidityThatIsNotAtWork puts much into a V3 pool that lies far from its
// price, as anybody can for a while at no risk: what the pool says then is what
// whoever made it wanted it to say.
func TestLiquidityThatIsNotAtWork(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name      string
		work      *big.Int // √(base units of both at work)
		by        string
		liquidity string
		alone     string // why it has no price where there is no other pool
	}{
		{"none", new(big.Int), "Test pool", "119760", "at work"},
		{"of 100 dollars", middle(units(100, 6), units(50, 18)), "Test pool", "119760", "at work"},
		{"of 60,000 dollars", middle(units(60_000, 6), units(30_000, 18)), "Test pool", "119760", ""},
		{"of 200,000 dollars", middle(units(200_000, 6), units(100_000, 18)), "Test V3 pool", "199600", ""},
		{"of more than there is", middle(units(900_000_000, 6), units(450_000_000, 18)), "Test V3 pool", "898200", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e := newExchange(t, 60_000, 120_000) // two dollars a token
			sign := map[bool]int64{true: 1, false: -1}[e.pool.Token0 == e.token]
			address := e.Deploy("Ticks", big.NewInt(100), big.NewInt(sign*tickOfTwo))
			e.Call("Ticks", address, "work", row.work)
			e.Call("Token", e.dollar, "transfer", address, units(900_000, 6))
			e.Block(start + 7200)
			e.Block(start + 7212)
			e.open()
			v3 := uniswap.Pool{Name: "Test V3", ChainID: 1, Version: uniswap.V3, Address: address, Token0: e.pool.Token0, Token1: e.pool.Token1}
			both := e.source(func(o *uniswap.Options) { o.Pools = append(o.Pools, v3) })
			q, refused := answer(t, both, e.ask(e.token, 3))
			if refused != "" || !strings.HasPrefix(q.Source, row.by) {
				t.Errorf("%s by %q, refused %q; want it by %s", q.Price, q.Source, refused, row.by)
			}
			want, _ := new(big.Rat).SetString(row.liquidity)
			within(t, "liquidity", q.Liquidity.Decimal, want, 5000)
			alone := e.source(func(o *uniswap.Options) { o.Pools = []uniswap.Pool{v3} })
			if q, refused := answer(t, alone, e.ask(e.token, 3)); (refused == "") != (row.alone == "") || !strings.Contains(refused, row.alone) {
				t.Errorf("alone: %s, refused %q", q.Price, refused)
			}
		})
	}
}

// middle returns √(a·b), which is the liquidity of a V3 pool of so much of both.
func middle(a, b *big.Int) *big.Int {
	product := new(big.Int).Mul(a, b)
	return product.Sqrt(product)
}

func TestPushedV3(t *testing.T) {
	t.Parallel()
	e := newExchange(t, 1, 1)
	sign := map[bool]int64{true: 1, false: -1}[e.pool.Token0 == e.token]
	tick := func(distance int64) *big.Int { return big.NewInt(sign * (tickOfTwo + distance)) }
	address := e.Deploy("Ticks", big.NewInt(100), tick(0))
	e.pool = uniswap.Pool{Name: "Test V3", ChainID: 1, Version: uniswap.V3, Address: address, Token0: e.pool.Token0, Token1: e.pool.Token1}
	e.Call("Token", e.dollar, "transfer", address, units(80_000, 6))
	for i, distance := range []int64{0, 40_000, 0, 0} { // fifty times the price for a minute
		e.Block(start + 7200 + uint64(i)*60)
		e.Call("Ticks", address, "move", tick(distance))
	}
	e.Block(start + 7200 + 252)
	e.open()
	q, refused := answer(t, e.source(), e.ask(e.token, uint64(len(e.Times)-1)))
	if refused != "" || !strings.Contains(q.Doubt, "may have been pushed") {
		t.Errorf("%s, refused %q, doubt %q; want the average in doubt", q.Price, refused, q.Doubt)
	}
}
