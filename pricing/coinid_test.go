package pricing_test

import (
	"testing"
	"time"

	"losstracer/chain"
	"losstracer/pricing"
)

// TestCoinOfEveryChain: the services are asked for the coin of every network of the
// table, and for a bare symbol only where it means one thing.
func TestCoinOfEveryChain(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 6, 1, 0, 0, 0, 0, time.UTC)
	for _, n := range chain.Networks() {
		if id, ok := pricing.CoinID(pricing.Of(n.Coin()), at); !ok {
			t.Errorf("%s: no id of its coin, %s", n.Name, n.CoinMeta().Symbol)
		} else if n.ID == 5000 && id != "mantle" || n.ID == 146 && id != "sonic-3" {
			t.Errorf("%s: %s", n.Name, id)
		}
	}
	for _, symbol := range []string{"S", "MNT", "SCAM"} {
		if id, ok := pricing.CoinID(pricing.Subject{Symbol: symbol}, at); ok {
			t.Errorf("the bare symbol %s is taken for %s", symbol, id)
		}
	}
}
