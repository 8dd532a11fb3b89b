package loss

import (
	"iter"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// judgeBeyond adds what left victims for others in the txs of the theft: the
// charge of a token, what went to a third pool, or to somebody who copied the
// attackers' tx and was first. Where the victim got something else for it, it is
// an exchange and no loss.
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
	for tx := range byTx(c.Returns) {
		c.linkedReturn(tx)
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
// victim, and that no attacker sent, for a return by somebody in their stead. Who
// had taken as much from the victims by himself had rescued it: neither is in the
// loss.
func (c *incident) linkedReturn(tx []chain.Transfer) {
	paid := c.payersAmong(tx)
	for i := range tx {
		t := &tx[i]
		from, to, foreign := c.foreign(t)
		if _, victim := c.victims[to]; !foreign || !victim || t.Kind == chain.KindFee || t.Units.IsZero() || slices.Contains(paid, to) || slices.Contains(paid, from) {
			continue
		}
		if took := c.rescued(from, t.Asset); took.Cmp(t.Units.ToBig()) >= 0 {
			c.leaks = append(c.leaks, Judgement{
				Transfer: t, Value: c.value(t), Class: Rescue, Basis: chain.Derived.Weaker(c.basisOf(to)), Rule: c.blamed[to],
				Why: "given back to the victim " + chain.Hex(to.Address) + " by " + chain.Hex(from.Address) + ", which by itself had taken " +
					c.words(chain.NewAmount(t.Asset, took)) + " from the victims: neither is in the loss",
			})
			continue
		}
		c.leaks = append(c.leaks, Judgement{
			Transfer: t, Value: c.value(t), Class: Return, Basis: chain.Attributed.Weaker(c.basisOf(to)), Rule: c.blamed[to],
			Why: "paid to the victim " + chain.Hex(to.Address) + " by " + chain.Hex(from.Address) + ", which is not known for an attacker, in a transaction that the write-up links as a return",
		})
	}
}

// rescued adds up what somebody took from the victims in txs that are no part of
// the theft, as far as their history was looked at.
func (c *incident) rescued(by chain.Account, asset chain.AssetID) *big.Int {
	sum := new(big.Int)
	for i := range c.Outflows {
		t := &c.Outflows[i]
		from, to, foreign := c.foreign(t)
		if _, victim := c.victims[from]; foreign && victim && to == by && t.Asset == asset && !c.thefts[t.Tx] {
			sum.Add(sum, t.Units.ToBig())
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
	for _, amount := range net {
		if amount.Sign() < 0 {
			return
		}
	}
	passed := c.passed(tx[0].Tx, victim)
	for i := range tx {
		t := &tx[i]
		from, to, foreign := c.foreign(t)
		if !foreign || from != victim && to != victim || from == to || t.Units.IsZero() || net[t.Asset].IsZero() {
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
