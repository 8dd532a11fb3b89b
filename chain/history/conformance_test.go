package history_test

import (
	"context"
	"slices"
	"strings"
	"testing"

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

// noting notes by which methods histories came about.
type noting struct {
	chain.Source
	used map[chain.Method]bool
}

func (n noting) History(ctx context.Context, q chain.Query) (*chain.History, error) {
	h, err := n.Source.History(ctx, q)
	if err == nil {
		for _, c := range h.Coverage {
			n.used[c.Method] = true
		}
	}
	return h, err
}

func TestConformance(t *testing.T) {
	t.Parallel()
	both, onAnvil := []string{"node", "anvil"}, []string{"anvil"}
	rows := []struct {
		name   string
		o      history.Options
		frames bool
		nodes  []string
		method chain.Method // that must have been used
	}{
		{"all that is offered", history.Options{}, true, both, chain.MethodBisection},
		{"eth_ methods only", without(traceMethods, debugMethods, otsMethods, simulations), false, both, chain.MethodBisection},
		{"debug", without(traceMethods, otsMethods, simulations), true, both, chain.MethodDebug},
		{"single txs traced", history.Options{Without: []string{"debug_traceBlockByNumber", "trace_block", "trace_filter", "ots_searchTransactionsBefore", "ots_searchTransactionsAfter", "eth_simulateV1"}}, true, both, chain.MethodDebug},
		{"simulation", without(traceMethods, debugMethods, otsMethods), true, []string{"node"}, chain.MethodSimulate},
		// Its simulations do not tell what a self-destruct moves.
		{"simulation with gaps", without(traceMethods, debugMethods, otsMethods), false, onAnvil, chain.MethodBisection},
		{"trace_filter", history.Options{First: chain.MethodTraceFilter, Without: slices.Concat(debugMethods, otsMethods, simulations)}, true, onAnvil, chain.MethodTraceFilter},
		{"otterscan", history.Options{First: chain.MethodOtterscan, Without: slices.Concat([]string{"trace_filter"}, simulations)}, true, onAnvil, chain.MethodOtterscan},
	}
	onNode := playOnce(t)
	for i, row := range rows {
		nodes := row.nodes
		if testing.Short() {
			nodes = nodes[:1] // the race detector learns nothing from the other
		}
		for _, on := range nodes {
			play := onNode
			if on == "anvil" {
				play = chaintest.PlayOnAnvil
			}
			t.Run(on+"/"+row.name, func(t *testing.T) {
				used := map[chain.Method]bool{}
				opened := func(t testing.TB, url string) chain.Source { return noting{open(row.o)(t, url), used} }
				chaintest.TestSource(t, chaintest.SourceTest{Play: play, Open: opened, Frames: row.frames, Placeless: strings.HasPrefix(row.name, "simulation"), Scenarios: share(i)})
				if len(used) > 0 && !used[row.method] {
					t.Errorf("methods %v were used, and not %s", used, row.method)
				}
			})
		}
	}
}

// share returns the scenarios that a row of a table plays: all of them, or under
// -short every third, another one for each row, which shows the race detector
// as much.
func share(row int) (list []*chaintest.Scenario) {
	for i, s := range chaintest.Scenarios() {
		if !testing.Short() || i%3 == row%3 {
			list = append(list, s)
		}
	}
	return list
}

// TestConformanceWithCoinLogs plays the scenarios under rules that log what
// moves of the coin: eth_ methods alone then miss nothing of any account, unless
// the window began under older rules.
func TestConformanceWithCoinLogs(t *testing.T) {
	t.Parallel()
	for i, row := range []struct {
		name string
		old  int // last block under older rules
		o    history.Options
	}{
		{"all that is offered", 0, history.Options{}},
		{"eth_ methods only", 0, without(traceMethods, debugMethods, otsMethods, simulations)},
		{"without proof", 0, history.Options{NoProof: true}},
		{"rules that change within the window", 6, history.Options{}},
	} {
		if testing.Short() && row.old == 0 && !row.o.NoProof {
			continue
		}
		t.Run(row.name, func(t *testing.T) {
			play := func(t testing.TB, s *chaintest.Scenario) string {
				return playUnder(t, devnet.Amsterdam(s.Times()[row.old]+1), s)
			}
			chaintest.TestSource(t, chaintest.SourceTest{Play: play, Open: open(row.o), Frames: true, Placeless: true, Scenarios: share(i)})
		})
	}
}

// TestCoinLogsAreProven holds that what a contract paid is proven where the
// chain logs it, and that a window which began under older rules is not said
// to be complete by the logs.
func TestCoinLogsAreProven(t *testing.T) {
	t.Parallel()
	s := chaintest.Scenarios()[slices.IndexFunc(chaintest.Scenarios(), func(s *chaintest.Scenario) bool { return s.Name == "through a contract" })]
	ask := func(t *testing.T, from uint64) *chain.History {
		source := open(without(traceMethods, debugMethods, otsMethods, simulations))(t, playUnder(t, devnet.Amsterdam(from), s))
		h, err := source.History(t.Context(), chain.Query{Addresses: s.Accounts, Window: chain.Window{From: 1, To: uint64(len(s.Blocks))}})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	till := s.Moves[0].To
	internal := 0
	h := ask(t, 0)
	for _, tr := range h.Transfers {
		if tr.Kind == chain.KindInternal {
			internal++
			if !tr.Proof.Proven() {
				t.Errorf("%s is unproven: %s", tr.Ref, tr.Proof.Why())
			}
		}
	}
	if internal != 2 {
		t.Errorf("%d movements inside of txs, want 2", internal)
	}
	for _, c := range h.Coverage {
		if !c.Complete || c.Scope == chain.ScopeNative && c.Address == till && c.Method != chain.MethodLogs {
			t.Errorf("%s %s by %s, complete %v: %s", c.Address, c.Scope, c.Method, c.Complete, c.Note)
		}
	}
	late := ask(t, s.Times()[12]+1)
	for _, c := range late.Coverage {
		if c.Complete && c.Scope == chain.ScopeNative && c.Address == till {
			t.Errorf("the till is said to be complete: %s", c.Note)
		}
	}
}
