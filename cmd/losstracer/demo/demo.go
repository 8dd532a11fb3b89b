// Package demo holds the recording that "losstracer demo" plays.
//
// # Input
//
// Nothing: the write-up, the prices and the transcript of a node are embedded.
// Command record-demo makes the transcript.
//
// # Output
//
// The three, as bytes.
//
// # Limits
//
// The theft is a re-enactment on a local chain. The firm is invented, and no
// block, tx or address of it is on Ethereum.
package demo

import (
	_ "embed"
)

// WriteUp is the write-up, in Markdown.
//
//go:embed incident.md
var WriteUp []byte

// Prices is the price file.
//
//go:embed prices.csv
var Prices []byte

// Transcript is what a node answered, as ethrpc.ReadTranscript reads it.
//
//go:generate go run losstracer/cmd/record-demo transcript.jsonl
//go:embed transcript.jsonl
var Transcript []byte

// Host stands for the endpoint in the transcript.
const Host = "http://re-enactment.invalid"
