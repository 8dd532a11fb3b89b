package pricing_test

import (
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/pricing"
)

// TestAsOf asks what a price can rest on: the quote of the moment, a later one
// where that is in doubt, and none where more is asked for than it is good for.
func TestAsOf(t *testing.T) {
	t.Parallel()
	noon := time.Date(2024, 3, 5, 12, 0, 0, 0, time.UTC)
	subject := pricing.Subject{Symbol: "SHARE"}
	quote := func(price int64, at time.Time, doubt string) pricing.Quote {
		return pricing.Quote{Subject: subject, Price: decimal.NewFromInt(price), At: at, Source: "pool", Doubt: doubt, Most: decimal.NewNullDecimal(decimal.NewFromInt(10))}
	}
	for _, row := range []struct {
		name     string
		quotes   []pricing.Quote
		quantity int64
		want     int64 // 0 for none
	}{
		{"as much as it is good for", []pricing.Quote{quote(3, noon, "")}, 10, 3},
		{"more than it is good for", []pricing.Quote{quote(3, noon, "")}, 11, 0},
		{"in doubt, and a later one", []pricing.Quote{quote(3, noon, "pushed"), quote(4, noon.Add(time.Minute), "")}, 10, 4},
		{"a later one that is good for less", []pricing.Quote{quote(3, noon, "pushed"), quote(4, noon.Add(time.Minute), "")}, 11, 0},
		{"any number", []pricing.Quote{{Subject: subject, Price: decimal.NewFromInt(5), At: noon, Source: "feed"}}, 1_000_000, 5},
		{"nothing known", nil, 1, 0},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			book := &pricing.Book{}
			book.Add(row.quotes...)
			q, ok := book.AsOf(subject, decimal.NewFromInt(row.quantity), noon, noon.Add(time.Hour))
			if ok != (row.want != 0) || !q.Price.Equal(decimal.NewFromInt(row.want)) {
				t.Errorf("%s, %v; want %d", q.Price, ok, row.want)
			}
		})
	}
}

// TestMostOfTheSame: of two quotes of one source that say the same, the one that is
// good for more serves, in whatever order they came.
func TestMostOfTheSame(t *testing.T) {
	t.Parallel()
	noon := time.Date(2024, 3, 5, 12, 0, 0, 0, time.UTC)
	few := pricing.Quote{Subject: pricing.Subject{Symbol: "SHARE"}, Price: decimal.NewFromInt(3), At: noon, Source: "vault", Note: "enough for the 10 that were moved", Most: decimal.NewNullDecimal(decimal.NewFromInt(10))}
	many := few
	many.Note, many.Most = "enough for the 90 that were moved", decimal.NewNullDecimal(decimal.NewFromInt(90))
	all := many
	all.Most = decimal.NullDecimal{}
	for _, quotes := range [][]pricing.Quote{{few, many}, {many, few}, {few, many, all}, {all, many, few}} {
		book := &pricing.Book{}
		book.Add(quotes...)
		if _, ok := book.AsOf(few.Subject, decimal.NewFromInt(50), noon, noon); !ok {
			t.Errorf("no price for 50 of quotes %v", quotes)
		}
		if _, ok := book.AsOf(few.Subject, decimal.NewFromInt(91), noon, noon); ok != (len(quotes) == 3) {
			t.Errorf("a price for 91 of %d quotes: %v", len(quotes), ok)
		}
	}
}
