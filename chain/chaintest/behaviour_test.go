package chaintest_test

import (
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/chain/chaintest"
)

var (
	carol = common.HexToAddress("0xca401")
	token = common.HexToAddress("0x70ce4")
	nft   = common.HexToAddress("0x4f7")
	multi = common.HexToAddress("0x1155")
	vault = common.HexToAddress("0x7a017")
)

func units(n int64) *big.Int { return big.NewInt(n) }

// smallChain has one of everything that a fixture can hold.
func smallChain() *chaintest.Fixture {
	b := chaintest.NewBuilder(1)
	b.GasPrice, b.GasUsed = units(10), 50_000
	b.Token(token, "TKN", 6)
	b.TokenAs(nft, chaintest.Token{Symbol: "OLD", Name: "Old", Bytes32: true})
	b.Block(100, 1_600_000_000)
	b.Send(alice, bob, units(1000))
	b.SendToken(token, alice, bob, units(70))
	b.Block(101, 1_600_000_012)
	b.Call(alice, vault, units(500), chaintest.Pays(vault, bob, units(200)),
		chaintest.Frame{Type: "CALL", From: vault, To: carol, Value: (*hexutil.Big)(units(300)), Error: "execution reverted",
			Calls: []chaintest.Frame{chaintest.Pays(carol, bob, units(300))}},
		chaintest.Frame{Type: "DELEGATECALL", From: vault, To: carol, Value: (*hexutil.Big)(units(500))})
	b.Add(chaintest.Tx{From: alice, To: &bob, Value: units(9), Failed: true})
	b.Block(105, 1_600_000_100)
	b.Add(chaintest.Tx{From: bob, To: &token, Logs: []chaintest.Log{
		chaintest.TransferLog(token, common.Address{}, carol, units(5)),
		chaintest.TransferLogNFT(nft, alice, carol, units(7)),
		chaintest.TransferBatchLog(multi, alice, carol, []*big.Int{units(1), units(2)}, []*big.Int{units(10), units(20)}),
	}})
	b.Withdraw(carol, 3)
	b.Change(chaintest.Holding{Token: token, Holder: bob}, units(-1))
	return b.Fixture(200)
}

func TestServeState(t *testing.T) {
	t.Parallel()
	c := dial(t, chaintest.Serve(t, smallChain()))
	coin := func(a common.Address, n int64) *big.Int { return must(c.BalanceAt(t.Context(), a, units(n)))(t) }
	held := func(contract common.Address, signature string, n int64, args ...[]byte) *big.Int {
		data := topic(signature).Bytes()[:4]
		for _, a := range args {
			data = append(data, common.LeftPadBytes(a, 32)...)
		}
		return new(big.Int).SetBytes(must(c.CallContract(t.Context(), ethereum.CallMsg{To: &contract, Data: data}, units(n)))(t))
	}
	of := "balanceOf(address)"
	for _, row := range []struct {
		name      string
		got, want *big.Int
		reason    string
	}{
		{"before", coin(bob, 99), units(500_000 - 1200), "bob's fee of block 105 less what he gets before it is what he must have had, and no more"},
		{"sent", new(big.Int).Sub(coin(bob, 100), coin(bob, 99)), units(1000), "a top-level value arrives"},
		{"fees", new(big.Int).Sub(coin(alice, 101), coin(alice, 99)), units(-1000 - 500 - 4*500_000), "a failed tx pays its fee only"},
		{"internal", new(big.Int).Sub(coin(bob, 101), coin(bob, 100)), units(200), "what is under a reverted frame did not move"},
		{"vault", coin(vault, 101), units(300), "delegatecalls move nothing"},
		{"withdrawal", coin(carol, 105), units(3_000_000_000), "withdrawals are in Gwei"},
		{"token before", held(token, of, 99, alice[:]), units(70), "alice must have had it"},
		{"token after", held(token, of, 200, bob[:]), units(69), "70 came, 1 was taken without a log"},
		{"supply before", held(token, "totalSupply()", 104), units(70), ""},
		{"supply after", held(token, "totalSupply()", 105), units(74), "5 made, 1 gone"},
		{"nft", held(nft, of, 105, carol[:]), units(1), ""},
		{"batch", held(multi, "balanceOf(address,uint256)", 105, carol[:], []byte{2}), units(20), ""},
		{"decimals", held(token, "decimals()", 105), units(6), ""},
	} {
		if row.got.Cmp(row.want) != 0 {
			t.Errorf("%s: %v, want %v (%s)", row.name, row.got, row.want, row.reason)
		}
	}
	symbol := topic("symbol()").Bytes()[:4]
	if out := must(c.CallContract(t.Context(), ethereum.CallMsg{To: &nft, Data: symbol}, nil))(t); len(out) != 32 || string(out[:3]) != "OLD" {
		t.Errorf("bytes32 symbol %x", out)
	}
	_, err := c.CallContract(t.Context(), ethereum.CallMsg{To: &nft, Data: topic("decimals()").Bytes()[:4]}, nil)
	checkCode(t, err, 3, "reverted")
	if code := must(c.CodeAt(t.Context(), alice, nil))(t); len(code) > 0 {
		t.Errorf("an account has code %x", code)
	}
	if code := must(c.CodeAt(t.Context(), vault, nil))(t); len(code) == 0 {
		t.Error("a contract has no code")
	}
}

