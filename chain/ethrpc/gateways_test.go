package ethrpc

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
)

// A redirect is not followed: the key is meant for one host, and the evidence
// names who answered. The error says where to go; a fallback is asked.
func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	var strangers, asked atomic.Int64
	other := gethServer(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			strangers.Add(1)
			h.ServeHTTP(w, r)
		})
	})
	well := gethServer(t, nil)
	for _, status := range []int{http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
		asked.Store(0)
		gate := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			http.Redirect(w, r, other.URL+"/secretkey", status)
		}))
		t.Cleanup(gate.Close)
		_, err := client(t, gate.URL+"/secretkey", Options{}).Do(t.Context(), doubles(50))
		if class, _ := Classify(err); class != Redirected || !strings.Contains(err.Error(), other.URL) || strings.Contains(err.Error(), "secretkey") {
			t.Errorf("%d: %v (%s)", status, err, class)
		}
		if asked.Load() > 2 {
			t.Errorf("%d: %d requests for an answer that stays the same", status, asked.Load())
		}
		fallback := client(t, gate.URL, Options{Fallbacks: []string{well.URL}})
		fallback.endpoints[1].vetted = true // it has no eth_chainId
		answers, err := fallback.Do(t.Context(), doubles(50))
		if err != nil {
			t.Fatal(err)
		}
		wantDoubles(t, answers)
	}
	if strangers.Load() > 0 {
		t.Errorf("%d requests went to where the redirects point", strangers.Load())
	}
}

// An endpoint that wants to be left alone for long is given up at once, and the
// error says for how long it wants that, whether it gives seconds or a date.
func TestLongRetryAfterIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	clock := &naps{}
	for _, after := range []string{"3600", clock.Now().Add(time.Hour).UTC().Format(http.TimeFormat)} {
		var asked atomic.Int64
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			w.Header().Set("Retry-After", after)
			http.Error(w, "quota exceeded", http.StatusTooManyRequests)
		}))
		t.Cleanup(s.Close)
		c := client(t, s.URL, Options{Now: clock.Now, Sleep: clock.Sleep, MaxInFlight: 1})
		begun := clock.Now()
		_, err := c.Do(t.Context(), doubles(50))
		if err == nil || !strings.Contains(err.Error(), "left alone for ") {
			t.Errorf("Retry-After %s: %v", after, err)
		}
		if asked.Load() > 1 || clock.Now().Sub(begun) > time.Minute {
			t.Errorf("Retry-After %s: %d requests in %s", after, asked.Load(), clock.Now().Sub(begun))
		}
	}
}

// Of several nodes behind one URL some lag: what one has told of is asked for
// again where another does not have it. What nobody has told of is not.
func TestLaggingNodesAreAskedAgain(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var call wireRequest
		if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
			t.Error(err)
		}
		n := asked.Add(1)
		result := `{"number":"0x64","hash":"0x` + strings.Repeat("01", 32) + `","timestamp":"0x1"}`
		if !strings.Contains(string(call.Params), "latest") && n%3 != 0 {
			result = "null"
		}
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%d,"result":%s}`, call.ID, result)
	}))
	t.Cleanup(s.Close)
	c := client(t, s.URL, Options{})
	has := func(n string) bool {
		t.Helper()
		answers, err := c.Do(t.Context(), []Call{header(n)})
		if err != nil || answers[0].Err != nil {
			t.Fatal(err, answers)
		}
		return string(answers[0].Result) != "null"
	}
	if has("0x64") {
		t.Error("a block of which nobody told was asked for until it was there")
	}
	if !has("latest") || !has("0x64") || !has("0x60") {
		t.Error("a block that was told of is believed not to be there")
	}
	before := asked.Load()
	has("0x65")
	if n := asked.Load() - before; n != 1 {
		t.Errorf("%d requests for a block behind the head", n)
	}
}

// An answer that unpacks to more than is allowed, and holds no log, is not cut
// into ever smaller questions.
func TestBombs(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var call wireRequest
		if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
			t.Error(err)
		}
		if call.Method != "eth_getLogs" {
			fmt.Fprintf(w, `{"jsonrpc":"2.0","id":%d,"result":{"number":"0x1"}}`, call.ID)
			return
		}
		asked.Add(1)
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		fmt.Fprintf(z, `{"jsonrpc":"2.0","id":%d,"result":[`, call.ID)
		for range 64 {
			if _, err := z.Write([]byte(strings.Repeat(" ", 1<<20))); err != nil {
				return // nobody reads on
			}
		}
		// Whoever asked may have gone away.
		_ = z.Close()
	}))
	t.Cleanup(s.Close)
	c := client(t, s.URL, Options{MaxResponse: 8 << 20})
	_, err := c.Logs(t.Context(), LogQuery{From: 1, To: 1000}, func(*types.Log) error { return nil })
	var failed *LogsError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "no log") {
		t.Errorf("got %v", err)
	}
	if asked.Load() > 2 || c.Requests().Bytes > 20<<20 {
		t.Errorf("%d requests, %d bytes", asked.Load(), c.Requests().Bytes)
	}
}

// A server that says goodbye (GOAWAY of HTTP/2) after each answer is asked again
// over another connection.
func TestGoAway(t *testing.T) {
	t.Parallel()
	inner := gethServer(t, nil)
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close") // GOAWAY, over HTTP/2
		res, err := http.Post(inner.URL, "application/json", r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer res.Body.Close()
		// Whoever asked may have gone away.
		_, _ = io.Copy(w, res.Body)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	c := client(t, s.URL, Options{HTTP: s.Client(), MaxBatch: 5})
	answers, err := c.Do(t.Context(), doubles(200))
	if err != nil {
		t.Fatal(err)
	}
	wantDoubles(t, answers)
}
