package trace_test

import (
	"errors"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/flow"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
)

// TestBlocksOfSeveralChains: a block bounds an import of one chain. Where the case goes
// on to another, whose numbers are others, nobody can say which of them is meant.
func TestBlocksOfSeveralChains(t *testing.T) {
	t.Parallel()
	thief, other := common.Address{1}, common.Address{2}
	for chainID, want := range map[uint64]error{1: nil, 10: trace.ErrBlocksOfChains} {
		record := &flow.Record{}
		record.Add([]chain.Transfer{{
			Ref: chain.Ref{ChainID: 1, Block: 7, Tx: common.Hash{7}}, Kind: chain.KindNative, From: thief, To: other,
			Asset: chain.NativeAsset(1), Units: *uint256.NewInt(5),
		}})
		_, err := trace.Follow(t.Context(), trace.FollowRequest{
			Record: record, Sources: []common.Address{thief}, Override: trace.Override{To: &trace.Bound{Block: 9}},
			Case: &trace.Case{Incident: &incident.Incident{}, Statement: &loss.Statement{}, Histories: []*chain.History{{ChainID: chainID}}},
		})
		if !errors.Is(err, want) {
			t.Errorf("an import of chain 1 with a case of chain %d: %v, want %v", chainID, err, want)
		}
	}
}
