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

// findCore finds the times of the first and the last movement from a victim, or
// by a linked tx of the theft.
// Where no victim is seen to have paid anything, what came in from where nobody
// can see, or was issued in a tx of the attackers' own, stands for it.
func (c *incident) findCore() {
	for j := range c.byTime() {
		if !c.isTheft(j) {
			continue
		}
		if c.first.IsZero() {
			c.first = j.at()
		}
		c.last = j.at()
	}
	if c.first.IsZero() && len(c.blamed) == 0 && !c.unpaid {
		c.unpaid = true
		c.findCore()
	}
}

// isTheft reports whether a movement is a theft, or will be one because a
// victim paid or the write-up links its tx.
func (c *incident) isTheft(j *judged) bool {
	if j.Class != 0 {
		return j.Class == Theft
	}
	switch {
	case j.issued() && c.issues[j.Transfer.Asset] != "":
		return true
	case c.unpaid && j.issued() && j.own:
		return true
	case c.unpaid && j.Incoming && j.Transfer.Kind == chain.KindUnseen && c.moreThanGas(j.Transfer.Amount()):
		return true
	}
	_, ok := c.victims[j.counterparty()]
	return j.Incoming && !c.leftOut(j.counterparty()) && (ok || c.isLinked(j) || c.pulledFromMany && c.isPull(j))
}

// isLinked reports whether something came in by a tx that the write-up links as
// a part of the theft. What is no more than gas and the attackers did not fetch,
// and what a service pays, is not believed to be one: the link is then more
// likely of something else.
func (c *incident) isLinked(j *judged) bool {
	if !j.Incoming || j.Transfer.Kind == chain.KindUnseen || !c.thefts[j.Transfer.Tx] {
		return false
	}
	_, serves := c.service(j.counterparty())
	return !serves && (j.own || c.moreThanGas(j.Transfer.Amount()))
}

// oneWay is what the judgement of single movements looks up.
type oneWay struct {
	*incident
	// payouts is what txs of the attackers' own took from a victim, in order.
	payouts     map[trade][]*judged
	stakes      map[*judged]bool   // what they put in before
	collateral  map[*judged]bool   // and for what they took of another asset; false where no price tells
	paid        map[trade]*big.Int // what the attackers paid somebody so far, less what came back
	rewards     rewards
	paidOut     map[chain.Account]*payments // by victim
	largestCoin map[uint64]*big.Int         // largest inflow of the coin, by chain
	whys        map[chain.Account]string
	income      decimal.Decimal // priced worth of all that came in and is open or theft
	core        []time.Time     // times of thefts, in order
	tips        map[uint64]int  // inflows of the coin in the midst from nobody named, by chain
	allPriced   bool            // everything that victims are known to have paid has a price
}

type trade struct {
	with  chain.Account
	asset chain.AssetID
}

// judgeOneWay settles movements of txs in which the attackers only gained or
// only gave.
func (c *incident) judgeOneWay() {
	o := c.newOneWay()
	for j := range c.byTime() {
		if j.Class == 0 && j.with == nil {
			if j.out {
				o.judgeOutflow(j)
			} else {
				o.judgeInflow(j)
			}
		}
		o.follow(j)
	}
	for i := range c.all {
		if j := &c.all[i]; j.Class == 0 && j.with != nil {
			j.settleAs(j.with.Judgement, "put in and taken out again with more: ")
		}
	}
}

func (c *incident) newOneWay() *oneWay {
	o := &oneWay{
		incident: c, payouts: map[trade][]*judged{}, stakes: map[*judged]bool{}, collateral: map[*judged]bool{}, paid: map[trade]*big.Int{},
		largestCoin: map[uint64]*big.Int{}, tips: map[uint64]int{}, whys: map[chain.Account]string{},
		paidOut: map[chain.Account]*payments{},
	}
	for _, closure := range c.Closure {
		held := &c.asset(closure.Asset).held
		held.Add(held, closure.Opening.Units())
	}
	o.gatherIncome()
	o.findStakes()
	o.findCollateral()
	o.findLooks()
	o.findTimes()
	return o
}

