package loss

import "fmt"

// Rule is a rule of ours that can be wrong. What it said bears the basis
// heuristic, unless something softer stands behind it. How often each was
// wrong, and on what, [Rates] tells.
type Rule uint8

// The rules on movements.
const (
	NoRule Rule = iota // follows from what was observed
	SpamByLooks
	SpamLookAlike
	SpamDust
	SpamUnpriced
	SpamClaimed
	TheftByValue
	SwapUnpriced
	SwapAcrossTxs
	BountyAfterReturn
	FundingBefore
	CapitalBefore
	FundingMeanwhile
	TheftMeanwhile
	TheftPulled
	SwapOfLoot
	TheftUnseen
	Refund
	OtherLate
	NobodyToBlame
	RescueForeign
	PaidByService
	TheftAfterReturn
	CollateralLeft
	TradeWithVictim
)

// The rules on parties.
const (
	VictimByClaim Rule = iota + 64
	VictimByLink
	VictimByMention
	VictimByShare
	VictimByAsset
	VictimByTag
	AttackerByGain
	AttackerByPayment
	AttackerByMention
	Accomplice
)

// ruleWords says what a rule goes by, with the id that reports use.
var ruleWords = map[Rule][2]string{
	SpamByLooks:       {"spam-by-looks", "a token without a price that advertises, writes its symbol in other than ASCII, or calls itself as a priced asset does, is spam"},
	SpamLookAlike:     {"spam-look-alike", "what a token without a price claims to have gone to an address that begins and ends as one of the case does, or comes from it and is worth less than 100 dollars, is spam"},
	SpamDust:          {"spam-dust", "what was not asked for and is worth less than 0.10 dollars or, without a price, is less than a hundred-thousandth of the most that came in of a token, is spam"},
	SpamUnpriced:      {"spam-unpriced", "a token that has no price, was not asked for, and came before the theft or in the midst of it, and no victim is known to have held it, nor was it paid out, or that came after it, is spam; where nothing has a price, not what victims held or the attackers paid out"},
	SpamClaimed:       {"spam-claimed", "a token's event in somebody else's transaction that has the attackers pay what they did not hold is spam"},
	TheftByValue:      {"theft-by-value", "what was gained in one transaction for less than two thirds of its worth, or for next to nothing, was taken, not exchanged"},
	SwapUnpriced:      {"swap-unpriced", "what came and went in one transaction is an exchange where no price tells otherwise"},
	SwapAcrossTxs:     {"swap-across-txs", "what was paid, and what came within a day from the same hand or a batch auction for it and is worth as much, is an exchange"},
	BountyAfterReturn: {"bounty-after-return", "what a victim pays, by transactions of its own, after funds had come back, and that is no more than had as far as prices or the asset tell, is a bounty"},
	FundingBefore:     {"funding-before", "a small amount of the coin that came before the first theft is gas money"},
	CapitalBefore:     {"capital-before", "more than that, from somebody who is no victim, is the attackers' own capital"},
	FundingMeanwhile:  {"funding-meanwhile", "a small amount of the coin that came in the midst of the theft, and that the attackers did not fetch, is gas money"},
	TheftMeanwhile:    {"theft-meanwhile", "what came in the midst of the theft from somebody whom nobody names was taken from him, and what was issued then to the attackers was taken"},
	TheftPulled:       {"theft-pulled", "what the attackers' own transactions took from three people or more whom nobody names, and who got nothing for it, was taken"},
	SwapOfLoot:        {"swap-of-loot", "what was gained for loot, and seems worth more than half as much again, but not by the next price, or there is none, was bought: nobody pays a thief too much, and a price of the day is late after a theft"},
	TheftUnseen:       {"theft-unseen", "what came in the midst of the theft, from where no method of the endpoint could see, was taken"},
	Refund:            {"refund", "what came from somebody whom the attackers had paid as much of it came back"},
	OtherLate:         {"other-late", "what came an hour or more after the last theft from somebody who is no victim is no loss"},
	NobodyToBlame:     {"nobody-to-blame", "where nobody can be told to be a victim, what came in is no loss, and neither is what the chain credits by itself"},
	RescueForeign:     {"rescue-foreign", "what left the attackers by a transaction that none of them sent was rescued from them, or robbed"},
	PaidByService:     {"paid-by-service", "what a mixer paid, or an exchange or bridge that is tagged as one and not as who was robbed, is the attackers' own: gas money where it is small and of the coin, else their capital before the theft and no loss after it; so is what came in on one chain, unless it is the first of an amount that is claimed, within a day of as much of the same name, or a twentieth more at most, having been paid to a bridge on another or destroyed there"},
	TheftAfterReturn:  {"theft-after-return", "what a victim pays after funds had come back, and that is more than had, was taken"},
	CollateralLeft:    {"collateral-left", "what the attackers gave a victim by transactions of their own, of which as much did not come out again, is their own capital where others of theirs took from it what is worth as much or more within a day, or an hour once the theft had begun"},
	TradeWithVictim:   {"trade-with-victim", "what the attackers exchanged with a victim that is named, in transactions that the write-up does not link as parts of the theft, at within a tenth of the price each and for no more than a fiftieth over it in sum, was sold"},
	VictimByClaim:     {"victim-by-claim", "who paid an amount that the write-up claims is a victim"},
	VictimByLink:      {"victim-by-link", "who paid the attackers in a transaction that the write-up links as a part of the theft is a victim"},
	VictimByMention:   {"victim-by-mention", "whom the write-up mentions, and who paid a tenth of all that came in, is a victim"},
	VictimByShare:     {"victim-by-share", "who paid a tenth of all that came in is a victim"},
	VictimByAsset:     {"victim-by-asset", "where nothing that came in is worth 100 dollars by any price, who paid the most of an asset is a victim"},
	VictimByTag:       {"victim-by-tag", "who paid in and is tagged with the name of who was robbed is a victim"},
	AttackerByGain:    {"attacker-by-gain", "who gained in a linked theft transaction and gave nothing is an attacker, unless a tag says whom he serves; or somebody else gained more than twice as much, and the write-up does not mention him; or the block names him as the recipient of its fees and somebody else gained, too"},
	AttackerByPayment: {"attacker-by-payment", "whom a named victim paid an amount that the write-up claims, and no other about as much, is an attacker"},
	AttackerByMention: {"attacker-by-mention", "of the addresses that the write-up mentions without their part, who was paid by another of them, more than it paid it, is an attacker, unless that one was itself paid by another, or just what is claimed"},
	Accomplice:        {"accomplice", "who had his gas from an attacker before the theft and was then paid by a victim is an attacker"},
}

// Rules returns all rules in order.
func Rules() []Rule {
	var list []Rule
	for r := range Accomplice + 1 {
		if _, ok := ruleWords[r]; ok {
			list = append(list, r)
		}
	}
	return list
}

// String returns the id of the rule; empty for [NoRule].
func (r Rule) String() string {
	if r == NoRule {
		return ""
	}
	if words, ok := ruleWords[r]; ok {
		return words[0]
	}
	return fmt.Sprintf("rule%d", uint8(r))
}

// OfMovement reports whether the rule is on movements and not on parties: whom it
// makes a victim is one only because what he paid is guessed to be a theft.
func (r Rule) OfMovement() bool { return r != NoRule && r < VictimByClaim }

// Says returns what the rule goes by, in words.
func (r Rule) Says() string { return ruleWords[r][1] }
