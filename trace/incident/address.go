package incident

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"losstracer/chain"
)

// resolve fills in addresses and transactions from their mentions, each once
// per chain, with the role that says most.
func (d *document) resolve(inc *Incident) {
	all := d.mentions()
	d.txs = map[int][]string{}
	d.spans = map[int][][2]int{}
	for _, m := range all {
		if !m.tx && len(d.spans[m.line]) < maxSpans {
			d.spans[m.line] = append(d.spans[m.line], [2]int{m.at, m.end()})
		}
	}
	usual := usualNetwork(all)
	seen := map[[2]string]int{}
	for _, m := range all {
		if m.tx {
			d.addTx(inc, m, d.networkOf(m, usual), seen)
			continue
		}
		several := d.severalNetworks(m)
		for _, network := range several {
			d.addAddress(inc, m, network, seen)
		}
		if len(several) == 0 {
			d.addAddress(inc, m, d.networkOf(m, usual), seen)
		}
	}
}

func (d *document) addTx(inc *Incident, m mention, network string, seen map[[2]string]int) {
	d.checkHash(m)
	hash := strings.ToLower(m.text)
	if at := d.at(&d.lines[m.line], 0).Line; !contains(d.txs[at], hash) && len(d.txs[at]) < 50 {
		d.txs[at] = append(d.txs[at], hash)
	}
	role := d.txRole(m)
	k := [2]string{"tx " + hash, network}
	if n, ok := seen[k]; ok {
		if t := &inc.Transactions[n]; t.Role == TxUnknown || t.Role == TxOther {
			t.Role = role
		}
		return
	}
	seen[k] = len(inc.Transactions)
	inc.Transactions = append(inc.Transactions, Transaction{Hash: m.text, Chain: network, Role: role, Pos: m.pos})
}

func (d *document) addAddress(inc *Incident, m mention, network string, seen map[[2]string]int) {
	a := Address{Address: m.text, Chain: network, Section: d.sectionOf(&d.lines[m.line]).title, Pos: m.pos}
	if m.evm {
		d.checkAddress(m)
		a.Address = strings.ToLower(m.text)
	} else {
		d.checkBase58(m, network)
	}
	a.Role, a.Why = d.role(m, network)
	k := [2]string{a.Address, network}
	if n, ok := seen[k]; ok {
		if o := &inc.Addresses[n]; rank(a.Role) < rank(o.Role) {
			o.Role, o.Why = a.Role, a.Why
		}
		return
	}
	seen[k] = len(inc.Addresses)
	inc.Addresses = append(inc.Addresses, a)
}

func (d *document) checkHash(m mention) {
	if h := hexLength(m.text); h >= 0 && h != 64 && m.linked != nil {
		d.wrongLength(m.pos, m.text, h)
	}
}

func (d *document) checkAddress(m mention) {
	if h := hexLength(m.text); h != 40 {
		d.wrongLength(m.pos, m.text, h)
	} else if checksumBroken(m.text) {
		d.warn(m.pos, "eip55", fmt.Sprintf("%s is written in mixed case that is not its EIP-55 checksum", m.text), "compare it with the explorer: a digit may be wrong")
	}
}

// checkBase58 reports an address whose own checksum or length does not hold.
func (d *document) checkBase58(m mention, network string) {
	switch network {
	case "bitcoin", "litecoin", "tron", "xrp", "dogecoin", "dash", "zcash", "solana":
		if !m.sure {
			d.warn(m.pos, "checksum", fmt.Sprintf("%s is no valid address of %s: a character is wrong, missing or too many", m.text, network), "copy it again from the explorer")
		}
	}
}

// usualNetwork is the EVM chain that the document's own links lead to, where
// there is only one.
func usualNetwork(all []mention) string {
	usual := ""
	for _, m := range all {
		if m.evm && m.network != "" {
			if usual != "" && usual != m.network {
				return "ethereum"
			}
			usual = m.network
		}
	}
	if usual == "" {
		return "ethereum"
	}
	return usual
}

// networkOf decides on the chain of a mention: the explorer, else the words
// above and beside it, else its own form.
func (d *document) networkOf(m mention, usual string) string {
	if m.network != "" {
		return m.network
	}
	if !m.evm && len(m.networks) == 1 {
		return m.networks[0]
	}
	for _, n := range d.networksAround(m) {
		if m.evm && !evmNetworkCannotBe[n] || contains(m.networks, n) {
			return n
		}
	}
	switch {
	case m.evm:
		return usual
	case len(m.networks) > 0:
		return m.networks[0]
	}
	return ""
}

