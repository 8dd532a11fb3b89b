package main

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"losstracer/trace"
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
endpoint would add.

A folder is read for its *.md. Of several write-ups a summary is printed, and
with --out each gets a folder of its own, with its case; what one lacks or fails
of does not stop the others, and after an interruption the same command goes on.
Several are worked on at a time, unless one --case FILE keeps them all: what a
report rests on there is everything that was answered before it, so they go one
after the other.`,
		Example: `  losstracer verify incident.md --rpc https://… --price-file prices.csv
  losstracer verify incident.md --rpc https://… --format json
  losstracer verify incident.md --rpc https://… --case incident.case
  losstracer verify incident.md --rpc https://… --rpc https://… --cross-check 20
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
	f.StringArrayVar(&o.rpc, "rpc", nil, "`URL` of a JSON-RPC endpoint; repeat for other chains (default $LOSSTRACER_RPC, comma-separated)")
	o.prices.addFlags(f)
	f.StringArrayVar(&o.labels, "labels", nil, "`FILE` with tags of addresses, CSV or GraphSense TagPack; may be repeated")
	f.StringVar(&o.from, "from", "", "first `BLOCK|TIME` (RFC 3339) to look at (default from the write-up's dates)")
	f.StringVar(&o.to, "to", "", "last `BLOCK|TIME` to look at (default 90 days after the theft, or the head)")
	f.StringArrayVar(&o.attackers, "attacker", nil, "`ADDRESS` to take for the attackers', beside those of the write-up")
	f.StringArrayVar(&o.victims, "victim", nil, "`ADDRESS` to take for the victims'")
	f.StringArrayVar(&o.ignore, "ignore", nil, "`ADDRESS` that is no party: neither attacker nor victim, named or inferred, and what it paid is no loss")
	f.StringVar(&o.operator, "operator", "", "`NAME` of the person who runs this, for the log of custody that --out writes")
	f.BoolVar(&o.dryRun, "dry-run", false, "print what would be looked at and what it would cost, and stop")
	o.evidence.addFlags(f)
	o.assurance.addFlags(f)
	f.IntVar(&o.assurance.crossCheck, "cross-check", 0, "ask a second endpoint of the same chain for this `PERCENT` of blocks, logs and balances, and compare")
}

func addOutputFlags(cmd *cobra.Command, format, out *string) {
	cmd.Flags().StringVar(format, "format", "text", "`FORM` of the report: "+formatNames()+"; csv is the table of transfers, --out writes every table")
	cmd.Flags().StringVar(out, "out", "", "`DIR` to write the reports into, in every form")
}

// runVerify checks write-ups.
func runVerify(ctx context.Context, o verifyOptions, settings, args []string, env environment) error {
	j, err := newJob(o, settings, args, env)
	if err != nil {
		return err
	}
	files, skipped, err := writeUps(args)
	if err != nil {
		return err
	}
	switch {
	case o.dryRun:
		tellSkipped(env, skipped)
		return printPlans(ctx, j, files)
	case len(files) > 1 || isFolder(args[0]):
		return verifyMany(ctx, j, files, skipped)
	}
	return verifyOne(ctx, j, files[0])
}

func verifyOne(ctx context.Context, j *job, file string) error {
	t := task{file: file, dir: j.options.out, evidence: j.options.evidence.file}
	if t.dir != "" && t.evidence == "" {
		t.evidence = t.packaged()
	}
	watched, clear := j.env.watch()
	defer clear()
	if err := j.open(ctx, watched, "", nil); err != nil {
		return err
	}
	c, err := j.check(ctx, t)
	clear()
	switch {
	case err != nil && ctx.Err() != nil && t.evidence == "":
		return hint(err, "nothing was kept; with --case FILE the same command can go on where it was stopped")
	case err != nil:
		return err
	}
	if t.evidence == "" {
		c.Requests = sum(requests(j.plain), spent(j.services))
	}
	if err := render(j.env.stdout, c, j.options.format, j.env.width()); err != nil {
		return err
	}
	if status := statusOf(c.Verdict); status != exitReconciled {
		return statusError(status)
	}
	return nil
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
	if o.evidence.file != "" {
		line = append(line, "--case="+o.evidence.file)
	}
	for _, f := range []struct {
		name string
		set  bool
	}{{"--offline", o.evidence.offline}, {"--update", o.evidence.update}} {
		if f.set {
			line = append(line, f.name)
		}
	}
	return append(line, "--out="+o.out)
}

// hostOf is what may be shown of a URL.
func hostOf(raw string) string {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || u.Host == "" {
		return "(a URL that does not parse)"
	}
	return u.Scheme + "://" + u.Host
}

// printPlans prints what checking write-ups would look at.
func printPlans(ctx context.Context, j *job, files []string) error {
	watched, clear := j.env.watch()
	defer clear()
	if err := j.open(ctx, watched, "", nil); err != nil {
		return err
	}
	status := exitReconciled
	for _, file := range files {
		inc, err := readWriteUp(file)
		if err != nil && len(files) == 1 {
			return err
		}
		if err != nil {
			warnTo(j.env, err)
			status = exitError
			continue
		}
		plan := trace.NewPlan(inc, j.request.Override)
		costs := trace.Costs(ctx, plan, sources(j.plain), j.request.Override, j.request.Assurance)
		if err := ctx.Err(); err != nil {
			return err
		}
		clear()
		if err := report.Plan(j.env.stdout, inc, plan, costs, j.env.width()); err != nil {
			return err
		}
	}
	if status != exitReconciled {
		return statusError(status)
	}
	return nil
}
