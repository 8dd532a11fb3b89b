package incident

import "strings"

// classNouns end the name of a class of assets; classWords may stand in front.
var (
	classNouns = words("tokens coins stablecoins stablecoin altcoins memecoins nfts shitcoins")
	classWords = words("stable meme alt erc-20 erc20 bep-20 bep20 trc-20 trc20 lp lps spl governance wrapped pegged synthetic other various different unspecified liquidity")
	vague      = words("other various different unspecified")
)

// assetClass reads the name of a group of assets, in the writer's words:
// "ERC-20 tokens", "stable coins (USDC and USDT)", "Bitcoin and Ether",
// "Stellar tokens" where a chain's name says which tokens. Only money can be
// stated of a group.
func assetClass(toks []token, i int) (string, int, bool) {
	for i < len(toks) && toks[i].is("spread", "across", "various", "different", "the", "in", "of", "several") {
		i++
	}
	if i+1 < len(toks) && toks[i].is("other") && toks[i+1].is("tokens", "coins", "assets", "currencies", "cryptocurrencies") {
		return classText(toks, i, i+1), i + 2, true // what a list does not name
	}
	j, vagueOnly := i, true
	for j < len(toks) && classWords[toks[j].lower] {
		vagueOnly = vagueOnly && vague[toks[j].lower]
		j++
	}
	if j == i {
		if n, next, ok := networkAt(toks, i); ok && n != "" && next < len(toks) && toks[next].is("tokens") && upper(toks[i].text) == 1 {
			return classText(toks, i, next), next + 1, true
		}
	}
	if j < len(toks) && classNouns[toks[j].lower] && (j > i && !vagueOnly || !toks[j].is("tokens", "coins")) {
		end := j
		if k := bracketEnd(toks, j+1); k > 0 {
			end = k
		}
		return classText(toks, i, end), end + 1, true
	}
	return assetPair(toks, i)
}

// ofRest reports whether a label is of what a list does not name: "Other
// tokens".
func ofRest(label []token) bool {
	return len(label) > 1 && len(label) < 4 && vague[label[0].lower] && label[len(label)-1].is("tokens", "coins", "assets", "cryptocurrencies")
}

// assetPair reads "Bitcoin and Ether": assets that share one figure.
func assetPair(toks []token, i int) (string, int, bool) {
	_, next, ok := assetAt(toks, i)
	if !ok {
		return "", i, false
	}
	end, joined := next, false
	for end < len(toks) {
		k := end
		for k < len(toks) && toks[k].is(",", "and", "&") {
			k++
		}
		if k == end {
			break
		}
		_, after, ok := assetAt(toks, k)
		if n := k; !ok {
			for n < len(toks) && classWords[toks[n].lower] {
				n++
			}
			if n == k || n == len(toks) || !classNouns[toks[n].lower] {
				break
			}
			after = n + 1 // "ETH and ERC-20 tokens"
		}
		joined = joined || toks[k-1].is("and", "&")
		end = after
	}
	if !joined {
		return "", i, false
	}
	return classText(toks, i, end-1), end, true
}

// bracketEnd returns the token that closes a bracket of names opened at i.
func bracketEnd(toks []token, i int) int {
	if i >= len(toks) || toks[i].text != "(" {
		return 0
	}
	for k := i + 1; k < len(toks) && k < i+12; k++ {
		switch {
		case toks[k].text == ")":
			return k
		case toks[k].kind == numberToken || currencySigns[toks[k].text] != "":
			return 0
		}
	}
	return 0
}

func classText(toks []token, from, to int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		if i > from && toks[i].spaced {
			b.WriteByte(' ')
		}
		b.WriteString(toks[i].text)
	}
	return b.String()
}

// onNetwork splits the name of a token from the chain that it is said to be
// on: "USDT-ETH", "USDT (TRC20)". Pairs of a pool ("ETH-USDC") stay whole.
func onNetwork(name string) (asset, network string) {
	for _, sep := range []string{"-", "_", "."} {
		head, tail, ok := strings.Cut(name, sep)
		if !ok || head == "" {
			continue
		}
		lower := strings.ToLower(tail)
		n := networkOf(lower)
		if n != "" && (manyChains[strings.ToLower(head)] || strings.HasSuffix(lower, "20") || len(tail) > 4) {
			return head, n
		}
	}
	return name, ""
}

// manyChains are tokens that one writes the chain beside.
var manyChains = words("usdt usdc busd tusd dai usdp wbtc weth")

// classNetwork returns the chain that the name of a class of assets gives:
// "ERC-20 tokens", "Stellar tokens".
func classNetwork(name string) string {
	head, ok := strings.CutSuffix(name, " tokens")
	if !ok {
		return ""
	}
	return networkOf(strings.ToLower(head))
}
