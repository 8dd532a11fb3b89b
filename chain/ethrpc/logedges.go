package ethrpc

import (
	"context"
	"encoding/json"

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
	var gaps []chain.Window
	if j.low > j.From && j.after == (place{}) {
		gaps = append(gaps, chain.Window{From: j.From, To: j.low - 1})
	}
	if j.high < j.To {
		gaps = append(gaps, chain.Window{From: j.high + 1, To: j.To})
	}
	found, err := w.anyIn(ctx, gaps)
	if err != nil {
		return false, false, err
	}
	for i, g := range gaps {
		before = before || found[i] && g.From < j.low
		behind = behind || found[i] && g.From > j.high
	}
	switch {
	case !before && !behind:
		w.whole[host] = j.count
	case j.strayed:
		before = true // without order, what is missing may be anywhere
	}
	return before, behind, nil
}

// anyIn reports of which windows the endpoint has logs. Of those that it does
// not answer, nothing shows that it has none.
func (w *logWalk) anyIn(ctx context.Context, windows []chain.Window) ([]bool, error) {
	if len(windows) == 0 {
		return nil, nil
	}
	calls := make([]Call, len(windows))
	for i, g := range windows {
		calls[i] = w.q.call(g)
	}
	answers, err := w.c.do(ctx, calls, min(w.c.o.MaxResponse, heldBytes), true)
	if err != nil {
		return nil, err
	}
	found := make([]bool, len(windows))
	for i, a := range answers {
		var logs []json.RawMessage
		switch class, _ := Classify(a.Err); {
		case class == Size:
			found[i] = true // more than fit into an answer
		case a.Err != nil || json.Unmarshal(a.Result, &logs) != nil:
			w.cover.Doubtful = append(w.cover.Doubtful, windows[i])
		default:
			found[i] = len(logs) > 0
		}
	}
	return found, nil
}

// goOn asks for the rest of an answer that was cut off behind its last log.
func (w *logWalk) goOn(ctx context.Context, j *logJob, depth int) error {
	w.cover.Truncated = append(w.cover.Truncated, j.Window)
	w.cover.Ranges++
	rest := piece{Window: chain.Window{From: max(j.From, j.handed.block), To: j.To}, after: j.handed, anchor: j.last}
	if rest.Window == j.Window && rest.after == j.after {
		return &LogsError{j.Window, ErrBadLog} // no log of it counts
	}
	return w.run(ctx, rest, depth+1)
}
