package loss

import (
	"strings"
	"unicode"

	"losstracer/chain"
	"losstracer/pricing"
)

// spoof says why a token transfer is taken for spam by the token's own looks:
// empty where nothing is wrong with them. An asset that has a price is never
// spam by its looks.
func (c *incident) spoof(t chain.Transfer) string {
	if t.Asset.Kind == chain.Native || c.priced(t.Asset) {
		return ""
	}
	meta := c.meta(t.Asset)
	for _, text := range []string{meta.Symbol, meta.Name} {
		if strings.Contains(text, "://") || strings.Contains(strings.ToLower(text), "www.") {
			return "the token's name is an advertisement"
		}
	}
	for _, r := range meta.Symbol {
		if r > unicode.MaxASCII {
			return "the token's symbol is not plain ASCII, as those of imitations often are"
		}
	}
	if meta.Symbol == "" {
		return ""
	}
	for i := range c.all {
		other := c.all[i].Transfer.Asset
		if other == t.Asset || other.ChainID != t.ChainID || !strings.EqualFold(c.meta(other).Symbol, meta.Symbol) {
			continue
		}
		if other.Kind == chain.Native || c.priced(other) {
			return "the token calls itself " + meta.Symbol + " and is another contract than the one that has a price"
		}
	}
	return ""
}

func (c *incident) priced(asset chain.AssetID) bool {
	return c.Prices.Has(pricing.Of(asset))
}
