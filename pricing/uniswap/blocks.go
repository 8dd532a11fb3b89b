package uniswap

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"losstracer/chain/ethrpc"
)

// block is what of a block matters here.
type block struct{ number, time uint64 }

func (s *Source) blocks(ctx context.Context, numbers ...uint64) ([]block, error) {
	calls := make([]ethrpc.Call, len(numbers))
	for i, n := range numbers {
		calls[i] = ethrpc.Call{Method: "eth_getBlockByNumber", Params: []any{hexutil.EncodeUint64(n), false}}
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return nil, err
	}
	list := make([]block, len(numbers))
	for i, a := range answers {
		if a.Err != nil {
			return nil, fmt.Errorf("block %d: %w", numbers[i], a.Err)
		}
		var header *struct {
			Time hexutil.Uint64 `json:"timestamp"`
		}
		if err := json.Unmarshal(a.Result, &header); err != nil {
			return nil, fmt.Errorf("block %d: read answer: %w", numbers[i], err)
		}
		if header == nil {
			return nil, fmt.Errorf("block %d: the endpoint does not have it", numbers[i])
		}
		list[i] = block{numbers[i], uint64(header.Time)}
	}
	return list, nil
}

// before returns the last block at or before a time, of those below end. Where
// all of them are later it returns the first block of the chain.
func (s *Source) before(ctx context.Context, end block, time uint64) (block, error) {
	// Steps back that double find the neighbourhood in one request.
	var numbers []uint64
	for step := uint64(1); step < end.number; step *= 2 {
		numbers = append(numbers, end.number-step)
	}
	numbers = append(numbers, 0)
	steps, err := s.blocks(ctx, numbers...)
	if err != nil {
		return block{}, err
	}
	low, high := steps[len(steps)-1], end
	for _, b := range steps {
		if b.time <= time {
			low = b
			break
		}
		high = b
	}
	for low.time <= time && high.number-low.number > 1 {
		middle, err := s.blocks(ctx, between(low.number, high.number)...)
		if err != nil {
			return block{}, err
		}
		for _, b := range middle {
			if b.time > time {
				high = b
				break
			}
			low = b
		}
	}
	return low, nil
}

// between returns up to seven numbers between two, both excluded, ascending.
func between(low, high uint64) []uint64 {
	n := min(7, high-low-1)
	list := make([]uint64, 0, n)
	for i := uint64(1); i <= n; i++ {
		list = append(list, low+(high-low)*i/(n+1))
	}
	return list
}
