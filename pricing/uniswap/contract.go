package uniswap

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"sync"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain/ethrpc"
	"losstracer/pricing/onchain"
)

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

var contract = sync.OnceValue(func() onchain.Methods { return onchain.NewMethods(methods) })

// call is one method of one contract as of the end of a block.
func call(to common.Address, block uint64, method string, args ...any) ethrpc.Call {
	return contract().Call(to, onchain.At(block), method, args...)
}

func value[T any](a ethrpc.Answer, method string) (T, error) {
	return onchain.Value[T](contract(), a, method)
}

// nothing reports whether the contract is not there or refuses.
func nothing(err error) bool { return errors.Is(err, onchain.ErrNothing) }

// reserves is the state of a V2 pool as of the end of a block.
type reserves struct {
	r0, r1  *big.Int
	updated uint32 // time of the last change, Unix seconds modulo 2³²
}

func readReserves(a ethrpc.Answer) (reserves, error) {
	values, err := contract().Values(a, "getReserves")
	if err != nil {
		return reserves{}, err
	}
	r0, _ := values[0].(*big.Int)
	r1, _ := values[1].(*big.Int)
	updated, ok := values[2].(uint32)
	if r0 == nil || r1 == nil || !ok {
		return reserves{}, fmt.Errorf("getReserves: %w", onchain.ErrNothing)
	}
	return reserves{r0, r1, updated}, nil
}

// do makes calls.
func (s *Source) do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	if len(calls) == 0 {
		return nil, nil
	}
	answers, err := s.caller.Do(ctx, calls)
	if err != nil {
		return nil, fmt.Errorf("read pools: %w", err)
	}
	return answers, nil
}
