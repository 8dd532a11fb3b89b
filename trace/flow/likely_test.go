package flow

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// patron is a network in which the thief's funds go through an account that has
// customers of its own: n pay it and n others are paid by it.
func patron(n int, more ...string) (*tape, string) {
	p := newTape()
	for i := range n {
		p.tx(fmt.Sprintf("X customer%d desk 50", i))
	}
	p.tx("X thief mule 1000")
	p.tx("X mule desk 1000")
	for _, m := range more {
		p.tx(m)
	}
	for i := range n {
		p.tx(fmt.Sprintf("X desk payee%d 50", i))
	}
	p.tx("X desk far 900")
	return p, "desk"
}

// An account with customers, too few for a hub, is passed and pointed out: with
// fewer where it carries code, and not where those who pay it are the thief's.
func TestLikelyServices(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		n        int
		contract bool
		own      bool // the customers were paid by the thief before
		want     int
	}{
		{"thirty customers", 30, false, false, 1},
		{"twelve customers", 12, false, false, 0},
		{"twelve customers of a contract", 12, true, false, 1},
		{"nine customers of a contract", 9, true, false, 0},
		{"the thief's own", 30, false, true, 0},
		{"a hub is an end", 120, false, false, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p, desk := patron(test.n)
			if test.own {
				q := newTape()
				for i := range test.n {
					q.tx(fmt.Sprintf("X thief customer%d 50", i))
				}
				q.block, q.txs, q.log = 1000, 1000, 1000
				for i := range test.n {
					q.tx(fmt.Sprintf("X customer%d desk 50", i))
				}
				q.tx("X thief desk 1000")
				for i := range test.n {
					q.tx(fmt.Sprintf("X desk payee%d 50", i))
				}
				p = q
			}
			r := trace(t, Request{
				Sources: []Account{account("thief")}, Record: p.record(),
				IsContract: func(a Account) (bool, bool) { return test.contract && a == account(desk), true },
			})
			if len(r.Likely) != test.want {
				t.Fatalf("want %d likely services, got %+v", test.want, r.Likely)
			}
			if test.want == 0 {
				return
			}
			l := r.Likely[0]
			if l.Account != account(desk) || l.Payers != test.n || l.Payees != test.n+1 || l.Followed != 1 || l.Receipts != test.n+1 || l.Contract != test.contract || l.Basis != chain.Heuristic {
				t.Errorf("measured as %+v", l)
			}
			if len(l.Passed) != 1 || l.Passed[0].Units.Int64() != 900 || !strings.Contains(l.Why, "1 of its") {
				t.Errorf("told as %+v", l)
			}
			if len(r.Held) == 0 {
				t.Error("the trace ended at it")
			}
		})
	}
}

// What went through is what the account paid to others: neither its gas nor what
// it swapped for itself, and each asset by itself.
func TestLikelyPassed(t *testing.T) {
	t.Parallel()
	const n = 30
	for _, test := range []struct {
		name string
		way  []string // txs of the funds
		want []string
	}{
		{"a token", []string{"X thief mule 1000 | X mule desk 1000", "X desk far 900"}, []string{"900 X"}},
		{"gas of the coin", []string{"ETH thief mule 1000 | ETH mule desk 1000", "ETH desk far 900 | ETH desk gas 7"}, []string{"900 ETH"}},
		{"a swap of its own", []string{"Z thief desk 1000", "Z desk pool 1000 | Y pool desk 1500", "Y desk far 450"}, []string{"450 Y"}},
		{"two assets", []string{"Z thief desk 1000", "Y thief desk 30", "Z desk far 100", "Y desk far 20", "Z desk far 5"}, []string{"20 Y", "105 Z"}},
		{"what it burns", []string{"Z thief desk 1000", "Z desk far 600", "Z desk 0 100"}, []string{"700 Z"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newTape()
			for i := range n {
				p.tx(fmt.Sprintf("X customer%d desk 50", i))
				p.tx(fmt.Sprintf("X desk payee%d 50", i))
			}
			for _, tx := range test.way {
				p.tx(strings.Split(tx, " | ")...)
			}
			r := trace(t, Request{Sources: []Account{account("thief")}, Record: p.record(), Value: prices{"X": 1, "Y": 2, "Z": 3}.value})
			if len(r.Likely) != 1 || r.Likely[0].Account != account("desk") {
				t.Fatalf("likely services %+v", r.Likely)
			}
			var got []string
			total := decimal.Decimal{}
			for _, sum := range r.Likely[0].Passed {
				got = append(got, sum.Units.String()+" "+symbol(sum.Asset))
				if usd, ok := (prices{"X": 1, "Y": 2, "Z": 3}).value(sum.Asset, sum.Units, time.Time{}); ok {
					total = total.Add(usd)
				}
			}
			slices.Sort(got)
			slices.Sort(test.want)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("passed (-want +got)\n%s", diff)
			}
			if usd := r.Likely[0].USD; strings.Contains(test.want[0], "ETH") != (usd == nil) || usd != nil && !usd.Equal(total) {
				t.Errorf("in dollars %v, want %s", usd, total)
			}
		})
	}
}

