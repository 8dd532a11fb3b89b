package flow

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"

	"losstracer/chain"
)

// export writes rows "block index tx from to amount" as another tool might
// export them; tx - is none.
func export(rows ...string) string {
	var b strings.Builder
	b.WriteString("chain,block,time,tx,index,from,to,asset_id,amount\n")
	for _, text := range rows {
		f := strings.Fields(text)
		tx := ""
		if f[2] != "-" {
			tx = common.BytesToHash([]byte(f[2])).Hex()
		}
		fmt.Fprintf(&b, "ethereum,%s,1700000000,%s,%s,%s,%s,%s,%s\n",
			f[0], tx, f[1], chain.Hex(named(f[3])), chain.Hex(named(f[4])), asset("X"), f[5])
	}
	return b.String()
}

func toldOf(t *testing.T, files ...string) []string {
	t.Helper()
	rec := &Record{}
	for _, text := range files {
		if err := rec.ReadCSV(strings.NewReader(text), "export.csv"); err != nil {
			t.Fatal(err)
		}
	}
	p := newTape()
	for _, name := range []string{"thief", "a", "b", "c", "d", "e"} {
		p.names[named(name)] = name
	}
	return p.told(trace(t, Request{Sources: []Account{account("thief")}, Record: rec}))
}

func TestOrderWithinBlock(t *testing.T) {
	t.Parallel()
	all := sorted("edge thief→a 10 X", "edge a→b 10 X", "edge b→c 10 X", "held c 10 X")
	tests := []struct {
		name, reason string
		rows         []string
		want         []string
	}{
		{"by index", "the index decides, whatever the hashes",
			[]string{"7 3 t1 b c 10", "7 2 t2 a b 10", "7 1 t3 thief a 10"}, all},
		{"an index that says nothing", "among txs at one index an account is paid before it pays",
			[]string{"7 0 t1 b c 10", "7 0 t2 a b 10", "7 0 t3 thief a 10"}, all},
		{"an index that says nothing, no hashes", "each row is then a tx of its own",
			[]string{"7 0 - b c 10", "7 0 - a b 10", "7 0 - thief a 10"}, all},
		{"an index that says otherwise", "an index that tells rows apart is believed: b paid before it was paid",
			[]string{"7 0 t1 b c 10", "7 1 t2 a b 10", "7 2 t3 thief a 10"},
			sorted("edge thief→a 10 X", "held a 10 X")},
		{"in a circle", "somebody has to begin: the earliest hash does",
			[]string{"7 0 t0 thief a 10", "7 0 t1 a b 10", "7 0 t2 b c 10", "7 0 t3 c a 10"},
			sorted("edge thief→a 10 X", "edge a→b 10 X", "edge b→c 10 X", "edge c→a 10 X", "held a 10 X")},
		{"the index of the tx", "rows of one tx stay together, and are netted",
			[]string{"7 1 t1 thief a 10", "7 2 t2 a b 4", "7 2 t2 a c 6"},
			sorted("edge thief→a 10 X", "edge a→b 4 X", "edge a→c 6 X", "held b 4 X", "held c 6 X")},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for seed := range uint64(4) {
				rows := make([]string, len(test.rows))
				for to, from := range rand.New(rand.NewPCG(seed, 3)).Perm(len(rows)) {
					rows[to] = test.rows[from]
				}
				if diff := cmp.Diff(test.want, toldOf(t, export(rows...))); diff != "" {
					t.Fatalf("%s (-want +got)\n%s", test.reason, diff)
				}
			}
		})
	}
}

