package incident

import (
	"fmt"
	"slices"
	"strings"
)

// claimReader collects the figures that a write-up reports.
type claimReader struct {
	*document
	inc       *Incident
	notation  notation
	inLosses  notation // of the section on the losses
	claims    []Claim
	columns   []column // of the table that is being read
	named     []string // assets that its headings are
	chainLine int      // the last paragraph whose label is the chain of its figures
	listed    []listedTotal
	partSums  []Figure     // of lists that are parts of the loss
	beside    map[int]bool // lines above lists that have parts with a name
	full      bool
	told      map[sumAt]bool  // sums that claims and problems show
	bridges   map[string]bool // captions that name a bridge of a chain, once told
}

// maxClaims bounds the figures of one document; no write-up comes near it.
const maxClaims = 2000

// add keeps a claim, up to the bound. A chain that its asset, or the name of a
// class of assets, is written with is the chain of the claim.
func (r *claimReader) add(c Claim) {
	if asset, network := onNetwork(c.Asset); network != "" {
		if c.Asset = asset; c.Chain == "" {
			c.Chain = network // "ERC-20 USDT: $5M", wherever it stands
		}
	}
	if c.Kind == ClaimAsset && c.Chain == "" {
		c.Chain = classNetwork(c.Asset)
	}
	if r.full = len(r.claims) >= maxClaims; !r.full {
		r.claims = append(r.claims, c)
	}
}

// readClaims reads the reported figures from everywhere they stand.
func (d *document) readClaims(inc *Incident) {
	r := &claimReader{document: d, inc: inc}
	r.frontMatter()
	r.readNotation()
	r.title()
	r.losses()
	r.summary()
	r.recovered()
	r.tellLeftOut()
	r.hedgeFrontMatter()
	r.deduplicate()
	if r.full {
		r.warn(Pos{1, 1}, "too-many-figures", fmt.Sprintf("there are more than %d figures: the rest was not read", maxClaims), "split the document")
	}
	order := []ClaimKind{ClaimFrontMatter, ClaimTitle, ClaimTotal, ClaimAsset, ClaimChain, ClaimRecovered}
	slices.SortStableFunc(r.claims, func(a, b Claim) int {
		return slices.Index(order, a.Kind) - slices.Index(order, b.Kind)
	})
	inc.Claims = r.claims
}

// deduplicate keeps one total per distinct figure.
func (r *claimReader) deduplicate() {
	var kept []Claim
	for _, c := range r.claims {
		twice := false
		for _, k := range kept {
			if c.Kind == ClaimTotal && k.Kind == ClaimTotal || c.Kind == ClaimRecovered && k.Kind == ClaimRecovered {
				twice = twice || sameFigures(c, k) || c.Kind == ClaimRecovered && readTwice(c, k)
			}
		}
		if !twice {
			kept = append(kept, c)
		}
	}
	r.claims = kept
}

// hedgeFrontMatter gives the figure of the front matter, a number with no room
// for "over" or "nearly", the bound that the text gives the same figure wherever
// it states it, else the title: what the words bound on one side only is not
// contradicted through the number.
func (r *claimReader) hedgeFrontMatter() {
	for i := range r.claims {
		c := &r.claims[i]
		if c.Kind != ClaimFrontMatter || c.USD == nil || c.USD.Bound != Exactly {
			continue
		}
		by, stated := r.hedgedBy(c, ClaimTotal)
		if !stated {
			by, _ = r.hedgedBy(c, ClaimTitle)
		}
		if by != nil && by.USD.Bound != About {
			c.USD.Bound = by.USD.Bound
			c.Text = fmt.Sprintf("%s (%q in line %d)", c.Text, clip(by.Text, 60), by.Pos.Line)
		}
	}
}

// hedgedBy returns the first claim of a kind that states the same figure, where
// all such hedge it; stated reports whether there is any.
func (r *claimReader) hedgedBy(c *Claim, kind ClaimKind) (by *Claim, stated bool) {
	for i := range r.claims {
		o := &r.claims[i]
		if o.Kind != kind || !same(o.USD, c.USD) {
			continue
		}
		if stated = true; o.USD.Bound == Exactly {
			return nil, true
		}
		if by == nil {
			by = o
		}
	}
	return by, stated
}

// readTwice reports whether two claims of one line are the same figure, once
// read by the label of the line and once by its words.
func readTwice(a, b Claim) bool {
	return a.Pos.Line == b.Pos.Line && (a.Asset == "" || b.Asset == "" || strings.EqualFold(a.Asset, b.Asset)) &&
		(a.USD != nil && same(a.USD, b.USD) || a.Quantity != nil && same(a.Quantity, b.Quantity))
}

func sameFigures(a, b Claim) bool {
	return same(a.USD, b.USD) && same(a.Amount, b.Amount) && same(a.Quantity, b.Quantity) && strings.EqualFold(a.Asset, b.Asset) && a.Currency == b.Currency
}

