package history_test

import (
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/chain/devnet"
	"losstracer/chain/history"
)

const firstHost = "https://first.example"

func crossCheck(t *testing.T, second history.Caller, o history.Options, h *chain.History, percent int) *chain.CrossCheck {
	t.Helper()
	x, err := history.New(second, o).CrossCheck(t.Context(), h, firstHost, percent)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// Two nodes of one chain agree about everything, whichever part is looked at
// and by whatever the second one offers.
func TestCrossCheckAgrees(t *testing.T) {
	t.Parallel()
	tales := []func() (*devnet.Scenario, error){devnet.RebasingToken, hotWalletTheft, devnet.FlashLoanExploit}
	if testing.Short() {
		tales = tales[:1] // the race detector learns nothing from the others
	}
	for _, tell := range tales {
		story, err := tell()
		if err != nil {
			t.Fatal(err)
		}
		q := chain.Query{Addresses: slices.Concat(story.Attackers, story.Victims), Window: chain.Window{From: 1, To: story.Chain.Head().Number}}
		h, err := history.New(client(t, devnet.Serve(t, story.Chain)), history.Options{}).History(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		second := client(t, devnet.Serve(t, story.Chain))
		for _, o := range []history.Options{{}, {NoProof: true}, {Without: []string{"eth_getBlockReceipts"}}} {
			x := crossCheck(t, second, o, h, 100)
			if len(x.Disagreement)+len(x.Unanswered) > 0 {
				t.Errorf("%s: disagreement %q, unanswered %q", story.Name, x.Disagreement, x.Unanswered)
			}
			if x.Balances != len(h.Closure) || x.Addresses != len(q.Addresses) || len(x.Agreed) != x.Blocks || x.Blocks < 2 {
				t.Errorf("%s: %d balances of %d, %d addresses of %d, %d blocks of which %d agreed", story.Name,
					x.Balances, len(h.Closure), x.Addresses, len(q.Addresses), x.Blocks, len(x.Agreed))
			}
		}
	}
}

// A share is a share, grows with the percentage, and is the same every time.
func TestCrossCheckShare(t *testing.T) {
	t.Parallel()
	f := play(t)
	h := f.pull(t, client(t, f.url), history.Options{}, nil)
	var before []uint64
	whole := crossCheck(t, client(t, f.url), history.Options{}, h, 100)
	for _, percent := range []int{1, 10, 50, 90} {
		x := crossCheck(t, client(t, f.url), history.Options{}, h, percent)
		if diff := cmp.Diff(x, crossCheck(t, client(t, f.url), history.Options{}, h, percent)); diff != "" {
			t.Errorf("%d%%: another choice (-first +second):\n%s", percent, diff)
		}
		for _, n := range before {
			if !slices.Contains(x.Agreed, n) {
				t.Errorf("%d%%: block %d is no longer looked at", percent, n)
			}
		}
		before = x.Agreed
		if most := (whole.Blocks*percent+99)/100 + 1; x.Blocks > most || x.Blocks < 1 {
			t.Errorf("%d%%: %d blocks of %d, want at most %d", percent, x.Blocks, whole.Blocks, most)
		}
	}
}

func TestCrossCheckDisagrees(t *testing.T) {
	t.Parallel()
	f := play(t)
	honest := f.pull(t, client(t, f.url), history.Options{}, nil)
	blocks := logBlocks(honest)
	n := blocks[len(blocks)/2]
	rows := []struct {
		name    string
		change  func(h *chain.History)
		percent int
		want    string
	}{
		{name: "a log that the first left out", percent: 100, want: "shows erc20", change: func(h *chain.History) {
			h.Transfers = slices.DeleteFunc(h.Transfers, func(tr chain.Transfer) bool { return tr.Block == n && tr.Kind == chain.KindERC20 })
		}},
		{name: "a log that the first invented", percent: 100, want: firstHost + " shows erc20", change: func(h *chain.History) {
			i := slices.IndexFunc(h.Transfers, func(tr chain.Transfer) bool { return tr.Kind == chain.KindERC20 })
			more := h.Transfers[i]
			more.Index += 100
			h.Transfers = slices.Insert(h.Transfers, i+1, more)
		}},
		{name: "another amount", percent: 100, want: "base units", change: func(h *chain.History) {
			i := slices.IndexFunc(h.Transfers, func(tr chain.Transfer) bool { return tr.Kind == chain.KindERC20 })
			h.Transfers[i].Units.AddUint64(&h.Transfers[i].Units, 1)
		}},
		{name: "another block", percent: 100, want: "by " + firstHost + " and ", change: func(h *chain.History) {
			for i := range h.Transfers {
				if h.Transfers[i].Block == n {
					h.Transfers[i].BlockHash = chain.Share(common.Hash{1})
				}
			}
		}},
		{name: "another last block, always looked at", percent: 1, want: "by " + firstHost + " and ", change: func(h *chain.History) { h.End.Hash = common.Hash{2} }},
		{name: "another balance", percent: 100, want: "balance of", change: func(h *chain.History) {
			more := h.Closure[0].Witness.Add(chain.NewAmount(h.Closure[0].Asset, big.NewInt(1)))
			h.Closure[0].Witness = &more
		}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			h := *honest
			h.Transfers, h.Closure = slices.Clone(honest.Transfers), slices.Clone(honest.Closure)
			row.change(&h)
			second := client(t, f.url)
			x := crossCheck(t, second, history.Options{}, &h, row.percent)
			if len(x.Disagreement) == 0 {
				t.Fatal("nothing differs")
			}
			for _, d := range x.Disagreement {
				if !strings.Contains(d, row.want) || !strings.Contains(d, firstHost) || !strings.Contains(d, second.Host()) {
					t.Errorf("disagreement %q, want %q and both hosts", d, row.want)
				}
			}
		})
	}
}

// What a second endpoint does not have is no disagreement.
func TestCrossCheckUnanswered(t *testing.T) {
	t.Parallel()
	played := heist().Fixture(18_600_100)
	h, err := history.New(client(t, chaintest.Serve(t, played)), history.Options{}).
		History(t.Context(), chain.Query{Addresses: []common.Address{thief}, Window: chain.Window{From: 18_599_990, To: 18_600_050}})
	if err != nil {
		t.Fatal(err)
	}
	for name, options := range map[string][]chaintest.Option{
		"no state":      {chaintest.Pruned(10)},
		"no blocks":     {chaintest.PrunedHistory(18_600_090)},
		"no logs":       {chaintest.Without("eth_getLogs")},
		"fewer blocks":  {chaintest.PrunedHistory(18_600_003)},
		"all there was": nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := crossCheck(t, client(t, chaintest.Serve(t, played, options...)), history.Options{}, h, 100)
			if len(x.Disagreement) > 0 {
				t.Errorf("disagreement %q", x.Disagreement)
			}
			if (len(x.Unanswered) > 0) != (options != nil) {
				t.Errorf("unanswered %q", x.Unanswered)
			}
		})
	}
	t.Run("another chain", func(t *testing.T) {
		t.Parallel()
		other := chaintest.NewBuilder(10)
		other.Block(1, 1_700_000_000)
		if _, err := history.New(client(t, chaintest.Serve(t, other.Fixture(5))), history.Options{}).CrossCheck(t.Context(), h, firstHost, 100); err == nil {
			t.Error("an endpoint of another chain is asked")
		}
	})
}

// A second endpoint that forgets a log does not take it from the first.
func TestCrossCheckBySilentEndpoint(t *testing.T) {
	t.Parallel()
	f := play(t)
	h := f.pull(t, client(t, f.url), history.Options{}, nil)
	silent := f.liar(t)
	silent.drop = func(*types.Log) bool { return true }
	x := crossCheck(t, silent, history.Options{}, h, 100)
	// Its receipts hold what its eth_getLogs does not tell.
	if len(x.Disagreement) > 0 {
		t.Errorf("disagreement %q", x.Disagreement)
	}
}
