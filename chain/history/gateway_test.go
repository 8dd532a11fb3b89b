package history_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
)

// warped is an endpoint that stands before a node and changes what it says: as
// load balancers, caches, gateways and clients of other makes do.
type warped struct {
	warp
	node string // its URL

	mu    sync.Mutex
	calls map[string]int
}

// warp is what it changes; nil changes nothing.
type warp struct {
	ask    func(n int, c *sentCall)                             // changes a call; n counts those of its method
	answer func(n int, c sentCall, a map[string]any)            // changes an answer, which has a result or an error
	batch  func(answers []map[string]any) any                   // changes a batch
	send   func(n int, w http.ResponseWriter, body []byte) bool // sends a body; false where it does not
}

type sentCall struct {
	Version string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  []any           `json:"params"`
}

// block is the number in a parameter, or what latest stands for here.
func (c sentCall) block(at int) (n uint64, ok bool) {
	if at >= len(c.Params) {
		return 0, false
	}
	text, _ := c.Params[at].(string)
	n, err := hexutil.DecodeUint64(text)
	return n, err == nil
}

func (w *warped) count(what string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.calls == nil {
		w.calls = map[string]int{}
	}
	w.calls[what]++
	return w.calls[what]
}

func (w *warped) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var calls []sentCall
	single := json.Unmarshal(body, &calls) != nil
	if single {
		calls = make([]sentCall, 1)
		err = json.Unmarshal(body, &calls[0])
	}
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadRequest)
		return
	}
	numbers := make([]int, len(calls))
	for i := range calls {
		numbers[i] = w.count(calls[i].Method)
		if w.ask != nil {
			w.ask(numbers[i], &calls[i])
		}
	}
	body, _ = json.Marshal(calls)
	res, err := http.Post(w.node, "application/json", bytes.NewReader(body))
	if err != nil {
		http.Error(rw, err.Error(), http.StatusBadGateway)
		return
	}
	defer res.Body.Close()
	var answers []map[string]any
	numeric := json.NewDecoder(res.Body)
	numeric.UseNumber()
	if err := numeric.Decode(&answers); err != nil || len(answers) != len(calls) {
		http.Error(rw, fmt.Sprint("bad gateway: ", err), http.StatusBadGateway)
		return
	}
	for i := range answers {
		if w.answer != nil {
			w.answer(numbers[i], calls[i], answers[i])
		}
	}
	var out any = answers
	if single {
		out = answers[0]
	} else if w.batch != nil {
		out = w.batch(answers)
	}
	body, _ = json.Marshal(out)
	if w.send != nil && w.send(w.count("request"), rw, body) {
		return
	}
	_, _ = rw.Write(body) // whoever asked may have gone away
}

func result(a map[string]any, v any) {
	delete(a, "error")
	a["result"] = v
}

func refusal(a map[string]any, code int, message string) {
	delete(a, "result")
	a["error"] = map[string]any{"code": code, "message": message}
}

// everyText changes every text of a JSON value.
func everyText(v any, f func(string) any) any {
	switch v := v.(type) {
	case string:
		return f(v)
	case []any:
		for i := range v {
			v[i] = everyText(v[i], f)
		}
	case map[string]any:
		for k := range v {
			v[k] = everyText(v[k], f)
		}
	}
	return v
}

// gapsOf returns what a history says of its own gaps.
func gapsOf(h *chain.History) []string {
	var out []string
	for _, c := range h.Coverage {
		if !c.Complete {
			out = append(out, fmt.Sprintf("%s of %s: %s", c.Scope, chain.Hex(c.Address), c.Note))
		}
	}
	for _, c := range h.Closure {
		if r, ok := c.Residual(); !ok || !r.IsZero() {
			out = append(out, fmt.Sprintf("closure of %s of %s: %s", c.Asset, chain.Hex(c.Address), c.Note))
		}
	}
	for _, tr := range h.Transfers {
		if tr.Kind == chain.KindUnseen {
			out = append(out, fmt.Sprintf("%s: %s", tr.Ref, tr.Proof.Why()))
		}
	}
	return append(out, h.Warnings...)
}

