package incident

import (
	"fmt"
	"strings"
)

// sumAt is a sum of a line of the source that is a figure, or that a problem
// tells of.
type sumAt struct {
	line  int
	value string
}

// shown notes the figures that a reader of the result is shown.
func (r *claimReader) shown(line int, figures ...*Figure) {
	if r.told == nil {
		r.told = map[sumAt]bool{}
	}
	for _, f := range figures {
		if f != nil {
			r.told[sumAt{line, f.Value.String()}] = true
		}
	}
}

// tellLeftOut tells of the sums of money in the section on the losses that
// neither became a figure nor were told of before: none vanishes without a
// word. The price of one is no sum.
func (r *claimReader) tellLeftOut() {
	for _, c := range r.claims {
		r.shown(c.Pos.Line, c.USD, c.Amount)
		r.shown(0, c.USD, c.Amount)
	}
	for i := range r.lines {
		l := &r.lines[i]
		if r.full {
			return
		}
		if r.sectionOf(l).kind == lossesSection {
			r.tell(l, r.leftOut(l))
		}
	}
}

// leftOut returns the sums of a line that nothing shows. A heading may repeat
// one of another line.
func (r *claimReader) leftOut(l *line) []amount {
	toks := l.tokens()
	var out []amount
	first, last := r.at(l, 0).Line, r.at(l, len(l.text)-1).Line
	for _, a := range amounts(toks, r.inLosses) {
		if a.currency == "" || a.percent || unitPrice(toks, &a) || isOfOne(toks, a.last+1) {
			continue
		}
		value := a.Value.String()
		at := r.at(l, toks[a.first].start).Line
		shown := r.told[sumAt{at, value}] || r.told[sumAt{first, value}] || l.kind == headingLine && r.told[sumAt{0, value}]
		for n := max(first, at-3); n < min(at+3, last) && !shown; n++ {
			shown = r.told[sumAt{n, value}] // a quantity and its value may stand in two lines
		}
		if !shown {
			out = append(out, a)
		}
	}
	return out
}

// maxLeftOut bounds the sums of one line that are told of one by one.
const maxLeftOut = 6

func (r *claimReader) tell(l *line, out []amount) {
	if len(out) == 0 {
		return
	}
	var quotes []string
	for _, a := range out[:min(len(out), maxLeftOut)] {
		quotes = append(quotes, fmt.Sprintf("%q", clip(quoted(l, a.first, a.last), 40)))
	}
	what := strings.Join(quotes, ", ")
	if n := len(out) - len(quotes); n > 0 {
		what += fmt.Sprintf(" and %d more", n)
	}
	r.warn(r.at(l, l.tokens()[out[0].first].start), "other-sum", what+": taken for something else than what was lost, and not compared",
		"if it was lost, give it a line of its own with the asset that it is of")
}
