package ethrpc

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"losstracer/chain"
)

// fewLogs are too few for an answer to have been cut off: no endpoint is known
// to give less.
const fewLogs = 100

// beyond reports whether the endpoint has logs before the first of an answer,
// or behind the last, where the answer should have held them. An answer that is
// no longer than one that proved to be whole, and shorter than any that was cut
// off, is believed: whatever the number at which an endpoint cuts off, it is
// larger than that.
func (w *logWalk) beyond(ctx context.Context, j *logJob) (before, behind bool, err error) {
	if j.count < fewLogs {
		return false, false, nil
	}
	host := j.host()
	oneBlock := j.low.block >= j.high.block
	if oneBlock {
		w.crowded = append(w.crowded, crowd{j.high.block, host, j.count})
	}
	edges := j.edges()
	cut := w.c.learned.cutAt(host)
	if len(edges) == 0 || j.count <= w.whole[host] && (cut == 0 || j.count < cut) {
		return false, false, nil
	}
	before, behind, err = w.outside(ctx, j, edges)
	switch {
	case err != nil:
		return false, false, err
	case before || behind:
		w.c.learned.cutOff(host, j.count)
		before = before || j.strayed // without order, what is missing may be anywhere
	case !oneBlock:
		// Had it been cut off, the blocks at its ends would hold more by
		// themselves. Of one block there is nothing to compare with.
		w.whole[host] = max(w.whole[host], j.count)
	}
	return before, behind, nil
}

// crowd is a block that gave an answer of many logs by itself.
type crowd struct {
	block uint64
	host  string
	logs  int
}

// doubtCrowds makes blocks doubtful that gave as many logs as their endpoint
// cuts off at, wherever in the walk that was learned.
func (w *logWalk) doubtCrowds() {
	for _, b := range w.crowded {
		alone := chain.Window{From: b.block, To: b.block}
		if cut := w.c.learned.cutAt(b.host); cut > 0 && b.logs >= cut && !slices.Contains(w.cover.Doubtful, alone) {
			w.cover.Doubtful = append(w.cover.Doubtful, alone)
		}
	}
}

// edges are where an answer that was cut off lacks logs: the blocks before and
// behind those of its logs, and the first and the last of those, each by itself.
func (j *logJob) edges() []chain.Window {
	var out []chain.Window
	add := func(from, to uint64) { out = append(out, chain.Window{From: from, To: to}) }
	low, high := j.low.block, j.high.block
	if j.after == (place{}) {
		if low > j.From {
			add(j.From, low-1)
		}
		if low < high {
			add(low, low)
		}
	}
	if j.From < j.To { // else it was asked for by itself
		add(high, high)
	}
	if high < j.To {
		add(high+1, j.To)
	}
	return out
}

// outside reports whether the endpoint has logs before the first of a job, or
// behind the last, in windows at its edges. Of those that it does not answer,
// nothing shows that it has none.
func (w *logWalk) outside(ctx context.Context, j *logJob, windows []chain.Window) (before, behind bool, err error) {
	if len(windows) == 0 {
		return false, false, nil
	}
	calls := make([]Call, len(windows))
	for i, g := range windows {
		calls[i] = w.q.call(g)
	}
	answers, err := w.c.do(ctx, calls, min(w.c.o.MaxResponse, heldBytes), true)
	if err != nil {
		return false, false, err
	}
	for i, a := range answers {
		var logs []struct {
			Block hexutil.Uint64 `json:"blockNumber"`
			Index hexutil.Uint64 `json:"logIndex"`
		}
		g := windows[i]
		switch class, _ := Classify(a.Err); {
		case class == Size && g.To < j.low.block:
			before = true // more than fit into an answer
		case class == Size && g.From > j.high.block:
			behind = true
		case a.Err != nil || json.Unmarshal(a.Result, &logs) != nil:
			w.cover.Doubtful = append(w.cover.Doubtful, g)
		}
		for _, l := range logs {
			at := place{uint64(l.Block), uint64(l.Index) + 1}
			before = before || j.after == (place{}) && at.compare(j.low) < 0
			behind = behind || at.compare(j.high) > 0
		}
	}
	return before, behind, nil
}

// goOn asks for the rest of an answer that was cut off behind its last log.
// Where it ended within a block of which the endpoint gives no more, that block
// is doubtful, and the rest begins behind it.
func (w *logWalk) goOn(ctx context.Context, j *logJob, depth int) error {
	w.cover.Truncated = append(w.cover.Truncated, j.Window)
	w.cover.Ranges++
	rest := piece{Window: chain.Window{From: max(j.From, j.handed.block), To: j.To}, after: j.handed, anchor: j.last}
	if rest.Window == j.Window && rest.after == j.after {
		w.cover.Doubtful = append(w.cover.Doubtful, chain.Window{From: rest.From, To: rest.From})
		rest = piece{Window: chain.Window{From: rest.From + 1, To: rest.To}}
	}
	return w.run(ctx, rest, depth+1)
}