func topic(signature string) common.Hash {
	return common.BytesToHash(crypto.Keccak256([]byte(signature)))
}

func checkCode(t *testing.T, err error, code int, text string) {
	t.Helper()
	var e rpc.Error
	if !errors.As(err, &e) || e.ErrorCode() != code || !strings.Contains(e.Error(), text) {
		t.Errorf("error %v, want code %d and %q", err, code, text)
	}
}

func TestServeLogFilters(t *testing.T) {
	t.Parallel()
	c := dial(t, chaintest.Serve(t, smallChain()))
	word := func(a common.Address) common.Hash { return common.BytesToHash(a[:]) }
	transfer := chain.TopicTransfer
	block := func(n int64) *common.Hash {
		// Not HeaderByNumber: what a header of a fixture hashes to is not the block's hash.
		var raw struct{ Hash common.Hash }
		call(t, c, &raw, "eth_getBlockByNumber", hexutil.Uint64(n), false)
		return &raw.Hash
	}
	for _, row := range []struct {
		name string
		q    ethereum.FilterQuery
		want int
	}{
		{"all", ethereum.FilterQuery{FromBlock: units(0)}, 4},
		{"after the last", ethereum.FilterQuery{FromBlock: units(106)}, 0},
		{"range", ethereum.FilterQuery{FromBlock: units(0), ToBlock: units(104)}, 1},
		{"address", ethereum.FilterQuery{FromBlock: units(0), Addresses: []common.Address{token}}, 2},
		{"addresses", ethereum.FilterQuery{FromBlock: units(0), Addresses: []common.Address{nft, multi}}, 2},
		{"event", ethereum.FilterQuery{FromBlock: units(0), Topics: [][]common.Hash{{transfer}}}, 3},
		{"events", ethereum.FilterQuery{FromBlock: units(0), Topics: [][]common.Hash{{transfer, chain.TopicTransferBatch}}}, 4},
		{"any event to", ethereum.FilterQuery{FromBlock: units(0), Topics: [][]common.Hash{{transfer}, nil, {word(carol), word(bob)}}}, 3},
		{"from", ethereum.FilterQuery{FromBlock: units(0), Topics: [][]common.Hash{{transfer}, {word(alice)}}}, 2},
		{"fourth", ethereum.FilterQuery{FromBlock: units(0), Topics: [][]common.Hash{nil, nil, nil, {word(carol)}}}, 1},
		{"hash", ethereum.FilterQuery{BlockHash: block(105)}, 3},
		{"empty block", ethereum.FilterQuery{BlockHash: block(104)}, 0},
	} {
		got, err := c.FilterLogs(t.Context(), row.q)
		if err != nil || len(got) != row.want {
			t.Errorf("%s: %d logs, want %d, error %v", row.name, len(got), row.want, err)
		}
	}
	for _, row := range []struct {
		name, text string
		code       int
		q          ethereum.FilterQuery
	}{
		{"backwards", "invalid block range", -32602, ethereum.FilterQuery{FromBlock: units(5), ToBlock: units(4)}},
		{"future", "beyond current head", -32602, ethereum.FilterQuery{FromBlock: units(5), ToBlock: units(201)}},
		{"unknown", "unknown block", -32000, ethereum.FilterQuery{BlockHash: &common.Hash{1}}},
		{"topics", "exceed max topics", -32602, ethereum.FilterQuery{Topics: make([][]common.Hash, 5)}},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := c.FilterLogs(t.Context(), row.q)
			checkCode(t, err, row.code, row.text)
		})
	}
}

