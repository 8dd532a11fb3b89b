package llama_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/pricing/llama"
)

var (
	ether = pricing.Of(chain.NativeAsset(1))
	usdt  = pricing.Of(chain.Token(1, common.HexToAddress("0xdac17f958d2ee523a2206206994597c13d831ec7")))
	fake  = pricing.Of(chain.Token(1, common.HexToAddress("0x00000000000000000000000000000000000fa4e5")))
)

const noon = 1700308800 // 2023-11-18T12:00:00Z

func at(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// service answers as coins.llama.fi does: with the point nearest to each time
// asked for, on either side, within the search width, in the shapes of its two
// endpoints. Prices are JSON numbers and stay the text that they are.
type service struct {
	t      *testing.T
	points map[string][]point

	mu   sync.Mutex
	urls []string
}

type point struct {
	at                int64
	price, confidence string
}

func (s *service) nearest(coin string, t, width int64) (best point, ok bool) {
	for _, p := range s.points[strings.ToLower(coin)] {
		if gap := max(p.at-t, t-p.at); gap <= width && (!ok || gap < max(best.at-t, t-best.at)) {
			best, ok = p, true
		}
	}
	return best, ok
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.urls = append(s.urls, r.URL.Path)
	s.mu.Unlock()
	width, err := strconv.ParseInt(r.URL.Query().Get("searchWidth"), 10, 64)
	if err != nil {
		http.Error(w, `{"message":"searchWidth"}`, http.StatusBadRequest)
		return
	}
	answer := map[string]any{}
	one := func(coin string, t int64) {
		if p, ok := s.nearest(coin, t, width); ok {
			answer[coin] = map[string]any{"decimals": 18, "symbol": "SYM", "price": json.Number(p.price), "timestamp": p.at, "confidence": json.Number(p.confidence)}
		}
	}
	batch := func(coin string, times []int64) {
		var list []any
		for _, t := range times {
			if p, ok := s.nearest(coin, t, width); ok {
				list = append(list, map[string]any{"timestamp": p.at, "price": json.Number(p.price), "confidence": json.Number(p.confidence)})
			}
		}
		if list != nil {
			answer[coin] = map[string]any{"symbol": "SYM", "prices": list}
		}
	}
	switch parts := strings.Split(r.URL.Path, "/"); {
	case r.URL.Path == "/batchHistorical":
		var coins map[string][]int64
		if err := json.Unmarshal([]byte(r.URL.Query().Get("coins")), &coins); err != nil {
			s.t.Errorf("coins: %v", err)
		}
		for coin, times := range coins {
			batch(coin, times)
		}
	case strings.HasPrefix(r.URL.Path, "/prices/historical/") && len(parts) == 5:
		t, err := strconv.ParseInt(parts[3], 10, 64)
		if err != nil {
			s.t.Errorf("path %s", r.URL.Path)
		}
		for coin := range strings.SplitSeq(parts[4], ",") {
			one(coin, t)
		}
	default:
		s.t.Errorf("asked for %s", r.URL)
	}
	if err := json.NewEncoder(w).Encode(map[string]any{"coins": answer}); err != nil {
		s.t.Error(err)
	}
}

func (s *service) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.urls
}

func start(t *testing.T, points map[string][]point) (*service, string) {
	s := &service{t: t, points: points}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, server.URL
}

func source(t *testing.T, base string, o pricing.WebOptions) *llama.Source {
	t.Helper()
	o.Every, o.First, o.Tries = time.Microsecond, time.Millisecond, 2
	w, err := pricing.NewWeb(base, o)
	if err != nil {
		t.Fatal(err)
	}
	return llama.New(w, 0)
}

const tether = "ethereum:0xdac17f958d2ee523a2206206994597c13d831ec7"

func TestOneTime(t *testing.T) {
	t.Parallel()
	s, base := start(t, map[string][]point{
		"coingecko:ethereum": {{noon - 60, "1963.1234567890123456789", "0.99"}},
		tether:               {{noon - 120, "1.0002e0", "0.5"}},
	})
	asks := []pricing.Ask{{Subject: ether, At: at(noon)}, {Subject: usdt, At: at(noon), Block: 18600000}, {Subject: fake, At: at(noon)}}
	got, err := source(t, base, pricing.WebOptions{}).Quotes(t.Context(), asks)
	if err != nil {
		t.Fatal(err)
	}
	sure := func(s string) decimal.NullDecimal { return decimal.NewNullDecimal(decimal.RequireFromString(s)) }
	want := []pricing.Quote{
		{Subject: ether, Price: decimal.RequireFromString("1963.1234567890123456789"), At: at(noon - 60), Source: "DefiLlama",
			Method: "aggregated market price", Confidence: sure("0.99"), Note: "as coingecko:ethereum"},
		{Subject: usdt, Price: decimal.RequireFromString("1.0002"), At: at(noon - 120), Source: "DefiLlama", Method: "aggregated market price",
			Confidence: sure("0.5"), Note: "as " + tether, Doubt: "the service's confidence is 0.5, below 0.8"},
	}
	if diff := cmp.Diff(want, got.Quotes); diff != "" {
		t.Errorf("quotes (-want +got):\n%s", diff)
	}
	if len(got.Refusals) != 1 || got.Refusals[0].Ask.Subject != fake {
		t.Errorf("refusals %v; want the token that the service does not know", got.Refusals)
	}
	if urls := s.asked(); len(urls) != 2 || !strings.HasPrefix(urls[0], "/prices/historical/") {
		t.Errorf("asked %v; want one request for all, and one more for what it did not know", urls)
	}
}

