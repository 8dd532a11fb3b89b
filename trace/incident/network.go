package incident

import (
	"strings"

	"losstracer/chain"
)

// networkNames are the names under which write-ups speak of chains, beside
// the short names of [chain.NetworkByName]. Up to three words, in lower case.
var networkNames = map[string]string{
	"eth": "ethereum", "ethereum mainnet": "ethereum", "mainnet": "ethereum", "erc20": "ethereum", "erc-20": "ethereum",
	"binance smart chain": "bsc", "bnb smart chain": "bsc", "bnb chain": "bsc", "binance chain": "bsc", "bnbchain": "bsc", "bep20": "bsc", "bep-20": "bsc", "bnb": "bsc", "bep2": "bsc", "smart chain": "bsc",
	"matic": "polygon", "polygon pos": "polygon", "arb": "arbitrum", "arbitrum one": "arbitrum", "op": "optimism", "op mainnet": "optimism",
	"avax": "avalanche", "avalanche c-chain": "avalanche", "c-chain": "avalanche", "xdai": "gnosis", "xdai chain": "gnosis", "gnosis chain": "gnosis", "ftm": "fantom", "fantom opera": "fantom",
	"huobi eco chain": "heco", "heco chain": "heco", "ht": "heco", "etc": "ethereum-classic", "ethereum classic": "ethereum-classic",
	"zksync era": "zksync", "era": "zksync", "btc": "bitcoin", "bitcoin cash": "bitcoin-cash", "bch": "bitcoin-cash", "bitcoin sv": "bitcoin-sv", "bsv": "bitcoin-sv", "bitcoin gold": "bitcoin-gold", "btg": "bitcoin-gold",
	"ltc": "litecoin", "doge": "dogecoin", "trx": "tron", "trc20": "tron", "trc-20": "tron", "trc10": "tron", "sol": "solana", "spl": "solana",
	"ripple": "xrp", "xrp ledger": "xrp", "xrpl": "xrp", "xlm": "stellar", "ada": "cardano", "dot": "polkadot", "xtz": "tezos", "algo": "algorand", "zec": "zcash", "xmr": "monero",
	"atom": "cosmos", "xem": "nem", "stx": "stacks", "apt": "aptos", "one": "harmony", "cro": "cronos", "glmr": "moonbeam", "movr": "moonriver", "fil": "filecoin",
	"near protocol": "near", "the open network": "ton", "polygon zkevm": "polygon-zkevm", "zkevm": "polygon-zkevm", "terra classic": "terra-classic", "internet computer": "icp", "kcc": "kucoin", "boba network": "boba",
}

// otherNetworks are the short names of chains that are only read.
var otherNetworks = words(`bitcoin bitcoin-cash bitcoin-sv bitcoin-gold litecoin dogecoin dash zcash monero tron solana xrp stellar cardano polkadot kusama cosmos
	tezos algorand near aptos sui ton eos nem iota nano verge neo ontology waves vechain zilliqa kava terra terra-classic harmony moonbeam moonriver cronos aurora
	metis boba klaytn kucoin okc fuse evmos telos polygon-zkevm starknet ronin hedera icp flow multiversx filecoin osmosis injective sei conflux
	iotex stacks theta opbnb manta mode zora taiko fraxtal pulsechain dogechain canto kardia wax hive steem bitshares nxt siacoin ravencoin qtum lisk`)

// networkOf returns the short name of a chain for one of its names.
func networkOf(name string) string {
	if n, ok := networkNames[name]; ok {
		return n
	}
	if evmNetworks[name] || otherNetworks[name] {
		return name
	}
	return ""
}

// evmNetworks are the short names that the chain package knows.
var evmNetworks = func() map[string]bool {
	m := map[string]bool{}
	for _, n := range chain.Networks() {
		m[n.Name] = true
	}
	return m
}()

// leadWords maps the first word of every name in the given tables to the
// number of words of the longest that begins with it.
func leadWords(tables ...map[string]string) map[string]int {
	m := map[string]int{}
	for _, table := range tables {
		for name := range table {
			parts := strings.Fields(name)
			m[parts[0]] = max(m[parts[0]], len(parts))
		}
	}
	return m
}

var networkLeads = leadWords(networkNames)

// networkAt reads the name of a chain that begins at token i, and returns the
// token after it. Tickers count only in capitals.
func networkAt(toks []token, i int) (name string, next int, ok bool) {
	if i >= len(toks) || toks[i].kind != wordToken {
		return "", i, false
	}
	for n := max(networkLeads[toks[i].lower], 1); n >= 1; n-- {
		if i+n > len(toks) || toks[i+n-1].kind != wordToken {
			continue
		}
		p := phrase(toks[i : i+n])
		if len(p) > 24 || p == "" {
			continue
		}
		if name := networkOf(p); name != "" && (capital(toks[i].text) || n == 1 && len(p) > 3 && !everydayNetworks[p]) && !(n == 1 && tickersOnly[p] && toks[i].text != strings.ToUpper(toks[i].text)) {
			return name, i + n, true
		}
	}
	return "", i, false
}