// Whatever stands between a node and this side, the history is exact, or says
// what is not.
func TestWarpedEndpoints(t *testing.T) {
	t.Parallel()
	f := play(t)
	head := f.story.Chain.Head().Number
	half := head / 2
	stateAt := map[string]int{"eth_getBalance": 1, "eth_getTransactionCount": 1, "eth_getCode": 1, "eth_call": 1}
	latest := func(methods ...string) func(int, *sentCall) {
		return func(_ int, c *sentCall) {
			if at, ok := stateAt[c.Method]; ok && slices.Contains(methods, c.Method) {
				c.Params[at] = hexutil.EncodeUint64(head)
			}
		}
	}
	old := func(c sentCall) bool {
		n, ok := c.block(0)
		return ok && n < half
	}
	logsFrom := func(a map[string]any, keep func(n uint64) bool) {
		list, ok := a["result"].([]any)
		if !ok {
			return
		}
		a["result"] = slices.DeleteFunc(list, func(l any) bool {
			return !keep(hexutil.MustDecodeUint64(l.(map[string]any)["blockNumber"].(string)))
		})
	}
	rows := []struct {
		name string
		warp
		exact bool   // the transfers are those of the node
		says  string // part of what is told; nothing else is looked at where it is empty
	}{
		{name: "as it is", exact: true},
		{name: "upper case", exact: true, warp: warp{answer: func(_ int, c sentCall, a map[string]any) {
			a["result"] = everyText(a["result"], func(s string) any {
				if digits, ok := strings.CutPrefix(s, "0x"); ok {
					return "0x" + strings.ToUpper(digits)
				}
				return s
			})
		}}},
		{name: "numbers for quantities", warp: warp{answer: func(_ int, c sentCall, a map[string]any) {
			a["result"] = everyText(a["result"], func(s string) any {
				if n, err := hexutil.DecodeUint64(s); err == nil {
					return n
				}
				return s
			})
		}}},
		{name: "members that nobody knows", exact: true, warp: warp{answer: func(_ int, c sentCall, a map[string]any) {
			a["took"] = 1
			if m, ok := a["result"].(map[string]any); ok {
				m["l1Fees"], m["cached"] = map[string]any{"x": nil}, true
			}
		}}},
		{name: "ids as texts", exact: true, warp: warp{answer: func(_ int, c sentCall, a map[string]any) { a["id"] = fmt.Sprint(a["id"]) }}},
		{name: "a batch backwards and twice", exact: true, warp: warp{batch: func(answers []map[string]any) any {
			out := slices.Concat(answers, answers)
			slices.Reverse(out)
			return out
		}}},
		{name: "every fifth body is gzip that ends early", exact: true, warp: warp{send: func(n int, w http.ResponseWriter, body []byte) bool {
			if n%5 != 3 {
				return false
			}
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			_, _ = z.Write(body)
			_ = z.Close()
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(b.Bytes()[:b.Len()*2/3])
			return true
		}}},
		{name: "every fifth body is not gzip", exact: true, warp: warp{send: func(n int, w http.ResponseWriter, body []byte) bool {
			if n%5 != 3 {
				return false
			}
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(body)
			return true
		}}},
		{name: "every fifth body is empty", exact: true, warp: warp{send: func(n int, _ http.ResponseWriter, _ []byte) bool { return n%5 == 3 }}},
		{name: "balances of the last block at every block", warp: warp{ask: latest("eth_getBalance")}, says: "leaves its balance at"},
		{name: "nonces of the last block at every block", warp: warp{ask: latest("eth_getTransactionCount")}, says: "it has sent"},
		{name: "all state of the last block at every block", warp: warp{ask: latest("eth_getBalance", "eth_getTransactionCount", "eth_getCode", "eth_call")}, says: "it has sent"},
		{name: "calls on the last block at every block", exact: true, warp: warp{ask: latest("eth_call")}, says: "runs calls on block"},
		{name: "fees that somebody else pays", exact: true, warp: warp{answer: func(_ int, c sentCall, a map[string]any) {
			if c.Method != "eth_getBalance" {
				return
			}
			if text, _ := json.Marshal(f.query.Addresses); !strings.Contains(string(text), strings.ToLower(c.Params[0].(string))) {
				result(a, "0x64")
			}
		}}},
		{name: "nonces of nought at old blocks", warp: warp{answer: func(_ int, c sentCall, a map[string]any) {
			if n, ok := c.block(1); c.Method == "eth_getTransactionCount" && ok && n < half {
				result(a, "0x0")
			}
		}}},
		{name: "balances of nought at old blocks", warp: warp{answer: func(_ int, c sentCall, a map[string]any) {
			if n, ok := c.block(1); c.Method == "eth_getBalance" && ok && n < half {
				result(a, "0x0")
			}
		}}},
		{name: "no receipts of old blocks", warp: warp{answer: func(_ int, c sentCall, a map[string]any) {
			if c.Method == "eth_getBlockReceipts" && old(c) || c.Method == "eth_getTransactionReceipt" {
				result(a, nil)
			}
		}}, says: "receipt"},
		{name: "receipts of blocks come late", exact: true, warp: warp{answer: func(n int, c sentCall, a map[string]any) {
			if c.Method == "eth_getBlockReceipts" && n%2 == 0 {
				result(a, []any{})
			}
		}}},
		{name: "receipts of the block before", warp: warp{ask: func(n int, c *sentCall) {
			if at, ok := c.block(0); ok && c.Method == "eth_getBlockReceipts" && n%3 == 0 {
				c.Params[0] = hexutil.EncodeUint64(at - 1)
			}
		}}},
		{name: "a backend without old logs", warp: warp{answer: func(n int, c sentCall, a map[string]any) {
			if c.Method == "eth_getLogs" && n%2 == 1 {
				logsFrom(a, func(n uint64) bool { return n >= half })
			}
		}}},
		{name: "a backend that lags", warp: warp{answer: func(n int, c sentCall, a map[string]any) {
			switch at, ok := c.block(0); {
			case n%2 == 0:
			case c.Method == "eth_getLogs":
				logsFrom(a, func(n uint64) bool { return n <= head-100 })
			case ok && at > head-100 && (c.Method == "eth_getBlockByNumber" || c.Method == "eth_getBlockReceipts"):
				result(a, nil)
			default:
				if at, ok := c.block(1); ok && at > head-100 {
					refusal(a, -32000, "header not found")
				}
			}
		}}},
		{name: "a backend without old state", warp: warp{answer: func(n int, c sentCall, a map[string]any) {
			if _, of := stateAt[c.Method]; of && n%2 == 0 {
				if at, ok := c.block(1); ok && at < half {
					refusal(a, -32000, "missing trie node 0123 (path ) state 0x0123 is not available")
				}
			}
		}}, says: "missing trie node"},
		{name: "logs of blocks that are no more", warp: warp{answer: func(_ int, c sentCall, a map[string]any) {
			if list, ok := a["result"].([]any); ok && c.Method == "eth_getLogs" {
				for _, l := range list {
					m := l.(map[string]any)
					if hexutil.MustDecodeUint64(m["blockNumber"].(string)) > half {
						m["blockHash"] = "0x" + strings.Repeat("ab", 32)
						m["transactionHash"] = "0x" + strings.Repeat("cd", 31) + m["transactionHash"].(string)[64:]
					}
				}
			}
		}}, exact: true, says: "they are not counted"},
		{name: "only the first of several topics", warp: warp{ask: func(_ int, c *sentCall) {
			if c.Method != "eth_getLogs" {
				return
			}
			filter := maps.Clone(c.Params[0].(map[string]any))
			topics, _ := filter["topics"].([]any)
			for i := range topics {
				if list, ok := topics[i].([]any); ok && len(list) > 1 {
					topics[i] = list[:1]
				}
			}
			c.Params[0] = filter
		}}},
		{name: "nothing for several topics", warp: warp{answer: func(_ int, c sentCall, a map[string]any) {
			if c.Method != "eth_getLogs" {
				return
			}
			topics, _ := c.Params[0].(map[string]any)["topics"].([]any)
			for i := range topics {
				if list, ok := topics[i].([]any); ok && len(list) > 1 {
					result(a, []any{})
				}
			}
		}}},
		{name: "limits that shrink on the way", exact: true, warp: warp{answer: func(n int, c sentCall, a map[string]any) {
			if c.Method != "eth_getLogs" {
				return
			}
			filter := c.Params[0].(map[string]any)
			from, to := hexutil.MustDecodeUint64(filter["fromBlock"].(string)), hexutil.MustDecodeUint64(filter["toBlock"].(string))
			limit := uint64(400)
			if n > 3 {
				limit = 60
			}
			if to-from >= limit {
				refusal(a, -32602, fmt.Sprintf("query exceeds max block range %d", limit))
			}
		}}},
		{name: "frames without what is below them", warp: warp{answer: func(_ int, c sentCall, a map[string]any) {
			if strings.HasPrefix(c.Method, "debug_trace") {
				var strip func(v any)
				strip = func(v any) {
					switch v := v.(type) {
					case []any:
						for _, x := range v {
							strip(x)
						}
					case map[string]any:
						delete(v, "calls")
						strip(v["result"])
					}
				}
				strip(a["result"])
			}
		}}},
		{name: "blocks without their last tx", warp: warp{answer: func(_ int, c sentCall, a map[string]any) {
			if m, ok := a["result"].(map[string]any); ok && c.Method == "eth_getBlockByNumber" && c.Params[1] == true {
				if txs, _ := m["transactions"].([]any); len(txs) > 0 {
					m["transactions"] = txs[:len(txs)-1]
				}
			}
		}}},
		{name: "receipts without logs", warp: warp{answer: func(_ int, c sentCall, a map[string]any) {
			if list, ok := a["result"].([]any); ok && c.Method == "eth_getBlockReceipts" {
				for _, r := range list {
					r.(map[string]any)["logs"] = []any{}
				}
			}
		}}, says: "in the receipts"},
	}
	for _, without := range [][]string{nil, slices.Concat(debugMethods, simulations)} {
		honest := f.pull(t, client(t, f.url), history.Options{Without: without}, nil)
		for _, row := range rows {
			if without != nil && (row.send != nil || row.batch != nil || testing.Short()) {
				continue // what is asked matters little there, nor to the race detector
			}
			t.Run(fmt.Sprintf("%s, %d methods less", row.name, len(without)), func(t *testing.T) {
				t.Parallel()
				c, err := ethrpc.New(chaintest.Host(t, &warped{warp: row.warp, node: f.url}), ethrpc.Options{Retries: 4})
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(c.Close)
				h, err := history.New(c, history.Options{Without: without}).History(t.Context(), f.query)
				if err != nil {
					if row.exact {
						t.Error(err)
					}
					t.Logf("error %v", err)
					return
				}
				gaps := gapsOf(h)
				same := cmp.Equal(stripped(honest), stripped(h))
				t.Logf("exact %v, %d of %d transfers; told %q", same, len(h.Transfers), len(honest.Transfers), gaps)
				if row.exact && !same {
					t.Errorf("transfers (-want +got)\n%s", cmp.Diff(stripped(honest), stripped(h)))
				}
				if row.exact && row.says == "" && len(gaps) != len(gapsOf(honest)) {
					t.Errorf("%q is told of what is exact, want %q", gaps, gapsOf(honest))
				}
				if !same && len(gaps) == len(gapsOf(honest)) {
					t.Errorf("not exact, and nothing is told")
				}
				if row.says != "" && !slices.ContainsFunc(gaps, func(g string) bool { return strings.Contains(g, row.says) }) {
					t.Errorf("nothing is told of %q", row.says)
				}
			})
		}
	}
}

