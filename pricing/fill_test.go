package pricing_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
)

// told is a source that says what it was given, and then fails if it is to.
type told struct {
	name   string
	quotes []pricing.Quote
	refuse string
	err    error
	got    *[]pricing.Ask
}

func (s told) Name() string { return s.name }

func (s told) Quotes(_ context.Context, asks []pricing.Ask) (pricing.Answer, error) {
	if s.got != nil {
		*s.got = asks
	}
	a := pricing.Answer{Quotes: slices.Clone(s.quotes)}
	for _, ask := range asks {
		if s.refuse != "" {
			a.Refuse(ask, "%s", s.refuse)
		}
	}
	return a, s.err
}

func fill(t *testing.T, book *pricing.Book, asks []pricing.Ask, sources ...pricing.Source) pricing.Outcome {
	t.Helper()
	outcome, err := pricing.Fill(t.Context(), book, sources, asks)
	if err != nil {
		t.Fatal(err)
	}
	return outcome
}

func TestFillOrder(t *testing.T) {
	t.Parallel()
	asks := []pricing.Ask{{Subject: ether, At: moment(5)}}
	chainlink := told{name: "chainlink", quotes: []pricing.Quote{quoted("100", 4, from("Chainlink", 0))}}
	llama := told{name: "llama", quotes: []pricing.Quote{quoted("101", 4.9, from("DefiLlama", 0))}}
	for _, row := range []struct {
		name    string
		sources []pricing.Source
		want    string
	}{
		{"chainlink first", []pricing.Source{chainlink, llama}, "100"},
		{"llama first", []pricing.Source{llama, chainlink}, "101"},
	} {
		var book pricing.Book
		outcome := fill(t, &book, asks, row.sources...)
		if q, _ := book.At(ether, moment(5)); q.Price.String() != row.want {
			t.Errorf("%s: %s, want %s", row.name, q.Price, row.want)
		}
		if len(outcome.Disagreements) != 0 {
			t.Errorf("%s: one percent is called a disagreement: %v", row.name, outcome.Disagreements)
		}
	}
}

func TestFillDisagreement(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, second string
		want         string // spread; empty for none
	}{
		{"two percent exactly", "102", ""},
		{"a little more", "102.001", "0.02001"},
		{"less", "98", "0.020408"},
		{"far", "150", "0.5"},
	} {
		var book pricing.Book
		outcome := fill(t, &book, []pricing.Ask{{Subject: ether, At: moment(5)}},
			told{name: "one", quotes: []pricing.Quote{quoted("100", 4, from("one", 0))}},
			told{name: "two", quotes: []pricing.Quote{quoted(row.second, 4, from("two", 0))}})
		if row.want == "" {
			if len(outcome.Disagreements) != 0 {
				t.Errorf("%s: %v", row.name, outcome.Disagreements)
			}
			continue
		}
		if len(outcome.Disagreements) != 1 {
			t.Fatalf("%s: %d disagreements, want 1", row.name, len(outcome.Disagreements))
		}
		d := outcome.Disagreements[0]
		if d.Spread.String() != row.want || len(d.Quotes) != 2 || d.Quotes[0].Source != "one" {
			t.Errorf("%s: spread %s, quotes %v; want %s with the preferred first", row.name, d.Spread, d.Quotes, row.want)
		}
		if n := len(book.Between(ether, moment(0), moment(9))); n != 2 {
			t.Errorf("%s: %d quotes kept, want both", row.name, n)
		}
	}
}

