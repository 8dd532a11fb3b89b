package llama

import (
	"encoding/json"
	"maps"
	"slices"

	"losstracer/chain"
	"losstracer/pricing"
)

// chainNames are the service's names of chains, which are those of
// DefiLlama/defillama-server, common/chainToCoingeckoId.ts.
var chainNames = map[uint64]string{
	1: "ethereum", 10: "optimism", 25: "cronos", 56: "bsc", 66: "okexchain", 100: "xdai", 122: "fuse", 128: "heco", 137: "polygon",
	146: "sonic", 169: "manta", 196: "xlayer", 250: "fantom", 324: "era", 369: "pulse", 480: "wc", 1088: "metis", 1101: "polygon_zkevm",
	1284: "moonbeam", 1285: "moonriver", 1329: "sei", 2222: "kava", 5000: "mantle", 8217: "klaytn", 8453: "base", 34443: "mode",
	42161: "arbitrum", 42170: "arbitrum_nova", 42220: "celo", 43114: "avax", 59144: "linea", 80094: "berachain", 81457: "blast",
	534352: "scroll", 7777777: "zora", 1313161554: "aurora", 1666600000: "harmony",
}

// coinOf returns the service's name of what is asked for.
func coinOf(a pricing.Ask) (string, bool) {
	if id, ok := pricing.CoinID(a.Subject, a.At); ok {
		return "coingecko:" + id, true
	}
	name, ok := chainNames[a.Subject.Asset.ChainID()]
	if !ok || a.Subject.Symbol != "" || a.Subject.Asset.Kind() != chain.ERC20 {
		return "", false
	}
	return name + ":" + chain.Hex(a.Subject.Asset.Contract()), true
}

// mostPerPart is how many prices one request asks for: their names, percent
// signs included, stay below the 8,000 characters that servers take.
const mostPerPart = 60

// part is what one request asks for, in order of the coins.
type part []struct {
	coin string
	at   []int64 // ascending, each once
}

func parts(times map[string][]int64) []part {
	var list []part
	var p part
	n := 0
	for _, coin := range slices.Sorted(maps.Keys(times)) {
		at := slices.Clone(times[coin])
		slices.Sort(at)
		for chunk := range slices.Chunk(slices.Compact(at), mostPerPart) {
			if n+len(chunk) > mostPerPart {
				list, p, n = append(list, p), nil, 0
			}
			p = append(p, struct {
				coin string
				at   []int64
			}{coin, chunk})
			n += len(chunk)
		}
	}
	if n > 0 {
		list = append(list, p)
	}
	return list
}

func (p part) coins() []string {
	names := make([]string, len(p))
	for i, c := range p {
		names[i] = c.coin
	}
	return names
}

// fail notes why nothing was learnt about the coins of a part.
func (p part) fail(failed map[string]string, why string) {
	for _, c := range p {
		failed[c.coin] = why
	}
}

func (p part) sameTime() bool {
	for _, c := range p {
		if len(c.at) != 1 || c.at[0] != p[0].at[0] {
			return false
		}
	}
	return true
}

// json writes {"coin":[time,…],…} in order of the coins, so that the same asks
// are the same request.
func (p part) json() string {
	all := make(map[string][]int64, len(p))
	for _, c := range p {
		all[c.coin] = append(all[c.coin], c.at...)
	}
	b, err := json.Marshal(all) // sorts the keys
	if err != nil {
		panic("llama: names and numbers are always JSON: " + err.Error())
	}
	return string(b)
}
