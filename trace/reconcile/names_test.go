package reconcile_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
	"losstracer/trace/reconcile"
)

// lost is an asset of which so many whole units were lost, at a price.
type lost struct {
	asset  chain.AssetID
	symbol string
	whole  int64
	price  string // empty for none
}

func statementOf(list ...lost) *loss.Statement {
	s := &loss.Statement{First: theftTime, Last: theftTime}
	for _, l := range list {
		units := new(big.Int).Mul(big.NewInt(l.whole), big.NewInt(1_000_000))
		a := loss.AssetLoss{
			Asset: l.asset, Meta: chain.TokenMeta{Symbol: l.symbol, Decimals: 6, DecimalsKnown: true},
			Gross: chain.NewAmount(l.asset, units), Returned: chain.NewAmount(l.asset, new(big.Int)), Leaked: chain.NewAmount(l.asset, new(big.Int)),
		}
		if l.price != "" {
			price := decimal.RequireFromString(l.price)
			usd := price.Mul(decimal.NewFromInt(l.whole))
			a.GrossUSD, a.ReturnedUSD = &usd, &decimal.Decimal{}
			a.Quotes = []pricing.Quote{{Subject: pricing.Of(l.asset), Price: price, At: theftTime, Source: "test"}}
			s.Totals.Gross = s.Totals.Gross.Add(usd)
		} else {
			s.Totals.Unpriced = append(s.Totals.Unpriced, l.asset)
		}
		s.Losses = append(s.Losses, a)
	}
	return s
}

func compareText(losses string, s *loss.Statement, book *pricing.Book, contracts map[reconcile.TokenName][]common.Address) reconcile.Result {
	inc := incident.Parse("write-up.md", []byte("## Losses\n\n"+losses+"\n"))
	return reconcile.Compare(reconcile.Input{
		Claims: inc.Claims, Statement: s, Prices: book, Contracts: contracts,
		Scopes: []reconcile.Scope{{Chain: "ethereum", Checked: true}, {Chain: "bsc", Checked: true}},
	})
}

func assetFinding(r reconcile.Result) *reconcile.Finding {
	for i := range r.Findings {
		if r.Findings[i].Claim.Kind == incident.ClaimAsset {
			return &r.Findings[i]
		}
	}
	return nil
}

// TestTolerance: how a figure is written says how far it may be off.
func TestTolerance(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text   string
		lost   int64 // dollars
		want   reconcile.Verdict
		reason string
	}{
		{"lost $1.2M in USDT", 1_249_999, reconcile.Match, "half of the last place written"},
		{"lost $1.2M in USDT", 1_250_001, reconcile.Under, "more than half of it"},
		{"lost around $1.2M in USDT", 1_299_999, reconcile.Match, "“around” doubles it"},
		{"lost around $1.2M in USDT", 1_300_001, reconcile.Under, "and no more"},
		{"lost approximately $1.2M in USDT", 1_100_001, reconcile.Match, "on both sides"},
		{"lost $26,000,000 in USDT", 26_499_999, reconcile.Match, "trailing zeros of a round figure are not significant"},
		{"lost $26,100,000 in USDT", 26_160_000, reconcile.Under, "but what stands before them is"},
		{"lost $26.00 million in USDT", 26_006_000, reconcile.Under, "zeros behind the point are written on purpose"},
		{"lost $26.00 million in USDT", 26_004_999, reconcile.Match, "to their last place"},
		{"lost over $26 million in USDT", 31_000_000, reconcile.Match, "“over” bounds below only"},
		{"lost at least $26 million in USDT", 31_000_000, reconcile.Match, "so does “at least”"},
		{"lost $26M+ in USDT", 31_000_000, reconcile.Match, "and a plus"},
		{"lost over $26 million in USDT", 25_400_000, reconcile.Over, "it does bound below"},
		{"lost nearly $26 million in USDT", 25_100_000, reconcile.Match, "“nearly” bounds above only"},
		{"lost up to $26 million in USDT", 21_000_000, reconcile.Match, "so does “up to”"},
		{"lost nearly $26 million in USDT", 26_600_000, reconcile.Under, "it does bound above"},
		{"lost no less than $26 million in USDT", 24_000_000, reconcile.Over, "“no” turns the comparison round"},
	} {
		s := statementOf(lost{tokenAt(1), "USDT", row.lost, "1"})
		r := compareText("- Somebody "+row.text, s, nil, nil)
		if f := assetFinding(r); f == nil || f.Verdict != row.want {
			t.Errorf("%q with %d lost: %s, want %s: %s", row.text, row.lost, describe(r, nil), row.want, row.reason)
		}
	}
}

