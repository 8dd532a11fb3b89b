package incident

import "strings"

// lossItem reads one line of a breakdown.
func (r *claimReader) lossItem(l *line) {
	toks := l.tokens()
	all := amounts(toks, r.inLosses)
	network, project := r.scope(l)
	found := statements(toks, all, true)
	found = merged(found)
	back := r.belowReturned(l)
	if network == "" {
		network = labelledChain(found)
	}
	r.undisclosed(l, found, network, project)
	caption := ""
	for k, s := range found {
		if s.label == "" {
			s.label = caption
		} else if caption = s.label; len(s.label) > 60 {
			caption = ""
		}
		if a := s.money; a != nil && s.quantity == nil && (offTopic(toks, a) || s.asset == "" && notLoss(toks, a)) {
			continue
		}
		if r.besideLoss(l, s) || back && r.byKind(backLine, l, s) || r.partOfAbove(l, s) {
			continue
		}
		if r.labelledAside(l, &s) || k > 0 && r.saidAside(l, s, s.label == caption) {
			continue
		}
		if r.listedBelow(l, s) {
			r.notTotal(l, s, "the sum of what is listed below it")
			continue
		}
		r.part(l, s, found[:k], network, project)
	}
}

// part makes a claim of a figure of a breakdown by its label and by what the
// captions above it name.
func (r *claimReader) part(l *line, s statement, before []statement, network, project string) {
	r.tellWorth(l, s)
	c := r.claim(ClaimAsset, l, s)
	c.Project = project
	if c.Chain == "" {
		c.Chain = network
	}
	r.byLabel(&c, l, s)
	if s.asset == "" && c.Asset != "" && s.quantity == nil && r.ofSeveral(l, l.tokens(), before, s) {
		return
	}
	if c.Project == "" && s.label == "" {
		c.Project = r.takenFrom(l.tokens(), s.last+1)
	}
	if s.label != "" && r.destinations(l) && r.isTarget(s.label) {
		back := c
		back.Kind, back.Project = ClaimRecovered, ""
		r.add(back)
	}
	r.place(&c, s)
	if c.Kind == ClaimTotal && c.USD != nil {
		if r.ofSeveral(l, l.tokens(), before, s) {
			return
		}
		if byAnalyst(s.label) {
			r.add(c) // "PeckShield: $12 million"
			return
		}
		if some := someVictims(l.tokens()); some != "" && s.label == "" {
			if c.Project = some; r.partAlone(&c) {
				c.Kind = ClaimAsset
				r.besidePart(l)
				r.add(c)
				return
			}
			c.Project = ""
		}
		r.addListed(c, l.lead, s.label != "" || l.kind == tableLine || s.foreign != nil)
		return
	}
	r.besidePart(l)
	r.add(c)
}

// someVictims returns how many victims a line begins with, in its words: "12 users
// ($3M)" are a part where the whole is known to be more.
func someVictims(toks []token) string {
	if len(toks) < 2 || toks[0].kind != numberToken || !manyVictims[toks[1].lower] {
		return ""
	}
	return toks[0].text + " " + toks[1].text
}

var manyVictims = words("victims users wallets customers investors traders holders accounts people depositors members clients")

// takenFrom returns the victim that ends a line behind "from": "44.6K FOO from
// Bar DAO".
func (r *claimReader) takenFrom(toks []token, i int) string {
	if i+1 >= len(toks) || !toks[i].is("from") || len(toks)-i > 6 || len(r.inc.Targets) < 2 {
		return ""
	}
	if name := classText(toks, i+1, len(toks)-1); r.isTarget(name) {
		return name
	}
	return ""
}

// belowReturned reports whether what stands above a line says that it is a
// list of what came back: "Recovered:".
func (r *claimReader) belowReturned(l *line) bool {
	of := func(text string) bool {
		caption := line{text: strings.TrimRight(text, ": ")}
		toks := caption.tokens()
		return len(toks) < 6 && !strings.HasSuffix(text, ".") && kindOfLabel(caption.text) == backLine && !lossBetween(toks, 0, len(toks)) && len(amounts(toks, notation{})) == 0
	}
	for at, steps := l.lead, 0; at >= 0 && steps < 4; at, steps = r.lines[at].lead, steps+1 {
		if of(clip(r.lines[at].text, 100)) {
			return true
		}
		if r.lines[at].kind == paragraphLine {
			break
		}
	}
	s := r.sectionOf(l)
	return s.level > 2 && of(clip(s.title, 100))
}

