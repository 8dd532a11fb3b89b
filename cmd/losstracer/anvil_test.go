package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
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
	url := playOnAnvil(t, theft.Chain)
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

// playOnAnvil gives anvil the genesis of a chain and then its txs, block by
// block at the same times.
func playOnAnvil(t *testing.T, c *devnet.Chain) (url string) {
	t.Helper()
	genesis, err := json.Marshal(c.Genesis())
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "genesis.json")
	if err := os.WriteFile(file, genesis, 0o600); err != nil {
		t.Fatal(err)
	}
	blocks := c.Blocks()
	url = chaintest.Anvil(t, "--init", file, "--chain-id", strconv.Itoa(devnet.ChainID), "--hardfork", "prague",
		"--no-mining", "--order", "fifo", "--disable-pool-balance-checks", "--accounts", "0",
		"--max-persisted-states", strconv.Itoa(len(blocks)+1))
	node := chaintest.Steer(t, url)
	for _, b := range blocks[1:] {
		for _, tx := range c.Txs(b.Number) {
			node.SendSigned(tx)
		}
		node.NextTime(b.Time)
		node.Call(nil, "evm_mine")
	}
	return url
}
