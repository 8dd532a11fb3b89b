package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/pricing"
	"losstracer/trace"
	"losstracer/trace/casefile"
	"losstracer/trace/flow"
	"losstracer/trace/label"
	"losstracer/trace/report"
)

type traceOptions struct {
	rpc          []string
	priceFiles   []string
	labels       []string
	transfers    []string
	sources      []string
	backward     []string
	policy       string
	maxHops      int
	maxAddresses int
	maxRequests  int
	minUSD       string
	from, to     string
	toAddress    string
	format       string
}

func newTraceCommand(env environment) *cobra.Command {
	var o traceOptions
	cmd := &cobra.Command{
		Use:   "trace (INCIDENT.md | --source ADDRESS…)",
		Short: "Follow stolen funds to where they are",
		Long: `trace follows stolen amounts from hop to hop and shows where they ended: at
services, bridges, mixers, burnt, or still held. With a write-up it follows what
left the victims; with --source everything that an address sends out. The holder
with the most unexplored value is opened next, so that a trace that a limit ends
has followed the largest share. With --transfers it works on what another tool
exported, and needs no endpoint.`,
		Example: `  losstracer trace incident.md --rpc https://… --price-file prices.csv
  losstracer trace --source 0x… --rpc https://… --policy all --max-hops 5
  losstracer trace --source 0x… --transfers export.csv --format csv`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return runTrace(cmd.Context(), o, args, env) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.rpc, "rpc", nil, "JSON-RPC endpoint; repeat for other chains (default $LOSSTRACER_RPC)")
	f.StringArrayVar(&o.priceFiles, "price-file", nil, "CSV with asset_id,time,price_usd,source; may be repeated")
	f.StringArrayVar(&o.labels, "labels", nil, "tags of addresses, CSV or GraphSense TagPack; may be repeated")
	f.StringArrayVar(&o.transfers, "transfers", nil, "CSV of transfers that another tool exported; may be repeated")
	f.StringArrayVar(&o.sources, "source", nil, "address whose payments are followed; may be repeated")
	f.StringArrayVar(&o.backward, "backward", nil, "address of which to show what funded it; may be repeated")
	f.StringVar(&o.policy, "policy", "fifo", "fifo, lifo, haircut, poison, tainted-first, tainted-last or all")
	f.IntVar(&o.maxHops, "max-hops", 0, "how many hops to follow (default no limit)")
	f.IntVar(&o.maxAddresses, "max-addresses", 200, "how many addresses to open at the endpoint")
	f.IntVar(&o.maxRequests, "max-requests", 0, "how many histories and transactions to ask for (default no limit)")
	f.StringVar(&o.minUSD, "min-usd", "", "payments worth less are not followed")
	f.StringVar(&o.from, "from", "", "first block or time to look at")
	f.StringVar(&o.to, "to", "", "last block or time to look at")
	f.StringVar(&o.toAddress, "path-to", "", "show the paths to this address only")
	f.StringVar(&o.format, "format", "text", "form of the result: "+report.FlowFormats())
	return cmd
}

func runTrace(ctx context.Context, o traceOptions, args []string, env environment) error {
	watched, clear := env.watch()
	defer clear()
	r, connections, err := o.request(args, watched, env)
	if err != nil {
		return err
	}
	if len(args) == 1 {
		inc, err := readWriteUp(args[0])
		if err != nil {
			return err
		}
		r.Case, err = trace.Investigate(ctx, trace.Request{
			Tool: version(), Incident: inc, Endpoints: r.Endpoints, Prices: r.Prices, Override: r.Override,
		})
		if err != nil {
			return err
		}
	}
	result, err := trace.Follow(ctx, r)
	if errors.Is(err, flow.ErrNothingToFollow) {
		return hint(err, "the write-up shows no theft that could be measured; name an address with --source")
	}
	if result == nil {
		return err
	}
	clear()
	if err := o.render(result, env); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	if len(connections) > 0 && len(result.Unresolved) > 0 {
		return statusError(exitIncomplete)
	}
	return nil
}

