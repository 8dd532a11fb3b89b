package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// priceService answers as both price services do, each in its own shapes, with
// prices of the coin around the small theft. A path in down is not answered.
type priceService struct {
	asked atomic.Int64
	mu    sync.Mutex
	paths []string
	keys  []string
	down  atomic.Bool
	llama string // price of DefiLlama; 2000.125 if empty
	// recent has CoinGecko tell prices of the last year only, as without a paid
	// key.
	recent bool
}

func (s *priceService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	s.mu.Lock()
	s.paths = append(s.paths, r.URL.Path)
	s.keys = append(s.keys, r.Header.Get("X-Cg-Demo-Api-Key"))
	s.mu.Unlock()
	price := s.llama
	if price == "" {
		price = "2000.125"
	}
	w.Header().Set("Content-Type", "application/json")
	switch {
	case s.down.Load():
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("you are blocked"))
	case strings.Contains(r.URL.Path, "/prices/historical/"):
		fmt.Fprintf(w, `{"coins":{"coingecko:ethereum":{"symbol":"ETH","price":%s,"timestamp":1700326900,"confidence":0.99}}}`, price)
	case strings.HasSuffix(r.URL.Path, "/batchHistorical"):
		fmt.Fprintf(w, `{"coins":{"coingecko:ethereum":{"symbol":"ETH","prices":[{"timestamp":1700326900,"price":%s,"confidence":0.99},{"timestamp":1700351000,"price":1.99e3,"confidence":0.99}]}}}`, price)
	case s.recent && strings.HasSuffix(r.URL.Path, "/market_chart/range"):
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write([]byte(`{"error":{"status":{"timestamp":"2026-01-01T00:00:00.000+00:00","error_code":10012,"error_message":"Your request exceeds the allowed time range."}}}`))
	case strings.HasSuffix(r.URL.Path, "/coins/ethereum/market_chart/range"):
		_, _ = w.Write([]byte(`{"prices":[[1700323400123,1940.5000000000001],[1700326800456,1941.25]],"market_caps":[],"total_volumes":[]}`))
	default:
		w.WriteHeader(http.StatusNotFound)
		_, _ = w.Write([]byte(`{"error":"coin not found"}`))
	}
}

