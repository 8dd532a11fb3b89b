package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// Call reads a contract at the end of a block. An answer of no bytes, which
// nodes give where there is no contract, is ErrNotFound.
func (s *Source) Call(ctx context.Context, to common.Address, input []byte, block uint64) ([]byte, error) {
	answers, err := s.do(ctx, []ethrpc.Call{ethCall(to, input, block)})
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", chain.Hex(to), err)
	}
	out, err := read[hexutil.Bytes](answers[0])
	if err == nil && len(out) == 0 {
		err = fmt.Errorf("%w: nothing answers there", ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("call %s at block %d: %w", chain.Hex(to), block, err)
	}
	return out, nil
}

// receipt reads what a tx left. ErrNotFound says that the endpoint knows no
// such tx, or that it is not in a block yet.
func (s *Source) receipt(ctx context.Context, tx common.Hash) (*wireReceipt, error) {
	r, err := one[wireReceipt](ctx, s, "eth_getTransactionReceipt", tx)
	if err != nil {
		return nil, fmt.Errorf("receipt of %s: %w", tx, err)
	}
	if r.TxHash != tx {
		return nil, fmt.Errorf("receipt of %s: the answer is of %s", tx, r.TxHash)
	}
	for _, l := range r.Logs {
		l.BlockNumber, l.BlockHash, l.TxHash, l.TxIndex = r.BlockNumber.Uint64(), r.BlockHash, r.TxHash, uint(r.Index.Uint64())
	}
	slices.SortStableFunc(r.Logs, func(a, b *types.Log) int { return int(a.Index) - int(b.Index) })
	return &r, nil
}

func (r *wireReceipt) failed() bool { return r.Status != nil && r.Status.IsZero() }

// Crossings returns what bridges were told in a tx, in the order of its logs.
// Messages of a bridge's own contracts that could not be read are told by an
// error that wraps [chain.UnreadLogError] beside the others.
func (s *Source) Crossings(ctx context.Context, tx common.Hash) ([]chain.Crossing, error) {
	id, err := s.Open(ctx)
	if err != nil {
		return nil, err
	}
	r, err := s.receipt(ctx, tx)
	if err != nil {
		return nil, err
	}
	found, unread := chain.Crossings(id.ChainID, r.Logs)
	var errs []error
	for _, u := range unread {
		errs = append(errs, u)
	}
	return found, errors.Join(errs...)
}

// Announced looks for the later message that a crossing waits for on the chain
// of departure, as for a bus, and returns the arrival with it. ErrNotFound says
// that there is none up to the block until.
func (s *Source) Announced(ctx context.Context, c *chain.Crossing, until uint64) (chain.Arrival, error) {
	if c.Arrival.First == nil {
		return c.Arrival, nil
	}
	departure, err := s.BlockByNumber(ctx, c.Ref.Block)
	if err != nil {
		return chain.Arrival{}, err
	}
	var next chain.Arrival
	_, err = s.firstLog(ctx, c.Arrival.First, stretch{departure, c.Arrival.First.Seconds, until}, func(l *types.Log) bool {
		next = c.Arrival.First.Next(l)
		return !next.IsZero()
	})
	return next, err
}

// Arrived finds the tx in which a crossing came out on this chain, within the
// time that is usual after the departure and not after the block until.
// ErrNotFound says that it did not.
func (s *Source) Arrived(ctx context.Context, a chain.Arrival, departed time.Time, until uint64) (common.Hash, error) {
	if a.Tx != (common.Hash{}) {
		return a.Tx, s.succeeded(ctx, a.Tx, until)
	}
	if len(a.Topics) == 0 {
		return common.Hash{}, fmt.Errorf("arrival: %w: nothing on this chain names it", ErrNotFound)
	}
	// Clocks of chains differ; what names the crossing does not.
	const skew = time.Hour
	from, err := s.BlockAt(ctx, departed.Add(-skew))
	if errors.Is(err, ErrNotFound) {
		from, err = s.BlockByNumber(ctx, 1)
	}
	if err != nil {
		return common.Hash{}, fmt.Errorf("arrival: %w", err)
	}
	where := stretch{from, a.Seconds + uint64(skew.Seconds()), until}
	if a.Sole {
		return s.soleLog(ctx, &a, where)
	}
	var tx common.Hash
	var unread error
	_, err = s.firstLog(ctx, &a, where, func(l *types.Log) bool {
		tx = a.TxOf(l)
		holds, err := s.inputHolds(ctx, tx, a.InputHolds)
		unread = errors.Join(unread, err)
		return holds && (a.TopicIsTx == 0 || s.succeeded(ctx, tx, until) == nil)
	})
	if errors.Is(err, ErrNotFound) && unread != nil {
		return tx, fmt.Errorf("arrival: %w", unread) // it may have been that one
	}
	return tx, err
}

