package main

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"losstracer/chain/chaintest"
	"losstracer/chain/devnet"
)

// TestAnvil does the demo's job on a node that nobody here wrote: the same
// theft, tx for tx, on anvil.
func TestAnvil(t *testing.T) {
	t.Parallel()
	theft, err := devnet.HotWalletTheft()
	if err != nil {
		t.Fatal(err)
	}
	url := chaintest.AnvilPlaying(t, devnet.ChainID, theft.Chain.Genesis(), theft.Chain.Blocks(), theft.Chain.Txs)
	args := []string{"verify", "demo/incident.md", "--price-file", "demo/prices.csv", "--format", "json", "--rpc"}
	got := losstracer(t, append(args, url)...)
	if got.status != exitDiscrepant {
		t.Errorf("exit status: got %d, want %d\n%s", got.status, exitDiscrepant, got.stderr)
	}
	want := decodeReport(t, losstracer(t, "demo", "--format", "json"))
	report := decodeReport(t, got)
	if diff := cmp.Diff(want.Losses, report.Losses); diff != "" {
		t.Errorf("losses differ from those of the demo (-demo +anvil):\n%s", diff)
	}
	if diff := cmp.Diff(want.Findings, report.Findings); diff != "" {
		t.Errorf("findings differ from those of the demo (-demo +anvil):\n%s", diff)
	}
}
