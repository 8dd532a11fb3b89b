package chaintest

import (
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
)

// PlayOnAnvil plays a scenario on anvil, for [SourceTest]. Anvil credits no
// withdrawals; scenarios that need them are skipped.
func PlayOnAnvil(t testing.TB, s *Scenario) (url string) {
	t.Helper()
	if s.NeedsWithdrawals() {
		t.Skipf("%s skipped: anvil credits no withdrawals", t.Name())
	}
	genesis := map[string]any{
		"config":        map[string]any{"chainId": scenarioChain},
		"timestamp":     hexutil.Uint64(s.Time),
		"gasLimit":      hexutil.Uint64(30_000_000),
		"difficulty":    "0x0",
		"baseFeePerGas": (*hexutil.Big)(big.NewInt(30_000_000_000)),
		"alloc":         s.Alloc,
	}
	raw, err := json.Marshal(genesis)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "genesis.json")
	if err := os.WriteFile(file, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	url = Anvil(t, "--init", file, "--chain-id", strconv.Itoa(scenarioChain), "--hardfork", "prague",
		"--no-mining", "--order", "fifo", "--disable-pool-balance-checks", "--accounts", "0", "--max-persisted-states", "1000")
	node := Steer(t, url)
	for _, b := range s.Blocks {
		for _, tx := range b.Txs {
			node.SendSigned(tx)
		}
		node.NextTime(b.Time)
		node.Call(nil, "evm_mine")
	}
	return url
}
