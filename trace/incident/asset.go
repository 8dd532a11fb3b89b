package incident

import "strings"

// assetNames are the names of coins and tokens that people write out, with
// their tickers. Names of up to three words, in lower case.
var assetNames = map[string]string{
	"bitcoin": "BTC", "bitcoins": "BTC", "ethereum": "ETH", "ether": "ETH", "ethers": "ETH", "tether": "USDT", "ripple": "XRP",
	"litecoin": "LTC", "litecoins": "LTC", "bitcoin cash": "BCH", "bitcoin sv": "BSV", "bitcoin gold": "BTG", "ethereum classic": "ETC",
	"binance coin": "BNB", "binance coins": "BNB", "wrapped bitcoin": "WBTC", "wrapped btc": "WBTC", "wrapped ether": "WETH", "wrapped ethereum": "WETH",
	"wrapped eth": "WETH", "wrapped bnb": "WBNB", "usd coin": "USDC", "usd tether": "USDT", "tether usd": "USDT", "binance usd": "BUSD", "true usd": "TUSD", "trueusd": "TUSD",
	"shiba inu": "SHIB", "dogecoin": "DOGE", "dogecoins": "DOGE", "monero": "XMR", "stellar": "XLM", "stellar lumens": "XLM", "lumens": "XLM", "cardano": "ADA",
	"polkadot": "DOT", "solana": "SOL", "avalanche": "AVAX", "chainlink": "LINK", "uniswap": "UNI", "tezos": "XTZ", "algorand": "ALGO", "cosmos": "ATOM",
	"tron": "TRX", "dash": "DASH", "zcash": "ZEC", "neo": "NEO", "nem": "XEM", "iota": "IOTA", "eos": "EOS", "nano": "NANO",
	"polygon": "MATIC", "fantom": "FTM", "monacoin": "MONA", "staked ethereum": "STETH", "staked ether": "STETH", "lido staked eth": "STETH", "lido staked ether": "STETH",
	"namecoin": "NMC", "peercoin": "PPC", "primecoin": "XPM", "nxt": "NXT", "omisego": "OMG", "golem": "GNT", "augur": "REP", "maker": "MKR", "aave": "AAVE",
	"compound": "COMP", "curve": "CRV", "yearn": "YFI", "terra": "LUNA", "luna": "LUNA", "terrausd": "UST", "frax": "FRAX", "gala": "GALA", "decentraland": "MANA", "the sandbox": "SAND",
	"toncoin": "TON", "near": "NEAR", "filecoin": "FIL", "vechain": "VET", "waves": "WAVES", "qtum": "QTUM", "lisk": "LSK", "siacoin": "SC", "verge": "XVG", "bytecoin": "BCN",
	"optimism": "OP", "arbitrum": "ARB", "hedera": "HBAR", "theta": "THETA", "kusama": "KSM", "flow": "FLOW", "ravencoin": "RVN", "digibyte": "DGB", "horizen": "ZEN", "decred": "DCR", "auroracoin": "AUR", "starknet": "STRK", "xdai": "xDAI",
}

// knownTickers are recognised without any other sign, in any case.
var knownTickers = words(`btc eth usdt usdc dai busd tusd bnb wbnb weth wbtc xrp ltc bch bsv etc eos trx sol ada dot matic link uni doge shib xlm xmr
	zec dash avax ftm atom algo xtz neo xem luna ust ustc aave crv comp mkr snx yfi sushi cake op arb gala mana sand steth wsteth reth cbeth frax lusd gusd
	usdp pax husd ht okb kcs ftt hbtc renbtc tbtc paxg mim spell cvx ldo grt bat omg zrx knc ren bal 1inch 3crv near apt sui ton fil icp vet theta
	qnt hot dent chz enj axs ape imx rndr mona lsk btg doge nano iota xvg sc dcr rvn usdd usde fdusd pyusd eurs eurt wavax wmatic wftm wone gmx pepe floki elon`)

var assetLeads = leadWords(assetNames)

// notAssets look like tickers and are something else.
var notAssets = words(`usd eur gbp jpy krw cny utc gmt pst est cst cet cest pdt edt kst jst hkt sgt bst ist msk am pm us uk eu usa uae un ceo cto coo cfo cso dex cex defi nft nfts dao api
	apis ip id ids tx txs txn txid url evm rpc ssh rat kyc aml otc p2p ico ido ieo tvl apy apr amm dapp dapps fbi doj sec irs cia nsa dhs ofac nis fsa fca europol interpol
	dprk ctf mev eoa ui ux pdf faq it ai ml usp spl llc inc ltd plc gmbh lp lps erc-20 erc20 bep20 bep-20 trc20 trc-20 trc10 erc erc-721 erc721 erc-1155 erc1155 bep2 eip
	twitter x bsc l1 l2 zk qr sms 2fa sim vpn dns aws cdn cms php sql xss http https www twap q1 q2 q3 q4 v1 v2 v3 lz ok no yes or and in of on at to by as is be so do go
	poc pow pos sdk tba n/a na ath acl abi wip vip ppp hr it's oz tokens coins token coin hacker wallets addresses accounts users customers july june i a`)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

