package incident

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"
)

// losses reads the section on the losses: its list lines as the breakdown,
// its sentences for totals.
func (r *claimReader) losses() {
	var part []*line
	for i := range r.lines {
		if r.sectionOf(&r.lines[i]).kind == lossesSection {
			part = append(part, &r.lines[i])
		}
	}
	before := len(r.claims)
	for _, l := range part {
		if r.full {
			break
		}
		switch l.kind {
		case headingLine, quoteLine:
		case tableLine:
			r.lossRow(l)
		case itemLine, codeLine:
			r.lossItem(l)
		default:
			r.lossProse(l)
		}
	}
	r.partsOfLists(before)
	r.dropFar(before)
	r.onlyFigure(before)
}

// dropFar removes totals far from the headline where another is near it: they
// are parts, or of something else.
func (r *claimReader) dropFar(from int) {
	heads := r.claims[:from:from]
	near := func(c Claim) bool { return c.Kind != ClaimTotal || c.USD == nil || nearAny(heads, &c) }
	some := false
	for _, c := range r.claims[from:] {
		some = some || c.Kind == ClaimTotal && near(c)
	}
	if !some && !r.onlyPart(from, heads) && !r.inParts(from, heads) {
		return
	}
	kept := heads
	for _, c := range r.claims[from:] {
		switch {
		case near(c), scaled(heads, &c):
			kept = append(kept, c)
		default:
			r.shown(c.Pos.Line, c.USD)
			r.warn(c.Pos, "far-total", fmt.Sprintf("%q is far from the loss that is stated elsewhere: taken for a part of it or for something else, and not compared", clip(c.Text, 60)),
				"if it is meant as the whole loss, one of the figures is wrong")
		}
	}
	r.claims = kept
}

// scaled reports whether a sum is one of the figures that are known but for a
// slip of the unit, which has to be told.
func scaled(known []Claim, c *Claim) bool {
	return slices.ContainsFunc(known, func(k Claim) bool { return k.USD != nil && offScale(*k.USD, *c.USD) })
}

// inParts reports whether a section gives the loss in several valued parts
// where a headline is known: a sum far from that is of something else.
func (r *claimReader) inParts(from int, heads []Claim) bool {
	parts := 0
	for _, c := range r.claims[from:] {
		if (c.Kind == ClaimAsset || c.Kind == ClaimChain) && c.USD != nil {
			parts++
		}
	}
	return len(heads) > 0 && parts > 1
}

// onlyPart reports whether the one valued part of a section is near the
// headline: it is the total then, and what is far is today's value or such.
func (r *claimReader) onlyPart(from int, heads []Claim) bool {
	parts, near := 0, false
	for _, c := range r.claims[from:] {
		if (c.Kind == ClaimAsset || c.Kind == ClaimChain) && c.USD != nil {
			parts++
			near = nearAny(heads, &c)
		}
	}
	return len(heads) > 0 && parts == 1 && near
}

// onlyFigure makes the one figure of a section without a stated total its total,
// but for one that is said to be of a part and is far below the headline.
func (r *claimReader) onlyFigure(before int) {
	only := -1
	for i := before; i < len(r.claims); i++ {
		c := r.claims[i]
		if c.Kind == ClaimTotal {
			return
		}
		if c.Kind == ClaimAsset || c.Kind == ClaimChain {
			if only >= 0 {
				return
			}
			only = i
		}
	}
	if only >= 0 && r.claims[only].USD != nil {
		c := r.claims[only]
		if r.partAlone(&c) {
			r.warn(c.Pos, "part-alone", fmt.Sprintf("%q is the only part that is given, and less than half of the loss that is stated elsewhere", clip(c.Text, 60)),
				"other parts may be missing, or one of the figures is wrong")
			return
		}
		c.Kind, c.Asset, c.Quantity, c.Chain, c.Project = ClaimTotal, "", nil, "", ""
		r.add(c)
	}
}

