package pricing

import (
	"errors"

	"github.com/shopspring/decimal"
)

// Balanced returns what a pool that keeps its tokens at weights, which sum to one,
// would be worth if it stood at their prices, given what its holdings come to at
// these: the product of (value/weight)^weight, which a swap does not change. Of two
// halves it is 2·√(a·b) (Alpha Homora's fair price of LP tokens). It is never more
// than the values add up to, by the inequality of weighted means; so weights that
// lie only make it less, as long as each holding stands there once. The note says
// where the values add up to more than is tolerated between sources.
func Balanced(values, weights []decimal.Decimal) (total decimal.Decimal, note string, err error) {
	const places = 30
	product, sum := decimal.NewFromInt(1), decimal.Decimal{}
	for i, v := range values {
		if !v.IsPositive() {
			return total, "", errors.New("it holds nothing of one of its tokens, and without that its weights say nothing of the others")
		}
		power, err := v.DivRound(weights[i], places).PowWithPrecision(weights[i], places)
		if err != nil {
			return total, "", err
		}
		product, sum = product.Mul(power).Round(places), sum.Add(v)
	}
	total = decimal.Min(product, sum)
	if sum.Sub(total).GreaterThan(total.Mul(tolerated)) {
		note = "the reserves as they stood come to " + sum.Round(2).String() + " dollars, at the tokens' prices the pool would hold " + total.Round(2).String() + ": it was out of balance"
	}
	return total, note, nil
}
