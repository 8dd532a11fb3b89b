package pricing_test

import (
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"losstracer/chain"
	"losstracer/pricing"
)

var (
	ether = pricing.Of(chain.NativeAsset(1))
	usdt  = pricing.Of(chain.Token(1, common.HexToAddress("0xdac17f958d2ee523a2206206994597c13d831ec7")))
	fake  = pricing.Of(chain.Token(1, common.HexToAddress("0xdac17f958d2ee523a2206206994597c13d831ec8")))
)

func moment(hours float64) time.Time {
	return time.Date(2023, 11, 18, 0, 0, 0, 0, time.UTC).Add(time.Duration(hours * float64(time.Hour)))
}

func quoted(price string, hours float64, change ...func(*pricing.Quote)) pricing.Quote {
	q := pricing.Quote{Subject: ether, Price: decimal.RequireFromString(price), At: moment(hours), Source: "test", Method: "close"}
	for _, c := range change {
		c(&q)
	}
	return q
}

func from(source string, rank int) func(*pricing.Quote) {
	return func(q *pricing.Quote) { q.Source, q.Rank = source, rank }
}

func doubted(why string) func(*pricing.Quote) { return func(q *pricing.Quote) { q.Doubt = why } }

func renewed(within time.Duration) func(*pricing.Quote) {
	return func(q *pricing.Quote) { q.Fresh = within }
}

func of(s pricing.Subject) func(*pricing.Quote) { return func(q *pricing.Quote) { q.Subject = s } }

func TestBookAt(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason string
		quotes       []pricing.Quote
		hours        float64
		want         string // a price; empty for none
	}{
		{"exactly then", "at or before", []pricing.Quote{quoted("1", 5)}, 5, "1"},
		{"before", "the last one serves", []pricing.Quote{quoted("1", 1), quoted("2", 4)}, 5, "2"},
		{"after", "a price that was not yet known is no price", []pricing.Quote{quoted("1", 5.1)}, 5, ""},
		{"36 hours", "the age that is allowed", []pricing.Quote{quoted("1", 0)}, 36, "1"},
		{"older", "too old is unpriced, not worthless", []pricing.Quote{quoted("1", 0)}, 36.01, ""},
		{"other asset", "a token with the same name is another asset", []pricing.Quote{quoted("1", 0, of(usdt))}, 1, ""},
		{"preferred before later", "the order of sources is the user's", []pricing.Quote{
			quoted("1", 1, from("first", 1)), quoted("2", 4, from("second", 2))}, 5, "1"},
		{"preferred is too old", "then the next source serves", []pricing.Quote{
			quoted("1", 0, from("first", 1)), quoted("2", 38, from("second", 2))}, 40, "2"},
		{"doubtful preferred", "a doubt goes behind every price without one", []pricing.Quote{
			quoted("1", 4, from("first", 1), doubted("stale")), quoted("2", 1, from("second", 2))}, 5, "2"},
		{"only doubtful", "it serves where there is nothing else", []pricing.Quote{quoted("1", 4, doubted("stale"))}, 5, "1"},
		{"fresh", "what is renewed in time is in no doubt", []pricing.Quote{
			quoted("1", 4, from("first", 1), renewed(time.Hour)), quoted("2", 4.5, from("second", 2))}, 5, "1"},
		{"stale", "what should have been renewed goes behind what is sure", []pricing.Quote{
			quoted("1", 4, from("first", 1), renewed(time.Hour)), quoted("2", 1, from("second", 2))}, 6, "2"},
		{"stale and doubtful of one source", "both are in doubt, and the later one serves", []pricing.Quote{
			quoted("1", 1, from("first", 1), renewed(time.Hour)), quoted("2", 4, from("first", 1), doubted("thin"))}, 5, "2"},
		{"stale beside an older one of its rank", "the older one is sure", []pricing.Quote{
			quoted("1", 4, from("a", 1), renewed(time.Hour)), quoted("2", 1, from("b", 1))}, 6, "2"},
		{"two at one time", "by name, so that the answer is always the same", []pricing.Quote{
			quoted("2", 4, from("b", 0)), quoted("1", 4, from("a", 0))}, 5, "1"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var b pricing.Book
			b.Add(row.quotes...)
			got, ok := b.At(ether, moment(row.hours))
			if ok != (row.want != "") || ok && got.Price.String() != row.want {
				t.Errorf("At = %v, %v; want %q: %s", got.Price, ok, row.want, row.reason)
			}
		})
	}
}

