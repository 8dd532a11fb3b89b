package history

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// CrossCheck asks this endpoint about a history that another one, the first,
// gave: about percent of the blocks that hold transfers and the last of the
// window, by hash, txs, logs and withdrawals; of the balances at its end; and
// of the addresses, whose token logs in the whole window are asked for anew.
// Which they are follows from their names alone, so that a second run asks for
// the same.
//
// What this endpoint cannot say is told in the result. The error is that of a
// request that failed.
func (s *Source) CrossCheck(ctx context.Context, h *chain.History, first string, percent int) (*chain.CrossCheck, error) {
	id, err := s.Open(ctx)
	if err != nil {
		return nil, err
	}
	if id.ChainID != h.ChainID {
		return nil, fmt.Errorf("cross-check: %s serves chain %d, not %d", s.caller.Host(), id.ChainID, h.ChainID)
	}
	x := &crossCheck{s: s, id: id, h: h, CrossCheck: chain.CrossCheck{ChainID: h.ChainID, First: first, Host: s.caller.Host(), Percent: percent}}
	x.addresses = addressesOf(h)
	x.own = s.newPull(id, chain.Query{Addresses: x.addresses}).reader
	x.partial = map[common.Address]bool{}
	for _, c := range h.Coverage {
		x.partial[c.Address] = x.partial[c.Address] || c.Scope == chain.ScopeNative && !c.Complete
	}
	if err := x.run(ctx); err != nil {
		return nil, fmt.Errorf("cross-check: %w", err)
	}
	return &x.CrossCheck, nil
}

// addressesOf returns the addresses that a history is about, each once.
func addressesOf(h *chain.History) []common.Address {
	var list []common.Address
	for _, c := range h.Coverage {
		list = append(list, c.Address)
	}
	slices.SortFunc(list, common.Address.Cmp)
	return slices.Compact(list)
}

// crossCheck is a cross-check under way.
type crossCheck struct {
	chain.CrossCheck
	s         *Source
	id        Identity
	h         *chain.History
	addresses []common.Address
	own       *reader
	partial   map[common.Address]bool // whose coin the history knows in part
}

func (x *crossCheck) run(ctx context.Context) error {
	if _, err := x.s.BlockByNumber(ctx, x.h.Window.To); errors.Is(err, ErrNotFound) {
		x.Unanswered = append(x.Unanswered, fmt.Sprintf("%s does not have block %d, the last of the window", x.Host, x.h.Window.To))
		return nil
	} else if err != nil {
		return err
	}
	more, err := x.logs(ctx)
	if err != nil {
		return err
	}
	if err := x.blocks(ctx, more); err != nil {
		return err
	}
	return x.balances(ctx)
}

// share returns the part of list that a cross-check of percent looks at: those
// with the lowest digests, at least one.
func share[T any](list []T, percent int, key func(T) string) []T {
	digest := func(v T) []byte { return crypto.Keccak256([]byte(key(v))) }
	sorted := slices.Clone(list)
	slices.SortStableFunc(sorted, func(a, b T) int { return bytes.Compare(digest(a), digest(b)) })
	n := (len(sorted)*percent + 99) / 100
	return sorted[:min(max(n, 0), len(sorted))]
}

// logs asks for the token logs of a share of the addresses and returns the
// blocks in which one stands that the history does not have, or the other way
// round.
func (x *crossCheck) logs(ctx context.Context) ([]uint64, error) {
	chosen := share(x.addresses, x.Percent, func(a common.Address) string { return "logs of " + chain.Hex(a) })
	if len(chosen) == 0 {
		return nil, nil
	}
	slices.SortFunc(chosen, common.Address.Cmp)
	ends, err := x.s.ends(ctx, x.h.Window)
	if err != nil {
		return nil, err
	}
	q := chain.Query{Addresses: chosen, Window: x.h.Window}
	told, err := x.s.tokens(ctx, x.s.newPull(x.id, q).reader, q, ends)
	if err != nil {
		return nil, err
	}
	if c := told.coverage(x.id.ChainID, chosen[0], x.h.Window); !c.Complete {
		x.Unanswered = append(x.Unanswered, fmt.Sprintf("%s about token logs: %s", x.Host, c.Note))
	} else {
		x.Addresses = len(chosen)
	}
	if told.refused != nil {
		return nil, nil
	}
	return x.unlike(told, chosen), nil
}