func TestFillPar(t *testing.T) {
	t.Parallel()
	asks := []pricing.Ask{{Subject: usdt, At: moment(5)}, {Subject: fake, At: moment(5)}, {Subject: pricing.Subject{Symbol: "USDT"}, At: moment(5)}}
	var book pricing.Book
	outcome := fill(t, &book, asks, told{name: "none"})
	q, ok := book.At(usdt, moment(5))
	if !ok || !q.Price.Equal(decimal.New(1, 0)) || q.Method != pricing.MethodPar || q.Doubt == "" {
		t.Errorf("USDT = %+v, %v; want par with a doubt", q, ok)
	}
	if len(outcome.Unpriced) != 2 {
		t.Errorf("unpriced %v; want the token beside the real one, and the bare symbol", outcome.Unpriced)
	}

	var depegged pricing.Book
	outcome = fill(t, &depegged, asks[:1], told{name: "market", quotes: []pricing.Quote{quoted("0.88", 4.5, of(usdt))}})
	if q, _ := depegged.At(usdt, moment(5)); q.Price.String() != "0.88" || len(outcome.Disagreements) != 0 {
		t.Errorf("a stablecoin with a price = %v, disagreements %v; want 0.88 and none: par says nothing", q.Price, outcome.Disagreements)
	}
}

func TestFillFailures(t *testing.T) {
	t.Parallel()
	ask := pricing.Ask{Subject: fake, At: moment(100), Block: 7}
	var book pricing.Book
	book.Add(quoted("3", 1, of(fake)))
	outcome := fill(t, &book, []pricing.Ask{ask, ask},
		told{name: "down", err: errors.New("no route")}, told{name: "picky", refuse: "pool holds 12 dollars"})
	if len(outcome.Unpriced) != 1 || outcome.Unpriced[0].Ask != ask {
		t.Fatalf("unpriced = %v, want the ask once", outcome.Unpriced)
	}
	why := strings.Join(outcome.Unpriced[0].Why, "\n")
	for _, part := range []string{"down: no route", "picky: pool holds 12 dollars", "99h0m0s old"} {
		if !strings.Contains(why, part) {
			t.Errorf("the reasons lack %q:\n%s", part, why)
		}
	}
	if len(outcome.Problems) != 1 || outcome.Problems[0].Source != "down" {
		t.Errorf("problems = %v", outcome.Problems)
	}
}

func TestFillCancelled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := pricing.Fill(ctx, &pricing.Book{}, []pricing.Source{told{name: "x"}}, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want cancelled", err)
	}
}

func TestFillKeepsNeighbours(t *testing.T) {
	t.Parallel()
	given := []pricing.Quote{quoted("1", 1), quoted("9", 900)}
	before := slices.Clone(given)
	var book pricing.Book
	fill(t, &book, nil, told{name: "other"}, told{name: "file", quotes: given})
	if n := len(book.Between(ether, moment(0), moment(1000))); n != 2 {
		t.Errorf("%d quotes that nobody asked for are in the book, want all", n)
	}
	if diff := cmp.Diff(before, given); diff != "" {
		t.Errorf("what was given was changed (-want +got):\n%s", diff)
	}
	if q, _ := book.At(ether, moment(1)); q.Rank != 2 {
		t.Errorf("rank = %d, want the place in the order", q.Rank)
	}
}

func TestWrapped(t *testing.T) {
	t.Parallel()
	n, _ := chain.NetworkByID(1)
	weth := pricing.Of(chain.Token(1, n.Wrapped))
	var book pricing.Book
	var asked []pricing.Ask
	ask := pricing.Ask{Subject: weth, At: moment(5), Block: 17}
	fill(t, &book, []pricing.Ask{ask}, pricing.Wrapped(&book),
		told{name: "chainlink", quotes: []pricing.Quote{quoted("1963.12", 4)}, got: &asked})
	q, ok := book.At(weth, moment(5))
	if !ok || q.Price.String() != "1963.12" || !strings.Contains(q.Method, "one for one") || !q.At.Equal(moment(4)) {
		t.Errorf("wrapped ether = %+v, %v", q, ok)
	}
	if !slices.Contains(asked, pricing.Ask{Subject: ether, At: moment(5), Block: 17}) {
		t.Errorf("asked %v; the coin was not asked for", asked)
	}
	if _, ok := book.At(usdt, moment(5)); ok {
		t.Error("another token got the coin's price")
	}

	var empty pricing.Book
	outcome := fill(t, &empty, []pricing.Ask{ask}, pricing.Wrapped(&empty))
	if len(outcome.Unpriced) != 1 || len(outcome.Unpriced[0].Why) != 1 {
		t.Errorf("unpriced = %v, want one with its reason", outcome.Unpriced)
	}
}

