package flow

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
)

// cut says which limit ended the trace at a movement.
type cut uint8

const (
	cutNothing cut = iota
	cutHops
	cutMinUSD
	cutAddresses
	cutRequests
	cutHorizon
	cutFailed  // a history could not be had
	cutStopped // the run was interrupted
)

// notConversion marks moves within one asset.
const notConversion = -1

// move is one movement of tainted funds.
type move struct {
	units uint256.Int
	from  uint32 // holding
	to    uint32
	row   uint32
	conv  int32 // position in engine.conversions
	end   TerminalKind
	cut   cut
	fee   bool
}

// share is an amount of one holding.
type share struct {
	holding uint32
	units   uint256.Int
}

// conversion is taint that went from assets to other assets within one tx.
type conversion struct {
	row       uint32
	outs, ins []share
	heuristic bool
	through   bool // paid to somebody else through the counterparty
	later     bool // what came back came in a later tx
	partial   bool // what came back was worth less than half
}

// engine runs one policy over one record. It is a function of the record, the
// roles and the sources; the same input gives the same output.
type engine struct {
	t     *tracer
	rec   *Record
	roles []role
	rule  rule

	flags    []flag   // of accounts: what the inner loops ask of a role
	hops     []uint16 // of accounts, from the source; 0 for never reached
	ids      ids[holding]
	holdings []holding // those of ids
	legs     []storedLeg
	parted   []uint256.Int // of legs that are a part of their row
	begin    int           // rows before it are not looked at
	end      int           // rows before it are within the horizon
	purses   []purse       // of holdings
	opening  []share       // clean lots with which holdings begin
	gifts    []uint32      // by account: the newest movement to it, from 1; nil where there is one asset
	carriers int           // rows by which the funds may move
	early    int           // times that a holding had not enough, and was paid later in the block
	thefts   map[common.Hash][]*theftLeft
	lost     []theftLeft
	arrived  []Theft // out of bridges

	moves       []storedMove
	odd         pieces[oddMove]
	conversions []conversion
	injected    []injection
	converted   []converted // by asset

	net   netter
	now   []leg // of the tx at work
	parts []part
	local map[uint32]int32
	sides []side

	approached uint32
}

// theftLeft is what of a stolen amount has not been seen leaving yet.
type theftLeft struct {
	Theft
	left uint256.Int
}

// injection is tainted value that entered the trace.
type injection struct {
	leg   uint32
	units uint256.Int
}

type converted struct{ in, out uint256.Int }

type flag uint8

const (
	isSource flag = 1 << iota
	isVictim
	isTerminal
	isTouched // taint can reach it
)

// reached reports whether funds are known to have come to the account, or to
// begin there.
func (f flag) reached() bool { return f&(isTouched|isSource|isVictim) != 0 }

// keepsBooks reports whether lots of the account are kept: taint may reach it
// and may leave it.
func (f flag) keepsBooks() bool { return f&(isTouched|isTerminal) == isTouched }

// newEngine follows what the request names as stolen and, beside it, what came
// out of bridges under this policy.
func newEngine(t *tracer, rec *Record, roles []role, policy Policy, arrived []Theft) *engine {
	e := &engine{t: t, rec: rec, roles: roles, rule: rule{policy: policy}}
	e.ids.add(holding{}) // nowhere
	e.thefts = map[common.Hash][]*theftLeft{}
	e.arrived = arrived
	e.lost = make([]theftLeft, len(t.req.Stolen)+len(arrived))
	for i, s := range slices.Concat(t.req.Stolen, arrived) {
		e.lost[i] = theftLeft{s, s.Units}
		e.thefts[s.Tx] = append(e.thefts[s.Tx], &e.lost[i])
	}
	e.net.stays = func(h uint32) bool {
		r := &roles[e.ids.keys[h].account]
		return r.keeps() || r.source || r.outlet
	}
	return e
}

func (e *engine) run() {
	e.prepare()
	e.follow()
}

// prepare finds what does not depend on the policy: which holdings there are,
// what they pay each other, and with what they begin.
func (e *engine) prepare() {
	e.findEnd()
	e.touch()
	e.lay()
	e.holdings = e.ids.keys
	e.makePurses()
	e.open()
}

