package incident

import (
	"strings"

	"github.com/shopspring/decimal"
)

// statement is one figure of a clause with what it is of.
type statement struct {
	quantity, money *amount
	foreign         *amount // the same in other money, where money is dollars
	asset           string
	network         string  // "$100 million on Ethereum"
	label           string  // what stands before a colon at the head of the line
	first, last     int     // tokens
	worth           *amount // the same in another coin, which nobody lost
}

// main returns the amount that a statement is about first.
func (s *statement) main() *amount {
	if s.money != nil {
		return s.money
	}
	return s.quantity
}

// worthWords join a quantity to its value: "80 BTC, worth about $4.3M".
var worthWords = words(`@ ( ~ ≈ ca circa c est some = - , / [ : + worth valued value at about approximately approx around roughly which was were is are equal equals to equivalent equivalently of tokens coins token
	totaling totalling priced an a estimated nearly almost over more than the time in total amounting or i.e or that combined for least up . usd being currently some now then | "`)

// statements pairs the numbers of a clause with each other and with assets.
// In a line of a list an asset may stand in front of its figure.
func statements(toks []token, all []amount, listed bool) []statement {
	if len(all) == 0 {
		return nil
	}
	out := make([]statement, 0, len(all))
	used := make([]bool, len(all))
	prev := 0
	for k := range all {
		a := &all[k]
		if used[k] || a.percent || ofWhole(toks, a.first) {
			continue
		}
		s := statement{first: a.first, last: a.last, label: labelBefore(toks, prev, a.first)}
		if a.currency != "" {
			s.money = a
			pairMoney(toks, all, used, k, &s, listed)
			if s.asset == "" && listed && s.label == "" {
				if s.label = labelInFront(toks, a); s.label == "" {
					s.asset, _ = assetBefore(toks, prev, a.first, "")
				}
			} else if s.asset == "" && !listed {
				s.asset = tickerInFront(toks, prev, a)
			}
		} else {
			s.quantity = a
			alone := len(out) == 0 || !enumerated(toks, out[len(out)-1], a.first)
			ofAll := listed && !alone && out[0].label != "" && toks[unhedged(toks, a.first-1)].is("and", "&", "+")
			if !pairQuantity(toks, all, used, k, &s, listed, prev, alone, ofAll) {
				continue
			}
		}
		s.whereabouts(toks)
		out = append(out, s)
		prev = s.last + 1
	}
	return out
}

// labelInFront returns the few words that a line consists of but for a sum in
// a bracket at its end: "Foo tokens (~$1.1M)".
func labelInFront(toks []token, a *amount) string {
	open := unhedged(toks, a.first-1)
	if a.first == 0 || open == 0 || open > 5 || !toks[open].is("(") || a.last+2 != len(toks) || !toks[a.last+1].is(")") {
		return ""
	}
	for _, t := range toks[:open] {
		if t.kind != wordToken && !t.is("/", "&", "'") {
			return ""
		}
	}
	return classText(toks, 0, open-1)
}

// ofWhole reports whether a figure is of what there was, not of what is gone:
// "7 BTC out of 15 BTC".
func ofWhole(toks []token, first int) bool {
	return first > 1 && toks[first-1].is("of") && toks[first-2].is("out")
}

// enumerated reports whether a figure follows a quantity that has no value yet
// in a list of such: "173,600 ETH and 25.5M USDC". A value behind the last of
// them is then of all.
func enumerated(toks []token, before statement, first int) bool {
	if before.money != nil || before.quantity == nil || first <= before.last+1 {
		return false
	}
	for i := before.last + 1; i < first; i++ {
		if !toks[i].is(",", "and", "&", "plus", "+", "as", "well") {
			return false
		}
	}
	return true
}

// whereabouts reads a chain behind an asset: "USDT (TRC20)", "ETH on Arbitrum".
func (s *statement) whereabouts(toks []token) {
	i := s.last + 1
	if s.asset == "" || s.network != "" || i+1 >= len(toks) || !toks[i].is("on", "(") {
		return
	}
	n, next, ok := networkAt(toks, i+1)
	if !ok || toks[i].is("(") && (next >= len(toks) || toks[next].text != ")") {
		return
	}
	s.network, s.last = n, next-1
	if toks[i].is("(") {
		s.last = next
	}
}