// unlike returns the blocks in which logs of the chosen addresses stand that
// only one side tells of.
func (x *crossCheck) unlike(told *tokenLogs, chosen []common.Address) []uint64 {
	var more []uint64
	known := map[logPlace]bool{}
	for i := range x.h.Transfers {
		t := &x.h.Transfers[i]
		if t.Site != chain.SiteLog {
			continue
		}
		l := logPlace{t.Block, shortHash(t.Tx), t.Index}
		known[l] = true
		mine := slices.Contains(chosen, t.From) || slices.Contains(chosen, t.To)
		if _, found := slices.BinarySearchFunc(told.places, l, logPlace.compare); mine && !found {
			more = append(more, t.Block)
		}
	}
	for _, l := range told.places {
		if !known[l] {
			more = append(more, l.block)
		}
	}
	return more
}

// blocks compares a share of the blocks, and those in more.
func (x *crossCheck) blocks(ctx context.Context, more []uint64) error {
	hashes := map[uint64]common.Hash{}
	var numbers []uint64
	for _, b := range share(blocksOf(x.h), x.Percent, func(b chain.Block) string { return fmt.Sprintf("block %d", b.Number) }) {
		numbers, hashes[b.Number] = append(numbers, b.Number), b.Hash
	}
	for i := range x.h.Transfers {
		t := &x.h.Transfers[i]
		hashes[t.Block] = t.BlockHash.Hash()
	}
	hashes[x.h.End.Number] = x.h.End.Hash
	numbers = append(numbers, x.h.End.Number)
	numbers = append(numbers, more...)
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	got := map[uint64]*opened{}
	err := x.s.openBlocks(ctx, x.own, numbers, func(o *opened) { got[o.Number] = o })
	if err != nil {
		return err
	}
	for _, n := range numbers {
		x.compare(got[n], hashes[n])
	}
	return nil
}

// compare holds a block against the history, in which it has the given hash:
// zero where it has nothing of the block.
func (x *crossCheck) compare(o *opened, hash common.Hash) {
	if o.missing != nil {
		x.Unanswered = append(x.Unanswered, fmt.Sprintf("%s does not have block %d: %s", x.Host, o.Number, oneLine(o.missing)))
		return
	}
	x.Blocks++
	if hash != (common.Hash{}) && o.Hash != hash {
		x.differ("block %d is %s by %s and %s by %s", o.Number, hash.Hex(), x.First, o.Hash.Hex(), x.Host)
		return
	}
	before := len(x.Disagreement)
	mine, theirs := x.movements(o), x.told(o.Number)
	for _, m := range sortedMovements(mine) {
		if theirs[m] < mine[m] {
			x.differ("block %d: %s shows %s, and %s does not", o.Number, x.Host, m, x.First)
		}
	}
	for _, m := range sortedMovements(theirs) {
		if mine[m] < theirs[m] {
			x.differ("block %d: %s shows %s, and %s does not", o.Number, x.First, m, x.Host)
		}
	}
	if len(x.Disagreement) == before && hash != (common.Hash{}) {
		x.Agreed = append(x.Agreed, o.Number)
	}
}

func (x *crossCheck) differ(format string, args ...any) {
	x.Disagreement = append(x.Disagreement, fmt.Sprintf(format, args...))
}

// movement is a transfer as any endpoint has to tell of it.
type movement struct {
	index    uint32
	tx       common.Hash
	kind     chain.Kind
	asset    chain.AssetID
	from, to common.Address
	units    string
}

func (m movement) String() string {
	return fmt.Sprintf("%s of %s base units of %s from %s to %s in tx %s", m.kind, m.units, m.asset, chain.Hex(m.from), chain.Hex(m.to), m.tx.Hex())
}