// gatherIncome adds up what came in and is open or theft, and sorts what victims paid
// by who sent the tx.
func (o *oneWay) gatherIncome() {
	income := incomes{}
	for i := range o.all {
		j := &o.all[i]
		if !j.Incoming || j.Class != 0 && j.Class != Theft {
			continue
		}
		if j.Value != nil {
			income.addTo(j)
		}
		if id := j.Transfer.ChainID; j.Transfer.Asset.Kind() == chain.Native {
			if units := j.Transfer.Units.ToBig(); o.largestCoin[id] == nil || units.Cmp(o.largestCoin[id]) > 0 {
				o.largestCoin[id] = units
			}
		}
		switch _, ok := o.victims[j.counterparty()]; {
		case ok && j.own:
			at := trade{j.counterparty(), j.Transfer.Asset}
			o.payouts[at] = append(o.payouts[at], j)
		case ok && j.Class == 0:
			p := o.paidBy(j.counterparty())
			p.list = append(p.list, j)
		}
	}
	o.income = income.sum()
}

// findTimes notes when something was taken, by what is known before single movements
// are judged, and how often gas came in the midst of that.
func (o *oneWay) findTimes() {
	o.allPriced = true
	for i := range o.all {
		if j := &o.all[i]; o.isTheft(j) {
			o.core = append(o.core, j.at())
			o.allPriced = o.allPriced && j.asset.priced
			j.asset.robbed = true
		}
	}
	slices.SortFunc(o.core, time.Time.Compare)
	for i := range o.all {
		j := &o.all[i]
		if _, victim := o.victims[j.counterparty()]; !victim && o.isTip(j) {
			o.tips[j.Transfer.ChainID]++
		}
	}
}

// mostTips is how often attackers are taken to have gas sent to them in the
// midst of a theft: where more payments of the coin come in from people whom
// nobody names, they are from many victims.
const mostTips = 2

// isTip reports whether somebody sent attackers the coin in the midst of the
// theft.
func (o *oneWay) isTip(j *judged) bool {
	t := j.Transfer
	return j.Class == 0 && j.with == nil && j.Incoming && !j.own && t.Kind != chain.KindUnseen && t.Asset.Kind() == chain.Native && j.paid() && o.amid(j)
}

// amid reports whether something happened within an hour of a theft.
func (o *oneWay) amid(j *judged) bool {
	at := j.at()
	i, _ := slices.BinarySearchFunc(o.core, at.Add(-slack), time.Time.Compare)
	return i < len(o.core) && !o.core[i].After(at.Add(slack))
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
	t.addAt(t.scratch, j.Value.Quote)
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
	at := trade{j.counterparty(), j.Transfer.Asset}
	if first, shared := o.met[lookOf(at.with.Address)]; shared && !isAccount(first) && j.paid() && units.Sign() > 0 {
		o.met[lookOf(at.with.Address)] = at.with.Address
	}
	if j.in {
		held.Add(held, units)
		if j.Rule == Refund {
			takeBack(o.paid[at], units)
		}
		return
	}
	held.Sub(held, units)
	if j.Class == Fee {
		return
	}
	paid := sumAt(o.paid, at)
	paid.Add(paid, units)
	if j.Class == Return {
		o.rewards.comesBack(j, units, j.asset.robbed || o.knownAsset(j))
	}
}

