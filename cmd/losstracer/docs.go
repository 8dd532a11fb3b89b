package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

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

// writeDocs writes the pages with the date of the program, not of the day: the
// same program writes the same pages.
func writeDocs(root *cobra.Command, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the folder for pages: %w", err)
	}
	root.DisableAutoGenTag = true
	if err := writeManPages(root, dir); err != nil {
		return fmt.Errorf("write man pages: %w", err)
	}
	if err := doc.GenMarkdownTree(root, dir); err != nil {
		return fmt.Errorf("write the command reference: %w", err)
	}
	return nil
}

func writeManPages(cmd *cobra.Command, dir string) error {
	for _, c := range cmd.Commands() {
		if !c.IsAvailableCommand() || c.IsAdditionalHelpTopicCommand() {
			continue
		}
		if err := writeManPages(c, dir); err != nil {
			return err
		}
	}
	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
	var page bytes.Buffer
	if err := doc.GenMan(cmd, &doc.GenManHeader{Title: strings.ToUpper(name), Section: "1", Source: "losstracer"}, &page); err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, name+".1"), []byte(manPage(page.String(), builtOn())), "")
}

// manPage mends what cobra's pages have that man(7) does not know: a date other
// than year-month-day, and options whose words are set off by a tab.
func manPage(page, date string) string {
	var lines []string
	for line := range strings.Lines(page) {
		line = strings.TrimSuffix(line, "\n")
		last := len(lines) - 1
		switch words, option := strings.CutPrefix(line, "\t"); {
		case strings.HasPrefix(line, ".TH "):
			f := strings.SplitN(line, `"`, 7) // .TH "NAME" "1" "date" "source"…
			line = f[0] + `"` + f[1] + `" "` + f[3] + `" "` + date + `" ` + strings.TrimSpace(f[6])
		case option && last > 0 && lines[last-1] == ".PP":
			lines[last-1], line = ".TP", words
		case option && last >= 0:
			lines, line = slices.Insert(lines, last, ".TP"), words
		case line == "" && last >= 0 && (lines[last] == "" || strings.HasPrefix(lines[last], ".")):
			continue
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n") + "\n"
}
