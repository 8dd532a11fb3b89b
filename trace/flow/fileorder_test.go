package flow

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// fileOf writes payments such as "7 a b 100", block, payer, payee and amount, as an
// import without an index.
func fileOf(payments ...string) string {
	text := "chain,block,time,tx,from,to,asset_id,amount\n"
	for i, p := range payments {
		f := strings.Fields(p)
		text += fmt.Sprintf("1,%s,%d,0x%064x,%s,%s,%s,%s\n", f[0], 1_700_000_000, i+1, account(f[1]).Address, account(f[2]).Address, csvCoin, f[3])
	}
	return text
}

// heldByOut traces what the thief paid, and checks what of it came to out.
func heldByOut(t *testing.T, want string, payments []string) *Result {
	t.Helper()
	req := Request{Sources: []Account{account("thief")}, Record: &Record{}}
	if err := req.Record.ReadCSV(strings.NewReader(fileOf(payments...)), "x.csv"); err != nil {
		t.Fatal(err)
	}
	r := trace(t, req)
	got := ""
	for _, h := range r.Held {
		if h.Account == account("out") {
			got = h.Units.String()
		}
	}
	if got != want {
		t.Errorf("out holds %q of the funds, want %q", got, want)
	}
	return r
}

// Rows of a block act in the order of the file where that is the order of its blocks
// and agrees with what payments need; else an account is paid before it pays.
func TestFileOrder(t *testing.T) {
	t.Parallel()
	// In this order a pays on what it had, 30 clean ones, before it is paid.
	first := []string{"5 stranger a 30", "7 a out 30", "7 thief a 100", "7 a end 100", "8 thief b 5", "8 b end 5"}
	reversed := slices.Clone(first)
	slices.Reverse(reversed)
	apart := []string{first[2], first[0], first[3], first[1], first[5], first[4]}
	for _, test := range []struct {
		name     string
		payments []string
		out      string // what of the funds came to out
		says     string
	}{
		{"as it happened", first, "", "of 2 payments that need what the payer got in the same block, 2 stand behind"},
		{"the newest first", reversed, "", "2 stand behind"},
		{"blocks in no order", apart, "30", "share their index"},
		{"blocks in order, rows in none", []string{first[0], first[3], first[1], first[2], first[5], first[4]}, "30", "share their index"},
		{"nothing depends on it", []string{"5 thief a 30", "7 a out 30"}, "30", "are taken to be in that order within them"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := heldByOut(t, test.out, test.payments)
			if !strings.Contains(strings.Join(r.Warnings, "\n"), test.says) {
				t.Errorf("nothing of %q in\n%s", test.says, strings.Join(r.Warnings, "\n"))
			}
		})
	}
}

// A file of which the blocks are in no order is taken to be in order within them where
// enough payments show it, as in one that is made of several; else not.
func TestOrderWithinBlocks(t *testing.T) {
	t.Parallel()
	later := []string{"6 stranger d 1", "7 a out 30", "7 thief a 100"} // a pays of what it had
	chained := func(block, n int) (list []string) {
		for i := range n {
			list = append(list, fmt.Sprintf("%d thief b%d 5", block, i), fmt.Sprintf("%d b%d c%d 5", block, i, i))
		}
		return list
	}
	turned := func(list []string) []string {
		list = slices.Clone(list)
		slices.Reverse(list)
		return list
	}
	for _, test := range []struct {
		name     string
		payments []string
		out      string
	}{
		{"two files, the later first", slices.Concat(later, chained(3, 40)), ""},
		{"the newest first in both", slices.Concat(turned(chained(3, 40)), turned(later)), ""},
		{"too few to show it", slices.Concat(later, chained(3, 20)), "30"},
		{"half of them the other way", slices.Concat(later, chained(3, 20), turned(chained(2, 20))), "30"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := heldByOut(t, test.out, test.payments)
			if said := strings.Join(r.Warnings, "\n"); strings.Contains(said, "in that of the file") == (test.out != "") {
				t.Errorf("said is\n%s", said)
			}
		})
	}
}

