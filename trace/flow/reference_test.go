package flow

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"losstracer/chain"
)

// The reference is the definitions of the package comment, step by step, with
// lists of single amounts and no regard for speed. It knows one chain, txs in
// which one account pays, and the conversions of refswap_test.go.

type refRow struct {
	block, index int
	tx           int // rows with the same number are one tx
	from, to     int // account numbers; to -1 is a fee
	asset        int
	amount       int64
}

type refLot struct {
	units   *big.Int
	tainted bool
}

type refHolding struct{ account, asset int }

type refTrace struct {
	policy    Policy
	sources   map[int]bool
	terminals map[int]bool
	lots      map[refHolding][]refLot
	poisoned  map[refHolding]bool
	out       map[string]*big.Int
}

func (r *refTrace) note(format string, units *big.Int, args ...any) {
	if units.Sign() == 0 {
		return
	}
	key := fmt.Sprintf(format, args...)
	if r.out[key] == nil {
		r.out[key] = new(big.Int)
	}
	r.out[key].Add(r.out[key], units)
}

// refNet replaces the rows of a tx in which somebody passes on what he got by
// what its payer paid to those who kept it. Other txs stay as they are.
func refNet(rows []refRow) []refRow {
	var out []refRow
	for i := 0; i < len(rows); {
		j := i
		for j < len(rows) && rows[j].tx == rows[i].tx {
			j++
		}
		if refAssets(rows[i:j]) > 1 {
			legs, fees := refNetAssets(rows[i:j])
			out = append(append(out, legs...), fees...)
			i = j
			continue
		}
		if !refPasses(rows[i:j]) {
			out = append(out, rows[i:j]...)
			i = j
			continue
		}
		net := map[refHolding]int64{}
		var order []refHolding
		var fees []refRow
		for _, w := range rows[i:j] {
			if w.to < 0 {
				fees = append(fees, w)
				continue
			}
			from, to := refHolding{w.from, w.asset}, refHolding{w.to, w.asset}
			net[from] -= w.amount
			net[to] += w.amount
			order = append(order, to)
		}
		payer := rows[i].from
		done := map[refHolding]bool{}
		for _, h := range order {
			if net[h] > 0 && !done[h] {
				out = append(out, refRow{rows[i].block, rows[i].index, rows[i].tx, payer, h.account, h.asset, net[h]})
			}
			done[h] = true
		}
		out = append(out, fees...)
		i = j
	}
	return out
}

func refPasses(rows []refRow) bool {
	for _, a := range rows {
		for _, b := range rows {
			if a.to == b.from && a.to >= 0 {
				return true
			}
		}
	}
	return false
}

func (r *refTrace) tracked(account int) bool { return !r.sources[account] && !r.terminals[account] }

func (r *refTrace) open(rows []refRow) {
	shortfall := map[refHolding]int64{}
	for h := range refHoldings(rows) {
		var in, out int64
		for _, w := range rows {
			if (refHolding{w.from, w.asset}) == h {
				out += w.amount
			}
			if (refHolding{w.to, w.asset}) == h {
				in += w.amount
			}
			shortfall[h] = max(shortfall[h], out-in)
		}
	}
	for h, units := range shortfall {
		if units > 0 {
			r.lots[h] = []refLot{{big.NewInt(units), false}}
		}
	}
}

func refHoldings(rows []refRow) map[refHolding]bool {
	all := map[refHolding]bool{}
	for _, w := range rows {
		all[refHolding{w.from, w.asset}] = true
		all[refHolding{w.to, w.asset}] = true
	}
	return all
}

func (r *refTrace) sums(h refHolding) (total, tainted *big.Int) {
	total, tainted = new(big.Int), new(big.Int)
	for _, l := range r.lots[h] {
		total.Add(total, l.units)
		if l.tainted {
			tainted.Add(tainted, l.units)
		}
	}
	return total, tainted
}

