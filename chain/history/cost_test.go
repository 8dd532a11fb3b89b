package history_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
)

// serve plays a chain as an endpoint that answers after a while.
func serve(t testing.TB, c *simChain, latency time.Duration) string {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var raw json.RawMessage
		if err := json.NewDecoder(r.Body).Decode(&raw); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		type request struct {
			ID     json.RawMessage `json:"id"`
			Method string          `json:"method"`
			Params []any           `json:"params"`
		}
		var batch []request
		single := raw[0] != '['
		if single {
			batch = make([]request, 1)
		}
		var err error
		if single {
			err = json.Unmarshal(raw, &batch[0])
		} else {
			err = json.Unmarshal(raw, &batch)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		calls := make([]ethrpc.Call, len(batch))
		for i, b := range batch {
			calls[i] = ethrpc.Call{Method: b.Method, Params: b.Params}
		}
		time.Sleep(latency)
		answers, err := c.Do(r.Context(), calls)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		out := make([]map[string]any, len(batch))
		for i, a := range answers {
			out[i] = map[string]any{"jsonrpc": "2.0", "id": batch[i].ID, "result": a.Result}
			if a.Err != nil {
				out[i] = map[string]any{"jsonrpc": "2.0", "id": batch[i].ID, "error": map[string]any{"code": -32601, "message": a.Err.Error()}}
			}
		}
		w.Header().Set("Content-Type", "application/json")
		if single {
			err = json.NewEncoder(w).Encode(out[0])
		} else {
			err = json.NewEncoder(w).Encode(out)
		}
		if err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func busyAccounts(n int) (who []common.Address) {
	for i := range n {
		who = append(who, crypto.PubkeyToAddress(key(i).PublicKey))
	}
	return who
}

func newBusyChain(n int) *simChain {
	const blocks, active = 1_000_000, 200
	genesis := map[common.Address]simAccount{}
	who := busyAccounts(n)
	for _, a := range who {
		genesis[a] = simAccount{balance: math.MaxInt32, nonce: 1}
	}
	c := newSimChain(simID, genesis)
	random := rand.New(rand.NewPCG(7, 11))
	at := map[uint64]common.Address{}
	for i := range n {
		for k := 0; k < active; {
			b := 1 + random.Uint64N(blocks)
			if _, taken := at[b]; !taken {
				at[b] = who[i]
				k++
			}
		}
	}
	for b := uint64(1); b <= blocks; b++ {
		var block simBlock
		if a, ok := at[b]; ok {
			block.txs = []simTx{{from: a, to: common.HexToAddress("0xfee1"), value: 1 + int64(b%1000), fee: 21}}
		}
		c.apply(block)
	}
	return c
}

// pulled is what a history cost.
type pulled struct {
	http, calls int
	rounds      int // of questions about state
	transfers   int
	took        time.Duration
}

// rounds counts how often state is asked for, however many accounts share the
// question.
type rounds struct {
	*ethrpc.Client
	state int
}

func (r *rounds) Do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	if calls[0].Method == "eth_getBalance" {
		r.state++
	}
	return r.Client.Do(ctx, calls)
}

func pullAll(t testing.TB, accounts int, latency time.Duration) pulled {
	t.Helper()
	c, who := busyChain(accounts)
	client := &rounds{}
	var err error
	client.Client, err = ethrpc.New(serve(t, c, latency), ethrpc.Options{MaxBatch: 100})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	s := history.New(client, history.Options{})
	if _, err := s.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	before, begun := client.Requests(), time.Now()
	h, err := s.History(t.Context(), chain.Query{Addresses: who, Window: chain.Window{From: 1, To: 1_000_000}})
	if err != nil {
		t.Fatal(err)
	}
	for _, cov := range h.Coverage {
		if !cov.Complete {
			t.Errorf("%s %s: %s", cov.Address, cov.Scope, cov.Note)
		}
	}
	if want := accounts * 200 * 2; len(h.Transfers) != want { // a value and a fee each
		t.Errorf("%d transfers, want %d", len(h.Transfers), want)
	}
	after := client.Requests()
	logs := c.calls["eth_getLogs"]
	return pulled{
		http: int(after.HTTP-before.HTTP) - logs, calls: int(after.RPC-before.RPC) - logs,
		rounds: client.state, transfers: len(h.Transfers), took: time.Since(begun),
	}
}

// bits is log2 of the number of ways to choose the active blocks: what the
// answers have to tell at least.
func bits(blocks, active float64) float64 {
	lg := func(x float64) float64 { v, _ := math.Lgamma(x + 1); return v }
	return (lg(blocks) - lg(active) - lg(blocks-active)) / math.Ln2
}

// An account with 200 active blocks in a million is found by state alone, in
// hardly more questions than there is information.
func TestCostOfBisection(t *testing.T) {
	t.Parallel()
	one, ten := pullAll(t, 1, 0), pullAll(t, 10, 0)
	t.Logf("one: %+v, ten: %+v, information %.0f bits", one, ten, bits(1e6, 200))
	if one.http > 45 {
		t.Errorf("%d HTTP requests for one account, want at most 45", one.http)
	}
	if limit := 1.3 * bits(1e6, 200); float64(one.calls) > limit {
		t.Errorf("%d calls for one account, want at most %.0f", one.calls, limit)
	}
	if ten.rounds > one.rounds {
		t.Errorf("%d rounds for ten accounts, %d for one", ten.rounds, one.rounds)
	}
	if ten.http > 8*one.http {
		t.Errorf("%d HTTP requests for ten accounts, want at most %d", ten.http, 8*one.http)
	}
}

// What finds out whether an endpoint tells of the blocks asked about is foretold
// as well, also where it is most of what a history costs.
func TestForecastOfAShortWindow(t *testing.T) {
	t.Parallel()
	for _, accounts := range []int{1, 12} {
		who, genesis := busyAccounts(accounts), map[common.Address]simAccount{}
		for _, a := range who {
			genesis[a] = simAccount{balance: math.MaxInt32, nonce: 1}
		}
		c := newSimChain(simID, genesis)
		for b := range 102 {
			var block simBlock
			if b == 0 || b == 99 { // the ends of the window
				block.txs = []simTx{{from: who[0], to: common.HexToAddress("0xfee1"), value: 7, fee: 21}}
			}
			c.apply(block)
		}
		client, err := ethrpc.New(serve(t, c, 0), ethrpc.Options{MaxBatch: 100})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		s, w := history.New(client, history.Options{}), chain.Window{From: 1, To: 100}
		f, err := s.Forecast(t.Context(), who, w)
		if err != nil {
			t.Fatal(err)
		}
		before := client.Requests()
		if _, err := s.History(t.Context(), chain.Query{Addresses: who, Window: w}); err != nil {
			t.Fatal(err)
		}
		after := client.Requests()
		requests, calls := after.HTTP-before.HTTP, after.RPC-before.RPC
		t.Logf("%d accounts: foretold %d requests, %d calls; took %d and %d", accounts, f.Requests, f.Calls, requests, calls)
		if f.Requests < requests || f.Calls < calls {
			t.Errorf("%d accounts: foretold %d requests, %d calls; took %d and %d", accounts, f.Requests, f.Calls, requests, calls)
		}
	}
}

// A forecast is close to what the history then costs: neither the plan of a run
// nor the bill for it should surprise anybody.
func TestForecast(t *testing.T) {
	t.Parallel()
	for _, accounts := range []int{1, 10} {
		c, who := busyChain(accounts)
		client, err := ethrpc.New(serve(t, c, 0), ethrpc.Options{MaxBatch: 100})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		s, w := history.New(client, history.Options{}), chain.Window{From: 1, To: 1_000_000}
		f, err := s.Forecast(t.Context(), who, w)
		if err != nil {
			t.Fatal(err)
		}
		if f.Sent != uint64(200*accounts) || f.Moved != accounts || f.Contracts != 0 || f.Stateless {
			t.Errorf("forecast: %+v", f)
		}
		before := client.Requests()
		if _, err := s.History(t.Context(), chain.Query{Addresses: who, Window: w}); err != nil {
			t.Fatal(err)
		}
		after := client.Requests()
		near := func(what string, said, was int) {
			if math.Abs(float64(said-was)) > 0.25*float64(was) {
				t.Errorf("%d accounts: %d %s were foretold, and it took %d", accounts, said, what, was)
			}
			t.Logf("%d accounts: %d %s were foretold, and it took %d", accounts, said, what, was)
		}
		near("requests", f.Requests, after.HTTP-before.HTTP)
		near("calls", f.Calls, after.RPC-before.RPC)
	}
}

func BenchmarkBisection(b *testing.B) {
	for _, accounts := range []int{1, 10} {
		b.Run(fmt.Sprintf("accounts=%d", accounts), func(b *testing.B) {
			var p pulled
			for b.Loop() {
				p = pullAll(b, accounts, 50*time.Millisecond)
			}
			b.ReportMetric(float64(p.http), "http/op")
			b.ReportMetric(float64(p.calls), "calls/op")
			b.ReportMetric(p.took.Seconds(), "s/pull")
			b.ReportMetric(bits(1e6, 200)*float64(accounts), "bits")
		})
	}
}
