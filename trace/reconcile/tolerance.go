package reconcile

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
)

var two = decimal.NewFromInt(2)

// precision is how far the truth may lie from a figure by the way it is
// written: half a unit of the last place, twice that where it is hedged.
func precision(f incident.Figure) (decimal.Decimal, string) {
	half := f.Step.DivRound(two, 36)
	why := fmt.Sprintf("half a unit of the last place written (%s)", f.Step)
	if f.Bound == incident.About {
		return f.Step, why + ", doubled by “about”"
	}
	return half, why
}

// within compares a figure with a measurement: 0 where they agree within
// tolerance, +1 where the figure is too large, -1 where it is too small. A
// figure that bounds one side only is wrong on that side only.
func within(f incident.Figure, measured, tolerance decimal.Decimal) int {
	difference := f.Value.Sub(measured)
	if difference.Abs().LessThanOrEqual(tolerance) {
		return 0
	}
	if difference.IsPositive() {
		if f.Bound == incident.AtMost {
			return 0
		}
		return 1
	}
	if f.Bound == incident.AtLeast {
		return 0
	}
	return -1
}

func verdictOf(sign int) Verdict {
	switch {
	case sign > 0:
		return Over
	case sign < 0:
		return Under
	}
	return Match
}

// spreadWindow is how far around a quote other quotes are looked at to tell
// how much the price moved.
const spreadWindow = 36 * time.Hour

// spread is by how many dollars a loss could come out otherwise had another
// quote near the theft been used: the range of the quotes around it, as a
// share of the quote used, times the loss.
func (c *comparison) spread(losses []loss.AssetLoss) decimal.Decimal {
	var total decimal.Decimal
	for _, l := range losses {
		if l.GrossUSD == nil || len(l.Quotes) == 0 || !l.Quotes[0].Price.IsPositive() {
			continue
		}
		used := l.Quotes[0]
		low, high := used.Price, used.Price
		for _, q := range c.Prices.Between(pricing.Of(l.Asset), used.At.Add(-spreadWindow), used.At.Add(spreadWindow)) {
			low, high = decimal.Min(low, q.Price), decimal.Max(high, q.Price)
		}
		total = total.Add(l.GrossUSD.Mul(high.Sub(low)).DivRound(used.Price, 18))
	}
	return total
}

// measure sets a figure against a measurement in dollars.
func (f *Finding) compareUSD(measured, spread decimal.Decimal) int {
	figure := *f.Claim.USD
	tolerance, why := precision(figure)
	if spread.IsPositive() {
		tolerance = tolerance.Add(spread)
		why += fmt.Sprintf(", and %s dollars by which the quotes around the theft differ", grouped(spread))
	}
	difference := figure.Value.Sub(measured)
	f.Measured.USD = &measured
	f.Difference.USD = &difference
	f.Difference.Percent = percent(difference, measured)
	f.Tolerance.USD, f.Tolerance.Why = &tolerance, why
	return within(figure, measured, tolerance)
}

func (f *Finding) compareQuantity(measured decimal.Decimal) int {
	figure := *f.Claim.Quantity
	tolerance, why := precision(figure)
	difference := figure.Value.Sub(measured)
	f.Measured.Quantity = &measured
	f.Difference.Quantity = &difference
	f.Difference.Percent = percent(difference, measured)
	f.Tolerance.Quantity, f.Tolerance.Why = &tolerance, why
	return within(figure, measured, tolerance)
}

func percent(difference, measured decimal.Decimal) *decimal.Decimal {
	if measured.IsZero() {
		return nil
	}
	p := difference.Shift(2).DivRound(measured, 4)
	return &p
}

// grouped writes dollars for a reason: to the cent, with thousands set apart.
func grouped(usd decimal.Decimal) string { return chain.GroupThousands(usd.RoundBank(2).String()) }
