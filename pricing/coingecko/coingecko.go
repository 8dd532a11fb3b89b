package coingecko

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"losstracer/chain"
	"losstracer/pricing"
)

// Where the service is, without and with a paid key.
const (
	BaseURL    = "https://api.coingecko.com/api/v3"
	ProBaseURL = "https://pro-api.coingecko.com/api/v3"
)

// Pace is the time between requests that the service bears without a paid key.
const Pace = 2200 * time.Millisecond

// KeyHeader returns the header that carries a key, of a paid plan or not.
func KeyHeader(key string, paid bool) http.Header {
	h := http.Header{}
	switch {
	case key == "":
	case paid:
		h.Set("X-Cg-Pro-Api-Key", key)
	default:
		h.Set("X-Cg-Demo-Api-Key", key)
	}
	return h
}

// reach is how far before the ask a price may lie: the last one of a day and
// what the service may be late by.
const reach = 26 * time.Hour

// widest is how much time one request covers. Up to 90 days the service's
// prices are hourly.
const widest = 30 * 24 * time.Hour

// Source asks one service. It is safe for use by several goroutines if its
// Web's record is.
type Source struct{ web *pricing.Web }

// New returns a source that asks through web.
func New(web *pricing.Web) *Source { return &Source{web} }

// Name implements [pricing.Source].
func (s *Source) Name() string { return "coingecko" }

// platforms are the service's names of chains, as in
// DefiLlama/defillama-server, common/chainToCoingeckoId.ts.
var platforms = map[uint64]string{
	1: "ethereum", 10: "optimistic-ethereum", 25: "cronos", 56: "binance-smart-chain", 66: "okex-chain", 100: "xdai", 122: "fuse",
	128: "huobi-token", 137: "polygon-pos", 146: "sonic", 169: "manta-pacific", 196: "x-layer", 250: "fantom", 324: "zksync",
	369: "pulsechain", 480: "world-chain", 1088: "metis-andromeda", 1101: "polygon-zkevm", 1284: "moonbeam", 1285: "moonriver",
	1329: "sei-network", 2222: "kava", 5000: "mantle", 8217: "klay-token", 8453: "base", 34443: "mode", 42161: "arbitrum-one",
	42170: "arbitrum-nova", 42220: "celo", 43114: "avalanche", 59144: "linea", 80094: "berachain", 81457: "blast", 534352: "scroll",
	7777777: "zora-network", 1313161554: "aurora", 1666600000: "harmony-shard-0",
}

// chartOf returns the path of a subject's prices.
func chartOf(a pricing.Ask) (string, bool) {
	if id, ok := pricing.CoinID(a.Subject, a.At); ok {
		return "/coins/" + id + "/market_chart/range", true
	}
	platform, ok := platforms[a.Subject.Asset.ChainID()]
	if !ok || a.Subject.Symbol != "" || a.Subject.Asset.Kind() != chain.ERC20 {
		return "", false
	}
	return "/coins/" + platform + "/contract/" + chain.Hex(a.Subject.Asset.Contract()) + "/market_chart/range", true
}

// stretch is a stretch of time of one chart, and the asks that it serves.
type stretch struct {
	chart    string
	from, to time.Time
	asks     []pricing.Ask
}

// Quotes implements [pricing.Source]. What the service refuses for one stretch
// of time is said of it, and the others are asked for all the same.
func (s *Source) Quotes(ctx context.Context, asks []pricing.Ask) (pricing.Answer, error) {
	var answer pricing.Answer
	var failures pricing.Failures
	var beyond time.Time // up to which the plan does not reach, as far as was seen
	for _, st := range stretches(asks, &answer) {
		var quotes []pricing.Quote
		var why string
		switch {
		case failures.Stop():
			why = "not asked any more: " + failures.Err().Error()
		case !beyond.IsZero() && !st.from.After(beyond):
			why = ErrPlanReach.Error()
		default:
			var err error
			quotes, why, err = s.fetch(ctx, st)
			if ctx.Err() != nil {
				return answer, ctx.Err()
			}
			if errors.Is(err, ErrPlanReach) {
				beyond = st.from
			}
			if failures.Add(err); err != nil {
				why = err.Error()
			}
		}
		answer.Quotes = append(answer.Quotes, quotes...)
		for _, a := range st.asks {
			near := func(q pricing.Quote) bool { return q.Subject == a.Subject && !q.At.After(a.At) && q.Age(a.At) <= reach }
			if !slices.ContainsFunc(quotes, near) {
				answer.Refuse(a, "%s", why)
			}
		}
	}
	return answer, failures.Err()
}

