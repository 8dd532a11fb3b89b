// Command record-demo makes the recording that "losstracer demo" plays.
//
// # Input
//
// The theft of a hot wallet, played on a node of package devnet, and the
// write-up beside the recording.
//
// # Output
//
// The file named by the argument: everything that an investigation of that
// write-up asks the node, with the answers. The same bytes on every run.
//
// # Limits
//
// The recording answers the questions of this version of the program. When
// what is asked changes, it has to be made again: go generate does it.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"losstracer/chain/devnet"
	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
	"losstracer/cmd/losstracer/demo"
	"losstracer/pricing"
	"losstracer/trace"
	"losstracer/trace/incident"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: record-demo FILE")
		os.Exit(2)
	}
	if err := record(context.Background(), os.Args[1]); err != nil {
		fmt.Fprintf(os.Stderr, "record-demo: %v\n", err)
		os.Exit(1)
	}
}

func record(ctx context.Context, file string) (err error) {
	theft, err := devnet.HotWalletTheft()
	if err != nil {
		return fmt.Errorf("play the theft: %w", err)
	}
	node, err := devnet.Start(theft.Chain)
	if err != nil {
		return fmt.Errorf("start the node: %w", err)
	}
	defer func() { err = errors.Join(err, node.Close()) }()
	transcript, err := investigate(ctx, node.URL())
	if err != nil {
		return err
	}
	return save(file, transcript)
}

// investigate runs the whole pipeline once and keeps what it asked.
func investigate(ctx context.Context, url string) (*ethrpc.Transcript, error) {
	r := &recorder{}
	client, err := ethrpc.New(url, ethrpc.Options{Recorder: r})
	if err != nil {
		return nil, err
	}
	defer client.Close()
	c, err := trace.Investigate(ctx, trace.Request{
		Incident:  incident.Parse("incident.md", demo.WriteUp),
		Endpoints: []trace.Endpoint{{Host: demo.Host, Source: history.New(client, history.Options{})}},
		Prices:    &pricing.Book{},
	})
	if err != nil {
		return nil, fmt.Errorf("investigate: %w", err)
	}
	for _, s := range c.Scopes {
		if s.Status != trace.Checked {
			return nil, fmt.Errorf("%s: %s: %s", s.Chain, s.Status, s.Detail)
		}
	}
	return &r.transcript, nil
}

func save(file string, t *ethrpc.Transcript) error {
	var b bytes.Buffer
	if _, err := t.WriteTo(&b); err != nil {
		return fmt.Errorf("write the recording: %w", err)
	}
	return os.WriteFile(file, b.Bytes(), 0o644)
}

// recorder keeps exchanges under a host of their own, since the node's port
// differs from run to run, and without what a build leaves in them.
type recorder struct{ transcript ethrpc.Transcript }

// Find knows nothing: everything is asked of the node.
func (r *recorder) Find(context.Context, string, ethrpc.Call) (json.RawMessage, bool, error) {
	return nil, false, nil
}

// clientVersion stands for what the node says it is: it would name this
// program, its platform and the compiler.
const clientVersion = `"go-ethereum, in process"`

func (r *recorder) Keep(ctx context.Context, e ethrpc.Exchange) error {
	e.Host = demo.Host
	if e.Call.Method == "web3_clientVersion" {
		e.Result = json.RawMessage(clientVersion)
	}
	return r.transcript.Keep(ctx, e)
}