func (o *oneWay) judgeOutflow(j *judged) {
	victim, ok := o.victims[j.counterparty()]
	foreign := o.feesKnown && !j.own
	switch {
	case foreign && j.Transfer.Asset.Kind() != chain.Native && j.asset.held.Cmp(o.units(j)) < 0:
		j.guess(SpamClaimed, Spam, "a token's event in a transaction of somebody else claims that the attackers paid what they did not hold")
	case foreign && j.Transfer.Asset.Kind() != chain.Native && !j.asset.priced && o.poses(j.counterparty().Address):
		j.guess(SpamLookAlike, Spam, "a transaction of somebody else claims that the attackers paid an address made to look like another of the case")
	case ok && o.stakes[j]:
		o.settleWith(j, victim, OwnCapital, "put in with "+chain.Hex(victim.Account.Address)+", which paid out at least as much afterwards")
	case ok && o.collateral[j]:
		j.guess(CollateralLeft, OwnCapital, "put up with the victim "+chain.Hex(victim.Account.Address)+", from which transactions of the attackers' took what is worth as much or more soon after: it stays there, and the net loss is less by its worth")
	case ok && !o.first.IsZero() && j.at().After(o.first):
		why := "paid back to the victim " + chain.Hex(victim.Account.Address)
		if _, doubt := o.collateral[j]; doubt {
			why += "; transactions of the attackers' took something from it within the hour, and whether this was put up for that is open, for want of a price"
		}
		o.settleWith(j, victim, Return, why)
	case o.returns[j.Transfer.Tx]:
		j.settle(Return, chain.Attributed, "paid to "+chain.Hex(j.counterparty().Address)+", whom nobody calls a victim, in a transaction that the write-up links as a return")
	case ok && !o.first.IsZero() && j.at().Before(o.first) && o.moreThanGas(j.Transfer.Amount()):
		o.settleWith(j, victim, Other, "paid to the victim "+chain.Hex(victim.Account.Address)+" before the first theft, and no transaction of the attackers is seen that took as much of it out again, beside what else they had put in: if it was a stake in the theft, the net loss is less by it")
	case !o.first.IsZero() && j.at().Before(o.first):
		j.settle(Other, chain.Derived, "paid out before the first theft")
	case foreign && !o.first.IsZero():
		j.guess(RescueForeign, Rescue, "taken from the attackers by a transaction that they did not send: somebody rescued it, or robbed them")
	default:
		j.settle(Onward, chain.Derived, "paid on by the attackers: where it went is flow, not loss")
	}
}

// findStakes finds what the attackers paid a victim of which at least as much came
// out again, by a tx of their own: soon after or, where nothing had been taken yet
// that could have been given back, at any time. Who pays last stakes first; what
// comes out covers no more than itself.
func (o *oneWay) findStakes() {
	left := map[trade]*remains{}
	for i := len(o.all) - 1; i >= 0; i-- {
		j := &o.all[i]
		if j.Class != 0 || j.with != nil || !j.out {
			continue
		}
		at := trade{j.counterparty(), j.Transfer.Asset}
		payouts := o.payouts[at]
		if len(payouts) == 0 {
			continue
		}
		if left[at] == nil {
			left[at] = remaining(payouts)
		}
		next, _ := slices.BinarySearchFunc(payouts, j.Transfer.Ref, func(p *judged, r chain.Ref) int { return p.Transfer.Compare(r) })
		fits := left[at].first(next, &j.Transfer.Units)
		if fits < 0 || !j.at().Before(o.first) && payouts[fits].at().Sub(j.at()) > stakeTime {
			continue
		}
		left[at].take(fits, &j.Transfer.Units)
		o.stakes[j] = true
	}
}

// takeBack takes what came back off what was paid.
func takeBack(paid, units *big.Int) {
	if paid.Sub(paid, units); paid.Sign() < 0 {
		paid.SetInt64(0)
	}
}

func (o *oneWay) judgeInflow(j *judged) {
	if o.leftOut(j.counterparty()) {
		j.settle(Other, chain.Attributed, "paid by "+chain.Hex(j.counterparty().Address)+", which is said to be no party")
		return
	}
	if o.isLinked(j) {
		o.settleLinked(j)
		return
	}
	if victim, ok := o.victims[j.counterparty()]; ok && j.Transfer.Kind != chain.KindUnseen {
		o.judgeVictimPays(j, victim)
		return
	}
	if why := o.issues[j.Transfer.Asset]; why != "" && j.issued() {
		j.guess(VictimByClaim, Theft, why)
		return
	}
	if why := o.latecomer(j.Transfer.Asset); why != "" && !j.own {
		j.guess(SpamByLooks, Spam, why)
		return
	}
	if tag, ok := o.fromService(j); ok {
		o.judgeService(j, tag)
		return
	}
	switch when := j.at(); {
	case o.pulledFromMany && o.isPull(j):
		j.guess(TheftPulled, Theft, "a transaction of the attackers took it, as others did from others")
	case o.first.IsZero():
		o.judgeBlameless(j)
	case when.Before(o.first) && !(j.Transfer.Kind == chain.KindUnseen && o.amid(j)) && !(o.tips[j.Transfer.ChainID] > mostTips && o.isTip(j)):
		o.judgeBefore(j)
	default:
		o.judgeOthersPay(j)
	}
}

