package chain_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// manyTransfers are in no order, a few to a block and two to a tx.
func manyTransfers(n int) []chain.Transfer {
	random := rand.New(rand.NewPCG(1, 2))
	ts := make([]chain.Transfer, n)
	for i := range ts {
		block := uint64(i / 5)
		hash := common.BigToHash(common.Big1)
		hash[8], hash[9], hash[10], hash[11] = byte(block>>24), byte(block>>16), byte(block>>8), byte(block)
		tx := hash
		tx[0], tx[1] = 1, byte(i/2)
		ts[i] = chain.Transfer{
			Ref:  chain.Ref{ChainID: 1, Block: 18_000_000 + block, BlockHash: chain.Share(hash), Tx: tx, TxIndex: uint32(i / 2 % 200), Site: chain.SiteLog, Index: uint32(i)},
			Kind: chain.KindERC20, From: common.Address{byte(i)}, To: common.Address{byte(i >> 8)}, Time: 1_700_000_000 + block,
		}
	}
	random.Shuffle(n, func(i, j int) { ts[i], ts[j] = ts[j], ts[i] })
	return ts
}

// BenchmarkSortMillion puts a million transfers in order, and merges two lists
// of which a half is the same.
func BenchmarkSortMillion(b *testing.B) {
	all := manyTransfers(1_000_000)
	b.Run("sort", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			ts := slices.Clone(all)
			b.StartTimer()
			chain.SortTransfers(ts)
		}
	})
	b.Run("merge", func(b *testing.B) {
		for b.Loop() {
			if got := chain.MergeTransfers(all[:700_000], all[300_000:]); len(got) != len(all) {
				b.Fatalf("%d transfers", len(got))
			}
		}
	})
}
