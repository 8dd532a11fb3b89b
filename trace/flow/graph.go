package flow

import (
	"cmp"
	"iter"
	"math"
	"slices"

	"losstracer/chain"
)

// edgePart is a move on its way into an edge.
type edgePart struct {
	from, to uint32 // accounts
	move     uint32
}

// edgeAssets is what moved: asset arrived, and where something else was given for
// it, gave is that, from 1.
type edgeAssets struct{ asset, gave uint32 }

func (e *engine) edgeAssets(p *edgePart) edgeAssets {
	m := e.move(int(p.move))
	if m.conv == notConversion {
		return edgeAssets{e.holdings[m.from].asset, 0}
	}
	return edgeAssets{e.holdings[m.to].asset, e.holdings[m.from].asset + 1}
}

// compareParts brings the parts of an edge together, in the order of the moves.
func (e *engine) compareParts(a, b edgePart) int {
	switch {
	case a.from != b.from:
		return cmp.Compare(a.from, b.from)
	case a.to != b.to:
		return cmp.Compare(a.to, b.to)
	case len(e.rec.assets) > 1:
		x, y := e.edgeAssets(&a), e.edgeAssets(&b)
		if c := cmp.Or(cmp.Compare(x.asset, y.asset), cmp.Compare(x.gave, y.gave)); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.move, b.move)
}

func (e *engine) sameEdge(a, b *edgePart) bool {
	return a.from == b.from && a.to == b.to && (len(e.rec.assets) == 1 || e.edgeAssets(a) == e.edgeAssets(b))
}

// edgeGroup is the moves of one edge, and the first block of them.
type edgeGroup struct {
	block      uint64
	start, end uint32
}

// edgeIndex is the moves of every edge: parts by payer, groups by time.
type edgeIndex struct {
	parts  []edgePart
	groups []edgeGroup
}

// Edges gathers the movements of tainted funds by sender, recipient and asset,
// in the order of their first blocks. There may be nearly as many as transfers:
// see [Result.EachEdge].
func (r *Result) Edges() []Edge {
	edges := make([]Edge, 0, r.EdgeCount())
	var memory slab
	for _, g := range r.index().groups {
		edges = append(edges, r.edge(&memory, r.index().parts[g.start:g.end]))
	}
	return edges
}

// EdgeCount returns how many edges there are.
func (r *Result) EdgeCount() int { return len(r.index().groups) }

// EachEdge gives the edges of [Result.Edges] one at a time.
func (r *Result) EachEdge() iter.Seq[*Edge] {
	return func(yield func(*Edge) bool) {
		var memory slab
		for _, g := range r.index().groups {
			edge := r.edge(&memory, r.index().parts[g.start:g.end])
			if !yield(&edge) {
				return
			}
		}
	}
}

// EdgesOn gives the edges by which the trace went on from an account: what it
// paid, or backward what it was paid. They come in no order.
func (r *Result) EdgesOn(a Account) iter.Seq[*Edge] {
	return func(yield func(*Edge) bool) {
		id, ok := r.engine.rec.find(a)
		if !ok {
			return
		}
		parts := r.index().parts
		i, _ := slices.BinarySearchFunc(parts, id, func(p edgePart, id uint32) int { return cmp.Compare(p.from, id) })
		for i < len(parts) && parts[i].from == id {
			j := i + 1
			for j < len(parts) && r.engine.sameEdge(&parts[i], &parts[j]) {
				j++
			}
			var memory slab
			edge := r.edge(&memory, parts[i:j])
			if !yield(&edge) {
				return
			}
			i = j
		}
	}
}

