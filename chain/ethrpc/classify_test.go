package ethrpc

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"losstracer/chain"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	window := func(from, to uint64) Hint { return Hint{Window: &chain.Window{From: from, To: to}} }
	blocks := func(n uint64) Hint { return Hint{Blocks: n} }
	used := map[int]bool{}
	for _, test := range []struct {
		source  string
		code    int
		message string
		class   Class
		hint    Hint
	}{
		{"Alchemy", -32602, "Log response size exceeded. You can make eth_getLogs requests with up to a 2K block range and no limit on the response size, or you can request any block range with a cap of 10K logs in the response. Based on your parameters and the response size limit, this block range should work: [0x100, 0x1ff]", Size, window(0x100, 0x1ff)},
		{"Alchemy, ends swapped", -32602, "Query timeout. this block range should work: [0x1ff, 0x100]", Range, window(0x100, 0x1ff)},
		{"Alchemy free", -32600, "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range. Based on your parameters, this block range should work: [0x1, 0xa].", Range, blocks(10)},
		{"Alchemy free, 2025", -32600, "Under the Free tier plan, you can make eth_getLogs requests with up to a 500 block range.", Range, blocks(500)},
		{"Alchemy, no space", -32602, "this block range should work: [0x1,0x2]", Range, window(1, 2)},
		{"Alchemy, as large as can be", -32602, "Response size is larger than 150MB limit.", Size, Hint{}},
		{"Alchemy", -32600, "You can make eth_getLogs requests with up to a 2K block range", Range, blocks(2000)},
		{"Infura", -32005, "query returned more than 10000 results. Try with this block range [0x10, 0x20].", Size, Hint{Results: 10000, Window: &chain.Window{From: 16, To: 32}}},
		{"Infura", -32005, "query returned more than 10000 results", Size, Hint{Results: 10000}},
		{"Infura", -32005, "query timeout exceeded", Size, Hint{}},
		{"Infura, 2026", -32602, "range 20000 exceeds limit of 10000", Range, blocks(10000)},
		{"zkSync", -32602, "Query returned more than 10000 results. Try with this block range [0x10, 0x20].", Size, Hint{Results: 10000, Window: &chain.Window{From: 16, To: 32}}},
		{"Polygon zkEVM", -32000, "query returned more than 20000 results", Size, Hint{Results: 20000}},
		{"Arbitrum", -32000, "logs matched by query exceeds limit of 10000", Size, Hint{Results: 10000}},
		{"QuickNode", -32614, "eth_getLogs is limited to a 10,000 range", Range, blocks(10000)},
		{"QuickNode Discover", -32615, "eth_getLogs is limited to a 5 range", Range, blocks(5)},
		{"Ankr", -32600, "block range is too wide", Range, blocks(3000)},
		{"Cloudflare", -32047, "Invalid eth_getLogs request. 'fromBlock'-'toBlock' range too large. Max range: 800", Range, blocks(799)},
		{"publicnode", -32701, "exceed maximum block range: 50000", Range, blocks(50000)},
		{"publicnode", -32602, "Archive requests require a personal token, please visit", Auth, Hint{}},
		{"publicnode on Polygon", -32701, "exceed maximum block range: 10000", Range, blocks(10000)},
		{"dRPC", 35, "ranges over 10000 blocks are not supported on freetier", Range, blocks(10000)},
		{"dRPC", -32602, "query block range exceeds server limit, narrow your filter: 10000", Range, blocks(10000)},
		{"dRPC", 19, "Can't route your request to suitable provider, if you specified certain providers revise the list", Transient, Hint{}},
		{"dRPC", 35, "ranges over 10000 blocks are not supported on free plan", Range, blocks(10000)},
		{"Pocket", -32602, "query block range exceeds server limit, narrow your filter: 1000", Range, blocks(1000)},
		{"llamarpc", -32602, "query exceeds max results 20000, retry with the range 100-200", Size, Hint{Results: 20000, Window: &chain.Window{From: 100, To: 200}}},
		{"Ankr, Altitude", -32602, "query exceeds max results 10000, retry with the range 18000000-18000099", Size, Hint{Results: 10000, Window: &chain.Window{From: 18_000_000, To: 18_000_099}}},
		{"Reth", -32602, "query exceeds max results 20000", Size, Hint{Results: 20000}},
		{"Reth", -32602, "query exceeds max block range 100000", Range, blocks(100000)},
		{"Reth trace_filter", -32602, "Block range too large; currently limited to 100 blocks", Range, blocks(100)},
		{"anvil trace_filter", -32602, "block range too large, currently limited to 300", Range, blocks(300)},
		{"geth", -32602, "exceed maximum block range 5000", Range, blocks(5000)},
		{"geth", -32602, "exceed max addresses or topics per search position", Filter, Hint{}},
		{"Nethermind", -32005, "Too many logs requested. Max logs per response is 20000.", Size, Hint{Results: 20000}},
		{"Erigon", -32000, "server overloaded, retry later", Transient, Hint{}},
		{"Erigon", -32000, "block 17 exists but transaction indexing is not yet complete", Transient, Hint{}},
		{"Erigon", -32000, "history has been pruned for this block", History, Hint{}},
		{"Nethermind", -32002, "No state available for block 0xab", History, Hint{}},
		{"Besu", -32000, "World state unavailable", History, Hint{}},
		{"Besu trace_filter", -32005, "Requested range exceeds maximum RPC range limit", Range, Hint{}},
		{"BSC", -32005, "limit exceeded", Auth, Hint{}},
		{"Avalanche", -32000, "requested too many blocks from 0 to 9000, maximum is set to 2048", Range, blocks(2047)},
		{"thirdweb", -32602, "Maximum allowed number of requested blocks is 1000", Range, blocks(1000)},
		{"Chainstack", -32000, "Block range limit exceeded. See more details", Range, Hint{Blocks: 10000, Then: 100}},
		{"Coinbase", -32602, "please limit the query to at most 1,000 blocks", Range, blocks(1000)},
		{"Base", -32614, "block range too large", Range, blocks(2000)},
		{"Base, Optimism", -32020, "backend response too large", Size, Hint{}},
		{"Optimism", -32602, "Block range is too large", Range, Hint{}},
		{"Base", -32011, "no backend is currently healthy to serve traffic", Transient, Hint{}},
		{"Swell", -32602, "block range greater than 10,000 max", Range, blocks(10000)},
		{"Somnia", -32602, "block range exceeds 1000", Range, blocks(1000)},
		{"TAC", -32000, "maximum [from, to] blocks distance: 10000", Range, blocks(10000)},
		{"Avalanche", -32000, "cannot query unfinalized data", Transient, Hint{}},
		{"QuickNode Discover, with a comma", -32615, "eth_getLogs is limited to a 10,000 range", Range, blocks(10000)},
		{"blast", -32600, "eth_getLogs is limited to a 1,000 block range", Range, blocks(1000)},
		{"blast", -32600, "exceeds the range allowed for your plan (20000 > 1024)", Range, blocks(1024)},
		{"blockpi", -32602, "eth_getLogs is limited to 1024 block", Range, blocks(1024)},
		{"1rpc", -32602, "response size should not greater than 10000000 bytes", Size, Hint{}},
		{"Moonbeam", -32603, "block range is too wide (maximum 1024)", Range, blocks(1024)},
		{"merkle", -32602, "max is 10k blocks", Range, blocks(10000)},
		{"merkle", -32602, "max is 1k blocks", Range, blocks(1000)},
		{"harmony", -32000, "query must be smaller than size 1024", Range, blocks(1024)},
		{"aurora", -32602, "up to a 2,000 block range", Range, blocks(2000)},
		{"tron", -32602, "exceed max block range: 5000", Range, blocks(5000)},
		{"hyperliquid", -32602, "query exceeds max block range", Range, blocks(1000)},
		{"geth batches", -32003, "response too large", Size, Hint{}},
		{"EIP-4444", 4444, "pruned history unavailable", History, Hint{}},
		{"EIP-4444, other words", 4444, "gone", History, Hint{}},
		{"EIP-4444, any code", -32000, "pruned history unavailable", History, Hint{}},
		{"QuickNode", -32000, "Block requested not found. Request might be querying historical state that is not available.", History, Hint{}},
		{"Reth", -32603, "state at block #5 is pruned", History, Hint{}},
		{"geth", -32000, "missing trie node 0a1b (path ) state 0x2c is not available, not found", History, Hint{}},
		{"geth, paths", -32000, "historical state 5f1c is not available", History, Hint{}},
		{"geth traces", -32000, "required historical state unavailable (reexec=128)", History, Hint{}},
		{"anvil", -32602, "BlockOutOfRangeError: block height is 5 but requested was 2", History, Hint{}},
		{"geth", -32601, "the method trace_block does not exist/is not available", Capability, Hint{}},
		{"Reth", -32000, "unimplemented", Capability, Hint{}},
		{"anything", -32601, "no", Capability, Hint{}},
		{"EIP-1474", -32004, "no", Capability, Hint{}},
		{"Alchemy", -32602, "internal category is only supported for ETH, MATIC and BASE mainnets", Capability, Hint{}},
		{"QuickNode", -32000, "trace_filter is not available on your current plan", Auth, Hint{}},
		{"any", -32000, "invalid API key", Auth, Hint{}},
		{"Ankr", -32051, "API key disabled, reason: API key is disabled", Auth, Hint{}},
		{"Ankr", -32000, "Unauthorized: You must authenticate your request with an API key", Auth, Hint{}},
		{"Infura", -32002, "project ID does not have access to archive state", Auth, Hint{}},
		{"Infura", -32005, "project ID request rate exceeded", Rate, Hint{}},
		{"1rpc", -32001, "You've reached the usage limit for your current plan", Auth, Hint{}},
		{"Etherscan", -32000, "Free API access is not supported for this chain", Auth, Hint{}},
		{"Etherscan", -32000, "Result window is too large, PageNo x Offset size must be less than or equal to 10000", Size, Hint{}},
		{"Base", -32016, "over rate limit", Rate, Hint{}},
		{"geth", -32002, "request timed out", Size, Hint{}},
		{"EIP-1474", -32002, "resource", Transient, Hint{}},
		{"geth, old", -32602, "exceed max topics", Filter, Hint{}},
		{"any", -32005, "daily request count exceeded, request rate limited", Rate, Hint{}},
		{"any", 429, "Your app has exceeded its compute units per second capacity", Rate, Hint{}},
		{"any", -32005, "slow down", Rate, Hint{}},
		{"any", -32603, "Internal error", Transient, Hint{}},
		{"load balancers", -32000, "header not found", Transient, Hint{}},
		{"geth", -32000, "invalid opcode: INVALID", Rejected, Hint{}},
		{"geth", -32000, "out of gas", Rejected, Hint{}},
		{"anyone", -32000, "Server error", Rejected, Hint{}},
		{"geth", 3, "execution reverted: ERC20: timeout of the sale", Rejected, Hint{}},
		{"Erigon", -32000, "execution reverted: rate limit", Rejected, Hint{}},
		{"geth", -32602, "invalid argument 0: hex string of odd length", Rejected, Hint{}},
		{"geth", -32602, "block range extends beyond current head block", Transient, Hint{}},
		{"this package", 0, "http://h: answer is larger than allowed: over 9 bytes, as far as block 77", Size, window(0, 76)},
		{"this package", 0, "http://h: answer is larger than allowed: over 9 bytes", Size, Hint{}},
	} {
		t.Run(test.source+" "+test.message, func(t *testing.T) {
			class, hint := Classify(fmt.Errorf("wrapped: %w", &RPCError{"eth_getLogs", test.code, test.message, nil}))
			if diff := cmp.Diff(test.hint, hint); class != test.class || diff != "" {
				t.Errorf("class %s, want %s; hint (-want +got)\n%s", class, test.class, diff)
			}
			for i, r := range rules {
				if (r.code == 0 || r.code == test.code) && r.pattern.MatchString(test.message) {
					used[i] = true
					break
				}
			}
		})
	}
	for i, r := range rules {
		if !used[i] {
			t.Errorf("no row for the rule of %s, %s", r.source, r.pattern)
		}
	}
}

