package main

import (
	"github.com/spf13/cobra"

	"losstracer/trace/incident"
)

func newIncidentCommand(env environment) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "incident INCIDENT.md…",
		Short: "Show what a write-up says, without looking anything up",
		Long: `incident reads write-ups and prints what a careful reader takes from them:
figures, addresses, transactions, times, and what looks wrong. Nothing is
fetched.`,
		Example: `  losstracer incident incident.md
  losstracer incident incidents/ --format json`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error { return runIncident(format, args, env) },
	}
	cmd.Flags().StringVar(&format, "format", "text", "`FORM`: text, or json, one object a line")
	return cmd
}

func runIncident(format string, args []string, env environment) error {
	if err := checkForm(format, "text|json"); err != nil {
		return err
	}
	write := (*incident.Incident).WriteText
	if format == "json" {
		write = (*incident.Incident).WriteJSON
	}
	files, skipped, err := writeUps(args)
	if err != nil {
		return err
	}
	tellSkipped(env, skipped)
	status := exitReconciled
	for _, file := range files {
		inc, err := readWriteUp(file)
		if err != nil && len(files) == 1 {
			return err
		}
		if err != nil {
			warnTo(env, err)
			status = exitError
			continue
		}
		if err := write(inc, env.stdout); err != nil {
			return err
		}
	}
	if status != exitReconciled {
		return statusError(status)
	}
	return nil
}
