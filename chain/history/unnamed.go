package history

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// An endpoint that has lost every log of an address tells of none of its
// tokens, and of a token that nothing tells of no balance is asked for. But what
// one party to a theft moved another moved as well: so each address is asked for
// its balances of the tokens that the others moved.

// mostUnnamed bounds how many balances are looked at that no transfer names.
const mostUnnamed = 1000

// unnamed returns such holdings, those in tokens that most of the addresses
// moved first, and how many more there are of each address.
func (p *pull) unnamed(flows map[holding]*flow) (list []holding, more map[common.Address]int) {
	more = map[common.Address]int{}
	movers := map[chain.AssetID]int{}
	for x := range flows {
		if x.asset.Kind() == chain.ERC20 {
			movers[x.asset]++
		}
	}
	tokens := make([]chain.AssetID, 0, len(movers))
	for t := range movers {
		tokens = append(tokens, t)
	}
	slices.SortFunc(tokens, func(a, b chain.AssetID) int { return cmp.Or(cmp.Compare(movers[b], movers[a]), a.Compare(b)) })
	for _, t := range tokens {
		for _, a := range p.accounts {
			if x := (holding{a.address, t}); flows[x] != nil {
				continue
			} else if len(list) < mostUnnamed {
				list = append(list, x)
			} else {
				more[a.address]++
			}
		}
	}
	return list, more
}

// movedUnnamed returns those holdings of a list that are not the same at both
// ends of the window. Tokens that say so of somebody as well whom no log
// mentions say it of everybody.
func (p *pull) movedUnnamed(ctx context.Context, list []holding) ([]holding, error) {
	var moved, control []holding
	for _, x := range list {
		if b := p.held[x]; b[0].err == nil && b[1].err == nil && b[0].units.Cmp(b[1].units) != 0 {
			moved = append(moved, x)
			control = append(control, holding{nobody, x.asset})
		}
	}
	slices.SortFunc(control, holding.compare)
	if err := p.balances(ctx, nil, slices.Compact(control)); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(moved, func(x holding) bool {
		b := p.held[holding{nobody, x.asset}]
		return b[0].err == nil && b[1].err == nil && b[0].units.Cmp(b[1].units) != 0
	}), nil
}

// unmoved takes the residuals of addresses that moved nothing of a token from
// the closures: a balance that a token moves by itself, as one that bears
// interest does, is no open account. A token is seen to do so where a balance
// moves in a block of which all receipts are proven and no Transfer tells of it,
// or goes on moving of an address that has transfers too. Of any other token it is
// told once that nothing tells the one from a log that was withheld. What an event
// of the token's own explains stays.
func (p *pull) unmoved(h *chain.History, explained map[holding]bool) {
	open := map[chain.AssetID][]string{}
	h.Closure = slices.DeleteFunc(h.Closure, func(c chain.Closure) bool {
		r, ok := c.Residual()
		still := ok && !r.IsZero() && c.Asset.Kind() == chain.ERC20 && bySilence(&c) == 1
		switch {
		case !still || explained[holding{c.Address, c.Asset}]:
			return false
		case p.rebases[c.Asset]:
			p.rebased[c.Address]++
		default:
			open[c.Asset] = append(open[c.Asset], chain.Hex(c.Address))
		}
		return true
	})
	for _, t := range slices.SortedFunc(maps.Keys(open), chain.AssetID.Compare) {
		h.Warnings = append(h.Warnings, fmt.Sprintf("%s may rebase, or a log was withheld: the balance of %s moved without a Transfer event", t, strings.Join(open[t], ", ")))
	}
}

// rebasedText says how many balances of an address tokens moved by themselves.
func (p *pull) rebasedText(of common.Address) string {
	switch n := p.rebased[of]; n {
	case 0:
		return ""
	case 1:
		return "; 1 balance that it did not move was moved by the token itself, as others of the token are, unless a log was withheld"
	default:
		return fmt.Sprintf("; %d balances that it did not move were moved by the tokens themselves, as others of them are, unless logs were withheld", n)
	}
}

// notCompared says how many balances of an address were not looked at that no
// transfer names; empty where all were.
func (p *pull) notCompared(of common.Address) string {
	n := p.unlooked[of]
	for x, b := range p.held {
		if x.address != of {
			continue
		}
		for i := range b {
			if class, _ := ethrpc.Classify(b[i].err); class == ethrpc.Missing {
				n++
				break
			}
		}
	}
	if n == 0 {
		return ""
	}
	text := "1 balance"
	if n > 1 {
		text = fmt.Sprintf("%d balances", n)
	}
	return fmt.Sprintf("; %s, of tokens that only others of the addresses moved, not looked at", text)
}
