package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"losstracer/chain/ethrpc"
	"losstracer/trace"
	"losstracer/trace/casefile"
	"losstracer/trace/incident"
)

// job is the checking of write-ups, all with the same means.
type job struct {
	options  verifyOptions
	request  trace.Request   // without the write-up and the endpoints
	in       casefile.Inputs // without the write-up
	urls     []string
	rpc      ethrpc.Options
	services []service
	entry    custody // for the log of each package
	env      environment

	plain  []connection // asked where no case is kept
	shared *evidence    // keeps all write-ups; nil where each has a case of its own, or none
}

// task is one write-up of a job.
type task struct {
	file     string
	dir      string // of its package of reports; empty for none
	evidence string // its case; empty for none of its own
}

// newJob reads everything that a command line names besides write-ups. Nothing
// is asked yet.
func newJob(o verifyOptions, settings, args []string, env environment) (*job, error) {
	j := &job{env: env}
	if err := checkFormat(o.format); err != nil {
		return nil, err
	}
	if err := o.evidence.check(); err != nil {
		return nil, err
	}
	conf, err := readConfig(args, env)
	if err != nil {
		return nil, err
	}
	if settings, err = o.prices.configure(conf, settings); err != nil {
		return nil, err
	}
	if j.in, err = o.inputs(conf, settings); err != nil {
		return nil, err
	}
	if j.request, err = o.request(j.in); err != nil {
		return nil, err
	}
	if j.services, err = priceServices(o.prices.order, conf, env); err != nil {
		return nil, err
	}
	j.options, j.urls = o, endpointURLs(o.rpc, conf, env)
	if o.out != "" {
		j.entry, err = j.custody(settings, args)
	}
	return j, err
}

// custody is what the log of a package says of this run.
func (j *job) custody(settings, args []string) (custody, error) {
	entry := custody{command: j.options.commandLine(settings, args), operator: j.options.operator}
	for _, raw := range j.urls {
		entry.hosts = append(entry.hosts, hostOf(raw))
	}
	for _, s := range j.services {
		entry.hosts = append(entry.hosts, s.web.Host())
	}
	var err error
	entry.binary, err = binaryDigest()
	return entry, err
}

// open makes ready to ask: through the one case that keeps all, or through
// none. Tasks that have a case of their own open it themselves.
func (j *job) open(ctx context.Context, watched ethrpc.Options, shared string, files []string) (err error) {
	j.rpc = watched
	j.rpc.Budget = new(ethrpc.Budget)
	if shared == "" {
		j.plain, err = connect(j.urls, j.rpc)
		return err
	}
	if err := j.makeRoom(shared); err != nil {
		return err
	}
	j.shared, err = j.openEvidence(ctx, shared, files)
	return err
}

func (j *job) openEvidence(ctx context.Context, file string, files []string) (*evidence, error) {
	o := j.options.evidence
	o.file = file
	e, err := openEvidence(ctx, o, j.request.Override, files, j.urls, j.rpc, j.services, j.env)
	if err != nil {
		return nil, err
	}
	e.in = j.in
	return e, nil
}

// close closes the case that all are kept in.
func (j *job) close(ctx context.Context) error {
	if j.shared == nil {
		return nil
	}
	return j.shared.close(ctx)
}

// makeRoom makes the folder of reports where the case is to lie in it.
func (j *job) makeRoom(file string) error {
	if j.options.out == "" || filepath.Dir(file) != filepath.Clean(j.options.out) {
		return nil
	}
	return makeFolder(j.options.out)
}

// check checks one write-up and writes its package, where there is to be one.
// What is refused outright leaves no file behind.
func (j *job) check(ctx context.Context, t task) (*trace.Case, error) {
	d, err := readWriteUpFile(t.file)
	if err != nil {
		return nil, err
	}
	inc, err := parseWriteUp(d)
	if err != nil {
		return nil, err
	}
	if t.dir == "" {
		return j.investigate(ctx, t, d, inc)
	}
	p, err := beginPackage(t.dir, j.entry)
	if err != nil {
		return nil, err
	}
	c, err := j.investigate(ctx, t, d, inc)
	if err != nil {
		return nil, err
	}
	if err := writeAll(t.dir, c); err != nil {
		return nil, err
	}
	if err := t.takeCase(); err != nil {
		return nil, err
	}
	return c, p.seal(fmt.Sprintf("%s, exit status %d", c.Verdict, statusOf(c.Verdict)))
}

