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

// explain decides a claim that differs from its measurement and names the
// causes that the arithmetic supports; a fitting unit makes it a unit error.
func (c *comparison) explain(f *Finding, v Verdict, losses []loss.AssetLoss, quantity, usd decimal.Decimal, priced bool) {
	if cause, ok := unitSlip(f.Claim, quantity, usd, priced); ok {
		f.decide(UnitError, cause)
		return
	}
	f.decide(v)
	if cause, ok := netFits(f.Claim, losses); ok {
		f.Causes = append(f.Causes, cause)
	}
	if f.Claim.Quantity == nil || within(*f.Claim.Quantity, quantity, orZero(f.Tolerance.Quantity)) == 0 {
		if cause, ok := c.otherDate(f.Claim, losses, quantity); ok {
			f.Causes = append(f.Causes, cause)
		}
	}
	if len(f.Causes) == 0 && c.Incomplete != "" {
		f.Causes = append(f.Causes, Cause{IncompleteCoverage, c.Incomplete, chain.Observed})
	}
	if len(f.Causes) == 0 {
		f.Causes = append(f.Causes, Cause{Unexplained, "no rule explains the difference", chain.Derived})
	}
}

func orZero(d *decimal.Decimal) decimal.Decimal {
	if d == nil {
		return decimal.Decimal{}
	}
	return *d
}

// explainUnpriced decides a claim in dollars about an asset without a price:
// only the reading as a quantity can be tried.
func (c *comparison) explainUnpriced(f *Finding, quantity decimal.Decimal) {
	if cause, ok := unitSlip(f.Claim, quantity, decimal.Decimal{}, false); ok {
		f.decide(UnitError, cause)
		return
	}
	f.decide(Unpriced, Cause{PriceSource, fmt.Sprintf("%s were measured, but no price is known for them", quantity), chain.Observed})
}

// unitSlip looks for a reading of a claim in another unit that fits: the
// write-up's own alternative readings, dollars for a quantity or the other way
// round, and a scale of thousands too many or too few.
func unitSlip(claim incident.Claim, quantity, usd decimal.Decimal, priced bool) (Cause, bool) {
	fits := func(figure incident.Figure, value, measured decimal.Decimal) bool {
		if !measured.IsPositive() {
			return false
		}
		tolerance, _ := precision(figure)
		tolerance = decimal.Max(tolerance, measured.Shift(-2))
		if !figure.Value.IsZero() {
			tolerance = decimal.Min(tolerance.Mul(value).DivRound(figure.Value, 36).Abs(), measured.Shift(-1))
		}
		return value.Sub(measured).Abs().LessThanOrEqual(tolerance)
	}
	found := func(reading string, measured decimal.Decimal) (Cause, bool) {
		return Cause{CauseUnitError, fmt.Sprintf("“%s” fits if read as %s: %s were measured", claim.Text, reading, measured.RoundBank(8)), chain.Derived}, true
	}
	if claim.Quantity == nil && claim.USD != nil && fits(*claim.USD, claim.USD.Value, quantity) {
		return found(claim.USD.Value.String()+" "+claim.Asset+", not dollars", quantity)
	}
	if claim.USD == nil && claim.Quantity != nil && priced && fits(*claim.Quantity, claim.Quantity.Value, usd) {
		return found(claim.Quantity.Value.String()+" dollars, not "+claim.Asset, usd)
	}
	for _, shift := range []int32{3, -3, 6, -6} {
		if claim.Quantity != nil {
			if v := claim.Quantity.Value.Shift(shift); fits(*claim.Quantity, v, quantity) {
				return found(v.String()+" "+claim.Asset, quantity)
			}
			continue
		}
		if claim.USD != nil && priced {
			if v := claim.USD.Value.Shift(shift); fits(*claim.USD, v, usd) {
				return found(v.String()+" dollars", usd)
			}
		}
	}
	return Cause{}, false
}

// netFits tells a claim that left returned funds out.
func netFits(claim incident.Claim, losses []loss.AssetLoss) (Cause, bool) {
	var net, usd decimal.Decimal
	returned, priced := false, true
	for _, l := range losses {
		returned = returned || !l.Returned.IsZero()
		net = net.Add(pricing.Whole(l.Net().Units(), l.Meta.Decimals))
		if n := l.NetUSD(); n != nil {
			usd = usd.Add(*n)
		} else {
			priced = false
		}
	}
	if !returned {
		return Cause{}, false
	}
	measured, figure := net, claim.Quantity
	if figure == nil {
		if !priced {
			return Cause{}, false
		}
		measured, figure = usd, claim.USD
	}
	tolerance, _ := precision(*figure)
	if within(*figure, measured, tolerance) != 0 {
		return Cause{}, false
	}
	return Cause{GrossVsNet, fmt.Sprintf("fits the loss net of what was returned, %s", measured.RoundBank(8)), chain.Derived}, true
}

// dateSearch is how far from the theft a date is looked for at whose price a
// claim would be right.
const dateSearch = 400 * 24 * time.Hour

// otherDate names the quote nearest to the theft at which a claim in dollars
// would be right.
func (c *comparison) otherDate(claim incident.Claim, losses []loss.AssetLoss, quantity decimal.Decimal) (Cause, bool) {
	if claim.USD == nil || len(losses) != 1 || len(losses[0].Quotes) == 0 || !quantity.IsPositive() {
		return Cause{}, false
	}
	used := losses[0].Quotes[0]
	tolerance, _ := precision(*claim.USD)
	var best *pricing.Quote
	for _, q := range c.Prices.Between(pricing.Of(losses[0].Asset), used.At.Add(-dateSearch), used.At.Add(dateSearch)) {
		fits := q.Price.Mul(quantity).Sub(claim.USD.Value).Abs().LessThanOrEqual(tolerance)
		if fits && !q.At.Equal(used.At) && (best == nil || q.At.Sub(used.At).Abs() < best.At.Sub(used.At).Abs()) {
			best = &q
		}
	}
	if best == nil {
		return Cause{}, false
	}
	return Cause{ValuationDate, fmt.Sprintf("right at the price of %s (%s, %s), not of the theft (%s)",
		best.At.Format(time.RFC3339), best.Price, best.Source, used.Price), chain.Derived}, true
}
