package incident

import "strings"

// unit is a part of a coin that amounts are given in.
type unit struct {
	coin  string
	power int32 // of ten, by which the coin is larger
}

// units are the parts of coins by their names; those of ether are named in the
// Ethereum Yellow Paper (2.1).
var units = map[string]unit{
	"sat": {"BTC", -8}, "sats": {"BTC", -8}, "satoshi": {"BTC", -8}, "satoshis": {"BTC", -8},
	"gwei": {"ETH", -9}, "wei": {"ETH", -18},
}

// inUnit reads a bare number of a part of a coin as the coin: "1,200,000 sats".
// What gas costs is no amount of anything.
func (a *amount) inUnit(toks []token) (coin string, next int, ok bool) {
	i := a.last + 1
	if i >= len(toks) {
		return "", i, false
	}
	u, ok := units[toks[i].lower]
	if !ok || a.power < 0 {
		return "", i, false
	}
	for k := a.first - 1; k >= 0 && k >= a.first-6 && !toks[k].is(".", ";", ","); k-- {
		if toks[k].is("gas", "fee", "fees") {
			return "", i, false
		}
	}
	if i+1 < len(toks) && toks[i+1].is("gas", "per") {
		return "", i, false
	}
	a.Value, a.Step, a.power = a.Value.Shift(u.power), a.Step.Shift(u.power), u.power
	return u.coin, i + 1, true
}

var (
	// items are things with a token each that people count without a symbol.
	items = words("items collectibles skins avatars artworks")
	// listItems are such things where a list of losses counts them.
	listItems = words("cards plots parcels lands domains passes badges characters weapons tickets wearables monsters creatures heroes estates")
	// noItem are words that lead from a number to something else.
	noItem = words("and or of in on at by to from for with the a an its their more other various different further additional remaining such these those of was were is are stolen lost")
)

// itemsAt reads what things a number counts, in the writer's words: "200 game
// items".
func itemsAt(toks []token, i int, listed bool) (string, int, bool) {
	for k := i; k < len(toks) && k < i+4 && toks[k].kind == wordToken && !noItem[toks[k].lower]; k++ {
		if items[toks[k].lower] || listed && listItems[toks[k].lower] {
			return classText(toks, i, k), k + 1, true
		}
	}
	return "", i, false
}

// valuedIn reads what a figure is worth in another coin: "29 Moonbirds worth
// about 750 ETH", "29 Moonbirds (750 ETH)". Nobody lost that coin. It returns
// the token behind it.
func valuedIn(toks []token, next int, value *amount) (coin string, behind int, ok bool) {
	if next >= len(toks) || value.currency != "" || value.percent {
		return "", next, false
	}
	at := unhedged(toks, value.first-1)
	for at > next && toks[at].is("at", "of", "a", "total", "than", "more") {
		at = unhedged(toks, at-1)
	}
	said := at > next && toks[next].text == "(" && at == next+1 && toks[at].is("worth", "valued") // "(worth 100 BTC then)"
	if !said && (at != next || !toks[next].is("worth", "valued", "(")) {
		return "", next, false
	}
	coin, behind, ok = assetAfter(toks, value.last+1)
	if toks[next].text == "(" && !said {
		ok = ok && behind < len(toks) && toks[behind].text == ")"
		behind++
	}
	return coin, behind, ok
}

// tellWorth tells of a figure that is taken for the worth of another in a coin.
func (r *claimReader) tellWorth(l *line, s statement) {
	if s.worth != nil {
		r.notTotal(l, statement{first: s.worth.first, last: min(s.worth.last+1, len(l.tokens())-1)}, "what the figure in front of it is worth in another coin")
	}
}

// inCoin gives a figure its value where that is told in another coin, and
// returns the index of the last amount that was read for it with the token
// behind: a value in a dollar token is one in dollars.
func (s *statement) inCoin(toks []token, all []amount, used []bool, k, next int) (int, int) {
	if k+1 >= len(all) {
		return k, next
	}
	coin, behind, ok := valuedIn(toks, next, &all[k+1])
	if !ok || strings.EqualFold(coin, s.asset) {
		return k, next
	}
	used[k+1], s.last, s.worth = true, behind-1, &all[k+1]
	if isDollarToken(coin) {
		money := all[k+1]
		money.currency = "USD"
		s.money = &money
	}
	return k + 1, behind
}
