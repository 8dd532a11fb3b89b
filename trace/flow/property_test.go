package flow

import (
	"fmt"
	"math/big"
	"testing"
	"time"

	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"losstracer/chain"
)

// drawTangle makes txs of any shape: several payers, several assets, loops,
// mints and burns, gas in between. No reference knows what is right here; what
// must hold is that nothing is lost and nothing is made.
func drawTangle(t *rapid.T) *tape {
	p := newTape()
	names := []string{"thief", "a", "b", "c", "pool", "pool2", "router", "ex", "0"}
	name := rapid.SampledFrom(names)
	coin := rapid.SampledFrom([]string{"X", "Y", "Z", "ETH", "LP"})
	for range rapid.IntRange(1, 25).Draw(t, "txs") {
		var moves []string
		for range rapid.IntRange(1, 7).Draw(t, "moves") {
			moves = append(moves, fmt.Sprintf("%s %s %s %d", coin.Draw(t, "asset"), name.Draw(t, "from"), name.Draw(t, "to"),
				rapid.OneOf(rapid.Int64Range(1, 9), rapid.Int64Range(1, 1e15)).Draw(t, "amount")))
		}
		if rapid.Bool().Draw(t, "gas") {
			moves = append(moves, "ETH "+name.Draw(t, "payer")+" gas 3")
		}
		if rapid.Bool().Draw(t, "same block") {
			p.sameBlock(moves...)
		} else {
			p.tx(moves...)
		}
	}
	return p
}

func TestConservation(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawTangle(t)
		req := Request{Sources: []Account{account("thief")}, Tags: labels{"ex": "exchange"}}
		req.Backward = rapid.Bool().Draw(t, "backward")
		if rapid.Bool().Draw(t, "priced") {
			req.Value = prices{"X": 1, "Y": 3, "Z": 2, "ETH": 50, "LP": 4}.value
		}
		if rapid.Bool().Draw(t, "limited") {
			req.Limits = Limits{Hops: 2, MinUSD: decimal.NewFromInt(3), Horizon: 1_700_000_000 + 12*10}
		}
		for _, req.Policy = range Policies() {
			req.Record = p.record()
			r, err := Trace(t.Context(), req)
			if err != nil {
				t.Fatal(err)
			}
			if req.Policy.Conserves() {
				arriveOnce(t, r)
			}
		}
	})
}

// arriveOnce checks the ledger of each account from the edges alone: an account
// passes on no more than it got.
func arriveOnce(t *rapid.T, r *Result) {
	type purse struct {
		Account
		chain.AssetID
	}
	net := map[purse]*big.Int{}
	add := func(a Account, asset chain.AssetID, units *big.Int, sign int64) {
		k := purse{a, asset}
		if net[k] == nil {
			net[k] = new(big.Int)
		}
		net[k].Add(net[k], new(big.Int).Mul(units, big.NewInt(sign)))
	}
	for _, e := range r.Edges() {
		from, to := e.From, e.To
		if r.Backward {
			from, to = to, from
		}
		add(to, e.Asset, e.Units, 1)
		if e.ConvertedFrom.IsZero() && e.ConvertedTo.IsZero() {
			add(from, e.Asset, e.Units, -1)
		}
	}
	for _, c := range r.Conversions {
		for _, out := range c.Out {
			add(out.Account, out.Asset, out.Units, -1)
		}
	}
	for k, v := range net {
		if v.Sign() < 0 && k.Account != account("thief") {
			t.Fatalf("%s under %s passes on %s more of %s than it got", k.Account, r.Policy, new(big.Int).Neg(v), k.AssetID)
		}
	}
}

// TestMirror: under FIFO and LIFO what an exchange got of the thief's funds,
// followed forward, is what the exchange traces back to the thief.
func TestMirror(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := drawNetwork(t, false)
		thief, ex := rapid.IntRange(0, 2).Draw(t, "thief"), 3
		csv := refCSV(n.rows)
		for _, p := range []Policy{FIFO, LIFO} {
			forth := network{sources: map[int]bool{thief: true}, terminals: map[int]bool{ex: true}}.request(t, p, csv)
			back := network{sources: map[int]bool{ex: true}, terminals: map[int]bool{thief: true}}.request(t, p, csv)
			back.Backward = true
			if got, want := reachedBy(t, back, thief), reachedBy(t, forth, ex); got != want {
				t.Fatalf("%s: forward %s, backward %s\n%s", p, want, got, csv)
			}
		}
	})
}

func reachedBy(t *rapid.T, req Request, end int) string {
	r, err := Trace(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]*big.Int{}
	for _, x := range r.Terminals {
		if x.Account.Address == address(end) && x.Kind == Exchange && x.Basis == chain.Attributed {
			sums[x.Asset.String()] = x.Units
		}
	}
	return fmt.Sprint(sums)
}

// TestPathsAddUp: the ways to an end are in order of time and add up to what
// arrived there.
func TestPathsAddUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := drawNetwork(t, true)
		r, err := Trace(t.Context(), n.request(t, FIFO, refCSV(n.rows)))
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range r.Terminals {
			if x.Kind != Exchange || x.Basis != chain.Attributed {
				continue
			}
			paths, complete := r.Paths(x.Account, 10_000)
			sum := new(big.Int)
			for _, p := range paths {
				if p.Asset == x.Asset {
					sum.Add(sum, p.Units)
				}
				checkPath(t, r, &p, x.Account)
			}
			if complete && sum.Cmp(x.Units) != 0 {
				t.Fatalf("%s arrived and the ways add up to %s\n%s\n%+v", x.Units, sum, refCSV(n.rows), paths)
			}
		}
	})
}

func checkPath(t *rapid.T, r *Result, p *Path, end Account) {
	last := time.Time{}
	at := p.Steps[0].From
	source := false
	for _, s := range r.Sources {
		source = source || s.Account == at
	}
	if !source {
		t.Fatalf("a way begins at %s, which is no source", at)
	}
	for _, s := range p.Steps {
		if s.From != at || s.Time.Before(last) {
			t.Fatalf("a way jumps or runs backward: %+v", p.Steps)
		}
		at, last = s.To, s.Time
	}
	if at != end {
		t.Fatalf("a way ends at %s", at)
	}
}
