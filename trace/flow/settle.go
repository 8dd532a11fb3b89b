package flow

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// ordered is a map whose keys are walked in the order in which they came.
type ordered[K comparable, V any] struct {
	at   map[K]int
	keys []K
	vals []V
}

// get returns the value of a key, good until the next call.
func (o *ordered[K, V]) get(k K) *V {
	i, ok := o.at[k]
	if !ok {
		if o.at == nil {
			o.at = map[K]int{}
		}
		i = len(o.keys)
		o.at[k] = i
		var zero V
		o.keys, o.vals = append(o.keys, k), append(o.vals, zero)
	}
	return &o.vals[i]
}

// settler turns what an engine did into a result.
type settler struct {
	e       *engine
	r       *Result
	ctx     context.Context
	deposit map[uint32]*forwarder
	memory  slab
	held    []uint32       // holdings in which something rests
	hops    func() []int32 // by account: -1 for those that funds never touched
	paid    []bool         // by account: some payment is known
	left    map[crossingKey]*given
}

func (t *tracer) conclude(ctx context.Context, engines []*engine) (*Result, error) {
	results := make([]*Result, len(engines))
	for i, e := range engines {
		s := &settler{e: e, ctx: ctx}
		results[i] = s.settle()
		if err := results[i].conserved(); err != nil {
			return nil, err
		}
	}
	r := results[0]
	r.settler.likely()
	t.traffic = rowCounts{}
	if len(results) > 1 {
		mergePolicies(r, results)
	}
	r.engine.release()
	return r, nil
}

func (r *Result) conserved() error {
	if !r.Policy.Conserves() {
		return nil
	}
	for _, b := range r.Balances {
		if d := b.Difference(); d.Sign() != 0 {
			return &ConservationError{r.Policy, b.Asset, d}
		}
	}
	return nil
}

func (s *settler) settle() *Result {
	e := s.e
	s.r = &Result{
		Policy: e.rule.policy, Backward: e.t.req.Backward, Opened: e.t.openings, Requests: e.t.requests,
		Histories: e.t.histories,
		Rounded:   e.rule.floored, Warnings: slices.Concat(e.rec.Warnings, e.t.warnings), engine: e,
	}
	s.deposit = e.depositAddresses()
	s.hops = sync.OnceValue(s.findHops)
	s.sources()
	s.terminals()
	s.rests()
	s.fees()
	s.shortfalls()
	s.conversions()
	s.assumptions()
	s.balances()
	s.r.settler = s
	s.r.index = sync.OnceValue(func() *edgeIndex { return e.edgeIndex(s.r) })
	s.cuts()
	s.warn()
	s.r.sort()
	return s.r
}

func (s *settler) account(h uint32) Account {
	return s.e.rec.accounts.keys[s.e.holdings[h].account]
}

func (s *settler) asset(h uint32) chain.AssetID { return s.e.rec.assets[s.e.holdings[h].asset] }

func (s *settler) findHops() []int32 {
	e := s.e
	all := make([]int32, len(e.roles))
	for i := range all {
		all[i] = -1
	}
	for i := range e.moves {
		m := e.move(i)
		from, to := e.holdings[m.from].account, e.holdings[m.to].account
		all[from] = int32(e.hops[from])
		if hop := all[from] + 1; to != outside && !e.roles[to].source && to != from {
			if all[to] < 0 || hop < all[to] {
				all[to] = hop
			}
		}
	}
	return all
}

func (s *settler) sources() {
	var all ordered[uint32, tally]
	e := s.e
	for _, in := range e.injected {
		l := e.leg(int(in.leg))
		all.get(l.from).add(e, &move{units: in.units, row: l.row})
	}
	s.r.Sources = slices.Grow(s.r.Sources, len(all.keys))
	for i, h := range all.keys {
		s.r.Sources = append(s.r.Sources, Source{
			Account: s.account(h), Sum: all.vals[i].sum(s.asset(h)), Span: all.vals[i].span(),
			Continued: e.roles[e.holdings[h].account].victim && s.isContinued(s.account(h)),
		})
	}
}

func (s *settler) isContinued(a Account) bool {
	for _, theft := range s.e.arrived {
		if theft.ChainID == a.ChainID && theft.From == a.Address {
			return true
		}
	}
	return false
}

type terminalKey struct {
	holding uint32
	kind    TerminalKind
	cut     cut
}

// ending is what came to a terminal.
type ending struct {
	sum      tally
	deposits []Deposit
	via      []Account
	told     ordered[crossingKey, struct{}] // txs that bridges may have been told something in
}

