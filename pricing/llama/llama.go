package llama

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
)

// BaseURL is where the service is.
const BaseURL = "https://coins.llama.fi"

// PaidURL is where it is for those who have a key, which is the first part of
// the path.
const PaidURL = "https://pro-api.llama.fi"

// DefaultWidth is how far from the time asked for a price may lie.
const DefaultWidth = 4 * time.Hour

// LeastConfidence is what the service's confidence must be for a price to
// stand without a doubt.
const LeastConfidence = "0.8"

// Source asks one service. It is safe for use by several goroutines if its
// Web's record is.
type Source struct {
	web   *pricing.Web
	width time.Duration
	least decimal.Decimal
}

// New returns a source that asks through web. Prices farther than width from
// the time asked for are not taken; zero means [DefaultWidth].
func New(web *pricing.Web, width time.Duration) *Source {
	if width <= 0 {
		width = DefaultWidth
	}
	return &Source{web: web, width: width, least: decimal.RequireFromString(LeastConfidence)}
}

// Name implements [pricing.Source].
func (s *Source) Name() string { return "llama" }

// wanted is one price that is asked for.
type wanted struct {
	ask  pricing.Ask
	coin string
}

// Quotes implements [pricing.Source].
func (s *Source) Quotes(ctx context.Context, asks []pricing.Ask) (pricing.Answer, error) {
	var answer pricing.Answer
	var open []wanted
	for _, a := range asks {
		coin, ok := coinOf(a)
		if !ok {
			answer.Refuse(a, "the service's name for it is not known here")
			continue
		}
		open = append(open, wanted{a, coin})
	}
	// The nearest price to the time; where that is later, the nearest to the
	// middle of the time before, all of which lies before.
	var failures pricing.Failures
	failed := map[string]string{} // by coin, why it could not be asked about
	for _, search := range []struct{ back, width time.Duration }{{0, s.width}, {s.width / 2, s.width / 2}} {
		got := s.fetch(ctx, open, search.back, search.width, &failures, failed)
		if err := ctx.Err(); err != nil {
			return answer, err
		}
		answer.Quotes = append(answer.Quotes, got...)
		open = slices.DeleteFunc(open, func(w wanted) bool { return s.covered(w, got) })
	}
	for _, w := range open {
		if why, ok := failed[w.coin]; ok {
			answer.Refuse(w.ask, "%s", why)
			continue
		}
		answer.Refuse(w.ask, "no price of %s within %s before", w.coin, s.width)
	}
	return answer, failures.Err()
}

func (s *Source) covered(w wanted, got []pricing.Quote) bool {
	return slices.ContainsFunc(got, func(q pricing.Quote) bool {
		age := q.Age(w.ask.At)
		return q.Subject == w.ask.Subject && age >= 0 && age <= s.width
	})
}

// fetch asks for prices around a time that lies back before that of each ask.
// What one request fails at does not keep the others from being made.
func (s *Source) fetch(ctx context.Context, open []wanted, back, width time.Duration, failures *pricing.Failures, failed map[string]string) []pricing.Quote {
	var all []pricing.Quote
	times := map[string][]int64{}
	subjects := map[string][]pricing.Subject{} // one coin may be that of several chains
	for _, w := range open {
		times[w.coin] = append(times[w.coin], w.ask.At.Add(-back).Unix())
		if !slices.Contains(subjects[w.coin], w.ask.Subject) {
			subjects[w.coin] = append(subjects[w.coin], w.ask.Subject)
		}
	}
	for _, part := range parts(times) {
		if failures.Stop() {
			part.fail(failed, "not asked any more: "+failures.Err().Error())
			continue
		}
		prices, err := s.get(ctx, part, width)
		if failures.Add(err); err != nil {
			part.fail(failed, err.Error())
			continue
		}
		for _, c := range part {
			for _, p := range prices[strings.ToLower(c.coin)] {
				q, err := s.quote(c.coin, p)
				if err == nil && !within(q.At, c.at, width) {
					err = fmt.Errorf("is of %s, which was not asked for", q.At.Format(time.RFC3339))
				}
				if err != nil {
					err = fmt.Errorf("%s: price of %s: %w: %w", s.web.Host(), c.coin, pricing.ErrParticular, err)
					failures.Add(err)
					failed[c.coin] = err.Error()
					continue
				}
				all = append(all, of(q, subjects[c.coin])...)
			}
		}
	}
	return all
}

