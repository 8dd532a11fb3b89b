// Package onchain reads contracts as of the end of a block, for the sources of
// prices that stand on a chain.
//
// # Input
//
// An endpoint of one chain, and the methods of contracts as their ABI.
//
// # Output
//
// Values that contracts return, or which of three things came instead: the
// contract does not answer, the endpoint does not answer for the state of that
// block, or the endpoint could not be asked.
//
// [Together] runs one task for each of many asks and sends what they want to
// know next as one list of calls, each call once. A source is written as if it
// had one ask, and takes as many requests for a thousand as for one.
//
// # Limits
//
// What a contract returns is its word. Whether it is to be believed is for the
// source to judge.
package onchain
