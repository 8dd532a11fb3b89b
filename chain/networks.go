package chain

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
)

func unlisted(id uint64) Network {
	name := fmt.Sprintf("eip155:%d", id)
	return Network{ID: id, Name: name, Title: name, Symbol: "coin", SLIP44: 60, Decimals: 18}
}

// ecotone is when the OP Stack's chains took EIP-6780 in, by the superchain
// registry.
const ecotone = 1710374401

// networks is in order of chain id.
//
// Chain ids and coins are those of ethereum-lists/chains. Coin numbers are
// those of SLIP-44 as asset ids use them; 60 where the coin is ether and where
// no number of the coin's own could be confirmed. Genesis hashes are the ones
// that the chains' clients are built with (go-ethereum, reth, bor, celo, the
// superchain registry), or that two independent sources agree on; a wrapped
// coin is listed where two independent registries name the same contract (the
// OP Stack's is its predeploy).
var networks = []Network{
	{
		ID: 1, Name: "ethereum", Title: "Ethereum", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"),
		Genesis:  common.HexToHash("0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"),
		Cancun:   1710338135, // go-ethereum params.MainnetChainConfig
		Explorer: "https://etherscan.io",
	},
	{
		// Before Bedrock, ether came from and went to L1 through OVM_ETH, whose mint
		// and burn logged it and moved it in no call; its transfer was disabled.
		ID: 10, Name: "optimism", Title: "OP Mainnet", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:      common.HexToAddress("0x4200000000000000000000000000000000000006"),
		Genesis:      common.HexToHash("0x7ca38a1916c42007829c55e69d3e9a73265554b586a499015373241b8a3fa48b"),
		CoinFace:     common.HexToAddress("0xdeaddeaddeaddeaddeaddeaddeaddeaddead0000"),
		CoinFaceOnly: true,
		Cancun:       ecotone,
		Explorer:     "https://optimistic.etherscan.io",
	},
	{
		ID: 25, Name: "cronos", Title: "Cronos", Symbol: "CRO", SLIP44: 394, Decimals: 18,
		Wrapped:  common.HexToAddress("0x5c7f8a570d578ed84e63fdfa7b1ee72deae1ae23"),
		Explorer: "https://explorer.cronos.org",
	},
	{
		// SLIP-44 registers 714 for BNB and 9006 for the chain. Asset ids in use
		// (MetaMask's and ShapeShift's tables) say 714.
		ID: 56, Name: "bsc", Title: "BNB Smart Chain", Symbol: "BNB", SLIP44: 714, Decimals: 18,
		Wrapped:  common.HexToAddress("0xbb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c"),
		Genesis:  common.HexToHash("0x0d21840abff46b96c84b2ac9e10e4f5cdaeb5693cb665db62a2f3b02d2d57b5b"),
		Explorer: "https://bscscan.com",
	},
	{
		// Shares Ethereum's first block. Two wrapped coins are in use, each with a
		// part of the market, so none is the chain's own.
		ID: 61, Name: "ethereum-classic", Title: "Ethereum Classic", Symbol: "ETC", SLIP44: 61, Decimals: 18,
		Genesis:  common.HexToHash("0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"),
		Explorer: "https://etc.blockscout.com",
	},
	{
		ID: 66, Name: "okc", Title: "OKT Chain", Symbol: "OKT", SLIP44: 996, Decimals: 18,
		Wrapped:  common.HexToAddress("0x8f8526dbfd6e38e3d8307702ca8469bae6c56c15"),
		Explorer: "https://www.oklink.com/okc",
	},
	{
		ID: 100, Name: "gnosis", Title: "Gnosis Chain", Symbol: "xDAI", SLIP44: 700, Decimals: 18,
		Wrapped:  common.HexToAddress("0xe91d153e0b41518a2ce8dd3d7944fa863463a97d"),
		Genesis:  common.HexToHash("0x4f1dd23188aab3a76b463e4af801b52b1248ef073c648cbdc4c9333d3da79756"),
		Explorer: "https://gnosisscan.io",
	},
	{
		ID: 122, Name: "fuse", Title: "Fuse", Symbol: "FUSE", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x0be9e53fd7edac9f859882afdda116645287c629"),
		Explorer: "https://explorer.fuse.io",
	},
	{
		ID: 128, Name: "heco", Title: "Huobi ECO Chain", Symbol: "HT", SLIP44: 1010, Decimals: 18,
		Wrapped:  common.HexToAddress("0x5545153ccfca01fbd7dd11c0b23ba694d9509a6f"),
		Explorer: "https://hecoinfo.com",
	},
	{
		ID: 130, Name: "unichain", Title: "Unichain", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x4200000000000000000000000000000000000006"),
		Explorer: "https://uniscan.xyz",
	},
	{
		// MRC20 is paid in the coin and passes it on by a call with value, which its
		// Transfer repeats (maticnetwork/contracts, child/MRC20.sol).
		ID: 137, Name: "polygon", Title: "Polygon PoS", Symbol: "POL", SLIP44: 966, Decimals: 18,
		Wrapped:  common.HexToAddress("0x0d500b1d8e8ef31e21c99d1db9a6444d3adf1270"),
		Genesis:  common.HexToHash("0xa9c28ce2141b56c474f1dc504bee9b01eb1bd7d1a507580d5519d4437a97de1b"),
		CoinFace: common.HexToAddress("0x0000000000000000000000000000000000001010"),
		Formerly: "MATIC", Renamed: 1725408000, // 2024-09-04, announced by Polygon
		Explorer: "https://polygonscan.com",
	},
	{
		ID: 146, Name: "sonic", Title: "Sonic", Symbol: "S", SLIP44: 10007, Decimals: 18,
		Wrapped:  common.HexToAddress("0x039e2fb66102314ce7b64ce5ce3e5183bc94ad38"),
		Explorer: "https://sonicscan.org",
	},
	{
		ID: 169, Name: "manta", Title: "Manta Pacific", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x0dc808adce2099a9f62aa87d9670745aba741746"),
		Explorer: "https://pacific-explorer.manta.network",
	},
	{
		ID: 196, Name: "xlayer", Title: "X Layer", Symbol: "OKB", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0xe538905cf8410324e03a5a23c1c177a474d59b2b"),
		Explorer: "https://www.oklink.com/xlayer",
	},
	{
		ID: 204, Name: "opbnb", Title: "opBNB", Symbol: "BNB", SLIP44: 714, Decimals: 18,
		Wrapped:  common.HexToAddress("0x4200000000000000000000000000000000000006"),
		Explorer: "https://opbnbscan.com",
	},
	{
		// No genesis hash: its clients answer with different hashes for block 0.
		ID: 250, Name: "fantom", Title: "Fantom Opera", Symbol: "FTM", SLIP44: 1007, Decimals: 18,
		Wrapped:  common.HexToAddress("0x21be370d5312f44cb42ce377bc9b8a0cef1a4c83"),
		Explorer: "https://explorer.fantom.network",
	},
	{
		// Early blocks hash their number: the genesis is keccak256 of four zero
		// bytes. L2BaseToken logs a Transfer for every movement of ether.
		ID: 324, Name: "zksync", Title: "ZKsync Era", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:   common.HexToAddress("0x5aea5775959fbc2557cc8789bc1bf90a239d9a91"),
		Genesis:   common.HexToHash("0xe8e77626586f73b955364c7b4bbf0bb7f7685ebd40e852b164633a4acbd3244c"),
		CoinFace:  common.HexToAddress("0x000000000000000000000000000000000000800a"),
		CoinMints: true,
		Explorer:  "https://explorer.zksync.io",
	},
	{
		// Carries Ethereum's history, and so its genesis, up to its fork.
		ID: 369, Name: "pulsechain", Title: "PulseChain", Symbol: "PLS", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0xa1077a294dde1b09bb078844df40758a5d0f9a27"),
		Explorer: "https://scan.pulsechain.com",
	},
	{
		ID: 480, Name: "worldchain", Title: "World Chain", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x4200000000000000000000000000000000000006"),
		Explorer: "https://worldscan.org",
	},
	{
		ID: 1088, Name: "metis", Title: "Metis Andromeda", Symbol: "METIS", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x75cb093e4d61d2a2e65d8e0bbb01de8d89b53481"),
		Explorer: "https://andromeda-explorer.metis.io",
	},
	{
		ID: 1101, Name: "polygon-zkevm", Title: "Polygon zkEVM", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x4f9a0e7fd2bf6067db6994cf12e4495df938e6e9"),
		Explorer: "https://zkevm.polygonscan.com",
	},
	{
		// The ERC-20 precompile moves the coin without a call that has value.
		ID: 1284, Name: "moonbeam", Title: "Moonbeam", Symbol: "GLMR", SLIP44: 1284, Decimals: 18,
		Wrapped:      common.HexToAddress("0xacc15dc74880c9944775448304b263d191c6077f"),
		Genesis:      common.HexToHash("0x7e6b3bbed86828a558271c9c9f62354b1d8b5aa15ff85fd6f1e7cbe9af9dde7e"),
		CoinFace:     common.HexToAddress("0x0000000000000000000000000000000000000802"),
		CoinFaceOnly: true,
		Explorer:     "https://moonbeam.moonscan.io",
	},
	{
		// Three wrapped coins are in use.
		ID: 1285, Name: "moonriver", Title: "Moonriver", Symbol: "MOVR", SLIP44: 1285, Decimals: 18,
		CoinFace:     common.HexToAddress("0x0000000000000000000000000000000000000802"),
		CoinFaceOnly: true,
		Explorer:     "https://moonriver.moonscan.io",
	},
	{
		ID: 1329, Name: "sei", Title: "Sei", Symbol: "SEI", SLIP44: 19000118, Decimals: 18,
		Wrapped:  common.HexToAddress("0xe30fedd158a2e3b13e9badaeabafc5516e95e8c7"),
		Explorer: "https://seitrace.com",
	},
	{
		ID: 2020, Name: "ronin", Title: "Ronin", Symbol: "RON", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0xe514d9deb7966c8be0ca922de8a064264ea6bcd4"),
		Explorer: "https://app.roninchain.com",
	},
	{
		ID: 2222, Name: "kava", Title: "Kava EVM", Symbol: "KAVA", SLIP44: 459, Decimals: 18,
		Wrapped:  common.HexToAddress("0xc86c7c0efbd6a49b35e8714c5f59d99de09a225b"),
		Explorer: "https://kavascan.com",
	},
	{
		ID: 5000, Name: "mantle", Title: "Mantle", Symbol: "MNT", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x78c1b0c915c4faa5fffa6cabf0219da63d7f4cb8"),
		Explorer: "https://mantlescan.xyz",
	},
	{
		// Formerly Klaytn. Several wrapped coins are in use.
		ID: 8217, Name: "kaia", Title: "Kaia", Symbol: "KAIA", SLIP44: 8217, Decimals: 18,
		Formerly: "KLAY", Renamed: 1724889600, // 2024-08-29, launch of Kaia
		Explorer: "https://kaiascan.io",
	},
	{
		ID: 8453, Name: "base", Title: "Base", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x4200000000000000000000000000000000000006"),
		Genesis:  common.HexToHash("0xf712aa9241cc24369b143cf6dce85f0902a9731e70d66818a3a5845b296c73dd"),
		Cancun:   ecotone,
		Explorer: "https://basescan.org",
	},
	{
		ID: 34443, Name: "mode", Title: "Mode", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x4200000000000000000000000000000000000006"),
		Genesis:  common.HexToHash("0xb0f682e12fc555fd5ce8fce51a59a67d66a5b46be28611a168260a549dac8a9b"),
		Cancun:   ecotone,
		Explorer: "https://explorer.mode.network",
	},
	{
		ID: 42161, Name: "arbitrum", Title: "Arbitrum One", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x82af49447d8a07e3bd95bd0d56f35241523fbab1"),
		Genesis:  common.HexToHash("0x7ee576b35482195fc49205cec9af72ce14f003b9ae69f6ba0faef4514be8b442"),
		Explorer: "https://arbiscan.io",
	},
	{
		ID: 42170, Name: "arbitrum-nova", Title: "Arbitrum Nova", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x722e8bdd2ce80a4422e880164f2079488e115365"),
		Explorer: "https://nova.arbiscan.io",
	},
	{
		// CELO is coin and token at once: its contract moves balances through the
		// precompile at 0xfd, in no call with value (docs.celo.org, token duality).
		ID: 42220, Name: "celo", Title: "Celo", Symbol: "CELO", SLIP44: 52752, Decimals: 18,
		Genesis:      common.HexToHash("0x19ea3339d3c8cda97235bc8293240d5b9dadcdfbb5d4b0b90ee731cac1bd11c3"),
		CoinFace:     common.HexToAddress("0x471ece3750da237f93b8e339c536989b8978a438"),
		CoinFaceOnly: true,
		Explorer:     "https://celoscan.io",
	},
	{
		// Wallets' tables use 9005 for the C-Chain; 9000 is the X-Chain's.
		ID: 43114, Name: "avalanche", Title: "Avalanche C-Chain", Symbol: "AVAX", SLIP44: 9005, Decimals: 18,
		Wrapped:  common.HexToAddress("0xb31f66aa3c1e785363f0875a1b74e27b85fd66c7"),
		Genesis:  common.HexToHash("0x31ced5b9beb7f8782b014660da0cb18cc409f121f408186886e1ca3e8eeca96b"),
		Explorer: "https://snowtrace.io",
	},
	{
		ID: 59144, Name: "linea", Title: "Linea", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0xe5d7c2a44ffddf6b295a15c148167daaaf5cf34f"),
		Genesis:  common.HexToHash("0xb6762a65689107b2326364aefc18f94cda413209fab35c00d4af51eaa20ffbc6"),
		Explorer: "https://lineascan.build",
	},
	{
		ID: 80094, Name: "berachain", Title: "Berachain", Symbol: "BERA", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x6969696969696969696969696969696969696969"),
		Explorer: "https://berascan.com",
	},
	{
		ID: 81457, Name: "blast", Title: "Blast", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x4300000000000000000000000000000000000004"),
		Explorer: "https://blastscan.io",
	},
	{
		ID: 534352, Name: "scroll", Title: "Scroll", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x5300000000000000000000000000000000000004"),
		Genesis:  common.HexToHash("0xbbc05efd412b7cd47a2ed0e5ddfcf87af251e414ea4c801d78b6784513180a80"),
		Explorer: "https://scrollscan.com",
	},
	{
		ID: 7777777, Name: "zora", Title: "Zora", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0x4200000000000000000000000000000000000006"),
		Genesis:  common.HexToHash("0x47555a45a1af8d4728ca337a1e48375a83919b1ea16591e070a07388b7364e29"),
		Cancun:   ecotone,
		Explorer: "https://explorer.zora.energy",
	},
	{
		ID: 1313161554, Name: "aurora", Title: "Aurora", Symbol: "ETH", SLIP44: 60, Decimals: 18,
		Wrapped:  common.HexToAddress("0xc9bdeed33cd01541e1eed10f90519d2c06fe3feb"),
		Explorer: "https://explorer.aurora.dev",
	},
	{
		ID: 1666600000, Name: "harmony", Title: "Harmony", Symbol: "ONE", SLIP44: 1023, Decimals: 18,
		Wrapped:  common.HexToAddress("0xcf664087a5bb0237a0bad6742852ec6c8d69a27a"),
		Explorer: "https://explorer.harmony.one",
	},
}
