package history

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// addressesPerFilter stays below go-ethereum's limit of 1000 topics a position.
const addressesPerFilter = 500

// eachFilter asks by every filter for token events of the addresses. Where the
// endpoint refuses so many topics at once, it asks for half as many from then
// on. The logs of a filter may be told twice then, as filters overlap anyway.
func (s *Source) eachFilter(n chain.Network, addresses []common.Address, ask func(topics [][]common.Hash) error) error {
	for len(addresses) > 0 {
		size := min(s.filterSize(), len(addresses))
		err := askEach(tokenFilters(n, addresses[:size]), ask)
		if class, _ := ethrpc.Classify(err); class == ethrpc.Filter && size > 1 {
			s.smallerFilters(size / 2)
			continue
		}
		if err != nil {
			return err
		}
		addresses = addresses[size:]
	}
	return nil
}

func askEach(filters [][][]common.Hash, ask func([][]common.Hash) error) error {
	for _, topics := range filters {
		if err := ask(topics); err != nil {
			return err
		}
	}
	return nil
}

func (s *Source) filterSize() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.perFilter == 0 {
		return addressesPerFilter
	}
	return s.perFilter
}

func (s *Source) smallerFilters(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.perFilter = n
}

// tokenFilters returns the filters that, together, match every log of a
// standard token event that names one of the addresses as a party: as sender
// of ERC-20 and ERC-721, as their recipient or as sender of ERC-1155, and as
// recipient of ERC-1155.
func tokenFilters(n chain.Network, addresses []common.Address) [][][]common.Hash {
	first := []common.Hash{chain.TopicTransfer}
	if n.Wrapped != (common.Address{}) {
		first = append(first, chain.TopicDeposit, chain.TopicWithdrawal)
	}
	if n.CoinMints {
		first = append(first, chain.TopicCoinMint)
	}
	batch := []common.Hash{chain.TopicTransferSingle, chain.TopicTransferBatch}
	var out [][][]common.Hash
	for group := range slices.Chunk(addresses, addressesPerFilter) {
		parties := make([]common.Hash, len(group))
		for i, a := range group {
			parties[i] = common.BytesToHash(a[:])
		}
		out = append(out,
			[][]common.Hash{first, parties},
			[][]common.Hash{append([]common.Hash{chain.TopicTransfer}, batch...), nil, parties},
			[][]common.Hash{batch, nil, nil, parties},
		)
	}
	return out
}

// tokenLogs is what eth_getLogs had to say. Of the logs only their places are
// kept: the receipts of their blocks are read anyway, and hold them.
type tokenLogs struct {
	places   []logPlace     // in order, each once
	kept     []*types.Log   // the logs themselves, where no receipts will be read
	missing  []chain.Window // ranges that the endpoint does not have
	refused  error          // the endpoint gives no logs at all
	doubts   string         // why an answer without logs is not believed
	asserted string         // what the absence of other logs rests on
	cut      []chain.Window // answers that were cut off without a word; the rest was taken
	doubtful []chain.Window // answers that may have been, of which nothing shows that they were not
	late     int            // logs of the last blocks that came only when they were asked for again
	unasked  error          // the last blocks could not be asked for again
	dropped  int            // logs that receipts or a second question show and that were not told of
	between  []wireHead     // of blocks within a long window
	coin     []uint64       // blocks in which the chain logged movements of its coin, ascending
}

// logPlace is where a log stands that moves something of a watched address.
type logPlace struct {
	block uint64
	tx    uint64 // the first bytes of its hash
	index uint32
}

func (a logPlace) compare(b logPlace) int {
	return cmp.Or(cmp.Compare(a.block, b.block), cmp.Compare(a.index, b.index), cmp.Compare(a.tx, b.tx))
}

func shortHash(h common.Hash) uint64 { return binary.BigEndian.Uint64(h[:8]) }

