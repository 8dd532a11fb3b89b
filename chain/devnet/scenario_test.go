package devnet_test

import (
	"testing"

	"losstracer/chain/devnet"
)

func TestHotWalletTheft(t *testing.T) {
	s, err := devnet.HotWalletTheft()
	if err != nil {
		t.Fatal(err)
	}
	t.Log(s.Chain.Head())
	n, err := devnet.Start(s.Chain)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(n.URL())
	for _, m := range s.Movements {
		if m.Class != devnet.Fee {
			t.Log(m.Block, m.Time, m.Class, m.Asset, m.Sender, m.To, m.Units)
		}
	}
	n.Close()
}