func TestRepeatedRows(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, reason string
		files        []string
		want         string
	}{
		{"one place twice", "an index stands for one transfer", []string{export("7 4 t1 thief a 5", "7 4 t1 thief a 5")}, "5"},
		{"in two exports", "the exports of two addresses overlap", []string{export("7 4 t1 thief a 5"), export("7 4 t1 thief a 5")}, "5"},
		{"an index for the whole tx", "the index does not tell transfers apart, so these are two", []string{export("7 4 t1 thief a 5", "7 4 t1 thief a 5", "7 4 t1 thief b 1")}, "10"},
		{"an index that does not tell elsewhere", "in one file an index means one thing", []string{
			export("7 4 t1 thief a 5", "7 4 t1 thief a 5", "8 0 t2 thief b 1", "8 0 t2 thief b 2"),
		}, "10"},
		{"an index for the whole tx, in two exports", "what the second repeats is known", []string{
			export("7 4 t1 thief a 5", "7 4 t1 thief a 5", "7 4 t1 thief b 1"), export("7 4 t1 thief a 5", "7 4 t1 thief a 5"),
		}, "10"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := strings.Join(toldOf(t, test.files...), "\n"); !strings.Contains(got, "edge thief→a "+test.want+" X") {
				t.Errorf("%s: want %s\n%s", test.reason, test.want, got)
			}
		})
	}
}

