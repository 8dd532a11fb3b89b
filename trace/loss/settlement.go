package loss

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
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
// they did not send, and with what came in on another chain for it.
func (c *incident) settleAcrossTxs() {
	if !c.feesKnown {
		return
	}
	var given []order // open payments of the last day
	for j := range c.byTime() {
		if j.Class != 0 || j.with != nil {
			continue
		}
		for len(given) > 0 && j.at().Sub(given[0].paid.at()) > settlementTime {
			given = given[1:]
		}
		switch {
		case j.out && j.own:
			to := j.counterparty()
			_, placed := settlements[to.Address]
			given = append(given, order{j, to, placed})
		case j.Incoming && (c.order != nil || !j.own && j.Transfer.Kind != chain.KindUnseen):
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
		if out.Transfer.ChainID != in.Transfer.ChainID {
			if c.crossed(out, in) {
				c.settleCrossing(out, in)
				return append(given[:i:i], given[i+1:]...)
			}
			continue
		}
		if in.own || in.Transfer.Kind == chain.KindUnseen || from != given[i].to && (!known || !given[i].placed) || out.Transfer.Asset == in.Transfer.Asset {
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
		return append(given[:i:i], given[i+1:]...)
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

// crossingCost is which part of what is sent to another chain bridges keep at the
// most: a twentieth.
const crossingCost = 20

// crossed reports whether something that came in on one chain is what the attackers
// had paid out on another: of the same name, and as much less what a bridge keeps.
// What a named victim pays, or a tx of the theft moves, is not, and neither is the
// first that came in of an amount that is claimed.
func (c *incident) crossed(out, in *judged) bool {
	if plainName(in.asset.symbol) != plainName(out.asset.symbol) || in.asset.symbol == "" || !in.asset.meta.DecimalsKnown || !out.asset.meta.DecimalsKnown {
		return false
	}
	_, back := c.victims[out.counterparty()]
	_, robbed := c.victims[in.counterparty()]
	if back || robbed || c.isLinked(in) {
		return false
	}
	sent, got := out.quantity(), in.quantity()
	if got.GreaterThan(sent) || sent.Sub(got).Mul(decimal.NewFromInt(crossingCost)).GreaterThan(sent) {
		return false
	}
	return !slices.ContainsFunc(c.Hints, func(h Hint) bool { return c.claims(h, in) && !c.cameBefore(h, in) })
}

// plainName is a symbol as other chains write it: WETH is ETH elsewhere, and USDC.e
// is USDC that a bridge issued.
func plainName(symbol string) string {
	return strings.TrimPrefix(strings.TrimSuffix(symbol, ".E"), "W")
}

// claims reports whether a hint is of what a movement moved.
func (c *incident) claims(h Hint, j *judged) bool {
	return strings.EqualFold(h.Symbol, j.asset.meta.Symbol) && c.fits(h, j.Transfer.Asset, j.quantity())
}

// cameBefore reports whether something else came in before that is as much as a
// hint claims.
func (c *incident) cameBefore(h Hint, in *judged) bool {
	for j := range c.byTime() {
		if j == in {
			break
		}
		if j.Incoming && c.claims(h, j) {
			return true
		}
	}
	return false
}

// quantity is how much was moved, in whole units.
func (j *judged) quantity() decimal.Decimal {
	return pricing.Whole(j.Transfer.Units.ToBig(), j.asset.meta.Decimals)
}

func (c *incident) settleCrossing(out, in *judged) {
	there, _ := chain.NetworkByID(in.Transfer.ChainID)
	why := fmt.Sprintf("moved to another chain: %s paid out, and soon after %s came in on %s", c.words(out.Transfer.Amount()), c.words(in.Transfer.Amount()), there.Title)
	out.guess(SwapAcrossTxs, Swap, why)
	in.guess(SwapAcrossTxs, Swap, why)
}