// investigate checks a write-up, through a case where one is kept.
func (j *job) investigate(ctx context.Context, t task, d casefile.Document, inc *incident.Incident) (c *trace.Case, err error) {
	r := j.request
	r.Incident = inc
	switch {
	case j.shared != nil:
		return j.shared.investigate(ctx, r, d)
	case t.evidence == "":
		r.Endpoints, r.PriceSources = sources(j.plain), asked(j.services)
		return trace.Investigate(ctx, r)
	}
	e, err := j.openEvidence(ctx, t.evidence, []string{t.file})
	if err != nil && ctx.Err() != nil {
		return nil, hint(err, "nothing was answered yet; the same command begins anew, and keeps what is answered in %s", t.evidence)
	}
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, e.close(ctx)) }()
	return e.investigate(ctx, r, d)
}

// packaged is where the case of a package lies.
func (t task) packaged() string { return filepath.Join(t.dir, packagedCase) }

// takeCase copies the case into the package, where it is kept elsewhere: the
// package is to be whole.
func (t task) takeCase() error {
	if t.evidence == "" {
		return nil
	}
	return copyCase(t.evidence, t.packaged())
}

// copyCase copies a case that nobody has open; to itself it does nothing.
func copyCase(from, to string) (err error) {
	if same(from, to) {
		return nil
	}
	source, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copy the case: %w", err)
	}
	defer func() { err = errors.Join(err, source.Close()) }()
	return createFile(to, "", func(w io.Writer) error {
		_, err := io.Copy(w, source)
		return err
	})
}

// finished returns the case of a write-up with which nothing is left to do: its
// package is whole, and this program made it from the same write-up and settings.
// Such a package is left alone and keeps its signature. Otherwise it returns nil.
func (j *job) finished(ctx context.Context, t task) (*trace.Case, error) {
	if t.dir == "" || j.shared != nil || j.options.evidence.update || !same(t.evidence, t.packaged()) || !j.ours(t.dir) {
		return nil, nil
	}
	d, err := readWriteUpFile(t.file)
	if err != nil {
		return nil, err
	}
	f, err := openCase(ctx, t.evidence, false, j.env)
	if err != nil {
		return nil, err
	}
	c, err := j.finishedRun(ctx, f, d)
	return c, caseHint(t.evidence, errors.Join(err, f.Close()))
}

// ours reports whether a package is whole, and this program made it.
func (j *job) ours(dir string) bool {
	if faults, _, err := checkManifest(dir); err != nil || len(faults) > 0 {
		return false
	}
	log, err := os.ReadFile(filepath.Join(dir, custodyName))
	return err == nil && madeBy(log, j.entry.binary)
}

func (j *job) finishedRun(ctx context.Context, f *casefile.File, d casefile.Document) (*trace.Case, error) {
	runs, err := f.Runs(ctx)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		r := &runs[i]
		if !r.Finished() || r.Tool != version() || !sameInputs(r.Inputs, j.in, d) || !j.askedAll(r) {
			continue
		}
		c, missing, err := replay(ctx, f, r)
		if err != nil || missing != nil || !settled(c) {
			return nil, err
		}
		return c, nil
	}
	return nil, nil
}

func sameInputs(was, in casefile.Inputs, writeUp casefile.Document) bool {
	equal := func(a, b casefile.Document) bool { return a.Name == b.Name && string(a.Content) == string(b.Content) }
	return equal(was.WriteUp, writeUp) && slices.Equal(was.Settings, in.Settings) &&
		slices.EqualFunc(was.Files, in.Files, func(a, b casefile.Attachment) bool { return a.Flag == b.Flag && equal(a.Document, b.Document) })
}

// askedAll reports whether a run had an answer from everybody who could be
// asked now.
func (j *job) askedAll(r *casefile.Run) bool {
	hosts := map[string]bool{}
	for _, e := range r.Endpoints {
		hosts[e.Host] = e.Failure == ""
	}
	for _, raw := range j.urls {
		if !hosts[strings.TrimSpace(hostOf(raw))] {
			return false
		}
	}
	return !slices.ContainsFunc(j.services, func(s service) bool { return !hosts[s.web.Host()] })
}

// settled reports whether asking again could not change a case: nothing failed
// that may go well the next time.
func settled(c *trace.Case) bool {
	for _, s := range c.Scopes {
		if s.Status == trace.Failed {
			return false
		}
	}
	for _, cov := range c.Coverage {
		if !cov.Complete {
			return false
		}
	}
	return len(c.Pricing.Problems) == 0
}
