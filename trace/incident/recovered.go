package incident

import "slices"

// recovered reads what was returned, recovered or frozen, wherever it stands.
// Shares without an amount are left out.
func (r *claimReader) recovered() {
	for i := range r.lines {
		l := &r.lines[i]
		if r.full {
			return
		}
		if l.kind == headingLine || !speaksOfReturn(l.tokens()) {
			continue
		}
		toks := l.tokens()
		found := statements(toks, moneyBack(toks, amounts(toks, r.notation)), false)
		for k, back := range cameBackOf(toks, found) {
			if back {
				c := r.claim(ClaimRecovered, l, found[k])
				if found[k].network != "" {
					c.Chain = found[k].network
				}
				r.add(c)
			}
		}
	}
}

var (
	// returnVerbs are done by or to money that comes back.
	returnVerbs = words(`returned recovered froze frozen retrieved seized refunded returns recovers recouped reclaimed regained confiscated blocked
		freezing seizing blacklisted freezes seizes retrieves refunds reclaims recoups rescued rescues salvaged repaid`)
	// returnNouns need "of" behind them.
	returnNouns = words("return recovery freezing returning recovering seizure freeze retrieval")
	// unreal words in front of a verb say that it has not happened.
	unreal = words(`none nothing neither if would will should could may might must to asked asks urged urging demanded demanding demand requested requesting request offered offering offer offers promise promised
		promises unless until exchange plans plan planned intends hopes hope not never bounty reward ransom deadline calling called encouraging encouraged negotiate negotiations negotiating negotiated against order ordered orders attempt attempting return`)
)

func speaksOfReturn(toks []token) bool {
	for i, t := range toks {
		if t.is("found") && (passive(toks, i) || takesObject(toks, i+1)) {
			return true
		}
		if returnVerbs[t.lower] || returnNouns[t.lower] || t.is("seize", "recover", "retrieve", "reclaim", "back", "secured", "secure", "rescue", "blocks", "blacklists") {
			return true
		}
	}
	return false
}

// moneyBack reads "they returned 2.4 million" as dollars: nothing is named
// that it could be of.
func moneyBack(toks []token, all []amount) []amount {
	for i := range all {
		a := &all[i]
		if a.currency != "" || a.percent || a.power < 6 {
			continue
		}
		if _, _, ok := assetAfter(toks, a.last+1); !ok && (a.last+1 >= len(toks) || toks[a.last+1].kind == symbolToken || toks[a.last+1].is("to", "of", "in", "from", "back", "on", "and", "worth")) {
			a.currency = "USD"
		}
	}
	return all
}

// recoveredAt reports whether a figure is of money that came back: its verb
// stands before it in the active, behind it in the passive.
func recoveredAt(toks []token, s statement) bool {
	if wholeOf(toks, s.first) {
		return false
	}
	if givenBack(toks, s) {
		return real(toks, s.first)
	}
	for i := s.first - 1; i >= 0 && i >= s.first-10; i-- {
		t := toks[i]
		if t.is(".", ";", "but", "while", "offered", "offers", "offering", "promised", "demanded") || t.is("was", "were") && !(i > 0 && toks[i-1].is("that", "which")) || t.is(":") && i < s.first-1 || t.is(",") && i == s.first-1 && ownVerb(toks, s.last+1) {
			break
		}
		if _, hedge := hedges[toks[i+1].lower]; t.is(",") && i < s.first-1 && !(hedge && i == s.first-2 || toks[i+1].is("worth", "valued", "or", "i.e")) {
			break
		}
		if t.is("lost", "stole", "drained", "kept", "keeping", "sold", "swapped", "paid", "spent", "loan", "loans", "debt") {
			break // "recovered the contract and lost another $1 million"
		}
		if t.kind == numberToken && !toks[unhedged(toks, s.first-1)].is("and", ",", "&", "(", "worth", "or") {
			break // "$41 million of the lost $130 million"
		}
		if t.is("blocks", "blacklists") && s.asset != "" && i > 0 && (capital(toks[i-1].text) || toks[i-1].is("exchange", "issuer", "it", "company", "team")) && takesObject(toks, i+1) {
			return real(toks, i) // "the exchange blocks 27.7 BTC"
		}
		if t.is("return", "recover", "freeze", "seize", "refund") && i > 0 && toks[i-1].kind == wordToken && !toks[i-1].is("in", "the", "a", "partial", "full") && takesObject(toks, i+1) {
			return real(toks, i) // "the authorities return 27.7 BTC"
		}
		if t.is("found") && takesObject(toks, i+1) && inWallet(toks, s.last+1) {
			return true
		}
		if t.is("secured", "secures") && takesObject(toks, i+1) && saved(toks, i) {
			return true
		}
		if helped(toks, i) || sentBack(toks, i) && real(toks, i) && !madeGood(toks, i) {
			return true
		}
		if returnVerbs[t.lower] || returnNouns[t.lower] && i+1 < len(toks) && toks[i+1].is("of") {
			return real(toks, i) && !promised(toks, i, s.first) && !refund(toks, i) && !loaned(toks, s)
		}
	}
	return cameBack(toks, s)
}

