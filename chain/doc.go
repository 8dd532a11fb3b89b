// Package chain holds the value types that everything else in losstracer is
// built of, and the one decoder that turns what a node says into transfers.
//
// # Input
//
// Logs, receipts, transactions and call frames as a node returned them.
//
// # Output
//
// [Transfer]: one movement of one asset, with the place on the chain that
// proves it. [Coverage]: what was asked and what was answered, so that "there
// was nothing" and "nobody could look" stay different results down to the last
// line of a report. [Closure]: opening + in − out − fees = closing, for one
// address and asset.
//
// # Limits
//
// The package does no I/O and decides nothing about what a movement means.
// Quantities are integers in base units together with their asset; decimals
// begin where prices do. A token's symbol is text that anybody can choose: it
// is carried for display and never compared.
package chain
