package incident

// Words that say that a sum of money nearby is no loss.
var (
	lossWords = words(`loss losses lost lose loses losing theft thefts stole stolen steal steals stealing drained drain drains draining hacked hack exploited siphoned siphon siphoning
		siphons drainage extracted extracting misappropriated misappropriating embezzled embezzling embezzlement defrauded defrauding diverted divert withdrawn withdrew withdraw looted looting
		damage damages damaged taken took totaling totalling totaled totalled total vanished vanish transferred worth amounted amounting amounts heist robbed exploit attack breach scammed scam swindled
		gained profit profited netted netting compromised cost costing stealed missing disappeared minted valued estimated resulting resulted away fraud raised dumped estimate estimates figure revised lowered corrected`)
	notLossBefore = words(`returned return returning returns recovered recover recovering frozen froze freeze freezing refunded refund bounty reward rewards offered offering offer offers ransom insurance insured raised raise tvl locked
		loan loaned borrow borrowed borrowing compensate compensated compensation reimburse reimbursed reimbursement price priced adjusted inflation today previous previously earlier deposit deposited
		collateral market capitalization fine fined penalty settlement settled funding investment donated donation paid pay seized seize volume reserves reserve assets-under-management audit fee fees salary threshold limit valuation investing invested invest acquired acquisition repay repaid`)
	notLossAfter = words(`returned recovered frozen refunded bounty reward ransom insurance tvl loan loans reimbursed compensation flash-loan flashloan seized fine penalty locked volume inflation-adjusted inflation adjusted today nowadays`)
)

// moves are what prices and other sizes do.
var moves = words(`dropped drop drops dropping fell falls fall falling plunged plunges plunging plummeted plummets crashed crashes crashing rose rises rising
	declined declines declining surged surges dipped dips soared soars jumped jumps peaked peaks tumbled tumbles sank sinks slid slides slumped slumps climbed climbs spiked`)

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
	for i := a.first - 1; i >= 0 && i >= a.first-14 && !toks[i].is(".", ";"); i-- {
		if toks[i].is("tvl", "capitalization", "capitalisation", "inflation", "inflation-adjusted") {
			return true
		}
		if i >= a.first-5 && (moves[toks[i].lower] && !tallied(toks, i) || toks[i].is("inflation-adjusted", "threshold")) {
			return true
		}
	}
	for i := a.last + 1; i < len(toks) && i <= a.last+6 && !toks[i].is(".", ";"); i++ {
		if toks[i].is("each", "apiece") || toks[i].is("per") && i+1 < len(toks) && toks[i+1].is("coin", "token", "unit", "share", "bitcoin", "btc", "eth", "day", "month", "year", "week", "hour", "user") {
			return true
		}
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
		if toks[i].is(".", ";", ")", ":", "but", "while") {
			break
		}
		if ofAttack(toks, i) {
			continue
		}
		if toks[i].is("market") && !toks[i+1].is("cap", "capitalization", "value") {
			continue
		}
		if notLossBefore[toks[i].lower] || toks[i].is("at") && i > 0 && toks[i-1].is("trading", "traded", "trades") {
			return true
		}
		if lossWords[toks[i].lower] && !toks[i].is("worth", "total", "hack", "attack", "exploit") {
			break
		}
	}
	for i := a.last + 1; i < len(toks) && i <= a.last+5; i++ {
		if toks[i].is(".", ";", ",", "(", "but", "while", "and", "via", "through", "using", "by", "after", "due", "during") {
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
