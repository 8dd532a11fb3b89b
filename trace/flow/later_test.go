package flow

import (
	"strings"
	"testing"

	"losstracer/chain"
)

func TestSettledLater(t *testing.T) {
	t.Parallel()
	worth := prices{"X": 1, "Y": 2}
	pass := func(n int) (txs []string) { // n blocks of twelve seconds
		for range n {
			txs = append(txs, "X stranger other 1")
		}
		return txs
	}
	tests := []struct {
		name, reason string
		txs          []string
		value        prices
		people       bool
		want         []string
	}{
		{
			name: "in the next block", value: worth,
			txs:  []string{"X a desk 100", "Y desk a 50", "Y a b 50"},
			want: []string{"edge a→desk 100 X", "edge desk→a 50 Y for X", "edge a→b 50 Y", "held b 50 Y"},
		},
		{
			name: "less a fee, and a part", value: worth, reason: "40 of 100 are stolen",
			txs:  []string{"X a other 60", "X friend a 60", "X a desk 100", "Y desk a 48"},
			want: []string{"edge a→other 60 X", "edge a→desk 40 X", "edge desk→a 19 Y for X", "held other 60 X", "held a 19 Y"},
		},
		{
			name: "with others in between", value: worth, reason: "clean payments do not matter",
			txs:  []string{"X a desk 100", "X stranger desk 70", "Y desk stranger 35", "Y desk a 50"},
			want: []string{"edge a→desk 100 X", "edge desk→a 50 Y for X", "held a 50 Y"},
		},
		{
			name: "after the desk sold it", value: worth, reason: "then what it pays is what it got for it",
			txs:  []string{"X a desk 100", "X desk pool 100 + Y pool desk 50", "Y desk a 50"},
			want: []string{"edge a→desk 100 X", "edge desk→desk 50 Y for X", "edge desk→a 50 Y", "held a 50 Y"},
		},
		{
			name: "for less", value: worth,
			txs:  []string{"X a desk 100", "Y desk a 44"},
			want: []string{"edge a→desk 100 X", "held desk 100 X"},
		},
		{
			name: "too late", value: worth,
			txs:  append(append([]string{"X a desk 100"}, pass(301)...), "Y desk a 50"),
			want: []string{"edge a→desk 100 X", "held desk 100 X"},
		},
		{
			name: "to somebody else", value: worth,
			txs:  []string{"X a desk 100", "Y desk b 50"},
			want: []string{"edge a→desk 100 X", "held desk 100 X"},
		},
		{
			name: "without prices", value: prices{"X": 1},
			txs:  []string{"X a desk 100", "Y desk a 50"},
			want: []string{"edge a→desk 100 X", "held desk 100 X"},
		},
		{
			name: "by a person", value: worth, people: true,
			txs:  []string{"X a desk 100", "Y desk a 50"},
			want: []string{"edge a→desk 100 X", "held desk 100 X"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newTape()
			p.tx("X thief a 100")
			for _, tx := range test.txs {
				p.tx(strings.Split(tx, " + ")...)
			}
			req := Request{Sources: []Account{account("thief")}, Record: p.record(), Value: test.value.value}
			if test.people {
				req.IsContract = func(Account) (bool, bool) { return false, true }
			}
			r := trace(t, req)
			p.expect(t, test.reason, r, append(test.want, "edge thief→a 100 X")...)
			for _, c := range r.Conversions {
				if c.Account == account("desk") && c.In[0].Account == account("a") && c.Basis != chain.Heuristic {
					t.Errorf("a trade of two txs is said to be %s", c.Basis)
				}
			}
		})
	}
}

// Under every policy what was stolen is afterwards what came back, and what the
// desk pays on of the rest is clean.
func TestSettledLaterUnderEveryPolicy(t *testing.T) {
	t.Parallel()
	p := newTape()
	p.tx("X stranger desk 30")
	p.tx("X thief a 100")
	p.tx("X a desk 100")
	p.tx("X stranger desk 30")
	p.tx("Y desk a 50")
	p.tx("X desk out 160")
	for _, policy := range Policies() {
		r := trace(t, Request{Sources: []Account{account("thief")}, Record: p.record(), Policy: policy, Value: prices{"X": 1, "Y": 2}.value})
		want := []string{"edge thief→a 100 X", "edge a→desk 100 X", "edge desk→a 50 Y for X", "held a 50 Y"}
		if policy == Poison {
			want = append(want, "edge desk→out 160 X", "held out 160 X")
		}
		p.expect(t, policy.String(), r, want...)
	}
}
