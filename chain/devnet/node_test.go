package devnet_test

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/params"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"

	"losstracer/chain/devnet"
)

// threeHundred is a chain on which an account pays one wei in every block,
// long enough for a node that prunes to have lost its beginning.
func threeHundred(t *testing.T) *devnet.Chain {
	t.Helper()
	times := make([]uint64, 301)
	for i := range times {
		times[i] = 1700000003 + 12*uint64(i)
	}
	payer, to := devnet.Key("payer"), devnet.Address("payee")
	alloc := types.GenesisAlloc{devnet.Address("payer"): {Balance: big.NewInt(params.Ether)}}
	c, err := devnet.Generate(alloc, times, func(number int, b *core.BlockGen) {
		b.AddTx(types.MustSignNewTx(payer, b.Signer(), &types.DynamicFeeTx{
			ChainID: big.NewInt(devnet.ChainID), Nonce: uint64(number - 1), GasFeeCap: big.NewInt(30e9),
			Gas: 21000, To: &to, Value: big.NewInt(1),
		}))
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestNodeKeepsEverything(t *testing.T) {
	t.Parallel()
	c := threeHundred(t)
	client := dial(t, c)
	payee := devnet.Address("payee")

	for _, block := range []int64{0, 1, 2, 150, 300} {
		got, err := client.BalanceAt(t.Context(), payee, big.NewInt(block))
		if err != nil {
			t.Fatal(err)
		}
		if got.Int64() != block {
			t.Errorf("balance after block %d is %s", block, got)
		}
	}
	for i, b := range c.Blocks() {
		header, err := client.HeaderByNumber(t.Context(), big.NewInt(int64(i)))
		if err != nil {
			t.Fatal(err)
		}
		if header.Hash() != b.Hash || header.Time != b.Time || header.Number.Uint64() != b.Number {
			t.Errorf("block %d: node has %s at %d, chain has %+v", i, header.Hash(), header.Time, b)
		}
	}
	for _, tag := range []int64{-2, -3, -4} { // latest, finalized, safe, as rpc.BlockNumber has them
		header, err := client.HeaderByNumber(t.Context(), big.NewInt(tag))
		if err != nil {
			t.Fatal(err)
		}
		if header.Hash() != c.Head().Hash {
			t.Errorf("block with tag %d is %s", tag, header.Number)
		}
	}
}

func TestNodeMethods(t *testing.T) {
	t.Parallel()
	client := dial(t, threeHundred(t))
	block, err := client.BlockByNumber(t.Context(), big.NewInt(2))
	if err != nil {
		t.Fatal(err)
	}
	payee := devnet.Address("payee")
	transfer := map[string]any{"from": devnet.Address("payer"), "to": payee, "value": "0x1"}
	for _, m := range []struct {
		method string
		params []any
		want   string // part of the answer
	}{
		{"eth_syncing", nil, "false"},
		{"web3_clientVersion", nil, "/"},
		{"net_version", nil, `"1"`},
		{"eth_chainId", nil, `"0x1"`},
		{"eth_getBlockReceipts", []any{"0x2"}, `"status":"0x1"`},
		{"eth_getLogs", []any{map[string]any{"fromBlock": "0x0", "toBlock": "0x12c"}}, "[]"},
		{"eth_getProof", []any{payee, []string{}, "0x2"}, `"balance":"0x2"`},
		{"eth_getTransactionByHash", []any{block.Transactions()[0].Hash()}, `"blockNumber":"0x2"`},
		{"debug_traceTransaction", []any{block.Transactions()[0].Hash(), callTracer}, `"type":"CALL"`},
		{"debug_traceBlockByNumber", []any{"0x2", callTracer}, `"value":"0x1"`},
		{"eth_simulateV1", []any{map[string]any{
			"blockStateCalls": []any{map[string]any{"calls": []any{transfer}}}, "traceTransfers": true,
		}, "0x2"}, "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"},
	} {
		var answer json.RawMessage
		if err := client.Client().CallContext(t.Context(), &answer, m.method, m.params...); err != nil {
			t.Errorf("%s: %v", m.method, err)
			continue
		}
		if !strings.Contains(string(answer), m.want) {
			t.Errorf("%s: %s does not contain %s", m.method, answer, m.want)
		}
	}
}

// Delegation of an account to code (EIP-7702) is the youngest rule that the
// chains have.
func TestPragueRules(t *testing.T) {
	t.Parallel()
	payer, signer := devnet.Key("payer"), devnet.Key("delegating")
	code := common.HexToAddress("0x1234")
	c, err := devnet.Generate(types.GenesisAlloc{devnet.Address("payer"): {Balance: big.NewInt(params.Ether)}},
		[]uint64{1700000003, 1700000015}, func(_ int, b *core.BlockGen) {
			authorization, err := types.SignSetCode(signer, types.SetCodeAuthorization{Address: code})
			if err != nil {
				panic(err)
			}
			b.AddTx(types.MustSignNewTx(payer, b.Signer(), &types.SetCodeTx{
				Gas: 100_000, GasFeeCap: uint256.NewInt(30e9), AuthList: []types.SetCodeAuthorization{authorization},
			}))
		})
	if err != nil {
		t.Fatal(err)
	}
	got, err := dial(t, c).CodeAt(t.Context(), devnet.Address("delegating"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := types.AddressToDelegation(code); !bytes.Equal(got, want) {
		t.Errorf("code is %s, want %s", hexutil.Encode(got), hexutil.Encode(want))
	}
}

func TestGenerateRefuses(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		times []uint64
		fill  func(int, *core.BlockGen)
	}{
		"no genesis":             {},
		"time standing still":    {times: []uint64{5, 5}},
		"tx that cannot be paid": {times: []uint64{5, 10}, fill: func(_ int, b *core.BlockGen) { b.AddTx(unpaid(b)) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := devnet.Generate(nil, row.times, row.fill); err == nil {
				t.Error("no error")
			}
		})
	}
}

func unpaid(b *core.BlockGen) *types.Transaction {
	return types.MustSignNewTx(devnet.Key("poor"), b.Signer(), &types.LegacyTx{Gas: 21000, GasPrice: big.NewInt(30e9), To: &common.Address{}})
}

func TestSameBytes(t *testing.T) {
	t.Parallel()
	first, second := threeHundred(t), threeHundred(t)
	if diff := gocmp.Diff(first.Blocks(), second.Blocks()); diff != "" {
		t.Errorf("two runs differ (-first +second):\n%s", diff)
	}
}