func (s *settler) terminals() {
	var all ordered[terminalKey, ending]
	var lost ordered[terminalKey, tally]
	e := s.e
	for i := range e.moves {
		if e.moves[i].end == notTerminal {
			continue
		}
		m := e.move(i)
		if key, resolved := s.classify(&m); resolved {
			s.gather(all.get(key), key.kind, &m)
		} else {
			lost.get(key).add(e, &m)
		}
	}
	s.r.Terminals = slices.Grow(s.r.Terminals, len(all.keys))
	for i, k := range all.keys {
		s.r.Terminals = append(s.r.Terminals, s.terminal(k, &all.vals[i]))
	}
	for i, k := range lost.keys {
		why := "the other side of the movement could not be seen"
		if k.cut == cutFailed {
			why = "its history could not be had: " + e.t.failed[s.account(k.holding)]
		}
		s.r.Unresolved = append(s.r.Unresolved, Unresolved{s.account(k.holding), lost.vals[i].sum(s.asset(k.holding)), why})
	}
}

// gather adds a move to what came to a terminal.
func (s *settler) gather(to *ending, kind TerminalKind, m *move) {
	e := s.e
	to.sum.add(e, m)
	switch kind {
	case Exchange, Mixer, Bridge, Sanctioned:
		to.deposits = append(to.deposits, s.depositOf(m))
	}
	if from := e.holdings[m.from].account; s.deposit[from] != nil && kind == Exchange {
		to.via = append(to.via, e.rec.accounts.keys[from])
	}
	if crosses(kind) && len(e.t.crossings) > 0 {
		to.told.get(e.crossingKey(m))
	}
}

// classify says where a move ends the trace; not resolved is what nobody could
// look at.
func (s *settler) classify(m *move) (key terminalKey, resolved bool) {
	key = terminalKey{m.to, m.end, m.cut}
	switch m.end {
	case Burn:
		if s.e.departs(m) {
			key.kind = Bridge
		}
	case unseen:
		return terminalKey{m.from, unseen, 0}, false
	case frontier:
		a := s.account(m.to)
		key.kind = Horizon
		switch {
		case s.e.t.failed[a] != "":
			key.cut = cutFailed
			return key, false
		case s.e.t.req.Limits.Hops > 0 && int(s.hops()[s.e.holdings[m.to].account]) >= s.e.t.req.Limits.Hops:
			key.cut = cutHops
		default:
			key.cut = s.e.t.stopped
		}
	}
	return key, true
}

func (s *settler) depositOf(m *move) Deposit {
	w := &s.e.rec.rows[m.row]
	return Deposit{
		From: s.account(m.from), Tx: *s.e.rec.hash(w), Block: s.e.rec.block(w),
		Time: s.e.rec.when(w), Units: bigOf(&m.units),
	}
}

func (s *settler) onward(txs []crossingKey) (all []Crossing) {
	if len(txs) > 0 && s.left == nil {
		s.left = s.e.bridged()
	}
	for _, key := range txs {
		all = append(all, s.e.told(key, s.left[key])...)
	}
	return all
}

func (s *settler) terminal(k terminalKey, came *ending) Terminal {
	r := &s.e.roles[s.e.holdings[k.holding].account]
	slices.SortFunc(came.via, Account.Compare)
	t := Terminal{
		Kind: k.kind, Account: s.account(k.holding), Sum: came.sum.sum(s.asset(k.holding)), Span: came.sum.span(),
		Basis: chain.Observed, Why: r.why(), Deposits: came.deposits, Via: slices.Compact(came.via), Onward: s.onward(came.told.keys),
	}
	switch {
	case k.kind == Horizon:
		t.Limit, t.Why = k.cut.String(), k.cut.why()
	case r.tag() != nil && r.kind == k.kind:
		t.Tag, t.Basis = r.tag(), chain.Attributed
	case k.kind == Hub:
		t.Basis = chain.Heuristic
	case k.kind == Bridge: // nobody has tagged it: it is one by what it was told
		t.Basis = chain.Derived
		if r.kind == Burn {
			t.Why = "burnt here to come out on another chain"
		}
	}
	s.attribute(&t, t.Deposits)
	return t
}

var cutNames = [...]string{"", "hops", "min_usd", "addresses", "requests", "horizon", "failed", "interrupted"}

func (c cut) String() string { return cutNames[c] }

