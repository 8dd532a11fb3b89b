package flow

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"losstracer/chain"
)

// labelledSet has the shape of the published set of labelled laundering flows:
// five incidents, 6,701 flows, several hops in a block, accounts that send more
// than is known to have come in, ten times as much of other people's business.
func labelledSet(seed uint64) genParams {
	return genParams{seed: seed, incidents: 5, flows: 6701, services: 12, noise: 10, hops: 20}
}

func (g *laundering) imported(t *testing.T, order []int) Request {
	t.Helper()
	var file bytes.Buffer
	if err := g.writeCSV(&file, order); err != nil {
		t.Fatal(err)
	}
	req := g.request()
	req.Record = &Record{}
	if err := req.Record.ReadCSV(&file, "flows.csv"); err != nil {
		t.Fatal(err)
	}
	return req
}

// reach is the part of the labelled value that stands at terminals that were
// reached.
func (g *laundering) reach(r *Result) float64 {
	reached := map[uint32]bool{}
	for _, x := range r.Terminals {
		reached[genNumber(x.Account.Address)] = true
	}
	for _, h := range r.Held {
		reached[genNumber(h.Account.Address)] = true
	}
	var found, all uint64
	for account, value := range g.labelled {
		all += value
		if reached[account] {
			found += value
		}
	}
	return float64(found) / float64(all)
}

// TestLabelledTerminals measures reach under every policy: of the labelled value
// at least 97 % stands at terminals that are reached, and nobody is reached whom
// no labelled flow feeds. The second network of each kind comes from a file, which
// gives dollars.
func TestLabelledTerminals(t *testing.T) {
	t.Parallel()
	plain, victims, swaps := labelledSet, func(seed uint64) genParams {
		p := labelledSet(seed)
		p.victims = 150
		return p
	}, func(n int) func(uint64) genParams {
		return func(seed uint64) genParams {
			p := labelledSet(seed)
			p.swaps, p.flows = n, 2500
			return p
		}
	}
	for _, test := range []struct {
		name   string
		params func(seed uint64) genParams // with an odd seed from a file
	}{
		{"three conversions, half of them in two txs", func(seed uint64) genParams {
			p := swaps(3)(seed)
			p.seed, p.desks, p.flows = 2*seed+1, true, 1500 // with prices
			return p
		}},
		{"one asset", plain}, {"many victims of one thief", victims}, {"one conversion", swaps(1)}, {"two conversions", swaps(2)}, {"three conversions", swaps(3)},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(2) {
				if seed > 0 && testing.Short() {
					break
				}
				p := test.params(seed)
				g := generate(p)
				req := g.request()
				if p.seed%2 == 1 {
					req = g.imported(t, rand.New(rand.NewPCG(seed, 2)).Perm(len(g.rows)))
				}
				t.Logf("%d flows to %d hops, %d accounts short of inflow, %d conversions, %d rows", g.flows, g.deepest, g.short, g.swaps, len(g.rows))
				for _, req.Policy = range Policies() {
					g.measure(t, req)
				}
			}
		})
	}
}

func (g *laundering) measure(t *testing.T, req Request) *Result {
	t.Helper()
	r := trace(t, req)
	share := g.reach(r)
	t.Logf("%s: %.2f %% of the labelled value reached", req.Policy, 100*share)
	if share < 0.97 {
		t.Errorf("%s: %.4f of the labelled value is reached", req.Policy, share)
	}
	for _, n := range r.Nodes() {
		if number := genNumber(n.Account.Address); n.Hop > 0 && !g.fed[number] {
			t.Fatalf("%s: account %d is reached and nothing feeds it", req.Policy, number)
		}
	}
	return r
}

