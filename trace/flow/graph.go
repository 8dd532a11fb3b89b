package flow

import (
	"cmp"
	"slices"

	"losstracer/chain"
)

type edgeKey struct{ from, to, asset, gave uint32 }

// Edges gathers the movements of tainted funds by sender, recipient and asset,
// in the order of their first blocks. A trace of a million movements has nearly
// as many edges: they are put together when they are asked for, anew each time.
func (r *Result) Edges() []Edge {
	var all ordered[edgeKey, tally]
	e := r.engine
	for i := range e.moves {
		m := &e.moves[i]
		if m.fee || m.from == m.to {
			continue
		}
		from, to := e.holdings[m.from], e.holdings[m.to]
		key := edgeKey{from.account, to.account, from.asset, 0}
		if m.conv != notConversion {
			key.asset, key.gave = to.asset, from.asset+1
		}
		all.get(key).add(e, m)
	}
	edges := make([]Edge, 0, len(all.keys))
	for i, k := range all.keys {
		edge := Edge{
			From: e.rec.accounts[k.from], To: e.rec.accounts[k.to],
			Sum: all.vals[i].sum(e.rec.assets[k.asset]), Span: all.vals[i].Span,
		}
		if k.gave > 0 {
			edge.ConvertedFrom = e.rec.assets[k.gave-1]
		}
		if r.Backward {
			edge.From, edge.To = edge.To, edge.From
			if k.gave > 0 {
				edge.ConvertedTo, edge.ConvertedFrom = edge.ConvertedFrom, chain.AssetID{}
			}
		}
		edges = append(edges, edge)
	}
	slices.SortFunc(edges, func(a, b Edge) int {
		return cmp.Or(cmp.Compare(a.FirstBlock, b.FirstBlock), a.From.Compare(b.From), a.To.Compare(b.To),
			a.Asset.Compare(b.Asset), a.ConvertedFrom.Compare(b.ConvertedFrom), a.ConvertedTo.Compare(b.ConvertedTo))
	})
	return edges
}

// Nodes lists the accounts that the funds touched, nearest first.
func (r *Result) Nodes() []Node {
	s := r.settler
	var ids []uint32
	for id := range s.hop {
		if s.hop[id] >= 0 && id != outside {
			ids = append(ids, uint32(id))
		}
	}
	slices.SortFunc(ids, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(s.hop[a], s.hop[b]), s.e.rec.accounts[a].Compare(s.e.rec.accounts[b]))
	})
	nodes := make([]Node, 0, len(ids))
	for _, id := range ids {
		r := &s.e.roles[id]
		kind := r.kind
		if kind == frontier {
			kind = Horizon
		}
		n := Node{s.e.rec.accounts[id], int(s.hop[id]), kind, r.tag, nil}
		if d := s.deposit[id]; d != nil {
			n.Deposit = d.tag
		}
		nodes = append(nodes, n)
	}
	return nodes
}
