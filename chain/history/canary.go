package history

import (
	"context"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/chain/proof"
)

// An endpoint that has lost its logs, or part of them, answers a filter with an
// empty list and no error. So blocks are looked at that hold logs by their bloom
// filter: the ends of the window and, where it is long, so many between.
const canaries = 8

// canary asks for the logs of the ends of a window and of blocks spread over
// it, and takes note of doubts where there have to be some and none are given.
func (s *Source) canary(ctx context.Context, w chain.Window, ends []wireHead, t *tokenLogs) error {
	if len(ends) < 2 {
		t.doubts = fmt.Sprintf("the endpoint does not have block %d, the first of the window", w.From)
		return nil
	}
	between, err := s.between(ctx, w, t)
	if err != nil || t.doubts != "" {
		return err
	}
	if t.doubts, err = s.lost(ctx, append(slices.Clone(ends), between...)); err != nil {
		return err
	}
	t.asserted = fmt.Sprintf("absence of other logs is asserted by %s, which has blocks %d (%s) and %d (%s)",
		s.caller.Host(), w.From, ends[0].Hash.TerminalString(), w.To, ends[1].Hash.TerminalString())
	if len(between) > 0 {
		t.asserted += fmt.Sprintf(" and %d between, and gives logs of those that hold any", len(between))
	}
	return nil
}

// between reads blocks spread evenly over a long window.
func (s *Source) between(ctx context.Context, w chain.Window, t *tokenLogs) ([]wireHead, error) {
	if w.Blocks() <= s.o.CanaryBlocks {
		return nil, nil
	}
	var calls []ethrpc.Call
	for i := range uint64(canaries) {
		calls = append(calls, headCall(number(w.From+w.Blocks()/(canaries+1)*(i+1))))
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return nil, fmt.Errorf("read %d headers within the window: %w", len(calls), err)
	}
	var heads []wireHead
	for i, a := range answers {
		h, err := read[wireHead](a)
		if err != nil {
			t.doubts = fmt.Sprintf("the endpoint does not give block %s, which lies within the window: %s", calls[i].Params[0], oneLine(err))
			return nil, nil
		}
		heads = append(heads, h)
	}
	return heads, nil
}

var anyTransfer = proof.NewLogFilter(nil, [][]common.Hash{{chain.TopicTransfer}})

// lost says of which block the endpoint gives no logs although it has some;
// empty where there is none. Transfers are asked for, where the bloom filter may
// hold one, as that is few logs and searched for like those that matter; where
// none come, all logs of the block decide.
func (s *Source) lost(ctx context.Context, heads []wireHead) (string, error) {
	heads = slices.DeleteFunc(heads, func(h wireHead) bool { return h.bloom() == nil })
	told, err := s.topics(ctx, heads, true)
	if err != nil {
		return "", err
	}
	silent := slices.DeleteFunc(heads, func(h wireHead) bool {
		topics, answered := told[h.Number.Uint64()]
		return !answered || len(topics) > 0
	})
	if told, err = s.topics(ctx, silent, false); err != nil {
		return "", err
	}
	for _, h := range silent {
		n := h.Number.Uint64()
		switch topics, answered := told[n]; {
		case answered && len(topics) == 0:
			return fmt.Sprintf("block %d has logs by its bloom filter and the endpoint gives none of them", n), nil
		case slices.Contains(topics, chain.TopicTransfer):
			return fmt.Sprintf("block %d has transfers, and the endpoint gives none where they are asked for by their topic", n), nil
		}
	}
	return "", nil
}

// bloom is the bloom filter of a block, nil where there is none or it denies
// everything.
func (h *wireHead) bloom() *types.Bloom {
	if len(h.Bloom) != types.BloomByteLength || !slices.ContainsFunc(h.Bloom, func(b byte) bool { return b != 0 }) {
		return nil
	}
	b := types.BytesToBloom(h.Bloom)
	return &b
}

// topics asks for the logs of blocks, or for transfers where there may be one,
// and returns their first topics by the number of the block; nothing of blocks
// of which the endpoint refuses to say.
func (s *Source) topics(ctx context.Context, heads []wireHead, transfers bool) (map[uint64][]common.Hash, error) {
	var calls []ethrpc.Call
	for _, h := range heads {
		n := number(h.Number.Uint64())
		filter := map[string]any{"fromBlock": n, "toBlock": n}
		if transfers && anyTransfer.MayMatch(h.bloom()) {
			filter["topics"] = []any{chain.TopicTransfer}
		}
		calls = append(calls, ethrpc.Call{Method: "eth_getLogs", Params: []any{filter}})
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return nil, fmt.Errorf("eth_getLogs of %d blocks of the window: %w", len(calls), err)
	}
	told := map[uint64][]common.Hash{}
	for i, a := range answers {
		logs, err := read[[]struct {
			Topics []common.Hash `json:"topics"`
		}](a)
		if err != nil {
			continue // what an endpoint lacks is told where it is needed
		}
		topics := make([]common.Hash, len(logs))
		for i, l := range logs {
			if len(l.Topics) > 0 {
				topics[i] = l.Topics[0]
			}
		}
		told[heads[i].Number.Uint64()] = topics
	}
	return told, nil
}

// lateBlocks before a window's end are asked for again, where that is later than
// the finalized block.
const lateBlocks = 1024

// lateLogs asks once more for the logs of the last blocks: of several nodes
// behind one endpoint some lag, and give those of the blocks that they have
// without a word of the rest. What comes now and did not before is added; what
// lies before the last log that was told of was left out for no such reason.
func (s *Source) lateLogs(ctx context.Context, r *reader, q chain.Query, cover uint64, t *tokenLogs) error {
	if r.id.Finalized == nil || q.Window.To <= *r.id.Finalized || q.Window.Blocks() < 2 {
		return nil
	}
	n := uint64(lateBlocks)
	if cover > 0 {
		n = min(n, cover)
	}
	from := max(q.Window.From+1, q.Window.To+1-min(n, q.Window.To))
	var calls []ethrpc.Call
	for _, topics := range tokenFilters(r.id.Network, q.Addresses) {
		calls = append(calls, ethrpc.LogQuery{From: from, To: q.Window.To, Topics: topics}.Call())
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return fmt.Errorf("eth_getLogs of the last %d blocks: %w", q.Window.To+1-from, err)
	}
	var told logPlace
	if n := len(t.places); n > 0 {
		told = t.places[n-1]
	}
	for _, a := range answers {
		logs, err := read[[]*types.Log](a)
		if err != nil {
			continue // it was answered before, and is not worth more
		}
		for _, l := range logs {
			if l.BlockNumber >= from && l.BlockNumber <= q.Window.To {
				t.addLate(r, l, told)
			}
		}
	}
	return nil
}

func (t *tokenLogs) addLate(r *reader, l *types.Log, told logPlace) {
	place := logPlace{l.BlockNumber, shortHash(l.TxHash), uint32(l.Index)}
	at, known := slices.BinarySearchFunc(t.places, place, logPlace.compare)
	if known || l.Removed || !r.movesToken(l) {
		return
	}
	t.places = slices.Insert(t.places, at, place)
	if place.compare(told) > 0 {
		t.late++
	} else {
		t.dropped++
	}
	if r.noProof {
		t.kept = append(t.kept, l)
	}
	if l.Address == chain.NativeLogEmitter && !slices.Contains(t.coin, l.BlockNumber) {
		t.coin = append(t.coin, l.BlockNumber)
		slices.Sort(t.coin)
	}
}
