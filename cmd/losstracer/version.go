package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"
)

// version is the version of the program as its build recorded it: that of the
// module, or the commit that it was built from.
func version() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := build.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	settings := map[string]string{}
	for _, s := range build.Settings {
		settings[s.Key] = s.Value
	}
	switch revision := settings["vcs.revision"]; {
	case revision == "":
		return "development"
	case settings["vcs.modified"] == "true":
		return "development, after " + revision
	default:
		return revision
	}
}

// builtOn is the day of the commit that the program was built from; the first
// day of all where the build did not record it.
func builtOn() string {
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, s := range build.Settings {
			if day, _, found := strings.Cut(s.Value, "T"); s.Key == "vcs.time" && found {
				return day
			}
		}
	}
	return "1970-01-01"
}

// binaryDigest is the digest of the program that runs.
func binaryDigest() (string, error) {
	path, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the program: %w", err)
	}
	digest, err := fileDigest(path)
	if err != nil {
		return "", fmt.Errorf("read the program: %w", err)
	}
	return "sha256:" + digest, nil
}

func newVersionCommand(env environment) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version and what the program was built with",
		Long: `version prints the version or commit, whether the tree had changes (vcs.modified),
the Go version, the SHA-256 of this binary, the settings of its build, and every
module in it with its digest. Two people whose builds print the same run the
same program.`,
		Example: "  losstracer version",
		Args:    usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			digest, err := binaryDigest()
			if err != nil {
				return err
			}
			fmt.Fprintf(env.stdout, "losstracer %s\n%s %s/%s\nbinary %s\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH, digest)
			if build, ok := debug.ReadBuildInfo(); ok {
				for _, s := range build.Settings {
					fmt.Fprintf(env.stdout, "build %s=%s\n", s.Key, s.Value)
				}
				for _, d := range build.Deps {
					fmt.Fprintf(env.stdout, "with %s %s %s\n", d.Path, d.Version, d.Sum)
				}
			}
			return nil
		},
	}
}
