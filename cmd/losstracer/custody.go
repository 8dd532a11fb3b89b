package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The files that make a folder of reports an evidence package.
const (
	custodyName  = "custody.txt"
	manifestName = "SHA256SUMS"
	packagedCase = "evidence.case"
)

// custody is the log of who made a package, with what, and when.
type custody struct {
	command  []string // as given, keys of URLs taken out
	operator string   // empty where nobody was named
	begun    time.Time
	ended    time.Time
	hosts    []string // endpoints that were given
}

func (c custody) text() ([]byte, error) {
	digest, err := binaryDigest()
	if err != nil {
		return nil, err
	}
	operator := c.operator
	if operator == "" {
		operator = "not named"
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "command   losstracer %s\n", strings.Join(c.command, " "))
	fmt.Fprintf(&b, "operator  %s\n", operator)
	fmt.Fprintf(&b, "begun     %s\nended     %s\n", c.begun.Format(time.RFC3339), c.ended.Format(time.RFC3339))
	fmt.Fprintf(&b, "version   %s\nbinary    %s\n", version(), digest)
	for _, h := range c.hosts {
		fmt.Fprintf(&b, "endpoint  %s\n", h)
	}
	return b.Bytes(), nil
}

// seal ends the log, writes it into a package, and lists the digests of all
// its files, ready to be signed.
func (c custody) seal(dir string) error {
	c.ended = time.Now().UTC()
	text, err := c.text()
	if err != nil {
		return err
	}
	if err := writeFile(filepath.Join(dir, custodyName), text, ""); err != nil {
		return err
	}
	sums, err := digests(dir)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, manifestName), sums, "")
}

// digests lists the files below a folder with their SHA-256, in the form that
// sha256sum -c reads.
func digests(dir string) ([]byte, error) {
	var lines []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil || name == manifestName {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		lines = append(lines, hex.EncodeToString(sum[:])+"  "+filepath.ToSlash(name)+"\n")
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("digests of %s: %w", dir, err)
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[64:], b[64:]) })
	return []byte(strings.Join(lines, "")), nil
}

// checkManifest holds the files of a package against its list of digests: what
// was changed, what is gone, and what was added.
func checkManifest(dir string) (files int, err error) {
	listed, err := os.ReadFile(filepath.Join(dir, manifestName))
	if err != nil {
		return 0, hint(fmt.Errorf("%s is not a file, nor a package of reports: %w", dir, err), "a package is made by losstracer verify INCIDENT.md --out DIR")
	}
	found, err := digests(dir)
	if err != nil {
		return 0, err
	}
	want, got := byName(listed), byName(found)
	var wrong []error
	for _, name := range sortedNames(want, got) {
		switch {
		case got[name] == "":
			wrong = append(wrong, fmt.Errorf("%s: listed in %s, and not there", name, manifestName))
		case want[name] == "":
			wrong = append(wrong, fmt.Errorf("%s: there, and not listed in %s", name, manifestName))
		case got[name] != want[name]:
			wrong = append(wrong, fmt.Errorf("%s: its SHA-256 is %s, listed is %s", name, got[name], want[name]))
		}
	}
	return len(want), errors.Join(wrong...)
}

func byName(sums []byte) map[string]string {
	list := map[string]string{}
	for lines := bufio.NewScanner(bytes.NewReader(sums)); lines.Scan(); {
		if sum, name, ok := strings.Cut(lines.Text(), "  "); ok {
			list[name] = sum
		}
	}
	return list
}

func sortedNames(lists ...map[string]string) []string {
	var names []string
	for _, list := range lists {
		for name := range list {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