// prepareLike takes over what another engine has prepared that follows the same
// thefts.
func (e *engine) prepareLike(o *engine) {
	e.begin, e.end, e.flags, e.ids, e.holdings, e.legs, e.parted = o.begin, o.end, o.flags, o.ids, o.holdings, o.legs, o.parted
	e.opening, e.carriers, e.early = o.opening, o.carriers, o.early
	e.makePurses()
	for h := range e.purses {
		e.purses[h].paid = o.purses[h].paid
	}
	for i := range e.opening {
		e.rule.store(&e.purses[e.opening[i].holding], &e.opening[i].units, &uint256.Int{})
	}
}

func (e *engine) makePurses() {
	e.hops = make([]uint16, len(e.roles))
	e.purses = make([]purse, len(e.holdings))
	for h, of := range e.holdings {
		p := &e.purses[h]
		p.account, p.flags = of.account, e.flags[of.account]
		if h != nowhere {
			p.width = e.rec.widths[of.asset]
		}
	}
}

func (e *engine) follow() {
	e.converted = make([]converted, len(e.rec.assets))
	if len(e.rec.assets) > 1 {
		e.gifts = make([]uint32, len(e.roles))
	}
	e.moves = make([]storedMove, 0, e.carriers)
	e.forEachTx(e.tx)
	e.rule.lots = lots{} // the totals of the purses tell the rest
}

func (e *engine) holding(account, asset uint32) uint32 {
	if account == outside {
		return nowhere
	}
	return e.ids.add(holding{account, asset})
}

// findEnd finds the rows that are looked at.
func (e *engine) findEnd() {
	rows, req := e.rec.rows, e.t.req
	e.begin, e.end = 0, len(rows)
	if l := &req.Limits; l.Horizon > 0 || l.LastBlock > 0 {
		for i := range rows {
			if l.Horizon > 0 && e.rec.time(&rows[i]) > l.Horizon || l.LastBlock > 0 && e.rec.block(&rows[i]) > l.LastBlock {
				e.end = i
				break
			}
		}
	}
	for req.Backward && e.begin < e.end && e.isEarly(&rows[e.begin]) {
		e.begin++
	}
}

// isEarly reports whether a row is older than what the request begins with.
func (e *engine) isEarly(w *row) bool {
	req := e.t.req
	return req.FirstTime > 0 && e.rec.time(w) < req.FirstTime || req.FirstBlock > 0 && e.rec.block(w) < req.FirstBlock
}

// txs walks over the rows tx by tx, in the order in which they act.
func (e *engine) txs(visit func(from, to int)) {
	if e.t.req.Backward {
		for j := e.end; j > e.begin; {
			i := j - 1
			for i > e.begin && !e.rec.rows[i].opens {
				i--
			}
			visit(i, j)
			j = i
		}
		return
	}
	for i := 0; i < e.end; {
		j := min(e.rec.txEnd(i), e.end)
		visit(i, j)
		i = j
	}
}

// parties returns sender and recipient as the engine sees them: exchanged when
// the trace goes backward.
func (e *engine) parties(w *row) (from, to uint32) {
	if e.t.req.Backward {
		return w.to, w.from
	}
	return w.from, w.to
}

// starts reports whether followed funds may begin with a row.
func (e *engine) starts(w *row, from uint32) bool {
	f := e.flags[from]
	return f&isSource != 0 && !e.isEarly(w) || f&isVictim != 0 && e.thefts[*e.rec.hash(w)] != nil
}

// touch finds the accounts that taint can reach at all, in the order of time.
// It errs towards more; only they need books kept.
func (e *engine) touch() {
	e.flags = make([]flag, len(e.roles))
	for i := range e.roles {
		r := &e.roles[i]
		if r.source {
			e.flags[i] |= isSource
		}
		if r.victim {
			e.flags[i] |= isVictim
		}
		if r.kind != notTerminal {
			e.flags[i] |= isTerminal
		}
	}
	e.txs(func(i, j int) {
		for k := i; k < j; k++ {
			from, _ := e.parties(&e.rec.rows[k])
			if e.keepsBooks(from) || e.starts(&e.rec.rows[k], from) {
				e.touchAll(i, j)
				return
			}
		}
	})
}