// TestExportsOfLabelled: a table of flows has no index of its own, and one amount
// in dollars. However it is made an import, nothing is missed; and where the
// order is given, every amount is the same.
func TestExportsOfLabelled(t *testing.T) {
	t.Parallel()
	params := labelledSet(11)
	params.flows, params.victims = 1500, 40
	g := generate(params)
	inOrder := make([]int, len(g.rows))
	for i := range inOrder {
		inOrder[i] = i
	}
	rng := rand.New(rand.NewPCG(11, 2))
	dollar := func(id string) func(uint8) string { return func(uint8) string { return id } }
	given := map[string]exported{
		"numbered within the block":    {},
		"numbered by row":              {index: func(i int, _ *genRow) string { return strconv.Itoa(i) }},
		"in cents of nothing":          {scale: "00", plain: true},
		"in 18 decimals":               {scale: strings.Repeat("0", 12)},
		"as coins":                     {asset: dollar("eip155:1/slip44:60")},
		"as a token that is not one":   {asset: dollar("eip155:1/erc20:0x0000000000000000000000000000000000000001")},
		"with times as a table writes": {time: func(at uint64) string { return time.Unix(int64(at), 0).UTC().Format("2006-01-02 15:04:05") }},
	}
	vague := map[string]exported{
		"with no index":            {index: func(int, *genRow) string { return "" }},
		"with one index":           {index: func(int, *genRow) string { return "0" }},
		"with no index, no hashes": {index: func(int, *genRow) string { return "" }, noTx: true},
	}
	run := func(name string, as exported, order []int) *Result {
		t.Log(name)
		var file bytes.Buffer
		if err := g.writeAs(&file, order, as); err != nil {
			t.Fatal(err)
		}
		req := g.request()
		req.Record = &Record{}
		if err := req.Record.ReadCSV(&file, "flows.csv"); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return g.measure(t, req)
	}
	amounts := func(r *Result, scale string) map[string]string {
		all := map[string]string{}
		for _, x := range r.Terminals {
			all[fmt.Sprint(x.Kind, genNumber(x.Account.Address))] = strings.TrimSuffix(x.Units.String(), scale)
		}
		for _, h := range r.Held {
			all[fmt.Sprint("held", genNumber(h.Account.Address))] = strings.TrimSuffix(h.Units.String(), scale)
		}
		return all
	}
	want := amounts(run("as made", exported{}, inOrder), "")
	for name, as := range given {
		if diff := cmp.Diff(want, amounts(run(name, as, rng.Perm(len(g.rows))), as.scale)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
	}
	for name, as := range vague {
		run(name, as, rng.Perm(len(g.rows)))
	}
}

// TestOrderOfRows: the same rows in any order give the same result.
func TestOrderOfRows(t *testing.T) {
	t.Parallel()
	g := generate(genParams{seed: 3, incidents: 2, flows: 800, services: 4, noise: 5, hops: 12})
	var first string
	for seed := range uint64(3) {
		req := g.imported(t, rand.New(rand.NewPCG(seed, 5)).Perm(len(g.rows)))
		text := written(t, trace(t, req))
		if first == "" {
			first = text
		}
		if first != text {
			t.Fatal("another order of rows, another result")
		}
	}
}

// TestLabelledAgainstReference checks amounts to the base unit on networks of
// this kind, on a scale that the reference can bear.
func TestLabelledAgainstReference(t *testing.T) {
	t.Parallel()
	g := generate(genParams{seed: 9, incidents: 2, flows: 300, services: 3, noise: 2, hops: 20})
	rows := make([]refRow, len(g.rows))
	for i, w := range g.rows {
		rows[i] = refRow{block: int(w.block), index: int(w.index), tx: int(w.tx), from: int(w.from), to: int(w.to), asset: 1, amount: int64(w.amount)}
	}
	ref := &refTrace{sources: map[int]bool{}, terminals: map[int]bool{}}
	tags := exchanges{}
	for _, s := range g.sources {
		ref.sources[int(s)] = true
	}
	for _, s := range g.services {
		ref.terminals[int(s)] = true
		tags[genAddress(s)] = true
	}
	for _, p := range Policies() {
		ref.policy = p
		want := ref.run(rows)
		req := g.request()
		req.Policy, req.Tags = p, tags
		r := trace(t, req)
		got := map[string]string{}
		for _, x := range r.Terminals {
			if x.Basis == chain.Attributed {
				got[fmt.Sprintf("terminal exchange %d asset 1", genNumber(x.Account.Address))] = x.Units.String()
			}
		}
		for k, v := range got {
			if want[k] != v {
				t.Errorf("%s: %s is %s, the reference says %s", p, k, v, want[k])
			}
		}
		for k, v := range want {
			if strings.HasPrefix(k, "terminal exchange") && got[k] != v {
				t.Errorf("%s: the reference has %s with %s, the trace %q", p, k, v, got[k])
			}
		}
	}
}
