package chaintest_test

import (
	"math/big"
	"testing"

	"losstracer/chain/chaintest"
)

func TestAnvil(t *testing.T) {
	t.Parallel()
	url := chaintest.Anvil(t, "--chain-id", "1", "--timestamp", "1600000000")
	c, node := dial(t, url), chaintest.Steer(t, url)
	if id := must(c.ChainID(t.Context()))(t); id.Uint64() != 1 {
		t.Errorf("chain id %v", id)
	}
	node.Impersonate(alice)
	node.SetBalance(alice, new(big.Int).Exp(units(10), units(18), nil))
	node.SetNonce(alice, 5)
	node.SetCode(vault, []byte{0})
	node.NextTime(1_700_000_000)
	tx := node.Send(alice, &bob, units(7), nil)
	r := node.Receipt(tx)
	if got := must(c.BalanceAt(t.Context(), bob, nil))(t); got.Int64() != 7 {
		t.Errorf("bob has %v, want 7", got)
	}
	if got := must(c.NonceAt(t.Context(), alice, nil))(t); got != 6 {
		t.Errorf("alice's nonce is %d, want 6", got)
	}
	if got := must(c.HeaderByNumber(t.Context(), r.BlockNumber))(t); got.Time != 1_700_000_000 {
		t.Errorf("time %d", got.Time)
	}
	if got := must(c.CodeAt(t.Context(), vault, nil))(t); len(got) != 1 {
		t.Errorf("code %x", got)
	}
	node.Mine(3)
	if got := must(c.BlockNumber(t.Context()))(t); got != r.BlockNumber.Uint64()+3 {
		t.Errorf("head %d after %v and 3 more", got, r.BlockNumber)
	}
}
