package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"losstracer/chain"
)

func newChainsCommand(env environment) *cobra.Command {
	return &cobra.Command{
		Use:     "chains",
		Short:   "List the chains that are known, with their ids",
		Example: "  losstracer chains",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "chain\tid\tcoin\tasset id of the coin\twrapped coin\tgenesis known")
			for _, n := range chain.Networks() {
				wrapped, genesis := "–", "no"
				if n.Wrapped.Big().Sign() != 0 {
					wrapped = chain.Hex(n.Wrapped)
				}
				if n.Genesis.Big().Sign() != 0 {
					genesis = "yes"
				}
				fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%s\t%s\n", n.Name, n.ID, n.Symbol, n.Coin(), wrapped, genesis)
			}
			return w.Flush()
		},
	}
}