func (o traceOptions) render(result *flow.Result, env environment) error {
	if o.toAddress == "" {
		return report.Flow(env.stdout, result, o.format, env.width())
	}
	a, err := chain.ParseAddress(o.toAddress)
	if err != nil {
		return &usageError{fmt.Errorf("--path-to: %w", err)}
	}
	return report.FlowPaths(env.stdout, result, a, env.width())
}

func (o traceOptions) request(args []string, watched ethrpc.Options, env environment) (r trace.FollowRequest, connections []connection, err error) {
	if len(args) == 0 && len(o.sources)+len(o.backward) == 0 {
		return r, nil, &usageError{hint(errors.New("nothing to follow"), "give a write-up, --source ADDRESS or --backward ADDRESS")}
	}
	if r.Policy, err = flow.ParsePolicy(o.policy); err != nil {
		return r, nil, &usageError{err}
	}
	if r.Override, err = parseBounds(o.from, o.to); err != nil {
		return r, nil, err
	}
	if r.Sources, err = parseAddresses("--source", append(o.sources, o.backward...)); err != nil {
		return r, nil, err
	}
	r.Backward = len(o.backward) > 0
	if r.Backward && (len(o.sources) > 0 || len(args) > 0) {
		return r, nil, &usageError{hint(errors.New("--backward stands alone"), "follow funds forward in a run of its own")}
	}
	r.Limits = flow.Limits{Hops: o.maxHops, Addresses: o.maxAddresses, Requests: o.maxRequests}
	if o.minUSD != "" {
		if r.Limits.MinUSD, err = decimal.NewFromString(o.minUSD); err != nil {
			return r, nil, &usageError{fmt.Errorf("--min-usd %q: not a number", o.minUSD)}
		}
	}
	conf, err := readConfig(args, env)
	if err != nil {
		return r, nil, err
	}
	if r.Prices, err = readPrices(append(conf.Prices, o.priceFiles...), pricing.DefaultMaxAge); err != nil {
		return r, nil, err
	}
	if r.Tags, err = readLabels(append(conf.Labels, o.labels...)); err != nil {
		return r, nil, err
	}
	if r.Record, err = readTransfers(o.transfers); err != nil {
		return r, nil, err
	}
	if connections, err = connect(endpointURLs(o.rpc, conf, env), watched); err != nil {
		return r, nil, err
	}
	if len(connections) == 0 && len(o.transfers) == 0 {
		return r, nil, &usageError{hint(errors.New("no transfers to follow funds through"), "give --rpc URL or --transfers FILE")}
	}
	r.Endpoints = sources(connections)
	return r, connections, nil
}

func parseAddresses(flag string, values []string) ([]common.Address, error) {
	var list []common.Address
	for _, value := range values {
		a, err := chain.ParseAddress(value)
		if err != nil {
			return nil, &usageError{hint(fmt.Errorf("%s: %w", flag, err), "an address is 0x and 40 hexadecimal digits")}
		}
		list = append(list, a)
	}
	return list, nil
}

// readLabels returns the built-in tags and those of files.
func readLabels(names []string) (*label.Book, error) {
	files, err := attach("labels", names)
	if err != nil {
		return nil, err
	}
	return tags(files)
}

// tags returns the built-in tags and those of the tag files among files.
func tags(files []casefile.Attachment) (*label.Book, error) {
	book := label.Builtin()
	for _, file := range files {
		if file.Flag != "labels" {
			continue
		}
		list, _, err := label.Read(file.Name, bytes.NewReader(file.Content))
		if err != nil {
			return nil, hint(err, "tags are CSV with the header address,chain,label,category,source,confidence, or a TagPack in YAML")
		}
		book.Add(list...)
	}
	return book, nil
}

func readTransfers(files []string) (*flow.Record, error) {
	record := &flow.Record{}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("read transfers: %w", err)
		}
		err = record.ReadCSV(f, name)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, hint(err, "transfers are CSV with the header chain,block,time,tx,index,from,to,asset_id,amount")
		}
	}
	return record, nil
}
