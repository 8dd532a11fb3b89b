package chaintest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
)

// Server answers JSON-RPC over HTTP as an archive node would that had the
// chain of a [Fixture].
type Server struct {
	f       *Fixture
	chain   *blockchain
	state   *state
	txs     map[common.Hash]*Tx
	methods map[string]method
	set     settings

	mu       sync.Mutex
	requests int
	calls    map[string]int
}

type method func(s *Server, params []json.RawMessage) (any, error)

type settings struct {
	without     []string
	genesis     *common.Hash
	noGenesis   bool
	batch       int
	bytes       int
	latency     time.Duration
	logBlocks   logLimit
	logResults  logLimit
	traceBlocks uint64
	traceBoth   bool
	keepState   *uint64
	pruned      uint64
	logTimes    bool
}

// Option alters how a [Server] behaves.
type Option func(*settings)

// Without takes methods away: they are answered with -32601.
func Without(methods ...string) Option {
	return func(s *settings) { s.without = append(s.without, methods...) }
}

// WithoutTraces takes away every method that shows call frames.
func WithoutTraces() Option {
	return Without("debug_traceTransaction", "debug_traceBlockByNumber", "debug_traceBlockByHash",
		"trace_filter", "trace_block", "trace_transaction")
}

// Genesis gives block 0 this hash. Unless it is used block 0 has an invented
// hash, which is that of no known chain.
func Genesis(hash common.Hash) Option { return func(s *settings) { s.genesis = &hash } }

// NoGenesis leaves block 0 out: asked for, it is null.
func NoGenesis() Option { return func(s *settings) { s.noGenesis = true } }

// BatchLimit refuses batches of more than n calls as go-ethereum does: with
// one error for all.
func BatchLimit(n int) Option { return func(s *settings) { s.batch = n } }

// ResponseLimit fails the call of a batch at which the response exceeds n
// bytes, and all after it, as go-ethereum does.
func ResponseLimit(n int) Option { return func(s *settings) { s.bytes = n } }

// Latency delays every HTTP response.
func Latency(d time.Duration) Option { return func(s *settings) { s.latency = d } }

// TraceFilterLimit refuses trace_filter over more than n blocks, in the words
// of Reth.
func TraceFilterLimit(n uint64) Option { return func(s *settings) { s.traceBlocks = n } }

// TraceFilterBoth makes trace_filter want a match of fromAddress and of
// toAddress where both are given. Without it either suffices, as on Reth and
// Erigon.
func TraceFilterBoth() Option { return func(s *settings) { s.traceBoth = true } }

// Pruned makes the node one that is no archive: the state of all but the last
// keep blocks is gone, in the words of go-ethereum.
func Pruned(keep uint64) Option { return func(s *settings) { s.keepState = &keep } }

// PrunedHistory removes the bodies, receipts and logs of all blocks before
// first, in the words of go-ethereum (EIP-4444).
func PrunedHistory(first uint64) Option { return func(s *settings) { s.pruned = first } }

// LogTimes adds blockTimestamp to logs, as newer nodes do.
func LogTimes() Option { return func(s *settings) { s.logTimes = true } }

// NewServer returns a server for f, which must not change afterwards. It is an
// error if the fixture holds what no chain could.
func NewServer(f *Fixture, options ...Option) (*Server, error) {
	if err := f.check(); err != nil {
		return nil, fmt.Errorf("fixture: %w", err)
	}
	set := settings{}
	for _, o := range options {
		o(&set)
	}
	s := &Server{
		f: f, set: set, chain: newBlockchain(f, set.genesis), state: newState(f),
		txs: map[common.Hash]*Tx{}, methods: methods(), calls: map[string]int{},
	}
	if h, n, ok := s.state.overdrawn(); ok {
		return nil, fmt.Errorf("fixture: %s holds less than nothing of token %s after block %d", h.Holder, h.Token, n)
	}
	if set.noGenesis {
		s.chain.first = 1
	}
	for i := range f.Txs {
		s.txs[f.Txs[i].Hash] = &f.Txs[i]
	}
	for _, name := range set.without {
		delete(s.methods, name)
	}
	return s, nil
}

// Serve plays f on a free port of 127.0.0.1 until the test ends.
func Serve(t testing.TB, f *Fixture, options ...Option) (url string) {
	t.Helper()
	s, err := NewServer(f, options...)
	if err != nil {
		t.Fatal(err)
	}
	return Host(t, s)
}

// Host serves h on a free port of 127.0.0.1 until the test ends.
func Host(t testing.TB, h http.Handler) (url string) {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// Requests returns how many HTTP requests were answered.
func (s *Server) Requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// Calls returns how often each method was called, refused calls included.
func (s *Server) Calls() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.calls)
}

// ResetCounts sets [Server.Requests] and [Server.Calls] back to nothing.
func (s *Server) ResetCounts() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests, s.calls = 0, map[string]int{}
}
