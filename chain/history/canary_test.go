package history_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/chain/ethrpc"
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
		{"behind the 137th", func(q asked, _, i int) bool { return i < 137 }, true, "asked for and taken", false},
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

// An endpoint that looks at a part of a long range, and does not say so, has no
// log of somebody who moved once, elsewhere. That it leaves out one of somebody
// else, which it gives of the block alone, shows it.
func TestRangesLookedAtInPart(t *testing.T) {
	t.Parallel()
	flood := chaintest.NewFlood(300, 4)
	rows := []struct {
		name   string
		keep   func(q asked, block, i int) bool
		limit  uint64
		within bool // the answer holds the log
	}{
		{"the whole", func(asked, int, int) bool { return true }, 0, true},
		{"the last blocks", func(q asked, n, _ int) bool { return n+80 > int(q.to) }, 0, false},
		{"the first blocks", func(q asked, n, _ int) bool { return n < int(q.from)+80 }, 0, false},
		{"the last of as many as may be asked for", func(q asked, n, _ int) bool { return n+10 > int(q.to) }, 100, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := client(t, chaintest.Host(t, &leaky{flood, row.keep}))
			if row.limit > 0 {
				c = c.Again(nil, row.limit)
			}
			all, err := history.New(client(t, chaintest.Host(t, flood)), history.Options{}).History(t.Context(), chain.Query{
				Addresses: []common.Address{chaintest.FloodAccount}, Window: chain.Window{From: 150, To: 150},
			})
			if err != nil {
				t.Fatal(err)
			}
			once := all.Transfers[0].From
			h, err := history.New(c, history.Options{CanaryBlocks: 100}).History(t.Context(), chain.Query{
				Addresses: []common.Address{once}, Window: chain.Window{From: 1, To: 300},
			})
			if err != nil {
				t.Fatal(err)
			}
			if got := len(logBlocks(h)) > 0; got != row.within {
				t.Errorf("the log was found: %t", got)
			}
			if row.within {
				expect(t, h, true, "gives logs of those that hold any")
			} else {
				expect(t, h, false, "where it is asked for in blocks")
			}
		})
	}
}

// meddled is a client some of whose answers are changed, or refused.
type meddled struct {
	*ethrpc.Client
	do   func(c ethrpc.Call, a *ethrpc.Answer) // nil changes nothing
	logs func(q ethrpc.LogQuery) error         // nil refuses nothing
}

func (m *meddled) Do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	answers, err := m.Client.Do(ctx, calls)
	for i := range answers {
		if m.do != nil {
			m.do(calls[i], &answers[i])
		}
	}
	return answers, err
}

func (m *meddled) Logs(ctx context.Context, q ethrpc.LogQuery, fn func(*types.Log) error) (ethrpc.LogCoverage, error) {
	if m.logs != nil {
		if err := m.logs(q); err != nil {
			return ethrpc.LogCoverage{}, &ethrpc.LogsError{Window: chain.Window{From: q.From, To: q.To}, Err: err}
		}
	}
	return m.Client.Logs(ctx, q, fn)
}

// change rewrites a header that was asked for without its txs.
func change(c ethrpc.Call, a *ethrpc.Answer, how func(head map[string]any)) {
	var head map[string]any
	if c.Method != "eth_getBlockByNumber" || c.Params[1] != false || json.Unmarshal(a.Result, &head) != nil || head == nil {
		return
	}
	how(head)
	a.Result, a.Err = json.Marshal(head)
}

// What blocks that are looked at show is stated as far as they show it, and what
// was refused is told.
func TestAssuranceIsNotStatedWithoutGround(t *testing.T) {
	t.Parallel()
	flood := chaintest.NewFlood(300, 4)
	busy := &ethrpc.RPCError{Method: "eth_getLogs", Code: -32000, Message: "not for single blocks"}
	refuse := func(every int) func(ethrpc.Call, *ethrpc.Answer) {
		n := 0
		return func(c ethrpc.Call, a *ethrpc.Answer) {
			if c.Method != "eth_getLogs" {
				return
			}
			if n++; n%every == 0 {
				*a = ethrpc.Answer{Err: busy}
			}
		}
	}
	const gives = "gives logs of those that hold any"
	for _, row := range []struct {
		name     string
		with     meddled
		complete bool
		says     []string
		not      string
	}{
		{name: "as it is", complete: true, says: []string{gives}, not: "refus"},
		{name: "no bloom filter tells", complete: true, says: []string{"none of these holds a log by its bloom filter"}, not: gives,
			with: meddled{do: func(c ethrpc.Call, a *ethrpc.Answer) {
				change(c, a, func(head map[string]any) { head["logsBloom"] = "0x" + strings.Repeat("0", 512) })
			}}},
		{name: "every question is refused", complete: true, says: []string{"gives logs of none of the 10", "not for single blocks"}, not: gives, with: meddled{do: refuse(1)}},
		{name: "some are", complete: true, says: []string{"gives logs of 8 of the 10", "not for single blocks"}, not: gives, with: meddled{do: refuse(5)}},
		{name: "another block is given", complete: false, says: []string{"does not give a block that lies within the window", "answers with block 7"}, not: gives,
			with: meddled{do: func(c ethrpc.Call, a *ethrpc.Answer) {
				change(c, a, func(head map[string]any) {
					if head["number"] != "0x0" && head["number"] != "0x1" && head["number"] != "0x12c" && head["number"] != "0x64" {
						head["number"] = "0x7"
					}
				})
			}}},
		{name: "the second question is refused", complete: true, says: []string{gives, "could not be asked for again", "not for single blocks"},
			with: meddled{logs: func(q ethrpc.LogQuery) error {
				if q.From > 1 {
					return busy
				}
				return nil
			}}},
		{name: "the last block is gone at the second question", complete: false, says: []string{"could not be asked for again", "does not have the block"},
			with: meddled{logs: func(q ethrpc.LogQuery) error {
				if q.From > 1 {
					return ethrpc.ErrNoBlock
				}
				return nil
			}}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := row.with
			c.Client = client(t, chaintest.Host(t, &leaky{flood, func(asked, int, int) bool { return true }}))
			h, err := history.New(&c, history.Options{CanaryBlocks: 100}).History(t.Context(), chain.Query{
				Addresses: []common.Address{chaintest.FloodAccount}, Window: chain.Window{From: 1, To: 300}})
			if err != nil {
				t.Fatal(err)
			}
			for _, got := range tokenCoverage(h) {
				if got.Complete != row.complete {
					t.Errorf("complete %t", got.Complete)
				}
				for _, text := range row.says {
					if !strings.Contains(got.Note, text) {
						t.Errorf("note without %q: %s", text, got.Note)
					}
				}
				if row.not != "" && strings.Contains(got.Note, row.not) {
					t.Errorf("note with %q: %s", row.not, got.Note)
				}
			}
		})
	}
}
