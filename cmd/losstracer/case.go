package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"losstracer/chain/ethrpc"
	"losstracer/trace"
	"losstracer/trace/casefile"
	"losstracer/trace/report"
)

// caseOptions are the flags of a run that keeps its evidence.
type caseOptions struct {
	file    string
	offline bool
	update  bool
}

func (o *caseOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.file, "case", "", "file that keeps every answer, so that a further run asks only for what is missing")
	f.BoolVar(&o.offline, "offline", false, "ask nobody: work from the case alone")
	f.BoolVar(&o.update, "update", false, "look at the chain anew: its head, what was refused, what a reorganisation changed")
}

func (o caseOptions) check() error {
	switch {
	case o.file == "" && (o.offline || o.update):
		return &usageError{hint(errors.New("there is no case to work from"), "name the file with --case")}
	case o.offline && o.update:
		return &usageError{hint(errors.New("--offline asks nobody, and --update asks anew"), "give one of the two")}
	}
	return nil
}

func openCase(ctx context.Context, file string, write bool, env environment) (*casefile.File, error) {
	f, err := casefile.Open(ctx, file, casefile.Options{Write: write, Tool: version(), Waiting: func() {
		fmt.Fprintf(env.stderr, "losstracer: waiting for another process that uses %s\n", file)
	}})
	return f, caseHint(file, err)
}

// caseHint says what to do about what is wrong with a case.
func caseHint(file string, err error) error {
	var format *casefile.FormatError
	var digest *casefile.DigestError
	var reorg *casefile.ReorgError
	var other *casefile.ChainError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, casefile.ErrBusy):
		return hint(err, "wait until it has finished, or name another file with --case")
	case errors.Is(err, casefile.ErrDenied):
		return hint(err, "SQLite wants to write beside the file: check the permissions of the folder, or work on a copy in a folder of your own")
	case errors.Is(err, casefile.ErrDamaged):
		return hint(err, "take a copy that is whole; without one the case has to be pulled again into another file")
	case errors.As(err, &format) && format.Newer:
		return hint(err, "use that version, or name another file with --case")
	case errors.As(err, &format):
		return hint(err, "a case is made by losstracer verify INCIDENT.md --case FILE, where FILE is not there yet")
	case errors.As(err, &digest):
		return hint(err, "losstracer case verify %s says all that was changed", file)
	case errors.As(err, &reorg):
		return hint(err, "the same command with --update pulls again what may have changed; nothing of the old evidence is lost")
	case errors.As(err, &other):
		return hint(err, "give the endpoint of that chain with --rpc, or name another file with --case")
	case errors.Is(err, casefile.ErrNoRun):
		return hint(err, "losstracer verify INCIDENT.md --case %s does", file)
	}
	return err
}

// settings lists the flags that were given and shape a report. Those that name
// files do it by what is in the files, and others only say where to ask and how
// to show.
func settings(f *pflag.FlagSet) []string {
	without := []string{"price-file", "labels", "rpc", "case", "offline", "update", "format", "out", "operator", "dry-run", "help"}
	var list []string
	f.VisitAll(func(flag *pflag.Flag) {
		if !flag.Changed || slices.Contains(without, flag.Name) {
			return
		}
		values := []string{flag.Value.String()}
		if several, ok := flag.Value.(pflag.SliceValue); ok {
			values = several.GetSlice()
		}
		for _, value := range values {
			list = append(list, "--"+flag.Name+"="+value)
		}
	})
	return list
}

// inputs reads everything that shapes a report besides the write-up.
func (o verifyOptions) inputs(conf config, settings []string) (casefile.Inputs, error) {
	in := casefile.Inputs{Settings: settings}
	prices, err := attach("price-file", slices.Concat(conf.Prices, o.priceFiles))
	if err != nil {
		return in, err
	}
	labels, err := attach("labels", slices.Concat(conf.Labels, o.labels))
	in.Files = append(prices, labels...)
	return in, err
}

// attach reads the files that a flag names.
func attach(flag string, names []string) ([]casefile.Attachment, error) {
	var files []casefile.Attachment
	for _, name := range names {
		d, err := readDocument(name)
		if err != nil {
			return nil, err
		}
		files = append(files, casefile.Attachment{Flag: flag, Document: d})
	}
	return files, nil
}

