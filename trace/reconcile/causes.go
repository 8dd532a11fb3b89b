package reconcile

import (
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
)

// reading is another sum that a claim could stand for, and what it would then
// have got wrong. Quantity is nil for sums over several assets, USD where
// something has no price.
type reading struct {
	code     Code
	what     string
	quantity *decimal.Decimal
	usd      *decimal.Decimal
}

// explain decides a claim about measured losses that differs from them, and
// names the causes that the arithmetic supports, the likeliest first; a unit
// that fits makes it a unit error. Dates come last: among many days' prices
// one will often fit by chance.
func (c *comparison) explain(f *Finding, v Verdict, losses []loss.AssetLoss, quantity, usd decimal.Decimal, priced bool) {
	if cause, ok := c.unitSlip(f.Claim, losses, quantity, usd, priced); ok {
		f.decide(UnitError, cause)
		return
	}
	f.decide(v)
	quantityRight := f.Claim.Quantity == nil || within(*f.Claim.Quantity, quantity, orZero(f.Tolerance.Quantity)) == 0
	if f.Claim.Quantity == nil || !quantityRight {
		f.tryReadings(c.assetReadings(losses))
	}
	if quantityRight && f.Claim.USD != nil && priced {
		if cause, ok := c.otherDate(*f.Claim.USD, losses); ok {
			f.Causes = append(f.Causes, cause)
		}
	}
	if cause, ok := c.shifted(f.Claim, losses, quantity, usd, priced, digits, digits); ok && len(f.Causes) == 0 {
		f.Verdict = UnitError
		f.Causes = append(f.Causes, cause)
	}
	if quantityRight && len(f.Causes) == 0 {
		// The quantity can be right only for being round.
		f.tryReadingsBy(slices.DeleteFunc(c.assetReadings(losses), func(r reading) bool { return !f.nearer(r, quantity) }), false)
	}
	c.orUnexplained(f, losses)
}

// nearer reports whether a claimed quantity is nearer to that of a reading than to
// what was measured.
func (f *Finding) nearer(r reading, measured decimal.Decimal) bool {
	q := f.Claim.Quantity
	return q != nil && r.quantity != nil && q.Value.Sub(*r.quantity).Abs().LessThan(q.Value.Sub(measured).Abs())
}

// orUnexplained names for a claim that differs from losses what they may lack, where
// nothing else explains it.
func (c *comparison) orUnexplained(f *Finding, losses []loss.AssetLoss) {
	if why := c.gapBehind(f.Verdict, losses); len(f.Causes) == 0 && why != "" {
		f.Causes = append(f.Causes, Cause{IncompleteCoverage, why, chain.Observed})
	}
	if len(f.Causes) == 0 {
		f.Causes = append(f.Causes, Cause{Unexplained, "no rule explains the difference", chain.Derived})
	}
}

// tryReadings names the readings that a claim fits, each by the figure that it
// is written in, and rounding where the claim misses by the last place only.
func (f *Finding) tryReadings(readings []reading) {
	f.tryReadingsBy(readings, f.Claim.Quantity != nil)
}

func (f *Finding) tryReadingsBy(readings []reading, quantity bool) {
	if f.missesByRounding(quantity) {
		f.Causes = append(f.Causes, Cause{Rounding, "differs by less than one unit of the last place written: cut off, or rounded up", chain.Derived})
	}
	for _, r := range readings {
		figure, value, unit := f.Claim.Quantity, r.quantity, " "+f.Claim.Asset
		if !quantity {
			figure, value, unit = f.Claim.USD, r.usd, " dollars"
		}
		if figure == nil || value == nil || !value.IsPositive() {
			continue
		}
		tolerance, _ := precision(*figure)
		if figure.Value.Sub(*value).Abs().GreaterThan(tolerance) {
			continue
		}
		f.Causes = append(f.Causes, Cause{r.code, fmt.Sprintf("fits %s%s: %s", chain.GroupThousands(value.RoundBank(8).String()), unit, r.what), chain.Derived})
	}
}

