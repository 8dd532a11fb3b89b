package reconcile_test

import (
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
	"losstracer/trace/reconcile"
)

// A loss whose amount the write-up does not give is measured and decided by
// nobody.
func TestNoFigure(t *testing.T) {
	t.Parallel()
	eth := chain.NativeAsset(1)
	got := reconcile.Compare(reconcile.Input{
		Claims: []incident.Claim{{Kind: incident.ClaimAsset, Asset: "ETH", Text: "an undisclosed amount of ETH"}},
		Statement: &loss.Statement{Losses: []loss.AssetLoss{{
			Asset: eth, Meta: chain.TokenMeta{Symbol: "ETH", Decimals: 18, DecimalsKnown: true}, Gross: chain.NewAmount(eth, big.NewInt(5)),
		}}},
		Scopes: []reconcile.Scope{{Chain: "ethereum", Checked: true}},
	})
	f := got.Findings[0]
	if f.Verdict != reconcile.Unverifiable || f.Measured.Quantity == nil {
		t.Errorf("finding: got %s measured %v, want %s beside what was measured", f.Verdict, f.Measured.Quantity, reconcile.Unverifiable)
	}
}

// A class of tokens of which none has a price was measured at nobody knows what, which
// is not zero.
func TestClassWithoutAPrice(t *testing.T) {
	t.Parallel()
	token := chain.Token(1, common.HexToAddress("0x77"))
	got := reconcile.Compare(reconcile.Input{
		Claims: []incident.Claim{{Kind: incident.ClaimAsset, Asset: "ERC-20 tokens", Text: "$147M worth of ERC-20 tokens", USD: &incident.Figure{Value: decimal.NewFromInt(147_000_000)}}},
		Statement: &loss.Statement{Losses: []loss.AssetLoss{{
			Asset: token, Meta: chain.TokenMeta{Symbol: "FKX", Decimals: 18, DecimalsKnown: true}, Gross: chain.NewAmount(token, big.NewInt(5)),
		}}},
		Scopes: []reconcile.Scope{{Chain: "ethereum", Checked: true}},
	})
	if f := got.Findings[0]; f.Verdict != reconcile.Unpriced || f.Measured.USD != nil || !strings.Contains(f.Causes[0].Explanation, "none of them has a price") {
		t.Errorf("finding: %s, measured %v, causes %v; want it unpriced, and no dollars measured", f.Verdict, f.Measured.USD, f.Causes)
	}
}