func knownTicker(s string) bool { return knownTickers[strings.ToLower(s)] && strings.ToLower(s) != s }

// assetAt reads the name of an asset that begins at token i: a name that
// people write out, or something with the shape of a ticker. It returns the
// token after it.
func assetAt(toks []token, i int) (name string, next int, ok bool) {
	if i >= len(toks) {
		return "", i, false
	}
	if toks[i].text == "$" && i+1 < len(toks) && !toks[i+1].spaced && toks[i+1].kind == wordToken {
		return toks[i+1].text, i + 2, true
	}
	if toks[i].kind != wordToken {
		return "", i, false
	}
	if name, next, ok := writtenOut(toks, i); ok {
		return name, next, true
	}
	if toks[i].is("wrapped") {
		inner, after, ok := assetAt(toks, i+1)
		if t, next, bracketed := bracketedTicker(toks, after); ok && bracketed {
			return t, next, true
		}
		return "W" + strings.TrimPrefix(inner, "W"), after, ok
	}
	t := toks[i]
	if tokenStandards[t.lower] && i+1 < len(toks) && toks[i+1].kind == wordToken && !tokenStandards[toks[i+1].lower] {
		// "TRC-20 USDT" is the USDT-TRC-20 of others.
		if name, next, ok := assetAt(toks, i+1); ok {
			return name + "-" + t.text, next, true
		}
	}
	if notAssets[t.lower] {
		return "", i, false
	}
	if knownTickers[t.lower] && (upper(t.text) >= 1 || len(t.text) <= 4 && !ambiguousNames[t.lower]) {
		return canonical(t.text), i + 1, true
	}
	if tickerShape(t.text) {
		return t.text, i + 1, true
	}
	return "", i, false
}

// writtenOut reads a name that people write out, with its ticker in a bracket if
// there is one.
func writtenOut(toks []token, i int) (ticker string, next int, ok bool) {
	for n := assetLeads[toks[i].lower]; n >= 1; n-- {
		if i+n > len(toks) {
			continue
		}
		if ticker, ok := assetNames[phrase(toks[i:i+n])]; ok && (n > 1 || capital(toks[i].text) || !ambiguousNames[toks[i].lower]) {
			if t, after, ok := bracketedTicker(toks, i+n); ok {
				return t, after, true
			}
			if n == 1 && upper(toks[i].text) == len(toks[i].text) {
				ticker = toks[i].text // in capitals it stands for the ticker as it is
			}
			return ticker, i + n, true
		}
	}
	return "", i, false
}

// tokenStandards stand in front of the asset whose chain they tell.
var tokenStandards = words("erc-20 erc20 bep-20 bep20 trc-20 trc20")

// ambiguousNames are words of everyday speech too: an asset only with a capital.
var ambiguousNames = words("dash neo near compound curve maker yearn flow theta waves golem verge gala luna terra avalanche frax stellar nano lumens hot link dot sand mana ape op sc uni sol bat one etc ht ton ren elon bal dent omg grt sushi cake spell fil icp pax ada rep stellar polygon cosmos optimism")

func canonical(s string) string {
	if s == strings.ToLower(s) {
		return strings.ToUpper(s)
	}
	return s
}

func phrase(toks []token) string {
	if len(toks) == 1 {
		return toks[0].lower
	}
	var b strings.Builder
	for i, t := range toks {
		if i > 0 {
			if !t.spaced {
				return ""
			}
			b.WriteByte(' ')
		}
		b.WriteString(t.lower)
	}
	return b.String()
}

// bracketedTicker reads "(WETH)" behind a name.
func bracketedTicker(toks []token, i int) (string, int, bool) {
	if i+2 < len(toks) && toks[i].text == "(" && toks[i+2].text == ")" && toks[i+1].kind == wordToken && tickerShape(toks[i+1].text) {
		return toks[i+1].text, i + 3, true
	}
	return "", i, false
}

func capital(s string) bool { return s != "" && s[0] >= 'A' && s[0] <= 'Z' }

func upper(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' {
			n++
		}
	}
	return n
}

// tickerShape reports whether a word looks like a ticker: mostly capitals,
// with digits, and with a few lower-case letters in front or behind ("stETH",
// "aUSDC", "USDC.e").
func tickerShape(s string) bool {
	if len(s) < 2 || len(s) > 16 || notAssets[strings.ToLower(s)] || isDigit(s[0]) && len(s) > 6 {
		return false
	}
	// "ankrETH", "sfrxETH": a kind of a coin that is known.
	if n := strings.IndexFunc(s, func(r rune) bool { return r < 'a' || r > 'z' }); n > 3 && n <= 6 && knownTickers[strings.ToLower(s[n:])] && upper(s[n:]) == len(s)-n {
		return true
	}
	up, low, digits := upper(s), 0, 0
	for i := range len(s) {
		switch c := s[i]; {
		case isDigit(c):
			digits++
		case c >= 'a' && c <= 'z':
			low++
		case c >= 0x80 || c == '\'':
			return false
		}
	}
	return (up >= 2 || up == 1 && low == 0 && digits > 0) && low <= 3 && (low <= up || low <= 2)
}
