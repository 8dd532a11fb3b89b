package report

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

//go:generate go run fetch_graphviz.go

// graphvizModule is Graphviz 12.1.2 as WebAssembly, the bytes that go-graphviz
// 0.2.10 carries; see graphviz.wasm.md. That package itself is not linked: it
// compiles the module in init, which costs every command 0.7 s the first time
// and 30 ms ever after, and it keeps the native code in a folder of a fixed
// name below the shared temporary one, where whoever makes the folder first
// decides what the next user runs.
//
//go:embed graphviz.wasm
var graphvizModule []byte

// The measures of a picture, in pixels. Graphviz is given them as points.
const (
	boxWidth  = 196
	boxHeight = 44
	columnGap = 96
	rowGap    = 14
	margin    = 24
)

// place finds where boxes and arrows lie, by Graphviz's dot. Layers are columns.
func (p *picture) place() error {
	plain, err := dotLayout(p.dot(), p.engine())
	if err != nil {
		return fmt.Errorf("lay out %d boxes and %d arrows: %w", len(p.Boxes), len(p.Arrows), err)
	}
	if err := p.take(plain); err != nil {
		return fmt.Errorf("read the layout: %w", err)
	}
	return nil
}

// dot writes the picture for Graphviz. An unseen node in every layer, each
// before the next, holds the columns in their order; what leads back has no say
// in it. The limits bound the effort by counting, not by the clock, so that
// every machine ends with the same picture.
func (p *picture) dot() string {
	var b strings.Builder
	inches := func(pixels int) string { return strconv.FormatFloat(float64(pixels)/72, 'f', 4, 64) }
	fmt.Fprintf(&b, "digraph { rankdir=LR; nodesep=%s; ranksep=%s; nslimit=2; nslimit1=2; mclimit=0.5;\n", inches(rowGap), inches(columnGap))
	fmt.Fprintf(&b, "node [shape=box, label=\"\", fixedsize=true, width=%s, height=%s]; edge [arrowhead=none];\n", inches(boxWidth), inches(boxHeight))
	last := 0
	for _, box := range p.Boxes {
		last = max(last, box.layer)
	}
	for layer := range last + 1 {
		fmt.Fprintf(&b, "{ rank=same; l%d [height=0.01, style=invis];", layer)
		for i, box := range p.Boxes {
			if box.layer == layer {
				fmt.Fprintf(&b, " b%d;", i)
			}
		}
		b.WriteString(" }\n")
		if layer > 0 {
			fmt.Fprintf(&b, "l%d -> l%d [style=invis];\n", layer-1, layer)
		}
	}
	for _, a := range p.Arrows {
		attributes := fmt.Sprintf("weight=%d", a.Width)
		if a.Back {
			attributes = "constraint=false"
		}
		fmt.Fprintf(&b, "b%d -> b%d [%s];\n", a.From, a.To, attributes)
	}
	b.WriteString("}\n")
	return b.String()
}

// engine is how the module is run. Interpreted it starts in 0.1 s; to compile it
// takes 0.7 s, after which it is ten times as fast. Both give the same digits.
// Native code is never kept: a file of it would have to be trusted.
func (p *picture) engine() wazero.RuntimeConfig {
	const many = 200 // layers that arrows pass
	passed := 0
	for _, a := range p.Arrows {
		passed += 1 + max(p.Boxes[a.To].layer-p.Boxes[a.From].layer, 0)
	}
	if passed > many {
		return wazero.NewRuntimeConfig()
	}
	return wazero.NewRuntimeConfigInterpreter()
}

// point is a place in pixels, y downward.
type point struct{ x, y int }

// take reads Graphviz's plain form: inches, y upward, a line for each node and
// edge; https://graphviz.org/docs/outputs/plain/.
func (p *picture) take(plain string) error {
	at := map[[2]int]int{}
	for i, a := range p.Arrows {
		at[[2]int{a.From, a.To}] = i
	}
	curves := make([][]point, len(p.Arrows))
	corners := make([]point, len(p.Boxes))
	var all []point
	placed := 0
	for line := range strings.Lines(plain) {
		f := strings.Fields(line)
		switch {
		case len(f) >= 4 && f[0] == "node" && f[1][0] == 'b':
			box, middle, err := numbered(f[1], f[2:4])
			if err != nil || box >= len(p.Boxes) {
				return fmt.Errorf("node %.80q: %w", line, errors.Join(err, errUnexpected))
			}
			corners[box] = point{middle[0].x - boxWidth/2, middle[0].y - boxHeight/2}
			all = append(all, corners[box], point{corners[box].x + boxWidth, corners[box].y + boxHeight})
			placed++
		case len(f) >= 4 && f[0] == "edge" && f[1][0] == 'b':
			from, _, err := numbered(f[1], nil)
			to, _, errTo := numbered(f[2], nil)
			n, errCount := strconv.Atoi(f[3])
			i, ok := at[[2]int{from, to}]
			if err := errors.Join(err, errTo, errCount); err != nil || !ok || n < 4 || n%3 != 1 || len(f) < 4+2*n {
				return fmt.Errorf("edge %.80q: %w", line, errors.Join(err, errUnexpected))
			}
			if _, curves[i], err = numbered(f[1], f[4:4+2*n]); err != nil {
				return fmt.Errorf("edge %.80q: %w", line, err)
			}
			all = append(all, curves[i]...)
			placed++
		}
	}
	if placed != len(p.Boxes)+len(p.Arrows) {
		return fmt.Errorf("%d of %d boxes and arrows: %w", placed, len(p.Boxes)+len(p.Arrows), errUnexpected)
	}
	p.fit(corners, curves, all)
	return nil
}

