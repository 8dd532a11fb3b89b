// Package coingecko asks CoinGecko for historical prices.
//
// # Input
//
// Asks for tokens by their contract, for chains' coins, and for a few coins
// that are meant by symbol. Asks of one subject that lie close together are one
// request to market_chart/range, of the contract or of the coin.
//
// # Output
//
// Quotes with the times that the service states: every five minutes, every
// hour or, for what is more than 90 days ago, once a day at 00:00 UTC. Such a
// day's price is that of the moment at which the day begins.
//
// What the service says no to is told apart: a time that the plan does not reach
// is refused for that time alone, and not asked for again; a key or a plan that
// is not good, and a pace that it does not bear, end the asking. What was
// answered before stands.
//
// # Limits
//
// Without a paid key the service tells prices of the last 365 days only and
// bears some 30 requests a minute. A contract that it does not list is a
// refusal.
package coingecko