// settleLinked settles what came in by a linked tx of the theft, whoever paid.
func (o *oneWay) settleLinked(j *judged) {
	why := j.left() + " in a transaction that the write-up links as a part of the theft"
	if victim, ok := o.victims[j.counterparty()]; ok && victim.Basis != chain.Heuristic {
		o.settleWith(j, victim, Theft, why+": "+victim.Why)
		return
	}
	j.settle(Theft, chain.Attributed, why)
}

// judgeVictimPays settles what a victim paid: a theft, or a reward for what had
// come back before.
func (o *oneWay) judgeVictimPays(j *judged, victim chain.Party) {
	if o.rewards.anyBack && !j.own && j.origin == nil {
		o.judgeReward(j, victim)
		return
	}
	why, ok := o.whys[victim.Account]
	if !ok {
		why = "left the victim " + chain.Hex(victim.Account.Address) + ": " + victim.Why
		o.whys[victim.Account] = why
	}
	if j.origin != nil {
		why += "; " + chain.Hex(j.Transfer.From) + " passed it on within the transaction"
	}
	o.settleWith(j, victim, Theft, why)
}

// settleWith settles what rests on somebody being a victim.
func (o *oneWay) settleWith(j *judged, victim chain.Party, class Class, why string) {
	j.settle(class, chain.Derived.Weaker(victim.Basis), why)
	j.Rule = o.blamed[victim.Account]
}

const neverPaidOut = "unsolicited: has no price, and nothing of it was ever paid out"

// worthless reports whether a token came that has no price and that the attackers
// neither asked for nor ever paid out.
func (j *judged) worthless() bool {
	return j.Transfer.Asset.Kind() != chain.Native && !j.asset.priced && !j.own && j.asset.paidOut == 0
}

// judgeBlameless settles what came in where nobody could be told to be a victim,
// and so no time at which the theft began.
func (o *oneWay) judgeBlameless(j *judged) {
	rule, why := o.unsolicited(j)
	switch {
	case rule != NoRule:
		j.guess(rule, Spam, why)
	case j.worthless() && o.anyPriced():
		j.guess(SpamUnpriced, Spam, neverPaidOut)
	default:
		j.guess(NobodyToBlame, Other, "came in, but nobody who paid in could be told to be a victim")
	}
}

// judgeBefore settles what came in before the first theft from somebody else.
func (o *oneWay) judgeBefore(j *judged) {
	before := o.first.Sub(j.at()).Round(time.Minute)
	rule, why := o.unsolicited(j)
	switch {
	case rule != NoRule:
		j.guess(rule, Spam, why)
	case j.Transfer.Asset.Kind() == chain.Native && o.gasSized(j):
		j.guess(FundingBefore, Funding, fmt.Sprintf("came in %s before the first theft and is gas-sized", before))
	case j.worthless() && (o.anyPriced() || !j.asset.robbed):
		j.guess(SpamUnpriced, Spam, neverPaidOut)
	default:
		j.guess(CapitalBefore, OwnCapital, fmt.Sprintf("came in %s before the first theft from somebody else, and is more than gas", before))
	}
}

