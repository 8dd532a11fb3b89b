package pricing

import (
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// MethodPar is the method of a quote that assumes that a dollar stablecoin is
// worth a dollar, because nobody said what it was worth.
const MethodPar = "par"

// par prices a dollar stablecoin at a dollar.
func par(a Ask, rank int) (Quote, bool) {
	name, ok := StablecoinName(a.Subject.Asset)
	if !ok || a.Subject.Symbol != "" {
		return Quote{}, false
	}
	if ended := parEnded(a.Subject.Asset); !ended.IsZero() && !a.At.Before(ended) {
		return Quote{}, false
	}
	return Quote{
		Subject: a.Subject, Price: decimal.New(1, 0), At: a.At, Source: "assumption", Method: MethodPar, Rank: rank,
		Doubt: "no source prices it: " + name + " is taken at its par of one dollar",
	}, true
}

// sai is the first dollar of Maker, which was shut down on 12 May 2020: since then it
// is exchanged for as much ether as a dollar was worth that day (Maker's notice of the
// shutdown).
var sai = common.HexToAddress("0x89d24a6b4ccb1b6faa2625fe562bdd9a23260359")

// parEnded returns since when a stablecoin is no longer meant to be worth a dollar;
// zero for still.
func parEnded(asset chain.AssetID) time.Time {
	if asset.ChainID() == 1 && asset.Contract() == sai {
		return time.Date(2020, 5, 12, 0, 0, 0, 0, time.UTC)
	}
	return BridgeFailed(asset.ChainID())
}

// BridgeFailed returns when the bridge that issued the dollar tokens of a chain
// was emptied, since when they are worth what is left behind them; zero for
// other chains. It is the end of the day: Multichain's on Fantom, Harmony's
// Horizon, HECO's own. The thefts themselves are told in the press and by the
// bridges.
func BridgeFailed(chainID uint64) time.Time {
	switch chainID {
	case 128:
		return time.Date(2023, 11, 23, 0, 0, 0, 0, time.UTC)
	case 250:
		return time.Date(2023, 7, 7, 0, 0, 0, 0, time.UTC)
	case 1666600000:
		return time.Date(2022, 6, 24, 0, 0, 0, 0, time.UTC)
	}
	return time.Time{}
}

// StablecoinName returns the name of a token that is meant to be worth a
// dollar, and whether an asset is one. Fakes of it are other contracts.
func StablecoinName(asset chain.AssetID) (string, bool) {
	if asset.Kind() != chain.ERC20 {
		return "", false
	}
	for _, s := range stablecoins {
		if s.chainID == asset.ChainID() && s.contract == asset.Contract() {
			return s.name, true
		}
	}
	return "", false
}

type stablecoin struct {
	chainID  uint64
	contract common.Address
	name     string
}

func stable(chainID uint64, contract, name string) stablecoin {
	return stablecoin{chainID, common.HexToAddress(contract), name}
}

// stablecoins is by chain id, then name. The contracts are those on which the
// currency tables of the Sushi SDK and DefiLlama's core assets agree; which of
// them aim at a dollar is what their issuers say of them. Algorithmic ones are
// left out: at par they would be at their most wrong when it matters.
var stablecoins = []stablecoin{
	stable(1, "0x4fabb145d64652a948d72533023f6e7a623c7c53", "BUSD"),
	stable(1, "0x6b175474e89094c44da98b954eedeac495271d0f", "DAI"),
	stable(1, "0xc5f0f7b66764f6ec8c8dff7ba683102295e16409", "FDUSD"),
	stable(1, "0x853d955acef822db058eb8505911ed77f175b99e", "FRAX"),
	stable(1, "0x5f98805a4e8be255a32880fdec7f6728c6568ba0", "LUSD"),
	stable(1, "0x89d24a6b4ccb1b6faa2625fe562bdd9a23260359", "SAI"),
	stable(1, "0x57ab1ec28d129707052df4df418d58a2d46d5f51", "sUSD"),
	stable(1, "0x0000000000085d4780b73119b644ae5ecd22b376", "TUSD"),
	stable(1, "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", "USDC"),
	stable(1, "0xdc035d45d973e3ec169d2276ddab16f1e407384f", "USDS"),
	stable(1, "0xdac17f958d2ee523a2206206994597c13d831ec7", "USDT"),
	stable(10, "0xda10009cbd5d07dd0cecc66161fc93d7c9000da1", "DAI"),
	stable(10, "0x0b2c639c533813f4aa9d7837caf62653d097ff85", "USDC"),
	stable(10, "0x7f5c764cbc14f9669b88837ca1490cca17c31607", "USDC.e"),
	stable(10, "0x94b008aa00579c1307b0ef2c499ad98a8ce58e58", "USDT"),
	stable(56, "0xe9e7cea3dedca5984780bafc599bd69add087d56", "BUSD"),
	stable(56, "0x1af3f329e8be154074d8769d1ffa4ee058b1dbc3", "DAI"),
	stable(56, "0xc5f0f7b66764f6ec8c8dff7ba683102295e16409", "FDUSD"),
	stable(56, "0x8ac76a51cc950d9822d68b83fe1ad97b32cd580d", "USDC"),
	stable(56, "0x55d398326f99059ff775485246999027b3197955", "USDT"),
	stable(100, "0xddafbb505ad214d7b80b1f830fccc89b60fb7a83", "USDC"),
	stable(100, "0x4ecaba5870353805a9f068101a40e0f32ed605c6", "USDT"),
	stable(128, "0x3d760a45d0887dfd89a2f5385a236b29cb46ed2a", "DAI"),
	stable(128, "0x9362bbef4b8313a8aa9f0c9808b80577aa26b73b", "USDC"),
	stable(128, "0xa71edc38d189767582c38a3145b5873052c3e47a", "USDT"),
	stable(137, "0x8f3cf7ad23cd3cadbd9735aff958023239c6a063", "DAI"),
	stable(137, "0x3c499c542cef5e3811e1192ce70d8cc03d5c3359", "USDC"),
	stable(137, "0x2791bca1f2de4661ed88a30c99a7a9449aa84174", "USDC.e"),
	stable(137, "0xc2132d05d31c914a87c6611c10748aeb04b58e8f", "USDT"),
	stable(250, "0x8d11ec38a3eb5e956b052f67da8bdc9bef8abf3e", "DAI"),
	stable(250, "0x04068da6c83afcfa0e13ba15a6696662335d5b75", "USDC"),
	stable(250, "0x049d68029688eabf473097a2fc38ef61633a3c7a", "USDT"),
	stable(324, "0x1d17cbcf0d6d143135ae902365d2e5e2a16538d4", "USDC"),
	stable(324, "0x3355df6d4c9c3035724fd0e3914de96a5a83aaf4", "USDC.e"),
	stable(324, "0x493257fd37edb34451f62edf8d2a0c418852ba4c", "USDT"),
	stable(2020, "0x0b7007c13325c48911f73a2dad5fa5dcbf808adc", "USDC"),
	stable(8453, "0x50c5725949a6f0c72e6c4a641f24049a917db0cb", "DAI"),
	stable(8453, "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913", "USDC"),
	stable(8453, "0xfde4c96c8593536e31f229ea8f37b2ada2699bb2", "USDT"),
	stable(42161, "0xda10009cbd5d07dd0cecc66161fc93d7c9000da1", "DAI"),
	stable(42161, "0xaf88d065e77c8cc2239327c5edb3a432268e5831", "USDC"),
	stable(42161, "0xff970a61a04b1ca14834a43f5de4533ebddb5cc8", "USDC.e"),
	stable(42161, "0xfd086bc7cd5c481dcc9c85ebe478a1c0b69fcbb9", "USDT"),
	stable(42220, "0xceba9300f2b948710d2653dd7b07f33a8b32118c", "USDC"),
	stable(42220, "0x48065fbbe25f71c9282ddf5e1cd6d6a887483d5e", "USDT"),
	stable(43114, "0xd586e7f844cea2f87f50152665bcbc2c279d8d70", "DAI.e"),
	stable(43114, "0xb97ef9ef8734c71904d8002f8b6bc66dd9c48a6e", "USDC"),
	stable(43114, "0xa7d7079b0fead91f3e65f86e8915cb59c1a4c664", "USDC.e"),
	stable(43114, "0x9702230a8ea53601f5cd2dc00fdbc13d4df4a8c7", "USDT"),
	stable(43114, "0xc7198437980c041c805a1edcba50c1ce5db95118", "USDT.e"),
	stable(59144, "0x176211869ca2b568f2a7d4ee941e073a821ee1ff", "USDC"),
}