func (e *engine) touchAll(i, j int) {
	for k := i; k < j; k++ {
		if _, to := e.parties(&e.rec.rows[k]); to != outside && !e.rec.rows[k].fee {
			e.flags[to] |= isTouched
		}
	}
}

func (e *engine) keepsBooks(account uint32) bool {
	return e.flags[account].keepsBooks()
}

func (e *engine) concerns(w *row) bool {
	from, to := e.parties(w)
	return !e.rec.refused[w.asset] && (e.keepsBooks(from) || e.keepsBooks(to) || e.starts(w, from))
}

// rowRange is the rows of one tx.
type rowRange struct{ from, to int }

// lay turns the rows that matter into legs, some txs at a time.
func (e *engine) lay() {
	rows := 0
	for i := e.begin; i < e.end; i++ {
		if e.concerns(&e.rec.rows[i]) {
			rows++
		}
	}
	e.legs = make([]storedLeg, 0, rows)
	var l layer
	e.txs(func(i, j int) {
		for k := i; k < j; k++ {
			if e.concerns(&e.rec.rows[k]) {
				l.txs = append(l.txs, rowRange{i, j})
				break
			}
		}
		if len(l.txs) == nearby {
			e.layTxs(&l)
		}
	})
	e.layTxs(&l)
}

// layer is memory to lay with.
type layer struct {
	txs             []rowRange
	keys            []holding
	raw, fees, legs []leg
}

// layTxs lays txs and forgets them.
func (e *engine) layTxs(l *layer) {
	l.keys = l.keys[:0]
	for _, tx := range l.txs {
		for k := tx.from; k < tx.to; k++ {
			w := &e.rec.rows[k]
			l.keys = append(l.keys, holding{w.from, w.asset}, holding{w.to, w.asset})
		}
	}
	e.approached = e.ids.approach(l.keys)
	for _, tx := range l.txs {
		l.legs = l.legs[:0]
		if tx.to-tx.from > 1 {
			e.layTx(l, tx)
		} else if one := e.legOf(tx.from); one.from != one.to {
			l.legs = append(l.legs, one)
		}
		e.addLegs(l.legs)
	}
	l.txs = l.txs[:0]
}

// legOf makes a leg of a row.
func (e *engine) legOf(i int) leg {
	w := &e.rec.rows[i]
	from, to := e.parties(w)
	if e.flags[from].reached() {
		e.carriers++
	}
	return leg{e.rec.units(w), e.holding(from, w.asset), e.holding(to, w.asset), uint32(i), w.fee}
}

// layTx makes the legs of one tx, gas last, or first where time runs backward.
func (e *engine) layTx(l *layer, tx rowRange) {
	var open []leg
	l.raw, l.fees = l.raw[:0], l.fees[:0]
	for k := tx.from; k < tx.to; k++ {
		if e.rec.refused[e.rec.rows[k].asset] {
			continue
		}
		switch one := e.legOf(k); {
		case one.fee:
			l.fees = append(l.fees, one)
		case one.from == nowhere || one.to == nowhere:
			open = append(open, one)
		default:
			l.raw = append(l.raw, one)
		}
	}
	if e.t.req.Backward {
		l.legs = append(l.legs, l.fees...)
	}
	if len(l.raw) == 1 && l.raw[0].from != l.raw[0].to {
		l.legs = append(l.legs, l.raw[0])
	} else if len(l.raw) > 1 {
		start := len(l.legs)
		l.legs = e.net.net(l.raw, l.legs)
		l.legs = l.legs[:start+e.giveBack(l.legs[start:])]
		if e.t.req.Backward {
			slices.Reverse(l.legs[start:])
		}
	}
	l.legs = append(l.legs, open...)
	if !e.t.req.Backward {
		l.legs = append(l.legs, l.fees...)
	}
}

