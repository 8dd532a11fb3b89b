package chain

import (
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
)

// Network describes one EVM chain: a row of a fixed table of public facts.
type Network struct {
	ID       uint64 // EIP-155
	Name     string // short name, as in flags and JSON
	Title    string // name in prose
	Symbol   string // of the coin
	SLIP44   uint32 // of the coin, in asset ids
	Decimals uint8  // of the coin
	// Wrapped is the contract that wraps the coin one to one; zero where there
	// is none that everybody uses.
	Wrapped common.Address
	// CoinFace is the contract at which the coin itself answers as an ERC-20
	// token; zero where it does not. What it logs are movements of the coin,
	// never of a second asset.
	CoinFace common.Address
	// CoinFaceOnly is set where the face moves the coin in no call frame with
	// value, so that its Transfer logs are the only record. Elsewhere they
	// repeat what tx and frames say.
	CoinFaceOnly bool
	// CoinMints is set where the face logs as a Mint a credit of the coin that no call
	// frame and no Transfer tells.
	CoinMints bool
	// Formerly is the coin's symbol before Renamed, Unix seconds; empty where
	// it never had another.
	Formerly string
	Renamed  uint64
	// Cancun is when EIP-6780 took effect, Unix seconds; zero where it is not
	// known here.
	Cancun uint64
	// Genesis is the hash of block 0; zero where it is not known here, so that
	// an endpoint's identity rests on its chain id alone.
	Genesis  common.Hash
	Explorer string // base URL of a block explorer, for links
}

// Coin returns the id of the network's coin.
func (n Network) Coin() AssetID { return NativeAsset(n.ID) }

// CoinMeta returns how the coin is displayed.
func (n Network) CoinMeta() TokenMeta {
	return TokenMeta{Symbol: n.Symbol, Name: n.Title + " coin", Decimals: n.Decimals, DecimalsKnown: true}
}

// CoinMetaAt returns how the coin was displayed at a time, in Unix seconds:
// MATIC for what Polygon calls POL since September 2024.
func (n Network) CoinMetaAt(time uint64) TokenMeta {
	meta := n.CoinMeta()
	if n.Formerly != "" && time < n.Renamed {
		meta.Symbol = n.Formerly
	}
	return meta
}

// CoinSymbols returns every symbol by which write-ups name the coin, the
// present one first.
func (n Network) CoinSymbols() []string {
	if n.Formerly == "" {
		return []string{n.Symbol}
	}
	return []string{n.Symbol, n.Formerly}
}

// Networks returns the table, by chain id.
func Networks() []Network { return slices.Clone(networks) }

// NetworkByID finds a chain by its EIP-155 id. For an id that is not in the
// table it returns a network that carries the id alone, and false.
func NetworkByID(id uint64) (Network, bool) {
	for _, n := range networks {
		if n.ID == id {
			return n, true
		}
	}
	return unlisted(id), false
}

// NetworkByName finds a chain by its short name.
func NetworkByName(name string) (Network, bool) {
	for _, n := range networks {
		if n.Name == strings.ToLower(name) {
			return n, true
		}
	}
	return Network{}, false
}