// TestSourceInTheMiddle: what a source pays has been sent, also where it got it
// in the same tx; what goes straight back to who gave it has not.
func TestSourceInTheMiddle(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		moves []string
		want  []string
	}{
		{"drains and shares out", []string{"X victim thief 100", "X thief a 80", "X thief b 20"},
			[]string{"edge thief→a 80 X", "edge thief→b 20 X", "held a 80 X", "held b 20 X"}},
		{"a loan for the tx", []string{"X lender thief 1000", "X victim thief 100", "X thief lender 1001", "X thief a 99"},
			[]string{"edge thief→a 99 X", "edge thief→lender 1 X", "held a 99 X", "held lender 1 X"}},
		{"swaps, and pays somebody beside", []string{"X thief pool 50", "Y pool thief 25", "X thief a 30"},
			[]string{"edge thief→a 30 X", "held a 30 X"}},
		{"change", []string{"X victim thief 100", "X thief victim 30", "X thief a 70"},
			[]string{"edge thief→a 70 X", "held a 70 X"}},
		{"a loan through a router", []string{"X lender router 1000", "X router thief 1000", "X thief router 1000", "X router lender 1000", "X thief a 5"},
			[]string{"edge thief→a 5 X", "held a 5 X"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p := newTape()
			p.tx(test.moves...)
			got := p.told(trace(t, Request{Sources: []Account{account("thief")}, Record: p.record()}))
			if diff := cmp.Diff(sorted(test.want...), got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// An index that says of a block what cannot be is believed, and not in silence.
func TestOrderThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		rows []string
		says bool
	}{
		{[]string{"7 0 t1 a b 10", "7 1 t2 thief a 10"}, true},
		{[]string{"7 0 t1 a b 10", "8 1 t2 thief a 10"}, false},
		{[]string{"7 0 t1 thief a 10", "7 1 t2 a b 10"}, false},
		{[]string{"7 0 t1 a b 10", "7 0 t2 thief a 10"}, false},
	} {
		rec := &Record{}
		if err := rec.ReadCSV(strings.NewReader(export(test.rows...)), "export.csv"); err != nil {
			t.Fatal(err)
		}
		r := trace(t, Request{Sources: []Account{account("thief")}, Record: rec})
		if got := strings.Contains(strings.Join(r.Warnings, "\n"), "paid later in the same block"); got != test.says {
			t.Errorf("%q: warned %t, want %t", test.rows, got, test.says)
		}
	}
}

// Exports of transfers have no row for the token that the wrapping contract
// issues and takes back. What is taken through it keeps its taint.
func TestWrapsWithoutRows(t *testing.T) {
	t.Parallel()
	weth := "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
	coin, token := "eip155:1/slip44:60", "eip155:1/erc20:"+weth
	file := func(rows ...string) string {
		var b strings.Builder
		b.WriteString("chain,block,time,tx,index,from,to,asset_id,amount,usd\n")
		for _, i := range rand.Perm(len(rows)) {
			f := strings.Fields(rows[i])
			who := func(s string) string {
				switch s {
				case "weth":
					return weth
				case "0":
					return chain.Hex(common.Address{})
				}
				return chain.Hex(named(s))
			}
			what := map[string]string{"ETH": coin, "WETH": token, "X": asset("X").String()}[f[1]]
			fmt.Fprintf(&b, "ethereum,%s,17%08s,%s,%d,%s,%s,%s,%s,%s\n", f[0], f[0], common.BytesToHash([]byte(f[0])).Hex(), i, who(f[2]), who(f[3]), what, f[4], f[4])
		}
		return b.String()
	}
	tests := []struct {
		name  string
		rows  []string
		held  string
		wraps int
	}{
		{"wrapped and paid", []string{"1 ETH thief a 10", "2 ETH a weth 10", "3 WETH a b 10"}, "b 10 WETH", 1},
		{"the token has its row", []string{"1 ETH thief a 10", "2 ETH a weth 10", "2 WETH 0 a 10", "3 WETH a b 10"}, "b 10 WETH", 0},
		{"wrapped twice in a tx, one row given", []string{"1 ETH thief a 10", "2 ETH a weth 4", "2 ETH a weth 6", "2 WETH weth a 6", "3 WETH a b 10"}, "b 10 WETH", 1},
		{"wrapped for somebody else", []string{"1 ETH thief a 10", "2 ETH a weth 10", "2 WETH 0 b 10"}, "b 10 WETH", 0},
		{"unwrapped and paid", []string{"1 WETH thief a 10", "2 ETH weth a 10", "3 ETH a b 10"}, "b 10 ETH", 1},
		{"there and back", []string{"1 ETH thief a 10", "2 ETH a weth 10", "3 ETH weth a 10", "4 ETH a b 10"}, "b 10 ETH", 2},
		{"through a router to a third party", []string{
			"1 ETH thief a 10", "2 ETH a router 10", "2 ETH router weth 10", "2 WETH router pool 10", "2 X pool b 10",
		}, "b 10 X", 1},
		{"a token sold for coins by a router", []string{
			"1 X thief a 10", "2 X a pool 10", "2 WETH pool router 10", "2 ETH weth router 10", "2 ETH router b 10",
		}, "b 10 ETH", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			for _, policy := range Policies() {
				rec := &Record{}
				if err := rec.ReadCSV(strings.NewReader(file(test.rows...)), "export.csv"); err != nil {
					t.Fatal(err)
				}
				r := trace(t, Request{Sources: []Account{account("thief")}, Record: rec, Policy: policy})
				var held []string
				for _, h := range r.Held {
					symbol := "X"
					switch h.Asset.String() {
					case coin:
						symbol = "ETH"
					case token:
						symbol = "WETH"
					}
					held = append(held, fmt.Sprintf("%s %s %s", strings.TrimRight(string(h.Account.Address[:18]), "\x00"), h.Units, symbol))
				}
				if got := strings.Join(held, ", "); got != test.held || rec.Wraps != test.wraps {
					t.Errorf("%s: held %q after %d wraps, want %q after %d", policy, got, rec.Wraps, test.held, test.wraps)
				}
			}
		})
	}
}

// What an account sends itself does not make it one that is only passed.
func TestTiesOfSelfPayments(t *testing.T) {
	t.Parallel()
	rec := &Record{}
	// By hashes t1 comes first; but a has nothing before t2, in which it pays itself too.
	rows := export("7 0 t1 a b 10", "7 0 t2 thief a 10", "7 0 t2 a a 1")
	if err := rec.ReadCSV(strings.NewReader(rows), "export.csv"); err != nil {
		t.Fatal(err)
	}
	p := newTape()
	p.names = map[common.Address]string{named("thief"): "thief", named("a"): "a", named("b"): "b"}
	r := trace(t, Request{Sources: []Account{account("thief")}, Record: rec})
	if len(r.Held) != 1 || r.Held[0].Account != account("b") {
		t.Errorf("held %+v", r.Held)
	}
}
