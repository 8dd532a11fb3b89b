package reconcile

import (
	_ "embed"

	"losstracer/chain"
)

// ratesCSV is written by the test that measures, and held against a fresh
// measurement whenever the tests are run.
//
//go:embed rates.csv
var ratesCSV string

// Populations returns what [Rates] were measured on.
func Populations() []chain.Population {
	return []chain.Population{{ID: "damaged", What: "write-ups of 150 thefts made up by a program from seeds, each spoilt in one of 29 ways; and five of each as they should be, one with a comma before decimals. " +
		"The cause that is named first for the first figure found wrong is held against what was spoilt. Figures of another incident look like a slip of the unit by chance about once in fifty. Real write-ups are wrong in more ways, and in several at once"}}
}

// Rates returns how often the cause that was named first was not the one, and
// how often a write-up was found wrong that is not.
func Rates() []chain.Rate {
	list, err := chain.ReadRates(ratesCSV)
	if err != nil {
		panic("reconcile: " + err.Error())
	}
	for i := range list {
		list[i].Says = "the cause that is named first"
		if list[i].Subject == accusesNone {
			list[i].Says = "a write-up in which nothing is wrong is accused of nothing"
		}
	}
	return list
}

// accusesNone is the subject of the rate of false accusations.
const accusesNone = "undamaged"
