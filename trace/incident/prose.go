package incident

import (
	"slices"
	"strings"
)

// lossProse reads sentences of the section.
func (r *claimReader) lossProse(l *line) {
	toks := l.tokens()
	all := amounts(toks, r.inLosses)
	found := statements(toks, all, false)
	back, moved, network := cameBackOf(toks, found), false, r.chainInFront(l, found)
	r.undisclosed(l, found, network, "")
	for k, s := range found {
		if a := s.main(); notLoss(toks, a) || back[k] {
			continue
		}
		if moved = movedOn(toks, s) || moved && k > 0 && (continues(toks, found[k-1].last+1, s.first) || gappedBy(toks, s)); moved && s.asset != "" {
			r.notTotal(l, s, "what the loot became")
			continue
		}
		if why := heldElsewhere(toks, s, k > 0 || r.anyPart(), r.knowsWhole); why != "" && !r.isHeadline(&Claim{USD: usd(s.money)}) {
			r.notTotal(l, s, why)
			moved = wasTurned(toks, s.last+1)
			continue
		}
		r.ofCaption(l, &s)
		switch {
		case s.asset != "":
			if k > 0 && network != "" && (s.label != "" || endsBetween(toks, found[k-1].last+1, s.first)) {
				network = ""
			}
			if s.network == "" {
				s.network = network
			}
			if k > 0 && insideOf(toks, found[k-1], s) {
				r.notTotal(l, s, "a part of what stands before it")
				continue
			}
			r.assetOfProse(l, s)
		case s.network != "":
			c := r.claim(ClaimChain, l, s)
			c.Chain = s.network
			r.add(c)
		case s.money != nil:
			r.sumOfProse(l, s)
		}
	}
}

// chainInFront returns the chain that a paragraph names in front of its figures:
// "Ethereum: 1,700 ETH, 510,000 DAI", and "Fantom: 4,500,000 FTM" below it.
func (r *claimReader) chainInFront(l *line, found []statement) string {
	if len(found) == 0 || found[0].label == "" || !strings.HasPrefix(l.text, found[0].label) {
		return ""
	}
	network := labelledChain(found)
	if network == "" && r.chainLine > 0 && r.chainLine+1 == l.index {
		network = isNetwork((&line{text: found[0].label}).tokens())
	}
	if network != "" {
		r.chainLine = l.index
	}
	return network
}

// sumOfProse adds a sum of money of a sentence as the total, but for one that
// something says is none.
func (r *claimReader) sumOfProse(l *line, s statement) {
	if why := r.otherwise(l.tokens(), s); why != "" && !r.headsList(l, s) {
		r.notTotal(l, s, why)
		return
	}
	if r.sumBelow(l, s) {
		r.partSums = append(r.partSums[:min(len(r.partSums), maxClaims)], s.money.Figure)
		r.notTotal(l, s, "the sum of a part that is listed below it")
		return
	}
	r.add(r.total(l, s))
}

// gappedBy reports whether a figure takes the verb of the one before it: "… and
// 2,833 ETH with Foo's bridge".
func gappedBy(toks []token, s statement) bool {
	return s.first > 0 && toks[s.first-1].is("and", ",") && s.last+1 < len(toks) && toks[s.last+1].is("with", "via", "through", "into")
}

// endsBetween reports whether a sentence ends between two tokens.
func endsBetween(toks []token, from, to int) bool {
	return slices.ContainsFunc(toks[min(from, to):to], func(t token) bool { return t.is(".", ";") })
}

// insideOf reports whether a quantity is a part of the one of the same asset
// in front of it: "kept 27,610 FOO, which includes 1,000 FOO lost in a bridge".
func insideOf(toks []token, before, s statement) bool {
	if s.first < 1 || before.quantity == nil || s.quantity == nil || !strings.EqualFold(before.asset, s.asset) || !s.quantity.Value.LessThan(before.quantity.Value) {
		return false
	}
	if subset(toks, s.first) && !toks[unhedged(toks, s.first-1)].is("among", "including") {
		return true // "Of these, 379,300 FOO"
	}
	return toks[unhedged(toks, s.first-1)].is("includes", "including", "included", "include") && !endsBetween(toks, before.last+1, s.first)
}

// sumBelow reports whether a line above a list gives the sum of that list alone,
// by the name in front of it and as less than the headline: "First attack: $2.3
// million".
func (r *claimReader) sumBelow(l *line, s statement) bool {
	named := s.label != "" && kindOfLabel(s.label) == partLine
	if !r.leadsList(l) || !named && !r.oneOfSums(l, s) {
		return false
	}
	known := r.heads()
	for _, h := range known {
		if f := usd(s.money); f == nil || !f.Value.LessThan(h.Value) || agree(h, *f) {
			return false
		}
	}
	return len(known) > 0
}

