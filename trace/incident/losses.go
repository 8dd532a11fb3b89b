package incident

import "strings"

// losses reads the section on the losses: its list lines as the breakdown,
// its sentences for totals.
func (r *claimReader) losses() {
	var part []*line
	for i := range r.lines {
		if r.sectionOf(&r.lines[i]).kind == lossesSection {
			part = append(part, &r.lines[i])
		}
	}
	r.notation = notationOf(part)
	before := len(r.claims)
	for _, l := range part {
		switch l.kind {
		case headingLine, quoteLine:
		case itemLine, tableLine, codeLine:
			r.lossItem(l)
		default:
			r.lossProse(l)
		}
	}
	r.onlyFigure(before)
}

// onlyFigure makes the one figure of a section without a stated total its total.
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
		c.Kind, c.Asset, c.Quantity, c.Chain, c.Project = ClaimTotal, "", nil, "", ""
		r.claims = append(r.claims, c)
	}
}

// claim turns a statement into a claim of a kind.
func (r *claimReader) claim(kind ClaimKind, l *line, s statement) Claim {
	toks := l.tokens()
	first := s.first
	if s.label != "" {
		for first > 0 && len(span(l, first, s.first-1)) < len(s.label)+2 && !toks[first-1].is(".", ";") {
			first--
		}
	}
	c := Claim{Kind: kind, Asset: s.asset, Text: clip(span(l, first, s.last), 200), Section: r.sectionOf(l).title, Pos: r.at(l, toks[s.first].start)}
	if s.quantity != nil {
		f := s.quantity.Figure
		c.Quantity = &f
	}
	if s.money != nil {
		c.setMoney(s.money)
	}
	return c
}

// lossItem reads one line of a breakdown.
func (r *claimReader) lossItem(l *line) {
	toks := l.tokens()
	all := amounts(toks, r.notation)
	network, project := r.scope(l)
	for _, s := range statements(toks, all) {
		if a := s.money; a != nil && s.quantity == nil && notLoss(toks, a) {
			continue
		}
		c := r.claim(ClaimAsset, l, s)
		c.Chain, c.Project = network, project
		r.byLabel(&c, s)
		switch {
		case c.Asset != "":
		case s.network != "":
			c.Kind, c.Chain = ClaimChain, s.network
		case c.Kind == ClaimChain:
		default:
			c.Kind = ClaimTotal
		}
		r.claims = append(r.claims, c)
	}
}

// byLabel uses the caption in front of a figure: an asset, a chain or a project.
func (r *claimReader) byLabel(c *Claim, s statement) {
	if s.label == "" {
		return
	}
	l := line{text: s.label}
	toks := l.tokens()
	if name, next, ok := assetAfter(toks, 0); ok && c.Asset == "" && next == len(toks) {
		c.Asset = name
		return
	}
	if n := isNetwork(toks); n != "" {
		if c.Asset == "" {
			c.Kind = ClaimChain
		}
		c.Chain = n
		return
	}
	if c.Project == "" && capital(s.label) {
		c.Project = s.label
	}
}

// scope reads the chain and the project that captions above a line name.
func (r *claimReader) scope(l *line) (network, project string) {
	for at, steps := l.lead, 0; at >= 0 && steps < 4; at, steps = r.lines[at].lead, steps+1 {
		c := &r.lines[at]
		toks := c.tokens()
		if len(toks) > 12 {
			break
		}
		if n := isNetwork(toks); n != "" && network == "" {
			network = n
		} else if n == "" && strings.HasSuffix(c.text, ":") && project == "" && capital(c.text) {
			project = strings.TrimRight(c.text, ": ")
		}
		if c.kind == paragraphLine {
			break
		}
	}
	return network, project
}

// lossProse reads sentences of the section.
func (r *claimReader) lossProse(l *line) {
	toks := l.tokens()
	all := amounts(toks, r.notation)
	for _, s := range statements(toks, all) {
		if a := s.money; a != nil && notLoss(toks, a) {
			continue
		}
		if s.asset != "" {
			r.claims = append(r.claims, r.claim(ClaimAsset, l, s))
		}
		if s.money != nil {
			r.claims = append(r.claims, r.total(l, s))
		}
	}
}

func (r *claimReader) total(l *line, s statement) Claim {
	c := r.claim(ClaimTotal, l, s)
	c.Asset, c.Quantity = "", nil
	return c
}

// summary reads the totals that the summary states.
func (r *claimReader) summary() {
	for i := range r.lines {
		l := &r.lines[i]
		if r.sectionOf(l).kind != summarySection || l.kind == headingLine || l.kind == quoteLine {
			continue
		}
		toks := l.tokens()
		all := amounts(toks, notation{})
		for _, s := range statements(toks, all) {
			if s.money == nil || s.network != "" || notLoss(toks, s.money) || !lossNear(toks, s.money) {
				continue
			}
			r.claims = append(r.claims, r.total(l, s))
		}
	}
}

// lossNear reports whether words of loss stand near an amount in its sentence.
func lossNear(toks []token, a *amount) bool {
	for i := a.first - 1; i >= 0 && i >= a.first-14 && !toks[i].is("."); i-- {
		if lossWords[toks[i].lower] {
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

// recovered reads what was returned, recovered or frozen, wherever it stands.
func (r *claimReader) recovered() {
	for i := range r.lines {
		l := &r.lines[i]
		if l.kind == headingLine {
			continue
		}
		toks := l.tokens()
		for _, s := range statements(toks, amounts(toks, r.notation)) {
			if recoveredAt(toks, s) {
				r.claims = append(r.claims, r.claim(ClaimRecovered, l, s))
			}
		}
	}
}

var recoverWords = words("returned recovered recovering froze frozen refunded returns seized retrieved")

func recoveredAt(toks []token, s statement) bool {
	for i := s.first - 1; i >= 0 && i >= s.first-5; i-- {
		if toks[i].is(".", ";", ",", "but") {
			break
		}
		if recoverWords[toks[i].lower] {
			return true
		}
	}
	for i := s.last + 1; i < len(toks) && i <= s.last+8; i++ {
		if toks[i].is(".", ";", "but") {
			break
		}
		if recoverWords[toks[i].lower] {
			return true
		}
	}
	return false
}
