package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

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
	rpc               []string
	prices            priceOptions
	labels            []string
	transfers         []string
	sources           []string
	backward          []string
	policy            string
	maxHops           int
	maxAddresses      int
	maxRequests       int
	minUSD            string
	hubSenders        int
	hubRecipients     int
	hubCounterparties int
	from              string
	to                []string
	pathTo            string
	evidence          caseOptions
	format            string
}

func newTraceCommand(env environment) *cobra.Command {
	var o traceOptions
	cmd := &cobra.Command{
		Use:   "trace (INCIDENT.md | --source ADDRESS… | --backward ADDRESS…)",
		Short: "Follow stolen funds to where they are",
		Long: `trace follows stolen amounts from hop to hop and shows where they ended: at
services, bridges, mixers, burnt, or still held. With a write-up it follows what
left the victims; with --source everything that an address sends out. The holder
with the most unexplored value is opened next, so that a trace that a limit ends
has followed the largest share. With --case a trace that was limited or broken
off goes on from what was answered. With --transfers it works on what another
tool exported, and needs no endpoint.

--transfers FILE is CSV with the header

  chain,block,time,tx,index,from,to,asset_id,amount[,symbol][,decimals][,usd]
  [,from_label][,to_label]

in any order of rows and columns: amount in base units, asset_id such as
eip155:1/slip44:60 or eip155:1/erc20:0x…, index the place within the block. A
row without to is gas. A table of flows that has dollars and neither asset_id
nor amount, as in

  Timestamp,Block,Tx_hash,From,From_label,To,To_label,Value_in_USD

is followed in dollars. Labels are names: where one begins with that of a known
exchange, mixer or bridge the trace ends there, and says by which name. Whom to
follow is said with --source, once for each address of the thief.

--format csv gives the edges, a row for each payer, payee and asset:

  ` + csvHeader(report.EdgeColumns()) + `

With --to ADDRESS, text lists the paths to the address, --format csv has a row
for each step of a path, and --format json adds the field ways to the flow:

  ` + csvHeader(report.WayColumns()) + `

What each limit cut off is told in dollars. An account that nobody has named is
a hub, and an end, where it has at least --hub-senders payers whom the funds had
not reached and --hub-recipients payees, or --hub-counterparties of both.`,
		Example: `  losstracer trace incident.md --rpc https://… --price-file prices.csv
  losstracer trace --source 0x… --rpc https://… --policy all --max-hops 5
  losstracer trace --source 0x… --rpc https://… --case theft.case --max-requests 100
  losstracer trace --source 0x… --transfers export.csv --format csv
  losstracer trace --source 0x… --transfers export.csv --to 0x…
  losstracer trace --backward 0x… --rpc https://… --max-hops 2`,
		Args: usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runTrace(cmd.Context(), o, settings(cmd.Flags()), args, env)
		},
	}
	o.addFlags(cmd.Flags())
	return cmd
}

// csvHeader breaks the header of a table into lines, as a help text shows it.
func csvHeader(columns []string) string {
	const width = 76
	text, line := "", 0
	for i, c := range columns {
		if i < len(columns)-1 {
			c += ","
		}
		if line += len(c); line > width {
			text, line = text+"\n  ", len(c)
		}
		text += c
	}
	return text
}

func (o *traceOptions) addFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.rpc, "rpc", nil, "`URL` of a JSON-RPC endpoint; repeat for other chains (default $LOSSTRACER_RPC)")
	o.prices.addFlags(f)
	f.StringArrayVar(&o.labels, "labels", nil, "`FILE` with tags of addresses, CSV or GraphSense TagPack; may be repeated")
	f.StringArrayVar(&o.transfers, "transfers", nil, "CSV `FILE` of transfers that another tool exported; may be repeated")
	f.StringArrayVar(&o.sources, "source", nil, "`ADDRESS` whose payments are followed; may be repeated")
	f.StringArrayVar(&o.backward, "backward", nil, "`ADDRESS` of which to show what funded it; may be repeated")
	f.StringVar(&o.policy, "policy", "fifo", "`POLICY`: fifo, lifo, haircut, poison, tainted-first, tainted-last or all")
	f.IntVar(&o.maxHops, "max-hops", 0, "follow `N` hops at most (default no limit)")
	f.IntVar(&o.maxAddresses, "max-addresses", 200, "open `N` addresses at the endpoint at most; 0 is no limit")
	f.IntVar(&o.maxRequests, "max-requests", 0, "ask for `N` histories and transactions at most (default no limit)")
	f.StringVar(&o.minUSD, "min-usd", "", "payments worth less than `DOLLARS` are not followed")
	f.IntVar(&o.hubSenders, "hub-senders", flow.DefaultHubSenders, "from `N` payers on, with --hub-recipients, an account is a service")
	f.IntVar(&o.hubRecipients, "hub-recipients", flow.DefaultHubRecipients, "from `N` payees on, with --hub-senders, an account is a service")
	f.IntVar(&o.hubCounterparties, "hub-counterparties", flow.DefaultHubCounterparties, "from `N` payers and payees together on an account is a service")
	f.StringVar(&o.from, "from", "", "first `BLOCK|TIME` to look at")
	f.StringArrayVar(&o.to, "to", nil, "`ADDRESS|BLOCK|TIME`: list the paths to an address; look no further than a block or time; may be given once for each")
	f.StringVar(&o.pathTo, "path-to", "", "list the paths to this address")
	_ = f.MarkHidden("path-to") // its error is for a flag that is not there
	o.evidence.addFlags(f)
	f.StringVar(&o.format, "format", "text", "`FORM` of the result: "+report.FlowFormats())
}