// movementOf returns what a transfer moved, unless it was found by means that
// not every endpoint has: call frames, rewards, what balances show. Of accounts
// whose coin was not searched whole, the coin is left out.
func (x *crossCheck) movementOf(t *chain.Transfer) (movement, bool) {
	m := movement{tx: t.Tx, kind: t.Kind, asset: t.Asset, from: t.From, to: t.To, units: t.Units.Dec()}
	switch {
	case t.Site == chain.SiteLog:
		m.index = t.Index
		return m, true
	case x.partial[t.From] || x.partial[t.To]:
	case t.Kind == chain.KindWithdrawal:
		m.index = t.Index
		return m, true
	case t.Kind == chain.KindNative, t.Kind == chain.KindFee:
		return m, true
	}
	return m, false
}

func (x *crossCheck) movements(o *opened) map[movement]int {
	found := map[movement]int{}
	for _, list := range [][]chain.Transfer{o.transfers, o.tokens} {
		for i := range list {
			if m, ok := x.movementOf(&list[i]); ok {
				found[m]++
			}
		}
	}
	return found
}

// told returns what the history has of a block.
func (x *crossCheck) told(n uint64) map[movement]int {
	found := map[movement]int{}
	from, _ := slices.BinarySearchFunc(x.h.Transfers, n, func(t chain.Transfer, n uint64) int { return cmp.Compare(t.Block, n) })
	for i := from; i < len(x.h.Transfers) && x.h.Transfers[i].Block == n; i++ {
		if m, ok := x.movementOf(&x.h.Transfers[i]); ok {
			found[m]++
		}
	}
	return found
}

func sortedMovements(found map[movement]int) []movement {
	var list []movement
	for m := range found {
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b movement) int {
		return cmp.Or(a.tx.Cmp(b.tx), cmp.Compare(a.kind, b.kind), cmp.Compare(a.index, b.index), a.asset.Compare(b.asset),
			a.from.Cmp(b.from), a.to.Cmp(b.to), cmp.Compare(a.units, b.units))
	})
	return list
}

// balances compares a share of the balances at the window's end.
func (x *crossCheck) balances(ctx context.Context) error {
	var list []chain.Closure
	for _, c := range x.h.Closure {
		if c.Witness != nil {
			list = append(list, c)
		}
	}
	list = share(list, x.Percent, func(c chain.Closure) string { return "balance " + chain.Hex(c.Address) + " " + c.Asset.String() })
	slices.SortFunc(list, func(a, b chain.Closure) int {
		return holding{a.Address, a.Asset}.compare(holding{b.Address, b.Asset})
	})
	calls := make([]ethrpc.Call, len(list))
	for i, c := range list {
		calls[i] = ethCall(c.Asset.Contract(), balanceInput(holding{c.Address, c.Asset}), x.h.Window.To)
		if c.Asset.Kind() == chain.Native {
			calls[i] = ethrpc.Call{Method: "eth_getBalance", Params: []any{c.Address, number(x.h.Window.To)}}
		}
	}
	answers, err := x.s.do(ctx, calls)
	if err != nil {
		return fmt.Errorf("balances: %w", err)
	}
	for i, c := range list {
		got := readBalance(holding{c.Address, c.Asset}, answers[i])
		if c.Asset.Kind() == chain.Native {
			q, err := read[quantity](answers[i])
			got = tokenBalance{q.ToBig(), err}
		}
		if got.err != nil {
			x.Unanswered = append(x.Unanswered, fmt.Sprintf("%s about the balance of %s in %s: %s", x.Host, chain.Hex(c.Address), c.Asset, oneLine(got.err)))
			continue
		}
		x.Balances++
		if c.Witness.Units().Cmp(got.units) != 0 {
			x.differ("balance of %s in %s at block %d: %s base units by %s and %s by %s", chain.Hex(c.Address), c.Asset, x.h.Window.To, c.Witness.Units(), x.First, got.units, x.Host)
		}
	}
	return nil
}