func (c cut) why() string {
	switch c {
	case cutHops:
		return "as many hops from the source as are followed; paid on from here"
	case cutMinUSD:
		return "each payment was below the smallest that is followed"
	case cutAddresses:
		return "not opened: as many addresses as the limit allows were"
	case cutRequests:
		return "not opened: as many requests as the limit allows were made"
	case cutHorizon:
		return "moved on after the horizon"
	case cutStopped:
		return "not opened: the run was interrupted"
	}
	return "not opened"
}

func (s *settler) rest(h uint32, sum *tally, later bool) {
	account, asset := s.account(h), s.asset(h)
	id := s.e.holdings[h].account
	t := Terminal{Account: account, Sum: sum.sumIn(&s.memory, asset), Span: sum.span()}
	switch {
	case s.deposit[id] != nil && s.deposit[id].times > 1:
		// Once may be a last hop that was emptied into an exchange.
		t.Kind, t.Tag, t.Basis = Exchange, s.deposit[id].tag, chain.Heuristic
		t.Why = "forwards whatever it gets to " + t.Tag.Label + ": a deposit address by its behaviour"
	case s.frozen(account, asset):
		t.Kind, t.Basis, t.Why = Frozen, chain.Observed, "frozen by the issuer at the end of the window"
	case later:
		t.Kind, t.Basis, t.Limit, t.Why = Horizon, chain.Observed, cutHorizon.String(), cutHorizon.why()
	default:
		if why, known := s.incomplete(account, asset); known {
			s.r.Unresolved = append(s.r.Unresolved, Unresolved{account, t.Sum, why})
			return
		}
		s.held = append(s.held, h)
		s.r.Held = append(s.r.Held, Held{account, t.Sum, t.Span, !s.paid[id]})
		return
	}
	s.attribute(&t, nil)
	s.r.Terminals = append(s.r.Terminals, t)
}

func (s *settler) frozen(a Account, asset chain.AssetID) bool {
	if s.r.Backward {
		return false
	}
	f := s.e.t.req.Freezes
	if f == nil || !f.Asks(asset) {
		s.asked(asset, false)
		return false
	}
	frozen, err := f.Frozen(s.ctx, a, asset)
	if err != nil {
		s.r.Warnings = append(s.r.Warnings, fmt.Sprintf("whether %s is frozen for %s could not be asked: %v", asset, a, err))
	}
	s.asked(asset, err == nil)
	return frozen
}

// asked notes whether the issuer of a token answered: one answer is enough. Coins
// have none.
func (s *settler) asked(asset chain.AssetID, answered bool) {
	if asset.Kind() != chain.ERC20 || asset == Dollars(asset.ChainID()) {
		return
	}
	at, before := slices.BinarySearchFunc(s.r.FreezeAsked, asset, chain.AssetID.Compare)
	in, not := slices.BinarySearchFunc(s.r.FreezeUnasked, asset, chain.AssetID.Compare)
	switch {
	case before:
	case answered:
		s.r.FreezeAsked = slices.Insert(s.r.FreezeAsked, at, asset)
		if not {
			s.r.FreezeUnasked = slices.Delete(s.r.FreezeUnasked, in, in+1)
		}
	case !not:
		s.r.FreezeUnasked = slices.Insert(s.r.FreezeUnasked, in, asset)
	}
}

func (s *settler) incomplete(a Account, asset chain.AssetID) (string, bool) {
	if len(s.e.t.partial) == 0 {
		return "", false
	}
	scope := chain.ScopeTokens
	if asset.Kind() == chain.Native {
		scope = chain.ScopeNative
	}
	note, ok := s.e.t.partial[a][scope]
	return "its history is not complete: " + note, ok
}

// payers are the accounts of which the record has any payment.
func (s *settler) payers() []bool {
	paid := make([]bool, len(s.e.roles))
	for i := range s.e.purses {
		if p := &s.e.purses[i]; p.paid {
			paid[p.account] = true
		}
	}
	return paid
}

// paidLater lists the holdings from which something went after the horizon.
func (s *settler) paidLater() map[uint32]bool {
	later := map[uint32]bool{}
	if s.r.Backward {
		return later
	}
	for i := s.e.end; i < len(s.e.rec.rows); i++ {
		w := &s.e.rec.rows[i]
		if h, ok := s.e.ids.find(holding{w.from, w.asset}); ok && !w.fee && w.from != w.to {
			later[h] = true
		}
	}
	return later
}

