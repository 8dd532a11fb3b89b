package flow

import (
	"math/big"

	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"
)

// Some trades take two txs: somebody is paid one asset, and pays another back
// later, out of what he had. The rule for one tx cannot see them. They are taken
// for trades where the last of the funds that an account got came from whom it
// pays, and both payments have a price and are worth the same within a tenth.
// Only a heuristic can say so, and the conversion tells that it is one.

// settledWithin is how long after a payment another asset may come back for it,
// in seconds.
const settledWithin = 3600

// gift returns the newest movement of the funds to the payer of a part, where
// the part may be what comes back for it.
func (e *engine) gift(p *part) (m move, ok bool) {
	if e.gifts == nil || !e.hasPurse(p.from) || !p.tainted.IsZero() || !p.arriving.IsZero() {
		return m, false
	}
	at := e.gifts[e.holdings[p.from].account]
	if at == 0 {
		return m, false
	}
	if !e.mayBeContract(e.holdings[p.from].account) {
		return m, false
	}
	m = e.move(int(at - 1))
	gave, back := &e.rec.rows[m.row], &e.rec.rows[p.row]
	switch {
	case e.holdings[m.from].account != e.holdings[p.to].account, e.holdings[m.to].asset == e.holdings[p.to].asset,
		e.rec.sameBlock(gave, back) && e.rec.sameHash(gave, back), apart(e.rec.time(gave), e.rec.time(back)) > settledWithin:
		return m, false
	}
	given := e.rec.units(gave)
	return m, e.worthTheSame(gave, &given, back, &p.units)
}

func apart(a, b uint64) uint64 { return max(a, b) - min(a, b) }

// worthTheSame reports whether two amounts have prices that differ by less than
// a tenth.
func (e *engine) worthTheSame(a *row, units *uint256.Int, b *row, other *uint256.Int) bool {
	gave, ok := e.t.worth(e.rec, a, units)
	if !ok {
		return false
	}
	back, ok := e.t.worth(e.rec, b, other)
	ten := decimal.NewFromInt(10)
	return ok && gave.IsPositive() && gave.Sub(back).Abs().Mul(ten).LessThan(gave)
}

// settleLater turns what rests of a payment with its payee into what he pays
// back for it.
func (e *engine) settleLater(p *part) {
	m, ok := e.gift(p)
	if !ok {
		return
	}
	purse := &e.purses[m.to]
	gone, whole := m.units, e.rec.units(&e.rec.rows[m.row])
	if _, tainted := e.rule.load(purse); tainted.Lt(&gone) {
		gone = tainted
	}
	if gone.IsZero() || whole.Lt(&gone) {
		return
	}
	part := new(big.Rat).SetFrac(bigOf(&gone), bigOf(&whole))
	if e.rule.policy == Poison {
		part = nil
	} else {
		e.rule.clean(purse, &gone)
	}
	e.gifts[e.holdings[p.from].account] = 0
	c := e.newConversion(p.row)
	e.conversions[c].later = true
	e.conversions[c].outs = []share{{m.to, gone}}
	asset := e.holdings[m.to].asset
	e.converted[asset].out.Add(&e.converted[asset].out, &gone)
	p.arriving, p.conv, p.remade = portion(&p.units, part), c, true
}

// given notes that funds came to an account which may pay for them.
func (e *engine) given(m *move) {
	if e.gifts == nil || m.conv != notConversion || m.end != notTerminal {
		return
	}
	if from, to := e.purses[m.from].account, e.purses[m.to].account; from != to {
		e.gifts[to] = uint32(len(e.moves))
	}
}
