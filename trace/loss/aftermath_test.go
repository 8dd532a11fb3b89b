package loss_test

import (
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/trace/label"
	"losstracer/trace/loss"
)

// after is what attackers and others do afterwards.
var after = []motif{
	{"a sale", 14, func(m *made) { sale(m, priced) }},
	{"a sale to the victim", 3, saleToVictim},
	{"a sale of what has no price", 4, func(m *made) { sale(m, unpriced) }},
	{"a sale with a fee and a rest that comes back", 4, saleWithFee},
	{"a sale of a crashed token", 1, crashed},
	{"a sale by a batch auction", 5, func(m *made) { settled(m, common.HexToAddress("0x9008d19f58aabd9ed0d60971565aa8510560ab41"), 0.97, 1) }},
	{"a sale over the counter", 3, func(m *made) { settled(m, m.somebody(), 0.95, 1) }},
	{"a wrap", 5, wrap},
	{"into a pool", 3, intoPool},
	{"into a vault", 3, func(m *made) {
		s, units, usd := m.some(priced)
		if units == nil {
			return
		}
		vault := m.somebody()
		shares := chain.Token(1, vault)
		m.in.Tokens[shares] = chain.TokenMeta{Symbol: "v" + s.meta.Symbol, Decimals: 18, DecimalsKnown: true}
		got := m.worth(stuff{shares, m.in.Tokens[shares], 0}, usd)
		m.tx(m.main(), leg{from: m.main(), to: vault, asset: s.id, units: units, class: loss.Swap, rule: loss.SwapUnpriced},
			leg{to: m.main(), asset: shares, units: got, class: loss.Swap, rule: loss.SwapUnpriced})
		m.wait(time.Hour, 30*time.Hour)
		m.tx(m.main(), leg{from: m.main(), asset: shares, units: got, class: loss.Swap, rule: loss.SwapUnpriced},
			leg{from: vault, to: m.main(), asset: s.id, units: share(units, 1004), class: loss.Swap, rule: loss.SwapUnpriced})
	}},
	{"paid onward", 16, func(m *made) {
		s, units, _ := m.some(anything)
		if units == nil {
			return
		}
		m.tx(m.main(), leg{from: m.main(), to: m.somebody(), asset: s.id, units: units, class: loss.Onward})
	}},
	{"into a mixer", 5, func(m *made) {
		mixer := m.somebody()
		for range 1 + m.r.IntN(5) {
			m.tx(m.main(), leg{from: m.main(), to: mixer, asset: m.coin().id, units: m.worth(m.coin(), 30_000), class: loss.Onward})
		}
	}},
	{"given back", 8, giveBack},
	{"given back by somebody else", 2, mule},
	{"given back to an address of the victim's that nobody knew", 2, func(m *made) {
		s, units, _ := m.some(priced)
		if units == nil {
			return
		}
		to := m.somebody()
		m.tx(m.main(), leg{from: m.main(), to: to, asset: s.id, units: units, class: loss.Return})
		if m.r.IntN(2) == 0 {
			m.in.Returns = append(m.in.Returns, m.in.Transfers[len(m.in.Transfers)-2]) // before its fee
		}
	}},
	{"a reward from the victim", 3, func(m *made) {
		if !giveBackTo(m, m.cast[0]) {
			return
		}
		m.wait(time.Hour, 90*time.Hour)
		s := m.any(priced)
		m.tx(nobody, leg{from: m.cast[0], to: m.main(), asset: s.id, units: m.worth(s, m.between(500, 5_000)), class: loss.Bounty, rule: loss.BountyAfterReturn})
	}},
	{"a second wave", 3, func(m *made) {
		sender := nobody
		if m.r.IntN(2) == 0 {
			sender = m.main()
		}
		m.steal(sender, m.main(), m.any(priced), m.between(5_000, 3_000_000))
	}},
	{"a rescue", 3, func(m *made) {
		s, units, _ := m.some(priced)
		if units == nil {
			return
		}
		m.tx(nobody, leg{from: m.main(), to: m.somebody(), asset: s.id, units: units, class: loss.Rescue, rule: loss.RescueForeign})
	}},
	{"drawn from an exchange", 2, func(m *made) {
		s := m.any(priced)
		m.tx(nobody, leg{from: m.service(label.Exchange, 5), to: m.main(), asset: s.id, units: m.worth(s, m.between(500, 200_000)), class: loss.Other, rule: loss.OtherLate})
	}},
	{"a refund", 3, func(m *made) {
		s, units, _ := m.some(anything)
		if units == nil {
			return
		}
		x := m.somebody()
		m.tx(m.main(), leg{from: m.main(), to: x, asset: s.id, units: units, class: loss.Onward})
		m.wait(time.Minute, 26*time.Hour)
		m.tx(nobody, leg{from: x, to: m.main(), asset: s.id, units: share(units, 960+m.r.Int64N(41)), class: loss.Other, rule: loss.Refund})
	}},
	{"a late gift of an unknown token", 6, func(m *made) {
		s := m.any(unpriced)
		m.tx(nobody, leg{from: m.somebody(), to: m.main(), asset: s.id, units: m.worth(s, m.between(10, 1e6)), class: loss.Spam, rule: loss.SpamUnpriced})
	}},
	{"small money from strangers", 4, func(m *made) {
		m.tx(nobody, leg{from: m.somebody(), to: m.main(), asset: m.coin().id, units: m.worth(m.coin(), m.between(0.2, 300)), class: loss.Other, rule: loss.OtherLate})
	}},
	{"interest", 2, func(m *made) {
		s := m.any(priced)
		m.tx(nobody, leg{from: m.somebody(), to: m.main(), asset: s.id, units: m.worth(s, m.between(5, 4_000)), class: loss.Other, rule: loss.OtherLate})
	}},
	{"look-alikes", 6, lookAlikes},
	{"an imitation", 5, imitation},
	{"dust", 4, dust},
}