// missesByRounding reports whether the figure that decided is off by less than
// a unit of its last place.
func (f *Finding) missesByRounding(quantity bool) bool {
	if q := f.Difference.Quantity; quantity && q != nil && f.Claim.Quantity != nil {
		return !q.IsZero() && q.Abs().LessThan(f.Claim.Quantity.Step) && f.Claim.Quantity.Step.LessThan(f.Claim.Quantity.Value)
	}
	if u := f.Difference.USD; u != nil && f.Claim.USD != nil {
		return u.Abs().LessThan(f.Claim.USD.Step) && f.Claim.USD.Step.LessThan(f.Claim.USD.Value)
	}
	return false
}

// assetReadings are the sums that a claim about measured losses is often
// mistaken for.
func (c *comparison) assetReadings(losses []loss.AssetLoss) []reading {
	var gross, net, received, staked, proceeds portion
	leaked, returned := false, false
	for _, l := range losses {
		rate := rateOf(l)
		take := c.flows[l.Asset]
		gross.add(l.Gross, l.Meta, rate)
		net.add(l.Net(), l.Meta, rate)
		received.add(l.Gross.Sub(l.Leaked), l.Meta, rate)
		staked.add(l.Gross.Sub(take.staked), l.Meta, rate)
		proceeds.add(take.proceeds, l.Meta, rate)
		leaked, returned = leaked || !l.Leaked.IsZero(), returned || !l.Returned.IsZero()
	}
	var list []reading
	if returned {
		list = append(list, net.reading(GrossVsNet, "the loss net of what was returned"))
	}
	if !staked.quantity.Equal(gross.quantity) {
		list = append(list, staked.reading(GrossVsNet, "the loss net of what the attackers themselves had put in"))
	}
	if leaked {
		list = append(list, received.reading(GrossVsNet, "what reached the attackers, without what leaked to others on the way"))
	}
	if proceeds.quantity.IsPositive() {
		list = append(list, proceeds.reading(ProceedsNotLoss, "what the attackers received in exchange for loot, which is no loss"),
			gross.plus(proceeds).reading(ProceedsNotLoss, "the loss and what the attackers received in exchange for other loot, which counts that twice"))
	}
	list = append(list, gross.plus(gross).reading(DoubleCount, "twice what was lost"))
	return append(list, c.elsewhereReadings(losses, gross)...)
}

// elsewhereReadings adds what victims paid to unknown addresses meanwhile: each
// of them alone, and all together.
func (c *comparison) elsewhereReadings(losses []loss.AssetLoss, gross portion) []reading {
	var list []reading
	all, n := gross, 0
	for _, e := range c.Statement.Elsewhere {
		i := slices.IndexFunc(losses, func(l loss.AssetLoss) bool { return l.Asset == e.Asset })
		if i < 0 {
			continue
		}
		var part portion
		part.add(e.Amount, e.Meta, rateOf(losses[i]))
		list = append(list, gross.plus(part).reading(MissingAddress, fmt.Sprintf("with what a victim paid meanwhile to %s, which is not known for an attacker", chain.Hex(e.To.Address))))
		all, n = all.plus(part), n+1
	}
	if n > 1 {
		list = append(list, all.reading(MissingAddress, fmt.Sprintf("with what victims paid meanwhile to %d addresses that are not known for attackers", n)))
	}
	return list
}

// portion is a part of a loss in whole units, and in dollars by the price of the
// loss.
type portion struct {
	quantity decimal.Decimal
	usd      decimal.Decimal
	unpriced bool
}

func (s *portion) add(a chain.Amount, meta chain.TokenMeta, rate *decimal.Decimal) {
	quantity := pricing.Whole(a.Units(), meta.Decimals)
	s.quantity = s.quantity.Add(quantity)
	if rate == nil {
		s.unpriced = true
		return
	}
	s.usd = s.usd.Add(quantity.Mul(*rate))
}

func (s portion) plus(o portion) portion {
	return portion{s.quantity.Add(o.quantity), s.usd.Add(o.usd), s.unpriced || o.unpriced}
}

func (s portion) reading(code Code, what string) reading {
	r := reading{code: code, what: what, quantity: &s.quantity}
	if !s.unpriced {
		r.usd = &s.usd
	}
	return r
}

// rateOf returns the average price at which a loss was valued; nil where it
// has none.
func rateOf(l loss.AssetLoss) *decimal.Decimal {
	quantity := pricing.Whole(l.Gross.Units(), l.Meta.Decimals)
	if l.GrossUSD == nil || !quantity.IsPositive() {
		return nil
	}
	rate := l.GrossUSD.DivRound(quantity, 24)
	return &rate
}

