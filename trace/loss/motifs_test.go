package loss_test

import (
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/trace/label"
	"losstracer/trace/loss"
)

// motif is something that happens in thefts, and how often beside the others.
type motif struct {
	name   string
	weight int
	play   func(m *made)
}

// before is what happens before the first theft.
var before = []motif{
	{"gas from an exchange", 10, func(m *made) {
		to := m.thieves[m.r.IntN(len(m.thieves))]
		m.tx(nobody, leg{from: m.service(label.Exchange, 5), to: to, asset: m.coin().id, units: m.worth(m.coin(), m.between(30, 2_500)), class: loss.Funding, rule: loss.FundingBefore})
	}},
	{"gas from a mixer", 4, func(m *made) { drawn(m, label.Mixer, 9, loss.Funding, m.coin(), 0.1) }},
	{"capital from a mixer", 1, func(m *made) { drawn(m, label.Mixer, 9, loss.OwnCapital, m.coin(), 10) }},
	{"gas for a deployment", 2, func(m *made) {
		m.tx(nobody, leg{from: m.somebody(), to: m.main(), asset: m.coin().id, units: m.worth(m.coin(), m.between(2_500, 12_000)), class: loss.Funding, rule: loss.FundingBefore})
	}},
	{"capital from an exchange", 3, func(m *made) {
		s := m.any(func(s stuff) bool { return dollarish(s) || !isToken(s) })
		m.tx(nobody, leg{from: m.service(label.Exchange, 5), to: m.main(), asset: s.id, units: m.worth(s, m.between(40_000, 2_000_000)), class: loss.OwnCapital, rule: loss.CapitalBefore})
	}},
	{"gift of an unknown token", 3, func(m *made) {
		m.gift()
	}},
	{"an earlier life", 2, func(m *made) {
		units := m.worth(m.coin(), m.between(15_000, 60_000))
		m.tx(nobody, leg{from: m.somebody(), to: m.main(), asset: m.coin().id, units: units, class: loss.OwnCapital, rule: loss.CapitalBefore})
		m.wait(time.Hour, 5*time.Hour)
		m.tx(m.main(), leg{from: m.main(), to: m.somebody(), asset: m.coin().id, units: share(units, 990), class: loss.Other})
	}},
	{"dust", 1, dust},
	{"gas for an accomplice", 2, func(m *made) {
		helper := m.somebody()
		m.helpers[helper] = true
		m.tx(m.main(), leg{from: m.main(), to: helper, asset: m.coin().id, units: m.worth(m.coin(), m.between(30, 900)), class: loss.Other})
		m.business(m.cast[0], helper)
	}},
	{"gas for somebody else", 2, func(m *made) {
		friend := m.somebody()
		m.tx(m.main(), leg{from: m.main(), to: friend, asset: m.coin().id, units: m.worth(m.coin(), m.between(30, 900)), class: loss.Other})
		if m.r.IntN(8) == 0 {
			m.business(m.cast[0], friend) // whom the victim pays for reasons of its own
		}
	}},
}

// steal is a victim's money on its way to a thief by a tx of whoever has the
// key.
func (m *made) steal(sender, to address, s stuff, usd float64) {
	v := m.cast[m.r.IntN(len(m.cast))]
	units := m.worth(s, usd)
	m.tx(sender, leg{from: v, to: to, asset: s.id, units: units, class: loss.Theft})
	m.took(v, s.id, units)
}

