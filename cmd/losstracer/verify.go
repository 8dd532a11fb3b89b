package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"losstracer/pricing"
	"losstracer/pricing/pricefile"
	"losstracer/trace"
	"losstracer/trace/casefile"
	"losstracer/trace/report"
)

type verifyOptions struct {
	rpc       []string
	prices    priceOptions
	labels    []string
	from, to  string
	attackers []string
	victims   []string
	ignore    []string
	evidence  caseOptions
	assurance assuranceOptions
	format    string
	out       string
	dryRun    bool
	operator  string
}

func newVerifyCommand(env environment) *cobra.Command {
	var o verifyOptions
	cmd := &cobra.Command{
		Use:   "verify INCIDENT.md…",
		Short: "Check a write-up against the chain",
		Long: `verify reads a write-up, pulls the transfers of the attackers' addresses that it
names, rebuilds the loss per asset, prices it, and sets it against every figure
of the write-up. Without an endpoint it does what needs none and says what an
endpoint would add. A folder is read for its *.md.`,
		Example: `  losstracer verify incident.md --rpc https://… --price-file prices.csv
  losstracer verify incident.md --rpc https://… --format json
  losstracer verify incident.md --rpc https://… --case incident.case
  losstracer verify incident.md --rpc https://… --rpc https://… --cross-check 20 --anchor 0x…
  losstracer verify incidents/ --rpc https://… --out reports/`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runVerify(cmd.Context(), o, settings(cmd.Flags()), args, env)
		},
	}
	o.addFlags(cmd.Flags())
	addOutputFlags(cmd, &o.format, &o.out)
	return cmd
}

func (o *verifyOptions) addFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.rpc, "rpc", nil, "JSON-RPC endpoint; repeat for other chains (default $LOSSTRACER_RPC, comma-separated)")
	o.prices.addFlags(f)
	f.StringArrayVar(&o.labels, "labels", nil, "tags of addresses, CSV or GraphSense TagPack; may be repeated")
	f.StringVar(&o.from, "from", "", "first block or time (RFC 3339) to look at (default from the write-up's dates)")
	f.StringVar(&o.to, "to", "", "last block or time to look at (default 90 days after the theft, or the head)")
	f.StringArrayVar(&o.attackers, "attacker", nil, "address to take for the attackers', beside those of the write-up")
	f.StringArrayVar(&o.victims, "victim", nil, "address to take for the victims'")
	f.StringArrayVar(&o.ignore, "ignore", nil, "address of the write-up to leave out")
	f.StringVar(&o.operator, "operator", "", "who runs this, for the log of custody that --out writes")
	f.BoolVar(&o.dryRun, "dry-run", false, "print what would be looked at and what it would cost, and stop")
	o.evidence.addFlags(f)
	o.assurance.addFlags(f)
	f.IntVar(&o.assurance.crossCheck, "cross-check", 0, "ask a second endpoint of the same chain for this percentage of blocks, logs and balances, and compare")
}

func addOutputFlags(cmd *cobra.Command, format, out *string) {
	cmd.Flags().StringVar(format, "format", "text", "form of the report: "+formatNames()+"; csv is the table of transfers, --out writes every table")
	cmd.Flags().StringVar(out, "out", "", "folder to write the reports into, in every form")
}

// runVerify checks write-ups. Reports in a folder come with all that they rest
// on: the case, a log of custody, and the digests of everything.
func runVerify(ctx context.Context, o verifyOptions, settings []string, args []string, env environment) error {
	if o.out == "" || o.dryRun {
		return verify(ctx, o, settings, args, env)
	}
	log := custody{command: o.commandLine(settings, args), operator: o.operator, begun: time.Now().UTC()}
	for _, raw := range endpointURLs(o.rpc, config{}, env) {
		log.hosts = append(log.hosts, hostOf(raw))
	}
	if o.evidence.file == "" {
		o.evidence.file = filepath.Join(o.out, packagedCase)
	}
	err := verify(ctx, o, settings, args, env)
	var status statusError
	if err != nil && !errors.As(err, &status) {
		return err
	}
	return errors.Join(log.seal(o.out), err)
}

