package incident

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// rank orders roles by how much they say.
func rank(r Role) int {
	switch r {
	case RoleAttacker:
		return 0
	case RoleVictim:
		return 1
	case RoleService:
		return 2
	case RoleMessageParty:
		return 3
	case RoleOther:
		return 4
	}
	return 5
}

// Words by which the text around an address tells what part it plays.
var (
	attackerWords = []string{"attacker", "hacker", "exploiter", "drainer", "scammer", "thief", "thieves", "perpetrator", "culprit", "malicious", "attack contract", "exploit contract", "fake", "phish", "suspicious", "suspect", "laundering address", "money laundering", "criminal", "intruder", "rogue", "fraudster", "stolen funds", "involved in", "used the following", "bad actor", "threat actor", "adversar", "robber", "embezzler", "deployer of the scam", "consolidat", "dispers"}
	victimWords   = []string{"victim", "hot wallet", "cold wallet", "vulnerable", "vulnerability", "affected", "exploited contract", "drained wallet", "compromised", "targeted", "lost by", "vault", "treasury", "multisig", "multi-sig", "exploited", "looted"}
	serviceNames  = []string{"tornado", "railgun", "mixer", "tumbler", "binance", "coinbase", "kraken", "huobi", "htx", "okx", "okex", "kucoin", "bybit", "bitfinex", "gate.io", "mexc", "hitbtc", "poloniex", "bittrex", "fixedfloat", "exch ", "exch.cx", "chainflip", "garantex", "changenow", "sideshift", "simpleswap", "uniswap", "sushiswap", "pancakeswap", "1inch", "curve", "balancer", "paraswap", "wormhole", "multichain", "anyswap", "celer", "synapse", "stargate", "thorchain", "renbridge", "hop protocol", "across", "aztec", "sinbad", "blender", "chipmixer", "wasabi", "deposit address", "exchange address", "exchange wallet", "bridge contract", "aave", "flash loan", "swap provider", "swap service", "instant exchange"}
)

// role decides what part an address plays by where and how it is mentioned.
func (d *document) role(m mention, network string) (Role, string) {
	l := &d.lines[m.line]
	s := d.sectionOf(l)
	if m.url.host != "" && (contains(m.url.path, "idm") || m.how == "addresses") && hasKey(m.url, "addresses") {
		return RoleMessageParty, "in a link to messages between two addresses"
	}
	label := d.label(m)
	if r, why := byLabel(label); r != RoleUnknown {
		return r, why
	}
	if r, why := d.ofTarget(label); r != RoleUnknown {
		return r, why
	}
	if behind := d.labelBehind(m); behind != "" && len(behind) < 80 {
		if r, why := byLabel(behind); r != RoleUnknown {
			return r, why
		}
		if r, why := d.ofTarget(behind); r != RoleUnknown {
			return r, why
		}
	}
	if s.kind == attackersSection {
		return d.attackersRole(m)
	}
	if r, why := d.byCue(m); r != RoleUnknown {
		return r, why
	}
	if before, behind := d.between(m, 90); before+behind != "" {
		w := before + strings.ToLower(l.text[min(m.at, len(l.text)):min(m.end(), len(l.text))]) + behind
		if r, why := d.bySentence(w, m); r != RoleUnknown {
			return r, why
		}
	}
	return RoleUnknown, "the text does not say"
}

func hasKey(p page, key string) bool {
	for _, q := range p.query {
		if q[0] == key {
			return true
		}
	}
	return false
}