var everydayNetworks = words("near flow base era dash terra theta mode sei mainnet avalanche optimism cosmos one waves hive blast scroll mantle boba nano verge stellar fuse iota wax aurora zora ripple binance")

// tickersOnly are tickers that are words too, and no chain unless in capitals.
var tickersOnly = words("one dot atom apt era op spl fil arb ht etc")

// isNetwork reports whether the whole of a caption names one chain and
// nothing but filler.
func isNetwork(toks []token) string {
	found := ""
	for i := 0; i < len(toks); {
		t := toks[i]
		if name, next, ok := networkAt(toks, i); ok {
			if found != "" && found != name {
				return ""
			}
			found, i = name, next
			continue
		}
		if t.kind == symbolToken || t.text == "bridge" || t.is("chain", "network", "mainnet", "blockchain", "on", "the", "token", "tokens", "in", "address", "addresses", "wallet", "wallets", "assets", "side", "losses", "loss", "stolen", "lost", "from") {
			i++
			continue
		}
		return ""
	}
	return found
}

// hosts of explorers of one chain. A host matches with or without "www.", and
// below other labels.
var explorerHosts = map[string]string{
	"etherscan.io": "ethereum", "etherscan.com": "ethereum", "ethplorer.io": "ethereum", "beaconcha.in": "ethereum", "eth.blockscout.com": "ethereum", "cn.etherscan.com": "ethereum", "eth.tokenview.io": "ethereum", "etherchain.org": "ethereum",
	"optimistic.etherscan.io": "optimism", "optimism.blockscout.com": "optimism", "bscscan.com": "bsc", "bscscan.io": "bsc", "bsctrace.com": "bsc", "opbnbscan.com": "opbnb", "opbnb.bscscan.com": "opbnb",
	"polygonscan.com": "polygon", "zkevm.polygonscan.com": "polygon-zkevm", "polygon.blockscout.com": "polygon", "explorer-mainnet.maticvigil.com": "polygon", "explorer.matic.network": "polygon", "arbiscan.io": "arbitrum", "arbitrum.blockscout.com": "arbitrum",
	"snowtrace.io": "avalanche", "snowscan.xyz": "avalanche", "avascan.info": "avalanche", "gnosisscan.io": "gnosis", "gnosis.blockscout.com": "gnosis", "ftmscan.com": "fantom",
	"basescan.org": "base", "base.blockscout.com": "base", "celoscan.io": "celo", "explorer.celo.org": "celo", "hecoinfo.com": "heco", "lineascan.build": "linea", "scrollscan.com": "scroll", "blastscan.io": "blast", "mantlescan.xyz": "mantle", "explorer.mantle.xyz": "mantle",
	"explorer.zksync.io": "zksync", "era.zksync.network": "zksync", "zkscan.io": "zksync", "etcblockexplorer.com": "ethereum-classic", "etc.blockscout.com": "ethereum-classic", "etcexplorer.com": "ethereum-classic", "gastracker.io": "ethereum-classic",
	"cronoscan.com": "cronos", "moonscan.io": "moonbeam", "moonbeam.moonscan.io": "moonbeam", "moonriver.moonscan.io": "moonriver", "aurorascan.dev": "aurora", "explorer.aurora.dev": "aurora", "explorer.harmony.one": "harmony",
	"explorer.roninchain.com": "ronin", "app.roninchain.com": "ronin", "klaytnscope.com": "klaytn", "scope.klaytn.com": "klaytn", "klaytnfinder.io": "klaytn", "andromeda-explorer.metis.io": "metis", "explorer.metis.io": "metis", "bobascan.com": "boba", "explorer.kcc.io": "kucoin", "scan.kcc.io": "kucoin",
	"blockchain.info": "bitcoin", "mempool.space": "bitcoin", "blockstream.info": "bitcoin", "btc.com": "bitcoin", "chain.so": "", "walletexplorer.com": "bitcoin", "btcscan.org": "bitcoin", "oxt.me": "bitcoin", "bitref.com": "bitcoin", "blockonomics.co": "bitcoin", "omniexplorer.info": "bitcoin",
	"tronscan.org": "tron", "tronscan.io": "tron", "solscan.io": "solana", "explorer.solana.com": "solana", "solana.fm": "solana", "solanabeach.io": "solana", "xray.helius.xyz": "solana", "orb.helius.dev": "solana",
	"xrpscan.com": "xrp", "bithomp.com": "xrp", "livenet.xrpl.org": "xrp", "xrpcharts.ripple.com": "xrp", "stellar.expert": "stellar", "stellarchain.io": "stellar", "cardanoscan.io": "cardano", "cexplorer.io": "cardano", "explorer.cardano.org": "cardano",
	"algoexplorer.io": "algorand", "allo.info": "algorand", "tzstats.com": "tezos", "tzkt.io": "tezos", "tezblock.io": "tezos", "zcashblockexplorer.com": "zcash", "whatsonchain.com": "bitcoin-sv", "explorer.bitcoinsv.io": "bitcoin-sv", "explorer.bitcoin.com": "bitcoin-cash", "bchexplorer.cash": "bitcoin-cash",
	"nearblocks.io": "near", "explorer.near.org": "near", "explorer.mainnet.near.org": "near", "polkadot.subscan.io": "polkadot", "kusama.subscan.io": "kusama", "moonbeam.subscan.io": "moonbeam", "explorer.aptoslabs.com": "aptos", "aptoscan.com": "aptos", "suiscan.xyz": "sui", "suivision.xyz": "sui", "suiexplorer.com": "sui", "tonscan.org": "ton", "tonviewer.com": "ton", "finder.terra.money": "terra", "bloks.io": "eos", "eosflare.io": "eos", "explorer.nemtool.com": "nem", "explorer.nemchina.com": "nem", "explorer.nem.io": "nem", "ltcspace.org": "litecoin", "litecoinspace.org": "litecoin", "dogechain.info": "dogecoin", "dogecoin.info": "dogecoin", "xmrchain.net": "monero", "nanolooker.com": "nano", "nanocrawler.cc": "nano", "starkscan.co": "starknet", "voyager.online": "starknet", "hashscan.io": "hedera", "explorer.hiro.so": "stacks", "explorer.stacks.co": "stacks", "explorer.dash.org": "dash", "insight.dash.org": "dash",
}