// partAlone reports whether a figure of one project or chain is far below the
// headline and no slip of its unit.
func (r *claimReader) partAlone(c *Claim) bool {
	return (c.Kind == ClaimChain || c.Project != "") && len(r.heads()) > 0 && !nearAny(r.claims, c) && !r.misplaced(c)
}

// claim turns a statement into a claim of a kind.
func (r *claimReader) claim(kind ClaimKind, l *line, s statement) Claim {
	toks := l.tokens()
	first := s.first
	if s.label != "" && kind != ClaimRecovered {
		for first > 0 && len(span(l, first, s.first-1)) < len(s.label)+2 && !toks[first-1].is(".", ";") {
			first--
		}
	}
	asset, network := onNetwork(s.asset)
	c := Claim{Kind: kind, Asset: asset, Chain: network, Text: quoted(l, first, s.last), Section: r.sectionOf(l).title, Pos: r.at(l, toks[s.first].start)}
	if s.quantity != nil {
		f := s.quantity.Figure
		c.Quantity = &f
	}
	if s.foreign != nil {
		c.setMoney(s.foreign)
	}
	if s.money != nil {
		c.setMoney(s.money)
	}
	return c
}

// quoted returns the words of a figure with the hedge in front of them and the
// bracket that they opened.
func quoted(l *line, first, last int) string {
	toks := l.tokens()
	for from := first - 1; from >= 0 && from >= first-3; from-- {
		if b, ok := hedges[toks[from].lower]; ok && b != Exactly && toks[from].kind == wordToken {
			if first = from; from > 0 && toks[from].is("than", "least") {
				first--
			}
		}
	}
	if last+1 < len(toks) && toks[last+1].text == ")" && strings.Count(span(l, first, last), "(") > strings.Count(span(l, first, last), ")") {
		last++
	}
	return clip(strings.TrimLeft(span(l, first, last), " ,.:;|-)"), 200)
}

// usd returns the figure of an amount of dollars.
func usd(a *amount) *Figure {
	if a == nil || a.currency != "USD" {
		return nil
	}
	return &a.Figure
}

// isHeadline reports whether a figure is the one that front matter or title
// give; the title's only where it is not of a part.
func (r *claimReader) isHeadline(c *Claim) bool {
	var total *Figure
	for _, h := range r.claims {
		if h.Kind != ClaimFrontMatter && h.Kind != ClaimTitle {
			break // these two are read first
		}
		if h.USD == nil || c.USD == nil {
			continue
		}
		if h.Kind == ClaimTitle && total != nil && h.USD.Value.Mul(decimal.New(4, 0)).LessThan(total.Value.Mul(decimal.New(3, 0))) {
			continue
		}
		if total = h.USD; same(h.USD, c.USD) {
			return true
		}
	}
	return false
}

// scopes reports whether "on", "from" or "for" leads to a chain or a name.
func scopes(toks []token, i int) bool {
	if toks[i].is("for") {
		return toks[i+1].kind == wordToken && capital(toks[i+1].text)
	}
	_, _, ok := networkAt(toks, i+1)
	return ok
}

// summary reads the totals that the summary states. A figure far from the
// headline's is of something else: a part, an earlier incident, a fund.
func (r *claimReader) summary() {
	var far, near []Claim
	for i := range r.lines {
		l := &r.lines[i]
		if len(near)+len(far) > maxClaims {
			break
		}
		if r.sectionOf(l).kind != summarySection || l.kind == headingLine || l.kind == quoteLine {
			continue
		}
		toks := l.tokens()
		found := statements(toks, amounts(toks, r.notation), false)
		back := cameBackOf(toks, found)
		for k, s := range found {
			if partOf(toks, found[:k], s) || k > 0 && back[k-1] && saidOf(toks, found[k-1], s) || !r.totalInSummary(toks, s) || r.isPart(s) {
				continue
			}
			why := r.otherwise(toks, s)
			if why == "" && r.oneOfTwo(toks, found, k) {
				why = "one of two parts that add up to the loss"
			}
			if why != "" {
				r.notTotal(l, s, why)
				continue
			}
			if c := r.total(l, s); nearAny(r.claims, &c) && (s.quantity == nil || r.close(&c)) {
				near = append(near, c)
			} else {
				far = append(far, c)
			}
		}
	}
	if len(near) == 0 && !r.hasTotal() {
		near = slices.DeleteFunc(far, func(c Claim) bool { return !r.misplaced(&c) })
	}
	r.claims = append(r.claims, near...)
}