// cameBack reads the passive behind a figure: "$7 million was returned".
func cameBack(toks []token, s statement) bool {
	for i := s.last + 1; i < len(toks) && i <= s.last+12; i++ {
		if toks[i].kind == numberToken && !(i+1 < len(toks) && toks[i+1].is("%")) && !wholeOf(toks, i) || toks[i].is("$") && wholeOf(toks, i) {
			if toks[i].kind == numberToken {
				break
			}
			continue // "$3M of the $12M has been returned"
		}
		if toks[i].is(".", ";", "$", "but", "while", "if", "reward", "bounty", "would", "will", "should", "to", "for") {
			break
		}
		if sentBack(toks, i) && (passive(toks, i-1) || i == s.last+2 && clauseEnds(toks, i+1)) {
			return real(toks, s.first) && !denial(toks, s.last+1, i) && !madeGood(toks, i)
		}
		if toks[i].is("back") && toks[i-1].is("came", "come", "comes") {
			return real(toks, s.first) && !denial(toks, s.last+1, i)
		}
		if toks[i].is("secured") && passive(toks, i) {
			return real(toks, s.first)
		}
		if toks[i].is("which") && i > s.last && toks[i-1].is("of") || toks[i].is("it", "that", "this", "them", "these", "those") && i > s.last+2 && toks[i-1].is("of") && toks[i-2].is("%", "percent") {
			break // "$73 million, of which 73% was recovered", "$73 million was taken, 73% of it was recovered"
		}
		if (returnVerbs[toks[i].lower] || toks[i].is("found") && toks[i-1].is("was", "were", "been", "since")) && (passive(toks, i) || i == s.last+1 && clauseEnds(toks, i+1) || i == s.last+2 && toks[i-1].is("(", "-")) {
			return real(toks, s.first) && !denial(toks, s.last+1, i) && !refund(toks, i) && !loaned(toks, s)
		}
	}
	return false
}

// wholeOf reports whether a figure is the whole of which the figure before it is
// a part: "$3M of the $12M".
func wholeOf(toks []token, first int) bool {
	if first > 0 && currencySigns[toks[first-1].text] != "" {
		first--
	}
	at := first - 1
	for at > 0 && (toks[at].is("the", "its", "their", "stolen", "lost", "total", "initial", "original", "some") || hedges[toks[at].lower] != Exactly) {
		at--
	}
	if at < 1 || !toks[at].is("of") {
		return false
	}
	before := toks[at-1]
	if before.kind == numberToken || magnitude(before.lower) != 0 {
		return true
	}
	_, next, ok := assetAt(toks, at-1)
	return ok && next == at && at > 1 && toks[at-2].kind == numberToken
}

// givenBack reads a verb and "back" around a figure: "transferred 2,000 ETH
// back".
func givenBack(toks []token, s statement) bool {
	return s.last+1 < len(toks) && toks[s.last+1].is("back") && s.first > 0 &&
		toks[unhedged(toks, s.first-1)].is("sent", "sends", "gave", "gives", "transferred", "transfers", "paid", "moved", "handed", "received", "receives", "got", "gets", "won")
}

// denial reports whether words between a figure and its verb deny it: "has not
// been recovered", "has yet to be returned".
func denial(toks []token, from, to int) bool {
	for _, t := range toks[min(from, to):to] {
		if t.is("not", "never", "yet", "cannot", "can't", "hasn't", "haven't", "wasn't", "weren't", "hardly", "unlikely") {
			return true
		}
	}
	return false
}

