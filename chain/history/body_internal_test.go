package history

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// foreignNode tells of blocks that all hold one tx, of a type that nothing here
// can encode. What it does not answer it lacks.
type foreignNode struct {
	answers map[string]func(param string) string

	mu    sync.Mutex
	asked map[string][]int // by method, how many at once
	bytes int64
}

func (n *foreignNode) Host() string { return "http://node" }

func (n *foreignNode) Logs(context.Context, ethrpc.LogQuery, func(*types.Log) error) (ethrpc.LogCoverage, error) {
	return ethrpc.LogCoverage{}, nil
}

func (n *foreignNode) Do(_ context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	out, count := make([]ethrpc.Answer, len(calls)), map[string]int{}
	for i, c := range calls {
		count[c.Method]++
		if answer := n.answers[c.Method]; answer == nil {
			out[i].Err = &ethrpc.RPCError{Method: c.Method, Code: -32601, Message: "the method does not exist"}
		} else {
			out[i].Result = json.RawMessage(answer(fmt.Sprint(c.Params[0])))
			n.bytes += int64(len(out[i].Result))
		}
	}
	for method, k := range count {
		n.asked[method] = append(n.asked[method], k)
	}
	return out, nil
}

func foreignNodeOf(lacks ...string) *foreignNode {
	hash := func(number string) string { return common.HexToHash(number).Hex() }
	receipt := func(tx string) string {
		return fmt.Sprintf(`{"type":"0x55","status":"0x1","transactionHash":%q,"transactionIndex":"0x0","cumulativeGasUsed":"0x1","gasUsed":"0x1","logsBloom":"0x%0512x","logs":[],"note":%q}`, tx, 0, strings.Repeat("x", 4096))
	}
	n := &foreignNode{asked: map[string][]int{}, answers: map[string]func(string) string{
		"eth_getBlockByNumber": func(number string) string {
			return fmt.Sprintf(`{"number":%q,"hash":%q,"timestamp":"0x1","transactions":[{"type":"0x55","hash":%q,"transactionIndex":"0x0","from":"0x00000000000000000000000000000000000000aa","to":"0x00000000000000000000000000000000000000bb","value":"0x1","gas":"0x1","gasPrice":"0x0","nonce":"0x0","input":"0x"}]}`, number, hash(number), hash(number))
		},
		"eth_getBlockReceipts":      func(number string) string { return "[" + receipt(hash(number)) + "]" },
		"eth_getTransactionReceipt": receipt,
		rawTransaction: func(tx string) string {
			if tx == (common.Hash{}).Hex() {
				return "null"
			}
			return `"0x5501` + strings.Repeat("00", 4096) + `"`
		},
	}}
	for _, method := range lacks {
		delete(n.answers, method)
	}
	return n
}

func (n *foreignNode) reader() *reader {
	return &reader{id: Identity{ChainID: 1, Network: chain.Network{ID: 1}}, decoder: chain.Decoder{Network: chain.Network{ID: 1}},
		watched: map[common.Address]bool{{19: 0xaa}: true}}
}

// Whether an endpoint gives txs as they are encoded is found out by one call,
// the same whichever of the blocks is read first.
func TestEncodingsAreAskedForWhereThereAreAny(t *testing.T) {
	t.Parallel()
	var numbers []uint64
	for n := range uint64(400) {
		numbers = append(numbers, n+1)
	}
	for _, row := range []struct {
		name string
		node *foreignNode
		want int
	}{
		{"none", foreignNodeOf(rawTransaction), 1},
		{"all", foreignNodeOf(), 1 + 800},
	} {
		s, count := New(row.node, Options{}), 0
		for range 2 { // pulls follow one another
			if err := s.openBlocks(t.Context(), row.node.reader(), numbers, func(*opened) { count++ }); err != nil {
				t.Fatal(err)
			}
		}
		sum := 0
		for _, k := range row.node.asked[rawTransaction] {
			sum += k
		}
		if count != 800 || sum != row.want {
			t.Errorf("%s: %d blocks, %d encodings asked for, want %d", row.name, count, sum, row.want)
		}
	}
}

// What a chunk of blocks weighs is all that was answered for it.
func TestChunksAreWeighedWhole(t *testing.T) {
	t.Parallel()
	for _, node := range []*foreignNode{foreignNodeOf(), foreignNodeOf("eth_getBlockReceipts"), foreignNodeOf(rawTransaction)} {
		s, largest := New(node, Options{}), new(atomic.Int64)
		got := make(chan *opened, 50)
		var numbers []uint64
		for n := range uint64(50) {
			numbers = append(numbers, n+1)
		}
		if err := s.openChunk(t.Context(), node.reader(), numbers, got, largest); err != nil {
			t.Fatal(err)
		}
		if largest.Load() < node.bytes-4 { // less the null that shows whether encodings are given
			t.Errorf("%d bytes, want %d", largest.Load(), node.bytes)
		}
	}
}
