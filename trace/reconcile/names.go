package reconcile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
)

// foreign names the chains outside EVM whose coin a symbol is. Such a coin is
// looked for among measured assets first: wrapped namesakes exist.
var foreign = map[string]string{
	"BTC": "bitcoin", "LTC": "litecoin", "BCH": "bitcoin-cash", "BSV": "bitcoin-sv", "DOGE": "dogecoin",
	"XRP": "xrp", "XLM": "stellar", "TRX": "tron", "SOL": "solana", "ADA": "cardano", "DOT": "polkadot",
	"EOS": "eos", "XMR": "monero", "ZEC": "zcash", "DASH": "dash", "ATOM": "cosmos", "LUNA": "terra",
	"NEAR": "near", "ALGO": "algorand", "XTZ": "tezos", "NEO": "neo", "XEM": "nem", "NEM": "nem",
	"NANO": "nano", "HBAR": "hedera", "TON": "ton", "APT": "aptos", "SUI": "sui", "KSM": "kusama",
	"FIL": "filecoin", "ICP": "internet-computer", "VTC": "vertcoin", "FTC": "feathercoin",
}

// spoken maps names in words to symbols.
var spoken = map[string]string{
	"ether": "ETH", "ethereum": "ETH", "bitcoin": "BTC", "bitcoins": "BTC", "tether": "USDT",
	"usd coin": "USDC", "binance coin": "BNB", "binance usd": "BUSD", "wrapped bitcoin": "WBTC", "wrapped ether": "WETH",
	"wrapped ethereum": "WETH", "staked ether": "STETH", "staked ethereum": "STETH", "ripple": "XRP",
	"litecoin": "LTC", "tron": "TRX", "stellar": "XLM", "polygon": "MATIC", "chainlink": "LINK",
	"shiba inu": "SHIB", "avalanche": "AVAX", "solana": "SOL", "dogecoin": "DOGE", "cardano": "ADA",
	"lido staked ether": "STETH", "lido staked eth": "STETH", "staked eth": "STETH", "xdai": "XDAI", "fantom": "FTM",
	"rocket pool eth": "RETH", "coinbase wrapped btc": "CBBTC", "coinbase wrapped staked eth": "CBETH", "dai stablecoin": "DAI",
	"tether usd": "USDT", "true usd": "TUSD", "trueusd": "TUSD", "pax dollar": "USDP", "uniswap": "UNI", "maker": "MKR", "curve": "CRV", "curve dao": "CRV",
	"compound": "COMP", "synthetix": "SNX", "yearn": "YFI", "lido": "LDO", "lido dao": "LDO", "sushi": "SUSHI", "pancakeswap": "CAKE", "cosmos": "ATOM", "polkadot": "DOT",
}

// Elsewhere returns the symbol of the coin that a claim is about, where that is
// the coin of a chain outside EVM.
func Elsewhere(claim incident.Claim) (symbol string, is bool) {
	symbol = strings.ToUpper(SymbolOf(claim.Asset))
	_, is = foreign[symbol]
	return symbol, is && claim.Kind == incident.ClaimAsset
}

// SymbolOf returns the symbol that a name in words stands for: "wrapped" and what
// it wraps is that with a W in front.
func SymbolOf(name string) string {
	name = strings.TrimSpace(name)
	lower := strings.ToLower(name)
	if s, ok := spoken[lower]; ok {
		return s
	}
	if rest, ok := strings.CutPrefix(lower, "wrapped "); ok && rest != "" {
		return "W" + SymbolOf(name[len(name)-len(rest):])
	}
	return name
}

var classWords = regexp.MustCompile(`(?i)\b(erc-?20|bep-?20|trc-?20|tokens?|altcoins?|assets|cryptocurrenc(y|ies)|stablecoins?|nfts?|coins)\b`)

// isClass reports whether a claim names a class of assets and not one asset.
func isClass(name string) bool { return classWords.MatchString(name) }

// candidates returns the measured losses that a claim can mean. Where one symbol is
// carried by several contracts of a chain, those that have a price stand for it.
func (c *comparison) candidates(claim incident.Claim) []loss.AssetLoss {
	all := c.named(claim)
	priced := slices.DeleteFunc(slices.Clone(all), func(l loss.AssetLoss) bool { return l.GrossUSD == nil })
	if len(priced) > 0 {
		return priced
	}
	return all
}

// named returns the measured losses of the name that a claim speaks of, on its chain
// where it names one.
func (c *comparison) named(claim incident.Claim) []loss.AssetLoss {
	var all []loss.AssetLoss
	for _, l := range c.Statement.Losses {
		n, _ := chain.NetworkByID(l.Asset.ChainID())
		if l.Gross.IsZero() || claim.Chain != "" && claim.Chain != n.Name || !c.isNamed(l.Asset, l.Meta, n, SymbolOf(claim.Asset)) {
			continue
		}
		all = append(all, l)
	}
	return all
}

