package ethrpc

import (
	"context"
	"encoding/json"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"losstracer/chain"
)

// fewLogs are too few for an answer to have been cut off: no endpoint is known
// to give less.
const fewLogs = 100

// beyond reports whether the endpoint has logs before the first of an answer,
// or behind the last, where the answer should have held them. An answer that is
// no longer than one that proved to be whole is believed: whatever the number at
// which an endpoint cuts off, it is larger than that.
func (w *logWalk) beyond(ctx context.Context, j *logJob) (before, behind bool, err error) {
	host := ""
	if len(j.hosts) > 0 {
		host = j.hosts[len(j.hosts)-1]
	}
	if j.count < fewLogs || j.count <= w.whole[host] {
		return false, false, nil
	}
	before, behind, err = w.outside(ctx, j, j.edges())
	switch {
	case err != nil:
		return false, false, err
	case !before && !behind:
		w.whole[host] = j.count
	case j.strayed:
		before = true // without order, what is missing may be anywhere
	}
	return before, behind, nil
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
