package coingecko_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/pricing/coingecko"
)

// Bodies as the service sends them.
const (
	tooFarBack = `{"error":{"status":{"timestamp":"2026-01-01T00:00:00.000+00:00","error_code":10012,"error_message":"Your request exceeds the allowed time range. Public API users are limited to querying historical data within the past 365 days. Upgrade to a paid plan to enjoy full historical data access: https://www.coingecko.com/en/api/pricing. "}}}`
	noKey      = `{"status":{"timestamp":"2026-01-01T00:00:00.000+00:00","error_code":10002,"error_message":"API Key Missing"}}`
	wrongKey   = `{"status":{"error_code": 10011,"error_message":"If you are using Demo API key, please change your root URL"}}`
	notInPlan  = `{"status":{"error_code":10005,"error_message":"This request is limited to PRO API subscribers."}}`
	tooOften   = `{"status":{"error_code":429,"error_message":"You've exceeded the Rate Limit."}}`
)

// refusing answers charts that begin before a time with a status and a body,
// and counts.
type refusing struct {
	before       int64
	status       int
	body, header string
	asked        atomic.Int64
}

func (s *refusing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	var from int64
	fmt.Sscan(r.URL.Query().Get("from"), &from)
	if from < s.before {
		if s.header != "" {
			w.Header().Set("Retry-After", s.header)
		}
		w.WriteHeader(s.status)
		fmt.Fprint(w, s.body)
		return
	}
	fmt.Fprintf(w, `{"prices":[[%d000,2000]]}`, from+3600)
}

func (s *refusing) open(t *testing.T, o pricing.WebOptions) (*coingecko.Source, *pricing.Web) {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	o.Every, o.First, o.Tries = time.Microsecond, time.Millisecond, 2
	w, err := pricing.NewWeb(server.URL, o)
	if err != nil {
		t.Fatal(err)
	}
	return coingecko.New(w), w
}

func days(n int64) time.Time { return at(noon + n*86400) }

// asksOverYears asks for three assets at two old times and one young one each.
func asksOverYears() []pricing.Ask {
	var asks []pricing.Ask
	for i := range int64(3) {
		subject := pricing.Of(chain.Token(1, common.Address{byte(i + 1)}))
		for _, day := range []int64{0, 100, 700} {
			asks = append(asks, pricing.Ask{Subject: subject, At: days(day)})
		}
	}
	return asks
}

func TestOneRefusalLosesNoOtherQuotes(t *testing.T) {
	t.Parallel()
	young := noon + 600*86400
	for _, row := range []struct {
		name, body string
		status     int
		is         error
		quotes     int
		asked      int64
		says       string
	}{
		{"beyond the plan: the same is not asked for other times as old", tooFarBack, 401, coingecko.ErrPlanReach, 3, 5, "365 days"},
		{"not in the plan: nothing else is asked", notInPlan, 401, coingecko.ErrPlan, 0, 1, "plan does not include"},
		{"no key", noKey, 401, coingecko.ErrKey, 0, 1, "COINGECKO_DEMO_API_KEY"},
		{"a key of the other kind", wrongKey, 400, coingecko.ErrKey, 0, 1, "does not take the key"},
		{"too often, tried again once", tooOften, 429, coingecko.ErrPace, 0, 2, "more often than it bears"},
		{"unauthorized without a code", `no`, 401, nil, 0, 1, "401"},
		{"a bad request says nothing of the next", `{"error":"bad"}`, 400, nil, 3, 9, "400"},
		{"a server that fails twice in a row is down", `oops`, 503, nil, 0, 4, "503"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := &refusing{before: int64(young), status: row.status, body: row.body}
			source, _ := s.open(t, pricing.WebOptions{})
			got, err := source.Quotes(t.Context(), asksOverYears())
			if err == nil || row.is != nil && !errors.Is(err, row.is) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("error %v; want %v with %q", err, row.is, row.says)
			}
			if len(got.Quotes) != row.quotes || s.asked.Load() != row.asked {
				t.Errorf("%d quotes with %d requests; want %d with %d", len(got.Quotes), s.asked.Load(), row.quotes, row.asked)
			}
			if len(got.Refusals) != 9-row.quotes {
				t.Errorf("%d refusals of 9 asks with %d quotes", len(got.Refusals), row.quotes)
			}
		})
	}
}

// TestRefusalsReplay holds that a recorded run says offline what it said online.
func TestRefusalsReplay(t *testing.T) {
	t.Parallel()
	for _, body := range []string{tooFarBack, notInPlan} {
		record := new(pricing.Pages)
		s := &refusing{before: noon + 600*86400, status: 401, body: body}
		source, w := s.open(t, pricing.WebOptions{Record: record})
		online, problem := source.Quotes(t.Context(), asksOverYears())
		replay, err := pricing.NewWeb(w.Host(), pricing.WebOptions{Record: record, Offline: true})
		if err != nil {
			t.Fatal(err)
		}
		offline, again := coingecko.New(replay).Quotes(t.Context(), asksOverYears())
		if fmt.Sprint(online) != fmt.Sprint(offline) || problem == nil || again == nil || problem.Error() != again.Error() {
			t.Errorf("online %v, %v\noffline %v, %v", online, problem, offline, again)
		}
	}
}

// TestRetryAfter has the service ask for more patience than there is.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for _, header := range []string{"86400", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)} {
		s := &refusing{before: noon * 2, status: 429, body: tooOften, header: header}
		source, _ := s.open(t, pricing.WebOptions{})
		_, err := source.Quotes(t.Context(), asksOverYears())
		if s.asked.Load() != 1 || !errors.Is(err, coingecko.ErrPace) || !strings.Contains(err.Error(), "wants to be asked again in") {
			t.Errorf("Retry-After %s: %d requests, %v; want one, and the wait told", header, s.asked.Load(), err)
		}
	}
}
