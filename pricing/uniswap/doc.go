// Package uniswap reads prices from Uniswap pools, and pools of the same make,
// on chain.
//
// # Input
//
// Asks with a block, an endpoint that has the state of old blocks, and a book
// that prices what pools trade against: the wrapped coin, USDC, USDT, DAI. Pools
// are found by computing where the known factories put them.
//
// # Output
//
// For a token, the time-weighted average price in the deepest pool, over a
// window that ends with the block before the theft began, in dollars through
// the book. The theft's own blocks are never part of it. For V2 the average is
// taken from the pool's cumulative prices at both ends of the window; for V3
// from the cumulative ticks that the pool itself observed. The quote says what
// stood in the pool against the token, in dollars; below a floor there is no
// quote, because such a price can be made by whoever wants to. Of a V3 pool what stood
// there counts as far as it was at work at the price. Where what was moved comes to
// more than that, or the pool stood elsewhere at an end of the window than on the
// average, that is a doubt.
//
// For shares of a V2 pool, its part of what the pool held at the block before the
// theft began, at the prices of its tokens and not at the pool's own: a swap does
// not change it. Of a pool that no known factory made it is a doubt, and nothing
// if the pool does not hold what it states. Shares of which more was moved than
// there were have no price.
//
// # Limits
//
// An average over half an hour resists what is done to a pool within a block;
// it does not resist a pool that was pushed for the whole window. A token whose
// only pool is against another such token has no price here. Concentrated
// liquidity may lie within a breath of the price: how far a V3 pool can be pushed
// for how much is not looked at.
package uniswap
