package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain/ethrpc"
)

// Caller asks one endpoint, or a group that stands for one, about one chain.
// Do sends calls in as few HTTP requests as it can and answers in their order;
// its error means that nothing came back, an answer's error that this call
// failed. Logs hands over the logs that match a query, in canonical order and
// each once, in whatever ranges the endpoint allows.
type Caller interface {
	Do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error)
	Logs(ctx context.Context, q ethrpc.LogQuery, fn func(*types.Log) error) (ethrpc.LogCoverage, error)
	Host() string
}

// The errors that callers branch on.
var (
	// ErrNoHistory says that the endpoint lacks the blocks of the window.
	ErrNoHistory = errors.New("the endpoint has no history of these blocks")
	// ErrNotFound says that the endpoint knows no such block or tx.
	ErrNotFound = errors.New("not found")
	// ErrNoFrames says that the call frames of a tx could not be had, so that
	// what contracts moved of the coin is not known.
	ErrNoFrames = errors.New("no call frames")
	// ErrReorg says that the last block of the window changed while it was read.
	ErrReorg = errors.New("the chain was reorganised while it was read")
)

// do sends calls and checks that each was answered.
func (s *Source) do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	if len(calls) == 0 {
		return nil, nil
	}
	answers, err := s.caller.Do(ctx, calls)
	if err != nil {
		return nil, err
	}
	if len(answers) != len(calls) {
		return nil, fmt.Errorf("%s: %d answers to %d calls", s.caller.Host(), len(answers), len(calls))
	}
	return answers, nil
}

// read decodes an answer. JSON null, which nodes say for "no such block" and
// "no such tx", is ErrNotFound.
func read[T any](a ethrpc.Answer) (T, error) {
	var v T
	if a.Err != nil {
		return v, a.Err
	}
	if len(a.Result) == 0 || string(a.Result) == "null" {
		return v, ErrNotFound
	}
	if err := json.Unmarshal(a.Result, &v); err != nil {
		return v, fmt.Errorf("read answer: %w", err)
	}
	return v, nil
}

func one[T any](ctx context.Context, s *Source, method string, params ...any) (T, error) {
	if params == nil {
		params = []any{} // hardhat refuses null
	}
	answers, err := s.do(ctx, []ethrpc.Call{{Method: method, Params: params}})
	if err != nil {
		var zero T
		return zero, fmt.Errorf("%s: %w", method, err)
	}
	v, err := read[T](answers[0])
	if err != nil {
		return v, fmt.Errorf("%s: %w", method, err)
	}
	return v, nil
}

func number(n uint64) string { return hexutil.EncodeUint64(n) }

// usable reports whether a method may be tried: it is not switched off, and
// the endpoint has not said that it lacks it.
func (s *Source) usable(method string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, lacking := s.lacking[method]
	return !lacking
}

// try reports, once, that nothing is known yet of a method.
func (s *Source) try(method string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := !s.tried[method]
	s.tried[method] = true
	return first
}

// lack remembers that the endpoint does not offer a method, if that is what
// err says, and reports whether it does.
func (s *Source) lack(method string, err error) bool {
	if class, _ := ethrpc.Classify(err); class != ethrpc.Capability && class != ethrpc.Auth {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.lacking[method]; !ok {
		s.lacking[method] = oneLine(err)
	}
	return true
}

// unavailable lists which of methods cannot be had here, in the order given.
func (s *Source) unavailable(methods ...string) []string {
	var out []string
	for _, m := range methods {
		if !s.usable(m) {
			out = append(out, m)
		}
	}
	return out
}

// past reports whether err says that the endpoint no longer has, or never had,
// the blocks or the state that it was asked about.
func past(err error) bool {
	class, _ := ethrpc.Classify(err)
	return class == ethrpc.History || errors.Is(err, ErrNotFound)
}

func oneLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	const limit = 200
	if len(text) > limit {
		text = text[:limit] + "…"
	}
	return text
}