func readDocument(name string) (casefile.Document, error) {
	content, err := os.ReadFile(name)
	if err != nil {
		return casefile.Document{}, fmt.Errorf("read %s: %w", name, err)
	}
	return casefile.Document{Name: name, Content: content}, nil
}

// recall is what a run started from, as the case has it.
func recall(run *casefile.Run) (r trace.Request, err error) {
	var o verifyOptions
	f := pflag.NewFlagSet("", pflag.ContinueOnError)
	f.Usage = func() {} // a case may hold --help
	o.addFlags(f)
	if err := f.Parse(run.Inputs.Settings); err != nil {
		return r, hint(fmt.Errorf("the settings of the run: %w", err), "this version does not know what version %s was told", run.Tool)
	}
	if r, err = o.request(run.Inputs); err != nil {
		return r, err
	}
	r.Incident, err = parseWriteUp(run.Inputs.WriteUp)
	return r, err
}

// evidence is a case that runs are kept in.
type evidence struct {
	f       *casefile.File
	in      casefile.Inputs // without the write-up
	links   []*casefile.Link
	asks    []recorded // price services
	offline bool
	writes  bool
	env     environment
}

// openEvidence opens the case and links the endpoints to it. Where none are
// given the case is all there is.
func openEvidence(ctx context.Context, o caseOptions, over trace.Override, files, urls []string, rpc ethrpc.Options, services []service, env environment) (*evidence, error) {
	e := &evidence{offline: o.offline || len(urls) == 0, writes: !o.offline, env: env}
	var err error
	if e.f, err = openCase(ctx, o.file, e.writes, env); err != nil {
		return e, err
	}
	if e.writes {
		if e.asks, err = record(ctx, e.f, services, o.update); err != nil {
			return nil, errors.Join(caseHint(o.file, err), e.f.Close())
		}
	}
	if e.offline {
		return e, nil
	}
	e.links, err = e.f.Connect(ctx, urls, casefile.Plan{RPC: rpc, Chains: planned(files, over), Update: o.update})
	var bad *casefile.URLError
	if errors.As(err, &bad) {
		err = &usageError{hint(err, "--rpc takes the URL of a JSON-RPC endpoint, as https://host/key")}
	}
	if err != nil {
		return nil, errors.Join(caseHint(o.file, err), e.f.Close())
	}
	return e, nil
}

