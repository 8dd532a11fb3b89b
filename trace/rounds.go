package trace

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/chain/history"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
	"losstracer/trace/reconcile"
)

const (
	maxRounds   = 4   // how often what was found may send the pull out again
	maxSuspects = 8   // whose histories a judgement may ask for
	maxTheftTxs = 100 // how many of them are looked into for what else they moved
)

// pullRounds pulls the attackers' histories in rounds, adding contracts that they
// created and accomplices that the judgement finds, until none is added. It
// returns all of them. Whoever the last round still finds is not pulled, which
// the case tells.
func (r *run) pullRounds(ctx context.Context, attackers []chain.Party, e opened, scope *ChainScope) ([]chain.Party, error) {
	parties := attackers
	cleared := map[chain.Account]bool{}
	for round := 0; len(parties) > 0 && round < maxRounds; round++ {
		h, err := e.Source.History(ctx, r.query(addresses(parties), scope.Window))
		if err != nil {
			return nil, err
		}
		r.take(h, scope, e.id)
		r.c.Rounds = append(r.c.Rounds, Round{Addresses: accounts(parties), Why: parties[0].Why, Transfers: len(h.Transfers)})
		if parties, err = r.created(ctx, e.Source, parties, attackers, scope.Window); err != nil {
			return nil, err
		}
		if len(parties) == 0 {
			if parties, err = r.accomplices(ctx, e.Source, attackers, cleared, scope.Window); err != nil {
				return nil, err
			}
		}
		attackers = append(attackers, parties...)
	}
	for _, p := range parties {
		r.warn("%s: %s (%s) was found in the last of %d rounds: its history was not looked at", scope.Chain, chain.Hex(p.Account.Address), p.Why, maxRounds)
	}
	r.c.unpulled = append(r.c.unpulled, parties...)
	return attackers, nil
}

// accomplices looks at the histories of those whom the judgement suspects and
// returns who took part. Nobody is looked at twice.
func (r *run) accomplices(ctx context.Context, s Source, attackers []chain.Party, cleared map[chain.Account]bool, w chain.Window) ([]chain.Party, error) {
	statement := loss.Judge(r.lossInput(slices.Concat(r.c.Attackers, attackers)))
	suspects := slices.DeleteFunc(statement.Suspects, func(p chain.Party) bool {
		return cleared[p.Account] || p.Account.ChainID != attackers[0].Account.ChainID || slices.Contains(r.Override.Ignore, p.Account.Address)
	})
	if len(suspects) == 0 {
		return nil, nil
	}
	if len(suspects) > maxSuspects {
		r.warn("the attackers gave gas to %d addresses before the theft; %d of them were looked at", len(suspects), maxSuspects)
		suspects = suspects[:maxSuspects]
	}
	for _, p := range suspects {
		cleared[p.Account] = true
	}
	h, err := s.History(ctx, chain.Query{Addresses: addresses(suspects), Window: w})
	if err != nil {
		r.warn("whether others took part could not be looked at: %v", err)
		return nil, ctx.Err()
	}
	return statement.Accomplices(h.Transfers), nil
}