// isNamed reports whether a symbol means an asset on its chain: the coin by the
// chain's own table; a token by its contract where it is known which one bears
// that name there; else by what the contract calls itself.
func (c *comparison) isNamed(id chain.AssetID, meta chain.TokenMeta, n chain.Network, symbol string) bool {
	coin := isCoin(n, symbol)
	switch known := c.known(symbol, id.ChainID()); {
	case id.Kind() == chain.Native:
		return coin || sameSymbol(meta.Symbol, symbol)
	case n.Wrapped != (common.Address{}) && id.Contract() == n.Wrapped:
		return sameSymbol(meta.Symbol, symbol) || isWrappedCoin(n, symbol)
	case len(known) > 0:
		return slices.Contains(known, id.Contract())
	case coin:
		return false // a token that calls itself as the coin does
	}
	return sameSymbol(meta.Symbol, symbol)
}

func (c *comparison) known(symbol string, chainID uint64) []common.Address {
	return c.Contracts[TokenName{chainID, strings.ToUpper(strings.TrimPrefix(symbol, "$"))}]
}

func isCoin(n chain.Network, symbol string) bool {
	return slices.ContainsFunc(n.CoinSymbols(), func(s string) bool { return s != "" && sameSymbol(s, symbol) })
}

func isWrappedCoin(n chain.Network, symbol string) bool {
	return slices.ContainsFunc(n.CoinSymbols(), func(s string) bool { return s != "" && sameSymbol("W"+s, symbol) })
}

// isKin reports whether a symbol means the coin of a chain and the asset is its
// wrapped form, or the other way round.
func isKin(id chain.AssetID, n chain.Network, symbol string) bool {
	if id.Kind() == chain.Native {
		return isWrappedCoin(n, symbol)
	}
	return isCoin(n, symbol) && n.Wrapped != (common.Address{}) && id.Contract() == n.Wrapped
}

// impostors says which lost tokens call themselves as a claim does and are not
// the one that is known by that name.
func (c *comparison) impostors(claim incident.Claim) string {
	symbol := SymbolOf(claim.Asset)
	for i := range c.Statement.Losses {
		l := &c.Statement.Losses[i]
		n, _ := chain.NetworkByID(l.Asset.ChainID())
		if l.Asset.Kind() != chain.Native && !l.Gross.IsZero() && sameSymbol(l.Meta.Symbol, symbol) && !c.isNamed(l.Asset, l.Meta, n, symbol) {
			return fmt.Sprintf("; the token %s, of which %s were taken, only calls itself so", chain.Hex(l.Asset.Contract()), pricing.Whole(l.Gross.Units(), l.Meta.Decimals))
		}
	}
	return ""
}

// withWrapped adds the wrapped coin to what a claim about the coin is measured
// by, or the coin to one about the wrapped, where no line speaks of the other:
// they change one for one, and writers do not tell them apart. Both are taken
// where the claim fits them together, the other alone where there is nothing
// else.
func (c *comparison) withWrapped(f *Finding, free []loss.AssetLoss) ([]loss.AssetLoss, string) {
	symbol := SymbolOf(f.Claim.Asset)
	var other []loss.AssetLoss
	for _, l := range c.Statement.Losses {
		n, _ := chain.NetworkByID(l.Asset.ChainID())
		if _, taken := c.claimed[l.Asset]; !isKin(l.Asset, n, symbol) || taken || l.Gross.IsZero() || f.Claim.Chain != "" && f.Claim.Chain != n.Name || c.spokenOf(&l, n) {
			continue
		}
		other = append(other, l)
	}
	if len(other) == 0 || len(free) > 0 && f.fitsSum(c, free) {
		return free, ""
	}
	both := slices.Concat(free, other)
	if len(free) > 0 && !f.fitsSum(c, both) {
		return free, ""
	}
	return both, "; the coin and its wrapped form count as one, as they change one for one"
}

// spokenOf reports whether some line names an asset.
func (c *comparison) spokenOf(l *loss.AssetLoss, n chain.Network) bool {
	return slices.ContainsFunc(c.Claims, func(claim incident.Claim) bool {
		return claim.Kind == incident.ClaimAsset && (claim.Chain == "" || claim.Chain == n.Name) && c.isNamed(l.Asset, l.Meta, n, SymbolOf(claim.Asset))
	})
}

// fitsSum reports whether a claim, by its own precision, is a sum of losses.
func (f *Finding) fitsSum(c *comparison, losses []loss.AssetLoss) bool {
	quantity, usd, priced := addUp(losses)
	if !priced {
		return f.fits(quantity, nil, decimal.Decimal{})
	}
	return f.fits(quantity, &usd, c.spread(losses))
}
