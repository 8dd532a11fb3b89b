package loss

import (
	_ "embed"
	"slices"
	"strings"

	"losstracer/chain"
)

// populations are made up by the tests of this package, but for the last, which
// they read.
var populations = []chain.Population{
	{ID: "made", What: "1,000 thefts made up by a program from seeds, in dollars of 2024: one to three thieves and the contracts they deploy; one to fourteen victims, named in six of ten; claims in seven of ten. " +
		"19 kinds of theft (keys, approvals, contracts, routers that pay out, flash loans, stakes, charged tokens, collectibles, senders that nobody sees, copies by somebody who was first), 10 kinds of things before it, 9 meanwhile, 26 afterwards, and one in forty an address that got gas alone, at random sizes, times and orders, all on one chain: what came in on another was not measured. " +
		"Of exchanges half are tagged, of mixers nine in ten, of victims a third; of copies, of returns by others and of returns to addresses that nobody knew the write-up links half, and the rest nobody can find; four write-ups in ten link txs of the theft, and one link in fifteen is of something else. " +
		"How often each occurs is our choice, so the shares of errors are those of this mixture and not of the world"},
	{ID: "made-unpriced", What: "the same thefts without a single price"},
	{ID: "kucoin", What: "the theft from KuCoin of 2020-09-25 as the chain has it: 164 transfers to the attackers' address, each known to be a part of it or a transfer of nothing; victims not named, and nothing but the coin has a price"},
}

// Populations returns what rates were measured on, in the order of [Rates].
func Populations() []chain.Population { return slices.Clone(populations) }

// ratesCSV is written by the test that measures, and held against a fresh
// measurement whenever the tests are run.
//
//go:embed rates.csv
var ratesCSV string

// Rates returns the measured error rates: rules in order, then classes and
// figures; by population within each.
func Rates() []chain.Rate {
	list, err := chain.ReadRates(ratesCSV)
	if err != nil {
		panic("loss: " + err.Error())
	}
	says := map[string]string{}
	for _, r := range Rules() {
		says[r.String()] = r.Says()
	}
	for i := range list {
		r := &list[i]
		r.Says = says[r.Subject]
		if class, ok := strings.CutPrefix(r.Subject, "class "); ok {
			r.Says = "everything that was judged " + class
		}
		if figure, ok := strings.CutPrefix(r.Subject, "figure "); ok {
			r.Says = "the " + figure + " quantity of an asset is exact"
		}
		if r.Subject == "victim" {
			r.Says = "victims that the write-up does not name are found, by whichever rule"
		}
	}
	return list
}
