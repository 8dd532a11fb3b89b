package reconcile_test

import (
	"math/big"
	"testing"

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
