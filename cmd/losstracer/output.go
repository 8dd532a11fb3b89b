package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/term"

	"losstracer/trace"
	"losstracer/trace/report"
)

// formats are the forms of a report, with the ending of its file.
var formats = []struct {
	name, ending string
	write        func(io.Writer, *trace.Case, int) error
}{
	{"text", ".txt", report.Text},
	{"markdown", ".md", func(w io.Writer, c *trace.Case, _ int) error { return report.Markdown(w, c) }},
	{"html", ".html", func(w io.Writer, c *trace.Case, _ int) error { return report.HTML(w, c) }},
	{"json", ".json", func(w io.Writer, c *trace.Case, _ int) error { return report.JSON(w, c) }},
	{"csv", ".transfers.csv", func(w io.Writer, c *trace.Case, _ int) error { return report.CSV(w, c) }},
	{"xlsx", ".xlsx", func(w io.Writer, c *trace.Case, _ int) error { return report.XLSX(w, c) }},
}

func formatNames() string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return strings.Join(names, "|")
}

// checkFormat refuses what is no form of a report.
func checkFormat(name string) error { return checkForm(name, formatNames()) }

// checkForm refuses a form that is none of those that a command has, which bars
// separate.
func checkForm(name, forms string) error {
	if slices.Contains(strings.Split(forms, "|"), name) {
		return nil
	}
	return &usageError{hint(fmt.Errorf("unknown format %q", name), "--format takes %s", strings.ReplaceAll(forms, "|", ", "))}
}

// render writes a case in a format.
func render(w io.Writer, c *trace.Case, format string, width int) error {
	if f, ok := w.(*os.File); ok && format == "xlsx" && term.IsTerminal(int(f.Fd())) {
		return &usageError{hint(errors.New("a workbook is not for a terminal"), "send it to a file, or use --out DIR")}
	}
	for _, f := range formats {
		if f.name == format {
			return f.write(w, c, width)
		}
	}
	return fmt.Errorf("unknown format %q", format)
}

// width is that of the terminal, or of COLUMNS; 0 where neither says.
func (e environment) width() int {
	if n, err := strconv.Atoi(e.get("COLUMNS")); err == nil && n >= 40 && n <= 1000 {
		return n
	}
	if f, ok := e.stdout.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil {
			return w
		}
	}
	return 0
}

// writeAll writes a case in every format into a folder, named after the
// write-up; CSV as a file for every table.
func writeAll(dir string, c *trace.Case) error {
	if err := makeFolder(dir); err != nil {
		return err
	}
	name := writeUpName(c.Incident.File)
	for _, f := range formats {
		if f.name == "csv" { // one of the tables below
			continue
		}
		write := func(w io.Writer) error { return f.write(w, c, report.DefaultWidth) }
		if err := createFile(filepath.Join(dir, name+f.ending), c.Incident.File, write); err != nil {
			return err
		}
	}
	for _, t := range report.Sheets(c) {
		if err := createFile(filepath.Join(dir, name+"."+t.Name+".csv"), c.Incident.File, t.WriteCSV); err != nil {
			return err
		}
	}
	return nil
}

func makeFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return hint(fmt.Errorf("make the folder for reports: %w", err), "--out takes a folder, which is made where it is not there")
	}
	return nil
}

// writeFile puts a file in place whole or not at all.
func writeFile(path string, content []byte, input string) error {
	return createFile(path, input, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}

// createFile puts a file in place whole or not at all: it is written beside its
// place, synced, and renamed. The input is never overwritten.
func createFile(path, input string, write func(io.Writer) error) (err error) {
	if same(path, input) {
		return hint(fmt.Errorf("%s is the write-up itself", path), "choose another folder with --out")
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.unfinished")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("write %s: %w", path, errors.Join(err, os.Remove(f.Name())))
			if errors.Is(err, syscall.ENOSPC) {
				err = hint(err, "make room, and give the same command again")
			}
		}
	}()
	out := bufio.NewWriterSize(f, 1<<16)
	if err = errors.Join(write(out), out.Flush()); err != nil {
		return errors.Join(err, f.Close())
	}
	if err = f.Chmod(0o644); err != nil {
		return errors.Join(err, f.Close())
	}
	if err = f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func same(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// linkEnding is the ending of the reports that an index points to.
const linkEnding = ".html"
