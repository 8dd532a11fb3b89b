package chain_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"

	"losstracer/chain"
)

func frame(kind string, from, to common.Address, wei uint64, calls ...chain.CallFrame) chain.CallFrame {
	return chain.CallFrame{Type: kind, From: from, To: to, Value: *uint256.NewInt(wei), Calls: calls}
}

func failed(f chain.CallFrame) chain.CallFrame {
	f.Failed = true
	return f
}

// move is what a test says of a transfer.
type move struct {
	At       string
	From, To common.Address
	Wei      uint64
}

func moves(ts []chain.Transfer) []move {
	var out []move
	for _, t := range ts {
		out = append(out, move{t.Trace.String(), t.From, t.To, t.Units.Uint64()})
	}
	return out
}

func TestFrameTransfers(t *testing.T) {
	t.Parallel()
	pool := common.HexToAddress("0x9001")
	const beforeCancun, afterCancun = 1710338134, 1710338135
	for _, test := range []struct {
		name, reason string
		chainID      uint64
		time         uint64
		root         chain.CallFrame
		want         []move
	}{
		{
			name: "the root is the tx", reason: "its value is told by the tx itself",
			root: frame("CALL", alice, pool, 5),
		},
		{
			name: "calls in the order of the walk",
			root: frame("CALL", alice, pool, 5,
				frame("CALL", pool, bob, 1, frame("CALL", bob, token, 2)),
				frame("CALL", pool, alice, 0),
				frame("CALL", pool, alice, 3)),
			want: []move{{"[0]", pool, bob, 1}, {"[0 0]", bob, token, 2}, {"[2]", pool, alice, 3}},
		},
		{
			name: "frames that move nothing", reason: "DELEGATECALL shows its parent's value, CALLCODE pays the caller itself",
			root: frame("CALL", alice, pool, 5,
				frame("DELEGATECALL", pool, token, 5, frame("CALL", pool, bob, 1)),
				frame("CALLCODE", pool, token, 5),
				frame("STATICCALL", pool, token, 5),
				frame("EXTDELEGATECALL", pool, token, 5)),
			want: []move{{"[0 0]", pool, bob, 1}},
		},
		{
			name: "a failed frame takes down silent children", reason: "nodes put the error on the parent only",
			root: frame("CALL", alice, pool, 5,
				failed(frame("CALL", pool, bob, 1, frame("CALL", bob, token, 2, frame("CALL", token, alice, 3)))),
				frame("CALL", pool, bob, 4, failed(frame("CALL", bob, token, 2)))),
			want: []move{{"[1]", pool, bob, 4}},
		},
		{
			name: "a failed tx moves nothing",
			root: failed(frame("CALL", alice, pool, 5, frame("CALL", pool, bob, 1))),
		},
		{
			name: "creation with an endowment",
			root: frame("CALL", alice, pool, 5,
				frame("CREATE", pool, token, 1), frame("CREATE2", pool, bob, 2), failed(frame("CREATE2", pool, weth, 3))),
			want: []move{{"[0]", pool, token, 1}, {"[1]", pool, bob, 2}},
		},
		{
			name: "selfdestruct pays its heir",
			root: frame("CALL", alice, pool, 0, frame("SELFDESTRUCT", pool, bob, 9)),
			want: []move{{"[0]", pool, bob, 9}},
		},
		{
			name: "the old name of selfdestruct",
			root: frame("CALL", alice, pool, 0, frame("SUICIDE", pool, bob, 9)),
			want: []move{{"[0]", pool, bob, 9}},
		},
		{
			name: "selfdestruct to itself before Cancun burns",
			time: beforeCancun,
			root: frame("CALL", alice, pool, 0, frame("SELFDESTRUCT", pool, pool, 9)),
			want: []move{{"[0]", pool, common.Address{}, 9}},
		},
		{
			name: "selfdestruct to itself since Cancun keeps", reason: "EIP-6780",
			time: afterCancun,
			root: frame("CALL", alice, pool, 0, frame("SELFDESTRUCT", pool, pool, 9)),
			want: []move{{"[0]", pool, pool, 9}},
		},
		{
			name: "selfdestruct to itself in the creating tx burns", reason: "EIP-6780 leaves that case",
			time: afterCancun,
			root: frame("CALL", alice, bob, 0,
				frame("CREATE2", bob, pool, 9), frame("CALL", bob, pool, 0, frame("SELFDESTRUCT", pool, pool, 9))),
			want: []move{{"[0]", bob, pool, 9}, {"[1 0]", pool, common.Address{}, 9}},
		},
		{
			name: "selfdestruct to itself within its own creation", reason: "the root creates it",
			time: afterCancun,
			root: frame("CREATE", alice, pool, 9, frame("SELFDESTRUCT", pool, pool, 9)),
			want: []move{{"[0]", pool, common.Address{}, 9}},
		},
		{
			name: "a creation that was undone creates nothing",
			time: afterCancun,
			root: frame("CALL", alice, bob, 0,
				failed(frame("CREATE2", bob, pool, 9)), frame("CALL", bob, pool, 0, frame("SELFDESTRUCT", pool, pool, 9))),
			want: []move{{"[1 0]", pool, pool, 9}},
		},
		{
			name: "selfdestruct to itself where the fork is not known", reason: "only the balance can tell",
			chainID: 250,
			time:    beforeCancun,
			root:    frame("CALL", alice, pool, 0, frame("SELFDESTRUCT", pool, pool, 9)),
			want:    []move{{"[0]", pool, pool, 9}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			tx := chain.Tx{ChainID: 1, Block: 100, Index: 2, Time: test.time}
			if test.chainID != 0 {
				tx.ChainID = test.chainID
			}
			ts := chain.FrameTransfers(tx.At(), &test.root)
			if diff := cmp.Diff(test.want, moves(ts)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
			for i, one := range ts {
				if one.Kind != chain.KindInternal || one.Site != chain.SiteFrame || one.Asset != chain.NativeAsset(tx.ChainID) || one.Proof.Proven() {
					t.Errorf("transfer %d is %+v", i, one)
				}
				if i > 0 && ts[i-1].Compare(one.Ref) >= 0 {
					t.Errorf("transfer %d is out of order", i)
				}
			}
		})
	}
}

func TestTxTransfers(t *testing.T) {
	t.Parallel()
	made := common.HexToAddress("0xc0de")
	type moved struct {
		Kind     chain.Kind
		From, To common.Address
		Wei      uint64
	}
	for _, test := range []struct {
		name string
		tx   chain.Tx
		want []moved
	}{
		{
			name: "value and fee",
			tx:   chain.Tx{From: alice, To: &bob, Value: *uint256.NewInt(5), Fee: *uint256.NewInt(2)},
			want: []moved{{chain.KindNative, alice, bob, 5}, {chain.KindFee, alice, common.Address{}, 2}},
		},
		{
			name: "a failed tx pays its fee only",
			tx:   chain.Tx{From: alice, To: &bob, Value: *uint256.NewInt(5), Fee: *uint256.NewInt(2), Failed: true},
			want: []moved{{chain.KindFee, alice, common.Address{}, 2}},
		},
		{
			name: "no value",
			tx:   chain.Tx{From: alice, To: &bob, Fee: *uint256.NewInt(2)},
			want: []moved{{chain.KindFee, alice, common.Address{}, 2}},
		},
		{
			name: "nobody paid in the coin",
			tx:   chain.Tx{From: alice, To: &bob, Value: *uint256.NewInt(5)},
			want: []moved{{chain.KindNative, alice, bob, 5}},
		},
		{
			name: "creation",
			tx:   chain.Tx{From: alice, Created: &made, Value: *uint256.NewInt(5)},
			want: []moved{{chain.KindNative, alice, made, 5}},
		},
		{
			name: "creation that the node does not name",
			tx:   chain.Tx{From: alice, Nonce: 3, Value: *uint256.NewInt(5)},
			want: []moved{{chain.KindNative, alice, crypto.CreateAddress(alice, 3), 5}},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.tx.ChainID = 1
			var got []moved
			ts := chain.TxTransfers(&test.tx)
			for _, one := range ts {
				got = append(got, moved{one.Kind, one.From, one.To, one.Units.Uint64()})
				if _, credited := one.Recipient(); credited == (one.Kind == chain.KindFee) {
					t.Errorf("recipient of %v", one.Kind)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(ts) == 2 && ts[0].Compare(ts[1].Ref) >= 0 {
				t.Error("the fee does not come last")
			}
		})
	}
}