// commandLine is the command as it can be shown: of URLs only the host.
func (o verifyOptions) commandLine(settings, args []string) []string {
	line := slices.Concat([]string{"verify"}, args, settings)
	for _, raw := range o.rpc {
		line = append(line, "--rpc="+hostOf(raw))
	}
	for _, name := range o.prices.files {
		line = append(line, "--price-file="+name)
	}
	for _, name := range o.labels {
		line = append(line, "--labels="+name)
	}
	return append(line, "--out="+o.out)
}

// hostOf is what may be shown of a URL.
func hostOf(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.Host == "" {
		return "(a URL that does not parse)"
	}
	return u.Scheme + "://" + u.Host
}

func verify(ctx context.Context, o verifyOptions, settings []string, args []string, env environment) (err error) {
	if err := checkFormat(o.format); err != nil {
		return err
	}
	if err := o.evidence.check(); err != nil {
		return err
	}
	conf, err := readConfig(args, env)
	if err != nil {
		return err
	}
	if settings, err = o.prices.configure(conf, settings); err != nil {
		return err
	}
	in, err := o.inputs(conf, settings)
	if err != nil {
		return err
	}
	job := verifyJob{out: o.out}
	if job.request, err = o.request(in); err != nil {
		return err
	}
	files, err := writeUps(args)
	if err != nil {
		return err
	}
	services, err := priceServices(o.prices.order, conf, env)
	if err != nil {
		return err
	}
	watched, clear := env.watch()
	defer clear()
	urls := endpointURLs(o.rpc, conf, env)
	var connections []connection
	if o.evidence.file != "" && !o.dryRun {
		if err := o.prepare(files); err != nil {
			return err
		}
		if job.evidence, err = openEvidence(ctx, o.evidence, job.request.Override, files, urls, watched, services, env); err != nil {
			return err
		}
		job.evidence.in = in
		defer func() { err = errors.Join(err, job.evidence.close(ctx)) }()
	} else if connections, err = connect(urls, watched); err != nil {
		return err
	}
	job.request.Endpoints = sources(connections)
	job.request.PriceSources = asked(services)
	if o.dryRun {
		return printPlans(ctx, job.request, files, clear, env)
	}
	if len(files) > 1 {
		return verifyMany(ctx, job, files, o.format, env)
	}
	c, err := job.run(ctx, files[0])
	if err != nil {
		return err
	}
	clear()
	if job.evidence == nil {
		c.Requests = sum(requests(connections), spent(services))
	}
	if err := job.write(c); err != nil {
		return err
	}
	if err := render(env.stdout, c, o.format, env.width()); err != nil {
		return err
	}
	if status := statusOf(c.Verdict); status != exitReconciled {
		return statusError(status)
	}
	return nil
}

// prepare makes the folder for reports, once there is something to report on:
// what is refused outright leaves no file behind.
func (o verifyOptions) prepare(files []string) error {
	if len(files) == 1 {
		if _, err := readWriteUp(files[0]); err != nil {
			return err
		}
	}
	if o.out == "" {
		return nil
	}
	if err := os.MkdirAll(o.out, 0o755); err != nil {
		return fmt.Errorf("make the folder for reports: %w", err)
	}
	return nil
}

// printPlans prints what checking write-ups would look at.
func printPlans(ctx context.Context, r trace.Request, files []string, clear func(), env environment) error {
	for _, file := range files {
		inc, err := readWriteUp(file)
		if err != nil {
			return err
		}
		plan := trace.NewPlan(inc, r.Override)
		costs := trace.Costs(ctx, plan, r.Endpoints, r.Override, r.Assurance)
		if err := ctx.Err(); err != nil {
			return err
		}
		clear()
		if err := report.Plan(env.stdout, inc, plan, costs, env.width()); err != nil {
			return err
		}
	}
	return nil
}