// pairMoney looks behind an amount of money for what it is of.
func pairMoney(toks []token, all []amount, used []bool, k int, s *statement, listed bool) {
	a := &all[k]
	i := a.last + 1
	bracket := i < len(toks) && toks[i].text == "("
	j := i
	for j < len(toks) && j < i+6 && toks[j].is("worth", "of", "in", "(", "value", "the", "about", "approximately", "around", "roughly", "~", "or", "=", "equivalent", "to", "for", "-", ",") {
		if toks[j].is("-", ",", "or", "for", "to") && j == i && k+1 < len(all) && all[k+1].first != j+1 {
			break
		}
		j++
	}
	if k+1 < len(all) && all[k+1].first == j && all[k+1].currency == "" && !all[k+1].percent && !toks[j-1].is(",") {
		if name, next, ok := assetAfter(toks, all[k+1].last+1); ok && !(bracket && goesOn(toks, next)) {
			s.quantity, s.asset, s.last = &all[k+1], name, next-1
			used[k+1] = true
			return
		}
	}
	if k+1 < len(all) && all[k+1].first == j && all[k+1].currency != "" && all[k+1].currency != a.currency && j > i {
		otherMoney(all, used, k, s)
		return
	}
	if bracket && inBrackets(toks, all, used, k, s) {
		return
	}
	s.ofMoney(toks, all, used, k, listed, bracket)
}

// ofMoney reads behind a sum the asset, the class of assets or the chain that it
// is of.
func (s *statement) ofMoney(toks []token, all []amount, used []bool, k int, listed, bracket bool) {
	a := &all[k]
	i := a.last + 1
	j := i
	for j < len(toks) && j < i+5 && (toks[j].is("worth", "of", "in", "value", "the", "various") || j > i && toks[j].is("stolen", "drained", "looted") && toks[j-1].is("the")) && !bracket {
		j++
	}
	if words, next, ok := assetClass(toks, j); ok && !bracket {
		s.asset, s.last = words, next-1
		return
	}
	if j == i || toks[min(j, len(toks)-1)].is("on") {
		if n, next, ok := lostOn(toks, j, a.last+4); ok {
			if !andAnother(toks, next, n) {
				s.network, s.last = n, next-1
			}
			return
		}
	}
	if bracket {
		return
	}
	if name, next, ok := assetAfter(toks, j); ok && !(listed && namesOn(toks, next)) {
		s.asset, s.last = name, next-1
		quantityInBrackets(toks, all, used, k, s)
	} else if listed && j > i {
		s.namedBy(toks, j)
	}
}

// namesOn reports whether capitalised words go on a name: "Lisk ML" is not LSK.
func namesOn(toks []token, i int) bool {
	return i < len(toks) && toks[i].kind == wordToken && toks[i].spaced && capital(toks[i].text) && i+1 == len(toks)
}

// namedBy takes the capitalised words that end a line behind "of" or "in" a sum
// for the asset that the sum is of: "$2.4M of Oyster Pearl". Names of chains and of
// what holds assets are none.
func (s *statement) namedBy(toks []token, j int) {
	name, next, ok := writersWords(toks, j)
	if !ok || next != len(toks) || next-j > 3 || isNetwork(toks[j:]) != "" || things[toks[next-1].lower] || projectWords[toks[next-1].lower] || captionNouns[toks[j].lower] {
		return
	}
	s.asset, s.last = name, next-1
}

// inBrackets reads what a bracket behind a sum says that it is of: "$2.7M
// (USDC)", and behind a label the quantity, "WETH: $10M (55,159)".
func inBrackets(toks []token, all []amount, used []bool, k int, s *statement) bool {
	i := all[k].last + 1
	if name, next, ok := assetAfter(toks, i+1); ok && next < len(toks) && toks[next].text == ")" {
		s.asset, s.last = name, next
		return true
	}
	if k+1 < len(all) && s.labelled() != "" && bareInBrackets(toks, i, &all[k+1]) {
		s.quantity, s.asset, s.last, used[k+1] = &all[k+1], s.labelled(), all[k+1].last+1, true
		return true
	}
	return false
}

