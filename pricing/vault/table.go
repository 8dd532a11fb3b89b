package vault

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/pricing"
)

// Redemption is a contract whose rate is believed because it is listed here.
type Redemption struct {
	Token chain.AssetID
	Into  pricing.Subject
	// Method returns how many base units of Into one whole token, of 18
	// decimals, redeems to. It takes one whole token as its argument where Takes
	// is set.
	Method string
	Takes  bool
	// IntoDecimals is how Into is divided.
	IntoDecimals uint8
}

func token(chainID uint64, address string) chain.AssetID {
	return chain.Token(chainID, common.HexToAddress(address))
}

// Redemptions returns the table: staked coins of Lido, Rocket Pool, Coinbase,
// Binance, ether.fi, Swell and Benqi, and savings DAI, whose DAI lies in another
// contract. Addresses and methods are those that the issuers document and that
// integrations in public code use alike.
func Redemptions() []Redemption {
	ether, avax := pricing.Of(chain.NativeAsset(1)), pricing.Of(chain.NativeAsset(43114))
	return []Redemption{
		{token(1, "0x7f39c581f595b53c5cb19bd0b3f8da6c935e2ca0"), pricing.Of(token(1, "0xae7ab96520de3a18e5e111b5eaab095312d7fe84")), "stEthPerToken", false, 18},
		{token(1, "0xae78736cd615f374d3085123a210448e74fc6393"), ether, "getExchangeRate", false, 18},
		{token(1, "0xbe9895146f7af43049ca1c1ae358b0541ea49704"), ether, "exchangeRate", false, 18},
		{token(1, "0xa2e3356610840701bdf5611a53974510ae27e2e1"), ether, "exchangeRate", false, 18},
		{token(1, "0xcd5fe23c85820f7b72d0926fc9b05b43e359b7ee"), ether, "getRate", false, 18},
		{token(1, "0xf951e335afb289353dc249e82926178eac7ded78"), ether, "swETHToETHRate", false, 18},
		{token(1, "0xfae103dc9cf190ed75350761e95403b7b8afa6c0"), ether, "rswETHToETHRate", false, 18},
		{token(1, "0x83f20f44975d03b1b09e64809b757c47f942beea"), pricing.Of(token(1, "0x6b175474e89094c44da98b954eedeac495271d0f")), "convertToAssets", true, 18},
		{token(56, "0xa2e3356610840701bdf5611a53974510ae27e2e1"), pricing.Of(token(56, "0x2170ed0880ac9a755fd29b2688956bd959f933f8")), "exchangeRate", false, 18},
		{token(43114, "0x2b2c81e08f1af8835a78bb2a90ae924ace0ea4be"), avax, "getPooledAvaxByShares", true, 18},
	}
}

// Registry is a contract that knows which shares are real.
type Registry struct {
	Name    string
	ChainID uint64
	Address common.Address
}

// Comptrollers returns those of lending protocols after Compound v2, each named
// alike by the protocol's own documents or code and by several that use it.
func Comptrollers() []Registry {
	return registries([]listed{
		{"Compound", 1, "0x3d9819210a31b4961b30ef54be2aed79b9c9cd3b"},
		{"C.R.E.A.M.", 1, "0x3d5bc3c8d13dcb8bf317092d84783c2697ae9258"},
		{"Iron Bank", 1, "0xab1c342c7bf5ec5f02adea1c2270670bca144cbb"},
		{"Venus", 56, "0xfd36e2c2a6789db23113685031d7f16329158384"},
		{"Moonwell", 8453, "0xfbb21d0380bee3312b33c4353c8936a0f13ef26c"},
		{"Benqi", 43114, "0x486af39519b4dc9a7fccd318217352830e8ad9b4"},
	})
}

// LendingPools returns pools of Aave and of protocols that took its contracts
// over, which say of each asset what the receipt of it is. They are those of
// Aave's address book and of SparkLend's, Geist's and Radiant's own code, on which
// code that uses them agrees.
func LendingPools() []Registry {
	return registries([]listed{
		{"Aave V2", 1, "0x7d2768de32b0b80b7a3454c06bdac94a69ddc7a9"},
		{"Aave V3", 1, "0x87870bca3f3fd6335c3f4ce8392d69350b4fa4e2"},
		{"SparkLend", 1, "0xc13e21b648a5ee794902342038ff3adab66be987"},
		{"Aave V3", 10, "0x794a61358d6845594f94dc1db02a252b5b4814ad"},
		{"Aave V3", 56, "0x6807dc923806fe8fd134338eabca509979a7e0cb"},
		{"Aave V3", 100, "0xb50201558b00496a145fe76f7424749556e326d8"},
		{"Aave V2", 137, "0x8dff5e27ea6b7ac08ebfdf9eb090f32ee9a30fcf"},
		{"Aave V3", 137, "0x794a61358d6845594f94dc1db02a252b5b4814ad"},
		{"Geist", 250, "0x9fad24f572045c7869117160a571b2e50b10d068"},
		{"Aave V3", 250, "0x794a61358d6845594f94dc1db02a252b5b4814ad"},
		{"Aave V3", 8453, "0xa238dd80c259a72e81d7e4664a9801593f98d1c5"},
		{"Radiant", 42161, "0xf4b1486dd74d07706052a33d31d7c0aafd0659e1"},
		{"Aave V3", 42161, "0x794a61358d6845594f94dc1db02a252b5b4814ad"},
		{"Aave V2", 43114, "0x4f01aed16d97e3ab5ab2b501154dc9bb0f1a5a2c"},
		{"Aave V3", 43114, "0x794a61358d6845594f94dc1db02a252b5b4814ad"},
	})
}

// Vaults returns registries of Yearn's vaults of the second version, which list
// the vaults of each token.
func Vaults() []Registry {
	return registries([]listed{{"Yearn", 1, "0x50c1a2ea0a861a967d9d0ffe2ae4012c2e053804"}})
}

// Pools returns registries of pools of several coins, which know of each token
// whose share it is: Curve's first and the one over all its others.
func Pools() []Registry {
	return registries([]listed{
		{"Curve", 1, "0x90e00ace148ca3b23ac1bc8c240c2a7dd9c2d7f5"},
		{"Curve", 1, "0xf98b45fa17de75fb1ad0e7afd971b0ca00e379fc"},
	})
}

type listed struct {
	name    string
	chainID uint64
	address string
}

func registries(list []listed) []Registry {
	all := make([]Registry, len(list))
	for i, l := range list {
		all[i] = Registry{l.name, l.chainID, common.HexToAddress(l.address)}
	}
	return all
}

// coinMarkets are markets after Compound of a chain's own coin, which have no
// underlying token to name: Compound's of ether and Venus's of BNB.
var coinMarkets = []chain.AssetID{
	token(1, "0x4ddc2d193948926d02f9b1fe9e1daa0718270ed5"),
	token(56, "0xa07c5b74c9b40447a954e1466938b865b6bbea36"),
}

// ten returns 10^n.
func ten(n uint8) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }
