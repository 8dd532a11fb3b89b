// Package coingecko asks CoinGecko for historical prices.
//
// # Input
//
// Asks for tokens by their contract, for chains' coins, and for a few coins
// that are meant by symbol. Asks of one coin or contract that lie close together are
// one request to market_chart/range.
//
// # Output
//
// Quotes with the times that the service states. How close they lie depends on how
// much time one request covers: every hour up to 90 days, which none goes beyond.
// Where the service has less it gives one a day, of 00:00 UTC, which is the moment
// at which the day begins.
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
