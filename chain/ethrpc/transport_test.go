package ethrpc

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// unlike wraps a server of go-ethereum in a way of answering unlike its own.
// change gets the request's calls and the answers, as lists.
func unlike(change func(w http.ResponseWriter, calls int, answers []json.RawMessage) bool) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				panic(err)
			}
			r.Body = io.NopCloser(bytes.NewReader(body))
			rec := httptest.NewRecorder()
			h.ServeHTTP(rec, r)
			var answers []json.RawMessage
			if json.Unmarshal(rec.Body.Bytes(), &answers) != nil {
				answers = []json.RawMessage{rec.Body.Bytes()}
			}
			if !change(w, len(answers), answers) {
				w.Write(rec.Body.Bytes())
			}
		})
	}
}

func writeList(w io.Writer, answers []json.RawMessage) bool {
	if len(answers) == 1 {
		w.Write(answers[0])
		return true
	}
	text, err := json.Marshal(answers)
	if err != nil {
		panic(err)
	}
	w.Write(text)
	return true
}

// TestOddAnswers: whatever an endpoint does to its answers, now and then or
// always, the calls are answered rightly, and within a bounded number of
// requests.
func TestOddAnswers(t *testing.T) {
	t.Parallel()
	every := func(n int64, f func(http.ResponseWriter, []json.RawMessage) bool) func(http.Handler) http.Handler {
		var count atomic.Int64
		return unlike(func(w http.ResponseWriter, _ int, answers []json.RawMessage) bool {
			return count.Add(1)%n == 0 && f(w, answers)
		})
	}
	const many = `[{"jsonrpc":"2.0","error":{"code":-32600,"message":"batch limit is 10"}}]`
	for _, test := range []struct {
		name string
		wrap func(http.Handler) http.Handler
		most int // requests
	}{
		{"in reverse", every(1, func(w http.ResponseWriter, a []json.RawMessage) bool {
			for i, j := 0, len(a)-1; i < j; i, j = i+1, j-1 {
				a[i], a[j] = a[j], a[i]
			}
			return writeList(w, a)
		}), 3},
		{"one left out", every(2, func(w http.ResponseWriter, a []json.RawMessage) bool { return writeList(w, a[:max(1, len(a)-1)]) }), 6},
		{"one twice", every(1, func(w http.ResponseWriter, a []json.RawMessage) bool { return writeList(w, append(a, a[0])) }), 3},
		{"one twice and differently", every(3, func(w http.ResponseWriter, a []json.RawMessage) bool {
			return writeList(w, append(a, json.RawMessage(`{"id":1,"result":-7}`)))
		}), 6},
		{"ids of others", every(2, func(w http.ResponseWriter, a []json.RawMessage) bool {
			for i := range a {
				a[i] = bytes.Replace(a[i], []byte(`"id":`), []byte(`"id":77`), 1)
			}
			return writeList(w, a)
		}), 8},
		{"ids as text", every(1, func(w http.ResponseWriter, a []json.RawMessage) bool {
			for i := range a {
				a[i] = bytes.Replace(a[i], fmt.Appendf(nil, `"id":%d`, i+1), fmt.Appendf(nil, `"id":"%d"`, i+1), 1)
			}
			return writeList(w, a)
		}), 3},
		{"neither result nor error", every(2, func(w http.ResponseWriter, a []json.RawMessage) bool {
			a[0] = json.RawMessage(`{"jsonrpc":"2.0","id":1}`)
			return writeList(w, a)
		}), 8},
		{"null beside the result", every(1, func(w http.ResponseWriter, a []json.RawMessage) bool {
			for i := range a {
				a[i] = bytes.Replace(a[i], []byte(`"result"`), []byte(`"error":null,"result"`), 1)
			}
			return writeList(w, a)
		}), 3},
		{"a limit on batches, one element", unlike(func(w http.ResponseWriter, n int, _ []json.RawMessage) bool {
			if n > 10 {
				io.WriteString(w, many)
			}
			return n > 10
		}), 70},
		{"a limit on batches, an object", unlike(func(w http.ResponseWriter, n int, _ []json.RawMessage) bool {
			if n > 10 {
				io.WriteString(w, strings.Trim(many, "[]"))
			}
			return n > 10
		}), 70},
		{"a limit on batches, with status 413", unlike(func(w http.ResponseWriter, n int, _ []json.RawMessage) bool {
			if n > 10 {
				http.Error(w, "Request Entity Too Large", http.StatusRequestEntityTooLarge)
			}
			return n > 10
		}), 70},
		{"no batches at all", unlike(func(w http.ResponseWriter, n int, _ []json.RawMessage) bool {
			if n > 1 {
				http.Error(w, `{"error":{"code":-32600,"message":"batch requests are not supported"}}`, http.StatusBadRequest)
			}
			return n > 1
		}), 330},
		{"too large together", unlike(func(w http.ResponseWriter, n int, a []json.RawMessage) bool {
			for i := 20; i < n; i++ {
				a[i] = fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"error":{"code":-32003,"message":"response too large"}}`, i+1)
			}
			return writeList(w, a)
		}), 300},
		{"an error for a text", every(2, func(w http.ResponseWriter, a []json.RawMessage) bool {
			a[0] = json.RawMessage(`{"id":1,"error":"server overloaded, retry later"}`)
			return writeList(w, a)
		}), 8},
		{"cut off", every(2, func(w http.ResponseWriter, a []json.RawMessage) bool { w.Write(a[0][:len(a[0])/2]); return true }), 8},
		{"web pages at times", every(2, func(w http.ResponseWriter, _ []json.RawMessage) bool {
			io.WriteString(w, "<!DOCTYPE html><html>Just a moment")
			return true
		}), 8},
		{"500 at times", every(2, func(w http.ResponseWriter, _ []json.RawMessage) bool { w.WriteHeader(500); return true }), 8},
		{"compressed", unlike(func(w http.ResponseWriter, _ int, a []json.RawMessage) bool {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			defer z.Close()
			return writeList(z, a)
		}), 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := client(t, gethServer(t, test.wrap).URL, Options{})
			answers, err := c.Do(t.Context(), doubles(300))
			if err != nil {
				t.Fatal(err)
			}
			wantDoubles(t, answers)
			if got := c.Requests().HTTP; got > test.most {
				t.Errorf("%d requests, want at most %d", got, test.most)
			}
		})
	}
}

func TestBatchSizeIsLearned(t *testing.T) {
	t.Parallel()
	c := client(t, gethServer(t, unlike(func(w http.ResponseWriter, n int, _ []json.RawMessage) bool {
		if n > 25 {
			io.WriteString(w, `[{"id":null,"error":{"code":-32600,"message":"too many calls"}}]`)
		}
		return n > 25
	})).URL, Options{MaxInFlight: 1})
	if _, err := c.Do(t.Context(), doubles(100)); err != nil {
		t.Fatal(err)
	}
	before := c.Requests().HTTP
	if _, err := c.Do(t.Context(), doubles(100)); err != nil {
		t.Fatal(err)
	}
	if got := c.Requests().HTTP - before; got != 4 {
		t.Errorf("%d requests for 100 calls once 25 are known to be allowed, want 4", got)
	}
}

func TestRetryAfterIsObeyed(t *testing.T) {
	t.Parallel()
	var count, early atomic.Int64
	clock := &naps{}
	var mu sync.Mutex
	var free time.Time
	s := gethServer(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			if clock.Now().Before(free) {
				early.Add(1)
			}
			refuse := count.Add(1) == 3
			if refuse {
				free = clock.Now().Add(7 * time.Second)
			}
			mu.Unlock()
			if refuse {
				w.Header().Set("Retry-After", "7")
				http.Error(w, `{"jsonrpc":"2.0","id":null,"error":{"code":-32005,"message":"slow down"}}`, http.StatusTooManyRequests)
				return
			}
			h.ServeHTTP(w, r)
		})
	})
	c := client(t, s.URL, Options{MaxBatch: 1, MaxInFlight: 1, Now: clock.Now, Sleep: clock.Sleep})
	answers, err := c.Do(t.Context(), doubles(60))
	if err != nil {
		t.Fatal(err)
	}
	wantDoubles(t, answers)
	if early.Load() > 0 {
		t.Errorf("%d requests before the time that was asked for", early.Load())
	}
	if e := c.endpoints[0]; e.pace.limiter.Limit() > 1<<20 {
		t.Error("no limit on the rate after 429")
	}
}

// rush counts how many requests are under way at once.
type rush struct{ inside, most atomic.Int64 }

// enter returns how many there are now.
func (r *rush) enter() int64 {
	n := r.inside.Add(1)
	for seen := r.most.Load(); n > seen && !r.most.CompareAndSwap(seen, n); seen = r.most.Load() {
	}
	return n
}

func (r *rush) leave() { r.inside.Add(-1) }

// An endpoint that refuses the third request at once is soon asked two at a
// time. Would it be asked eight for ever, three of four would be refused.
func TestFewerAtOnceAfter429(t *testing.T) {
	t.Parallel()
	var refused atomic.Int64
	var at rush
	s := gethServer(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n := at.enter()
			defer at.leave()
			time.Sleep(time.Millisecond)
			if n > 2 {
				refused.Add(1)
				http.Error(w, "", http.StatusTooManyRequests)
				return
			}
			h.ServeHTTP(w, r)
		})
	})
	c := client(t, s.URL, Options{MaxBatch: 1, MaxInFlight: 8, Retries: 20})
	answers, err := c.Do(t.Context(), doubles(300))
	if err != nil {
		t.Fatal(err)
	}
	wantDoubles(t, answers)
	if at.most.Load() < 3 || refused.Load() > 150 {
		t.Errorf("at most %d at once, %d of 300 refused: want it to settle", at.most.Load(), refused.Load())
	}
}

func TestWhenNothingCanBeSaid(t *testing.T) {
	t.Parallel()
	dead := httptest.NewServer(nil)
	dead.Close()
	status := func(code int, text string) string {
		return handlerServer(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code); io.WriteString(w, text) }).URL
	}
	slow := handlerServer(t, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // only then is the client's end seen
		<-r.Context().Done()
	})
	for _, test := range []struct {
		name, url string
		o         Options
		want      Class
		says      string
	}{
		{"nobody there", dead.URL, Options{}, Unreachable, "refused"},
		{"no such host", "http://no-such-host.invalid", Options{}, Unreachable, "no-such-host.invalid"},
		{"a web page", status(200, "<html><body>Hello"), Options{}, NotRPC, "answered with a web page"},
		{"a page that is not found", status(404, "404 page not found"), Options{}, NotRPC, "HTTP 404"},
		{"nothing", status(200, ""), Options{}, NotRPC, "empty answer"},
		{"no key", status(401, `{"message":"Must be authenticated"}`), Options{}, Auth, ""},
		{"plain forbidden", status(403, "Forbidden"), Options{}, Auth, "HTTP 403"},
		{"500 for ever", status(500, "oops"), Options{Retries: 2}, Transient, "HTTP 500"},
		{"no answer in time", slow.URL, Options{Timeout: 20 * time.Millisecond, Retries: -1}, Transient, ""},
		{"larger than allowed", status(200, `{"id":1,"result":"`+strings.Repeat("x", 5000)+`"}`), Options{MaxResponse: 1000}, Size, "larger than allowed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := client(t, test.url, test.o).One(t.Context(), nil, "eth_blockNumber")
			if class, _ := Classify(err); class != test.want || !strings.Contains(fmt.Sprint(err), test.says) {
				t.Errorf("%s: %v; want %s with %q", class, err, test.want, test.says)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	hang := handlerServer(t, func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	})
	for name, ask := range map[string]func(context.Context, *Client) error{
		"calls": func(ctx context.Context, c *Client) error { _, err := c.Do(ctx, doubles(500)); return err },
		"logs":  func(ctx context.Context, c *Client) error { _, err := c.Logs(ctx, LogQuery{To: 9}, nil); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if err := ask(ctx, client(t, hang.URL, Options{})); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("error %v, want that of the context", err)
			}
		})
	}
}

func TestFallbacks(t *testing.T) {
	t.Parallel()
	node := func(id int, answer string) string {
		return handlerServer(t, func(w http.ResponseWriter, r *http.Request) {
			var calls []wireRequest
			body, _ := io.ReadAll(r.Body)
			if json.Unmarshal(body, &calls) != nil {
				calls = make([]wireRequest, 1)
				json.Unmarshal(body, &calls[0])
			}
			var answers []json.RawMessage
			for _, call := range calls {
				text := answer
				if call.Method == "eth_chainId" {
					text = fmt.Sprintf(`"result":"0x%x"`, id)
				}
				answers = append(answers, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,%s}`, call.ID, text))
			}
			writeList(w, answers)
		}).URL
	}
	dead := httptest.NewServer(nil)
	dead.Close()
	good := node(1, `"result":"0x7"`)
	pruned := node(1, `"error":{"code":-32000,"message":"missing trie node abc"}`)
	reverts := node(1, `"error":{"code":3,"message":"execution reverted"}`)
	other := node(5, `"result":"0x5"`)
	for _, test := range []struct {
		name   string
		urls   []string
		host   string
		result string
		want   Class
	}{
		{"the first is well", []string{good, dead.URL}, good, `"0x7"`, None},
		{"the first is dead", []string{dead.URL, good}, good, `"0x7"`, None},
		{"the first lacks the state", []string{pruned, good}, good, `"0x7"`, None},
		{"the call is refused", []string{reverts, good}, reverts, "", Rejected},
		{"both lack the state", []string{pruned, pruned}, pruned, "", History},
		{"the second is of another chain", []string{pruned, other}, "", "", History},
		{"and the third is not", []string{pruned, other, good}, good, `"0x7"`, None},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := client(t, test.urls[0], Options{Fallbacks: test.urls[1:], Retries: 1})
			answers, err := c.Do(t.Context(), []Call{{Method: "eth_chainId"}, {"eth_getBalance", []any{"0x1", "0x2"}}})
			if err != nil {
				t.Fatal(err)
			}
			a := answers[1]
			if class, _ := Classify(a.Err); class != test.want || string(a.Result) != test.result {
				t.Errorf("%s, %v (%s); want %s, %s", a.Result, a.Err, class, test.result, test.want)
			}
			if a.Host != test.host && a.Err == nil {
				t.Errorf("answered by %q, want %q", a.Host, test.host)
			}
		})
	}
}

// TestAgainKeepsThePace: a second client knows the batches that the endpoint
// takes, and counts and keeps for itself.
func TestAgainKeepsThePace(t *testing.T) {
	t.Parallel()
	first := client(t, gethServer(t, unlike(func(w http.ResponseWriter, n int, _ []json.RawMessage) bool {
		if n > 25 {
			io.WriteString(w, `[{"id":null,"error":{"code":-32600,"message":"too many calls"}}]`)
		}
		return n > 25
	})).URL, Options{MaxInFlight: 1})
	if _, err := first.Do(t.Context(), doubles(100)); err != nil {
		t.Fatal(err)
	}
	before := first.Requests()
	record := &Transcript{}
	second := first.Again(record, 7)
	answers, err := second.Do(t.Context(), doubles(100))
	if err != nil {
		t.Fatal(err)
	}
	wantDoubles(t, answers)
	if got := second.Requests(); got.HTTP != 4 || got.RPC != 100 {
		t.Errorf("the second client sent %+v, want 4 requests", got)
	}
	if first.Requests() != before || record.Len() != 100 || second.logSpan() != 7 {
		t.Errorf("the first counts %+v for %+v; %d answers are kept; ranges of %d", first.Requests(), before, record.Len(), second.logSpan())
	}
}