func orZero(d *decimal.Decimal) decimal.Decimal {
	if d == nil {
		return decimal.Decimal{}
	}
	return *d
}

// explainUnpriced decides a claim in dollars about an asset without a price:
// only the reading as a quantity can be tried.
func (c *comparison) explainUnpriced(f *Finding, losses []loss.AssetLoss, quantity decimal.Decimal) {
	if cause, ok := c.unitSlip(f.Claim, losses, quantity, decimal.Decimal{}, false); ok {
		f.decide(UnitError, cause)
		return
	}
	f.decide(Unpriced, Cause{PriceSource, fmt.Sprintf("%s were measured, but no price is known for them", quantity), chain.Observed})
}

// dateSearch is how far from the theft a date is looked for at whose prices a
// claim would be right.
const dateSearch = 400 * 24 * time.Hour

// otherDate names the moment nearest to the theft at whose prices a claim in
// dollars would be right: by quotes of the asset that is worth the most, with
// the others valued as of the same moment.
func (c *comparison) otherDate(claim incident.Figure, losses []loss.AssetLoss) (Cause, bool) {
	main, ok := mainLoss(losses)
	if !ok {
		return Cause{}, false
	}
	used := main.Quotes[0]
	tolerance, _ := precision(claim)
	var best *pricing.Quote
	for _, q := range c.Prices.Between(pricing.Of(main.Asset), used.At.Add(-dateSearch), used.At.Add(dateSearch)) {
		nearer := best == nil || q.At.Sub(used.At).Abs() < best.At.Sub(used.At).Abs()
		if q.Price.Equal(used.Price) && q.At.Equal(used.At) || !nearer {
			continue
		}
		value, ok := c.valueAt(losses, main, q)
		if ok && value.Sub(claim.Value).Abs().LessThanOrEqual(tolerance) {
			best = &q
		}
	}
	switch {
	case best == nil:
		return Cause{}, false
	case best.At.Equal(used.At):
		return Cause{PriceSource, fmt.Sprintf("right at the price of %s by %s, not that of %s (%s)",
			best.Price, chain.Printable(best.Source, 80), chain.Printable(used.Source, 80), used.Price), chain.Derived}, true
	}
	return Cause{ValuationDate, fmt.Sprintf("right at prices of %s (%s for %s, %s), not of the theft (%s)",
		best.At.Format(time.RFC3339), best.Price, chain.Printable(main.Meta.Symbol, 24), chain.Printable(best.Source, 80), used.Price), chain.Derived}, true
}

// mainLoss returns the loss whose price moved the most dollars: the largest
// whose quotes are not all the same.
func mainLoss(losses []loss.AssetLoss) (loss.AssetLoss, bool) {
	var main loss.AssetLoss
	for _, l := range losses {
		if l.GrossUSD == nil || len(l.Quotes) == 0 {
			continue
		}
		stable := l.Quotes[0].Price.Sub(decimal.NewFromInt(1)).Abs().LessThan(decimal.New(5, -2))
		mainStable := len(main.Quotes) > 0 && main.Quotes[0].Price.Sub(decimal.NewFromInt(1)).Abs().LessThan(decimal.New(5, -2))
		if len(main.Quotes) == 0 || mainStable && !stable || mainStable == stable && l.GrossUSD.GreaterThan(*main.GrossUSD) {
			main = l
		}
	}
	return main, len(main.Quotes) > 0
}

// valueAt values losses as of a quote of one of them.
func (c *comparison) valueAt(losses []loss.AssetLoss, main loss.AssetLoss, at pricing.Quote) (decimal.Decimal, bool) {
	var sum decimal.Decimal
	for _, l := range losses {
		if l.Gross.IsZero() || l.GrossUSD == nil {
			continue
		}
		q := at
		if l.Asset != main.Asset {
			var ok bool
			if q, ok = c.Prices.At(pricing.Of(l.Asset), at.At); !ok {
				return sum, false
			}
		}
		sum = sum.Add(q.Value(l.Gross.Units(), l.Meta.Decimals))
	}
	return sum, true
}
