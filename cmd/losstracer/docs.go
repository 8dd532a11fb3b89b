package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newDocsCommand(env environment) *cobra.Command {
	return &cobra.Command{
		Use:     "docs DIR",
		Short:   "Write man pages and a command reference in Markdown",
		Long:    "docs writes a man page and a Markdown page for every command into a folder.",
		Example: "  losstracer docs reference/",
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return writeDocs(newRootCommand(env), args[0])
		},
	}
}

// writeDocs writes the pages without the date of the day, so that the same
// commands give the same pages.
func writeDocs(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder for pages: %w", err)
	}
	root.DisableAutoGenTag = true
	if err := doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "losstracer"}, dir); err != nil {
		return fmt.Errorf("write man pages: %w", err)
	}
	if err := doc.GenMarkdownTree(root, dir); err != nil {
		return fmt.Errorf("write the command reference: %w", err)
	}
	return nil
}
