package reconcile_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/incident"
	"losstracer/trace/reconcile"
)

// TestPartsOfOneAsset: what lines say of one asset in parts was measured once, and is
// reported once.
func TestPartsOfOneAsset(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"- Bridge: 3,000,000 USDT\n- Vault: 5,000,000 USDT",
		"- Bridge: $3,000,000 in USDT\n- Vault: $5,000,000 in USDT",
		"- Bridge: 3,000,000 USDT ($3,000,000)\n- Vault: 5,000,000 USDT",
	} {
		s := statementOf(lost{chain.Token(1, common.HexToAddress("0x71")), "USDT", 8_000_000, "1"})
		r := compareText(text, s, nil, nil)
		if r.Reported == nil || !r.Reported.Equal(decimal.NewFromInt(8_000_000)) {
			t.Errorf("%s: reported %v, want 8000000", text, r.Reported)
		}
		if steps := r.Waterfall(s); len(steps) != 2 {
			t.Errorf("%s: steps %+v, want none between the reported and the measured", text, steps)
		}
	}
}

// TestReportedButNotMeasured: what a line claims of which nothing was measured is
// reported all the same: by the price of what is known by the name, or a dollar for
// what stands for one.
func TestReportedButNotMeasured(t *testing.T) {
	t.Parallel()
	dai, link := common.HexToAddress("0xda1"), common.HexToAddress("0x514")
	known := map[reconcile.TokenName][]common.Address{{ChainID: 1, Symbol: "DAI"}: {dai}, {ChainID: 1, Symbol: "LINK"}: {link}}
	book := &pricing.Book{}
	book.Add(pricing.Quote{Subject: pricing.Of(chain.Token(1, link)), Price: decimal.NewFromInt(12), At: theftTime, Source: "test"})
	for _, row := range []struct {
		text     string
		reported int64
	}{
		{"- 1,000,000 USDT\n- 500,000 DAI", 1_500_000},
		{"- 1,000,000 USDT\n- 10,000 LINK", 1_120_000},
		{"- 1,000,000 USDT\n- 10,000 UNI", 1_000_000},
		{"Total: $1,200,000\n\n- 1,000,000 USDT\n- 500,000,000 DAI", 1_200_000}, // a slip of the unit, which nothing confirms
	} {
		s := statementOf(lost{chain.Token(1, common.HexToAddress("0x71")), "USDT", 1_000_000, "1"})
		r := compareText(row.text, s, book, known)
		if r.Reported == nil || !r.Reported.Equal(decimal.NewFromInt(row.reported)) {
			t.Errorf("%s: reported %v, want %d", row.text, r.Reported, row.reported)
		}
	}
}

// TestOutgrown: a total that is less than what its lines come to by quotes contradicts
// them, which the reader of the text alone cannot see.
func TestOutgrown(t *testing.T) {
	t.Parallel()
	book := &pricing.Book{}
	book.Add(pricing.Quote{Subject: pricing.Subject{Symbol: "BTC"}, Price: decimal.NewFromInt(60_000), At: theftTime, Source: "test"})
	for _, row := range []struct {
		text string
		want bool
	}{
		{"Total: $4,300,000\n\n- 4,200,000 USDT\n- 17 BTC", true},
		{"Total: $4,300,000\n\n- 4,200,000 USDT\n- 7 BTC", false},       // within what quotes may be off
		{"Total: over $4,300,000\n\n- 4,200,000 USDT\n- 17 BTC", false}, // that says so itself
	} {
		s := statementOf(lost{chain.Token(1, common.HexToAddress("0x71")), "USDT", 4_200_000, "1"})
		for _, f := range compareText(row.text, s, book, nil).Findings {
			if f.Claim.Kind != incident.ClaimTotal {
				continue
			}
			told := slices.ContainsFunc(f.Causes, func(c reconcile.Cause) bool { return c.Code == reconcile.InternalContradiction })
			if told != row.want || f.Verdict.Discrepant() {
				t.Errorf("%s: %s %+v; want a contradiction %t, and no firm verdict", row.text, f.Verdict, f.Causes, row.want)
			}
		}
	}
}

