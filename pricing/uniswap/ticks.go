package uniswap

import (
	"fmt"
	"math/big"

	"github.com/shopspring/decimal"
)

// maxTick is the highest tick of a V3 pool; the lowest is its negative (whitepaper
// of Uniswap v3, section 6.1).
const maxTick = 887272

// precision is the number of bits after the point in which powers are
// computed: each of some forty multiplications may lose the last one.
const precision = 512

// priceAtTick returns 1.0001^tick, how many base units of token1 one base unit
// of token0 is worth, times 2^precision.
func priceAtTick(tick int64) (*big.Int, error) {
	if tick < -maxTick || tick > maxTick {
		return nil, fmt.Errorf("tick %d is beyond %d", tick, maxTick)
	}
	one := new(big.Int).Lsh(big.NewInt(1), precision)
	base := new(big.Int).Mul(one, big.NewInt(10001))
	base.Div(base, big.NewInt(10000))
	power := new(big.Int).Set(one)
	for n := max(tick, -tick); n > 0; n >>= 1 {
		if n&1 == 1 {
			power.Rsh(power.Mul(power, base), precision)
		}
		base.Rsh(base.Mul(base, base), precision)
	}
	if tick < 0 {
		power.Div(new(big.Int).Lsh(one, precision), power)
	}
	return power, nil
}

// meanTick returns the tick that a pool was at on the average between two
// observations, rounded down as the pool's own library does (OracleLibrary).
func meanTick(first, last *big.Int, seconds uint32) int64 {
	gap := new(big.Int).Sub(last, first)
	// Div rounds towards minus infinity where the divisor is positive.
	gap.Div(gap, new(big.Int).SetUint64(uint64(seconds)))
	if !gap.IsInt64() {
		return maxTick + 1 // beyond any tick, whichever way
	}
	return gap.Int64()
}

// digits is how many significant digits prices from pools are given with.
const digits = 24

// ratio returns a/b · 10^shift with some digits.
func ratio(a, b *big.Int, shift int32) decimal.Decimal {
	if a.Sign() == 0 {
		return decimal.Decimal{}
	}
	// One bit is less than a third of a digit.
	smaller := max(0, (b.BitLen()-a.BitLen())/3+1)
	places := int32(digits + smaller)
	return decimal.NewFromBigInt(a, 0).DivRound(decimal.NewFromBigInt(b, 0), places).Shift(shift)
}
