package ethrpc

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"losstracer/chain"
)

// LogQuery asks for the logs of the blocks From to To, both included, that one
// of the addresses emitted (any, if there are none) and that have, in each
// position for which Topics lists some, one of those.
type LogQuery struct {
	From, To  uint64
	Addresses []common.Address
	Topics    [][]common.Hash
}

// positions returns Topics without empty sets at the end, about which nodes
// do not agree: for some they ask for a topic, for others for nothing.
func (q LogQuery) positions() [][]common.Hash {
	topics := q.Topics
	for len(topics) > 0 && len(topics[len(topics)-1]) == 0 {
		topics = topics[:len(topics)-1]
	}
	return topics
}

// Call is the one call that asks for all of it.
func (q LogQuery) Call() Call { return q.call(chain.Window{From: q.From, To: q.To}) }

func (q LogQuery) call(w chain.Window) Call {
	filter := map[string]any{
		"fromBlock": hexutil.EncodeUint64(w.From),
		"toBlock":   hexutil.EncodeUint64(w.To),
	}
	if len(q.Addresses) > 0 {
		list := make([]string, len(q.Addresses))
		for i, a := range q.Addresses {
			list[i] = chain.Hex(a)
		}
		filter["address"] = list
	}
	if topics := q.positions(); len(topics) > 0 {
		list := make([]any, len(topics))
		for i, set := range topics {
			if len(set) > 0 {
				list[i] = set
			}
		}
		filter["topics"] = list
	}
	return Call{Method: "eth_getLogs", Params: []any{filter}}
}

// LogCoverage says what was asked for and how it was answered.
type LogCoverage struct {
	// Window is what was answered without a gap, from LogQuery.From on. Where
	// Logs returns an error it ends before the block that could not be had; it
	// has no blocks, then, if that was the first.
	Window chain.Window
	Hosts  []string // endpoints that answered, in order of preference
	Ranges int      // answers that the logs were put together from
	Logs   uint64
	Blocks uint64 // most blocks for which the endpoint answers; 0 if it named no limit

	// Truncated are ranges for which fewer logs came than for their halves, or
	// behind whose last log there were more: the endpoint cuts answers off and
	// does not say so. What the halves held, or stood behind, was taken.
	Truncated []chain.Window
	// Doubtful are single blocks with exactly as many logs as endpoints are
	// known to cut off at, or this one was found to, where there are no halves to
	// compare with; blocks that hold more than the endpoint gives of one; ranges before the first log of an
	// answer that was too large to be held and lacked some of them; and ranges of
	// which the endpoint would not say whether they hold more.
	Doubtful []chain.Window
}

// LogsError says for which range the logs could not be had.
type LogsError struct {
	Window chain.Window
	Err    error
}

func (e *LogsError) Error() string {
	return fmt.Sprintf("logs of blocks %d-%d: %s", e.Window.From, e.Window.To, e.Err)
}

// Unwrap returns what the endpoint said.
func (e *LogsError) Unwrap() error { return e.Err }