// planned returns the chains that write-ups are about. One that cannot be read
// is about none; it is told of when its turn comes.
func planned(files []string, over trace.Override) []uint64 {
	var ids []uint64
	for _, file := range files {
		inc, err := readWriteUp(file)
		if err != nil {
			continue
		}
		for _, c := range trace.NewPlan(inc, over).Chains {
			ids = append(ids, c.Network.ID)
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

func (e *evidence) close(ctx context.Context) error {
	if ctx.Err() != nil && e.writes {
		fmt.Fprintf(e.env.stderr, "losstracer: hint: what was answered is in %s: the same command goes on from there\n", e.f.Path())
	}
	return caseHint(e.f.Path(), e.f.Close())
}

// investigate checks one write-up through the case.
func (e *evidence) investigate(ctx context.Context, r trace.Request, d casefile.Document) (*trace.Case, error) {
	in := e.in
	in.WriteUp = d
	c, err := e.keep(ctx, r, in)
	return c, caseHint(e.f.Path(), err)
}

func (e *evidence) keep(ctx context.Context, r trace.Request, in casefile.Inputs) (*trace.Case, error) {
	links, asks, err := e.link(ctx, in.WriteUp)
	if err != nil {
		return nil, err
	}
	var run *casefile.Run
	if e.writes {
		if run, err = e.f.Begin(ctx, in, append(endpointsOf(links), servicesOf(asks)...)); err != nil {
			return nil, err
		}
	}
	c, err := through(ctx, links, asks, r)
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if err := l.Confirm(ctx); err != nil {
			return nil, err
		}
		sent := l.Requests()
		c.Requests = sum(c.Requests, trace.Requests{HTTP: sent.HTTP, RPC: sent.RPC, Bytes: sent.Bytes})
	}
	for _, a := range asks {
		c.Requests = sum(c.Requests, a.requests())
	}
	held, err := e.f.Seal(ctx)
	if err != nil {
		return nil, err
	}
	c.Evidence.CaseDigest, c.Evidence.Responses = held.Digest, held.Responses
	if err := lacks(e.f, links, asks, "give the endpoint with --rpc, and not --offline, to ask for what is missing"); err != nil {
		warnTo(e.env, err)
	}
	if run == nil {
		return c, nil
	}
	return c, e.f.Finish(ctx, run, held, outcome(c))
}

// link returns links for one run, to endpoints and to price services.
func (e *evidence) link(ctx context.Context, d casefile.Document) ([]*casefile.Link, []recorded, error) {
	asks := again(e.asks)
	if e.offline {
		runs, err := e.f.Runs(ctx)
		if err != nil {
			return nil, nil, err
		}
		var run *casefile.Run
		if at := slices.IndexFunc(runs, func(r casefile.Run) bool { return r.Of(d) }); at >= 0 {
			run = &runs[at]
		}
		links, err := e.f.Offline(ctx, run)
		if err == nil && !e.writes {
			asks, err = offline(e.f.OfflineServices(ctx, run))
		}
		return links, asks, err
	}
	in := e.in
	in.WriteUp = d
	earlier, err := e.f.Earlier(ctx, in)
	if err != nil {
		return nil, nil, err
	}
	var links []*casefile.Link
	for _, l := range e.links {
		again, err := l.Again(ctx, earlier)
		if err != nil {
			return nil, nil, err
		}
		links = append(links, again)
	}
	return links, asks, nil
}

// lacks says what the case does not have and should, nil where it has all.
func lacks(f *casefile.File, links []*casefile.Link, asks []recorded, what string) error {
	sum := 0
	var first error
	count := func(n int, err error) {
		if sum += n; first == nil {
			first = err
		}
	}
	for _, l := range links {
		count(l.Missing())
	}
	for _, a := range asks {
		count(a.record.Missing())
	}
	if sum == 0 {
		return nil
	}
	return hint(fmt.Errorf("%s lacks %d answers, the first of them %w", f.Path(), sum, first), "%s", what)
}

// through investigates through links.
func through(ctx context.Context, links []*casefile.Link, asks []recorded, r trace.Request) (*trace.Case, error) {
	r.Endpoints, r.PriceSources = nil, nil
	for _, a := range asks {
		r.PriceSources = append(r.PriceSources, a.source())
	}
	for _, l := range links {
		r.Endpoints = append(r.Endpoints, endpointOf(l))
	}
	c, err := trace.Investigate(ctx, r)
	if err != nil {
		return nil, err
	}
	for _, l := range links {
		if err := l.Err(); err != nil {
			return nil, err
		}
	}
	for _, a := range asks {
		if err := a.record.Err(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func endpointsOf(links []*casefile.Link) []casefile.Endpoint {
	var list []casefile.Endpoint
	for _, l := range links {
		list = append(list, l.Endpoint())
	}
	return list
}

func outcome(c *trace.Case) casefile.Outcome {
	return casefile.Outcome{
		Report:  func(w io.Writer) error { return report.JSON(w, c) },
		Verdict: c.Verdict, FactsDigest: c.Evidence.FactsDigest, CaseDigest: c.Evidence.CaseDigest,
		Responses: c.Evidence.Responses, Proven: c.Evidence.Proven, Unproven: c.Evidence.Unproven, Requests: c.Requests,
	}
}

func newCaseCommand(env environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "case",
		Short: "Work on a case file",
		Args:  usageArgs(cobra.NoArgs),
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "verify CASE",
		Short: "Recompute every digest and proof, and the report, from the stored evidence",
		Long: `verify looks whether a case still is what was recorded: the SHA-256 of every
response, request and document, the digest over all of them, the proofs of
transfers against block hashes, and the report, which it computes again from the
evidence alone. Nobody is asked. Of a folder that verify --out wrote, the
digests of all files are checked first.`,
		Example: `  losstracer case verify incident.case
  losstracer case verify reports/`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return runCaseVerify(cmd.Context(), args[0], env) },
	})
	return cmd
}

func runCaseVerify(ctx context.Context, file string, env environment) (err error) {
	if stat, err := os.Stat(file); err == nil && stat.IsDir() {
		n, err := checkManifest(file)
		if err != nil {
			return err
		}
		fmt.Fprintf(env.stdout, "%s: %d files are what %s lists\n", file, n, manifestName)
		file = filepath.Join(file, packagedCase)
	}
	f, err := openCase(ctx, file, false, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, caseHint(file, f.Close())) }()
	checked, err := f.Check(ctx)
	if err != nil {
		return caseHint(file, err)
	}
	fmt.Fprintf(env.stdout, "%s: digests of %d responses (%d bytes) and %d documents recomputed\n", file, checked.Responses, checked.Bytes, checked.Documents)
	faults := checked.Faults
	unfinished := 0
	runs, err := f.Runs(ctx)
	if err != nil && len(faults) == 0 {
		return caseHint(file, err)
	}
	for i := range runs {
		if !runs[i].Finished() {
			unfinished++
			fmt.Fprintf(env.stdout, "%s: the run was broken off, so there is no report to compare with\n", runs[i].Inputs.WriteUp.Name)
			continue
		}
		different, err := recompute(ctx, f, &runs[i], env)
		if err != nil {
			return err
		}
		faults = append(faults, different...)
	}
	for _, fault := range faults {
		fmt.Fprintf(env.stdout, "MISMATCH %s\n", fault)
	}
	switch {
	case len(faults) > 0:
		return hint(fmt.Errorf("%s is not what was recorded: %d things do not match", file, len(faults)), "what does not match stands on standard output; do not rely on this copy")
	case unfinished > 0:
		return statusError(exitIncomplete)
	case len(runs) == 0:
		return caseHint(file, fmt.Errorf("%s: %w", file, casefile.ErrNoRun))
	}
	fmt.Fprintf(env.stdout, "%s: everything matches\n", file)
	return nil
}

// recompute does a run again from the evidence and says what came out
// differently.
func recompute(ctx context.Context, f *casefile.File, run *casefile.Run, env environment) ([]string, error) {
	name := run.Inputs.WriteUp.Name
	c, _, err := replay(ctx, f, run)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return []string{fmt.Sprintf("%s: the report cannot be computed again: %v", name, err)}, nil
	}
	c.Tool = run.Tool
	now, was := outcome(c), run.Outcome
	var faults []string
	if now.FactsDigest != was.FactsDigest {
		faults = append(faults, fmt.Sprintf("%s: the facts digest is %s and was %s", name, now.FactsDigest, was.FactsDigest))
	}
	if now.Proven != was.Proven || now.Unproven != was.Unproven {
		faults = append(faults, fmt.Sprintf("%s: %d logs are proven and %d are not; it was %d and %d", name, now.Proven, now.Unproven, was.Proven, was.Unproven))
	}
	sum := sha256.New()
	if err := now.Report(sum); err != nil {
		return nil, err
	}
	if !run.IsReport(sum.Sum(nil)) {
		var a, b bytes.Buffer
		if err := now.Report(&a); err != nil {
			return nil, err
		}
		if err := f.Report(ctx, run, &b); err != nil {
			return append(faults, fmt.Sprintf("%s: the stored report cannot be read: %v", name, err)), nil
		}
		faults = append(faults, fmt.Sprintf("%s: the report computed from the evidence differs in %s (made by version %s, checked by %s)",
			name, strings.Join(differences(a.Bytes(), b.Bytes()), ", "), run.Tool, version()))
	}
	if len(faults) == 0 {
		fmt.Fprintf(env.stdout, "%s: %d logs proven again, %d unproven as before; %s; the report is the same, byte for byte\n", name, now.Proven, now.Unproven, now.CaseDigest)
	}
	return faults, nil
}

// differences names the parts of two JSON reports that are not the same.
func differences(a, b []byte) []string {
	var x, y map[string]json.RawMessage
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return []string{"form"}
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(x)) {
		if !bytes.Equal(x[name], y[name]) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		names = append(names, "form")
	}
	return names
}

// replay does a run again from what the case had at its end. The error that is
// returned beside a case says what it lacks.
func replay(ctx context.Context, f *casefile.File, run *casefile.Run) (c *trace.Case, missing, err error) {
	r, err := recall(run)
	if err != nil {
		return nil, nil, err
	}
	links, err := f.Replay(ctx, run)
	if err != nil {
		return nil, nil, err
	}
	asks, err := offline(f.ReplayServices(ctx, run))
	if err != nil {
		return nil, nil, err
	}
	if c, err = through(ctx, links, asks, r); err != nil {
		return nil, nil, err
	}
	c.Requests = run.Outcome.Requests
	c.Evidence.CaseDigest, c.Evidence.Responses, err = f.Digest(ctx, run.Upto())
	name := run.Inputs.WriteUp.Name
	return c, lacks(f, links, asks, fmt.Sprintf("losstracer verify %s --case %s --rpc … asks for what is missing", name, f.Path())), err
}
