package uniswap

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

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// Caller asks an endpoint of one chain. Do answers in the order of the calls;
// its error means that nothing came back.
type Caller interface {
	Do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error)
}

// Methods of IUniswapV2Pair, IUniswapV3Pool, ERC-20 and ERC-4626, and of staked
// tokens that say what they are worth.
const methods = `[
 {"type":"function","name":"getReserves","inputs":[],"outputs":[{"type":"uint112"},{"type":"uint112"},{"type":"uint32"}]},
 {"type":"function","name":"price0CumulativeLast","inputs":[],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"price1CumulativeLast","inputs":[],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"token0","inputs":[],"outputs":[{"type":"address"}]},
 {"type":"function","name":"token1","inputs":[],"outputs":[{"type":"address"}]},
 {"type":"function","name":"totalSupply","inputs":[],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"decimals","inputs":[],"outputs":[{"type":"uint8"}]},
 {"type":"function","name":"balanceOf","inputs":[{"type":"address"}],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"observe","inputs":[{"type":"uint32[]"}],"outputs":[{"type":"int56[]"},{"type":"uint160[]"}]},
 {"type":"function","name":"convertToAssets","inputs":[{"type":"uint256"}],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"stEthPerToken","inputs":[],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"getExchangeRate","inputs":[],"outputs":[{"type":"uint256"}]},
 {"type":"function","name":"exchangeRate","inputs":[],"outputs":[{"type":"uint256"}]}
]`

var contract = sync.OnceValue(func() abi.ABI {
	a, err := abi.JSON(strings.NewReader(methods))
	if err != nil {
		panic("uniswap: methods: " + err.Error())
	}
	return a
})

// call is one method of one contract as of the end of a block.
func call(to common.Address, block uint64, method string, args ...any) ethrpc.Call {
	data, err := contract().Pack(method, args...)
	if err != nil {
		panic("uniswap: " + method + ": " + err.Error())
	}
	return ethrpc.Call{Method: "eth_call", Params: []any{
		map[string]string{"to": chain.Hex(to), "data": hexutil.Encode(data)}, hexutil.EncodeUint64(block),
	}}
}

// errNothing: no such contract at the block, or it refuses.
var errNothing = errors.New("the contract does not answer")

// errNoState: the endpoint does not have the state of the block, or does not
// give it away.
var errNoState = errors.New("the endpoint does not answer for the state of that block")

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
	switch class, _ := ethrpc.Classify(a.Err); {
	case class == ethrpc.None:
	case failed(a.Err):
		return nil, fmt.Errorf("%s: %w: %w", method, errNothing, a.Err)
	case class == ethrpc.History, class == ethrpc.Auth, class == ethrpc.Rejected:
		return nil, fmt.Errorf("%s: %w: %w", method, errNoState, a.Err)
	default:
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

// reserves is the state of a V2 pool as of the end of a block.
type reserves struct {
	r0, r1  *big.Int
	updated uint32 // time of the last change, Unix seconds modulo 2³²
}

func readReserves(a ethrpc.Answer) (reserves, error) {
	values, err := unpack(a, "getReserves")
	if err != nil {
		return reserves{}, err
	}
	r0, _ := values[0].(*big.Int)
	r1, _ := values[1].(*big.Int)
	updated, ok := values[2].(uint32)
	if r0 == nil || r1 == nil || !ok {
		return reserves{}, fmt.Errorf("getReserves: %w", errNothing)
	}
	return reserves{r0, r1, updated}, nil
}

// do makes calls and checks that each has an answer.
func (s *Source) do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	if len(calls) == 0 {
		return nil, nil
	}
	answers, err := s.caller.Do(ctx, calls)
	if err == nil && len(answers) != len(calls) {
		err = fmt.Errorf("%d answers to %d calls", len(answers), len(calls))
	}
	if err != nil {
		return nil, fmt.Errorf("read pools: %w", err)
	}
	return answers, nil
}
