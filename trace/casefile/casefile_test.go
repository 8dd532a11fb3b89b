package casefile_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"losstracer/chain/chaintest"
	"losstracer/chain/ethrpc"
	"losstracer/trace/casefile"
)

// open opens a case for writing until the test ends.
func open(t testing.TB, path string) *casefile.File {
	t.Helper()
	f, err := casefile.Open(t.Context(), path, casefile.Options{Write: true, Tool: "test", Wait: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return f
}

// scripted answers calls by a function, one at a time or in batches, and counts
// them.
type scripted struct {
	answer func(method string, params json.RawMessage) (result any, code int, message string)
	calls  atomic.Int64
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	type call struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
	}
	var raw json.RawMessage
	var batch []call
	if err := json.NewDecoder(r.Body).Decode(&raw); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	single := raw[0] == '{'
	if single {
		raw = json.RawMessage("[" + string(raw) + "]")
	}
	if err := json.Unmarshal(raw, &batch); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	var out []map[string]any
	for _, c := range batch {
		s.calls.Add(1)
		answer := map[string]any{"jsonrpc": "2.0", "id": c.ID}
		if result, code, message := s.answer(c.Method, c.Params); message != "" {
			answer["error"] = map[string]any{"code": code, "message": message}
		} else {
			answer["result"] = result
		}
		out = append(out, answer)
	}
	var body any = out
	if single {
		body = out[0]
	}
	w.Header().Set("Content-Type", "application/json")
	// The client may have gone away; there is nobody left to tell.
	_ = json.NewEncoder(w).Encode(body)
}

func call(method string, params ...any) ethrpc.Call {
	return ethrpc.Call{Method: method, Params: params}
}

func connect(t testing.TB, f *casefile.File, url string, p casefile.Plan) *casefile.Link {
	t.Helper()
	p.RPC.Retries = -1
	links, err := f.Connect(t.Context(), []string{url}, p)
	if err != nil {
		t.Fatal(err)
	}
	return links[0]
}

// TestLinkAnswersFromTheCase asks for results, refusals, nothing, and what
// moves, twice: the second time nobody is asked, and everything is the same.
func TestLinkAnswersFromTheCase(t *testing.T) {
	t.Parallel()
	var head atomic.Int64
	server := &scripted{answer: func(method string, params json.RawMessage) (any, int, string) {
		switch {
		case method == "eth_chainId":
			return "0x1", 0, ""
		case strings.Contains(string(params), "latest"):
			return map[string]any{"number": fmt.Sprintf("%#x", 100+head.Add(1))}, 0, ""
		case method == "eth_getBalance":
			return "0x5", 0, ""
		case method == "eth_getTransactionByHash":
			return nil, 0, ""
		}
		return nil, -32601, "the method " + method + " does not exist"
	}}
	url := chaintest.Host(t, server)
	f := open(t, filepath.Join(t.TempDir(), "x.case"))
	calls := []ethrpc.Call{
		call("eth_getBalance", "0xaa", "0x5"), call("eth_getBlockByNumber", "latest", false), call("debug_traceTransaction", "0x01", map[string]any{"tracer": "callTracer"}),
		call("eth_getTransactionByHash", "0x02"), call("eth_getBalance", "0xaa", "latest"),
	}
	ask := func(l *casefile.Link) string {
		answers, err := l.Do(t.Context(), calls)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		for _, a := range answers {
			class, _ := ethrpc.Classify(a.Err)
			fmt.Fprintf(&b, "%s %v %s\n", a.Result, a.Err, class)
		}
		return b.String()
	}
	first := connect(t, f, url, casefile.Plan{})
	want := ask(first)
	n := server.calls.Load()
	again, err := first.Again(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, ask(again)); diff != "" || server.calls.Load() != n {
		t.Errorf("the second time, after %d more calls (-first +second):\n%s", server.calls.Load()-n, diff)
	}
	offline, err := f.Offline(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, ask(offline[0])); diff != "" {
		t.Errorf("offline (-first +offline):\n%s", diff)
	}
	anew := connect(t, f, url, casefile.Plan{Update: true})
	if got := ask(anew); got == want || !strings.Contains(got, fmt.Sprintf("%#x", 100+head.Load())) {
		t.Errorf("asked anew, the head has not moved:\n%s", got)
	}
}

// TestFailuresComeBack has endpoints fail in every way, and the case say so
// again: the same words, and the same class.
func TestFailuresComeBack(t *testing.T) {
	t.Parallel()
	good := &scripted{answer: func(method string, _ json.RawMessage) (any, int, string) {
		if method == "eth_chainId" {
			return "0x1", 0, ""
		}
		return nil, -32000, "server overloaded, retry later"
	}}
	for _, row := range []struct {
		name string
		fail http.Handler
	}{
		{"a refusal for the moment", good},
		{"a status", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "forbidden", http.StatusForbidden) })},
		{"a server's error", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "oops", http.StatusBadGateway) })},
		{"a page", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			// The client may have gone away; there is nobody left to tell.
			_, _ = w.Write([]byte("<html><body>hello</body></html>"))
		})},
		{"a cut", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			// As above.
			_, _ = w.Write([]byte(`{"jsonrpc":"2.0","id":1,"res`))
		})},
		{"a reset", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { panic(http.ErrAbortHandler) })},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var failing atomic.Bool
			url := chaintest.Host(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if failing.Load() {
					row.fail.ServeHTTP(w, r)
					return
				}
				good.ServeHTTP(w, r)
			}))
			f := open(t, filepath.Join(t.TempDir(), "x.case"))
			l := connect(t, f, url, casefile.Plan{})
			failing.Store(true)
			for _, calls := range [][]ethrpc.Call{
				{call("eth_getBalance", "0xaa", "0x5")},
				{call("eth_getBalance", "0xbb", "0x5"), call("eth_getBalance", "0xcc", "0x5")},
			} {
				want := tell(l.Do(t.Context(), calls))
				offline, err := f.Offline(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, tell(offline[0].Do(t.Context(), calls))); diff != "" {
					t.Errorf("%d calls (-then +from the case):\n%s", len(calls), diff)
				}
				if n, missing := offline[0].Missing(); n != 0 {
					t.Errorf("what failed is told as missing: %d, %v", n, missing)
				}
			}
		})
	}
}

