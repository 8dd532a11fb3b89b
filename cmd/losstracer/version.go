package main

import (
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version is the version of the program as its build recorded it.
func version() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := build.Main.Version
	if v == "" || v == "(devel)" {
		v = "development"
	}
	return v
}

func newVersionCommand(env environment) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version and what the program was built with",
		Example: "  losstracer version",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			fmt.Fprintf(env.stdout, "losstracer %s\n%s %s/%s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return nil
		},
	}
}
