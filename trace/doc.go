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
//	              Case ──report──▶ text, markdown, JSON, …
//
// # Input
//
// An incident as read, endpoints, quotes, and what the user overrides.
//
// # Output
//
// A [Case]: everything that a report shows, with what was asked and answered
// on the way. A case is complete in the sense that every endpoint that was
// down, every chain that could not be looked at and every asset without a price
// stands in it.
//
// # Words
//
//	transfer   one movement of one asset
//	tx         a chain transaction
//	claim      a figure that the write-up states
//	finding    a claim against its measurement
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
