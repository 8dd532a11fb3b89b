package loss

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/label"
)

// departure is what the attackers paid out on one chain, and may get on another.
type departure struct {
	paid     *judged
	quantity decimal.Decimal // in whole units
	by       string          // the bridge that it was paid to, in words; empty where none is known
	doubted  bool            // something that came in may be this
}

// settleCrossings takes what came in on one chain for what the attackers had sent
// themselves from another, where they had paid as much to a bridge: a token may call
// itself anything, and as much may be stolen on both, so that a name and an amount
// alone are a doubt, which [incident.tellCrossings] tells.
func (c *incident) settleCrossings() {
	if c.order == nil {
		return
	}
	c.crossings, c.firsts = map[*judged]*judged{}, map[int]*judged{}
	bridges := map[chain.Account]string{}
	for _, b := range chain.BridgeContracts() {
		bridges[b.Account] = b.Bridge
	}
	departed := map[string][]departure{} // of the last day, by plain name
	for j := range c.byTime() {
		name := plainName(j.asset.symbol)
		if j.Class != 0 || j.with != nil || name == "" || !j.asset.meta.DecimalsKnown {
			continue
		}
		list := departed[name]
		for len(list) > 0 && j.at().Sub(list[0].paid.at()) > settlementTime {
			list = list[1:]
		}
		switch {
		case j.out && (j.own || !c.feesKnown):
			list = append(list, departure{paid: j, quantity: j.quantity(), by: c.bridgeOf(j, bridges)})
		case j.Incoming:
			list = c.arrive(list, j)
		}
		departed[name] = list
	}
}

// bridgeOf says to what bridge something was paid; empty for none. Bridges destroy
// what they issued elsewhere.
func (c *incident) bridgeOf(out *judged, known map[chain.Account]string) string {
	to := out.counterparty()
	if out.Transfer.Kind == chain.KindERC20 && !isAccount(to.Address) {
		return "destroyed"
	}
	if tag, ok := c.service(to); ok && tag.Category == label.Bridge {
		return "paid to " + chain.Printable(tag.Label, 40)
	}
	if name := known[to]; name != "" {
		return "paid to " + name
	}
	return ""
}

// arrive finds the departure that an inflow can be of, settles it where a bridge is
// known, and returns the departures that remain.
func (c *incident) arrive(list []departure, in *judged) []departure {
	const looked = 64 // the last ones
	got, fetched, doubt := in.quantity(), in.own && !in.issued(), -1
	for i := len(list) - 1; i >= max(0, len(list)-looked); i-- {
		if !c.crossed(&list[i], in, got) {
			continue
		}
		if out := list[i].paid; list[i].by != "" && !fetched {
			from, _ := chain.NetworkByID(out.Transfer.ChainID)
			in.guess(PaidByService, Other, fmt.Sprintf("came over a bridge: %s were %s on %s before", c.words(out.Transfer.Amount()), list[i].by, from.Title))
			return slices.Delete(list, i, i+1)
		}
		if doubt < 0 && !list[i].doubted {
			doubt = i
		}
	}
	if doubt >= 0 {
		list[doubt].doubted = true
		c.crossings[in] = list[doubt].paid
	}
	return list
}

// tellCrossings tells what counts as taken, and may be what the attackers sent
// themselves from another chain.
func (c *incident) tellCrossings() {
	for in, out := range c.crossings {
		if in.Class != Theft {
			continue
		}
		from, _ := chain.NetworkByID(out.Transfer.ChainID)
		in.Why += fmt.Sprintf("; the attackers had paid out %s on another chain, %s, within a day before, by no bridge that is known here, and it may be that", c.words(out.Transfer.Amount()), from.Title)
	}
	c.remarks = append(c.remarks, c.remarkOn(func(j *judged) bool { return j.Class == Theft && c.crossings[j] != nil }, chain.Heuristic, func(amount string) string {
		return "of what counts as taken " + amount + " may be what the attackers had paid out on another chain within a day before, by no bridge that is known here: gross is less by what of it is"
	})...)
}

// crossingCost is which part of what is sent to another chain bridges keep at the
// most: a twentieth.
const crossingCost = 20

// crossed reports whether something that came in on one chain can be what the
// attackers had paid out on another, of the same name: as much less what a bridge
// keeps. What a named victim pays, or a tx of the theft moves, is not, and neither is
// the first that came in of an amount that is claimed.
func (c *incident) crossed(out *departure, in *judged, got decimal.Decimal) bool {
	if in.Transfer.ChainID == out.paid.Transfer.ChainID || got.GreaterThan(out.quantity) ||
		out.quantity.Sub(got).Mul(decimal.NewFromInt(crossingCost)).GreaterThan(out.quantity) {
		return false
	}
	_, back := c.victims[out.paid.counterparty()]
	_, robbed := c.victims[in.counterparty()]
	return !back && !robbed && !c.isLinked(in) && !c.firstClaimed(in)
}

// plainName is a symbol as other chains write it: WETH is ETH elsewhere, and USDC.e
// is USDC that a bridge issued.
func plainName(symbol string) string {
	return strings.TrimPrefix(strings.TrimSuffix(symbol, ".E"), "W")
}

// firstClaimed reports whether an inflow is the first of as much as a hint claims.
func (c *incident) firstClaimed(in *judged) bool {
	for i, h := range c.Hints {
		if _, is := c.claims(h, in.Transfer.Amount()); !is {
			continue
		}
		if c.firsts[i] == nil {
			for j := range c.byTime() {
				if _, is := c.claims(h, j.Transfer.Amount()); is && j.Incoming {
					c.firsts[i] = j
					break
				}
			}
		}
		if c.firsts[i] == in {
			return true
		}
	}
	return false
}

// quantity is how much was moved, in whole units.
func (j *judged) quantity() decimal.Decimal {
	return pricing.Whole(j.Transfer.Units.ToBig(), j.asset.meta.Decimals)
}
