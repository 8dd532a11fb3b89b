package chainlink

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"losstracer/chain/ethrpc"
)

// Caller asks an endpoint of one chain. Do answers in the order of the calls;
// its error means that nothing came back.
type Caller interface {
	Do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error)
}

// Methods of AggregatorProxy and of the aggregators behind it, from the
// interfaces of smartcontractkit/chainlink: AggregatorProxyInterface,
// AggregatorV2V3Interface, and the bounds that OffchainAggregator has.
const methods = `[
 {"type":"function","name":"description","inputs":[],"outputs":[{"type":"string"}]},
 {"type":"function","name":"decimals","inputs":[],"outputs":[{"type":"uint8"}]},
 {"type":"function","name":"aggregator","inputs":[],"outputs":[{"type":"address"}]},
 {"type":"function","name":"phaseId","inputs":[],"outputs":[{"type":"uint16"}]},
 {"type":"function","name":"phaseAggregators","inputs":[{"type":"uint16"}],"outputs":[{"type":"address"}]},
 {"type":"function","name":"latestRound","inputs":[],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"minAnswer","inputs":[],"outputs":[{"type":"int192"}]},
 {"type":"function","name":"maxAnswer","inputs":[],"outputs":[{"type":"int192"}]},
 {"type":"function","name":"latestRoundData","inputs":[],"outputs":[{"type":"uint80"},{"type":"int256"},{"type":"uint256"},{"type":"uint256"},{"type":"uint80"}]},
 {"type":"function","name":"getRoundData","inputs":[{"type":"uint80"}],"outputs":[{"type":"uint80"},{"type":"int256"},{"type":"uint256"},{"type":"uint256"},{"type":"uint80"}]}
]`

var contract = sync.OnceValue(func() abi.ABI {
	a, err := abi.JSON(strings.NewReader(methods))
	if err != nil {
		panic("chainlink: methods: " + err.Error())
	}
	return a
})

// call is one method of one contract at a block; an empty block is the latest.
func call(to common.Address, block, method string, args ...any) ethrpc.Call {
	data, err := contract().Pack(method, args...)
	if err != nil {
		panic("chainlink: " + method + ": " + err.Error())
	}
	if block == "" {
		block = "latest"
	}
	return ethrpc.Call{Method: "eth_call", Params: []any{
		map[string]string{"to": strings.ToLower(to.Hex()), "data": hexutil.Encode(data)}, block,
	}}
}

// errNothing: no such contract at the block, or it does not have the method.
var errNothing = errors.New("the contract does not answer")

// failed reports whether err says that the call was executed and failed, which
// is the contract's answer, and not that it was never executed. Nodes word it in
// their own ways; code 3 is that of the execution API.
func failed(err error) bool {
	var refusal *ethrpc.RPCError
	if !errors.As(err, &refusal) {
		return false
	}
	text := strings.ToLower(refusal.Message)
	return refusal.Code == 3 || slices.ContainsFunc([]string{"revert", "vm exception", "invalid opcode", "out of gas", "invalid jump", "stack underflow"},
		func(s string) bool { return strings.Contains(text, s) })
}

func unpack(a ethrpc.Answer, method string) ([]any, error) {
	if a.Err != nil {
		if failed(a.Err) {
			return nil, fmt.Errorf("%s: %w: %w", method, errNothing, a.Err)
		}
		return nil, a.Err
	}
	var data hexutil.Bytes
	if err := json.Unmarshal(a.Result, &data); err != nil {
		return nil, fmt.Errorf("%s: read answer: %w", method, err)
	}
	if len(data) == 0 {
		return nil, fmt.Errorf("%s: %w", method, errNothing)
	}
	values, err := contract().Unpack(method, data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", method, errNothing, err)
	}
	return values, nil
}

func value[T any](a ethrpc.Answer, method string) (T, error) {
	var none T
	values, err := unpack(a, method)
	if err != nil {
		return none, err
	}
	v, ok := values[0].(T)
	if !ok {
		return none, fmt.Errorf("%s: %w", method, errNothing)
	}
	return v, nil
}

// round is one report of a feed.
type round struct {
	id      *big.Int // phase in the bits from 64 on, the aggregator's round below
	answer  *big.Int
	updated uint64 // Unix seconds; zero for a round without a report
}

// phase returns the number of the aggregator that the round is of.
func (r round) phase() uint64 { return new(big.Int).Rsh(r.id, 64).Uint64() }

// timeBits is enough for the next thirty thousand years.
const timeBits = 40

func readRound(a ethrpc.Answer, method string) (round, error) {
	values, err := unpack(a, method)
	if err != nil {
		return round{}, err
	}
	id, _ := values[0].(*big.Int)
	answer, _ := values[1].(*big.Int)
	updated, _ := values[3].(*big.Int)
	// The decoder lets numbers through that are wider than their type.
	if id == nil || answer == nil || updated == nil || id.BitLen() > 80 || updated.BitLen() > timeBits {
		return round{}, fmt.Errorf("%s: %w", method, errNothing)
	}
	return round{id, answer, updated.Uint64()}, nil
}