// The state of other blocks than those asked about is told where a window ends
// before the chain does, and where it is older than the txs that are known.
func TestStateOfOtherBlocks(t *testing.T) {
	t.Parallel()
	f := play(t)
	head := f.story.Chain.Head().Number
	f.query.Window = chain.Window{From: f.pull(t, client(t, f.url), history.Options{}, nil).Transfers[0].Block, To: head - 20}
	for _, row := range []struct {
		warp
		says string
	}{
		{warp{}, ""},
		{warp{ask: func(n int, c *sentCall) {
			if c.Method == "eth_call" {
				c.Params[1] = hexutil.EncodeUint64(head - uint64(n%2))
			}
		}}, "runs a call on block"},
		{warp{answer: func(_ int, c sentCall, a map[string]any) {
			if n, ok := c.block(1); c.Method == "eth_getTransactionCount" && ok && n < head/2 {
				result(a, "0x0")
			}
		}}, "it has sent 0"},
	} {
		gaps := gapsOf(f.pull(t, client(t, chaintest.Host(t, &warped{warp: row.warp, node: f.url})), history.Options{}, nil))
		told := func(says string) bool {
			return slices.ContainsFunc(gaps, func(g string) bool { return strings.Contains(g, says) })
		}
		if row.says != "" && !told(row.says) || row.says == "" && (told("runs a call on") || told("it has sent")) {
			t.Errorf("want %q to be told, got %q", row.says, gaps)
		}
	}
}

