package loss

import (
	"math/big"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// rewards adds up what came back to victims so far, and what they paid for that.
type rewards struct {
	anyBack bool
	// unpriced is set where something without a price came back that is known to be
	// worth something: any other attackers can have made themselves.
	unpriced             bool
	backUSD, paidUSD     decimal.Decimal
	backUnits, paidUnits map[chain.AssetID]*big.Int
}

func (r *rewards) comesBack(j *judged, units *big.Int, worthSomething bool) {
	if r.backUnits == nil {
		r.backUnits, r.paidUnits = map[chain.AssetID]*big.Int{}, map[chain.AssetID]*big.Int{}
	}
	r.anyBack = true
	back := sumAt(r.backUnits, j.Transfer.Asset)
	back.Add(back, units)
	if j.Value != nil {
		r.backUSD = r.backUSD.Add(j.Value.USD())
	} else {
		r.unpriced = r.unpriced || worthSomething
	}
}

func (r *rewards) pay(j *judged) {
	paid := sumAt(r.paidUnits, j.Transfer.Asset)
	paid.Add(paid, j.Transfer.Units.ToBig())
	if j.Value != nil {
		r.paidUSD = r.paidUSD.Add(j.Value.USD())
	}
}

// judgeReward settles what a victim paid by a tx of its own after something had
// come back. Attackers who gave something back and whom its owner then pays were
// rewarded for it; but nobody pays more for that than came back, all that is paid
// for it taken together.
func (o *oneWay) judgeReward(j *judged, victim chain.Party) {
	who := "paid by the victim " + chain.Hex(victim.Account.Address)
	switch no, known := o.moreThanBack(j); {
	case !known:
		j.guess(BountyAfterReturn, Bounty, who+" after funds had come back; whether as much as this is open, for want of a price")
	case no:
		j.guess(TheftAfterReturn, Theft, who+" after funds had come back, and more than had: nobody rewards anyone so")
		return
	default:
		j.guess(BountyAfterReturn, Bounty, who+" after as much or more had come back")
	}
	o.rewards.pay(j)
}

// moreThanBack reports whether what a victim pays, with what it pays within an
// hour of it and what was paid as a reward before, is more than what came back, in
// dollars. Where prices do not tell it goes by what came back and was paid of the
// asset itself; known is false where nothing can be compared.
func (o *oneWay) moreThanBack(j *judged) (more, known bool) {
	r := &o.rewards
	usd, units := o.paidAbout(j)
	more = usd.Add(r.paidUSD).GreaterThan(r.backUSD)
	if j.Value != nil && r.backUSD.IsPositive() && !(more && r.unpriced) {
		return more, true
	}
	if back := r.backUnits[j.Transfer.Asset]; back != nil {
		return units.Add(units, sumAt(r.paidUnits, j.Transfer.Asset)).Cmp(back) > 0, true
	}
	return true, !r.backUSD.IsPositive() && !r.unpriced
}

// paidAbout adds up what a victim paid by its own txs within an hour of a
// movement, that included: all of it in dollars, and of its asset in base units.
func (o *oneWay) paidAbout(j *judged) (usd decimal.Decimal, units *big.Int) {
	list := o.paidOut[j.counterparty()]
	units = new(big.Int)
	i, _ := slices.BinarySearchFunc(list, j.at().Add(-slack), func(p *judged, at time.Time) int { return p.at().Compare(at) })
	for _, p := range list[i:] {
		if p.at().After(j.at().Add(slack)) {
			break
		}
		if p.Class == Bounty {
			continue // counted as a reward
		}
		if p.Value != nil {
			usd = usd.Add(p.Value.USD())
		}
		if p.Transfer.Asset == j.Transfer.Asset {
			units.Add(units, p.Transfer.Units.ToBig())
		}
	}
	return usd, units
}

// sumAt returns a sum of a map, to be added to.
func sumAt[K comparable](sums map[K]*big.Int, at K) *big.Int {
	sum := sums[at]
	if sum == nil {
		sum = new(big.Int)
		sums[at] = sum
	}
	return sum
}
