package ethrpc

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"time"
)

// Options sets how a client behaves. The zero Options works and is gentle.
type Options struct {
	HTTP     *http.Client // nil: one of the client's own
	Recorder Recorder     // nil: nothing is kept
	Offline  bool         // answer from the record alone
	Budget   *Budget      // shared with other clients; nil: the client has the endpoint to itself

	// Fallbacks are further URLs of the same chain. A call goes to the first
	// endpoint and, where that cannot answer, to the next.
	Fallbacks []string

	Timeout     time.Duration // of one request; default 60 s
	MaxBatch    int           // calls per request; default 100
	MaxInFlight int           // requests at once and per endpoint; default 4
	MaxResponse int64         // bytes of one answer; default 256 MiB
	Retries     int           // of one call, for errors that may pass; default 6, none if negative

	// LogBlocks is the most blocks of one eth_getLogs, where that was learned
	// before; see [LogLimit].
	LogBlocks uint64

	Now      func() time.Time
	Sleep    func(context.Context, time.Duration) error
	Log      *slog.Logger   // nil: silent
	Progress func(Progress) // nil: silent; called from several goroutines
}

// Progress tells how far a piece of work is.
type Progress struct {
	Doing       string // "calls" or "blocks", what is counted
	Done, Total uint64
}

// Requests counts what was sent and received.
type Requests struct {
	HTTP  int   // requests, repeated ones included
	RPC   int   // calls in them
	Bytes int64 // of answers, unpacked
}

func (o Options) withDefaults() Options {
	if o.HTTP == nil {
		o.HTTP = o.Budget.client()
	}
	o.Timeout = positive(o.Timeout, time.Minute)
	o.MaxBatch = positive(o.MaxBatch, 100)
	o.MaxInFlight = positive(o.MaxInFlight, 4)
	o.MaxResponse = positive(o.MaxResponse, 256<<20)
	if o.Retries == 0 {
		o.Retries = 6
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

func positive[T int | int64 | time.Duration](v, otherwise T) T {
	if v > 0 {
		return v
	}
	return otherwise
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Client asks one endpoint, or several that stand in for each other. It is
// safe for use by several goroutines.
type Client struct {
	o         Options
	endpoints []*endpoint
	learned   *learned
}

// New returns a client of the endpoint at rawURL, which is not asked yet.
func New(rawURL string, o Options) (*Client, error) {
	c := &Client{o: o.withDefaults(), learned: &learned{}}
	c.learned.logBlocks.Store(o.LogBlocks)
	for _, raw := range append([]string{rawURL}, o.Fallbacks...) {
		e, err := newEndpoint(raw, &c.o)
		if err != nil {
			return nil, err
		}
		c.endpoints = append(c.endpoints, e)
	}
	return c, nil
}

// Again returns a client of the same endpoints for another piece of work, with
// a record of its own, or none. It goes on at the pace that the endpoints turned
// out to bear: batches, rate, requests at once. What it is told of the chain, and
// what it sends, is its own; so is the limit of blocks, which decides what is
// asked and not only how.
func (c *Client) Again(r Recorder, logBlocks uint64) *Client {
	n := &Client{o: c.o, learned: &learned{}}
	n.o.Recorder, n.o.LogBlocks = r, logBlocks
	n.learned.logBlocks.Store(logBlocks)
	for _, e := range c.endpoints {
		n.endpoints = append(n.endpoints, e.like(&n.o))
	}
	return n
}

// Close lets go of idle connections.
func (c *Client) Close() { c.o.HTTP.CloseIdleConnections() }

// Host returns the scheme and host of the first endpoint: never its key.
func (c *Client) Host() string { return c.endpoints[0].host }

// Hosts returns the scheme and host of every endpoint, in order of preference.
func (c *Client) Hosts() []string {
	hosts := make([]string, len(c.endpoints))
	for i, e := range c.endpoints {
		hosts[i] = e.host
	}
	return hosts
}

// Requests returns what was sent so far, to all endpoints.
func (c *Client) Requests() Requests {
	var sum Requests
	for _, e := range c.endpoints {
		e.mu.Lock()
		sum.HTTP += e.counts.HTTP
		sum.RPC += e.counts.RPC
		sum.Bytes += e.counts.Bytes
		e.mu.Unlock()
	}
	return sum
}

// Do makes the calls, in batches and several at a time, and returns their
// answers in the order of the calls. Errors that may pass are retried within;
// what remains of them stands in the answers. The error is non-nil only where
// nothing can be said: the context ended, the record could not be read or
// written, or not one call was answered by anybody.
func (c *Client) Do(ctx context.Context, calls []Call) ([]Answer, error) {
	return c.do(ctx, calls, c.o.MaxResponse, true)
}

// do makes calls whose answers may have limit bytes. Without recall it asks
// although the record may know.
func (c *Client) do(ctx context.Context, calls []Call, limit int64, recall bool) ([]Answer, error) {
	open, err := newQueries(calls)
	if err != nil {
		return nil, err
	}
	answers := make([]Answer, len(calls))
	for _, q := range open {
		q.limit = limit
	}
	if recall || c.o.Offline {
		if open, err = c.recall(ctx, open, answers); err != nil {
			return nil, fmt.Errorf("read the record: %w", err)
		}
	}
	if len(open) == 0 {
		return answers, nil
	}
	if err := c.ask(ctx, open, answers); err != nil {
		return nil, err
	}
	return answers, nothingSaid(answers)
}

// nothingSaid returns the first error if no answer is a result or a refusal.
func nothingSaid(answers []Answer) error {
	for _, a := range answers {
		if a.Host != "" {
			return nil
		}
	}
	return answers[0].Err
}

// One makes one call and decodes its result into out, which may be nil. A
// result of null leaves out as it is.
func (c *Client) One(ctx context.Context, out any, method string, params ...any) error {
	answers, err := c.Do(ctx, []Call{{Method: method, Params: params}})
	if err != nil {
		return err
	}
	if answers[0].Err != nil || out == nil {
		return answers[0].Err
	}
	if err := json.Unmarshal(answers[0].Result, out); err != nil {
		return fmt.Errorf("result of %s from %s: %w", method, answers[0].Host, err)
	}
	return nil
}