// TestNamesakesWithoutPrice: where of two pool tokens of one name one has no price, a
// claim that is more than the other came to may mean both.
func TestNamesakesWithoutPrice(t *testing.T) {
	t.Parallel()
	priced := lost{chain.Token(1, common.HexToAddress("0x71")), "UNI-V2", 3_000_000, "1"}
	unpriced := lost{chain.Token(1, common.HexToAddress("0x72")), "UNI-V2", 50, ""}
	for _, row := range []struct {
		text string
		lost []lost
		want reconcile.Verdict
	}{
		{"- $7M in UNI-V2", []lost{priced, unpriced}, reconcile.Unpriced},
		{"- $7M in UNI-V2", []lost{priced}, reconcile.Over},
		{"- $3M in UNI-V2", []lost{priced, unpriced}, reconcile.Match},
		{"- $2M in UNI-V2", []lost{priced, unpriced}, reconcile.Under},
		{"- 3,000,050 UNI-V2", []lost{priced, unpriced}, reconcile.Unpriced},
		{"- 9,000,000 UNI-V2", []lost{priced, unpriced}, reconcile.Over}, // they do not come to that together
	} {
		r := compareText(row.text, statementOf(row.lost...), nil, nil)
		if f := assetFinding(r); f == nil || f.Verdict != row.want {
			t.Errorf("%s of %d tokens: %+v, want %s", row.text, len(row.lost), f, row.want)
		} else if f.Verdict == reconcile.Unpriced && (len(r.Unreported) > 0 || !strings.Contains(f.Causes[0].Explanation, "1 other lost token bears the name and has no price, with 50 in sum")) {
			t.Errorf("%s: causes %+v, unreported %d; want the other told of, and as claimed", row.text, f.Causes, len(r.Unreported))
		}
	}
}

// TestGapOfTheAsset: what was measured too little of is explained by what may be missing
// of that, and not by what may be of something else.
func TestGapOfTheAsset(t *testing.T) {
	t.Parallel()
	const why = "the history is not complete"
	for _, row := range []struct {
		gap  reconcile.Gap
		text string
		want reconcile.Code
	}{
		{reconcile.Gap{ChainID: 1, Scope: chain.ScopeNative}, "- 1,234,567 USDT", reconcile.Unexplained},
		{reconcile.Gap{ChainID: 56, Scope: chain.ScopeTokens}, "- 1,234,567 USDT", reconcile.Unexplained},
		{reconcile.Gap{ChainID: 1, Scope: chain.ScopeTokens}, "- 1,234,567 USDT", reconcile.IncompleteCoverage},
		{reconcile.Gap{ChainID: 1}, "- 1,234,567 USDT", reconcile.IncompleteCoverage},
		{reconcile.Gap{}, "- 1,234,567 USDT", reconcile.IncompleteCoverage},
		{reconcile.Gap{ChainID: 1, Scope: chain.ScopeNative}, "- 765,432 USDT", reconcile.IncompleteCoverage}, // of an exchange one half was not seen
	} {
		row.gap.Why = why
		r := reconcile.Compare(reconcile.Input{
			Claims: incident.Parse("write-up.md", []byte("## Losses\n\n"+row.text+"\n")).Claims, Gaps: []reconcile.Gap{row.gap},
			Statement: statementOf(lost{chain.Token(1, common.HexToAddress("0x71")), "USDT", 1_000_000, "1"}),
			Scopes:    []reconcile.Scope{{Chain: "ethereum", Checked: true}},
		})
		if f := assetFinding(r); f == nil || len(f.Causes) == 0 || f.Causes[0].Code != row.want {
			t.Errorf("%s with a gap in %+v: %+v, want the cause %s", row.text, row.gap, f, row.want)
		}
	}
}
