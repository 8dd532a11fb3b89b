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

// explain makes the legend of what there is.
func (p *picture) explain() {
	for _, a := range p.Arrows {
		p.Returns, p.Unpriced = p.Returns || a.Back, p.Unpriced || a.unpriced > 0
	}
	for _, l := range kindSays {
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
// it or, of who holds some of it, how much that is.
func (b *box) words(held map[flow.Account]holding) string {
	came := ""
	if b.weight.IsPositive() {
		came = roundMoney(b.weight)
	}
	if b.Kind != "held" {
		return strings.Join(slices.DeleteFunc([]string{endName(b.Kind), came}, func(s string) bool { return s == "" }), ", ")
	}
	var all holding
	for _, a := range b.Members {
		all.usd, all.unpriced = all.usd.Add(held[a].usd), all.unpriced || held[a].unpriced
	}
	holds := "holds " + roundMoney(all.usd)
	switch {
	case all.unpriced && all.usd.IsZero():
		return "holds what has no price"
	case all.unpriced:
		return holds + " +"
	case came == "" || holds == "holds "+came:
		return holds
	}
	return holds + " of " + came
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
