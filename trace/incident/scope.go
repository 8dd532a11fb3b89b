package incident

import (
	"fmt"
	"slices"
	"strings"
)

// byLabel uses the caption in front of a figure: an asset, a chain or a project.
func (r *claimReader) byLabel(c *Claim, l *line, s statement) {
	if s.label == "" {
		return
	}
	label := line{text: s.label}
	toks := label.tokens()
	network := isNetwork(toks)
	name, next, ok := assetAfter(toks, 0)
	if c.Asset == "" && r.ofLabel(c, l, s, toks) {
		return
	}
	if of, is := labelAsset(toks); is && !strings.EqualFold(name, c.Asset) {
		if of, _ = onNetwork(of); strings.EqualFold(of, c.Asset) {
			return // "Native FOO", "ERC-20 FOO"
		}
	}
	if ok && next == len(toks) && strings.EqualFold(name, c.Asset) {
		if network != "" && c.Chain == "" && r.speaksOfChains(l, toks) {
			c.Chain = network
		}
		return
	}
	if network != "" {
		if c.Asset == "" {
			c.Kind = ClaimChain
		}
		c.Chain = network
		return
	}
	if class, next, ok := assetClass(toks, 0); ok && c.Asset == "" && s.quantity == nil && next == len(toks) {
		c.Asset = class
		return
	}
	if c.Asset == "" && s.quantity == nil && r.namesAsset(l, toks) {
		c.Asset = s.label
		return
	}
	if c.Project == "" && !r.destinations(l) && !byAnalyst(s.label) {
		if c.Project = projectName(toks); c.Project == "" && (r.isTarget(s.label) || c.Asset == "" && s.quantity == nil && capital(toks[0].text) && ofThing(toks, 0)) {
			c.Project = s.label
		}
	}
}

// ofLabel takes the asset, or the class of assets, that a label is for that of its
// figure, and reports whether it is one.
func (r *claimReader) ofLabel(c *Claim, l *line, s statement, label []token) bool {
	if class, next, ok := assetClass(label, 0); ok && s.quantity == nil && next == len(label) && classNouns[label[len(label)-1].lower] {
		c.Asset = class
	} else if s.quantity == nil && ofRest(label) {
		c.Asset = s.label
	} else if name, next, ok := assetAfter(label, 0); ok && next == len(label) && (isNetwork(label) == "" || s.quantity != nil || !r.speaksOfChains(l, label)) {
		c.Asset = name
	}
	return c.Asset != ""
}

// speaksOfChains decides whether "Bitcoin: $18M" is about the chain: where a
// line beside it names what is a chain only, or the words above speak of
// chains and no line beside it names what is none.
func (r *claimReader) speaksOfChains(l *line, label []token) bool {
	beside := r.labelsBeside(l)
	if len(beside) > 0 && evmChain(label) && !slices.ContainsFunc(beside, func(toks []token) bool { return !evmChain(toks) }) {
		return true // Ethereum, Optimism and Fantom lost, not three coins
	}
	for _, toks := range beside {
		if _, next, ok := assetClass(toks, 0); ok && next == len(toks) && classNouns[toks[next-1].lower] {
			return false // "ERC-20 tokens: $5M"
		}
		network := isNetwork(toks)
		_, next, isAsset := assetAfter(toks, 0)
		if isAsset = isAsset && next == len(toks); network != "" && !isAsset {
			return true
		} else if isAsset && network == "" {
			return false
		}
	}
	ticker := upper(label[0].text) == len(label[0].text) && len(label[0].text) <= 4
	for _, t := range r.introduction(l) {
		if t.is("chains", "networks", "blockchains") || !ticker && t.is("chain", "network", "blockchain") {
			return true
		}
	}
	return false
}

// evmChain reports whether a label is the name, and no ticker, of an EVM chain.
func evmChain(label []token) bool {
	n := isNetwork(label)
	return n != "" && evmNetworks[n] && !(upper(label[0].text) == len(label[0].text) && knownTickers[label[0].lower])
}

