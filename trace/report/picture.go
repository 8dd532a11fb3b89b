package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/trace/flow"
)

// How much a picture shows before what is small is gathered. A reader follows
// some hundred boxes; all of them are in the tables and in the DOT, GraphML and
// CSV forms.
const (
	mostLayers  = 16
	mostInLayer = 14
	mostBoxes   = 110
	mostArrows  = 400
	mostSums    = 4  // in the words of an arrow
	mostLabels  = 40 // arrows beyond which none is labelled
)

// picture is a flow as it is drawn: boxes in layers by hop, arrows between them.
type picture struct {
	Boxes    []box
	Arrows   []arrow
	Width    int
	Height   int
	Gathered int // addresses that stand in boxes together
	Legend   []legend
	Returns  bool // some arrows lead back
	Unpriced bool // some of what is drawn has no price
}

// legend says what the boxes of a kind are.
type legend struct{ Kind, Says string }

// box is an address, or the small ones of a layer together.
type box struct {
	Label   string
	Detail  string // second line
	Title   string // in full
	Kind    string // what it is drawn as
	Members []flow.Account
	layer   int
	weight  decimal.Decimal

	X, Y int // of its upper left corner
}

// arrow is what went from one box to another.
type arrow struct {
	From, To int // positions in Boxes
	Title    string
	Width    int // of the stroke, in pixels
	Path     string
	Label    string // what went, in short; empty where there is no room for it
	LabelX   int    // its middle
	LabelY   int
	Back     bool // leads to the same or an earlier layer
	usd      decimal.Decimal
	priced   bool
	unpriced int // sums without a price
	count    int
	edges    int
	sums     []string // of the first
}

// drawFlow makes the picture of a flow, to be placed by [picture.place] where it
// is drawn; nil where there is nothing to draw.
func drawFlow(r *flow.Result) *picture {
	nodes := ranked(r)
	if len(nodes) < 2 || r.EdgeCount() == 0 {
		return nil
	}
	for limit := mostBoxes; ; limit /= 2 {
		p, at := gather(nodes, limit)
		if r.Backward {
			p.turn()
		}
		p.connect(r, at)
		if len(p.Arrows) <= mostArrows || limit <= 8 {
			p.describe(r)
			return p
		}
	}
}

// weighted is a node and the larger of what came to it and what left it.
type weighted struct {
	flow.Node
	weight decimal.Decimal
}

// ranked returns the nodes, the heaviest first.
func ranked(r *flow.Result) []weighted {
	nodes := r.Nodes()
	in, out := map[flow.Account]decimal.Decimal{}, map[flow.Account]decimal.Decimal{}
	for e := range r.EachEdge() {
		if e.USD != nil && e.From != e.To {
			out[e.From] = out[e.From].Add(*e.USD)
			in[e.To] = in[e.To].Add(*e.USD)
		}
	}
	all := make([]weighted, len(nodes))
	for i, n := range nodes {
		all[i] = weighted{n, decimal.Max(in[n.Account], out[n.Account])}
	}
	slices.SortStableFunc(all, func(a, b weighted) int { return b.weight.Cmp(a.weight) })
	return all
}

// gather makes boxes of the accounts: the heaviest alone, the others by layer
// and kind. It returns in which box each stands.
func gather(nodes []weighted, limit int) (*picture, map[flow.Account]int) {
	type group struct {
		layer int
		kind  string
	}
	p := &picture{}
	at := make(map[flow.Account]int, len(nodes))
	together := map[group]int{}
	perLayer := map[int]int{}
	alone := 0
	for i := range nodes {
		n := &nodes[i]
		layer, kind := min(n.Hop, mostLayers-1), boxKind(n.Node)
		if alone < limit && perLayer[layer] < mostInLayer {
			alone++
			perLayer[layer]++
			at[n.Account] = len(p.Boxes)
			p.Boxes = append(p.Boxes, box{Label: nodeText(n.Node), Kind: kind, layer: layer, Members: []flow.Account{n.Account}, weight: n.weight})
			continue
		}
		i, ok := together[group{layer, kind}]
		if !ok {
			i = len(p.Boxes)
			together[group{layer, kind}] = i
			p.Boxes = append(p.Boxes, box{Label: nodeText(n.Node), Kind: kind, layer: layer})
		} else if len(p.Boxes[i].Members) == 1 {
			p.Boxes[i].Label, p.Gathered = "", p.Gathered+1
		}
		at[n.Account] = i
		p.Boxes[i].Members = append(p.Boxes[i].Members, n.Account)
		p.Boxes[i].weight = p.Boxes[i].weight.Add(n.weight)
		if len(p.Boxes[i].Members) > 1 {
			p.Gathered++
		}
	}
	return p, at
}

