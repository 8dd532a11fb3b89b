package label

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// What a file may hold at most. A million tags fit.
const (
	maxFile   = 256 << 20
	maxLabel  = 200 // runes
	maxSource = 400
	maxErrors = 20
)

// SyntaxError is a tag, or a file of tags, that was refused.
type SyntaxError struct {
	File string
	Line int // 1 is the first; 0 where the file as a whole is meant
	Why  string
}

// Error gives file, line and reason.
func (e *SyntaxError) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Why
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Why)
}

// Read reads a file of tags: a TagPack where its name ends in .yaml or .yml, a
// table otherwise. The name is only for messages and for that choice. Skipped
// counts the tags that [ReadTagPack] left out.
func Read(name string, r io.Reader) (tags []Tag, skipped int, err error) {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".yaml", ".yml":
		return ReadTagPack(name, r)
	}
	tags, err = ReadCSV(name, r)
	return tags, 0, err
}

// slurp reads all of r, without the byte order mark that spreadsheets write.
func slurp(name string, r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("read tags %s: %w", name, err)
	}
	if len(b) > maxFile {
		return nil, &SyntaxError{File: name, Why: fmt.Sprintf("more than %d MiB", maxFile>>20)}
	}
	return bytes.TrimPrefix(b, []byte("\xef\xbb\xbf")), nil
}

// refusals collects what is wrong with a file, so that all of it can be put
// right at once. A file with any is refused whole: half a list of tags looks
// like a list in which the others are not.
type refusals struct {
	file string
	errs []error
	more int
}

func (r *refusals) add(line int, why error) {
	if len(r.errs) == maxErrors {
		r.more++
		return
	}
	r.errs = append(r.errs, &SyntaxError{r.file, line, why.Error()})
}

func (r *refusals) err() error {
	if r.more > 0 {
		return errors.Join(append(slices.Clip(r.errs), fmt.Errorf("%s: %d more tags are refused", r.file, r.more))...)
	}
	return errors.Join(r.errs...)
}

// written is a tag as a file gives it.
type written struct {
	address, chain, label, category, source, confidence, from, until string
}

var errNoSource = errors.New("a tag without a source is refused: say who makes the attribution")

func (w written) tag() (t Tag, err error) {
	if t.Address, err = parseAddress(w.address); err != nil {
		return t, err
	}
	if t.Chain, err = parseChain(w.chain); err != nil {
		return t, err
	}
	if t.Category, err = ParseCategory(w.category); err != nil {
		return t, err
	}
	if t.Confidence, err = parseConfidence(w.confidence); err != nil {
		return t, err
	}
	if t.From, err = parseMoment("from", w.from); err != nil {
		return t, err
	}
	if t.Until, err = parseMoment("until", w.until); err != nil {
		return t, err
	}
	if !t.Until.IsZero() && !t.Until.After(t.From) {
		return t, fmt.Errorf("until %s is not after from %s: the tag never holds", w.until, w.from)
	}
	t.Label, t.Source = chain.Printable(w.label, maxLabel), chain.Printable(w.source, maxSource)
	switch {
	case t.Source == "":
		return t, errNoSource
	case t.Label == "":
		return t, errors.New("a tag without a label says nothing")
	}
	return t, nil
}

// parseAddress holds an address in mixed case to its checksum (EIP-55): a wrong
// digit would put somebody's name on somebody else.
func parseAddress(s string) (common.Address, error) {
	s = strings.TrimSpace(s)
	a, err := chain.ParseAddress(s)
	if err != nil {
		return a, err
	}
	if digits := s[2:]; digits != strings.ToLower(digits) && digits != strings.ToUpper(digits) && digits != a.Hex()[2:] {
		return a, fmt.Errorf("address %q: its capitals are not its EIP-55 checksum: a digit may be wrong", s)
	}
	return a, nil
}

// parseChain reads a short name, a CAIP-2 id or a number. Nothing is every EVM
// chain.
func parseChain(s string) (uint64, error) {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "" {
		return 0, nil
	}
	if n, ok := chain.NetworkByName(s); ok {
		return n.ID, nil
	}
	id, err := strconv.ParseUint(strings.TrimPrefix(s, "eip155:"), 10, 64)
	if err != nil || id == 0 {
		return 0, fmt.Errorf("chain %q: want a short name such as ethereum, or a number; leave it empty for every EVM chain", s)
	}
	return id, nil
}

func parseConfidence(s string) (int, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 100 {
		return 0, fmt.Errorf("confidence %q: want 0 to 100", s)
	}
	return n, nil
}

// parseMoment reads a bound of time. Nothing is open.
func parseMoment(column, s string) (time.Time, error) {
	s = strings.TrimSpace(s)
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%s %q: want a date such as 2022-08-08, or a time as in RFC 3339", column, s)
}
