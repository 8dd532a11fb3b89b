package uniswap

import (
	"bytes"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"losstracer/chain"
)

// Version is the make of a pool.
type Version uint8

// The versions.
const (
	V2 Version = 2 // constant product, with cumulative prices
	V3 Version = 3 // concentrated liquidity, with observed ticks
)

// Deployment is a factory of pools on one chain. Where a pool stands follows
// from the factory, the pair and the fee, by CREATE2 (EIP-1014).
type Deployment struct {
	Name     string
	ChainID  uint64
	Version  Version
	Factory  common.Address // whoever creates the pools: of PancakeSwap V3 its deployer
	InitCode common.Hash    // keccak-256 of the pools' creation code
	Fees     []uint32       // of V3, in millionths
}

// Pool is one pool.
type Pool struct {
	Name           string
	ChainID        uint64
	Version        Version
	Address        common.Address
	Token0, Token1 common.Address // in the order of their addresses
}

// Pool returns where the pool of two tokens stands, whether there is one or
// not. The fee is of V3.
func (d Deployment) Pool(a, b common.Address, fee uint32) Pool {
	if a.Cmp(b) > 0 {
		a, b = b, a
	}
	// V2 hashes the packed pair, V3 the padded pair and fee.
	salt := crypto.Keccak256Hash(a[:], b[:])
	if d.Version == V3 {
		feeWord := common.LeftPadBytes([]byte{byte(fee >> 16), byte(fee >> 8), byte(fee)}, 32)
		salt = crypto.Keccak256Hash(bytes.Join([][]byte{common.LeftPadBytes(a[:], 32), common.LeftPadBytes(b[:], 32), feeWord}, nil))
	}
	return Pool{d.Name, d.ChainID, d.Version, crypto.CreateAddress2(d.Factory, salt, d.InitCode[:]), a, b}
}

// pools returns every pool that the deployment may have of two tokens.
func (d Deployment) pools(a, b common.Address) []Pool {
	if d.Version == V2 {
		return []Pool{d.Pool(a, b, 0)}
	}
	var list []Pool
	for _, fee := range d.Fees {
		list = append(list, d.Pool(a, b, fee))
	}
	return list
}

// Creation code hashes, each stated alike by two: Uniswap V2 and SushiSwap by
// their SDKs and 1inch's routers, Uniswap V3 and PancakeSwap V3 by
// 0xProject/0x-settler and paraswap/paraswap-dex-lib, PancakeSwap V2 by its own
// SDK and paraswap-dex-lib, SpookySwap, SpiritSwap and Honeyswap by
// sushi-labs/sushiswap (packages/sushi/src/router) and paraswap-dex-lib or
// cowprotocol/services, Trader Joe by web3-ethereum-defi and paraswap-dex-lib,
// Pangolin by yfii/dfi and sushi-labs/sushiswap. With each of them a test
// computes where a well-known pool stands.
var (
	uniswapV2Code  = common.HexToHash("0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f")
	uniswapV3Code  = common.HexToHash("0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54")
	sushiswapCode  = common.HexToHash("0xe18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303")
	pancakeV2Code  = common.HexToHash("0x00fb7f630766e6a796048ea87d01acd3068e8ff67d078148a3fa3f4a84f69bd5")
	pancakeV3Code  = common.HexToHash("0x6ce8eb472fa82df5469c6ab6d485f17c3ad13c8cd7af59b3d4a8026c5ce0f7e2")
	honeyswapCode  = common.HexToHash("0x3f88503e8580ab941773b59034fb4b2a63e86dbc031b3633a925533ad3ed2b93")
	spookyswapCode = common.HexToHash("0xcdf2deca40a0bd56de8e3ce5c7df6727e5b1bf2ac96f283fa9c4b3e6b42ea9d2")
	spiritswapCode = common.HexToHash("0xe242e798f6cee26a9cb0bbf24653bf066e5356ffeac160907fe2cc108e238617")
	traderJoeCode  = common.HexToHash("0x0bbca9af0511ad1a1da383135cf3a8d2ac620e549ef9f6ae3a4c33c2fed0af91")
	pangolinCode   = common.HexToHash("0x40231f6b438bce0797c9ada29b718a87ea0a5cea3fe9a771abdd76bd41a3e545")
	uniswapV3Fees  = []uint32{100, 500, 3000, 10000}
	pancakeV3Fees  = []uint32{100, 500, 2500, 10000}
)

