package pricing

import (
	"fmt"
	"time"

	"github.com/shopspring/decimal"
)

// AsOf returns what the price of a quantity, in whole units, at moment t can rest
// on: the quote of that moment or, where there is none or it is in doubt, that of a
// later moment. One that is good for less is none: a contract that says that it
// has more of something than there is does not make it more.
func (b *Book) AsOf(s Subject, quantity decimal.Decimal, t, later time.Time) (Quote, bool) {
	q, ok := b.At(s, t)
	if !ok || q.Doubt != "" {
		q, ok = b.At(s, later)
	}
	if !ok || q.Most.Valid && quantity.GreaterThan(q.Most.Decimal) {
		return Quote{}, false
	}
	return q, true
}

// Times returns the price of a subject of which one is worth an amount of what
// q prices, as of moment t or, where q is later, of that of q: no price is older
// than what it rests on. What is doubtful of q is doubtful of it.
func (q Quote) Times(s Subject, amount decimal.Decimal, t time.Time) Quote {
	r := Quote{
		Subject: s, Price: amount.Mul(q.Price), At: t.UTC(),
		Note: fmt.Sprintf("%s of %s at %s dollars (%s)", amount.Round(12), q.Subject, q.Price, q.Source),
	}
	if q.At.After(r.At) {
		r.At = q.At
	}
	if q.Doubt != "" {
		r.Doubt = "rests on " + q.Subject.String() + ": " + q.Doubt
	}
	return r
}