// TestServeTransfers decodes the whole chain with package chain and compares
// with what was put in.
func TestServeTransfers(t *testing.T) {
	t.Parallel()
	c := dial(t, chaintest.Serve(t, smallChain()))
	network, _ := chain.NetworkByID(1)
	logs := must(c.FilterLogs(t.Context(), ethereum.FilterQuery{FromBlock: units(0)}))(t)
	var pointers []*types.Log
	for i := range logs {
		pointers = append(pointers, &logs[i])
	}
	transfers, unread := chain.Decoder{Network: network}.Logs(pointers, func(uint64) uint64 { return 0 })
	if len(unread) > 0 {
		t.Errorf("unread: %v", unread)
	}
	var got []string
	for _, x := range transfers {
		got = append(got, x.Kind.String()+" "+x.Units.Dec()+" "+x.Asset.TokenID())
	}
	want := []string{"erc20 70 ", "erc20 5 ", "erc721 1 7", "erc1155 10 1", "erc1155 20 2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("transfers (-want +got):\n%s", diff)
	}
}

func TestServeTraces(t *testing.T) {
	t.Parallel()
	f := smallChain()
	c := dial(t, chaintest.Serve(t, f))
	inner := f.Txs[2].Hash
	var frame struct {
		Type  string
		Value *hexutil.Big
		Calls []chaintest.Frame
	}
	config := map[string]string{"tracer": "callTracer"}
	call(t, c, &frame, "debug_traceTransaction", inner, config)
	if frame.Type != "CALL" || frame.Value.ToInt().Int64() != 500 || len(frame.Calls) != 3 {
		t.Errorf("call frame %+v", frame)
	}
	if diff := cmp.Diff("", frame.Calls[1].Calls[0].Error); diff != "" {
		t.Errorf("a child of a reverted frame has an error of its own: %s", diff)
	}
	var block []struct {
		TxHash common.Hash
		Result json.RawMessage
	}
	call(t, c, &block, "debug_traceBlockByNumber", "0x65", config)
	if len(block) != 2 || block[0].TxHash != inner {
		t.Errorf("block trace %+v", block)
	}
	var traces []struct {
		TraceAddress []int
		Error        string
		Action       struct{ From, To common.Address }
	}
	filter := map[string]any{"fromBlock": "0x0", "toBlock": "0xc8", "fromAddress": []common.Address{vault}}
	call(t, c, &traces, "trace_filter", filter)
	if len(traces) != 3 || traces[1].Error != "Reverted" || !cmp.Equal(traces[2].TraceAddress, []int{2}) {
		t.Errorf("traces %+v", traces)
	}
	filter["toAddress"] = []common.Address{bob}
	call(t, c, &traces, "trace_filter", filter)
	if len(traces) != 6 {
		t.Errorf("%d traces from or to, want 6", len(traces))
	}
	both := dial(t, chaintest.Serve(t, smallChain(), chaintest.TraceFilterBoth()))
	call(t, both, &traces, "trace_filter", filter)
	if len(traces) != 1 {
		t.Errorf("%d traces from and to, want 1", len(traces))
	}
	filter["after"], filter["count"] = 1, 2
	call(t, c, &traces, "trace_filter", filter)
	if len(traces) != 2 {
		t.Errorf("a page of %d traces, want 2", len(traces))
	}
}

func TestServeOptions(t *testing.T) {
	t.Parallel()
	all := map[string]string{"fromBlock": "0x0", "toBlock": "0xc8"}
	for _, row := range []struct {
		name   string
		option chaintest.Option
		code   int
		text   string
		method string
		args   []any
	}{
		{"without", chaintest.Without("eth_getLogs"), -32601, "does not exist", "eth_getLogs", []any{all}},
		{"unknown", chaintest.LogTimes(), -32601, "eth_feeHistory", "eth_feeHistory", nil},
		{"missing argument", chaintest.LogTimes(), -32602, "missing value for required argument 0", "eth_getBalance", nil},
		{"bad argument", chaintest.LogTimes(), -32602, "invalid argument 0", "eth_getBalance", []any{"0x1"}},
		{"pruned state", chaintest.Pruned(50), -32000, "missing trie node", "eth_getBalance", []any{alice, "0x64"}},
		{"pruned trace", chaintest.Pruned(50), -32000, "historical state unavailable", "debug_traceBlockByNumber",
			[]any{"0x64", map[string]string{"tracer": "callTracer"}}},
		{"pruned history", chaintest.PrunedHistory(150), 4444, "pruned history", "eth_getLogs", []any{all}},
		{"range geth", chaintest.LogRangeLimit(100, chaintest.Geth), -32602, "exceed maximum block range 100", "eth_getLogs", []any{all}},
		{"range alchemy", chaintest.LogRangeLimit(100, chaintest.Alchemy), -32602, "this block range should work: [0x0, 0x63]", "eth_getLogs", []any{all}},
		{"range drpc", chaintest.LogRangeLimit(100, chaintest.DRPC), 35, "ranges over 100 blocks", "eth_getLogs", []any{all}},
		{"results infura", chaintest.LogResultLimit(2, chaintest.Infura), -32005, "Try with this block range [0x0, 0x68]", "eth_getLogs", []any{all}},
		{"results reth", chaintest.LogResultLimit(2, chaintest.Reth), -32602, "retry with the range 0-104", "eth_getLogs", []any{all}},
		{"traces", chaintest.TraceFilterLimit(100), -32602, "currently limited to 100 blocks", "trace_filter", []any{all}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := dial(t, chaintest.Serve(t, smallChain(), row.option))
			checkCode(t, c.Client().CallContext(t.Context(), new(json.RawMessage), row.method, row.args...), row.code, row.text)
		})
	}
}

