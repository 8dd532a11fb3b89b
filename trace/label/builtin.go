package label

import (
	"bytes"
	_ "embed"
	"slices"
	"strings"
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

// listedServices are the parties of sanctions lists at whose addresses other
// people's money lies.
var listedServices = []string{
	"TORNADO CASH", "GARANTEX EUROPE OU", "CHATEX", "SUEX OTC, S.R.O.", "CRYPTEX", "SHPS SHELBIT", "CRYPTO HOME DMCC", "VALERIAN LABS",
}

// ListsPerson reports whether a tag has from the sanctions list that the
// built-in set draws on that the address is a person's or a group's, and not a
// service's: what is paid to it mixes with nobody else's.
func (t Tag) ListsPerson() bool {
	return t.Category == Sanctioned && strings.HasPrefix(t.Source, "OFAC SDN list") && !slices.Contains(listedServices, t.Label)
}
