package ethrpc

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/core/types"
)

// refuser has every block and refuses eth_getLogs: from one block on so many
// times in the words that it was given, otherwise as a call that nobody answers.
type refuser struct {
	status, code int
	words        string
	from         uint64
	times        int

	mu    sync.Mutex
	sizes []uint64 // of the ranges from that block on
}

func (f *refuser) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var call wireRequest
	if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	switch call.Method {
	case "eth_chainId":
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%d,"result":"0x1"}`, call.ID)
		return
	case "eth_getBlockByNumber":
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%d,"result":{"number":"0x1"}}`, call.ID)
		return
	}
	var filters []struct{ FromBlock, ToBlock string }
	if err := json.Unmarshal(call.Params, &filters); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var ends [2]uint64
	for i, text := range []string{filters[0].FromBlock, filters[0].ToBlock} {
		ends[i], _ = strconv.ParseUint(text, 0, 64)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if ends[0] == f.from {
		f.sizes = append(f.sizes, ends[1]-ends[0]+1)
	}
	if ends[0] != f.from || len(f.sizes) > f.times {
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%d,"error":{"code":3,"message":"execution reverted"}}`, call.ID)
		return
	}
	w.WriteHeader(f.status)
	if f.code == 0 {
		fmt.Fprint(w, f.words)
		return
	}
	words, _ := json.Marshal(f.words)
	fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%d,"error":{"code":%d,"message":%s}}`, call.ID, f.code, words)
}

func (f *refuser) asked() []uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.sizes
}

