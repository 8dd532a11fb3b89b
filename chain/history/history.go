package history

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// History returns what moved to and from the addresses of q within its window.
//
// The last block is read again at the end. Where its hash has changed the
// whole is read once more, and after a second change the error is [ErrReorg].
func (s *Source) History(ctx context.Context, q chain.Query) (*chain.History, error) {
	id, err := s.Open(ctx)
	if err != nil {
		return nil, err
	}
	if q.Window.To < q.Window.From {
		return nil, fmt.Errorf("history: the window ends at %d, before it begins at %d", q.Window.To, q.Window.From)
	}
	q.Addresses = slices.Clone(q.Addresses)
	slices.SortFunc(q.Addresses, common.Address.Cmp)
	q.Addresses = slices.Compact(q.Addresses)
	for range 2 {
		ends, err := s.ends(ctx, q.Window)
		if err != nil {
			return nil, err
		}
		end := ends[len(ends)-1].block()
		h, err := s.history(ctx, id, q, ends)
		if err != nil {
			return nil, fmt.Errorf("history of blocks %d-%d: %w", q.Window.From, q.Window.To, err)
		}
		again, err := s.BlockByNumber(ctx, q.Window.To)
		if err != nil {
			return nil, fmt.Errorf("read the last block again: %w", err)
		}
		if again.Hash == end.Hash {
			return h, nil
		}
	}
	return nil, fmt.Errorf("history of blocks %d-%d: %w", q.Window.From, q.Window.To, ErrReorg)
}

// ends reads the first and the last block of a window, and of each a tx; the
// last alone where the endpoint does not have the first.
func (s *Source) ends(ctx context.Context, w chain.Window) ([]wireHead, error) {
	heads, txs, err := s.headsAnd(ctx, append(txCalls(w.From), txCalls(w.To)...), w.From, w.To)
	if errors.Is(err, ErrNotFound) {
		heads, txs, err = s.headsAnd(ctx, txCalls(w.To), w.To)
	}
	if errors.Is(err, ErrNotFound) {
		return nil, fmt.Errorf("last block of the window: %w: %w", ErrNoHistory, err)
	}
	for i := range heads {
		heads[i].takeTx(txs[2*i : 2*i+2])
	}
	return heads, err
}

func (s *Source) history(ctx context.Context, id Identity, q chain.Query, ends []wireHead) (*chain.History, error) {
	h := &chain.History{
		ChainID: id.ChainID, Window: q.Window, End: ends[len(ends)-1].block(),
		Tokens: map[chain.AssetID]chain.TokenMeta{}, Contracts: map[common.Address]bool{},
	}
	h.Warnings = append(h.Warnings, id.warnings(q.Window)...)
	p := s.newPull(id, q)
	logs, err := p.tokens(ctx, h, ends)
	if err != nil {
		return nil, err
	}
	if p.logged, err = p.coinLogged(ctx, logs, ends); err != nil {
		return nil, err
	}
	if err := p.native(ctx); err != nil {
		return nil, err
	}
	left, err := p.collect(ctx, h, logs)
	if err != nil {
		return nil, err
	}
	if err := p.closures(ctx, h, logs); err != nil {
		return nil, err
	}
	p.cover(h, logs, left)
	if err := p.witness(ctx, h, &ends[len(ends)-1]); err != nil {
		return nil, err
	}
	if err := s.tokenMeta(ctx, h); err != nil {
		return nil, err
	}
	return h, p.anchor(ctx, h)
}

// tokens finds the logs that move tokens, and takes what they moved: from the
// blocks in which they stand or, where those cost too much, as they are.
func (p *pull) tokens(ctx context.Context, h *chain.History, ends []wireHead) (*tokenLogs, error) {
	logs, err := p.s.tokens(ctx, p.reader, p.q, ends)
	if err != nil {
		return nil, err
	}
	if p.q.ProveAbsence {
		if err := p.proveAbsence(ctx, h, logs); err != nil {
			return nil, err
		}
	}
	p.reader.logs = logs
	p.all = make([]chain.Transfer, 0, len(logs.places))
	// Which accounts have code decides what of the blocks matters to them.
	if err := p.ends(ctx, append(slices.Clone(ends), logs.between...)); err != nil {
		return nil, err
	}
	why := p.unproven(logs)
	if why == "" {
		return logs, p.open(ctx, logs.blocks())
	}
	if err := p.takeLogs(ctx, h, logs, why); err != nil {
		return nil, err
	}
	return logs, p.openLogged(ctx, logs)
}