func TestSeveralTimes(t *testing.T) {
	t.Parallel()
	s, base := start(t, map[string][]point{"coingecko:ethereum": {{noon - 60, "1", "1"}, {noon + 3540, "2", "1"}, {noon + 7140, "3", "1"}}})
	var asks []pricing.Ask
	for i := range int64(3) {
		asks = append(asks, pricing.Ask{Subject: ether, At: at(noon + 3600*i)})
	}
	book := &pricing.Book{}
	if _, err := pricing.Fill(t.Context(), book, []pricing.Source{source(t, base, pricing.WebOptions{})}, asks); err != nil {
		t.Fatal(err)
	}
	for i, a := range asks {
		if q, ok := book.At(a.Subject, a.At); !ok || q.Price.IntPart() != int64(i+1) {
			t.Errorf("hour %d: %v", i, q)
		}
	}
	if urls := s.asked(); len(urls) != 1 || urls[0] != "/batchHistorical" {
		t.Errorf("asked %v; want one batch", urls)
	}
}

// TestNeverAhead: the service's nearest price is of after the theft.
func TestNeverAhead(t *testing.T) {
	t.Parallel()
	_, base := start(t, map[string][]point{"coingecko:ethereum": {{noon - 7000, "2000", "1"}, {noon + 60, "1500", "1"}}, tether: {{noon + 60, "0.5", "1"}}})
	book := &pricing.Book{}
	asks := []pricing.Ask{{Subject: ether, At: at(noon)}, {Subject: pricing.Of(chain.Token(1, common.HexToAddress("0xdac17f958d2ee523a2206206994597c13d831ec7"))), At: at(noon)}}
	outcome, err := pricing.Fill(t.Context(), book, []pricing.Source{source(t, base, pricing.WebOptions{})}, asks)
	if err != nil {
		t.Fatal(err)
	}
	if q, ok := book.At(ether, at(noon)); !ok || q.Price.String() != "2000" {
		t.Errorf("price = %v, %v; want the one before", q.Price, ok)
	}
	if q, _ := book.At(usdt, at(noon)); q.Method != pricing.MethodPar {
		t.Errorf("USDT has only a later price, and the quote is %+v; want par", q)
	}
	if len(outcome.Refusals) != 1 {
		t.Errorf("refusals %v", outcome.Refusals)
	}
}

func TestOffline(t *testing.T) {
	t.Parallel()
	_, base := start(t, map[string][]point{"coingecko:ethereum": {{noon - 60, "1963.12", "0.99"}}})
	record := new(pricing.Pages)
	asks := []pricing.Ask{{Subject: ether, At: at(noon)}, {Subject: ether, At: at(noon + 600)}}
	online, err := source(t, base, pricing.WebOptions{Record: record}).Quotes(t.Context(), asks)
	if err != nil {
		t.Fatal(err)
	}
	offline := source(t, base, pricing.WebOptions{Record: record, Offline: true})
	again, err := offline.Quotes(t.Context(), asks)
	if diff := cmp.Diff(online, again); err != nil || diff != "" {
		t.Errorf("offline differs, error %v (-online +offline):\n%s", err, diff)
	}
	if _, err := offline.Quotes(t.Context(), []pricing.Ask{{Subject: usdt, At: at(noon)}}); !errors.Is(err, pricing.ErrNotRecorded) {
		t.Errorf("error = %v; want ErrNotRecorded", err)
	}
}

func TestManyAsksAreSplit(t *testing.T) {
	t.Parallel()
	s, base := start(t, map[string][]point{"coingecko:ethereum": {{noon, "1", "1"}}})
	var asks []pricing.Ask
	for i := range int64(130) {
		asks = append(asks, pricing.Ask{Subject: ether, At: at(noon + i)})
	}
	got, err := source(t, base, pricing.WebOptions{}).Quotes(t.Context(), asks)
	if err != nil || len(got.Refusals) != 0 {
		t.Errorf("%v, %d refusals", err, len(got.Refusals))
	}
	if n := len(s.asked()); n != 3 {
		t.Errorf("%d requests for 130 times, want 3", n)
	}
}

