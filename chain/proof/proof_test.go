package proof_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/ethclient/gethclient"
	"github.com/holiman/uint256"

	"losstracer/chain/chaintest"
	"losstracer/chain/devnet"
	"losstracer/chain/proof"
)

// block is a block of a real node with all that its header commits to.
type block struct {
	header      *types.Header
	hash        common.Hash
	txs         []proof.Tx
	receipts    []proof.Receipt
	withdrawals []*types.Withdrawal
}

func play(t *testing.T, s *chaintest.Scenario) string {
	t.Helper()
	times := []uint64{s.Time}
	for _, b := range s.Blocks {
		times = append(times, b.Time)
	}
	c, err := devnet.Generate(s.Alloc, times, func(n int, b *core.BlockGen) {
		for _, tx := range s.Blocks[n-1].Txs {
			b.AddTx(tx)
		}
		for _, w := range s.Blocks[n-1].Withdrawals {
			b.AddWithdrawal(w)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return devnet.Serve(t, c)
}

func read(t *testing.T, url string, n int64) block {
	t.Helper()
	c, err := ethclient.Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var raw json.RawMessage
	if err := c.Client().CallContext(t.Context(), &raw, "eth_getBlockByNumber", hexutil.Uint64(n), true); err != nil {
		t.Fatal(err)
	}
	var b block
	var full struct {
		Hash        common.Hash         `json:"hash"`
		Txs         []proof.Tx          `json:"transactions"`
		Withdrawals []*types.Withdrawal `json:"withdrawals"`
	}
	if err := errors.Join(json.Unmarshal(raw, &full), json.Unmarshal(raw, &b.header)); err != nil {
		t.Fatal(err)
	}
	b.hash, b.txs, b.withdrawals = full.Hash, full.Txs, full.Withdrawals
	if err := c.Client().CallContext(t.Context(), &b.receipts, "eth_getBlockReceipts", hexutil.Uint64(n)); err != nil {
		t.Fatal(err)
	}
	return b
}

func check(b block) error {
	return errors.Join(proof.Header(b.header, b.hash), proof.Transactions(b.header, b.txs),
		proof.Receipts(b.header, b.receipts), proof.Withdrawals(b.header, b.withdrawals))
}

func scenario(t *testing.T, name string) *chaintest.Scenario {
	t.Helper()
	for _, s := range chaintest.Scenarios() {
		if s.Name == name {
			return s
		}
	}
	t.Fatalf("no scenario %q", name)
	return nil
}

// Every block of every scenario is what it says: legacy, dynamic-fee and
// set-code txs, failed ones, logs, withdrawals.
func TestRealBlocks(t *testing.T) {
	t.Parallel()
	for _, s := range chaintest.Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			url := play(t, s)
			for n := range len(s.Blocks) + 1 {
				if err := check(read(t, url, int64(n))); err != nil {
					t.Errorf("block %d: %v", n, err)
				}
			}
		})
	}
}

// A change of anything that a block commits to is noticed, and named.
func TestTampering(t *testing.T) {
	t.Parallel()
	s := scenario(t, "fungible tokens")
	url := play(t, s)
	rows := []struct {
		name   string
		change func(*block)
		want   string
	}{
		{"the time of the header", func(b *block) { b.header.Time++ }, "block hash"},
		{"the value of a tx", func(b *block) {
			tx := b.txs[0]
			b.txs[0].Transaction = types.NewTx(&types.LegacyTx{Nonce: tx.Nonce(), To: tx.To(), Value: big.NewInt(7), Gas: tx.Gas(), GasPrice: tx.GasPrice()})
		}, "transactions root"},
		{"a tx left out", func(b *block) { b.txs = b.txs[1:] }, "transactions root"},
		{"the amount in a log", func(b *block) { b.receipts[0].Logs[0].Data[31]++ }, "receipts root"},
		{"the emitter of a log", func(b *block) { b.receipts[0].Logs[0].Address[0]++ }, "receipts root"},
		{"a status", func(b *block) { b.receipts[0].Status ^= 1 }, "receipts root"},
		{"a log left out at the end", func(b *block) { last := b.receipts[1]; last.Logs = last.Logs[:0] }, "receipts root"},
		{"a withdrawal invented", func(b *block) { b.withdrawals = append(b.withdrawals, &types.Withdrawal{Amount: 1}) }, "withdrawals root"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			b := read(t, url, 5)
			if err := check(b); err != nil {
				t.Fatal(err)
			}
			row.change(&b)
			var mismatch *proof.MismatchError
			if err := check(b); !errors.As(err, &mismatch) || mismatch.What != row.want {
				t.Errorf("got %v, want a mismatch of the %s", err, row.want)
			}
		})
	}
	t.Run("the index of a log", func(t *testing.T) {
		t.Parallel()
		b := read(t, url, 5)
		b.receipts[1].Logs[0].Index += 3
		var place *proof.PlaceError
		if err := check(b); !errors.As(err, &place) || place.What != "log index" {
			t.Errorf("got %v, want a log index out of place", err)
		}
	})
	t.Run("a receipt of a kind that nobody knows", func(t *testing.T) {
		t.Parallel()
		b := read(t, url, 5)
		b.receipts[0].Type = 0x55
		var unsupported *proof.UnsupportedError
		if err := check(b); !errors.As(err, &unsupported) || unsupported.Type != 0x55 {
			t.Errorf("got %v, want an unsupported receipt", err)
		}
	})
}

func TestAccount(t *testing.T) {
	t.Parallel()
	s := scenario(t, "plain transfers")
	url := play(t, s)
	c, err := ethclient.Dial(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	head := read(t, url, int64(len(s.Blocks)))
	prove := func(a common.Address) (types.StateAccount, [][]byte) {
		t.Helper()
		r, err := gethclient.New(c.Client()).GetProof(context.Background(), a, nil, head.header.Number)
		if err != nil {
			t.Fatal(err)
		}
		var nodes [][]byte
		for _, n := range r.AccountProof {
			nodes = append(nodes, hexutil.MustDecode(n))
		}
		balance, _ := uint256.FromBig(r.Balance)
		return types.StateAccount{Nonce: r.Nonce, Balance: balance, Root: r.StorageHash, CodeHash: r.CodeHash[:]}, nodes
	}
	account, nodes := prove(s.Accounts[0])
	if err := proof.Account(head.header.Root, s.Accounts[0], account, nodes); err != nil {
		t.Error(err)
	}
	account.Balance.AddUint64(account.Balance, 1)
	var mismatch *proof.MismatchError
	if err := proof.Account(head.header.Root, s.Accounts[0], account, nodes); !errors.As(err, &mismatch) {
		t.Errorf("a wei too much: %v, want a mismatch", err)
	}
	if err := proof.Account(common.Hash{1}, s.Accounts[0], account, nodes); err == nil {
		t.Error("another state root is believed")
	}
	nobody := common.HexToAddress("0x00000000000000000000000000000000deadbeef")
	empty, absence := prove(nobody)
	if err := proof.Account(head.header.Root, nobody, empty, absence); err != nil {
		t.Errorf("an account that is not there: %v", err)
	}
	empty.Balance = uint256.NewInt(1)
	if err := proof.Account(head.header.Root, nobody, empty, absence); err == nil {
		t.Error("an account that is not there is believed to hold a wei")
	}
}
