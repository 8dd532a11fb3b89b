package reconcile_test

import (
	"testing"

	"github.com/shopspring/decimal"

	"losstracer/pricing"
	"losstracer/trace/incident"
	"losstracer/trace/reconcile"
)

// TestShareOfCoinsElsewhere reports a coin of another chain by its quantity
// alone: what it amounts to comes from the price of its symbol, which prices no
// token.
func TestShareOfCoinsElsewhere(t *testing.T) {
	t.Parallel()
	in := stolenCoin()
	figure := func(n string) *incident.Figure { return &incident.Figure{Value: decimal.RequireFromString(n)} }
	in.Claims = []incident.Claim{
		{Kind: incident.ClaimAsset, Asset: "ETH", Quantity: figure("488.7"), Text: "488.7 ETH"},
		{Kind: incident.ClaimAsset, Asset: "Bitcoin", Quantity: figure("10"), Text: "10 bitcoins"},
	}
	without := reconcile.Compare(in)
	if p := without.CheckedPercent(); p == nil || !p.Equal(decimal.NewFromInt(100)) {
		t.Errorf("without a price of bitcoin %v percent is checked", p)
	}
	in.Prices = in.Prices.Clone()
	for _, symbol := range []string{"BTC", "ETH"} {
		in.Prices.Add(pricing.Quote{Subject: pricing.Subject{Symbol: symbol}, Price: decimal.RequireFromString("36500"), At: in.Statement.First, Source: "closes", Method: "close"})
	}
	r := reconcile.Compare(in)
	// 488.7 · 1963.67 = 959645.529 of that and of 365000.
	if want := decimal.RequireFromString("1324645.529"); !r.Reported.Equal(want) || !r.Checked.Equal(decimal.RequireFromString("959645.529")) {
		t.Errorf("checked %s of %s, want 959645.529 of %s", r.Checked, r.Reported, want)
	}
	steps := r.Waterfall(in.Statement)
	if len(steps) != 3 || steps[1].Kind != reconcile.StepNotMeasured || steps[1].Finding.Claim.Asset != "Bitcoin" || !steps[1].USD.Equal(decimal.NewFromInt(-365000)) {
		t.Errorf("steps %+v; want one from the reported to the measured, of the bitcoin that nothing measures", steps)
	}
	bitcoin := r.Findings[1]
	if bitcoin.Verdict != reconcile.Unverifiable || bitcoin.Claim.USD != nil || bitcoin.Measured.USD != nil {
		t.Errorf("%+v; want unverifiable, and no dollars that the writer did not state", bitcoin)
	}
}
