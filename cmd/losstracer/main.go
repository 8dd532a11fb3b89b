// Command losstracer reads a write-up of a crypto theft, pulls what the
// attackers' addresses really received and sent from Ethereum-compatible
// chains, rebuilds the loss per asset, prices it, and sets it against what was
// reported.
//
// # Input
//
// Write-ups in Markdown, JSON-RPC endpoints, price files.
//
// # Output
//
// Reports on standard output or in files; progress, warnings and errors on
// standard error. The exit status says how the case stands: see
// "losstracer help exit-status".
//
// # Limits
//
// This is the only place that reads the environment, names adapters and exits.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// heapGrowth is how far, in percent, the heap may grow beyond what is in use
// before it is collected. A history of a million transfers is held whole;
// go's default of 100 would let it take twice its size.
const heapGrowth = 25

func main() {
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(heapGrowth)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := run(ctx, os.Args[1:], environment{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, lookup: os.LookupEnv,
	})
	stop()
	os.Exit(status)
}
