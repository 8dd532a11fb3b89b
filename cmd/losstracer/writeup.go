package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"losstracer/trace/casefile"
	"losstracer/trace/incident"
)

// maxWriteUp bounds what is read: a write-up of this size is none.
const maxWriteUp = 64 << 20

// writeUps expands arguments: a folder stands for its *.md, in order of name.
func writeUps(args []string) ([]string, error) {
	var files []string
	for _, arg := range args {
		stat, err := os.Stat(arg)
		if err != nil {
			return nil, fmt.Errorf("read the write-up: %w", err)
		}
		if !stat.IsDir() {
			files = append(files, arg)
			continue
		}
		found, err := filepath.Glob(filepath.Join(escapeGlob(arg), "*.md"))
		if err != nil {
			return nil, fmt.Errorf("list %s: %w", arg, err)
		}
		if len(found) == 0 {
			return nil, hint(fmt.Errorf("%s holds no write-ups", arg), "a folder is read for its *.md")
		}
		slices.Sort(found)
		files = append(files, found...)
	}
	return files, nil
}

// writeUpName is what files about a write-up are named after.
func writeUpName(file string) string {
	return strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func isFolder(path string) bool {
	stat, err := os.Stat(path)
	return err == nil && stat.IsDir()
}

func escapeGlob(path string) string {
	var escaped []rune
	for _, r := range path {
		if slices.Contains([]rune{'*', '?', '[', '\\'}, r) {
			escaped = append(escaped, '\\')
		}
		escaped = append(escaped, r)
	}
	return string(escaped)
}

// readWriteUp parses a file. One that is no write-up is an error with its
// place.
func readWriteUp(file string) (*incident.Incident, error) {
	d, err := readWriteUpFile(file)
	if err != nil {
		return nil, err
	}
	return parseWriteUp(d)
}

func readWriteUpFile(file string) (d casefile.Document, err error) {
	stat, err := os.Stat(file)
	if err != nil {
		return d, fmt.Errorf("read the write-up: %w", err)
	}
	if stat.Size() > maxWriteUp {
		return d, hint(fmt.Errorf("%s:1:1: %d bytes are too many for a write-up", file, stat.Size()), "the limit is %d MiB", maxWriteUp>>20)
	}
	if d, err = readDocument(file); err != nil {
		return d, fmt.Errorf("read the write-up: %w", err)
	}
	return d, nil
}

func parseWriteUp(d casefile.Document) (*incident.Incident, error) {
	inc := incident.Parse(d.Name, d.Content)
	if err := refused(inc); err != nil {
		return nil, err
	}
	return inc, nil
}

// refused returns the problem for which a file is no write-up, if there is one.
func refused(inc *incident.Incident) error {
	for _, p := range inc.Problems {
		if p.Code != "not-a-write-up" {
			continue
		}
		err := fmt.Errorf("%s:%d:%d: %s", inc.File, p.Pos.Line, p.Pos.Column, p.Message)
		if p.Hint == "" {
			return err
		}
		return hint(err, "%s", p.Hint)
	}
	return nil
}

// warnTo tells errors of several files as they come; one never stops the rest.
func warnTo(env environment, err error) {
	fmt.Fprintf(env.stderr, "losstracer: error: %v\n", err)
	var h *hintError
	if errors.As(err, &h) {
		fmt.Fprintf(env.stderr, "losstracer: hint: %s\n", h.hint)
	}
}