// evmNetworkCannotBe are the chains whose addresses do not begin with 0x.
var evmNetworkCannotBe = words(`bitcoin bitcoin-cash bitcoin-sv bitcoin-gold litecoin dogecoin dash zcash monero tron solana xrp stellar cardano polkadot cosmos tezos algorand
	near eos nem iota nano verge neo ton terra terra-classic stacks`)

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// networksAround lists the chains that the words around a mention name, the
// nearest first: in front of it in its line, then captions upward.
func (d *document) networksAround(m mention) []string {
	l := &d.lines[m.line]
	var out []string
	toks := l.tokens()
	if after := sort.Search(len(toks), func(i int) bool { return toks[i].start > m.at }); after+1 < len(toks) && toks[after].is("(", "-", "on") {
		if n, _, ok := networkAt(toks, after+1); ok {
			out = append(out, n)
		}
	}
	end := sort.Search(len(toks), func(i int) bool { return toks[i].start >= m.at })
	if n := prefixed(toks, end); n != "" {
		return []string{n}
	}
	for i := end - 1; i >= 0 && i >= end-40; i-- {
		if toks[i].start < m.at {
			if n, next, ok := networkAt(toks, i); ok && (!knownTickers[toks[i].lower] || captionEnd(toks, next)) {
				out = append(out, n)
			}
		}
	}
	if l.kind == tableLine {
		for _, cell := range cells(l) {
			if n := isNetwork(cell); n != "" && len(cell) < 6 {
				out = append(out, n)
			}
		}
	}
	for at, steps := l.lead, 0; at >= 0 && steps < 6; at, steps = d.lines[at].lead, steps+1 {
		if n := d.captionNetwork(&d.lines[at]); n != "" {
			out = append(out, n)
		}
		if d.lines[at].kind == paragraphLine {
			break
		}
	}
	if n := d.captionNetwork(&line{text: d.sectionOf(l).title}); n != "" {
		out = append(out, n)
	}
	return out
}

// prefixes are the short names of chains that stand in front of an address and
// a colon (EIP-3770), where they are no other name of the chain.
var prefixes = map[string]string{"oeth": "optimism", "arb1": "arbitrum", "arb-nova": "arbitrum-nova", "gno": "gnosis", "basechain": "base", "zksync-era": "zksync"}

// prefixed reads the chain in "arb1:0x…" (EIP-3770) and "eip155:137:0x…"
// (CAIP-10).
func prefixed(toks []token, at int) string {
	if at < 2 || at >= len(toks) || toks[at].spaced || !toks[at-1].is(":") || toks[at-1].spaced {
		return ""
	}
	if at > 3 && toks[at-4].is("eip155") && toks[at-2].kind == numberToken {
		if id, err := strconv.ParseUint(toks[at-2].text, 10, 64); err == nil {
			if n, ok := chain.NetworkByID(id); ok {
				return n.Name
			}
		}
		return ""
	}
	if n := prefixes[toks[at-2].lower]; n != "" {
		return n
	}
	return networkOf(toks[at-2].lower)
}

// severalNetworks lists the chains of a caption that names two or more and
// nothing else, or a sentence that does: "ETH / BSC / Polygon:". A plain address below it is meant on
// each of them.
func (d *document) severalNetworks(m mention) []string {
	l := &d.lines[m.line]
	if m.network != "" || !m.evm || m.linked != nil {
		return nil
	}
	toks := l.tokens()
	end := sort.Search(len(toks), func(i int) bool { return toks[i].start >= m.at })
	start := end
	for start > 0 && !toks[start-1].is(".", ";") {
		start--
	}
	if list := evmNetworksOnly(toks[start:end]); len(list) > 1 {
		return list
	}
	if at := end + 1; at < len(toks) && toks[at].is("(") {
		for to := at; to < min(at+16, len(toks)); to++ {
			if list := evmNetworksOnly(toks[at:to]); toks[to].is(")") && len(list) > 1 {
				return list // "0x… (ETH, BSC, Polygon)"
			}
		}
	}
	if l.lead >= 0 {
		if list := evmNetworksOnly(d.lines[l.lead].tokens()); len(list) > 1 {
			return list
		}
	}
	return evmNetworksOnly((&line{text: d.sectionOf(l).title}).tokens())
}

// evmNetworksOnly returns the chains that a caption consists of, none where it
// says anything else or where one of them has no addresses of this form.
func evmNetworksOnly(toks []token) []string {
	if len(toks) > 16 {
		return nil
	}
	var list []string
	for i := 0; i < len(toks); {
		n, next, ok := networkAt(toks, i)
		switch {
		case ok && evmNetworkCannotBe[n]:
			return nil
		case ok && !contains(list, n):
			list = append(list, n)
		case !ok && !(toks[i].kind == symbolToken || toks[i].kind == numberToken && len(toks[i].text) < 3 || toks[i].is("and", "chain", "chains", "network", "networks", "address", "addresses", "wallet", "wallets", "hacker", "attacker", "exploiter", "attacker's", "on", "the", "evm")):
			return nil
		}
		i = max(next, i+1)
	}
	return list
}

// captionEnd reports whether a ticker is used as the name of a chain: as a
// caption, or in front of "address".
func captionEnd(toks []token, i int) bool {
	return i < len(toks) && toks[i].is(":", "-", "address", "addresses", "wallet", "wallets", "chain", "network", "contract", "account")
}

// projectNouns make the name of a chain in front of them that of a project.
var projectNouns = words("bridge finance protocol swap dao labs foundation horizon lend lending exchange dex")

// captionNetwork returns the chain that a caption names, if one alone.
func (d *document) captionNetwork(l *line) string {
	toks := l.tokens()
	if len(toks) > 40 {
		toks = toks[len(toks)-40:]
	}
	found := ""
	for i := 0; i < len(toks); i++ {
		n, next, ok := networkAt(toks, i)
		if !ok || next < len(toks) && projectNouns[toks[next].lower] && capital(toks[next].text) {
			continue
		}
		if found != "" && found != n {
			return ""
		}
		found, i = n, next-1
	}
	return found
}
