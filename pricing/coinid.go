package pricing

import (
	"time"

	"losstracer/chain"
)

// CoinID returns the id under which CoinGecko, and services that took its ids
// over, know a coin: that of a chain, or one that is meant by its symbol. It
// is not for tokens, which are known by their contract. The time matters where
// a chain changed its coin.
func CoinID(s Subject, t time.Time) (string, bool) {
	if s.Symbol != "" {
		id, ok := coinIDBySymbol(s.Symbol)
		return id, ok
	}
	if s.Asset.Kind() != chain.Native || s.Asset.IsZero() {
		return "", false
	}
	n, known := chain.NetworkByID(s.Asset.ChainID())
	if !known {
		return "", false
	}
	symbol := n.CoinMetaAt(uint64(max(t.Unix(), 0))).Symbol
	for _, c := range coinIDs {
		if c.native && c.symbol == symbol {
			return c.id, true
		}
	}
	id, known := chainCoins[n.ID]
	return id, known
}

// pricedElsewhere returns the coin that an ask is for, or that what it is for wraps,
// and what else has a price and is the same coin by its id: that of another chain, or
// a bare symbol. Of several it is the first in order.
func pricedElsewhere(book *Book, a Ask) (coin, other Subject, ok bool) {
	coin = a.Subject
	if wrapped, is := coinOf(coin); is {
		coin = wrapped
	}
	id, known := CoinID(coin, a.At)
	if !known {
		return coin, other, false
	}
	for s := range book.shelves {
		if s == coin || s == a.Subject || ok && s.Compare(other) > 0 {
			continue
		}
		if same, _ := CoinID(s, a.At); same != id {
			continue
		}
		if _, priced := book.At(s, a.At); priced {
			other, ok = s, true
		}
	}
	return coin, other, ok
}

func coinIDBySymbol(symbol string) (string, bool) {
	for _, c := range coinIDs {
		if c.symbol == symbol {
			return c.id, true
		}
	}
	return "", false
}

// chainCoins are coins of chains whose symbols mean too many things, or too little, to
// be taken for them elsewhere: MNT is also the money of Mongolia. The ids are those of
// CoinGecko's list of coins, on which code that asks it agrees.
var chainCoins = map[uint64]string{
	66: "oec-token", 100: "xdai", 146: "sonic-3", 196: "okb", 369: "pulsechain", 1329: "sei-network", 2020: "ronin", 5000: "mantle", 80094: "berachain-bera",
}

// coinIDs are those of CoinGecko's list of coins; those of chains' coins also
// stand in DefiLlama's chainTokens. A symbol that is a chain's coin in the
// table of networks is marked as native: that table is ours, so the symbol is
// no stranger's text there.
var coinIDs = []struct {
	symbol, id string
	native     bool
}{
	{"ADA", "cardano", false},
	{"AVAX", "avalanche-2", true},
	{"BCH", "bitcoin-cash", false},
	{"BNB", "binancecoin", true},
	{"BTC", "bitcoin", false},
	{"CELO", "celo", true},
	{"CRO", "crypto-com-chain", true},
	{"DOGE", "dogecoin", false},
	{"EOS", "eos", false},
	{"ETC", "ethereum-classic", true},
	{"ETH", "ethereum", true},
	{"FTM", "fantom", true},
	{"FUSE", "fuse-network-token", true},
	{"GLMR", "moonbeam", true},
	{"HT", "huobi-token", true},
	{"KAVA", "kava", true},
	{"KLAY", "klay-token", true},
	{"LTC", "litecoin", false},
	{"MATIC", "matic-network", true},
	{"METIS", "metis-token", true},
	{"MOVR", "moonriver", true},
	{"NEO", "neo", false},
	{"ONE", "harmony", true},
	{"POL", "polygon-ecosystem-token", true},
	{"SOL", "solana", false},
	{"TRX", "tron", false},
	{"XLM", "stellar", false},
	{"XMR", "monero", false},
	{"XRP", "ripple", false},
	{"XTZ", "tezos", false},
}