// turn puts the last layer first: whoever is traced back from is paid last.
func (p *picture) turn() {
	last := 0
	for i := range p.Boxes {
		last = max(last, p.Boxes[i].layer)
	}
	for i := range p.Boxes {
		p.Boxes[i].layer = last - p.Boxes[i].layer
	}
}

// boxKind is what a box is drawn as: the kind of a terminal, or the part it has.
func boxKind(n flow.Node) string {
	switch kind := nodeKind(&n); {
	case kind != "":
		return kind
	case n.Deposit != nil:
		return "deposit"
	case n.Held:
		return "held"
	}
	return "passed on"
}

func (p *picture) connect(r *flow.Result, at map[flow.Account]int) {
	index := map[[2]int]int{}
	for e := range r.EachEdge() {
		from, ok := at[e.From]
		to, reached := at[e.To]
		if !ok || !reached || from == to {
			continue
		}
		key := [2]int{from, to}
		i, seen := index[key]
		if !seen {
			i = len(p.Arrows)
			index[key] = i
			p.Arrows = append(p.Arrows, arrow{From: from, To: to, Back: p.Boxes[to].layer <= p.Boxes[from].layer})
		}
		a := &p.Arrows[i]
		a.count += e.Count
		if e.USD != nil {
			a.usd, a.priced = a.usd.Add(*e.USD), true
		} else {
			a.unpriced++
		}
		if a.edges++; a.edges <= mostSums {
			a.sums = append(a.sums, sumText(r, e.Sum)+" "+assetText(r, e.Sum))
		}
	}
}

// describe puts the boxes and arrows into words.
func (p *picture) describe(r *flow.Result) {
	top := decimal.Decimal{}
	for _, a := range p.Arrows {
		top = decimal.Max(top, a.usd)
	}
	held, several := heldBy(r), p.severalChains()
	for i := range p.Boxes {
		b := &p.Boxes[i]
		if b.Label == "" {
			b.Label = fmt.Sprintf("%d addresses", len(b.Members))
		}
		b.Label = chain.Printable(b.Label, 22)
		if several {
			b.Label = chain.Printable(b.Label, 13) + " · " + chain.Printable(networkName(b.Members[0].ChainID), 9)
		}
		b.Detail = b.words(held, r.Backward)
		b.Title = b.Label + ": " + b.Detail
		if len(b.Members) == 1 {
			b.Title = chain.Hex(b.Members[0].Address) + " on " + networkName(b.Members[0].ChainID) + ": " + b.Detail
		}
	}
	p.explain(r.Backward)
	for i := range p.Arrows {
		a := &p.Arrows[i]
		if len(p.Arrows) <= mostLabels {
			a.Label = a.short()
		}
		sums := a.sums
		if a.edges > mostSums {
			sums = append(slices.Clone(sums), fmt.Sprintf("%d more", a.edges-mostSums))
		}
		a.Title = fmt.Sprintf("%s to %s: %s", p.Boxes[a.From].Label, p.Boxes[a.To].Label, strings.Join(sums, ", "))
		if a.priced {
			a.Title += ", " + money(a.usd)
		}
		if a.count > 1 {
			a.Title += fmt.Sprintf(", in %d payments", a.count)
		}
		a.Width = 1
		if top.IsPositive() {
			a.Width += int(a.usd.Shift(1).DivRound(top, 0).IntPart())
		}
	}
}

// roundMoney writes dollars where room is short.
func roundMoney(d decimal.Decimal) string {
	for _, unit := range []struct {
		shift int32
		name  string
	}{{9, "bn"}, {6, "m"}, {3, "k"}} {
		if scaled := d.Shift(-unit.shift); scaled.GreaterThanOrEqual(decimal.NewFromInt(1)) {
			return "$" + scaled.RoundBank(2).String() + unit.name
		}
	}
	return money(d)
}

// nodeBasis says on whose word a node has its name; empty where it has none.
func nodeBasis(n flow.Node) string {
	switch {
	case n.Tag != nil:
		return "attributed: " + tagText(n.Tag)
	case n.Deposit != nil:
		return "heuristic: forwards whatever it gets; attributed: " + tagText(n.Deposit)
	case n.Said != nil:
		return "attributed: " + tagText(n.Said)
	}
	return ""
}

// nodeText names a node of a graph: its tag, or its address in short.
func nodeText(n flow.Node) string {
	switch {
	case n.Tag != nil:
		return chain.Printable(n.Tag.Label, 40)
	case n.Deposit != nil:
		return "deposit of " + chain.Printable(n.Deposit.Label, 30)
	case n.Said != nil:
		return chain.Printable(n.Said.Label, 40)
	}
	return short(chain.Hex(n.Account.Address))
}

