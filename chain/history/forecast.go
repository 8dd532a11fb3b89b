package history

import (
	"context"
	"fmt"
	"math"
	"math/bits"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// Forecast is what a history is expected to cost: what two questions about each
// account and one about logs tell before it is pulled. Blocks in which tokens
// moved come on top, [CallsPerBlock] each: their number is what is not known.
// So do balances of those tokens, [Forecast.Unmoved].
type Forecast struct {
	Window   chain.Window
	Accounts int
	// Sent is how many txs the accounts sent in the window. An account that
	// somebody else pays shows in Moved.
	Sent uint64
	// Moved is how many accounts have another balance at the end than at the
	// beginning, Contracts how many carry code: what those moved is looked for
	// by tracing, where that is offered, at a price of its own.
	Moved, Contracts int
	Stateless        bool // balances of the window are not known there: nothing is bisected
	// LogBlocks is the most blocks for which eth_getLogs answers; 0 where no
	// limit is known.
	LogBlocks uint64

	Requests, Calls int
}

// CallsPerBlock is what a block in which something moved adds: the block, its
// receipts, and a trace where its txs do not explain the balance.
const CallsPerBlock = 3

const (
	callsPerRequest = 100
	logsAlone       = 5  // ranges of logs that are asked for before it shows how much they hold
	logsPerRequest  = 25 // ranges that share a request then
	tokenQueries    = 3  // by sender, by recipient, by recipient of ERC-1155
)

// Forecast asks for the nonce, the balance and the code of the accounts at the
// ends of a window, and how many blocks an eth_getLogs may have.
func (s *Source) Forecast(ctx context.Context, accounts []common.Address, w chain.Window) (Forecast, error) {
	f := Forecast{Window: w, Accounts: len(accounts)}
	var calls []ethrpc.Call
	for _, a := range accounts {
		for _, n := range []uint64{max(w.From, 1) - 1, w.To} {
			calls = append(calls,
				ethrpc.Call{Method: "eth_getTransactionCount", Params: []any{a, number(n)}},
				ethrpc.Call{Method: "eth_getBalance", Params: []any{a, number(n)}})
		}
		calls = append(calls, ethrpc.Call{Method: "eth_getCode", Params: []any{a, number(w.To)}})
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return f, fmt.Errorf("forecast: %w", err)
	}
	for len(answers) > 0 {
		f.add(answers[:5])
		answers = answers[5:]
	}
	if f.LogBlocks, err = s.logBlocks(ctx, w); err != nil {
		return f, fmt.Errorf("forecast: %w", err)
	}
	f.count()
	return f, nil
}

func (f *Forecast) add(answers []ethrpc.Answer) {
	var state [4]quantity
	for i := range state {
		v, err := read[quantity](answers[i])
		if err != nil {
			f.Stateless = true
			return
		}
		state[i] = v
	}
	f.Sent += state[2].Uint64() - min(state[0].Uint64(), state[2].Uint64())
	if !state[1].Eq(&state[3].Int) {
		f.Moved++
	}
	if code, err := read[string](answers[4]); err == nil && len(code) > 2 {
		f.Contracts++
	}
}

// logBlocks asks for the logs of nobody, which cost an endpoint little, of as
// many blocks as it lets one ask for.
func (s *Source) logBlocks(ctx context.Context, w chain.Window) (limit uint64, err error) {
	n := w.Blocks()
	for range 16 { // a limit that is not named is found in halves
		c := ethrpc.Call{Method: "eth_getLogs", Params: []any{map[string]any{
			"fromBlock": number(w.To - min(w.To, n-1)), "toBlock": number(w.To), "address": nobody,
		}}}
		answers, err := s.do(ctx, []ethrpc.Call{c})
		if err != nil {
			return 0, err
		}
		next := ethrpc.LogLimit(c, answers[0].Err)
		if answers[0].Err == nil || next == 0 {
			break
		}
		limit, n = next, next
	}
	return limit, nil
}

// nobody is an address that no log mentions.
var nobody = common.HexToAddress("0x6e6f626f6479206861732074686973206b65792e")

// Typical is the forecast for an account that sends 200 txs in a window of a
// million blocks, or of the whole chain where that is shorter.
func Typical(head, logBlocks uint64) Forecast {
	f := Forecast{Window: chain.Window{From: head - min(head, 999_999), To: head}, Accounts: 1, Moved: 1, LogBlocks: logBlocks}
	f.Sent = min(200, f.Window.Blocks())
	f.count()
	return f
}

// longWindow is from how many blocks on blocks within a window are looked at too,
// where no other number is asked for.
const longWindow = 10_000

// assure counts what finds out whether the endpoint answers about the blocks
// that it is asked about, and has all of their logs and txs: at most, as it
// depends on what the blocks hold.
func (f *Forecast) assure() {
	known, sampled := min(2, int(f.Window.Blocks())), 0
	if f.Window.Blocks() > longWindow {
		known, sampled = known+1, canaries
		f.Requests++ // logs that are known to be there, in long ranges
	}
	state := 4*known + 2 // nonce and balance around a tx of each, and two calls
	f.Requests += ceil(6*f.Accounts+state, callsPerRequest) - 1
	f.Calls = 2*known + state + sampled
	if sampled > 0 {
		f.Calls += sampled + 2 // the logs of each, and two again
	}
	if f.Contracts > 0 { // each index is asked for a tx of each block
		f.Requests += len(finders())
		f.Calls += len(finders()) * known
	}
}

// Unmoved is what the balances of tokens cost at most that one account moved and
// another did not, with those of nobody beside them. How many tokens there are is
// not known: they come on top.
func (f *Forecast) Unmoved() (requests, calls int) {
	if f.Accounts < 2 {
		return 0, 0
	}
	calls = 2 * mostUnnamed
	return 2 * ceil(calls, callsPerRequest), 2 * calls
}

// count adds up. Bisection halves the window until single blocks are left: each
// active block costs as many questions as there are halvings below the first in
// which it is alone.
func (f *Forecast) count() {
	blocks := f.Window.Blocks()
	active := max(f.Sent, uint64(f.Moved)) // who sends moves
	depth := bits.Len64(blocks)
	opened := int(min(active, blocks))
	f.assure()
	// Who the endpoint is, the ends of the window, the state there.
	f.Requests, f.Calls = f.Requests+5, f.Calls+12+6*f.Accounts
	if active > 0 && !f.Stateless {
		f.Calls += int(float64(active) * (math.Log2(float64(blocks)/float64(active)) + 1.5))
		for d := range depth {
			f.Requests += ceil(int(min(active, 1<<d)), callsPerRequest)
		}
	}
	f.Requests += ceil(opened, callsPerRequest) + ceil(2*opened, callsPerRequest)
	f.Calls += CallsPerBlock * opened
	ranges := 1
	if f.LogBlocks > 0 {
		ranges = ceil(int(blocks), int(f.LogBlocks))
	}
	groups := ceil(f.Accounts, addressesPerFilter)
	f.Calls += tokenQueries * groups * ranges
	alone := min(ranges, logsAlone)
	f.Requests += tokenQueries * groups * (alone + ceil(ranges-alone, logsPerRequest))
	// The books are closed at both ends.
	f.Requests += 3
	f.Calls += 4 * f.Accounts
}

func ceil(n, size int) int { return (n + size - 1) / size }