// partOfAbove reports whether a quantity is a part of that of the same asset
// that the line above its list gives, and so is counted there: "20 million FOO,
// of which:", "- 6,000 ETH" and what hangs below it.
func (r *claimReader) partOfAbove(l *line, s statement) bool {
	if l.lead < 0 || s.quantity == nil || s.asset == "" {
		return false
	}
	above := &r.lines[l.lead]
	toks := above.tokens()
	if above.kind != itemLine && !strings.HasSuffix(above.text, "which:") || len(toks) > 60 {
		return false
	}
	for _, whole := range statements(toks, amounts(toks, r.inLosses), above.kind == itemLine) {
		if whole.quantity == nil || !strings.EqualFold(whole.asset, s.asset) || !s.quantity.Value.LessThan(whole.quantity.Value) {
			continue
		}
		if r.listedBelow(above, whole) {
			return false
		}
		if !recoveredAt(l.tokens(), s) {
			r.notTotal(l, s, "a part of what stands above it")
		}
		return true
	}
	return false
}

// mostOfPart is how many tokens a line may have that gives one part: this is asked
// for every statement of a line below.
const mostOfPart = 400

// listedBelow reports whether the lines that hang below a quantity add up to it
// and say where each part was lost: they then say more than it does. A value
// that none of them gives keeps it.
func (r *claimReader) listedBelow(l *line, s statement) bool {
	if s.quantity == nil || s.asset == "" {
		return false
	}
	parts, sum, valued := 0, Figure{Step: s.quantity.Step}, s.money == nil
	for i := l.index + 1; i < min(l.index+60, len(r.lines)) && r.lines[i].lead >= l.index; i++ {
		below := &r.lines[i]
		if below.lead != l.index {
			continue
		}
		if len(below.tokens()) > mostOfPart {
			return false
		}
		found := statements(below.tokens(), amounts(below.tokens(), r.inLosses), true)
		if len(found) != 1 || !strings.EqualFold(found[0].asset, s.asset) || found[0].quantity == nil ||
			found[0].network == "" && found[0].label == "" || kindOfLabel(found[0].label) != partLine || r.destinations(below) {
			return false
		}
		parts++
		sum.Value = sum.Value.Add(found[0].quantity.Value)
		valued = valued || found[0].money != nil
	}
	return parts > 1 && valued && agree(s.quantity.Figure, sum)
}

// labelledChain returns the chain that a label names where it can be no asset:
// a figure behind it is of another one, as in "Ethereum: 3,120 USDC, 411 ETH".
func labelledChain(found []statement) string {
	for k, s := range found {
		label := (&line{text: s.label}).tokens()
		name, _, _ := assetAfter(label, 0)
		n := isNetwork(label)
		for i := k; n != "" && i < len(found) && (i == k || found[i].label == ""); i++ {
			if a := found[i].asset; a != "" && !strings.EqualFold(name, a) {
				return n
			}
		}
	}
	return ""
}

// saidAside reports whether a figure that follows another in a line is a part
// of that, or what became of it.
func (r *claimReader) saidAside(l *line, s statement, together bool) bool {
	toks := l.tokens()
	if s.first > 1 && toks[s.first-1].is("which") && toks[s.first-2].is("of") {
		if !recoveredAt(toks, s) {
			r.notTotal(l, s, "a part of what stands before it")
		}
		return true
	}
	if together && movedOn(toks, s) {
		r.notTotal(l, s, "what the loot became")
		return true
	}
	return false
}

// labelledAside reports whether the label of a line says that its figure is no
// part of the loss. A label that says it is the whole is taken off.
func (r *claimReader) labelledAside(l *line, s *statement) bool {
	kind := kindOfLabel(s.label)
	if r.byKind(kind, l, *s) {
		return true
	}
	if kind != partLine {
		s.label = ""
	}
	return false
}

// ofSeveral reports a value in brackets behind several quantities of a line:
// it is of none of them alone, nor the total.
func (r *claimReader) ofSeveral(l *line, toks []token, before []statement, s statement) bool {
	if len(before) == 0 || before[len(before)-1].quantity == nil || s.first == 0 || toks[unhedged(toks, s.first-1)].text != "(" || r.isHeadline(&Claim{USD: usd(s.money)}) {
		return false
	}
	r.shown(r.at(l, toks[s.first].start).Line, &s.money.Figure)
	r.warn(r.at(l, toks[s.first].start), "value-of-several", "this value stands for several assets of the line: "+quoted(l, s.first, s.last), "give each asset its own value")
	return true
}

// merged joins the value and the quantity of one asset that a line gives apart:
// "$100,000 in WETH: 455 WETH".
func merged(found []statement) []statement {
	if len(found) != 2 || !strings.EqualFold(found[0].asset, found[1].asset) || found[0].asset == "" {
		return found
	}
	a, b := found[0], found[1]
	if a.money == nil {
		a, b = b, a
	}
	if a.money == nil || a.quantity != nil || b.quantity == nil || b.money != nil {
		return found
	}
	a.quantity, a.label, a.first, a.last = b.quantity, found[0].label, found[0].first, found[1].last
	return []statement{a}
}

