package uniswap

import (
	"context"
	"fmt"
	"math/big"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing/onchain"
)

// averaged is what a pool's token was worth in what it is against: on the average
// over a time, and at both ends of it.
type averaged struct {
	price       decimal.Decimal
	over        time.Duration
	first, last decimal.Decimal
}

// swing is how far an average may be from where the pool stood at either end of
// the window without remark: a tenth.
var swing = decimal.New(1, -1)

// doubt says where the average is not what the pool stood at. Whoever pushes a pool
// for a block, and lets it go, leaves that in the average alone; whoever holds it
// there leaves it at the end.
func (m averaged) doubt() string {
	for _, end := range []decimal.Decimal{m.first, m.last} {
		if gap := end.Sub(m.price).Abs(); gap.GreaterThan(decimal.Min(end, m.price).Mul(swing)) {
			return fmt.Sprintf("the pool stood at %s where the average begins and at %s where it ends, and the average is %s: it may have been pushed",
				m.first.Round(12), m.last.Round(12), m.price.Round(12))
		}
	}
	return ""
}

// averageV2 takes the difference of the cumulative prices at both ends of the
// window. A pool adds up to when it last changed only: what has passed since is
// added here, as the whitepaper of Uniswap v2 has it (section 2.2).
func (s *Source) averageV2(ctx context.Context, p *place, w onchain.Window) (averaged, error) {
	if w.Seconds() == 0 {
		return averaged{}, onchain.Refuse("the chain has no blocks before the theft to average over")
	}
	method := "price1CumulativeLast"
	if p.first() {
		method = "price0CumulativeLast"
	}
	ends := [2]onchain.Block{w.Start, w.End}
	var calls []rpcCall
	for _, b := range ends {
		calls = append(calls, call(p.Address, b.Number, "getReserves"), call(p.Address, b.Number, method))
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return averaged{}, err
	}
	var sums [2]*big.Int
	var spots [2]decimal.Decimal
	for i, b := range ends {
		r, err := readReserves(answers[2*i])
		if err == nil {
			sums[i], err = value[*big.Int](answers[2*i+1], method)
		}
		if nothing(err) || err == nil && (r.r0.Sign() == 0 || r.r1.Sign() == 0) {
			return averaged{}, onchain.Refuse("the pool %s was empty or not there at block %d, where the average begins", chain.Hex(p.Address), b.Number)
		}
		if err != nil {
			return averaged{}, err
		}
		token, against := p.sides(r)
		sums[i] = accumulated(sums[i], token, against, uint32(b.Time)-r.updated)
		spots[i] = ratio(against, token, p.shift())
		p.limit(against)
	}
	if p.liquidity.LessThan(s.o.Floor) {
		return averaged{}, onchain.Refuse("the pool %s held %s dollars against it where the average begins, the floor is %s", chain.Hex(p.Address), p.liquidity.Round(2), s.o.Floor)
	}
	gap := new(big.Int).Sub(sums[1], sums[0])
	gap.And(gap, allOnes) // sums wrap around
	length := new(big.Int).SetUint64(w.Seconds())
	price := ratio(gap, length.Lsh(length, 112), p.shift())
	return averaged{price, time.Duration(w.Seconds()) * time.Second, spots[0], spots[1]}, nil
}

// limit takes for what stood in the pool no more than some base units of the anchor.
func (p *place) limit(against *big.Int) {
	p.liquidity = decimal.Min(p.liquidity, whole(against, p.against.decimals).Mul(p.against.quote.Price))
}

// allOnes is 2²⁵⁶ − 1.
var allOnes = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))

// accumulated adds to a cumulative price what the reserves came to since the
// pool last changed.
func accumulated(sum, token, against *big.Int, elapsed uint32) *big.Int {
	price := new(big.Int).Lsh(against, 112)
	price.Div(price, token)
	price.Mul(price, new(big.Int).SetUint64(uint64(elapsed)))
	return price.And(price.Add(price, sum), allOnes)
}

// averageV3 asks the pool for its cumulative ticks, over the longest time up to
// the window that it remembers, and for those of the first and the last second of it.
func (s *Source) averageV3(ctx context.Context, p *place, w onchain.Window) (averaged, error) {
	var lengths []uint32
	var calls []rpcCall
	for d := s.o.Window; d >= min(shortest, s.o.Window); d /= 2 {
		seconds := uint32(d / time.Second)
		lengths = append(lengths, seconds)
		calls = append(calls, call(p.Address, w.End.Number, "observe", []uint32{seconds, seconds - 1, 1, 0}))
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return averaged{}, err
	}
	for i, seconds := range lengths {
		o, err := readObserved(answers[i], seconds)
		if nothing(err) {
			continue // the pool says OLD: it does not remember as much
		}
		if err != nil {
			return averaged{}, err
		}
		m, atWork, err := p.observed(o)
		if err != nil {
			return averaged{}, onchain.Refuse("the pool %s: %s", chain.Hex(p.Address), err)
		}
		if p.limit(atWork); p.liquidity.LessThan(s.o.Floor) {
			return averaged{}, onchain.Refuse("of the pool %s no more than %s dollars against it were at work at its price, the floor is %s", chain.Hex(p.Address), p.liquidity.Round(2), s.o.Floor)
		}
		return m, nil
	}
	return averaged{}, onchain.Refuse("the pool %s does not remember %s", chain.Hex(p.Address), shortest)
}

// observation is what a V3 pool remembers of some seconds.
type observation struct {
	seconds           uint32
	mean, first, last int64    // ticks
	liquidity         *big.Int // at work, the harmonic mean
}

// readObserved reads what observe returned for a length, a second less, one and
// zero seconds ago.
func readObserved(a rpcAnswer, seconds uint32) (observation, error) {
	values, err := contract().Values(a, "observe")
	if err != nil {
		return observation{}, err
	}
	ticks, _ := values[0].([]*big.Int)
	perLiquidity, _ := values[1].([]*big.Int)
	if len(ticks) != 4 || len(perLiquidity) != 4 {
		return observation{}, fmt.Errorf("observe: %w", onchain.ErrNothing)
	}
	return observation{
		seconds, meanTick(ticks[0], ticks[3], seconds), meanTick(ticks[0], ticks[1], 1), meanTick(ticks[2], ticks[3], 1),
		meanLiquidity(perLiquidity[0], perLiquidity[3], seconds),
	}, nil
}

// observed returns the prices of an observation, and how much of the anchor was at
// work at the mean: what a pool over all prices with that liquidity would hold.
func (p place) observed(o observation) (m averaged, atWork *big.Int, err error) {
	one := new(big.Int).Lsh(big.NewInt(1), precision)
	prices := make([]decimal.Decimal, 3)
	for i, tick := range []int64{o.mean, o.first, o.last} {
		power, err := priceAtTick(tick)
		if err != nil {
			return averaged{}, nil, err
		}
		if i == 0 {
			atWork = reserveAt(power, o.liquidity, p.first())
		}
		if prices[i] = ratio(one, power, p.shift()); p.first() {
			prices[i] = ratio(power, one, p.shift())
		}
	}
	return averaged{prices[0], time.Duration(o.seconds) * time.Second, prices[1], prices[2]}, atWork, nil
}
