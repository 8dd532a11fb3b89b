package pricing

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// DefaultMaxAge is how old a quote may be and still serve: a daily close and
// half a day.
const DefaultMaxAge = 36 * time.Hour

// Book holds quotes and answers as of a moment. The zero Book is empty and
// ready for use; it is not safe for use while it is being added to.
type Book struct {
	// MaxAge is how old a quote may be; zero means [DefaultMaxAge].
	MaxAge time.Duration
	quotes map[Subject][]Quote // by time
}

// Add puts quotes into the book.
func (b *Book) Add(quotes ...Quote) {
	if b.quotes == nil {
		b.quotes = make(map[Subject][]Quote)
	}
	for _, q := range quotes {
		list := b.quotes[q.Subject]
		i, _ := slices.BinarySearchFunc(list, q, byTime)
		b.quotes[q.Subject] = slices.Insert(list, i, q)
	}
}

func byTime(a, b Quote) int {
	return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Source, b.Source), a.Price.Cmp(b.Price))
}

// At returns the last quote at or before t, and false where there is none or
// where it is older than MaxAge.
func (b *Book) At(s Subject, t time.Time) (Quote, bool) {
	q, ok := b.Last(s, t)
	if !ok || q.Age(t) > b.maxAge() {
		return Quote{}, false
	}
	return q, true
}

// Last returns the last quote at or before t, however old.
func (b *Book) Last(s Subject, t time.Time) (Quote, bool) {
	if b == nil {
		return Quote{}, false
	}
	list := b.quotes[s]
	i, _ := slices.BinarySearchFunc(list, t, func(q Quote, t time.Time) int {
		if q.At.After(t) {
			return 1
		}
		return -1
	})
	if i == 0 {
		return Quote{}, false
	}
	return list[i-1], true
}

func (b *Book) maxAge() time.Duration {
	if b.MaxAge > 0 {
		return b.MaxAge
	}
	return DefaultMaxAge
}

// Between returns the quotes of a subject from one moment to another, both
// included, in order of time.
func (b *Book) Between(s Subject, from, to time.Time) []Quote {
	if b == nil {
		return nil
	}
	var got []Quote
	for _, q := range b.quotes[s] {
		if !q.At.Before(from) && !q.At.After(to) {
			got = append(got, q)
		}
	}
	return got
}

// Has reports whether the book holds any quote of the subject.
func (b *Book) Has(s Subject) bool { return b != nil && len(b.quotes[s]) > 0 }
