package loss

import (
	"sort"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// payoutWorth is what the attackers' own txs took from one victim, in dollars as far as
// it has a price: the sum up to each, in order.
type payoutWorth struct {
	at  []time.Time
	sum []decimal.Decimal
}

func (p *payoutWorth) add(j *judged) {
	var sum decimal.Decimal
	if n := len(p.sum); n > 0 {
		sum = p.sum[n-1]
	}
	if j.Value != nil {
		sum = sum.Add(j.Value.USD())
	}
	p.at, p.sum = append(p.at, j.at()), append(p.sum, sum)
}

// between returns in how many movements something was taken from one moment to
// another, both included, and what it is worth.
func (p *payoutWorth) between(from, to time.Time) (n int, usd decimal.Decimal) {
	before := sort.Search(len(p.at), func(i int) bool { return !p.at[i].Before(from) })
	upTo := sort.Search(len(p.at), func(i int) bool { return p.at[i].After(to) })
	if upTo == before {
		return 0, usd
	}
	usd = p.sum[upTo-1]
	if before > 0 {
		usd = usd.Sub(p.sum[before-1])
	}
	return upTo - before, usd
}

// findCollateral finds what the attackers gave a victim by txs of their own so that it
// would pay out something else: within a day before the first theft, or an hour before
// another, they took from it what is worth as much or more. What is given last counts
// first, and what is taken covers no more than its worth. Where no price tells, what
// was given while the theft went on may be such: that is noted as not so.
func (o *oneWay) findCollateral() {
	taken, put := map[chain.Account]*payoutWorth{}, map[chain.Account]decimal.Decimal{}
	for i := range o.all {
		j := &o.all[i]
		if _, victim := o.victims[j.counterparty()]; victim && j.own && j.Incoming && j.Class == 0 {
			if taken[j.counterparty()] == nil {
				taken[j.counterparty()] = &payoutWorth{}
			}
			taken[j.counterparty()].add(j)
		}
	}
	for i := len(o.all) - 1; i >= 0; i-- {
		j := &o.all[i]
		victim := j.counterparty()
		p := taken[victim]
		if p == nil || j.Class != 0 || j.with != nil || !j.out || !j.own || o.returns[j.Transfer.Tx] || !o.moreThanGas(j.Transfer.Amount()) {
			continue
		}
		if o.stakes[j] {
			if j.Value != nil {
				put[victim] = put[victim].Add(j.Value.USD())
			}
			continue
		}
		within := slack
		if j.at().Before(o.first) {
			within = stakeTime
		}
		n, usd := p.between(j.at(), j.at().Add(within))
		if j.Value == nil || !usd.IsPositive() {
			if n > 0 {
				o.collateral[j] = false
			}
			continue
		}
		if sum := put[victim].Add(j.Value.USD()); usd.GreaterThanOrEqual(sum) {
			o.collateral[j], put[victim] = true, sum
		}
	}
}
