package flow

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// ErrNothingToFollow is returned for a request without sources and thefts.
var ErrNothingToFollow = errors.New("trace: nothing to follow: neither a source nor a stolen amount")

// tracer is one trace on its way: what is known so far and what was asked.
type tracer struct {
	req       *Request
	transfers []*chain.Transfer // in canonical order, each once
	unmerged  []*chain.Transfer // not among them yet
	histories []*chain.History
	thieves   map[Account]bool
	unread    map[common.Hash]bool // txs that a limit kept from being read whole
	opened    map[Account]bool
	openings  []Opening
	hubs      map[Account]string
	failed    map[Account]string
	partial   map[Account]map[chain.Scope]string
	readTxs   map[common.Hash]bool
	arrived   [][]Theft // by engine: what came out of bridges
	crossings map[crossingKey][]Crossing
	crossed   []crossingKey        // in the order in which they were asked about
	silent    map[crossingKey]bool // where bridges were told nothing
	escrows   map[Account]string   // who keeps what bridges were given, and by what it is known
	known     *known               // where there are several rounds
	traffic   rowCounts            // of the record of the last round
	requests  int
	stopped   cut
	warnings  []string
}

type crossingKey struct {
	tx   common.Hash
	from Account
}

// Trace follows funds from the sources of the request. Where a historian is
// given, it opens the holder with the most unexplored tainted value next, until
// nothing is left to open or a limit ends it; the same request over the same
// answers takes the same way, so that a run repeated over stored answers
// continues where an earlier one stopped. When ctx ends, what was found so far
// is returned together with its error.
func Trace(ctx context.Context, req Request) (*Result, error) {
	if len(req.Sources) == 0 && len(req.Stolen) == 0 {
		return nil, ErrNothingToFollow
	}
	if req.Record == nil {
		req.Record = &Record{}
	}
	req.Record.ready()
	t := &tracer{
		req: &req, opened: map[Account]bool{}, hubs: map[Account]string{}, failed: map[Account]string{},
		partial: map[Account]map[chain.Scope]string{}, readTxs: map[common.Hash]bool{},
		crossings: map[crossingKey][]Crossing{}, silent: map[crossingKey]bool{}, escrows: map[Account]string{},
		thieves: map[Account]bool{}, unread: map[common.Hash]bool{},
	}
	for _, s := range req.Sources {
		t.thieves[s] = true
	}
	for _, s := range req.Stolen {
		t.thieves[Account{s.ChainID, s.To}] = true
	}
	for _, h := range req.Histories {
		t.learn(h)
	}
	interrupted := t.begin(ctx)
	engines, err := t.explore(ctx, interrupted)
	if err != nil {
		return nil, err
	}
	r, err := t.conclude(ctx, engines)
	if err != nil {
		return nil, err
	}
	return r, ctx.Err()
}

// learn takes in a history: its transfers, and whose they are.
func (t *tracer) learn(h *chain.History) {
	t.take(h.Transfers)
	t.histories = append(t.histories, h)
	for _, c := range h.Coverage {
		a := Account{c.ChainID, c.Address}
		t.opened[a] = true
		if !c.Complete {
			if t.partial[a] == nil {
				t.partial[a] = map[chain.Scope]string{}
			}
			t.partial[a][c.Scope] = c.Note
		}
	}
}

// begin opens those with whom the funds start.
func (t *tracer) begin(ctx context.Context) error {
	first := slices.Clone(t.req.Sources)
	for _, s := range t.req.Stolen {
		if s.To != (common.Address{}) {
			first = append(first, Account{s.ChainID, s.To})
		}
	}
	slices.SortFunc(first, Account.Compare)
	for _, a := range slices.Compact(first) {
		if t.req.Historians[a.ChainID] == nil || t.opened[a] {
			continue
		}
		if t.limited() {
			return nil
		}
		if err := t.open(ctx, a, nil); err != nil {
			return err
		}
	}
	for _, s := range t.req.Stolen {
		if err := t.readTx(ctx, s.ChainID, s.Tx); err != nil {
			return err
		}
	}
	return nil
}

