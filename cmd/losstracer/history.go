package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/spf13/cobra"

	"losstracer/chain"
	"losstracer/chain/history"
	"losstracer/trace"
	"losstracer/trace/report"
)

type historyOptions struct {
	rpc       []string
	chain     string
	from, to  string
	format    string
	assurance assuranceOptions
}

func newHistoryCommand(env environment) *cobra.Command {
	var o historyOptions
	cmd := &cobra.Command{
		Use:   "history ADDRESS…",
		Short: "Show everything that moved to and from addresses",
		Long: `history pulls the transfers of addresses in a window of blocks: coins moved by
transactions and by calls within them, tokens, fees, withdrawals. It says how each
history was obtained, whether it is complete, and sets it against the balances
that the chain states.`,
		Example: `  losstracer history 0x… --rpc https://… --from 2023-11-18 --to 2023-11-20
  losstracer history 0x… 0x… --rpc https://… --format csv`,
		Args: usageArgs(cobra.MinimumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error { return runHistory(cmd.Context(), o, args, env) },
	}
	f := cmd.Flags()
	f.StringArrayVar(&o.rpc, "rpc", nil, "`URL` of a JSON-RPC endpoint; repeat for others of the same chain that stand in for it (default $LOSSTRACER_RPC, else those of "+configName+")")
	f.StringVar(&o.chain, "chain", "", "`CHAIN` to look at, where "+configName+" has endpoints of several")
	f.StringVar(&o.from, "from", "", "first `BLOCK|TIME` (default the first block)")
	f.StringVar(&o.to, "to", "", "last `BLOCK|TIME` (default the head)")
	f.StringVar(&o.format, "format", "text", "`FORM`: text, json or csv")
	o.assurance.addFlags(f)
	return cmd
}

func runHistory(ctx context.Context, o historyOptions, args []string, env environment) error {
	ask, err := o.read(args, env)
	if err != nil {
		return err
	}
	watched, clear := env.watch()
	defer clear()
	watched.Fallbacks = ask.urls[1:]
	connections, err := connect(ask.urls[:1], watched)
	if err != nil {
		return err
	}
	if err := serves(ctx, connections[0], o.chain); err != nil {
		return err
	}
	h, err := pullHistory(ctx, connections[0], ask)
	if err != nil {
		return err
	}
	clear()
	for _, v := range h.Vouchers {
		fmt.Fprintf(env.stderr, "losstracer: %s vouches for %d blocks\n", v.By, len(v.Blocks))
	}
	if err := ask.write(h); err != nil {
		return err
	}
	for _, v := range h.Coverage {
		if !v.Complete {
			return statusError(exitIncomplete)
		}
	}
	return nil
}

// historyAsk is what the options and arguments ask for.
type historyAsk struct {
	addresses []common.Address
	window    trace.Override
	sure      trace.Assurance
	urls      []string
	write     func(*report.History) error
}

func (o historyOptions) read(args []string, env environment) (ask historyAsk, err error) {
	if err = checkForm(o.format, "text|json|csv"); err != nil {
		return ask, err
	}
	ask.write = map[string]func(*report.History) error{
		"text": func(h *report.History) error { return report.HistoryText(env.stdout, h, env.width()) },
		"json": func(h *report.History) error { return report.HistoryJSON(env.stdout, h) },
		"csv":  func(h *report.History) error { return report.HistoryCSV(env.stdout, h) },
	}[o.format]
	if ask.window, err = parseBounds(o.from, o.to); err != nil {
		return ask, err
	}
	if ask.addresses, err = parseAddresses("history", args); err != nil {
		return ask, err
	}
	if ask.sure, err = o.assurance.read(); err != nil {
		return ask, err
	}
	if _, known := chain.NetworkByName(o.chain); o.chain != "" && !known {
		return ask, &usageError{hint(fmt.Errorf("unknown chain %q", o.chain), "losstracer chains lists the names")}
	}
	ask.urls, err = endpointsOfChain(o.rpc, o.chain, env)
	return ask, err
}

// serves makes sure that an endpoint is of the chain that was named, if any was.
func serves(ctx context.Context, c connection, name string) error {
	want, _ := chain.NetworkByName(name)
	id, err := c.Source.Open(ctx)
	if err != nil && ctx.Err() == nil {
		return hint(err, "%s", endpointAdvice)
	}
	if err != nil || name == "" || id.ChainID == want.ID {
		return err
	}
	return hint(fmt.Errorf("%s serves %s (chain id %d), and not %s", id.Host, id.Network.Title, id.ChainID, want.Title), "give an endpoint of %s, or leave --chain out", want.Title)
}

func pullHistory(ctx context.Context, c connection, ask historyAsk) (*report.History, error) {
	id, err := c.Source.Open(ctx)
	if err != nil {
		return nil, err
	}
	w, _, err := trace.Window(ctx, c.Source, id, ask.window, trace.Plan{})
	if err != nil {
		return nil, err
	}
	got, err := c.Source.History(ctx, chain.Query{Addresses: ask.addresses, Window: w, Anchors: ask.sure.Anchors, ProveAbsence: ask.sure.ProveAbsence})
	if errors.Is(err, history.ErrNoHistory) {
		return nil, hint(err, "ask another endpoint, or a later window with --from")
	}
	if err != nil {
		return nil, err
	}
	warnings := trace.Doubts(id)
	for _, a := range got.LostAnchors {
		warnings = append(warnings, fmt.Sprintf("anchor %s: %s knows no such block, so that nothing rests on it", a.Hex(), id.Host))
	}
	return &report.History{
		Network: id.Network, Endpoint: id.Host, Addresses: ask.addresses, History: got,
		Requests: requests([]connection{c}), Warnings: warnings,
	}, nil
}