func (id Identity) warnings(w chain.Window) []string {
	var out []string
	if id.Finalized != nil && w.To > *id.Finalized {
		out = append(out, fmt.Sprintf("the window ends at block %d, later than the finalized block %d: it may still change", w.To, *id.Finalized))
	}
	return out
}

func (s *Source) newPull(id Identity, q chain.Query) *pull {
	p := &pull{
		s: s, id: id, q: q, lo: max(q.Window.From, 1) - 1, hi: q.Window.To,
		by: map[common.Address]*native{}, blocks: map[uint64]*opened{},
		framed: map[uint64]*framed{}, noFrames: map[string]int{}, held: map[holding][2]tokenBalance{}, within: map[holding]map[uint64]*big.Int{}, beside: map[uint64]bool{}, knowing: map[string]bool{}, rebases: map[chain.AssetID]bool{}, rebased: map[common.Address]int{},
		reader: &reader{
			id: id, decoder: chain.Decoder{Network: id.Network},
			watched: map[common.Address]bool{}, noProof: s.o.NoProof,
		},
	}
	for _, a := range q.Addresses {
		n := &native{account: newAccount(holding{a, p.coin()}), method: chain.MethodBisection, activity: map[uint64]bool{}, steps: map[uint64]steps{}}
		p.accounts = append(p.accounts, n)
		p.by[a], p.reader.watched[a] = n, true
	}
	return p
}

// native finds what moved of the coin.
func (p *pull) native(ctx context.Context) error {
	if err := p.visit(ctx, sortedBlocks(p.blocks)); err != nil {
		return err
	}
	if err := p.findFirst(ctx); err != nil {
		return err
	}
	if err := p.hint(ctx); err != nil {
		return err
	}
	if err := p.search(ctx); err != nil {
		return err
	}
	p.judge()
	for _, f := range finders() {
		if err := p.find(ctx, f, p.doubted()); err != nil {
			return err
		}
	}
	if err := p.scan(ctx); err != nil {
		return err
	}
	if err := p.search(ctx); err != nil {
		return err
	}
	for _, a := range p.accounts {
		if a.noState == nil {
			p.unseenOf(a)
		}
	}
	return nil
}

// findFirst uses the method that the options name before any other.
func (p *pull) findFirst(ctx context.Context) error {
	for _, f := range finders() {
		if f.method == p.s.o.First {
			return p.find(ctx, f, slices.DeleteFunc(slices.Clone(p.accounts), func(a *native) bool { return a.busy }))
		}
	}
	return nil
}

// judge says of every account that no other method has searched whether the
// count of its nonce proves its history.
func (p *pull) judge() {
	for _, a := range p.accounts {
		if a.noState != nil {
			a.doubt("%s", oneLine(a.noState))
		} else if !a.searched {
			p.prove(a)
		}
	}
}

// doubted returns the accounts whose history nothing proves to be whole yet.
func (p *pull) doubted() []*native {
	var out []*native
	for _, a := range p.accounts {
		if len(a.doubts) > 0 && !a.busy {
			out = append(out, a)
		}
	}
	return out
}

// collect puts the transfers together and counts, by address, those whose logs
// eth_getLogs left out. Blocks are let go of on the way.
func (p *pull) collect(ctx context.Context, h *chain.History, logs *tokenLogs) (map[common.Address]int, error) {
	differ := map[uint64]bool{} // blocks whose receipts show more than eth_getLogs
	strange := 0
	var lost missingBlocks
	for _, n := range sortedBlocks(p.blocks) {
		o := p.blocks[n]
		if !p.q.Window.Contains(n) {
			continue
		}
		p.absence.confirm(o, logs)
		if o.missing != nil {
			lost.add(n, o.missing)
		}
		for _, problem := range o.problems {
			h.Warnings = append(h.Warnings, fmt.Sprintf("block %d: %s", n, problem))
		}
		if told := logs.in(n); logs.refused == nil && !slices.Equal(told, o.logs) {
			differ[n] = true
			only, err := p.onlyInLogs(ctx, o, told)
			if err != nil {
				return nil, err
			}
			strange += len(only)
			p.all = append(p.all, only...)
		}
		p.all = append(p.all, o.transfers...)
		o.transfers, o.logs = nil, nil
	}
	h.Warnings = append(h.Warnings, lost.warnings()...)
	h.Warnings = append(h.Warnings, p.forks(h.End)...)
	for _, a := range p.accounts {
		p.all = append(p.all, a.unseen...)
	}
	if !p.direct {
		logs.dispel(p.blocks)
	}
	left, dropped := leftOut(p.all, differ, logs)
	logs.dropped += dropped
	h.Transfers = inOrder(p.all)
	p.all = nil
	h.Warnings = append(h.Warnings, p.strangeLogs(strange)...)
	return left, nil
}

