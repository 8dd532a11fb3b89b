package loss

import (
	"fmt"
	"iter"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
)

// judgeBeyond adds what left victims for others in the txs of the theft: the
// charge of a token, what went to a third pool, or to somebody who copied the
// attackers' tx and was first. Where the victim got something else for it, and more
// than next to nothing, it is an exchange and no loss.
func (c *incident) judgeBeyond() {
	if len(c.Beyond)+len(c.Thefts)+len(c.Returns) == 0 {
		return
	}
	victimsOf := map[common.Hash][]chain.Account{}
	seen := map[common.Hash]bool{} // txs that touch an attacker
	for i := range c.all {
		j := &c.all[i]
		seen[j.Transfer.Tx] = true
		if j.Class == Theft && j.Incoming && j.paid() {
			victimsOf[j.Transfer.Tx] = append(victimsOf[j.Transfer.Tx], j.counterparty())
		}
	}
	for tx := range byTx(c.Beyond) {
		victims := victimsOf[tx[0].Tx]
		slices.SortFunc(victims, chain.Account.Compare)
		for _, v := range slices.Compact(victims) {
			c.leak(tx, v, c.basisOf(v), "in the same transaction, for somebody else")
		}
	}
	for tx := range byTx(c.Thefts) {
		if seen[tx[0].Tx] {
			continue
		}
		for _, v := range c.payersAmong(tx) {
			c.leak(tx, v, chain.Attributed.Weaker(c.basisOf(v)), "in a transaction that the write-up links as a part of the theft, for somebody who is not known for an attacker")
		}
	}
	left := map[trade]*big.Int{}
	for tx := range byTx(c.Returns) {
		c.linkedReturn(tx, left)
	}
}

// byTx splits transfers in canonical order by tx.
func byTx(list []chain.Transfer) iter.Seq[[]chain.Transfer] {
	return func(yield func([]chain.Transfer) bool) {
		for start := 0; start < len(list); {
			end := start + 1
			for end < len(list) && list[end].Tx == list[start].Tx {
				end++
			}
			if !yield(list[start:end]) {
				return
			}
			start = end
		}
	}
}

