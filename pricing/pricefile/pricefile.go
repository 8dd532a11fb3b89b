// Package pricefile reads prices that a user keeps in a file.
//
// # Input
//
// CSV with a header that names at least the columns asset_id, time, price_usd
// and source, in any order; more columns are ignored. asset_id is a CAIP-19
// asset id or a bare upper-case symbol, time is RFC 3339.
//
// # Output
//
// Quotes in the order of the file. A row says what was true at its time: a
// day's close belongs at the end of that day, or it looks ahead. A price of zero is in
// doubt: what exports write where they know nothing looks the same.
//
// # Limits
//
// A file with one bad row is refused whole, with the row's line and what is
// wrong: a price silently left out would show up as an unpriced loss.
package pricefile

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"losstracer/pricing"
)

// Method is the method that quotes from a file carry.
const Method = "price file"

// A SyntaxError says where a file is not a price file.
type SyntaxError struct {
	File   string
	Line   int
	Column int // counted from 1; 0 where the whole line is meant
	What   string
}

func (e *SyntaxError) Error() string {
	if e.Column == 0 {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.What)
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.File, e.Line, e.Column, e.What)
}

var columns = [...]string{"asset_id", "time", "price_usd", "source"}

// Read returns the quotes of a file. What is wrong with it is a *SyntaxError.
func Read(name string, r io.Reader) ([]pricing.Quote, error) {
	rows := csv.NewReader(r)
	rows.FieldsPerRecord = -1
	rows.TrimLeadingSpace = true
	rows.Comment = '#'
	header, err := rows.Read()
	if errors.Is(err, io.EOF) {
		return nil, &SyntaxError{File: name, Line: 1, What: "the file is empty"}
	}
	if err != nil {
		return nil, located(name, err)
	}
	at, err := locate(name, header)
	if err != nil {
		return nil, err
	}
	var quotes []pricing.Quote
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return quotes, nil
		}
		if err != nil {
			return nil, located(name, err)
		}
		quote, column, err := parseRow(row, at)
		if err != nil {
			line, col := rows.FieldPos(min(column, len(row)-1))
			return nil, &SyntaxError{File: name, Line: line, Column: col, What: err.Error()}
		}
		quotes = append(quotes, quote)
	}
}

func located(name string, err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return &SyntaxError{File: name, Line: parse.Line, Column: parse.Column, What: parse.Err.Error()}
	}
	return fmt.Errorf("read %s: %w", name, err)
}

// locate finds the known columns in a header.
func locate(name string, header []string) (map[string]int, error) {
	at := make(map[string]int)
	for i, h := range header {
		h = strings.TrimSpace(strings.TrimPrefix(h, "\ufeff"))
		if _, twice := at[h]; twice && slices.Contains(columns[:], h) {
			return nil, &SyntaxError{File: name, Line: 1, What: fmt.Sprintf("the column %s stands there twice", h)}
		}
		at[h] = i
	}
	for _, c := range columns {
		if _, ok := at[c]; !ok {
			return nil, &SyntaxError{File: name, Line: 1, What: fmt.Sprintf("no column %s; want the header %s", c, strings.Join(columns[:], ","))}
		}
	}
	return at, nil
}

// parseRow also returns the index of the field that an error is about.
func parseRow(row []string, at map[string]int) (q pricing.Quote, column int, err error) {
	field := func(name string) string {
		column = at[name]
		if column >= len(row) {
			return ""
		}
		return strings.TrimSpace(row[column])
	}
	if q.Subject, err = pricing.ParseSubject(field("asset_id")); err != nil {
		return q, column, err
	}
	if q.At, err = time.Parse(time.RFC3339, field("time")); err != nil {
		return q, column, fmt.Errorf("time %q: want RFC 3339, as 2023-11-18T17:00:00Z", field("time"))
	}
	q.At = q.At.UTC()
	if q.Price, err = pricing.ParsePrice(field("price_usd")); err != nil {
		return q, column, fmt.Errorf("price_usd %w", err)
	}
	if q.Source = field("source"); q.Source == "" {
		return q, column, errors.New("no source: a price has to say where it comes from")
	}
	if q.Method = Method; q.Price.IsZero() {
		q.Doubt = "the file says that it was worth nothing"
	}
	return q, column, nil
}
