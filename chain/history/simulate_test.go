package history_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/chain/history"
)

// A simulation shows no trace addresses. Apart from these it shows what call
// frames show, on every scenario.
func TestSimulationIsWhatFramesAre(t *testing.T) {
	t.Parallel()
	onlySimulated := without(traceMethods, debugMethods, otsMethods)
	for _, scenario := range chaintest.Scenarios() {
		t.Run(scenario.Name, func(t *testing.T) {
			t.Parallel()
			url := playOnNode(t, scenario)
			q := chain.Query{Addresses: scenario.Accounts, Window: chain.Window{From: 1, To: uint64(len(scenario.Blocks))}}
			framed, err := history.New(client(t, url), history.Options{}).History(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			simulated, err := history.New(client(t, url), onlySimulated).History(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(unplaced(framed), unplaced(simulated)); diff != "" {
				t.Errorf("transfers (-frames +simulation):\n%s", diff)
			}
			for i, c := range simulated.Coverage {
				if want := framed.Coverage[i]; c.Complete != want.Complete {
					t.Errorf("%s %s: complete is %v, and %v with frames: %s", c.Address, c.Scope, c.Complete, want.Complete, c.Note)
				}
				if c.Method == chain.MethodDebug {
					t.Errorf("%s: method is %s", c.Address, c.Method)
				}
			}
		})
	}
}

// unplaced returns the transfers without trace addresses and proofs.
func unplaced(h *chain.History) []chain.Transfer {
	ts := slices.Clone(h.Transfers)
	for i := range ts {
		ts[i].Proof = chain.Proof{}
		if ts[i].Kind == chain.KindInternal {
			ts[i].Trace, ts[i].Index = "", 0
		}
	}
	return ts
}
