package loss

import (
	"sort"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// payoutSums are what the attackers' own txs took from one victim, in order, and what is
// up to each worth in dollars, as far as it has a price.
type payoutSums struct {
	list []*judged
	sum  []decimal.Decimal
}

func (p *payoutSums) add(j *judged) {
	var sum decimal.Decimal
	if n := len(p.sum); n > 0 {
		sum = p.sum[n-1]
	}
	if j.Value != nil {
		sum = sum.Add(j.Value.USD())
	}
	p.list, p.sum = append(p.list, j), append(p.sum, sum)
}

// after returns in how many movements something was taken behind one that gave, within
// a time, and what it is worth.
func (p *payoutSums) after(gave *judged, within time.Duration) (n int, usd decimal.Decimal) {
	from := sort.Search(len(p.list), func(i int) bool { return p.list[i].Transfer.Compare(gave.Transfer.Ref) > 0 })
	to := sort.Search(len(p.list), func(i int) bool { return p.list[i].at().After(gave.at().Add(within)) })
	if to <= from {
		return 0, usd
	}
	usd = p.sum[to-1]
	if from > 0 {
		usd = usd.Sub(p.sum[from-1])
	}
	return to - from, usd
}

// givenTo reports whether the attackers gave a victim something by a tx of their own
// that only gave; what the write-up links as a return went back.
func (o *oneWay) givenTo(j *judged) bool {
	_, victim := o.victims[j.counterparty()]
	return victim && j.out && j.own && j.Class == 0 && j.with == nil && !o.returns[j.Transfer.Tx]
}

// payoutsAt returns what the attackers' own txs took from each victim to whom they
// gave something, too.
func (o *oneWay) payoutsAt() map[chain.Account]*payoutSums {
	sums := map[chain.Account]*payoutSums{}
	for i := range o.all {
		if j := &o.all[i]; o.givenTo(j) {
			sums[j.counterparty()] = &payoutSums{}
		}
	}
	if len(sums) == 0 {
		return nil
	}
	for i := range o.all {
		j := &o.all[i]
		if p := sums[j.counterparty()]; p != nil && j.own && j.Incoming && j.Class == 0 {
			p.add(j)
		}
	}
	return sums
}

// findCollateral finds what the attackers gave a victim by txs of their own so that it
// would pay out something else: within a day before the first theft, or an hour before
// another, they took from it what is worth as much or more. What is given last counts
// first, and what is taken covers no more than its worth; stakes in the same asset are
// a part of that. Where no price tells, what was given while the theft went on may be
// such: that is noted as not so.
func (o *oneWay) findCollateral() {
	payouts, covered := o.payoutsAt(), map[chain.Account]decimal.Decimal{}
	for i := len(o.all) - 1; i >= 0 && payouts != nil; i-- {
		j := &o.all[i]
		if !o.givenTo(j) || !o.moreThanGas(j.Transfer.Amount()) {
			continue
		}
		victim, within := j.counterparty(), slack
		if j.at().Before(o.first) {
			within = stakeTime
		}
		n, taken := payouts[victim].after(j, within)
		switch {
		case j.Value == nil || !taken.IsPositive():
			if n > 0 && !o.stakes[j] {
				o.collateral[j] = false
			}
		case o.stakes[j]:
			covered[victim] = covered[victim].Add(j.Value.USD())
		default:
			if sum := covered[victim].Add(j.Value.USD()); taken.GreaterThanOrEqual(sum) {
				o.collateral[j], covered[victim] = true, sum
			}
		}
	}
}