func (r *refTrace) take(h refHolding, v *big.Int) []refLot {
	total, tainted := r.sums(h)
	switch r.policy {
	case FIFO, LIFO:
		var out []refLot
		left := new(big.Int).Set(v)
		for left.Sign() > 0 {
			lots := r.lots[h]
			i := 0
			if r.policy == LIFO {
				i = len(lots) - 1
			}
			m := new(big.Int).Set(lots[i].units)
			if m.Cmp(left) > 0 {
				m.Set(left)
			}
			out = append(out, refLot{m, lots[i].tainted})
			left.Sub(left, m)
			rest := refLot{new(big.Int).Sub(lots[i].units, m), lots[i].tainted}
			lots = slices.Clone(lots)
			if rest.units.Sign() == 0 {
				lots = slices.Delete(lots, i, i+1)
			} else {
				lots[i] = rest
			}
			r.lots[h] = lots
		}
		return out
	}
	t := new(big.Int)
	switch r.policy {
	case Haircut:
		t.Mul(v, tainted).Quo(t, total)
	case Poison:
		if r.poisoned[h] {
			t.Set(v)
		}
	case TaintedFirst:
		t.Set(v)
		if tainted.Cmp(v) < 0 {
			t.Set(tainted)
		}
	case TaintedLast:
		t.Sub(v, new(big.Int).Sub(total, tainted))
		if t.Sign() < 0 {
			t.SetInt64(0)
		}
	}
	r.lots[h] = []refLot{
		{new(big.Int).Sub(tainted, t), true},
		{new(big.Int).Sub(new(big.Int).Sub(total, tainted), new(big.Int).Sub(v, t)), false},
	}
	if r.policy == Poison && r.poisoned[h] {
		r.lots[h] = []refLot{{new(big.Int).Sub(total, v), true}}
	}
	return []refLot{{t, true}, {new(big.Int).Sub(v, t), false}}
}

func (r *refTrace) put(h refHolding, lots []refLot) {
	for _, l := range lots {
		if l.tainted && l.units.Sign() > 0 {
			r.poisoned[h] = true
		}
	}
	r.lots[h] = append(slices.Clone(r.lots[h]), lots...)
	if r.policy == Poison && r.poisoned[h] {
		total, _ := r.sums(h)
		r.lots[h] = []refLot{{total, true}}
	}
}

// run returns sentences and amounts: who ended with what.
func (r *refTrace) run(rows []refRow) map[string]string {
	rows = refNet(rows)
	r.lots, r.poisoned, r.out = map[refHolding][]refLot{}, map[refHolding]bool{}, map[string]*big.Int{}
	r.open(rows)
	for i := 0; i < len(rows); {
		j := i
		for j < len(rows) && rows[j].tx == rows[i].tx {
			j++
		}
		if refAssets(rows[i:j]) > 1 {
			r.swap(rows[i:j])
		} else {
			r.tx(rows[i:j])
		}
		i = j
	}
	for h := range r.lots {
		if _, tainted := r.sums(h); r.tracked(h.account) {
			r.note("held %d asset %d", tainted, h.account, h.asset)
		}
	}
	said := map[string]string{}
	for k, v := range r.out {
		said[k] = v.String()
	}
	return said
}

func (r *refTrace) tx(rows []refRow) {
	paid := make([][]refLot, len(rows))
	for i, w := range rows {
		v := big.NewInt(w.amount)
		switch {
		case r.sources[w.from]:
			tainted := w.to >= 0 && !r.sources[w.to]
			paid[i] = []refLot{{v, tainted}}
			if tainted {
				r.note("source %d asset %d", v, w.from, w.asset)
			}
		case r.terminals[w.from]:
			paid[i] = []refLot{{v, false}}
		default:
			paid[i] = r.take(refHolding{w.from, w.asset}, v)
		}
	}
	for i, w := range rows {
		tainted := new(big.Int)
		for _, l := range paid[i] {
			if l.tainted {
				tainted.Add(tainted, l.units)
			}
		}
		if w.to < 0 {
			r.note("fee %d asset %d", tainted, w.from, w.asset)
			continue
		}
		r.note("edge %d-%d asset %d", tainted, w.from, w.to, w.asset)
		switch {
		case r.sources[w.to]:
			r.note("terminal returned-to-source %d asset %d", tainted, w.to, w.asset)
		case r.terminals[w.to]:
			r.note("terminal exchange %d asset %d", tainted, w.to, w.asset)
		default:
			r.put(refHolding{w.to, w.asset}, paid[i])
		}
	}
}

// address spreads numbers so that account order is not number order.
func address(n int) common.Address {
	var a common.Address
	a[0], a[1], a[19], a[18] = byte(n*151+7), 1, byte(n), byte(n>>8)
	return a
}

