package trace

import (
	"context"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/chain/history"
)

// Cost is what looking at one chain of a plan would take, as far as it can be
// told before looking.
type Cost struct {
	Chain    string
	Endpoint string
	Status   Status // Checked where it would be looked at
	Detail   string
	Window   chain.Window
	// Requests is how many HTTP requests the first round is expected to take,
	// Calls the JSON-RPC calls in them, Finding how many of the requests find
	// the window. Blocks in which tokens moved come on top, and what is asked
	// of parties that are found on the way.
	Requests, Calls, Finding int
	Forecast                 history.Forecast
	// Headers is how many headers a proof of absence reads, one call each, a
	// hundred of which go into one request; 0 where none is asked for. The
	// receipts of blocks whose bloom filters deny nothing come on top.
	Headers uint64
}

// HeaderRequests is the number of requests that the headers take.
func (c Cost) HeaderRequests() uint64 { return (c.Headers + callsPerRequest - 1) / callsPerRequest }

const callsPerRequest = 100

// CallsPerBlock is what a block in which something moved adds.
const CallsPerBlock = history.CallsPerBlock

// Costs tells what a plan would cost at endpoints, asking them who they are,
// where the window lies, and how the accounts stand at its ends.
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
		if err := c.foretell(ctx, e, p, plan, over); err != nil {
			c.Status, c.Detail = Failed, err.Error()
			costs = append(costs, c)
			continue
		}
		c.Status = Checked
		if sure.ProveAbsence {
			c.Headers = c.Window.Blocks()
		}
		costs = append(costs, c)
	}
	return costs
}

// foretell finds the window as a run would, which tells what that takes, and
// asks for a forecast of the rest.
func (c *Cost) foretell(ctx context.Context, e opened, p ChainPlan, plan Plan, over Override) error {
	sent := func() Requests {
		if e.Sent == nil {
			return Requests{}
		}
		return e.Sent()
	}
	before := sent()
	w, _, err := Window(ctx, e.Source, e.id, over, plan)
	if err != nil {
		return err
	}
	found := sent()
	c.Window = w
	var accounts []common.Address
	for _, party := range p.Attackers {
		accounts = append(accounts, party.Account.Address)
	}
	if c.Forecast, err = e.Source.Forecast(ctx, accounts, w); err != nil {
		return err
	}
	c.Finding = found.HTTP - before.HTTP
	c.Requests = c.Finding + c.Forecast.Requests + 2*len(p.Txs)
	c.Calls = found.RPC - before.RPC + c.Forecast.Calls + 4*len(p.Txs)
	return nil
}
