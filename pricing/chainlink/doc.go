// Package chainlink reads Chainlink price feeds on chain.
//
// # Input
//
// Asks, and feeds: the proxy contract that consumers read, the pair that it
// says it prices, and how often it is promised to be updated. A table of the
// feeds of main assets comes with the package.
//
// # Output
//
// For an ask with a block, the round that was current at the end of that
// block, read from the state of the block. Where the endpoint no longer has
// that state, and for asks that know a time only, the last round at or before
// the time, found in the rounds that the feed keeps: a feed has phases, one for
// each aggregator that stood behind its proxy, and each phase has its own
// rounds.
//
// The time of a quote is that of its round. A round older than the feed's
// heartbeat allows, or at a bound that the aggregator does not report beyond,
// is a doubt, and so is one from before the sequencer of a rollup stopped. One that
// is older than a day and what feeds may be late by is no answer, because the feed is
// frozen or was given up. The pair is read from the chain and must be the one
// expected: on another chain or at another address there is no price. How the answer
// is divided is read as well. Tokens of a bridge that failed no longer stand for what
// the feed prices; of one whose holders were given another in its stead the price is
// in doubt.
//
// # Limits
//
// A round that was reported in the very block of the ask counts as current,
// although it may stand behind the transaction in question. When a proxy
// changed from one aggregator to the next is not kept in its state: where
// rounds of two phases fit, the note says so, and a difference of more than one
// percent between them is a doubt. Whether the sequencer of a rollup was up is
// looked at where Chainlink has a feed of that and the state of the block is there.
// Heartbeats are those of today's listing.
package chainlink