// thefts is what a theft consists of.
var thefts = []motif{
	{"key of a wallet", 30, func(m *made) {
		for range 1 + m.r.IntN(5) {
			to := m.main()
			if len(m.thieves) > 1 && m.r.IntN(4) == 0 {
				to = m.thieves[1]
			}
			m.steal(nobody, to, m.any(anything), m.between(5_000, 9_000_000))
			m.wait(time.Minute, 10*time.Minute)
		}
	}},
	{"pulled by a tx of the thief's", 10, func(m *made) {
		m.steal(m.main(), m.main(), m.any(anything), m.between(20_000, 9_000_000))
	}},
	{"by a contract of the thief's", 8, func(m *made) {
		c := m.somebody()
		m.thieves = append(m.thieves, c)
		v, s := m.cast[0], m.any(anything)
		units := m.worth(s, m.between(20_000, 9_000_000))
		m.tx(m.main(), leg{from: v, to: c, asset: s.id, units: units, class: loss.Theft},
			leg{from: c, to: m.main(), asset: s.id, units: units, class: loss.Internal})
		m.took(v, s.id, units)
	}},
	{"paid out by a router", 6, routed},
	{"copied by somebody who was first", 3, copied},
	{"taken and sold in one tx", 8, takenAndSold},
	{"flash loan", 8, func(m *made) { flashLoan(m, false) }},
	{"flash loan and a market moved", 6, func(m *made) { flashLoan(m, true) }},
	{"paid little and took much", 5, func(m *made) {
		v, a, b := m.cast[0], m.any(priced), m.any(priced)
		if a.id == b.id {
			return
		}
		usd := m.between(50_000, 3_000_000)
		out := m.worth(b, usd)
		m.tx(m.main(), leg{from: m.main(), to: v, asset: a.id, units: m.worth(a, usd*m.between(0.01, 0.3)), class: loss.OwnCapital, rule: loss.TheftByValue},
			leg{from: v, to: m.main(), asset: b.id, units: out, class: loss.Theft, rule: loss.TheftByValue})
		m.took(v, b.id, out)
	}},
	{"staked first, then taken", 4, func(m *made) {
		v, s := m.cast[0], m.any(priced)
		in := m.worth(s, m.between(20_000, 400_000))
		m.tx(m.main(), leg{from: m.main(), to: v, asset: s.id, units: in, class: loss.OwnCapital})
		m.wait(time.Minute, 3*time.Hour)
		out := share(in, 1050+m.r.Int64N(4000))
		m.tx(m.main(), leg{from: v, to: m.main(), asset: s.id, units: out, class: loss.Theft})
		m.took(v, s.id, out)
	}},
	{"collateral left behind", 4, func(m *made) { collateralLeft(m, time.Minute, 20*time.Minute) }},
	{"approvals of many", 5, func(m *made) { approvals(m, 20, 450, false) }},
	{"approvals of many, shared with a partner", 5, func(m *made) { approvals(m, 100, 600, true) }},
	{"keys of many", 4, func(m *made) {
		for range 4 + m.r.IntN(9) {
			v := m.somebody()
			m.cast = append(m.cast, v)
			units := m.worth(m.coin(), m.between(800, 60_000))
			m.tx(nobody, leg{from: v, to: m.main(), asset: m.coin().id, units: units, class: loss.Theft, rule: loss.TheftMeanwhile})
			m.took(v, m.coin().id, units)
			m.wait(time.Minute, 20*time.Minute)
		}
	}},
	{"a token that charges", 4, func(m *made) {
		v, s := m.cast[0], m.any(isToken)
		units := m.worth(s, m.between(20_000, 900_000))
		got := share(units, 980)
		m.tx(m.main(), leg{from: v, to: m.main(), asset: s.id, units: got, class: loss.Theft}, leg{from: v, to: s.id.Contract(), asset: s.id, units: share(units, 20)})
		m.took(v, s.id, got)
	}},
	{"coin whose sender nobody sees", 4, func(m *made) {
		units := m.worth(m.coin(), m.between(50_000, 3_000_000))
		m.tx(nobody, leg{to: m.main(), asset: m.coin().id, units: units, class: loss.Theft, rule: loss.TheftUnseen, kind: chain.KindUnseen})
		m.took(m.cast[0], m.coin().id, units)
	}},
	{"collectibles", 2, func(m *made) { collectibles(m, nobody, chain.ERC721) }},
	{"collectibles by a listing", 2, func(m *made) { collectibles(m, m.main(), chain.ERC721) }},
	{"many of one collectible", 1, func(m *made) { collectibles(m, nobody, chain.ERC1155) }},
}

// collateralLeft is given to the victim for what it lends on it, which is worth more.
func collateralLeft(m *made, least, most time.Duration) {
	v, a, b := m.cast[0], m.any(priced), m.any(priced)
	if a.id == b.id {
		return
	}
	usd := m.between(50_000, 3_000_000)
	m.tx(m.main(), leg{from: m.main(), to: v, asset: a.id, units: m.worth(a, usd*m.between(0.1, 0.7)), class: loss.OwnCapital, rule: loss.CollateralLeft})
	m.wait(least, most)
	out := m.worth(b, usd)
	m.tx(m.main(), leg{from: v, to: m.main(), asset: b.id, units: out, class: loss.Theft})
	m.took(v, b.id, out)
}

