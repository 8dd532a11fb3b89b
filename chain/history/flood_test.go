package history_test

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
)

// flood is an endpoint of a chain on which one account receives many tokens:
// perBlock transfers in each of so many blocks, in one tx a block.
type flood struct {
	blocks, perBlock uint64
}

func (f flood) Host() string { return "http://flood" }

func (f flood) log(n, i uint64) *types.Log {
	return &types.Log{
		Address: usdt, Topics: []common.Hash{chain.TopicTransfer, common.BytesToHash(wallet[:]), common.BytesToHash(thief[:])},
		Data: common.LeftPadBytes(binary.BigEndian.AppendUint64(nil, 1), 32), BlockNumber: n, BlockHash: blockHash(n),
		TxHash: simHash(n, 0), Index: uint(i),
	}
}

func (f flood) Logs(_ context.Context, q ethrpc.LogQuery, fn func(*types.Log) error) (ethrpc.LogCoverage, error) {
	if len(q.Topics) != 3 || len(q.Topics[0]) != 3 {
		return ethrpc.LogCoverage{Window: chain.Window{From: q.From, To: q.To}}, nil
	}
	for n := q.From; n <= q.To; n++ {
		for i := range f.perBlock {
			if err := fn(f.log(n, i)); err != nil {
				return ethrpc.LogCoverage{}, err
			}
		}
	}
	return ethrpc.LogCoverage{Window: chain.Window{From: q.From, To: q.To}}, nil
}

func (f flood) Do(_ context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	out := make([]ethrpc.Answer, len(calls))
	for i, c := range calls {
		v, err := f.answer(c)
		if err != nil {
			out[i].Err = &ethrpc.RPCError{Method: c.Method, Code: -32601, Message: "method not found"}
			continue
		}
		if out[i].Result, err = json.Marshal(v); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (f flood) answer(c ethrpc.Call) (any, error) {
	switch c.Method {
	case "eth_chainId", "eth_getTransactionCount":
		return "0x1", nil
	case "eth_getBalance":
		return "0x0", nil
	case "eth_getCode":
		return "0x", nil
	case "eth_call":
		return hexutil.Bytes(make([]byte, 32)), nil
	case "eth_getLogs":
		return []any{f.log(f.blocks, 0)}, nil
	case "eth_getBlockByNumber", "eth_getBlockReceipts":
		n := f.blocks
		if tag := c.Params[0].(string); tag != "latest" && tag != "finalized" {
			n = hexutil.MustDecodeUint64(tag)
		}
		if c.Method == "eth_getBlockReceipts" {
			logs := make([]*types.Log, f.perBlock)
			for i := range logs {
				logs[i] = f.log(n, uint64(i))
			}
			return []any{map[string]any{"transactionHash": simHash(n, 0), "status": "0x1", "gasUsed": "0x1", "effectiveGasPrice": "0x1", "logs": logs}}, nil
		}
		var txs []any
		if c.Params[1] == true {
			txs = []any{map[string]any{"hash": simHash(n, 0), "from": wallet, "to": usdt, "value": "0x0", "nonce": "0x0", "gas": "0x1", "type": "0x0", "input": "0x"}}
		}
		return map[string]any{"number": hexutil.Uint64(n), "hash": blockHash(n), "timestamp": hexutil.Uint64(1_600_000_000 + n), "transactions": txs, "logsBloom": "0x"}, nil
	}
	return nil, fmt.Errorf("no method %s", c.Method)
}

// BenchmarkTokenFlood pulls a million token transfers and reports the most
// heap that was live at any collection on the way.
func BenchmarkTokenFlood(b *testing.B) {
	for b.Loop() {
		f := flood{blocks: 10_000, perBlock: 100}
		var peak uint64
		stop, done := make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			for {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Millisecond):
				}
			}
		}()
		h, err := history.New(f, history.Options{}).History(b.Context(), chain.Query{Addresses: []common.Address{thief}, Window: chain.Window{From: 1, To: f.blocks}})
		close(stop)
		<-done
		if err != nil {
			b.Fatal(err)
		}
		if len(h.Transfers) != int(f.blocks*f.perBlock) {
			b.Fatalf("%d transfers, %v", len(h.Transfers), h.Warnings)
		}
		b.ReportMetric(float64(peak)/1e6, "peak-MB")
		runtime.KeepAlive(h)
	}
}
