package pricing

import (
	"math/big"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// Holding is a quantity of something.
type Holding struct {
	Subject  Subject
	Units    *big.Int // base units
	Decimals uint8
}

// Worth is what holdings come to at one moment.
type Worth struct {
	At       time.Time
	USD      decimal.Decimal // unrounded; a floor where anything is unpriced
	Quotes   []Quote         // one of each holding that has one, in order of the holdings
	Unpriced []Subject       // in order, each once
}

// Worth values holdings as of a moment. The three that a report sets side by
// side are those at the block of the theft, at the block before it, and at
// [DailyClose] of the report's date.
func (b *Book) Worth(holdings []Holding, t time.Time) Worth {
	w := Worth{At: t.UTC()}
	for _, h := range holdings {
		q, ok := b.At(h.Subject, t)
		if !ok {
			w.Unpriced = append(w.Unpriced, h.Subject)
			continue
		}
		w.USD = w.USD.Add(q.Value(h.Units, h.Decimals))
		w.Quotes = append(w.Quotes, q)
	}
	slices.SortFunc(w.Unpriced, Subject.Compare)
	w.Unpriced = slices.Compact(w.Unpriced)
	return w
}

// DailyClose returns the moment at which the day of t, in UTC, closes: the
// first of the next day.
func DailyClose(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC)
}