// of returns a price as that of each subject; none where it is zero.
func of(q pricing.Quote, subjects []pricing.Subject) []pricing.Quote {
	if !q.Price.IsPositive() {
		return nil
	}
	list := make([]pricing.Quote, len(subjects))
	for i, subject := range subjects {
		list[i] = q
		list[i].Subject = subject
	}
	return list
}

// within reports whether a time is no farther than width from one of those
// asked for. The service rounds its own search to whole steps: a minute is let
// pass.
func within(t time.Time, asked []int64, width time.Duration) bool {
	return slices.ContainsFunc(asked, func(at int64) bool { return t.Sub(time.Unix(at, 0)).Abs() <= width+time.Minute })
}

// point is a price as the service writes it.
type point struct {
	Price      json.Number `json:"price"`
	Timestamp  json.Number `json:"timestamp"`
	Confidence json.Number `json:"confidence"`
}

// quote reads a price, without saying of which subject.
func (s *Source) quote(coin string, p point) (pricing.Quote, error) {
	price, err := pricing.ParsePrice(p.Price.String())
	if err != nil {
		return pricing.Quote{}, err
	}
	at, err := strconv.ParseInt(p.Timestamp.String(), 10, 64)
	if err != nil || at <= 0 {
		return pricing.Quote{}, fmt.Errorf("time %q: want Unix seconds", chain.Printable(p.Timestamp.String(), 64))
	}
	q := pricing.Quote{
		Price: price, At: time.Unix(at, 0).UTC(),
		Source: "DefiLlama", Method: "aggregated market price", Note: "as " + coin,
	}
	if p.Confidence != "" {
		sure, err := pricing.ParsePrice(p.Confidence.String())
		if err != nil {
			return q, fmt.Errorf("confidence %w", err)
		}
		q.Confidence = decimal.NewNullDecimal(sure)
		if sure.LessThan(s.least) {
			q.Doubt = fmt.Sprintf("the service's confidence is %s, below %s", sure, s.least)
		}
	}
	return q, nil
}

// get returns prices by coin in lower case.
func (s *Source) get(ctx context.Context, p part, width time.Duration) (map[string][]point, error) {
	path, query := "/prices/historical/"+strconv.FormatInt(p[0].at[0], 10)+"/"+strings.Join(p.coins(), ","), url.Values{}
	batch := !p.sameTime()
	if batch {
		path = "/batchHistorical"
		query.Set("coins", p.json())
	}
	query.Set("searchWidth", strconv.FormatInt(int64(width/time.Second), 10))
	page, err := s.web.Get(ctx, path, query)
	if err != nil {
		return nil, err
	}
	if page.Status != http.StatusOK {
		return nil, &pricing.StatusError{Host: page.Host, Status: page.Status, Text: chain.Printable(string(page.Body), 200)}
	}
	prices, err := read(page.Body, batch)
	if err != nil {
		return nil, fmt.Errorf("%s: read prices: %w: %w", page.Host, pricing.ErrParticular, err)
	}
	return prices, nil
}

// read decodes either form of answer.
func read(body []byte, batch bool) (map[string][]point, error) {
	prices := map[string][]point{}
	if batch {
		var list struct {
			Coins map[string]struct {
				Prices []point `json:"prices"`
			} `json:"coins"`
		}
		if err := json.Unmarshal(body, &list); err != nil {
			return nil, err
		}
		for coin, c := range list.Coins {
			prices[strings.ToLower(coin)] = c.Prices
		}
		return prices, nil
	}
	var one struct {
		Coins map[string]point `json:"coins"`
	}
	if err := json.Unmarshal(body, &one); err != nil {
		return nil, err
	}
	for coin, p := range one.Coins {
		prices[strings.ToLower(coin)] = []point{p}
	}
	return prices, nil
}
