package history

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"time"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// BlockByNumber returns a block; ErrNotFound where the chain has not come so
// far, or the endpoint does not have it.
func (s *Source) BlockByNumber(ctx context.Context, n uint64) (chain.Block, error) {
	heads, err := s.heads(ctx, n)
	if err != nil {
		return chain.Block{}, err
	}
	return heads[0].block(), nil
}

// heads reads several headers at once.
func (s *Source) heads(ctx context.Context, numbers ...uint64) ([]wireHead, error) {
	heads, _, err := s.headsAnd(ctx, nil, numbers...)
	return heads, err
}

// headsAnd reads several headers, and makes other calls in the same round.
func (s *Source) headsAnd(ctx context.Context, others []ethrpc.Call, numbers ...uint64) ([]wireHead, []ethrpc.Answer, error) {
	calls := make([]ethrpc.Call, len(numbers))
	for i, n := range numbers {
		calls[i] = headCall(number(n))
	}
	answers, err := s.do(ctx, append(calls, others...))
	if err != nil {
		return nil, nil, fmt.Errorf("read %d headers: %w", len(numbers), err)
	}
	heads := make([]wireHead, len(numbers))
	for i, n := range numbers {
		if heads[i], err = readHead(n, answers[i]); err != nil {
			return nil, nil, err
		}
	}
	return heads, answers[len(numbers):], nil
}

// readHead reads the header of block n; ErrNotFound where the endpoint does not
// have it.
func readHead(n uint64, a ethrpc.Answer) (wireHead, error) {
	h, err := read[wireHead](a)
	if err != nil {
		if class, _ := ethrpc.Classify(err); class == ethrpc.History {
			err = errors.Join(ErrNotFound, err)
		}
		return h, fmt.Errorf("block %d: %w", n, err)
	}
	if got := h.Number.Uint64(); got != n {
		return h, fmt.Errorf("block %d: the endpoint answers with block %d", n, got)
	}
	h.raw = a.Result
	return h, nil
}

// probesPerRound is how many headers a round of [Source.BlockAt] reads: more
// cost little in a batch, and each round is a wait.
const probesPerRound = 9

// BlockAt returns the last block at or before t. ErrNotFound says that the
// chain, as far as the endpoint has it, begins later.
//
// Timestamps are searched by interpolation: each round probes around the place
// where a steady chain would have the block, and evenly over the rest.
func (s *Source) BlockAt(ctx context.Context, t time.Time) (chain.Block, error) {
	id, err := s.Open(ctx)
	if err != nil {
		return chain.Block{}, err
	}
	if t.Unix() < 0 {
		return chain.Block{}, fmt.Errorf("block at %s: %w", t.UTC().Format(time.RFC3339), ErrNotFound)
	}
	want := uint64(t.Unix())
	if id.Head.Time <= want {
		return id.Head, nil
	}
	lo, err := s.firstBlock(ctx, id.Head)
	if err != nil {
		return chain.Block{}, err
	}
	if lo.Time > want {
		return chain.Block{}, fmt.Errorf("block at %s: %w: the first block of the endpoint is %d of %s", t.UTC().Format(time.RFC3339), ErrNotFound,
			lo.Number, time.Unix(int64(lo.Time), 0).UTC().Format(time.RFC3339))
	}
	hi := id.Head
	for hi.Number-lo.Number > 1 {
		heads, err := s.heads(ctx, interpolate(lo, hi, want)...)
		if err != nil {
			return chain.Block{}, fmt.Errorf("block at %s: %w", t.UTC().Format(time.RFC3339), err)
		}
		for _, h := range heads {
			switch b := h.block(); {
			case b.Time <= want && b.Number > lo.Number:
				lo = b
			case b.Time > want && b.Number < hi.Number:
				hi = b
			}
		}
	}
	return lo, nil
}

// interpolate returns numbers strictly between lo and hi, ascending: the place
// that equal steps point to, its neighbours at growing distance, and quarters.
func interpolate(lo, hi chain.Block, want uint64) []uint64 {
	gap := hi.Number - lo.Number
	var ns []uint64
	if gap-1 <= probesPerRound {
		for n := lo.Number + 1; n < hi.Number; n++ {
			ns = append(ns, n)
		}
		return ns
	}
	// Times and numbers are read from the endpoint and may be large.
	off := new(big.Int).SetUint64(want - lo.Time)
	off.Mul(off, new(big.Int).SetUint64(gap)).Div(off, new(big.Int).SetUint64(hi.Time-lo.Time))
	guess := lo.Number + min(max(off.Uint64(), 1), gap-1)
	near, far := max(gap/4096, 1), max(gap/64, 2)
	for _, n := range []uint64{lo.Number + gap/4, lo.Number + gap/2, lo.Number + gap/4*3, guess - min(guess, far), guess - min(guess, near), guess, guess + near, guess + far, guess + 1} {
		if lo.Number < n && n < hi.Number {
			ns = append(ns, n)
		}
	}
	return ns
}

// firstBlock returns block 0, or the first that the endpoint has.
func (s *Source) firstBlock(ctx context.Context, head chain.Block) (chain.Block, error) {
	first, err := s.BlockByNumber(ctx, 0)
	if err == nil || !errors.Is(err, ErrNotFound) {
		return first, err
	}
	lacks, has := uint64(0), head
	for has.Number-lacks > 1 {
		b, err := s.BlockByNumber(ctx, lacks+(has.Number-lacks)/2)
		switch {
		case err == nil:
			has = b
		case errors.Is(err, ErrNotFound):
			lacks += (has.Number - lacks) / 2
		default:
			return chain.Block{}, err
		}
	}
	return has, nil
}