// pathNetworks are explorers of many chains that name the chain in the path.
var pathHosts = []string{
	"blockchair.com", "blockchain.com", "blockscout.com", "blocksec.com", "phalcon.xyz", "samczsun.com", "openchain.xyz", "oklink.com", "tokenview.io", "tokenview.com", "blockcypher.com", "bitinfocharts.com",
	"tenderly.co", "metasleuth.io", "mintscan.io", "atomscan.com", "bitquery.io", "routescan.io", "arkhamintelligence.com", "arkm.com", "debank.com", "zapper.fi", "zapper.xyz", "zerion.io", "breadcrumbs.app", "chain.so", "insight.is", "cryptoid.info", "opensea.io", "eigenphi.io", "dexscreener.com", "geckoterminal.com", "misttrack.io", "subscan.io", "layerzeroscan.com", "socketscan.io",
}

// networkOfURL returns the chain of the explorer that a link leads to, and
// whether the host is an explorer at all.
func networkOfURL(u page) (name string, explorer bool) {
	for host := u.host; ; {
		if n, ok := explorerHosts[host]; ok && n != "" {
			return n, true
		}
		_, rest, ok := strings.Cut(host, ".")
		if !ok || !strings.Contains(rest, ".") {
			break
		}
		host = rest
	}
	known := false
	for _, host := range pathHosts {
		if u.host == host || strings.HasSuffix(u.host, "."+host) {
			known = true
		}
	}
	if !known {
		return networkOfHost(u.host)
	}
	label, _, _ := strings.Cut(u.host, ".")
	for _, s := range append([]string{label}, u.path...) {
		s = strings.ToLower(s)
		if s == "addresses" || s == "explorer" || s == "tx" || s == "address" || len(s) > 24 {
			continue
		}
		if n := networkOf(s); n != "" {
			return n, true
		}
	}
	return "", true
}

// networkOfHost reads the chain from the name of an explorer that is not
// known: "cchain.explorer.avax.network", "scan.pulsechain.com".
func networkOfHost(host string) (name string, explorer bool) {
	if len(host) > 80 || !strings.Contains(host, "explorer") && !strings.Contains(host, "scan") {
		return "", false
	}
	for _, label := range strings.FieldsFunc(host, func(r rune) bool { return r == '.' || r == '-' }) {
		label = strings.TrimSuffix(strings.TrimSuffix(label, "scan"), "explorer")
		if n := networkOf(label); n != "" && len(label) > 2 && label != "network" && label != "mainnet" && label != "one" && label != "era" {
			return n, true
		}
	}
	return "", false
}