func (t *tracer) limited() bool {
	l := t.req.Limits
	switch {
	case l.Addresses > 0 && len(t.openings) >= l.Addresses:
		t.stopped = cutAddresses
	case l.Requests > 0 && t.requests >= l.Requests:
		t.stopped = cutRequests
	default:
		return false
	}
	return true
}

// open asks for one history. It returns an error only where the run is to end.
func (t *tracer) open(ctx context.Context, a Account, usd *decimal.Decimal) error {
	step := Opening{Account: a, Order: len(t.openings) + 1, USD: usd}
	h, err := t.req.Historians[a.ChainID].History(ctx, chain.Query{
		Addresses: []common.Address{a.Address}, Window: t.req.Windows[a.ChainID],
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	t.requests++
	t.opened[a] = true
	switch {
	case errors.Is(err, ErrTooBusy):
		t.hubs[a], step.Hub = err.Error(), true
	case err != nil:
		t.failed[a], step.Err = err.Error(), err
	default:
		step.Transfers = len(h.Transfers)
		if why, busy := t.tooBusy(a, h.Transfers); busy {
			t.hubs[a], step.Hub = why, true
		} else {
			t.learn(h)
		}
	}
	t.openings = append(t.openings, step)
	if t.req.Opened != nil {
		t.req.Opened(step)
	}
	return nil
}

// tooBusy measures the traffic of an account by its own history, so that what
// a service does with other people's money is never taken in. Sources are
// followed whatever their traffic.
func (t *tracer) tooBusy(a Account, ts []chain.Transfer) (string, bool) {
	if t.thieves[a] {
		return "", false
	}
	rec := &Record{}
	rec.Add(ts)
	id, ok := rec.find(a)
	if !ok {
		return "", false
	}
	n := trafficOf(rec, len(rec.accounts.keys))
	for _, c := range t.busy(rec, make([]role, len(rec.accounts.keys)), &n) {
		if c.id == id {
			return c.judge(t, func(id uint32) bool { return t.reached(rec.accounts.keys[id]) })
		}
	}
	return "", false
}

// reached reports whether the funds are known to have touched an account.
func (t *tracer) reached(a Account) bool {
	if t.known == nil {
		return t.thieves[a]
	}
	id, ok := t.known.accounts.find(a)
	return ok && t.known.flags[id].reached()
}

func (t *tracer) readTx(ctx context.Context, chainID uint64, tx common.Hash) error {
	reader := t.req.TxReaders[chainID]
	if reader == nil || t.readTxs[tx] || tx == (common.Hash{}) {
		return nil
	}
	if t.limited() {
		t.unread[tx] = true
		return nil
	}
	delete(t.unread, tx)
	ts, err := reader.Transaction(ctx, tx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	t.requests++
	t.readTxs[tx] = true
	if err != nil {
		t.warnings = append(t.warnings, fmt.Sprintf("tx %s could not be read whole: %v", tx, err))
		return nil
	}
	t.take(ts)
	return nil
}

func (t *tracer) take(ts []chain.Transfer) {
	t.unmerged = slices.Grow(t.unmerged, len(ts))
	for i := range ts {
		t.unmerged = append(t.unmerged, &ts[i])
	}
}

// explore runs the engine and asks for more until there is nothing to ask.
func (t *tracer) explore(ctx context.Context, interrupted error) ([]*engine, error) {
	for {
		rec := t.record()
		engines := t.run(rec)
		if interrupted != nil {
			t.stopped = cutStopped
			return engines, nil
		}
		more, err := t.askMore(ctx, engines)
		if err != nil {
			interrupted = err
			continue
		}
		if !more {
			return engines, nil
		}
	}
}

func (t *tracer) run(rec *Record) []*engine {
	policies := []Policy{t.req.Policy}
	if t.req.Policy == All {
		policies = Policies()
	}
	if t.arrived == nil {
		t.arrived = make([][]Theft, len(policies))
	}
	rec.sort()
	roles := t.assignRoles(rec)
	engines := make([]*engine, len(policies))
	for i, p := range policies {
		engines[i] = newEngine(t, rec, roles, p, t.arrived[i])
		if i > 0 && slices.Equal(t.arrived[i], t.arrived[0]) {
			engines[i].prepareLike(engines[0])
			engines[i].follow()
		} else {
			engines[i].run()
		}
	}
	if t.known != nil {
		t.known.flags = engines[0].flags
	}
	return engines
}

// record joins what was pulled with what was imported. What both have counts
// once, by tx, parties and amount.
func (t *tracer) record() *Record {
	t.transfers, t.unmerged = chain.MergeReferences(t.transfers, t.unmerged), nil
	if len(t.transfers) == 0 && len(t.req.Historians) == 0 {
		for _, h := range t.histories {
			describe(t.req.Record, h)
		}
		return t.req.Record
	}
	type said struct {
		tx       common.Hash
		from, to common.Address
		asset    chain.AssetID
		units    uint256.Int
	}
	pulled := &Record{}
	if t.req.Record.Len() > 0 {
		pulled = t.req.Record.clone()
		told, imported := map[said]int{}, make(map[common.Hash]bool, len(pulled.hashes))
		for i := range pulled.rows {
			imported[*pulled.hash(&pulled.rows[i])] = true
		}
		for _, x := range t.transfers {
			if imported[x.Tx] {
				told[said{x.Tx, x.From, x.To, x.Asset, x.Units}]++
			}
		}
		pulled.rows = slices.DeleteFunc(pulled.rows, func(w row) bool {
			key := said{
				*pulled.hash(&w), pulled.accounts.keys[w.from].Address, pulled.accounts.keys[w.to].Address,
				pulled.assets[w.asset], pulled.units(&w),
			}
			again := told[key] > 0
			told[key]--
			return again
		})
	}
	for _, h := range t.histories {
		describe(pulled, h)
	}
	pulled.add(t.transfers)
	return pulled
}

func describe(rec *Record, h *chain.History) {
	for asset, m := range h.Tokens {
		rec.Describe(asset, m)
	}
}

// askMore takes one step outward and reports whether there was one to take.
func (t *tracer) askMore(ctx context.Context, engines []*engine) (bool, error) {
	if more, err := t.completeTxs(ctx, engines); more || err != nil {
		return more, err
	}
	if more, err := t.cross(ctx, engines); more || err != nil {
		return more, err
	}
	for _, next := range t.frontier(engines) {
		if t.limited() {
			return false, nil
		}
		if kept, err := t.keepsForBridge(ctx, engines, next.account); kept || err != nil {
			return kept, err
		}
		err := t.open(ctx, next.account, next.price())
		// A history that could not be had changes nothing: whoever is next is so
		// already.
		if err != nil || t.failed[next.account] == "" {
			return true, err
		}
	}
	return false, nil
}

// completeTxs reads whole the txs along which funds moved.
func (t *tracer) completeTxs(ctx context.Context, engines []*engine) (bool, error) {
	if len(t.req.TxReaders) == 0 {
		return false, nil
	}
	before := len(t.readTxs)
	for _, e := range engines {
		for i := range e.moves {
			w := e.rowOf(uint32(i))
			if err := t.readTx(ctx, e.rec.chainID(w), *e.rec.hash(w)); err != nil {
				return false, err
			}
		}
	}
	return len(t.readTxs) > before, nil
}

// cross asks what bridges were told, and goes on with what arrived elsewhere.
func (t *tracer) cross(ctx context.Context, engines []*engine) (bool, error) {
	if t.req.Bridges == nil {
		return false, nil
	}
	silent := false // what goes through a router that was told nothing may be a swap
	for _, e := range engines {
		for i := range e.moves {
			if !crosses(e.moves[i].end) {
				continue
			}
			m := e.move(i)
			key := e.crossingKey(&m)
			if _, asked := t.crossings[key]; asked {
				continue
			}
			if err := t.askBridges(ctx, key); err != nil {
				return false, err
			}
			silent = silent || t.silent[key] && m.end == Bridge
		}
	}
	more, err := t.arrivals(ctx, engines)
	return more || silent, err
}

// crosses reports whether funds that end so may have gone to another chain:
// many bridges burn what leaves.
func crosses(k TerminalKind) bool { return k == Bridge || k == Burn }

// arrivals goes on with what came out elsewhere, whose txs are read whole. Of
// an arrival each policy follows that part only which under it was tainted when
// it left, rounded down. It reports whether what is followed changed.
func (t *tracer) arrivals(ctx context.Context, engines []*engine) (changed bool, err error) {
	for i, e := range engines {
		arrived := t.crossedOver(e)
		for _, theft := range arrived {
			if err := t.readTx(ctx, theft.ChainID, theft.Tx); err != nil {
				return false, err
			}
		}
		if !slices.Equal(arrived, t.arrived[i]) {
			t.arrived[i], changed = arrived, true
		}
	}
	return changed, nil
}

// oneForOne returns an asset and, of a coin or its wrapped form, the other:
// bridges are given the one and speak of the other.
func oneForOne(asset chain.AssetID) []chain.AssetID {
	n, _ := chain.NetworkByID(asset.ChainID())
	if n.Wrapped == (common.Address{}) {
		return []chain.AssetID{asset}
	}
	coin, wrapped := n.Coin(), chain.Token(n.ID, n.Wrapped)
	switch asset {
	case coin, wrapped:
		return []chain.AssetID{coin, wrapped}
	}
	return []chain.AssetID{asset}
}

func (e *engine) crossingKey(m *move) crossingKey {
	w := &e.rec.rows[m.row]
	return crossingKey{*e.rec.hash(w), e.rec.accounts.keys[e.holdings[m.from].account]}
}

// candidate is an account that holds tainted value and has not been opened.
type candidate struct {
	account Account
	usd     decimal.Decimal
	priced  bool
	share   *big.Rat // of the sources, for assets without a price
	hop     int
}

func (c *candidate) price() *decimal.Decimal {
	if !c.priced {
		return nil
	}
	return &c.usd
}

// frontier lists the holders that may be opened, the one with the most
// unexplored tainted value first. What is priced goes before what is not;
// without prices the greatest share of what was followed of that asset decides.
func (t *tracer) frontier(engines []*engine) (list []*candidate) {
	if len(t.req.Historians) == 0 {
		return nil
	}
	all := map[Account]*candidate{}
	for _, e := range engines {
		if e.rule.policy == Poison && len(engines) > 1 {
			continue // it would open everything
		}
		t.candidates(e, all)
	}
	for _, c := range all {
		if limit := t.req.Limits.Hops; limit > 0 && c.hop >= limit || t.failed[c.account] != "" {
			continue
		}
		list = append(list, c)
	}
	slices.SortFunc(list, (*candidate).compare)
	return list
}

func (c *candidate) compare(o *candidate) int {
	return cmp.Or(o.usd.Cmp(c.usd), o.share.Cmp(c.share), c.account.Compare(o.account))
}

func (t *tracer) candidates(e *engine, all map[Account]*candidate) {
	total := make([]uint256.Int, len(e.rec.assets))
	for _, in := range e.injected {
		asset := e.holdings[e.legs[in.leg].to].asset
		total[asset].Add(&total[asset], &in.units)
	}
	for i := range e.moves {
		if e.moves[i].end != frontier {
			continue
		}
		m := e.move(i)
		h := e.holdings[m.to]
		a := e.rec.accounts.keys[h.account]
		hop := int(e.hops[e.holdings[m.from].account]) + 1
		c := all[a]
		if c == nil {
			c = &candidate{account: a, share: new(big.Rat), hop: hop}
			all[a] = c
		}
		c.hop = min(c.hop, hop)
		if usd, ok := t.worth(e.rec, &e.rec.rows[m.row], &m.units); ok {
			c.usd, c.priced = c.usd.Add(usd), true
		} else if whole := total[h.asset]; !whole.IsZero() {
			c.share.Add(c.share, new(big.Rat).SetFrac(bigOf(&m.units), bigOf(&whole)))
		}
	}
}

// worth values a part of a row's units at the row's time.
func (t *tracer) worth(rec *Record, w *row, units *uint256.Int) (decimal.Decimal, bool) {
	if usd := rec.usd(w); usd != noUSD {
		if *units == rec.units(w) {
			return decimal.New(usd, -6), true
		}
		micro := rec.micro(w, units)
		return decimal.NewFromBigInt(bigOf(&micro), -6), true
	}
	if t.req.Value == nil {
		return decimal.Decimal{}, false
	}
	return t.req.Value(rec.assets[w.asset], bigOf(units), rec.when(w))
}
