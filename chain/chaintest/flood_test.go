package chaintest_test

import (
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/chain/chaintest"
	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
)

// TestFlood pulls a small flood: every transfer is there and proven, and every
// balance closes.
func TestFlood(t *testing.T) {
	t.Parallel()
	flood := chaintest.NewFlood(30, 50)
	client, err := ethrpc.New(chaintest.Host(t, flood), ethrpc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	h, err := history.New(client, history.Options{}).History(t.Context(), chain.Query{
		Addresses: []common.Address{chaintest.FloodAccount}, Window: chain.Window{From: 1, To: flood.Blocks},
	})
	if err != nil {
		t.Fatal(err)
	}
	if uint64(len(h.Transfers)) != flood.Transfers() {
		t.Errorf("transfers: got %d, want %d", len(h.Transfers), flood.Transfers())
	}
	for _, x := range h.Transfers {
		if !x.Proof.Proven() {
			t.Fatalf("%s is unproven: %s", x.Ref, x.Proof.Why())
		}
	}
	for _, c := range h.Closure {
		if r, ok := c.Residual(); !ok || !r.IsZero() {
			t.Errorf("%s does not close: %s left, %s", c.Asset, r, c.Note)
		}
	}
}