// Equal rows without an index are as many payments; what a second file repeats is the
// same ones, also where the first was sorted before.
func TestEqualRowsWithoutIndex(t *testing.T) {
	t.Parallel()
	one := fileOf("5 thief a 100", "7 a b 40")
	text := one + strings.SplitAfter(one, "\n")[2]
	r := &Record{}
	for files := range 2 {
		if err := r.ReadCSV(strings.NewReader(text), "x.csv"); err != nil {
			t.Fatal(err)
		}
		got := trace(t, Request{Sources: []Account{account("thief")}, Record: r})
		held := map[string]string{}
		for _, h := range got.Held {
			held[h.Account.Address.Hex()] = h.Units.String()
		}
		if held[account("b").Address.Hex()] != "80" || held[account("a").Address.Hex()] != "20" {
			t.Errorf("%d files: held %v", files+1, held)
		}
	}
}

// TestTableOfFlows reads the columns of a published table of labelled flows.
func TestTableOfFlows(t *testing.T) {
	t.Parallel()
	thief, mule, exchange, other := account("thief").Address.Hex(), account("mule").Address.Hex(), account("exchange").Address.Hex(), account("other").Address.Hex()
	hash := func(n int) string { return fmt.Sprintf("0x%064x", n) }
	flow := func(at string, block, tx int, from, fromLabel, to, toLabel, usd string) string {
		return strings.Join([]string{at, strconv.Itoa(block), hash(tx), from, fromLabel, to, toLabel, usd}, ",") + "\r\n"
	}
	text := "\ufeffTimestamp,Block,Tx_hash,From,From_label,To,To_label,Value_in_USD\r\n" +
		flow("2023-11-18 17:05:00", 7, 1, thief, "Upbit Hack Exploiter 3", mule, "", "1000.000000000000000001") +
		flow("2023/11/18 17:05", 7, 2, mule, "", exchange, `"Binance 14, hot"`, "1e-05") +
		flow("2023-11-18T17:05:12Z", 7, 3, mule, "", exchange, "Binance 14", `"$1,000.50"`) +
		flow("2023-11-18T17:05:12Z", 7, 3, mule, "nan", other, "Tornado.Cash", "nan") +
		flow("1700327112000", 8, 4, mule, "", other, "", "0.0000000000000000019")
	r := &Record{}
	if err := r.ReadCSV(strings.NewReader(text), "flows.csv"); err != nil {
		t.Fatal(err)
	}
	got := trace(t, Request{Sources: []Account{account("thief")}, Record: r})
	var lines []string
	for _, h := range got.Held {
		lines = append(lines, fmt.Sprintf("%s holds %s %s", h.Account.Address, h.Units, h.Asset))
	}
	for _, o := range got.Openings {
		lines = append(lines, fmt.Sprintf("%s had %s", o.Account.Address, o.Units))
	}
	for _, n := range r.Names() {
		lines = append(lines, fmt.Sprintf("%s is %s by %s", n.Account.Address, n.Label, n.Source))
	}
	usd := "eip155:1/erc20:0x0000000000000000000000000000000000000348"
	want := []string{
		exchange + " holds 999999999999999999999 " + usd, // 1e-05 and 1000.50, less what was there
		other + " holds 2 " + usd,
		mule + " had 500010000000000001",
		thief + " is Upbit Hack Exploiter 3 by flows.csv, column From_label",
		exchange + " is Binance 14, hot by flows.csv, column To_label",
		exchange + " is Binance 14 by flows.csv, column To_label",
		other + " is Tornado.Cash by flows.csv, column To_label",
	}
	if fmt.Sprint(lines) != fmt.Sprint(want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
	said := strings.Join(got.Warnings, "\n")
	for _, says := range []string{"taken for ethereum", `dollars of column "Value_in_USD"`, "1 rows have nothing", "the first on line 5", "1 values of column", "on line 6"} {
		if !strings.Contains(said, says) {
			t.Errorf("nothing of %q in\n%s", says, said)
		}
	}
}

// Of an account that has another name in every row only the first ones are kept, and
// that is said.
func TestManyNames(t *testing.T) {
	t.Parallel()
	text := "time,from,to,to_label,usd\n"
	for i := range 50 {
		text += fmt.Sprintf("%d,%s,%s,remark %d,1\n", 1_700_000_000+i, account("thief").Address, account("mule").Address, i)
	}
	r := &Record{}
	if err := r.ReadCSV(strings.NewReader(text), "x.csv"); err != nil {
		t.Fatal(err)
	}
	if n := len(r.Names()); n != 20 {
		t.Errorf("%d names are kept, want 20", n)
	}
	if said := strings.Join(r.Warnings, "\n"); !strings.Contains(said, "30 times an account that has 20 names already has another, which was left out, the first on line 22") {
		t.Errorf("said is\n%s", said)
	}
}
