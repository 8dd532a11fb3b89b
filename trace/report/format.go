package report

import (
	"math/big"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
)

// money writes dollars to the cent, with thousands set apart.
func money(d decimal.Decimal) string {
	s := chain.GroupThousands(d.RoundBank(2).StringFixedBank(2))
	if strings.HasPrefix(s, "-") {
		return "-$" + s[1:]
	}
	return "$" + s
}

func optionalMoney(d *decimal.Decimal) string {
	if d == nil {
		return "unpriced"
	}
	return money(*d)
}

// quantity writes whole units for a person: eight places at most, and all of them
// where eight would make it nothing.
func quantity(d decimal.Decimal) string {
	rounded := d.RoundBank(8)
	if rounded.IsZero() {
		rounded = d
	}
	return chain.GroupThousands(rounded.String())
}

// coarse writes whole units to four places, for tables where room is short.
func coarse(d decimal.Decimal) string { return quantity(d.RoundBank(4)) }

// whole returns an amount in whole units; in base units where the token does
// not say how many decimals it has.
func whole(a chain.Amount, meta chain.TokenMeta) decimal.Decimal {
	return pricing.Whole(a.Units(), meta.Decimals)
}

func wholeUnits(units *big.Int, meta chain.TokenMeta) decimal.Decimal {
	return pricing.Whole(units, meta.Decimals)
}

// symbol names an asset for a person.
func symbol(asset chain.AssetID, meta chain.TokenMeta) string {
	if meta.Symbol != "" {
		return chain.Printable(meta.Symbol, 24)
	}
	return short(chain.Hex(asset.Contract()))
}

// short abbreviates an address or hash.
func short(hex string) string {
	if len(hex) <= 14 {
		return hex
	}
	return hex[:8] + "…" + hex[len(hex)-4:]
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05 UTC")
}

func hashText(h common.Hash) string {
	if h == (common.Hash{}) {
		return ""
	}
	return h.Hex()
}

// after puts a mark before text that there is.
func after(mark, text string) string {
	if text == "" {
		return ""
	}
	return mark + text
}
