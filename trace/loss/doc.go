// Package loss judges what every movement of a case was, and states the loss.
//
// # Input
//
// The transfers of the attackers in canonical order, who the attackers and
// victims are said to be, quotes, and the amounts that a write-up claims, as
// plain hints.
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
// only the party's net counts; where it both gains and gives, the tx is a swap,
// and swap proceeds are never loss. What comes in from a victim is theft. Where
// no victim is named, victims are inferred from who paid in, and everything that
// rests on that says heuristic.
//
// # Limits
//
// The package sees only what touches an attacker. An asset without a quote is
// unpriced: its quantity counts, its worth is not guessed, and totals in
// dollars are then a floor.
package loss
