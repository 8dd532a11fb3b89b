package loss

import (
	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// Elsewhere is what victims paid, while the theft went on, to somebody whom
// the case does not know. It is in no sum: it may be the victim's own business,
// or a part of the theft that an address is missing for.
type Elsewhere struct {
	To     chain.Account
	Asset  chain.AssetID
	Meta   chain.TokenMeta
	Amount chain.Amount
	Refs   []chain.Ref // canonical order
}

// elsewhere adds up what the victims' own history shows beside the theft, by
// recipient and asset in the order of the first payment.
func (c *incident) elsewhere() []Elsewhere {
	if len(c.Outflows) == 0 || c.first.IsZero() {
		return nil
	}
	thefts := map[common.Hash]bool{}
	for i := range c.all {
		if c.all[i].Class == Theft {
			thefts[c.all[i].Transfer.Tx] = true
		}
	}
	var list []Elsewhere
	places := map[trade]int{}
	for i := range c.Outflows {
		t := &c.Outflows[i]
		to, leaves := c.leavesVictims(t)
		at := unixTime(t.Time)
		if !leaves || thefts[t.Tx] || at.Before(c.first.Add(-slack)) || at.After(c.last.Add(slack)) {
			continue
		}
		k, known := places[trade{to, t.Asset}]
		if !known {
			k = len(list)
			places[trade{to, t.Asset}] = k
			list = append(list, Elsewhere{To: to, Asset: t.Asset, Meta: c.asset(t.Asset).meta})
		}
		list[k].Amount = list[k].Amount.Add(t.Amount())
		list[k].Refs = append(list[k].Refs, t.Ref)
	}
	return list
}

// leavesVictims reports whether a victim paid somebody who is neither one nor an
// attacker, and whom.
func (c *incident) leavesVictims(t *chain.Transfer) (to chain.Account, leaves bool) {
	from, to, foreign := c.foreign(t)
	_, paid := c.victims[from]
	_, own := c.victims[to]
	return to, foreign && paid && !own && !t.Units.IsZero()
}