// label is what names the address: the link's text where that is not the
// address, and the caption in front of it in the same line.
func (d *document) label(m mention) string {
	l := &d.lines[m.line]
	text := ""
	if m.linked != nil && !m.linked.bare {
		if t := clip(l.text[m.linked.start:m.linked.end], 200); !strings.Contains(strings.ToLower(t), strings.ToLower(m.text)) {
			text = t
		}
	}
	if l.kind == tableLine {
		for _, cell := range cells(l) {
			if first, last := cell, len(cell)-1; last >= 0 && last < 8 && !(first[0].start <= m.at && m.at <= first[last].end) {
				text += " " + classText(cell, 0, last)
			}
		}
	}
	before := l.text[max(0, m.at-100):m.at]
	if above, ok := strings.CutSuffix(strings.TrimRight(before, " *(["), "\n"); ok {
		// A caption in the line above, in one paragraph with the address.
		above = strings.TrimRight(above[strings.LastIndexByte(above, '\n')+1:], " :")
		if len(above) < 60 && len(above) > 0 && !strings.Contains(above, "0x") {
			return strings.ToLower(text + " " + above)
		}
	}
	before = strings.TrimSpace(before)
	if c := strings.TrimRight(before, " *("); strings.HasSuffix(c, ":") || strings.HasSuffix(c, "-") {
		if n := max(strings.LastIndex(c[:len(c)-1], ". "), strings.LastIndexAny(c[:len(c)-1], ";\n")); n >= 0 {
			c = c[n+1:]
		}
		if n := strings.LastIndexByte(c[:len(c)-1], ':'); n >= 0 && (len(c) >= 80 || strings.Contains(c[:n], "0x")) {
			c = c[n+1:]
		}
		if len(c) < 80 {
			text += " " + c
		}
	}
	return strings.ToLower(text)
}

func byLabel(label string) (Role, string) {
	if helper(label) {
		return RoleOther, "labelled as of somebody who saved funds"
	}
	if w := firstWord(label, []string{"recovery address", "refund address", "return address", "returned funds"}); w != "" {
		return RoleVictim, "labelled \"" + w + "\""
	}
	if harmedBy(label) {
		return RoleVictim, "labelled as what was attacked"
	}
	if w := firstWord(label, []string{"meant to pay", "meant to send", "intended recipient"}); w != "" {
		return RoleOther, "labelled \"" + w + "\""
	}
	if w := firstWord(label, attackerWords); w != "" {
		return RoleAttacker, "labelled \"" + w + "\""
	}
	if w := firstWord(label, []string{"victim", "hacked wallet", "attacked contract", "hacked contract", "drained ", "hot wallet", "cold wallet", "vulnerable ", "exploited contract", "treasury", "vault", "affected ", "compromised ", "liquidity pool"}); w != "" {
		return RoleVictim, "labelled \"" + w + "\""
	}
	if ofHarmed(label) {
		return RoleVictim, "labelled as what was attacked"
	}
	if w := firstWord(label, []string{"donation", "legitimate"}); w != "" {
		return RoleOther, "labelled \"" + w + "\""
	}
	if w := firstWord(label, serviceNames); w != "" && !beyond(label, w) {
		return RoleService, "labelled \"" + w + "\""
	}
	if ofProtocol(label) {
		return RoleVictim, "labelled as a contract of a protocol"
	}
	return RoleUnknown, ""
}

// beyond reports whether a label names a service that funds had passed before
// they came to the address, or that its owner used: "After bridging with Wormhole".
func beyond(label, service string) bool {
	head, _, _ := strings.Cut(label, service)
	head = strings.TrimSuffix(strings.TrimRight(head, " "), " the")
	return firstWord(" "+head, []string{" after ", " funded ", " bridged ", " bridging ", " laundering "}) != "" && slices.ContainsFunc([]string{" with", " via", " through", " using", " from", " by", " over"}, func(w string) bool { return strings.HasSuffix(head, w) })
}

// partNouns end the names of contracts that protocols are made of.
var partNouns = []string{"controller", "vault", "pool", "market", "strategy", "staking", "comptroller", "gateway", "pair", "treasury", "teller", "locker"}

// ofProtocol reports whether a label ends in the name of a part of a protocol:
// "FooController", "soETH market".
func ofProtocol(label string) bool {
	label = strings.TrimRight(label, " :*()[]-–—")
	return len(label) < 60 && slices.ContainsFunc(partNouns, func(n string) bool { return strings.HasSuffix(label, n) })
}

// byInsiders reports whether the front matter calls the victims themselves the
// culprits.
func (d *document) byInsiders() bool {
	f, _ := d.matter.get("attack-types", "attack-type")
	for _, v := range f.values {
		if firstWord(strings.ToLower(v), []string{"rug", "scam", "ponzi", "fraud", "exit"}) != "" {
			return true
		}
	}
	return false
}