// TestSpread: prices of the hours around the theft widen the tolerance.
func TestSpread(t *testing.T) {
	t.Parallel()
	s := statementOf(lost{tokenAt(5), "LINK", 100_000, "18"})
	book := &pricing.Book{}
	book.Add(s.Losses[0].Quotes...)
	r := compareText("- Somebody lost $1.85M in LINK", s, book, nil)
	if got := assetFinding(r).Verdict; got != reconcile.Over {
		t.Errorf("without other prices: %s", got)
	}
	book.Add(pricing.Quote{Subject: pricing.Of(tokenAt(5)), Price: decimal.RequireFromString("18.6"), At: theftTime.Add(spreadHours), Source: "test"})
	f := assetFinding(compareText("- Somebody lost $1.85M in LINK", s, book, nil))
	if f.Verdict != reconcile.Match || !strings.Contains(f.Tolerance.Why, "quotes around the theft") {
		t.Errorf("with a price that explains it: %s, tolerance %q", f.Verdict, f.Tolerance.Why)
	}
}

const spreadHours = 20 * 3600 * 1e9

// TestNames: what writers call an asset meets it by its contract.
func TestNames(t *testing.T) {
	t.Parallel()
	weth := chain.Token(1, common.HexToAddress("0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"))
	wbnb := chain.Token(56, common.HexToAddress("0xbb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c"))
	contracts := map[reconcile.TokenName][]common.Address{
		{ChainID: 1, Symbol: "STETH"}: {tokenAt(1).Contract()}, {ChainID: 1, Symbol: "WSTETH"}: {tokenAt(2).Contract()},
		{ChainID: 1, Symbol: "WBTC"}: {tokenAt(3).Contract()}, {ChainID: 1, Symbol: "USDT"}: {tokenAt(4).Contract()},
	}
	eth, fake := lost{coin, "ETH", 120, "3000"}, lost{tokenAt(9), "USDT", 500, ""}
	for _, row := range []struct {
		text   string
		lost   []lost
		want   reconcile.Verdict
		reason string
	}{
		{"120 Ether", []lost{eth}, reconcile.Match, "the coin in words"},
		{"120 Ethereum", []lost{eth}, reconcile.Match, "the coin by the name of its chain"},
		{"120 ETH", []lost{{tokenAt(9), "ETH", 120, ""}}, reconcile.Over, "a token that calls itself as the coin does is not the coin"},
		{"120 Staked Ethereum", []lost{{tokenAt(1), "stETH", 120, "3000"}}, reconcile.Match, "a token in words"},
		{"120 stETH", []lost{{tokenAt(1), "Liquid", 120, "3000"}}, reconcile.Match, "whatever the contract calls itself now"},
		{"120 Wrapped stETH", []lost{{tokenAt(2), "wstETH", 120, "3500"}}, reconcile.Match, "wrapped is a W"},
		{"120 wBTC", []lost{{tokenAt(3), "WBTC", 120, "60000"}}, reconcile.Match, "any case"},
		{"120 Wrapped Bitcoin", []lost{{tokenAt(3), "WBTC", 120, "60000"}}, reconcile.Match, "in words"},
		{"120 Binance Coin", []lost{{chain.NativeAsset(56), "BNB", 120, "300"}}, reconcile.Match, "the coin of another chain"},
		{"500 USDT", []lost{fake, eth}, reconcile.Over, "another contract than the one that is known by the name"},
		{"500 USDT", []lost{fake, {tokenAt(4), "USDT", 500, "1"}}, reconcile.Match, "the real one beside it"},
		{"120 ETH", []lost{{weth, "WETH", 120, "3000"}}, reconcile.Match, "the wrapped coin is meant where there is no other"},
		{"150 ETH", []lost{eth, {weth, "WETH", 30, "3000"}}, reconcile.Match, "or together with it, where that fits"},
		{"120 ETH", []lost{eth, {weth, "WETH", 30, "3000"}}, reconcile.Match, "and not where the coin fits alone"},
		{"120 WETH", []lost{eth}, reconcile.Match, "the other way round"},
		{"120 BNB", []lost{{wbnb, "WBNB", 120, "300"}}, reconcile.Match, "on any chain"},
		{"250 ETH", []lost{eth, {weth, "WETH", 30, "3000"}}, reconcile.Over, "nothing fits"},
	} {
		r := compareText("- "+row.text, statementOf(row.lost...), nil, contracts)
		if len(r.Findings) != 1 || r.Findings[0].Verdict != row.want {
			t.Errorf("%q: %+v, want %s: %s", row.text, r.Findings, row.want, row.reason)
		}
	}
	r := compareText("- 120 ETH", statementOf(eth, lost{weth, "WETH", 30, "3000"}), nil, contracts)
	if len(r.Unreported) != 1 {
		t.Errorf("the wrapped coin that no line speaks of is not told: %+v", r.Unreported)
	}
}