// giveBack cancels what a source got from somebody in a tx against what it paid
// him of the same asset there: a loan for the length of a tx, or change. It
// returns how many legs are left.
func (e *engine) giveBack(legs []leg) int {
	for i := range legs {
		out := &legs[i]
		if e.flags[e.ids.keys[out.from].account]&isSource == 0 {
			continue
		}
		for j := range legs {
			in := &legs[j]
			if in.to != out.from || in.from != out.to {
				continue
			}
			m := out.units
			if in.units.Lt(&m) {
				m = in.units
			}
			out.units.Sub(&out.units, &m)
			in.units.Sub(&in.units, &m)
		}
	}
	return len(slices.DeleteFunc(legs, func(l leg) bool { return l.units.IsZero() }))
}

func (e *engine) hasPurse(h uint32) bool { return e.purses[h].flags.keepsBooks() }

// part is a leg on its way.
type part struct {
	*leg
	at       uint32      // position in engine.legs
	lots     uint32      // in which order they left, see rule.put
	tainted  uint256.Int // of what the payer gave
	injected uint256.Int // of that, what entered the trace here
	arriving uint256.Int // tainted by a conversion
	conv     int32       // which, in engine.conversions
	giver    uint32      // accounts between which a trade is seen, see engine.issuer
	taker    uint32
	remade   bool // lots no longer tell tainted from clean
}

func (e *engine) tx(legs []leg, at uint32) {
	if len(legs) == 1 && !legs[0].fee {
		var p part
		e.draw(&p, &legs[0], at)
		e.settleLater(&p)
		e.deliver(&p)
		return
	}
	e.parts = e.parts[:0]
	tainted := false
	for i := range legs {
		if l := &legs[i]; l.fee {
			if l.from == nowhere && e.hasPurse(l.to) {
				e.rule.put(&e.purses[l.to], &mix{total: l.units}, 0)
			}
			continue
		}
		e.parts = append(e.parts, part{})
		p := &e.parts[len(e.parts)-1]
		e.draw(p, &legs[i], at+uint32(i))
		tainted = tainted || !p.tainted.IsZero()
	}
	if tainted && len(e.parts) > 1 {
		e.convert(e.parts, legs)
	}
	for i := range e.parts {
		e.settleLater(&e.parts[i])
		e.deliver(&e.parts[i])
	}
	for i := range legs {
		if l := &legs[i]; l.fee && l.from != nowhere {
			e.payFee(l, at+uint32(i))
		}
	}
}

// draw takes a leg's units from its payer and notes what of them is tainted.
func (e *engine) draw(p *part, l *leg, at uint32) {
	p.leg, p.at, p.conv = l, at, notConversion
	from := e.purses[l.from].flags
	switch {
	case l.from == nowhere:
		return
	case from&isSource != 0:
		if e.purses[l.to].flags&isSource == 0 && !e.isEarly(&e.rec.rows[l.row]) {
			p.tainted = l.units
		}
		p.injected = p.tainted
		return
	case from&isVictim != 0:
		p.tainted = e.stolenPart(l)
		p.injected = p.tainted
		if !p.tainted.IsZero() {
			return
		}
	}
	if e.hasPurse(l.from) {
		p.tainted, p.lots = e.rule.take(&e.purses[l.from], &l.units)
	}
}

// stolenPart is how much of what a victim paid is what the request follows.
func (e *engine) stolenPart(l *leg) (t uint256.Int) {
	h := e.holdings[l.from]
	to := e.rec.accounts.keys[e.holdings[l.to].account].Address
	victim := e.rec.accounts.keys[h.account]
	for _, s := range e.thefts[*e.rec.hash(&e.rec.rows[l.row])] {
		if s.From != victim.Address || s.ChainID != victim.ChainID || s.Asset != e.rec.assets[h.asset] {
			continue
		}
		if s.To != (common.Address{}) && s.To != to && e.isPaid(l, s.To) {
			continue
		}
		var m uint256.Int
		if m.Sub(&l.units, &t); s.left.Lt(&m) {
			m = s.left
		}
		s.left.Sub(&s.left, &m)
		t.Add(&t, &m)
	}
	return t
}

