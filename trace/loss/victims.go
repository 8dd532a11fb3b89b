package loss

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
)

// inferVictims fills in victims where none is named: whoever paid in at least
// a tenth of all that came in and has a price, or an amount that is claimed.
func (c *incident) inferVictims() {
	if len(c.victims) > 0 {
		return
	}
	paid := map[chain.Account]map[chain.AssetID]chain.Amount{}
	value := map[chain.Account]*sum{}
	total := newSum()
	for i := range c.all {
		j := &c.all[i]
		if j.Class != "" || !j.in || j.Transfer.Kind == chain.KindUnseen || c.spoof(j.Transfer) != "" {
			continue
		}
		payer := counterparty(j)
		if paid[payer] == nil {
			paid[payer] = map[chain.AssetID]chain.Amount{}
			value[payer] = newSum()
		}
		paid[payer][j.Transfer.Asset] = paid[payer][j.Transfer.Asset].Add(j.Transfer.Amount())
		value[payer].add(j.Value)
		total.add(j.Value)
	}
	payers := make([]chain.Account, 0, len(paid))
	for p := range paid {
		payers = append(payers, p)
	}
	slices.SortFunc(payers, chain.Account.Compare)
	for _, p := range payers {
		why := c.claimed(paid[p])
		if total.usd.IsPositive() && value[p].usd.Mul(decimal.NewFromInt(10)).GreaterThanOrEqual(total.usd) {
			share := value[p].usd.Shift(2).DivRound(total.usd, 0)
			why = strings.TrimPrefix(why+fmt.Sprintf(", paid %s %% of the priced value that came in", share), ", ")
		}
		if why != "" {
			c.victims[p] = chain.Party{Account: p, Basis: chain.Heuristic, Why: why}
		}
	}
}

// claimed says which claimed amounts somebody's payments add up to, each within
// a fiftieth.
func (c *incident) claimed(paid map[chain.AssetID]chain.Amount) string {
	var fits []string
	for _, asset := range slices.SortedFunc(maps.Keys(paid), chain.AssetID.Compare) {
		meta := c.meta(asset)
		quantity := pricing.Whole(paid[asset].Units(), meta.Decimals)
		for _, h := range c.Hints {
			if h.Quantity == nil || !strings.EqualFold(h.Symbol, meta.Symbol) || !h.Quantity.IsPositive() {
				continue
			}
			if quantity.Sub(*h.Quantity).Abs().Mul(decimal.NewFromInt(50)).LessThanOrEqual(*h.Quantity) {
				fits = append(fits, fmt.Sprintf("%s %s (claimed: %s)", quantity, meta.Symbol, h.Quantity))
			}
		}
	}
	if len(fits) == 0 {
		return ""
	}
	return "paid " + strings.Join(fits, ", ")
}
