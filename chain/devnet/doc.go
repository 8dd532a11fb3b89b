// Package devnet runs an archive node inside the test process and plays thefts
// on it, so that everything above can be tried on a chain whose every movement
// is known beforehand.
//
// # Input
//
// A genesis allocation, the time of every block, and a function that fills
// the blocks: [Generate]. Or a finished story: [HotWalletTheft] and the other
// functions that return a [Scenario].
//
// # Output
//
// A [Chain] is the same bytes on every run and machine: keys are derived from
// labels, block times are given, and nothing of the clock, the Go version or
// a random source enters a block. [Start] imports it into a go-ethereum node
// that keeps all state and answers JSON-RPC over HTTP on the loopback
// interface, with the namespaces eth, debug, net and web3.
//
// A [Scenario] says beside its chain what is to be found there: every movement
// that touches an attacker or a victim, each with the class it belongs to.
//
// # Limits
//
// The chain calls itself chain 1 and has USDT, USDC and the wrapped coin at
// the addresses of Ethereum mainnet, with contracts of our own, but its block
// 0 is not Ethereum's. The rules are those of Prague from block 0 on, whatever
// the dates. Block hashes depend on the rules that the linked go-ethereum
// implements; a new version of it may change them.
//
// The package pulls a whole node into what links it: tests and generators may,
// the shipped binary may not.
package devnet
