package loss

import (
	"fmt"
	"math/big"
	"time"

	"github.com/holiman/uint256"
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
	// stakes is, by victim and asset, when it last paid out and how much at most.
	stakes map[trade]*stake
	paid   map[trade]*big.Int // what the attackers paid somebody so far
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

type stake struct {
	at    time.Time
	units uint256.Int
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
		incident: c, stakes: map[trade]*stake{}, paid: map[trade]*big.Int{},
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
		if _, ok := c.victims[j.counterparty()]; ok {
			o.noteStake(j)
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

func (o *oneWay) noteStake(j *judged) {
	at := trade{j.counterparty(), j.Transfer.Asset}
	s := o.stakes[at]
	if s == nil {
		s = &stake{}
		o.stakes[at] = s
	}
	if j.Transfer.Units.Gt(&s.units) {
		s.units = j.Transfer.Units
	}
	s.at = j.at()
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

// isStake reports whether a victim paid at least as much of the same asset
// back to the attackers soon after.
func (o *oneWay) isStake(j *judged) bool {
	s, ok := o.stakes[trade{j.counterparty(), j.Transfer.Asset}]
	return ok && s.at.After(j.at()) && s.at.Before(j.at().Add(stakeTime)) && !s.units.Lt(&j.Transfer.Units)
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
