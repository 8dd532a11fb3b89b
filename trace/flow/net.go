package flow

import (
	"cmp"
	"hash/maphash"
	"slices"

	"github.com/holiman/uint256"
)

// leg is what one holding paid another in a tx after netting.
type leg struct {
	units uint256.Int
	from  uint32 // holding; nowhere for what came from outside
	to    uint32
	row   uint32 // the transfer with which it arrived
	fee   bool
}

// nowhere is the holding of nobody.
const nowhere = 0

// holding names one asset of one account.
type holding struct{ account, asset uint32 }

// hash implements [key]. Its numbers are of our own making, so that nobody can
// choose them to be alike.
func (h holding) hash(maphash.Seed) uint64 {
	n := (uint64(h.account)<<32 | uint64(h.asset)) * 0x9e3779b97f4a7c15
	return n ^ n>>32
}

// netter turns the transfers of one tx into legs between those who lost and
// those who gained. It keeps its memory between calls.
type netter struct {
	// stays reports whether what a holding receives remains with it even if it
	// pays in the same tx.
	stays func(h uint32) bool

	at     map[uint32]int32
	nodes  []netNode
	chunks []chunk
}

type netNode struct {
	holding uint32
	got     []int32 // chunks that are here, in order of arrival
	head    int
	paid    []int32 // chunks that began here
}

// chunk is an amount on its way through a tx.
type chunk struct {
	units    uint256.Int
	from, to int32 // nodes
	row      uint32
}

func (n *netter) node(h uint32) int32 {
	i, ok := n.at[h]
	if !ok {
		i = int32(len(n.nodes))
		n.at[h] = i
		if len(n.nodes) < cap(n.nodes) {
			n.nodes = n.nodes[:i+1]
			old := &n.nodes[i]
			*old = netNode{holding: h, got: old.got[:0], paid: old.paid[:0]}
		} else {
			n.nodes = append(n.nodes, netNode{holding: h})
		}
	}
	return i
}

func (n *netter) reset() {
	if n.at == nil {
		n.at = map[uint32]int32{}
	}
	clear(n.at)
	n.nodes, n.chunks = n.nodes[:0], n.chunks[:0]
}

// net appends the legs of one tx to out. The input is not fees, and every leg
// of it has two ends.
func (n *netter) net(in []leg, out []leg) []leg {
	n.reset()
	for i := range in {
		if in[i].from != in[i].to {
			n.pass(&in[i])
		}
	}
	for i := range n.nodes {
		n.dissolve(int32(i))
	}
	start := len(out)
	for i := range n.chunks {
		c := &n.chunks[i]
		if c.units.IsZero() || c.from == c.to {
			continue
		}
		out = append(out, leg{units: c.units, from: n.nodes[c.from].holding, to: n.nodes[c.to].holding, row: c.row})
	}
	slices.SortStableFunc(out[start:], func(a, b leg) int { return cmp.Compare(a.row, b.row) })
	return out
}

// pass moves one transfer: first what its sender received in this tx, then the
// sender's own.
func (n *netter) pass(l *leg) {
	from, to := n.node(l.from), n.node(l.to)
	left := l.units
	if !n.stays(l.from) {
		left = n.forward(from, to, left, l.row)
	}
	if !left.IsZero() {
		n.start(from, to, left, l.row)
	}
}

func (n *netter) start(from, to int32, units uint256.Int, row uint32) {
	id := int32(len(n.chunks))
	n.chunks = append(n.chunks, chunk{units, from, to, row})
	n.nodes[from].paid = append(n.nodes[from].paid, id)
	n.nodes[to].got = append(n.nodes[to].got, id)
}

// forward sends on at most units of what the node got, and returns the rest.
func (n *netter) forward(from, to int32, units uint256.Int, row uint32) uint256.Int {
	node := &n.nodes[from]
	for node.head < len(node.got) && !units.IsZero() {
		id := node.got[node.head]
		c := &n.chunks[id]
		if units.Lt(&c.units) {
			c.units.Sub(&c.units, &units)
			n.start(c.from, to, units, row)
			return uint256.Int{}
		}
		units.Sub(&units, &c.units)
		c.to, c.row = to, row
		n.nodes[to].got = append(n.nodes[to].got, id)
		node = &n.nodes[from]
		node.head++
	}
	return units
}

// dissolve takes a node that paid before it was paid out of the middle: who
// paid it has paid whom it paid.
func (n *netter) dissolve(i int32) {
	if n.stays(n.nodes[i].holding) {
		return
	}
	ins := slices.Clone(n.nodes[i].got[n.nodes[i].head:])
	outs := slices.Clone(n.nodes[i].paid)
	a, b := 0, 0
	for a < len(ins) && b < len(outs) {
		in, out := &n.chunks[ins[a]], &n.chunks[outs[b]]
		switch {
		case in.units.IsZero() || in.to != i || in.from == i:
			a++
			continue
		case out.units.IsZero() || out.from != i || out.to == i:
			b++
			continue
		}
		m := in.units
		if out.units.Lt(&m) {
			m = out.units
		}
		in.units.Sub(&in.units, &m)
		out.units.Sub(&out.units, &m)
		from, to, row := in.from, out.to, max(in.row, out.row)
		if from != to {
			n.start(from, to, m, row)
		}
	}
}
