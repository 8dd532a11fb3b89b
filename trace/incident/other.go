package incident

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"
)

// otherwise reads why a sum that is not the one of the headline is something
// else than this loss as the writer knows it at last: a part, an estimate that
// was given up, the loss of somebody else. Empty where nothing says so, and
// where the headline says the same or nothing is known of it.
func (r *claimReader) otherwise(toks []token, s statement) string {
	if s.money == nil {
		return ""
	}
	known := r.heads()
	switch {
	case agreesAny(finest(known), usd(s.money)):
		return ""
	case subset(toks, s.first), alone(toks, s.last):
		return "a part of a sum that is given before it"
	case agreesAny(known, usd(s.money)):
		if outdated(toks, s) {
			return "an estimate that another took the place of"
		}
		return ""
	case len(known) == 0:
		return ""
	case shareOf(toks, s.first):
		return "the whole of which a share is told"
	case !plainLoss(toks, s):
		return "a sum that is not called a loss"
	case worthOfReturned(toks, s.first):
		return "the worth of what came back"
	case r.ofOtherYear(toks, s), afterAnother(toks, s):
		return "the loss of an earlier incident"
	case gained(toks, s):
		return "what the attacker gained, not what was lost"
	case movedOn(toks, s):
		return "what was moved on, not what was lost"
	case outdated(toks, s):
		return "an estimate that another took the place of"
	case compared(toks, s), r.ofOther(toks, s):
		return "the loss of somebody else, told for comparison"
	}
	return ""
}

// notTotal tells the reader of the write-up why a sum is not compared.
func (r *claimReader) notTotal(l *line, s statement, why string) {
	at := r.at(l, l.tokens()[s.first].start)
	for _, a := range []*amount{s.money, s.foreign} {
		if a != nil {
			r.shown(at.Line, &a.Figure)
		}
	}
	r.warn(at, "other-sum", fmt.Sprintf("%q is taken for %s, and not compared", quoted(l, s.first, s.last), why),
		"if it is meant as the whole loss, say so in a sentence of its own")
}

// heads returns the figures that front matter and title give.
func (r *claimReader) heads() []Figure {
	var known []Figure
	for _, c := range r.claims {
		if (c.Kind == ClaimFrontMatter || c.Kind == ClaimTitle) && c.USD != nil {
			known = append(known, *c.USD)
		}
	}
	return known
}

// finest drops the figures that another one gives more finely: where front matter
// says 2,047,635, what only agrees with the title's $2 million is something else.
func finest(known []Figure) []Figure {
	var out []Figure
	for i, k := range known {
		finer := slices.ContainsFunc(known, func(o Figure) bool {
			return o.Step.LessThan(k.Step) && agree(Figure{Value: k.Value, Step: k.Step}, Figure{Value: o.Value, Step: o.Step})
		})
		if !finer || len(known) == 1 {
			out = append(out, known[i])
		}
	}
	return out
}

// alone reports whether a figure is said to be of one alone: "$1.5 million from
// one wallet alone".
func alone(toks []token, last int) bool {
	for i := last + 1; i < len(toks) && i <= last+8 && !toks[i].is(".", ";", ",", ":", "(") && toks[i].kind != numberToken; i++ {
		if toks[i].is("alone") {
			return true
		}
	}
	return false
}

func agreesAny(known []Figure, f *Figure) bool {
	for _, k := range known {
		if f != nil && agree(k, *f) {
			return true
		}
	}
	return false
}

// subset reports whether "of which", "including" or such stands in front of a
// figure in its clause.
func subset(toks []token, first int) bool {
	for i := first - 1; i >= 0 && i >= first-5; i-- {
		switch t := toks[i]; {
		case t.is("which", "this", "that", "those", "these", "them") && i > 0 && toks[i-1].is("of"):
			return true
		case t.is("including", "among"):
			return true
		case t.is(".", ";", ":", "(") || t.kind == numberToken:
			return false
		}
	}
	return false
}

