package pricing

import (
	"cmp"
	"fmt"
	"math/big"
	"strings"
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

// Compare orders subjects: assets by their id, then symbols.
func (s Subject) Compare(o Subject) int {
	return cmp.Or(strings.Compare(s.Symbol, o.Symbol), s.Asset.Compare(o.Asset))
}

// Quote is one statement of a price.
type Quote struct {
	Subject Subject
	Price   decimal.Decimal // dollars for one whole unit
	At      time.Time       // when the price was true
	Source  string          // who says so
	Method  string          // how it came about: close, feed round, time-weighted average, …

	// Rank is the place of the source in the order of preference: the lower
	// goes first. [Fill] sets it.
	Rank int
	// Liquidity is how many dollars stood behind the price: of a price from a pool
	// what stood in the pool against the asset, of a share what all shares came
	// to. Confidence is how sure the source says it is, 0 to 1.
	// Both are invalid where they do not apply or nobody says.
	Liquidity  decimal.NullDecimal
	Confidence decimal.NullDecimal
	// Most is how many whole units the price is good for: of a share how many there
	// are, or are backed. It is invalid where any number is.
	Most decimal.NullDecimal
	// Fresh is how old the quote may be before its age speaks against it, of what is to
	// be renewed in time; zero where any age will do.
	Fresh time.Duration
	// Note says what a reader should know beside the method. Doubt says what
	// speaks against the price: it serves only where there is no other.
	Note  string
	Doubt string
}

// Age returns how old the quote is at moment t.
func (q Quote) Age(t time.Time) time.Duration { return t.Sub(q.At) }

// asOf returns the quote as it serves for moment t: in doubt where it should have been
// renewed by then.
func (q Quote) asOf(t time.Time) Quote {
	if age := q.Age(t); q.Doubt == "" && q.Fresh > 0 && age > q.Fresh {
		q.Doubt = fmt.Sprintf("stale: it is %s old, and should be renewed within %s", age, q.Fresh)
	}
	return q
}

// compare is a total order of quotes of one subject: by time and, at one time,
// the preferred first; of the same price that which is good for more.
func (q Quote) compare(o Quote) int {
	return cmp.Or(q.At.Compare(o.At), cmp.Compare(q.Rank, o.Rank), strings.Compare(q.Source, o.Source),
		strings.Compare(q.Method, o.Method), q.Price.Cmp(o.Price), o.compareMost(q), strings.Compare(q.Note, o.Note), strings.Compare(q.Doubt, o.Doubt))
}

// compareMost compares for how much two quotes are good.
func (q Quote) compareMost(o Quote) int {
	if !q.Most.Valid || !o.Most.Valid {
		return btoi(!q.Most.Valid) - btoi(!o.Most.Valid)
	}
	return q.Most.Decimal.Cmp(o.Most.Decimal)
}

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

// longestPrice is how many characters of a number are worth reading.
const longestPrice = 64

// ParsePrice reads a price as text. It refuses what is not a number, negative,
// or of a size that no price has: "1e999999999" is a number too.
func ParsePrice(text string) (decimal.Decimal, error) {
	bad := func() (decimal.Decimal, error) {
		return decimal.Decimal{}, fmt.Errorf("%q: want a number that is not negative", chain.Printable(text, longestPrice))
	}
	if len(text) > longestPrice {
		return bad()
	}
	price, err := decimal.NewFromString(text)
	if err != nil || price.IsNegative() || price.Exponent() < -longestPrice || price.Exponent() > longestPrice/2 {
		return bad()
	}
	return price, nil
}