func runTrace(ctx context.Context, o traceOptions, settings, args []string, env environment) (err error) {
	if err := o.evidence.check(); err != nil {
		return err
	}
	if err := checkForm(o.format, report.FlowFormats()); err != nil {
		return err
	}
	to, err := o.destination()
	if err != nil {
		return err
	}
	watched, clear := env.watch()
	defer clear()
	conf, err := readConfig(args, env)
	if err != nil {
		return err
	}
	if _, err := o.prices.configure(conf, settings); err != nil {
		return err
	}
	r, err := o.request(args, conf, to.until)
	if err != nil {
		return err
	}
	w, err := o.witnesses(ctx, r.Override, args, conf, watched, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.close(ctx)) }()
	r.Endpoints, r.PriceSources = w.endpoints, w.prices
	if len(r.Endpoints) == 0 && len(o.transfers) == 0 {
		return &usageError{hint(errors.New("no transfers to follow funds through"), "give --rpc URL, --transfers FILE, or --case FILE of an earlier run")}
	}
	return o.follow(ctx, r, w, args, to.address, clear, env)
}

// follow traces what the request asks for and shows it, after clear has taken
// the progress bars away. An incomplete trace is a [statusError].
func (o traceOptions) follow(ctx context.Context, r trace.FollowRequest, w witnesses, args []string, to *common.Address, clear func(), env environment) (err error) {
	if len(args) == 1 {
		if r.Case, err = measure(ctx, r, args[0]); err != nil {
			return err
		}
	}
	result, err := trace.Follow(ctx, r)
	if result == nil {
		return followHint(err, r.Case)
	}
	if err := w.confirm(ctx, env); err != nil {
		return err
	}
	clear()
	if err := o.render(result, to, env); err != nil {
		return err
	}
	if err != nil {
		return err
	}
	if len(r.Endpoints) > 0 && len(result.Unresolved) > 0 {
		return statusError(exitIncomplete)
	}
	return nil
}

// followHint says what to do where nothing was followed. Of a write-up, with its
// case, that is because no theft was measured: a chain that could not be looked at,
// and of which an endpoint can be given, comes first as the reason.
func followHint(err error, c *trace.Case) error {
	switch {
	case errors.Is(err, flow.ErrNothingToFollow) && c != nil:
		for _, s := range c.Scopes {
			if s.Status != trace.Checked && s.Status != trace.Unsupported {
				return hint(fmt.Errorf("%w: %s was not looked at: %s", err, s.Chain, s.Detail), "give an endpoint of %s that answers, or name an address with --source", s.Chain)
			}
		}
		return hint(err, "the write-up shows no theft that could be measured; name an address with --source")
	case errors.Is(err, trace.ErrBlocksOfChains):
		return &usageError{hint(err, "give --from and --to as times")}
	case errors.Is(err, trace.ErrNoTransfers):
		return hint(err, "the files that --transfers names have no row that moves anything")
	}
	return err
}

// measure investigates a write-up with what the trace has, for the amounts to
// follow.
func measure(ctx context.Context, r trace.FollowRequest, file string) (*trace.Case, error) {
	inc, err := readWriteUp(file)
	if err != nil {
		return nil, err
	}
	return trace.Investigate(ctx, trace.Request{
		Tool: version(), Incident: inc, Endpoints: r.Endpoints, Prices: r.Prices, Override: r.Override,
		PriceSources: r.PriceSources, PriceOrder: r.PriceOrder, Tags: r.Tags,
	})
}

// destination is what --to says: an address, the end of the window, or both.
type destination struct {
	address *common.Address
	until   string
}

