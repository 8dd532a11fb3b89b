package trace

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"

	"losstracer/chain"
	"losstracer/trace/flow"
	"losstracer/trace/loss"
)

// TestStolenIsWhatWasTakenInAll puts ten into a vault and takes eleven out of it, in
// two payments, within one tx: what is followed is what that came to.
func TestStolenIsWhatWasTakenInAll(t *testing.T) {
	t.Parallel()
	vault, thief, other := common.Address{1}, common.Address{2}, common.Address{3}
	asset := chain.Token(1, common.Address{9})
	theft := func(tx byte, from, to common.Address, units uint64, leaked bool) loss.Judgement {
		return loss.Judgement{
			Transfer: &chain.Transfer{Ref: chain.Ref{ChainID: 1, Tx: common.Hash{tx}}, From: from, To: to, Asset: asset, Units: *uint256.NewInt(units)},
			Class:    loss.Theft, Incoming: to == thief && !leaked, Leaked: leaked,
		}
	}
	c := &Case{Statement: &loss.Statement{Judgements: []loss.Judgement{
		theft(1, thief, vault, 10, false), theft(1, vault, thief, 4, false), theft(1, vault, thief, 7, false),
		theft(2, vault, thief, 5, false), theft(2, vault, other, 3, true),
		theft(3, thief, vault, 10, false), theft(3, vault, thief, 10, false),
	}}}
	take := func(tx byte, to common.Address, units uint64) flow.Theft {
		return flow.Theft{ChainID: 1, Tx: common.Hash{tx}, From: vault, To: to, Asset: asset, Units: *uint256.NewInt(units)}
	}
	want := []flow.Theft{take(1, thief, 1), take(2, thief, 5), take(2, other, 3)}
	if diff := gocmp.Diff(want, stolen(c), gocmp.Comparer(func(a, b chain.AssetID) bool { return a == b })); diff != "" {
		t.Errorf("to follow (-want +got):\n%s", diff)
	}
}
