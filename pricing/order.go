package pricing

import "slices"

// deepest is how many prices may rest on one another: a share of a vault on
// what is in it, that on a share of a pool, that on a token of the pool, that on
// what it trades against, that on the coin.
const deepest = 6

// order is asks in the order in which they can be answered.
type order struct {
	// layers hold each ask once; an ask rests on asks of earlier layers only.
	layers [][]Ask
	// circular are asks whose subject rests on itself, by whatever way and at
	// whatever block. They stand in the layers as if it did not.
	circular []Ask
}

// all returns every ask.
func (o order) all() []Ask { return distinct(slices.Concat(o.layers...)) }

// arrange puts asks, and what they rest on, in order.
func arrange(asks []Ask, on map[Ask][]Ask) order {
	p := placing{on: on, place: map[Ask]int{}}
	for _, a := range asks {
		p.visit(a)
	}
	for _, a := range p.seen {
		for len(p.order.layers) <= p.place[a] {
			p.order.layers = append(p.order.layers, nil)
		}
		p.order.layers[p.place[a]] = append(p.order.layers[p.place[a]], a)
	}
	for i := range p.order.layers {
		p.order.layers[i] = distinct(p.order.layers[i])
	}
	p.order.circular = distinct(p.order.circular)
	return p.order
}

type placing struct {
	on    map[Ask][]Ask
	place map[Ask]int // the layer
	path  []Ask
	seen  []Ask
	order order
}

// visit places an ask behind what it rests on and returns its layer, or -1
// where that is being found out already.
func (p *placing) visit(a Ask) int {
	if i := slices.IndexFunc(p.path, func(o Ask) bool { return o.Subject == a.Subject }); i >= 0 {
		p.order.circular = append(p.order.circular, p.path[i:]...)
		return -1
	}
	if place, known := p.place[a]; known {
		return place
	}
	p.path = append(p.path, a)
	place := 0
	for _, n := range p.on[a] {
		place = max(place, p.visit(n)+1)
	}
	p.path = p.path[:len(p.path)-1]
	p.place[a] = place
	p.seen = append(p.seen, a)
	return place
}