func (o traceOptions) destination() (d destination, err error) {
	all := o.to
	if o.pathTo != "" {
		all = append(slices.Clone(all), o.pathTo)
	}
	for _, value := range all {
		a, err := chain.ParseAddress(value)
		switch {
		case err == nil && d.address == nil:
			d.address = &a
		case err != nil && d.until == "" && value != o.pathTo:
			d.until = value
		case err != nil && value == o.pathTo:
			return d, &usageError{fmt.Errorf("--path-to: %w", err)}
		default:
			return d, &usageError{hint(fmt.Errorf("--to %s: another is given already", value), "it takes one address, and one block or time")}
		}
	}
	if d.address != nil && !slices.Contains(strings.Split(report.WayFormats, "|"), o.format) {
		return d, &usageError{hint(fmt.Errorf("paths are not written as %s", o.format), "give --format "+report.WayFormats+", or leave out --to ADDRESS")}
	}
	return d, nil
}

func (o traceOptions) render(result *flow.Result, to *common.Address, env environment) error {
	if to == nil {
		return report.Flow(env.stdout, result, o.format, env.width())
	}
	return report.FlowWays(env.stdout, result, *to, o.format, env.width())
}

// request is what a trace starts from, without those who are asked.
func (o traceOptions) request(args []string, conf config, until string) (r trace.FollowRequest, err error) {
	if len(args) == 0 && len(o.sources)+len(o.backward) == 0 {
		return r, o.nothingToFollow()
	}
	if r.Policy, err = flow.ParsePolicy(o.policy); err != nil {
		return r, &usageError{err}
	}
	if r.Override, err = parseBounds(o.from, until); err != nil {
		return r, err
	}
	if r.Sources, err = parseAddresses("--source", append(o.sources, o.backward...)); err != nil {
		return r, err
	}
	r.Backward = len(o.backward) > 0
	if r.Backward && (len(o.sources) > 0 || len(args) > 0) {
		return r, &usageError{hint(errors.New("--backward stands alone"), "follow funds forward in a run of its own")}
	}
	if r.Limits, err = o.limits(); err != nil {
		return r, err
	}
	if err = o.prices.check(); err != nil {
		return r, err
	}
	r.PriceOrder = o.prices.order
	if r.Prices, err = readPrices(append(conf.Prices, o.prices.files...), o.prices.maxAge); err != nil {
		return r, err
	}
	if r.Tags, r.Notices, err = readLabels(append(conf.Labels, o.labels...)); err != nil {
		return r, err
	}
	r.Record, err = readTransfers(o.transfers)
	return r, err
}

// nothingToFollow names those whom the transfers given name as thieves.
func (o traceOptions) nothingToFollow() error {
	err := errors.New("nothing to follow")
	record, unread := readTransfers(o.transfers)
	if unread != nil {
		return unread
	}
	const most = 5
	names := label.Builtin().Names()
	var thieves []string
	named := map[flow.Account]bool{}
	for _, n := range record.Names() {
		if c := names.Category(n.Label); !named[n.Account] && (c == label.Attacker || c == label.Phishing) {
			named[n.Account] = true
			thieves = append(thieves, fmt.Sprintf("--source %s (%s)", chain.Hex(n.Account.Address), n.Label))
		}
	}
	if len(thieves) == 0 {
		return &usageError{hint(err, "give a write-up, --source ADDRESS or --backward ADDRESS")}
	}
	more := ""
	if n := len(thieves) - most; n > 0 {
		thieves, more = thieves[:most], fmt.Sprintf(", and %d more", n)
	}
	return &usageError{hint(err, "whom the files name as thieves: %s%s", strings.Join(thieves, ", "), more)}
}

const manyHubs = "a very large number ends the trace at no hub"

func (o traceOptions) limits() (flow.Limits, error) {
	l := flow.Limits{
		Hops: o.maxHops, Addresses: o.maxAddresses, Requests: o.maxRequests,
		HubSenders: o.hubSenders, HubRecipients: o.hubRecipients, HubCounterparties: o.hubCounterparties,
	}
	for _, h := range []struct {
		flag     string
		n, least int
		hint     string
	}{
		{"--max-hops", o.maxHops, 0, "0 is no limit"}, {"--max-addresses", o.maxAddresses, 0, "0 is no limit"}, {"--max-requests", o.maxRequests, 0, "0 is no limit"},
		{"--hub-senders", o.hubSenders, 1, manyHubs}, {"--hub-recipients", o.hubRecipients, 1, manyHubs}, {"--hub-counterparties", o.hubCounterparties, 1, manyHubs},
	} {
		if h.n < h.least {
			return l, &usageError{hint(fmt.Errorf("%s %d: want at least %d", h.flag, h.n, h.least), "%s", h.hint)}
		}
	}
	if o.minUSD == "" {
		return l, nil
	}
	least, err := decimal.NewFromString(o.minUSD)
	if err != nil || least.IsNegative() || least.Exponent() > 30 {
		return l, &usageError{fmt.Errorf("--min-usd %q: not a number of dollars", o.minUSD)}
	}
	l.MinUSD = least
	return l, nil
}

