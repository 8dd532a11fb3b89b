// Package vault prices shares by what they redeem to: vaults after ERC-4626,
// markets of Compound and Aave and of those that took their contracts over,
// vaults of Yearn, pools of several coins after Curve, and staked coins that say
// their rate.
//
// # Input
//
// Asks with a block, an endpoint that has the state of old blocks, and a book
// that prices what shares redeem to. How much was moved should stand in the ask.
//
// # Output
//
// What one whole share redeemed to at the block before the theft began, by the
// contract's own methods, in dollars through the book. Where the rate differs by
// more than two percent from that of a day before, that is a doubt, with both
// rates: a rate can be pushed. What the contract said in the theft's own block
// is told and not used.
//
// A share of a pool of several coins is its part of what the pool held at that
// block, coin by coin at the coins' own prices.
//
// # Whom to believe
//
// Anybody can write a contract that answers as if it redeemed to dollars. What
// a contract says of itself counts only
//
//   - if it stands in the table of this package,
//   - if a registry that stands in the table knows it: a comptroller of a
//     lending protocol, a lending pool whose receipt it is, a list of vaults,
//   - or if it holds what all its shares, by its own rate, come to: itself, or
//     lent to a lending pool of the table.
//
// A pool of coins has to hold what it states, and if no registry knows it that is
// a doubt.
//
// And never if more of it was moved than it says exists. Else there is no price,
// and the refusal says what the contract claims and what it holds.
//
// # Limits
//
// A vault that lends out or invests what it was given, and that no table lists,
// has no price; nor have shares of the pools of Balancer. Fees, queues and stops of a redemption are not looked at.
package vault