// worthOfReturned reports whether a figure is what funds were worth that the
// sentence tells to have come back.
func worthOfReturned(toks []token, first int) bool {
	if at := unhedged(toks, first-1); at < 0 || !toks[at].is("worth", "valued") {
		return false
	}
	for i := first - 1; i >= 0 && i >= first-30 && !toks[i].is("."); i-- {
		if returnVerbs[toks[i].lower] || toks[i].is("back") && gaveBefore(toks, i) {
			return true
		}
	}
	return false
}

// gaveBefore reports whether "back" belongs to a verb of giving: "gave everything
// back".
func gaveBefore(toks []token, back int) bool {
	for i := back - 1; i >= 0 && i >= back-4; i-- {
		if toks[i].is("gave", "gives", "given", "giving", "sent", "sends", "sending", "handed", "paid", "transferred", "moved") {
			return true
		}
	}
	return false
}

// clauseStart returns the token at which the clause of a figure begins.
func clauseStart(toks []token, first, most int) int {
	from := first
	for from > 0 && from > first-most && !toks[from-1].is(".", ";") {
		from--
	}
	return from
}

// outdated reports whether a figure is an early estimate that another took the
// place of: "initially put at $3 million".
func outdated(toks []token, s statement) bool {
	early, estimate := false, false
	for i := clauseStart(toks, s.first, 14); i < s.first; i++ {
		early = early || toks[i].is("initial", "initially", "first", "early", "preliminary", "originally", "original", "beginning")
		estimate = estimate || toks[i].is("estimate", "estimates", "estimated", "figure", "figures", "reported", "reports", "report", "thought", "believed", "put", "said", "spoke", "count", "assessment", "assessments", "announced", "stated", "claimed", "calculated", "pegged")
		if toks[i].is("raised", "revised", "corrected", "updated", "increased", "lowered", "later", "finally") && early && estimate {
			return !toks[min(i+1, s.first)].is("to") && !toks[s.first-1].is("to")
		}
	}
	for i := s.last + 1; i < len(toks) && i <= s.last+10 && !toks[i].is(".", ";"); i++ {
		if toks[i].is("reduced", "revised", "corrected", "lowered", "raised", "updated", "adjusted") && toks[i-1].is("later", "then", "subsequently", "afterwards", "was", "finally") && i+1 < len(toks) && toks[i+1].is("to", "up", "down") {
			return true // "$31.5 million, later reduced to $17 million"
		}
		if toks[i].is("proved", "turned") && i+2 < len(toks) && (toks[i+1].is("too", "wrong") || toks[i+2].is("be", "too")) {
			return true
		}
	}
	return early && estimate
}

// ofOtherYear reports whether the clause of a figure is dated to an earlier
// year than the write-up.
func (r *claimReader) ofOtherYear(toks []token, s statement) bool {
	year := yearOf(r.inc.Date)
	for i := clauseStart(toks, s.first, 20); i < s.first && year != 0; i++ {
		if n, ok := integer(toks[i]); ok && toks[i].kind == numberToken && len(toks[i].text) == 4 && isYear(n) && n < year {
			return true
		}
	}
	return false
}

// afterAnother reports whether a figure is of an incident that the clause only
// counts the time from: "a week after an exploit that had cost it $5 million".
func afterAnother(toks []token, s statement) bool {
	for i := s.first - 1; i > 0 && i >= s.first-12 && !toks[i].is(".", ";", ","); i-- {
		if toks[i].is("after") && toks[i-1].is("day", "days", "week", "weeks", "month", "months", "year", "years") {
			return toks[i+1].is("a", "an", "another", "its", "their", "losing")
		}
	}
	return false
}