// totalInSummary reports whether the summary states a figure as the loss:
// words of loss stand near it, or it is the figure of the headline again.
func (r *claimReader) totalInSummary(toks []token, s statement) bool {
	if s.money == nil || s.network != "" || ofPart(toks, s) || ofEarlier(toks, s) && !r.isHeadline(&Claim{USD: usd(s.money)}) || recoveredAt(toks, s) {
		return false
	}
	if r.isHeadline(&Claim{USD: usd(s.money)}) && (!notLoss(toks, s.money) || borrowed(toks, s.money) || lossBetween(toks, max(s.first-6, 0), s.first) && !offTopic(toks, s.money)) {
		return true
	}
	if s.money.Bound == About && s.asset == "" && agreesAny(r.heads(), usd(s.money)) && !notLoss(toks, s.money) {
		return true // the headline rounded: "409 BTC and 1,728 ETH, about $26 million"
	}
	if r.isHeadline(&Claim{USD: usd(s.money)}) && suffered(toks, s.last+1) {
		return true // "tokens with a market value of $5 million were taken"
	}
	return !notLoss(toks, s.money) && lossNear(toks, s.money)
}

// suffered reports whether the rest of a sentence says that what it speaks of
// was taken.
func suffered(toks []token, i int) bool {
	for ; i+1 < len(toks) && !toks[i].is(".", ";", "but", "while"); i++ {
		if toks[i].is("was", "were", "been") && toks[i+1].is("taken", "stolen", "drained", "lost", "siphoned", "looted") {
			return true
		}
	}
	return false
}

// close reports whether a value is within a quarter of the headline's: that of
// a quantity which is less is of a part.
func (r *claimReader) close(c *Claim) bool {
	some, three, four := false, decimal.New(3, 0), decimal.New(4, 0)
	for _, h := range r.claims {
		if h.Kind != ClaimFrontMatter && h.Kind != ClaimTitle || h.USD == nil || c.USD == nil {
			continue
		}
		some = true
		if !c.USD.Value.Mul(four).LessThan(h.USD.Value.Mul(three)) && !h.USD.Value.Mul(four).LessThan(c.USD.Value.Mul(three)) {
			return true
		}
	}
	return !some
}

// isPart reports whether the section on the losses gives a figure as that of
// one asset, chain or project.
func (r *claimReader) isPart(s statement) bool {
	c := Claim{USD: usd(s.money)}
	if c.USD == nil || r.isHeadline(&c) {
		return false
	}
	for i := range r.partSums {
		if same(&r.partSums[i], c.USD) {
			return true
		}
	}
	for _, p := range r.claims {
		if (p.Kind == ClaimAsset || p.Kind == ClaimChain) && p.Quantity == nil && same(p.USD, c.USD) {
			return true
		}
	}
	return false
}

// saidOf reports whether a value belongs to the figure before it: "seized
// 2,000 ETH from seven members (worth $4 million)".
func saidOf(toks []token, before, s statement) bool {
	for i := before.last + 1; i < s.first; i++ {
		if toks[i].is(".", ";", "but", "while") {
			return false
		}
	}
	return s.asset == "" && s.first > 0 && toks[unhedged(toks, s.first-1)].is("(", "worth", "valued")
}

