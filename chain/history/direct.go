package history

import (
	"context"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// direct takes token transfers from eth_getLogs as they are, without the
// receipts of their blocks.
type direct struct {
	p     *pull
	why   string              // they are unproven
	times map[uint64]uint64   // by block; zero where the log does not say
	wraps []*types.Log        // of the wrapped coin: decoded together
	doubt map[string]struct{} // logs that could not be read
}

// takeLogs makes the transfers of token logs what is collected, where their
// blocks are not opened: proofs are switched off, or would cost too much.
func (p *pull) takeLogs(ctx context.Context, h *chain.History, logs *tokenLogs, why string) error {
	p.direct = true
	d := &direct{p: p, why: why, times: map[uint64]uint64{}, doubt: map[string]struct{}{}}
	for _, l := range logs.kept {
		d.take(l)
	}
	if logs.kept == nil {
		if err := d.ask(ctx, logs); err != nil {
			return err
		}
	}
	wraps, _ := p.reader.decoder.Logs(d.wraps, func(uint64) uint64 { return 0 })
	d.add(wraps)
	if err := d.readTimes(ctx); err != nil {
		return err
	}
	p.all = inOrder(p.all) // filters overlap
	for i := range p.all {
		p.all[i].Time = d.times[p.all[i].Block]
	}
	p.enter(p.all)
	unread := make([]string, 0, len(d.doubt))
	for text := range d.doubt {
		unread = append(unread, text)
	}
	slices.Sort(unread)
	h.Warnings = append(h.Warnings, unread...)
	return nil
}

// ask streams the logs once more: of the first time only places were kept.
func (d *direct) ask(ctx context.Context, logs *tokenLogs) error {
	w := d.p.q.Window
	for _, m := range logs.missing {
		w.From = max(w.From, m.To+1)
	}
	if w.From > w.To || logs.refused != nil {
		return nil
	}
	return d.p.s.eachFilter(d.p.id.Network, d.p.q.Addresses, func(topics [][]common.Hash) error {
		_, err := d.p.s.caller.Logs(ctx, ethrpc.LogQuery{From: w.From, To: w.To, Topics: topics}, func(l *types.Log) error {
			d.take(l)
			return nil
		})
		return err
	})
}

func (d *direct) take(l *types.Log) {
	if !d.p.reader.movesToken(l) {
		return
	}
	if t := d.times[l.BlockNumber]; t == 0 {
		d.times[l.BlockNumber] = l.BlockTimestamp
	}
	if l.Address == d.p.id.Network.Wrapped {
		d.wraps = append(d.wraps, ethrpc.CloneLog(l))
		return
	}
	var room [1]chain.Transfer
	ts, err := d.p.reader.decoder.AppendLog(room[:0], l, 0)
	if err != nil {
		d.doubt[err.Error()] = struct{}{}
	}
	d.add(ts)
}

func (d *direct) add(ts []chain.Transfer) {
	for _, t := range ts {
		if d.p.reader.concerns(t) {
			t.Proof = chain.Unproven(d.why)
			d.p.all = append(d.p.all, t)
		}
	}
}

// readTimes asks for the headers of blocks whose time no log told.
func (d *direct) readTimes(ctx context.Context) error {
	var blocks []uint64
	for _, n := range sortedBlocks(d.times) {
		if d.times[n] == 0 {
			blocks = append(blocks, n)
		}
	}
	for chunk := range slices.Chunk(blocks, 1000) {
		heads, err := d.p.s.heads(ctx, chunk...)
		if err != nil {
			return fmt.Errorf("times of blocks: %w", err)
		}
		for i, n := range chunk {
			d.times[n] = heads[i].Time.Uint64()
		}
	}
	return nil
}

// unproven says why the token logs of a query are not held against receipts;
// empty where they are.
func (p *pull) unproven(logs *tokenLogs) string {
	if p.s.o.NoProof {
		return notAsked.Why()
	}
	if n := uint64(len(logs.blocks())); n > p.s.o.ProofBlocks && !p.q.ProveAbsence {
		return fmt.Sprintf("token logs stand in %d blocks, and receipts are read of at most %d", n, p.s.o.ProofBlocks)
	}
	return ""
}