func (s *settler) fees() {
	var all ordered[uint32, tally]
	for i := range s.e.moves {
		if s.e.moves[i].fee {
			m := s.e.move(i)
			all.get(m.from).add(s.e, &m)
		}
	}
	for i, h := range all.keys {
		s.r.Fees = append(s.r.Fees, Part{s.account(h), all.vals[i].sum(s.asset(h))})
	}
}

// shortfalls are amounts that were to be followed and were not seen leaving.
func (s *settler) shortfalls() {
	for i := range s.e.lost {
		l := &s.e.lost[i]
		if l.left.IsZero() {
			continue
		}
		why := "taken in tx " + l.Tx.Hex() + ", which no history that was looked at shows: where it went is not known here"
		if id, ok := s.e.rec.assetIDs[l.Asset]; ok && s.e.rec.refused[id] {
			why = "the asset's transfers add up to more than 2^256: its amounts mean nothing"
		}
		s.r.Unresolved = append(s.r.Unresolved, Unresolved{
			Account{l.ChainID, l.From}, Sum{Asset: l.Asset, Units: bigOf(&l.left)}, why,
		})
	}
}

func (s *settler) conversions() {
	e := s.e
	for i := range e.conversions {
		c := &e.conversions[i]
		if len(c.outs) == 0 {
			continue
		}
		w := &e.rec.rows[c.row]
		conv := Conversion{
			Account: s.account(c.outs[0].holding), Tx: *e.rec.hash(w), Block: e.rec.block(w),
			Time: e.rec.when(w), Basis: chain.Derived,
			Out: s.shares(c.outs, w), In: s.shares(c.ins, w),
		}
		switch {
		case c.later:
			conv.Basis, conv.Note = chain.Heuristic, "what came back came in a later tx, within an hour and worth the same within a tenth"
		case c.heuristic:
			conv.Basis, conv.Note = chain.Heuristic, "not both sides are priced, so that what came back could not be weighed against what was given"
		case c.partial:
			conv.Note = "what came back was worth less than half: the rest counts as paid"
		}
		if len(conv.In) == 0 {
			conv.Note = "what came back of it is less than one base unit"
		}
		s.r.Conversions = append(s.r.Conversions, conv)
	}
}

func (s *settler) shares(list []share, w *row) []Part {
	var all ordered[uint32, tally]
	for i := range list {
		sum := all.get(list[i].holding)
		sum.units.Add(&sum.units, &list[i].units)
	}
	parts := make([]Part, len(all.keys))
	for i, h := range all.keys {
		parts[i] = Part{s.account(h), Sum{Asset: s.asset(h), Units: bigOf(&all.vals[i].units)}}
		if s.e.t.req.Value == nil {
			continue
		}
		if usd, ok := s.e.t.req.Value(s.asset(h), parts[i].Units, s.e.rec.when(w)); ok {
			parts[i].USD = &usd
		}
	}
	return parts
}

// assumptions lists the opening balances of the holdings that carried taint.
func (s *settler) assumptions() {
	e := s.e
	for i := range e.opening {
		if o := &e.opening[i]; e.purses[o.holding].in > 0 {
			s.r.Openings = append(s.r.Openings, Assumption{s.account(o.holding), Sum{Asset: s.asset(o.holding), Units: bigOf(&o.units)}})
		}
	}
	slices.SortFunc(s.r.Openings, func(a, b Assumption) int {
		return cmp.Or(a.Account.Compare(b.Account), a.Asset.Compare(b.Asset))
	})
}

func (s *settler) balances() {
	var all ordered[chain.AssetID, Balance]
	at := func(a chain.AssetID) *Balance {
		b := all.get(a)
		if b.Sources == nil {
			*b = Balance{a, new(big.Int), new(big.Int), new(big.Int), new(big.Int), new(big.Int), new(big.Int), new(big.Int)}
		}
		return b
	}
	add := func(to *big.Int, units *big.Int) { to.Add(to, units) }
	for i := range s.r.Sources {
		add(at(s.r.Sources[i].Asset).Sources, s.r.Sources[i].Units)
	}
	for i := range s.e.lost {
		add(at(s.e.lost[i].Asset).Sources, bigOf(&s.e.lost[i].left))
	}
	for i := range s.r.Terminals {
		add(at(s.r.Terminals[i].Asset).Terminals, s.r.Terminals[i].Units)
	}
	for i := range s.r.Held {
		add(at(s.r.Held[i].Asset).Held, s.r.Held[i].Units)
	}
	for i := range s.r.Unresolved {
		add(at(s.r.Unresolved[i].Asset).Unresolved, s.r.Unresolved[i].Units)
	}
	for i := range s.r.Fees {
		add(at(s.r.Fees[i].Asset).Fees, s.r.Fees[i].Units)
	}
	for i := range s.e.converted {
		c := &s.e.converted[i]
		if !c.in.IsZero() || !c.out.IsZero() {
			b := at(s.e.rec.assets[i])
			add(b.ConvertedIn, bigOf(&c.in))
			add(b.ConvertedOut, bigOf(&c.out))
		}
	}
	s.r.Balances = all.vals
	slices.SortFunc(s.r.Balances, func(a, b Balance) int { return a.Asset.Compare(b.Asset) })
}

