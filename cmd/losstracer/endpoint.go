package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
	"losstracer/trace/report"
)

func newEndpointCommand(env environment) *cobra.Command {
	return &cobra.Command{
		Use:   "endpoint URL…",
		Short: "Show what an endpoint can do, and what it cannot prove",
		Long: `endpoint asks JSON-RPC endpoints which chain they serve, how far back they
remember, and which methods they answer, and says what that means for a
history: how it would be obtained, and what could not be proven.`,
		Example: "  losstracer endpoint https://…",
		Args:    usageArgs(cobra.MinimumNArgs(1)),
		RunE:    func(cmd *cobra.Command, args []string) error { return runEndpoint(cmd.Context(), args, env) },
	}
}

func runEndpoint(ctx context.Context, urls []string, env environment) error {
	status := exitReconciled
	for _, raw := range urls {
		client, err := ethrpc.New(raw, ethrpc.Options{})
		if err != nil {
			return &usageError{hint(err, "an endpoint is given as https://host/key")}
		}
		capabilities, err := ethrpc.Probe(ctx, client)
		if err != nil {
			err = hint(fmt.Errorf("ask %s: %w", client.Host(), err), "look at the URL and the key in it, and whether the endpoint is up: of its URL only the host is shown")
			if len(urls) == 1 || ctx.Err() != nil {
				return err
			}
			warnTo(env, err)
			status = exitError
			continue
		}
		r := client.Requests()
		if err := report.Endpoint(env.stdout, endpointReport(capabilities, r), env.width()); err != nil {
			return err
		}
	}
	if status != exitReconciled {
		return statusError(status)
	}
	return nil
}

func endpointReport(c *ethrpc.Capabilities, r ethrpc.Requests) report.EndpointOffer {
	o := report.EndpointOffer{
		Host: c.Host, ChainID: c.ChainID, Client: c.Client, Genesis: c.Genesis, GenesisWhy: c.GenesisWhy,
		Head: c.Head, Finalized: c.Finalized, FinalizedWhy: c.FinalizedWhy,
		OldestState: c.OldestState, StateWhy: c.StateWhy, HTTP: r.HTTP, RPC: r.RPC,
	}
	typical := history.Typical(c.Head.Number, c.Offer("eth_getLogs").Blocks)
	o.Unprovable = history.Unprovable(c.ChainID)
	o.Typical = report.TypicalCost{Blocks: typical.Window.Blocks(), Sent: typical.Sent, Requests: typical.Requests, Calls: typical.Calls}
	for _, m := range c.Methods {
		o.Methods = append(o.Methods, report.MethodOffer(m))
	}
	return o
}
