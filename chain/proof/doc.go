// Package proof checks what a node says against the hashes that a block
// commits to.
//
// # Input
//
// A header with the hash under which it is known; the receipts and txs of its
// block; a proof of an account as eth_getProof gives it (EIP-1186); the headers
// of a range of blocks, and filters for logs.
//
// # Output
//
// Nil where the hash follows from the data. Otherwise a [*MismatchError], which
// says what does not match, or an [*UnsupportedError], which says that this
// package cannot do the sum and that nothing follows either way.
//
// # Limits
//
// Txs and receipts are those of Ethereum, up to set-code txs, of the OP Stack,
// of Arbitrum since Nitro, of Celo since it is a rollup (fees in tokens), and of
// Polygon, whose state syncs stand outside of all roots until PIP-74 and since
// then are known by their encoding alone. The forms rest on the sources of the
// clients; those of Arbitrum's internal txs, of Celo's txs and of the OP Stack
// have been held against blocks and hashes of the real chains, those of
// Arbitrum's tickets and deposits, of Celo's receipts and of Polygon's state
// syncs, hashes included, have not. A wrong form
// proves nothing: the root does not come out. Receipts of a type that nobody
// knows are tried in the form that all but two have.
//
// A receipts root proves inclusion: this log stands in this block. That no other
// block holds one follows only from the headers of all blocks, linked by the
// hashes of their parents, whose bloom filters deny it; a filter that does not
// deny it decides nothing, and the receipts of that block have to be looked at.
// None of this proves anything about the last block itself, whose hash has to
// be vouched for by somebody. Fees are proven only as far as the header and
// the receipts fix them: the price per gas follows from tx and base fee, what
// a rollup charges for data does not.
package proof