func (e *engine) edgeIndex(r *Result) *edgeIndex {
	parts := make([]edgePart, 0, len(e.moves))
	for i := range e.moves {
		moved := e.move(i)
		m := &moved
		// The other side of what nobody could see is no account.
		if m.fee || m.from == m.to || m.end == unseen {
			continue
		}
		parts = append(parts, edgePart{e.holdings[m.from].account, e.holdings[m.to].account, uint32(i)})
	}
	slices.SortFunc(parts, e.compareParts)
	n := min(1, len(parts))
	for i := 1; i < len(parts); i++ {
		if !e.sameEdge(&parts[i-1], &parts[i]) {
			n++
		}
	}
	groups := make([]edgeGroup, 0, n)
	for i := uint32(0); int(i) < len(parts); {
		g := edgeGroup{math.MaxUint64, i, i}
		for int(g.end) < len(parts) && e.sameEdge(&parts[i], &parts[g.end]) {
			g.block = min(g.block, e.rec.block(e.rowOf(parts[g.end].move)))
			g.end++
		}
		groups = append(groups, g)
		i = g.end
	}
	slices.SortFunc(groups, func(a, b edgeGroup) int {
		if a.block != b.block {
			return cmp.Compare(a.block, b.block)
		}
		return r.compareEdges(&parts[a.start], &parts[b.start])
	})
	return &edgeIndex{parts, groups}
}

func (r *Result) compareEdges(a, b *edgePart) int {
	rec := r.engine.rec
	first, second := [2]uint32{a.from, a.to}, [2]uint32{b.from, b.to}
	if r.Backward {
		first, second = [2]uint32{a.to, a.from}, [2]uint32{b.to, b.from}
	}
	for i := range first {
		if first[i] != second[i] {
			return rec.accounts.keys[first[i]].Compare(rec.accounts.keys[second[i]])
		}
	}
	x, y := r.engine.edgeAssets(a), r.engine.edgeAssets(b)
	if x.asset != y.asset {
		return rec.assets[x.asset].Compare(rec.assets[y.asset])
	}
	gave := func(a edgeAssets) (id chain.AssetID) {
		if a.gave > 0 {
			id = rec.assets[a.gave-1]
		}
		return id
	}
	return gave(x).Compare(gave(y))
}

func (r *Result) edge(memory *slab, parts []edgePart) Edge {
	e, k := r.engine, &parts[0]
	assets := e.edgeAssets(k)
	var sum tally
	for i := range parts {
		m := e.move(int(parts[i].move))
		sum.add(e, &m)
	}
	edge := Edge{
		From: e.rec.accounts.keys[k.from], To: e.rec.accounts.keys[k.to],
		Sum: sum.sumIn(memory, e.rec.assets[assets.asset]), Span: sum.span(),
	}
	if assets.gave > 0 {
		edge.ConvertedFrom = e.rec.assets[assets.gave-1]
	}
	if r.Backward {
		edge.From, edge.To = edge.To, edge.From
		if assets.gave > 0 {
			edge.ConvertedTo, edge.ConvertedFrom = edge.ConvertedFrom, chain.AssetID{}
		}
	}
	return edge
}

// Nodes lists the accounts that the funds touched, nearest first.
func (r *Result) Nodes() []Node {
	s := r.settler
	hops := s.hops()
	var ids []uint32
	for id := range hops {
		if hops[id] >= 0 && id != outside {
			ids = append(ids, uint32(id))
		}
	}
	slices.SortFunc(ids, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(hops[a], hops[b]), s.e.rec.accounts.keys[a].Compare(s.e.rec.accounts.keys[b]))
	})
	held := map[uint32]bool{}
	for _, h := range s.held {
		held[s.e.holdings[h].account] = true
	}
	nodes := make([]Node, 0, len(ids))
	for _, id := range ids {
		r := &s.e.roles[id]
		kind := r.kind
		if kind == frontier {
			kind = Horizon
		}
		n := Node{Account: s.e.rec.accounts.keys[id], Hop: int(hops[id]), Kind: kind, Tag: r.tag(), Held: held[id]}
		if d := s.deposit[id]; d != nil {
			n.Deposit = d.tag
		}
		if said := s.said(n.Account); n.Tag == nil && len(said) > 0 {
			n.Said = &said[0]
		}
		nodes = append(nodes, n)
	}
	return nodes
}
