package trace_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain/devnet"
	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
	"losstracer/trace"
)

func served(t *testing.T, c *devnet.Chain) trace.Endpoint {
	t.Helper()
	client, err := ethrpc.New(devnet.Serve(t, c), ethrpc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return trace.Endpoint{Host: client.Host(), Source: history.New(client, history.Options{})}
}

// What the user has checked beyond one endpoint's word stands in the case, and
// what was found is the same.
func TestAssurance(t *testing.T) {
	t.Parallel()
	s, err := devnet.HotWalletTheft()
	if err != nil {
		t.Fatal(err)
	}
	other, err := devnet.FlashLoanExploit()
	if err != nil {
		t.Fatal(err)
	}
	first, second, fork := served(t, s.Chain), served(t, s.Chain), served(t, other.Chain)
	plain := pull(t, s, trace.Assurance{}, first)
	end := plain.Scopes[0].End.Hash
	anchor := "anchor " + end.Hex()
	rows := []struct {
		name      string
		sure      trace.Assurance
		endpoints []trace.Endpoint
		vouched   string   // who vouches for all proven transfers
		vouchedBy []string // who is named
		warning   string   // about it; empty for none
		absence   bool     // is proven
	}{
		{name: "nothing is asked for", endpoints: []trace.Endpoint{first, second}, vouched: first.Host, vouchedBy: []string{first.Host}},
		{name: "an anchor", sure: trace.Assurance{Anchors: []common.Hash{end}}, endpoints: []trace.Endpoint{first}, vouched: anchor, vouchedBy: []string{anchor, first.Host}},
		{name: "an anchor of nowhere", sure: trace.Assurance{Anchors: []common.Hash{{7}}}, endpoints: []trace.Endpoint{first}, vouched: first.Host, vouchedBy: []string{first.Host}, warning: "no endpoint knows such a block"},
		{name: "a second endpoint", sure: trace.Assurance{CrossCheck: 100}, endpoints: []trace.Endpoint{first, second}, vouched: second.Host, vouchedBy: []string{first.Host, second.Host}},
		{name: "no second endpoint", sure: trace.Assurance{CrossCheck: 100}, endpoints: []trace.Endpoint{first}, vouched: first.Host, vouchedBy: []string{first.Host}, warning: "nothing was cross-checked"},
		{name: "the same endpoint twice", sure: trace.Assurance{CrossCheck: 100}, endpoints: []trace.Endpoint{first, first}, vouched: first.Host, vouchedBy: []string{first.Host}, warning: "nothing was cross-checked"},
		{name: "an endpoint of a fork", sure: trace.Assurance{CrossCheck: 20}, endpoints: []trace.Endpoint{first, fork}, vouched: first.Host, vouchedBy: []string{first.Host}, warning: fork.Host},
		{name: "absence", sure: trace.Assurance{ProveAbsence: true}, endpoints: []trace.Endpoint{first}, vouched: first.Host, vouchedBy: []string{first.Host}, absence: true},
		{name: "everything", sure: trace.Assurance{Anchors: []common.Hash{end}, CrossCheck: 100, ProveAbsence: true}, endpoints: []trace.Endpoint{first, second}, vouched: anchor, vouchedBy: []string{anchor, first.Host, second.Host}, absence: true},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			c := pull(t, s, row.sure, row.endpoints...)
			if c.Evidence.FactsDigest != plain.Evidence.FactsDigest {
				t.Error("what was found is not the same")
			}
			if v := c.Evidence.Vouched; len(v) != 1 || v[0].By != row.vouched || v[0].Transfers < c.Evidence.Proven {
				t.Errorf("vouched: %v, want all of %d by %s", v, c.Evidence.Proven, row.vouched)
			}
			for _, who := range row.vouchedBy {
				if !slices.Contains(c.Evidence.VouchedBy, who) {
					t.Errorf("%s is not among %q", who, c.Evidence.VouchedBy)
				}
			}
			told := slices.DeleteFunc(slices.Clone(c.Warnings), func(w string) bool { return slices.Contains(plain.Warnings, w) })
			if (row.warning != "") != (len(told) > 0) || len(told) > 0 && !strings.Contains(told[0], row.warning) {
				t.Errorf("warnings %q, want %q", told, row.warning)
			}
			for _, cov := range c.Coverage {
				if cov.Scope == "tokens" && strings.HasPrefix(cov.Note, "proven: ") != row.absence {
					t.Errorf("tokens of %s: %s", cov.Address, cov.Note)
				}
			}
		})
	}
}

func pull(t *testing.T, s *devnet.Scenario, sure trace.Assurance, endpoints ...trace.Endpoint) *trace.Case {
	t.Helper()
	c, err := trace.Investigate(t.Context(), trace.Request{Tool: "test", Incident: writeUp(s), Prices: book(s), Endpoints: endpoints, Assurance: sure})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
