package report

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/flow"
	"losstracer/trace/label"
)

// The document is read by other programs: its fields are a promise.
func TestFlowDocument(t *testing.T) {
	t.Parallel()
	c := caseOf(t, tame, story())
	tags := &label.Book{}
	tags.Add(label.Tag{Chain: 1, Address: addressOf(0xe1), Label: tame.label, Category: label.Exchange, Source: "tags.csv", Confidence: 90})
	r, err := trace.Follow(t.Context(), trace.FollowRequest{Case: c, Tags: tags, Policy: flow.All, Limits: flow.Limits{Hops: 9}})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := Flow(&b, r, "json", 0); err != nil {
		t.Fatal(err)
	}
	type object = map[string]any
	var got struct {
		Schema, Policy                              string
		Limits                                      map[string]object
		Sources, Terminals, Held, Edges, Unresolved []object
		Conservation                                []map[string]string
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Schema != FlowSchema || got.Policy != "all" || got.Limits["hops"]["limit"] != "9" || got.Unresolved == nil || len(got.Sources) == 0 {
		t.Errorf("%s", b.Bytes())
	}
	pick := func(list []object, address string, keys ...string) object {
		t.Helper()
		out := object{}
		for _, o := range list {
			if o["address"] != address && o["to"] != address {
				continue
			}
			for _, k := range keys {
				v, ok := o[k]
				if !ok {
					t.Errorf("%q is missing in %v", k, o)
				}
				out[k] = v
			}
			return out
		}
		t.Errorf("%s is not in %v", address, list)
		return out
	}
	// The tenth of an ETH that the thief had goes first where what comes first does.
	const all, less = "200" + oneETH, "199900000000000000000"
	sum := object{"chain": "ethereum", "asset_id": "eip155:1/slip44:60", "symbol": "ETH", "quantity": "199.9", "amount": less, "usd": nil}
	exchange := chain.Hex(addressOf(0xe1))
	if diff := cmp.Diff(sum, pick(got.Edges, exchange, slices.Collect(maps.Keys(sum))...)); diff != "" {
		t.Errorf("edges (-want +got)\n%s", diff)
	}
	pick(got.Edges, exchange, "from", "to", "first_block", "last_block", "count")
	pick(got.Held, chain.Hex(addressOf(0xc3)), "address", "asset_id", "quantity", "usd", "amount")
	terminal := object{"kind": "exchange", "label": "Example Exchange 4", "basis": "attributed", "by_policy": object{
		"fifo": less, "lifo": all, "haircut": "199933355548150616460", "poison": all, "tainted-first": all, "tainted-last": less,
	}}
	maps.Copy(terminal, sum)
	if diff := cmp.Diff(terminal, pick(got.Terminals, exchange, slices.Collect(maps.Keys(terminal))...)); diff != "" {
		t.Errorf("terminals (-want +got)\n%s", diff)
	}
	for _, balance := range got.Conservation {
		if balance["difference"] != "0" {
			t.Errorf("%v", balance)
		}
	}
}
