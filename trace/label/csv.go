package label

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"losstracer/chain"
)

// columns of a table of tags, in the order in which [WriteCSV] gives them. The
// first six have to be there.
var columns = []string{"address", "chain", "label", "category", "source", "confidence", "from", "until"}

const required = 6

// ReadCSV reads a table of tags with the header address, chain, label,
// category, source, confidence, in any order and among other columns. An empty
// chain is every EVM chain. Two more columns, from and until, bound the time in
// which a tag holds by a date, which is the beginning of its day in UTC, or a
// time as in RFC 3339; until is no longer in it. A file in which any tag is wrong is refused; the
// error names up to twenty of them, each a [SyntaxError].
func ReadCSV(name string, r io.Reader) ([]Tag, error) {
	b, err := slurp(name, r)
	if err != nil {
		return nil, err
	}
	rows := csv.NewReader(bytes.NewReader(b))
	rows.FieldsPerRecord = -1
	head, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, &SyntaxError{File: name, Why: "no header: want " + strings.Join(columns[:required], ",")}
	}
	if err != nil {
		return nil, malformed(name, err)
	}
	at, err := header(head)
	if err != nil {
		return nil, &SyntaxError{name, 1, err.Error()}
	}
	return readRows(name, rows, at, len(head))
}

func readRows(name string, rows *csv.Reader, at map[string]int, width int) ([]Tag, error) {
	var tags []Tag
	bad := refusals{file: name}
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return accepted(tags, &bad)
		}
		if err != nil {
			return nil, malformed(name, err)
		}
		line, _ := rows.FieldPos(0)
		if len(row) != width {
			bad.add(line, fmt.Errorf("%d fields where the header has %d: quote what holds a comma", len(row), width))
			continue
		}
		t, err := fields(row, at).tag()
		if err != nil {
			bad.add(line, err)
			continue
		}
		tags = append(tags, t)
	}
}

func accepted(tags []Tag, bad *refusals) ([]Tag, error) {
	if err := bad.err(); err != nil {
		return nil, err
	}
	return tags, nil
}

// header finds the columns.
func header(head []string) (map[string]int, error) {
	at := make(map[string]int)
	for i, h := range head {
		h = strings.ToLower(strings.TrimSpace(h))
		if _, twice := at[h]; twice && slices.Contains(columns, h) {
			return nil, fmt.Errorf("column %s is given twice", h)
		}
		at[h] = i
	}
	for _, c := range columns[:required] {
		if _, ok := at[c]; !ok {
			return nil, fmt.Errorf("no column %s: want %s", c, strings.Join(columns[:required], ","))
		}
	}
	return at, nil
}

func fields(row []string, at map[string]int) written {
	w := written{
		address: row[at["address"]], chain: row[at["chain"]], label: row[at["label"]],
		category: row[at["category"]], source: row[at["source"]], confidence: row[at["confidence"]],
	}
	if i, ok := at["from"]; ok {
		w.from = row[i]
	}
	if i, ok := at["until"]; ok {
		w.until = row[i]
	}
	return w
}

// malformed puts the line that encoding/csv found in the form of the others.
func malformed(name string, err error) error {
	var p *csv.ParseError
	if errors.As(err, &p) {
		return &SyntaxError{name, p.StartLine, p.Err.Error()}
	}
	return fmt.Errorf("read tags %s: %w", name, err)
}

// WriteCSV writes tags as [ReadCSV] reads them, in the order given.
func WriteCSV(w io.Writer, tags []Tag) error {
	rows := csv.NewWriter(w)
	_ = rows.Write(columns) // the error stays, and Flush gives it
	for _, t := range tags {
		_ = rows.Write([]string{
			chain.Hex(t.Address), chainName(t.Chain), t.Label, string(t.Category), t.Source, strconv.Itoa(t.Confidence), moment(t.From), moment(t.Until),
		})
	}
	rows.Flush()
	if err := rows.Error(); err != nil {
		return fmt.Errorf("write tags: %w", err)
	}
	return nil
}

// moment writes a bound of time: as a date where it is the beginning of a day.
func moment(t time.Time) string {
	t = t.UTC()
	switch {
	case t.IsZero():
		return ""
	case t.Equal(t.Truncate(24 * time.Hour)):
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339Nano)
}

func chainName(id uint64) string {
	if id == 0 {
		return ""
	}
	if n, ok := chain.NetworkByID(id); ok {
		return n.Name
	}
	return strconv.FormatUint(id, 10)
}
