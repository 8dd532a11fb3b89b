package onchain

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"losstracer/chain/ethrpc"
)

// Block is what of a block matters here.
type Block struct{ Number, Time uint64 }

// Window is the stretch of blocks that an average is over.
type Window struct{ Start, End Block }

// Seconds returns how long the window is.
func (w Window) Seconds() uint64 { return w.End.Time - w.Start.Time }

// EndTime returns the moment at which the window ends.
func (w Window) EndTime() time.Time { return time.Unix(int64(w.End.Time), 0).UTC() }

// Before returns the window of at least a length that ends with a block. Where
// the chain is younger it begins with its first block.
func Before(ctx context.Context, c Caller, end uint64, length time.Duration) (Window, error) {
	steps, err := blocks(ctx, c, stepsBack(end)...)
	if err != nil {
		return Window{}, err
	}
	last := steps[0]
	start, err := search(ctx, c, steps, last.Time-min(last.Time, uint64(length/time.Second)))
	return Window{start, last}, err
}

// stepsBack returns a block and those before it at distances that double, which
// find the neighbourhood of a time in one request.
func stepsBack(end uint64) []uint64 {
	numbers := []uint64{end}
	for step := uint64(1); step < end; step *= 2 {
		numbers = append(numbers, end-step)
	}
	return append(numbers, 0)
}

// BeforeCalls returns what [Before] will ask first.
func BeforeCalls(end uint64) []ethrpc.Call { return headers(stepsBack(end)...) }

// search returns the last block at or before a time. Steps are known blocks,
// each before the one in front of it; where all of them are later it returns
// the last.
func search(ctx context.Context, c Caller, steps []Block, time uint64) (Block, error) {
	low, high := steps[len(steps)-1], steps[0]
	for _, b := range steps[1:] {
		if b.Time <= time {
			low = b
			break
		}
		high = b
	}
	for low.Time <= time && high.Number-low.Number > 1 {
		middle, err := blocks(ctx, c, between(low.Number, high.Number)...)
		if err != nil {
			return Block{}, err
		}
		for _, b := range middle {
			if b.Time > time {
				high = b
				break
			}
			low = b
		}
	}
	return low, nil
}

// samples is how many blocks are looked at at once.
const samples = 15

// between returns up to samples numbers between two, both excluded, ascending.
func between(low, high uint64) []uint64 {
	n := min(samples, high-low-1)
	list := make([]uint64, 0, n)
	for i := uint64(1); i <= n; i++ {
		list = append(list, low+(high-low)*i/(n+1))
	}
	return list
}

func headers(numbers ...uint64) []ethrpc.Call {
	calls := make([]ethrpc.Call, len(numbers))
	for i, n := range numbers {
		calls[i] = ethrpc.Call{Method: "eth_getBlockByNumber", Params: []any{At(n), false}}
	}
	return calls
}

func blocks(ctx context.Context, c Caller, numbers ...uint64) ([]Block, error) {
	answers, err := c.Do(ctx, headers(numbers...))
	if err != nil {
		return nil, err
	}
	list := make([]Block, len(numbers))
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
		list[i] = Block{numbers[i], uint64(header.Time)}
	}
	return list, nil
}
