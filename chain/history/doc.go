// Package history obtains every transfer of a set of addresses in a window of
// blocks from whatever an endpoint offers, and says what its completeness
// rests on.
//
// # Input
//
// A [Caller], which speaks for one endpoint of one chain, and a [chain.Query].
//
// # Output
//
// A [chain.History]: transfers in canonical order, each proven or unproven
// with the reason; coverage per address, for the coin and for tokens; closure
// per address and asset against the balances at both ends of the window; the
// tokens' own names; the last block, which pins the answer.
//
// # Bisection, and what it proves
//
// The state of an account at the end of a block is balance, nonce and code. On
// an endpoint that has nothing but this state, the window is bisected on the
// balance, for all addresses and all intervals of a depth in one round, until
// single blocks remain whose ends differ by more than the transfers known so
// far. Those blocks are opened. Then the steps of the nonce are counted: where
// the opened blocks hold as many as the nonce rose over the window, no outflow
// was missed, and then no inflow was either, because an interval that was left
// closed has equal ends, and an inflow there needs an outflow there. Where
// they do not add up, nonce and balance are bisected together inside the
// intervals that lack steps.
//
// The count is a proof under the rules of Ethereum, for an account without
// code at either end that is known to hold a key: its nonce at the start is
// above zero, so that EIP-684 forbids a contract there, or a tx or an
// authorization that it signed was found. Value then leaves it only by a tx
// that it signs, which raises the nonce, and no nonce falls. An authorization
// (EIP-7702) raises the nonce only where its own nonce is the account's at
// that moment; around the blocks that carry one the nonce is read.
//
// The count is no proof, and the coverage is incomplete with that reason,
//   - for an address that never signed: it may be a counterfactual contract,
//     funded, created by CREATE2 and destroyed within one tx, after which its
//     balance, nonce and code are as before;
//   - for an account with code, or delegated at any time in the window: value
//     comes and goes between equal ends. Blocks in which logs, or txs of the
//     other addresses, name it are looked into;
//   - on Arbitrum, zkSync, Celo and Avalanche, and across the DAO fork, where
//     balances change by other rules.
//
// A window that is short enough is then traced block by block, which is
// complete for any account.
//
// A provider's own index of transfers (alchemy_getAssetTransfers) is taken as a
// hint where it is offered: its blocks are opened first, so that bisection finds
// less to look for, and nothing rests on it.
//
// Where the chain logs what moves of its coin (EIP-7708), none of this is
// needed: the logs name every account that value came to or left, with code or
// without, and stand under the roots of their blocks. Movements inside of txs
// are then taken from them, whatever else the endpoint offers. Only a window that
// began under older rules falls back on the methods above.
//
// In an opened block, top-level txs, fees, withdrawals and the rewards of the
// beneficiary explain the change of the balance, or call frames are asked for.
// Where there are none, what is left to an account without code are credits:
// one transfer of kind unseen, so that amounts stay exact while the sender
// stays open.
//
// # What more can be proven, and what that costs
//
// Logs and txs are proven to be in their blocks by the roots of these; balances
// of the coin at the window's end by eth_getProof under the state root, where
// that is offered. Block hashes rest on the endpoint's word, except for blocks
// that an anchor of the query reaches by the hashes of parents: a header for
// each block between them. That no log was left out is proven, where the query
// asks for it, by the header of every block of the window, all linked to the
// last, and by the receipts of each block whose bloom filter does not deny a
// log. Bloom filters of a busy chain are full: with 300 to 450 values in them, as
// blocks of Ethereum have, they fail to deny one address in 5 to 11 blocks of a
// hundred, and ten addresses in 40 to 70. [Source.CrossCheck] holds the history
// of one endpoint against another.
//
// # Limits
//
// Otherwise absence of logs is what the endpoint asserts. That it has the
// blocks is checked; that it gives logs of the window's ends and, of a long
// window, of eight blocks between, where bloom filters speak of some; that it
// gives such a log in a range as long as those it is asked for; that answers end
// where their logs do, so that none was cut off; and that it told of the logs
// which stand in the receipts of opened blocks. Blocks in which a token balance
// moved without a transfer are opened, also of an address of which no log was
// told, where another one moved the token. A log that is left out and of whose
// token no other is told, of any address, or whose units went back within the
// window by another that is left out, is seen only by a proof of absence. Such a
// proof speaks of parties that events index. Contracts made by CREATE2 are known
// only where call frames were read.
//
// That an endpoint has the state of the block it is asked about, and not of its
// last alone, is checked by the senders of up to three txs and by a call that
// returns the number of its block. Where it does not, no balance is believed.
package history