// isPaid reports whether an address is paid by the same holding in the same tx
// after netting. Where it is not it was only on the way.
func (e *engine) isPaid(l *leg, to common.Address) bool {
	for i := range e.now {
		p := &e.now[i]
		if p.from == l.from && e.rec.accounts.keys[e.holdings[p.to].account].Address == to {
			return true
		}
	}
	return false
}

// deliver gives a leg to its payee and records what is tainted of it.
func (e *engine) deliver(p *part) {
	if !p.injected.IsZero() {
		e.injected = append(e.injected, injection{p.at, p.injected})
	}
	e.limitHops(p)
	total := p.tainted
	total.Add(&total, &p.arriving)
	ends := false
	if !total.IsZero() {
		ends = e.arrive(p, &total)
	}
	if ends {
		total.Clear()
	}
	if ends || p.remade || !p.arriving.IsZero() || !e.hasPurse(p.to) {
		e.rule.lots.drop(p.lots)
		p.lots = 0
	}
	if e.hasPurse(p.to) {
		e.rule.put(&e.purses[p.to], &mix{p.units, total}, p.lots)
	}
}

// limitHops ends the trace at a payer who is as far from the source as the
// request allows: what he pays on is cut off, what he keeps is held.
func (e *engine) limitHops(p *part) {
	limit := e.t.req.Limits.Hops
	if limit == 0 || p.tainted.IsZero() || !e.hasPurse(p.from) || int(e.hops[e.purses[p.from].account]) < limit {
		return
	}
	e.addMove(p.leg, p.at, &move{
		units: p.tainted, from: p.from, to: p.from, row: p.row, conv: notConversion, end: Horizon, cut: cutHops,
	})
	p.tainted.Clear()
	p.remade = true
}

// arrive records the movement of the tainted part and reports whether the
// trace ends with it.
func (e *engine) arrive(p *part, total *uint256.Int) bool {
	from := p.from
	if !p.arriving.IsZero() {
		from = e.conversions[p.conv].outs[0].holding
	}
	account, payer := e.purses[p.to].account, e.purses[from].account
	hop := e.hops[payer] + 1
	if account == payer {
		hop = e.hops[payer]
	}
	kind, why := e.ending(p, account, hop, total)
	if kind == notTerminal && (e.hops[account] == 0 || hop < e.hops[account]) {
		e.hops[account] = hop
	}
	m := move{to: p.to, row: p.row, conv: notConversion, end: kind, cut: why}
	if !p.tainted.IsZero() {
		m.units, m.from = p.tainted, p.from
		e.addMove(p.leg, p.at, &m)
		e.given(&m)
	}
	if !p.arriving.IsZero() {
		m.units, m.from, m.conv = p.arriving, from, p.conv
		e.addMove(p.leg, p.at, &m)
		e.conversions[p.conv].ins = append(e.conversions[p.conv].ins, share{p.to, p.arriving})
		asset := e.holdings[p.to].asset
		e.converted[asset].in.Add(&e.converted[asset].in, &p.arriving)
	}
	return kind != notTerminal
}

func (e *engine) ending(p *part, account uint32, hop uint16, total *uint256.Int) (TerminalKind, cut) {
	if account == outside {
		return unseen, cutNothing
	}
	kind := notTerminal
	if e.purses[p.to].flags&isTerminal != 0 {
		kind = e.roles[account].kind
	}
	if kind != notTerminal && kind != frontier {
		return kind, cutNothing
	}
	limits := &e.t.req.Limits
	if limits.Hops > 0 && int(hop) > limits.Hops {
		return Horizon, cutHops
	}
	if limits.MinUSD.IsPositive() {
		if usd, ok := e.t.worth(e.rec, &e.rec.rows[p.row], total); ok && usd.LessThan(limits.MinUSD) {
			return Horizon, cutMinUSD
		}
	}
	return kind, cutNothing
}

func (e *engine) payFee(l *leg, at uint32) {
	if !e.hasPurse(l.from) {
		return
	}
	tainted, lots := e.rule.take(&e.purses[l.from], &l.units)
	e.rule.lots.drop(lots)
	if !tainted.IsZero() {
		e.addMove(l, at, &move{units: tainted, from: l.from, row: l.row, conv: notConversion, fee: true})
	}
}