// goesOn reports whether more figures follow in a bracket: a sum in front of it
// is then of all of them.
func goesOn(toks []token, i int) bool {
	if i >= len(toks) || !toks[i].is(",", "and", "&", "+", "plus", ";") {
		return false
	}
	for ; i < len(toks) && toks[i].text != ")"; i++ {
		if toks[i].kind == numberToken {
			return true
		}
	}
	return false
}

// labelled returns the asset that the words in front of the colon are; empty
// where they are none.
func (s *statement) labelled() string {
	l := line{text: s.label}
	if name, next, ok := assetAfter(l.tokens(), 0); ok && next == len(l.tokens()) {
		return name
	}
	return ""
}

// bareInBrackets reports whether a number alone fills the bracket that opens at
// token i: the quantity of what the line is labelled with.
func bareInBrackets(toks []token, i int, a *amount) bool {
	return a.currency == "" && !a.percent && unhedged(toks, a.first-1) == i && a.last+1 < len(toks) && toks[a.last+1].text == ")"
}

// lostOn reads the chain in "$7 million on BSC" and "$7 million was lost on BSC".
func lostOn(toks []token, i, limit int) (network string, next int, ok bool) {
	for i < len(toks) && i < limit && toks[i].is("was", "were", "been", "lost", "stolen", "drained", "taken", "siphoned") {
		i++
	}
	if i >= len(toks) || !toks[i].is("on") {
		return "", i, false
	}
	return networkAt(toks, i+1)
}

// andAnother reports whether a second chain follows one: what is told of both is
// of neither.
func andAnother(toks []token, i int, network string) bool {
	if i >= len(toks) || !toks[i].is("and", ",", "&", "/") {
		return false
	}
	n, next, ok := networkAt(toks, i+1)
	return ok && n != network && (next >= len(toks) || !toks[next].is(":", "-") && toks[next].kind != numberToken)
}

// quantityInBrackets reads "$1.2M in ETH (880 ETH)".
func quantityInBrackets(toks []token, all []amount, used []bool, k int, s *statement) {
	i := s.last + 1
	if k+1 >= len(all) || i >= len(toks) || toks[i].text != "(" || all[k+1].first > i+3 || all[k+1].currency != "" || all[k+1].percent {
		return
	}
	if name, next, ok := assetAfter(toks, all[k+1].last+1); ok && strings.EqualFold(name, s.asset) {
		s.quantity, s.last, used[k+1] = &all[k+1], next-1, true
	}
}

// otherMoney keeps the dollars of "35 billion won ($31.5 million)".
func otherMoney(all []amount, used []bool, k int, s *statement) {
	used[k+1] = true
	s.last = all[k+1].last
	switch {
	case all[k+1].currency == "USD":
		s.money, s.foreign = &all[k+1], s.money
	case s.money.currency == "USD":
		s.foreign = &all[k+1]
	}
}

