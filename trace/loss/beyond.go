package loss

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// judgeBeyond adds what left victims for others in the txs of the theft: the
// charge of a token, what went to a front-runner or a third pool. Where the
// victim got something else for it, it is an exchange and no loss.
func (c *incident) judgeBeyond() {
	if len(c.Beyond) == 0 {
		return
	}
	victimsOf := map[common.Hash][]chain.Account{}
	for i := range c.all {
		if j := &c.all[i]; j.Class == Theft && j.Incoming {
			victimsOf[j.Transfer.Tx] = append(victimsOf[j.Transfer.Tx], j.counterparty())
		}
	}
	for start := 0; start < len(c.Beyond); {
		end := start
		for end < len(c.Beyond) && c.Beyond[end].Tx == c.Beyond[start].Tx {
			end++
		}
		tx := c.Beyond[start:end]
		victims := victimsOf[tx[0].Tx]
		slices.SortFunc(victims, chain.Account.Compare)
		for _, v := range slices.Compact(victims) {
			c.leak(tx, v)
		}
		start = end
	}
}

// leak adds what one victim lost to others in a tx.
func (c *incident) leak(tx []chain.Transfer, victim chain.Account) {
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
	why := "left the victim " + chain.Hex(victim.Address) + " in the same transaction, for somebody else"
	for i := range tx {
		t := &tx[i]
		from, to, foreign := c.foreign(t)
		if !foreign || from != victim && to != victim || from == to || t.Units.IsZero() || net[t.Asset].IsZero() {
			continue
		}
		c.leaks = append(c.leaks, Judgement{
			Transfer: t, Leaked: from == victim, Value: c.value(t),
			Class: Theft, Basis: chain.Derived.Weaker(c.basisOf(victim)), Rule: c.blamed[victim], Why: why,
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
