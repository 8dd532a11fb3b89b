package loss

import (
	_ "embed"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Rate is how often a rule, or a class as a whole, was wrong on a population of
// which the truth is known.
type Rate struct {
	Subject    string // id of a rule; "class" and the class; "figure" and which; "victim"
	Says       string // what it goes by
	Population string // id, see [Populations]
	// Said is how often it spoke, and Wrong how often that was not so. Due is
	// how often it, or the class, should have been the answer, and Missed how
	// often the answer was another.
	Said, Wrong, Due, Missed int
}

// Population is what rates were measured on.
type Population struct{ ID, What string }

// populations are made up by the tests of this package, but for the last, which
// they read.
var populations = []Population{
	{"made", "1,000 thefts made up by a program from seeds, in dollars of 2024: one to three thieves and the contracts they deploy; one to fourteen victims, named in six of ten; claims in seven of ten. " +
		"17 kinds of theft (keys, approvals, contracts, routers that pay out, flash loans, stakes, charged tokens, collectibles, senders that nobody sees, copies by somebody who was first), 10 kinds of things before it, 9 meanwhile, 24 afterwards, at random sizes, times and orders. " +
		"Of exchanges half are tagged, of mixers nine in ten, of victims a third; of copies and of returns by others the write-up links half, and the rest nobody can find. " +
		"How often each occurs is our choice, so the shares of errors are those of this mixture and not of the world"},
	{"made-unpriced", "the same thefts without a single price"},
	{"kucoin", "the theft from KuCoin of 2020-09-25 as the chain has it: 164 transfers to the attackers' address, each known to be a part of it or a transfer of nothing; victims not named, and nothing but the coin has a price"},
}

// Populations returns what rates were measured on, in the order of [Rates].
func Populations() []Population { return slices.Clone(populations) }

// ratesCSV is written by the test that measures, and held against a fresh
// measurement whenever the tests are run.
//
//go:embed rates.csv
var ratesCSV string

// Rates returns the measured error rates: rules in order, then classes and
// figures; by population within each.
func Rates() []Rate {
	rows, err := csv.NewReader(strings.NewReader(ratesCSV)).ReadAll()
	if err != nil {
		panic("loss: rates.csv: " + err.Error())
	}
	says := map[string]string{}
	for _, r := range Rules() {
		says[r.String()] = r.Says()
	}
	var list []Rate
	for _, row := range rows[1:] {
		r := Rate{Subject: row[0], Says: says[row[0]], Population: row[1]}
		for i, n := range []*int{&r.Said, &r.Wrong, &r.Due, &r.Missed} {
			if *n, err = strconv.Atoi(row[i+2]); err != nil {
				panic(fmt.Sprintf("loss: rates.csv: %q: %v", row, err))
			}
		}
		if class, ok := strings.CutPrefix(r.Subject, "class "); ok {
			r.Says = "everything that was judged " + class
		}
		if figure, ok := strings.CutPrefix(r.Subject, "figure "); ok {
			r.Says = "the " + figure + " quantity of an asset is exact"
		}
		if r.Subject == "victim" {
			r.Says = "victims that the write-up does not name are found, by whichever rule"
		}
		list = append(list, r)
	}
	return list
}