// ofTarget reads labels that give an address to the victim by name: "Foo
// deployer:", "Foo router:". The name of a chain alone says where an address is,
// be it that chain that was robbed.
func (d *document) ofTarget(label string) (Role, string) {
	f, ok := d.matter.get(targetKeys...)
	if !ok || len(label) > 60 || d.byInsiders() || networkOf(strings.Trim(label, " :*()[]-–—")) != "" {
		return RoleUnknown, ""
	}
	for _, name := range f.values {
		_, rest, found := strings.Cut(label, strings.ToLower(name))
		if first := firstName(name); !found && first != "" {
			_, rest, found = strings.Cut(label, first+" ")
		}
		if !found || len(name) < 4 {
			continue
		}
		if strings.Trim(label, " :*()[]-–—") == strings.ToLower(name) {
			return RoleVictim, "labelled \"" + name + "\""
		}
		if strings.Contains(rest, "deployer") {
			return RoleOther, "labelled as the deployer of " + name
		}
		if w := firstWord(rest, []string{"router", "pool", "proxy", "multisig", "multi-sig", "contract", "wallet", "owner", "vault", "bridge", "safe", "treasury", "market", "proxy", "account", "exchange", "deposit"}); w != "" {
			return RoleVictim, "labelled as the " + w + " of " + name
		}
	}
	return RoleUnknown, ""
}

// firstName returns the first word of a victim's name in lower case, by which
// one speaks of it too: "Radiant" of Radiant Capital.
func firstName(name string) string {
	first, _, more := strings.Cut(strings.ToLower(name), " ")
	if !more || len(first) < 3 || first == "the" || first == "one" || first == "new" || projectWords[first] || captionNouns[first] || networkOf(first) != "" {
		return ""
	}
	return first
}

// named returns the name that a text ends with, before an opening bracket:
// "were moved to FixedFloat (".
func named(before string, names []string) string {
	before, bracket := strings.CutSuffix(strings.TrimRight(before, " "), "(")
	if !bracket {
		return ""
	}
	before = strings.TrimRight(before, " ")
	for _, n := range names {
		n = strings.TrimSpace(n)
		head, ok := strings.CutSuffix(before, n)
		last, _ := utf8.DecodeLastRuneInString(head)
		if ok && last != '(' && !unicode.IsLetter(last) && strings.Contains(head, " ") {
			return n
		}
	}
	return ""
}

func firstWord(text string, list []string) string {
	for _, w := range list {
		if strings.Contains(text, w) {
			return w
		}
	}
	return ""
}

// attackersRole is the role of what stands in the section on the attackers:
// theirs, unless a caption says otherwise.
func (d *document) attackersRole(m mention) (Role, string) {
	l := &d.lines[m.line]
	if w := named(strings.ToLower(l.text[max(0, m.at-60):m.at]), serviceNames); w != "" {
		return RoleService, "named \"" + w + "\" in front of it"
	}
	if _, behind := d.between(m, 90); deniedBehind(behind) {
		return RoleOther, "the words behind it say that it is not the attacker's"
	}
	if token := d.tokenOf(d.label(m)); token != "" {
		return RoleOther, "labelled as the contract of " + token
	}
	for _, by := range []func(mention) (Role, string){d.byCue, d.byCaptions} {
		if r, why := by(m); r != RoleUnknown {
			return r, why
		}
	}
	if before, behind := d.between(m, 60); firstWord(before+behind, []string{"victim", "vulnerable contract", "exploited contract"}) != "" && firstWord(before+behind, attackerWords) == "" {
		return RoleVictim, "the words around it"
	}
	if r, why := d.byHeading(m); r != RoleAttacker {
		return r, why
	}
	return RoleAttacker, "in the section on the attackers"
}