// place decides whether a line of a breakdown is of an asset, of a chain, of a
// project, or is the total. The part of a project that equals the headline is
// the total too.
func (r *claimReader) place(c *Claim, s statement) {
	switch {
	case c.Asset != "":
		if s.network != "" {
			c.Chain = s.network
		}
	case s.network != "":
		c.Kind, c.Chain = ClaimChain, s.network
	case c.Kind == ClaimChain:
	case c.Project == "" && c.Chain != "" && c.Quantity == nil:
		c.Kind = ClaimChain
	case c.Project == "":
		c.Kind = ClaimTotal
	case r.isHeadline(c):
		total := *c
		total.Kind, total.Project = ClaimTotal, ""
		r.add(total)
	}
}

// listedTotal is a claim of a total that stands in a list, with the line above
// the list.
type listedTotal struct {
	claim, lead int
	labelled    bool
}

// addListed keeps a total of a list, up to the bound.
func (r *claimReader) addListed(c Claim, lead int, labelled bool) {
	if r.add(c); !r.full {
		r.listed = append(r.listed, listedTotal{len(r.claims) - 1, lead, labelled})
	}
}

// partsOfLists makes parts of the sums that several lines of one list give, or
// one line with a label beside others, without saying of what, where a larger
// total is known: "First attack: $5M".
func (r *claimReader) partsOfLists(before int) {
	for at := 0; at < len(r.listed); {
		end := at
		for end < len(r.listed) && r.listed[end].lead == r.listed[at].lead {
			end++
		}
		if list := r.listed[at:end]; (len(list) > 1 || r.beside[list[0].lead] && list[0].labelled) && r.exceeds(list, before) {
			for _, e := range list {
				r.claims[e.claim].Kind = ClaimAsset
			}
		}
		at = end
	}
}

// besidePart notes that a list or table has a line that names what lost.
func (r *claimReader) besidePart(l *line) {
	if r.beside == nil {
		r.beside = map[int]bool{}
	}
	r.beside[l.lead] = true
}

// exceeds reports whether a known total is larger than each sum of a list.
func (r *claimReader) exceeds(list []listedTotal, before int) bool {
	largest := r.claims[list[0].claim].USD
	inList := map[int]bool{}
	for _, e := range list {
		inList[e.claim] = true
		if c := r.claims[e.claim]; c.USD == nil || largest == nil {
			return false
		} else if c.USD.Value.GreaterThan(largest.Value) {
			largest = c.USD
		}
	}
	for i, c := range r.claims {
		if c.USD == nil || inList[i] || i >= before && c.Kind != ClaimTotal {
			continue
		}
		if c.USD.Value.GreaterThan(largest.Value) && !agree(*c.USD, *largest) {
			return true
		}
	}
	return false
}

// destinations reports whether a list tells where the money went: its captions
// are then no projects that lost any.
func (r *claimReader) destinations(l *line) bool {
	for at, steps := l.lead, 0; at >= 0 && steps < 3; at, steps = r.lines[at].lead, steps+1 {
		if firstWord(r.lines[at].tail(300), []string{"distributed", "destination", "sent to", "transferred to", "moved to", "deposited", "recipients", "swapped"}) != "" {
			return true
		}
	}
	return false
}

// isTarget reports whether a name is that of a victim: money that went there
// went back.
func (r *claimReader) isTarget(name string) bool {
	for _, t := range r.inc.Targets {
		if strings.EqualFold(t, strings.TrimSpace(name)) {
			return true
		}
	}
	return false
}

// undisclosed reads the assets of a line that gives no amount on purpose: "an
// undisclosed amount of BCH".
func (r *claimReader) undisclosed(l *line, found []statement, network, project string) {
	toks := l.tokens()
	for i, t := range toks {
		if !t.is("undisclosed", "unknown", "unspecified", "unconfirmed") || i+3 >= len(toks) || !toks[i+1].is("amount", "amounts", "number", "quantity", "sum") || !toks[i+2].is("of") {
			continue
		}
		for at := i + 3; at < len(toks) && !toks[at].is(".", ";"); {
			name, next, ok := assetAt(toks, at)
			if !ok {
				at++
				continue
			}
			s := statement{asset: name, first: at, last: next - 1}
			if !covered(found, at) {
				c := r.claim(ClaimAsset, l, s)
				c.Chain, c.Project = network, project
				r.add(c)
			}
			at = next
		}
		return
	}
}

func covered(found []statement, at int) bool {
	for _, s := range found {
		if s.first <= at && at <= s.last {
			return true
		}
	}
	return false
}
