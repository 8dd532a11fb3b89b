package flow

import (
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// side is what one account gave and got in a tx, as positions of parts.
type side struct {
	account   uint32
	gave, got []int
	passed    bool // what it got is converted into what it gave others
}

// convert carries taint from asset to asset within one tx.
func (e *engine) convert(parts []part, legs []leg) {
	if !e.takeSides(parts) {
		return
	}
	barters := e.barters(parts)
	initiator := uint32(outside)
	for i := range legs {
		if legs[i].fee && legs[i].from != nowhere {
			initiator = e.holdings[legs[i].from].account
		}
	}
	// Each pass takes at least one account out of the middle.
	for again := true; again; {
		again = false
		for i := range e.sides {
			s := &e.sides[i]
			if !s.passed && s.account != initiator && e.convertThrough(parts, s) {
				again = true
			}
		}
	}
	// Last: what others had paid with is not in the way then, and what accounts
	// got for themselves does not go on.
	for i := range barters {
		if b := &barters[i]; b.conv != notConversion {
			for _, k := range b.side.got {
				e.imbue(parts, &parts[k], b.fraction, b.conv)
			}
		}
	}
}

// takeSides sorts the parts by account and reports whether any account both
// gave and got: otherwise nothing can have been converted.
func (e *engine) takeSides(parts []part) bool {
	if e.local == nil {
		e.local = map[uint32]int32{}
	}
	clear(e.local)
	e.sides = e.sides[:0]
	at := func(account uint32) *side {
		i, ok := e.local[account]
		if !ok {
			i = int32(len(e.sides))
			e.local[account] = i
			e.sides = append(e.sides, side{account: account})
		}
		return &e.sides[i]
	}
	both := false
	for i := range parts {
		p := &parts[i]
		p.giver, p.taker = e.issuer(p.from), e.issuer(p.to)
		if p.giver != outside {
			s := at(p.giver)
			s.gave = append(s.gave, i)
		}
		if p.taker != outside {
			s := at(p.taker)
			s.got = append(s.got, i)
		}
	}
	for i := range e.sides {
		both = both || len(e.sides[i].gave) > 0 && len(e.sides[i].got) > 0
	}
	return both
}

// issuer returns whose a holding is, and for the zero address the contract of the
// token, where that takes part: a vault issues shares out of nothing for what it
// is given, and takes them back into nothing for what it gives.
func (e *engine) issuer(h uint32) uint32 {
	account := e.holdings[h].account
	if a := e.rec.accounts.keys[account]; account != outside && a.Address == (common.Address{}) {
		if asset := e.rec.assets[e.holdings[h].asset]; asset.Kind != chain.Native {
			if id, ok := e.rec.find(Account{a.ChainID, asset.Contract}); ok {
				return id
			}
		}
	}
	return account
}

// barter is what a payer gave and what he got for it.
type barter struct {
	side     *side
	gave     []int
	ratio    *big.Rat // of what was given, that was converted; nil for all
	fraction *big.Rat // of what was got, that is tainted; nil for all
	priced   bool
	conv     int32
}

// barters finds the accounts that gave tainted value and got other assets
// themselves, and takes the taint off what they gave. Where two trade with each
// other and both give tainted value, each gets what the other's was worth: all is
// weighed as it was given, before anything moves from asset to asset.
func (e *engine) barters(parts []part) (all []barter) {
	for i := range e.sides {
		if b, ok := e.weigh(parts, &e.sides[i]); ok {
			all = append(all, b)
		}
	}
	for i := range all {
		all[i].conv = e.give(parts, &all[i])
	}
	return all
}

func (e *engine) weigh(parts []part, s *side) (b barter, ok bool) {
	r := &e.roles[s.account]
	if len(s.got) == 0 || r.keeps() || r.victim || r.kind == Hub {
		return b, false
	}
	if !slices.ContainsFunc(s.gave, func(i int) bool { return !parts[i].tainted.IsZero() }) {
		return b, false
	}
	traded := e.traded(parts, s)
	if r.source && !e.swaps(parts, s, traded) {
		return b, false
	}
	var gave []int
	tainted, contracts := false, false
	for _, i := range traded {
		to := e.holdings[parts[i].to].account
		if e.roles[to].keeps() && e.roles[to].kind != Burn && !e.swapsOnly(to, s.account, parts[i].row) {
			continue // paid into a service, whatever came back
		}
		gave = append(gave, i)
		tainted = tainted || !parts[i].tainted.IsZero()
		contracts = contracts || e.mayBeContract(to)
	}
	if !tainted || !contracts {
		return b, false
	}
	b = barter{side: s, gave: gave, fraction: e.fraction(parts, gave)}
	b.ratio, b.priced = e.returned(parts, gave, s.got)
	return b, true
}

// swapsOnly reports whether a bridge was asked what it was told in the tx and
// nothing was: routers of bridges also swap on their own chain.
func (e *engine) swapsOnly(bridge, payer, row uint32) bool {
	return e.roles[bridge].kind == Bridge && e.t.silent[crossingKey{*e.rec.hash(&e.rec.rows[row]), e.rec.accounts.keys[payer]}]
}

// give takes the taint off what was given, and returns the conversion, or none
// where nothing is left to be put on what was got.
func (e *engine) give(parts []part, b *barter) int32 {
	if e.roles[b.side.account].source {
		// What a source swaps for itself has not been sent.
		for _, i := range b.gave {
			e.keep(&parts[i], b.ratio)
		}
		return notConversion
	}
	c := e.newConversion(parts[b.gave[0]].row)
	e.conversions[c].heuristic = !b.priced
	e.conversions[c].partial = b.ratio != nil
	for _, i := range b.gave {
		e.strip(&parts[i], b.ratio, c)
	}
	if e.dropIdle(c) {
		return notConversion
	}
	return c
}

// traded lists what of what an account gave went to those from whom a way leads
// back to it in the tx: what others got was paid to them. Where something that it
// got did not come that way, as shares that a vault issues do not, nobody can tell,
// and all counts as given for it.
func (e *engine) traded(parts []part, s *side) []int {
	before := e.connected([]uint32{s.account}, func(s *side) []int { return s.got }, func(i int) uint32 { return parts[i].giver })
	var back []int
	var to []uint32
	for _, i := range s.gave {
		if taker := parts[i].taker; slices.Contains(before, taker) {
			back, to = append(back, i), append(to, taker)
		}
	}
	after := e.connected(to, func(s *side) []int { return s.gave }, func(i int) uint32 { return parts[i].taker })
	for _, i := range s.got {
		if !slices.Contains(after, parts[i].giver) {
			return s.gave
		}
	}
	return back
}

// connected lists the accounts to which a way leads from others, themselves
// included: each step over parts of a side, to one end of the part.
func (e *engine) connected(all []uint32, step func(*side) []int, end func(int) uint32) []uint32 {
	slices.Sort(all)
	all = slices.Compact(all)
	for i := 0; i < len(all); i++ {
		for _, k := range step(&e.sides[e.local[all[i]]]) {
			if next := end(k); next != outside && !slices.Contains(all, next) {
				all = append(all, next)
			}
		}
	}
	return all
}

// swaps reports whether a source, which never vanishes from the middle of a tx,
// got another asset than those that it gave for it.
func (e *engine) swaps(parts []part, s *side, gave []int) bool {
	gives := func(asset uint32) bool {
		return slices.ContainsFunc(gave, func(i int) bool { return e.holdings[parts[i].from].asset == asset })
	}
	return slices.ContainsFunc(s.got, func(i int) bool { return !gives(e.holdings[parts[i].to].asset) })
}

// dropIdle forgets the newest conversion where nothing went into it: the share
// was less than a base unit.
func (e *engine) dropIdle(c int32) bool {
	if len(e.conversions[c].outs) > 0 {
		return false
	}
	e.conversions = e.conversions[:c]
	return true
}

func (e *engine) mayBeContract(account uint32) bool {
	if e.t.req.IsContract == nil {
		return true
	}
	is, known := e.t.req.IsContract(e.rec.accounts.keys[account])
	return is || !known
}

func (e *engine) newConversion(row uint32) int32 {
	e.conversions = append(e.conversions, conversion{row: row})
	return int32(len(e.conversions) - 1)
}

// strip takes the converted share of what is tainted off a part; a nil ratio
// is all of it.
func (e *engine) strip(p *part, ratio *big.Rat, c int32) {
	gone := portion(&p.tainted, ratio)
	if gone.IsZero() {
		return
	}
	p.remade = true
	p.tainted.Sub(&p.tainted, &gone)
	e.conversions[c].outs = append(e.conversions[c].outs, share{p.from, gone})
	asset := e.holdings[p.from].asset
	e.converted[asset].out.Add(&e.converted[asset].out, &gone)
}

// keep takes out of the trace what a source gave for something of its own.
func (e *engine) keep(p *part, ratio *big.Rat) {
	gone := portion(&p.tainted, ratio)
	p.remade = p.remade || !gone.IsZero()
	p.tainted.Sub(&p.tainted, &gone)
	p.injected.Sub(&p.injected, &gone)
}

// imbue taints the given fraction of what is clean in a part.
func (e *engine) imbue(parts []part, p *part, fraction *big.Rat, c int32) {
	clean := p.units
	clean.Sub(&clean, &p.tainted)
	clean.Sub(&clean, &p.arriving)
	more := portion(&clean, fraction)
	if more.IsZero() {
		return
	}
	p.arriving.Add(&p.arriving, &more)
	if p.conv != notConversion && p.conv != c {
		e.join(parts, p.conv, c)
	}
	p.conv = c
}

// join makes one conversion of two that share an arrival.
func (e *engine) join(parts []part, old, into int32) {
	e.conversions[into].outs = append(e.conversions[into].outs, e.conversions[old].outs...)
	e.conversions[into].heuristic = e.conversions[into].heuristic || e.conversions[old].heuristic
	e.conversions[old].outs = nil
	for i := range parts {
		if parts[i].conv == old {
			parts[i].conv = into
		}
	}
}

// convertThrough handles an account that got tainted value and gave other
// assets to somebody who is not the payer: a pool whose output goes to a third
// party. It reports whether taint was passed on.
func (e *engine) convertThrough(parts []part, s *side) bool {
	r := &e.roles[s.account]
	if r.keeps() || r.source || len(s.gave) == 0 || !e.mayBeContract(s.account) || e.isThief(s.account) {
		return false
	}
	if r.victim && e.thefts[*e.rec.hash(&e.rec.rows[parts[s.gave[0]].row])] != nil {
		return false
	}
	var got, tainted []int
	payers := map[uint32]bool{}
	for _, i := range s.got {
		got = append(got, i)
		if p := &parts[i]; !p.tainted.IsZero() || !p.arriving.IsZero() {
			tainted = append(tainted, i)
			payers[p.giver] = true
		}
	}
	gave := e.thirdParties(parts, s, payers)
	if len(tainted) == 0 || len(gave) == 0 {
		return false
	}
	s.passed = true
	ratio, priced := e.returned(parts, got, gave)
	fraction := e.fraction(parts, got)
	c := e.newConversion(parts[tainted[0]].row)
	e.conversions[c].heuristic = !priced
	e.conversions[c].through, e.conversions[c].partial = true, ratio != nil
	for _, i := range tainted {
		e.strip(&parts[i], ratio, c)
		e.stripArriving(parts, &parts[i], ratio, c)
	}
	if e.dropIdle(c) {
		return false
	}
	for _, i := range gave {
		e.imbue(parts, &parts[i], fraction, c)
	}
	return true
}

// stripArriving lets taint that an earlier step of the same tx put on a part
// go on: it never rested there, and the steps become one conversion.
func (e *engine) stripArriving(parts []part, p *part, ratio *big.Rat, c int32) {
	gone := portion(&p.arriving, ratio)
	if gone.IsZero() {
		return
	}
	p.remade = true
	p.arriving.Sub(&p.arriving, &gone)
	if old := p.conv; old != c {
		e.join(parts, old, c)
	}
	if p.arriving.IsZero() {
		p.conv = notConversion
	}
}

// isThief reports whether the request names the account as the one that took
// what is followed: what it gives in the same tx is its stake, not its output.
func (e *engine) isThief(account uint32) bool {
	a := e.rec.accounts.keys[account]
	for i := range e.lost {
		if e.lost[i].To == a.Address && e.lost[i].ChainID == a.ChainID {
			return true
		}
	}
	return false
}

// thirdParties lists what an account gave to others than those who paid it, if
// it can to those who gave nothing themselves.
func (e *engine) thirdParties(parts []part, s *side, payers map[uint32]bool) []int {
	var all, idle []int
	for _, i := range s.gave {
		to := parts[i].taker
		if to == outside || payers[to] {
			continue
		}
		all = append(all, i)
		if other := e.local[to]; len(e.sides[other].gave) == 0 {
			idle = append(idle, i)
		}
	}
	if len(idle) > 0 {
		return idle
	}
	return all
}

// returned compares what was given with what came back. The ratio is nil where
// it all counts as converted; priced is false where that could not be checked.
func (e *engine) returned(parts []part, gave, got []int) (ratio *big.Rat, priced bool) {
	out, ok1 := e.value(parts, gave)
	in, ok2 := e.value(parts, got)
	if !ok1 || !ok2 || !out.IsPositive() {
		return nil, false
	}
	if in.Mul(decimal.NewFromInt(2)).LessThan(out) {
		return new(big.Rat).Quo(in.Rat(), out.Rat()), true
	}
	return nil, true
}

func (e *engine) value(parts []part, list []int) (sum decimal.Decimal, ok bool) {
	for _, i := range list {
		p := &parts[i]
		v, ok := e.t.worth(e.rec, &e.rec.rows[p.row], &p.units)
		if !ok {
			return decimal.Decimal{}, false
		}
		sum = sum.Add(v)
	}
	return sum, true
}

// fraction is the tainted fraction of several assets together, nil for all of
// it: by value where every one is priced, else each asset counting the same.
// What earlier steps of the tx have put on them counts.
func (e *engine) fraction(parts []part, list []int) *big.Rat {
	type pot struct {
		asset   uint32
		units   uint256.Int
		tainted uint256.Int
		usd     decimal.Decimal
	}
	var pots []pot
	priced := true
	for _, i := range list {
		p := &parts[i]
		asset := e.rec.rows[p.row].asset
		at := slices.IndexFunc(pots, func(q pot) bool { return q.asset == asset })
		if at < 0 {
			at = len(pots)
			pots = append(pots, pot{asset: asset})
		}
		q := &pots[at]
		q.units.Add(&q.units, &p.units)
		q.tainted.Add(&q.tainted, &p.tainted)
		q.tainted.Add(&q.tainted, &p.arriving)
		usd, ok := e.t.worth(e.rec, &e.rec.rows[p.row], &p.units)
		priced = priced && ok
		q.usd = q.usd.Add(usd)
	}
	sum, weights := new(big.Rat), new(big.Rat)
	whole := true
	for i := range pots {
		q := &pots[i]
		whole = whole && q.tainted == q.units
		weight := big.NewRat(1, 1)
		if priced && len(pots) > 1 {
			weight = q.usd.Rat()
		}
		weights.Add(weights, weight)
		part := new(big.Rat).SetFrac(bigOf(&q.tainted), bigOf(&q.units))
		sum.Add(sum, part.Mul(part, weight))
	}
	if whole || weights.Sign() == 0 || e.rule.policy == Poison {
		return nil
	}
	return sum.Quo(sum, weights)
}

// portion returns floor(units · ratio); nil is the whole.
func portion(units *uint256.Int, ratio *big.Rat) uint256.Int {
	if ratio == nil || units.IsZero() {
		return *units
	}
	n := bigOf(units)
	n.Mul(n, ratio.Num())
	n.Quo(n, ratio.Denom())
	var u uint256.Int
	u.SetFromBig(n)
	return u
}
