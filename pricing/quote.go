package pricing

import (
	"fmt"
	"math/big"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// Subject is what a price is of: an asset on a chain or, for what no chain
// here carries, a bare symbol in upper case such as BTC or EUR. The zero
// Subject is nothing.
type Subject struct {
	Asset  chain.AssetID
	Symbol string
}

// Of returns the subject that an on-chain asset is.
func Of(asset chain.AssetID) Subject { return Subject{Asset: asset} }

// ParseSubject reads a CAIP-19 asset id or a bare upper-case symbol.
func ParseSubject(s string) (Subject, error) {
	if isSymbol(s) {
		return Subject{Symbol: s}, nil
	}
	asset, err := chain.ParseAssetID(s)
	if err != nil {
		return Subject{}, fmt.Errorf("%w, or a symbol in upper case", err)
	}
	return Of(asset), nil
}

func isSymbol(s string) bool {
	if s == "" || len(s) > 16 {
		return false
	}
	for _, r := range s {
		if (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			return false
		}
	}
	return true
}

// String returns the asset id or the symbol.
func (s Subject) String() string {
	if s.Symbol != "" {
		return s.Symbol
	}
	return s.Asset.String()
}

// Quote is one statement of a price.
type Quote struct {
	Subject Subject
	Price   decimal.Decimal // dollars for one whole unit
	At      time.Time       // when the price was true
	Source  string          // who says so
	Method  string          // how it came about: close, feed round, time-weighted average, …
}

// Age returns how old the quote is at moment t.
func (q Quote) Age(t time.Time) time.Duration { return t.Sub(q.At) }

// Whole returns base units as a quantity in whole units of an asset with that
// many decimals. It is exact.
func Whole(units *big.Int, decimals uint8) decimal.Decimal {
	return decimal.NewFromBigInt(units, -int32(decimals))
}

// Value returns what base units of an asset with that many decimals are worth
// at the quote, in dollars, unrounded.
func (q Quote) Value(units *big.Int, decimals uint8) decimal.Decimal {
	return Whole(units, decimals).Mul(q.Price)
}
