package loss

import (
	"fmt"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// settlementTime is how long after an order was paid for it may be settled.
const settlementTime = 24 * time.Hour

// settlements are contracts of batch auctions that pay out orders in txs of
// their own: GPv2Settlement and EthFlow of the CoW Protocol
// (github.com/cowprotocol/contracts, github.com/cowprotocol/ethflowcontract).
var settlements = map[common.Address]string{
	common.HexToAddress("0x9008d19f58aabd9ed0d60971565aa8510560ab41"): "CoW Protocol",
	common.HexToAddress("0x40a50cf069e992aa4536211b23f286ef88752187"): "CoW Protocol",
}

// order is a payment that may be one for something.
type order struct {
	paid   *judged
	to     chain.Account
	placed bool // with a known settlement
}

// settleAcrossTxs pairs what the attackers gave in one tx with what a
// settlement, or the one who took it, gave them for it in a later one that
// they did not send.
func (c *incident) settleAcrossTxs() {
	if !c.feesKnown {
		return
	}
	var given []order // open payments of the last day, on one chain after the other
	for i := range c.all {
		j := &c.all[i]
		if j.Class != 0 || j.with != nil {
			continue
		}
		for len(given) > 0 && (j.Transfer.ChainID != given[0].paid.Transfer.ChainID || j.at().Sub(given[0].paid.at()) > settlementTime) {
			given = given[1:]
		}
		switch {
		case j.out && j.own:
			to := j.counterparty()
			_, placed := settlements[to.Address]
			given = append(given, order{j, to, placed})
		case j.Incoming && !j.own && j.Transfer.Kind != chain.KindUnseen:
			given = c.pair(given, j)
		}
	}
}

// pair settles an inflow with the payment that it was given for, and returns
// the payments that remain.
func (c *incident) pair(given []order, in *judged) []order {
	const looked = 64 // orders that are open at once
	from := in.counterparty()
	_, known := settlements[from.Address]
	for i := len(given) - 1; i >= max(0, len(given)-looked); i-- {
		out := given[i].paid
		if from != given[i].to && (!known || !given[i].placed) || out.Transfer.Asset == in.Transfer.Asset {
			continue
		}
		// An order at an auction names its price; between others only worth ties.
		if !alike(out.Value, in.Value, 10) && (!known || out.Value != nil && in.Value != nil && !alike(out.Value, in.Value, 2)) {
			continue
		}
		why := fmt.Sprintf("exchanged %s for %s: paid in one transaction, settled by %s in another",
			c.words(out.Transfer.Amount()), c.words(in.Transfer.Amount()), chain.Hex(from.Address))
		out.guess(SwapAcrossTxs, Swap, why)
		in.guess(SwapAcrossTxs, Swap, why)
		return slices.Delete(given, i, i+1)
	}
	return given
}

// alike reports whether two values are known and apart by no more than such a
// part of the first.
func alike(a, b *Valuation, part int64) bool {
	if a == nil || b == nil {
		return false
	}
	x, y := a.USD(), b.USD()
	return x.Sub(y).Abs().Mul(decimal.NewFromInt(part)).LessThanOrEqual(x)
}
