package chainlink

import (
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/pricing"
)

// Feeds returns the table of feeds, by chain, then pair.
//
// Proxies are those of Chainlink's own listings: its documentation of 2022
// (smartcontractkit/documentation, _src/addresses/addresses.json), which also
// has the heartbeats, and its package @chainlink/mcp-server 0.0.1-alpha.17, with
// which all agree that were not given up in between; of feeds that only the
// latter has the heartbeat is taken to be a day, the longest there is. Whatever a
// proxy prices is read from the chain before a price is taken. Tokens are listed
// under the contracts on which the currency tables of the Sushi SDK and
// DefiLlama's core assets, or Uniswap's default token list, agree.
func Feeds() []Feed {
	var all []Feed
	for _, l := range listings {
		n, _ := chain.NetworkByID(l.chainID)
		for _, r := range l.rows {
			f := Feed{ChainID: l.chainID, Proxy: common.HexToAddress(r.proxy), Pair: r.pair, Heartbeat: r.heartbeat, As: r.as, Until: l.until(r)}
			for _, of := range r.of {
				f.Subjects = append(f.Subjects, subjects(n, of)...)
			}
			all = append(all, f)
		}
	}
	return all
}

// coin stands for a chain's coin, and its wrapped form.
const coin = "coin"

func subjects(n chain.Network, of string) []pricing.Subject {
	if of == coin {
		list := []pricing.Subject{pricing.Of(n.Coin())}
		for _, form := range []common.Address{n.Wrapped, n.CoinFace} {
			if form != (common.Address{}) {
				list = append(list, pricing.Of(chain.Token(n.ID, form)))
			}
		}
		return list
	}
	if address, err := chain.ParseAddress(of); err == nil {
		return []pricing.Subject{pricing.Of(chain.Token(n.ID, address))}
	}
	return []pricing.Subject{{Symbol: of}}
}

type listing struct {
	chainID uint64
	rows    []row
}

// until is when the tokens of a chain stopped standing for what is in their
// name: its coin never does.
func (l listing) until(r row) time.Time {
	if slices.Contains(r.of, coin) {
		return time.Time{}
	}
	return pricing.BridgeFailed(l.chainID)
}

type row struct {
	pair, proxy string
	heartbeat   time.Duration
	of          []string // coin, a token's contract, or a symbol
	as          string
}

// replaced returns when the holders of a token were given another in its stead, whose
// price the feed of its name is since then; zero for never. They are those of BNB on
// Ethereum, which its issuer exchanged for the coin of its own chain, of Augur and of
// Kyber, by what these announced.
func replaced(s pricing.Subject) time.Time {
	switch s {
	case pricing.Of(chain.Token(1, common.HexToAddress("0xb8c77482e45f1f44de1745f52c74426c631bdd52"))):
		return time.Date(2019, 4, 23, 0, 0, 0, 0, time.UTC)
	case pricing.Of(chain.Token(1, common.HexToAddress("0x1985365e9f78359a9b6ad760e32412f4a445e862"))):
		return time.Date(2020, 7, 28, 0, 0, 0, 0, time.UTC)
	case pricing.Of(chain.Token(1, common.HexToAddress("0xdd974d5c2e2928dea5f71b9825b8b646686bd200"))):
		return time.Date(2021, 4, 20, 0, 0, 0, 0, time.UTC)
	}
	return time.Time{}
}

const (
	hour = time.Hour
	day  = 24 * time.Hour

	asBitcoin = "a token that stands for bitcoin, at the price of bitcoin"
	asEther   = "a token that stands for ether, at the price of ether"
)

func of(names ...string) []string { return names }

