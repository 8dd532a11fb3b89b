package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
	"losstracer/trace/report"
)

func newEndpointCommand(env environment) *cobra.Command {
	return &cobra.Command{
		Use:   "endpoint [URL|CHAIN…]",
		Short: "Show what an endpoint can do, and what it cannot prove",
		Long: `endpoint asks JSON-RPC endpoints which chain they serve, how far back they
remember, and which methods they answer, and says what that means for a
history: how it would be obtained, and what could not be proven. The name of a
chain stands for the endpoints that the configuration has for it; without
arguments all are asked that LOSSTRACER_RPC or the configuration names.`,
		Example: `  losstracer endpoint https://…
  losstracer endpoint ethereum
  losstracer endpoint`,
		RunE: func(cmd *cobra.Command, args []string) error { return runEndpoint(cmd.Context(), args, env) },
	}
}

// endpointAdvice is what to do about an endpoint that does not answer.
const endpointAdvice = "look at the URL and the key in it, and whether the endpoint is up: of its URL only the host is shown"

func runEndpoint(ctx context.Context, args []string, env environment) error {
	urls, err := endpointsNamed(args, env)
	if err != nil {
		return err
	}
	status := exitReconciled
	for _, raw := range urls {
		client, err := ethrpc.New(raw, ethrpc.Options{})
		if err != nil {
			return &usageError{hint(err, "an endpoint is given as https://host/key")}
		}
		capabilities, err := ethrpc.Probe(ctx, client)
		if err != nil {
			err = hint(fmt.Errorf("ask %s: %w", client.Host(), err), "%s", endpointAdvice)
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

// endpointsNamed returns the URLs that arguments stand for.
func endpointsNamed(args []string, env environment) ([]string, error) {
	var urls []string
	for _, arg := range args {
		if _, isChain := chain.NetworkByName(arg); !isChain {
			urls = append(urls, arg)
			continue
		}
		conf, err := readConfig([]string{"."}, env)
		if err != nil {
			return nil, err
		}
		of := conf.of(arg)
		if len(of) == 0 {
			return nil, &usageError{hint(fmt.Errorf("no endpoint of %s is configured", arg), "write it into %s under endpoints, or give its URL", configName)}
		}
		urls = append(urls, of...)
	}
	if len(args) > 0 {
		return urls, nil
	}
	if urls = endpointURLs(nil, config{}, env); len(urls) > 0 {
		return urls, nil
	}
	conf, err := readConfig([]string{"."}, env)
	if urls = conf.urls(); err == nil && len(urls) == 0 {
		err = &usageError{hint(errors.New("no endpoint"), "give its URL, or name some in LOSSTRACER_RPC or in %s, here or in your configuration folder", configName)}
	}
	return urls, err
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