// forks tells of opened blocks that cannot be of one chain: of several nodes
// behind an endpoint one may follow another branch.
func (p *pull) forks(end chain.Block) []string {
	var out []string
	for _, n := range sortedBlocks(p.blocks) {
		o, next := p.blocks[n], p.blocks[n+1]
		switch {
		case o.missing != nil:
		case n == end.Number && o.Hash != end.Hash:
			out = append(out, fmt.Sprintf("block %d, the last of the window, is %s and was opened as %s: nodes behind the endpoint follow different branches", n, end.Hash.Hex(), o.Hash.Hex()))
		case next != nil && next.missing == nil && next.parent != (common.Hash{}) && next.parent != o.Hash:
			out = append(out, fmt.Sprintf("block %d is %s, and block %d follows on %s: nodes behind the endpoint follow different branches", n, o.Hash.Hex(), n+1, next.parent.Hex()))
		}
	}
	const some = 5
	if more := len(out) - some; more > 0 {
		out = append(out[:some], fmt.Sprintf("of %d further blocks the hashes do not fit together either", more))
	}
	return out
}

// strangeLogs tells of the transfers that stand in no receipts.
func (p *pull) strangeLogs(counted int) []string {
	var out []string
	switch {
	case counted == 1:
		out = append(out, "1 transfer of eth_getLogs does not stand in the receipts of its block")
	case counted > 1:
		out = append(out, fmt.Sprintf("%d transfers of eth_getLogs do not stand in the receipts of their blocks", counted))
	}
	switch {
	case p.disproved == 1:
		out = append(out, "1 transfer of eth_getLogs does not stand in the receipts of its block, which are proven: it is not counted")
	case p.disproved > 1:
		out = append(out, fmt.Sprintf("%d transfers of eth_getLogs do not stand in the receipts of their blocks, which are proven: they are not counted", p.disproved))
	}
	return out
}

// cover says how complete the history of every address is.
func (p *pull) cover(h *chain.History, logs *tokenLogs, left map[common.Address]int) {
	for _, a := range p.accounts {
		if len(a.codeHi) > 0 && !delegated(a.codeHi) {
			h.Contracts[a.address] = true
		}
		tokens := logs.coverage(p.id.ChainID, a.address, p.q.Window)
		if n := left[a.address]; n > 0 {
			tokens.Complete = false
			tokens.Note = fmt.Sprintf("eth_getLogs left out %s that the receipts of the same blocks hold", logsText(n))
		}
		tokens.Note += p.notCompared(a.address) + p.rebasedText(a.address)
		p.absence.state(&tokens)
		h.Coverage = append(h.Coverage, p.coverage(a), tokens)
	}
}

// missingBlocks are blocks that an endpoint does not have, ascending, put
// together where they follow one another.
type missingBlocks struct {
	ranges []chain.Window
	why    []string // of the first of each
}

func (m *missingBlocks) add(n uint64, err error) {
	if last := len(m.ranges) - 1; last >= 0 && m.ranges[last].To+1 == n {
		m.ranges[last].To = n
		return
	}
	m.ranges, m.why = append(m.ranges, chain.Window{From: n, To: n}), append(m.why, oneLine(err))
}

