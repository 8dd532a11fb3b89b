package chaintest

import (
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
)

// AnvilPlaying starts an anvil node that begins as another chain did and has
// the same txs, block by block at the same times, so that what holds of the
// one can be held against the other. The genesis is anything that marshals to
// the JSON of one, the first of blocks is its block; txs gives those of a
// block in order. Hashes of blocks differ: anvil fills in its own miner and
// extra data.
func AnvilPlaying(t testing.TB, chainID uint64, genesis any, blocks []chain.Block, txs func(number uint64) types.Transactions) (url string) {
	t.Helper()
	text, err := json.Marshal(genesis)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "genesis.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	url = Anvil(t, "--init", file, "--chain-id", new(big.Int).SetUint64(chainID).String(), "--hardfork", "prague",
		"--no-mining", "--order", "fifo", "--disable-pool-balance-checks", "--accounts", "0",
		"--max-persisted-states", strconv.Itoa(len(blocks)+1))
	node := Steer(t, url)
	for _, b := range blocks[1:] {
		for _, tx := range txs(b.Number) {
			node.SendSigned(tx)
		}
		node.NextTime(b.Time)
		node.Call(nil, "evm_mine")
	}
	return url
}
