// Package vault prices shares by what they redeem to: vaults after ERC-4626,
// markets of Compound and Aave and of those that took their contracts over,
// vaults of Yearn, pools of several coins of Balancer and after Curve, and staked
// coins that say their rate.
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
// block, coin by coin at the coins' own prices. Where the coins have weights it
// is worth what it would be if it stood at those prices, which a swap does not
// change.
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
//     lent to a lending pool of the table,
//   - or, with a doubt, what the shares come to that were moved.
//
// A pool of coins has to hold what it states, itself or in Balancer's vault, and to
// name the token that is its share; if no registry and no factory knows it that is
// a doubt.
//
// And never if more of it was moved than it says exists. Else there is no price,
// and the refusal says what the contract claims and what it holds.
//
// # Limits
//
// A vault that lends out or invests what it was given, so that it does not even
// hold what was moved, and that no table lists, has no price: that it would get
// it back is its own word, and what a call to redeem returns is, too. Of pools of
// which one coin has no price the shares have none. What hooks of a pool of the third
// version of Balancer do is not looked at, so that it is always in doubt. Fees, queues
// and stops of a redemption are not looked at.
package vault
