package history

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"slices"
)

// question asks for a part of an account's state at the end of a block.
type question struct {
	*account
	block uint64
	nonce bool // else the balance
}

// asker answers questions about state, all of a list in one round.
type asker interface {
	state(ctx context.Context, qs []question) ([]*big.Int, error)
}

// account is what is known of one address and what it holds of one asset,
// while its history is put together.
type account struct {
	holding
	balance map[uint64]*big.Int // at the end of a block
	nonce   map[uint64]uint64
	moved   map[uint64]*big.Int // per block, what the transfers found so far add up to
	sums    []sum               // of moved, ascending; nil where it has to be made anew
	busy    bool                // it moved in more blocks than are looked for
}

type sum struct {
	block uint64
	total *big.Int // up to and including block
}

func newAccount(h holding) *account {
	return &account{holding: h, balance: map[uint64]*big.Int{}, nonce: map[uint64]uint64{}, moved: map[uint64]*big.Int{}}
}

// add enters a change of balance that is explained by a transfer.
func (a *account) add(block uint64, delta *big.Int) {
	if delta.Sign() == 0 {
		return
	}
	if a.moved[block] == nil {
		a.moved[block] = new(big.Int)
	}
	a.moved[block].Add(a.moved[block], delta)
	a.sums = nil
}

// explained returns what the transfers up to and including block add up to.
func (a *account) explained(block uint64) *big.Int {
	if a.sums == nil {
		a.sums = []sum{}
		for _, n := range sortedBlocks(a.moved) {
			total := new(big.Int).Set(a.moved[n])
			if k := len(a.sums); k > 0 {
				total.Add(total, a.sums[k-1].total)
			}
			a.sums = append(a.sums, sum{n, total})
		}
	}
	i, found := slices.BinarySearchFunc(a.sums, block, func(s sum, n uint64) int { return cmp.Compare(s.block, n) })
	if !found {
		i--
	}
	if i < 0 {
		return new(big.Int)
	}
	return a.sums[i].total
}

// unexplained returns how far the balance changed between the ends of two
// blocks beyond what transfers explain. Both balances must be known.
func (a *account) unexplained(lo, hi uint64) *big.Int {
	d := new(big.Int).Sub(a.balance[hi], a.balance[lo])
	d.Sub(d, a.explained(hi))
	return d.Add(d, a.explained(lo))
}

// span is an interval between the ends of two blocks at which state is known.
type span struct {
	*account
	lo, hi uint64
	nonces bool // the nonce is looked at as well
}

// open reports whether something happened in the span that nothing explains.
func (s span) open() bool {
	return s.unexplained(s.lo, s.hi).Sign() != 0 || s.nonces && s.account.nonce[s.lo] != s.account.nonce[s.hi]
}

// bisect narrows spans down to single blocks, one round of questions a depth
// for all of them together, and files what it learns in the accounts. Spans
// whose ends agree are closed and not looked into. An account with more than
// most open spans at one depth is busy and left alone.
func bisect(ctx context.Context, from asker, spans []span, most uint64) error {
	for {
		open := map[*account]uint64{}
		spans = slices.DeleteFunc(spans, func(s span) bool {
			if !s.open() {
				return true
			}
			open[s.account]++
			s.busy = s.busy || open[s.account] > most
			return s.hi-s.lo < 2
		})
		var middles []span
		var qs []question
		for _, s := range spans {
			if s.busy {
				continue
			}
			middles = append(middles, s)
			qs = append(qs, s.questions(s.lo+(s.hi-s.lo)/2)...)
		}
		if len(middles) == 0 {
			return nil
		}
		if err := learn(ctx, from, qs); err != nil {
			return err
		}
		spans = spans[:0]
		for _, s := range middles {
			mid := s.lo + (s.hi-s.lo)/2
			spans = append(spans, span{s.account, s.lo, mid, s.nonces}, span{s.account, mid, s.hi, s.nonces})
		}
	}
}

// questions returns what is not known yet of the state at a block.
func (s span) questions(block uint64) []question {
	var qs []question
	if s.balance[block] == nil {
		qs = append(qs, question{s.account, block, false})
	}
	if _, known := s.account.nonce[block]; s.nonces && !known {
		qs = append(qs, question{s.account, block, true})
	}
	return qs
}

// learn asks questions and files the answers with their accounts.
func learn(ctx context.Context, from asker, qs []question) error {
	if len(qs) == 0 {
		return nil
	}
	answers, err := from.state(ctx, qs)
	if err != nil {
		return err
	}
	for i, q := range qs {
		switch {
		case !q.nonce:
			q.balance[q.block] = answers[i]
		case !answers[i].IsUint64():
			return fmt.Errorf("nonce of %s at block %d is %s", q.address, q.block, answers[i])
		default:
			q.account.nonce[q.block] = answers[i].Uint64()
		}
	}
	return nil
}

// points returns the blocks at whose end the balance is known, ascending.
func (a *account) points() []uint64 { return sortedBlocks(a.balance) }

func sortedBlocks[V any](m map[uint64]V) []uint64 {
	ns := make([]uint64, 0, len(m))
	for n := range m {
		ns = append(ns, n)
	}
	slices.Sort(ns)
	return ns
}