// tokenOf returns the token whose contract a label names, where the section on
// the losses knows it: "FOO token contract". Labels of tokens that attackers made
// were read before.
func (d *document) tokenOf(label string) string {
	toks := (&line{text: strings.TrimRight(label, " :-–—")}).tokens()
	for len(toks) > 1 && toks[len(toks)-1].is("token", "contract", "address") {
		toks = toks[:len(toks)-1]
	}
	if n := len(toks); n == 0 || n > 2 || !strings.Contains(label, "token") {
		return ""
	}
	ticker := strings.ToUpper(toks[len(toks)-1].text)
	if !tickerShape(ticker) {
		return ""
	}
	if d.lossTickers == nil {
		d.lossTickers = map[string]bool{}
		for i := range d.lines {
			for _, t := range d.lines[i].tokens() {
				if d.sectionOf(&d.lines[i]).kind == lossesSection && t.kind == wordToken && tickerShape(t.text) {
					d.lossTickers[t.text] = true
				}
			}
		}
	}
	if !d.lossTickers[ticker] {
		return ""
	}
	return ticker
}

// byCaptions reads the captions above an address, the nearest first.
func (d *document) byCaptions(m mention) (Role, string) {
	for at, steps := d.lines[m.line].lead, 0; at >= 0 && steps < 6; at, steps = d.lines[at].lead, steps+1 {
		t := d.lines[at].tail(400)
		if d.lines[at].kind == paragraphLine && !strings.HasSuffix(t, ":") && len(t) > 200 {
			break
		}
		if r := d.byCaption(t, len(d.spans[at]) > 0); r != RoleUnknown {
			return r, "listed below \"" + clip(d.lines[at].text, 60) + "\""
		}
	}
	return RoleUnknown, ""
}

// byCaption reads one caption. A line with an address of its own is none but
// for words of the attackers.
func (d *document) byCaption(t string, addressed bool) Role {
	short := len(t) < 80 && !strings.Contains(t, "0x")
	switch {
	case denied(t) || helper(t):
		return RoleOther
	case short && harmedBy(t):
		return RoleVictim
	case firstWord(t, attackerWords) != "":
		return RoleAttacker
	case short && ofHarmed(t):
		return RoleVictim
	case addressed:
	case firstWord(t, []string{"victim", "vulnerable", "affected wallets", "compromised wallets", "drained wallets", "hot wallets:", "exploited contract", "targeted contract"}) != "":
		return RoleVictim
	case firstWord(t, serviceNames) != "" && len(t) < 60:
		return RoleService
	}
	if r, _ := d.ofTarget(strings.TrimRight(t, " :")); short && r == RoleVictim {
		return r
	}
	return RoleUnknown
}

// helper reports whether a caption is about somebody who took funds to save or
// to seize them.
func helper(t string) bool {
	for _, name := range []string{"white hat", "whitehat", "white-hat", "rescuer", "seizure", "government"} {
		if rest := strings.ReplaceAll(t, name+" hacker", ""); strings.Contains(t, name) {
			return len(t) < 100 && firstWord(rest, []string{"attacker", "hacker", "exploiter", "thief", "stolen"}) == ""
		}
	}
	return false
}

// byHeading reads the heading above an address where it is not of the
// attackers alone: "Victim", "Addresses involved". Below the latter an address
// is the attackers' only where nothing is said of it.
func (d *document) byHeading(m mention) (Role, string) {
	s := d.sectionOf(&d.lines[m.line])
	title := strings.ToLower(s.title)
	if firstWord(title, attackerWords) != "" {
		return RoleAttacker, ""
	}
	if r, _ := byLabel(title + " "); r != RoleUnknown {
		return r, "below the heading \"" + clip(s.title, 60) + "\""
	}
	if firstWord(title, []string{"service", "exchanges", "mixers", "bridges"}) != "" {
		return RoleService, "below the heading \"" + clip(s.title, 60) + "\""
	}
	label := (&line{text: d.label(m) + " " + d.labelBehind(m)}).tokens()
	if firstWord(title, []string{"address", "wallet", "contract"}) != "" && len(label) > 0 && isNetwork(label) == "" && firstWord(classText(label, 0, len(label)-1), attackerWords) == "" {
		return RoleUnknown, "the heading does not say whose addresses these are"
	}
	return RoleAttacker, ""
}