// judgeOthersPay settles what came in since the first theft from somebody whom
// nobody calls a victim.
func (o *oneWay) judgeOthersPay(j *judged) {
	t := j.Transfer
	late := !o.amid(j)
	back := o.paid[trade{j.counterparty(), t.Asset}]
	rule, why := o.unsolicited(j)
	switch {
	case rule != NoRule:
		j.guess(rule, Spam, why)
	case back != nil && new(big.Int).Mul(back, big.NewInt(11)).Cmp(new(big.Int).Mul(o.units(j), big.NewInt(10))) >= 0:
		j.guess(Refund, Other, "came back from somebody whom the attackers had paid as much of it before")
	case late && !o.knownAsset(j) && !j.own:
		j.guess(SpamUnpriced, Spam, "unsolicited: arrived after the theft, from somebody else, and has no price")
	case late:
		j.guess(OtherLate, Other, "came in after the theft from somebody else")
	case o.tips[t.ChainID] <= mostTips && o.isTip(j) && o.gasSized(j):
		j.guess(FundingMeanwhile, Funding, "came in the midst of the theft from somebody whom the write-up does not name, and is gas-sized")
	// A thief of many tokens takes such as nobody prices, too.
	case (o.allPriced || o.anyPriced() && !j.asset.robbed) && len(o.core) > 0 && t.Kind != chain.KindUnseen && j.worthless():
		j.guess(SpamUnpriced, Spam, neverPaidOut)
	case j.issued():
		j.guess(TheftMeanwhile, Theft, "was issued to the attackers in the midst of the theft: no account paid it")
	case !j.paid():
		j.guess(NobodyToBlame, Other, "credited by the chain itself, for staked coin or a block: no account paid it")
	case t.Kind == chain.KindUnseen:
		j.guess(TheftUnseen, Theft, "arrived in the midst of the theft; no method of this endpoint shows from whom")
	default:
		if o.tips[t.ChainID] > mostTips && j.at().After(o.core[len(o.core)-1]) {
			o.core = append(o.core, j.at()) // it goes on
		}
		j.guess(TheftMeanwhile, Theft, "arrived in the midst of the theft, from somebody whom the write-up does not name; nothing on the chain tells whether it was taken from him or paid by him")
	}
}

// knownAsset reports whether what came in is something that the case knows to be
// worth having: it has a price, or is the coin; or, where nothing has a price, a
// victim held it or the attackers paid it out.
func (o *oneWay) knownAsset(j *judged) bool {
	return j.Value != nil || j.Transfer.Asset.Kind() == chain.Native || !o.anyPriced() && (j.asset.robbed || j.asset.paidOut > 0)
}

// anyPriced reports whether something that came in has a price: where nothing
// has, that an asset has none says nothing of it.
func (o *oneWay) anyPriced() bool { return o.income.IsPositive() }

// gasSized reports whether an inflow of the coin is small beside what the
// attackers took: at most a hundredth of the largest inflow in that coin or,
// where both have prices, of all that came in; or a single coin at most, where
// that is no twentieth of it. It is never more than mostGas dollars or, without
// a price, five coins.
func (o *oneWay) gasSized(j *judged) bool {
	units := j.Transfer.Units.ToBig()
	if !o.affordableGas(j, units) {
		return false
	}
	if largest := o.largestCoin[j.Transfer.ChainID]; largest != nil && new(big.Int).Mul(units, big.NewInt(100)).Cmp(largest) <= 0 {
		return true
	}
	meta := j.asset.meta
	single := units.Cmp(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(meta.Decimals)), nil)) <= 0
	if j.Value == nil {
		return single
	}
	share := j.Value.USD().Shift(2)
	// Beside loot that has no price the worth of a single coin says nothing.
	return share.LessThanOrEqual(o.income) || single && (!o.allPriced || share.LessThanOrEqual(o.income.Mul(decimal.NewFromInt(5))))
}

// mostGas is what nobody spends on gas, deployments included.
var mostGas = decimal.NewFromInt(15_000)

func (o *oneWay) affordableGas(j *judged, units *big.Int) bool {
	if j.Value != nil {
		return j.Value.USD().LessThanOrEqual(mostGas)
	}
	five := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(j.asset.meta.Decimals)), nil)
	return units.Cmp(five.Mul(five, big.NewInt(5))) <= 0
}
