package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"losstracer/trace/report"
)

// completeValues makes the shell offer what the flags and arguments of commands
// can be. Where it is silent the shell offers files.
func completeValues(root *cobra.Command) {
	one := func(names string) cobra.CompletionFunc {
		return cobra.FixedCompletions(strings.Split(names, "|"), cobra.ShellCompDirectiveNoFileComp)
	}
	for _, c := range []struct {
		command, flag string
		values        cobra.CompletionFunc
	}{
		{"verify", "format", one(formatNames())},
		{"verify", "price-source", one(strings.Join(slices.Concat(onChainSources, serviceNames, []string{"none"}), "|"))},
		{"report", "format", one(formatNames())},
		{"demo", "format", one(formatNames())},
		{"incident", "format", one("text|json")},
		{"history", "format", one("text|json|csv")},
		{"trace", "format", one(report.FlowFormats())},
		{"trace", "policy", one("fifo|lifo|haircut|poison|tainted-first|tainted-last|all")},
	} {
		cmd, _, err := root.Find([]string{c.command})
		if err == nil {
			err = cmd.RegisterFlagCompletionFunc(c.flag, c.values)
		}
		if err != nil {
			panic("losstracer: completion of " + c.command + " --" + c.flag + ": " + err.Error())
		}
	}
	for command, endings := range map[string][]string{"verify": {"md"}, "incident": {"md"}, "report": {"case"}} {
		cmd, _, err := root.Find([]string{command})
		if err != nil {
			panic("losstracer: completion of " + command + ": " + err.Error())
		}
		cmd.ValidArgsFunction = func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return endings, cobra.ShellCompDirectiveFilterFileExt
		}
	}
}
