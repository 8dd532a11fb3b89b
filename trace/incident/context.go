package incident

import "slices"

// Words that say that a sum of money nearby is no loss.
var (
	lossWords = words(`loss losses lost lose loses losing theft thefts stole stolen steal steals stealing drained drain drains draining hacked hack exploited siphoned siphon siphoning
		siphons drainage extracted extracting misappropriated misappropriating embezzled embezzling embezzlement defrauded defrauding diverted divert withdrawn withdrew withdraw looted looting
		damage damages damaged taken took totaling totalling totaled totalled total vanished vanish transferred worth amounted amounting amounts heist robbed exploit attack breach scammed scam swindled
		gained profit profited netted netting compromised cost costing stealed missing disappeared minted valued estimated resulting resulted away fraud raised dumped estimate estimates figure revised lowered corrected`)
	notLossBefore = words(`returned return returning returns recovered recover recovering frozen froze freeze freezing refunded refund bounty reward rewards offered offering offer offers ransom insurance insured raised raise tvl locked
		loan loaned borrow borrowed borrowing compensate compensated compensation reimburse reimbursed reimbursement price priced adjusted inflation today previous previously earlier deposit deposited
		collateral market capitalization fine fined penalty settlement settled funding investment donated donation paid pay seized seize volume reserves reserve assets-under-management audit fee fees salary threshold limit valuation investing invested invest acquired acquisition repay repaid save saves saved saving`)
	notLossAfter = words(`risk insured returned recovered frozen refunded bounty reward ransom insurance tvl loan loans reimbursed compensation flash-loan flashloan seized fine penalty locked volume inflation-adjusted inflation adjusted today nowadays`)
)

// moves are what prices and other sizes do.
var moves = words(`dropped drop drops dropping fell falls fall falling plunged plunges plunging plummeted plummets crashed crashes crashing rose rises rising
	declined declines declining surged surges dipped dips soared soars jumped jumps peaked peaks tumbled tumbles sank sinks slid slides slumped slumps climbed climbs spiked`)

// sizeAt reports whether a token names the size of something: what is deposited
// somewhere, or what all of a coin is worth.
func sizeAt(toks []token, i int) bool {
	t := toks[i]
	next := func(words ...string) bool { return i+1 < len(toks) && toks[i+1].is(words...) }
	return t.is("tvl", "capitalization", "capitalisation", "inflation", "inflation-adjusted", "aum") || t.is("value") && next("locked") || t.is("market") && next("cap", "capitalization", "value") ||
		t.is("under") && next("management")
}

// lossBetween reports whether a verb of loss stands between two tokens.
func lossBetween(toks []token, from, to int) bool { return anyOf(toks[from:to], lossVerbs) }

var lossVerbs = words("lost lose loses losing loss losses stole stolen drained drain took siphoned theft exploited hacked gone")

// anyOf reports whether one of some tokens is one of some words.
func anyOf(toks []token, set map[string]bool) bool {
	return slices.ContainsFunc(toks, func(t token) bool { return set[t.lower] })
}

// perUnit reports whether what stands behind "per" is a unit of a coin, of time
// or a person.
func perUnit(toks []token, i int) bool {
	if i < len(toks) && toks[i].is("coin", "token", "unit", "share", "bitcoin", "btc", "eth", "day", "month", "year", "week", "hour", "user", "wallet", "victim", "nft", "ape", "customer", "account") {
		return true
	}
	_, _, ok := assetAt(toks, i)
	return ok
}

// each reports whether a sum is said to be of one each: "$550 per coin".
func each(toks []token, a *amount) bool {
	for i := a.last + 1; i < len(toks) && i <= a.last+6 && !toks[i].is(".", ";") && currencySigns[toks[i].text] == ""; i++ {
		if isOfOne(toks, i) {
			return true
		}
	}
	return false
}

// isOfOne reports whether the words at i say "each" or "per coin".
func isOfOne(toks []token, i int) bool {
	return ofEach(toks, i) || i < len(toks) && toks[i].is("per") && perUnit(toks, i+1)
}

