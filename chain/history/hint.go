package history

import (
	"context"
	"fmt"
	"slices"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

const assetTransfers = "alchemy_getAssetTransfers"

// mostHintPages bounds what is read of a provider's list for one account and
// side: a thousand entries each.
const mostHintPages = 20

// hintCall asks whether the list is offered: one entry of the last block.
func hintCall() ethrpc.Call {
	return ethrpc.Call{Method: assetTransfers, Params: []any{map[string]any{
		"fromBlock": "latest", "toBlock": "latest", "category": []string{"external"}, "maxCount": "0x1",
	}}}
}

// hintAsk is a page of what an account sent, or received.
type hintAsk struct {
	a        *native
	side     string // fromAddress or toAddress: together they would mean "and"
	page     string // empty for the first
	external bool   // the index of internal movements exists for few chains
}

func (h hintAsk) call(w chain.Window) ethrpc.Call {
	category := []string{"external", "internal"}
	if h.external {
		category = category[:1]
	}
	filter := map[string]any{
		"fromBlock": number(w.From), "toBlock": number(w.To), h.side: h.a.address,
		"category": category, "maxCount": "0x3e8", "order": "asc", "withMetadata": false,
		"excludeZeroValue": false, // a tx without value is a step of the nonce too
	}
	if h.page != "" {
		filter["pageKey"] = h.page
	}
	return ethrpc.Call{Method: assetTransfers, Params: []any{filter}}
}

// hint opens the blocks in which a provider's own index has the accounts move
// coin, and has those traced in which it has an account with code do so. The
// index is a hint and no more: amounts and parties are read from the blocks,
// what it leaves out is found by bisection, which has less to look for.
func (p *pull) hint(ctx context.Context) error {
	if !p.s.usable(assetTransfers) {
		return nil
	}
	var asks []hintAsk
	for _, a := range p.accounts {
		if a.noState == nil && !a.searched {
			asks = append(asks, hintAsk{a: a, side: "fromAddress"}, hintAsk{a: a, side: "toAddress"})
		}
	}
	hinted := map[uint64][]*native{}
	for range mostHintPages {
		var err error
		if asks, err = p.readHints(ctx, asks, hinted); err != nil {
			return err
		}
		if len(asks) == 0 {
			break
		}
	}
	if uint64(len(hinted)) > p.s.o.ActiveBlocks {
		return nil
	}
	blocks := sortedBlocks(hinted)
	if err := p.open(ctx, blocks); err != nil {
		return err
	}
	var around []span
	for _, n := range blocks {
		for _, a := range hinted[n] {
			if a.mayHideFlow() && p.blocks[n].missing == nil && !p.blocks[n].coinLogs {
				a.activity[n] = true
				around = append(around, span{account: a.account, lo: n - 1, hi: n})
			}
		}
	}
	return p.ensure(ctx, around)
}

// readHints reads a page of each list and returns what is left to ask.
func (p *pull) readHints(ctx context.Context, asks []hintAsk, hinted map[uint64][]*native) ([]hintAsk, error) {
	w := chain.Window{From: p.lo + 1, To: p.hi}
	if len(asks) == 0 || w.Blocks() == 0 {
		return nil, nil
	}
	calls := make([]ethrpc.Call, len(asks))
	for i, ask := range asks {
		calls[i] = ask.call(w)
	}
	answers, err := p.s.do(ctx, calls)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", assetTransfers, err)
	}
	var next []hintAsk
	for i, answer := range answers {
		page, err := read[struct {
			Transfers []struct {
				Block quantity `json:"blockNum"`
			} `json:"transfers"`
			Key string `json:"pageKey"`
		}](answer)
		if err != nil && !asks[i].external {
			next = append(next, hintAsk{a: asks[i].a, side: asks[i].side, external: true})
			continue
		}
		if err != nil {
			p.s.lack(assetTransfers, err)
		}
		for _, t := range page.Transfers {
			if n := t.Block.Uint64(); w.Contains(n) && !slices.Contains(hinted[n], asks[i].a) {
				hinted[n] = append(hinted[n], asks[i].a)
			}
		}
		if page.Key != "" && page.Key != asks[i].page {
			next = append(next, hintAsk{asks[i].a, asks[i].side, page.Key, asks[i].external})
		}
	}
	return next, nil
}