// approvals are of many victims, who also pay a part of what they lose to somebody
// else: who made the drainer and is a thief as well, or whoever a token pays of each
// transfer.
func approvals(m *made, least, most float64, partner bool) {
	s, other, part := m.any(func(s stuff) bool { return isToken(s) && s.price > 0 }), m.somebody(), int64(m.between(least, most))
	beside := leg{to: other, asset: s.id}
	if partner {
		m.thieves = append(m.thieves, other)
		beside.class, beside.rule = loss.Theft, loss.TheftPulled
	}
	for range 3 + m.r.IntN(6) {
		v := m.somebody()
		m.cast = append(m.cast, v)
		units := m.worth(s, m.between(500, 80_000))
		beside.from, beside.units = v, share(units, part)
		got := new(big.Int).Sub(units, beside.units)
		m.tx(m.main(), leg{from: v, to: m.main(), asset: s.id, units: got, class: loss.Theft, rule: loss.TheftPulled}, beside)
		m.took(v, s.id, got)
		if partner {
			m.from[v][s.id].Add(m.from[v][s.id], beside.units)
		}
		m.wait(time.Minute, 20*time.Minute)
	}
}

// collectibles are taken with a key, or by listings that their owner was made
// to sign and that cost next to nothing.
func collectibles(m *made, sender address, kind chain.AssetKind) {
	nft := chain.Item(1, kind, common.BigToAddress(big.NewInt(0x71000)), "1")
	v := m.cast[0]
	m.in.Tokens[nft.Collection()] = chain.TokenMeta{Symbol: "APE", DecimalsKnown: true}
	for n := range 1 + m.r.IntN(4) {
		nft = chain.Item(1, kind, nft.Contract(), string(rune('1'+n)))
		legs := []leg{{from: v, to: m.main(), asset: nft, units: big.NewInt(1), class: loss.Theft}}
		if kind == chain.ERC1155 {
			legs[0].units = big.NewInt(1 + m.r.Int64N(40))
		}
		if sender != nobody {
			legs = append([]leg{{from: sender, to: v, asset: m.coin().id, units: big.NewInt(1), class: loss.OwnCapital}}, legs...)
		}
		m.tx(sender, legs...)
	}
}

// routed has the victim's contract pay through one that passes it on, or keeps
// a little of it.
func routed(m *made) {
	v, s := m.cast[0], m.any(anything)
	units := m.worth(s, m.between(20_000, 9_000_000))
	got := units
	if m.r.IntN(3) == 0 {
		got = share(units, 997)
	}
	first, last := m.somebody(), m.somebody()
	legs := []leg{{from: v, to: last, asset: s.id, units: units, passes: true}, {from: last, to: m.main(), asset: s.id, units: got, class: loss.Theft}}
	if m.r.IntN(3) == 0 {
		legs = append([]leg{{from: v, to: first, asset: s.id, units: units, passes: true}, {from: first, to: last, asset: s.id, units: units}}, legs[1])
	}
	m.kept[s.id] = add(m.kept[s.id], new(big.Int).Sub(units, got))
	m.tx(m.main(), legs...)
	m.took(v, s.id, got)
}

func add(a, b *big.Int) *big.Int {
	if a == nil {
		return b
	}
	return new(big.Int).Add(a, b)
}

// copied is a tx that somebody saw coming: he took most of it first, which the
// write-up may link, and left the thief the rest.
func copied(m *made) {
	v, s := m.cast[0], m.any(priced)
	usd := m.between(20_000, 3_000_000)
	units, rest := m.worth(s, usd), m.worth(s, usd/10)
	linked := m.r.IntN(2) == 0
	m.tx(nobody, leg{from: v, to: m.somebody(), asset: s.id, units: units})
	tx := m.others[len(m.others)-1]
	delete(m.leaks, tx.Ref)
	if linked {
		m.in.Thefts = append(m.in.Thefts, tx)
	}
	m.kept[s.id] = add(m.kept[s.id], units)
	m.tx(m.main(), leg{from: v, to: m.main(), asset: s.id, units: rest, class: loss.Theft})
	m.took(v, s.id, rest)
}

