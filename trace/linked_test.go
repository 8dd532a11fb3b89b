package trace_test

import (
	"testing"

	"losstracer/chain"
	"losstracer/chain/devnet"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
)

// TestLinkedReturn: what somebody whom nobody names gave back is a return where
// the write-up links it as one, and is nothing that the attackers' own history
// could show.
func TestLinkedReturn(t *testing.T) {
	t.Parallel()
	s, err := devnet.ReturnedByAnother()
	if err != nil {
		t.Fatal(err)
	}
	url := onGoEthereum(t, s)
	inc := writeUp(s)
	if got := investigateAt(t, s, inc, url, 1).Statement.Losses[0].Returned; !got.IsZero() {
		t.Errorf("%s returned without a link that says so", got.Units())
	}
	inc.Transactions = []incident.Transaction{{Hash: s.Txs["return"].Hash.Hex(), Chain: "ethereum", Role: incident.TxReturn, Pos: incident.Pos{Line: 50, Column: 1}}}
	l := investigateAt(t, s, inc, url, 1).Statement.Losses[0]
	if l.Returned.Units().Cmp(s.Losses[0].Returned) != 0 {
		t.Errorf("%s returned, want %s", l.Returned.Units(), s.Losses[0].Returned)
	}
	for _, j := range l.Judgements {
		if j.Class == loss.Return && j.Basis != chain.Heuristic && j.Basis != chain.Attributed {
			t.Errorf("the return rests on what the write-up says, and is called %s", j.Basis)
		}
	}
}
