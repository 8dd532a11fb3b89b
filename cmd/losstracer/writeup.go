package main

import (
	"bytes"
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

// writeUps expands arguments: a folder stands for its *.md, in order of name,
// save those that are plainly about something else, which come as skipped.
func writeUps(args []string) (files, skipped []string, err error) {
	for _, arg := range args {
		stat, err := os.Stat(arg)
		if err != nil {
			return nil, nil, hint(fmt.Errorf("read the write-up: %w", err), "name a write-up in Markdown, or a folder of them")
		}
		if !stat.IsDir() {
			files = append(files, arg)
			continue
		}
		found, err := filepath.Glob(filepath.Join(escapeGlob(arg), "*.md"))
		if err != nil {
			return nil, nil, fmt.Errorf("list %s: %w", arg, err)
		}
		slices.Sort(found)
		before := len(files)
		for _, file := range found {
			if aside(file) {
				skipped = append(skipped, file)
			} else {
				files = append(files, file)
			}
		}
		if len(files) == before {
			return nil, nil, hint(fmt.Errorf("%s holds no write-ups", arg), "a folder is read for its *.md with front matter; folders in it are not: name them as well")
		}
	}
	return files, skipped, nil
}

// aside reports whether a file that lies among write-ups is plainly none: it
// has no front matter, and is called what such files are called, or has nothing
// that could be checked. Where a write-up only lacks the front matter that is an
// error to be told of.
func aside(file string) bool {
	d, err := readWriteUpFile(file)
	if err != nil || bytes.HasPrefix(bytes.TrimSpace(d.Content), []byte("---")) {
		return false
	}
	inc := incident.Parse(d.Name, d.Content)
	if refused(inc) == nil {
		return false
	}
	switch strings.ToLower(writeUpName(file)) {
	case "readme", "index", "contributing", "changelog", "license", "security", "code_of_conduct":
		return true
	}
	return len(inc.Addresses)+len(inc.Transactions)+len(inc.Claims) == 0
}

// whySkipped is what is said of a file that is plainly no write-up.
const whySkipped = "no write-up: it has no front matter"

func tellSkipped(env environment, skipped []string) {
	for _, file := range skipped {
		fmt.Fprintf(env.stderr, "losstracer: skipped %s: %s\n", file, whySkipped)
	}
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
