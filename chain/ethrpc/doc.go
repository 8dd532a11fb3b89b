// Package ethrpc asks Ethereum-compatible nodes by JSON-RPC over HTTP, and
// keeps what they answer as evidence.
//
// # Input
//
// The URL of an endpoint, or of several that stand in for each other, and
// calls. URLs hold keys: nothing that this package returns, logs or records
// shows more of one than scheme and host, also where an endpoint repeats its
// key in an error.
//
// # Output
//
// [Client.Do] gives answers in the order of the calls. It sends them in
// batches of the size that the endpoint turns out to take, several at a time,
// at the rate that it turns out to bear; matches answers by id; and asks again
// for what is missing, contradicted, cut off or refused for the moment.
// [Client.Logs] gives the logs of a range of blocks, in order, however the
// endpoint wants the range cut. [Probe] tells what an endpoint can do, by
// trying. [Classify] tells what kind of no an error is; a refusal that gives no
// reason is believed when it was given four times.
//
// What is learned of an endpoint is kept with it: [Client.Again] goes on at its
// pace for another piece of work, [Client.Resume] in another process, and [LogLimit] tells a later run, from what was
// refused to an earlier one, how many blocks of logs it gives.
//
// A [Recorder] keeps every exchange. Answers that cannot change any more (see
// [Pinned]) are then asked for once, and with Options.Offline nothing is asked
// at all. [Transcript] is a Recorder in memory with a text form.
//
// # Logs
//
// Every field of every log is checked, and that the log was asked for. Without
// a Recorder an answer is decoded as it arrives, and at most some 24,000 logs
// of a range are held, whatever its length; more are handed over while the
// rest is read. An answer that then breaks off is asked for again from the
// last block on. With a Recorder an answer is held as a whole, and ranges are
// cut so that it stays below 16 MiB where it has more than one block.
//
// An endpoint that cuts answers off in silence, at whatever number, is noticed
// by what it has beyond the ends of an answer. An endpoint that leaves out logs
// in any other way is not noticed here. What is made sure of is that
// it has the last block of the range; that it had the blocks before, and not
// merely their headers, is for the caller to establish, from a log that is
// known to be there.
//
// # Limits
//
// Endpoints that stand in for each other must serve the same chain, which is
// compared before a second one is used. They may differ by a block at the
// head: what has to be consistent has to be asked for by number or hash.
// Endpoints of one client that share scheme and host are one to a Recorder.
//
// WebSocket and IPC are not spoken. Filters and subscriptions, which keep
// state at the endpoint, are not used.
package ethrpc