// tokens asks for every log that names one of the addresses as a party, and
// for evidence that the endpoint has the blocks.
func (s *Source) tokens(ctx context.Context, r *reader, q chain.Query, ends []wireHead) (*tokenLogs, error) {
	t := &tokenLogs{}
	w, limit, err := s.askTokens(ctx, r, q, t)
	if err != nil {
		switch class, _ := ethrpc.Classify(err); class {
		case ethrpc.Capability, ethrpc.Auth, ethrpc.Rejected, ethrpc.Range, ethrpc.Size, ethrpc.Filter:
			s.lack("eth_getLogs", err)
			t.refused = err
		default:
			return nil, err
		}
	}
	slices.SortFunc(t.places, logPlace.compare)
	t.places = slices.Compact(t.places) // filters overlap
	slices.Sort(t.coin)
	t.coin = slices.Compact(t.coin)
	if t.refused != nil || w.From > w.To {
		return t, nil
	}
	late := q
	late.Window = w
	if err := s.lateLogs(ctx, r, late, limit, t); err != nil {
		return nil, err
	}
	return t, s.canary(ctx, w, limit, ends, t)
}

// askTokens asks by every filter. It returns the part of the window of which the
// endpoint has the logs, and the most blocks that it answers for, 0 for any.
func (s *Source) askTokens(ctx context.Context, r *reader, q chain.Query, t *tokenLogs) (w chain.Window, limit uint64, err error) {
	w = q.Window
	err = s.eachFilter(r.id.Network, q.Addresses, func(topics [][]common.Hash) error {
		if w.From > w.To {
			return nil
		}
		first, cover, err := s.logs(ctx, w, topics, func(l *types.Log) error {
			t.keep(r, l)
			return nil
		})
		t.cut, t.doubtful, limit = append(t.cut, cover.Truncated...), append(t.doubtful, cover.Doubtful...), cover.Blocks
		if err != nil {
			return err
		}
		if first > w.From {
			t.missing = []chain.Window{{From: q.Window.From, To: first - 1}}
			w.From = first
		}
		return nil
	})
	return w, limit, err
}

// keep takes note of a log, if it matters.
func (t *tokenLogs) keep(r *reader, l *types.Log) {
	if !r.movesToken(l) {
		return
	}
	t.places = append(t.places, logPlace{l.BlockNumber, shortHash(l.TxHash), uint32(l.Index)})
	if r.noProof {
		t.kept = append(t.kept, ethrpc.CloneLog(l))
	}
	if l.Address == chain.NativeLogEmitter {
		t.coin = append(t.coin, l.BlockNumber)
	}
}

// movesToken reports whether a log moves a token of a watched address, or
// might and cannot be read, or tells of its coin (EIP-7708).
func (r *reader) movesToken(l *types.Log) bool {
	if !r.watches(l) {
		return false
	}
	if l.Address == chain.NativeLogEmitter {
		return true
	}
	var room [1]chain.Transfer // most logs are of one, which then needs no allocation
	ts, err := r.decoder.AppendLog(room[:0], l, 0)
	return err != nil || slices.ContainsFunc(ts, r.concerns)
}

// logs asks for the logs of a window. Where the endpoint says that it no
// longer has the beginning, it looks for the first block that it has, which it
// returns: the block after the window where it has none.
func (s *Source) logs(ctx context.Context, w chain.Window, topics [][]common.Hash, keep func(*types.Log) error) (uint64, ethrpc.LogCoverage, error) {
	cover, err := s.caller.Logs(ctx, ethrpc.LogQuery{From: w.From, To: w.To, Topics: topics}, keep)
	if class, _ := ethrpc.Classify(err); class != ethrpc.History {
		return w.From, cover, err
	}
	lacks, has := w.From, w.To+1
	for has-lacks > 1 {
		mid := lacks + (has-lacks)/2
		_, err := s.caller.Logs(ctx, ethrpc.LogQuery{From: mid, To: mid, Topics: topics}, func(*types.Log) error { return nil })
		switch class, _ := ethrpc.Classify(err); {
		case err == nil:
			has = mid
		case class == ethrpc.History:
			lacks = mid
		default:
			return 0, cover, err
		}
	}
	if has > w.To {
		return has, cover, nil
	}
	cover, err = s.caller.Logs(ctx, ethrpc.LogQuery{From: has, To: w.To, Topics: topics}, keep)
	return has, cover, err
}

