package chain_test

import (
	"math"
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"losstracer/chain"
)

func TestWindow(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		window chain.Window
		blocks uint64
		inside []uint64
		out    []uint64
	}{
		{"one block", chain.Window{From: 7, To: 7}, 1, []uint64{7}, []uint64{6, 8}},
		{"both ends count", chain.Window{From: 7, To: 9}, 3, []uint64{7, 8, 9}, []uint64{6, 10}},
		{"the zero window is block 0", chain.Window{}, 1, []uint64{0}, []uint64{1}},
		{"backwards", chain.Window{From: 9, To: 7}, 0, nil, []uint64{7, 8, 9}},
		{"to the end of numbers", chain.Window{From: 1, To: math.MaxUint64}, math.MaxUint64, []uint64{1, math.MaxUint64}, []uint64{0}},
		{"all numbers", chain.Window{To: math.MaxUint64}, math.MaxUint64, []uint64{0, math.MaxUint64}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.window.Blocks(); got != test.blocks {
				t.Errorf("Blocks() = %d, want %d", got, test.blocks)
			}
			for _, n := range test.inside {
				if !test.window.Contains(n) {
					t.Errorf("%d is not in %v", n, test.window)
				}
			}
			for _, n := range test.out {
				if test.window.Contains(n) {
					t.Errorf("%d is in %v", n, test.window)
				}
			}
		})
	}
}

func TestResidual(t *testing.T) {
	t.Parallel()
	if _, ok := (chain.Closure{Closing: chain.NewAmount(chain.NativeAsset(1), big.NewInt(5))}).Residual(); ok {
		t.Error("a residual without a witness")
	}
	rapid.Check(t, func(t *rapid.T) {
		asset := assetGen().Draw(t, "asset")
		closing, witness := unitsGen().Draw(t, "closing"), unitsGen().Draw(t, "witness")
		seen := chain.AmountOf(asset, &witness)
		c := chain.Closure{Asset: asset, Closing: chain.AmountOf(asset, &closing), Witness: &seen}
		residual, ok := c.Residual()
		if !ok || !c.Closing.Add(residual).Equal(seen) {
			t.Errorf("closing %v and residual %v, %t do not make the witness %v", c.Closing, residual, ok, seen)
		}
	})
}

func TestWeaker(t *testing.T) {
	t.Parallel()
	firmest := []chain.Basis{chain.Observed, chain.Derived, chain.Attributed, chain.Heuristic, 0}
	for _, a := range firmest {
		for _, b := range firmest {
			want := firmest[max(slices.Index(firmest, a), slices.Index(firmest, b))]
			if got := a.Weaker(b); got != want {
				t.Errorf("%q with %q is %q, want %q", a, b, got, want)
			}
		}
	}
}

func TestProofString(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		proof chain.Proof
		want  string
	}{
		{chain.Proven(), "proven"},
		{chain.Unproven("no receipt proof"), "unproven"},
		{chain.Proof{}, "unproven"},
	} {
		if got := test.proof.String(); got != test.want {
			t.Errorf("%+v is %s, want %s", test.proof, got, test.want)
		}
	}
}