func tell(answers []ethrpc.Answer, err error) string {
	class, _ := ethrpc.Classify(err)
	text := fmt.Sprintf("%v %s\n", err, class)
	for _, a := range answers {
		class, _ := ethrpc.Classify(a.Err)
		text += fmt.Sprintf("%s %v %s\n", a.Result, a.Err, class)
	}
	return text
}

func TestMissingOffline(t *testing.T) {
	t.Parallel()
	server := &scripted{answer: func(string, json.RawMessage) (any, int, string) { return "0x1", 0, "" }}
	f := open(t, filepath.Join(t.TempDir(), "x.case"))
	connect(t, f, chaintest.Host(t, server), casefile.Plan{})
	links, err := f.Offline(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	answers, err := links[0].Do(t.Context(), []ethrpc.Call{call("eth_getBalance", "0xaa", "0x5")})
	if err != nil || !errors.Is(answers[0].Err, ethrpc.ErrNotRecorded) {
		t.Errorf("got %v, %v, want ErrNotRecorded", answers, err)
	}
	if n, first := links[0].Missing(); n != 1 || !strings.Contains(first.Error(), `eth_getBalance ["0xaa","0x5"]`) {
		t.Errorf("missing: got %d, %v, want the call", n, first)
	}
}

// TestStandingAnswer keeps exchanges in any order and finds the last one of
// each call, before and after the file was closed.
func TestStandingAnswer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	files := 0
	rapid.Check(t, func(t *rapid.T) {
		files++
		path := filepath.Join(dir, fmt.Sprint(files))
		f, err := casefile.Open(context.Background(), path, casefile.Options{Write: true})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{}
		rows := 0
		for range rapid.IntRange(0, 30).Draw(t, "exchanges") {
			c := call("eth_getBalance", rapid.SampledFrom([]string{"0xaa", "0xbb", "0xcc"}).Draw(t, "account"), "0x5")
			key, err := c.Key()
			if err != nil {
				t.Fatal(err)
			}
			e := ethrpc.Exchange{Host: "http://host", Call: c, Time: time.Unix(int64(rows), 0)}
			told := ""
			if rapid.Bool().Draw(t, "refused") {
				e.Error = &ethrpc.RPCError{Method: c.Method, Code: rapid.IntRange(1, 2).Draw(t, "code"), Message: rapid.String().Draw(t, "message")}
				told = e.Error.Error()
			} else {
				e.Result = json.RawMessage(fmt.Sprintf("%q", strings.Repeat("x", rapid.IntRange(0, 3).Draw(t, "result"))))
				told = string(e.Result)
			}
			if want[key] != told {
				rows++
			}
			want[key] = told
			if err := casefile.Keep(f, 1, e); err != nil {
				t.Fatal(err)
			}
		}
		check := func(f *casefile.File) {
			for key, told := range want {
				method, params, _ := strings.Cut(key, " ")
				var list []any
				if err := json.Unmarshal([]byte(params), &list); err != nil {
					t.Fatal(err)
				}
				result, known, err := casefile.Find(f, 1, "http://host", ethrpc.Call{Method: method, Params: list})
				got := string(result)
				if err != nil {
					got = err.Error()
				}
				if !known || got != told {
					t.Errorf("%s: got %q, %v, want %q", key, got, known, told)
				}
			}
			held, err := f.Seal(context.Background())
			if err != nil || held.Responses != rows {
				t.Errorf("responses: got %d, %v, want %d", held.Responses, err, rows)
			}
		}
		check(f)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if f, err = casefile.Open(context.Background(), path, casefile.Options{}); err != nil {
			t.Fatal(err)
		}
		check(f)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// TestDigestWithoutOrder keeps the same exchanges in two orders.
func TestDigestWithoutOrder(t *testing.T) {
	t.Parallel()
	var exchanges []ethrpc.Exchange
	for i := range 20 {
		exchanges = append(exchanges, ethrpc.Exchange{
			Host: "http://host", Call: call("eth_getBalance", "0xaa", fmt.Sprintf("%#x", i)), Result: json.RawMessage(`"0x1"`), Time: time.Unix(int64(i), 0),
		})
	}
	var digests []string
	for range 2 {
		f := open(t, filepath.Join(t.TempDir(), "x.case"))
		for _, e := range exchanges {
			if err := casefile.Keep(f, 1, e); err != nil {
				t.Fatal(err)
			}
		}
		held, err := f.Seal(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		digests = append(digests, held.Digest)
		slices.Reverse(exchanges)
	}
	if digests[0] != digests[1] || !strings.HasPrefix(digests[0], "sha256:") {
		t.Errorf("digests: got %v, want the same twice", digests)
	}
}

func TestBusy(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.case")
	first, err := casefile.Open(t.Context(), path, casefile.Options{Write: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := casefile.Keep(first, 1, ethrpc.Exchange{Host: "http://host", Call: call("eth_chainId"), Result: json.RawMessage(`"0x1"`)}); err != nil {
		t.Fatal(err)
	}
	for _, write := range []bool{true, false} {
		waited := false
		_, err := casefile.Open(t.Context(), path, casefile.Options{Write: write, Wait: 120 * time.Millisecond, Waiting: func() { waited = true }})
		if !errors.Is(err, casefile.ErrBusy) || !waited {
			t.Errorf("opened a second time, to write %t: got %v, waited %t, want ErrBusy after a while", write, err, waited)
		}
	}
	done := make(chan error)
	go func() {
		second, err := casefile.Open(t.Context(), path, casefile.Options{Wait: 10 * time.Second})
		if err == nil {
			err = second.Close()
		}
		done <- err
	}()
	time.Sleep(60 * time.Millisecond)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("opened when the first is through: %v", err)
	}
}

// TestReadersTogether opens a case at rest twice for reading.
func TestReadersTogether(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a ?#% name.case")
	f, err := casefile.Open(t.Context(), path, casefile.Options{Write: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		f, err := casefile.Open(t.Context(), path, casefile.Options{Wait: -1})
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.Runs(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

// TestInputsRoundTrip stores what a run started from and came to.
func TestInputsRoundTrip(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.case")
	f := open(t, path)
	prices := casefile.Attachment{Flag: "price-file", Document: casefile.Document{Name: "p.csv", Content: []byte("asset_id\n")}}
	in := casefile.Inputs{
		WriteUp:  casefile.Document{Name: "a.md", Content: []byte("# A\x00\xff")},
		Files:    []casefile.Attachment{prices, prices},
		Settings: []string{"--from=5"},
	}
	ends := []casefile.Endpoint{{Host: "http://host", ChainID: 1 << 63}, {Host: "http://dead", Failure: "refused"}}
	run, err := f.Begin(t.Context(), in, ends)
	if err != nil {
		t.Fatal(err)
	}
	held, err := f.Seal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Repeat("0123456789", 250_000) // more than a piece
	out := casefile.Outcome{FactsDigest: "f", CaseDigest: held.Digest, Report: func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}}
	if err := f.Finish(t.Context(), run, held, out); err != nil {
		t.Fatal(err)
	}
	// The same write-up under another name takes the place of the first.
	renamed := in
	renamed.WriteUp.Name = "b.md"
	if _, err := f.Begin(t.Context(), renamed, ends); err != nil {
		t.Fatal(err)
	}
	other := casefile.Inputs{WriteUp: casefile.Document{Name: "c.md", Content: []byte("# C")}}
	if run, err = f.Begin(t.Context(), other, ends); err != nil {
		t.Fatal(err)
	}
	if err := f.Finish(t.Context(), run, held, out); err != nil {
		t.Fatal(err)
	}
	runs, err := f.Runs(t.Context())
	if err != nil || len(runs) != 2 {
		t.Fatalf("runs: got %d, %v, want 2", len(runs), err)
	}
	if diff := cmp.Diff(renamed, runs[0].Inputs); diff != "" {
		t.Errorf("inputs (-stored +read):\n%s", diff)
	}
	if diff := cmp.Diff(ends, runs[0].Endpoints); diff != "" {
		t.Errorf("endpoints (-stored +read):\n%s", diff)
	}
	if runs[0].Finished() || !runs[1].Finished() {
		t.Errorf("finished: got %t and %t, want only the second", runs[0].Finished(), runs[1].Finished())
	}
	var stored strings.Builder
	if err := f.Report(t.Context(), &runs[1], &stored); err != nil || stored.String() != text {
		t.Errorf("report: %d bytes, %v, want %d", stored.Len(), err, len(text))
	}
	out.Report = nil
	if diff := cmp.Diff(out, runs[1].Outcome); diff != "" {
		t.Errorf("outcome (-stored +read):\n%s", diff)
	}
	checked, err := f.Check(t.Context())
	if err != nil || len(checked.Faults) > 0 {
		t.Errorf("check: %v, %v", checked, err)
	}
}

// balances is an endpoint of chain 1.
func balances(t testing.TB) (url string) {
	return chaintest.Host(t, &scripted{answer: func(string, json.RawMessage) (any, int, string) { return "0x1", 0, "" }})
}
