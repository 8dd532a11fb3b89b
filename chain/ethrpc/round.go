package ethrpc

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"golang.org/x/sync/errgroup"
)

// round is the work of one Do: calls that wait to be sent, and how many are
// under way and may come back to be sent again.
type round struct {
	c       *Client
	answers []Answer
	total   int

	mu       sync.Mutex
	changed  *sync.Cond
	waiting  []*query
	underway int
	done     int
	stopped  bool
}

func (c *Client) ask(ctx context.Context, qs []*query, answers []Answer) error {
	r := &round{c: c, answers: answers, waiting: qs, total: len(qs)}
	r.changed = sync.NewCond(&r.mu)
	g, inner := errgroup.WithContext(ctx)
	defer context.AfterFunc(inner, r.stop)()
	for range min(len(qs), c.o.MaxInFlight*len(c.endpoints)) {
		g.Go(func() error { return r.work(inner) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

func (r *round) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stopped = true
	r.changed.Broadcast()
}

func (r *round) work(ctx context.Context) error {
	for {
		e, batch := r.take()
		if batch == nil {
			return ctx.Err()
		}
		if err := r.send(ctx, e, batch); err != nil {
			return err
		}
	}
}

// take waits for the next batch: the first call that waits, and those behind
// it for the same endpoint. It returns nil when nothing is left or can come.
func (r *round) take() (*endpoint, []*query) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.waiting) == 0 && r.underway > 0 && !r.stopped {
		r.changed.Wait()
	}
	if len(r.waiting) == 0 || r.stopped {
		return nil, nil
	}
	at := r.waiting[0].endpoint
	size := r.c.endpoints[at].pace.batchSize()
	var batch, rest []*query
	for i, q := range r.waiting {
		if q.endpoint != at || q.alone && len(batch) > 0 {
			rest = append(rest, q)
			continue
		}
		batch = append(batch, q)
		if q.alone || len(batch) == size {
			rest = append(rest, r.waiting[i+1:]...)
			break
		}
	}
	r.waiting = rest
	r.underway += len(batch)
	return r.c.endpoints[at], batch
}

// back takes calls off the batch under way; those to be sent again wait.
func (r *round) back(n int, again []*query) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.underway -= n
	r.waiting = append(r.waiting, again...)
	r.done += n - len(again)
	if r.c.o.Progress != nil {
		r.c.o.Progress(Progress{"calls", uint64(r.done), uint64(r.total)})
	}
	r.changed.Broadcast()
}

// send makes one request and settles each of its calls: answered, to be sent
// again, to be sent elsewhere, or given up.
func (r *round) send(ctx context.Context, e *endpoint, batch []*query) error {
	err := r.c.vet(ctx, e)
	var rep reply
	if err == nil {
		rep, err = r.request(ctx, e, batch)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == nil && rep.whole != nil && len(batch) == 1 {
		rep.answers[0], rep.whole = Answer{Err: rep.whole}, nil
	}
	if rep.whole != nil {
		err = rep.whole
	}
	var again []*query
	if err != nil {
		again, err = r.failed(ctx, e, batch, err)
	} else {
		again, err = r.settle(ctx, e, batch, rep)
	}
	r.back(len(batch), again)
	return err
}

func (r *round) request(ctx context.Context, e *endpoint, batch []*query) (reply, error) {
	body, err := encodeBatch(batch)
	if err != nil {
		return reply{}, err
	}
	if err := e.acquire(ctx); err != nil {
		return reply{}, err
	}
	defer e.release()
	answer, err := e.post(ctx, len(batch), body, batch[0].limit)
	if err != nil {
		return reply{}, err
	}
	rep, err := decodeBatch(answer, batch, e.mask)
	if err != nil {
		return reply{}, fmt.Errorf("%s: %w", e.host, err)
	}
	return rep, nil
}

// failed handles a request that was answered as a whole with an error. A
// batch that is refused for anything but the moment may be too long, or too
// much together: it is sent again in halves.
func (r *round) failed(ctx context.Context, e *endpoint, batch []*query, err error) ([]*query, error) {
	if len(batch) == 1 {
		err = plain(batch[0], err)
	}
	class, hint := Classify(err)
	lost := hopeless(class)
	switch {
	case passing(class):
		lost = e.trouble(class, hint.RetryAfter, err)
		r.c.o.Log.Debug("request failed", "host", e.host, "calls", len(batch), "why", err)
	case !lost && len(batch) > 1:
		e.pace.tooLarge(len(batch))
		return batch, nil
	}
	var again []*query
	for _, q := range batch {
		// By itself a range of logs is found to be too long: see [plain].
		q.alone = q.alone || q.Method == "eth_getLogs" && slow(err)
		if !lost && r.c.retry(q, class, err, 1) || r.c.elsewhere(q, err) {
			again = append(again, q)
			continue
		}
		if err := r.give(ctx, e, q, Answer{Err: err}); err != nil {
			return nil, err
		}
	}
	return again, nil
}

func (r *round) settle(ctx context.Context, e *endpoint, batch []*query, rep reply) ([]*query, error) {
	var again []*query
	worst, hint := None, Hint{}
	for i, q := range batch {
		a, answered := rep.answers[i]
		if !answered {
			a.Err = fmt.Errorf("%s: %s: %w", e.host, q.Method, ErrNoAnswer)
		}
		problem := a.Err
		if problem == nil && q.attempts < lagRetries && r.c.learned.lacks(q, a) {
			problem = fmt.Errorf("%s: %s: null for a block that it had: %w", e.host, q.Method, ErrNoAnswer)
		}
		class, h := Classify(problem)
		if class == Rate || class == Transient {
			worst, hint = max(worst, class), h
		}
		together := len(batch)
		if h.Results > 0 || h.Window != nil {
			together = 1 // too much by itself, not beside others
		}
		if r.c.retry(q, class, problem, together) || class != None && class != Rejected && r.c.elsewhere(q, problem) {
			again = append(again, q)
			continue
		}
		if err := r.give(ctx, e, q, a); err != nil {
			return nil, err
		}
	}
	if worst == None {
		e.fine()
	} else {
		e.trouble(worst, hint.RetryAfter, nil)
	}
	return again, nil
}

// give records an answer and hands it over. Where every endpoint failed, what
// the first one said is what counts.
func (r *round) give(ctx context.Context, e *endpoint, q *query, a Answer) error {
	var refusal *RPCError
	if a.Err == nil || errors.As(a.Err, &refusal) {
		a.Host = e.host
	}
	r.c.learned.note(q, a)
	if q.Method == "eth_chainId" && a.Err == nil {
		a.Err = r.c.learned.agree(e.host, a.Result)
	}
	if err := r.c.keep(ctx, e.host, q, a); err != nil {
		return fmt.Errorf("keep the answer to %s: %w", q.Method, err)
	}
	if a.Err != nil && q.first != nil {
		a.Err = q.first
	}
	r.answers[q.at] = a
	return nil
}
