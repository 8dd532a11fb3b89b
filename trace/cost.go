package trace

import (
	"context"
	"math/bits"

	"losstracer/chain"
)

// Cost is what looking at one chain of a plan would take, as far as it can be
// told before looking.
type Cost struct {
	Chain    string
	Endpoint string
	Status   Status // Checked where it would be looked at
	Detail   string
	Window   chain.Window
	// Requests is the fewest HTTP requests that the first round takes; Calls
	// the JSON-RPC calls in them. Every block in which something moved adds
	// about three calls, a hundred of which go into one request.
	Requests, Calls int
	// Headers is how many headers a proof of absence reads, one call each, a
	// hundred of which go into one request; 0 where none is asked for. The
	// receipts of blocks whose bloom filters deny nothing come on top.
	Headers uint64
}

// HeaderRequests is the number of requests that the headers take.
func (c Cost) HeaderRequests() uint64 { return (c.Headers + callsPerRequest - 1) / callsPerRequest }

const callsPerRequest = 100

// CallsPerBlock is what a block in which something moved adds: the block, its
// receipts, and a trace where its txs do not explain the balance.
const CallsPerBlock = 3

// Costs tells what a plan would cost at endpoints, asking them for nothing but
// who they are and where the window lies.
func Costs(ctx context.Context, plan Plan, endpoints []Endpoint, over Override, sure Assurance) []Cost {
	answered := open(ctx, endpoints)
	var costs []Cost
	for _, p := range plan.Chains {
		c := Cost{Chain: p.Network.Name}
		able := serving(answered, p.Network.ID)
		if len(able) == 0 {
			c.Status, c.Detail, c.Endpoint = unserved(answered, plan)
			costs = append(costs, c)
			continue
		}
		e := able[0]
		c.Endpoint = e.id.Host
		w, _, err := Window(ctx, e.Source, e.id, over, plan)
		if err != nil {
			c.Status, c.Detail = Failed, err.Error()
			costs = append(costs, c)
			continue
		}
		c.Status, c.Window = Checked, w
		c.Requests, c.Calls = firstRound(p, w)
		if sure.ProveAbsence {
			c.Headers = w.Blocks()
		}
		costs = append(costs, c)
	}
	return costs
}

// firstRound counts: who the endpoint is and where the window lies; the linked
// txs; balances, depth by depth of the bisection; logs by sender, recipient
// and kind; the balances that close the books, and the end of the window again.
func firstRound(p ChainPlan, w chain.Window) (requests, calls int) {
	const opening, logQueries, closing = 4, 5, 3
	addresses := max(len(p.Attackers), 1)
	depth := bits.Len64(w.Blocks())
	requests = opening + 2*len(p.Txs) + depth + logQueries + closing
	calls = 5 + 2*len(p.Txs) + addresses*(depth+4) + logQueries + 2*addresses
	return requests, calls
}
