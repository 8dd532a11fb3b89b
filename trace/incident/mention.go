package incident

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
)

// mention is one place where a write-up gives an address or a transaction.
type mention struct {
	text     string // as written
	tx       bool
	evm      bool
	networks []string // that its form allows
	network  string   // that the explorer names
	line     int
	at       int // byte of the line's text
	pos      Pos
	linked   *link
	url      page
	how      string // the key or segment that it stood under in a link
	sure     bool
}

// end returns the byte of the line's text behind a mention or its link.
func (m mention) end() int {
	if m.linked != nil && m.linked.end > m.at {
		return m.linked.end
	}
	return m.at + len(m.text)
}

// mentions finds all addresses and transactions, in the order of reading.
func (d *document) mentions() []mention {
	var all []mention
	for i := range d.lines {
		l := &d.lines[i]
		for k := range l.links {
			all = append(all, d.linkMentions(i, &l.links[k])...)
		}
		all = append(all, d.textMentions(i)...)
	}
	return all
}

// textMentions finds what stands in the text itself.
func (d *document) textMentions(i int) []mention {
	l := &d.lines[i]
	var all []mention
	toks := l.tokens()
	next := 0
	for n, t := range toks {
		for next < len(l.links) && (l.links[next].bare || l.links[next].end < t.end) {
			next++
		}
		if t.kind != wordToken && t.kind != numberToken || len(t.text) < 25 {
			continue
		}
		var in *link
		if next < len(l.links) && l.links[next].start <= t.start {
			in = &l.links[next]
		}
		if m, ok := d.wordMention(i, n, in); ok {
			all = append(all, m)
		}
	}
	return all
}

// wordMention reads the nth word of a line, which may stand in a link.
func (d *document) wordMention(i, n int, in *link) (mention, bool) {
	l := &d.lines[i]
	toks := l.tokens()
	t := toks[n]
	s, ronin := strings.Trim(t.text, "._-'"), ""
	if n > 1 && toks[n-1].is(":") && toks[n-2].is("ronin") {
		if a := roninAddress("ronin:" + s); hexLength(a) > 0 {
			s, ronin = a, "ronin"
		}
	}
	f, ok := formOf(s)
	if !ok {
		h := hexLength(s)
		if h > 30 {
			d.wrongLength(d.at(l, t.start), s, h)
		}
		return mention{text: s, tx: true, evm: true, line: i, at: t.start, pos: d.at(l, t.start)}, h >= 60 && h <= 68 && d.namesTx(toks, n)
	}
	m := mention{text: s, tx: f.tx, evm: f.evm, networks: f.networks, sure: f.sure, line: i, at: t.start, pos: d.at(l, t.start), linked: in}
	if in != nil {
		m.url = parsePage(in.url)
		m.network, _ = networkOfURL(m.url)
	}
	if ronin != "" {
		m.network = ronin
	}
	if f.tx && f.evm && in == nil && !d.namesTx(toks, n) {
		if network := d.longAddress(m); network != "" {
			m.tx, m.evm, m.network = false, false, network
		}
	}
	if m.tx && in != nil && d.linksAddress(i, m) {
		m.tx, m.evm = false, false
	}
	return m, !m.tx || !(in == nil && !f.evm && !d.namesTx(toks, n)) && d.isTx(l.text, m)
}

// linksAddress reports whether the link of a long id leads to an address of the
// same digits.
func (d *document) linksAddress(i int, m mention) bool {
	return slices.ContainsFunc(d.linkMentions(i, m.linked), func(o mention) bool { return o.text == m.text && !o.tx })
}

// roninAddress gives what Ronin writes as "ronin:2d71…" the form of other EVM
// chains, which it is of.
func roninAddress(s string) string {
	if digits, ok := strings.CutPrefix(strings.ToLower(s), "ronin:"); ok && len(digits) == 40 && allIn(digits, hexDigits) {
		return "0x" + digits
	}
	return s
}

// longNetworks are the chains whose addresses have 64 hex digits.
var longNetworks = words("sui aptos starknet")

// longAddress returns the chain of 64 hex digits that are an address, by the
// words in front of it or above it.
func (d *document) longAddress(m mention) string {
	for _, n := range d.networksAround(m) {
		if longNetworks[n] {
			return n
		}
	}
	return ""
}

// namesTx reports whether the words in front speak of a transaction.
func (d *document) namesTx(toks []token, n int) bool {
	for i := max(n-8, 0); i < n; i++ {
		if toks[i].is("tx", "txid", "txn", "transaction", "transactions", "hash", "txs", "tx_hash", "txhash") {
			return true
		}
	}
	return false
}

// isTx tells ids of other things that have 64 hex digits.
func (d *document) isTx(text string, m mention) bool {
	near := strings.ToLower(text[max(0, m.at-80):m.at])
	for _, w := range []string{"proposal", "snapshot", "private key", "block hash", "commit", "topic", "merkle root", "bytecode hash", "codehash"} {
		if strings.Contains(near, w) && !strings.Contains(near[strings.LastIndex(near, w):], "transaction") {
			return false
		}
	}
	return m.linked == nil || !notTxPage(m.url)
}