// witnesses are those whom a trace asks: endpoints and price services, through
// a case where there is one.
type witnesses struct {
	endpoints []trace.Endpoint
	prices    []pricing.Source
	links     []*casefile.Link
	asks      []recorded
	evidence  *evidence
}

func (o traceOptions) witnesses(ctx context.Context, over trace.Override, args []string, conf config, watched ethrpc.Options, env environment) (w witnesses, err error) {
	services, err := priceServices(o.prices.order, conf, env)
	if err != nil {
		return w, err
	}
	urls := endpointURLs(o.rpc, conf, env)
	if o.evidence.file == "" {
		connections, err := connect(urls, watched)
		return witnesses{endpoints: sources(connections), prices: asked(services)}, err
	}
	if w.evidence, err = openEvidence(ctx, o.evidence, over, args, urls, watched, services, env); err != nil {
		return w, err
	}
	if w.links, w.asks, err = w.evidence.link(ctx, casefile.Document{}); err != nil {
		return w, errors.Join(caseHint(o.evidence.file, err), w.evidence.f.Close())
	}
	for _, l := range w.links {
		w.endpoints = append(w.endpoints, endpointOf(l))
	}
	for _, a := range w.asks {
		w.prices = append(w.prices, a.source())
	}
	return w, nil
}

// confirm looks, at the end of a trace, whether what was read is still so, and
// says what the case lacks.
func (w witnesses) confirm(ctx context.Context, env environment) error {
	if w.evidence == nil || ctx.Err() != nil {
		return nil
	}
	if err := failures(w.links, w.asks); err != nil {
		return caseHint(w.evidence.f.Path(), err)
	}
	for _, l := range w.links {
		if err := l.Confirm(ctx); err != nil {
			return caseHint(w.evidence.f.Path(), err)
		}
	}
	if err := lacks(w.evidence.f, w.links, w.asks, "give the endpoint with --rpc, and not --offline, to ask for what is missing"); err != nil {
		warnTo(env, err)
	}
	return nil
}

func (w witnesses) close(ctx context.Context) error {
	if w.evidence == nil {
		return nil
	}
	return w.evidence.close(ctx)
}

func parseAddresses(flag string, values []string) ([]common.Address, error) {
	var list []common.Address
	for _, value := range values {
		a, err := chain.ParseAddress(value)
		if err != nil {
			return nil, &usageError{hint(fmt.Errorf("%s: %w", flag, err), "give the whole address: names are not looked up")}
		}
		list = append(list, a)
	}
	return list, nil
}

// readLabels returns the built-in tags and those of files, and notes about what
// was left out of files.
func readLabels(names []string) (*label.Book, []string, error) {
	files, err := attach("labels", names)
	if err != nil {
		return nil, nil, err
	}
	return tags(files)
}

// tags returns the built-in tags and those of the tag files among files, and
// notes about what was left out of files.
func tags(files []casefile.Attachment) (*label.Book, []string, error) {
	book := label.Builtin()
	var notes []string
	for _, file := range files {
		if file.Flag != "labels" {
			continue
		}
		list, skipped, err := label.Read(file.Name, bytes.NewReader(file.Content))
		if err != nil {
			return nil, nil, hint(err, "tags are CSV with the header address,chain,label,category,source,confidence, or a TagPack in YAML")
		}
		if skipped > 0 {
			notes = append(notes, fmt.Sprintf("%s: tags left out: %d, about txs or about chains that are no EVM chains", file.Name, skipped))
		}
		book.Add(list...)
	}
	return book, notes, nil
}

func readTransfers(files []string) (*flow.Record, error) {
	record := &flow.Record{}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, hint(fmt.Errorf("read transfers: %w", err), "look at the path that --transfers gives")
		}
		err = record.ReadCSV(f, name)
		if err = errors.Join(err, f.Close()); err != nil {
			if line := new(flow.LineError); errors.As(err, &line) && line.Hint != "" {
				return nil, hint(err, "%s", line.Hint)
			}
			return nil, hint(err, "transfers are CSV with the header chain,block,time,tx,index,from,to,asset_id,amount, or flows in dollars with time,from,to,usd")
		}
	}
	return record, nil
}
