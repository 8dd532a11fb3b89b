package loss

import (
	"fmt"
	"time"

	"losstracer/chain"
)

// slack is how far from the known thefts something may stand and still be
// taken for a part of them.
const slack = time.Hour

// judgeOneWay settles movements of txs in which the attackers only gained or
// only gave.
func (c *incident) judgeOneWay() {
	first, last := c.core()
	for i := range c.all {
		j := &c.all[i]
		switch {
		case j.Class != "":
		case j.out:
			c.judgeOutflow(j, first)
		default:
			c.judgeInflow(j, first, last)
		}
	}
}

func counterparty(j *judged) chain.Account {
	if j.out {
		return chain.Account{ChainID: j.Transfer.ChainID, Address: j.Transfer.To}
	}
	return chain.Account{ChainID: j.Transfer.ChainID, Address: j.Transfer.From}
}

func (j *judged) at() time.Time { return time.Unix(int64(j.Transfer.Time), 0).UTC() }

// core returns the times of the first and the last movement from a victim.
func (c *incident) core() (first, last time.Time) {
	for i := range c.all {
		j := &c.all[i]
		if _, ok := c.victims[counterparty(j)]; !ok || !j.in || j.Class != "" {
			continue
		}
		if first.IsZero() {
			first = j.at()
		}
		last = j.at()
	}
	return first, last
}

func (c *incident) judgeOutflow(j *judged, first time.Time) {
	victim, ok := c.victims[counterparty(j)]
	why := c.spoof(j.Transfer)
	switch {
	case why != "":
		j.settle(Spam, chain.Heuristic, why)
	case ok && !first.IsZero() && j.at().After(first):
		j.settle(Return, chain.Derived.Weaker(victim.Basis), "paid back to the victim "+chain.Hex(victim.Account.Address))
	case !first.IsZero() && j.at().Before(first):
		j.settle(Other, chain.Derived, "paid out before the first theft")
	default:
		j.settle(Onward, chain.Derived, "paid on by the attackers: where it went is flow, not loss")
	}
}

func (c *incident) judgeInflow(j *judged, first, last time.Time) {
	t := j.Transfer
	if why := c.spoof(t); why != "" {
		j.settle(Spam, chain.Heuristic, why)
		return
	}
	if victim, ok := c.victims[counterparty(j)]; ok && t.Kind != chain.KindUnseen {
		basis := chain.Derived.Weaker(victim.Basis)
		j.settle(Theft, basis, "left the victim "+chain.Hex(victim.Account.Address)+": "+victim.Why)
		return
	}
	switch when := j.at(); {
	case first.IsZero():
		j.settle(Other, chain.Heuristic, "came in, but nobody who paid in could be told to be a victim")
	case when.Before(first) && t.Asset.Kind == chain.Native && c.gasSized(j):
		j.settle(Funding, chain.Heuristic, fmt.Sprintf("came in %s before the first theft and is gas-sized", first.Sub(when).Round(time.Minute)))
	case when.Before(first.Add(-slack)):
		j.settle(Other, chain.Heuristic, "came in before the first theft from somebody else")
	case when.After(last.Add(slack)) && j.Value == nil:
		j.settle(Spam, chain.Heuristic, "unsolicited: arrived after the theft, from somebody else, and has no price")
	case when.After(last.Add(slack)):
		j.settle(Other, chain.Heuristic, "came in after the theft from somebody else")
	case t.Kind == chain.KindUnseen:
		j.settle(Theft, chain.Heuristic, "arrived in the midst of the theft; no method of this endpoint shows from whom")
	default:
		j.settle(Theft, chain.Heuristic, "arrived in the midst of the theft, from "+chain.Hex(t.From)+", which the write-up does not name")
	}
}

// gasSized reports whether an inflow of the coin is small beside what the
// attackers took: at most a hundredth of the largest inflow in that coin, or,
// where both have prices, of all that came in.
func (c *incident) gasSized(j *judged) bool {
	largest := j.Transfer.Amount()
	total := newSum()
	for i := range c.all {
		o := &c.all[i]
		if !o.in || o.out {
			continue
		}
		if o.Transfer.Asset == j.Transfer.Asset && o.Transfer.Amount().Cmp(largest) > 0 {
			largest = o.Transfer.Amount()
		}
		if o.Class == "" || o.Class == Theft {
			total.add(o.Value)
		}
	}
	if j.Value != nil && j.Value.USD.Shift(2).LessThanOrEqual(total.usd) {
		return true
	}
	hundredfold := j.Transfer.Amount()
	for range 99 {
		hundredfold = hundredfold.Add(j.Transfer.Amount())
	}
	return hundredfold.Cmp(largest) <= 0
}