// culprits are the nouns for whoever took the funds.
var culprits = []string{"attacker", "hacker", "exploiter", "thief", "threat actor", "bad actor", "scammer", "perpetrator", "drainer", "adversary", "culprit", "phisher", "fraudster"}

// ofCulprit reports whether words give an address to whoever took the funds:
// "the hacker's wallet", "exploiter address".
func ofCulprit(w string) bool {
	for _, c := range culprits {
		for at := 0; ; {
			n := strings.Index(w[at:], c)
			if n < 0 {
				break
			}
			at += n + len(c)
			if rest := w[at:]; strings.HasPrefix(rest, "'s") || strings.HasPrefix(rest, "s'") || firstPrefix(rest, " address", " wallet", " contract", " account", " eoa") {
				return true
			}
		}
	}
	return false
}

func firstPrefix(s string, list ...string) bool {
	for _, p := range list {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}

// denied reports whether a caption says that these are not the attackers'.
func denied(t string) bool {
	n := -1
	for _, c := range culprits {
		if at := strings.Index(t, c); at >= 0 && (n < 0 || at < n) {
			n = at
		}
	}
	if n < 0 {
		return false
	}
	before := strings.Fields(t[max(0, n-40):n])
	for i := max(0, len(before)-4); i < len(before); i++ {
		switch before[i] {
		case "not", "non", "aren't", "weren't", "isn't", "never":
			return true
		}
	}
	return strings.HasPrefix(t[max(0, n-4):n], "non-")
}

// deniedBehind reports whether the words behind an address say the same: "… and
// no attacker", "is not the hacker".
func deniedBehind(behind string) bool {
	words := strings.FieldsFunc(behind, func(c rune) bool { return strings.ContainsRune(" ()[],*`", c) })
	for i := 0; i+1 < min(len(words), 5); i++ {
		not := words[i] == "no" || words[i] == "not" && (words[i+1] == "the" || words[i+1] == "an" || words[i+1] == "a")
		if next := words[min(i+1+b2i(words[i] == "not"), len(words)-1)]; not && firstWord(next, culprits) != "" {
			return true
		}
	}
	return false
}

// around returns the words near a byte of a text, in lower case.
func around(text string, at, width int) string {
	from, to := max(at-width, 0), min(at+width, len(text))
	return strings.ToLower(text[from:to])
}

// bySentence reads the words around a mention in prose.
func (d *document) bySentence(w string, m mention) (Role, string) {
	switch {
	case firstWord(w, []string{"for the return", "to return the", "return address", "recovery address", "refund address", "for returning"}) != "":
		return RoleVictim, "given for the return of funds"
	case numberedWallet(w) && d.introducedWallets():
		return RoleAttacker, "a wallet that the text introduces as the attacker's"
	case firstWord(w, []string{"sent to this address", "sent to the address", "transferred to the address", "transferred to this address", "moved to the address", "to this wallet", "to the following address", "moved to this address"}) != "" && firstWord(w, serviceNames) == "":
		return RoleAttacker, "funds went there"
	case ofCulprit(w) || firstWord(w, []string{"attack contract", "malicious contract", "malicious token"}) != "":
		return RoleAttacker, "the words around it"
	case firstWord(w, serviceNames) != "" && firstWord(w, []string{"deposit", "through", "via", "using", "to "}) != "":
		return RoleService, "the words around it"
	case firstWord(w, victimWords) != "":
		return RoleVictim, "the words around it"
	case firstWord(w, attackerWords) != "":
		return RoleAttacker, "the words around it"
	case m.how == "token":
		return RoleOther, "a token's page"
	case d.sectionOf(&d.lines[m.line]).kind == timelineSection && firstWord(w, []string{"funds transfer", "transfer of funds", "theft", "stole", "drain", "siphon", "unauthorized transfer", "unauthorized withdraw"}) != "":
		return RoleAttacker, "linked where the text tells of the theft"
	}
	return RoleUnknown, ""
}

// numberedWallet reports whether words speak of "wallet 1", "address 2".
func numberedWallet(w string) bool {
	for _, noun := range []string{"wallet ", "address ", "account "} {
		for at := 0; ; {
			n := strings.Index(w[at:], noun)
			if n < 0 {
				break
			}
			at += n + len(noun)
			if at < len(w) && isDigit(w[at]) && (at+1 == len(w) || !isDigit(w[at+1]) && !isLetter(w[at+1])) {
				return true
			}
		}
	}
	return false
}

// introducedWallets reports whether the document speaks of "the hacker's
// wallet 1": numbered wallets are then the attacker's.
func (d *document) introducedWallets() bool {
	if d.introduced == nil {
		found := false
		for i := range d.lines {
			w := strings.ToLower(d.lines[i].text)
			if ofCulprit(w) && numberedWallet(w) {
				found = true
				break
			}
		}
		d.introduced = &found
	}
	return *d.introduced
}

func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n] + "…"
}

