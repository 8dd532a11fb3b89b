package ethrpc

import (
	"bytes"
	"context"
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

	"github.com/ethereum/go-ethereum/rpc"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("go.opencensus.io/stats/view.(*worker).start"))
}

// echo is a service of go-ethereum's own server, so that what is tested is
// real JSON-RPC.
type echo struct{}

func (echo) Double(n int) int { return 2 * n }

func (echo) Refuse(n int) (int, error) { return 0, fmt.Errorf("refused %d", n) }

func gethServer(t *testing.T, wrap func(http.Handler) http.Handler) *httptest.Server {
	t.Helper()
	s := rpc.NewServer()
	if err := s.RegisterName("test", echo{}); err != nil {
		t.Fatal(err)
	}
	var h http.Handler = s
	if wrap != nil {
		h = wrap(h)
	}
	web := httptest.NewServer(h)
	t.Cleanup(func() { web.Close(); s.Stop() })
	return web
}

func handlerServer(t *testing.T, f http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s
}

// naps is a clock that sleeping moves.
type naps struct {
	now   atomic.Int64
	slept atomic.Int64
}

func (n *naps) Now() time.Time { return time.Unix(1700000000, n.now.Load()) }

func (n *naps) Sleep(ctx context.Context, d time.Duration) error {
	n.now.Add(int64(d))
	n.slept.Add(int64(d))
	return ctx.Err()
}

