package reconcile

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
)

// compareRecovered decides a claim about funds that came back. Only what went
// back on chain from the attackers to a victim can be seen; much is recovered
// otherwise.
func (c *comparison) compareRecovered(f *Finding) {
	if f.Claim.Quantity != nil && f.Claim.Asset != "" && !isClass(f.Claim.Asset) {
		c.compareGivenBack(f)
		return
	}
	returned := c.Statement.Totals.Returned
	if f.Claim.USD == nil || returned.IsZero() {
		f.decide(Unverifiable, offChain())
		return
	}
	sign := f.compareUSD(returned, c.returnSpread())
	if cause, ok := scaleSlip(*f.Claim.USD, returned, c.returnSpread(), scales); ok && sign != 0 {
		f.decide(UnitError, cause)
		return
	}
	switch {
	case sign == 0:
		f.decide(Match)
	case sign < 0:
		f.decide(Under)
		f.tryReadings(c.returnReadings())
		c.orUnexplained(f, nil)
	default:
		f.decide(Unverifiable, offChain())
	}
}

func offChain() Cause {
	return Cause{OffChain, "only returns on chain, from the attackers to a victim, can be seen here; freezes and recoveries by others cannot", chain.Observed}
}

// compareGivenBack decides a claim about units of an asset that came back: all of
// them together, or what one payment, one account, or all until some payment gave
// back, as write-ups tell them one by one.
func (c *comparison) compareGivenBack(f *Finding) {
	back := c.givenBack(f.Claim)
	var all decimal.Decimal
	for _, j := range back {
		all = all.Add(whole(j, c.Statement))
	}
	if len(back) > 0 {
		sign := f.compareQuantity(all)
		if sign == 0 {
			f.decide(Match)
			return
		}
		if part, what, ok := c.partGivenBack(f.Claim, back); ok {
			f.compareQuantity(part)
			f.Tolerance.Why += "; " + what
			f.decide(Match)
			return
		}
		if sign < 0 {
			f.decide(Under)
			f.tryReadings(nil)
			c.orUnexplained(f, nil)
			return
		}
	}
	f.decide(Unverifiable, append(c.perhapsGivenBack(f.Claim), offChain())...)
}

// givenBack returns what went back of a claimed asset, and what a rescuer gave back.
// What left the attackers by a tx of somebody else went to him, who may have robbed
// them.
func (c *comparison) givenBack(claim incident.Claim) []*loss.Judgement {
	var list []*loss.Judgement
	for i := range c.Statement.Judgements {
		j := &c.Statement.Judgements[i]
		back := j.Class == loss.Return || j.Class == loss.Rescue && j.Rule != loss.RescueForeign
		if back && c.speaksOf(claim, j.Transfer.Asset) {
			list = append(list, j)
		}
	}
	return list
}

// speaksOf reports whether a claim means an asset of the case; the coin and its
// wrapped form count as one.
func (c *comparison) speaksOf(claim incident.Claim, id chain.AssetID) bool {
	n, _ := chain.NetworkByID(id.ChainID())
	if claim.Chain != "" && claim.Chain != n.Name {
		return false
	}
	symbol := SymbolOf(claim.Asset)
	return c.isNamed(id, c.Statement.Meta(id), n, symbol) || isKin(id, n, symbol)
}

func whole(j *loss.Judgement, s *loss.Statement) decimal.Decimal {
	return pricing.Whole(j.Transfer.Units.ToBig(), s.Meta(j.Transfer.Asset).Decimals)
}

// partGivenBack finds the part of what went back that a claim is of.
func (c *comparison) partGivenBack(claim incident.Claim, back []*loss.Judgement) (decimal.Decimal, string, bool) {
	fits := func(sum decimal.Decimal) bool {
		tolerance, _ := precision(*claim.Quantity)
		return sum.Sub(claim.Quantity.Value).Abs().LessThanOrEqual(tolerance)
	}
	var soFar decimal.Decimal
	to := map[chain.Account]decimal.Decimal{}
	for _, j := range back {
		units := whole(j, c.Statement)
		soFar = soFar.Add(units)
		a := chain.Account{ChainID: j.Transfer.ChainID, Address: j.Transfer.To}
		to[a] = to[a].Add(units)
		switch {
		case fits(units):
			return units, "one of several payments that went back", true
		case fits(soFar):
			return soFar, "what had gone back until then", true
		case fits(to[a]):
			return to[a], "what had gone back to " + chain.Hex(a.Address), true
		}
	}
	return decimal.Decimal{}, "", false
}

