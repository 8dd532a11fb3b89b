package pricing

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"
)

// tolerated is how far apart two sources may be: two percent of the lower.
var tolerated = decimal.New(2, -2)

// Disagreement is where sources differ by more than two percent. All of them
// are kept; the first is the one that serves.
type Disagreement struct {
	Ask    Ask
	Quotes []Quote         // one of each source, in order of preference
	Spread decimal.Decimal // the highest less the lowest, as a share of the lowest
}

// Unpriced is an ask that nobody answered.
type Unpriced struct {
	Ask Ask
	Why []string // what the sources said, each once, by source
}

// Problem is a source that could not be asked.
type Problem struct {
	Source string
	Err    error
}

// Outcome is what came of filling a book, each list in order of the asks or,
// for problems, of the sources.
type Outcome struct {
	Disagreements []Disagreement
	Unpriced      []Unpriced
	Refusals      []Refusal // also of asks that another source answered
	Problems      []Problem
}

// Fill asks sources, given in order of preference, and puts all that they say
// into the book. What the book held before comes first if its rank is zero.
// A dollar stablecoin that nobody prices is taken at par. A source that fails
// is told in the outcome; the error is that of the context alone.
func Fill(ctx context.Context, book *Book, sources []Source, asks []Ask) (Outcome, error) {
	f := filling{book: book, sources: sources, asks: distinct(asks), why: map[Ask][]string{}, failed: make([][]error, len(sources))}
	rest := f.needs(ctx)
	f.each(ctx, false, rest.all())
	f.assumePar(rest.all())
	for _, layer := range rest.layers {
		f.each(ctx, true, layer)
	}
	if err := ctx.Err(); err != nil {
		return Outcome{}, err
	}
	for _, a := range rest.circular {
		f.why[a] = append(f.why[a], "its price would rest on itself")
	}
	f.problems()
	f.conclude()
	return f.outcome, nil
}

type filling struct {
	book    *Book
	sources []Source
	asks    []Ask
	why     map[Ask][]string
	failed  [][]error // by source
	outcome Outcome
}

// needs finds out what the asks rest on, and what that rests on.
func (f *filling) needs(ctx context.Context) order {
	on := map[Ask][]Ask{}
	next := f.asks
	for depth := 0; len(next) > 0 && depth <= deepest; depth++ {
		var more []Ask
		for i, s := range f.sources {
			d, is := s.(Dependent)
			if !is {
				continue
			}
			lists, err := d.Needs(ctx, next)
			if err != nil {
				f.failed[i] = append(f.failed[i], err)
			}
			for n, list := range lists {
				list = distinct(list)
				on[next[n]] = append(on[next[n]], list...)
				more = append(more, list...)
			}
		}
		for _, a := range next {
			on[a] = distinct(on[a])
		}
		next = slices.DeleteFunc(distinct(more), func(a Ask) bool { _, known := on[a]; return known })
	}
	return arrange(f.asks, on)
}

// each asks the sources that rest on others, or those that do not.
func (f *filling) each(ctx context.Context, dependent bool, asks []Ask) {
	for i, s := range f.sources {
		if _, is := s.(Dependent); is == dependent && ctx.Err() == nil {
			f.ask(ctx, i, asks)
		}
	}
}

func (f *filling) ask(ctx context.Context, i int, asks []Ask) {
	s := f.sources[i]
	answer, err := s.Quotes(ctx, asks)
	for n := range answer.Quotes {
		answer.Quotes[n].Rank = i + 1
	}
	f.book.Add(answer.Quotes...)
	for _, r := range answer.Refusals {
		r.Ask.At = plain(r.Ask.At)
		f.why[r.Ask] = append(f.why[r.Ask], s.Name()+": "+r.Why)
		f.outcome.Refusals = append(f.outcome.Refusals, Refusal{r.Ask, s.Name() + ": " + r.Why})
	}
	if err != nil {
		f.failed[i] = append(f.failed[i], err)
	}
}

func (f *filling) problems() {
	for i, s := range f.sources {
		// A source that is asked several times says the same each time.
		if len(f.failed[i]) > 0 {
			f.outcome.Problems = append(f.outcome.Problems, Problem{s.Name(), f.failed[i][0]})
		}
	}
	slices.SortStableFunc(f.outcome.Refusals, func(a, b Refusal) int { return a.Ask.compare(b.Ask) })
}

// assumePar is done before the dependent sources are asked, and for what they
// rest on as well: a pool against a stablecoin says what its token is worth in
// that stablecoin. Whatever they say of the stablecoin itself goes before, for
// being without a doubt.
func (f *filling) assumePar(asked []Ask) {
	for _, a := range asked {
		if _, ok := f.book.At(a.Subject, a.At); ok {
			continue
		}
		if q, ok := par(a, len(f.sources)+1); ok {
			f.book.Add(q)
		}
	}
}

func (f *filling) conclude() {
	for _, a := range f.asks {
		if _, ok := f.book.At(a.Subject, a.At); !ok {
			f.outcome.Unpriced = append(f.outcome.Unpriced, Unpriced{a, f.reasons(a)})
			continue
		}
		if d, ok := disagreement(f.book, a); ok {
			f.outcome.Disagreements = append(f.outcome.Disagreements, d)
		}
	}
}

func (f *filling) reasons(a Ask) []string {
	why := slices.Clone(f.why[a])
	for _, p := range f.outcome.Problems {
		why = append(why, fmt.Sprintf("%s: %v", p.Source, p.Err))
	}
	if q, ok := f.book.Last(a.Subject, a.At); ok {
		why = append(why, fmt.Sprintf("the last quote, of %s, is %s old", q.Source, q.Age(a.At)))
	}
	if coin, other, ok := pricedElsewhere(f.book, a); ok {
		why = append(why, fmt.Sprintf("%s, the same coin, has a price, which does not serve here: a price file needs a row for %s itself", other, coin))
	}
	slices.Sort(why)
	return slices.Compact(why)
}

// otherTime is how much older than the quote that serves another may be and
// still be of the same time. Yesterday's close and today's are no disagreement.
const otherTime = 12 * time.Hour

// disagreement compares what the sources say as of the ask. A quote at par is
// no statement of anybody, and one that is much older than the one that serves
// is one of another time; one that is younger is not.
func disagreement(book *Book, a Ask) (Disagreement, bool) {
	serves, _ := book.At(a.Subject, a.At)
	all := slices.DeleteFunc(book.Candidates(a.Subject, a.At), func(q Quote) bool {
		return q.Method == MethodPar || serves.At.Sub(q.At) > otherTime
	})
	if len(all) < 2 {
		return Disagreement{}, false
	}
	low, high := all[0].Price, all[0].Price
	for _, q := range all[1:] {
		low, high = decimal.Min(low, q.Price), decimal.Max(high, q.Price)
	}
	gap := high.Sub(low)
	if gap.LessThanOrEqual(low.Mul(tolerated)) {
		return Disagreement{}, false
	}
	d := Disagreement{Ask: a, Quotes: all}
	if low.IsPositive() {
		d.Spread = gap.DivRound(low, 6)
	}
	return d, true
}
