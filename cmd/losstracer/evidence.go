package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/spf13/pflag"

	"losstracer/chain/ethrpc"
	"losstracer/trace"
	"losstracer/trace/casefile"
)

// caseOptions are the flags of a run that keeps its evidence.
type caseOptions struct {
	file    string
	offline bool
	update  bool
}

func (o *caseOptions) addFlags(f *pflag.FlagSet) {
	f.StringVar(&o.file, "case", "", "`FILE` that keeps every answer, so that a further run asks only for what is missing")
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
	case errors.Is(err, fs.ErrNotExist):
		return hint(err, "look at the path: a case is made by losstracer verify INCIDENT.md --case FILE, in a folder that is there")
	case errors.Is(err, casefile.ErrBusy):
		return hint(err, "wait until it has finished, or name another file with --case")
	case errors.Is(err, casefile.ErrFull):
		return hint(err, "make room, and give the same command again: the case has what was answered until then; or name a file elsewhere")
	case errors.Is(err, casefile.ErrDenied):
		return hint(err, "SQLite wants to write beside the file: check the permissions of the folder, or work on a copy in a folder of your own")
	case errors.Is(err, casefile.ErrDamaged):
		return hint(err, "take a copy that is whole; without one the case has to be pulled again into another file")
	case errors.As(err, &format) && format.OtherVersion:
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

// close closes the case. Where the run was interrupted the error says how to go
// on.
func (e *evidence) close(ctx context.Context) error {
	if ctx.Err() != nil && e.writes {
		return hint(errors.Join(ctx.Err(), caseHint(e.f.Path(), e.f.Close())), "what was answered is in %s: the same command goes on from there", e.f.Path())
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
	if err := failures(links, asks); err != nil {
		return nil, err
	}
	return c, nil
}

// failures returns the first error for which a case could not be read or
// written.
func failures(links []*casefile.Link, asks []recorded) error {
	for _, l := range links {
		if err := l.Err(); err != nil {
			return err
		}
	}
	for _, a := range asks {
		if err := a.record.Err(); err != nil {
			return err
		}
	}
	return nil
}

func endpointsOf(links []*casefile.Link) []casefile.Endpoint {
	var list []casefile.Endpoint
	for _, l := range links {
		list = append(list, l.Endpoint())
	}
	return list
}
