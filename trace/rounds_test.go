package trace_test

import (
	"context"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/chain/devnet"
	"losstracer/chain/history"
	"losstracer/trace"
	"losstracer/trace/incident"
)

// breeding is a chain on which every account has created another one.
type breeding struct{ trace.Source }

func (breeding) Created(_ context.Context, by common.Address, _ chain.Window) ([]history.Creation, error) {
	next := common.BigToAddress(new(big.Int).Add(by.Big(), big.NewInt(1)))
	return []history.Creation{{Address: next, By: by}}, nil
}

// TestRoundsEnd: pulling ends although parties are found for ever; that the last
// ones were not looked at is told, and leaves the case incomplete.
func TestRoundsEnd(t *testing.T) {
	t.Parallel()
	s, err := devnet.HotWalletTheft()
	if err != nil {
		t.Fatal(err)
	}
	e := served(t, s.Chain)
	whole := pull(t, s, trace.Assurance{}, e)
	e.Source = breeding{e.Source}
	c := pull(t, s, trace.Assurance{}, e)
	if len(c.Rounds) <= len(whole.Rounds) {
		t.Fatalf("%d rounds: nothing was found on the way", len(c.Rounds))
	}
	pulled := map[common.Address]bool{}
	for _, cov := range c.Coverage {
		pulled[cov.Address] = true
	}
	for _, a := range c.Attackers {
		if pulled[a.Account.Address] {
			continue
		}
		if told := strings.Join(c.Warnings, "\n"); !strings.Contains(told, chain.Hex(a.Account.Address)) {
			t.Errorf("%s was not looked at, and nobody says so: %s", a.Account.Address, told)
		}
	}
	if whole.Verdict != trace.Reconciled || c.Verdict != trace.Incomplete {
		t.Errorf("verdicts: all looked at %s, not all %s", whole.Verdict, c.Verdict)
	}
}

// frameless is an endpoint that does not tell what calls within a tx moved.
type frameless struct{ trace.Source }

func (f frameless) Tx(ctx context.Context, hash common.Hash) (*chain.Tx, []chain.Transfer, error) {
	tx, transfers, err := f.Source.Tx(ctx, hash)
	if err != nil {
		return tx, transfers, err
	}
	return tx, transfers, fmt.Errorf("tx %s: %w", hash, history.ErrNoFrames)
}

// TestEveryGapIsTold: where what else several txs of a theft moved cannot be seen, it
// is said of how many, and of a linked one as of any other.
func TestEveryGapIsTold(t *testing.T) {
	t.Parallel()
	s, err := devnet.HotWalletTheft()
	if err != nil {
		t.Fatal(err)
	}
	e := served(t, s.Chain)
	seen := pull(t, s, trace.Assurance{}, e)
	e.Source = frameless{e.Source}
	txs := seen.Statement.TheftTxs()
	if len(txs) < 2 || seen.BeyondGap != "" {
		t.Fatalf("%d transactions, gap where all is seen: %q", len(txs), seen.BeyondGap)
	}
	for _, linked := range [][]chain.Ref{nil, txs} {
		inc := writeUp(s)
		for _, ref := range linked {
			inc.Transactions = append(inc.Transactions, incident.Transaction{Hash: ref.Tx.Hex(), Chain: "ethereum", Role: incident.TxTheft, Pos: incident.Pos{Line: 25, Column: 1}})
		}
		c, err := trace.Investigate(t.Context(), trace.Request{Tool: "test", Incident: inc, Prices: book(s), Endpoints: []trace.Endpoint{e}})
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{fmt.Sprintf("%d transactions", len(txs)), txs[0].Tx.Hex(), txs[len(txs)-1].Tx.Hex()} {
			if !strings.Contains(c.BeyondGap, want) {
				t.Errorf("%d are linked: gap %q; want %s in it", len(linked), c.BeyondGap, want)
			}
		}
	}
}