func same(a, b *Figure) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Value.Equal(b.Value)
}

func (r *claimReader) frontMatter() {
	f, ok := r.matter.get("loss", "losses", "amount", "amount-lost", "loss-usd", "usd-loss", "stolen", "total-loss")
	if !ok || len(f.values) == 0 {
		return
	}
	l := &line{text: f.values[0]}
	all := amounts(l.tokens(), notation{})
	for i := range all {
		a := &all[i]
		if a.percent {
			continue
		}
		if a.currency == "" {
			a.currency = "USD"
		}
		c := Claim{Kind: ClaimFrontMatter, Text: f.values[0], Pos: r.position(f.at)}
		c.setMoney(a)
		r.add(c)
		return
	}
	if !strings.EqualFold(f.values[0], "unknown") {
		r.warn(r.position(f.at), "front-matter-loss", "the loss in the front matter is no number: "+clip(f.values[0], 60), "write dollars as digits, or unknown")
	}
}

// readNotation finds out how the document separates decimals and thousands: by
// the section on the losses, the summary and the title together and, for that
// section, by itself where it tells.
func (r *claimReader) readNotation() {
	var losses, lines []*line
	for i := range r.lines {
		l := &r.lines[i]
		switch r.sectionOf(l).kind {
		case lossesSection:
			losses = append(losses, l)
		case summarySection:
			lines = append(lines, l)
		}
	}
	if f, ok := r.matter.get("title", "name"); ok && len(f.values) > 0 {
		lines = append(lines, &line{text: f.values[0]})
	}
	var known *Figure
	if len(r.claims) > 0 {
		known = r.claims[0].USD
	}
	lines = append(lines, losses...)
	r.notation = notationOf(lines).beside(known, lines)
	if r.inLosses = notationOf(losses).beside(known, losses); !r.inLosses.decided {
		r.inLosses = r.notation
	}
}

func (c *Claim) setMoney(a *amount) {
	f := a.Figure
	if a.currency == "USD" {
		c.USD = &f
		return
	}
	c.Currency, c.Amount = a.currency, &f
}

func (r *claimReader) title() {
	f, ok := r.matter.get("title", "name")
	if !ok || len(f.values) == 0 {
		return
	}
	l := &line{text: f.values[0]}
	toks := l.tokens()
	all := amounts(toks, r.notation)
	if a := r.titled(toks, all); a != nil {
		c := Claim{Kind: ClaimTitle, Text: span(l, a.first, a.last), Pos: r.position(f.at)}
		c.setMoney(a)
		r.add(c)
	}
}

// titled returns the sum of a title that is its loss: the one that front matter
// gives too, else the first that nothing says is something else.
func (r *claimReader) titled(toks []token, all []amount) *amount {
	var best *amount
	heads := r.heads()
	for i := range all {
		a := &all[i]
		if a.currency == "" && saidInDollars(toks, a, heads) {
			a.currency = "USD"
		}
		if up := a.upper; up != nil && a.currency == "USD" && slices.ContainsFunc(heads, func(h Figure) bool { return same(&h, up) }) {
			a.Figure = *up // "Losses Grow From $26M to $52M"
			a.Bound = Exactly
			return a
		}
		if known := usd(a); known != nil && slices.ContainsFunc(heads, func(h Figure) bool { return same(&h, known) }) {
			return a
		}
		if a.currency == "" || a.percent || notLoss(toks, a) {
			continue
		}
		if len(heads) > 0 && !agreesAny(heads, usd(a)) && gained(toks, statement{money: a, first: a.first, last: a.last}) {
			continue // "$6M profit for the attacker"
		}
		if best == nil && !(a.first > 1 && toks[unhedged(toks, a.first-1)].is("at") && toks[max(unhedged(toks, a.first-1)-1, 0)].is("valued")) {
			best = a
		}
	}
	return best
}

// saidInDollars reports whether a number without a sign is the sum of the front
// matter: "Drained of 1.4M".
func saidInDollars(toks []token, a *amount, heads []Figure) bool {
	_, _, ok := assetAfter(toks, a.last+1)
	return !ok && !a.percent && a.power >= 3 && agreesAny(heads, &a.Figure) && (a.last+1 >= len(toks) || toks[a.last+1].kind == symbolToken || toks[a.last+1].is("to", "in", "on", "from", "by", "after", "through", "via", "at", "lost", "stolen", "drained", "hack", "exploit"))
}

// span returns the text from one token through another.
func span(l *line, first, last int) string {
	toks := l.tokens()
	first, last = max(first, 0), min(last, len(toks)-1)
	if first > last {
		return ""
	}
	return strings.Join(strings.Fields(l.text[toks[first].start:toks[last].end]), " ")
}
