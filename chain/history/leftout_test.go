package history_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/chain/history"
)

// A log that eth_getLogs leaves out, in a block that nothing else opens, shows
// in the balance of its token: the block is found, opened, and the transfer
// taken. Where the receipts leave it out as well the residual says so.
func TestLeftOutLogsShowInBalances(t *testing.T) {
	t.Parallel()
	f := play(t)
	honest := f.pull(t, client(t, f.url), history.Options{}, nil)
	moved := map[chain.AssetID]bool{} // assets whose Transfer events move balances
	for _, c := range honest.Closure {
		r, ok := c.Residual()
		moved[c.Asset] = ok && r.IsZero()
	}
	seen := 0
	for i, tr := range honest.Transfers {
		if tr.Kind != chain.KindERC20 || tr.Units.IsZero() || !moved[tr.Asset] || i%3 > 0 {
			continue // a part of them is enough
		}
		one := func(l *types.Log) bool { return l.BlockNumber == tr.Block && l.Index == uint(tr.Index) }
		c := f.liar(t)
		c.drop = one
		h := f.pull(t, c, history.Options{}, nil)
		if !tells(h, tr.Asset) {
			continue // nothing else is told of the token, so that nothing shows
		}
		if diff := cmp.Diff(honest.Transfers, h.Transfers); diff != "" {
			t.Errorf("%s left out: transfers (-want +got)\n%s", tr.Ref, diff)
		}
		expect(t, h, false, "left out")
		silent := &quiet{f.liar(t), tr.Block}
		silent.drop = one
		h = f.pull(t, silent, history.Options{}, nil)
		at := slices.IndexFunc(h.Closure, func(c chain.Closure) bool { return c.Asset == tr.Asset && c.ResidualBlocks != nil })
		if at >= 0 {
			seen++
			if c := h.Closure[at]; c.ResidualBlocks.From != tr.Block || !strings.Contains(c.Note, "may have been left out") {
				t.Errorf("%s left out of receipts too: %v: %s", tr.Ref, c.ResidualBlocks, c.Note)
			}
		}
	}
	if seen == 0 {
		t.Error("no transfer was seen by its residual alone")
	}
}

// tells reports whether a history has a transfer of an asset.
func tells(h *chain.History, asset chain.AssetID) bool {
	return slices.ContainsFunc(h.Transfers, func(tr chain.Transfer) bool { return tr.Asset == asset })
}

// Of a token of which no log is told nothing is known, not even a balance: that
// there is none is said to be asserted, and by whom. It takes a proof to see it.
func TestTokensThatNobodyTellsOf(t *testing.T) {
	t.Parallel()
	f := play(t)
	honest := f.pull(t, client(t, f.url), history.Options{}, nil)
	hidden := 0
	for _, c := range honest.Closure {
		if c.Asset.Kind() == chain.Native {
			continue
		}
		silent := f.liar(t)
		silent.drop = func(l *types.Log) bool { return l.Address == c.Asset.Contract() }
		h := f.pull(t, silent, history.Options{}, nil)
		if tells(h, c.Asset) {
			expect(t, h, false, "left out")
			continue
		}
		hidden++
		expect(t, h, true, "absence of other logs is asserted by "+silent.Host())
		expect(t, f.pull(t, silent, history.Options{}, proveAbsence), true, "that eth_getLogs left out")
	}
	if hidden == 0 {
		t.Error("no token was hidden")
	}
}
