package chainlink

import (
	"errors"
	"fmt"
	"math/big"
	"sync"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain/ethrpc"
	"losstracer/pricing/onchain"
)

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

var contract = sync.OnceValue(func() onchain.Methods { return onchain.NewMethods(methods) })

// call is one method of one contract at a block.
func call(to common.Address, block, method string, args ...any) ethrpc.Call {
	return contract().Call(to, block, method, args...)
}

func value[T any](a ethrpc.Answer, method string) (T, error) {
	return onchain.Value[T](contract(), a, method)
}

// nothing reports whether there is no such contract at the block, or it does
// not have the method.
func nothing(err error) bool { return errors.Is(err, onchain.ErrNothing) }

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
	values, err := contract().Values(a, method)
	if err != nil {
		return round{}, err
	}
	id, _ := values[0].(*big.Int)
	answer, _ := values[1].(*big.Int)
	updated, _ := values[3].(*big.Int)
	// The decoder lets numbers through that are wider than their type.
	if id == nil || answer == nil || updated == nil || id.BitLen() > 80 || updated.BitLen() > timeBits {
		return round{}, fmt.Errorf("%s: %w", method, onchain.ErrNothing)
	}
	return round{id, answer, updated.Uint64()}, nil
}