// sale sells some loot in one tx; what comes is paid by the pool or a router.
func sale(m *made, can func(stuff) bool) {
	s, units, usd := m.some(can)
	b := m.any(func(o stuff) bool { return o.price > 0 && o.id != s.id })
	if units == nil || wraps(s, b) {
		return
	}
	rule := loss.NoRule
	if s.price == 0 {
		rule = loss.SwapUnpriced
	}
	pool := m.somebody()
	payer := pool
	if m.r.IntN(2) == 0 {
		payer = m.somebody()
	}
	got := m.worth(b, usd*(0.9+0.1*m.r.Float64()))
	m.tx(m.main(), leg{from: m.main(), to: pool, asset: s.id, units: units, class: loss.Swap, rule: rule}, leg{from: payer, to: m.main(), asset: b.id, units: got, class: loss.Swap, rule: rule})
	m.hold(b, got)
}

// saleToVictim sells loot to a market that was robbed, at its price.
func saleToVictim(m *made) {
	s, units, usd := m.some(priced)
	b := m.any(func(o stuff) bool { return o.price > 0 && o.id != s.id })
	if units == nil || wraps(s, b) {
		return
	}
	got := m.worth(b, usd*(0.97+0.03*m.r.Float64()))
	m.tx(m.main(), leg{from: m.main(), to: m.cast[0], asset: s.id, units: units, class: loss.Swap, rule: loss.TradeWithVictim},
		leg{from: m.cast[0], to: m.main(), asset: b.id, units: got, class: loss.Swap, rule: loss.TradeWithVictim})
	m.hold(b, got)
}

// hold notes what the thief holds by a sale.
func (m *made) hold(s stuff, units *big.Int) {
	if m.loot[s.id] == nil {
		m.loot[s.id] = new(big.Int)
	}
	m.loot[s.id].Add(m.loot[s.id], units)
}

func wraps(a, b stuff) bool { return isEther(a) && isEther(b) }

func isEther(s stuff) bool { return s.price == 3_000 }

// saleWithFee sells through an aggregator that takes its fee in both assets,
// and gives back what it did not sell.
func saleWithFee(m *made) {
	s, units, usd := m.some(priced)
	b := m.any(func(o stuff) bool { return o.price > 0 && o.id != s.id })
	if units == nil || wraps(s, b) {
		return
	}
	router, fees := m.somebody(), m.somebody()
	got := m.worth(b, usd*0.95)
	m.tx(m.main(), leg{from: m.main(), to: router, asset: s.id, units: units, class: loss.Swap},
		leg{from: m.main(), to: fees, asset: s.id, units: share(units, 3), class: loss.Swap},
		leg{from: router, to: m.main(), asset: b.id, units: got, class: loss.Swap},
		leg{from: router, to: m.main(), asset: s.id, units: share(units, 40), class: loss.Swap})
	m.hold(b, got)
}

// crashed buys back what the theft itself made worthless: the close of the day
// before says that it is worth much.
func crashed(m *made) {
	s, units, usd := m.some(dollarish)
	b := m.any(func(o stuff) bool { return o.price > 0 && o.price != 1 && o.id != s.id })
	if units == nil {
		return
	}
	pool := m.somebody()
	m.fall(b, 1.0/3)
	m.tx(m.main(), leg{from: m.main(), to: pool, asset: s.id, units: units, class: loss.Swap, rule: loss.SwapOfLoot}, leg{from: pool, to: m.main(), asset: b.id, units: m.worth(b, usd), class: loss.Swap, rule: loss.SwapOfLoot})
}

