package report

import (
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"losstracer/trace/flow"
)

// endName is what people are told of a kind of end.
func endName(kind string) string {
	switch kind {
	case flow.Horizon.String():
		return "not followed"
	case flow.ReturnedToSource.String():
		return "back at a source"
	}
	return kind
}

// partName is what people are told of the part that an account has: backward the
// source of the trace is who was funded.
func partName(kind string, backward bool) string {
	if backward && kind == "source" {
		return "funded"
	}
	return endName(kind)
}

// kindSays is what a legend says of a kind of box, in the order of the legend.
var kindSays = []legend{
	{"source", "where the followed funds come from"},
	{"passed on", "passed all of it on"},
	{"held", "still holds some of it"},
	{"horizon", "not followed further"},
	{"hub", "has too many counterparties to be followed"},
	{"frozen", "frozen by the issuer"},
	{"deposit", "a deposit address of a service"},
	{"exchange", "an exchange"},
	{"bridge", "a bridge to another chain"},
	{"mixer", "a mixer"},
	{"sanctioned", "under sanctions"},
	{"burn", "destroyed"},
	{"returned-to-source", "back at a source"},
}

// backSays is what the legend says of a box where the funds are traced back.
var backSays = map[string]string{
	"source": "where the funds came to", "passed on": "had all of it from others", "held": "where it began, as far as is known", "returned-to-source": "again where they came to",
}

// explain makes the legend of what there is.
func (p *picture) explain(backward bool) {
	for _, a := range p.Arrows {
		p.Returns, p.Unpriced = p.Returns || a.Back, p.Unpriced || a.unpriced > 0
	}
	for _, l := range kindSays {
		if back, other := backSays[l.Kind]; backward && other {
			l.Says = back
		}
		if slices.ContainsFunc(p.Boxes, func(b box) bool { return b.Kind == l.Kind }) {
			p.Legend = append(p.Legend, l)
		}
	}
}

// holding is what rests with an account: in dollars, and whether there is more
// that has no price.
type holding struct {
	usd      decimal.Decimal
	unpriced bool
}

func heldBy(r *flow.Result) map[flow.Account]holding {
	sums := map[flow.Account]holding{}
	for _, h := range r.Held {
		sum := sums[h.Account]
		if h.USD == nil {
			sum.unpriced = true
		} else {
			sum.usd = sum.usd.Add(*h.USD)
		}
		sums[h.Account] = sum
	}
	return sums
}

// words says what became of the funds at a box: its kind, and how much came to
// it or, of who holds some of it, how much that is; backward, how much began there.
func (b *box) words(held map[flow.Account]holding, backward bool) string {
	came := ""
	if b.weight.IsPositive() {
		came = roundMoney(b.weight)
	}
	if b.Kind != "held" {
		return strings.Join(slices.DeleteFunc([]string{partName(b.Kind, backward), came}, func(s string) bool { return s == "" }), ", ")
	}
	var all holding
	for _, a := range b.Members {
		all.usd, all.unpriced = all.usd.Add(held[a].usd), all.unpriced || held[a].unpriced
	}
	verb, holds := "holds ", roundMoney(all.usd)
	if backward {
		verb = "brought "
	}
	switch {
	case all.unpriced && all.usd.IsZero():
		return verb + "what has no price"
	case all.unpriced:
		return verb + holds + " +"
	case came == "" || holds == came:
		return verb + holds
	}
	return verb + holds + " of " + came
}

// severalChains reports whether the boxes lie on more than one chain.
func (p *picture) severalChains() bool {
	first := p.Boxes[0].Members[0].ChainID
	return slices.ContainsFunc(p.Boxes, func(b box) bool {
		return slices.ContainsFunc(b.Members, func(a flow.Account) bool { return a.ChainID != first })
	})
}

// short says what went along an arrow where room is short.
func (a *arrow) short() string {
	switch {
	case a.priced && a.unpriced > 0:
		return roundMoney(a.usd) + " +"
	case a.priced:
		return roundMoney(a.usd)
	case len(a.sums) == 1 && len(a.sums[0]) <= 16:
		return a.sums[0]
	}
	return count(len(a.sums), "asset", "assets")
}