// horizon is how the result names what ends the time that is looked at.
func (l *Limits) horizon() string {
	var ends []string
	if l.Horizon > 0 {
		ends = append(ends, time.Unix(int64(l.Horizon), 0).UTC().Format(time.RFC3339))
	}
	if l.LastBlock > 0 {
		ends = append(ends, fmt.Sprintf("block %d", l.LastBlock))
	}
	return strings.Join(ends, ", ")
}

func (s *settler) cuts() {
	l := s.e.t.req.Limits
	set := func(c cut, on bool, setting string) {
		cut := s.cutBy(c, setting)
		if on || len(cut.Amounts) > 0 {
			s.r.Cuts = append(s.r.Cuts, cut)
		}
	}
	set(cutHops, l.Hops > 0, fmt.Sprint(l.Hops))
	set(cutMinUSD, l.MinUSD.IsPositive(), l.MinUSD.String())
	set(cutAddresses, l.Addresses > 0, fmt.Sprint(l.Addresses))
	set(cutRequests, l.Requests > 0, fmt.Sprint(l.Requests))
	set(cutHorizon, l.Horizon > 0 || l.LastBlock > 0, l.horizon())
	set(cutStopped, false, "")
}

func (s *settler) cutBy(c cut, setting string) Cut {
	result := Cut{Limit: c.String(), Setting: setting}
	var all ordered[chain.AssetID, Sum]
	for i := range s.r.Terminals {
		t := &s.r.Terminals[i]
		if t.Kind != Horizon || t.Limit != result.Limit {
			continue
		}
		sum := all.get(t.Asset)
		if sum.Units == nil {
			*sum = Sum{Asset: t.Asset, Units: new(big.Int), USD: new(decimal.Decimal)}
		}
		sum.Units.Add(sum.Units, t.Units)
		if t.USD == nil {
			sum.USD, result.Unpriced = nil, true
			continue
		}
		result.USD = result.USD.Add(*t.USD)
		if sum.USD != nil {
			usd := sum.USD.Add(*t.USD)
			sum.USD = &usd
		}
	}
	result.Amounts = append(result.Amounts, all.vals...)
	slices.SortFunc(result.Amounts, func(a, b Sum) int { return a.Asset.Compare(b.Asset) })
	return result
}

// dearer puts what is worth more first, and what has no price last.
func dearer(a, b *decimal.Decimal) int {
	switch {
	case a != nil && b != nil:
		return b.Cmp(*a)
	case a != nil:
		return -1
	case b != nil:
		return 1
	}
	return 0
}

func (r *Result) sort() {
	value := func(a, b *Sum) int {
		return cmp.Or(dearer(a.USD, b.USD), a.Asset.Compare(b.Asset), b.Units.Cmp(a.Units))
	}
	slices.SortFunc(r.Terminals, func(a, b Terminal) int {
		return cmp.Or(value(&a.Sum, &b.Sum), cmp.Compare(a.Kind, b.Kind), a.Account.Compare(b.Account), cmp.Compare(a.Limit, b.Limit))
	})
	slices.SortFunc(r.Held, func(a, b Held) int {
		return cmp.Or(value(&a.Sum, &b.Sum), a.Account.Compare(b.Account))
	})
	slices.SortFunc(r.Unresolved, func(a, b Unresolved) int {
		return cmp.Or(value(&a.Sum, &b.Sum), a.Account.Compare(b.Account), cmp.Compare(a.Why, b.Why))
	})
	slices.SortFunc(r.Sources, func(a, b Source) int {
		return cmp.Or(a.Account.Compare(b.Account), a.Asset.Compare(b.Asset))
	})
	slices.SortFunc(r.Fees, func(a, b Part) int {
		return cmp.Or(a.Account.Compare(b.Account), a.Asset.Compare(b.Asset))
	})
}
