// Package pricing says what an asset was worth in dollars at a moment, and on
// whose word.
//
// # Input
//
// Asks: an asset at a moment and, for what is read on chain, at a block.
// Quotes come from each [Source]: files, price feeds, pools and services, each
// an adapter in a folder of its own. Those that ask over HTTP do so through a
// [Web], which keeps every page as evidence and answers from it offline.
//
// # Output
//
// [Book] answers as of a moment with one [Quote] at or before it: without a
// doubt before doubtful, then by the order of the sources, then the latest. A
// quote always has its source, method and time, and so its age. [Fill] asks
// the sources, what prices rest on before those that rest on it, keeps all that
// they say, and tells where two of them are more than two percent apart, what
// stayed unpriced and why. Decimals begin here:
// below, all quantities are integers in base units.
//
// # Limits
//
// A book never looks ahead, never interpolates and never invents: what has no
// quote that is young enough is unpriced, which is not the same as worthless.
// The one thing assumed is that a dollar stablecoin is worth a dollar, where
// nobody says otherwise; such a quote has the method "par" and a doubt.
//
// Identity is the contract. A token that borrows a name has no price until a
// source prices that very contract.
package pricing