// takenAndSold has a contract take an asset, sell it and pay the thief, all in
// one tx.
func takenAndSold(m *made) {
	c := m.somebody()
	m.thieves = append(m.thieves, c)
	v, a, b := m.cast[0], m.any(anything), m.any(priced)
	if a.id == b.id {
		return
	}
	usd := m.between(20_000, 2_000_000)
	units, got, pool := m.worth(a, usd), m.worth(b, usd*(0.94+0.06*m.r.Float64())), m.somebody()
	payer := pool
	if m.r.IntN(2) == 0 {
		payer = m.somebody() // a router pays what the pool gave
	}
	m.tx(m.main(), leg{from: v, to: c, asset: a.id, units: units, class: loss.Theft},
		leg{from: c, to: pool, asset: a.id, units: units, class: loss.Swap},
		leg{from: pool, to: payer, asset: b.id, units: got},
		leg{from: payer, to: c, asset: b.id, units: got, class: loss.Swap},
		leg{from: c, to: m.main(), asset: b.id, units: got, class: loss.Internal})
	m.took(v, b.id, got)
	m.from[v][b.id].Sub(m.from[v][b.id], got)
}

// flashLoan has a contract borrow, put into the victim and take out more; on
// the way it may move a market and back.
func flashLoan(m *made, market bool) {
	c, lender, v := m.somebody(), m.somebody(), m.cast[0]
	m.thieves = append(m.thieves, c)
	s := m.any(priced)
	usd := m.between(200_000, 20_000_000)
	lent := m.worth(s, usd)
	charge := share(lent, m.r.Int64N(2)*m.r.Int64N(4))
	stake := share(lent, 300+m.r.Int64N(600))
	gain := share(lent, 20+m.r.Int64N(300))
	legs := []leg{
		{from: lender, to: c, asset: s.id, units: lent, class: loss.Loan},
	}
	other := m.any(func(o stuff) bool { return o.id != s.id })
	if market {
		pool, moved := m.somebody(), share(lent, 80)
		through := m.worth(other, usd*0.08)
		legs = append(legs, leg{from: c, to: pool, asset: s.id, units: moved, class: loss.Swap}, leg{from: pool, to: c, asset: other.id, units: through, class: loss.Swap})
		legs = append(legs, leg{from: c, to: v, asset: s.id, units: stake, class: loss.Theft}, leg{from: v, to: c, asset: s.id, units: new(big.Int).Add(stake, gain), class: loss.Theft})
		legs = append(legs, leg{from: c, to: pool, asset: other.id, units: through, class: loss.Swap}, leg{from: pool, to: c, asset: s.id, units: share(moved, 994), class: loss.Swap})
	} else {
		legs = append(legs, leg{from: c, to: v, asset: s.id, units: stake, class: loss.Theft}, leg{from: v, to: c, asset: s.id, units: new(big.Int).Add(stake, gain), class: loss.Theft})
	}
	back := new(big.Int).Add(lent, charge)
	left := new(big.Int).Sub(gain, charge)
	if market {
		left.Sub(left, new(big.Int).Sub(share(lent, 80), share(share(lent, 80), 994)))
	}
	legs = append(legs, leg{from: c, to: lender, asset: s.id, units: back, class: loss.Loan})
	if left.Sign() > 0 {
		legs = append(legs, leg{from: c, to: m.main(), asset: s.id, units: left, class: loss.Internal})
	}
	m.tx(m.main(), legs...)
	m.took(v, s.id, gain)
}

// meanwhile is what happens in the midst of a theft and is none, or is one
// from somebody of whom nobody speaks.
var meanwhile = []motif{
	{"gas in the midst", 6, func(m *made) {
		m.tx(nobody, leg{from: m.service(label.Exchange, 5), to: m.main(), asset: m.coin().id, units: m.worth(m.coin(), m.between(30, 1_500)), class: loss.Funding, rule: loss.FundingMeanwhile})
	}},
	{"gift in the midst", 5, func(m *made) {
		m.gift()
	}},
	{"gas from a mixer in the midst", 2, func(m *made) { drawn(m, label.Mixer, 9, loss.Funding, m.coin(), 0.1) }},
	{"money from a mixer in the midst", 1, func(m *made) { drawn(m, label.Mixer, 9, loss.Other, m.coin(), 10) }},
	{"a victim of whom nobody speaks", 4, func(m *made) {
		s := m.any(priced)
		v, units := m.somebody(), m.worth(s, m.between(20_000, 400_000))
		m.victims[chain.Account{ChainID: 1, Address: v}] = true
		m.tx(nobody, leg{from: v, to: m.main(), asset: s.id, units: units, class: loss.Theft, rule: loss.TheftMeanwhile})
	}},
	{"look-alikes", 6, lookAlikes},
	{"dust", 3, dust},
	{"an imitation", 4, imitation},
	{"money from an exchange in the midst", 1, func(m *made) {
		s := m.any(dollarish)
		m.tx(nobody, leg{from: m.service(label.Exchange, 5), to: m.main(), asset: s.id, units: m.worth(s, m.between(2_000, 40_000)), class: loss.Other, rule: loss.TheftMeanwhile})
	}},
}

