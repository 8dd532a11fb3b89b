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

	"losstracer/trace"
	"losstracer/trace/casefile"
	"losstracer/trace/report"
)

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
		Example: `  losstracer case verify incident.case
  losstracer case verify reports/`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(&cobra.Command{
		Use:   "verify CASE",
		Short: "Recompute every digest and proof, and the report, from the stored evidence",
		Long: `verify looks whether a case still is what was recorded: the SHA-256 of every
response, request and document, the digest over all of them, the proofs of
transfers against block hashes, and the report, which it computes again from the
evidence alone. Nobody is asked. Of a folder that verify --out wrote, the
digests of all files are checked first; where it holds a folder for each of
several write-ups, each of them is checked.`,
		Example: `  losstracer case verify incident.case
  losstracer case verify reports/`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return runCaseVerify(cmd.Context(), args[0], env) },
	})
	return cmd
}

func runCaseVerify(ctx context.Context, path string, env environment) error {
	if isFolder(path) {
		return verifyPackage(ctx, path, env)
	}
	faults, unfinished, err := checkCase(ctx, path, env)
	switch {
	case err != nil:
		return err
	case len(faults) > 0:
		return unlike(path, faults, env)
	case unfinished > 0:
		return statusError(exitIncomplete)
	}
	fmt.Fprintf(env.stdout, "%s: everything matches\n", path)
	return nil
}

// unlike tells what does not match.
func unlike(path string, faults []string, env environment) error {
	for _, fault := range faults {
		fmt.Fprintf(env.stdout, "MISMATCH %s\n", fault)
	}
	return hint(fmt.Errorf("%s is not what was recorded: %d things do not match", path, len(faults)), "what does not match stands on standard output; do not rely on this copy")
}

// verifyPackage checks a package, and every package within it. One that is not
// what was recorded does not stop the others.
func verifyPackage(ctx context.Context, dir string, env environment) error {
	dirs, err := packagesIn(dir)
	if err != nil {
		return err
	}
	var faults []string
	unfinished := 0
	for _, d := range dirs {
		found, open, err := checkPackage(ctx, d, env)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			warnTo(env, err)
			found = append(found, err.Error())
		}
		faults, unfinished = append(faults, found...), unfinished+open
	}
	switch {
	case len(faults) > 0:
		return unlike(dir, faults, env)
	case unfinished > 0:
		return statusError(exitIncomplete)
	}
	fmt.Fprintf(env.stdout, "%s: everything matches\n", dir)
	return nil
}

// packagesIn lists a package and those in folders of its own.
func packagesIn(dir string) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(escapeGlob(dir), "*", custodyName))
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", dir, err)
	}
	var dirs []string
	if exists(filepath.Join(dir, custodyName)) || exists(filepath.Join(dir, manifestName)) {
		dirs = append(dirs, dir)
	}
	for _, log := range found {
		dirs = append(dirs, filepath.Dir(log))
	}
	if len(dirs) == 0 {
		return nil, hint(fmt.Errorf("%s is not a file, nor a package of reports", dir), "a package is made by losstracer verify INCIDENT.md --out DIR")
	}
	return dirs, nil
}

// checkPackage checks the files of a package and the case in it. It returns
// what does not match, and how much of it was not finished.
func checkPackage(ctx context.Context, dir string, env environment) (faults []string, unfinished int, err error) {
	faults, n, err := checkManifest(dir)
	switch {
	case errors.Is(err, errUnsealed):
		fmt.Fprintf(env.stdout, "%s: the run was broken off, so there is no %s to check the reports against\n", dir, manifestName)
		unfinished++
	case err != nil:
		return nil, 0, err
	case len(faults) == 0:
		fmt.Fprintf(env.stdout, "%s: %d files are what %s lists\n", dir, n, manifestName)
	}
	for i, f := range faults {
		faults[i] = filepath.ToSlash(filepath.Join(dir, f))
	}
	file := filepath.Join(dir, packagedCase)
	if stat, err := os.Stat(file); err != nil || stat.Size() == 0 && unfinished > 0 {
		return faults, unfinished, nil // none was kept, or nothing yet
	}
	more, open, err := checkCase(ctx, file, env)
	if errors.Is(err, casefile.ErrNoRun) && unfinished > 0 {
		err = nil // stopped before the first question
	}
	return append(faults, more...), unfinished + open, err
}

// checkCase recomputes all that a case holds. It returns what does not match,
// and how many runs were not finished.
func checkCase(ctx context.Context, file string, env environment) (faults []string, unfinished int, err error) {
	f, err := openCase(ctx, file, false, env)
	if err != nil {
		return nil, 0, err
	}
	defer func() { err = errors.Join(err, caseHint(file, f.Close())) }()
	checked, err := f.Check(ctx)
	if err != nil {
		return nil, 0, caseHint(file, err)
	}
	fmt.Fprintf(env.stdout, "%s: digests recomputed: responses %d (%d bytes), documents %d\n", file, checked.Responses, checked.Bytes, checked.Documents)
	faults = checked.Faults
	runs, err := f.Runs(ctx)
	if err != nil && len(faults) == 0 {
		return nil, 0, caseHint(file, err)
	}
	for i := range runs {
		if !runs[i].Finished() {
			unfinished++
			fmt.Fprintf(env.stdout, "%s: the run was broken off, so there is no report to compare with\n", runs[i].Inputs.WriteUp.Name)
			continue
		}
		different, err := recompute(ctx, f, &runs[i], env)
		if err != nil {
			return nil, 0, err
		}
		faults = append(faults, different...)
	}
	if len(runs) == 0 && len(faults) == 0 {
		return nil, 0, caseHint(file, fmt.Errorf("%s: %w", file, casefile.ErrNoRun))
	}
	return faults, unfinished, nil
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
		if now.Responses == 0 {
			fmt.Fprintf(env.stdout, "%s: nobody was asked; the report is the same, byte for byte\n", name)
			return nil, nil
		}
		fmt.Fprintf(env.stdout, "%s: logs proven again: %d, unproven as before: %d; %s; the report is the same, byte for byte\n", name, now.Proven, now.Unproven, now.CaseDigest)
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
