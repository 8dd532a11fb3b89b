package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// The measures of a picture, in pixels.
const (
	boxWidth   = 176
	boxHeight  = 44
	laneHeight = 10 // of the place that an arrow takes when it passes a layer
	columnGap  = 96
	rowGap     = 14
	margin     = 24
	backDepth  = 56
)

// slot is a place in a layer: of a box, or of an arrow on its way to a later
// layer.
type slot struct {
	box    int // -1 for an arrow passing
	height int
	layer  int
	y      int // middle
	before []int
	after  []int
}

// layering is a picture in the making: layered drawing after Sugiyama, Tagawa and
// Toda (1981), with the layers given by the hops, so that the order within
// layers and the places remain to be found.
type layering struct {
	*picture
	slots  []slot
	layers [][]int
	routes [][]int // of each arrow: the slots it goes through
}

// place finds where boxes and arrows lie.
func (p *picture) place() {
	l := &layering{picture: p}
	l.fill()
	for range 8 {
		l.sweep(false)
		l.sweep(true)
	}
	l.stack()
	l.draw()
}

func (l *layering) add(s slot) int {
	for len(l.layers) <= s.layer {
		l.layers = append(l.layers, nil)
	}
	l.slots = append(l.slots, s)
	l.layers[s.layer] = append(l.layers[s.layer], len(l.slots)-1)
	return len(l.slots) - 1
}

// fill gives every box a slot, and every arrow one in each layer that it
// passes.
func (l *layering) fill() {
	for i, b := range l.Boxes {
		l.add(slot{box: i, height: boxHeight, layer: b.layer})
	}
	for _, a := range l.Arrows {
		route := []int{a.From}
		if !a.Back {
			for layer := l.Boxes[a.From].layer + 1; layer < l.Boxes[a.To].layer; layer++ {
				route = append(route, l.add(slot{box: -1, height: laneHeight, layer: layer}))
			}
		}
		route = append(route, a.To)
		for i := 1; i < len(route) && !a.Back; i++ {
			l.slots[route[i-1]].after = append(l.slots[route[i-1]].after, route[i])
			l.slots[route[i]].before = append(l.slots[route[i]].before, route[i-1])
		}
		l.routes = append(l.routes, route)
	}
	l.stack()
}

// sweep orders each layer by where the neighbours of its slots lie: those of
// the layer before, or after.
func (l *layering) sweep(backward bool) {
	for n := range l.layers {
		layer := n
		if backward {
			layer = len(l.layers) - 1 - n
		}
		middle := map[int]int{}
		for _, s := range l.layers[layer] {
			near := l.slots[s].before
			if backward {
				near = l.slots[s].after
			}
			middle[s] = l.slots[s].y
			if len(near) > 0 {
				sum := 0
				for _, other := range near {
					sum += l.slots[other].y
				}
				middle[s] = sum / len(near)
			}
		}
		slices.SortStableFunc(l.layers[layer], func(a, b int) int { return cmp.Compare(middle[a], middle[b]) })
		l.stackLayer(layer)
	}
}

func (l *layering) layerHeight(layer int) int {
	height := -rowGap
	for _, s := range l.layers[layer] {
		height += l.slots[s].height + rowGap
	}
	return height
}

func (l *layering) stackLayer(layer int) {
	y := -l.layerHeight(layer) / 2
	for _, s := range l.layers[layer] {
		l.slots[s].y = y + l.slots[s].height/2
		y += l.slots[s].height + rowGap
	}
}

// stack puts the slots of every layer below each other, around one middle.
func (l *layering) stack() {
	for layer := range l.layers {
		l.stackLayer(layer)
	}
}

// draw turns slots into coordinates.
func (l *layering) draw() {
	tallest := 0
	for layer := range l.layers {
		tallest = max(tallest, l.layerHeight(layer))
	}
	l.Height = tallest + 2*margin
	middle := l.Height / 2
	if slices.ContainsFunc(l.Arrows, func(a arrow) bool { return a.Back }) {
		l.Height += backDepth
	}
	l.Width = len(l.layers)*boxWidth + (len(l.layers)-1)*columnGap + 2*margin
	for i := range l.slots {
		s := &l.slots[i]
		s.y += middle
		if s.box >= 0 {
			l.Boxes[s.box].X, l.Boxes[s.box].Y = left(s.layer), s.y-boxHeight/2
		}
	}
	starts, ends := l.ports()
	for i := range l.Arrows {
		l.Arrows[i].Path = l.path(i, starts[i], ends[i])
	}
}

func left(layer int) int { return margin + layer*(boxWidth+columnGap) }

// ports spreads the arrows of a box along its side in the order of where they
// lead, so that they do not cross at the box.
func (l *layering) ports() (starts, ends []int) {
	starts, ends = make([]int, len(l.Arrows)), make([]int, len(l.Arrows))
	leaving, coming := make([][]int, len(l.Boxes)), make([][]int, len(l.Boxes))
	for i, a := range l.Arrows {
		leaving[a.From] = append(leaving[a.From], i)
		coming[a.To] = append(coming[a.To], i)
	}
	spread := func(arrows []int, box int, at []int, neighbour func(route []int) int) {
		slices.SortStableFunc(arrows, func(a, b int) int {
			return cmp.Compare(l.slots[neighbour(l.routes[a])].y, l.slots[neighbour(l.routes[b])].y)
		})
		for i, a := range arrows {
			at[a] = l.Boxes[box].Y + 6 + (2*i+1)*(boxHeight-12)/(2*len(arrows))
		}
	}
	for box := range l.Boxes {
		spread(leaving[box], box, starts, func(route []int) int { return route[1] })
		spread(coming[box], box, ends, func(route []int) int { return route[len(route)-2] })
	}
	return starts, ends
}

// path writes an arrow as a curve from box to box. What leads back goes below
// both.
func (l *layering) path(i, start, end int) string {
	a := l.Arrows[i]
	x, y := l.Boxes[a.From].X+boxWidth, start
	var b strings.Builder
	fmt.Fprintf(&b, "M%d %d", x, y)
	if a.Back {
		from, to := l.Boxes[a.From], l.Boxes[a.To]
		right, left := from.X+boxWidth*3/4, to.X+boxWidth*3/4
		if from.layer == to.layer {
			left = to.X + boxWidth/4
		}
		bottom := max(from.Y, to.Y) + boxHeight + backDepth
		return fmt.Sprintf("M%d %dC%d %d %d %d %d %d", right, from.Y+boxHeight, right, bottom, left, bottom, left, to.Y+boxHeight+2)
	}
	for _, s := range l.routes[i][1:] {
		slot := l.slots[s]
		nextX, nextY := left(slot.layer), slot.y
		if slot.box >= 0 {
			nextX, nextY = nextX-2, end
		}
		half := (nextX - x) / 2
		fmt.Fprintf(&b, "C%d %d %d %d %d %d", x+half, y, nextX-half, nextY, nextX, nextY)
		x, y = nextX, nextY
		if slot.box < 0 {
			x += boxWidth
			fmt.Fprintf(&b, "H%d", x)
		}
	}
	return b.String()
}