// What providers say no with, and what is done about it: the next range asked
// for, whether another endpoint is asked, or neither. Collected from the sources
// of clients and nodes, provider pages and reports of faults.
func TestRefusals(t *testing.T) {
	t.Parallel()
	const from, blocks = 1_000_000, 200_000
	half := []uint64{blocks / 2}
	same := []uint64{blocks}
	for _, row := range []struct {
		source       string
		status, code int // code 0: the body is no JSON-RPC
		words        string
		class        Class
		next         []uint64 // sizes of ranges
		elsewhere    bool     // the fallback is asked
	}{
		{"Alchemy", 200, -32602, "Log response size exceeded. Based on your parameters and the response size limit, this block range should work: [0xf4240, 0xf4627]", Size, []uint64{1000}, false},
		{"Alchemy, another code", 200, -32600, "this block range should work: [0xf4240, 0xf4627]", Range, []uint64{1000}, false},
		{"Alchemy, ends swapped", 200, -32602, "this block range should work: [0xf4627, 0xf4240]", Range, []uint64{1000}, false},
		{"Alchemy free", 400, -32600, "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range.", Range, []uint64{10}, false},
		{"Alchemy free, 2025", 400, -32600, "Under the Free tier plan, you can make eth_getLogs requests with up to a 500 block range.", Range, []uint64{500}, false},
		{"Alchemy free, no JSON-RPC", 400, 0, "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range.", Range, []uint64{10}, false},
		{"Infura", 200, -32005, "query returned more than 10000 results. Try with this block range [0xf4240, 0xf4627].", Size, []uint64{1000}, false},
		{"Infura, no hint", 200, -32005, "query returned more than 10000 results", Size, half, false},
		{"Infura, time", 200, -32005, "query timeout exceeded", Size, half, false},
		{"Infura, 2026", 200, -32602, "range 200000 exceeds limit of 10000", Range, []uint64{10_000}, false},
		{"QuickNode", 413, -32614, "eth_getLogs is limited to a 10,000 range", Range, []uint64{10_000}, false},
		{"QuickNode Discover", 413, -32615, "eth_getLogs is limited to a 5 range", Range, []uint64{5}, false},
		{"QuickNode, no JSON-RPC", 413, 0, "eth_getLogs is limited to a 10,000 range", Range, []uint64{10_000}, false},
		{"Ankr", 200, -32600, "block range is too wide", Range, []uint64{3000}, false},
		{"Cloudflare", 200, -32047, "Max range: 800", Range, []uint64{799}, false},
		{"publicnode", 200, -32701, "exceed maximum block range: 50000", Range, []uint64{50_000}, false},
		{"publicnode on Polygon", 200, -32701, "exceed maximum block range: 10000", Range, []uint64{10_000}, false},
		{"publicnode, old blocks", 403, -32602, "Archive requests require a personal token", Auth, nil, true},
		{"dRPC free tier", 200, 35, "ranges over 10000 blocks are not supported on freetier", Range, []uint64{10_000}, false},
		{"dRPC free plan", 200, 35, "ranges over 10000 blocks are not supported on free plan", Range, []uint64{10_000}, false},
		{"dRPC, Pocket", 200, -32602, "query block range exceeds server limit, narrow your filter: 2000", Range, []uint64{2000}, false},
		{"llamarpc, Ankr, Altitude, Reth", 200, -32602, "query exceeds max results 20000, retry with the range 1000000-1000999", Size, []uint64{1000}, false},
		{"Reth, no range", 200, -32602, "query exceeds max results 20000", Size, half, false},
		{"Reth", 200, -32602, "query exceeds max block range 100000", Range, []uint64{100_000}, false},
		{"geth", 200, -32602, "exceed maximum block range 5000", Range, []uint64{5000}, false},
		{"geth, topics", 200, -32602, "exceed max addresses or topics per search position", Filter, nil, false}, // who asks has to ask for fewer
		{"Nethermind", 200, -32005, "Too many logs requested. Max logs per response is 20000", Size, half, false},
		{"Erigon", 200, -32000, "server overloaded, retry later", Transient, same, false},
		{"Erigon, another code", 200, -32005, "server overloaded, retry later", Transient, same, false},
		{"Erigon, indexing", 200, -32000, "block 1000000 exists but transaction indexing is not yet complete", Transient, same, false},
		{"BSC", 200, -32005, "limit exceeded", Auth, nil, true},
		{"Avalanche", 200, -32000, "requested too many blocks from 1000000 to 1199999, maximum is set to 2048", Range, []uint64{2047}, false},
		{"thirdweb", 200, -32602, "Maximum allowed number of requested blocks is 1000", Range, []uint64{1000}, false},
		{"Chainstack", 200, -32000, "Block range limit exceeded.", Range, []uint64{10_000, 100}, false},
		{"Coinbase", 200, -32602, "please limit the query to at most 1,000 blocks", Range, []uint64{1000}, false},
		{"Base", 200, -32614, "block range too large", Range, []uint64{2000}, false},
		{"blast, plan", 200, -32600, "exceeds the range allowed for your plan (200000 > 1024)", Range, []uint64{1024}, false},
		{"blockpi", 200, -32602, "limited to 1,024 block", Range, []uint64{1024}, false},
		{"1rpc", 200, -32602, "response size should not greater than 10000000 bytes", Size, half, false},
		{"Moonbeam", 200, -32603, "block range is too wide (maximum 1024)", Range, []uint64{1024}, false},
		{"merkle", 200, -32602, "max is 10k blocks", Range, []uint64{10_000}, false},
		{"merkle, less", 200, -32602, "max is 1k blocks", Range, []uint64{1000}, false},
		{"harmony", 200, -32000, "query must be smaller than size 1024", Range, []uint64{1024}, false},
		{"harmony, no number", 200, -32000, "query must be smaller than size", Range, half, false},
		{"aurora", 200, -32602, "up to a 2,000 block range", Range, []uint64{2000}, false},
		{"tron", 200, -32602, "exceed max block range: 5000", Range, []uint64{5000}, false},
		{"hyperliquid", 200, -32602, "query exceeds max block range", Range, []uint64{1000}, false},
		{"EIP-4444", 200, 4444, "pruned history unavailable", History, nil, true},
		{"geth, trie", 200, -32000, "missing trie node 0a1b", History, nil, true},
		{"geth, reexec", 200, -32000, "required historical state unavailable (reexec=128)", History, nil, true},
		{"geth, paths", 200, -32000, "historical state 5f1c is not available", History, nil, true},
		{"Reth trace_filter", 200, -32602, "Block range too large; currently limited to 100 blocks", Range, []uint64{100}, false},
		{"Reth Otterscan", 200, -32000, "unimplemented", Capability, nil, true},
		{"anything absent", 200, -32601, "the method does not exist", Capability, nil, true},
		{"Alchemy transfers", 200, -32602, "internal category is only supported for ETH, MATIC and BASE mainnets", Capability, nil, true},
		{"Alchemy transfers, before", 200, -32602, "internal category is only supported for ETH and MATIC", Capability, nil, true},
		{"Etherscan, rate", 200, -32000, "Max calls per sec rate limit reached (3/sec)", Rate, same, false},
		{"Etherscan, rate, before", 200, -32000, "Max rate limit reached", Rate, same, false},
		{"Etherscan, day", 200, -32000, "Max daily rate limit reached", Rate, same, false},
		{"Etherscan, free", 200, -32000, "Free API access is temporarily unavailable", Transient, same, false},
		{"Etherscan, chain", 200, -32000, "Free API access is not supported for this chain", Auth, nil, true},
		{"Etherscan, rows", 200, -32000, "Result window is too large, PageNo x Offset size must be less than or equal to 10000", Size, half, false},
		{"rate", 429, 0, "slow down", Rate, same, false},
	} {
		t.Run(row.source, func(t *testing.T) {
			t.Parallel()
			node := &refuser{status: row.status, code: row.code, words: row.words, from: from, times: max(len(row.next), 1)}
			other := &refuser{from: from}
			var urls []string
			for _, h := range []http.Handler{node, other} {
				s := httptest.NewServer(h)
				t.Cleanup(s.Close)
				urls = append(urls, s.URL)
			}
			c := client(t, urls[0], Options{Fallbacks: urls[1:], MaxInFlight: 1})
			_, err := c.Logs(t.Context(), LogQuery{From: from, To: from + blocks - 1}, func(*types.Log) error { return nil })
			if err == nil {
				t.Fatal("no error in the end")
			}
			if next := node.asked()[1:]; !slices.Equal(next, row.next) {
				t.Errorf("then ranges of %v blocks were asked for, want %v", next, row.next)
			}
			if elsewhere := len(other.asked()) > 0; elsewhere != row.elsewhere {
				t.Errorf("the fallback was asked: %t", elsewhere)
			}
			said := &RPCError{"eth_getLogs", row.code, row.words, nil}
			if class, _ := Classify(said); row.code != 0 && class != row.class {
				t.Errorf("class %s, want %s", class, row.class)
			}
			var failed *LogsError
			if class, _ := Classify(err); row.class == Filter && (class != Filter || !errors.As(err, &failed)) {
				t.Errorf("whoever asked is told %v", err)
			}
		})
	}
}