// oneOfTwo reports whether a sum and another of its sentence add up to the
// headline: "Foo lost $5.5 million and Bar $6.2 million".
func (r *claimReader) oneOfTwo(toks []token, found []statement, k int) bool {
	a, known := usd(found[k].money), r.heads()
	if a == nil || agreesAny(known, a) {
		return false
	}
	for i := max(0, k-3); i < min(len(found), k+4); i++ {
		b := usd(found[i].money)
		if i == k || b == nil || endsBetween(toks, min(found[i].last, found[k].last)+1, max(found[i].first, found[k].first)) {
			continue
		}
		for _, x := range ends(found[k].money) {
			for _, y := range ends(found[i].money) {
				sum := Figure{Value: x.Value.Add(y.Value), Step: decimal.Max(x.Step, y.Step)}
				sum.Step = decimal.Max(sum.Step, sum.Value.Shift(-2)) // parts are rounded too
				if slices.ContainsFunc(known, func(h Figure) bool { return agree(Figure{Value: h.Value, Step: h.Step}, sum) }) {
					return true
				}
			}
		}
	}
	return false
}

// ends returns both ends of a range, of another amount its one figure.
func ends(a *amount) []Figure {
	if a.upper != nil {
		return []Figure{a.Figure, *a.upper}
	}
	return []Figure{a.Figure}
}

// gained reports whether a sum is what the attacker made of the theft.
func gained(toks []token, s statement) bool {
	for i := max(s.first-5, 0); i < min(s.last+4, len(toks)); i++ {
		if toks[i].is("profit", "profits", "profited", "gain", "gained", "netted", "netting", "pocketed", "proceeds") {
			return true
		}
		if toks[i].is(".", ";") && i > s.last {
			break
		}
	}
	return false
}

// proceeds reports whether a figure is called the attacker's proceeds.
func proceeds(toks []token, s statement) bool {
	for i := s.first - 1; i >= 0 && i >= s.first-5; i-- {
		if toks[i].is("proceeds", "profit", "profits", "gains") {
			return true
		}
		if toks[i].is(".", ";") {
			break
		}
	}
	return false
}

// movers are verbs of what becomes of the loot.
var movers = words("bridged laundered swapped converted exchanged sold deposited mixed moved sent washed routed funneled funnelled tumbled traded cashed")

// movedOn reports whether a figure is the object or the outcome of a verb that
// tells what became of the loot: "bridged $9 million", "swapped it for 6,300
// ETH".
func movedOn(toks []token, s statement) bool {
	at := unhedged(toks, s.first-1)
	if at < 0 || s.first == 0 {
		return false
	}
	if movers[toks[at].lower] {
		return true
	}
	for i := at - 1; toks[at].is("for", "into", "to") && i >= 0 && i >= at-10 && !toks[i].is(".", ";"); i-- {
		if movers[toks[i].lower] {
			return true
		}
	}
	return false
}

// compared reports whether a figure stands in a comparison: "larger than the
// $611 million taken from Foo".
func compared(toks []token, s statement) bool {
	for i := s.first - 1; i >= 0 && i >= s.first-6; i-- {
		switch t := toks[i]; {
		case t.is("than") && i+1 < len(toks) && toks[i+1].is("the", "in", "last"):
			return true
		case t.is("compared", "surpassing", "surpassed", "eclipsing", "eclipsed", "overtaking", "behind", "unlike", "dwarfing", "dwarfed", "resembling", "resembles", "similar", "reminiscent"):
			return true
		case t.is(".", ";", ":") || t.kind == numberToken:
			return false
		}
	}
	return false
}

