package chain

// layerZeroEndpoints are the endpoint ids of V2 (LayerZero-Labs,
// lz-definitions; docs.layerzero.network, deployed contracts). V1 numbers the
// same chains 30,000 lower.
var layerZeroEndpoints = map[uint64]string{
	30101: "ethereum", 30102: "bsc", 30106: "avalanche", 30108: "aptos", 30109: "polygon", 30110: "arbitrum",
	30111: "optimism", 30112: "fantom", 30116: "harmony", 30125: "celo", 30126: "moonbeam", 30138: "fuse",
	30145: "gnosis", 30150: "kaia", 30151: "metis", 30155: "okc", 30158: "polygon-zkevm", 30165: "zksync",
	30167: "moonriver", 30168: "solana", 30175: "arbitrum-nova", 30177: "kava", 30181: "mantle", 30183: "linea",
	30184: "base", 30243: "blast", 30320: "unichain", 30332: "sonic", 30362: "berachain",
}

// wormholeChains are Wormhole's chain ids (wormhole-foundation/wormhole-sdk-ts,
// constants/chains.ts).
var wormholeChains = map[uint64]string{
	1: "solana", 2: "ethereum", 4: "bsc", 5: "polygon", 6: "avalanche", 8: "algorand", 10: "fantom", 13: "kaia",
	14: "celo", 15: "near", 16: "moonbeam", 19: "injective", 20: "osmosis", 21: "sui", 22: "aptos", 23: "arbitrum",
	24: "optimism", 29: "bitcoin", 30: "base", 34: "scroll", 35: "mantle", 37: "xlayer", 38: "linea",
	39: "berachain", 40: "sei", 44: "unichain", 45: "worldchain", 46: "ink", 47: "hyperevm", 48: "monad", 52: "sonic",
	55: "plume", 4000: "cosmos", 4009: "noble",
}

// cctpDomains are CCTP's domains (developers.circle.com, supported chains and
// domains, of V1 and of now).
var cctpDomains = map[uint64]string{
	0: "ethereum", 1: "avalanche", 2: "optimism", 3: "arbitrum", 4: "noble", 5: "solana", 6: "base", 7: "polygon",
	8: "sui", 9: "aptos", 10: "unichain", 11: "linea", 12: "codex", 13: "sonic", 14: "worldchain", 15: "monad",
	16: "sei", 17: "bsc", 18: "xdc", 19: "hyperevm", 21: "ink", 22: "plume", 25: "starknet", 26: "arc", 27: "stellar",
	28: "edge", 29: "injective", 30: "morph", 31: "pharos",
}

// evmAbroad are the chains among the names above that are EVM chains and not
// among [Networks]: their addresses are written as everywhere.
var evmAbroad = map[string]bool{
	"arc": true, "codex": true, "edge": true, "hyperevm": true, "ink": true, "monad": true, "morph": true, "pharos": true,
	"plume": true, "xdc": true,
}