// flowTree shows a flow as an indented list: who paid whom, the largest first;
// backward, who was paid by whom. An account stands with what it paid once.
func flowTree(r *flow.Result) []string {
	t := &tree{result: r, nodes: map[flow.Account]*flow.Node{}, shown: map[flow.Account]bool{}, ways: map[flow.Account]*waysOn{}}
	nodes := r.Nodes()
	for i := range nodes {
		t.nodes[nodes[i].Account] = &nodes[i]
	}
	for i := range nodes {
		if nodes[i].Hop == 0 {
			t.lines = append(t.lines, nameLine(&nodes[i], partName(nodeKind(&nodes[i]), r.Backward)))
			t.below(nodes[i].Account, "", 0)
		}
	}
	if t.cut > 0 {
		t.lines = append(t.lines, fmt.Sprintf("and %d more payments", t.cut))
	}
	return t.lines
}

// byDollars orders edges by worth, those without a price last, then by time.
func byDollars(a, b *flow.Edge) int {
	worth := 0
	switch {
	case a.USD != nil && b.USD != nil:
		worth = cmp.Or(b.USD.Cmp(*a.USD), b.Units.Cmp(a.Units))
	case a.USD != nil:
		worth = -1
	case b.USD != nil:
		worth = 1
	}
	return cmp.Or(worth, cmp.Compare(a.FirstBlock, b.FirstBlock), a.To.Compare(b.To), a.From.Compare(b.From), a.Asset.Compare(b.Asset),
		a.ConvertedFrom.Compare(b.ConvertedFrom), a.ConvertedTo.Compare(b.ConvertedTo))
}

func nameLine(n *flow.Node, kind string) string {
	name := chain.Hex(n.Account.Address)
	switch {
	case n.Tag != nil:
		name += " " + chain.Printable(n.Tag.Label, 40)
	case n.Deposit != nil:
		name += " deposit address of " + chain.Printable(n.Deposit.Label, 40) + " by its behaviour"
	case n.Said != nil:
		name += " said to be " + chain.Printable(n.Said.Label, 40)
	}
	if kind != "" {
		name += " [" + endName(kind) + "]"
	}
	return name
}

// nodeKind says what a node is to the trace, where it is more than a way.
func nodeKind(n *flow.Node) string {
	if n.Hop == 0 {
		return "source"
	}
	return n.Kind.String()
}

// The bounds of a tree: lines, payments of one account, and depth.
const mostLines, mostPaid, deepest = 80, 8, 12

// tree is a flow tree in the making.
type tree struct {
	result *flow.Result
	nodes  map[flow.Account]*flow.Node
	shown  map[flow.Account]bool
	ways   map[flow.Account]*waysOn
	lines  []string
	cut    int
}

// waysOn is how many edges go on from an account to others, and the largest.
type waysOn struct {
	count   int
	largest []*flow.Edge // mostPaid at most
}

func (t *tree) on(a flow.Account) *waysOn {
	w := t.ways[a]
	if w != nil {
		return w
	}
	w = &waysOn{}
	t.ways[a] = w
	for e := range t.result.EdgesOn(a) {
		if e.From == e.To {
			continue
		}
		w.count++
		at, _ := slices.BinarySearchFunc(w.largest, e, byDollars)
		if at == mostPaid {
			continue
		}
		w.largest = slices.Insert(w.largest[:min(len(w.largest), mostPaid-1)], at, e)
	}
	return w
}

func (t *tree) below(a flow.Account, indent string, depth int) {
	if t.shown[a] {
		return
	}
	t.shown[a] = true
	paid := t.on(a)
	for i, e := range paid.largest {
		if len(t.lines) >= mostLines || depth == deepest {
			t.cut += paid.count - i
			return
		}
		branch, next := "├─ ", "│  "
		if i == len(paid.largest)-1 {
			branch, next = "└─ ", "   "
		}
		other, sign := e.To, "→"
		if t.result.Backward {
			other, sign = e.From, "←"
		}
		line := fmt.Sprintf("%s %s %s %s", sumText(t.result, e.Sum), assetText(t.result, e.Sum), sign, t.name(other))
		if t.shown[other] && t.on(other).count > 0 {
			line += " (above)"
		}
		t.lines = append(t.lines, indent+branch+line)
		t.below(other, indent+next, depth+1)
	}
	t.cut += paid.count - len(paid.largest)
}

// name names an account, also one that only the edges know.
func (t *tree) name(a flow.Account) string {
	if n := t.nodes[a]; n != nil {
		return nameLine(n, n.Kind.String())
	}
	return chain.Hex(a.Address)
}
