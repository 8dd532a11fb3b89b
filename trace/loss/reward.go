package loss

import (
	"math/big"
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
	o.paidBy(victim.Account).count(j, -1)
}

// moreThanBack reports whether what a victim pays, with what it pays within an
// hour of it and what was paid as a reward before, is more than what came back, in
// dollars. Where prices do not tell it goes by what came back and was paid of the
// asset itself; known is false where nothing can be compared.
func (o *oneWay) moreThanBack(j *judged) (more, known bool) {
	r := &o.rewards
	about := o.paidBy(j.counterparty())
	about.around(j.at())
	more = about.usd.Add(r.paidUSD).GreaterThan(r.backUSD)
	if j.Value != nil && r.backUSD.IsPositive() && !(more && r.unpriced) {
		return more, true
	}
	if back := r.backUnits[j.Transfer.Asset]; back != nil {
		units := sumAt(about.units, j.Transfer.Asset)
		return new(big.Int).Add(units, sumAt(r.paidUnits, j.Transfer.Asset)).Cmp(back) > 0, true
	}
	return true, !r.backUSD.IsPositive() && !r.unpriced
}

// payments are what a victim paid by txs of its own, in order of time, and the sums of
// those within an hour of the one that is judged, but for rewards.
type payments struct {
	list     []*judged
	from, to int
	usd      decimal.Decimal
	units    map[chain.AssetID]*big.Int
}

// around moves the sums on to what was paid within an hour of a moment: never
// before the one of the last call.
func (p *payments) around(at time.Time) {
	for ; p.to < len(p.list) && !p.list[p.to].at().After(at.Add(slack)); p.to++ {
		p.count(p.list[p.to], +1)
	}
	for ; p.from < p.to && p.list[p.from].at().Before(at.Add(-slack)); p.from++ {
		if p.list[p.from].Class != Bounty {
			p.count(p.list[p.from], -1)
		}
	}
}

func (p *payments) count(j *judged, sign int64) {
	units := sumAt(p.units, j.Transfer.Asset)
	units.Add(units, new(big.Int).Mul(j.Transfer.Units.ToBig(), big.NewInt(sign)))
	if j.Value != nil {
		p.usd = p.usd.Add(j.Value.USD().Mul(decimal.NewFromInt(sign)))
	}
}

// paidBy returns what a victim pays by txs of its own.
func (o *oneWay) paidBy(victim chain.Account) *payments {
	p := o.paidOut[victim]
	if p == nil {
		p = &payments{units: map[chain.AssetID]*big.Int{}}
		o.paidOut[victim] = p
	}
	return p
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
