package label

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// columns of a table of tags, in the order in which they are written. The
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