// introduction returns the words that introduce a line, the nearest first.
func (r *claimReader) introduction(l *line) []token {
	var all []token
	for at, steps := l.lead, 0; at >= 0 && steps < 4; at, steps = r.lines[at].lead, steps+1 {
		toks := r.lines[at].tokens()
		all = append(all, toks[max(0, len(toks)-60):]...)
		if r.lines[at].kind == paragraphLine {
			break
		}
	}
	return all
}

// labelsBeside returns what stands in front of the colon or dash of the lines
// of the same list.
func (r *claimReader) labelsBeside(l *line) [][]token {
	var all [][]token
	for i := max(0, l.index-40); i < min(l.index+40, len(r.lines)); i++ {
		o := &r.lines[i]
		if i == l.index || o.lead != l.lead || o.section != l.section || o.kind != itemLine && (o.kind != tableLine || l.kind != tableLine) {
			continue
		}
		if row := cells(o); o.kind == tableLine && len(row) > 1 && len(row[0]) > 0 && len(o.tokens()) < mostOfPart && len(amounts(o.tokens(), r.inLosses)) > 0 {
			all = append(all, row[0])
		}
		toks := o.tokens()
		for k := 1; k < len(toks) && k < 8; k++ {
			if toks[k].is(":", "-", "=", "(") {
				all = append(all, toks[:k])
				break
			}
		}
	}
	return all
}

// projectWords in an introduction or a name say that projects are listed.
var projectWords = words(`project projects protocol protocols platform platforms exchange exchanges pools victims companies dapps dexes finance swap bridge vault capital labs dao network markets
	incident incidents attack attacks hack hacks thefts breach breaches`)

// namesAsset decides whether a name of no known asset in front of a value is
// one all the same: the lines beside it are of assets, or the introduction
// speaks of such.
func (r *claimReader) namesAsset(l *line, label []token) bool {
	if len(label) == 0 || len(label) > 4 || !capital(label[0].text) || r.isTarget(classText(label, 0, len(label)-1)) {
		return false
	}
	for _, t := range label {
		if captionNouns[t.lower] || projectWords[t.lower] || t.kind != wordToken {
			return false
		}
	}
	for _, toks := range r.labelsBeside(l) {
		if _, next, ok := assetAfter(toks, 0); ok && next == len(toks) {
			return true
		}
	}
	found := false
	for _, t := range r.introduction(l) {
		if projectWords[t.lower] {
			return false
		}
		found = found || t.is("tokens", "coins", "cryptocurrencies", "altcoins", "stablecoins")
	}
	return found
}

// scope reads the chain and the project that captions above a line name.
func (r *claimReader) scope(l *line) (network, project string) {
	look := func(toks []token) {
		sentence := toldLost(toks)
		if toks = unvalued(toks); len(toks) > 12 {
			return
		}
		if n := isNetwork(toks); n != "" {
			if network == "" {
				network = n
				r.ofBridge(l, toks)
			}
		} else if project == "" && !sentence {
			project = projectName(toks)
		}
	}
	for at, steps := l.lead, 0; at >= 0 && steps < 4; at, steps = r.lines[at].lead, steps+1 {
		c := &r.lines[at]
		if c.kind == itemLine || strings.HasSuffix(c.text, ":") || strings.HasSuffix(c.text, ")") && len(unvalued(c.tokens())) <= 4 || len(c.tokens()) <= 4 {
			look(c.tokens())
		}
		if c.kind == paragraphLine {
			break
		}
	}
	if s := r.sectionOf(l); s.level > 2 {
		look(r.lines[s.line].tokens())
	}
	return network, project
}

