// Package pricing says what an asset was worth in dollars at a moment, and on
// whose word.
//
// # Input
//
// Quotes: from files, price feeds, pools and services, each by an adapter in a
// folder of its own.
//
// # Output
//
// [Book] answers as of a moment with the last [Quote] at or before it. A quote
// always has its source, method, time and age. Decimals begin here: below, all
// quantities are integers in base units.
//
// # Limits
//
// A book never looks ahead, never interpolates and never invents: what has no
// quote that is young enough is unpriced, which is not the same as worthless.
package pricing