// verifyJob is what checking one write-up takes, apart from the write-up.
type verifyJob struct {
	request  trace.Request
	evidence *evidence // nil where none is kept
	out      string    // folder for reports; empty for none
}

func (j verifyJob) run(ctx context.Context, file string) (*trace.Case, error) {
	d, err := readWriteUpFile(file)
	if err != nil {
		return nil, err
	}
	r := j.request
	if r.Incident, err = parseWriteUp(d); err != nil {
		return nil, err
	}
	if j.evidence != nil {
		return j.evidence.investigate(ctx, r, d)
	}
	return trace.Investigate(ctx, r)
}

// request is what an investigation starts from besides the write-up and the
// endpoints, whether it was read just now or comes out of a case.
func (o verifyOptions) request(in casefile.Inputs) (r trace.Request, err error) {
	r.Tool = version()
	if r.Override, err = o.override(); err != nil {
		return r, err
	}
	if r.Assurance, err = o.assurance.read(); err != nil {
		return r, err
	}
	if r.Prices, err = quotes(in.Files, o.prices.maxAge); err != nil {
		return r, err
	}
	if err := checkOrder(o.prices.order); err != nil {
		return r, err
	}
	r.PriceOrder = o.prices.order
	r.Tags, r.Notices, err = tags(in.Files)
	return r, err
}

func (j verifyJob) write(c *trace.Case) error {
	if j.out == "" {
		return nil
	}
	return writeAll(j.out, c)
}

// readPrices puts the quotes of price files into a book.
func readPrices(names []string, maxAge time.Duration) (*pricing.Book, error) {
	files, err := attach("price-file", names)
	if err != nil {
		return nil, err
	}
	return quotes(files, maxAge)
}

// quotes puts the price files among files into a book.
func quotes(files []casefile.Attachment, maxAge time.Duration) (*pricing.Book, error) {
	book := &pricing.Book{MaxAge: maxAge}
	for _, file := range files {
		if file.Flag != "price-file" {
			continue
		}
		list, err := pricefile.Read(file.Name, bytes.NewReader(file.Content))
		if err != nil {
			return nil, hint(err, "a price file has the header asset_id,time,price_usd,source")
		}
		book.Add(list...)
	}
	return book, nil
}

func (o verifyOptions) override() (trace.Override, error) {
	over, err := parseBounds(o.from, o.to)
	if err != nil {
		return over, err
	}
	if over.Attackers, err = parseAddresses("--attacker", o.attackers); err != nil {
		return over, err
	}
	if over.Victims, err = parseAddresses("--victim", o.victims); err != nil {
		return over, err
	}
	over.Ignore, err = parseAddresses("--ignore", o.ignore)
	return over, err
}

// parseBounds reads --from and --to.
func parseBounds(from, to string) (over trace.Override, err error) {
	for _, b := range []struct {
		flag, value string
		to          **trace.Bound
	}{{"--from", from, &over.From}, {"--to", to, &over.To}} {
		if *b.to, err = parseBound(b.value); err != nil {
			return over, &usageError{hint(fmt.Errorf("%s %q: %w", b.flag, b.value, err), "give a block number, a date, or a time as 2023-11-18T17:00:00Z")}
		}
	}
	return over, nil
}

// parseBound reads a block number, a date or a time; nil for nothing.
func parseBound(s string) (*trace.Bound, error) {
	if s == "" {
		return nil, nil
	}
	if n, err := strconv.ParseUint(strings.ReplaceAll(s, ",", ""), 10, 64); err == nil {
		return &trace.Bound{Block: n}, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return &trace.Bound{Time: t.UTC()}, nil
		}
	}
	return nil, errors.New("neither a block nor a time")
}
