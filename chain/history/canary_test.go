package history_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/chain/history"
)

// leaky is an endpoint that gives fewer logs than there are, and whose block 100
// is the finalized one.
type leaky struct {
	http.Handler
	keep func(q asked, block, i int) bool // the i-th log of an answer
}

// asked is what an eth_getLogs asks for.
type asked struct {
	from, to uint64
	filtered bool
}

func (l *leaky) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	body = bytes.ReplaceAll(body, []byte(`"finalized"`), []byte(`"0x64"`))
	r.Body = io.NopCloser(bytes.NewReader(body))
	answer := &recorder{ResponseWriter: w}
	l.Handler.ServeHTTP(answer, r)
	var calls []struct {
		ID     json.RawMessage
		Method string
		Params []json.RawMessage
	}
	var answers []map[string]json.RawMessage
	text := answer.body.Bytes()
	single := body[0] != '['
	if single {
		body, text = slices.Concat([]byte("["), body, []byte("]")), slices.Concat([]byte("["), text, []byte("]"))
	}
	if json.Unmarshal(body, &calls) != nil || json.Unmarshal(text, &answers) != nil {
		http.Error(w, "not what this can change", http.StatusInternalServerError)
		return
	}
	for _, c := range calls {
		at := slices.IndexFunc(answers, func(a map[string]json.RawMessage) bool { return bytes.Equal(a["id"], c.ID) })
		var logs []map[string]any
		if c.Method != "eth_getLogs" || at < 0 || json.Unmarshal(answers[at]["result"], &logs) != nil {
			continue
		}
		answers[at]["result"] = l.forget(c.Params[0], logs)
	}
	var out any = answers
	if single {
		out = answers[0]
	}
	// Whoever asked may have gone away.
	_ = json.NewEncoder(w).Encode(out)
}

func (l *leaky) forget(filter json.RawMessage, logs []map[string]any) json.RawMessage {
	var said struct {
		FromBlock, ToBlock string
		Topics             []any
	}
	if json.Unmarshal(filter, &said) != nil {
		return []byte("null")
	}
	q := asked{filtered: len(said.Topics) > 0}
	q.from, _ = strconv.ParseUint(said.FromBlock, 0, 64)
	q.to, _ = strconv.ParseUint(said.ToBlock, 0, 64)
	kept := []map[string]any{}
	for i, log := range logs {
		if n, _ := strconv.ParseUint(log["blockNumber"].(string), 0, 64); l.keep(q, int(n), i) {
			kept = append(kept, log)
		}
	}
	text, err := json.Marshal(kept)
	if err != nil {
		return []byte("null")
	}
	return text
}

type recorder struct {
	http.ResponseWriter
	body bytes.Buffer
}

func (r *recorder) Write(p []byte) (int, error) { return r.body.Write(p) }
func (r *recorder) WriteHeader(int)             {}

// Logs that an endpoint leaves out within the window are noticed: a part of the
// chain of which it has none, or none by topic, by blocks that are known to hold
// some; single ones by the receipts of blocks that are opened anyway, for every
// address of the question; answers cut off at whatever number are completed.
func TestLogsLeftOutWithinTheWindow(t *testing.T) {
	t.Parallel()
	flood := chaintest.NewFlood(300, 4)
	rows := []struct {
		name     string
		keep     func(q asked, block, i int) bool
		complete bool
		note     string
		lost     bool // transfers
	}{
		{"nothing", func(asked, int, int) bool { return true }, true, "gives logs of those that hold any", false},
		{"a part of the chain", func(_ asked, n, _ int) bool { return n < 90 || n > 140 }, false, "has logs by its bloom filter", true},
		{"a part of the index", func(q asked, n, _ int) bool { return !q.filtered || n < 90 || n > 140 }, false, "where they are asked for by their topic", true},
		{"one in seven", func(q asked, _, i int) bool { return q.from == q.to || i%7 != 6 }, false, "left out", false},
		{"the end, at first", func(q asked, n, _ int) bool { return n <= 290 || q.from != 1 && q.from != 291 }, false, "lags", false},
		{"behind the 137th", func(q asked, _, i int) bool { return i < 137 }, true, "were taken", false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			url := chaintest.Host(t, &leaky{flood, row.keep})
			s := history.New(client(t, url), history.Options{CanaryBlocks: 100})
			q := chain.Query{Addresses: []common.Address{chaintest.FloodAccount, thief}, Window: chain.Window{From: 1, To: 300}}
			h, err := s.History(t.Context(), q)
			if err != nil {
				t.Fatal(err)
			}
			tokens := slices.DeleteFunc(slices.Clone(h.Coverage), func(c chain.Coverage) bool { return c.Scope != chain.ScopeTokens })
			for _, c := range tokens {
				if c.Complete != row.complete || !strings.Contains(c.Note, row.note) {
					t.Errorf("%s: complete %t: %s", c.Address, c.Complete, c.Note)
				}
			}
			n := 0
			for _, tr := range h.Transfers {
				if tr.Kind == chain.KindERC20 {
					n++
				}
			}
			if want := int(flood.Transfers()); (n < want) != row.lost || n > want {
				t.Errorf("%d transfers of %d", n, want)
			}
		})
	}
}
