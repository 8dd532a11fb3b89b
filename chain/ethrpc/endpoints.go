package ethrpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"

	"github.com/ethereum/go-ethereum/common/hexutil"
)

// vagueRetries is how often a call is sent again that was refused for no reason
// that is known.
const vagueRetries = 3

// rateRetries is how many times as often a call is sent again that came too fast:
// the endpoint is well, and says to wait. One that says nothing else is given up
// all the same, by the requests that fail in a row.
const rateRetries = 2

// retry reports whether a call of a batch of n is worth sending again to the
// same endpoint. An answer too large in a batch may fit alone.
func (c *Client) retry(q *query, class Class, err error, n int) bool {
	switch class {
	case Rate:
		q.attempts++
		return q.attempts <= rateRetries*c.o.Retries
	case Transient, Unreachable, NotRPC:
		q.attempts++
		return q.attempts <= c.o.Retries
	case Rejected:
		if !vague(err) {
			return false
		}
		q.attempts++
		return q.attempts <= min(vagueRetries, c.o.Retries)
	case Size:
		was := q.alone
		q.alone = true
		return n > 1 && !was
	}
	return false
}

// elsewhere moves a call on to the next endpoint, where there is one and the
// error is the endpoint's rather than the call's.
func (c *Client) elsewhere(q *query, err error) bool {
	if class, _ := Classify(err); class == Range || class == Size || class == Filter || class == Rejected || q.endpoint+1 >= len(c.endpoints) {
		return false
	}
	if q.first == nil {
		q.first = err
	}
	q.endpoint++
	q.attempts = 0
	return true
}

// passing reports whether what a request failed of may be gone the next time.
func passing(class Class) bool {
	return class == Transient || class == Rate || class == Unreachable || class == NotRPC
}

// again takes note of a request that failed, and reports whether to send it
// again, to the same endpoint or to the next.
func (c *Client) again(e *endpoint, q *query, err error) bool {
	class, hint := Classify(err)
	lost := hopeless(class)
	if passing(class) {
		lost = e.trouble(class, hint.RetryAfter, err)
	}
	c.o.Log.Debug("request failed", "host", e.host, "method", q.Method, "why", err)
	return !lost && c.retry(q, class, err, 1) || c.elsewhere(q, err)
}

// only returns the client of one of its endpoints: the same record, limits and
// counts, and nobody to stand in.
func (c *Client) only(host string) *Client {
	for i, e := range c.endpoints {
		if e.host == host && len(c.endpoints) > 1 {
			return &Client{o: c.o, endpoints: c.endpoints[i : i+1], learned: c.learned}
		}
	}
	return c
}

// vet makes sure, once, that an endpoint serves the chain of the others. The
// first of a client needs no vetting: it says what the chain is.
func (c *Client) vet(ctx context.Context, e *endpoint) error {
	if e == c.endpoints[0] {
		return nil
	}
	e.vetting.Lock()
	defer e.vetting.Unlock()
	if !e.vetted {
		var err error
		if e.stranger, err = c.compare(ctx, e); err != nil {
			return err
		}
		e.vetted = true
	}
	return e.stranger
}

func (c *Client) compare(ctx context.Context, e *endpoint) (stranger, err error) {
	sole := &Client{o: c.o, endpoints: []*endpoint{e}, learned: &learned{}}
	qs, err := newQueries([]Call{{Method: "eth_chainId"}})
	if err != nil {
		return nil, err
	}
	qs[0].limit = c.o.MaxResponse
	answers := make([]Answer, 1)
	if err := sole.ask(ctx, qs, answers); err != nil {
		return nil, err
	}
	if answers[0].Err != nil {
		return nil, answers[0].Err
	}
	return c.learned.agree(e.host, answers[0].Result), nil
}

// learned is what the endpoints of a client have in common.
type learned struct {
	logBlocks atomic.Uint64 // most blocks of one eth_getLogs; 0 if no limit is known
	head      atomic.Uint64 // the highest block that was said to be the latest

	mu    sync.Mutex
	chain string         // the result of eth_chainId
	host  string         // who said so
	cuts  map[string]int // by host, the fewest logs at which an answer was cut off
}

// cutAt is the smallest number of logs at which a host was found to cut an
// answer off; 0 where it never was.
func (l *learned) cutAt(host string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cuts[host]
}

func (l *learned) cutOff(host string, logs int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cuts == nil {
		l.cuts = map[string]int{}
	}
	if known := l.cuts[host]; known == 0 || logs < known {
		l.cuts[host] = logs
	}
}

// Behind one URL there may be several nodes, of which some lag. A block that is
// no older than lagBlocks before the head that one of them told of, and that
// another does not have, is asked for again, lagRetries times.
const (
	lagBlocks  = 1024
	lagRetries = 3
)

// note takes note of the head, where that was asked for.
func (l *learned) note(q *query, a Answer) {
	if a.Err != nil || q.Method != "eth_getBlockByNumber" || len(q.Params) == 0 || q.Params[0] != "latest" {
		return
	}
	h, err := decodeInto[probeHeader](a)
	if err != nil {
		return // who needs it finds out
	}
	for n := uint64(h.Number); ; {
		known := l.head.Load()
		if known >= n || l.head.CompareAndSwap(known, n) {
			return
		}
	}
}

// lacks reports whether an answer says that there is no such block, where there
// has to be.
func (l *learned) lacks(q *query, a Answer) bool {
	if string(a.Result) != "null" || len(q.Params) == 0 || q.Method != "eth_getBlockByNumber" && q.Method != "eth_getBlockReceipts" {
		return false
	}
	text, _ := q.Params[0].(string)
	n, err := hexutil.DecodeUint64(text)
	head := l.head.Load()
	return err == nil && n <= head && n+lagBlocks > head
}

// agree takes the chain of whoever says it first for that of all.
func (l *learned) agree(host string, chainID json.RawMessage) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := string(chainID)
	if l.host == "" {
		l.host, l.chain = host, id
	}
	if l.chain != id {
		return fmt.Errorf("%s: chain %s, and %s has %s: %w", host, printable(id), l.host, printable(l.chain), ErrWrongChain)
	}
	return nil
}

// plain turns what this side made of a request into a refusal that can be
// recorded: an answer that is larger than allowed, and a range of logs that
// the endpoint was twice too slow to search. A run from the record then asks
// for the same parts.
func plain(q *query, err error) error {
	switch {
	case errors.Is(err, ErrTooLarge):
		return &RPCError{Method: q.Method, Message: err.Error()}
	case q.Method == "eth_getLogs" && q.attempts > 0 && slow(err):
		return &RPCError{Method: q.Method, Message: "query timeout exceeded: " + err.Error()}
	}
	return err
}

func slow(err error) bool {
	var page *HTTPError
	if errors.As(err, &page) {
		return page.Status == http.StatusGatewayTimeout || page.Status == http.StatusRequestTimeout || page.Status == 524
	}
	return errors.Is(err, context.DeadlineExceeded)
}