// gift is of a token without a price: mostly one that nobody has heard of,
// sometimes one of those that were stolen.
func (m *made) gift() {
	s := m.any(unpriced)
	if m.r.IntN(4) > 0 {
		s = stuff{id: chain.Token(1, m.somebody()), meta: chain.TokenMeta{Symbol: fmt.Sprintf("GIFT%d", m.r.IntN(90)), Decimals: 18, DecimalsKnown: true}}
		m.in.Tokens[s.id] = s.meta
	}
	m.tx(nobody, leg{from: m.somebody(), to: m.main(), asset: s.id, units: m.worth(s, m.between(10, 1e6)), class: loss.Spam, rule: loss.SpamUnpriced})
}

// drawn is what a service pays out in its own round amounts.
func drawn(m *made, c label.Category, tagged int, class loss.Class, s stuff, whole float64) {
	units := decimal.NewFromFloat(whole * float64(1+m.r.IntN(3))).Shift(int32(s.meta.Decimals)).BigInt()
	m.tx(nobody, leg{from: m.service(c, tagged), to: m.main(), asset: s.id, units: units, class: class, rule: loss.PaidByService})
}

// dust is what people send for the note in it, or for nothing.
func dust(m *made) {
	s := m.any(priced)
	m.tx(nobody, leg{from: m.somebody(), to: m.main(), asset: s.id, units: m.worth(s, m.between(0.0001, 0.09)), class: loss.Spam, rule: loss.SpamDust})
}

// lookAlikes are payments of nothing and claims of payments, to be copied from
// by mistake.
func lookAlikes(m *made) {
	like := m.cast[0]
	for i := 3; i < 17; i++ {
		like[i] = byte(m.r.UintN(256))
	}
	switch s := m.any(priced); m.r.IntN(3) {
	case 0:
		m.tx(nobody, leg{from: like, to: m.main(), asset: s.id, units: new(big.Int), class: loss.Spam})
	case 1:
		m.tx(nobody, leg{from: like, to: m.main(), asset: s.id, units: m.worth(s, m.between(0.2, 3)), class: loss.Spam, rule: loss.SpamLookAlike})
	default:
		fake := stuff{id: chain.Token(1, m.somebody()), meta: chain.TokenMeta{Symbol: "USDX", Decimals: 6, DecimalsKnown: true}}
		m.in.Tokens[fake.id] = fake.meta
		m.tx(nobody, leg{from: m.main(), to: like, asset: fake.id, units: m.worth(fake, m.between(1_000, 1e6)), class: loss.Spam, rule: loss.SpamClaimed})
	}
}

// imitation is a token that calls itself as another does, or advertises.
func imitation(m *made) {
	looks := []chain.TokenMeta{
		{Symbol: "USDT", Name: "Tether USD", Decimals: 6, DecimalsKnown: true},
		{Symbol: "ETH", Name: "Ether", Decimals: 18, DecimalsKnown: true},
		{Symbol: "UЅDС", Name: "USD Coin", Decimals: 6, DecimalsKnown: true},
		{Symbol: "$ claim at https://usd-bonus.example", Name: "bonus", Decimals: 18, DecimalsKnown: true},
		{Symbol: "CLAIM", Name: "visit www.usd-bonus.example to claim", Decimals: 18, DecimalsKnown: true},
	}
	fake := stuff{id: chain.Token(1, m.somebody()), meta: looks[m.r.IntN(len(looks))]}
	m.in.Tokens[fake.id] = fake.meta
	m.tx(nobody, leg{from: m.somebody(), to: m.main(), asset: fake.id, units: m.worth(fake, m.between(1_000, 1e7)), class: loss.Spam, rule: loss.SpamByLooks})
}
