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

// meanLiquidity returns the harmonic mean of the liquidity that was at work between
// two observations of seconds for each unit of it, times 2^128 and modulo 2^160
// (OracleLibrary). Where none was the pool counts one.
func meanLiquidity(first, last *big.Int, seconds uint32) *big.Int {
	gap := new(big.Int).Sub(last, first)
	gap.And(gap, new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 160), big.NewInt(1)))
	if gap.Sign() == 0 {
		return gap
	}
	total := new(big.Int).Lsh(new(big.Int).SetUint64(uint64(seconds)), 128)
	return total.Div(total, gap)
}

// reserveAt returns how much of a token a pool over all prices with some liquidity
// holds at a price of token0 in token1 times 2^precision: of token1 it is L·√P, of
// token0 L/√P (whitepaper of Uniswap v3, section 6.2).
func reserveAt(power, liquidity *big.Int, ofToken1 bool) *big.Int {
	root := new(big.Int).Sqrt(power)
	if ofToken1 {
		root.Mul(root, liquidity)
		return root.Rsh(root, precision/2)
	}
	held := new(big.Int).Lsh(liquidity, precision/2)
	return held.Div(held, root)
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
