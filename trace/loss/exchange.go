package loss

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// exchange is what the attackers gave a named victim in a tx, and gained for it.
type exchange struct {
	list               []*dealing
	gained, gave       []chain.Amount
	gainedUSD, gaveUSD *decimal.Decimal // nil where a part has no price
	what               string
}

// Of one exchange quotes of the day say to within a tenth what was fair; all those with
// one victim together must not have gained more than a fiftieth.
var (
	leastFair = decimal.RequireFromString("0.9")
	mostFair  = decimal.RequireFromString("1.1")
	fairInSum = decimal.RequireFromString("1.02")
)

// noteExchange notes an exchange with a victim that may have been none of the theft:
// nobody links it as a part of that.
func (c *incident) noteExchange(victim chain.Account, e exchange) {
	if !c.thefts[e.list[0].moves[0].Transfer.Tx] {
		c.exchanges[victim] = append(c.exchanges[victim], e)
	}
}

// settleExchanges takes what was exchanged with a victim and back again, or at the
// price, for no theft: attackers use markets that they rob, as they do others.
func (c *incident) settleExchanges() {
	for victim, list := range c.exchanges {
		c.settleFair(victim, c.settleReversed(victim, list))
	}
}

// settleReversed settles exchanges that a later one reversed, as who takes a loan on
// collateral and pays it back does: the attackers got no more than they had given, and
// gave no less than they had got. Where the first gained what it did not pay for it is a
// theft, and the other gives the loot back. It returns the rest.
func (c *incident) settleReversed(victim chain.Account, list []exchange) []exchange {
	const looked = 64 // the last ones
	var open []exchange
	for _, e := range list {
		at := -1
		for i := len(open) - 1; i >= max(0, len(open)-looked) && at < 0; i-- {
			if !open[i].gainful() && e.reverses(open[i]) {
				at = i
			}
		}
		if at < 0 {
			open = append(open, e)
			continue
		}
		why := fmt.Sprintf("exchanged %s, with the victim %s, and back again: %s", open[at].what, chain.Hex(victim.Address), e.what)
		c.settleAll(open[at].list, Swap, chain.Derived, why)
		c.settleAll(e.list, Swap, chain.Derived, why)
		open = slices.Delete(open, at, at+1)
	}
	return open
}

// gainful reports whether an exchange gained more than it gave, or no price tells.
func (e exchange) gainful() bool {
	return e.gainedUSD == nil || e.gaveUSD == nil || e.gainedUSD.GreaterThan(e.gaveUSD.Mul(mostFair))
}

// reverses reports whether an exchange gives back at least what another gained, and
// gains no more than that gave, of one asset each.
func (e exchange) reverses(o exchange) bool {
	if len(e.gained) != 1 || len(e.gave) != 1 || len(o.gained) != 1 || len(o.gave) != 1 {
		return false
	}
	return e.gave[0].Asset() == o.gained[0].Asset() && e.gained[0].Asset() == o.gave[0].Asset() &&
		e.gave[0].Cmp(o.gained[0]) >= 0 && e.gained[0].Cmp(o.gave[0]) <= 0
}

// settleFair settles what was exchanged at about the price. Where all of it together
// gained the attackers something it stays a theft, as of who takes a little each time.
func (c *incident) settleFair(victim chain.Account, list []exchange) {
	list = slices.DeleteFunc(list, func(e exchange) bool {
		return e.gainful() || e.gainedUSD.LessThan(e.gaveUSD.Mul(leastFair))
	})
	var gained, gave decimal.Decimal
	for _, e := range list {
		gained, gave = gained.Add(*e.gainedUSD), gave.Add(*e.gaveUSD)
	}
	if gained.GreaterThan(gave.Mul(fairInSum)) {
		return
	}
	for _, e := range list {
		c.guessAll(e.list, TradeWithVictim, Swap, fmt.Sprintf("exchanged %s, with the victim %s, at about its price", e.what, chain.Hex(victim.Address)))
	}
}
