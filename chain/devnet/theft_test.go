package devnet_test

import (
	"bytes"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"losstracer/chain"
	"losstracer/chain/devnet"
)

func TestHotWalletTheft(t *testing.T) {
	t.Parallel()
	s, err := devnet.HotWalletTheft()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("taken", func(t *testing.T) { checkTaken(t, s) })
	t.Run("first theft", func(t *testing.T) {
		first := time.Unix(int64(s.Txs["first theft"].Time), 0).UTC()
		if want := time.Date(2023, 11, 18, 17, 5, 23, 0, time.UTC); !first.Equal(want) {
			t.Errorf("at %s, want %s", first, want)
		}
	})
	t.Run("sent onward", func(t *testing.T) {
		if n := len(s.Of(devnet.Onward)); n != 5 {
			t.Errorf("in %d parts, want 5", n)
		}
		if got, want := s.Out(devnet.Onward, devnet.ETH()).Units().String(), "12903500000000000000000"; got != want {
			t.Errorf("%s wei, want %s", got, want)
		}
	})
	t.Run("proceeds", func(t *testing.T) { checkProceeds(t, s) })
	t.Run("look-alikes", func(t *testing.T) { checkLookAlikes(t, s) })
	t.Run("write-up of the demo", func(t *testing.T) { checkDemo(t, s) })
}

func checkTaken(t *testing.T, s *devnet.Scenario) {
	for _, loss := range []struct {
		name  string
		asset chain.AssetID
		units string
	}{
		{"24,570,000 USDT", devnet.USDT(), "24570000000000"},
		{"488.7 ETH", devnet.ETH(), "488700000000000000000"},
		{"125,056 USDC", devnet.USDC(), "125056000000"},
	} {
		if got := s.In(devnet.Theft, loss.asset).Units().String(); got != loss.units {
			t.Errorf("%s base units, want %s (%s)", got, loss.units, loss.name)
		}
		if got := s.Loss(loss.asset).Gross.String(); got != loss.units {
			t.Errorf("stated as %s base units, want %s (%s)", got, loss.units, loss.name)
		}
	}
}

// The stablecoins must fetch what ether cost that day, or the valuation of
// the loss and of the proceeds would tell different stories.
func checkProceeds(t *testing.T, s *devnet.Scenario) {
	sold := new(big.Int).Add(s.Out(devnet.Swap, devnet.USDT()).Units(), s.Out(devnet.Swap, devnet.USDC()).Units())
	if sold.String() != "24695056000000" {
		t.Errorf("sold %s base units of stablecoins", sold)
	}
	milliETH := new(big.Int).Div(s.In(devnet.Swap, devnet.ETH()).Units(), big.NewInt(1e15))
	cents := new(big.Int).Div(new(big.Int).Mul(sold, big.NewInt(100_000)), milliETH)
	cents.Div(cents, big.NewInt(1e6))
	if c := cents.Int64(); c < 196_300 || c > 199_000 {
		t.Errorf("ether was bought at %d cents, want about 196,367", c)
	}
}

func checkLookAlikes(t *testing.T, s *devnet.Scenario) {
	for _, label := range []string{"victim", "onward 1"} {
		a, b := s.Parties[label], s.Parties["look-alike of "+label]
		if a == b || !bytes.Equal(a[:3], b[:3]) || !bytes.Equal(a[17:], b[17:]) {
			t.Errorf("%s does not look like %s (%s)", b, a, label)
		}
	}
}

// The demo's write-up is about this chain, so it must name its addresses.
func checkDemo(t *testing.T, s *devnet.Scenario) {
	text, err := os.ReadFile("../../cmd/losstracer/demo/incident.md")
	if err != nil {
		t.Fatal(err)
	}
	attacker, victim := chain.Hex(s.Parties["attacker"]), chain.Hex(s.Parties["victim"])
	for _, link := range []string{"/address/" + attacker, "idm?addresses=" + attacker + "," + victim + "&type=1"} {
		if !strings.Contains(string(text), "https://etherscan.io/"+strings.TrimPrefix(link, "/")) {
			t.Errorf("no link to %s", link)
		}
	}
}