// partOf reports whether a figure of an asset follows the sum that it belongs
// to in the same sentence: "a loss of $31 million: $18M in WETH, …".
func partOf(toks []token, before []statement, s statement) bool {
	if s.asset == "" || s.money == nil || len(before) == 0 {
		return false
	}
	for k := len(before) - 1; k >= 0 && k >= len(before)-12; k-- {
		b := before[k]
		for i := b.last + 1; i < s.first; i++ {
			if toks[i].is(".", ";") {
				return false
			}
		}
		if b.money != nil && b.asset == "" && b.money.Value.GreaterThan(s.money.Value) {
			return true
		}
	}
	return false
}

// misplaced reports whether a figure differs from the headline as one with a
// wrong power of ten would, or is larger: no part of it then.
func (r *claimReader) misplaced(c *Claim) bool {
	for _, h := range r.claims {
		if h.Kind != ClaimFrontMatter && h.Kind != ClaimTitle || h.USD == nil || c.USD == nil {
			continue
		}
		if c.USD.Value.GreaterThan(h.USD.Value) {
			return true
		}
		for _, shift := range []int32{1, 2, 3, 6} {
			if agree(Figure{Value: c.USD.Value.Shift(shift), Step: c.USD.Step.Shift(shift)}, *h.USD) {
				return true
			}
		}
	}
	return false
}

func (r *claimReader) hasTotal() bool {
	for _, c := range r.claims {
		if c.Kind == ClaimTotal {
			return true
		}
	}
	return false
}

// nearAny reports whether a figure could be the same loss as one that is known
// from front matter, title or the section on losses: between half and double
// of it. Where none is known everything is near.
func nearAny(known []Claim, c *Claim) bool {
	some, two := false, decimal.New(2, 0)
	for _, h := range known {
		if h.Kind != ClaimFrontMatter && h.Kind != ClaimTitle && h.Kind != ClaimTotal || h.USD == nil || c.USD == nil {
			continue
		}
		some = true
		if !c.USD.Value.Mul(two).LessThan(h.USD.Value) && !h.USD.Value.Mul(two).LessThan(c.USD.Value) {
			return true
		}
	}
	return !some
}

// ofEarlier reports whether the sentence speaks of an earlier incident.
func ofEarlier(toks []token, s statement) bool {
	for i := s.first - 1; i >= 0 && i >= s.first-40 && !toks[i].is("."); i-- {
		if toks[i].is("previously", "earlier", "prior", "formerly") {
			return true
		}
	}
	return false
}

// ofPart reports whether an amount is said to be of one project or chain of
// several: "$86.6 million for A and $13.6 million for B".
func ofPart(toks []token, s statement) bool {
	from, to := s.first, s.last
	for from > 0 && from > s.first-100 && !toks[from-1].is(".", ";") {
		from--
	}
	for to < len(toks) && to < s.last+100 && !toks[to].is(".", ";") {
		to++
	}
	scoped, parts := false, 0
	next := to // figure behind this one, which the words behind it belong to
	for i := to - 1; i > s.last; i-- {
		if toks[i].kind == numberToken {
			next = i
		}
	}
	for i := from; i < to; i++ {
		if i+1 < len(toks) && toks[i].is("on", "from", "for") && scopes(toks, i) {
			parts++
			if i > s.last && i <= s.last+8 && i < next || i < s.first && i >= s.first-5 {
				scoped = true
			}
		}
	}
	return scoped && parts > 1
}

// lossNear reports whether words of loss stand near an amount in its sentence.
func lossNear(toks []token, a *amount) bool {
	for i := a.first - 1; i >= 0 && i >= a.first-14 && !toks[i].is("."); i-- {
		if lossWords[toks[i].lower] || toks[i].is("off") && toks[i+1].is("with") {
			return true
		}
	}
	for i := a.last + 1; i < len(toks) && i <= a.last+10 && !toks[i].is("."); i++ {
		if lossWords[toks[i].lower] {
			return true
		}
	}
	return false
}
