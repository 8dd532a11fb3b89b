// Package casefile keeps a case in one file: everything that was asked of
// endpoints and answered, what the investigation started from, and what came
// out, so that anybody can do the work again from the file alone.
//
// # Input
//
// Exchanges of package ethrpc, through a [Link], which stands between the
// client of an endpoint and the history; the write-up, price files and settings
// as [Inputs]; the report as an [Outcome].
//
// Pages of price services come through a [Service], which is the record of
// package pricing.
//
// # Output
//
// An SQLite database. Responses are compressed with zstd and carry the SHA-256
// of the bytes that the endpoint sent. Rows of exchanges are only ever added.
//
//	session   a run of the program: its version, when
//	endpoint  chain and host; never a URL, which holds a key
//	exchange  method, parameters, answer or refusal, time
//	failure   what was asked and never answered
//	document  write-ups and price files, by SHA-256
//	run       what one write-up was checked with, and what came out
//
// A link answers from the case what the case knows, also what moves: the head
// of the chain is that of the first run, so that every run from the same case
// looks at the same blocks. Only [Plan].Update looks at the chain anew. Before
// the first question that does go out in a run the endpoint is asked whether it
// still is what it was: the same chain, and the same block at the top of what
// is recorded.
//
// A price service stands among the endpoints as "web:" and its name instead of a
// chain, with its host and never a key; its pages are exchanges with GET as their
// method and with path and query in place of parameters. A page that says that it
// does not know an asset is an answer and kept as one. A refusal or an outage is
// a failure, with status and text: the next run asks again, and where nothing may
// be asked it comes back as it was.
//
// Every exchange is its own transaction in a write-ahead log, which the end of
// the process at any moment leaves intact. A file at rest has no log and is one
// file. While a run writes, it holds SQLite's exclusive lock.
//
// # Limits
//
// The digests find accidents and careless changes. Whoever rewrites a response,
// every digest over it and the report consistently is found out only by the
// proofs against block hashes, and by anybody who holds the case digest from
// before.
//
// Hosts are told apart by chain and by host name. Two endpoints of one chain
// under one host name, with different keys, are one.
package casefile