// ofBridge warns, once for each caption, where the chain of what hangs below it
// is that of a bridge: what it lost may have lain on the other side.
func (r *claimReader) ofBridge(l *line, caption []token) {
	text := classText(caption, 0, len(caption)-1)
	if !strings.Contains(text, "bridge") || r.bridges[text] {
		return
	}
	if r.bridges == nil {
		r.bridges = map[string]bool{}
	}
	r.bridges[text] = true
	r.warn(r.at(l, 0), "bridge-side", fmt.Sprintf("%q is taken for the chain on which this was lost; what a bridge loses may lie on either of its sides", clip(text, 60)),
		"name the chain from which the funds were taken")
}

// unvalued returns the words of a caption in front of the figure that it gives
// for all that hangs below: "Ethereum ($15.7 million):", "BSC: $2M in total".
func unvalued(toks []token) []token {
	if len(toks) > 20 {
		return toks
	}
	for _, a := range amounts(toks, notation{}) {
		end := a.first
		if end == 0 || a.currency == "" && !toks[end-1].is("~") {
			continue
		}
		for end > 1 && (toks[end-1].is("(", "-", ":", ",") || hedges[toks[end-1].lower] != Exactly) {
			end--
		}
		return toks[:end]
	}
	return toks
}

// toldLost reports whether a caption is a sentence about its figure: the word
// in front of that is no name in "Altogether $5 million was stolen:".
func toldLost(toks []token) bool {
	if len(toks) > 20 {
		return false
	}
	for _, a := range amounts(toks, notation{}) {
		bracket := a.first > 0 && toks[unhedged(toks, a.first-1)].text == "("
		for i := a.last + 1; i < min(a.last+5, len(toks)) && !bracket; i++ {
			if toks[i].is("was", "were", "is", "are") && lossBetween(toks, i+1, min(i+3, len(toks))) {
				return true
			}
		}
	}
	return false
}

// captionNouns are what captions are made of that name no project.
var captionNouns = words(`asset assets token tokens coin coins loss losses breakdown total totals stolen lost following including wallet wallets address addresses fund funds detail details list amount amounts
	summary cryptocurrency cryptocurrencies crypto currency currencies value estimate estimated other others approximately user users customer customers update source sources note hot cold theft among these this it they these
	composition distribution damage damages impact financial affected totaling totalling totaled drained nft nfts erc20 cash first second third attack`)

// incidentWords end a caption that names an incident: "Foo hack".
var incidentWords = words("hack hacks exploit exploits attack attacks incident incidents breach breaches theft thefts embezzlement loss losses heist scam case event exploited hacked")

// projectName returns the name in a caption such as "Foo Bridge:" or
// "Foo hack, April 2017:"; empty where the caption is a phrase.
func projectName(toks []token) string {
	end := 0
	for end < len(toks) && end < 6 {
		t := toks[end]
		if _, ok := monthOf(t.lower); ok || incidentWords[t.lower] || t.is(":", ",", "(", "-") || t.kind == numberToken && len(t.text) == 4 {
			break
		}
		if t.kind != wordToken && !t.is("&", ".") || captionNouns[t.lower] || hedges[t.lower] != Exactly || !capital(t.text) && !isDigit(t.text[0]) && !t.is("of", "the", "&", ".", "and") {
			return ""
		}
		if t.is("and") {
			return ""
		}
		end++
	}
	for _, t := range toks[end:] {
		if _, ok := monthOf(t.lower); !ok && !incidentWords[t.lower] && t.kind == wordToken && len(t.text) > 3 {
			return ""
		}
	}
	if _, next, ok := assetAt(toks, 0); ok && next == 1 && end == 1 && strings.ContainsAny(toks[0].text, "-_") {
		return "" // the pair of a pool
	}
	if end == 0 || end == 6 && len(toks) > 6 || end == 1 && toks[0].is("the", "a", "an", "all", "its", "their", "our") {
		return "" // of "The loss is:", too
	}
	var b strings.Builder
	for i, t := range toks[:end] {
		if i > 0 && t.spaced {
			b.WriteByte(' ')
		}
		b.WriteString(t.text)
	}
	return b.String()
}
