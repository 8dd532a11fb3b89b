package chaintest

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"
)

// Fault is a way in which an endpoint fails while it is basically well.
type Fault string

// The faults.
const (
	FaultStatus500 Fault = "500"       // internal server error
	FaultReset     Fault = "reset"     // connection reset before an answer
	FaultTruncated Fault = "truncated" // half of the body, then the end
	FaultWrongID   Fault = "wrong id"  // answers to other calls, by their ids
	FaultMissing   Fault = "missing"   // a batch lacks one answer
	FaultServer    Fault = "-32000"    // one call is refused for the moment
	FaultVague     Fault = "vague"     // and nothing says that it is for the moment
	FaultSlow      Fault = "slow"      // the answer is late
	FaultTooMany   Fault = "429"       // with Retry-After
	FaultHTML      Fault = "html"      // a page for people, status 200
)

// AllFaults returns every fault.
func AllFaults() []Fault {
	return []Fault{FaultStatus500, FaultReset, FaultTruncated, FaultWrongID, FaultMissing, FaultServer, FaultVague, FaultSlow, FaultTooMany, FaultHTML}
}

// Proxy stands between a client and an endpoint and lets some requests fail.
// Which ones depends on the seed, on what the request asks (without ids) and
// on how often it was asked before, so it is the same in whatever order
// concurrent requests come in.
type Proxy struct {
	Target     string
	Seed       uint64
	Rate       float64 // share of the requests that fail, 0 to 1
	Faults     []Fault
	Delay      time.Duration // of slow answers
	RetryAfter time.Duration // told with 429, in whole seconds

	mu       sync.Mutex
	asked    map[uint64]uint64
	injected map[Fault]int
}

// FaultProxy puts a [Proxy] before target, on a free port of 127.0.0.1, until
// the test ends. Without faults it injects all of them in equal parts.
func FaultProxy(t testing.TB, target string, seed uint64, rate float64, faults ...Fault) (url string, p *Proxy) {
	t.Helper()
	if len(faults) == 0 {
		faults = AllFaults()
	}
	p = &Proxy{Target: target, Seed: seed, Rate: rate, Faults: faults, Delay: 200 * time.Millisecond, RetryAfter: time.Second}
	return Host(t, p), p
}

// Injected returns how often each fault struck.
func (p *Proxy) Injected() map[Fault]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.injected)
}

// choose decides what becomes of a request; no fault is the empty string.
func (p *Proxy) choose(body []byte) Fault {
	h := fnv.New64a()
	for _, one := range calls(body) {
		// A hash never fails to write.
		_, _ = fmt.Fprintf(h, "%s %s\n", one.Method, one.Params)
	}
	key := h.Sum64()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.asked == nil {
		p.asked, p.injected = map[uint64]uint64{}, map[Fault]int{}
	}
	p.asked[key]++
	var seed [32]byte
	binary.BigEndian.PutUint64(seed[:], p.Seed)
	binary.BigEndian.PutUint64(seed[8:], key)
	binary.BigEndian.PutUint64(seed[16:], p.asked[key])
	random := rand.New(rand.NewChaCha8(seed))
	if len(p.Faults) == 0 || random.Float64() >= p.Rate {
		return ""
	}
	fault := p.Faults[random.IntN(len(p.Faults))]
	p.injected[fault]++
	return fault
}

func calls(body []byte) []request {
	var batch []request
	if json.Unmarshal(body, &batch) == nil {
		return batch
	}
	var one request
	if json.Unmarshal(body, &one) == nil {
		return []request{one}
	}
	return nil
}

// ServeHTTP passes the request on, or does not.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestSize))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	fault := p.choose(body)
	switch fault {
	case FaultStatus500:
		http.Error(w, "internal server error", http.StatusInternalServerError)
		return
	case FaultReset:
		reset(w)
		return
	case FaultTooMany:
		w.Header().Set("Retry-After", strconv.Itoa(int(p.RetryAfter.Seconds())))
		http.Error(w, `{"jsonrpc":"2.0","id":null,"error":{"code":-32005,"message":"too many requests"}}`, http.StatusTooManyRequests)
		return
	case FaultHTML:
		page(w)
		return
	case FaultSlow:
		select {
		case <-time.After(p.Delay):
		case <-r.Context().Done():
			return
		}
	}
	p.pass(w, r, body, fault)
}

func (p *Proxy) pass(w http.ResponseWriter, r *http.Request, body []byte, fault Fault) {
	forward, err := http.NewRequestWithContext(r.Context(), r.Method, p.Target, bytes.NewReader(body))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	forward.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(forward)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer answer.Body.Close()
	out, err := io.ReadAll(answer.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	out = spoil(out, fault)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(out)))
	w.WriteHeader(answer.StatusCode)
	if fault == FaultTruncated {
		out = out[:len(out)/2]
	}
	// The client may have gone away; there is nobody left to tell.
	_, _ = w.Write(out)
}

// spoil alters an answer. What cannot be altered so is replaced by a refusal,
// so that a fault that was chosen is always felt.
func spoil(out []byte, fault Fault) []byte {
	var batch []map[string]any
	single := false
	if json.Unmarshal(out, &batch) != nil {
		var one map[string]any
		if json.Unmarshal(out, &one) != nil {
			return out
		}
		batch, single = []map[string]any{one}, true
	}
	if len(batch) == 0 {
		return out
	}
	switch fault {
	case FaultWrongID:
		for _, one := range batch {
			one["id"] = 987654321
		}
	case FaultMissing:
		if len(batch) > 1 {
			batch = append(batch[:len(batch)/2], batch[len(batch)/2+1:]...)
		} else {
			fail(batch[0], "server overloaded, retry later")
		}
	case FaultServer: // what Erigon says when it has too much to do
		fail(batch[len(batch)/2], "server overloaded, retry later")
	case FaultVague:
		fail(batch[len(batch)/2], "Server error")
	default:
		return out
	}
	var spoiled any = batch
	if single {
		spoiled = batch[0]
	}
	raw, err := json.Marshal(spoiled)
	if err != nil {
		return out
	}
	return raw
}

func fail(one map[string]any, message string) {
	delete(one, "result")
	one["error"] = map[string]any{"code": codeServer, "message": message}
}

// reset ends the connection in such a way that the peer sees a reset.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		// Without lingering, closing sends RST. Should it not be settable, the
		// connection still ends without an answer.
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

func page(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// The client may have gone away; there is nobody left to tell.
	_, _ = io.WriteString(w, "<!DOCTYPE html>\n<html><head><title>Just a moment...</title></head><body><h1>Checking your browser</h1></body></html>\n")
}

// HTMLEndpoint answers everything with a page for people and status 200.
func HTMLEndpoint(t testing.TB) (url string) {
	t.Helper()
	return Host(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { page(w) }))
}

// StatusEndpoint answers everything with one HTTP status, 401 for one.
func StatusEndpoint(t testing.TB, status int) (url string) {
	t.Helper()
	return Host(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, http.StatusText(status), status)
	}))
}

// HangingEndpoint takes requests and never answers.
func HangingEndpoint(t testing.TB) (url string) {
	t.Helper()
	ended := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-ended:
		}
	}))
	t.Cleanup(func() {
		close(ended)
		s.Close()
	})
	return s.URL
}

// DeadEndpoint is the address of a port at which nobody listens.
func DeadEndpoint(t testing.TB) (url string) {
	t.Helper()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	return s.URL
}
