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
// [FaultProxy] makes any endpoint fail now and then, the same way for the same
// seed; [HTMLEndpoint] and its like never work at all. [Anvil] starts a real
// node, which [Steer] controls. [TestSource] is the conformance suite of
// [chain.Source]: it plays [Scenarios] of which every movement is known on a
// node, and compares.
//
// # Limits
//
// What a fixture does not say is invented, consistently: the blocks between
// those that are given, senders' nonces, opening balances. Roots and signatures
// are made up, so nothing that a [Server] says can be proven against a header.
// Tx indexes are those of the fixture and may have gaps.
//
// Anvil is looked for in the PATH and in the environment variable
// [AnvilVariable]; where there is none, tests that need it are skipped. It
// credits no withdrawals. A scenario speaks of native coin, the three token
// standards and the wrapped coin; blobs and rollups are not among them.
//
// The package is for tests and is not part of the program.
package chaintest