// pairQuantity looks behind a bare number for its asset, else in front of it,
// then for its value: one in a bracket is of the last of several, but of all where
// a label joins them ("First attack: 54,000 AVAX and 46,000 sAVAX ($1.1M)").
func pairQuantity(toks []token, all []amount, used []bool, k int, s *statement, listed bool, prev int, alone, ofAll bool) bool {
	a := &all[k]
	i := a.last + 1
	j, name, next, ok := quantityAsset(toks, a, s.label, listed, prev)
	if !ok {
		return false
	}
	s.asset, s.last = name, next-1
	if k, next = s.inCoin(toks, all, used, k, next); s.money != nil {
		return true
	}
	if k+1 < len(all) && next+2 < len(toks) && toks[next].is("on") {
		// "277 BTC on BSC (~$12.7M)"
		if n, after, ok := networkAt(toks, next+1); ok && after < len(toks) && toks[after].text == "(" && all[k+1].currency != "" && joined(toks, after, all[k+1].first) {
			s.network, next = n, after
		}
	}
	k, next = pastPrice(toks, all, used, k, next)
	if listed && k+1 < len(all) && bracketed(toks, next, &all[k+1]) {
		all[k+1].currency = "USD"
	}
	if k+1 < len(all) && all[k+1].currency != "" && (alone || toks[next].text == "(" && !ofAll) && joined(toks, next, all[k+1].first) {
		pairValue(toks, all, used, k, s)
	} else if listed && k+1 < len(all) && valueBehindComma(toks, next, &all[k+1]) {
		pairValue(toks, all, used, k, s)
	} else if j > i && toks[i].is("in") && a.currency == "" {
		// "2.2 million in BNB" tells a value, as "$2.2 million in BNB" does.
		money := *a
		money.currency = "USD"
		s.quantity, s.money = nil, &money
		if words, after, ok := assetPair(toks, j); ok {
			s.asset, s.last = words, after-1
		}
	}
	return true
}

// pastPrice skips the price of one that stands behind a quantity, and returns the
// amount and the token in front of what follows it: "1,500 ETH (@ $1,800 =
// $2.7M)", "at $25 each (~$75M)".
func pastPrice(toks []token, all []amount, used []bool, k, next int) (int, int) {
	if k+1 >= len(all) || all[k+1].first > next+3 || !(unitPrice(toks, &all[k+1]) || all[k+1].currency != "" && ofEach(toks, all[k+1].last+1)) {
		return k, next
	}
	used[k+1] = true
	behind := all[k+1].last + 1
	if ofEach(toks, behind) {
		behind++
	}
	if k+2 < len(all) && all[k+2].currency != "" && joined(toks, behind, all[k+2].first) {
		return k + 1, behind
	}
	return k, next
}

// ofEach reports whether a word makes the sum in front of it that of one.
func ofEach(toks []token, i int) bool {
	return i < len(toks) && (toks[i].is("each", "apiece") || toks[i].is("a") && i+1 < len(toks) && toks[i+1].is("piece"))
}

// quantityAsset finds what a bare number is of: behind it, in a bracket behind
// it, and in a list in front of it. It returns the token behind the words that
// join number and asset, too.
func quantityAsset(toks []token, a *amount, label string, listed bool, prev int) (j int, name string, next int, ok bool) {
	i := a.last + 1
	j = i
	if name, next, ok = a.inUnit(toks); ok {
		return j, name, next, true
	}
	for j < len(toks) && j < i+3 && toks[j].is("in", "of", "worth", "units", "tokens", "coins", "the", "*") {
		j++
	}
	name, next, ok = assetAfter(toks, j)
	if !ok && i+2 < len(toks) && toks[i].text == "(" {
		if name, next, ok = assetAfter(toks, i+1); ok && next < len(toks) && toks[next].text == ")" {
			next++
		} else {
			ok = false
		}
	}
	if !ok && j < len(toks) && classNouns[toks[j].lower] && !toks[j].is("tokens", "coins") {
		name, next, ok = toks[j].text, j+1, true
	}
	if !ok {
		name, next, ok = itemsAt(toks, i, listed)
	}
	if !ok && !listed {
		name, next, ok = writersWords(toks, i)
		ok = ok && next < len(toks) && toks[next].is("worth", "valued")
	}
	if !ok && listed {
		if name, ok = assetBefore(toks, prev, a.first, label); ok {
			next = i
		} else {
			name, next, ok = writersWords(toks, i)
		}
	}
	return j, name, next, ok
}

// valueBehindComma reports whether a line of a list ends in a value behind a
// comma: "3,375 ETH, $9.4M".
func valueBehindComma(toks []token, i int, money *amount) bool {
	return i < len(toks) && toks[i].is(",") && money.currency != "" && unhedged(toks, money.first-1) == i && clauseEnds(toks, money.last+1)
}