// Factories that stand at one address on several chains.
const (
	uniswapV3First = "0x1F98431c8aD98523631AE4a59f267346ea31F984"
	sushiswapLater = "0xc35DADB65012eC5796536bD9864eD8773aBc74C4"
)

// Deployments returns the table of factories, by chain. Addresses are those of
// docs.uniswap.org, 0xProject/0x-settler (src/core/univ3forks/UniswapV3.sol,
// PancakeSwapV3.sol), the Sushi docs and tradingstrategy-ai/web3-ethereum-defi;
// those of Uniswap V2 beyond Ethereum and of Honeyswap also of
// cowprotocol/services, those of Fantom and Avalanche also of paraswap-dex-lib,
// that of Uniswap V3 on Gnosis of sushi-labs/sushiswap and paraswap-dex-lib.
func Deployments() []Deployment {
	v2 := func(name string, chainID uint64, factory string, code common.Hash) Deployment {
		return Deployment{name, chainID, V2, common.HexToAddress(factory), code, nil}
	}
	v3 := func(chainID uint64, factory string) Deployment {
		return Deployment{"Uniswap V3", chainID, V3, common.HexToAddress(factory), uniswapV3Code, uniswapV3Fees}
	}
	pancakeV3 := func(chainID uint64) Deployment {
		return Deployment{"PancakeSwap V3", chainID, V3, common.HexToAddress("0x41ff9AA7e16B8B1a8a8dc4f0eFacd93D02d071c9"), pancakeV3Code, pancakeV3Fees}
	}
	return []Deployment{
		v2("Uniswap V2", 1, "0x5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f", uniswapV2Code),
		v2("SushiSwap", 1, "0xC0AEe478e3658e2610c5F7A4A2E1777cE9e4f2Ac", sushiswapCode),
		v3(1, uniswapV3First),
		pancakeV3(1),
		v2("Uniswap V2", 10, "0x0c3c1c532F1e39EdF36BE9Fe0bE1410313E074Bf", uniswapV2Code),
		v3(10, uniswapV3First),
		v2("PancakeSwap V2", 56, "0xcA143Ce32Fe78f1f7019d7d551a6402fC5350c73", pancakeV2Code),
		v2("Uniswap V2", 56, "0x8909Dc15e40173Ff4699343b6eB8132c65e18eC6", uniswapV2Code),
		v3(56, "0xdB1d10011AD0Ff90774D0C6Bb92e5C5c8b4461F7"),
		pancakeV3(56),
		v2("Honeyswap", 100, "0xA818b4F111Ccac7AA31D0BCc0806d64F2E0737D7", honeyswapCode),
		v2("SushiSwap", 100, sushiswapLater, sushiswapCode),
		v3(100, "0xe32F7dD7e3f098D518ff19A22d5f028e076489B1"),
		v2("QuickSwap", 137, "0x5757371414417b8C6CAad45bAeF941aBc7d3Ab32", uniswapV2Code),
		v2("SushiSwap", 137, sushiswapLater, sushiswapCode),
		v2("Uniswap V2", 137, "0x9e5A52f57b3038F1B8EeE45F28b3C1967e22799C", uniswapV2Code),
		v3(137, uniswapV3First),
		v2("SpookySwap", 250, "0x152eE697f2E276fA89E96742e9bB9aB1F2E61bE3", spookyswapCode),
		v2("SpiritSwap", 250, "0xEF45d134b73241eDa7703fa787148D9C9F4950b0", spiritswapCode),
		v2("SushiSwap", 250, sushiswapLater, sushiswapCode),
		v2("Uniswap V2", 8453, "0x8909Dc15e40173Ff4699343b6eB8132c65e18eC6", uniswapV2Code),
		v3(8453, "0x33128a8fC17869897dcE68Ed026d694621f6FDfD"),
		pancakeV3(8453),
		v2("SushiSwap", 42161, sushiswapLater, sushiswapCode),
		v2("Uniswap V2", 42161, "0xf1D7CC64Fb4452F05c498126312eBE29f30Fbcf9", uniswapV2Code),
		v3(42161, uniswapV3First),
		pancakeV3(42161),
		v2("Trader Joe", 43114, "0x9Ad6C38BE94206cA50bb0d90783181662f0Cfa10", traderJoeCode),
		v2("Pangolin", 43114, "0xefa94DE7a4656D787667C749f7E1223D71E9FD88", pangolinCode),
		v2("Uniswap V2", 43114, "0x9e5A52f57b3038F1B8EeE45F28b3C1967e22799C", uniswapV2Code),
		v3(43114, "0x740b1c1de25031C31FF4fC9A62f554A55cdC1baD"),
	}
}