// ofOther reports whether the words at a figure give it to somebody else:
// "Foo lost $50 million" where Foo is no victim of this write-up, "the $50
// million Foo hack", "the $50 million exploit of Foo".
func (r *claimReader) ofOther(toks []token, s statement) bool {
	i := s.last + 1
	name := r.stranger(toks, i)
	for name > i && name < len(toks) && toks[name].is("bridge", "finance", "protocol", "network", "exchange", "dao", "'", "s") {
		name++
	}
	if name < len(toks) && toks[name].is("hack", "exploit", "theft", "heist", "attack", "breach", "robbery") {
		if name > i {
			return true
		}
		if name+2 < len(toks) && toks[name+1].is("of", "on", "at", "against", "from") {
			at := name + 2
			if toks[at].is("the") && at+1 < len(toks) {
				at++
			}
			return r.stranger(toks, at) > at
		}
	}
	// "Mt. Gox lost 850,000 BTC and Coincheck $534 million"
	if at := unhedged(toks, s.first-1); at > 1 && toks[at].is("(") && s.last+1 < len(toks) && toks[s.last+1].text == ")" {
		from := at - 1
		for from > 0 && toks[from-1].kind == wordToken && capital(toks[from-1].text) {
			from--
		}
		if r.stranger(toks, from) == at && !analysts[toks[from].lower] {
			return true // "Bar ($20 million)"
		}
	}
	at := s.first - 1
	for at > 0 && toks[at].is("about", "around", "some", "nearly", "almost", "over", "approximately", "roughly", "~") {
		at--
	}
	if at > 0 && toks[at].is("lost", "lose", "loses", "with", "for") && !toks[at-1].is("it", "they", "had", "has", "have") {
		at--
	}
	return at > 0 && !toks[at-1].is(".") && r.stranger(toks, at) > at && anyOf(toks[clauseStart(toks, s.first, 30):s.first], earlierLoss)
}

// earlierLoss are words by which a figure is one of somebody else's loss.
var earlierLoss = words("lost stolen drained hacked hack theft stole after")

// analysts are firms and persons who put figures on thefts of others.
var analysts = words("peckshield certik slowmist blocksec elliptic chainalysis cyvers immunefi hacken halborn beosin zachxbt lookonchain arkham nansen merkle scopescan defillama")

// byAnalyst reports whether a label gives a figure to somebody who put one on the
// loss, not to somebody who suffered it.
func byAnalyst(label string) bool {
	toks := (&line{text: label}).tokens()
	return len(toks) > 0 && len(toks) < 6 && analysts[toks[0].lower]
}

// plainLoss reports whether words that can only be of a loss stand at a figure.
func plainLoss(toks []token, s statement) bool {
	for i := max(clauseStart(toks, s.first, 20), 0); i < min(s.last+9, len(toks)); i++ {
		if i > s.last && toks[i].is(".", ";") {
			break
		}
		if plainWords[toks[i].lower] {
			return true
		}
	}
	return false
}

var plainWords = words(`loss losses lost lose loses losing theft stolen stole steal stealing drained drain draining hack hacked siphoned siphoning embezzled defrauded damage damages looted heist robbed
	swindled misappropriated exploit exploited taken took gone extracted cost vanished missing estimate estimates estimated diverted attack breach total totaling totalling totaled totalled figure`)

// shareOf reports whether a figure is the whole of which a share is told: "60%
// of its $20 million treasury".
func shareOf(toks []token, first int) bool {
	for i := first - 1; i > 0 && i >= first-4; i-- {
		if toks[i].is("of") && toks[i-1].is("%", "percent", "third", "half", "quarter", "thirds") {
			return true
		}
	}
	return false
}

// stranger returns the token behind a name that begins at i and is of nobody
// whom the front matter gives as a victim, of no asset, chain or month; i
// where there is none.
func (r *claimReader) stranger(toks []token, i int) int {
	if i < 0 || i >= len(toks) || toks[i].kind != wordToken || !capital(toks[i].text) || upper(toks[i].text) == len(toks[i].text) && len(toks[i].text) < 4 {
		return i
	}
	if _, ok := monthOf(toks[i].lower); ok || hedges[toks[i].lower] != Exactly || captionNouns[toks[i].lower] || currencyWords[toks[i].lower] != "" || lossWords[toks[i].lower] {
		return i
	}
	if _, _, ok := assetAt(toks, i); ok {
		return i
	}
	if _, _, ok := networkAt(toks, i); ok {
		return i
	}
	for _, t := range r.inc.Targets {
		l := line{text: t}
		for _, w := range l.tokens() {
			if w.lower == toks[i].lower {
				return i
			}
		}
	}
	end := i + 1
	for end < len(toks) && end < i+3 && toks[end].kind == wordToken && capital(toks[end].text) {
		end++
	}
	return end
}
