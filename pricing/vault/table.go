package vault

import (
	"math/big"
	"time"

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
	// Opens is from when on it was redeemed to whoever wanted; zero for always.
	Opens time.Time
}

func token(chainID uint64, address string) chain.AssetID {
	return chain.Token(chainID, common.HexToAddress(address))
}

// Redemptions returns the table: staked coins of Lido, Rocket Pool, Coinbase,
// Binance, ether.fi, Swell and Benqi, and the savings of DAI and USDS, which lie in
// another contract. Addresses and methods are those that the issuers document and that
// integrations in public code use alike.
func Redemptions() []Redemption {
	ether, avax := pricing.Of(chain.NativeAsset(1)), pricing.Of(chain.NativeAsset(43114))
	// Staked ether was first given back by the upgrade Shapella (EIP-4895).
	always, withdrawals := time.Time{}, time.Date(2023, 4, 12, 22, 27, 35, 0, time.UTC)
	return []Redemption{
		{token(1, "0x7f39c581f595b53c5cb19bd0b3f8da6c935e2ca0"), pricing.Of(token(1, "0xae7ab96520de3a18e5e111b5eaab095312d7fe84")), "stEthPerToken", false, 18, always},
		{token(1, "0xae78736cd615f374d3085123a210448e74fc6393"), ether, "getExchangeRate", false, 18, withdrawals},
		{token(1, "0xbe9895146f7af43049ca1c1ae358b0541ea49704"), ether, "exchangeRate", false, 18, withdrawals},
		{token(1, "0xa2e3356610840701bdf5611a53974510ae27e2e1"), ether, "exchangeRate", false, 18, always},
		{token(1, "0xcd5fe23c85820f7b72d0926fc9b05b43e359b7ee"), ether, "getRate", false, 18, always},
		{token(1, "0xf951e335afb289353dc249e82926178eac7ded78"), ether, "swETHToETHRate", false, 18, always},
		{token(1, "0xfae103dc9cf190ed75350761e95403b7b8afa6c0"), ether, "rswETHToETHRate", false, 18, always},
		{token(1, "0x83f20f44975d03b1b09e64809b757c47f942beea"), pricing.Of(token(1, "0x6b175474e89094c44da98b954eedeac495271d0f")), "convertToAssets", true, 18, always},
		{token(1, "0xa3931d71877c0e7a3148cb7eb4463524fec27fbd"), pricing.Of(token(1, "0xdc035d45d973e3ec169d2276ddab16f1e407384f")), "convertToAssets", true, 18, always},
		{token(56, "0xa2e3356610840701bdf5611a53974510ae27e2e1"), pricing.Of(token(56, "0x2170ed0880ac9a755fd29b2688956bd959f933f8")), "exchangeRate", false, 18, always},
		{token(43114, "0x2b2c81e08f1af8835a78bb2a90ae924ace0ea4be"), avax, "getPooledAvaxByShares", true, 18, always},
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

// BalancerVaults returns the contracts that hold what the pools of Balancer's
// second version have: the same address on every chain, by its deployments.
func BalancerVaults() []Registry {
	var list []listed
	for _, chainID := range []uint64{1, 10, 100, 137, 8453, 42161, 43114} {
		list = append(list, listed{"Balancer V2", chainID, "0xba12222222228d8ba445958a75a0704d566bf2c8"})
	}
	return registries(list)
}

// BalancerV3Vaults returns the contracts that hold what the pools of Balancer's third
// version have, and count their shares: the same address on every chain, by its
// deployments (20241204-v3-vault).
func BalancerV3Vaults() []Registry {
	var list []listed
	for _, chainID := range []uint64{1, 10, 100, 146, 8453, 42161, 43114} {
		list = append(list, listed{"Balancer V3", chainID, "0xba1333333333a1ba1108e8412f11850a5c319ba9"})
	}
	return registries(list)
}

// BalancerFactories returns what makes pools of Balancer's own code and knows
// which they are: of the first version, and of the second those that its
// deployments list for Ethereum, but for those of pools that their owner manages.
func BalancerFactories() []Registry {
	return registries([]listed{
		{"Balancer V1", 1, "0x9424b1412450d0f8fc2255faf6046b98213b76bd"},
		{"Balancer V2", 1, "0x8e9aa87e45e92bad84d5f8dd1bff34fb92637de9"},
		{"Balancer V2", 1, "0xa5bf2ddf098bb0ef6d120c98217dd6b141c74ee0"},
		{"Balancer V2", 1, "0xc66ba2b6595d3613ccab350c886ace23866ede24"},
		{"Balancer V2", 1, "0x67d27634e44793fe63c467035e31ea8635117cd4"},
		{"Balancer V2", 1, "0xd7fad3bd59d6477cbe1be7f646f7f1ba25b230f8"},
		{"Balancer V2", 1, "0xb08e16cfc07c684daa2f93c70323badb2a6cbfd2"},
		{"Balancer V2", 1, "0xe061bf85648e9fa7b59394668cfeef980aec4c66"},
		{"Balancer V2", 1, "0x8df6efec5547e31b0eb7d1291b511ff8a2bf987c"},
		{"Balancer V2", 1, "0x6a0ac04f5c2a10297d5fa79fa6358837a8770041"},
		{"Balancer V2", 1, "0xf9ac7b9df2b3454e841110cce5550bd5ac6f875f"},
		{"Balancer V2", 1, "0xcc508a455f5b0073973107db6a878ddbdab957bc"},
		{"Balancer V2", 1, "0x85a80afee867adf27b50bdb7b76da70f1e853062"},
		{"Balancer V2", 1, "0x7d833fef5bb92ddb578da85fc0c35cd5cc00fb3e"},
		{"Balancer V2", 1, "0xb9f8ab3ed3f3acba64bc6cd2dca74b7f38fd7b88"},
		{"Balancer V2", 1, "0xdba127fbc23fb20f5929c546af220a991b5c6e01"},
		{"Balancer V2", 1, "0x67a25ca2350ebf4a0c475ca74c257c94a373b828"},
		{"Balancer V2", 1, "0x5dd94da3644ddd055fcf6b3e1aa310bb7801eb8b"},
		{"Balancer V2", 1, "0xfada0f4547ab2de89d1304a668c39b3e09aa7c76"},
		{"Balancer V2", 1, "0x897888115ada5773e02aa29f775430bfb5f34c51"},
		{"Balancer V2", 1, "0x813ee7a840ce909e7fea2117a44a90b8063bd4fd"},
		{"Balancer V2", 1, "0x0b576c1245f479506e7c8bbc4db4db07c1cd31f9"},
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