// refund reports whether a verb tells that somebody else than the culprit made
// good a loss, which brings nothing back.
func refund(toks []token, verb int) bool {
	return toks[verb].is("refunded", "refunds", "repaid") && !byCulprit(toks, verb)
}

// madeGood reports whether "paid back" tells the same.
func madeGood(toks []token, back int) bool {
	return toks[back-1].is("paid", "pays") && !byCulprit(toks, back)
}

// byCulprit reports whether the culprit is spoken of near a verb.
func byCulprit(toks []token, verb int) bool {
	for i := verb + 10; i >= 0 && i >= verb-20; i-- {
		if i < len(toks) && toks[i].is("attacker", "attackers", "hacker", "hackers", "exploiter", "exploiters", "thief", "thieves", "perpetrator", "perpetrators", "culprit", "scammer", "actor", "he", "she") {
			return true
		}
	}
	return false
}

// loaned reports whether a figure is of a loan, which is repaid and not
// returned.
func loaned(toks []token, s statement) bool {
	for i := max(s.first-5, 0); i < min(s.last+5, len(toks)); i++ {
		if toks[i].is("loan", "loans", "flash-loan", "flashloan", "loaned", "debt") {
			return true
		}
	}
	return false
}

// cameBackOf tells which of the figures of a line came back: those that a verb
// says it of, and those that stand in a list with such a one.
func cameBackOf(toks []token, found []statement) []bool {
	back := make([]bool, len(found))
	for k, s := range found {
		back[k] = recoveredAt(toks, s) || k > 0 && back[k-1] && (continues(toks, found[k-1].last+1, s.first) || gapped(toks, found[k-1].last+1, s))
	}
	passive := false
	for k := len(found) - 1; k > 0; k-- {
		passive = back[k] && (passive || cameBack(toks, found[k]))
		if from := found[k-1].last + 1; passive && found[k].first == from+1 && toks[from].is(",", "and", "&") {
			back[k-1] = true
		}
	}
	return back
}

// unhedged steps back over the hedges in front of a figure.
func unhedged(toks []token, i int) int {
	for i > 0 && hedges[toks[i].lower] != Exactly {
		i--
	}
	return max(i, 0)
}

// continues reports whether a figure goes on with the list that the one before
// it stands in, or takes it apart: "returned $260 million: $3 million on
// Ethereum, $256 million on BSC and 1,000 BNB".
func continues(toks []token, from, to int) bool {
	if from >= to || to-from > 8 {
		return false
	}
	joint := false
	for i := from; i < to; {
		if n, next, ok := networkAt(toks, i); ok && n != "" {
			i = next
			continue
		}
		if _, hedge := hedges[toks[i].lower]; !hedge && !toks[i].is(",", ":", "and", "&", "plus", "as", "well", "on", "the", "chain", "network", "(", ")", "-", "another", "then", "including", "consisting", "of", "in", "another", "worth", "from") {
			return false
		}
		joint = joint || toks[i].is(",", ":", "and", "&", "plus", "(")
		i++
	}
	return joint && !toks[to-1].is("of", "from")
}

// gapped reports whether a figure goes on with a sentence whose verb it leaves
// out: "Circle froze 63 million USDC in three wallets, Tether 2.5 million USDT".
func gapped(toks []token, from int, s statement) bool {
	at := unhedged(toks, s.first-1)
	for at > from && at > s.first-4 && toks[at].kind == wordToken && capital(toks[at].text) {
		at--
	}
	if at < from || s.first-from > 10 || at == s.first-1 || !toks[at].is(",", "and") || !clauseEnds(toks, s.last+1) && s.last+1 < len(toks) {
		return false
	}
	if _, _, ok := assetAt(toks, at+1); ok && upper(toks[at+1].text) == len(toks[at+1].text) {
		return false // but Tether is who issues it, too
	}
	return !slices.ContainsFunc(toks[from:at], func(t token) bool {
		return t.kind == numberToken || t.is(".", ";", ":", "was", "were", "is", "are", "but", "while") || lossVerbs[t.lower]
	})
}

// ownVerb reports whether a verb of its own stands behind a figure: it is no
// object of the one in front then.
func ownVerb(toks []token, i int) bool {
	return i < len(toks) && toks[i].is("is", "are", "was", "were", "has", "have", "had", "kept", "remain", "remains", "remained", "went", "stayed")
}

