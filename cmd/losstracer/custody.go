package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// The files that make a folder of reports an evidence package, beside the
// manifest.
const (
	custodyName  = "custody.txt"
	packagedCase = "evidence.case"
)

// custody is an entry in the log of who worked on a package, with what, and
// when. The log only grows: each run adds its entry, and what it found.
type custody struct {
	command  []string // as given, keys of URLs taken out
	operator string   // empty where nobody was named
	binary   string   // digest of the program
	hosts    []string // endpoints and price services that were given
	found    []string // what was there when the work began
	begun    time.Time
	ended    time.Time // zero while the work goes on, and where it was broken off
	outcome  string    // how it ended
}

func (c custody) text() string {
	operator := c.operator
	if operator == "" {
		operator = "not named"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "command   losstracer %s\n", strings.Join(c.command, " "))
	fmt.Fprintf(&b, "operator  %s\n", operator)
	fmt.Fprintf(&b, "version   %s\nbinary    %s\n", version(), c.binary)
	for _, h := range c.hosts {
		fmt.Fprintf(&b, "endpoint  %s\n", h)
	}
	for _, f := range c.found {
		fmt.Fprintf(&b, "found     %s\n", f)
	}
	fmt.Fprintf(&b, "begun     %s\n", c.begun.Format(time.RFC3339))
	if !c.ended.IsZero() {
		fmt.Fprintf(&b, "ended     %s\noutcome   %s\n", c.ended.Format(time.RFC3339), c.outcome)
	}
	return b.String()
}

// evidencePackage is an evidence package that is being worked on. It has no manifest
// until it is sealed: one that was broken off can be told from one that was
// finished.
type evidencePackage struct {
	dir    string
	before string // the log so far
	entry  custody
}

// beginPackage opens a package, which may be new, enters into its log who works on
// it and what was there, and takes its manifest away.
func beginPackage(dir string, entry custody) (*evidencePackage, error) {
	if err := makeFolder(dir); err != nil {
		return nil, err
	}
	p := &evidencePackage{dir: dir, entry: entry}
	p.entry.begun = time.Now().UTC()
	log, err := os.ReadFile(filepath.Join(dir, custodyName))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read the log of custody: %w", err)
	}
	if len(log) > 0 {
		p.before = string(log) + "\n"
	}
	if p.entry.found, err = found(dir, len(log) > 0); err != nil {
		return nil, err
	}
	if err := p.enter(); err != nil {
		return nil, err
	}
	if err := os.Remove(filepath.Join(dir, manifestName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("unseal %s: %w", dir, err)
	}
	return p, nil
}

// found says what there is of a package, for the log: which seal, and whether
// it still holds.
func found(dir string, logged bool) ([]string, error) {
	sums, err := os.ReadFile(filepath.Join(dir, manifestName))
	switch {
	case errors.Is(err, fs.ErrNotExist) && logged:
		return []string{"no " + manifestName + ": the run before was broken off"}, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read the manifest: %w", err)
	}
	digest := sha256.Sum256(sums)
	lines := []string{fmt.Sprintf("%s sha256:%s", manifestName, hex.EncodeToString(digest[:]))}
	faults, _, err := checkManifest(dir)
	if err != nil {
		return nil, err
	}
	if len(faults) == 0 {
		lines[0] += ", every file as listed"
	}
	return append(lines, faults...), nil
}

func (p *evidencePackage) enter() error {
	return writeFile(filepath.Join(p.dir, custodyName), []byte(p.before+p.entry.text()), "")
}

// seal ends the entry in the log and lists the digests of all files, ready to
// be signed.
func (p *evidencePackage) seal(outcome string) error {
	p.entry.ended, p.entry.outcome = time.Now().UTC(), outcome
	if err := p.enter(); err != nil {
		return err
	}
	sums, err := digests(p.dir)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(p.dir, manifestName), sums, "")
}

// madeBy reports whether the last entry of a log is of a program with that
// digest.
func madeBy(log []byte, binary string) bool {
	at := bytes.LastIndex(log, []byte("\nbinary    "))
	return at >= 0 && bytes.HasPrefix(log[at+1:], []byte("binary    "+binary+"\n"))
}
