package loss

import (
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// slack is how far from the known thefts something may stand and still be
// taken for a part of them.
const slack = time.Hour

// stakeTime is how long before a victim pays out again a payment to it can
// have been a stake in the theft and not a return.
const stakeTime = 24 * time.Hour

// findCore finds the times of the first and the last movement from a victim.
func (c *incident) findCore() {
	for i := range c.all {
		j := &c.all[i]
		_, ok := c.victims[j.counterparty()]
		if j.Class != Theft && (!ok || !j.Incoming || j.Class != "") {
			continue
		}
		if c.first.IsZero() {
			c.first = j.at()
		}
		c.last = j.at()
	}
}

// oneWay is what the judgement of single movements looks up.
type oneWay struct {
	*incident
	// payouts is what txs of the attackers' own took from a victim, in order.
	payouts map[trade][]*judged
	paid    map[trade]*big.Int // what the attackers paid somebody so far
	// returned is the worth of what went back so far, and whether anything did.
	returned    decimal.Decimal
	anyReturned bool
	largestCoin map[uint64]*big.Int // largest inflow of the coin, by chain
	whys        map[chain.Account]string
	income      decimal.Decimal // priced worth of all that came in and is open or theft
}

type trade struct {
	with  chain.Account
	asset chain.AssetID
}

// judgeOneWay settles movements of txs in which the attackers only gained or
// only gave.
func (c *incident) judgeOneWay() {
	o := c.newOneWay()
	for i := range c.all {
		j := &c.all[i]
		if j.Class == "" && j.with == nil {
			if j.out {
				o.judgeOutflow(j)
			} else {
				o.judgeInflow(j)
			}
		}
		o.follow(j)
	}
	for i := range c.all {
		if j := &c.all[i]; j.Class == "" && j.with != nil {
			j.settle(j.with.Class, j.with.Basis, "put in and taken out again with more: "+j.with.Why)
		}
	}
}

func (c *incident) newOneWay() *oneWay {
	o := &oneWay{
		incident: c, payouts: map[trade][]*judged{}, paid: map[trade]*big.Int{},
		largestCoin: map[uint64]*big.Int{}, whys: map[chain.Account]string{},
	}
	for _, closure := range c.Closure {
		held := &c.asset(closure.Asset).held
		held.Add(held, closure.Opening.Units())
	}
	income := incomes{}
	for i := range c.all {
		j := &c.all[i]
		if !j.Incoming || j.Class != "" && j.Class != Theft {
			continue
		}
		if j.Value != nil {
			income.addTo(j)
		}
		if id := j.Transfer.ChainID; j.Transfer.Asset.Kind == chain.Native {
			if units := j.Transfer.Units.ToBig(); o.largestCoin[id] == nil || units.Cmp(o.largestCoin[id]) > 0 {
				o.largestCoin[id] = units
			}
		}
		if _, ok := c.victims[j.counterparty()]; ok && j.own {
			at := trade{j.counterparty(), j.Transfer.Asset}
			o.payouts[at] = append(o.payouts[at], j)
		}
	}
	o.income = income.sum()
	return o
}

// incomes adds up what came in by asset: sums of units cost less than sums of
// dollars.
type incomes map[*asset]*tally

func (in incomes) addTo(j *judged) {
	t := in[j.asset]
	if t == nil {
		t = &tally{decimals: j.asset.meta.Decimals}
		in[j.asset] = t
	}
	j.Transfer.Units.IntoBig(&t.scratch)
	t.addAt(t.scratch, &j.Value.Quote)
}

func (in incomes) sum() decimal.Decimal {
	var usd decimal.Decimal
	for _, t := range in {
		usd = usd.Add(t.sum()) // exact, so that the order does not matter
	}
	return usd
}

// follow keeps the sums that later movements are judged by.
func (o *oneWay) follow(j *judged) {
	if j.in && j.out || j.Class == Spam {
		return
	}
	held, units := &j.asset.held, o.units(j)
	if j.in {
		held.Add(held, units)
		return
	}
	held.Sub(held, units)
	if j.Class == Fee {
		return
	}
	at := trade{j.counterparty(), j.Transfer.Asset}
	paid := o.paid[at]
	if paid == nil {
		paid = new(big.Int)
		o.paid[at] = paid
	}
	paid.Add(paid, units)
	if j.Class == Return {
		o.anyReturned = true
		if j.Value != nil {
			o.returned = o.returned.Add(j.Value.USD)
		}
	}
}

func (o *oneWay) judgeOutflow(j *judged) {
	victim, ok := o.victims[j.counterparty()]
	foreign := o.feesKnown && !j.own
	switch {
	case foreign && j.Transfer.Asset.Kind != chain.Native && j.asset.held.Cmp(o.units(j)) < 0:
		j.settle(Spam, chain.Heuristic, "a token's event in a transaction of somebody else claims that the attackers paid what they did not hold")
	case foreign && o.poses(j.counterparty().Address):
		j.settle(Spam, chain.Heuristic, "a transaction of somebody else claims that the attackers paid an address made to look like another of the case")
	case ok && o.isStake(j):
		j.settle(OwnCapital, chain.Derived.Weaker(victim.Basis), "put in with "+chain.Hex(victim.Account.Address)+", which paid out at least as much afterwards")
	case ok && !o.first.IsZero() && j.at().After(o.first):
		j.settle(Return, chain.Derived.Weaker(victim.Basis), "paid back to the victim "+chain.Hex(victim.Account.Address))
	case !o.first.IsZero() && j.at().Before(o.first):
		j.settle(Other, chain.Derived, "paid out before the first theft")
	case foreign && !o.first.IsZero():
		j.settle(Rescue, chain.Heuristic, "taken from the attackers by a transaction that they did not send: somebody rescued it, or robbed them")
	default:
		j.settle(Onward, chain.Derived, "paid on by the attackers: where it went is flow, not loss")
	}
}

// isStake reports whether the attackers took at least as much of the same asset
// out again soon after, by a tx of their own.
func (o *oneWay) isStake(j *judged) bool {
	payouts := o.payouts[trade{j.counterparty(), j.Transfer.Asset}]
	i, _ := slices.BinarySearchFunc(payouts, j.Transfer.Ref, func(p *judged, r chain.Ref) int { return p.Transfer.Compare(r) })
	for _, p := range payouts[i:] {
		if p.at().Sub(j.at()) > stakeTime {
			return false
		}
		if !p.Transfer.Units.Lt(&j.Transfer.Units) {
			return true
		}
	}
	return false
}

func (o *oneWay) judgeInflow(j *judged) {
	if victim, ok := o.victims[j.counterparty()]; ok && j.Transfer.Kind != chain.KindUnseen {
		o.judgeVictimPays(j, victim)
		return
	}
	if why := o.latecomer(j.Transfer.Asset); why != "" && !j.own {
		j.settle(Spam, chain.Heuristic, why)
		return
	}
	switch when := j.at(); {
	case o.first.IsZero():
		j.settle(Other, chain.Heuristic, "came in, but nobody who paid in could be told to be a victim")
	case when.Before(o.first):
		o.judgeBefore(j)
	default:
		o.judgeOthersPay(j)
	}
}

// judgeVictimPays settles what a victim paid: a theft, or a bounty where much
// had gone back before.
func (o *oneWay) judgeVictimPays(j *judged, victim chain.Party) {
	basis := chain.Derived.Weaker(victim.Basis)
	small := j.Value == nil || !o.returned.IsPositive() || j.Value.USD.LessThan(o.returned)
	if o.anyReturned && !j.own && small {
		j.settle(Bounty, chain.Heuristic.Weaker(basis), "paid by the victim "+chain.Hex(victim.Account.Address)+" after funds had come back to it")
		return
	}
	why, ok := o.whys[victim.Account]
	if !ok {
		why = "left the victim " + chain.Hex(victim.Account.Address) + ": " + victim.Why
		o.whys[victim.Account] = why
	}
	j.settle(Theft, basis, why)
}

// judgeBefore settles what came in before the first theft from somebody else.
func (o *oneWay) judgeBefore(j *judged) {
	before := o.first.Sub(j.at()).Round(time.Minute)
	switch {
	case o.unsolicited(j) != "":
		j.settle(Spam, chain.Heuristic, o.unsolicited(j))
	case j.Transfer.Asset.Kind == chain.Native && o.gasSized(j):
		j.settle(Funding, chain.Heuristic, fmt.Sprintf("came in %s before the first theft and is gas-sized", before))
	case j.Transfer.Asset.Kind != chain.Native && !j.asset.priced && !j.own && j.asset.paidOut == 0:
		j.settle(Spam, chain.Heuristic, "unsolicited: has no price, and nothing of it was ever paid out")
	default:
		j.settle(OwnCapital, chain.Heuristic, fmt.Sprintf("came in %s before the first theft from somebody else, and is more than gas", before))
	}
}

// judgeOthersPay settles what came in since the first theft from somebody whom
// nobody calls a victim.
func (o *oneWay) judgeOthersPay(j *judged) {
	t := &j.Transfer
	late := j.at().After(o.last.Add(slack))
	back := o.paid[trade{j.counterparty(), t.Asset}]
	switch {
	case o.unsolicited(j) != "":
		j.settle(Spam, chain.Heuristic, o.unsolicited(j))
	case back != nil && back.Cmp(o.units(j)) >= 0:
		j.settle(Other, chain.Heuristic, "came back from "+chain.Hex(t.From)+", whom the attackers had paid as much of it before")
	case late && j.Value == nil && !j.own:
		j.settle(Spam, chain.Heuristic, "unsolicited: arrived after the theft, from somebody else, and has no price")
	case late:
		j.settle(Other, chain.Heuristic, "came in after the theft from somebody else")
	case t.Kind == chain.KindUnseen:
		j.settle(Theft, chain.Heuristic, "arrived in the midst of the theft; no method of this endpoint shows from whom")
	default:
		j.settle(Theft, chain.Heuristic, "arrived in the midst of the theft, from "+chain.Hex(t.From)+", which the write-up does not name")
	}
}

// gasSized reports whether an inflow of the coin is small beside what the
// attackers took: at most a hundredth of the largest inflow in that coin or,
// where both have prices, of all that came in; or a single coin at most, where
// that is no twentieth of it.
func (o *oneWay) gasSized(j *judged) bool {
	units := j.Transfer.Units.ToBig()
	if largest := o.largestCoin[j.Transfer.ChainID]; largest != nil && new(big.Int).Mul(units, big.NewInt(100)).Cmp(largest) <= 0 {
		return true
	}
	meta := j.asset.meta
	single := units.Cmp(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(meta.Decimals)), nil)) <= 0
	if j.Value == nil {
		return single
	}
	share := j.Value.USD.Shift(2)
	return share.LessThanOrEqual(o.income) || single && share.LessThanOrEqual(o.income.Mul(decimal.NewFromInt(5)))
}