func (s *Source) inputHolds(ctx context.Context, tx common.Hash, want []byte) (bool, error) {
	if len(want) == 0 {
		return true, nil
	}
	wire, err := one[wireTx](ctx, s, "eth_getTransactionByHash", tx)
	if err != nil {
		return false, fmt.Errorf("tx %s: %w", tx, err)
	}
	return bytes.Contains(wire.Input, want), nil
}

// soleLog returns the tx of the log that is the arrival, and an error where there
// are such logs of several txs: contracts of one bridge may repeat each other in a
// tx.
func (s *Source) soleLog(ctx context.Context, a *chain.Arrival, where stretch) (common.Hash, error) {
	var found []common.Hash
	_, err := s.firstLog(ctx, a, where, func(l *types.Log) bool {
		if tx := a.TxOf(l); !slices.Contains(found, tx) {
			found = append(found, tx)
		}
		return len(found) > 1
	})
	switch {
	case len(found) > 1:
		return common.Hash{}, fmt.Errorf("arrival: txs %s and %s repeat the same message: which of them is meant cannot be told", found[0], found[1])
	case len(found) == 1 && errors.Is(err, ErrNotFound):
		return found[0], nil
	}
	return common.Hash{}, err
}

func (s *Source) succeeded(ctx context.Context, tx common.Hash, until uint64) error {
	r, err := s.receipt(ctx, tx)
	switch {
	case err != nil:
		return err
	case r.failed():
		return fmt.Errorf("tx %s: %w: it failed", tx, ErrNotFound)
	case until > 0 && r.BlockNumber.Uint64() > until:
		return fmt.Errorf("tx %s: %w: it is after block %d", tx, ErrNotFound, until)
	}
	return nil
}

// stretch is where a log is looked for: seconds after a block, not after until;
// 0 is the head.
type stretch struct {
	from    chain.Block
	seconds uint64
	until   uint64
}

// errFound ends a search.
var errFound = errors.New("found")

// firstLog returns the first log that is the arrival and that take accepts. It
// looks near the departure first, where most are, so that the rest is asked
// for only where it must be.
func (s *Source) firstLog(ctx context.Context, a *chain.Arrival, where stretch, take func(*types.Log) bool) (*types.Log, error) {
	const near = 3 * 60 * 60
	next := where.from.Number
	for _, seconds := range []uint64{near, where.seconds} {
		to, err := s.endOf(ctx, where, min(seconds, where.seconds))
		if err != nil {
			return nil, err
		}
		if to < next {
			continue
		}
		var found *types.Log
		_, err = s.caller.Logs(ctx, ethrpc.LogQuery{From: next, To: to, Addresses: a.Contracts, Topics: a.Topics}, func(l *types.Log) error {
			if !a.Is(l) {
				return nil
			}
			if l = ethrpc.CloneLog(l); !take(l) {
				return nil
			}
			found = l
			return errFound
		})
		if found != nil {
			return found, nil
		}
		if err != nil {
			return nil, fmt.Errorf("search blocks %d-%d: %w", next, to, err)
		}
		next = to + 1
	}
	return nil, fmt.Errorf("search blocks %d-%d: %w", where.from.Number, next-1, ErrNotFound)
}

func (s *Source) endOf(ctx context.Context, where stretch, seconds uint64) (uint64, error) {
	last, err := s.BlockAt(ctx, time.Unix(int64(where.from.Time+seconds), 0))
	if err != nil {
		return 0, err
	}
	if where.until > 0 {
		return min(last.Number, where.until), nil
	}
	return last.Number, nil
}
