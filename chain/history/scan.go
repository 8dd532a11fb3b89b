package history

import (
	"context"
	"fmt"
	"strings"

	"losstracer/chain"
)

// scan traces every block of a short window for the accounts whose history
// nothing else proves to be whole. Withdrawals, fees and rewards stand in the
// blocks, everything else in call frames.
func (p *pull) scan(ctx context.Context) error {
	if p.q.Window.Blocks() > p.s.o.ScanBlocks || !p.canTrace() {
		return nil
	}
	doubted := p.doubted()
	if len(doubted) == 0 {
		return nil
	}
	first := max(p.q.Window.From, 1) // block 0 holds no txs
	if first > p.q.Window.To {
		return nil
	}
	var all []uint64
	for n := first; n <= p.q.Window.To; n++ {
		all = append(all, n)
	}
	method, err := p.traceAll(ctx, all)
	if err != nil || method == "" {
		return err // without a method the doubts stand
	}
	if method == chain.MethodSimulate && !tellsDestruction(p.id.Client) {
		for _, a := range doubted {
			a.doubt("blocks were simulated, and simulations of this client are not known to tell what a self-destruct moves")
		}
		return nil
	}
	for _, a := range doubted {
		a.doubts, a.searched, a.method = nil, true, method
		a.why = fmt.Sprintf("the blocks %d-%d were traced whole", first, p.q.Window.To)
	}
	return nil
}

// traceAll opens blocks and reads the call frames of each, and returns by which
// method; none where it does not have all of them.
func (p *pull) traceAll(ctx context.Context, all []uint64) (chain.Method, error) {
	if err := p.open(ctx, all); err != nil || p.anyMissing(all) {
		return "", err
	}
	var left []uint64
	for _, n := range all {
		if f := p.framed[n]; f == nil || !f.whole {
			left = append(left, n)
		}
	}
	if err := p.traceWhole(ctx, left); err != nil {
		return "", err
	}
	method := chain.MethodDebug
	for _, n := range all {
		if p.framed[n].err != nil {
			return "", nil
		}
		if p.framed[n].simulated {
			method = chain.MethodSimulate
		}
	}
	return method, nil
}

// tellsDestruction reports whether eth_simulateV1 of a client logs what a
// self-destruct moves: go-ethereum does, anvil does not, of others it is open.
func tellsDestruction(client string) bool { return strings.HasPrefix(client, "Geth/") }

// canTrace reports whether any method that shows call frames may still work.
func (p *pull) canTrace() bool {
	for _, m := range []string{"debug_traceBlockByNumber", "trace_block", "debug_traceTransaction", "trace_transaction", "eth_simulateV1"} {
		if p.s.usable(m) {
			return true
		}
	}
	return false
}