var errUnexpected = errors.New("not what was asked for")

// numbered reads the number of a box, b12, and coordinates in pairs.
func numbered(name string, coordinates []string) (int, []point, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(name, "b"))
	if err != nil || n < 0 {
		return 0, nil, fmt.Errorf("name %q: %w", name, errUnexpected)
	}
	var points []point
	for pair := range slices.Chunk(coordinates, 2) {
		x, errX := strconv.ParseFloat(pair[0], 64)
		y, errY := strconv.ParseFloat(pair[1], 64)
		if err := errors.Join(errX, errY); err != nil {
			return 0, nil, err
		}
		points = append(points, point{int(x*72 + 0.5), -int(y*72 + 0.5)})
	}
	return n, points, nil
}

// fit moves everything to where the picture begins, and measures it.
func (p *picture) fit(corners []point, curves [][]point, all []point) {
	least, most := all[0], all[0]
	for _, q := range all {
		least, most = point{min(least.x, q.x), min(least.y, q.y)}, point{max(most.x, q.x), max(most.y, q.y)}
	}
	shift := point{margin - least.x, margin - least.y}
	p.Width, p.Height = most.x+shift.x+margin, most.y+shift.y+margin
	for i, c := range corners {
		p.Boxes[i].X, p.Boxes[i].Y = c.x+shift.x, c.y+shift.y
	}
	for i, curve := range curves {
		var b strings.Builder
		for n, q := range curve {
			switch {
			case n == 0:
				b.WriteByte('M')
			case n%3 == 1:
				b.WriteByte('C')
			default:
				b.WriteByte(' ')
			}
			fmt.Fprintf(&b, "%d %d", q.x+shift.x, q.y+shift.y)
		}
		p.Arrows[i].Path = b.String()
	}
	p.label(curves, shift)
}

// label puts the labels of arrows where arrows leave their box, in the gap
// between two layers, and those of arrows that lead back half way, above or below.
// One that would cover another, of more dollars, is left out, and so is one of an
// arrow back that would lie on a box.
func (p *picture) label(curves [][]point, shift point) {
	order := make([]int, len(p.Arrows))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return p.Arrows[b].usd.Cmp(p.Arrows[a].usd) })
	var taken []point
	for _, i := range order {
		a, curve := &p.Arrows[i], curves[i]
		at := along(curve, p.Boxes[a.From].X-shift.x+boxWidth+columnGap/2)
		if a.Back {
			at = along(curve, (curve[0].x+curve[len(curve)-1].x)/2)
		}
		at = point{at.x + shift.x, at.y + shift.y - 5}
		fits := p.hasRoom(at, a.Back, taken)
		if !fits && a.Back {
			at.y += labelHeight + 4
			fits = p.hasRoom(at, true, taken)
		}
		if a.Label == "" || !fits {
			a.Label = ""
			continue
		}
		a.LabelX, a.LabelY = at.x, at.y
		taken = append(taken, at)
	}
}

// A label at most, in pixels; it stands on the middle of its lower edge.
const labelHeight, labelWidth = 13, 70

// hasRoom reports whether a label at a place covers none of those that are there,
// and no box where it may come upon one.
func (p *picture) hasRoom(at point, amongBoxes bool, taken []point) bool {
	covers := func(o point) bool {
		return max(at.y-o.y, o.y-at.y) < labelHeight && max(at.x-o.x, o.x-at.x) < labelWidth
	}
	onBox := func(b box) bool {
		return at.x > b.X-labelWidth/2 && at.x < b.X+boxWidth+labelWidth/2 && at.y > b.Y && at.y < b.Y+boxHeight+labelHeight
	}
	return !slices.ContainsFunc(taken, covers) && !(amongBoxes && slices.ContainsFunc(p.Boxes, onBox))
}

// along returns the point of a curve of cubic pieces that lies nearest to x.
func along(curve []point, x int) point {
	nearest := curve[0]
	const steps = 16
	for at := 0; at+3 < len(curve); at += 3 {
		for n := range steps + 1 {
			m := steps - n
			cubic := func(a, b, c, d int) int {
				return (m*m*m*a + 3*m*m*n*b + 3*m*n*n*c + n*n*n*d) / (steps * steps * steps)
			}
			q := point{cubic(curve[at].x, curve[at+1].x, curve[at+2].x, curve[at+3].x), cubic(curve[at].y, curve[at+1].y, curve[at+2].y, curve[at+3].y)}
			if max(q.x-x, x-q.x) < max(nearest.x-x, x-nearest.x) {
				nearest = q
			}
		}
	}
	return nearest
}

