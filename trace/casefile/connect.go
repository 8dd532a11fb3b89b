package casefile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// Plan says how endpoints are to be used.
type Plan struct {
	RPC    ethrpc.Options // without a recorder
	Chains []uint64       // ids of the chains that will be looked at
	Update bool           // look at the chain anew: its head, and what was refused
}

// Connect links endpoints to the case. An endpoint of which the case has one
// chain, under a host that is given once, is not asked for its chain before
// something is missing, as long as the chains of the plan are served. An
// endpoint that does not answer is a link that fails; the error is for what is
// wrong with a URL or with the case.
func (f *File) Connect(ctx context.Context, urls []string, p Plan) ([]*Link, error) {
	links := make([]*Link, len(urls))
	hosts := map[string]int{}
	for i, raw := range urls {
		fresh, err := ethrpc.New(raw, p.RPC)
		if err != nil {
			return nil, &URLError{err}
		}
		links[i] = &Link{f: f, url: raw, o: p.RPC, anew: p.Update, gate: &gate{fresh: fresh}, end: Endpoint{Host: fresh.Host()}}
		hosts[fresh.Host()]++
	}
	for _, l := range links {
		known, err := f.chainsOf(ctx, l.end.Host)
		if err != nil {
			return nil, told(f.path, err)
		}
		if len(known) == 1 && hosts[l.end.Host] == 1 {
			l.end.ChainID, l.gate.assumed = known[0], true
		}
	}
	if err := f.identify(ctx, links, p); err != nil {
		return nil, err
	}
	for _, l := range links {
		if err := f.attach(ctx, l); err != nil {
			return nil, err
		}
	}
	return f.others(ctx, links, p)
}

// others adds what the case has of chains that none of the endpoints serves.
func (f *File) others(ctx context.Context, links []*Link, p Plan) ([]*Link, error) {
	ends, err := f.ends(ctx)
	if err != nil {
		return nil, told(f.path, err)
	}
	ends = slices.DeleteFunc(ends, func(e Endpoint) bool {
		return !slices.Contains(p.Chains, e.ChainID) || serves(links, e.ChainID)
	})
	more, err := f.replay(ctx, ends, Everything, Everything)
	return append(links, more...), err
}

func serves(links []*Link, chainID uint64) bool {
	return slices.ContainsFunc(links, func(l *Link) bool { return l.end.Failure == "" && l.end.ChainID == chainID })
}

// identify asks for the chains that have to be asked for.
func (f *File) identify(ctx context.Context, links []*Link, p Plan) error {
	for _, l := range links {
		if !l.gate.assumed {
			if err := l.identify(ctx); err != nil {
				return err
			}
		}
	}
	for _, id := range p.Chains {
		if !serves(links, id) || p.Update {
			return identifyAll(ctx, links)
		}
	}
	return nil
}

