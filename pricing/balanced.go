package pricing

import "github.com/shopspring/decimal"

// Balanced returns what a pool that keeps its tokens at weights, which sum to one,
// would be worth if it stood at their prices, given what its holdings come to at
// these: the product of (value/weight)^weight, which a swap does not change. Of two
// halves it is 2·√(a·b) (Alpha Homora's fair price of LP tokens). It is never more
// than the values add up to, by the inequality of weighted means; so weights that
// lie only make it less, as long as each holding stands there once.
func Balanced(values, weights []decimal.Decimal) (decimal.Decimal, error) {
	const places = 30
	product, sum := decimal.NewFromInt(1), decimal.Decimal{}
	for i, v := range values {
		if !v.IsPositive() {
			return decimal.Decimal{}, nil
		}
		power, err := v.DivRound(weights[i], places).PowWithPrecision(weights[i], places)
		if err != nil {
			return decimal.Decimal{}, err
		}
		product, sum = product.Mul(power).Round(places), sum.Add(v)
	}
	return decimal.Min(product, sum), nil
}
