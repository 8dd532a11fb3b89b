package loss

import (
	"fmt"
	"math/big"
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
	// stakes is, by victim and asset, when it last paid out and how much at most.
	stakes map[trade]stake
	paid   map[trade]*big.Int // what the attackers paid somebody so far
	// returned is the worth of what went back so far, and whether anything did.
	returned    decimal.Decimal
	anyReturned bool
	largestCoin map[uint64]*big.Int // largest inflow of the coin, by chain
	income      decimal.Decimal     // priced worth of all that came in and is open or theft
	held        map[chain.AssetID]*big.Int
}

type trade struct {
	with  chain.Account
	asset chain.AssetID
}

type stake struct {
	at    time.Time
	units *big.Int
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
		incident: c, stakes: map[trade]stake{}, paid: map[trade]*big.Int{},
		largestCoin: map[uint64]*big.Int{}, held: map[chain.AssetID]*big.Int{},
	}
	for _, closure := range c.Closure {
		o.hold(closure.Asset).Add(o.hold(closure.Asset), closure.Opening.Units())
	}
	for i := range c.all {
		j := &c.all[i]
		if !j.Incoming || j.Class != "" && j.Class != Theft {
			continue
		}
		if j.Value != nil {
			o.income = o.income.Add(j.Value.USD)
		}
		units := j.Transfer.Units.ToBig()
		if id := j.Transfer.ChainID; j.Transfer.Asset.Kind == chain.Native && (o.largestCoin[id] == nil || units.Cmp(o.largestCoin[id]) > 0) {
			o.largestCoin[id] = units
		}
		if _, ok := c.victims[j.counterparty()]; ok {
			o.noteStake(j, units)
		}
	}
	return o
}

func (o *oneWay) noteStake(j *judged, units *big.Int) {
	at := trade{j.counterparty(), j.Transfer.Asset}
	s := o.stakes[at]
	if s.units == nil || units.Cmp(s.units) > 0 {
		s.units = units
	}
	s.at = j.at()
	o.stakes[at] = s
}

// hold returns what the attackers hold of an asset so far.
func (o *oneWay) hold(id chain.AssetID) *big.Int {
	if o.held[id] == nil {
		o.held[id] = new(big.Int)
	}
	return o.held[id]
}

// follow keeps the sums that later movements are judged by.
func (o *oneWay) follow(j *judged) {
	if j.in && j.out || j.Class == Spam {
		return
	}
	held, units := o.hold(j.Transfer.Asset), j.Transfer.Units.ToBig()
	if j.in {
		held.Add(held, units)
		return
	}
	held.Sub(held, units)
	if j.Class == Fee {
		return
	}
	at := trade{j.counterparty(), j.Transfer.Asset}
	if o.paid[at] == nil {
		o.paid[at] = new(big.Int)
	}
	o.paid[at].Add(o.paid[at], units)
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
	case foreign && j.Transfer.Asset.Kind != chain.Native && o.hold(j.Transfer.Asset).Cmp(j.Transfer.Units.ToBig()) < 0:
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
	return ok && s.at.After(j.at()) && s.at.Before(j.at().Add(stakeTime)) && s.units.Cmp(j.Transfer.Units.ToBig()) >= 0
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
	j.settle(Theft, basis, "left the victim "+chain.Hex(victim.Account.Address)+": "+victim.Why)
}

// judgeBefore settles what came in before the first theft from somebody else.
func (o *oneWay) judgeBefore(j *judged) {
	before := o.first.Sub(j.at()).Round(time.Minute)
	known := o.asset(j.Transfer.Asset)
	switch {
	case o.unsolicited(j) != "":
		j.settle(Spam, chain.Heuristic, o.unsolicited(j))
	case j.Transfer.Asset.Kind == chain.Native && o.gasSized(j):
		j.settle(Funding, chain.Heuristic, fmt.Sprintf("came in %s before the first theft and is gas-sized", before))
	case j.Transfer.Asset.Kind != chain.Native && !known.priced && !j.own && o.paidOut(j) == 0:
		j.settle(Spam, chain.Heuristic, "unsolicited: has no price, and nothing of it was ever paid out")
	default:
		j.settle(OwnCapital, chain.Heuristic, fmt.Sprintf("came in %s before the first theft from somebody else, and is more than gas", before))
	}
}

// paidOut counts how often the attackers paid out an asset.
func (o *oneWay) paidOut(j *judged) int { return o.asset(j.Transfer.Asset).paidOut }

// judgeOthersPay settles what came in since the first theft from somebody whom
// nobody calls a victim.
func (o *oneWay) judgeOthersPay(j *judged) {
	t := &j.Transfer
	late := j.at().After(o.last.Add(slack))
	back := o.paid[trade{j.counterparty(), t.Asset}]
	switch {
	case o.unsolicited(j) != "":
		j.settle(Spam, chain.Heuristic, o.unsolicited(j))
	case back != nil && back.Cmp(t.Units.ToBig()) >= 0:
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
	meta := o.asset(j.Transfer.Asset).meta
	single := units.Cmp(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(meta.Decimals)), nil)) <= 0
	if j.Value == nil {
		return single
	}
	share := j.Value.USD.Shift(2)
	return share.LessThanOrEqual(o.income) || single && share.LessThanOrEqual(o.income.Mul(decimal.NewFromInt(5)))
}
