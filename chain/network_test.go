package chain_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"

	"losstracer/chain"
)

func TestNetworksTable(t *testing.T) {
	t.Parallel()
	table := chain.Networks()
	names := map[string]bool{}
	for i, n := range table {
		if i > 0 && table[i-1].ID >= n.ID {
			t.Errorf("%s is out of order", n.Name)
		}
		if names[n.Name] || n.Name == "" || n.Name != strings.ToLower(n.Name) {
			t.Errorf("name %q", n.Name)
		}
		names[n.Name] = true
		if n.Title == "" || n.Symbol == "" || n.SLIP44 == 0 || n.Decimals != 18 {
			t.Errorf("%s is not complete: %+v", n.Name, n)
		}
		if !strings.HasPrefix(n.Explorer, "https://") || strings.HasSuffix(n.Explorer, "/") {
			t.Errorf("%s: explorer %q", n.Name, n.Explorer)
		}
		if (n.CoinFaceOnly || n.CoinMints) && n.CoinFace == (common.Address{}) {
			t.Errorf("%s has no coin face to speak for it", n.Name)
		}
		if (n.Formerly == "") != (n.Renamed == 0) {
			t.Errorf("%s: renamed %d from %q", n.Name, n.Renamed, n.Formerly)
		}
		byID, ok1 := chain.NetworkByID(n.ID)
		byName, ok2 := chain.NetworkByName(strings.ToUpper(n.Name))
		if !ok1 || !ok2 || byID != n || byName != n {
			t.Errorf("%s is not found", n.Name)
		}
		if id, err := chain.ParseAssetID(n.Coin().String()); err != nil || id != n.Coin() {
			t.Errorf("%s: coin %v, %v", n.Name, n.Coin(), err)
		}
	}
	for _, name := range []string{
		"ethereum", "bsc", "polygon", "arbitrum", "optimism", "base", "avalanche", "gnosis", "fantom",
		"linea", "scroll", "zksync", "blast", "mantle", "celo", "heco", "ethereum-classic",
	} {
		if !names[name] {
			t.Errorf("no network %q", name)
		}
	}
}

func TestNetworksTableCannotBeChanged(t *testing.T) {
	t.Parallel()
	table := chain.Networks()
	table[0].Name = "elsewhere"
	if _, ok := chain.NetworkByName("elsewhere"); ok {
		t.Error("a caller renamed a network")
	}
}

// What the library at hand knows of Ethereum, and the rule behind ZKsync's
// genesis, can be held against the table; the rest is hearsay with a source.
func TestNetworksAgainstKnownRules(t *testing.T) {
	t.Parallel()
	ethereum, _ := chain.NetworkByID(1)
	if ethereum.Genesis != params.MainnetGenesisHash || ethereum.Cancun != *params.MainnetChainConfig.CancunTime {
		t.Errorf("ethereum: genesis %v, Cancun %d", ethereum.Genesis, ethereum.Cancun)
	}
	zksync, _ := chain.NetworkByName("zksync")
	if want := crypto.Keccak256Hash(make([]byte, 4)); zksync.Genesis != want {
		t.Errorf("zksync: genesis %v, want %v", zksync.Genesis, want)
	}
}

func TestUnlistedNetwork(t *testing.T) {
	t.Parallel()
	n, ok := chain.NetworkByID(424242)
	if ok || n.ID != 424242 || n.Name != "eip155:424242" || n.Coin() != chain.NativeAsset(424242) {
		t.Errorf("got %+v, %v", n, ok)
	}
}

func TestRenamedCoin(t *testing.T) {
	t.Parallel()
	polygon, _ := chain.NetworkByName("polygon")
	for _, test := range []struct {
		time uint64
		want string
	}{{1700000000, "MATIC"}, {1725407999, "MATIC"}, {1725408000, "POL"}, {1760000000, "POL"}} {
		if got := polygon.CoinMetaAt(test.time).Symbol; got != test.want {
			t.Errorf("at %d: %s, want %s", test.time, got, test.want)
		}
	}
	if got := polygon.CoinSymbols(); !slices.Equal(got, []string{"POL", "MATIC"}) {
		t.Errorf("symbols %v", got)
	}
	ethereum, _ := chain.NetworkByID(1)
	if got := ethereum.CoinMetaAt(0).Symbol; got != "ETH" {
		t.Errorf("ether was called %s", got)
	}
}
