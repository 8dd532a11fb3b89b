package flow

import (
	"fmt"
	"strings"
	"testing"

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
			if len(l.Passed) != 1 || l.Passed[0].Units.Int64() == 0 || !strings.Contains(l.Why, "1 of its") {
				t.Errorf("told as %+v", l)
			}
			if len(r.Held) == 0 {
				t.Error("the trace ended at it")
			}
		})
	}
}
