package loss

import (
	"fmt"

	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// trading is what the attackers exchanged with one victim in txs that nobody links as
// parts of the theft, and in which they gained about what they gave.
type trading struct {
	victim       chain.Account
	gained, gave decimal.Decimal // dollars
	txs          []tradingTx
}

type tradingTx struct {
	list []*dealing
	what string
}

// Of one exchange quotes of the day say to within a tenth what was fair; all those with
// one victim together must not have gained more than a fiftieth.
var (
	leastFair = decimal.RequireFromString("0.9")
	mostFair  = decimal.RequireFromString("1.1")
	fairInSum = decimal.RequireFromString("1.02")
)

// noteTrade notes an exchange with a victim that may have been fair.
func (c *incident) noteTrade(victim chain.Account, list []*dealing, gained, gave *decimal.Decimal, what string) {
	if gained == nil || gave == nil || c.thefts[list[0].moves[0].Transfer.Tx] || gained.LessThan(gave.Mul(leastFair)) || gained.GreaterThan(gave.Mul(mostFair)) {
		return
	}
	if c.trades[victim] == nil {
		c.trades[victim] = &trading{victim: victim}
	}
	t := c.trades[victim]
	t.gained, t.gave, t.txs = t.gained.Add(*gained), t.gave.Add(*gave), append(t.txs, tradingTx{list, what})
}

// settleTrades takes what was exchanged with a victim at the price for no theft:
// attackers sell loot to markets that they robbed, as to others. Where all of it
// together gained them something it stays a theft, as of who takes a little each time.
func (c *incident) settleTrades() {
	for _, t := range c.trades {
		if t.gained.GreaterThan(t.gave.Mul(fairInSum)) {
			continue
		}
		for _, tx := range t.txs {
			c.guessAll(tx.list, TradeWithVictim, Swap, fmt.Sprintf("exchanged %s with the victim %s, at about its price", tx.what, chain.Hex(t.victim.Address)))
		}
	}
}
