package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
	"losstracer/pricing"
	"losstracer/pricing/chainlink"
	"losstracer/pricing/uniswap"
	"losstracer/pricing/vault"
	"losstracer/trace"
)

// connection is an endpoint together with the client that counts its requests.
type connection struct {
	trace.Endpoint
	client *ethrpc.Client
}

// connect prepares the endpoints at urls; nothing is asked yet.
func connect(urls []string, o ethrpc.Options) ([]connection, error) {
	var list []connection
	for _, raw := range urls {
		client, err := ethrpc.New(raw, o)
		if err != nil {
			return nil, &usageError{hint(err, "--rpc takes the URL of a JSON-RPC endpoint, as https://host/key")}
		}
		c := connection{endpointOf(client), client}
		c.Sent = func() trace.Requests { return trace.Requests(client.Requests()) }
		list = append(list, c)
	}
	return list, nil
}

// endpointOf is what an investigation asks of an endpoint: its history, and
// prices that stand on its chain.
func endpointOf(caller history.Caller) trace.Endpoint {
	return trace.Endpoint{
		Host:   caller.Host(),
		Source: history.New(caller, history.Options{}),
		Prices: func(id history.Identity, book *pricing.Book) []pricing.Source {
			return []pricing.Source{
				chainlink.New(caller, id.ChainID),
				vault.New(caller, id.ChainID, book, vault.Options{}),
				uniswap.New(caller, id.ChainID, book, uniswap.Options{}),
			}
		},
	}
}

func sources(list []connection) []trace.Endpoint {
	var endpoints []trace.Endpoint
	for _, c := range list {
		endpoints = append(endpoints, c.Endpoint)
	}
	return endpoints
}

func requests(list []connection) trace.Requests {
	var sum trace.Requests
	for _, c := range list {
		r := c.client.Requests()
		sum.HTTP += r.HTTP
		sum.RPC += r.RPC
		sum.Bytes += r.Bytes
	}
	return sum
}

// noEndpoint says that nobody can be asked.
func noEndpoint() error {
	return &usageError{hint(errors.New("no endpoint"), "give one with --rpc, in LOSSTRACER_RPC, or in %s, here or in your configuration folder", configName)}
}

// endpointsOfChain returns the URLs of the one chain that a command looks at:
// those of the flag or of LOSSTRACER_RPC, which say of themselves what they
// serve, else those that the configuration, here or the user's, has for the
// chain. That need not be named where there is but one.
func endpointsOfChain(flag []string, name string, env environment) ([]string, error) {
	if urls := endpointURLs(flag, config{}, env); len(urls) > 0 {
		return urls, nil
	}
	conf, err := readConfig([]string{"."}, env)
	if err != nil {
		return nil, err
	}
	names := slices.Sorted(maps.Keys(conf.Endpoints))
	switch {
	case name != "":
		urls := conf.of(name)
		if len(urls) == 0 {
			return nil, &usageError{hint(fmt.Errorf("no endpoint of %s", name), "give one with --rpc, in LOSSTRACER_RPC, or in %s under endpoints", configName)}
		}
		return urls, nil
	case len(names) > 1:
		return nil, &usageError{hint(fmt.Errorf("endpoints of %d chains are configured", len(names)), "--chain takes one of %s", strings.Join(names, ", "))}
	case len(conf.urls()) == 0:
		return nil, noEndpoint()
	}
	return conf.urls(), nil
}

// endpointURLs returns the URLs of the flag; where it was not given those of
// LOSSTRACER_RPC, and where that is not set those of the configuration.
func endpointURLs(flag []string, conf config, env environment) []string {
	if len(flag) > 0 {
		return flag
	}
	var urls []string
	for raw := range strings.SplitSeq(env.get("LOSSTRACER_RPC"), ",") {
		if raw = strings.TrimSpace(raw); raw != "" {
			urls = append(urls, raw)
		}
	}
	if len(urls) > 0 {
		return urls
	}
	return conf.urls()
}
