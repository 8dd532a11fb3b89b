// Package loss judges what every movement of a case was, and states the loss.
//
// # Input
//
// The transfers of the attackers in canonical order, who the attackers and
// victims are said to be, what the chain says of their balances, what else
// moved in the txs of the theft, quotes, and the amounts that a write-up claims,
// as plain hints.
//
// # Output
//
// A [Statement]: one [Judgement] a transfer, with a class, a reason and the
// basis it rests on; from them the loss per asset, gross, returned and net, what
// was excluded and why, and the totals in dollars.
//
// # Rules
//
// Attackers are one party: what moves between them is internal. Within one tx
// only the net with each counterparty counts: what was lent and given back is a
// loan, what was put in and taken out with more is theft of the difference.
// Where the party gives one asset and gains another the tx is a swap, and swap
// proceeds are never loss; but where what it gained was worth far more than
// what it gave, or came from a named victim, it is theft, and what it gave was
// its own capital. Without prices that question stays open and is said to. Their own
// capital is, too, what they gave a victim soon before their txs took from it what is
// worth as much or more, of another asset: collateral that stays there makes the net
// less. What they sell to a
// named victim at its price, or exchange with it and back again, by txs that nobody
// links, is a swap as with others.
//
// What comes in from a victim is theft. Where no victim is named, or none who is
// named paid anything, victims are inferred: who paid amounts that are claimed, from
// whom the attackers took by txs of their own, who paid a tenth of all. Everything
// that rests on that says heuristic. Whom something was found to be taken from in the
// end is a victim, too.
//
// Who only passed on, within a tx of the attackers' own or a linked one of the theft,
// what another paid is not the one who lost it: the payment is followed back to who ended the tx poorer.
// What a tagged mixer, exchange or bridge pays is its customers', and so the
// attackers' own, unless it bears the name of who was robbed.
//
// What a token issues to the attackers left nobody: it is theft where it is claimed,
// came in the midst of one, or nobody was seen to pay anything. Chains are judged in
// order of time together. What the attackers paid a bridge on one and got, little less,
// on another is what they sent themselves; where no bridge is known it counts, with a
// remark. Whom the write-up names on one is a victim on all.
//
// Txs that the write-up links say what moved in them: what the attackers got by one
// of the theft was taken, whoever paid it, and what they paid by a return went
// back, whoever got it. They count although no known attacker is in them: what a
// victim lost in one to somebody else leaked, what it was given in one came back,
// unless the giver is seen to have taken as much himself, and so to have rescued it.
// An exchange that is linked as a theft is one where nobody had paid the attackers
// what they gave.
//
// Whatever a rule of ours alone keeps out of the loss is summed up beside it, so
// that a reader sees by how much the loss may be larger, as the totals without
// heuristics show by how much it may be smaller.
//
// # Limits
//
// The package sees only what touches an attacker, and what it is given of the
// theft's own txs and of those that are linked. What somebody took who copied the
// attackers' tx is seen only where the write-up links it; what others gave back
// likewise. What the attackers put in with a victim before the first transfer that it is
// given, it does not see: what they took out again counts as taken. An asset without a
// quote is unpriced: its quantity counts, its worth is not guessed, and totals in dollars
// are then a floor.
package loss