// nearlyAll is which part of a claimed amount a payment may differ by to be taken
// for the one that is meant; fees of transfers are of that size.
var nearlyAll = decimal.New(1, -3)

// perhapsGivenBack names payments to accounts that nobody calls a victim's, what
// others took from the attackers, and payments of victims to others, of just the
// amount that is said to have come back: who knows whose accounts these are can tell.
func (c *comparison) perhapsGivenBack(claim incident.Claim) []Cause {
	means := func(a chain.Amount) bool {
		figure, units := claim.Quantity.Value, pricing.Whole(a.Units(), c.Statement.Meta(a.Asset()).Decimals)
		return c.speaksOf(claim, a.Asset()) && units.Sub(figure).Abs().LessThanOrEqual(figure.Mul(nearlyAll))
	}
	var list []Cause
	for i := range c.Statement.Judgements {
		j := &c.Statement.Judgements[i]
		t := j.Transfer
		to := chain.Hex(t.To)
		switch amount := t.Amount(); {
		case j.Class == loss.Onward && means(amount):
			list = append(list, Cause{MissingAddress, fmt.Sprintf("the attackers paid %s to %s in %s: if that is a victim's or was told by one, it is the return; --victim %s takes it for one",
				c.words(amount), to, t.Tx.Hex(), to), chain.Heuristic})
		case j.Rule == loss.RescueForeign && means(amount):
			list = append(list, Cause{MissingAddress, fmt.Sprintf("%s left the attackers for %s in %s, which they did not send: if that is a victim's or somebody's who acted for one, it is the recovery, else they were robbed; --victim %s takes it for a victim's",
				c.words(amount), to, t.Tx.Hex(), to), chain.Heuristic})
		}
	}
	for _, e := range c.Statement.Elsewhere {
		if means(e.Amount) {
			list = append(list, Cause{OffChain, fmt.Sprintf("a victim paid %s to %s meanwhile: whether that was to rescue it the chain does not say",
				c.words(e.Amount), chain.Hex(e.To.Address)), chain.Heuristic})
		}
	}
	slices.SortStableFunc(list, func(a, b Cause) int { return cmp.Compare(a.Code, b.Code) })
	if n := len(list) - mostCandidates; n > 0 {
		list = list[:mostCandidates]
		list[mostCandidates-1].Explanation += fmt.Sprintf("; %d more payments of about as much are not named here", n)
	}
	return list
}

// words writes an amount for an explanation.
func (c *comparison) words(a chain.Amount) string {
	meta := c.Statement.Meta(a.Asset())
	return chain.GroupThousands(pricing.Whole(a.Units(), meta.Decimals).String()) + " " + chain.Printable(meta.Symbol, 24)
}

// mostCandidates is how many payments are named at most.
const mostCandidates = 3

// returnSpread is by how much the worth of what was returned could come out
// otherwise: it is valued at the theft, and a writer may have valued it when it
// came back.
func (c *comparison) returnSpread() decimal.Decimal {
	var sum decimal.Decimal
	for _, l := range c.Statement.Losses {
		if l.ReturnedUSD == nil || l.Returned.IsZero() {
			continue
		}
		var back portion
		for i := range l.Judgements {
			if j := l.Judgements[i]; j.Class == loss.Return && j.Value != nil {
				back.usd = back.usd.Add(j.Value.USD())
			}
		}
		sum = sum.Add(back.usd.Sub(*l.ReturnedUSD).Abs())
	}
	return sum
}

// returnReadings are parts of what was returned: one asset of several.
func (c *comparison) returnReadings() []reading {
	var list []reading
	for _, l := range c.Statement.Losses {
		if l.ReturnedUSD != nil && l.ReturnedUSD.IsPositive() && l.ReturnedUSD.LessThan(c.Statement.Totals.Returned) {
			list = append(list, reading{MissingAsset, "what was returned in " + chain.Printable(l.Meta.Symbol, 24) + " alone", nil, l.ReturnedUSD})
		}
	}
	return list
}
