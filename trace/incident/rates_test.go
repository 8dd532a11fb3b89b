package incident

import (
	"cmp"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"losstracer/chain"
)

var update = flag.Bool("update", false, "write the measured error rates")

// TestRates measures how often the reader is wrong on write-ups of which the
// truth is known, and holds the table that reports print against that.
func TestRates(t *testing.T) {
	t.Parallel()
	rates := map[string]*chain.Rate{}
	of := func(subject string) *chain.Rate {
		if rates[subject] == nil {
			rates[subject] = &chain.Rate{Subject: subject, Population: "write-ups"}
		}
		return rates[subject]
	}
	for name, doc := range corpus(t) {
		l := labelOf(t, name)
		inc := Parse(name, doc)
		said, due := map[string]string{}, map[string]string{}
		for _, a := range inc.Addresses {
			said["address "+addressKey(a.Address, a.Chain)] = string(a.Role)
		}
		for _, a := range l.Addresses {
			due["address "+addressKey(a.Address, a.Chain)] = a.Role
		}
		for _, tx := range inc.Transactions {
			said["tx "+strings.ToLower(tx.Hash)] = string(tx.Role)
		}
		for _, tx := range l.Transactions {
			due["tx "+strings.ToLower(tx.Hash)] = tx.Role
		}
		countRoles(said, due, of)
		want, got, prose := l.sets(t), outputSets(t, inc), l.prose(t)
		for _, f := range fields {
			if f != "addresses" && f != "attackers" && f != "transactions" {
				countField(want[f], got[f], optional(f, prose), of("read "+f))
			}
		}
	}
	var got []chain.Rate
	for _, r := range rates {
		got = append(got, *r)
	}
	slices.SortFunc(got, func(a, b chain.Rate) int { return cmp.Compare(a.Subject, b.Subject) })
	if *update {
		if err := os.WriteFile("rates.csv", []byte(chain.RatesTable(got)), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want := Rates()
	for i := range want {
		want[i].Says = ""
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("the table of error rates is not what was measured; go test ./trace/incident -run TestRates -update writes it (-table +measured):\n%s", diff)
	}
}

// countRoles sets what parts are said against what they are. What nobody wrote
// down is counted as wrong, unless the reader does not say either.
func countRoles(said, due map[string]string, of func(string) *chain.Rate) {
	for key, role := range said {
		kind, _, _ := strings.Cut(key, " ")
		r := of(kind + " " + role)
		r.Said++
		if due[key] != role {
			r.Wrong++
		}
	}
	for key, role := range due {
		kind, _, _ := strings.Cut(key, " ")
		r := of(kind + " " + role)
		r.Due++
		if said[key] != role {
			r.Missed++
		}
	}
}

func countField(want, got set, optional func(string) bool, r *chain.Rate) {
	for k := range got {
		if !want[k] && optional(k) {
			continue
		}
		r.Said++
		if !want[k] {
			r.Wrong++
		}
	}
	for k := range want {
		r.Due++
		if !got[k] {
			r.Missed++
		}
	}
}
