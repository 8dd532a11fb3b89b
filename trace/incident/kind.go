package incident

import "strings"

// kindOfLine says what the label of a line in a list or of a row in a table
// makes of its figure where it is none of the parts of the loss.
type kindOfLine uint8

const (
	partLine  kindOfLine = iota
	wholeLine            // "Stolen:", "Gross loss:"
	backLine             // "Returned:"
	restLine             // "Net loss:", "Not recovered:", a difference of figures that are given
	sizeLine             // "TVL before the attack:", of no loss at all
)

var (
	backLabels = words("returned recovered frozen refunded seized rescued retrieved reclaimed secured blocked")
	restLabels = words("net remaining outstanding unrecovered left")
	sizeLabels = words("tvl bounty reward compensation reimbursed reimbursement funding fine price volume profit supply swapped laundered bridged unaffected prevented saved")
	wholeWords = words("stolen lost gross total loss losses taken drained hacked theft overall amount sum damage the of funds initial initially all combined estimated")
)

// kindOfLabel reads a label such as "Net loss" or "Returned by the attacker".
func kindOfLabel(label string) kindOfLine {
	l := line{text: label}
	toks := l.tokens()
	if len(toks) == 0 || len(toks) > 8 {
		return partLine
	}
	whole := true
	for i, t := range toks {
		switch {
		case sizeAt(toks, i) || sizeLabels[t.lower] && t.text != strings.ToUpper(t.text) && !ofThing(toks, i+1), t.is("tvl"):
			return sizeLine
		case backLabels[t.lower] && (!t.is("secured") || i+1 == len(toks) || toks[i+1].is("by", "from", "funds", "assets", "amount", "so")):
			if !real(toks, i) || denial(toks, 0, i) {
				return restLine // "Not recovered", "To be returned"
			}
			return backLine
		case restLabels[t.lower]:
			return restLine
		}
		whole = whole && (wholeWords[t.lower] || t.kind == symbolToken)
	}
	if whole {
		return wholeLine
	}
	return partLine
}

// ofThing reports whether the words from i on end in what can lose money: a
// "reward pool" is no reward, and it is the pool that lost.
func ofThing(toks []token, i int) bool {
	for ; i < len(toks) && toks[i].kind == wordToken && !toks[i].is("of", "by", "in", "on", "at", "for", "from", "to", "with", "before", "after"); i++ {
		if things[toks[i].lower] {
			return true
		}
	}
	return false
}

// byKind deals with a figure whose label says that it is no part of the loss,
// and reports whether it does. One that is labelled as what came back is that;
// what is left of the loss is the loss where the headline is the same.
func (r *claimReader) byKind(k kindOfLine, l *line, s statement) bool {
	switch k {
	case backLine:
		c := r.claim(ClaimRecovered, l, s)
		if s.network != "" {
			c.Chain = s.network
		}
		r.add(c)
		return true
	case restLine, sizeLine:
		if k == restLine && r.isHeadline(&Claim{USD: usd(s.money)}) {
			return false
		}
		r.notTotal(l, s, "something that is no part of the loss, by its label")
		return true
	}
	return false
}
