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
// limit is the most blocks that the endpoint answers for, 0 for any.
func (s *Source) canary(ctx context.Context, w chain.Window, limit uint64, ends []wireHead, t *tokenLogs) error {
	if len(ends) < 2 {
		t.doubts = fmt.Sprintf("the endpoint does not have block %d, the first of the window", w.From)
		return nil
	}
	between, err := s.between(ctx, w, t)
	if err != nil || t.doubts != "" {
		return err
	}
	t.between = slices.Clone(between)
	seen, err := s.sample(ctx, append(slices.Clone(ends), between...))
	if err != nil {
		return err
	}
	if t.doubts = seen.lost; t.doubts == "" {
		if t.doubts, err = s.clamped(ctx, w, limit, seen.logs); err != nil {
			return err
		}
	}
	t.asserted = fmt.Sprintf("absence of other logs is asserted by %s, which has blocks %d (%s) and %d (%s)",
		s.caller.Host(), w.From, ends[0].Hash.TerminalString(), w.To, ends[1].Hash.TerminalString())
	if len(between) > 0 {
		t.asserted += fmt.Sprintf(" and %d between", len(between))
	}
	if len(between) > 0 || seen.refusal != nil {
		t.asserted += seen.assurance()
	}
	return nil
}

// sampled is what blocks that were looked at show of an endpoint's logs.
type sampled struct {
	logs    []canaryLog // one of each block that shows a transfer
	holding int         // blocks that hold a log by their bloom filter
	given   int         // those of which the endpoint gives one
	refusal error       // the first answer that was none
	lost    string      // of which block it gives none although there are some; empty where there is no such block
}

// assurance says what a sample without lost logs is worth.
func (s *sampled) assurance() string {
	var out string
	switch {
	case s.holding == 0:
		return "; none of these holds a log by its bloom filter, so that nothing shows whether the endpoint has lost any"
	case s.given == s.holding:
		return ", and gives logs of those that hold any"
	case s.given > 0:
		out = fmt.Sprintf(", and gives logs of %d of the %d that hold any by their bloom filter", s.given, s.holding)
	default:
		out = fmt.Sprintf("; it gives logs of none of the %d that hold any by their bloom filter", s.holding)
	}
	if s.refusal != nil {
		out += ", refusing to say: " + oneLine(s.refusal)
	}
	return out
}

// between reads blocks spread evenly over a long window.
func (s *Source) between(ctx context.Context, w chain.Window, t *tokenLogs) ([]wireHead, error) {
	if w.Blocks() <= s.o.CanaryBlocks {
		return nil, nil
	}
	var numbers []uint64
	var calls []ethrpc.Call
	for i := range uint64(canaries) {
		n := w.From + w.Blocks()/(canaries+1)*(i+1)
		numbers, calls = append(numbers, n), append(calls, headCall(number(n)))
	}
	calls = append(calls, txCalls(numbers[0])...)
	answers, err := s.do(ctx, calls)
	if err != nil {
		return nil, fmt.Errorf("read %d headers within the window: %w", len(calls), err)
	}
	var heads []wireHead
	for i, n := range numbers {
		h, err := readHead(n, answers[i])
		if err != nil {
			t.doubts = fmt.Sprintf("the endpoint does not give a block that lies within the window: %s", oneLine(err))
			return nil, nil
		}
		heads = append(heads, h)
	}
	heads[0].takeTx(answers[len(numbers):])
	return heads, nil
}

var anyTransfer = proof.NewLogFilter(nil, [][]common.Hash{{chain.TopicTransfer}})

// sample asks for the logs of blocks that hold some. Transfers are asked for,
// where the bloom filter may hold one, as that is few logs and searched for like
// those that matter; where none come, all logs of the block decide.
func (s *Source) sample(ctx context.Context, heads []wireHead) (sampled, error) {
	heads = slices.DeleteFunc(heads, func(h wireHead) bool { return h.bloom() == nil })
	seen := sampled{holding: len(heads)}
	told, err := s.topics(ctx, heads, true, &seen)
	if err != nil {
		return seen, err
	}
	silent := slices.DeleteFunc(heads, func(h wireHead) bool {
		topics, answered := told[h.Number.Uint64()]
		return !answered || len(topics) > 0
	})
	if told, err = s.topics(ctx, silent, false, &seen); err != nil {
		return seen, err
	}
	for _, h := range silent {
		n := h.Number.Uint64()
		switch topics, answered := told[n]; {
		case answered && len(topics) == 0:
			seen.lost = fmt.Sprintf("block %d has logs by its bloom filter and the endpoint gives none of them", n)
			return seen, nil
		case slices.Contains(topics, chain.TopicTransfer):
			seen.lost = fmt.Sprintf("block %d has transfers, and the endpoint gives none where they are asked for by their topic", n)
			return seen, nil
		}
	}
	return seen, nil
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
// of which the endpoint refuses to say, which is noted.
func (s *Source) topics(ctx context.Context, heads []wireHead, transfers bool, seen *sampled) (map[uint64][]common.Hash, error) {
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
		logs, err := read[[]canaryLog](a)
		if err != nil {
			if seen.refusal == nil {
				seen.refusal = err
			}
			continue
		}
		if len(logs) > 0 {
			seen.given++
		}
		topics := make([]common.Hash, len(logs))
		for i, l := range logs {
			if len(l.Topics) > 0 {
				topics[i] = l.Topics[0]
			}
		}
		if at := slices.IndexFunc(logs, func(l canaryLog) bool { return len(l.Topics) > 2 }); at >= 0 {
			seen.logs = append(seen.logs, logs[at])
		}
		told[heads[i].Number.Uint64()] = topics
	}
	return told, nil
}

