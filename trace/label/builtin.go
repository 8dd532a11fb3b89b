package label

import (
	"bytes"
	_ "embed"
)

// The set was put together one service at a time from what the services, the
// authorities and the explorers publish; the column source names it for every
// row. Sorted by address, then chain.
//
//go:embed builtin.csv
var builtin []byte

// Builtin returns a new book of well-known services, sanctioned persons,
// tokens and burn addresses.
func Builtin() *Book {
	tags, err := ReadCSV("builtin.csv", bytes.NewReader(builtin))
	if err != nil {
		panic("label: " + err.Error())
	}
	b := new(Book)
	b.Add(tags...)
	return b
}