// notTxPage tells pages whose 64 hex digits are no transaction.
func notTxPage(p page) bool {
	if p.below("snapshot.org") || p.below("snapshot.box") || p.below("tally.xyz") || p.below("github.com") || p.below("ipfs.io") {
		return true
	}
	for _, s := range p.path {
		switch strings.ToLower(s) {
		case "proposal", "proposals", "block", "blocks", "commit":
			return true
		}
	}
	return false
}

// words of explorers' paths and queries.
var (
	txWords      = words("tx txs transaction transactions txhash hash txid extrinsic operation operations op txn idm trx message messages receipt")
	addressWords = words("address addresses account accounts addr wallet wallets contract contracts token token20 a fadd tadd pubkey from to owner holder user profile portfolio acc validator q")
)

// linkMentions finds what a link leads to.
func (d *document) linkMentions(i int, k *link) []mention {
	if len(k.url) > 4096 || !strings.ContainsAny(k.url, "./") {
		return nil
	}
	p := parsePage(k.url)
	network, explorer := networkOfURL(p)
	if !explorer && !mayHoldAddress(p) {
		return nil
	}
	var all []mention
	add := func(value, how string) {
		if m, ok := d.linked(value, how, explorer, p); ok {
			m.line, m.at, m.linked, m.url, m.network = i, k.start, k, p, network
			m.pos = d.locate(i, k, m.text)
			all = append(all, m)
		}
	}
	how := ""
	for _, s := range p.path {
		low := strings.ToLower(s)
		if txWords[low] || addressWords[low] {
			how = low
			continue
		}
		if len(s) >= 25 {
			add(s, how)
		}
	}
	for _, q := range p.query {
		for _, v := range strings.FieldsFunc(q[1], func(r rune) bool { return r == ',' || r == ';' || r == '|' }) {
			if v = strings.Trim(v, "! "); len(v) >= 25 {
				add(v, q[0])
			}
		}
	}
	if len(all) == 0 && hexLength(p.fragment) == 40 {
		add(p.fragment, "fragment")
	}
	return all
}

// mayHoldAddress keeps pages of news and of social media out: ids in their
// paths are their own.
func mayHoldAddress(p page) bool {
	for _, host := range []string{"twitter.com", "x.com", "medium.com", "github.com", "youtube.com", "t.me", "web.archive.org", "archive.org", "archive.ph", "reddit.com", "google.com", "notion.site", "discord.com", "linkedin.com", "substack.com", "facebook.com", "ipfs.io"} {
		if p.below(host) {
			return false
		}
	}
	return true
}

// linked judges one segment or value of a link.
func (d *document) linked(value, how string, explorer bool, p page) (mention, bool) {
	value = roninAddress(strings.Trim(value, "()<>.,;:'\"* "))
	f, ok := formOf(value)
	m := mention{text: value, tx: f.tx, evm: f.evm, networks: f.networks, sure: f.sure, how: how}
	switch {
	case ok && f.tx && explorer && addressWords[how] && (f.evm && longNetworks[networkOnly(p)] || !f.evm && networkOnly(p) == "near"):
		m.tx, m.evm = false, false
		return m, true
	case ok && f.tx:
		return m, !notTxPage(p) && (explorer || txWords[how])
	case ok && f.evm:
		return m, true
	case ok && !explorer:
		return m, addressWords[how] && (f.sure || how == "pubkey")
	case ok:
		if txWords[how] && how != "idm" {
			m.tx = true
		}
		return m, true
	case !explorer:
		return m, false
	}
	h := hexLength(value)
	switch {
	case txWords[how] && (h > 50 || h < 0 && len(value) >= 40 && alphanumeric(value)):
		m.tx, m.evm = true, h >= 0
		return m, true
	case addressWords[how] && (h > 30 && h < 50 || h < 0 && alphanumeric(value) && mixed(value)):
		m.evm = h >= 0
		return m, true
	}
	return m, false
}

// networkOnly returns the chain of an explorer.
func networkOnly(p page) string {
	n, _ := networkOfURL(p)
	return n
}

func alphanumeric(s string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && !isDigit(s[i]) {
			return false
		}
	}
	return true
}

// locate finds where a string of a link stands in the source: near where the
// link's text begins, else there.
func (d *document) locate(i int, k *link, s string) Pos {
	from := d.lines[i].origin(k.start)
	window := d.source[min(from, len(d.source)):min(from+len(k.url)+2*(k.end-k.start)+200, len(d.source))]
	if n := bytes.Index(window, []byte(s)); n >= 0 {
		return d.position(from + n)
	}
	return d.position(from)
}

func (d *document) wrongLength(at Pos, s string, digits int) {
	want := "an address has 40, a transaction 64"
	d.warn(at, "hex-length", fmt.Sprintf("%s has %d hex digits: %s", short(s), digits, want), "copy it again from the explorer")
}

// short abbreviates a long id for messages.
func short(s string) string {
	if len(s) <= 20 {
		return s
	}
	return s[:10] + "…" + s[len(s)-6:]
}