// inWallet reports whether the words behind a figure are "in an old wallet":
// what is found there was only mislaid.
func inWallet(toks []token, from int) bool {
	if from >= len(toks) || !toks[from].is("in") {
		return false
	}
	for i := from + 1; i < len(toks) && i < from+6; i++ {
		if toks[i].is("wallet", "wallets") {
			return true
		}
	}
	return false
}

// saved reports whether a white hat stands in front of a verb in its sentence.
func saved(toks []token, verb int) bool {
	for i := verb - 1; i >= 0 && i >= verb-15 && !toks[i].is(".", ";"); i-- {
		if toks[i].is("hat", "hats", "whitehat", "whitehats", "white-hat", "white-hats", "rescuer", "rescuers") {
			return true
		}
	}
	return false
}

// helped reports whether a verb in its base form tells what was achieved:
// "helped seize", "was able to recover", "managed to freeze".
func helped(toks []token, i int) bool {
	if !toks[i].is("seize", "recover", "freeze", "retrieve", "reclaim") && !(toks[i].is("secure", "rescue") && saved(toks, i)) {
		return false
	}
	for k := i - 1; k >= 0 && k >= i-4; k-- {
		if toks[k].is("helped", "helping", "able", "managed", "succeeded") {
			return !(k > 0 && toks[k-1].is("not", "be"))
		}
	}
	return false
}

// sentBack reads "sent back", "transfers back", "gave back".
func sentBack(toks []token, i int) bool {
	return i > 0 && toks[i].is("back") && toks[i-1].is("get", "getting", "take", "takes", "taking", "took", "taken", "win", "wins", "won", "bring", "brings", "brought", "got", "gets", "gotten", "received", "handed", "hands", "hand", "handing", "sent", "sends", "send", "gave", "gives", "give", "given", "sending", "giving", "transferred", "transfers", "paid", "pays", "moved", "clawed")
}

// clauseEnds reports whether nothing follows that a participle could belong
// to: "$342 million returned."
func clauseEnds(toks []token, i int) bool {
	if i+1 < len(toks) && toks[i].is("and") && (returnVerbs[toks[i+1].lower] || toks[i+1].is("burned", "burnt", "destroyed", "reissued", "reimbursed")) {
		return true
	}
	return i >= len(toks) || toks[i].is(".", ",", ")", ";", "by", "to", "on", "so", "from", "with", "thanks")
}

// passive reports whether the verb is one that money suffers.
func passive(toks []token, i int) bool {
	for k := i - 1; k >= 0 && k >= i-4; k-- {
		if toks[k].is("was", "were", "been", "being", "got", "is", "are") {
			return true
		}
		if toks[k].is("later", "successfully", "already", "also") && !takesObject(toks, i+1) {
			return true
		}
	}
	return false
}

// takesObject reports whether a figure follows a verb at once: "later returned
// $2.5 million".
func takesObject(toks []token, i int) bool {
	for ; i < len(toks); i++ {
		if _, hedge := hedges[toks[i].lower]; hedge || currencySigns[toks[i].text] != "" || toks[i].is("a", "another", "the", "other", "remaining", "all", "half") {
			continue
		}
		return toks[i].kind == numberToken
	}
	return false
}

// real reports whether nothing in front of a verb makes it a wish.
func real(toks []token, i int) bool {
	for k := i - 1; k >= 0 && k >= i-7; k-- {
		if toks[k].is(".", ";", ",", "after", "that", "because", "and") {
			return true
		}
		if toks[k].kind == numberToken && k < i-1 {
			return true // a figure of its own: "for a bounty of $1 million the hacker returned"
		}
		if toks[k].is("exchange") && !(k > 0 && toks[k-1].is("in")) {
			continue // who froze it, not "in exchange for"
		}
		if unreal[toks[k].lower] && !(toks[k].is("to") && k > 0 && toks[k-1].is("able", "managed", "started", "began", "due")) {
			return false
		}
	}
	return true
}

// promised reports whether the words between verb and figure are of a price
// for the return.
func promised(toks []token, from, to int) bool {
	for i, t := range toks[from:to] {
		// "90% of the $5.7 million": the figure is of the whole.
		if t.is("%", "percent") && from+i+1 < to && toks[from+i+1].is("of") && !toks[to-1].is("worth", ",", "(", "approximately", "about", "around") {
			return true
		}
		if t.is("reward", "bounty", "for", "except") {
			return true
		}
	}
	return false
}
