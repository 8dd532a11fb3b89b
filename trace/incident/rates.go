package incident

import (
	_ "embed"
	"strings"

	"losstracer/chain"
)

// ratesCSV is written by the test that measures, and held against a fresh
// measurement where the write-ups are at hand.
//
//go:embed rates.csv
var ratesCSV string

// Populations returns what [Rates] were measured on.
func Populations() []chain.Population {
	return []chain.Population{{ID: "write-ups", What: "64 real write-ups of thefts from 2013 to 2025 by dozens of hands, of which somebody took everything by hand. The reader was made with them before its maker's eyes, " +
		"so that it does worse on what it has not seen: its first run on as many others was right for nine figures of ten. Almost all of the addresses are attackers'"}}
}

// Rates returns how often the reader was wrong: by what part an address or a tx
// is said to play, and by kind of figure.
func Rates() []chain.Rate {
	list, err := chain.ReadRates(ratesCSV)
	if err != nil {
		panic("incident: " + err.Error())
	}
	for i := range list {
		list[i].Says = saysRate(list[i].Subject)
	}
	return list
}

func saysRate(subject string) string {
	kind, which, _ := strings.Cut(subject, " ")
	switch kind {
	case "address":
		return "by headings and words around it an address is said to be: " + which
	case "tx":
		return "by headings and words around it a linked transaction is said to be: " + which
	}
	return "what is read from the text as: " + strings.ReplaceAll(which, "_", " ")
}
