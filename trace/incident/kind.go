package incident

import "strings"

// kindOfLine says what the label of a line in a list or of a row in a table
// makes of its figure where it is none of the parts of the loss.
type kindOfLine uint8

const (
	partLine  kindOfLine = iota
	wholeLine            // "Stolen:", "Gross loss:"
	backLine             // "Returned:", read with what came back where its words are of that
	restLine             // "Net loss:", a difference of figures that are given
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
		case sizeAt(toks, i) || sizeLabels[t.lower] && t.text != strings.ToUpper(t.text), t.is("tvl"):
			return sizeLine
		case backLabels[t.lower] && !(i > 0 && toks[i-1].is("not", "un", "be")):
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
