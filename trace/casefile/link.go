package casefile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain/ethrpc"
)

// Link stands between an endpoint and one run that asks it: what the case knows
// is answered from there, and what it does not know is asked and kept. It may
// be used by several goroutines.
type Link struct {
	f       *File
	end     Endpoint
	view    view
	url     string
	o       ethrpc.Options
	offline bool
	anew    bool // moving calls and refusals are asked again

	client *ethrpc.Client  // keeps what it asks; nil where the endpoint failed
	gate   *gate           // nil offline
	before ethrpc.Requests // of the gate, for runs before this one

	mu      sync.Mutex
	paced   ethrpc.Pace // as the case has it
	fatal   error
	missing error // the first of them
	lacking int
}

// gate is what several links to one endpoint have in common: whether it is
// what it was.
type gate struct {
	fresh *ethrpc.Client // keeps nothing

	mu      sync.Mutex
	used    bool
	vetted  bool
	assumed bool // the chain was taken from the case
	refused error

	batches batches
}

// Again returns a link to the same endpoint for another run, which starts with
// what the case shows of the endpoint's limits. A run that is done again starts
// as it did the last time, when earlier were the endpoints: so it asks for the
// same, of which the case has the answers.
func (l *Link) Again(ctx context.Context, earlier []Endpoint) (*Link, error) {
	n := &Link{f: l.f, end: l.end, view: l.view, url: l.url, o: l.o, offline: l.offline, anew: l.anew, gate: l.gate}
	if err := n.learn(ctx, earlier); err != nil {
		return nil, err
	}
	if g := l.gate; g != nil {
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.used {
			n.before = g.fresh.Requests()
		}
		g.used = true
	}
	return n, n.dial()
}

// dial makes the client, where the endpoint did not fail.
func (l *Link) dial() (err error) {
	if l.end.Failure != "" {
		return nil
	}
	if l.gate != nil {
		l.client = l.gate.fresh.Again(recorder{l}, l.end.LogBlocks)
		l.paced = l.client.Pace()
		return nil
	}
	o := l.o
	o.Recorder, o.Offline, o.LogBlocks = recorder{l}, l.offline, l.end.LogBlocks
	l.client, err = ethrpc.New(l.url, o)
	return err
}

// Err returns the first error for which the case could not be read or written,
// or for which the endpoint cannot continue it. The result of the run means
// nothing then.
func (l *Link) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fatal
}

// fail remembers an error and returns it in our words.
func (l *Link) fail(err error) error {
	if err = told(l.f.path, err); err == nil {
		return nil
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fatal == nil {
		l.fatal = err
	}
	return err
}

// Host returns the scheme and host of the endpoint.
func (l *Link) Host() string { return l.end.Host }

// Endpoint returns what the case has to know to do the same again.
func (l *Link) Endpoint() Endpoint { return l.end }

// Requests returns what this run sent, and what it took to see who the
// endpoint is.
func (l *Link) Requests() ethrpc.Requests {
	var sum ethrpc.Requests
	if l.client != nil {
		sum = l.client.Requests()
	}
	if l.gate != nil {
		g := l.gate.fresh.Requests()
		sum.HTTP += g.HTTP - l.before.HTTP
		sum.RPC += g.RPC - l.before.RPC
		sum.Bytes += g.Bytes - l.before.Bytes
	}
	return sum
}

// Do makes the calls and returns their answers in the order of the calls, as
// [ethrpc.Client.Do] does.
func (l *Link) Do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	if l.end.Failure != "" {
		return nil, errors.New(l.end.Failure)
	}
	answers := make([]ethrpc.Answer, len(calls))
	var open []int
	held := 0
	for i, c := range calls {
		known, err := l.recall(c, &answers[i])
		if err != nil {
			return nil, l.fail(fmt.Errorf("read the case: %w", err))
		}
		if !known {
			open = append(open, i)
		}
		if held += len(answers[i].Result); held > maxAnswers {
			return nil, l.fail(fmt.Errorf("%w: the answers to %d calls made together take more than %d bytes", ErrDamaged, len(calls), maxAnswers))
		}
	}
	if len(open) == 0 {
		return answers, nil
	}
	rest := make([]ethrpc.Call, len(open))
	for i, at := range open {
		rest[i] = calls[at]
	}
	more, err := l.ask(ctx, rest)
	if err != nil {
		return nil, err
	}
	for i, at := range open {
		answers[at] = more[i]
	}
	return answers, nil
}

// recall fills in an answer from the case.
func (l *Link) recall(c ethrpc.Call, a *ethrpc.Answer) (bool, error) {
	if l.anew {
		return false, nil // the client looks for what still stands
	}
	return l.recallFrom(c, a)
}

func (l *Link) recallFrom(c ethrpc.Call, a *ethrpc.Answer) (bool, error) {
	method, params, err := split(c)
	if err != nil {
		return false, err
	}
	s, err := l.f.locked(l.view, callDigest(method, params), !ethrpc.Pinned(c))
	if s == nil || err != nil {
		return false, err
	}
	a.Host = l.end.Host
	var refusal *ethrpc.RPCError
	if a.Result, a.Err = s.answer(method); a.Err != nil && !errors.As(a.Err, &refusal) {
		return false, a.Err
	}
	return true, nil
}