func client(t *testing.T, url string, o Options) *Client {
	t.Helper()
	if o.Now == nil {
		n := &naps{}
		o.Now, o.Sleep = n.Now, n.Sleep
	}
	c, err := New(url, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func doubles(n int) []Call {
	calls := make([]Call, n)
	for i := range calls {
		calls[i] = Call{"test_double", []any{i}}
	}
	return calls
}

func wantDoubles(t *testing.T, answers []Answer) {
	t.Helper()
	for i, a := range answers {
		if a.Err != nil || string(a.Result) != fmt.Sprint(2*i) {
			t.Fatalf("answer %d: got %s, %v; want %d", i, a.Result, a.Err, 2*i)
		}
	}
}

func TestDoAnswersInOrder(t *testing.T) {
	t.Parallel()
	s := gethServer(t, nil)
	c := client(t, s.URL, Options{MaxBatch: 7})
	calls := doubles(100)
	calls[40] = Call{"test_refuse", []any{40}}
	calls[41] = Call{"test_absent", nil}
	answers, err := c.Do(t.Context(), calls)
	if err != nil {
		t.Fatal(err)
	}
	var refusal *RPCError
	if !errors.As(answers[40].Err, &refusal) || refusal.Message != "refused 40" || refusal.Method != "test_refuse" {
		t.Errorf("refused call: %v", answers[40].Err)
	}
	if class, _ := Classify(answers[41].Err); class != Capability {
		t.Errorf("absent method: class %s, %v", class, answers[41].Err)
	}
	wantDoubles(t, answers[:40])
	if got := c.Requests(); got.HTTP < 15 || got.HTTP > 18 || got.RPC != 103 { // what was refused without a reason is asked for three times more
		t.Errorf("requests: %+v, want 15 to 18 for 103 calls", got)
	}
	var n int
	if err := c.One(t.Context(), &n, "test_double", 21); err != nil || n != 42 {
		t.Errorf("One: %d, %v", n, err)
	}
}

func TestNoParamsAreAnEmptyArray(t *testing.T) {
	t.Parallel()
	s := handlerServer(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !strings.Contains(string(body), `"params":[]`) {
			t.Errorf("sent %s", body)
		}
		io.WriteString(w, `{"jsonrpc":"2.0","id":1,"result":"0x1"}`)
	})
	if err := client(t, s.URL, Options{}).One(t.Context(), nil, "eth_chainId"); err != nil {
		t.Error(err)
	}
}

func TestKeysAreMasked(t *testing.T) {
	t.Parallel()
	key := "s3cr3tk3y0123456789"
	s := handlerServer(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"invalid api key %s","data":"%s"}}`, key, key)
	})
	host := strings.TrimPrefix(s.URL, "http://")
	dead := httptest.NewServer(nil)
	dead.Close()
	deadHost := strings.TrimPrefix(dead.URL, "http://")
	for name, url := range map[string]string{
		"path":             "http://" + host + "/v3/" + key,
		"query":            "http://" + host + "/?apikey=" + key,
		"password":         "http://user:" + key + "@" + host,
		"user":             "http://" + key + "@" + host,
		"unreachable":      "http://" + key + ":" + key + "@" + deadHost + "/" + key + "?k=" + key,
		"not a URL":        "http://" + host + "/\x7f" + key,
		"unusable scheme":  "ws://" + host + "/" + key,
		"impossible port":  "http://127.0.0.1:99999/" + key,
		"no scheme at all": host + "/" + key,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := &naps{}
			var log bytes.Buffer
			c, err := New(url, Options{Now: n.Now, Sleep: n.Sleep})
			if err == nil {
				defer c.Close()
				if strings.Contains(c.Host(), key) {
					t.Errorf("host %q holds the key", c.Host())
				}
				err = c.One(t.Context(), nil, "eth_chainId")
			}
			var refusal *RPCError
			if errors.As(err, &refusal) {
				log.Write(refusal.Data)
			}
			if err == nil || strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, errors.Unwrap(err))+log.String(), key) {
				t.Errorf("error %v %s holds the key, or there is none", err, log.String())
			}
		})
	}
}

func TestTranscriptIsStable(t *testing.T) {
	t.Parallel()
	s := gethServer(t, nil)
	rec := &Transcript{}
	c := client(t, s.URL, Options{Recorder: rec, MaxBatch: 3})
	if _, err := c.Do(t.Context(), append(doubles(10), Call{"test_refuse", []any{1}})); err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	if _, err := rec.WriteTo(&first); err != nil {
		t.Fatal(err)
	}
	again, err := ReadTranscript(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.WriteTo(&second); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first.String(), second.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	offline := client(t, s.URL, Options{Recorder: again, Offline: true})
	answers, err := offline.Do(t.Context(), append(doubles(10), Call{"test_refuse", []any{1}}, Call{"test_double", []any{77}}))
	if err != nil {
		t.Fatal(err)
	}
	wantDoubles(t, answers[:10])
	var refusal *RPCError
	if !errors.As(answers[10].Err, &refusal) || refusal.Message != "refused 1" {
		t.Errorf("recorded refusal: %v", answers[10].Err)
	}
	if !errors.Is(answers[11].Err, ErrNotRecorded) {
		t.Errorf("unknown call: %v", answers[11].Err)
	}
	if n := offline.Requests().HTTP; n != 0 {
		t.Errorf("%d requests offline", n)
	}
}

func TestPinned(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		call Call
		want bool
	}{
		{"balance at a block", Call{"eth_getBalance", []any{"0x1", "0x10"}}, true},
		{"balance at the head", Call{"eth_getBalance", []any{"0x1", "latest"}}, false},
		{"balance at no block", Call{"eth_getBalance", []any{"0x1"}}, false},
		{"balance by hash", Call{"eth_getBalance", []any{"0x1", map[string]any{"blockHash": "0x2"}}}, true},
		{"first block", Call{"eth_getBlockByNumber", []any{"earliest", false}}, true},
		{"finalized block", Call{"eth_getBlockByNumber", []any{"finalized", false}}, false},
		{"logs of a range", Call{"eth_getLogs", []any{map[string]any{"fromBlock": "0x1", "toBlock": "0x2"}}}, true},
		{"logs up to the head", Call{"eth_getLogs", []any{map[string]any{"fromBlock": "0x1", "toBlock": "Latest"}}}, false},
		{"logs without an end", Call{"eth_getLogs", []any{map[string]any{"fromBlock": "0x1"}}}, false},
		{"logs of a block", Call{"eth_getLogs", []any{map[string]any{"blockHash": "0x1"}}}, true},
		{"head", Call{"eth_blockNumber", nil}, false},
		{"chain", Call{"eth_chainId", nil}, false},
		{"client", Call{"web3_clientVersion", nil}, false},
		{"later pages of a search", Call{"ots_searchTransactionsAfter", []any{"0x1", 5, 25}}, false},
		{"receipt", Call{"eth_getTransactionReceipt", []any{"0x1"}}, true},
	} {
		if got := Pinned(test.call); got != test.want {
			t.Errorf("%s: pinned %v, want %v", test.name, got, test.want)
		}
	}
}

func TestPinnedCallsAreAskedOnce(t *testing.T) {
	t.Parallel()
	s := handlerServer(t, func(w http.ResponseWriter, r *http.Request) {
		var req struct{ Method string }
		json.NewDecoder(r.Body).Decode(&req)
		if req.Method == "eth_getTransactionReceipt" {
			io.WriteString(w, `{"jsonrpc":"2.0","id":1,"result":null}`)
			return
		}
		io.WriteString(w, `{"jsonrpc":"2.0","id":1,"result":"0x1"}`)
	})
	rec := &Transcript{}
	for _, test := range []struct {
		call Call
		want int
	}{
		{Call{"eth_getBalance", []any{"0x1", "0x10"}}, 1},
		{Call{"eth_blockNumber", nil}, 2},
		{Call{"eth_getTransactionReceipt", []any{"0x1"}}, 2}, // not there yet may come
	} {
		c := client(t, s.URL, Options{Recorder: rec})
		for range 2 {
			if err := c.One(t.Context(), nil, test.call.Method, test.call.Params...); err != nil {
				t.Fatal(err)
			}
		}
		if got := c.Requests().HTTP; got != test.want {
			t.Errorf("%s: %d requests, want %d", test.call.Method, got, test.want)
		}
	}
}
