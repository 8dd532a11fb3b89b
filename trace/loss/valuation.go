package loss

import (
	"fmt"
	"math/big"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
)

// otherValuations values what was taken by quotes from before each block of
// the theft, and at the close of the day of the write-up.
func (c *incident) otherValuations(l *AssetLoss) {
	known := c.asset(l.Asset)
	if !known.priced || !known.meta.DecimalsKnown {
		return
	}
	if !c.ReportDay.IsZero() {
		if q, ok := c.Prices.At(pricing.Of(l.Asset), c.ReportDay.AddDate(0, 0, 1)); ok {
			usd := q.Value(l.Gross.Units(), known.meta.Decimals)
			l.ReportUSD = &usd
		}
	}
	before, units := l.tally(), new(big.Int)
	for i := range l.Judgements {
		j := l.Judgements[i]
		if j.Class != Theft {
			continue
		}
		// Quotes are to the second and blocks seconds apart: what was true a
		// second before the block was true at the end of the block before.
		q, ok := c.Prices.At(pricing.Of(l.Asset), unixTime(j.Transfer.Time).Add(-time.Second))
		if !ok {
			return
		}
		j.Transfer.Units.IntoBig(&units)
		if j.PaidIn() {
			units.Neg(units)
		}
		before.addAt(units, &q)
	}
	usd := before.sum()
	l.BeforeUSD = &usd
}

// otherTotals adds the other valuations up; nil where an asset that has a
// price at the theft has none there, and where none of what was taken has a
// price at all: what is unpriced is not worth nothing.
func otherTotals(losses []AssetLoss) (before, report *decimal.Decimal) {
	before, report = &decimal.Decimal{}, &decimal.Decimal{}
	taken, priced := false, false
	for _, l := range losses {
		if l.Gross.IsZero() {
			continue
		}
		taken = true
		if l.GrossUSD == nil {
			continue
		}
		priced = true
		before, report = plus(before, l.BeforeUSD), plus(report, l.ReportUSD)
	}
	if taken && !priced {
		return nil, nil
	}
	return before, report
}

func plus(a, b *decimal.Decimal) *decimal.Decimal {
	if a == nil || b == nil {
		return nil
	}
	s := a.Add(*b)
	return &s
}

// kept remarks on assets of which most came back: what did not is what a
// bounty would be, where both sides call it that.
func kept(s *Statement) []Remark {
	var list []Remark
	for _, l := range s.Losses {
		if l.Gross.Sign() <= 0 || l.Net().Sign() <= 0 {
			continue
		}
		share := decimal.NewFromBigInt(l.Net().Units(), 0).Shift(2).DivRound(decimal.NewFromBigInt(l.Gross.Units(), 0), 2)
		if share.LessThanOrEqual(decimal.NewFromInt(20)) {
			list = append(list, Remark{l.Asset, fmt.Sprintf("%s %% of it was kept when the rest came back, as a bounty would be", share), chain.Heuristic})
		}
	}
	return list
}