// pairValue gives a quantity the money behind it, and dollars behind other money.
func pairValue(toks []token, all []amount, used []bool, k int, s *statement) {
	s.money, s.last = &all[k+1], all[k+1].last
	used[k+1] = true
	if k+2 < len(all) && all[k+2].currency == "USD" && s.money.currency != "USD" && (joined(toks, s.last+1, all[k+2].first) || unhedged(toks, all[k+2].first-1) == s.last+1 && toks[s.last+1].is(",", "/", "or", "-", ";")) {
		s.money, s.foreign, s.last = &all[k+2], s.money, all[k+2].last
		used[k+2] = true
	}
	if offTopic(toks, s.money) {
		s.money = nil // a price for each
		return
	}
	s.quantity.thousands(s.money)
}

// bracketed reports whether an amount alone fills the bracket behind an asset:
// its value, with the dollar sign left out.
func bracketed(toks []token, i int, a *amount) bool {
	return i < len(toks) && toks[i].text == "(" && a.currency == "" && !a.percent && a.last+1 < len(toks) && toks[a.last+1].text == ")" &&
		(a.first == i+1 || a.first == i+2 && toks[i+1].is("~")) && (a.power > 0 || !a.Value.LessThan(decimal.New(1000, 0)))
}

// thousands corrects a point that was read as of decimals where the value
// beside it could not be: no unit of any coin has been worth more than
// 200,000 dollars ("5.966 BTC (~ $38 million)").
func (a *amount) thousands(money *amount) {
	if a.ambiguous && a.Value.IsPositive() && a.Value.Exponent() == -3 && money.currency == "USD" &&
		money.Value.GreaterThan(a.Value.Mul(decimal.New(200000, 0))) {
		a.Value, a.Step = a.Value.Shift(3), a.Step.Shift(3)
	}
}

// assetBefore reads "ETH: 880", "ETH - 880", "ETH 880".
func assetBefore(toks []token, prev, first int, label string) (string, bool) {
	if label != "" {
		l := line{text: label}
		return labelAsset(l.tokens())
	}
	for first > prev && toks[first-1].is("worth", "valued", "at", "about", "approximately", "around", "roughly", "nearly", "~") {
		first--
	}
	if first > prev && toks[first-1].is("(") && first < len(toks) && toks[first].kind == numberToken {
		first-- // "ETH (1,234.5)"
	}
	for i := max(prev, first-3); i < first; i++ {
		if name, next, ok := assetClass(toks, i); ok && next == first {
			return name, true
		}
		if name, next, ok := assetAt(toks, i); ok && next == first {
			return name, i == prev || toks[i-1].kind == symbolToken
		}
	}
	return "", false
}

// qualifiers stand in front of an asset in a label and change nothing of it.
var qualifiers = words("native bridged pegged staked locked unlocked vested liquid")

// labelAsset reads a label that is an asset: "ETH", "Native FOO".
func labelAsset(label []token) (string, bool) {
	at := 0
	for at+1 < len(label) && qualifiers[label[at].lower] {
		at++
	}
	name, next, ok := assetAfter(label, at)
	return name, ok && next >= len(label)
}

// tickerInFront reads "TARA ($10.8M)" in a sentence: a sum that alone fills a
// bracket behind a ticker. Names of chains are left alone.
func tickerInFront(toks []token, prev int, a *amount) string {
	open := unhedged(toks, a.first-1)
	if open > prev && toks[open].is("worth") && upper(toks[open-1].text)*2 > len(toks[open-1].text) && !(open > prev+1 && toks[open-2].kind == numberToken) {
		if name, next, ok := assetAt(toks, open-1); ok && next == open {
			return name // "ALD worth $14.5M"
		}
	}
	if open <= prev || !toks[open].is("(") || a.last+1 >= len(toks) || toks[a.last+1].text != ")" {
		return ""
	}
	t := toks[open-1]
	if name, next, ok := assetAt(toks, open-1); ok && next == open && upper(t.text)*2 > len(t.text) && (networkOf(t.lower) == "" || knownTickers[t.lower]) {
		return name
	}
	return ""
}

// counted are capitalised words behind a number that are no asset.
var counted = words("users wallets accounts transactions addresses customers people investors days hours minutes weeks months years times victims million billion exchanges contracts pools chains networks blocks members confirmations other different unique individual btc-based")