// anchors are what pools are looked for against, by chain, beside the chain's
// wrapped coin: the dollar stablecoins that most of the trade is against.
var anchors = map[uint64][]common.Address{
	1:     addresses("0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", "0xdac17f958d2ee523a2206206994597c13d831ec7", "0x6b175474e89094c44da98b954eedeac495271d0f"),
	10:    addresses("0x7f5c764cbc14f9669b88837ca1490cca17c31607", "0x0b2c639c533813f4aa9d7837caf62653d097ff85", "0x94b008aa00579c1307b0ef2c499ad98a8ce58e58"),
	56:    addresses("0xe9e7cea3dedca5984780bafc599bd69add087d56", "0x55d398326f99059ff775485246999027b3197955", "0x8ac76a51cc950d9822d68b83fe1ad97b32cd580d"),
	100:   addresses("0xddafbb505ad214d7b80b1f830fccc89b60fb7a83", "0x4ecaba5870353805a9f068101a40e0f32ed605c6", "0x6a023ccd1ff6f2045c3309768ead9e68f978f6e1"),
	137:   addresses("0x2791bca1f2de4661ed88a30c99a7a9449aa84174", "0x3c499c542cef5e3811e1192ce70d8cc03d5c3359", "0xc2132d05d31c914a87c6611c10748aeb04b58e8f", "0x7ceb23fd6bc0add59e62ac25578270cff1b9f619"),
	250:   addresses("0x04068da6c83afcfa0e13ba15a6696662335d5b75", "0x049d68029688eabf473097a2fc38ef61633a3c7a", "0x8d11ec38a3eb5e956b052f67da8bdc9bef8abf3e"),
	8453:  addresses("0x833589fcd6edb6e08f4c7c32d4f71b54bda02913"),
	42161: addresses("0xff970a61a04b1ca14834a43f5de4533ebddb5cc8", "0xaf88d065e77c8cc2239327c5edb3a432268e5831", "0xfd086bc7cd5c481dcc9c85ebe478a1c0b69fcbb9"),
	43114: addresses("0xb97ef9ef8734c71904d8002f8b6bc66dd9c48a6e", "0xa7d7079b0fead91f3e65f86e8915cb59c1a4c664", "0x9702230a8ea53601f5cd2dc00fdbc13d4df4a8c7"),
}

func addresses(list ...string) []common.Address {
	all := make([]common.Address, len(list))
	for i, s := range list {
		all[i] = common.HexToAddress(s)
	}
	return all
}

// against returns what pools of a chain are looked for against.
func against(chainID uint64) []common.Address {
	n, _ := chain.NetworkByID(chainID)
	var list []common.Address
	if n.Wrapped != (common.Address{}) {
		list = append(list, n.Wrapped)
	}
	return append(list, anchors[chainID]...)
}