func TestBookOfNothing(t *testing.T) {
	t.Parallel()
	for _, b := range []*pricing.Book{nil, {}} {
		if _, ok := b.At(ether, moment(0)); ok {
			t.Error("an empty book has a quote")
		}
		if _, ok := b.Last(ether, moment(0)); ok {
			t.Error("an empty book has a last quote")
		}
		if b.Has(ether) || b.Between(ether, moment(0), moment(1)) != nil || b.Candidates(ether, moment(0)) != nil {
			t.Error("an empty book holds something")
		}
	}
}

func TestBookLastHoweverOld(t *testing.T) {
	t.Parallel()
	var b pricing.Book
	b.Add(quoted("1", 0, from("first", 1)), quoted("2", 1, from("second", 2)))
	got, ok := b.Last(ether, moment(1000))
	if !ok || got.Price.String() != "2" {
		t.Errorf("Last = %v, %v; want 2", got.Price, ok)
	}
}

func TestBookBetween(t *testing.T) {
	t.Parallel()
	var b pricing.Book
	b.Add(quoted("4", 4), quoted("2", 2, from("other", 3)), quoted("1", 1), quoted("3", 3, doubted("x")))
	var got []string
	for _, q := range b.Between(ether, moment(2), moment(4)) {
		got = append(got, q.Price.String())
	}
	if diff := cmp.Diff([]string{"2", "3", "4"}, got); diff != "" {
		t.Errorf("both ends count, in order of time (-want +got):\n%s", diff)
	}
}

func TestBookAddsAQuoteOnce(t *testing.T) {
	t.Parallel()
	var b pricing.Book
	b.Add(quoted("1", 1), quoted("1.0", 1))
	b.Add(quoted("1", 1))
	if n := len(b.Between(ether, moment(0), moment(9))); n != 1 {
		t.Errorf("the same quote thrice is %d quotes, want 1", n)
	}
}

// someQuotes draws quotes of two subjects on a coarse grid, so that equal times
// and equal prices come up.
func someQuotes(t *rapid.T) []pricing.Quote {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) pricing.Quote {
		return pricing.Quote{
			Subject: rapid.SampledFrom([]pricing.Subject{ether, usdt}).Draw(t, "subject"),
			Price:   decimal.New(rapid.Int64Range(0, 5).Draw(t, "price"), -1),
			At:      moment(float64(rapid.IntRange(0, 60).Draw(t, "hours"))),
			Source:  rapid.SampledFrom([]string{"a", "b"}).Draw(t, "source"),
			Rank:    rapid.IntRange(0, 2).Draw(t, "rank"),
			Doubt:   rapid.SampledFrom([]string{"", "", "stale"}).Draw(t, "doubt"),
		}
	}), 0, 30).Draw(t, "quotes")
}

func TestPropertyBook(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		quotes := someQuotes(t)
		var b, shuffled pricing.Book
		b.Add(quotes...)
		for _, q := range rapid.Permutation(quotes).Draw(t, "order") {
			shuffled.Add(q)
		}
		at := moment(float64(rapid.IntRange(-5, 120).Draw(t, "at")))
		for _, subject := range []pricing.Subject{ether, usdt} {
			got, ok := b.At(subject, at)
			again, okAgain := shuffled.At(subject, at)
			if ok != okAgain || !cmp.Equal(got, again) {
				t.Fatalf("the order of adding matters: %v and %v", got, again)
			}
			if ok && (got.At.After(at) || got.Age(at) > pricing.DefaultMaxAge || got.Subject != subject) {
				t.Fatalf("At(%v) = %v", at, got)
			}
			want, wantOK := best(quotes, subject, at)
			if ok != wantOK || ok && !cmp.Equal(got, want) {
				t.Fatalf("At(%v) = %+v, want %+v", at, got, want)
			}
			if diff := cmp.Diff(b.Between(subject, moment(0), at), shuffled.Between(subject, moment(0), at)); diff != "" {
				t.Fatalf("the order of adding matters to Between: %s", diff)
			}
		}
	})
}