// priceServer serves both services and returns a folder with the small write-up
// and a configuration that names them.
func priceServer(t *testing.T) (writeUp string, s *priceService) {
	t.Helper()
	s = new(priceService)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	writeUp = smallWriteUp(t)
	text := fmt.Sprintf("price_sources: [llama, coingecko]\nprice_services: {llama: %q, coingecko: %q}\n", server.URL+"/llama-key-1234", server.URL+"/api/v3")
	if err := os.WriteFile(filepath.Join(filepath.Dir(writeUp), configName), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return writeUp, s
}

func TestCaseKeepsPricePages(t *testing.T) {
	t.Parallel()
	url, _ := node(t)
	writeUp, services := priceServer(t)
	file := filepath.Join(t.TempDir(), "small.case")
	verify := []string{"verify", writeUp, "--rpc", url, "--case", file, "--format", "json"}
	first := losstracer(t, verify...)
	if first.status != smallStatus {
		t.Fatalf("exit status: got %d, want %d\n%s", first.status, smallStatus, first.stderr)
	}
	if !strings.Contains(first.stdout, `"price_usd":"2000.125"`) {
		t.Errorf("the loss is not priced by the first of the order:\n%s", first.stdout)
	}
	asked := services.asked.Load()
	if asked == 0 {
		t.Fatal("nobody was asked")
	}
	for _, row := range []struct {
		name string
		args []string
	}{
		{"the second run", verify},
		{"offline", append(slices.Clone(verify), "--offline")},
		{"without an endpoint", []string{"verify", writeUp, "--case", file, "--format", "json"}},
	} {
		again := losstracer(t, row.args...)
		if again.stderr != "" || again.status != first.status {
			t.Errorf("%s: exit status %d, want %d; said %s", row.name, again.status, first.status, again.stderr)
		}
		if diff := cmp.Diff(apart(t, first.stdout), apart(t, again.stdout)); diff != "" {
			t.Errorf("%s gives another report (-first +again):\n%s", row.name, diff)
		}
	}
	if diff := cmp.Diff(first.stdout, losstracer(t, "report", file, "--format", "json").stdout); diff != "" {
		t.Errorf("report is not the same, byte for byte (-verify +report):\n%s", diff)
	}
	checked := losstracer(t, "case", "verify", file)
	if checked.status != 0 || !strings.Contains(checked.stdout, "everything matches") {
		t.Errorf("case verify: exit status %d\n%s%s", checked.status, checked.stdout, checked.stderr)
	}
	if n := services.asked.Load(); n != asked {
		t.Errorf("services were asked %d times after the first run", n-asked)
	}
	anew := losstracer(t, append(slices.Clone(verify), "--update")...)
	if n := services.asked.Load(); n != 2*asked || anew.status != first.status {
		t.Errorf("--update: %d requests, want %d; exit status %d\n%s", n-asked, asked, anew.status, anew.stderr)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{string(content), first.stdout, first.stderr, anew.stderr} {
		if strings.Contains(out, "llama-key-1234") {
			t.Error("the key of the service's address shows")
		}
	}
}

// A service that refuses is told of, also by the case alone, and asked again in
// the next run.
func TestCaseKeepsPriceFailures(t *testing.T) {
	t.Parallel()
	url, _ := node(t)
	writeUp, services := priceServer(t)
	services.down.Store(true)
	file := filepath.Join(t.TempDir(), "small.case")
	verify := []string{"verify", writeUp, "--rpc", url, "--case", file, "--format", "json"}
	first := losstracer(t, verify...)
	if !strings.Contains(first.stdout, "HTTP 403 Forbidden: you are blocked") {
		t.Errorf("the report does not say why there are no prices:\n%s", first.stdout)
	}
	for _, args := range [][]string{append(slices.Clone(verify), "--offline"), {"report", file, "--format", "json"}} {
		again := losstracer(t, args...)
		if diff := cmp.Diff(apart(t, first.stdout), apart(t, again.stdout)); diff != "" || again.stderr != "" {
			t.Errorf("%v differs (-first +again):\n%s%s", args, diff, again.stderr)
		}
	}
	if checked := losstracer(t, "case", "verify", file); checked.status != 0 {
		t.Errorf("case verify: exit status %d\n%s%s", checked.status, checked.stdout, checked.stderr)
	}
	services.down.Store(false)
	second := losstracer(t, verify...)
	if !strings.Contains(second.stdout, `"price_usd":"2000.125"`) || strings.Contains(second.stdout, "blocked") {
		t.Errorf("the second run did not ask again:\n%s", second.stdout)
	}
	if checked := losstracer(t, "case", "verify", file); checked.status != 0 {
		t.Errorf("case verify: exit status %d\n%s%s", checked.status, checked.stdout, checked.stderr)
	}
}

// A plan that does not reach back to the theft is told of once, and costs no
// price of anybody else.
func TestPlanThatDoesNotReachBack(t *testing.T) {
	t.Parallel()
	url, _ := node(t)
	writeUp, services := priceServer(t)
	services.recent = true
	file := filepath.Join(t.TempDir(), "small.case")
	verify := []string{"verify", writeUp, "--rpc", url, "--case", file, "--format", "json"}
	first := losstracer(t, verify...)
	if first.status != smallStatus || !strings.Contains(first.stdout, `"price_usd":"2000.125"`) {
		t.Errorf("exit status %d, want %d\n%s%s", first.status, smallStatus, first.stdout, first.stderr)
	}
	told := 0
	for _, w := range decodeReport(t, first).Warnings {
		if strings.Contains(w, "further back than the service's plan reaches") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the plan is told of %d times in %v, want once", told, decodeReport(t, first).Warnings)
	}
	asked := services.asked.Load()
	again := losstracer(t, append(slices.Clone(verify), "--offline")...)
	if diff := cmp.Diff(apart(t, first.stdout), apart(t, again.stdout)); diff != "" || services.asked.Load() != asked {
		t.Errorf("offline, %d requests (-first +again):\n%s", services.asked.Load()-asked, diff)
	}
}