// TestClassifyData: what a proxy says of itself counts less than what it quotes.
func TestClassifyData(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		code          int
		message, data string
		want          Class
	}{
		{-32603, "Internal error", `"query returned more than 10000 results"`, Size},
		{-32000, "failed", `"missing trie node 0a"`, History},
		{-32603, "Internal error", `"0x08c379a0"`, Transient},
		{-32603, "Internal error", `{"from":"0x1"}`, Transient},
		{-32005, "query returned more than 10000 results", `"rate limit"`, Size},
		{3, "execution reverted", `"rate limit"`, Rejected},
	} {
		if class, _ := Classify(&RPCError{"eth_getLogs", test.code, test.message, []byte(test.data)}); class != test.want {
			t.Errorf("%q with %s: %s, want %s", test.message, test.data, class, test.want)
		}
	}
}

func TestClassifyHTTP(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err  HTTPError
		want Class
	}{
		{HTTPError{Status: 429, RetryAfter: time.Second}, Rate},
		{HTTPError{Status: 413}, Size},
		{HTTPError{Status: 413, Text: "eth_getLogs is limited to a 5 range"}, Range},
		{HTTPError{Status: 413, Text: "eth_getLogs is limited to a 10,000 range"}, Range},
		{HTTPError{Status: 403, Text: "Archive requests require a personal token"}, Auth},
		{HTTPError{Status: 400, Text: "Under the Free tier plan, you can make eth_getLogs requests with up to a 10 block range."}, Range},
		{HTTPError{Status: 429, Text: "error code: 1015"}, Rate},
		{HTTPError{Status: 530}, Transient},
		{HTTPError{Status: 401}, Auth},
		{HTTPError{Status: 402}, Auth},
		{HTTPError{Status: 503}, Transient},
		{HTTPError{Status: 524, WebPage: true, Text: "<html>timeout"}, Transient},
		{HTTPError{Status: 200, WebPage: true, Text: "<html>rate limit"}, NotRPC},
		{HTTPError{Status: 404}, NotRPC},
	} {
		class, hint := Classify(&test.err)
		if class != test.want || hint.RetryAfter != test.err.RetryAfter {
			t.Errorf("%+v: %s, %v; want %s", test.err, class, hint, test.want)
		}
	}
}
