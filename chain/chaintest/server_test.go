package chaintest_test

import (
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/google/go-cmp/cmp"

	"losstracer/chain/chaintest"
)

// sharedFixture is the KuCoin theft of 2020 with its expected sums.
func sharedFixture(t testing.TB) (*chaintest.Fixture, string) {
	t.Helper()
	shared := os.Getenv("LOSSTRACER_SHARED")
	if shared == "" {
		t.Skip("LOSSTRACER_SHARED is not set: no recorded theft to serve")
	}
	dir := filepath.Join(shared, "data", "kucoin2020")
	f, err := chaintest.LoadFixture(filepath.Join(dir, "rpc_fixture.json"))
	if err != nil {
		t.Fatal(err)
	}
	return f, dir
}

func dial(t testing.TB, url string) *ethclient.Client {
	t.Helper()
	c, err := ethclient.DialContext(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func must[T any](v T, err error) func(t testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestServeDecodes reads every kind of answer with go-ethereum's client, which
// refuses a header, tx or receipt that lacks a field.
func TestServeDecodes(t *testing.T) {
	t.Parallel()
	f, _ := sharedFixture(t)
	c := dial(t, chaintest.Serve(t, f))
	ctx := t.Context()

	if got := must(c.ChainID(ctx))(t); got.Uint64() != 1 {
		t.Errorf("chain id %v", got)
	}
	if got := must(c.BlockNumber(ctx))(t); got != f.Head {
		t.Errorf("head %d, want %d", got, f.Head)
	}
	for _, b := range f.Blocks {
		got := must(c.BlockByNumber(ctx, new(big.Int).SetUint64(b.Number)))(t)
		if got.Time() != b.Time {
			t.Errorf("block %d: time %d, want %d", b.Number, got.Time(), b.Time)
		}
		receipts := must(c.BlockReceipts(ctx, rpc.BlockNumberOrHashWithHash(b.Hash, false)))(t)
		if len(receipts) != len(got.Transactions()) {
			t.Errorf("block %d: %d receipts of %d txs", b.Number, len(receipts), len(got.Transactions()))
		}
	}
	seen := map[common.Address]uint64{}
	for _, want := range f.Txs {
		tx, pending, err := c.TransactionByHash(ctx, want.Hash)
		if err != nil || pending {
			t.Fatalf("tx %s: %v, pending %v", want.Hash, err, pending)
		}
		if tx.Nonce() != seen[want.From] {
			t.Errorf("tx %s: nonce %d, want %d", want.Hash, tx.Nonce(), seen[want.From])
		}
		seen[want.From]++
		receipt := must(c.TransactionReceipt(ctx, want.Hash))(t)
		if len(receipt.Logs) != len(want.Logs) || receipt.Bloom != types.CreateBloom(receipt) {
			t.Errorf("receipt %s: logs or bloom are off", want.Hash)
		}
	}
	for a, sent := range seen {
		if got := must(c.NonceAt(ctx, a, nil))(t); got != sent {
			t.Errorf("nonce of %s %d, want %d", a, got, sent)
		}
		if got := must(c.NonceAt(ctx, a, big.NewInt(0)))(t); got != 0 {
			t.Errorf("nonce of %s at the start %d, want 0", a, got)
		}
	}
}

// TestServeBalances checks that what the attacker gained, by balances at both
// ends of the chain, is what was counted independently.
func TestServeBalances(t *testing.T) {
	t.Parallel()
	f, dir := sharedFixture(t)
	var want struct {
		Attacker common.Address
		ETH      string
		Tokens   []struct {
			Address  common.Address
			Symbol   string
			Decimals int
			Raw      string
		}
	}
	raw := must(os.ReadFile(filepath.Join(dir, "expected.json")))(t)
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	c := dial(t, chaintest.Serve(t, f))
	first, last := new(big.Int).SetUint64(f.Blocks[0].Number-1), new(big.Int).SetUint64(f.Head)
	before, after := must(c.BalanceAt(t.Context(), want.Attacker, first))(t), must(c.BalanceAt(t.Context(), want.Attacker, last))(t)
	if got := new(big.Int).Sub(after, before).String(); got != want.ETH {
		t.Errorf("ETH %s, want %s", got, want.ETH)
	}
	for _, token := range want.Tokens {
		held := func(at *big.Int) *big.Int {
			data := append(hexutil.MustDecode("0x70a08231"), common.LeftPadBytes(want.Attacker[:], 32)...)
			out := must(c.CallContract(t.Context(), ethereum.CallMsg{To: &token.Address, Data: data}, at))(t)
			return new(big.Int).SetBytes(out)
		}
		if got := new(big.Int).Sub(held(last), held(first)).String(); got != token.Raw {
			t.Errorf("%s %s, want %s", token.Symbol, got, token.Raw)
		}
		out := must(c.CallContract(t.Context(), ethereum.CallMsg{To: &token.Address, Data: hexutil.MustDecode("0x313ce567")}, nil))(t)
		if got := new(big.Int).SetBytes(out).Int64(); got != int64(token.Decimals) {
			t.Errorf("%s: decimals %d, want %d", token.Symbol, got, token.Decimals)
		}
	}
	if len(want.Tokens) == 0 {
		t.Error("no tokens expected: the file was not read")
	}
}

func TestServeInventsBlocks(t *testing.T) {
	t.Parallel()
	b := chaintest.NewBuilder(1)
	b.Block(100, 1_600_000_000)
	b.Send(alice, bob, big.NewInt(1))
	b.Block(110, 1_600_000_500)
	b.Send(alice, bob, big.NewInt(1))
	b.Block(111, 1_600_000_501)
	f := b.Fixture(130)
	c := dial(t, chaintest.Serve(t, f))
	var before map[string]any
	for n := range uint64(131) {
		var block map[string]any
		call(t, c, &block, "eth_getBlockByNumber", hexutil.Uint64(n), false)
		must(c.HeaderByNumber(t.Context(), new(big.Int).SetUint64(n)))(t)
		if before != nil && (block["parentHash"] != before["hash"] || hexNumber(block["timestamp"]) < hexNumber(before["timestamp"])) {
			t.Fatalf("block %d does not follow its parent", n)
		}
		var again map[string]any
		call(t, c, &again, "eth_getBlockByHash", block["hash"], false)
		if diff := cmp.Diff(block, again); diff != "" {
			t.Fatalf("block %d by hash (-by number +by hash):\n%s", n, diff)
		}
		before = block
	}
	var beyond map[string]any
	call(t, c, &beyond, "eth_getBlockByNumber", hexutil.Uint64(131), false)
	if beyond != nil {
		t.Error("there is a block beyond the head")
	}
}

var alice, bob = common.HexToAddress("0xa11ce"), common.HexToAddress("0xb0b")

func call(t testing.TB, c *ethclient.Client, result any, method string, args ...any) {
	t.Helper()
	if err := c.Client().CallContext(t.Context(), result, method, args...); err != nil {
		t.Fatalf("%s: %v", method, err)
	}
}

func hexNumber(v any) uint64 { return hexutil.MustDecodeUint64(v.(string)) }

func TestNewServerRefuses(t *testing.T) {
	t.Parallel()
	overdrawn := chaintest.NewBuilder(1)
	overdrawn.Block(5, 1_600_000_000)
	overdrawn.Open(alice, big.NewInt(1), 0)
	overdrawn.Send(alice, bob, big.NewInt(2))
	falling := chaintest.NewBuilder(1)
	falling.Block(5, 1_600_000_000)
	falling.Block(4, 1_600_000_012)
	beyond := chaintest.NewBuilder(1)
	beyond.Block(11, 1_600_000_000)
	for _, row := range []struct {
		name string
		f    *chaintest.Fixture
		want string
	}{
		{"overdrawn", overdrawn.Fixture(10), "less than nothing"},
		{"falling", falling.Fixture(10), "does not follow"},
		{"beyond", beyond.Fixture(10), "beyond the head"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			_, err := chaintest.NewServer(row.f)
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("error %v, want one with %q", err, row.want)
			}
		})
	}
}