// txRole decides what a transaction did by the words around its link.
func (d *document) txRole(m mention) TxRole {
	l := &d.lines[m.line]
	text := around(l.text, m.at, 400)
	near := around(l.text, m.at, 120)
	if m.linked != nil && !m.linked.bare {
		near = strings.ToLower(clip(l.text[m.linked.start:m.linked.end], 200)) + " " + near
	}
	switch {
	case contains(m.url.path, "idm") || hasKey(m.url, "tx") && contains(m.url.path, "idm"):
		return TxMessage
	case m.anchor(l) != "":
		if r := byAnchor(m.anchor(l)); r != TxUnknown {
			return r
		}
	}
	switch {
	case firstWord(near, []string{"on-chain message", "onchain message", "message", "negotiat", "ultimatum", "offered", "offers"}) != "":
		return TxMessage
	case firstWord(near, []string{"returned", "returns", "refunded", "sent back", "gave back", "restitut"}) != "":
		return TxReturn
	case firstWord(near, []string{"funded", "received from tornado", "from tornado", "funding", "withdrew from tornado"}) != "":
		return TxFunding
	case firstWord(near, []string{"launder", "tornado", "mixer", "mixed", "railgun", "bridged", "swapped the stolen", "moved the stolen", "transferred the stolen"}) != "":
		return TxLaundering
	case firstWord(near, []string{"malicious", "attack", "exploit", "stole", "drain", "hack", "withdr", "theft", "siphon", "funds transfer", "initial", "transferred out"}) != "":
		return TxTheft
	case firstWord(text, []string{"attack", "exploit", "stole", "drain", "hacker", "stolen"}) != "" || d.sectionOf(l).kind == lossesSection:
		return TxTheft
	case strings.Contains(text, "deploy") || strings.Contains(text, "migrat"):
		return TxOther
	}
	return TxUnknown
}

// anchor is what a link says that stands on more than the bare hash; lower case.
func (m mention) anchor(l *line) string {
	if m.linked == nil || m.linked.bare {
		return ""
	}
	return strings.ToLower(clip(l.text[m.linked.start:m.linked.end], 120))
}

// byAnchor decides what a transaction did where the words that link it say so:
// what they name goes before what the sentence around them is about.
func byAnchor(anchor string) TxRole {
	theft := firstWord(anchor, []string{"attack", "exploit", "stole", "steal", "drain", "hack ", "theft", "siphon", "malicious"}) != ""
	switch {
	case firstWord(anchor, []string{"communicat", "thank", "replied", "replies", "responded", "wrote", "contacted", "asked", "message"}) != "":
		return TxMessage
	case firstWord(anchor, []string{"refund", "return", "sent back", "gave back", "paid back", "reimburs"}) != "" && !theft:
		return TxReturn
	case firstWord(anchor, []string{"bounty", "reward"}) != "" && firstWord(anchor, []string{"paid", "pays", "sent", "sends", "transferred", "rewarded"}) != "":
		return TxOther // whom a bounty is paid is mostly called an attacker
	case firstWord(anchor, []string{"deploy", "created the contract", "creates the contract", "generated", "approve", "allowlist", "whitelist", "migrat", "upgrade", "modified", "modifies", "paused", "pauses", "froze", "freez", "stake", "proposed", "proposal", "voted"}) != "" && !theft:
		return TxOther
	}
	return TxUnknown
}
