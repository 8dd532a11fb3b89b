// Package llama asks DefiLlama for historical prices.
//
// # Input
//
// Asks for tokens by their contract, for chains' coins, and for a few coins
// that are meant by symbol. The service's /prices/historical is asked where all
// asks have one time, its /batchHistorical where they have several.
//
// # Output
//
// Quotes with the time that the service states for each, and its confidence.
// The service returns the price nearest to the time asked for, on either side;
// where that lies after the ask, a second request asks for the time before.
// A confidence below [LeastConfidence] is a doubt.
//
// A price of another time than was asked for is not taken. Where one request
// fails the others are made all the same, unless it says that all will fail.
//
// # Limits
//
// Prices are aggregated from exchanges and pools in ways that the service does
// not state per price. What it does not know is a refusal, not a zero.
package llama