// graphviz is the module at work. A failed call leaves its error, and the calls
// after it do nothing.
type graphviz struct {
	ctx    context.Context
	module api.Module
	err    error
}

// dotLayout runs dot over a graph and returns its plain form. The module works
// within its own memory, without files, clock or network, and its arithmetic is
// that of WebAssembly: the same digits on every machine.
func dotLayout(graph string, engine wazero.RuntimeConfig) (plain string, err error) {
	ctx := context.Background()
	runtime := wazero.NewRuntimeWithConfig(ctx, engine)
	defer func() { err = errors.Join(err, runtime.Close(ctx)) }()
	compiled, err := runtime.CompileModule(ctx, graphvizModule)
	if err != nil {
		return "", err
	}
	if err := absent(ctx, runtime, compiled); err != nil {
		return "", err
	}
	if _, err := wasi_snapshot_preview1.Instantiate(ctx, runtime); err != nil {
		return "", err
	}
	var said bytes.Buffer
	module, err := runtime.InstantiateModule(ctx, compiled, wazero.NewModuleConfig().WithStartFunctions("_initialize").WithStderr(&said))
	if err != nil {
		return "", err
	}
	g := &graphviz{ctx: ctx, module: module}
	plain = g.layout(graph)
	if g.err != nil {
		return "", fmt.Errorf("%w %.200q", g.err, said.String())
	}
	return plain, nil
}

// absent fills the places of the functions that go-graphviz would answer in Go:
// renderers and stores of one's own, of which a layout needs none.
func absent(ctx context.Context, runtime wazero.Runtime, compiled wazero.CompiledModule) error {
	host := runtime.NewHostModuleBuilder("env")
	for _, f := range compiled.ImportedFunctions() {
		if module, name, _ := f.Import(); module == "env" {
			missing := func(context.Context, api.Module, []uint64) { panic(fmt.Errorf("%s is not there", name)) }
			host = host.NewFunctionBuilder().WithGoModuleFunction(api.GoModuleFunc(missing), f.ParamTypes(), f.ResultTypes()).Export(name)
		}
	}
	_, err := host.Instantiate(ctx)
	return err
}

// layout is the order of calls of Graphviz as a library:
// https://graphviz.org/pdf/libguide.pdf.
func (g *graphviz) layout(graph string) string {
	const (
		pointer = 4
		plugins = 3 // of lt_preloaded_symbols, a name and an address each, without an end
	)
	symbols := g.module.ExportedGlobal("lt_preloaded_symbols")
	if symbols == nil {
		g.err = errors.New("the module has no plugins")
		return ""
	}
	table := g.bytes(append(slices.Clone(g.read(uint32(symbols.Get()), plugins*2*pointer)), make([]byte, 2*pointer)...))
	gvc := g.call("gvContextPlugins", table, 0)
	parsed := g.call("agmemread", g.text(graph))
	if g.err == nil && parsed == 0 {
		g.err = errors.New("the graph could not be read")
	}
	g.succeed("gvLayout", gvc, parsed, g.text("dot"))
	out := g.bytes(make([]byte, 2*pointer))
	g.succeed("gvRenderData", gvc, parsed, g.text("plain"), out, out+pointer)
	return string(g.read(g.word(uint32(out)), g.word(uint32(out+pointer))))
}

func (g *graphviz) call(name string, arguments ...uint64) uint64 {
	f := g.module.ExportedFunction(name)
	if g.err == nil && f == nil {
		g.err = fmt.Errorf("the module has no %s", name)
	}
	if g.err != nil {
		return 0
	}
	results, err := f.Call(g.ctx, arguments...)
	if err != nil || len(results) != 1 {
		g.err = fmt.Errorf("%s: %w", name, errors.Join(err))
		return 0
	}
	return results[0]
}

// succeed calls what returns 0 when it went well.
func (g *graphviz) succeed(name string, arguments ...uint64) {
	if status := g.call(name, arguments...); g.err == nil && status != 0 {
		g.err = fmt.Errorf("%s returned %d", name, int32(status))
	}
}

func (g *graphviz) text(s string) uint64 { return g.bytes(append([]byte(s), 0)) }

func (g *graphviz) bytes(b []byte) uint64 {
	at := g.call("malloc", uint64(len(b)))
	if g.err == nil && (at == 0 || !g.module.Memory().Write(uint32(at), b)) {
		g.err = fmt.Errorf("no room for %d bytes", len(b))
	}
	return at
}

func (g *graphviz) read(at, n uint32) []byte {
	b, ok := g.module.Memory().Read(at, n)
	if g.err == nil && !ok {
		g.err = fmt.Errorf("%d bytes at %d lie outside the module's memory", n, at)
	}
	return b
}

func (g *graphviz) word(at uint32) uint32 {
	v, ok := g.module.Memory().ReadUint32Le(at)
	if g.err == nil && !ok {
		g.err = fmt.Errorf("4 bytes at %d lie outside the module's memory", at)
	}
	return v
}
