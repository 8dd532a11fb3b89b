package loss

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// suspects are the accounts that the attackers gave gas before the first theft, but
// for services and victims: they prepared something with it.
func (c *incident) suspects() []chain.Party {
	var list []chain.Party
	listed := map[chain.Account]bool{}
	for i := range c.all {
		j := &c.all[i]
		if j.Class != Other || !j.out || !j.own || j.Transfer.Asset.Kind() != chain.Native || c.moreThanGas(j.Transfer.Amount()) {
			continue
		}
		a := j.counterparty()
		_, robbed := c.victims[a]
		_, serves := c.service(a)
		if robbed || serves || !isAccount(a.Address) || listed[a] {
			continue
		}
		listed[a] = true
		list = append(list, chain.Party{Account: a, Basis: chain.Heuristic, Why: "had its gas before the theft from " + chain.Hex(j.Transfer.From)})
	}
	return list
}

// Accomplices returns those of a statement's suspects who took from a victim
// too, as the transfers of their own history show. That somebody is a victim only
// because what he paid is guessed to be a theft is too weak to rest another guess on.
func (s *Statement) Accomplices(history []chain.Transfer) []chain.Party {
	var list []chain.Party
	for _, suspect := range s.Suspects {
		i := slices.IndexFunc(history, func(t chain.Transfer) bool {
			from, sent := t.Sender()
			to, received := t.Recipient()
			return sent && received && !t.Units.IsZero() && suspect.Account == chain.Account{ChainID: t.ChainID, Address: to} &&
				slices.ContainsFunc(s.Victims, func(v chain.Party) bool {
					return v.Account == chain.Account{ChainID: t.ChainID, Address: from} && !s.Inferred[v.Account].OfMovement()
				})
		})
		if i >= 0 {
			suspect.Why += " and was paid by the victim " + chain.Hex(history[i].From)
			list = append(list, suspect)
		}
	}
	return list
}

// TheftTxs returns the txs in which something left a victim, or came in by a tx
// of the attackers' own from somebody who is not known for one, in canonical
// order: those whose other movements tell what leaked, and who stands behind
// whoever paid. A tx that only paid coin from one account to another has none.
func (s *Statement) TheftTxs() []chain.Ref {
	var list []chain.Ref
	own := map[common.Hash]bool{}
	for i := range s.Judgements {
		if j := &s.Judgements[i]; j.Class == Fee {
			own[j.Transfer.Tx] = true
		}
	}
	for i := range s.Judgements {
		j := &s.Judgements[i]
		r := j.Transfer.Ref
		stranger := (j.Rule == OtherLate || j.Rule == NobodyToBlame || j.Rule == CapitalBefore) && j.Incoming && own[r.Tx]
		if j.Class != Theft && !stranger || j.Leaked || r.TxIndex == chain.OutsideTx {
			continue
		}
		if j.Transfer.Kind != chain.KindNative && (len(list) == 0 || list[len(list)-1].Tx != r.Tx) {
			list = append(list, r)
		}
	}
	return list
}
