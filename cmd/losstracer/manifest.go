package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// manifestName is the file of a package that lists the SHA-256 of every other.
const manifestName = "SHA256SUMS"

// errUnsealed: a folder has no manifest.
var errUnsealed = errors.New("has no " + manifestName)

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
		sum, err := fileDigest(path)
		if err != nil {
			return err
		}
		lines = append(lines, sum+"  "+filepath.ToSlash(name)+"\n")
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("digests of %s: %w", dir, err)
	}
	slices.SortFunc(lines, func(a, b string) int { return strings.Compare(a[64:], b[64:]) })
	return []byte(strings.Join(lines, "")), nil
}

// checkManifest holds the files of a package against its list of digests, and
// says what was changed, what is gone, and what was added. It returns how many
// files are listed. A folder without a list is errUnsealed.
func checkManifest(dir string) (faults []string, files int, err error) {
	listed, err := os.ReadFile(filepath.Join(dir, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("%s %w", dir, errUnsealed)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read the manifest: %w", err)
	}
	found, err := digests(dir)
	if err != nil {
		return nil, 0, err
	}
	want, got := byName(listed), byName(found)
	for _, name := range sortedNames(want, got) {
		switch {
		case got[name] == "":
			faults = append(faults, fmt.Sprintf("%s: listed in %s, and not there", name, manifestName))
		case want[name] == "":
			faults = append(faults, fmt.Sprintf("%s: there, and not listed in %s", name, manifestName))
		case got[name] != want[name]:
			faults = append(faults, fmt.Sprintf("%s: its SHA-256 is %s, listed is %s", name, got[name], want[name]))
		}
	}
	return faults, len(want), nil
}

// fileDigest is the SHA-256 of a file, in hexadecimal digits. A case may be
// large: it is not held.
func fileDigest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, f)
	return hex.EncodeToString(sum.Sum(nil)), errors.Join(err, f.Close())
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
