package trace

import (
	"context"
	"errors"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
)

// counted prices one asset at a dollar and notes what it is asked.
type counted struct {
	knows chain.AssetID
	most  decimal.NullDecimal
	fails error
	asked []time.Time
	units []uint256.Int
}

func (c *counted) Name() string { return "counted" }

func (c *counted) Quotes(_ context.Context, asks []pricing.Ask) (pricing.Answer, error) {
	var a pricing.Answer
	for _, ask := range asks {
		c.asked, c.units = append(c.asked, ask.At), append(c.units, ask.Units)
		if ask.Subject.Asset == c.knows {
			a.Quotes = append(a.Quotes, pricing.Quote{Subject: ask.Subject, Price: decimal.NewFromInt(1), At: ask.At, Source: c.Name(), Most: c.most})
		}
	}
	return a, c.fails
}

func TestQuoterAsksLittle(t *testing.T) {
	t.Parallel()
	known, worthless := chain.Token(1, common.HexToAddress("0xa1")), chain.Token(1, common.HexToAddress("0xb2"))
	start := time.Date(2023, 11, 18, 12, 0, 0, 0, time.UTC)
	source := &counted{knows: known, fails: errors.New("busy")}
	book := &pricing.Book{MaxAge: pricing.DefaultMaxAge}
	q := &quoter{
		ctx: t.Context(), book: book, sources: []pricing.Source{pricing.Wrapped(book), source}, asked: map[quoteKey]bool{}, barren: map[chain.AssetID]int{},
		meta: func(chain.AssetID) (chain.TokenMeta, bool) {
			return chain.TokenMeta{Decimals: 2, DecimalsKnown: true}, true
		},
	}
	for _, step := range []struct {
		name   string
		asset  chain.AssetID
		at     time.Duration
		priced bool
		asks   int // that the step adds
	}{
		{"unknown so far", known, 0, true, 1},
		{"within the day", known, 23 * time.Hour, true, 0},
		{"a day later", known, 24 * time.Hour, true, 1},
		{"before all of them", known, -time.Hour, true, 1},
		{"again", known, -time.Hour, true, 0},
		{"nobody prices it", worthless, 0, false, 1},
		{"in the same hour", worthless, time.Minute, false, 0},
		{"nor later", worthless, 5 * time.Hour, false, 1},
		{"so that it is not asked for again", worthless, 50 * time.Hour, false, 0},
	} {
		before := len(source.asked)
		usd, ok := q.value(step.asset, big.NewInt(250), start.Add(step.at))
		if ok != step.priced || ok && !usd.Equal(decimal.RequireFromString("2.5")) {
			t.Errorf("%s: want priced %t, got %t, %s", step.name, step.priced, ok, usd)
		}
		if got := len(source.asked) - before; got != step.asks {
			t.Errorf("%s: want %d asks, got %d", step.name, step.asks, got)
		}
	}
	if want := []string{"prices: counted could not be asked: busy"}; !slices.Equal(want, q.told) {
		t.Errorf("want %q, got %q", want, q.told)
	}
}

// TestQuoterKnowsHowMuchThereIs: a share of a contract that says that there are two
// gives no value to three, and the sources are told how many are meant. Where there
// are more of them later they are worth something.
func TestQuoterKnowsHowMuchThereIs(t *testing.T) {
	t.Parallel()
	share := chain.Token(1, common.HexToAddress("0xc3"))
	source := &counted{knows: share, most: decimal.NewNullDecimal(decimal.NewFromInt(2))}
	q := &quoter{
		ctx: t.Context(), book: &pricing.Book{}, asked: map[quoteKey]bool{}, barren: map[chain.AssetID]int{},
		meta: func(chain.AssetID) (chain.TokenMeta, bool) {
			return chain.TokenMeta{Decimals: 2, DecimalsKnown: true}, true
		},
	}
	q.sources = []pricing.Source{pricing.Wrapped(q.book), source}
	at := time.Date(2023, 11, 18, 12, 0, 0, 0, time.UTC)
	if usd, ok := q.value(share, big.NewInt(200), at); !ok || !usd.Equal(decimal.NewFromInt(2)) {
		t.Errorf("two of two are worth %s, %t", usd, ok)
	}
	if usd, ok := q.value(share, big.NewInt(300), at); ok {
		t.Errorf("three of two are worth %s", usd)
	}
	if len(source.units) != 1 || source.units[0].Uint64() != 200 {
		t.Errorf("asked for %v base units, want 200", source.units)
	}
	source.most = decimal.NewNullDecimal(decimal.NewFromInt(5))
	if usd, ok := q.value(share, big.NewInt(300), at.Add(2*time.Hour)); !ok || !usd.Equal(decimal.NewFromInt(3)) {
		t.Errorf("three of five, two hours later, are worth %s, %t", usd, ok)
	}
}

func TestQuoterWithoutScale(t *testing.T) {
	t.Parallel()
	q := &quoter{ctx: t.Context(), book: &pricing.Book{}, meta: func(chain.AssetID) (chain.TokenMeta, bool) { return chain.TokenMeta{}, false }}
	if _, ok := q.value(chain.NativeAsset(1), big.NewInt(1), time.Time{}); ok {
		t.Error("what has no known scale has no value")
	}
}
