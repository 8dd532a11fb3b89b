package ethrpc

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"
)

// Exchange is one call and its answer as evidence: either Result or Error is
// set.
type Exchange struct {
	Host   string // scheme and host, never the key
	Call   Call
	Result json.RawMessage // as the endpoint sent it
	Error  *RPCError
	Time   time.Time // when the answer was received
	Moving bool      // the call's answer changes as the chain grows
}

// Recorder keeps raw evidence. It is used from several goroutines.
type Recorder interface {
	// Find returns the answer that was last kept for the call at this host,
	// and whether there is one. A kept refusal is returned as true with the
	// *RPCError; any other error means that the record could not be read.
	Find(ctx context.Context, host string, c Call) (json.RawMessage, bool, error)
	// Keep stores an exchange. A later exchange for the same host and call
	// takes the place of the earlier one in Find.
	Keep(ctx context.Context, e Exchange) error
}

// pinnedMethods lists the methods whose answer cannot change once the chain
// has the block that they speak of, and the position of the parameter that
// names the block: -1 where a hash or a filter object does, and its absence
// otherwise means "latest". Methods that are not listed move.
var pinnedMethods = map[string]int{
	"eth_getBalance":                          1,
	"eth_getCode":                             1,
	"eth_getTransactionCount":                 1,
	"eth_call":                                1,
	"eth_getStorageAt":                        2,
	"eth_getProof":                            2,
	"eth_simulateV1":                          1,
	"eth_getBlockByNumber":                    0,
	"eth_getHeaderByNumber":                   0,
	"eth_getBlockByHash":                      -1,
	"eth_getBlockReceipts":                    0,
	"eth_getTransactionByHash":                -1,
	"eth_getTransactionReceipt":               -1,
	"eth_getRawTransactionByHash":             -1,
	"eth_getTransactionByBlockNumberAndIndex": 0,
	"eth_getLogs":                             -1,
	"debug_traceTransaction":                  -1,
	"debug_traceBlockByNumber":                0,
	"debug_traceBlockByHash":                  -1,
	"trace_block":                             0,
	"trace_transaction":                       -1,
	"trace_filter":                            -1,
	"trace_replayBlockTransactions":           0,
	"alchemy_getAssetTransfers":               -1,
	"ots_getTransactionBySenderAndNonce":      -1,
	"ots_getContractCreator":                  -1,
	"ots_getInternalOperations":               -1,
	"ots_hasCode":                             1,
}

// filterMethods take an object whose missing toBlock means "latest".
var filterMethods = map[string]bool{"eth_getLogs": true, "trace_filter": true, "alchemy_getAssetTransfers": true}

// Pinned reports whether the answer to the call is the same whenever it is
// asked: the method is one of history, and it names its block by number or
// hash. A call for "latest", "pending", "safe" or "finalized" moves, and so
// does one that leaves its block out; "earliest" is pinned. eth_chainId and
// web3_clientVersion move as well: they are what tells one endpoint from
// another and are asked on every run.
func Pinned(c Call) bool {
	params, err := c.params()
	return err == nil && pinned(c.Method, params)
}

func pinned(method string, params json.RawMessage) bool {
	block, listed := pinnedMethods[method]
	if !listed {
		return false
	}
	var list []any
	if json.Unmarshal(params, &list) != nil || len(list) == 0 || len(list) <= block {
		return false
	}
	if filterMethods[method] {
		filter, _ := list[0].(map[string]any)
		if filter["toBlock"] == nil && filter["blockHash"] == nil {
			return false
		}
	}
	return !namesMovingBlock(list)
}

func namesMovingBlock(v any) bool {
	switch v := v.(type) {
	case string:
		switch strings.ToLower(v) {
		case "latest", "pending", "safe", "finalized":
			return true
		}
	case []any:
		for _, e := range v {
			if namesMovingBlock(e) {
				return true
			}
		}
	case map[string]any:
		for _, e := range v {
			if namesMovingBlock(e) {
				return true
			}
		}
	}
	return false
}

// keepable reports whether an answer is a fact worth keeping: every result,
// and refusals that depend on the call and the endpoint but not on the moment.
func keepable(err error) bool {
	if err == nil {
		return true
	}
	var refusal *RPCError
	if !errors.As(err, &refusal) {
		return false
	}
	class, _ := Classify(err)
	return class != Transient && class != Rate
}

// standing reports whether a kept answer settles the call without asking
// again. Null may be about to become something, and what an endpoint lacks or
// does not allow may have been bought since.
func standing(result json.RawMessage, err error) bool {
	if err != nil {
		class, _ := Classify(err)
		return class == Rejected || class == Range || class == Size || class == Filter
	}
	return string(result) != "null"
}

// recall fills in what the record knows and returns what has to be asked.
func (c *Client) recall(ctx context.Context, qs []*query, answers []Answer) ([]*query, error) {
	if c.o.Recorder == nil {
		if c.o.Offline {
			notRecorded(qs, answers)
			return nil, nil
		}
		return qs, nil
	}
	var open, missing []*query
	for _, q := range qs {
		known, err := c.find(ctx, q, answers)
		switch {
		case err != nil:
			return nil, err
		case known:
		case c.o.Offline:
			missing = append(missing, q)
		default:
			open = append(open, q)
		}
	}
	notRecorded(missing, answers)
	return open, nil
}

func notRecorded(qs []*query, answers []Answer) {
	for _, q := range qs {
		answers[q.at].Err = &MissingError{Call: q.Call}
	}
}

// MissingError says which call the record does not know. It is ErrNotRecorded.
type MissingError struct{ Call Call }

func (e *MissingError) Error() string {
	key, err := e.Call.Key()
	if err != nil {
		key = e.Call.Method
	}
	return printable(key) + ": " + ErrNotRecorded.Error()
}

// Is makes the error match ErrNotRecorded.
func (e *MissingError) Is(target error) bool { return target == ErrNotRecorded }

func (c *Client) find(ctx context.Context, q *query, answers []Answer) (bool, error) {
	if !c.o.Offline && !pinned(q.Method, q.params) {
		return false, nil
	}
	for _, e := range c.endpoints {
		result, known, err := c.o.Recorder.Find(ctx, e.host, q.Call)
		var refusal *RPCError
		if err != nil && !(known && errors.As(err, &refusal)) {
			return false, err
		}
		if known && (c.o.Offline || standing(result, err)) {
			answers[q.at] = Answer{Result: result, Err: err, Host: e.host}
			return true, nil
		}
	}
	return false, nil
}

func (c *Client) keep(ctx context.Context, host string, q *query, a Answer) error {
	if c.o.Recorder == nil || !keepable(a.Err) {
		return nil
	}
	e := Exchange{Host: host, Call: q.Call, Result: a.Result, Time: c.o.Now().UTC(), Moving: !pinned(q.Method, q.params)}
	if a.Err != nil {
		errors.As(a.Err, &e.Error)
	}
	return c.o.Recorder.Keep(ctx, e)
}
