package main

import (
	"bytes"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"losstracer/chain/ethrpc"
	"losstracer/cmd/losstracer/demo"
	"losstracer/pricing"
	"losstracer/pricing/pricefile"
	"losstracer/trace"
	"losstracer/trace/incident"
	"losstracer/trace/label"
)

const demoNotice = "This is a re-enactment: the theft was played on a local chain, and no block, transaction or address below is on Ethereum."

func newDemoCommand(env environment) *cobra.Command {
	var format, out string
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Do the whole job on a built-in recording",
		Long: `demo runs the whole pipeline, from the write-up to the report, on a theft that was
played on a local chain and recorded. It needs no endpoint and no network.`,
		Example: `  losstracer demo
  losstracer demo --format markdown`,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return runDemo(cmd.Context(), format, out, env) },
	}
	addOutputFlags(cmd, &format, &out)
	return cmd
}

func runDemo(ctx context.Context, format, out string, env environment) error {
	if err := checkFormat(format); err != nil {
		return err
	}
	transcript, err := ethrpc.ReadTranscript(bytes.NewReader(demo.Transcript))
	if err != nil {
		return fmt.Errorf("built-in recording: %w", err)
	}
	quotes, err := pricefile.Read("prices.csv", bytes.NewReader(demo.Prices))
	if err != nil {
		return fmt.Errorf("built-in recording: %w", err)
	}
	connections, err := connect([]string{demo.Host}, ethrpc.Options{Recorder: transcript, Offline: true})
	if err != nil {
		return err
	}
	book := &pricing.Book{}
	book.Add(quotes...)
	c, err := trace.Investigate(ctx, trace.Request{
		Tool: version(), Incident: incident.Parse("incident.md", demo.WriteUp), Endpoints: sources(connections), Prices: book, Tags: label.Builtin(),
	})
	if err != nil {
		return err
	}
	c.Warnings = append([]string{demoNotice}, c.Warnings...)
	if out != "" {
		if err := writeAll(out, c); err != nil {
			return err
		}
	}
	return render(env.stdout, c, format, env.width())
}
