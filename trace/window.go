package trace

import (
	"context"
	"errors"
	"fmt"
	"time"

	"losstracer/chain"
	"losstracer/chain/history"
)

// Window turns the times of a plan, or the bounds that the user set, into
// blocks of one chain, and says where they come from. Without either it is the
// whole chain.
func Window(ctx context.Context, s Source, id history.Identity, over Override, plan Plan) (chain.Window, string, error) {
	// Block 0 moves nothing: what the genesis gave out is an opening balance.
	from, err := boundary(ctx, s, id, over.From, plan.From, min(1, id.Head.Number))
	if err != nil {
		return chain.Window{}, "", fmt.Errorf("start of the window: %w", err)
	}
	to, err := boundary(ctx, s, id, over.To, plan.To, id.Head.Number)
	if err != nil {
		return chain.Window{}, "", fmt.Errorf("end of the window: %w", err)
	}
	why := plan.Why
	if over.From != nil || over.To != nil {
		why = "set by the user"
	}
	to = min(to, id.Head.Number)
	if from > to {
		return chain.Window{}, "", fmt.Errorf("the window begins at block %d, after its end %d", from, to)
	}
	return chain.Window{From: from, To: to}, why, nil
}

// boundary finds the block for a bound. A time after the head is the head; no
// time at all, or one before the chain began, is the otherwise block.
func boundary(ctx context.Context, s Source, id history.Identity, set *Bound, planned time.Time, otherwise uint64) (uint64, error) {
	t := planned
	if set != nil {
		if set.Time.IsZero() {
			return set.Block, nil
		}
		t = set.Time
	}
	switch {
	case t.IsZero():
		return otherwise, nil
	case t.Unix() >= int64(id.Head.Time):
		return id.Head.Number, nil
	}
	b, err := s.BlockAt(ctx, t)
	if errors.Is(err, history.ErrNotFound) {
		if genesis, err := s.BlockByNumber(ctx, 0); err == nil && int64(genesis.Time) > t.Unix() {
			return otherwise, nil // the chain itself began later
		}
		return 0, fmt.Errorf("%w: %w", history.ErrNoHistory, err)
	}
	if err != nil {
		return 0, fmt.Errorf("block at %s: %w", t.Format(time.RFC3339), err)
	}
	return b.Number, nil
}
