package trace

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/chain/history"
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
	in := loss.Input{
		Transfers: h.Transfers, Tokens: h.Tokens, Closure: h.Closure, Victims: distinct(p.Victims), Ignored: r.Override.Ignore,
		Prices: r.Prices, Hints: hints(r.Incident), Tags: r.Tags, Targets: r.Incident.Targets,
	}
	found := loss.Recipients(in)
	if in.Beyond, err = r.paidIn(ctx, s, h.Transfers, found); err != nil {
		return nil, err
	}
	return loss.Recipients(in), nil
}

// paidIn returns what moved in the txs in which parties were paid other than by
// a plain payment of the coin: they may have passed on what they got. What
// cannot be seen leaves them as they are.
func (r *run) paidIn(ctx context.Context, s Source, paid []chain.Transfer, parties []chain.Party) ([]chain.Transfer, error) {
	var lists [][]chain.Transfer
	asked := map[common.Hash]bool{}
	for i := range paid {
		t := &paid[i]
		theirs := slices.ContainsFunc(parties, func(p chain.Party) bool { return p.Account.Address == t.To && p.Account.ChainID == t.ChainID })
		if !theirs || t.Kind == chain.KindNative || t.Tx == (common.Hash{}) || asked[t.Tx] || len(asked) == maxTheftTxs {
			continue
		}
		asked[t.Tx] = true
		_, transfers, err := s.Tx(ctx, t.Tx)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err == nil || errors.Is(err, history.ErrNoFrames) {
			lists = append(lists, transfers)
		}
	}
	return chain.MergeTransfers(lists...), nil
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
// gave nothing. Who did and may be none is told.
func (r *run) fromTxs(p ChainPlan) []chain.Party {
	var found []chain.Party
	for _, l := range r.linked {
		if l.tx.ChainID != p.Network.ID || l.mention.Role != incident.TxTheft {
			continue
		}
		in := loss.Input{Transfers: l.transfers, Victims: p.Victims, Candidates: p.Candidates, Ignored: r.Override.Ignore, Tags: r.Tags, Targets: r.Incident.Targets}
		for _, g := range loss.Gainers(in, l.tx.FeeRecipient) {
			if g.Doubt != "" {
				r.warn("line %d: %s gained in the linked theft transaction %s, too, and is not taken for an attacker, because %s; --attacker %s takes it for one",
					l.mention.Pos.Line, chain.Hex(g.Address), l.mention.Hash, g.Doubt, chain.Hex(g.Address))
				continue
			}
			found = append(found, chain.Party{
				Account: chain.Account{ChainID: p.Network.ID, Address: g.Address}, Basis: chain.Heuristic,
				Why: fmt.Sprintf("line %d: gained in the linked theft transaction %s and gave nothing", l.mention.Pos.Line, l.mention.Hash),
			})
		}
	}
	return distinct(found)
}

// fromCandidates looks at addresses of unknown part and takes for attackers
// those that [loss.PaidAmong] infers.
func (r *run) fromCandidates(ctx context.Context, p ChainPlan, s Source, w chain.Window) ([]chain.Party, error) {
	candidates := distinct(p.Candidates)
	if len(candidates) == 0 {
		return nil, nil
	}
	h, err := s.History(ctx, chain.Query{Addresses: addresses(candidates), Window: w})
	if err != nil {
		return nil, err
	}
	return loss.PaidAmong(loss.Input{
		Candidates: candidates, Transfers: h.Transfers, Tokens: h.Tokens, Hints: hints(r.Incident), Tags: r.Tags, Targets: r.Incident.Targets,
	}), nil
}
