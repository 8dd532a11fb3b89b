package flow

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The document is read by other programs: its fields are a promise.
func TestDocument(t *testing.T) {
	t.Parallel()
	p := newTape()
	p.tx("ETH thief a 3000000000000000000")
	p.tx("ETH a mixer 1000000000000000000", "ETH a gas 5")
	r := trace(t, Request{
		Policy: All, Sources: []Account{account("thief")}, Record: p.record(), Tags: labels{"mixer": "mixer"}, Limits: Limits{Hops: 9},
	})
	text, err := json.Marshal(Document{Result: r})
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		Schema       string
		Policy       string
		Limits       map[string]struct{ Limit string }
		Sources      []map[string]any
		Terminals    []map[string]any
		Held         []map[string]any
		Edges        []map[string]any
		Unresolved   []any
		Conservation []map[string]string
	}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got.Schema != Schema || got.Policy != "all" || got.Limits["hops"].Limit != "9" || got.Unresolved == nil {
		t.Errorf("%s", text)
	}
	terminal := got.Terminals[0]
	pick := func(m map[string]any, keys ...string) map[string]any {
		out := map[string]any{}
		for _, k := range keys {
			v, ok := m[k]
			if !ok {
				t.Errorf("%q is missing in %v", k, m)
			}
			out[k] = v
		}
		return out
	}
	want := map[string]any{
		"kind": "mixer", "chain": "ethereum", "address": "0x6d69786572000000000000000000000000000005", "label": "mixer",
		"asset_id": "eip155:1/slip44:60", "quantity": "1", "amount": "1000000000000000000", "usd": nil, "basis": "attributed",
		"by_policy": map[string]any{
			"fifo": "1000000000000000000", "lifo": "1000000000000000000", "haircut": "1000000000000000000",
			"poison": "1000000000000000000", "tainted-first": "1000000000000000000", "tainted-last": "1000000000000000000",
		},
	}
	if diff := cmp.Diff(want, pick(terminal, "kind", "chain", "address", "label", "asset_id", "quantity", "amount", "usd", "basis", "by_policy")); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	pick(got.Edges[0], "from", "to", "asset_id", "quantity", "usd", "first_block", "last_block", "count", "amount")
	pick(got.Held[0], "address", "asset_id", "quantity", "usd", "amount")
	balance := map[string]string{
		"asset_id": "eip155:1/slip44:60", "sources": "3000000000000000000", "terminals": "1000000000000000000",
		"held": "1999999999999999995", "fees": "5", "converted_out": "0", "converted_in": "0", "unresolved": "0", "difference": "0",
	}
	if diff := cmp.Diff(balance, got.Conservation[0]); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}
