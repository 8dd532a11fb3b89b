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
	Factory  common.Address
	InitCode common.Hash // keccak-256 of the pools' creation code
	Fees     []uint32    // of V3, in millionths
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

// Creation code hashes: Uniswap V2 and SushiSwap as in their SDKs and 1inch's
// routers, Uniswap V3 as in 0xProject/0x-settler, PancakeSwap V2 as in its own
// SDK.
var (
	uniswapV2Code  = common.HexToHash("0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f")
	uniswapV3Code  = common.HexToHash("0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54")
	sushiswapCode  = common.HexToHash("0xe18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303")
	pancakeV2Code  = common.HexToHash("0x00fb7f630766e6a796048ea87d01acd3068e8ff67d078148a3fa3f4a84f69bd5")
	uniswapV3Fees  = []uint32{100, 500, 3000, 10000}
	uniswapV3First = "0x1F98431c8aD98523631AE4a59f267346ea31F984" // the same on the first chains
)

// Deployments returns the table of factories, by chain. Addresses are those of
// docs.uniswap.org, 0xProject/0x-settler (src/core/univ3forks/UniswapV3.sol),
// the Sushi docs and tradingstrategy-ai/web3-ethereum-defi.
func Deployments() []Deployment {
	v2 := func(name string, chainID uint64, factory string, code common.Hash) Deployment {
		return Deployment{name, chainID, V2, common.HexToAddress(factory), code, nil}
	}
	v3 := func(chainID uint64, factory string) Deployment {
		return Deployment{"Uniswap V3", chainID, V3, common.HexToAddress(factory), uniswapV3Code, uniswapV3Fees}
	}
	return []Deployment{
		v2("Uniswap V2", 1, "0x5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f", uniswapV2Code),
		v2("SushiSwap", 1, "0xC0AEe478e3658e2610c5F7A4A2E1777cE9e4f2Ac", sushiswapCode),
		v3(1, uniswapV3First),
		v3(10, uniswapV3First),
		v2("PancakeSwap V2", 56, "0xcA143Ce32Fe78f1f7019d7d551a6402fC5350c73", pancakeV2Code),
		v3(56, "0xdB1d10011AD0Ff90774D0C6Bb92e5C5c8b4461F7"),
		v2("QuickSwap", 137, "0x5757371414417b8C6CAad45bAeF941aBc7d3Ab32", uniswapV2Code),
		v2("SushiSwap", 137, "0xc35DADB65012eC5796536bD9864eD8773aBc74C4", sushiswapCode),
		v3(137, uniswapV3First),
		v2("Uniswap V2", 8453, "0x8909Dc15e40173Ff4699343b6eB8132c65e18eC6", uniswapV2Code),
		v3(8453, "0x33128a8fC17869897dcE68Ed026d694621f6FDfD"),
		v2("SushiSwap", 42161, "0xc35DADB65012eC5796536bD9864eD8773aBc74C4", sushiswapCode),
		v3(42161, uniswapV3First),
		v3(43114, "0x740b1c1de25031C31FF4fC9A62f554A55cdC1baD"),
	}
}

// anchors are what pools are looked for against, by chain, beside the chain's
// wrapped coin: the dollar stablecoins that most of the trade is against.
var anchors = map[uint64][]common.Address{
	1:     addresses("0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48", "0xdac17f958d2ee523a2206206994597c13d831ec7", "0x6b175474e89094c44da98b954eedeac495271d0f"),
	10:    addresses("0x7f5c764cbc14f9669b88837ca1490cca17c31607", "0x0b2c639c533813f4aa9d7837caf62653d097ff85", "0x94b008aa00579c1307b0ef2c499ad98a8ce58e58"),
	56:    addresses("0xe9e7cea3dedca5984780bafc599bd69add087d56", "0x55d398326f99059ff775485246999027b3197955", "0x8ac76a51cc950d9822d68b83fe1ad97b32cd580d"),
	137:   addresses("0x2791bca1f2de4661ed88a30c99a7a9449aa84174", "0x3c499c542cef5e3811e1192ce70d8cc03d5c3359", "0xc2132d05d31c914a87c6611c10748aeb04b58e8f", "0x7ceb23fd6bc0add59e62ac25578270cff1b9f619"),
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
