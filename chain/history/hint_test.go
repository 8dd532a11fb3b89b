package history_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
)

// hinting says how a simulated provider's index of transfers behaves.
type hinting int

const (
	noHints    hinting = iota // it is not offered
	allHints                  // it lists everything, a few entries a page
	topHints                  // it knows no internal movements and says so
	poorHints                 // it leaves out every second entry
	falseHints                // it lists blocks in which nothing happened
)

// assetTransfers answers as the provider does: entries in order, of one side,
// and a key where there are more.
func (c *simChain) assetTransfers(raw json.RawMessage) (any, error) {
	var ask struct {
		From, To string
		Sender   *common.Address `json:"fromAddress"`
		Receiver *common.Address `json:"toAddress"`
		Category []string        `json:"category"`
		Page     string          `json:"pageKey"`
		First    string          `json:"fromBlock"`
		Last     string          `json:"toBlock"`
	}
	if err := json.Unmarshal(raw, &ask); err != nil {
		return nil, err
	}
	internal := slices.Contains(ask.Category, "internal")
	switch {
	case c.hints == noHints:
		return nil, &ethrpc.RPCError{Method: "alchemy_getAssetTransfers", Code: -32601, Message: "method not found"}
	case c.hints == topHints && internal:
		return nil, &ethrpc.RPCError{Method: "alchemy_getAssetTransfers", Code: -32602, Message: "internal category is only supported for ETH, MATIC and BASE mainnets"}
	case ask.Sender == nil && ask.Receiver == nil:
		return map[string]any{"transfers": []any{}}, nil
	}
	first, _ := c.block(json.RawMessage(fmt.Sprintf("%q", ask.First)))
	last, _ := c.block(json.RawMessage(fmt.Sprintf("%q", ask.Last)))
	is := func(m simMove) bool {
		return ask.Sender != nil && m.from == *ask.Sender || ask.Receiver != nil && m.to == *ask.Receiver
	}
	var blocks []uint64
	for n := first; n <= last; n++ {
		for _, tx := range c.blocks[n].txs {
			if is(simMove{tx.from, tx.to, 0}) || internal && !tx.failed && slices.ContainsFunc(tx.moves, is) {
				blocks = append(blocks, n)
			}
		}
	}
	var entries []any
	for i, n := range blocks {
		switch {
		case c.hints == poorHints && i%2 == 0:
		case c.hints == falseHints:
			entries = append(entries, map[string]any{"blockNum": hexutil.Uint64(last + 1 - n)}, map[string]any{"blockNum": hexutil.Uint64(last + n)})
		default:
			entries = append(entries, map[string]any{"blockNum": hexutil.Uint64(n), "hash": simHash(n, 0)})
		}
	}
	const perPage = 1000
	from := 0
	if ask.Page != "" {
		if _, err := fmt.Sscan(ask.Page, &from); err != nil {
			return nil, err
		}
	}
	page := map[string]any{"transfers": entries[from:min(from+perPage, len(entries))]}
	if from+perPage < len(entries) {
		page["pageKey"] = fmt.Sprint(from + perPage)
	}
	return page, nil
}

// TestHintsSaveQuestions holds that a provider's index changes what a history
// costs and nothing that it says.
func TestHintsSaveQuestions(t *testing.T) {
	t.Parallel()
	ask := func(h hinting) (*chain.History, int) {
		c, who := busyChain(1)
		c.hints = h
		s := history.New(c, history.Options{})
		got, err := s.History(t.Context(), chain.Query{Addresses: who, Window: chain.Window{From: 1, To: 1_000_000}})
		if err != nil {
			t.Fatal(err)
		}
		return got, c.calls["eth_getBalance"] + c.calls["eth_getTransactionCount"]
	}
	plain, dear := ask(noHints)
	for _, row := range []struct {
		name  string
		hints hinting
		most  int // questions about state
	}{
		{"everything is listed", allHints, 10},
		{"only what txs move", topHints, 10},
		{"half of it", poorHints, dear * 2 / 3},
		{"false places", falseHints, dear},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, cost := ask(row.hints)
			t.Logf("%d questions about state, %d without hints", cost, dear)
			if cost > row.most {
				t.Errorf("%d questions about state, want at most %d", cost, row.most)
			}
			if !slices.Equal(got.Transfers, plain.Transfers) {
				t.Errorf("%d transfers, %d without hints", len(got.Transfers), len(plain.Transfers))
			}
			for _, cov := range got.Coverage {
				if !cov.Complete {
					t.Errorf("%s %s: %s", cov.Address, cov.Scope, cov.Note)
				}
			}
		})
	}
}

// TestHintsShowWhatPassesThroughContracts holds that a contract whose balance
// never differs is looked into where the index names it.
func TestHintsShowWhatPassesThroughContracts(t *testing.T) {
	t.Parallel()
	thief, till := common.HexToAddress("0x7e1f"), common.HexToAddress("0xc0de01")
	ask := func(h hinting) *chain.History {
		c := newSimChain(simID, map[common.Address]simAccount{till: {nonce: 1, code: []byte{0x60}}, thief: {balance: starting, nonce: 1}})
		c.frames, c.hints = true, h
		for n := range 3000 {
			var b simBlock
			if n == 1500 {
				b.txs = []simTx{{from: common.HexToAddress("0x1"), to: common.HexToAddress("0x2"), moves: []simMove{{thief, till, 9}, {till, thief, 9}}}}
			}
			c.apply(b)
		}
		got, err := history.New(c, history.Options{}).History(t.Context(), chain.Query{Addresses: []common.Address{till}, Window: chain.Window{From: 1, To: 3000}})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if got := ask(noHints); len(got.Transfers) != 0 || got.Coverage[0].Complete {
		t.Errorf("without hints: %v, %+v", got.Transfers, got.Coverage[0])
	}
	got := ask(allHints)
	if len(got.Transfers) != 2 {
		t.Errorf("transfers %v, want what came and went", got.Transfers)
	}
	if got.Coverage[0].Complete {
		t.Errorf("complete by %s: a hint proves nothing", got.Coverage[0].Note)
	}
}
