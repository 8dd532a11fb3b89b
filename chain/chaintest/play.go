package chaintest

import (
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
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
	var blocks []chain.Block
	for n, at := range s.Times() {
		blocks = append(blocks, chain.Block{Number: uint64(n), Time: at})
	}
	return AnvilPlaying(t, scenarioChain, genesis, blocks, func(n uint64) types.Transactions { return s.Blocks[n-1].Txs })
}