// warnings says so of the first few ranges, and of the rest together.
func (m *missingBlocks) warnings() []string {
	const some = 5
	var out []string
	more := uint64(0)
	for i, w := range m.ranges {
		if i >= some {
			more += w.Blocks()
			continue
		}
		out = append(out, fmt.Sprintf("the endpoint does not have %s: %s", blocksText(w), m.why[i]))
	}
	if more > 0 {
		out = append(out, fmt.Sprintf("the endpoint does not have %d further blocks that were to be opened", more))
	}
	return out
}

// inOrder sorts transfers where they are and keeps one of each place, the
// proven one: as [chain.MergeTransfers] does, and a million are not copied.
func inOrder(ts []chain.Transfer) []chain.Transfer {
	chain.SortTransfers(ts)
	return slices.CompactFunc(ts, func(a, b chain.Transfer) bool { return a.Ref == b.Ref })
}

// leftOut counts, by address and together, the transfers whose logs eth_getLogs
// left out and receipts of the blocks that differ show.
func leftOut(ts []chain.Transfer, differ map[uint64]bool, logs *tokenLogs) (left map[common.Address]int, all int) {
	left = map[common.Address]int{}
	for i := range ts {
		t := &ts[i]
		if t.Site != chain.SiteLog || !differ[t.Block] {
			continue
		}
		if !slices.Contains(logs.in(t.Block), logPlace{t.Block, shortHash(t.Tx), t.Index}) {
			left[t.From]++
			left[t.To]++
			all++
		}
	}
	return left, all
}

// onlyInLogs returns the transfers of logs that eth_getLogs told of and the
// receipts of their block do not hold. Those are asked for again. Where the
// receipts are proven and whole there is no such log: an index may still hold
// those of blocks that a reorg replaced.
func (p *pull) onlyInLogs(ctx context.Context, o *opened, told []logPlace) ([]chain.Transfer, error) {
	if p.direct || !slices.ContainsFunc(told, func(l logPlace) bool { return !slices.Contains(o.logs, l) }) {
		return nil, nil // taken from eth_getLogs anyway, or nothing to take
	}
	var list []*types.Log
	err := p.s.eachFilter(p.id.Network, p.q.Addresses, func(topics [][]common.Hash) error {
		q := ethrpc.LogQuery{From: o.Number, To: o.Number, Topics: topics}
		_, err := p.s.caller.Logs(ctx, q, func(l *types.Log) error {
			if p.reader.movesToken(l) && !slices.Contains(o.logs, logPlace{o.Number, shortHash(l.TxHash), uint32(l.Index)}) {
				list = append(list, ethrpc.CloneLog(l))
			}
			return nil
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("logs of block %d: %w", o.Number, err)
	}
	ts, _ := p.reader.decoder.Logs(list, func(uint64) uint64 { return o.Time })
	ts = slices.DeleteFunc(ts, func(t chain.Transfer) bool { return !p.reader.concerns(t) })
	if o.shown() {
		p.disproved += len(ts)
		return nil, nil
	}
	for i := range ts {
		ts[i].Proof = chain.Unproven("the receipts that the endpoint gives of the block do not hold this log")
		if o.missing != nil {
			ts[i].Proof = chain.Unproven("the endpoint does not have the block")
		}
	}
	return ts, nil
}

func (p *pull) coverage(a *native) chain.Coverage {
	c := chain.Coverage{
		ChainID: p.id.ChainID, Address: a.address, Scope: chain.ScopeNative, Method: a.method,
		Window: p.q.Window, Complete: len(a.doubts) == 0,
		Unavailable: p.s.unavailable("eth_getBalance", "eth_getTransactionCount", "debug_traceBlockByNumber", "debug_traceTransaction", "trace_block", "trace_transaction"),
	}
	for i, d := range a.doubts {
		if i > 0 {
			c.Note += "; "
		}
		c.Note += d
	}
	if c.Complete {
		c.Note = a.why
	}
	if c.Complete && c.Note == "" {
		c.Note = "every step of the nonce stands in a block that was opened, so that nothing can have left and come back unseen"
	}
	return c
}

func signed(t chain.Transfer, a common.Address) *big.Int {
	d := new(big.Int)
	if from, ok := t.Sender(); ok && from == a {
		d.Sub(d, t.Units.ToBig())
	}
	if to, ok := t.Recipient(); ok && to == a {
		d.Add(d, t.Units.ToBig())
	}
	return d
}
