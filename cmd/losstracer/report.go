package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"losstracer/trace/casefile"
)

func newReportCommand(env environment) *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use:   "report CASE",
		Short: "Write the report again, from the case alone",
		Long: `report computes a report again from a case file: from the write-up, the prices and
the answers of endpoints that are in it. Nobody is asked, and the same case gives
the same report. A case of several write-ups gives one report after the other.`,
		Example: `  losstracer report incident.case
  losstracer report incident.case --format json
  losstracer report incident.case --out reports/`,
		Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return runReport(cmd.Context(), args[0], format, out, env)
		},
	}
	addOutputFlags(cmd, &format, &out)
	return cmd
}

func runReport(ctx context.Context, file, format, out string, env environment) (err error) {
	if err := checkFormat(format); err != nil {
		return err
	}
	f, err := openCase(ctx, file, false, env)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, caseHint(file, f.Close())) }()
	runs, err := f.Runs(ctx)
	if err != nil {
		return caseHint(file, err)
	}
	if len(runs) == 0 {
		return caseHint(file, fmt.Errorf("%s: %w", file, casefile.ErrNoRun))
	}
	status := exitReconciled
	for i := range runs {
		s, err := reportOne(ctx, f, &runs[i], format, out, env)
		if err != nil {
			return caseHint(file, err)
		}
		status = worst(status, s)
	}
	if status != exitReconciled {
		return statusError(status)
	}
	return nil
}

func reportOne(ctx context.Context, f *casefile.File, run *casefile.Run, format, out string, env environment) (int, error) {
	c, missing, err := replay(ctx, f, run)
	if err != nil {
		return 0, err
	}
	if missing != nil {
		warnTo(env, missing)
	} else if run.Finished() && c.Evidence.FactsDigest != run.Outcome.FactsDigest {
		warnTo(env, hint(fmt.Errorf("%s: the facts are not those of the report that version %s wrote", run.Inputs.WriteUp.Name, run.Tool),
			"losstracer case verify %s says what differs", f.Path()))
	}
	if out != "" {
		if err := writeAll(out, c); err != nil {
			return 0, err
		}
	}
	return statusOf(c.Verdict), render(env.stdout, c, format, env.width())
}
