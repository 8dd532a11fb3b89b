// Package chaintest holds what tests of the other packages need of a chain.
//
// # Input
//
// A [Fixture] from a file ([LoadFixture]) or built in Go ([Builder]).
//
// # Output
//
// [Serve] plays a fixture as the JSON-RPC endpoint of an archive node, with the
// limits and refusals of real providers where options ask for them.
//
// # Limits
//
// What a fixture does not say is invented, consistently: the blocks between
// those that are given, senders' nonces, opening balances. Roots and signatures
// are made up, so nothing that a [Server] says can be proven against a header.
// The package is for tests and is not part of the program.
package chaintest