func refNumber(a common.Address) int { return int(a[18])<<8 | int(a[19]) }

func refAsset(n int) chain.AssetID {
	if n == 0 {
		return chain.NativeAsset(1)
	}
	return chain.Token(1, address(60000+n))
}

func refCSV(rows []refRow) string {
	var b strings.Builder
	b.WriteString("chain,block,time,tx,index,from,to,asset_id,amount\n")
	for _, w := range rows {
		to := ""
		if w.to >= 0 {
			to = chain.Hex(address(w.to))
		}
		fmt.Fprintf(&b, "ethereum,%d,%d,%s,%d,%s,%s,%s,%d\n", w.block, 1_700_000_000+12*w.block,
			common.BigToHash(big.NewInt(int64(w.tx+1)*7919)).Hex(), w.index, chain.Hex(address(w.from)), to, refAsset(w.asset), w.amount)
	}
	return b.String()
}

// exchanges tags a set of addresses.
type exchanges map[common.Address]bool

func (x exchanges) Tags(_ uint64, a common.Address) []Tag {
	if !x[a] {
		return nil
	}
	return []Tag{{Label: "Exchange " + chain.Hex(a), Category: "exchange", Source: "test", Confidence: 100}}
}

// said turns a result into the sentences of the reference.
func said(r *Result) map[string]string {
	out := map[string]*big.Int{}
	note := func(key string, units *big.Int) {
		if units.Sign() == 0 {
			return
		}
		if out[key] == nil {
			out[key] = new(big.Int)
		}
		out[key].Add(out[key], units)
	}
	asset := func(a chain.AssetID) int {
		if a.Kind() == chain.Native {
			return 0
		}
		return refNumber(a.Contract()) - 60000
	}
	for _, s := range r.Sources {
		note(fmt.Sprintf("source %d asset %d", refNumber(s.Account.Address), asset(s.Asset)), s.Units)
	}
	for _, t := range r.Terminals {
		if t.Basis == chain.Heuristic {
			// Deposit addresses are named after the run; the reference holds.
			note(fmt.Sprintf("held %d asset %d", refNumber(t.Account.Address), asset(t.Asset)), t.Units)
			continue
		}
		note(fmt.Sprintf("terminal %s %d asset %d", t.Kind, refNumber(t.Account.Address), asset(t.Asset)), t.Units)
	}
	for _, h := range r.Held {
		note(fmt.Sprintf("held %d asset %d", refNumber(h.Account.Address), asset(h.Asset)), h.Units)
	}
	for _, f := range r.Fees {
		note(fmt.Sprintf("fee %d asset %d", refNumber(f.Account.Address), asset(f.Asset)), f.Units)
	}
	for _, e := range r.Edges() {
		note(fmt.Sprintf("edge %d-%d asset %d", refNumber(e.From.Address), refNumber(e.To.Address), asset(e.Asset)), e.Units)
	}
	sentences := map[string]string{}
	for k, v := range out {
		sentences[k] = v.String()
	}
	return sentences
}

type network struct {
	rows      []refRow
	sources   map[int]bool
	terminals map[int]bool
}