// blocks lists the blocks that hold logs, ascending.
func (t *tokenLogs) blocks() []uint64 {
	var ns []uint64
	for _, l := range t.places {
		if n := len(ns); n == 0 || ns[n-1] != l.block {
			ns = append(ns, l.block)
		}
	}
	return ns
}

// in returns the places in block n.
func (t *tokenLogs) in(n uint64) []logPlace {
	from, _ := slices.BinarySearchFunc(t.places, n, func(l logPlace, n uint64) int { return cmp.Compare(l.block, n) })
	to := from
	for to < len(t.places) && t.places[to].block == n {
		to++
	}
	return t.places[from:to]
}

func (t *tokenLogs) coverage(chainID uint64, a common.Address, w chain.Window) chain.Coverage {
	c := chain.Coverage{
		ChainID: chainID, Address: a, Scope: chain.ScopeTokens, Method: chain.MethodLogs,
		Window: w, Complete: true, Note: t.asserted,
	}
	switch {
	case t.refused != nil:
		c.Complete, c.Unavailable, c.Note = false, []string{"eth_getLogs"}, oneLine(t.refused)
	case len(t.missing) > 0:
		c.Complete, c.Note = false, "the endpoint does not have all blocks of the window"
		for _, m := range t.missing {
			c.Unavailable = append(c.Unavailable, fmt.Sprintf("%d-%d", m.From, m.To))
		}
	case t.doubts != "":
		c.Complete, c.Note = false, t.doubts
	case t.dropped > 0:
		c.Complete = false
		c.Note = fmt.Sprintf("eth_getLogs left out %s that receipts or a second question show, of this address or of others asked for with it: there may be more where no block was opened (--prove-absence looks at all of them)", logsText(t.dropped))
	case len(t.doubtful) > 0:
		c.Complete, c.Note = false, fmt.Sprintf("at %d places, the first of them %s, nothing shows that all logs came: there the endpoint cuts its answers off, or gives as many logs as endpoints are known to cut off at, or does not say whether there are more",
			len(t.doubtful), blocksText(t.doubtful[0]))
	}
	if len(t.cut) > 0 {
		c.Note += fmt.Sprintf("; the endpoint cut %d answers off and did not say so: what it gives of the rest was asked for and taken", len(t.cut))
	}
	if t.late > 0 {
		c.Complete = false // who left these out may leave out more
		c.Note += fmt.Sprintf("; %s of the last blocks came only when they were asked for again: some node behind the endpoint lags, so ask once more later", logsText(t.late))
	}
	if t.unasked != nil {
		c.Complete = c.Complete && !errors.Is(t.unasked, ethrpc.ErrNoBlock) // some node behind the endpoint lags
		c.Note += "; the last blocks, later than the finalized one, could not be asked for again, which shows whether a node behind the endpoint lags: " + oneLine(t.unasked)
	}
	return c
}

func logsText(n int) string {
	if n == 1 {
		return "1 log"
	}
	return fmt.Sprintf("%d logs", n)
}

func blocksText(w chain.Window) string {
	if w.From == w.To {
		return fmt.Sprintf("block %d", w.From)
	}
	return fmt.Sprintf("blocks %d-%d", w.From, w.To)
}

// dispel takes away doubts about blocks of which every receipt was read: what
// was cut off there stands in them.
func (t *tokenLogs) dispel(blocks map[uint64]*opened) {
	t.doubtful = slices.DeleteFunc(t.doubtful, func(w chain.Window) bool {
		o := blocks[w.From]
		return w.From == w.To && o != nil && o.whole
	})
}
