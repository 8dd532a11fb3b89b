package coingecko_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/pricing/coingecko"
)

const noon = 1700308800 // 2023-11-18T12:00:00Z

var (
	ether = pricing.Of(chain.NativeAsset(1))
	usdt  = pricing.Of(chain.Token(56, common.HexToAddress("0x55d398326f99059ff775485246999027b3197955")))
)

func at(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// service answers with charts by path, as the real one does, and with its 404
// for contracts that it does not list.
type service struct {
	charts map[string]string
	mu     sync.Mutex
	asked  []string
	keys   []string
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked = append(s.asked, r.URL.String())
	s.keys = append(s.keys, r.Header.Get("X-Cg-Demo-Api-Key"))
	s.mu.Unlock()
	body, ok := s.charts[r.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		body = `{"error":"coin not found"}`
	}
	fmt.Fprint(w, body)
}

func start(t *testing.T, charts map[string]string, o pricing.WebOptions) (*service, *coingecko.Source, *pricing.Web) {
	t.Helper()
	s := &service{charts: charts}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	o.Every, o.First, o.Tries = time.Microsecond, time.Millisecond, 2
	w, err := pricing.NewWeb(server.URL+"/api/v3", o)
	if err != nil {
		t.Fatal(err)
	}
	return s, coingecko.New(w), w
}

func chart(prices string) string {
	return `{"prices":[` + prices + `],"market_caps":[[1700265600000,235000000000.1]],"total_volumes":[[1700265600000,9.1e9]]}`
}

func TestPrices(t *testing.T) {
	t.Parallel()
	s, source, _ := start(t, map[string]string{
		"/api/v3/coins/ethereum/market_chart/range":                                                                chart(`[1700265600000,1961.2345678901234567],[1700305200123,1963.12],[1700312400000,1900]`),
		"/api/v3/coins/binance-smart-chain/contract/0x55d398326f99059ff775485246999027b3197955/market_chart/range": chart(`[1700265600000,1.0004e0],[1700269200000,null]`),
	}, pricing.WebOptions{Header: coingecko.KeyHeader("demo-key-of-mine", false)})
	book := &pricing.Book{}
	asks := []pricing.Ask{{Subject: ether, At: at(noon)}, {Subject: usdt, At: at(noon)}, {Subject: ether, At: at(noon + 86400)}}
	outcome, err := pricing.Fill(t.Context(), book, []pricing.Source{source}, asks)
	if err != nil || len(outcome.Problems)+len(outcome.Unpriced) != 0 {
		t.Fatalf("%+v, %v", outcome, err)
	}
	want := pricing.Quote{Subject: ether, Price: decimal.RequireFromString("1963.12"), At: time.UnixMilli(1700305200123).UTC(),
		Source: "CoinGecko", Method: "aggregated market price", Rank: 1}
	got, _ := book.At(ether, at(noon))
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("ether at noon (-want +got):\n%s", diff)
	}
	if q, _ := book.At(usdt, at(noon)); q.Price.String() != "1.0004" {
		t.Errorf("USDT = %v", q.Price)
	}
	if first := book.Between(ether, at(0), at(noon))[0]; first.Price.String() != "1961.2345678901234567" {
		t.Errorf("a digit of %s was lost: prices are text", first.Price)
	}
	if len(s.asked) != 2 {
		t.Errorf("asked %v; want one request for each asset", s.asked)
	}
	for i, url := range s.asked {
		if strings.Contains(url, "demo-key") || s.keys[i] != "demo-key-of-mine" || !strings.Contains(url, "vs_currency=usd") {
			t.Errorf("%s with key %q", url, s.keys[i])
		}
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	_, source, _ := start(t, map[string]string{"/api/v3/coins/ethereum/market_chart/range": chart(`[1700312400000,1900]`)}, pricing.WebOptions{})
	for _, row := range []struct {
		name string
		ask  pricing.Ask
		says string
	}{
		{"an unlisted contract", pricing.Ask{Subject: usdt, At: at(noon)}, "does not list"},
		{"only a later price", pricing.Ask{Subject: ether, At: at(noon)}, "no price within"},
		{"an unknown chain", pricing.Ask{Subject: pricing.Of(chain.Token(999999, common.HexToAddress("0x1"))), At: at(noon)}, "not known here"},
		{"a symbol that is nobody's", pricing.Ask{Subject: pricing.Subject{Symbol: "SCAM"}, At: at(noon)}, "not known here"},
		{"a collectible", pricing.Ask{Subject: pricing.Of(chain.Item(1, chain.ERC721, common.HexToAddress("0x1"), "7")), At: at(noon)}, "not known here"},
	} {
		got, err := source.Quotes(t.Context(), []pricing.Ask{row.ask})
		if err != nil || len(got.Refusals) != 1 || !strings.Contains(got.Refusals[0].Why, row.says) {
			t.Errorf("%s: %+v, %v; want %q", row.name, got, err, row.says)
		}
	}
}

func TestOfflineKeepsWhatIsNotListed(t *testing.T) {
	t.Parallel()
	record := new(pricing.Pages)
	s, source, w := start(t, nil, pricing.WebOptions{Record: record})
	ask := []pricing.Ask{{Subject: usdt, At: at(noon)}}
	online, err := source.Quotes(t.Context(), ask)
	if err != nil {
		t.Fatal(err)
	}
	replay, err := pricing.NewWeb(w.Host(), pricing.WebOptions{Record: record, Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	offline, err := coingecko.New(replay).Quotes(t.Context(), ask)
	if diff := cmp.Diff(online, offline); err != nil || diff != "" || len(s.asked) != 1 {
		t.Errorf("offline differs, %v, %d requests (-online +offline):\n%s", err, len(s.asked), diff)
	}
	if _, err := coingecko.New(replay).Quotes(t.Context(), []pricing.Ask{{Subject: ether, At: at(noon)}}); !errors.Is(err, pricing.ErrNotRecorded) {
		t.Errorf("error = %v; want ErrNotRecorded", err)
	}
}

func TestBrokenAnswers(t *testing.T) {
	t.Parallel()
	for _, prices := range []string{`[1700265600000]`, `["x",1]`, `[1700265600000,"x"]`, `[1700265600000,-1]`, `[1700265600000,1e99]`, `[-5,1]`, `7`} {
		_, source, _ := start(t, map[string]string{"/api/v3/coins/ethereum/market_chart/range": chart(prices)}, pricing.WebOptions{})
		if got, err := source.Quotes(t.Context(), []pricing.Ask{{Subject: ether, At: at(noon)}}); err == nil {
			t.Errorf("%s: %+v; want an error", prices, got)
		}
	}
}

func TestKeyHeader(t *testing.T) {
	t.Parallel()
	if h := coingecko.KeyHeader("k", true); h.Get("x-cg-pro-api-key") != "k" {
		t.Errorf("paid: %v", h)
	}
	if h := coingecko.KeyHeader("", false); len(h) != 0 {
		t.Errorf("no key: %v", h)
	}
}

// TestOneCoinOfSeveralChains: ether is one coin to the service and several subjects
// here, whose asks may lie in any order of time. One request serves those that lie
// close together.
func TestOneCoinOfSeveralChains(t *testing.T) {
	t.Parallel()
	s, source, _ := start(t, map[string]string{
		"/api/v3/coins/ethereum/market_chart/range": chart(`[1700265600000,1961],[1700305200000,1963],[1700391600000,1970]`),
	}, pricing.WebOptions{})
	optimism, arbitrum, symbol := pricing.Of(chain.NativeAsset(10)), pricing.Of(chain.NativeAsset(42161)), pricing.Subject{Symbol: "ETH"}
	asks := []pricing.Ask{{Subject: ether, At: at(noon + 86400)}, {Subject: optimism, At: at(noon)}, {Subject: arbitrum, At: at(noon)}, {Subject: symbol, At: at(noon)}}
	book := &pricing.Book{}
	outcome, err := pricing.Fill(t.Context(), book, []pricing.Source{source}, asks)
	if err != nil || len(outcome.Unpriced)+len(outcome.Refusals)+len(outcome.Problems) > 0 {
		t.Errorf("%+v, %v", outcome, err)
	}
	for i, want := range []string{"1970", "1963", "1963", "1963"} {
		if q, ok := book.At(asks[i].Subject, asks[i].At); !ok || q.Price.String() != want {
			t.Errorf("%s: %s, %v; want %s", asks[i], q.Price, ok, want)
		}
	}
	if len(s.asked) != 1 || !strings.Contains(s.asked[0], "from=1700215200") || !strings.Contains(s.asked[0], "to=1700395200") {
		t.Errorf("asked %v; want one request from before the first to the last", s.asked)
	}
}
