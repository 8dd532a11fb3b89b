package ethrpc

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/time/rate"
)

// Budget is what several clients may ask of their endpoints together: as many
// requests at once, in batches of the size, and at the rate, that one client
// would. What a client learns beyond that, as how many blocks of logs it may ask
// for, stays its own, so that what is asked in a run does not depend on others.
// The zero Budget is ready to use, by several goroutines.
//
// The first client of an endpoint settles how many requests there may be at
// once.
type Budget struct {
	mu    sync.Mutex
	paces map[string]*pace // by URL
	http  *http.Client
}

// pace returns the pace of the endpoint at a URL: one of its own where there
// is no budget to share.
func (b *Budget) pace(url string, o *Options) *pace {
	if b == nil {
		return newPace(o)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.paces == nil {
		b.paces = map[string]*pace{}
	}
	if b.paces[url] == nil {
		b.paces[url] = newPace(o)
		b.paces[url].shared = true
	}
	return b.paces[url]
}

// client returns the one HTTP client of all: connections are shared as well.
func (b *Budget) client() *http.Client {
	if b == nil {
		return newHTTP()
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.http == nil {
		b.http = newHTTP()
	}
	return b.http
}

func newHTTP() *http.Client {
	return &http.Client{
		Transport: &http.Transport{
			Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: 8, IdleConnTimeout: 30 * time.Second,
			TLSHandshakeTimeout: 15 * time.Second, ForceAttemptHTTP2: true,
		},
		// Who answers is part of the evidence, and a key is meant for one host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// pace is how fast an endpoint is asked.
type pace struct {
	o      *Options
	shared bool          // by the clients of a budget
	slots  chan struct{} // a token per request that may be under way

	mu        sync.Mutex
	width     int // tokens in use or in slots
	debt      int // tokens to be taken out as they come back
	limiter   *rate.Limiter
	backoff   *backoff.ExponentialBackOff
	notBefore time.Time
	streak    int // requests in a row that went well
	batch     int // most calls per request
	started   []time.Time
	silent    error // why nobody who asked got an answer; nil where somebody did
	silentAt  time.Time
}

func newPace(o *Options) *pace {
	p := &pace{
		o: o, slots: make(chan struct{}, o.MaxInFlight), width: o.MaxInFlight, limiter: rate.NewLimiter(rate.Inf, 1), batch: o.MaxBatch,
		backoff: &backoff.ExponentialBackOff{
			InitialInterval: 200 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 20 * time.Second,
		},
	}
	p.backoff.Reset()
	for range o.MaxInFlight {
		p.slots <- struct{}{}
	}
	return p
}

// acquire waits for a slot, for the rate, and for what the endpoint asked.
func (p *pace) acquire(ctx context.Context) error {
	select {
	case <-p.slots:
	case <-ctx.Done():
		return ctx.Err()
	}
	if wait := p.wait(); wait > 0 {
		if err := p.o.Sleep(ctx, wait); err != nil {
			p.release()
			return err
		}
	}
	return nil
}

func (p *pace) wait() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.o.Now()
	wait := p.limiter.ReserveN(now, 1).DelayFrom(now)
	wait = max(wait, p.notBefore.Sub(now))
	p.started = append(p.started, now.Add(wait))
	if len(p.started) > 64 {
		p.started = p.started[len(p.started)-64:]
	}
	return wait
}

// Pace is what an endpoint turned out to bear. Zero fields are not limited.
type Pace struct {
	Batch     int // calls per request
	InFlight  int // requests at once
	PerMinute int // requests
}

// Pace returns what was learned of the first endpoint so far.
func (c *Client) Pace() Pace { return c.endpoints[0].pace.learned() }

// Resume goes on at the pace that the first endpoint bore before, unless it is
// known to bear less by now. Requests at once and per minute recover as they do
// after any complaint.
func (c *Client) Resume(p Pace) { c.endpoints[0].pace.resume(p) }

func (p *pace) learned() Pace {
	p.mu.Lock()
	defer p.mu.Unlock()
	var l Pace
	if p.batch < p.o.MaxBatch {
		l.Batch = p.batch
	}
	if n := p.width - p.debt; n < p.o.MaxInFlight {
		l.InFlight = n
	}
	if limit := p.limiter.Limit(); limit < mostPerMinute/60 {
		l.PerMinute = max(int(limit*60), 1)
	}
	return l
}

// mostPerMinute is a rate that is as good as none.
const mostPerMinute = 100_000

func (p *pace) resume(l Pace) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if l.Batch > 0 {
		p.batch = min(p.batch, l.Batch)
	}
	if l.PerMinute > 0 {
		p.limiter.SetLimitAt(p.o.Now(), min(p.limiter.Limit(), rate.Limit(l.PerMinute)/60))
	}
	if l.InFlight > 0 {
		p.debt = max(p.debt, p.width-l.InFlight)
	}
	for p.debt > 0 {
		select {
		case <-p.slots:
			p.debt--
			p.width--
		default:
			return // the rest is taken out as it comes back
		}
	}
}

func (p *pace) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.debt > 0 {
		p.debt--
		p.width--
		return
	}
	p.slots <- struct{}{}
}

func (p *pace) batchSize() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.batch
}

// tooLarge learns that n calls in one request are too many.
func (p *pace) tooLarge(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.batch = max(1, min(p.batch, n/2))
}

// fine takes note of a request that went well: after ten in a row one more may
// be under way, and a rate that was cut recovers by half. Slower recovery makes
// a single complaint cost minutes.
func (p *pace) fine() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.backoff.Reset()
	p.silent = nil
	p.streak++
	if p.streak%10 != 0 {
		return
	}
	if p.width < p.o.MaxInFlight {
		p.width++
		p.slots <- struct{}{}
	}
	if limit := p.limiter.Limit(); limit != rate.Inf {
		p.limiter.SetLimitAt(p.o.Now(), limit*1.5)
	}
}

// trouble takes note of a request that failed. Where the endpoint complained of
// the rate, half as many requests are sent from now on, and half as many at
// once.
func (p *pace) trouble(class Class, retryAfter time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.o.Now()
	p.streak = 0
	pause := p.backoff.NextBackOff()
	if retryAfter > 0 {
		pause = retryAfter // it knows better
	}
	if until := now.Add(pause); until.After(p.notBefore) {
		p.notBefore = until
	}
	if class == Rate {
		p.slowDown(now)
	}
}

func (p *pace) slowDown(now time.Time) {
	recent := 0
	for _, t := range p.started {
		if now.Sub(t) <= time.Second {
			recent++
		}
	}
	limit := min(p.limiter.Limit(), rate.Limit(max(recent, 2)))
	p.limiter.SetLimitAt(now, max(limit/2, 1))
	if target := max(1, (p.width-p.debt)/2); p.width-p.debt > target {
		p.debt = p.width - target
	}
}

// silentFor is how long an endpoint that never answered is left alone.
const silentFor = 5 * time.Minute

// silence returns why a client gave the endpoint up without ever having had an
// answer, where that is still so: others need not wait for it again.
func (p *pace) silence() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.o.Now().Sub(p.silentAt) > silentFor {
		return nil
	}
	return p.silent
}

func (p *pace) giveUp(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shared {
		p.silent, p.silentAt = err, p.o.Now()
	}
}
