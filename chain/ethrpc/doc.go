// Package ethrpc talks JSON-RPC to Ethereum-compatible nodes over HTTP.
package ethrpc
