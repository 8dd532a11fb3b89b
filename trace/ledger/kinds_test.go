package ledger_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"

	"losstracer/chain"
	"losstracer/trace/ledger"
)

// TestKindsShowAsWhatTheyAre books one transfer of each kind.
func TestKindsShowAsWhatTheyAre(t *testing.T) {
	t.Parallel()
	holder, other := common.HexToAddress("0xa"), common.HexToAddress("0xb")
	eth := chain.NativeAsset(1)
	a, b := "eip155:1:"+chain.Hex(holder), "eip155:1:"+chain.Hex(other)
	zero := "eip155:1:" + chain.Hex(common.Address{})
	for _, row := range []struct {
		name              string
		reason            string
		kind              chain.Kind
		from, to          common.Address
		asset             chain.AssetID
		debited, credited string
	}{
		{"payment", "", chain.KindNative, holder, other, eth, a, b},
		{"wrap", "the contract issues the token", chain.KindWrap, other, holder, usdt, "eip155:1:issuance", a},
		{"unwrap", "the contract takes the token back", chain.KindUnwrap, holder, other, usdt, a, "eip155:1:issuance"},
		{"mint", "a Transfer event from the zero address (ERC-20)", chain.KindERC20, common.Address{}, holder, usdt, "eip155:1:issuance", a},
		{"burn", "a Transfer event to the zero address", chain.KindERC20, holder, common.Address{}, usdt, a, "eip155:1:issuance"},
		{"coin to the zero address", "it lies there and is not redeemed", chain.KindNative, holder, common.Address{}, eth, a, zero},
		{"fee", "has no recipient", chain.KindFee, holder, common.Address{}, eth, a, "eip155:1:fees"},
		{"withdrawal", "comes from the consensus layer (EIP-4895)", chain.KindWithdrawal, common.Address{}, holder, eth, "eip155:1:consensus", a},
		{"reward", "", chain.KindReward, common.Address{}, holder, eth, "eip155:1:consensus", a},
		{"unseen", "nobody could show the sender", chain.KindUnseen, common.Address{}, holder, eth, "eip155:1:unseen", a},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			e := ledger.EntryOf(&chain.Transfer{
				Ref: chain.Ref{ChainID: 1}, Kind: row.kind, From: row.from, To: row.to, Asset: row.asset, Units: *uint256.NewInt(7),
			})
			want := []string{row.debited, row.credited}
			if diff := cmp.Diff(want, []string{e.Debited.String(), e.Credited.String()}); diff != "" {
				t.Errorf("%s (-want +got):\n%s", row.reason, diff)
			}
		})
	}
}
