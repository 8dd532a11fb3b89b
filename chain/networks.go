package chain

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
)

func unlisted(id uint64) Network {
	name := fmt.Sprintf("eip155:%d", id)
	return Network{ID: id, Name: name, Title: name, Symbol: "coin", SLIP44: 60, Decimals: 18}
}

// networks is in order of chain id. Coin numbers are those of SLIP-44, 60 for
// every chain whose coin is ether. Genesis hashes are those that the chains'
// own clients are built with.
var networks = []Network{
	{
		ID: 1, Name: "ethereum", Title: "Ethereum", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"),
		Genesis:  common.HexToHash("0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"),
		Explorer: "https://etherscan.io",
	},
	{
		ID: 10, Name: "optimism", Title: "OP Mainnet", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x4200000000000000000000000000000000000006"),
		Genesis:  common.HexToHash("0x7ca38a1916c42007829c55e69d3e9a73265554b586a499015373241b8a3fa48b"),
		Explorer: "https://optimistic.etherscan.io",
	},
	{
		ID: 56, Name: "bsc", Title: "BNB Smart Chain", Symbol: "BNB", SLIP44: 714, Decimals: 18,
		Wrapped:  common.HexToAddress("0xbb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c"),
		Genesis:  common.HexToHash("0x0d21840abff46b96c84b2ac9e10e4f5cdaeb5693cb665db62a2f3b02d2d57b5b"),
		Explorer: "https://bscscan.com",
	},
	{
		ID: 61, Name: "ethereum-classic", Title: "Ethereum Classic", Symbol: "ETC", SLIP44: 61, Decimals: 18,
		Genesis:  common.HexToHash("0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"),
		Explorer: "https://etc.blockscout.com",
	},
	{
		ID: 100, Name: "gnosis", Title: "Gnosis Chain", Symbol: "xDAI", SLIP44: 700, Decimals: 18,
		Wrapped:  common.HexToAddress("0xe91d153e0b41518a2ce8dd3d7944fa863463a97d"),
		Genesis:  common.HexToHash("0x4f1dd23188aab3a76b463e4af801b52b1248ef073c648cbdc4c9333d3da79756"),
		Explorer: "https://gnosisscan.io",
	},
	{
		ID: 128, Name: "heco", Title: "Huobi ECO Chain", Symbol: "HT", SLIP44: 1010, Decimals: 18,
		Wrapped:  common.HexToAddress("0x5545153ccfca01fbd7dd11c0b23ba694d9509a6f"),
		Explorer: "https://hecoinfo.com",
	},
	{
		ID: 137, Name: "polygon", Title: "Polygon PoS", Symbol: "POL", SLIP44: 966, Decimals: 18,
		Wrapped:  common.HexToAddress("0x0d500b1d8e8ef31e21c99d1db9a6444d3adf1270"),
		Genesis:  common.HexToHash("0xa9c28ce2141b56c474f1dc504bee9b01eb1bd7d1a507580d5519d4437a97de1b"),
		Explorer: "https://polygonscan.com",
	},
	{
		ID: 250, Name: "fantom", Title: "Fantom Opera", Symbol: "FTM", SLIP44: 1007, Decimals: 18,
		Wrapped:  common.HexToAddress("0x21be370d5312f44cb42ce377bc9b8a0cef1a4c83"),
		Explorer: "https://ftmscan.com",
	},
	{
		ID: 324, Name: "zksync", Title: "ZKsync Era", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x5aea5775959fbc2557cc8789bc1bf90a239d9a91"),
		Explorer: "https://era.zksync.network",
	},
	{
		ID: 5000, Name: "mantle", Title: "Mantle", Symbol: "MNT", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x78c1b0c915c4faa5fffa6cabf0219da63d7f4cb8"),
		Explorer: "https://mantlescan.xyz",
	},
	{
		ID: 8453, Name: "base", Title: "Base", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x4200000000000000000000000000000000000006"),
		Genesis:  common.HexToHash("0xf712aa9241cc24369b143cf6dce85f0902a9731e70d66818a3a5845b296c73dd"),
		Explorer: "https://basescan.org",
	},
	{
		ID: 42161, Name: "arbitrum", Title: "Arbitrum One", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x82af49447d8a07e3bd95bd0d56f35241523fbab1"),
		Genesis:  common.HexToHash("0x7ee576b35482195fc49205cec9af72ce14f003b9ae69f6ba0faef4514be8b442"),
		Explorer: "https://arbiscan.io",
	},
	{
		ID: 42220, Name: "celo", Title: "Celo", Symbol: "CELO", SLIP44: 52752, Decimals: 18,
		Explorer: "https://celoscan.io",
	},
	{
		ID: 43114, Name: "avalanche", Title: "Avalanche C-Chain", Symbol: "AVAX", SLIP44: 9005, Decimals: 18,
		Wrapped:  common.HexToAddress("0xb31f66aa3c1e785363f0875a1b74e27b85fd66c7"),
		Genesis:  common.HexToHash("0x31ced5b9beb7f8782b014660da0cb18cc409f121f408186886e1ca3e8eeca96b"),
		Explorer: "https://snowtrace.io",
	},
	{
		ID: 59144, Name: "linea", Title: "Linea", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0xe5d7c2a44ffddf6b295a15c148167daaaf5cf34f"),
		Explorer: "https://lineascan.build",
	},
	{
		ID: 81457, Name: "blast", Title: "Blast", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x4300000000000000000000000000000000000004"),
		Explorer: "https://blastscan.io",
	},
	{
		ID: 534352, Name: "scroll", Title: "Scroll", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x5300000000000000000000000000000000000004"),
		Explorer: "https://scrollscan.com",
	},
}