// unitPrice reports whether a sum is the price of one: "100 ETH at $1,800",
// "(@ $1,800)", "$1,800/ETH".
func unitPrice(toks []token, a *amount) bool {
	if a.currency == "" || a.power > 0 {
		return false
	}
	if i := a.last + 1; i+1 < len(toks) && toks[i].is("/") && !toks[i+1].spaced {
		if _, _, ok := assetAt(toks, i+1); ok {
			return true
		}
	}
	i := unhedged(toks, a.first-1)
	if i < 0 || a.first == 0 || !toks[i].is("@", "at") {
		return false
	}
	if toks[i].is("@") {
		return true
	}
	for k := max(i-3, 0); k < i; k++ {
		if _, next, ok := assetAfter(toks, k); ok && next == i {
			return true
		}
	}
	return false
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// tallied reports whether what rose or fell is the loss itself: "the damage
// rose to $5 million".
func tallied(toks []token, verb int) bool {
	for i := verb - 1; i >= 0 && i >= verb-4; i-- {
		if toks[i].is("loss", "losses", "damage", "damages", "tally", "estimate", "estimates", "haul", "toll", "total") {
			return true
		}
	}
	return false
}

// offTopic reports whether an amount is a size, a price or a promise rather
// than something that moved: it fell from or rose to it, it is per coin, it is
// a reward for somebody's help.
func offTopic(toks []token, a *amount) bool {
	if unitPrice(toks, a) {
		return true
	}
	for i := a.first - 1; i >= 0 && i >= a.first-14 && !toks[i].is(".", ";"); i-- {
		if spoken := toks[i].is(",") || toks[i].kind == numberToken; spoken && lossBetween(toks, i, a.first) {
			break // "with $14 million in TVL, lost $12 million"
		}
		if sizeAt(toks, i) && !lossBetween(toks, i, a.first) {
			return true
		}
		if i >= a.first-5-2*b2i(a.first > 0 && toks[a.first-1].is("to")) && (moves[toks[i].lower] && !tallied(toks, i) || toks[i].is("inflation-adjusted", "threshold")) {
			return true
		}
	}
	if each(toks, a) {
		return true
	}
	for i := a.last + 1; i < len(toks) && i <= a.last+6 && !toks[i].is(".", ";"); i++ {
		if toks[i].is("assistance", "information", "tips") || toks[i].is("for") && i+1 < len(toks) && toks[i+1].is("information", "help") {
			return true
		}
	}
	return false
}

// notLoss reports whether the words around an amount say that it is something
// other than a loss.
func notLoss(toks []token, a *amount) bool {
	if offTopic(toks, a) {
		return true
	}
	for i := a.first - 1; i >= 0 && i >= a.first-6; i-- {
		if toks[i].is(".", ";", ")", ":", "|", "but", "while", "after", "following") {
			break
		}
		if ofAttack(toks, i) {
			continue
		}
		if toks[i].is("market") && !toks[i+1].is("cap", "capitalization", "value") {
			continue
		}
		if toks[i].is("raised") && toks[i+1].is("it", "to", "the", "that", "this", "its", "from", "by", "their") {
			continue // an estimate, not funds
		}
		if notLossBefore[toks[i].lower] || i == unhedged(toks, a.first-1) && toks[i].is("now", "nowadays", "currently") || toks[i].is("at") && i > 0 && toks[i-1].is("trading", "traded", "trades") {
			return true
		}
		if lossWords[toks[i].lower] && !toks[i].is("worth", "total", "hack", "attack", "exploit") {
			break
		}
	}
	for i := a.last + 1; i < len(toks) && i <= a.last+5; i++ {
		if toks[i].is(".", ";", ",", "(", "but", "while", "and", "via", "through", "using", "by", "with", "after", "due", "during") {
			break
		}
		if ofAttack(toks, i) || stuck(toks, i) {
			continue
		}
		if notLossAfter[toks[i].lower] || toks[i].is("per", "each") && i <= a.last+2 {
			return true
		}
	}
	return false
}

// ofAttack reports whether a loan is only what an attack is called by: "flash
// loan attack".
func ofAttack(toks []token, i int) bool {
	return toks[i].is("loan", "loans", "flash-loan", "flashloan") && i+1 < len(toks) && toks[i+1].is("attack", "attacks", "exploit", "exploits", "hack")
}

// stuck reports whether "locked" says that funds cannot be reached any more,
// not that they are deposited.
func stuck(toks []token, i int) bool {
	if !toks[i].is("locked", "frozen") {
		return false
	}
	for k := max(i-3, 0); k < min(i+3, len(toks)); k++ {
		if toks[k].is("remain", "remains", "remained", "became", "permanently", "forever", "irretrievably") {
			return true
		}
	}
	return false
}

// borrowed reports whether an amount was taken as a loan that is no flash loan:
// so attackers take what they never pay back.
func borrowed(toks []token, a *amount) bool {
	for i := a.first - 1; i >= 0 && i >= a.first-6; i-- {
		if toks[i].is("borrow", "borrowed", "borrowing") {
			return true
		}
		if toks[i].is("flash", ".", ";") {
			break
		}
	}
	return false
}