// settled sells by one tx and is paid by another, which somebody else sends.
func settled(m *made, with address, least, most float64) {
	s, units, usd := m.some(priced)
	b := m.any(func(o stuff) bool { return o.price > 0 && o.id != s.id })
	if units == nil {
		return
	}
	m.tx(m.main(), leg{from: m.main(), to: with, asset: s.id, units: units, class: loss.Swap, rule: loss.SwapAcrossTxs})
	m.wait(20*time.Second, 3*time.Hour)
	got := m.worth(b, usd*m.between(least, most))
	m.tx(nobody, leg{from: with, to: m.main(), asset: b.id, units: got, class: loss.Swap, rule: loss.SwapAcrossTxs})
	m.hold(b, got)
}

func wrap(m *made) {
	coin, token := m.coins[0], m.coins[3]
	s, units, _ := m.some(isEther)
	if units == nil {
		return
	}
	if s.id == coin.id {
		m.tx(m.main(), leg{from: m.main(), to: token.id.Contract(), asset: coin.id, units: units, class: loss.Wrap},
			leg{from: token.id.Contract(), to: m.main(), asset: token.id, units: units, class: loss.Wrap, kind: chain.KindWrap})
		m.hold(token, units)
		return
	}
	m.tx(m.main(), leg{from: token.id.Contract(), to: m.main(), asset: coin.id, units: units, class: loss.Wrap},
		leg{from: m.main(), to: token.id.Contract(), asset: token.id, units: units, class: loss.Wrap, kind: chain.KindUnwrap})
	m.hold(coin, units)
}

// intoPool gives two assets for shares of a pool, which nobody prices, and
// later takes them out again.
func intoPool(m *made) {
	s, units, usd := m.some(priced)
	o, more, _ := m.some(func(o stuff) bool { return o.price > 0 && o.id != s.id })
	if units == nil || more == nil {
		return
	}
	pool := m.somebody()
	shares := chain.Token(1, pool)
	m.in.Tokens[shares] = chain.TokenMeta{Symbol: "UNI-V2", Decimals: 18, DecimalsKnown: true}
	got := m.worth(stuff{shares, m.in.Tokens[shares], 0}, usd)
	m.tx(m.main(), leg{from: m.main(), to: pool, asset: s.id, units: units, class: loss.Swap, rule: loss.SwapUnpriced},
		leg{from: m.main(), to: pool, asset: o.id, units: more, class: loss.Swap, rule: loss.SwapUnpriced},
		leg{to: m.main(), asset: shares, units: got, class: loss.Swap, rule: loss.SwapUnpriced})
	m.wait(2*time.Hour, 20*time.Hour)
	m.tx(m.main(), leg{from: m.main(), to: pool, asset: shares, units: got, class: loss.Swap, rule: loss.SwapUnpriced},
		leg{from: pool, to: m.main(), asset: s.id, units: share(units, 970), class: loss.Swap, rule: loss.SwapUnpriced},
		leg{from: pool, to: m.main(), asset: o.id, units: share(more, 1025), class: loss.Swap, rule: loss.SwapUnpriced})
}

// mule is paid by the thief, and gives it to a victim in a tx that the write-up
// may link.
func mule(m *made) {
	to := m.cast[m.r.IntN(len(m.cast))]
	s, units, _ := m.some(priced)
	if units == nil || len(m.from[to]) == 0 {
		return
	}
	x := m.somebody()
	m.tx(m.main(), leg{from: m.main(), to: x, asset: s.id, units: units, class: loss.Onward})
	m.wait(time.Hour, 30*time.Hour)
	m.tx(nobody, leg{from: x, to: to, asset: s.id, units: units})
	if m.r.IntN(2) == 0 {
		m.in.Returns = append(m.in.Returns, m.others[len(m.others)-1])
	}
	m.backed[s.id] = add(m.backed[s.id], units)
}

func giveBack(m *made) { giveBackTo(m, m.cast[m.r.IntN(len(m.cast))]) }

// giveBackTo gives a victim a part or all of what the thief still has.
func giveBackTo(m *made, to address) bool {
	s, units, _ := m.some(priced)
	if units == nil || len(m.from[to]) == 0 {
		return false
	}
	m.tx(m.main(), leg{from: m.main(), to: to, asset: s.id, units: units, class: loss.Return})
	return true
}