// TestCoinOfAnotherChain: a price of ether on Ethereum is none of ether on a rollup,
// and whoever gave one is told which row the file lacks.
func TestCoinOfAnotherChain(t *testing.T) {
	t.Parallel()
	n, _ := chain.NetworkByID(10)
	rollup, wrapped := pricing.Of(n.Coin()), pricing.Of(chain.Token(10, n.Wrapped))
	const hint = "eip155:1/slip44:60, the same coin, has a price, which does not serve here: a price file needs a row for eip155:10/slip44:60 itself"
	for _, row := range []struct {
		name  string
		of    pricing.Subject
		hours float64
		want  bool
	}{
		{"the coin", rollup, 5, true},
		{"what wraps it", wrapped, 5, true},
		{"another token", fake, 5, false},
		{"another coin", pricing.Of(chain.NativeAsset(137)), 5, false},
		{"too late for the price", rollup, 50, false},
	} {
		var book pricing.Book
		book.Add(quoted("1963", 4), quoted("1963", 4, of(pricing.Subject{Symbol: "ETH"})))
		outcome := fill(t, &book, []pricing.Ask{{Subject: row.of, At: moment(row.hours)}}, pricing.Wrapped(&book))
		if len(outcome.Unpriced) != 1 || slices.Contains(outcome.Unpriced[0].Why, hint) != row.want {
			t.Errorf("%s: unpriced %v; want the hint: %v", row.name, outcome.Unpriced, row.want)
		}
	}
}

func TestDailyClose(t *testing.T) {
	t.Parallel()
	got := pricing.DailyClose(moment(23.99))
	if want := moment(24); !got.Equal(want) {
		t.Errorf("close = %v, want %v", got, want)
	}
}

func TestStablecoins(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		asset chain.AssetID
		want  string
	}{
		{"USDT", usdt.Asset, "USDT"},
		{"one digit off", fake.Asset, ""},
		{"on another chain", chain.Token(56, usdt.Asset.Contract()), ""},
		{"a collectible of the contract", chain.Item(1, chain.ERC721, usdt.Asset.Contract(), "1"), ""},
		{"ether", ether.Asset, ""},
	} {
		if got, ok := pricing.StablecoinName(row.asset); got != row.want || ok != (row.want != "") {
			t.Errorf("%s: %q, %v; want %q", row.name, got, ok, row.want)
		}
	}
}

func TestCoinID(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		subject pricing.Subject
		hours   float64
		want    string
	}{
		{"ether", ether, 0, "ethereum"},
		{"ether of a rollup", pricing.Of(chain.NativeAsset(42161)), 0, "ethereum"},
		{"Polygon's coin in 2023", pricing.Of(chain.NativeAsset(137)), 0, "matic-network"},
		{"Polygon's coin in 2025", pricing.Of(chain.NativeAsset(137)), 20000, "polygon-ecosystem-token"},
		{"bitcoin by symbol", pricing.Subject{Symbol: "BTC"}, 0, "bitcoin"},
		{"a token", usdt, 0, ""},
		{"an unlisted chain's coin", pricing.Of(chain.NativeAsset(987654321)), 0, ""},
		{"an unknown symbol", pricing.Subject{Symbol: "SCAM"}, 0, ""},
	} {
		if got, _ := pricing.CoinID(row.subject, moment(row.hours)); got != row.want {
			t.Errorf("%s: %q, want %q", row.name, got, row.want)
		}
	}
}