// A receipt that carries followed funds in two ways is one receipt, and gas is
// no payment.
func TestLikelyCounts(t *testing.T) {
	t.Parallel()
	p := newTape()
	for i := range 30 {
		p.tx(fmt.Sprintf("X customer%d desk 50", i))
		p.tx(fmt.Sprintf("X desk payee%d 50", i), "ETH desk gas 1")
	}
	p.tx("X thief desk 1000")
	p.tx("X thief desk 1000")
	p.tx("X desk far 1500", "ETH desk gas 1")
	for _, test := range []struct {
		source             string
		backward           bool
		receipts, followed int
	}{
		{"thief", false, 32, 2}, {"far", true, 31, 1},
	} {
		r := trace(t, Request{Sources: []Account{account(test.source)}, Backward: test.backward, Record: p.record()})
		if len(r.Likely) != 1 || r.Likely[0].Receipts != test.receipts || r.Likely[0].Followed != test.followed {
			t.Errorf("from %s: %+v", test.source, r.Likely)
		}
	}
}

// What an account sends itself makes it neither a receipt nor a customer.
func TestLikelyPaysItself(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		customers, stolen int
		reason            string
	}{
		{25, 1, "25 payees make one, and it is none of them"},
		{30, 30, "as many receipts are stolen as are not"},
	} {
		p := newTape()
		for i := range test.customers {
			p.tx(fmt.Sprintf("X customer%d desk 50", i))
			p.tx(fmt.Sprintf("X desk payee%d 50", i%23))
		}
		for range test.stolen {
			p.tx("X thief desk 1000")
		}
		for range 20 {
			p.tx("X desk desk 1")
		}
		p.tx("X desk far 900")
		r := trace(t, Request{Sources: []Account{account("thief")}, Record: p.record()})
		if len(r.Likely) != 0 {
			t.Errorf("%s: got %+v", test.reason, r.Likely)
		}
	}
}

// Backward it is those who are paid who are strangers, and each side keeps its
// own measure.
func TestLikelyBackward(t *testing.T) {
	t.Parallel()
	p := newTape()
	for i := range 6 {
		p.tx(fmt.Sprintf("X funder%d desk 500", i))
	}
	p.tx("ETH nobody desk 400")
	p.transfers[len(p.transfers)-1].Kind = chain.KindReward
	for i := range 59 {
		p.tx(fmt.Sprintf("X desk payee%d 10", i))
	}
	p.tx("ETH desk far 400")
	p.tx("X desk far 900")
	limits := Limits{HubSenders: 20, HubRecipients: 200, HubCounterparties: 1000}
	r := trace(t, Request{Sources: []Account{account("far")}, Backward: true, Record: p.record(), Limits: limits})
	if len(r.Likely) != 1 {
		t.Fatalf("likely services %+v", r.Likely)
	}
	l := r.Likely[0]
	if l.Payers != 6 || l.Payees != 59 || len(l.Passed) != 1 || l.Passed[0].Units.Int64() != 900 {
		t.Errorf("measured as %+v", l)
	}
	if want := "6 distinct payers and 59 distinct payees whom the funds had not reached"; !strings.HasPrefix(l.Why, want) {
		t.Errorf("told as %q, want %q", l.Why, want)
	}
}

// More accounts than are measured are told.
func TestLikelyCut(t *testing.T) {
	t.Parallel()
	p := newTape()
	for i := range mostLikely + 5 {
		for j := range 4 {
			p.tx(fmt.Sprintf("X c%d-%d desk%d 50", j, i, i))
			p.tx(fmt.Sprintf("X desk%d p%d-%d 50", i, j, i))
		}
		p.tx(fmt.Sprintf("X thief desk%d 50", i))
		p.tx(fmt.Sprintf("X desk%d far 50", i))
	}
	r := trace(t, Request{
		Sources: []Account{account("thief")}, Record: p.record(), Limits: Limits{HubSenders: 16, HubRecipients: 16, HubCounterparties: 1000},
	})
	told := slices.ContainsFunc(r.Warnings, func(w string) bool { return strings.HasPrefix(w, "5 accounts ") })
	if len(r.Likely) != mostLikely || !told {
		t.Errorf("%d likely services, warnings %q", len(r.Likely), r.Warnings)
	}
}