func (f *File) locked(v view, call []byte, moving bool) (*stored, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.lookUp(v, call, moving)
}

func (l *Link) ask(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	if l.offline {
		return l.recallFailures(calls)
	}
	err := l.vet(ctx)
	var answers []ethrpc.Answer
	if err == nil {
		answers, err = l.client.Do(ctx, calls)
	}
	if ctx.Err() != nil || l.Err() != nil {
		return nil, errors.Join(err, ctx.Err(), l.Err())
	}
	if err != nil {
		name, problem := allName(calls)
		return nil, errors.Join(err, problem, l.fail(l.f.storeFailure(l.view, name, err)))
	}
	return answers, l.failed(calls, answers)
}

// failed keeps what stood in the way of answers, so that the same happens
// where the case is all there is. Refusals that are more than a matter of the
// moment were kept as answers.
func (l *Link) failed(calls []ethrpc.Call, answers []ethrpc.Answer) error {
	for i, a := range answers {
		if a.Err == nil {
			continue
		}
		var kept ethrpc.Answer
		if known, err := l.recallFrom(calls[i], &kept); err != nil || known {
			if err != nil {
				return l.fail(err)
			}
			continue
		}
		name, err := calls[i].Key()
		if err != nil {
			return err
		}
		if err := l.f.storeFailure(l.view, name, a.Err); err != nil {
			return l.fail(err)
		}
	}
	return nil
}

// recallFailures says again what stood in the way of answers that the case
// does not have.
func (l *Link) recallFailures(calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	name, err := allName(calls)
	if err != nil {
		return nil, err
	}
	all, err := l.f.recallFailure(l.view, name, calls[0].Method)
	if all != nil || err != nil {
		return nil, errors.Join(all, l.fail(err))
	}
	answers := make([]ethrpc.Answer, len(calls))
	for i, c := range calls {
		if name, err = c.Key(); err != nil {
			return nil, err
		}
		if answers[i].Err, err = l.f.recallFailure(l.view, name, c.Method); err != nil {
			return nil, l.fail(err)
		}
		if answers[i].Err == nil {
			answers[i].Err = l.lacks(c)
		}
		var refusal *ethrpc.RPCError
		if errors.As(answers[i].Err, &refusal) {
			answers[i].Host = l.end.Host
		}
	}
	return answers, nil
}

// Logs hands over the logs that match q, as [ethrpc.Client.Logs] does.
func (l *Link) Logs(ctx context.Context, q ethrpc.LogQuery, fn func(*types.Log) error) (ethrpc.LogCoverage, error) {
	if l.end.Failure != "" {
		return ethrpc.LogCoverage{}, errors.New(l.end.Failure)
	}
	cover, err := l.client.Logs(ctx, q, fn)
	if err == nil || ctx.Err() != nil || l.Err() != nil {
		return cover, err
	}
	var failed *ethrpc.LogsError
	if !errors.As(err, &failed) {
		return cover, err
	}
	name := logsName(failed, q)
	if !l.offline {
		return cover, errors.Join(err, l.fail(l.f.storeFailure(l.view, name, failed.Err)))
	}
	if !errors.Is(err, ethrpc.ErrNotRecorded) {
		return cover, err
	}
	known, problem := l.f.recallFailure(l.view, name, "eth_getLogs")
	if problem != nil || known == nil {
		return cover, errors.Join(err, l.fail(problem))
	}
	l.explained()
	return cover, &ethrpc.LogsError{Window: failed.Window, Err: known}
}

// recorder is the side of a link that the client sees.
type recorder struct{ l *Link }

// Find implements [ethrpc.Recorder]. A call that the case does not know is
// about to be asked: the endpoint is looked at before.
func (r recorder) Find(ctx context.Context, _ string, c ethrpc.Call) (json.RawMessage, bool, error) {
	l := r.l
	method, params, err := split(c)
	if err != nil {
		return nil, false, err
	}
	s, err := l.f.locked(l.view, callDigest(method, params), !ethrpc.Pinned(c))
	if err != nil {
		return nil, false, l.fail(err)
	}
	if s == nil {
		if l.offline {
			l.lacks(c)
			return nil, false, nil
		}
		return nil, false, l.vet(ctx)
	}
	result, err := s.answer(method)
	return result, true, err
}

// Keep implements [ethrpc.Recorder].
func (r recorder) Keep(_ context.Context, e ethrpc.Exchange) error {
	if err := r.l.f.store(r.l.view, e); err != nil {
		return r.l.fail(err)
	}
	return r.l.fail(r.l.keepPace())
}

func (l *Link) lacks(c ethrpc.Call) error {
	err := &ethrpc.MissingError{Call: c}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lacking++; l.missing == nil {
		l.missing = err
	}
	return err
}

// explained takes one back: it is known why the answer is not there.
func (l *Link) explained() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.lacking--; l.lacking == 0 {
		l.missing = nil
	}
}

// Missing returns how many answers were wanted that the case does not have, and
// the first of them as an error that is [ethrpc.ErrNotRecorded].
func (l *Link) Missing() (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lacking, l.missing
}
