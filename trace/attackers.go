package trace

import (
	"context"
	"fmt"
	"math/big"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
)

// attackers returns whom the write-up names. Where it names nobody they are
// inferred: from the linked theft txs, who ended up richer; else from what the
// named victims paid; else from the addresses that it mentions without saying
// what they are, who was paid by another of them.
func (r *run) attackers(ctx context.Context, p ChainPlan, s Source, w chain.Window) ([]chain.Party, error) {
	if len(p.Attackers) > 0 {
		return distinct(p.Attackers), nil
	}
	if found := r.fromTxs(p); len(found) > 0 {
		return found, nil
	}
	if found, err := r.fromVictims(ctx, p, s, w); err != nil || len(found) > 0 {
		return found, err
	}
	return r.fromCandidates(ctx, p, s, w)
}

// fromVictims infers attackers from what the named victims paid in the window:
// who received amounts that the write-up claims.
func (r *run) fromVictims(ctx context.Context, p ChainPlan, s Source, w chain.Window) ([]chain.Party, error) {
	if len(p.Victims) == 0 {
		return nil, nil
	}
	h, err := s.History(ctx, chain.Query{Addresses: addresses(p.Victims), Window: w})
	if err != nil {
		return nil, err
	}
	return loss.Recipients(loss.Input{
		Transfers: h.Transfers, Tokens: h.Tokens, Closure: h.Closure, Victims: distinct(p.Victims),
		Prices: r.Prices, Hints: hints(r.Incident),
	}), nil
}

func distinct(parties []chain.Party) []chain.Party {
	var list []chain.Party
	for _, p := range parties {
		if !slices.ContainsFunc(list, func(o chain.Party) bool { return o.Account == p.Account }) {
			list = append(list, p)
		}
	}
	return list
}

// fromTxs infers attackers from linked theft txs: the accounts that gained and
// gave nothing. Contracts through which value only passes net to nothing.
func (r *run) fromTxs(p ChainPlan) []chain.Party {
	var found []chain.Party
	for _, l := range r.linked {
		if l.tx.ChainID != p.Network.ID || l.mention.Role != incident.TxTheft {
			continue
		}
		for _, a := range gainers(l.transfers) {
			found = append(found, chain.Party{
				Account: chain.Account{ChainID: p.Network.ID, Address: a}, Basis: chain.Heuristic,
				Why: fmt.Sprintf("line %d: gained in the linked theft transaction %s and gave nothing", l.mention.Pos.Line, l.mention.Hash),
			})
		}
	}
	return distinct(found)
}

// gainers returns the accounts that gained some asset and lost none, by
// address.
func gainers(transfers []chain.Transfer) []common.Address {
	type line struct {
		account common.Address
		asset   chain.AssetID
	}
	net := map[line]*big.Int{}
	add := func(a common.Address, t chain.Transfer, sign int64) {
		at := line{a, t.Asset}
		if net[at] == nil {
			net[at] = new(big.Int)
		}
		net[at].Add(net[at], new(big.Int).Mul(t.Units.ToBig(), big.NewInt(sign)))
	}
	for _, t := range transfers {
		if t.Kind == chain.KindFee {
			continue
		}
		if from, ok := t.Sender(); ok {
			add(from, t, -1)
		}
		if to, ok := t.Recipient(); ok {
			add(to, t, +1)
		}
	}
	gained, gave := map[common.Address]bool{}, map[common.Address]bool{}
	for at, amount := range net {
		gained[at.account] = gained[at.account] || amount.Sign() > 0
		gave[at.account] = gave[at.account] || amount.Sign() < 0
	}
	var list []common.Address
	for a := range gained {
		if gained[a] && !gave[a] && a != (common.Address{}) {
			list = append(list, a)
		}
	}
	slices.SortFunc(list, common.Address.Cmp)
	return list
}

// fromCandidates looks at addresses of unknown part and takes for attackers
// those that were paid by another of them and paid it nothing first.
func (r *run) fromCandidates(ctx context.Context, p ChainPlan, s Source, w chain.Window) ([]chain.Party, error) {
	candidates := distinct(p.Candidates)
	if len(candidates) == 0 {
		return nil, nil
	}
	h, err := s.History(ctx, chain.Query{Addresses: addresses(candidates), Window: w})
	if err != nil {
		return nil, err
	}
	known := map[common.Address]bool{}
	for _, c := range candidates {
		known[c.Account.Address] = true
	}
	paidBy := map[common.Address]common.Address{}
	for _, t := range h.Transfers {
		from, sent := t.Sender()
		to, received := t.Recipient()
		_, reversed := paidBy[from]
		if sent && received && from != to && known[from] && known[to] && !t.Units.IsZero() && !reversed {
			if _, ok := paidBy[to]; !ok {
				paidBy[to] = from
			}
		}
	}
	var found []chain.Party
	for _, c := range candidates {
		if payer, ok := paidBy[c.Account.Address]; ok {
			c.Basis = chain.Heuristic
			c.Why += "; taken for the attacker because " + chain.Hex(payer) + ", mentioned beside it, paid it"
			found = append(found, c)
		}
	}
	if len(found) == 0 && len(candidates) == 1 {
		c := candidates[0]
		c.Basis = chain.Heuristic
		c.Why += "; taken for the attacker because no other address is mentioned"
		found = append(found, c)
	}
	return found, nil
}
