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