// writersWords takes a capitalised word behind a number for the asset where
// the line says nothing else of it: "- 15,000 Foocoins".
func writersWords(toks []token, i int) (string, int, bool) {
	j := i
	for j < len(toks) && j < i+4 && toks[j].kind == wordToken && (capital(toks[j].text) && !counted[toks[j].lower] && !notAssets[toks[j].lower] || j > i && toks[j].is("of", "the") && j+1 < len(toks) && capital(toks[j+1].text)) {
		if _, ok := monthOf(toks[j].lower); ok {
			return "", i, false
		}
		j++
	}
	if j == i || j < len(toks) && !toks[j].is("(", ",", ".", "worth", "valued", "-", "~", "/", "=", "*", "|", "and") {
		return "", i, false
	}
	name := classText(toks, i, j-1)
	if strings.HasSuffix(strings.ToLower(name), "coins") {
		name = name[:len(name)-1]
	}
	return name, j, true
}

// joined reports whether only words that join a quantity to its value stand
// between two tokens.
func joined(toks []token, from, to int) bool {
	if to-from > 16 || from > to {
		return false
	}
	if saidWorth(toks, from, to) {
		return true
	}
	for i := from; i < to; i++ {
		if toks[i].is(",", ".") && i+1 < to && !toks[i+1].is("worth", "valued", "which", "equivalent", "approximately", "or", "totaling", "totalling", "equal", "about", "around", "roughly", "nearly", "estimated", "~", "≈", "ca", "circa", "approx", "some", "valued", "i.e", "equalling", "equaling") {
			return false
		}
		if !worthWords[toks[i].lower] {
			return false
		}
	}
	return !(to == from+1 && toks[from].is(",", "-", "/", "+")) || toks[from].is("-", "/")
}

// saidWorth reports whether a clause between a quantity and a sum of money
// says that the one is worth the other: "17 BTC was stolen, which was worth
// about $3,850".
func saidWorth(toks []token, from, to int) bool {
	said := false
	for i := from; i < to; i++ {
		if toks[i].is(".", ";", "and", "plus", "but", "while", "(", ":") {
			return false
		}
		said = said || toks[i].is("worth", "valued", "equivalent", "equal", "equalling", "equaling") && to-i <= 6
	}
	return said
}

// assetAfter reads an asset and the words "tokens" or "coins" behind it. A
// capitalised word in front of those words is an asset too.
func assetAfter(toks []token, i int) (string, int, bool) {
	name, next, ok := assetAt(toks, i)
	if ok {
		if next < len(toks) && toks[next].is("token", "tokens", "coin", "coins", "nft", "nfts") {
			next++
		}
		return name, next, true
	}
	if i+1 < len(toks) && toks[i].kind == wordToken && capital(toks[i].text) && toks[i+1].is("token", "tokens", "coin", "coins", "nft", "nfts") && !notAssets[toks[i].lower] && !vague[toks[i].lower] {
		return toks[i].text, i + 2, true
	}
	return "", i, false
}

// labelBefore returns what stands in front of a figure before a colon or a
// dash: "ETH: 880", "**Tron** - $47M".
func labelBefore(toks []token, from, first int) string {
	end := first
	for end > from && (toks[end-1].is("(", "[", "*", "than", "at", "to", "up", "of", "in", "more", "less") || hedges[toks[end-1].lower] != Exactly || toks[end-1].is(".") && end-1 > from && hedges[toks[end-2].lower] != Exactly) {
		end--
	}
	if end <= from || !toks[end-1].is(":", "-", "=", "|") {
		return ""
	}
	end--
	start := end
	for start > from && !toks[start-1].is(".", ";", ",", "|") && !(toks[start-1].is("and") && from > 0) && end-start < 10 {
		start--
	}
	if start >= end {
		return ""
	}
	var b strings.Builder
	for i := start; i < end; i++ {
		if i > start && toks[i].spaced {
			b.WriteByte(' ')
		}
		b.WriteString(toks[i].text)
	}
	return strings.TrimSpace(b.String())
}
