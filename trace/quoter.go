package trace

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
)

// quoter values what is followed. What its book cannot price it asks sources
// for: of an asset at most once for every hour in which it moved, and as long
// as a quote is less than a day old not at all. An asset that nobody priced
// twice is not asked for again: thieves are sent worthless tokens by the
// thousand.
type quoter struct {
	ctx     context.Context
	book    *pricing.Book
	sources []pricing.Source
	clocks  map[uint64]Source // by chain: which block it was
	meta    func(chain.AssetID) (chain.TokenMeta, bool)

	asked  map[quoteKey]bool
	barren map[chain.AssetID]int
	told   []string // sources that failed, each once; and that no more was asked for
}

type quoteKey struct {
	asset chain.AssetID
	hour  int64
}

const (
	freshFor   = 24 * time.Hour
	barrenAsks = 2
)

// value implements [flow.Valuer].
func (q *quoter) value(asset chain.AssetID, units *big.Int, at time.Time) (decimal.Decimal, bool) {
	meta, ok := q.meta(asset)
	if !ok || !meta.DecimalsKnown {
		return decimal.Decimal{}, false
	}
	quantity := pricing.Whole(units, meta.Decimals)
	quote, ok := q.known(asset, quantity, at)
	if (!ok || at.Sub(quote.At) >= freshFor) && q.ask(asset, units, at) {
		quote, ok = q.known(asset, quantity, at)
	}
	if !ok {
		return decimal.Decimal{}, false
	}
	return quote.Value(units, meta.Decimals), true
}

// known returns the quote of the book that is good for a quantity. Nobody can have
// more of something than it says that there is; there may be more of it later.
func (q *quoter) known(asset chain.AssetID, quantity decimal.Decimal, at time.Time) (pricing.Quote, bool) {
	quote, ok := q.book.At(pricing.Of(asset), at)
	return quote, ok && !(quote.Most.Valid && quantity.GreaterThan(quote.Most.Decimal))
}

// ask reports whether sources were asked; what they said is in the book.
func (q *quoter) ask(asset chain.AssetID, units *big.Int, at time.Time) bool {
	key := quoteKey{asset, at.Unix() / 3600}
	if q.asked[key] || q.barren[asset] >= barrenAsks || q.ctx.Err() != nil {
		return false
	}
	if len(q.asked) >= mostAsks && len(q.sources) > 1 {
		q.tell("prices of more than %d assets and hours are wanted; of the others none was asked for", mostAsks)
		return false
	}
	q.asked[key] = true
	a := pricing.Ask{Subject: pricing.Of(asset), At: at}
	a.Units.SetFromBig(units)
	if clock := q.clocks[asset.ChainID()]; clock != nil && len(q.sources) > 1 { // the first asks nobody
		if b, err := clock.BlockAt(q.ctx, at); err == nil { // else the sources go by the time
			a.Block = b.Number
		}
	}
	outcome, _ := pricing.Fill(q.ctx, q.book, q.sources, []pricing.Ask{a}) // the error is the context's, which ends the trace itself
	for _, p := range outcome.Problems {
		q.tell("prices: %s could not be asked: %v", p.Source, p.Err)
	}
	if len(outcome.Unpriced) > 0 {
		q.barren[asset]++
	}
	return true
}

func (q *quoter) tell(format string, args ...any) {
	if s := fmt.Sprintf(format, args...); !slices.Contains(q.told, s) {
		q.told = append(q.told, s)
	}
}
