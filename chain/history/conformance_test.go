package history_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/core"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/chain/devnet"
	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
)

// open returns what chaintest opens sources with.
func open(o history.Options) func(testing.TB, string) chain.Source {
	return func(t testing.TB, url string) chain.Source {
		c, err := ethrpc.New(url, ethrpc.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return history.New(c, o)
	}
}

// playOnNode plays a scenario on an in-process go-ethereum.
func playOnNode(t testing.TB, s *chaintest.Scenario) string {
	t.Helper()
	times := []uint64{s.Time}
	for _, b := range s.Blocks {
		times = append(times, b.Time)
	}
	c, err := devnet.Generate(s.Alloc, times, func(n int, b *core.BlockGen) {
		for _, tx := range s.Blocks[n-1].Txs {
			b.AddTx(tx)
		}
		for _, w := range s.Blocks[n-1].Withdrawals {
			b.AddWithdrawal(w)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	node, err := devnet.Start(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := node.Close(); err != nil {
			t.Error(err)
		}
	})
	return node.URL()
}

var (
	traceMethods = []string{"trace_filter", "trace_block", "trace_transaction"}
	debugMethods = []string{"debug_traceTransaction", "debug_traceBlockByNumber"}
	otsMethods   = []string{"ots_searchTransactionsBefore", "ots_searchTransactionsAfter"}
	simulations  = []string{"eth_simulateV1"}
)

func without(lists ...[]string) history.Options {
	var o history.Options
	for _, l := range lists {
		o.Without = append(o.Without, l...)
	}
	return o
}

func TestConformance(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name   string
		o      history.Options
		frames bool
	}{
		{"all that is offered", history.Options{}, true},
		{"eth_ methods only", without(traceMethods, debugMethods, otsMethods, simulations), false},
		{"debug", without(traceMethods, otsMethods, simulations), true},
		{"single txs traced", history.Options{Without: []string{"debug_traceBlockByNumber", "trace_block", "trace_filter", "ots_searchTransactionsBefore", "ots_searchTransactionsAfter", "eth_simulateV1"}}, true},
	}
	for _, row := range rows {
		t.Run("node/"+row.name, func(t *testing.T) {
			chaintest.TestSource(t, chaintest.SourceTest{Play: playOnNode, Open: open(row.o), Frames: row.frames})
		})
		t.Run("anvil/"+row.name, func(t *testing.T) {
			chaintest.TestSource(t, chaintest.SourceTest{Play: chaintest.PlayOnAnvil, Open: open(row.o), Frames: row.frames})
		})
	}
}
