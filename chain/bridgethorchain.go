package chain

import "strings"

// thorchain events: thorchain/thornode, THORChain_Router. The same event is
// that of the router's forks, whose chains are other ones.
func thorchainEvents() []bridgeEvent {
	return []bridgeEvent{newBridgeEvent("THORChain", roleTHORChain, "Deposit(address,address,uint256,string)", 2, readTHORChain)}
}

// thorAssets are the short names of assets in memos (dev.thorchain.org, memo
// length reduction).
var thorAssets = map[string]string{
	"r": "THOR.RUNE", "a": "AVAX.AVAX", "b": "BTC.BTC", "c": "BCH.BCH", "e": "ETH.ETH", "g": "GAIA.ATOM",
	"n": "BNB.BNB", "s": "BSC.BNB", "d": "DOGE.DOGE", "l": "LTC.LTC",
}

// thorChains are the chains before the point of an asset.
var thorChains = map[string]string{
	"THOR": "thorchain", "AVAX": "avalanche", "BTC": "bitcoin", "BCH": "bitcoin-cash", "ETH": "ethereum",
	"GAIA": "cosmos", "BNB": "binance-chain", "BSC": "bsc", "DOGE": "dogecoin", "LTC": "litecoin",
	"BASE": "base", "XRP": "xrp", "TRON": "tron",
}

// readTHORChain reads topics to, asset; words amount and the memo. What comes
// out is not on an EVM chain's logs by any id of the deposit, so the arrival
// is not looked for.
func readTHORChain(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.Asset, c.Units = b.token(l.address(l.topic(2))), units(l.word(0))
	return c.readMemo(string(l.bytes(1)))
}

// readMemo reads SWAP:ASSET:DESTINATION and more. A destination may be a
// THORName, which stands here as it was written, and may have a refund address
// behind a slash. What is swapped into a synthetic asset stays on THORChain.
func (c *Crossing) readMemo(memo string) bool {
	parts := strings.Split(memo, ":")
	if len(parts) < 3 {
		return false
	}
	switch strings.ToLower(parts[0]) {
	case "swap", "s", "=":
	default:
		return false
	}
	asset := parts[1]
	if long, ok := thorAssets[strings.ToLower(asset)]; ok {
		asset = long
	}
	at := strings.IndexAny(asset, "./~-")
	to, _, _ := strings.Cut(parts[2], "/")
	if at <= 0 || to == "" {
		return false
	}
	chain := strings.ToUpper(asset[:at])
	name, ok := thorChains[chain]
	switch {
	case asset[at] != '.':
		name = "thorchain"
	case !ok:
		name = "thorchain:" + strings.ToLower(Printable(chain, 20))
	}
	c.toName(name)
	c.toText(to)
	return true
}
