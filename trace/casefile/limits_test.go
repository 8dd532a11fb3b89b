package casefile_test

import (
	"encoding/json"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain/chaintest"
	"losstracer/chain/ethrpc"
	"losstracer/trace/casefile"
)

// TestLimitsAreCarriedOver: what one run had to learn of an endpoint the next
// knows; one that is done again starts as it did; and a run from the case alone
// asks for the same.
func TestLimitsAreCarriedOver(t *testing.T) {
	t.Parallel()
	for _, words := range []string{"Block range is too large", "eth_getLogs is limited to a 300 range"} {
		t.Run(words, func(t *testing.T) {
			t.Parallel()
			var asked, refused atomic.Int64
			server := &scripted{answer: func(method string, params json.RawMessage) (any, int, string) {
				switch method {
				case "eth_chainId":
					return "0x1", 0, ""
				case "eth_getBlockByNumber":
					return map[string]any{"number": "0x1"}, 0, ""
				}
				asked.Add(1)
				var filters []struct{ FromBlock, ToBlock string }
				if err := json.Unmarshal(params, &filters); err != nil {
					return nil, -32602, err.Error()
				}
				from, _ := strconv.ParseUint(filters[0].FromBlock, 0, 64)
				to, _ := strconv.ParseUint(filters[0].ToBlock, 0, 64)
				if to-from >= 300 {
					refused.Add(1)
					return nil, -32602, words
				}
				return []any{}, 0, ""
			}}
			url := chaintest.Host(t, server)
			f := open(t, filepath.Join(t.TempDir(), "x.case"))
			first := connect(t, f, url, casefile.Plan{})
			logs := func(l *casefile.Link, from uint64) {
				t.Helper()
				if _, err := l.Logs(t.Context(), ethrpc.LogQuery{From: from, To: from + 9999}, func(*types.Log) error { return nil }); err != nil {
					t.Fatal(err)
				}
			}
			run := func(name string, from uint64) *casefile.Run {
				t.Helper()
				in := casefile.Inputs{WriteUp: casefile.Document{Name: name, Content: []byte(name)}}
				earlier, err := f.Earlier(t.Context(), in)
				if err != nil {
					t.Fatal(err)
				}
				l, err := first.Again(t.Context(), earlier)
				if err != nil {
					t.Fatal(err)
				}
				begun, err := f.Begin(t.Context(), in, []casefile.Endpoint{l.Endpoint()})
				if err != nil {
					t.Fatal(err)
				}
				logs(l, from)
				return begun
			}
			run("a.md", 10_000)
			if refused.Load() == 0 {
				t.Fatal("the first run was not refused anything")
			}
			refused.Store(0)
			second := run("b.md", 50_000)
			if n := refused.Load(); n != 0 {
				t.Errorf("%d ranges were refused to the second run", n)
			}
			if n := second.Endpoints[0].LogBlocks; n == 0 || n > 300 {
				t.Errorf("the second run began with a limit of %d", n)
			}
			asked.Store(0)
			run("a.md", 10_000)
			offline, err := f.Offline(t.Context(), second)
			if err != nil {
				t.Fatal(err)
			}
			logs(offline[0], 50_000)
			replayed, err := f.Replay(t.Context(), second)
			if err != nil {
				t.Fatal(err)
			}
			logs(replayed[0], 50_000)
			if n := asked.Load(); n != 0 {
				t.Errorf("%d ranges were asked for again", n)
			}
		})
	}
}
