package uniswap_test

import (
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/pricing/uniswap"
)

const (
	usdcContract = "0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"
	usdtContract = "0xdac17f958d2ee523a2206206994597c13d831ec7"
	wethContract = "0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2"
	wbtcContract = "0x2260fac5e5542a773aa44fbcfedf7c193bc2c599"
)

// TestPoolAddresses computes where well-known pools stand, which holds the
// factories and the hashes of the creation code against the real chains.
func TestPoolAddresses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name    string
		chainID uint64
		factory string
		a, b    string
		fee     uint32
		want    string
	}{
		{"Uniswap V2 USDC/WETH", 1, "Uniswap V2", usdcContract, wethContract, 0, "0xb4e16d0168e52d35cacd2c6185b44281ec28c9dc"},
		{"the other way round", 1, "Uniswap V2", wethContract, usdcContract, 0, "0xb4e16d0168e52d35cacd2c6185b44281ec28c9dc"},
		{"Uniswap V2 WETH/USDT", 1, "Uniswap V2", wethContract, usdtContract, 0, "0x0d4a11d5eeaac28ec3f61d100daf4d40471f1852"},
		{"SushiSwap USDC/WETH", 1, "SushiSwap", usdcContract, wethContract, 0, "0x397ff1542f962076d0bfe58ea045ffa2d347aca0"},
		{"Uniswap V3 USDC/WETH 0.05 %", 1, "Uniswap V3", usdcContract, wethContract, 500, "0x88e6a0c2ddd26feeb64f039a2c41296fcb3f5640"},
		{"Uniswap V3 USDC/WETH 0.3 %", 1, "Uniswap V3", usdcContract, wethContract, 3000, "0x8ad599c3a0ff1de082011efddc58f1908eb6e6d8"},
		{"Uniswap V3 WBTC/WETH 0.3 %", 1, "Uniswap V3", wbtcContract, wethContract, 3000, "0xcbcdf9626bc03e24f779434178a73a0b4bad62ed"},
		{"Uniswap V3 USDC/USDT 0.01 %", 1, "Uniswap V3", usdcContract, usdtContract, 100, "0x3416cf6c708da44db2624d63ea0aaef7113527c6"},
		{"PancakeSwap V2 WBNB/BUSD", 56, "PancakeSwap V2", "0xbb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c", "0xe9e7cea3dedca5984780bafc599bd69add087d56", 0, "0x58f876857a02d6762e0101bb5c46a8c1ed44dc16"},
		{"QuickSwap USDC.e/WETH", 137, "QuickSwap", "0x2791bca1f2de4661ed88a30c99a7a9449aa84174", "0x7ceb23fd6bc0add59e62ac25578270cff1b9f619", 0, "0x853ee4b2a13f8a742d64c8f088be7ba2131f670d"},
		{"PancakeSwap V3 USDT/WBNB 0.05 %", 56, "PancakeSwap V3", "0x55d398326f99059ff775485246999027b3197955", "0xbb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c", 500, "0x36696169c63e42cd08ce11f5deebbcebae652050"},
		{"PancakeSwap V3 USDT/WBNB 0.01 %", 56, "PancakeSwap V3", "0x55d398326f99059ff775485246999027b3197955", "0xbb4cdb9cbd36b01bd1cbaebf2de08d9173bc095c", 100, "0x172fcd41e0913e95784454622d1c3724f546f849"},
		{"Honeyswap WETH/WXDAI", 100, "Honeyswap", "0x6a023ccd1ff6f2045c3309768ead9e68f978f6e1", "0xe91d153e0b41518a2ce8dd3d7944fa863463a97d", 0, "0x7bea4af5d425f2d4485bdad1859c88617df31a67"},
		{"Honeyswap USDC/WXDAI", 100, "Honeyswap", "0xddafbb505ad214d7b80b1f830fccc89b60fb7a83", "0xe91d153e0b41518a2ce8dd3d7944fa863463a97d", 0, "0x01f4a4d82a4c1cf12eb2dadc35fd87a14526cc79"},
		{"SpookySwap USDC/WFTM", 250, "SpookySwap", "0x04068da6c83afcfa0e13ba15a6696662335d5b75", "0x21be370d5312f44cb42ce377bc9b8a0cef1a4c83", 0, "0x2b4c76d0dc16be1c31d4c1dc53bf9b45987fc75c"},
		{"SpookySwap USDT/WFTM", 250, "SpookySwap", "0x049d68029688eabf473097a2fc38ef61633a3c7a", "0x21be370d5312f44cb42ce377bc9b8a0cef1a4c83", 0, "0x5965e53aa80a0bcf1cd6dbdd72e6a9b2aa047410"},
		{"SpiritSwap USDC/WFTM", 250, "SpiritSwap", "0x04068da6c83afcfa0e13ba15a6696662335d5b75", "0x21be370d5312f44cb42ce377bc9b8a0cef1a4c83", 0, "0xe7e90f5a767406eff87fdad7eb07ef407922ec1d"},
		{"Trader Joe WAVAX/USDC.e", 43114, "Trader Joe", "0xa7d7079b0fead91f3e65f86e8915cb59c1a4c664", "0xb31f66aa3c1e785363f0875a1b74e27b85fd66c7", 0, "0xa389f9430876455c36478deea9769b7ca4e3ddb1"},
		{"Pangolin WAVAX/USDC.e", 43114, "Pangolin", "0xa7d7079b0fead91f3e65f86e8915cb59c1a4c664", "0xb31f66aa3c1e785363f0875a1b74e27b85fd66c7", 0, "0xbd918ed441767fe7924e99f6a0e0b568ac1970d9"},
		{"Uniswap V2 USDC/WETH on Optimism", 10, "Uniswap V2", "0x0b2c639c533813f4aa9d7837caf62653d097ff85", "0x4200000000000000000000000000000000000006", 0, "0x4c43646304492a925e335f2b6d840c1489f17815"},
		{"Uniswap V2 WETH/USDC on Base", 8453, "Uniswap V2", "0x833589fcd6edb6e08f4c7c32d4f71b54bda02913", "0x4200000000000000000000000000000000000006", 0, "0x88a43bbdf9d098eec7bceda4e2494615dfd9bb9c"},
		{"Uniswap V2 WETH/USDC on Arbitrum", 42161, "Uniswap V2", "0x82af49447d8a07e3bd95bd0d56f35241523fbab1", "0xaf88d065e77c8cc2239327c5edb3a432268e5831", 0, "0xf64dfe17c8b87f012fcf50fbda1d62bfa148366a"},
		{"SushiSwap WETH/USDC.e on Arbitrum", 42161, "SushiSwap", "0x82af49447d8a07e3bd95bd0d56f35241523fbab1", "0xff970a61a04b1ca14834a43f5de4533ebddb5cc8", 0, "0x905dfcd5649217c42684f23958568e533c711aa3"},
	} {
		found := false
		for _, d := range uniswap.Deployments() {
			if d.ChainID != row.chainID || d.Name != row.factory {
				continue
			}
			found = true
			pool := d.Pool(common.HexToAddress(row.a), common.HexToAddress(row.b), row.fee)
			if got := chain.Hex(pool.Address); got != row.want {
				t.Errorf("%s: %s, want %s", row.name, got, row.want)
			}
			if pool.Token0.Cmp(pool.Token1) >= 0 {
				t.Errorf("%s: tokens are not in order", row.name)
			}
		}
		if !found {
			t.Errorf("%s: no such deployment", row.name)
		}
	}
}

func TestDeploymentsAreOfKnownChains(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, d := range uniswap.Deployments() {
		n, known := chain.NetworkByID(d.ChainID)
		key := n.Name + " " + strings.ToLower(d.Factory.Hex())
		if !known || seen[key] || (d.Version == uniswap.V3) != (len(d.Fees) > 0) || d.InitCode == (common.Hash{}) {
			t.Errorf("%s on %s: %+v", d.Name, n.Name, d)
		}
		seen[key] = true
	}
}