func TestBrokenAnswers(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, body string
		status     int
	}{
		{"not JSON", "<html>", 200},
		{"a price that is text", `{"coins":{"coingecko:ethereum":{"price":"x","timestamp":1700308700}}}`, 200},
		{"an absurd price", `{"coins":{"coingecko:ethereum":{"price":1e999,"timestamp":1700308700}}}`, 200},
		{"a negative price", `{"coins":{"coingecko:ethereum":{"price":-1,"timestamp":1700308700}}}`, 200},
		{"no time", `{"coins":{"coingecko:ethereum":{"price":1}}}`, 200},
		{"a time with a fraction", `{"coins":{"coingecko:ethereum":{"price":1,"timestamp":1700308700.5}}}`, 200},
		{"forbidden", `{"message":"key"}`, 403},
		{"gone", `{"message":"no such endpoint"}`, 404},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(row.status)
				fmt.Fprint(w, row.body)
			}))
			t.Cleanup(server.Close)
			got, err := source(t, server.URL, pricing.WebOptions{}).Quotes(t.Context(), []pricing.Ask{{Subject: ether, At: at(noon)}})
			if err == nil || len(got.Quotes) != 0 {
				t.Errorf("quotes %v, error %v; want an error", got.Quotes, err)
			}
		})
	}
}

func TestZeroIsNoPrice(t *testing.T) {
	t.Parallel()
	_, base := start(t, map[string][]point{"coingecko:ethereum": {{noon - 60, "0", "1"}}})
	got, err := source(t, base, pricing.WebOptions{}).Quotes(t.Context(), []pricing.Ask{{Subject: ether, At: at(noon)}})
	if err != nil || len(got.Quotes) != 0 || len(got.Refusals) != 1 {
		t.Errorf("%+v, %v; want a refusal: nobody trades at zero", got, err)
	}
}

// TestFarAwayTimes has the service answer with prices of other days than those
// that were asked for.
func TestFarAwayTimes(t *testing.T) {
	t.Parallel()
	for _, off := range []int64{-20 * 3600, 5 * 3600, -365 * 86400} {
		body := fmt.Sprintf(`{"coins":{"coingecko:ethereum":{"price":1,"timestamp":%d,"confidence":0.99}}}`, noon+off)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }))
		t.Cleanup(server.Close)
		got, err := source(t, server.URL, pricing.WebOptions{}).Quotes(t.Context(), []pricing.Ask{{Subject: ether, At: at(noon)}})
		if err == nil || len(got.Quotes) != 0 || len(got.Refusals) != 1 || !strings.Contains(got.Refusals[0].Why, "was not asked for") {
			t.Errorf("%d seconds away: %+v, %v; want a refusal", off, got, err)
		}
	}
}

// TestOnePartFails has the second of three requests fail: the quotes of the
// others stand. Where we are not wanted nothing more is asked.
func TestOnePartFails(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		status, quotes int
	}{{400, 70}, {500, 70}, {403, 60}} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var coins map[string][]int64
			if err := json.Unmarshal([]byte(r.URL.Query().Get("coins")), &coins); err != nil {
				// The later search, for the time before, which knows nothing.
				fmt.Fprint(w, `{"coins":{}}`)
				return
			}
			times := coins["coingecko:ethereum"]
			if times[0] == noon+60 || times[0] < noon { // the second part, and the later search
				w.WriteHeader(row.status)
				return
			}
			var prices []string
			for _, at := range times {
				prices = append(prices, fmt.Sprintf(`{"price":2000,"timestamp":%d,"confidence":0.99}`, at))
			}
			fmt.Fprintf(w, `{"coins":{"coingecko:ethereum":{"prices":[%s]}}}`, strings.Join(prices, ","))
		}))
		t.Cleanup(server.Close)
		var asks []pricing.Ask
		for i := range int64(130) {
			asks = append(asks, pricing.Ask{Subject: ether, At: at(noon + i)})
		}
		got, err := source(t, server.URL, pricing.WebOptions{Tries: 1}).Quotes(t.Context(), asks)
		if err == nil || len(got.Quotes) != row.quotes {
			t.Errorf("HTTP %d: %d quotes, %v; want %d and an error", row.status, len(got.Quotes), err, row.quotes)
		}
	}
}

// TestOneCoinOfSeveralChains: ether is one coin to the service and several subjects
// here, and each gets the price that is nearest to the time.
func TestOneCoinOfSeveralChains(t *testing.T) {
	t.Parallel()
	s, base := start(t, map[string][]point{"coingecko:ethereum": {{noon - 7200, "1900", "0.99"}, {noon - 60, "1963", "0.99"}}})
	subjects := []pricing.Subject{ether, pricing.Of(chain.NativeAsset(10)), pricing.Of(chain.NativeAsset(42161)), {Symbol: "ETH"}}
	var asks []pricing.Ask
	for _, subject := range subjects {
		asks = append(asks, pricing.Ask{Subject: subject, At: at(noon)})
	}
	book := &pricing.Book{}
	outcome, err := pricing.Fill(t.Context(), book, []pricing.Source{source(t, base, pricing.WebOptions{})}, asks)
	if err != nil || len(outcome.Unpriced)+len(outcome.Refusals)+len(outcome.Problems) > 0 {
		t.Errorf("%+v, %v", outcome, err)
	}
	for _, subject := range subjects {
		if q, _ := book.At(subject, at(noon)); q.Price.String() != "1963" || !q.At.Equal(at(noon-60)) {
			t.Errorf("%s: %s of %s; want 1963, of a minute before", subject, q.Price, q.At)
		}
	}
	if len(s.asked()) != 1 {
		t.Errorf("asked %v; want one request", s.asked())
	}
}
