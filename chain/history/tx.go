package history

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// Tx returns a tx and everything that it moved, whoever the parties are: its
// value and fee, what its call frames moved as far as they can be had, and the
// tokens of its logs, in canonical order. Frames that cannot be had are told
// by an error that wraps [ErrNoFrames] beside what there is. [ErrNotFound]
// says that the endpoint knows no such tx, or that it is not in a block yet.
func (s *Source) Tx(ctx context.Context, hash common.Hash) (*chain.Tx, []chain.Transfer, error) {
	id, err := s.Open(ctx)
	if err != nil {
		return nil, nil, err
	}
	wire, err := one[wireTx](ctx, s, "eth_getTransactionByHash", hash)
	if err != nil {
		return nil, nil, fmt.Errorf("tx %s: %w", hash, err)
	}
	if wire.BlockNumber == nil || wire.BlockHash == nil {
		return nil, nil, fmt.Errorf("tx %s: %w: it is not in a block", hash, ErrNotFound)
	}
	r := &reader{
		id: id, decoder: chain.Decoder{Network: id.Network},
		noProof: s.o.NoProof, all: hash,
	}
	var block *opened
	if err := s.openBlocks(ctx, r, []uint64{wire.BlockNumber.Uint64()}, func(o *opened) { block = o }); err != nil {
		return nil, nil, fmt.Errorf("tx %s: %w", hash, err)
	}
	if block.missing != nil {
		return nil, nil, fmt.Errorf("tx %s: %w", hash, block.missing)
	}
	at := slices.IndexFunc(block.txs, func(tx chain.Tx) bool { return tx.Hash == hash })
	if at < 0 {
		return nil, nil, fmt.Errorf("tx %s: %w: block %d does not hold it with its receipt", hash, ErrNotFound, block.Number)
	}
	tx := &block.txs[at]
	s.noteCreation(tx)
	if block.coinLogs {
		return tx, chain.MergeTransfers(block.transfers, block.tokens), nil
	}
	inner, err := s.innerOf(ctx, tx)
	if err != nil && !errors.Is(err, ErrNoFrames) {
		return nil, nil, fmt.Errorf("tx %s: %w", hash, err)
	}
	return tx, chain.MergeTransfers(block.transfers, block.tokens, inner), err
}

// innerOf returns what the call frames of a tx moved, from a trace or, where
// there is none, from a simulation of its block.
func (s *Source) innerOf(ctx context.Context, tx *chain.Tx) ([]chain.Transfer, error) {
	frames, err := s.txFrames(ctx, []common.Hash{tx.Hash})
	if root := frames[tx.Hash]; root != nil {
		s.noteFrames(tx.At(), root)
		return chain.FrameTransfers(tx.At(), root), nil
	}
	var lacking *framesError
	if err != nil && !errors.As(err, &lacking) {
		return nil, err
	}
	if s.usable("eth_simulateV1") {
		moves, err := s.simulate(ctx, tx.Block)
		if err == nil {
			return simulatedTransfers(tx.At(), moves[tx.Hash]), nil
		}
		if !errors.Is(err, errSimulation) {
			return nil, err
		}
	}
	return nil, fmt.Errorf("tx %s: %w: %w", tx.Hash, ErrNoFrames, lacking)
}

// Creation is a contract that somebody made.
type Creation struct {
	Address common.Address
	By      common.Address // the account that called CREATE, or sent the tx
	Block   uint64         // 0 where only the code is known, not when it came
	Tx      common.Hash    // likewise
}

// Created returns the contracts that an address made within a window, by
// address: those at the addresses that follow from its nonces and carry code
// at the end, and those that were seen while txs and call frames were read.
// Contracts made by CREATE2 and those that are gone again are found only in
// what was read.
func (s *Source) Created(ctx context.Context, by common.Address, w chain.Window) ([]Creation, error) {
	if w.To < w.From {
		return nil, fmt.Errorf("contracts made by %s: the window ends before it begins", by)
	}
	found := map[common.Address]Creation{}
	answers, err := s.do(ctx, []ethrpc.Call{
		{Method: "eth_getTransactionCount", Params: []any{by, number(max(w.From, 1) - 1)}},
		{Method: "eth_getTransactionCount", Params: []any{by, number(w.To)}},
	})
	if err != nil {
		return nil, fmt.Errorf("contracts made by %s: %w", by, err)
	}
	first, err1 := read[quantity](answers[0])
	last, err2 := read[quantity](answers[1])
	if err := errors.Join(err1, err2); err != nil && !stateless(err) {
		return nil, fmt.Errorf("contracts made by %s: %w", by, err)
	} else if err == nil {
		if err := s.createdByNonce(ctx, by, first.Uint64(), last.Uint64(), w.To, found); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	for a, c := range s.made {
		if c.By == by && w.Contains(c.Block) {
			found[a] = c
		}
	}
	s.mu.Unlock()
	out := make([]Creation, 0, len(found))
	for _, c := range found {
		out = append(out, c)
	}
	slices.SortFunc(out, func(a, b Creation) int { return a.Address.Cmp(b.Address) })
	return out, nil
}

// mostNonces bounds how many addresses are looked at for one maker.
const mostNonces = 10_000

func (s *Source) createdByNonce(ctx context.Context, by common.Address, first, last, block uint64, found map[common.Address]Creation) error {
	if last < first || last-first > mostNonces {
		return nil // an account this busy is a service; what it made was seen or is not told
	}
	var calls []ethrpc.Call
	for n := first; n < last; n++ {
		calls = append(calls, ethrpc.Call{Method: "eth_getCode", Params: []any{crypto.CreateAddress(by, n), number(block)}})
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return fmt.Errorf("contracts made by %s: %w", by, err)
	}
	for i, a := range answers {
		code, err := read[string](a)
		if err != nil {
			if stateless(err) {
				continue
			}
			return fmt.Errorf("contracts made by %s: %w", by, err)
		}
		if code != "" && code != "0x" {
			address := crypto.CreateAddress(by, first+uint64(i))
			found[address] = Creation{Address: address, By: by}
		}
	}
	return nil
}

// noteCreation remembers the contract that a tx made.
func (s *Source) noteCreation(tx *chain.Tx) {
	if tx.To != nil || tx.Failed {
		return
	}
	address := crypto.CreateAddress(tx.From, tx.Nonce)
	s.mu.Lock()
	s.made[address] = Creation{Address: address, By: tx.From, Block: tx.Block, Tx: tx.Hash}
	s.mu.Unlock()
}

// noteFrames remembers the contracts that frames made.
func (s *Source) noteFrames(at chain.Transfer, root *chain.CallFrame) {
	if root.Failed {
		return
	}
	for i := range root.Calls {
		f := &root.Calls[i]
		if f.Failed {
			continue
		}
		if f.Type == "CREATE" || f.Type == "CREATE2" {
			s.mu.Lock()
			s.made[f.To] = Creation{Address: f.To, By: f.From, Block: at.Block, Tx: at.Tx}
			s.mu.Unlock()
		}
		s.noteFrames(at, f)
	}
}
