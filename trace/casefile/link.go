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

// Link stands between an endpoint and whoever asks it: what the case knows is
// answered from there, and what it does not know is asked and kept. It may be
// used by several goroutines.
type Link struct {
	f       *File
	end     Endpoint
	view    view
	offline bool
	anew    bool // moving calls and refusals are asked again

	client *ethrpc.Client // keeps what it asks; nil where the endpoint failed
	fresh  *ethrpc.Client // does not; nil offline

	vetting sync.Mutex
	vetted  bool // the endpoint was seen to be what it was
	assumed bool // its chain was taken from the case
	refused error
}

// Host returns the scheme and host of the endpoint.
func (l *Link) Host() string { return l.end.Host }

// Endpoint returns what the case has to know to do the same again.
func (l *Link) Endpoint() Endpoint { return l.end }

// Requests returns what was sent in this run.
func (l *Link) Requests() ethrpc.Requests {
	var sum ethrpc.Requests
	for _, c := range []*ethrpc.Client{l.client, l.fresh} {
		if c == nil {
			continue
		}
		r := c.Requests()
		sum.HTTP += r.HTTP
		sum.RPC += r.RPC
		sum.Bytes += r.Bytes
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
	for i, c := range calls {
		known, err := l.recall(c, &answers[i])
		if err != nil {
			return nil, l.f.fail(fmt.Errorf("read the case: %w", err))
		}
		if !known {
			open = append(open, i)
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

// recall fills in an answer from the case. Asked anew, only results that
// cannot change are.
func (l *Link) recall(c ethrpc.Call, a *ethrpc.Answer) (bool, error) {
	if l.anew {
		return false, nil // the client looks for what still stands
	}
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
	if ctx.Err() != nil || l.f.Err() != nil {
		return nil, errors.Join(err, ctx.Err(), l.f.Err())
	}
	if err != nil {
		name, problem := allName(calls)
		return nil, errors.Join(err, problem, l.f.fail(l.f.storeFailure(l.view, name, err)))
	}
	return answers, l.failed(calls, answers)
}

// failed keeps what stood in the way of answers, so that the same happens
// where the case is all there is.
func (l *Link) failed(calls []ethrpc.Call, answers []ethrpc.Answer) error {
	for i, a := range answers {
		if a.Err == nil || a.Host != "" {
			continue
		}
		name, err := calls[i].Key()
		if err != nil {
			return err
		}
		if err := l.f.storeFailure(l.view, name, a.Err); err != nil {
			return l.f.fail(err)
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
		return nil, errors.Join(all, l.f.fail(err))
	}
	answers := make([]ethrpc.Answer, len(calls))
	for i, c := range calls {
		if name, err = c.Key(); err != nil {
			return nil, err
		}
		if answers[i].Err, err = l.f.recallFailure(l.view, name, c.Method); err != nil {
			return nil, l.f.fail(err)
		}
		if answers[i].Err == nil {
			answers[i].Err = l.f.lacks(c)
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
	if err == nil || ctx.Err() != nil || l.f.Err() != nil {
		return cover, err
	}
	var failed *ethrpc.LogsError
	if !errors.As(err, &failed) {
		return cover, err
	}
	name := logsName(failed, q)
	if !l.offline {
		return cover, errors.Join(err, l.f.fail(l.f.storeFailure(l.view, name, failed.Err)))
	}
	if !errors.Is(err, ethrpc.ErrNotRecorded) {
		return cover, err
	}
	known, problem := l.f.recallFailure(l.view, name, "eth_getLogs")
	if problem != nil || known == nil {
		return cover, errors.Join(err, l.f.fail(problem))
	}
	l.f.explained()
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
		return nil, false, l.f.fail(err)
	}
	if s == nil {
		if l.offline {
			l.f.lacks(c)
			return nil, false, nil
		}
		return nil, false, l.vet(ctx)
	}
	result, err := s.answer(method)
	return result, true, err
}

// Keep implements [ethrpc.Recorder].
func (r recorder) Keep(_ context.Context, e ethrpc.Exchange) error {
	return r.l.f.fail(r.l.f.store(r.l.view, e))
}

// missing is what the case was asked for and does not know.
type missing struct {
	first error
	count int
}

func (f *File) lacks(c ethrpc.Call) error {
	err := &ethrpc.MissingError{Call: c}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.missing.first == nil {
		f.missing.first = err
	}
	f.missing.count++
	return err
}

// explained takes one back: it is known why the answer is not there.
func (f *File) explained() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.missing.count--; f.missing.count == 0 {
		f.missing.first = nil
	}
}

// Missing returns how many answers were wanted that the case does not have, and
// the first of them as an error that is [ethrpc.ErrNotRecorded]. It begins
// anew with every call.
func (f *File) Missing() (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.missing
	f.missing = missing{}
	return m.count, m.first
}
