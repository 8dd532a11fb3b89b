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
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// patience is how long an interrupted run may take to put things in order. A
// case and reports are whole at any moment, so it does not need any.
const patience = 900 * time.Millisecond

func main() {
	boundMemory(os.LookupEnv)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() {
		stop() // a second signal ends the process at once
		time.Sleep(patience)
		fmt.Fprintln(os.Stderr, "losstracer: interrupted in the middle of a computation; cases keep what was answered, and the same command goes on from there")
		os.Exit(exitInterrupted)
	})
	status := run(ctx, os.Args[1:], environment{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, lookup: os.LookupEnv,
	})
	stop()
	os.Exit(status)
}
