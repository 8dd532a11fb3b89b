package flow

import (
	"bytes"
	"fmt"
	"math/big"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// Some tables of flows have one value in dollars and do not say of which asset. Such
// dollars can be followed too: as one asset, whatever they were paid in.

// dollarDecimals is how many decimals of a dollar are followed.
const dollarDecimals = 18

// Dollars is the asset as which the dollars of tables of flows are followed. No token
// is there: Chainlink's Feed Registry names currencies by addresses with their number
// in ISO 4217, of which the dollar's is 840.
func Dollars(chainID uint64) chain.AssetID {
	return chain.Token(chainID, common.BigToAddress(big.NewInt(840)))
}

// assumes says what is taken for what a file lacks.
func (h *header) assumes() (list []string) {
	if !h.flows {
		return nil
	}
	say := func(format string, args ...any) { list = append(list, h.file+": "+fmt.Sprintf(format, args...)) }
	asset := "one asset " + Dollars(1).String()
	if h.at[colChain] >= 0 {
		asset = "one asset of each chain, " + Dollars(1).String() + " on ethereum"
	}
	say("no assets and amounts: the dollars of column %q are followed to %d decimals, as %s, whatever was paid; what was swapped cannot be told from what was paid on",
		h.titles[colUSD], dollarDecimals, asset)
	if h.at[colChain] < 0 {
		say("no column for the chain: taken for ethereum")
	}
	if h.at[colBlock] < 0 {
		say("no column for the block: each second of column %q stands for a block", h.titles[colTime])
	}
	return list
}

// inDollars reads the value of a flow: a decimal number, as people or programs write
// it. Where the cell is empty the row tells of no value.
func (l *lineReader) inDollars(d *draft) error {
	text := l.field(colUSD)
	d.asset, d.assetText = l.dollarsOn(d.chainID)
	d.scaled, d.decimals, d.symbol = true, dollarDecimals, []byte("USD")
	if isNothing(text) {
		d.worthless = true
		return nil
	}
	v, ok := decimalOf(text)
	if !ok {
		return l.bad("%s %q is not a number of dollars", l.titles[colUSD], short(text))
	}
	units := v.Shift(dollarDecimals).RoundBank(0)
	d.shortened = !units.Equal(v.Shift(dollarDecimals))
	micro := v.Shift(6).RoundBank(0).BigInt()
	if d.units.SetFromBig(units.BigInt()) || !micro.IsInt64() {
		return l.bad("%s %q is more than there is", l.titles[colUSD], short(text))
	}
	d.entry.usd = micro.Int64()
	return nil
}

func (l *lineReader) dollarsOn(chainID uint64) (chain.AssetID, string) {
	if l.dollar.asset.ChainID() != chainID || l.dollar.text == "" {
		asset := Dollars(chainID)
		l.dollar = namedAsset{asset.String(), asset}
	}
	return l.dollar.asset, l.dollar.text
}

// isNothing reports whether a cell is empty, or is what programs write for that.
func isNothing(cell []byte) bool {
	return len(cell) == 0 || slices.Contains([]string{"nan", "none", "null", "n/a", "-"}, strings.ToLower(string(cell)))
}

// decimalOf reads a number that is not negative, such as 1234.5, 1e-05 or $1,234.50.
func decimalOf(cell []byte) (v decimal.Decimal, ok bool) {
	digits := strings.TrimPrefix(string(cell), "$")
	whole, _, _ := strings.Cut(digits, ".")
	if groups := strings.Split(whole, ","); len(groups) > 1 {
		for i, g := range groups {
			if len(g) > 3 || len(g) == 0 || i > 0 && len(g) < 3 {
				return v, false
			}
		}
		digits = strings.Join(groups, "") + digits[len(whole):]
	}
	mantissa, exponent, has := strings.Cut(strings.ToLower(digits), "e")
	if len(digits) > 100 || len(mantissa) == 0 || mantissa[0] == '-' || has && len(exponent) > 4 {
		return v, false
	}
	v, err := decimal.NewFromString(digits)
	return v, err == nil && !v.IsNegative() && v.Exponent() < 100 && v.Exponent() > -400
}

// note counts what happened on a line, and keeps the first.
func note(n, first *int, line int) {
	if *n++; *n == 1 {
		*first = line
	}
}

// tell warns of rows whose dollars are not there, or not kept whole, and of names
// that were not kept.
func (p *importer) tell() {
	say := func(format string, args ...any) {
		p.record.Warnings = append(p.record.Warnings, p.file+": "+fmt.Sprintf(format, args...))
	}
	column := p.header.titles[colUSD]
	if p.worthless > 0 {
		say("%d rows have nothing in column %q and were left out, the first on line %d", p.worthless, column, p.worthlessLine)
	}
	if p.shortened > 0 {
		say("%d values of column %q have more than %d decimals and were rounded, the first on line %d",
			p.shortened, column, dollarDecimals, p.shortenedLine)
	}
	if p.unnamed > 0 {
		say("%d times an account that has %d names already has another, which was left out, the first on line %d",
			p.unnamed, mostNames, p.unnamedLine)
	}
}

// withoutFraction takes the .0 off what a program that knows only fractions wrote of
// a whole number.
func withoutFraction(cell []byte) []byte { return bytes.TrimSuffix(cell, []byte(".0")) }