// best is At by looking at every quote: the rule as it is written down.
func best(quotes []pricing.Quote, s pricing.Subject, at time.Time) (pricing.Quote, bool) {
	fit := slices.DeleteFunc(slices.Clone(quotes), func(q pricing.Quote) bool {
		return q.Subject != s || q.At.After(at) || at.Sub(q.At) > pricing.DefaultMaxAge
	})
	slices.SortFunc(fit, func(a, b pricing.Quote) int {
		for _, c := range []int{len(a.Doubt) - len(b.Doubt), a.Rank - b.Rank, b.At.Compare(a.At), compareText(a.Source, b.Source), a.Price.Cmp(b.Price)} {
			if c != 0 {
				return c
			}
		}
		return 0
	})
	if len(fit) == 0 {
		return pricing.Quote{}, false
	}
	return fit[0], true
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func ExampleBook_At() {
	eth := pricing.Of(chain.NativeAsset(1))
	close := func(day int, price string) pricing.Quote {
		date := time.Date(2020, 9, day, 0, 0, 0, 0, time.UTC)
		return pricing.Quote{
			Subject: eth, Price: decimal.RequireFromString(price),
			At: pricing.DailyClose(date), Source: "exchange", Method: "close of " + date.Format(time.DateOnly),
		}
	}
	var b pricing.Book
	b.Add(close(24, "349.18"), close(25, "352.18"))

	theft := time.Date(2020, 9, 25, 18, 49, 0, 0, time.UTC)
	q, ok := b.At(eth, theft)
	fmt.Println(ok, q.Price, q.Method, q.Age(theft))
	_, ok = b.At(eth, theft.AddDate(0, 0, 7))
	fmt.Println(ok)
	// Output:
	// true 349.18 close of 2020-09-24 18h49m0s
	// false
}

// TestCandidatesBeginWithWhatServes compares what a book says of each source
// with the rule told plainly: of each source the last quote that is young
// enough, without a doubt where there is one.
func TestCandidatesBeginWithWhatServes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var b pricing.Book
		var all []pricing.Quote
		for i := range rapid.IntRange(0, 40).Draw(t, "quotes") {
			hours := float64(rapid.IntRange(0, 60).Draw(t, "hours"))
			q := quoted(fmt.Sprint(i+1), hours, from(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "source"), rapid.IntRange(0, 2).Draw(t, "rank")))
			if rapid.Bool().Draw(t, "doubt") {
				q.Doubt = "thin"
			}
			if q.Source == "a" {
				q.Fresh = 5 * time.Hour
			}
			all = append(all, q)
		}
		b.Add(all...)
		now := moment(float64(rapid.IntRange(0, 80).Draw(t, "now")))
		got := b.Candidates(ether, now)
		serves, ok := b.At(ether, now)
		if ok != (len(got) > 0) || ok && got[0] != serves {
			t.Fatalf("%v serves, candidates are %v", serves, got)
		}
		best := map[string]pricing.Quote{}
		for _, q := range all {
			if q.At.After(now) || q.Age(now) > pricing.DefaultMaxAge {
				continue
			}
			if q.Doubt == "" && q.Fresh > 0 && q.Age(now) > q.Fresh {
				q.Doubt = fmt.Sprintf("stale: it is %s old, and should be renewed within %s", q.Age(now), q.Fresh)
			}
			key := fmt.Sprint(q.Source, q.Rank)
			o, known := best[key]
			firm := (o.Doubt != "") == (q.Doubt != "")
			if !known || o.Doubt != "" && q.Doubt == "" || firm && q.At.After(o.At) {
				best[key] = q
			}
		}
		if len(got) != len(best) {
			t.Fatalf("%d candidates of %d sources", len(got), len(best))
		}
		for _, q := range got {
			want := best[fmt.Sprint(q.Source, q.Rank)]
			if !q.At.Equal(want.At) || (q.Doubt == "") != (want.Doubt == "") {
				t.Fatalf("of %s: %v, want one of %v", q.Source, q, want)
			}
		}
	})
}

// BenchmarkPricing values 100,000 transfers of twenty assets, each at a time of
// its own, against a book of three sources with a quote for each, and compares
// what the sources say of each.
func BenchmarkPricing(b *testing.B) {
	const transfers, assets = 100_000, 20
	book := &pricing.Book{}
	subjects := make([]pricing.Subject, assets)
	for i := range subjects {
		subjects[i] = pricing.Of(chain.Token(1, common.BigToAddress(big.NewInt(int64(i+1)))))
	}
	var quotes []pricing.Quote
	at := func(i int) time.Time { return moment(0).Add(time.Duration(i) * time.Second) }
	for i := range transfers {
		for rank, source := range []string{"first", "second", "third"} {
			quotes = append(quotes, pricing.Quote{Subject: subjects[i%assets], Price: decimal.NewFromInt(int64(i + 1)), At: at(i), Source: source, Rank: rank + 1})
		}
	}
	book.Add(quotes...)
	for b.Loop() {
		for i := range transfers {
			if q, ok := book.At(subjects[i%assets], at(i)); !ok || q.Rank != 1 {
				b.Fatal("no quote of the first source")
			}
			if len(book.Candidates(subjects[i%assets], at(i))) != 3 {
				b.Fatal("want one candidate of each source")
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/transfers, "ns/transfer")
}