// oneOfSums reports whether a line gives the sum of its list in a bracket and
// another line of the section does the same: "Taken from Foo ($11.9M in all):".
func (r *claimReader) oneOfSums(l *line, s statement) bool {
	bracketed := func(toks []token, first int) bool {
		return first > 0 && toks[unhedged(toks, first-1)].is("(") && len(toks) < 30
	}
	if !bracketed(l.tokens(), s.first) {
		return false
	}
	for i := max(0, l.index-60); i < min(l.index+60, len(r.lines)); i++ {
		o := &r.lines[i]
		if i == l.index || o.section != l.section || o.kind != l.kind || !r.leadsList(o) {
			continue
		}
		for _, a := range amounts(o.tokens(), r.inLosses) {
			if a.currency != "" && bracketed(o.tokens(), a.first) {
				return true
			}
		}
	}
	return false
}

// assetOfProse adds what a sentence says of one asset, but for what was minted
// and what the attacker made of the loot. Where its value is the headline's it
// is the total too.
func (r *claimReader) assetOfProse(l *line, s statement) {
	toks := l.tokens()
	if s.money == nil && s.first > 0 && toks[unhedged(toks, s.first-1)].is("minted", "mint", "minting", "mints") {
		r.notTotal(l, s, "what was minted, which nobody lost")
		return
	}
	if proceeds(toks, s) && !r.isHeadline(&Claim{USD: usd(s.money)}) {
		r.notTotal(l, s, "what the loot became")
		return
	}
	r.tellWorth(l, s)
	c := r.claim(ClaimAsset, l, s)
	if s.network != "" {
		c.Chain = s.network
	}
	if !r.listedBelow(l, s) {
		r.add(c)
	}
	if s.quantity != nil && r.isHeadline(&c) {
		r.add(r.total(l, s))
	}
}

// ofCaption decides what a sum of money is of by the words around the figure
// that are no part of its sentence: a chain in front of it, a list below it.
func (r *claimReader) ofCaption(l *line, s *statement) {
	toks := l.tokens()
	if label := (&line{text: s.label}).tokens(); s.money != nil && s.asset == "" && s.network == "" && s.quantity == nil && len(label) > 0 {
		s.network = isNetwork(label) // "Ethereum - $8M; BSC - $3M"
	}
	if n := r.captionOf(l, toks, *s); n != "" && s.quantity == nil {
		s.network, s.asset = n, ""
	} else if s.money != nil && s.quantity == nil && s.asset != "" && strings.HasSuffix(l.text, ":") && r.leadsList(l) {
		s.asset = "" // "$16 million in Ethereum and other tokens were stolen:" is the sum of the list
	}
	if s.quantity == nil && strings.Contains(s.asset, ", ") && r.isHeadline(&Claim{USD: usd(s.money)}) {
		s.asset = "" // all that was lost, in several assets
	}
}

// captionOf returns the chain that a short line in front of a list names beside
// its figure: "Ethereum ($15.7 million):".
func (r *claimReader) captionOf(l *line, toks []token, s statement) string {
	if len(toks) > 20 || !r.leadsList(l) {
		return ""
	}
	if head := unvalued(toks); len(head) <= s.first && len(head) < 6 {
		return isNetwork(head)
	}
	return ""
}

// headsList reports whether a line is nothing but a sum, and that of the list
// that hangs below it: "More than €1.25 million:".
func (r *claimReader) headsList(l *line, s statement) bool {
	toks := l.tokens()
	for _, t := range toks[:s.first] {
		if hedges[t.lower] == Exactly && !t.is("more", "less", "than", "at", "up", "to", "a", "total", "of", "in", "all") {
			return false
		}
	}
	return r.leadsList(l) && s.last == len(toks)-2 && toks[s.last+1].is(":")
}

// leadsList reports whether a list hangs below a line.
func (r *claimReader) leadsList(l *line) bool {
	return l.index+1 < len(r.lines) && r.lines[l.index+1].lead == l.index
}

func (r *claimReader) total(l *line, s statement) Claim {
	c := r.claim(ClaimTotal, l, s)
	c.Asset, c.Quantity = "", nil
	return c
}

// knowsWhole reports whether a total was read before, or the headline gives one.
func (r *claimReader) knowsWhole() bool {
	for i := range r.claims { // by index: there may be many figures, each asked for
		c := &r.claims[i]
		if c.Kind == ClaimTotal || (c.Kind == ClaimTitle || c.Kind == ClaimFrontMatter) && c.USD != nil {
			return true
		}
	}
	return false
}

// anyPart reports whether a part or the whole of the loss was read before.
func (r *claimReader) anyPart() bool {
	return slices.ContainsFunc(r.claims, func(c Claim) bool { return c.Kind == ClaimTotal || c.Kind == ClaimAsset || c.Kind == ClaimChain })
}