// stretches joins asks of one chart that lie close together, also of several
// subjects: ether is one coin, and that of several chains.
func stretches(asks []pricing.Ask, answer *pricing.Answer) []stretch {
	charts := map[pricing.Ask]string{}
	sorted := slices.DeleteFunc(slices.Clone(asks), func(a pricing.Ask) bool {
		chart, ok := chartOf(a)
		if !ok {
			answer.Refuse(a, "the service's name for it is not known here")
		}
		charts[a] = chart
		return !ok
	})
	slices.SortStableFunc(sorted, func(a, b pricing.Ask) int {
		return cmp.Or(cmp.Compare(charts[a], charts[b]), a.At.Compare(b.At), a.Subject.Compare(b.Subject))
	})
	var list []stretch
	for _, a := range sorted {
		n := len(list) - 1
		if n >= 0 && list[n].chart == charts[a] && a.At.Sub(list[n].from) <= widest {
			list[n].to, list[n].asks = a.At, append(list[n].asks, a)
			continue
		}
		list = append(list, stretch{charts[a], a.At.Add(-reach), a.At, []pricing.Ask{a}})
	}
	return list
}

// subjects returns what a stretch is asked of, each once.
func (st stretch) subjects() []pricing.Subject {
	var list []pricing.Subject
	for _, a := range st.asks {
		if !slices.Contains(list, a.Subject) {
			list = append(list, a.Subject)
		}
	}
	return list
}

// fetch also returns why there may be too few quotes.
func (s *Source) fetch(ctx context.Context, st stretch) ([]pricing.Quote, string, error) {
	query := url.Values{
		"vs_currency": {"usd"},
		"from":        {strconv.FormatInt(st.from.Unix(), 10)},
		"to":          {strconv.FormatInt(st.to.Unix(), 10)},
	}
	page, err := s.web.Get(ctx, st.chart, query)
	if err != nil {
		return nil, "", classify(err)
	}
	if page.Status == http.StatusNotFound {
		return nil, "the service does not list it", nil
	}
	var chart struct {
		Prices [][]json.Number `json:"prices"` // Unix milliseconds, dollars
	}
	if err := json.Unmarshal(page.Body, &chart); err != nil {
		return nil, "", fmt.Errorf("%s: read prices: %w: %w", page.Host, pricing.ErrParticular, err)
	}
	var quotes []pricing.Quote
	for _, p := range chart.Prices {
		q, err := quote(p)
		if err != nil {
			return nil, "", fmt.Errorf("%s: %s: %w: %w", page.Host, st.chart, pricing.ErrParticular, err)
		}
		if !q.Price.IsPositive() {
			continue
		}
		for _, q.Subject = range st.subjects() {
			quotes = append(quotes, q)
		}
	}
	return quotes, fmt.Sprintf("no price within %s before", reach), nil
}

// quote reads a price, without saying of which subject.
func quote(p []json.Number) (pricing.Quote, error) {
	if len(p) != 2 {
		return pricing.Quote{}, fmt.Errorf("a price has %d parts, want its time and itself", len(p))
	}
	if p[1] == "" { // JSON null: the service has a gap there
		return pricing.Quote{}, nil
	}
	at, err := strconv.ParseInt(p[0].String(), 10, 64)
	if err != nil || at <= 0 {
		return pricing.Quote{}, fmt.Errorf("time %q: want Unix milliseconds", chain.Printable(p[0].String(), 64))
	}
	price, err := pricing.ParsePrice(p[1].String())
	if err != nil {
		return pricing.Quote{}, fmt.Errorf("price %w", err)
	}
	return pricing.Quote{
		Price: price, At: time.UnixMilli(at).UTC(),
		Source: "CoinGecko", Method: "aggregated market price",
	}, nil
}
