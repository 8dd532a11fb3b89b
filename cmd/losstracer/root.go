package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"losstracer/trace"
	"losstracer/trace/report"
)

// The exit statuses.
const (
	exitReconciled  = 0
	exitError       = 1
	exitUsage       = 2
	exitDiscrepant  = 3
	exitIncomplete  = 4
	exitInterrupted = 130
)

const exitStatusHelp = `losstracer exits with

  0    reconciled: every figure that was reported agrees with the chain
  1    error: nothing could be reported
  2    usage: the command line is wrong
  3    a discrepancy was found
  4    incomplete: something could not be looked at or priced
  130  interrupted

Where both 3 and 4 hold it is 3. An endpoint that is down, of the wrong chain or
without history is told in the report, which is written, and means 4. Of several
write-ups the worst counts, in the order 1, 3, 4, 0. The demo exits with 0 when
it ran.
`

// environment is everything that a run takes from outside.
type environment struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	lookup         func(string) (string, bool) // of environment variables
}

func (e environment) get(name string) string {
	value, _ := e.lookup(name)
	return value
}

// hintError is a mistake of the user's, with what to do about it.
type hintError struct {
	err  error
	hint string
}

func (e *hintError) Error() string { return e.err.Error() }
func (e *hintError) Unwrap() error { return e.err }

func hint(err error, format string, args ...any) error {
	return &hintError{err, fmt.Sprintf(format, args...)}
}

// usageError is a mistake in the command line.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

// statusError ends a run whose report was written.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("exit status %d", int(e)) }

// run runs a command line and returns the exit status.
func run(ctx context.Context, args []string, env environment) int {
	root := newRootCommand(env)
	root.SetArgs(args)
	root.SetIn(env.stdin)
	root.SetOut(env.stdout)
	root.SetErr(env.stderr)
	err := root.ExecuteContext(ctx)
	var status statusError
	switch {
	case err == nil:
		return exitReconciled
	case errors.As(err, &status):
		return int(status)
	case ctx.Err() != nil:
		fmt.Fprintln(env.stderr, "losstracer: interrupted")
		var h *hintError
		if !errors.As(err, &h) {
			h = &hintError{hint: "nothing was kept"}
		}
		fmt.Fprintf(env.stderr, "losstracer: hint: %s\n", h.hint)
		return exitInterrupted
	}
	fmt.Fprintf(env.stderr, "losstracer: error: %v\n", err)
	var h *hintError
	if errors.As(err, &h) {
		fmt.Fprintf(env.stderr, "losstracer: hint: %s\n", h.hint)
	}
	var usage *usageError
	if errors.As(err, &usage) {
		return exitUsage
	}
	return exitError
}

func newRootCommand(env environment) *cobra.Command {
	root := &cobra.Command{
		Use:   "losstracer",
		Short: "Check the reported losses of a crypto theft against the chain",
		Long: `losstracer reads a write-up of a crypto theft, pulls what the attackers'
addresses really received and sent, rebuilds the loss per asset, prices it, and
sets it against the figures that were reported.`,
		Example: `  losstracer demo
  losstracer verify incident.md --rpc https://…
  losstracer incident incident.md --format json`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          usageArgs(cobra.NoArgs),
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{hint(err, "see %s --help", cmd.CommandPath())}
	})
	root.AddCommand(
		newDemoCommand(env), newVerifyCommand(env), newReportCommand(env), newCaseCommand(env), newIncidentCommand(env),
		newTraceCommand(env), newHistoryCommand(env), newEndpointCommand(env), newChainsCommand(env), newDocsCommand(env), newVersionCommand(env),
		&cobra.Command{Use: "exit-status", Short: "What the exit status says", Long: exitStatusHelp},
	)
	completeValues(root)
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages ", fmt.Sprintf(".FlagUsagesWrapped %d ", env.helpWidth())))
	return root
}

// helpWidth is how wide help may be: that of a book at most.
func (e environment) helpWidth() int {
	if w := e.width(); w > 0 {
		return min(w, 100)
	}
	return report.DefaultWidth
}

// usageArgs makes what cobra finds wrong with the arguments a usage error.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		err := check(cmd, args)
		if err == nil {
			return nil
		}
		if len(args) == 0 {
			_, wanted, _ := strings.Cut(cmd.Use, " ")
			return &usageError{hint(fmt.Errorf("%s: %s is missing", cmd.CommandPath(), wanted), "see %s --help", cmd.CommandPath())}
		}
		cmd.SuggestionsMinimumDistance = 2 // letters that are wrong
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			return &usageError{hint(err, "is %s %s meant?", cmd.CommandPath(), near[0])}
		}
		return &usageError{hint(err, "see %s --help", cmd.CommandPath())}
	}
}

// statusOf is the exit status of a case.
func statusOf(v trace.Verdict) int {
	switch v {
	case trace.Discrepant:
		return exitDiscrepant
	case trace.Incomplete:
		return exitIncomplete
	}
	return exitReconciled
}

// worst combines the statuses of several write-ups.
func worst(a, b int) int {
	for _, s := range []int{exitInterrupted, exitError, exitDiscrepant, exitIncomplete} {
		if a == s || b == s {
			return s
		}
	}
	return exitReconciled
}