// stripped are the transfers of a history without their proofs.
func stripped(h *chain.History) []chain.Transfer {
	list := slices.Clone(h.Transfers)
	for i := range list {
		list[i].Proof = chain.Proof{}
	}
	return list
}

// Blocks of another branch, each of which is sound by itself, are told: the last
// of the window, and one that the next does not follow on.
func TestBlocksOfAnotherBranch(t *testing.T) {
	t.Parallel()
	f := play(t)
	honest := f.pull(t, client(t, f.url), history.Options{}, nil)
	f.query.Window.To = honest.Transfers[len(honest.Transfers)-1].Block
	flood := chain.Query{Addresses: []common.Address{chaintest.FloodAccount}, Window: chain.Window{From: 1, To: 60}}
	for _, row := range []struct {
		url string
		q   chain.Query
		n   uint64
	}{{f.url, f.query, f.query.Window.To}, {chaintest.Host(t, chaintest.NewFlood(100, 2)), flood, 30}} {
		for _, forked := range []bool{false, true} {
			c := &liar{Client: client(t, row.url)}
			c.answer = func(call ethrpc.Call, block map[string]any) {
				if !forked || call.Method != "eth_getBlockByNumber" || call.Params[1] != true {
					return
				}
				if row.q.Window == flood.Window && call.Params[0] == hexNumber(row.n+1) {
					block["parentHash"] = common.Hash{1}
				}
				if call.Params[0] != hexNumber(row.n) {
					return
				}
				block["extraData"] = "0xb1"
				raw, _ := json.Marshal(block)
				var header types.Header
				if err := json.Unmarshal(raw, &header); err != nil {
					t.Error(err)
				}
				block["hash"] = header.Hash()
			}
			h, err := history.New(c, history.Options{}).History(t.Context(), row.q)
			if err != nil {
				t.Fatal(err)
			}
			told := slices.ContainsFunc(h.Warnings, func(w string) bool { return strings.Contains(w, "different branches") })
			if told != forked {
				t.Errorf("block %d, of another branch %t: warnings %q", row.n, forked, h.Warnings)
			}
		}
	}
}