// payersAmong returns the victims who paid in a tx, in the order in which they
// did.
func (c *incident) payersAmong(tx []chain.Transfer) []chain.Account {
	var list []chain.Account
	for i := range tx {
		from, sent := tx[i].Sender()
		a := chain.Account{ChainID: tx[i].ChainID, Address: from}
		if _, victim := c.victims[a]; sent && victim && !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	return list
}

// linkedReturn takes what a tx that the write-up links as a return gave a
// victim, and that no attacker sent, for a return by somebody in their stead. As
// much as he had taken from the victims by himself, and not given back yet, he had
// rescued: neither is in the loss. What is left of that is kept by who and what.
func (c *incident) linkedReturn(tx []chain.Transfer, left map[trade]*big.Int) {
	paid := c.payersAmong(tx)
	for i := range tx {
		t := &tx[i]
		from, to, foreign := c.foreign(t)
		if _, victim := c.victims[to]; !foreign || !victim || t.Kind == chain.KindFee || t.Units.IsZero() || slices.Contains(paid, to) || slices.Contains(paid, from) {
			continue
		}
		by := trade{from, t.Asset}
		if left[by] == nil {
			left[by] = c.rescued(by)
		}
		took, units := chain.NewAmount(t.Asset, left[by]), t.Units.ToBig()
		covered := new(big.Int).Set(units)
		if covered.Cmp(left[by]) > 0 {
			covered.Set(left[by])
		}
		left[by].Sub(left[by], covered)
		c.givesBack(t, covered, Rescue, chain.Derived, "given back to the victim "+chain.Hex(to.Address)+" by "+chain.Hex(from.Address)+
			", which by itself had taken "+c.words(took)+" more from the victims than it had given back: neither is in the loss")
		c.givesBack(t, units.Sub(units, covered), Return, chain.Attributed, "paid to the victim "+chain.Hex(to.Address)+" by "+chain.Hex(from.Address)+
			", which is not known for an attacker, in a transaction that the write-up links as a return")
	}
}

// givesBack adds so much of what somebody gave a victim, if it is anything.
func (c *incident) givesBack(t *chain.Transfer, units *big.Int, class Class, basis chain.Basis, why string) {
	if units.Sign() == 0 {
		return
	}
	if units.Cmp(t.Units.ToBig()) < 0 {
		why += "; it is a part of " + c.words(t.Amount())
		part := *t
		part.Units.SetFromBig(units)
		t = &part
	}
	to := chain.Account{ChainID: t.ChainID, Address: t.To}
	c.leaks = append(c.leaks, Judgement{Transfer: t, Value: c.value(t), Class: class, Basis: basis.Weaker(c.basisOf(to)), Rule: c.blamed[to], Why: why})
}

// rescued is what somebody took of an asset from the victims in txs that are no part
// of the theft, less what he gave back in such as nobody links, as far as their
// history was looked at.
func (c *incident) rescued(by trade) *big.Int {
	sum := new(big.Int)
	for i := range c.Outflows {
		t := &c.Outflows[i]
		from, to, foreign := c.foreign(t)
		if !foreign || t.Asset != by.asset || c.thefts[t.Tx] {
			continue
		}
		_, paid := c.victims[from]
		_, got := c.victims[to]
		switch {
		case paid && to == by.with:
			sum.Add(sum, t.Units.ToBig())
		case got && from == by.with && !c.returns[t.Tx]:
			takeBack(sum, t.Units.ToBig())
		}
	}
	return sum
}

// leak adds what one victim lost to others in a tx, less what reached the
// attackers through them.
func (c *incident) leak(tx []chain.Transfer, victim chain.Account, basis chain.Basis, where string) {
	net := map[chain.AssetID]chain.Amount{}
	for i := range tx {
		t := &tx[i]
		from, to, foreign := c.foreign(t)
		if !foreign {
			continue
		}
		if from == victim {
			net[t.Asset] = net[t.Asset].Add(t.Amount())
		}
		if to == victim {
			net[t.Asset] = net[t.Asset].Sub(t.Amount())
		}
	}
	passed := c.passed(tx[0].Tx, victim)
	if c.exchangedBeyond(net, passed, &tx[0], victim) {
		return
	}
	for i := range tx {
		t := &tx[i]
		from, to, foreign := c.foreign(t)
		if !foreign || from != victim && to != victim || from == to || t.Units.IsZero() || net[t.Asset].Sign() <= 0 {
			continue
		}
		why := "left the victim " + chain.Hex(victim.Address) + " " + where
		if on := passed[t.Asset]; on != nil && on.Sign() > 0 && from == victim {
			rest := new(big.Int).Sub(t.Units.ToBig(), on)
			on.Sub(on, t.Units.ToBig())
			if rest.Sign() <= 0 {
				continue
			}
			why += "; the rest of the " + c.words(t.Amount()) + " reached the attackers"
			part := *t
			part.Units.SetFromBig(rest)
			t = &part
		}
		c.leaks = append(c.leaks, Judgement{
			Transfer: t, Leaked: from == victim, Value: c.value(t),
			Class: Theft, Basis: chain.Derived.Weaker(basis), Rule: c.blamed[victim], Why: why,
		})
	}
}

// exchangedBeyond reports whether a victim exchanged with others in a tx of the theft:
// it got something for what it ended short of, and more than next to nothing. Where
// that may be worth less by much, a remark says so.
func (c *incident) exchangedBeyond(net map[chain.AssetID]chain.Amount, passed map[chain.AssetID]*big.Int, tx *chain.Transfer, victim chain.Account) bool {
	var lost, got []chain.Amount
	for asset, amount := range net {
		if on := passed[asset]; on != nil {
			amount = amount.Sub(chain.NewAmount(asset, on))
		}
		switch {
		case net[asset].Sign() < 0:
			got = append(got, net[asset].Neg())
		case amount.Sign() > 0:
			lost = append(lost, amount)
		}
	}
	for _, list := range [][]chain.Amount{lost, got} {
		slices.SortFunc(list, func(a, b chain.Amount) int { return a.Asset().Compare(b.Asset()) })
	}
	gotUSD, lostUSD := c.worthAt(got, tx), c.worthAt(lost, tx)
	if len(got) == 0 || c.nextToNothing(got, gotUSD) {
		return false
	}
	if len(lost) > 0 && (gotUSD == nil || lostUSD == nil || lostUSD.GreaterThan(gotUSD.Mul(theftRatio))) {
		c.remarks = append(c.remarks, Remark{lost[0].Asset(), fmt.Sprintf("the victim %s gave %s to others in the theft's transaction %s, and got %s: taken for an exchange, and open whether they were worth the same",
			chain.Hex(victim.Address), c.enumerate(lost), tx.Tx, c.enumerate(got)), chain.Heuristic})
	}
	return true
}

// worthAt values amounts at the time of a transfer; nil where one has no price.
func (c *incident) worthAt(amounts []chain.Amount, t *chain.Transfer) *decimal.Decimal {
	var usd decimal.Decimal
	for _, a := range amounts {
		q, ok := c.Prices.At(pricing.Of(a.Asset()), unixTime(t.Time))
		if meta := c.asset(a.Asset()).meta; ok && meta.DecimalsKnown {
			usd = usd.Add(q.Value(a.Units(), meta.Decimals))
			continue
		}
		return nil
	}
	return &usd
}

func (c *incident) basisOf(victim chain.Account) chain.Basis {
	if p, ok := c.victims[victim]; ok {
		return p.Basis
	}
	return chain.Heuristic
}

// foreign returns the ends of a transfer where no attacker is one of them.
func (c *incident) foreign(t *chain.Transfer) (from, to chain.Account, ok bool) {
	sender, sent := t.Sender()
	recipient, received := t.Recipient()
	from, to = chain.Account{ChainID: t.ChainID, Address: sender}, chain.Account{ChainID: t.ChainID, Address: recipient}
	return from, to, sent && received && !c.attackers[from] && !c.attackers[to]
}
