package trace

import (
	"context"
	"errors"
	"fmt"
	"time"

	"losstracer/chain"
	"losstracer/chain/history"
)

// window turns the plan's times, or the user's, into blocks of one chain.
func (r *run) window(ctx context.Context, e opened) (chain.Window, string, error) {
	head := e.id.Head
	why := r.plan.Why
	from, err := r.block(ctx, e, r.Override.From, r.plan.From, chain.Block{Number: 0})
	if err != nil {
		return chain.Window{}, "", fmt.Errorf("start of the window: %w", err)
	}
	to, err := r.block(ctx, e, r.Override.To, r.plan.To, head)
	if err != nil {
		return chain.Window{}, "", fmt.Errorf("end of the window: %w", err)
	}
	if r.Override.From != nil || r.Override.To != nil {
		why = "set by the user"
	}
	if to > head.Number {
		to = head.Number
	}
	if from > to {
		return chain.Window{}, "", fmt.Errorf("the window begins at block %d, after its end %d", from, to)
	}
	return chain.Window{From: from, To: to}, why, nil
}

// block finds the block for a bound. A time before the chain began, or no time
// at all, is the otherwise block; a time after the head is the head.
func (r *run) block(ctx context.Context, e opened, set *Bound, planned time.Time, otherwise chain.Block) (uint64, error) {
	t := planned
	if set != nil {
		if set.Time.IsZero() {
			return set.Block, nil
		}
		t = set.Time
	}
	switch {
	case t.IsZero():
		return otherwise.Number, nil
	case t.Unix() >= int64(e.id.Head.Time):
		return e.id.Head.Number, nil
	}
	b, err := e.Source.BlockAt(ctx, t)
	if errors.Is(err, history.ErrNotFound) {
		return 0, fmt.Errorf("%w: %w", history.ErrNoHistory, err)
	}
	if err != nil {
		return 0, fmt.Errorf("block at %s: %w", t.Format(time.RFC3339), err)
	}
	return b.Number, nil
}