// canaryLog is a log as far as it is asked for again.
type canaryLog struct {
	Address common.Address `json:"address"`
	Topics  []common.Hash  `json:"topics"`
	Block   quantity       `json:"blockNumber"`
}

// canaryAnswer is a length at which an answer may have been cut off.
const canaryAnswer = 100

// clamped asks for logs that are known to stand within a window by themselves,
// in ranges as long as those in which the window was asked for. An endpoint that
// looks at a part of a long range, and does not say so, gives none of them: the
// first tells of one that looks at the end, the last of one that looks at the
// beginning. What it answers with an error, or at length, shows nothing.
func (s *Source) clamped(ctx context.Context, w chain.Window, limit uint64, logs []canaryLog) (doubt string, err error) {
	logs = slices.DeleteFunc(slices.Clone(logs), func(l canaryLog) bool {
		return l.Block.Uint64() <= w.From || l.Block.Uint64() >= w.To
	})
	if len(logs) > 2 {
		logs = []canaryLog{logs[0], logs[len(logs)-1]}
	}
	ranges := make([]chain.Window, len(logs))
	calls := make([]ethrpc.Call, len(logs))
	for i, l := range logs {
		if ranges[i] = w; limit > 0 && limit < w.Blocks() {
			ranges[i].From = max(w.From, l.Block.Uint64()-min(l.Block.Uint64(), limit/2))
			ranges[i].To = min(w.To, ranges[i].From+limit-1)
		}
		calls[i] = ethrpc.Call{Method: "eth_getLogs", Params: []any{map[string]any{
			"fromBlock": number(ranges[i].From), "toBlock": number(ranges[i].To), "address": l.Address, "topics": l.Topics,
		}}}
	}
	answers, err := s.do(ctx, calls)
	if class, _ := ethrpc.Classify(err); class == ethrpc.Missing {
		return "", nil // a run of a former version did not ask
	}
	if err != nil {
		return "", fmt.Errorf("eth_getLogs of known logs: %w", err)
	}
	for i, a := range answers {
		given, err := read[[]canaryLog](a)
		known := func(l canaryLog) bool { return l.Block.Eq(&logs[i].Block.Int) }
		if err == nil && len(given) < canaryAnswer && !slices.ContainsFunc(given, known) {
			return fmt.Sprintf("block %d has a log that the endpoint does not give where it is asked for in blocks %d-%d", logs[i].Block.Uint64(), ranges[i].From, ranges[i].To), nil
		}
	}
	return "", nil
}

// lateBlocks before a window's end are asked for again, where that is later than
// the finalized block.
const lateBlocks = 1024

// lateLogs asks once more for the logs of the last blocks: of several nodes
// behind one endpoint some lag, and give those of the blocks that they have
// without a word of the rest. What comes now and did not before is added; what
// lies before the last log that was told of was left out for no such reason.
// That the endpoint refuses is told, and no reason to give up. limit is the most
// blocks that it answers for, 0 for any.
func (s *Source) lateLogs(ctx context.Context, r *reader, q chain.Query, limit uint64, t *tokenLogs) error {
	if r.id.Finalized == nil || q.Window.To <= *r.id.Finalized || q.Window.Blocks() < 2 {
		return nil
	}
	n := uint64(lateBlocks)
	if limit > 0 {
		n = min(n, limit)
	}
	from := max(q.Window.From+1, q.Window.To+1-min(n, q.Window.To))
	if limit > 1 && from < q.Window.To && (from-q.Window.From)%limit == 0 {
		from++ // so was asked before, and a record would give the same answer
	}
	var told logPlace
	if n := len(t.places); n > 0 {
		told = t.places[n-1]
	}
	err := s.eachFilter(r.id.Network, q.Addresses, func(topics [][]common.Hash) error {
		query := ethrpc.LogQuery{From: from, To: q.Window.To, Topics: topics}
		_, err := s.caller.Logs(ctx, query, func(l *types.Log) error {
			t.addLate(r, l, told)
			return nil
		})
		return err
	})
	if class, _ := ethrpc.Classify(err); err == nil || class == ethrpc.Missing || ctx.Err() != nil {
		return err
	}
	t.unasked = err
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
		t.kept = append(t.kept, ethrpc.CloneLog(l))
	}
	if l.Address == chain.NativeLogEmitter && !slices.Contains(t.coin, l.BlockNumber) {
		t.coin = append(t.coin, l.BlockNumber)
		slices.Sort(t.coin)
	}
}
