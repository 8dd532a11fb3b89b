package pricing

import (
	"cmp"
	"slices"
	"sort"
	"time"
)

// DefaultMaxAge is how old a quote may be and still serve: a daily close and
// half a day.
const DefaultMaxAge = 36 * time.Hour

// Book holds quotes and answers as of a moment. The order in which quotes are
// added does not matter. The zero Book is empty and ready for use, a nil Book
// is empty; neither is safe for use while it is being added to.
type Book struct {
	// MaxAge is how old a quote may be; zero means [DefaultMaxAge].
	MaxAge  time.Duration
	shelves map[Subject][]shelf // in order of preference
}

// shelf holds the quotes of one subject that are preferred alike, by time.
type shelf struct {
	doubtful bool
	rank     int
	quotes   []Quote
	// by has, of each source, where its quotes are, in order of time.
	by map[string][]int
}

func (s shelf) compare(o shelf) int {
	return cmp.Or(cmp.Compare(btoi(s.doubtful), btoi(o.doubtful)), cmp.Compare(s.rank, o.rank))
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Add puts quotes into the book. A quote that is in it already is not added
// again.
func (b *Book) Add(quotes ...Quote) {
	if b.shelves == nil {
		b.shelves = make(map[Subject][]shelf)
	}
	touched := map[Subject]bool{}
	for _, q := range quotes {
		q.At = q.At.UTC()
		at := b.shelf(q)
		at.quotes = append(at.quotes, q)
		touched[q.Subject] = true
	}
	for subject := range touched {
		for i := range b.shelves[subject] {
			b.shelves[subject][i].tidy()
		}
	}
}

// Clone returns a book with the same quotes, to which more can be added
// without adding them to b. Of a nil Book it is an empty one.
func (b *Book) Clone() *Book {
	if b == nil {
		return &Book{}
	}
	c := &Book{MaxAge: b.MaxAge, shelves: make(map[Subject][]shelf, len(b.shelves))}
	for subject, list := range b.shelves {
		copied := slices.Clone(list)
		for i := range copied {
			copied[i].quotes = slices.Clone(copied[i].quotes)
			copied[i].index()
		}
		c.shelves[subject] = copied
	}
	return c
}

// shelf returns the shelf that a quote belongs on.
func (b *Book) shelf(q Quote) *shelf {
	own := shelf{doubtful: q.Doubt != "", rank: q.Rank}
	list := b.shelves[q.Subject]
	i, found := slices.BinarySearchFunc(list, own, shelf.compare)
	if !found {
		list = slices.Insert(list, i, own)
		b.shelves[q.Subject] = list
	}
	return &list[i]
}

func (s *shelf) tidy() {
	if !slices.IsSortedFunc(s.quotes, Quote.compare) {
		slices.SortFunc(s.quotes, Quote.compare)
	}
	s.quotes = slices.CompactFunc(s.quotes, func(a, b Quote) bool { return a.compare(b) == 0 })
	s.index()
}

func (s *shelf) index() {
	s.by = make(map[string][]int, len(s.by))
	for i, q := range s.quotes {
		s.by[q.Source] = append(s.by[q.Source], i)
	}
}

// last returns the last quote at or before t.
func (s shelf) last(t time.Time) (Quote, bool) {
	i, ok := lastOf(len(s.quotes), func(i int) time.Time { return s.quotes[i].At }, t)
	if !ok {
		return Quote{}, false
	}
	return s.quotes[i], true
}

// lastOf returns the place of the last of n moments in order that is at or
// before t; of several at one time the first, which is the preferred one.
func lastOf(n int, at func(int) time.Time, t time.Time) (int, bool) {
	after := sort.Search(n, func(i int) bool { return at(i).After(t) })
	if after == 0 {
		return 0, false
	}
	found := at(after - 1)
	return sort.Search(after, func(i int) bool { return !at(i).Before(found) }), true
}

// each returns what every source says as of t, the last first.
func (s shelf) each(t time.Time, maxAge time.Duration) []Quote {
	var list []Quote
	for _, places := range s.by {
		i, ok := lastOf(len(places), func(i int) time.Time { return s.quotes[places[i]].At }, t)
		if ok && s.quotes[places[i]].Age(t) <= maxAge {
			list = append(list, s.quotes[places[i]])
		}
	}
	slices.SortFunc(list, func(a, b Quote) int { return cmp.Or(b.At.Compare(a.At), a.compare(b)) })
	return list
}

// At returns the quote that serves for moment t: of those at or before it and
// no older than MaxAge, one without a doubt before one with a doubt, then of
// the source that is preferred, then the last. One that is stale by then is in
// doubt. False where there is none.
func (b *Book) At(s Subject, t time.Time) (Quote, bool) {
	if b == nil {
		return Quote{}, false
	}
	for _, shelf := range b.shelves[s] {
		q, ok := shelf.last(t)
		if !ok || q.Age(t) > b.maxAge() {
			continue
		}
		if q.asOf(t).Doubt != q.Doubt {
			return b.Candidates(s, t)[0], true // a stale one is no longer where it stands
		}
		return q, true
	}
	return Quote{}, false
}

// Last returns the last quote at or before t, however old and of whatever
// source.
func (b *Book) Last(s Subject, t time.Time) (Quote, bool) {
	var best Quote
	found := false
	if b == nil {
		return best, false
	}
	for _, shelf := range b.shelves[s] {
		if q, ok := shelf.last(t); ok && (!found || q.At.After(best.At)) {
			best, found = q, true
		}
	}
	return best, found
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
	for _, shelf := range b.shelves[s] {
		for _, q := range shelf.quotes {
			if !q.At.Before(from) && !q.At.After(to) {
				got = append(got, q)
			}
		}
	}
	slices.SortStableFunc(got, Quote.compare)
	return got
}

// Candidates returns what each source says as of t: of every source the quote
// that would serve if it were the only one, in order of preference: the first
// is the one that serves. It takes time by the number of sources, and by the
// logarithm of that of the quotes.
func (b *Book) Candidates(s Subject, t time.Time) []Quote {
	if b == nil {
		return nil
	}
	var list []Quote
	for _, shelf := range b.shelves[s] {
		for _, q := range shelf.each(t, b.maxAge()) {
			list = append(list, q.asOf(t))
		}
	}
	slices.SortStableFunc(list, func(a, b Quote) int {
		return cmp.Or(cmp.Compare(btoi(a.Doubt != ""), btoi(b.Doubt != "")), cmp.Compare(a.Rank, b.Rank), b.At.Compare(a.At))
	})
	first := list[:0] // of each source
	for _, q := range list {
		if !slices.ContainsFunc(first, func(o Quote) bool { return o.Source == q.Source && o.Rank == q.Rank }) {
			first = append(first, q)
		}
	}
	return first
}

// Has reports whether the book holds any quote of the subject.
func (b *Book) Has(s Subject) bool { return b != nil && len(b.shelves[s]) > 0 }

// DailyClose returns the moment at which the day of t, in UTC, closes: the
// first of the next day.
func DailyClose(t time.Time) time.Time {
	y, m, d := t.UTC().Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC)
}