// drawNetwork makes a small tangled network: few accounts, so that paths cross,
// meet again in loops and share blocks.
func drawNetwork(t *rapid.T, swaps bool) network {
	accounts := rapid.IntRange(3, 14).Draw(t, "accounts")
	assets := rapid.IntRange(1, 3).Draw(t, "assets")
	n := network{sources: map[int]bool{}, terminals: map[int]bool{}}
	for range rapid.IntRange(1, 2).Draw(t, "sources") {
		n.sources[rapid.IntRange(0, accounts-1).Draw(t, "source")] = true
	}
	for range rapid.IntRange(0, 3).Draw(t, "terminals") {
		if a := rapid.IntRange(0, accounts-1).Draw(t, "terminal"); !n.sources[a] {
			n.terminals[a] = true
		}
	}
	amount := rapid.OneOf(rapid.Int64Range(1, 9), rapid.Int64Range(1, 1_000_000_007))
	account := rapid.IntRange(0, accounts-1)
	block, index := 1, 0
	for tx := range rapid.IntRange(1, 40).Draw(t, "txs") {
		if rapid.IntRange(0, 2).Draw(t, "next block") == 0 {
			block, index = block+rapid.IntRange(1, 3).Draw(t, "blocks"), 0
		}
		from, asset := account.Draw(t, "from"), rapid.IntRange(0, assets-1).Draw(t, "asset")
		add := func(from, to int, v int64, asset int) {
			n.rows = append(n.rows, refRow{block, index, tx, from, to, asset, v})
			index++
		}
		switch rapid.IntRange(0, 9).Draw(t, "shape") {
		case 0: // one pays many
			for range rapid.IntRange(1, 4).Draw(t, "payees") {
				if to := account.Draw(t, "to"); to != from {
					add(from, to, amount.Draw(t, "amount"), asset)
				}
			}
		case 1: // through a router that keeps nothing
			to := account.Draw(t, "to")
			if v := amount.Draw(t, "amount"); to != from {
				add(from, accounts+1, v, asset)
				add(accounts+1, to, v, asset)
			}
		case 2, 3:
			if swaps {
				start := len(n.rows)
				drawSwap(t, &n, accounts, add, func() int64 { return amount.Draw(t, "amount") })
				if len(n.rows) > start {
					from = n.rows[start].from
				}
			}
		default:
			if to := account.Draw(t, "to"); to != from {
				add(from, to, amount.Draw(t, "amount"), asset)
			}
		}
		if len(n.rows) > 0 && n.rows[len(n.rows)-1].tx == tx && rapid.IntRange(0, 3).Draw(t, "gas") == 0 {
			add(from, -1, rapid.Int64Range(1, 5).Draw(t, "fee"), 0)
		}
	}
	return n
}

func (n network) request(t interface{ Fatal(...any) }, p Policy, csv string) Request {
	req := Request{Policy: p, Record: &Record{}, Tags: exchanges{}, Limits: Limits{HubCounterparties: 1 << 20, HubSenders: 1 << 20}}
	if err := req.Record.ReadCSV(strings.NewReader(csv), "network.csv"); err != nil {
		t.Fatal(err)
	}
	for a := range n.sources {
		req.Sources = append(req.Sources, Account{1, address(a)})
	}
	for a := range n.terminals {
		req.Tags.(exchanges)[address(a)] = true
	}
	return req
}

// TestAgreesWithReference is the claim of the package: on random networks every
// policy gives what its definition says, and conserves.
func TestAgreesWithReference(t *testing.T) {
	t.Parallel()
	for range 5 { // a hundred networks each, if not told otherwise
		rapid.Check(t, func(t *rapid.T) { agrees(t, drawNetwork(t, false)) })
		rapid.Check(t, func(t *rapid.T) { agrees(t, drawNetwork(t, true)) })
	}
}

func agrees(t *rapid.T, n network) {
	csv := refCSV(n.rows)
	for _, p := range Policies() {
		r, err := Trace(t.Context(), n.request(t, p, csv))
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		ref := &refTrace{policy: p, sources: n.sources, terminals: n.terminals}
		if diff := cmp.Diff(ref.run(n.rows), said(r)); diff != "" {
			t.Fatalf("%s (-want +got)\n%s\n%s", p, diff, csv)
		}
		for _, b := range r.Balances {
			if p.Conserves() && b.Difference().Sign() != 0 {
				t.Fatalf("%s does not conserve %s: %s", p, b.Asset, b.Difference())
			}
		}
	}
}

// TestWideAmounts: under FIFO and LIFO, where all amounts are so many times as large,
// all that is said is too, however many bits they need.
func TestWideAmounts(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := drawNetwork(t, false)
		csv := refCSV(n.rows)
		header, rows, _ := strings.Cut(csv, "\n")
		for _, p := range []Policy{FIFO, LIFO} {
			plain, err := Trace(t.Context(), n.request(t, p, csv))
			if err != nil {
				t.Fatal(err)
			}
			for _, zeros := range []string{strings.Repeat("0", 18), strings.Repeat("0", 45)} {
				wide, err := Trace(t.Context(), n.request(t, p, header+"\n"+strings.ReplaceAll(rows, "\n", zeros+"\n")))
				if err != nil {
					t.Fatal(err)
				}
				want := said(plain)
				for what := range want {
					want[what] += zeros
				}
				if diff := cmp.Diff(want, said(wide)); diff != "" {
					t.Fatalf("%s with %d zeros more (-want +got)\n%s\n%s", p, len(zeros), diff, csv)
				}
			}
		}
	})
}
