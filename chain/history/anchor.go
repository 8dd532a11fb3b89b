package history

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/chain/proof"
)

// anchored is a block for whose hash the caller vouches.
type anchored struct {
	number uint64
	hash   common.Hash
}

// anchor links the blocks that hold transfers, and the last of the window, to
// the anchors of the query. What cannot be linked is a warning.
func (p *pull) anchor(ctx context.Context, h *chain.History) error {
	if len(p.q.Anchors) == 0 {
		return nil
	}
	anchors, err := p.anchors(ctx, h)
	if err != nil {
		return err
	}
	targets := blocksOf(h)
	for i, a := range anchors {
		// Each block is linked to the nearest anchor at or above it.
		var mine []chain.Block
		for _, t := range targets {
			if t.Number <= a.number && (i == 0 || t.Number > anchors[i-1].number) {
				mine = append(mine, t)
			}
		}
		reached, err := p.reach(ctx, h, a, mine)
		if ctx.Err() != nil {
			return err
		}
		if err != nil {
			h.Warnings = append(h.Warnings, fmt.Sprintf("anchor %s, block %d: %s", a.hash.Hex(), a.number, oneLine(err)))
		}
		if len(reached) > 0 {
			h.Vouchers = append(h.Vouchers, chain.Voucher{By: "anchor " + a.hash.Hex(), Blocks: reached})
		}
	}
	if last := len(anchors) - 1; last >= 0 && anchors[last].number < h.Window.To {
		h.Warnings = append(h.Warnings, fmt.Sprintf("no anchor lies at or after block %d, the last of the window: the endpoint alone vouches for blocks after %d", h.Window.To, anchors[last].number))
	}
	return nil
}

// anchors asks where the anchors stand, ascending. Their headers are checked:
// nothing else of the answer is believed.
func (p *pull) anchors(ctx context.Context, h *chain.History) ([]anchored, error) {
	var calls []ethrpc.Call
	for _, hash := range p.q.Anchors {
		calls = append(calls, ethrpc.Call{Method: "eth_getBlockByHash", Params: []any{hash, false}})
	}
	answers, err := p.s.do(ctx, calls)
	if err != nil {
		return nil, fmt.Errorf("anchors: %w", err)
	}
	var list []anchored
	for i, hash := range p.q.Anchors {
		raw, err := read[json.RawMessage](answers[i])
		var header *types.Header
		if err == nil {
			header, err = readHeader(raw)
		}
		if err == nil {
			err = proof.Header(header, hash)
		}
		if errors.Is(err, ErrNotFound) {
			h.LostAnchors = append(h.LostAnchors, hash)
			continue
		}
		if err != nil {
			h.Warnings = append(h.Warnings, fmt.Sprintf("anchor %s: %s", hash.Hex(), oneLine(err)))
			continue
		}
		list = append(list, anchored{header.Number.Uint64(), hash})
	}
	slices.SortFunc(list, func(a, b anchored) int { return cmp.Or(cmp.Compare(a.number, b.number), a.hash.Cmp(b.hash)) })
	return slices.CompactFunc(list, func(a, b anchored) bool { return a.number == b.number }), nil
}

// blocksOf returns the blocks that hold transfers and the last of the window,
// ascending.
func blocksOf(h *chain.History) []chain.Block {
	var list []chain.Block
	for i := range h.Transfers {
		t := &h.Transfers[i]
		list = append(list, chain.Block{Number: t.Block, Hash: t.BlockHash.Hash()})
	}
	list = append(list, chain.Block{Number: h.End.Number, Hash: h.End.Hash})
	slices.SortFunc(list, func(a, b chain.Block) int { return cmp.Or(cmp.Compare(a.Number, b.Number), a.Hash.Cmp(b.Hash)) })
	return slices.Compact(list)
}

// reach returns which of targets, all at or below an anchor, are among its
// ancestors.
func (p *pull) reach(ctx context.Context, h *chain.History, a anchored, targets []chain.Block) ([]uint64, error) {
	if len(targets) == 0 {
		return nil, nil
	}
	known, err := p.ancestors(ctx, h, a, targets)
	if err != nil {
		return nil, err
	}
	var reached []uint64
	var strange []uint64
	far := 0
	for _, t := range targets {
		switch hash, ok := known[t.Number]; {
		case !ok:
			far++
		case hash != t.Hash:
			strange = append(strange, t.Number)
		default:
			reached = append(reached, t.Number)
		}
	}
	switch {
	case len(strange) > 0:
		return reached, fmt.Errorf("%s has other blocks than its ancestors at %d places, the first of them block %d", p.s.caller.Host(), len(strange), strange[0])
	case far > 0:
		return reached, fmt.Errorf("%d blocks with transfers lie more than %d below it and were not linked; the hash of a block nearer to them would do", far, p.s.o.AnchorBlocks)
	}
	return reached, nil
}

// ancestors returns the hashes of targets as the parents of an anchor have
// them, as far down as headers are read.
func (p *pull) ancestors(ctx context.Context, h *chain.History, a anchored, targets []chain.Block) (map[uint64]common.Hash, error) {
	known := map[uint64]common.Hash{}
	low := targets[0].Number
	var whole *headerChain // of the window, linked to its last block
	if p.absence != nil {
		whole = p.absence.chain
	}
	if whole != nil && (a.number > whole.To || whole.at(a.number) == a.hash) {
		for _, t := range targets {
			known[t.Number] = whole.at(t.Number)
		}
		if a.number <= whole.To {
			return known, nil
		}
		low = whole.To
	}
	w := chain.Window{From: low, To: a.number}
	if w.Blocks() > p.s.o.AnchorBlocks {
		w.From = w.To - p.s.o.AnchorBlocks + 1
	}
	walked, err := p.s.lineage(ctx, w, a.hash)
	if err != nil {
		return nil, err
	}
	if hash, ok := walked[low]; ok && len(known) > 0 {
		if hash != whole.at(low) {
			return nil, fmt.Errorf("block %d, the last of the window, is not among its ancestors as %s has it", low, p.s.caller.Host())
		}
		return known, nil
	}
	return walked, nil
}

// lineage is what was read of the ancestors of an anchor.
type lineage struct {
	low    uint64      // the lowest of them
	parent common.Hash // of that one
	hashes map[uint64]common.Hash
}

// lineage returns the hashes of the blocks of a window that ends with an
// anchor. What was read before is not asked for again.
func (s *Source) lineage(ctx context.Context, w chain.Window, anchor common.Hash) (map[uint64]common.Hash, error) {
	s.mu.Lock()
	known := s.lines[anchor]
	s.mu.Unlock()
	line := &lineage{low: w.To + 1, parent: anchor, hashes: map[uint64]common.Hash{}}
	if known != nil {
		line.low, line.parent, line.hashes = known.low, known.parent, maps.Clone(known.hashes)
	}
	if w.From >= line.low {
		return line.hashes, nil
	}
	err := s.walk(ctx, chain.Window{From: w.From, To: line.low - 1}, line.parent, func(h *types.Header, hash common.Hash) {
		line.low, line.parent = h.Number.Uint64(), h.ParentHash
		line.hashes[line.low] = hash
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.lines[anchor] = line
	s.mu.Unlock()
	return line.hashes, nil
}
