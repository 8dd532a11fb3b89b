package flow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// The shape of the published set of labelled laundering flows: five incidents,
// 6,701 flows, several hops in a block, accounts that send more than is known
// to have come in, ten times as much of other people's business.
func labelledSet(seed uint64) *laundering {
	return generate(genParams{seed: seed, incidents: 5, flows: 6701, services: 12, noise: 10, hops: 20})
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

// TestLabelledTerminals measures reach: of the labelled value at least 97 %
// stands at terminals that are reached, and nobody is reached whom no labelled
// flow feeds.
func TestLabelledTerminals(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		g := labelledSet(seed)
		if seed > 1 && testing.Short() {
			break
		}
		req := g.imported(t, rand.New(rand.NewPCG(seed, 2)).Perm(len(g.rows)))
		req.Policy = Policies()[seed]
		r := trace(t, req)
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
		share := float64(found) / float64(all)
		t.Logf("%s: %d flows to %d hops, %d accounts short of inflow, %d rows: %.2f %% of the labelled value reached",
			req.Policy, g.flows, g.deepest, g.short, len(g.rows), 100*share)
		if share < 0.97 && req.Policy != TaintedLast {
			t.Errorf("seed %d: %.4f of the labelled value is reached", seed, share)
		}
		for _, n := range r.Nodes() {
			if number := genNumber(n.Account.Address); n.Hop > 0 && !g.fed[number] {
				t.Fatalf("seed %d: account %d is reached and nothing feeds it", seed, number)
			}
		}
	}
}

// TestOrderOfRows: the same rows in any order give the same bytes.
func TestOrderOfRows(t *testing.T) {
	t.Parallel()
	g := generate(genParams{seed: 3, incidents: 2, flows: 800, services: 4, noise: 5, hops: 12})
	var first []byte
	for seed := range uint64(3) {
		req := g.imported(t, rand.New(rand.NewPCG(seed, 5)).Perm(len(g.rows)))
		text, err := json.Marshal(Document{trace(t, req)})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = text
		}
		if !bytes.Equal(first, text) {
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
			if x.Basis == Attributed {
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