func TestParsePrice(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text string
		want string // empty: refused
	}{
		{"1963.12", "1963.12"}, {"0", "0"}, {"1.5e-7", "0.00000015"}, {"2E3", "2000"},
		{"-1", ""}, {"", ""}, {"NaN", ""}, {"1e999999999", ""}, {"1e-999999999", ""}, {"0x10", ""}, {strings.Repeat("9", 65), ""},
	} {
		got, err := pricing.ParsePrice(row.text)
		if (err == nil) != (row.want != "") || err == nil && got.String() != row.want {
			t.Errorf("ParsePrice(%q) = %v, %v; want %q", row.text, got, err, row.want)
		}
	}
}

// TestNoParWhereTheBridgeFailed asks for a dollar token of Fantom before and
// after the bridge that issued it was emptied.
func TestNoParWhereTheBridgeFailed(t *testing.T) {
	t.Parallel()
	dollar := pricing.Of(chain.Token(250, common.HexToAddress("0x04068da6c83afcfa0e13ba15a6696662335d5b75")))
	before := pricing.Ask{Subject: dollar, At: time.Date(2023, 7, 6, 0, 0, 0, 0, time.UTC)}
	after := pricing.Ask{Subject: dollar, At: before.At.AddDate(0, 1, 0)}
	book := &pricing.Book{}
	outcome, err := pricing.Fill(t.Context(), book, nil, []pricing.Ask{before, after})
	if err != nil || len(outcome.Unpriced) != 1 || outcome.Unpriced[0].Ask != after {
		t.Errorf("unpriced %v, %v; want the later ask", outcome.Unpriced, err)
	}
	if q, ok := book.At(dollar, before.At); !ok || q.Method != pricing.MethodPar {
		t.Errorf("before: %+v, want par", q)
	}
}

// TestNoParOfWhatWasShutDown asks for SAI before and after it was shut down, since when
// it is exchanged for a fixed amount of ether.
func TestNoParOfWhatWasShutDown(t *testing.T) {
	t.Parallel()
	sai := pricing.Of(chain.Token(1, common.HexToAddress("0x89d24a6b4ccb1b6faa2625fe562bdd9a23260359")))
	before := pricing.Ask{Subject: sai, At: time.Date(2020, 5, 1, 0, 0, 0, 0, time.UTC)}
	after := pricing.Ask{Subject: sai, At: before.At.AddDate(0, 1, 0)}
	outcome, err := pricing.Fill(t.Context(), &pricing.Book{}, nil, []pricing.Ask{before, after})
	if err != nil || len(outcome.Unpriced) != 1 || outcome.Unpriced[0].Ask != after {
		t.Errorf("unpriced %v, %v; want the later ask", outcome.Unpriced, err)
	}
}

// TestYesterdaysCloseIsNoDisagreement compares closes of a file, each row of
// which names its own day, and a feed that is younger than the close.
func TestYesterdaysCloseIsNoDisagreement(t *testing.T) {
	t.Parallel()
	ask := []pricing.Ask{{Subject: ether, At: moment(25)}}
	closes := told{name: "file", quotes: []pricing.Quote{quoted("100", 0, from("close of the 17th", 0)), quoted("110", 24, from("close of the 18th", 0))}}
	var book pricing.Book
	if outcome := fill(t, &book, ask, closes); len(outcome.Disagreements) != 0 {
		t.Errorf("yesterday's close is a disagreement: %v", outcome.Disagreements)
	}
	book = pricing.Book{}
	old := told{name: "file", quotes: closes.quotes[:1]}
	if outcome := fill(t, &book, ask, old, told{name: "feed", quotes: []pricing.Quote{quoted("110", 24.9, from("feed", 0))}}); len(outcome.Disagreements) != 1 {
		t.Errorf("a younger quote of another source is none: %v", outcome.Disagreements)
	}
}