func identifyAll(ctx context.Context, links []*Link) error {
	for _, l := range links {
		if l.gate.assumed {
			if err := l.identify(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// identify asks the endpoint for its chain. One that does not answer is taken
// for what it was; of one that never was anything the failure stands.
func (l *Link) identify(ctx context.Context) error {
	id, err := l.chainID(ctx)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil:
		l.end.ChainID, l.gate.assumed = id, false
	case !l.gate.assumed:
		l.end.Failure = err.Error()
	}
	return nil
}

func (l *Link) chainID(ctx context.Context) (uint64, error) {
	var id hexutil.Uint64
	err := l.gate.fresh.One(ctx, &id, "eth_chainId")
	return uint64(id), err
}

// attach binds a link to its part of the case.
func (f *File) attach(ctx context.Context, l *Link) error {
	if l.end.Failure != "" {
		return nil
	}
	var err error
	if l.view, err = f.end(ctx, l.end.ChainID, l.end.Host); err != nil {
		return told(f.path, err)
	}
	if l.anew {
		if err := f.renew(ctx, l); err != nil {
			return err
		}
	}
	l.end.ValidFrom, l.end.MovingFrom = l.view.validFrom, l.view.movingFrom
	if !l.anew {
		bore, found, err := f.pace(ctx, l.view)
		if err != nil {
			return told(f.path, err)
		}
		l.gate.fresh.Resume(bore)
		l.gate.batches.foundAt(bore.Batch, found)
	}
	return l.dial()
}

// renew makes the link look at the chain anew: at its head and, where a block
// that the case rests on is no longer part of it, at everything.
func (f *File) renew(ctx context.Context, l *Link) error {
	last, err := f.last(ctx)
	if err != nil {
		return told(f.path, err)
	}
	var reorg *ReorgError
	if err := l.inspect(ctx); errors.As(err, &reorg) {
		l.view.validFrom = last
	} else if err != nil {
		return err
	}
	l.gate.vetted = true
	l.view.movingFrom = last
	_, err = f.db.ExecContext(ctx, "UPDATE endpoint SET valid_from = ?, moving_from = ? WHERE id = ?", l.view.validFrom, last, l.view.endpoint)
	return told(f.path, err)
}

// vet makes sure, once and before the first question of a run, that what an
// endpoint says now can stand beside what it said before.
func (l *Link) vet(ctx context.Context) error {
	g := l.gate
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.refused != nil {
		return l.fail(g.refused)
	}
	if g.vetted {
		return nil
	}
	err := l.inspect(ctx)
	var wrong *ChainError
	var reorg *ReorgError
	if errors.As(err, &wrong) || errors.As(err, &reorg) {
		g.refused = l.fail(err)
	}
	g.vetted = err == nil
	return err
}

// Confirm looks, at the end of a run that asked something, whether the blocks
// that it read are still part of the chain.
func (l *Link) Confirm(ctx context.Context) error {
	if l.offline || l.client == nil || l.client.Requests().HTTP == 0 {
		return nil
	}
	l.gate.mu.Lock()
	defer l.gate.mu.Unlock()
	var reorg *ReorgError
	if err := l.inspect(ctx); errors.As(err, &reorg) {
		return err
	}
	return ctx.Err() // an endpoint that does not answer contradicts nothing
}

// inspect compares the endpoint with what the case has from it: the chain,
// where that was only assumed, and the highest block read, unless it was final
// when it was read.
func (l *Link) inspect(ctx context.Context) error {
	if l.gate.assumed {
		id, err := l.chainID(ctx)
		if err != nil {
			return err
		}
		if id != l.end.ChainID {
			return &ChainError{Host: l.end.Host, Was: l.end.ChainID, Now: id}
		}
		l.gate.assumed = false
	}
	top, err := l.f.top(ctx, l.view)
	if err != nil {
		return l.fail(err)
	}
	if top == nil || l.final(uint64(top.Number)) {
		return nil
	}
	var now *header
	if err := l.gate.fresh.One(ctx, &now, "eth_getBlockByNumber", hexutil.EncodeUint64(uint64(top.Number)), false); err != nil {
		return err
	}
	if now == nil {
		return fmt.Errorf("%s: block %d: %w", l.end.Host, top.Number, ethrpc.ErrNoBlock)
	}
	if now.Hash != top.Hash {
		network, _ := chain.NetworkByID(l.end.ChainID)
		return &ReorgError{Host: l.end.Host, Network: network, Block: uint64(top.Number), Was: top.Hash, Now: now.Hash}
	}
	return nil
}

type header struct {
	Number hexutil.Uint64 `json:"number"`
	Hash   common.Hash    `json:"hash"`
}

// final reports whether a block was final when the chain was looked at.
func (l *Link) final(block uint64) bool {
	c := ethrpc.Call{Method: "eth_getBlockByNumber", Params: []any{"finalized", false}}
	method, params, err := split(c)
	if err != nil {
		return false
	}
	s, err := l.f.locked(l.view, callDigest(method, params), true)
	if err != nil || s == nil || s.refused {
		return false
	}
	var h *header
	return json.Unmarshal(s.body, &h) == nil && h != nil && block <= uint64(h.Number)
}

// top returns the highest block that was read by its number, nil where none
// was.
func (f *File) top(ctx context.Context, v view) (*header, error) {
	rows, err := f.db.QueryContext(ctx, `SELECT call, coalesce(json_extract(params, '$[0]'), '') FROM exchange
WHERE endpoint = ? AND id > ? AND method = 'eth_getBlockByNumber' AND moving = 0 AND refused = 0`, v.endpoint, v.validFrom)
	if err != nil {
		return nil, err
	}
	highest, call := uint64(0), []byte(nil)
	for rows.Next() {
		var at []byte
		var number string
		if err := scan(rows, &at, &number); err != nil {
			return nil, errors.Join(err, rows.Close())
		}
		if n, err := strconv.ParseUint(number, 0, 64); err == nil && n > highest {
			highest, call = n, at
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil || call == nil {
		return nil, err
	}
	s, err := f.locked(v, call, false)
	if err != nil || s == nil {
		return nil, err
	}
	var h *header
	if err := json.Unmarshal(s.body, &h); err != nil {
		return nil, fmt.Errorf("%w: block %d: %w", ErrDamaged, highest, err)
	}
	return h, nil
}

// Offline links what the case has to nobody: every endpoint, as it was seen
// last. Failures are those of the run, which may be nil.
func (f *File) Offline(ctx context.Context, run *Run) ([]*Link, error) {
	ends, err := f.ends(ctx)
	if err != nil {
		return nil, told(f.path, err)
	}
	if run != nil {
		known := ends
		ends = slices.Clone(run.Endpoints)
		for i, e := range ends {
			for _, k := range known {
				if k.ChainID == e.ChainID && k.Host == e.Host {
					k.LogBlocks = e.LogBlocks
					ends[i] = k
				}
			}
		}
	}
	return f.replay(ctx, ends, Everything, Everything)
}

// Replay links a run to what it saw, and to nothing that came later.
func (f *File) Replay(ctx context.Context, run *Run) ([]*Link, error) {
	upto, session := run.saw()
	return f.replay(ctx, run.Endpoints, upto, session)
}

func (f *File) replay(ctx context.Context, ends []Endpoint, upto, session int64) ([]*Link, error) {
	var links []*Link
	for _, e := range ends {
		if e.Service != "" {
			continue
		}
		l := &Link{f: f, end: e, url: e.Host, offline: true}
		links = append(links, l)
		if e.Failure != "" {
			continue
		}
		const find = "SELECT id FROM endpoint WHERE chain_id = ? AND host = ?"
		err := scan(f.db.QueryRowContext(ctx, find, strconv.FormatUint(e.ChainID, 10), e.Host), &l.view.endpoint)
		if err != nil {
			return nil, told(f.path, fmt.Errorf("%w: endpoint %s of the run: %w", ErrDamaged, e.Host, err))
		}
		l.view.validFrom, l.view.movingFrom, l.view.upto, l.view.session = e.ValidFrom, e.MovingFrom, upto, session
		if err = l.dial(); err != nil {
			return nil, fmt.Errorf("%w: host %q: %w", ErrDamaged, e.Host, err)
		}
	}
	return links, nil
}