// theftTxs looks into the txs of the theft on a chain for what else they
// moved: what leaked to others is a part of the loss.
func (r *run) theftTxs(ctx context.Context, s Source, chainID uint64) error {
	statement := loss.Judge(r.lossInput(r.c.Attackers))
	refs := slices.DeleteFunc(statement.TheftTxs(), func(ref chain.Ref) bool { return ref.ChainID != chainID })
	if len(refs) > maxTheftTxs {
		r.lacksBeyond(fmt.Sprintf("the theft took %d transactions; %d of them were looked into", len(refs), maxTheftTxs))
		refs = refs[:maxTheftTxs]
	}
	known := map[common.Hash]linkedTx{}
	for _, l := range r.linked {
		known[l.tx.Hash] = l
	}
	var lists [][]chain.Transfer
	var unseen []error
	for _, ref := range refs {
		l, ok := known[ref.Tx]
		if !ok {
			l.tx, l.transfers, l.unseen = s.Tx(ctx, ref.Tx)
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if l.unseen != nil {
			unseen = append(unseen, l.unseen)
		}
		if l.unseen != nil && !errors.Is(l.unseen, history.ErrNoFrames) {
			break
		}
		lists = append(lists, l.transfers)
	}
	switch n := len(unseen); n {
	case 0:
	case 1:
		r.lacksBeyond("what else the transactions of the theft moved could not be seen: " + unseen[0].Error())
	default: // the last may be of another kind than the others, for it may have ended the search
		r.lacksBeyond(fmt.Sprintf("what else %d transactions of the theft moved could not be seen: first %v; last %v", n, unseen[0], unseen[n-1]))
	}
	r.c.Beyond = chain.MergeTransfers(append(lists, r.c.Beyond)...)
	return nil
}

// lacksBeyond tells, beside what was told before, why not all is known of what else
// the txs of a theft moved.
func (r *run) lacksBeyond(why string) {
	if r.c.BeyondGap != "" {
		why = r.c.BeyondGap + "; " + why
	}
	r.c.BeyondGap = why
}

const (
	maxVictims  = 3              // whose own history is looked at
	longestCore = 48 * time.Hour // of a theft, for which it is
	coreMargin  = time.Hour
)

// victimsOutflows looks at what the victims paid to others while the theft
// went on, where the write-up claims more than was found, for another address may
// have received it; and where somebody who is no attacker gave something back, for
// they may have taken it themselves, to rescue it. Nothing of it enters a sum, so
// that a failure to look leaves the case as complete as it is.
func (r *run) victimsOutflows(ctx context.Context, s Source, chainID uint64, w chain.Window) error {
	statement := loss.Judge(r.lossInput(r.c.Attackers))
	var victims []chain.Party
	for _, v := range statement.Victims {
		if v.Account.ChainID == chainID && !statement.Inferred[v.Account].OfMovement() {
			victims = append(victims, v)
		}
	}
	core := statement.Last.Sub(statement.First)
	if len(victims) == 0 || len(victims) > maxVictims || core > longestCore || !r.claimsMore(statement) && !r.returnedByOthers(statement) {
		return nil
	}
	around, err := r.around(ctx, s, statement, w)
	if err != nil {
		return ctx.Err()
	}
	h, err := s.History(ctx, chain.Query{Addresses: addresses(victims), Window: around})
	if err != nil {
		return ctx.Err()
	}
	r.outflows = chain.MergeTransfers(r.outflows, h.Transfers)
	for asset, meta := range h.Tokens {
		if _, ok := r.c.Tokens[asset]; !ok {
			r.c.Tokens[asset] = meta
		}
	}
	return nil
}

// around returns the blocks of the theft and of an hour before and after.
func (r *run) around(ctx context.Context, s Source, statement *loss.Statement, w chain.Window) (chain.Window, error) {
	first, err := s.BlockAt(ctx, statement.First.Add(-coreMargin))
	if err != nil {
		return w, err
	}
	last, err := s.BlockAt(ctx, statement.Last.Add(coreMargin))
	if err != nil {
		return w, err
	}
	return chain.Window{From: max(first.Number, w.From), To: min(last.Number, w.To)}, nil
}

// claimsMore reports whether the write-up claims more of some asset than was
// found.
func (r *run) claimsMore(statement *loss.Statement) bool {
	result := reconcile.Compare(reconcile.Input{
		Claims: r.Incident.Claims, Statement: statement, Prices: r.Prices, Contracts: knownTokens(r.Tags),
		Scopes: append(reconcileScopes(r.c.Scopes), reconcile.Scope{Chain: chainName(statement.Victims[0]), Checked: true}),
	})
	return slices.ContainsFunc(result.Findings, func(f reconcile.Finding) bool {
		return f.Claim.Kind == incident.ClaimAsset && f.Verdict == reconcile.Over
	})
}

// returnedByOthers reports whether somebody gave back who is no attacker.
func (r *run) returnedByOthers(statement *loss.Statement) bool {
	return slices.ContainsFunc(statement.Judgements, func(j loss.Judgement) bool {
		from := chain.Account{ChainID: j.Transfer.ChainID, Address: j.Transfer.From}
		return j.Class == loss.Return && !slices.ContainsFunc(r.c.Attackers, func(p chain.Party) bool { return p.Account == from })
	})
}

func chainName(p chain.Party) string {
	n, _ := chain.NetworkByID(p.Account.ChainID)
	return n.Name
}