func TestServeRefusesWithStatus(t *testing.T) {
	t.Parallel()
	c := dial(t, chaintest.Serve(t, smallChain(), chaintest.LogRangeLimit(10, chaintest.QuickNode)))
	_, err := c.FilterLogs(t.Context(), ethereum.FilterQuery{FromBlock: units(0)})
	var status rpc.HTTPError
	if !errors.As(err, &status) || status.StatusCode != http.StatusRequestEntityTooLarge || !strings.Contains(string(status.Body), "limited to a 10 range") {
		t.Errorf("error %v, want status 413", err)
	}
}

func TestServeTruncatesSilently(t *testing.T) {
	t.Parallel()
	c := dial(t, chaintest.Serve(t, smallChain(), chaintest.LogResultLimit(2, chaintest.Nethermind)))
	if got := must(c.FilterLogs(t.Context(), ethereum.FilterQuery{FromBlock: units(0)}))(t); len(got) != 2 {
		t.Errorf("%d logs, want the first 2", len(got))
	}
}

func TestServeGenesis(t *testing.T) {
	t.Parallel()
	network, _ := chain.NetworkByID(1)
	hash := func(options ...chaintest.Option) *common.Hash {
		c := dial(t, chaintest.Serve(t, smallChain(), options...))
		var block *struct{ Hash common.Hash }
		call(t, c, &block, "eth_getBlockByNumber", "0x0", false)
		if block == nil {
			return nil
		}
		return &block.Hash
	}
	if h := hash(); h == nil || *h == network.Genesis {
		t.Errorf("block 0 is %v, want an invented one", h)
	}
	if h := hash(chaintest.Genesis(network.Genesis)); h == nil || *h != network.Genesis {
		t.Errorf("block 0 is %v, want %v", h, network.Genesis)
	}
	if h := hash(chaintest.NoGenesis()); h != nil {
		t.Errorf("block 0 is %v, want none", h)
	}
}

func batchOf(n int) []rpc.BatchElem {
	batch := make([]rpc.BatchElem, n)
	for i := range batch {
		batch[i] = rpc.BatchElem{Method: "eth_getBlockByNumber", Args: []any{hexutil.Uint64(i), false}, Result: new(json.RawMessage)}
	}
	return batch
}

func TestServeBatches(t *testing.T) {
	t.Parallel()
	s, err := chaintest.NewServer(smallChain(), chaintest.BatchLimit(5), chaintest.ResponseLimit(3500))
	if err != nil {
		t.Fatal(err)
	}
	c, err := ethclient.DialContext(t.Context(), chaintest.Host(t, s))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	fits := batchOf(2)
	if err := c.Client().BatchCallContext(t.Context(), fits); err != nil || fits[0].Error != nil || fits[1].Error != nil {
		t.Errorf("batch of 2: %v, %v, %v", err, fits[0].Error, fits[1].Error)
	}
	heavy := batchOf(5)
	if err := c.Client().BatchCallContext(t.Context(), heavy); err != nil || heavy[0].Error != nil {
		t.Errorf("batch of 5: %v, %v", err, heavy[0].Error)
	}
	checkCode(t, heavy[4].Error, -32003, "response too large")
	long := batchOf(6)
	if err := c.Client().BatchCallContext(t.Context(), long); err != nil {
		t.Fatal(err)
	}
	checkCode(t, long[0].Error, -32600, "batch too large")
	if long[1].Error != rpc.ErrMissingBatchResponse {
		t.Errorf("second of a refused batch: %v, want no answer", long[1].Error)
	}
	if got := s.Requests(); got != 3 {
		t.Errorf("%d requests, want 3", got)
	}
	if got := s.Calls()["eth_getBlockByNumber"]; got < 4 || got > 7 {
		t.Errorf("%d calls, want those of the batches that were begun", got)
	}
}
