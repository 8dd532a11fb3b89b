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
	"losstracer/trace/reconcile"
)

// linkedTx is a tx that the write-up links, as the chain has it.
type linkedTx struct {
	mention   incident.Transaction
	tx        *chain.Tx
	transfers []chain.Transfer
	unseen    error // why what calls within it moved is not known; nil where it is
}

// link looks up the txs that the write-up links on a chain.
func (r *run) link(ctx context.Context, p ChainPlan, s Source) error {
	for _, mention := range p.Txs {
		if len(common.FromHex(mention.Hash)) != common.HashLength {
			r.warn("line %d: %s is not the hash of a transaction", mention.Pos.Line, mention.Hash)
			continue
		}
		tx, transfers, err := s.Tx(ctx, common.HexToHash(mention.Hash))
		if errors.Is(err, history.ErrNotFound) {
			r.warn("line %d: %s does not know the transaction %s", mention.Pos.Line, p.Network.Title, mention.Hash)
			continue
		}
		if errors.Is(err, history.ErrNoFrames) {
			r.warn("line %d: what calls within the transaction %s moved could not be seen", mention.Pos.Line, mention.Hash)
		} else if err != nil {
			return fmt.Errorf("linked transaction %s: %w", mention.Hash, err)
		}
		r.linked = append(r.linked, linkedTx{mention, tx, transfers, err})
	}
	return nil
}

// moved returns what moved in the linked txs of a role, in canonical order.
func (r *run) moved(role incident.TxRole) []chain.Transfer {
	var lists [][]chain.Transfer
	for _, l := range r.linked {
		if l.mention.Role == role {
			lists = append(lists, l.transfers)
		}
	}
	return chain.MergeTransfers(lists...)
}

// witnesses says what the chain shows for lines of the write-up: the times of
// linked txs, and that of the first theft for the first dated line that
// mentions an attacker.
func (r *run) witnesses() []reconcile.Witness {
	var list []reconcile.Witness
	for _, l := range r.linked {
		list = append(list, reconcile.Witness{
			Line: l.mention.Pos.Line, Time: time.Unix(int64(l.tx.Time), 0).UTC(),
			What: "transaction " + l.mention.Hash, Firm: true,
		})
	}
	if r.c.Statement.First.IsZero() {
		return list
	}
	events := slices.Clone(r.Incident.Timeline)
	slices.SortStableFunc(events, func(a, b incident.Event) int { return a.Time.Compare(b.Time) })
	for _, e := range events {
		mentions := slices.ContainsFunc(r.Incident.Addresses, func(a incident.Address) bool {
			return a.Pos.Line == e.Pos.Line && a.Role == incident.RoleAttacker
		})
		if mentions {
			return append(list, reconcile.Witness{Line: e.Pos.Line, Time: r.c.Statement.First, What: "the first theft"})
		}
	}
	return list
}