var listings = []listing{
	{1, []row{
		{"1INCH / USD", "0xc929ad75B72593967DE83E7F7Cda0493458261D9", day, of("0x111111111117dc0aa78b770fa6a738034120c302"), ""},
		{"AAVE / USD", "0x547a514d5e3769680Ce22B2361c10Ea13619e8a9", hour, of("0x7fc66500c84a76ad7e9c93437bfc5ac33e2ddae9"), ""},
		{"ADA / USD", "0xAE48c91dF1fE419994FFDa27da09D5aC69c30f55", day, of("ADA"), ""},
		{"APE / USD", "0xD10aBbC76679a20055E167BB80A24ac851b37056", day, of("0x4d224452801aced8b2f0aebe155379bb5d594381"), ""},
		{"AUD / USD", "0x77F9710E7d0A19669A13c055F62cd80d313dF022", day, of("AUD"), ""},
		{"AVAX / USD", "0xFF3EEb22B5E3dE6e705b44749C2559d704923FD7", day, of("AVAX"), ""},
		{"BAL / USD", "0xdF2917806E30300537aEB49A7663062F4d1F2b5F", day, of("0xba100000625a3754423978a60c9317c58a424e3d"), ""},
		{"BAT / USD", "0x9441D7556e7820B5ca42082cfa99487D56AcA958", hour, of("0x0d8775f648430679a709e98d2b0cb6250d2887ef"), ""},
		{"BCH / USD", "0x9F0F69428F923D6c95B781F89E165C9b2df9789D", day, of("BCH"), ""},
		{"BNB / USD", "0x14e613AC84a31f709eadbdF89C6CC390fDc9540A", day, of("BNB", "0xb8c77482e45f1f44de1745f52c74426c631bdd52"), ""},
		{"BTC / USD", "0xF4030086522a5bEEa4988F8cA5B36dbC97BeE88c", hour, of("BTC"), ""},
		{"BTC / USD", "0xF4030086522a5bEEa4988F8cA5B36dbC97BeE88c", hour, of("0x2260fac5e5542a773aa44fbcfedf7c193bc2c599", "0xcbb7c0000ab88b473b1f5afd9ef808440eed33bf", "0x18084fba666a33d37592fa2633fd49a74dd93a88"), asBitcoin},
		{"BUSD / USD", "0x833D8Eb16D306ed1FbB5D7A2E019e106B960965A", day, of("0x4fabb145d64652a948d72533023f6e7a623c7c53"), ""},
		{"CAD / USD", "0xa34317DB73e77d453b1B8d04550c44D10e981C8e", day, of("CAD"), ""},
		{"CHF / USD", "0x449d117117838fFA61263B61dA6301AA2a88B13A", day, of("CHF"), ""},
		{"CNY / USD", "0xeF8A4aF35cd47424672E3C590aBD37FBB7A7759a", day, of("CNY"), ""},
		{"COMP / USD", "0xdbd020CAeF83eFd542f4De03e3cF0C28A4428bd5", hour, of("0xc00e94cb662c3520282e6f5717214004a7f26888"), ""},
		{"CRV / USD", "0xCd627aA160A6fA45Eb793D19Ef54f5062F20f33f", day, of("0xd533a949740bb3306d119cc777fa900ba034cd52"), ""},
		{"CVX / USD", "0xd962fC30A72A84cE50161031391756Bf2876Af5D", day, of("0x4e3fbd56cd56c3e72c1403e103b45db9da5b9d2b"), ""},
		{"DAI / USD", "0xAed0c38402a5d19df6E4c03F4E2DceD6e29c1ee9", hour, of("0x6b175474e89094c44da98b954eedeac495271d0f"), ""},
		{"DOGE / USD", "0x2465CefD3b488BE410b941b1d4b2767088e2A028", day, of("DOGE"), ""},
		{"ENS / USD", "0x5C00128d4d1c2F4f652C267d7bcdD7aC99C16E16", day, of("0xc18360217d8f7ab5e7c516566761ea12ce7f9d72"), ""},
		{"EOS / USD", "0x10a43289895eAff840E8d45995BBa89f9115ECEe", day, of("EOS"), ""},
		{"ETC / USD", "0xaEA2808407B7319A31A383B6F8B60f04BCa23cE2", day, of("ETC"), ""},
		{"ETH / USD", "0x5f4eC3Df9cbd43714FE2740f5E3616155c5b8419", hour, of(coin, "ETH"), ""},
		{"EUR / USD", "0xb49f677943BC038e9857d61E7d053CaA2C1734C1", day, of("EUR"), ""},
		{"FRAX / USD", "0xB9E1E3A9feFf48998E45Fa90847ed4D467E8BcfD", day, of("0x853d955acef822db058eb8505911ed77f175b99e"), ""},
		{"FXS / USD", "0x6Ebc52C8C1089be9eB3945C4350B68B8E4C2233f", day, of("0x3432b6a60d23ca0dfca7761b7ab56459d9c964d0"), ""},
		{"GBP / USD", "0x5c0Ab2d9b5a7ed9f470386e82BB36A3613cDd4b5", day, of("GBP"), ""},
		{"GRT / USD", "0x86cF33a451dE9dc61a2862FD94FF4ad4Bd65A5d2", day, of("0xc944e90c64b2c07662a292be6244bdf05cda44a7"), ""},
		{"IDR / USD", "0x91b99C9b75aF469a71eE1AB528e8da994A5D7030", day, of("IDR"), ""},
		{"INR / USD", "0x605D5c2fBCeDb217D7987FC0951B5753069bC360", day, of("INR"), ""},
		{"JPY / USD", "0xBcE206caE7f0ec07b545EddE332A47C2F75bbeb3", day, of("JPY"), ""},
		{"KNC / USD", "0xf8fF43E991A81e6eC886a3D281A2C6cC19aE70Fc", day, of("0xdd974d5c2e2928dea5f71b9825b8b646686bd200", "0xdefa4e8a7bcba345f687a2f1456f5edd9ce97202"), ""},
		{"KRW / USD", "0x01435677FB11763550905594A16B645847C1d0F3", day, of("KRW"), ""},
		{"LINK / USD", "0x2c1d072e956AFFC0D435Cb7AC38EF18d24d9127c", hour, of("0x514910771af9ca656af840dff83e8264ecf986ca"), ""},
		{"LTC / USD", "0x6AF09DF7563C363B5763b9102712EbeD3b9e859B", day, of("LTC"), ""},
		{"LUSD / USD", "0x3D7aE7E594f2f2091Ad8798313450130d0Aba3a0", hour, of("0x5f98805a4e8be255a32880fdec7f6728c6568ba0"), ""},
		{"MATIC / USD", "0x7bAC85A8a13A4BcD8abb3eB7d6b4d632c5a57676", hour, of("MATIC", "0x7d1afa7b718fb893db30a3abc0cfc608aacfebb0"), ""},
		{"MKR / USD", "0xec1D1B3b0443256cc3860e24a46F108e699484Aa", hour, of("0x9f8f72aa9304c8b593d555f12ef6589cc3a579a2"), ""},
		{"PYUSD / USD", "0x8f1dF6D7F2db73eECE86a18b4381F4707b918FB1", day, of("0x6c3ea9036406852006290770bedfcaba0e23a0e8"), ""},
		{"REP / USD", "0xF9FCC6E1186Acf6529B1c1949453f51B4B6eEE67", hour, of("0x1985365e9f78359a9b6ad760e32412f4a445e862", "0x221657776846890989a759ba2973e427dff5c9bb"), ""},
		{"RPL / USD", "0x4E155eD98aFE9034b7A5962f6C84c86d869daA9d", day, of("0xd33526068d116ce69f19a9ee46f0bd304f21a51f"), ""},
		{"RUB / USD", "0x73A11E47325e3C9b6a48B8ed48Ee0ba89109FB75", day, of("RUB"), ""},
		{"SGD / USD", "0xe25277fF4bbF9081C75Ab0EB13B4A13a721f3E13", day, of("SGD"), ""},
		{"SNX / USD", "0xDC3EA94CD0AC27d9A86C180091e7f78C683d3699", day, of("0xc011a73ee8576fb46f5e1c5751ca3b9fe0af2a6f"), ""},
		{"SOL / USD", "0x4ffC43a60e009B551865A93d232E33Fce9f01507", day, of("SOL"), ""},
		{"STETH / USD", "0xCfE54B5cD566aB89272946F602D76Ea879CAb4a8", hour, of("0xae7ab96520de3a18e5e111b5eaab095312d7fe84"), ""},
		{"SUSHI / USD", "0xCc70F09A6CC17553b2E31954cD36E4A2d89501f7", hour, of("0x6b3595068778dd592e39a122f4f5a5cf09c90fe2"), ""},
		{"TRX / USD", "0xacD0D1A29759CC01E8D925371B72cb2b5610EA25", day, of("TRX"), ""},
		{"TRY / USD", "0xB09fC5fD3f11Cf9eb5E1C5Dba43114e3C9f477b5", day, of("TRY"), ""},
		{"TUSD / USD", "0xec746eCF986E2927Abd291a2A1716c940100f8Ba", day, of("0x0000000000085d4780b73119b644ae5ecd22b376"), ""},
		{"UNI / USD", "0x553303d460EE0afB37EdFf9bE42922D8FF63220e", hour, of("0x1f9840a85d5af5bf1d1762f925bdaddc4201f984"), ""},
		{"USDC / USD", "0x8fFfFfd4AfB6115b954Bd326cbe7B4BA576818f6", day, of("0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"), ""},
		{"USDS / USD", "0xfF30586cD0F29eD462364C7e81375FC0C71219b1", day, of("0xdc035d45d973e3ec169d2276ddab16f1e407384f"), ""},
		{"USDT / USD", "0x3E7d1eAB13ad0104d2750B8863b489D65364e32D", day, of("0xdac17f958d2ee523a2206206994597c13d831ec7"), ""},
		{"USDe / USD", "0xa569d910839Ae8865Da8F8e70FfFb0cBA869F961", day, of("0x4c9edd5852cd905f086c759e8383e09bff1e68b3"), ""},
		{"XLM / USD", "0x64168007BAcbB5fF3f52639db22C6300827f5036", day, of("XLM"), ""},
		{"XMR / USD", "0xFA66458Cce7Dd15D8650015c4fce4D278271618F", day, of("XMR"), ""},
		{"XRP / USD", "0xCed2660c6Dd1Ffd856A5A82C67f3482d88C50b12", day, of("XRP"), ""},
		{"YFI / USD", "0xA027702dbb89fbd58938e4324ac03B58d812b0E1", hour, of("0x0bc529c00c6401aef6d220be8c6ea1667f6ad93e"), ""},
		{"ZRX / USD", "0x2885d15b8Af22648b98B122b22FDF4D2a56c6023", day, of("0xe41d2489571d322189246dafa5ebde1f4699f498"), ""},
	}},
	{10, []row{
		{"BTC / USD", "0xD702DD976Fb76Fffc2D3963D037dfDae5b04E593", 20 * time.Minute, of("0x68f180fcce6836688e9084f035309e29bf0a2095"), asBitcoin},
		{"DAI / USD", "0x8dBa75e83DA73cc766A7e5a0ee71F656BAb470d6", day, of("0xda10009cbd5d07dd0cecc66161fc93d7c9000da1"), ""},
		{"ETH / USD", "0x13e3Ee699D1909E989722E753853AE30b17e08c5", 20 * time.Minute, of(coin), ""},
		{"LINK / USD", "0xCc232dcFAAE6354cE191Bd574108c1aD03f86450", day, of("0x350a791bfc2c21f9ed5d10980dad2e2638ffa7f6"), ""},
		{"OP / USD", "0x0D276FC14719f9292D5C1eA2198673d1f4269246", day, of("0x4200000000000000000000000000000000000042"), ""},
		{"SUSD / USD", "0x7f99817d87baD03ea21E05112Ca799d715730efe", day, of("0x8c6f28f2f1a3c87f0f938b96d27520d9751ec8d9"), ""},
		{"USDC / USD", "0x16a9FA2FDa030272Ce99B29CF780dFA30361E0f3", day, of("0x0b2c639c533813f4aa9d7837caf62653d097ff85", "0x7f5c764cbc14f9669b88837ca1490cca17c31607"), ""},
		{"USDT / USD", "0xECef79E109e997bCA29c1c0897ec9d7b03647F5E", day, of("0x94b008aa00579c1307b0ef2c499ad98a8ce58e58"), ""},
	}},
	{56, []row{
		{"BNB / USD", "0x0567F2323251f0Aab15c8dFb1967E4e8A7D42aeE", time.Minute, of(coin), ""},
		{"BTC / USD", "0x264990fbd0A4796A3E3d8E37C4d5F87a3aCa5Ebf", time.Minute, of("0x7130d2a12b9bcbfae4f2634d864a1ee1ce3ead9c"), asBitcoin},
		{"BUSD / USD", "0xcBb98864Ef56E9042e7d2efef76141f15731B82f", day, of("0xe9e7cea3dedca5984780bafc599bd69add087d56"), ""},
		{"CAKE / USD", "0xB6064eD41d4f67e353768aA239cA86f4F73665a1", time.Minute, of("0x0e09fabb73bd3ade0a17ecc321fd13a19e81ce82"), ""},
		{"DAI / USD", "0x132d3C0B1D2cEa0BC552588063bdBb210FDeecfA", day, of("0x1af3f329e8be154074d8769d1ffa4ee058b1dbc3"), ""},
		{"ETH / USD", "0x9ef1B8c0E4F7dc8bF5719Ea496883DC6401d5b2e", time.Minute, of("0x2170ed0880ac9a755fd29b2688956bd959f933f8"), asEther},
		{"USDC / USD", "0x51597f405303C4377E36123cBc172b13269EA163", day, of("0x8ac76a51cc950d9822d68b83fe1ad97b32cd580d"), ""},
		{"USDT / USD", "0xB97Ad0E74fa7d920791E90258A6E2085088b4320", day, of("0x55d398326f99059ff775485246999027b3197955"), ""},
	}},
	{100, []row{
		{"DAI / USD", "0x678df3415fc31947dA4324eC63212874be5a82f8", day, of(coin), "the chain's coin, which its bridge exchanges for DAI one to one"},
		{"ETH / USD", "0xa767f745331D267c7751297D982b050c93985627", day, of("0x6a023ccd1ff6f2045c3309768ead9e68f978f6e1"), asEther},
		{"GNO / USD", "0x22441d81416430A54336aB28765abd31a792Ad37", day, of("0x9c58bacc331c9aa871afd802db6379a98e80cedb"), ""},
		{"USDC / USD", "0x26C31ac71010aF62E6B486D1132E266D6298857D", day, of("0xddafbb505ad214d7b80b1f830fccc89b60fb7a83"), ""},
	}},
	{128, []row{
		{"DAI / USD", "0xDeFc2043306A979B1B149cDf6B9D09c9823b96f6", day, of("0x3d760a45d0887dfd89a2f5385a236b29cb46ed2a"), ""},
		{"HT / USD", "0x8EC213E7191488C7873cEC6daC8e97cdbAdb7B35", 3 * hour, of(coin), ""},
		{"USDT / USD", "0xF0D3585D8dC9f1D1D1a7dd02b48C2630d9DD78eD", day, of("0xa71edc38d189767582c38a3145b5873052c3e47a"), ""},
	}},
	{137, []row{
		{"BTC / USD", "0xc907E116054Ad103354f2D350FD2514433D57F6f", 27 * time.Second, of("0x1bfd67037b42cf73acf2047067bd4f2c47d9bfd6"), asBitcoin},
		{"DAI / USD", "0x4746DeC9e833A82EC7C2C1356372CcF2cfcD2F3D", 27 * time.Second, of("0x8f3cf7ad23cd3cadbd9735aff958023239c6a063"), ""},
		{"ETH / USD", "0xF9680D99D6C9589e2a93a78A04A279e509205945", 27 * time.Second, of("0x7ceb23fd6bc0add59e62ac25578270cff1b9f619"), asEther},
		{"LINK / USD", "0xd9FFdb71EbE7496cC440152d43986Aae0AB76665", day, of("0x53e0bca35ec356bd5dddfebbd1fc0fd03fabad39"), ""},
		{"MATIC / USD", "0xAB594600376Ec9fD91F8e885dADF0CE036862dE0", 27 * time.Second, of(coin), ""},
		{"USDC / USD", "0xfE4A8cc5b5B2366C1B58Bea3858e81843581b2F7", 27 * time.Second, of("0x3c499c542cef5e3811e1192ce70d8cc03d5c3359", "0x2791bca1f2de4661ed88a30c99a7a9449aa84174"), ""},
		{"USDT / USD", "0x0A6513e40db6EB1b165753AD52E80663aeA50545", 27 * time.Second, of("0xc2132d05d31c914a87c6611c10748aeb04b58e8f"), ""},
	}},
	{146, []row{
		{"S / USD", "0xc76dFb89fF298145b417d221B2c747d84952e01d", day, of(coin), ""},
	}},
	{250, []row{
		{"DAI / USD", "0x91d5DEFAFfE2854C7D02F50c80FA1fdc8A721e52", day, of("0x8d11ec38a3eb5e956b052f67da8bdc9bef8abf3e"), ""},
		{"FTM / USD", "0xf4766552D15AE4d256Ad41B6cf2933482B0680dc", 5 * time.Minute, of(coin), ""},
		{"USDC / USD", "0x2553f4eeb82d5A26427b8d1106C51499CBa5D99c", day, of("0x04068da6c83afcfa0e13ba15a6696662335d5b75"), ""},
		{"USDT / USD", "0xF64b636c5dFe1d3555A847341cDC449f612307d0", day, of("0x049d68029688eabf473097a2fc38ef61633a3c7a"), ""},
	}},
	{324, []row{
		{"ETH / USD", "0x6D41d1dc818112880b40e26BD6FD347E41008eDA", day, of(coin), ""},
		{"USDC / USD", "0x1824D297C6d6D311A204495277B63e943C2D376E", day, of("0x1d17cbcf0d6d143135ae902365d2e5e2a16538d4", "0x3355df6d4c9c3035724fd0e3914de96a5a83aaf4"), ""},
		{"USDT / USD", "0xB615075979AE1836B476F651f1eB79f0Cd3956a9", day, of("0x493257fd37edb34451f62edf8d2a0c418852ba4c"), ""},
	}},
	{1088, []row{
		{"METIS / USD", "0xD4a5Bb03B5D66d9bf81507379302Ac2C2DFDFa6D", day, of(coin), ""},
	}},
	{1284, []row{
		{"GLMR / USD", "0x4497B606be93e773bbA5eaCFCb2ac5E2214220Eb", day, of(coin), ""},
	}},
	{1285, []row{
		{"MOVR / USD", "0x3f8BFbDc1e79777511c00Ad8591cef888C2113C1", day, of(coin), ""},
	}},
	{5000, []row{
		{"MNT / USD", "0xD97F20bEbeD74e8144134C4b148fE93417dd0F96", day, of(coin), ""},
	}},
	{8453, []row{
		{"DAI / USD", "0x591e79239a7d679378eC8c847e5038150364C78F", day, of("0x50c5725949a6f0c72e6c4a641f24049a917db0cb"), ""},
		{"ETH / USD", "0x71041dddad3595F9CEd3DcCFBe3D1F4b0a16Bb70", 20 * time.Minute, of(coin), ""},
		{"USDC / USD", "0x7e860098F58bBFC8648a4311b374B1D669a2bc6B", day, of("0x833589fcd6edb6e08f4c7c32d4f71b54bda02913"), ""},
		{"USDT / USD", "0xf19d560eB8d2ADf07BD6D13ed03e1D11215721F9", day, of("0xfde4c96c8593536e31f229ea8f37b2ada2699bb2"), ""},
		{"cbBTC / USD", "0x07DA0E54543a844a80ABE69c8A12F22B3aA59f9D", day, of("0xcbb7c0000ab88b473b1f5afd9ef808440eed33bf"), ""},
	}},
	{42161, []row{
		{"ARB / USD", "0xb2A824043730FE05F3DA2efaFa1CBbe83fa548D6", day, of("0x912ce59144191c1204e64559fe8253a0e49e6548"), ""},
		{"BTC / USD", "0x6ce185860a4963106506C203335A2910413708e9", day, of("0x2f2a2543b76a4166549f7aab2e75bef0aefc5b0f"), asBitcoin},
		{"DAI / USD", "0xc5C8E77B397E531B8EC06BFb0048328B30E9eCfB", day, of("0xda10009cbd5d07dd0cecc66161fc93d7c9000da1"), ""},
		{"ETH / USD", "0x639Fe6ab55C921f74e7fac1ee960C0B6293ba612", day, of(coin), ""},
		{"GMX / USD", "0xDB98056FecFff59D032aB628337A4887110df3dB", day, of("0xfc5a1a6eb076a2c7ad06ed22c90d7e710e35ad0a"), ""},
		{"LINK / USD", "0x86E53CF1B870786351Da77A57575e79CB55812CB", hour, of("0xf97f4df75117a78c1a5a0dbb814af92458539fb4"), ""},
		{"USDC / USD", "0x50834F3163758fcC1Df9973b6e91f0F0F0434aD3", day, of("0xaf88d065e77c8cc2239327c5edb3a432268e5831", "0xff970a61a04b1ca14834a43f5de4533ebddb5cc8"), ""},
		{"USDT / USD", "0x3f3f5dF88dC9F13eac63DF89EC16ef6e7E25DdE7", day, of("0xfd086bc7cd5c481dcc9c85ebe478a1c0b69fcbb9"), ""},
	}},
	{42220, []row{
		{"CELO / USD", "0x0568fD19986748cEfF3301e55c0eb1E729E0Ab7e", day, of(coin), ""},
		{"USDC / USD", "0xc7A353BaE210aed958a1A2928b654938EC59DaB2", day, of("0xceba9300f2b948710d2653dd7b07f33a8b32118c"), ""},
		{"USDT / USD", "0x5e37AF40A7A344ec9b03CCD34a250F3dA9a20B02", day, of("0x48065fbbe25f71c9282ddf5e1cd6d6a887483d5e"), ""},
	}},
	{43114, []row{
		{"AVAX / USD", "0x0A77230d17318075983913bC2145DB16C7366156", 2 * time.Minute, of(coin), ""},
		{"BTC / USD", "0x2779D32d5166BAaa2B2b658333bA7e6Ec0C65743", day, of("0x152b9d0fdc40c096757f570a51e494bd4b943e50", "0x50b7545627a5162f82a992c33b87adc75187b218"), asBitcoin},
		{"DAI / USD", "0x51D7180edA2260cc4F6e4EebB82FEF5c3c2B8300", day, of("0xd586e7f844cea2f87f50152665bcbc2c279d8d70"), ""},
		{"ETH / USD", "0x976B3D034E162d8bD72D6b9C989d545b839003b0", day, of("0x49d5c2bdffac6ce2bfdb6640f4f80f226bc10bab"), asEther},
		{"LINK / USD", "0x49ccd9ca821EfEab2b98c60dC60F518E765EDe9a", day, of("0x5947bb275c521040051d82396192181b413227a3"), ""},
		{"USDC / USD", "0xF096872672F44d6EBA71458D74fe67F9a77a23B9", day, of("0xb97ef9ef8734c71904d8002f8b6bc66dd9c48a6e", "0xa7d7079b0fead91f3e65f86e8915cb59c1a4c664"), ""},
		{"USDT / USD", "0xEBE676ee90Fe1112671f19b6B7459bC678B67e8a", day, of("0x9702230a8ea53601f5cd2dc00fdbc13d4df4a8c7", "0xc7198437980c041c805a1edcba50c1ce5db95118"), ""},
	}},
	{59144, []row{
		{"ETH / USD", "0x3c6Cd9Cc7c7a4c2Cf5a82734CD249D7D593354dA", day, of(coin), ""},
		{"USDC / USD", "0xAADAa473C1bDF7317ec07c915680Af29DeBfdCb5", day, of("0x176211869ca2b568f2a7d4ee941e073a821ee1ff"), ""},
	}},
	{534352, []row{
		{"ETH / USD", "0x6bF14CB0A831078629D993FDeBcB182b21A8774C", day, of(coin), ""},
	}},
	{1666600000, []row{
		{"DAI / USD", "0xF8326D22b2CaFF4880115E92161c324AbC5e0395", hour, of("0xef977d2f931c1978db5f6747666fa1eacb0d0339"), ""},
		{"ONE / USD", "0xdCD81FbbD6c4572A69a534D8b8152c562dA8AbEF", day, of(coin), ""},
		{"USDC / USD", "0xA45A41be2D8419B60A6CE2Bc393A0B086b8B3bda", hour, of("0x985458e523db3d53125813ed68c274899e9dfab4"), ""},
		{"USDT / USD", "0x5CaAeBE5C69a8287bffB9d00b5231bf7254145bf", hour, of("0x3c2b8be99c50593081eaa2a724f0b8285f5aba8f"), ""},
	}},
}
