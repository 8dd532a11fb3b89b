// Package trace runs an investigation from the write-up to the case that a
// report is written from.
//
//	incident.md ──incident──▶ claims, addresses, transactions, times
//	                │
//	              Plan: chains, attackers, victims, window
//	                │
//	endpoints ──chain/history──▶ transfers + coverage + closure
//	                │
//	              ledger: double entry, tied to closure
//	                │
//	              loss: what is theft, swap, funding, return, spam
//	                │
//	prices ─────pricing──▶ quotes at block time, with source
//	                │
//	              reconcile: claim against measurement
//	                │
//	              flow: hops, taint, terminals
//	                │
//	              Case ──report──▶ text, markdown, JSON, …
//
// Pulling runs in rounds: where the judgement adds a party, such as a contract
// that an attacker created, the next round pulls it. [Investigate] goes this way
// from end to end; [Follow] takes the last step alone, and further than the case
// reaches.
//
// # Input
//
// An incident as read, endpoints, quotes, and what the user overrides.
//
// # Output
//
// A [Case]: everything that a report shows, with what was asked and answered
// on the way. Whatever could not be had stands in it too: every endpoint that
// was down, every chain that could not be looked at, every asset without a price.
//
// # Words
//
//	transfer   one movement of one asset
//	tx         a chain transaction
//	claim      a figure that the write-up states
//	finding    a claim against its measurement
//	round      one turn of plan, pull and judge
//	coverage   what was asked and what was answered
//	closure    opening + in − out − fees = closing
//	terminal   where following funds stops
//	tag        an attribution with source and confidence
//
// # Limits
//
// The package orchestrates: it reads blocks through the interfaces that it
// owns, and judges nothing that a stage could judge.
package trace
