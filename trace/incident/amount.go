package incident

import (
	"strings"

	"github.com/shopspring/decimal"
)

// amount is a number in a text, with the money or the multiplier it carries.
type amount struct {
	Figure
	currency    string // ISO code; empty for a bare number
	first, last int    // tokens
	ambiguous   bool   // the separator could be of thousands or of decimals
	percent     bool
	power       int32   // of ten, that a suffix or number word stands for
	upper       *Figure // other end of a range
}

// signs of money that stand in front of a number or behind it.
var currencySigns = map[string]string{"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₩": "KRW", "₽": "RUB", "₹": "INR", "₺": "TRY", "₴": "UAH", "฿": "THB"}

var currencyWords = map[string]string{
	"usd": "USD", "us$": "USD", "dollar": "USD", "dollars": "USD", "eur": "EUR", "euro": "EUR", "euros": "EUR",
	"gbp": "GBP", "pound": "GBP", "pounds": "GBP", "jpy": "JPY", "yen": "JPY", "krw": "KRW", "won": "KRW",
	"cny": "CNY", "rmb": "CNY", "yuan": "CNY", "rub": "RUB", "ruble": "RUB", "rubles": "RUB", "rouble": "RUB", "roubles": "RUB",
	"inr": "INR", "rupee": "INR", "rupees": "INR", "try": "TRY", "lira": "TRY", "liras": "TRY", "chf": "CHF", "aud": "AUD", "cad": "CAD",
	"hkd": "HKD", "sgd": "SGD", "nzd": "NZD", "twd": "TWD", "brl": "BRL", "reais": "BRL", "zar": "ZAR", "rand": "ZAR", "uah": "UAH",
	"aed": "AED", "thb": "THB", "baht": "THB", "vnd": "VND", "idr": "IDR", "rupiah": "IDR", "php": "PHP", "sek": "SEK", "nok": "NOK", "pln": "PLN", "czk": "CZK",
}

// dollarPrefixes are letters before $ that name another dollar.
var dollarPrefixes = map[string]string{"us": "USD", "u.s": "USD", "a": "AUD", "au": "AUD", "c": "CAD", "ca": "CAD", "hk": "HKD", "s": "SGD", "sg": "SGD", "nz": "NZD", "nt": "TWD", "r": "BRL"}

// hedges are the words before a figure that bound it.
var hedges = map[string]Bound{
	"about": About, "around": About, "approximately": About, "approx": About, "roughly": About, "circa": About, "ca": About, "c": About, "est": About,
	"estimated": About, "some": About, "~": About, "reportedly": About, "approximate": About, "close": About, "≈": About, "region": About, "vicinity": About, "neighborhood": About, "neighbourhood": About,
	"over": AtLeast, "exceeding": AtLeast, "exceeded": AtLeast, "exceeds": AtLeast, "least": AtLeast, "above": AtLeast,
	"excess": AtLeast, "upwards": AtLeast, "upward": AtLeast, "north": AtLeast, "surpassing": AtLeast, "surpassed": AtLeast, "topping": AtLeast, "topped": AtLeast, ">": AtLeast, "minimum": AtLeast,
	"nearly": AtMost, "almost": AtMost, "under": AtMost, "below": AtMost, "<": AtMost, "maximum": AtMost, "most": AtMost,
}

// amounts finds the numbers of a text from left to right.
func amounts(toks []token, n notation) []amount {
	var all []amount
	for i := 0; i < len(toks); {
		a, ok := amountAt(toks, i, n)
		if !ok {
			i++
			continue
		}
		i = a.last + 1
		if len(all) > 0 && joinRange(toks, &all[len(all)-1], a) {
			continue
		}
		all = append(all, a)
	}
	return all
}

// amountAt reads the number whose first digit or word is token i.
func amountAt(toks []token, i int, n notation) (amount, bool) {
	a := amount{first: i, last: i}
	value, ok := a.digits(toks, i, n)
	if !ok {
		return a, false
	}
	a.moneyBefore(toks)
	plus := a.last+2 < len(toks) && toks[a.last+1].is("+") && magnitude(toks[a.last+2].lower) >= 3 && len(toks[a.last+2].text) > 2
	if plus { // "$26+ million"
		a.last++
	}
	for a.last+1 < len(toks) {
		t := toks[a.last+1]
		if m := magnitude(t.lower); m != 0 && t.kind == wordToken && a.multiplies(toks, t) {
			a.power += m
			a.last++
			continue
		}
		break
	}
	a.after(toks)
	a.otherDollar(toks)
	a.Value = value.Shift(a.power)
	a.Step = step(value, a.power)
	a.Bound = boundBefore(toks, a.first)
	if plus && a.Bound == Exactly {
		a.Bound = AtLeast
	}
	if a.Bound == Exactly && a.last+1 < len(toks) && toks[a.last+1].is("+") {
		a.Bound, a.last = AtLeast, a.last+1
		a.after(toks)
	}
	if a.Bound == Exactly {
		a.Bound = boundAfter(toks, a.last)
	}
	return a, true
}

// digits reads the number itself and leaves a.last on its last token.
func (a *amount) digits(toks []token, i int, n notation) (decimal.Decimal, bool) {
	t := toks[i]
	if t.kind == numberToken {
		written := t.text
		// "1 000 000": groups of three with spaces between.
		for len(written) <= 12 && !strings.ContainsAny(written, ".,'") && (a.last > i || len(t.text) <= 3 && t.text[0] != '0') && a.last+1 < len(toks) {
			g := toks[a.last+1]
			whole, _, _ := strings.Cut(strings.Replace(g.text, ",", ".", 1), ".")
			if g.kind != numberToken || !g.spaced || len(whole) != 3 || g.start != toks[a.last].end+1 || isMonthBefore(toks, i) {
				break
			}
			written += g.text
			a.last++
		}
		v, ambiguous, ok := n.parseNumber(written)
		a.ambiguous = ambiguous
		return v, ok
	}
	return a.words(toks, i)
}

// words reads "half a million", "a million", "twenty five thousand".
func (a *amount) words(toks []token, i int) (decimal.Decimal, bool) {
	t := toks[i]
	scale := func(j int) bool { return j < len(toks) && magnitude(toks[j].lower) >= 2 && len(toks[j].text) > 2 }
	switch {
	case t.kind != wordToken:
	case t.is("half") && i+2 < len(toks) && toks[i+1].is("a") && scale(i+2):
		a.last = i + 1
		return decimal.New(5, -1), true
	case t.is("quarter") && i+3 < len(toks) && toks[i+1].is("of") && toks[i+2].is("a") && scale(i+3):
		a.last = i + 2
		return decimal.New(25, -2), true
	case t.is("a") && scale(i+1):
		return decimal.New(1, 0), true
	default:
		return a.cardinal(toks, i)
	}
	return decimal.Decimal{}, false
}

func (a *amount) cardinal(toks []token, i int) (decimal.Decimal, bool) {
	sum, seen := int64(0), false
	for j := i; j < len(toks) && j < i+2; j++ {
		parts := strings.Split(toks[j].lower, "-")
		value := int64(0)
		for _, p := range parts {
			v, ok := numberWords[p]
			if !ok {
				value = -1
				break
			}
			value += v
		}
		if value < 0 || seen && (value >= 10 || sum < 20) {
			break
		}
		sum, seen, a.last = sum+value, true, j
	}
	if !seen || a.last+1 >= len(toks) {
		return decimal.Decimal{}, false
	}
	return decimal.NewFromInt(sum), true
}

// multiplies tells a suffix from a word that begins the next phrase: letters
// alone count only where they touch the number or where money is meant.
func (a *amount) multiplies(toks []token, t token) bool {
	if len(t.text) > 2 || !t.spaced {
		return !(t.lower == "m" && t.text == "m" && a.currency == "" && followedByUnit(toks, a.last+2))
	}
	if t.text == "k" {
		_, _, ok := assetAfter(toks, a.last+2)
		return ok || a.currency != ""
	}
	return len(t.text) == 1 && t.text[0] < 'a' || len(t.text) == 2 && (a.currency != "" || t.is("bn", "mn"))
}

func followedByUnit(toks []token, i int) bool {
	return i < len(toks) && toks[i].is("deep", "high", "wide", "long", "away")
}

// moneyBefore takes a sign or code of money in front of the number.
func (a *amount) moneyBefore(toks []token) {
	i := a.first - 1
	if i < 0 {
		return
	}
	t := toks[i]
	if c, ok := currencySigns[t.text]; ok {
		a.currency, a.first = c, i
		if c == "USD" && i > 0 && !t.spaced {
			if c, ok := dollarPrefixes[toks[i-1].lower]; ok && toks[i-1].kind == wordToken {
				a.currency, a.first = c, i-1
			}
		}
		return
	}
	if c, ok := currencyWords[t.lower]; ok && len(t.text) == 3 && strings.ToUpper(t.text) == t.text {
		// "450 EUR 12": the code belongs to the number before it.
		if i == 0 || toks[i-1].kind != numberToken {
			a.currency, a.first = c, i
		}
	}
}

// after takes a percent sign or the money's name behind the number.
func (a *amount) after(toks []token) {
	i := a.last + 1
	if i >= len(toks) {
		return
	}
	t := toks[i]
	switch {
	case t.is("%", "percent", "pct") || t.is("per") && i+1 < len(toks) && toks[i+1].is("cent"):
		a.percent, a.last = true, i
		return
	case t.text == "$" && a.currency == "" && (i+1 == len(toks) || toks[i+1].spaced || toks[i+1].kind == symbolToken):
		a.currency, a.last = "USD", i
		return
	case a.currency == "" && currencySigns[t.text] != "" && t.text != "$" && (i+1 == len(toks) || toks[i+1].kind != numberToken):
		a.currency, a.last = currencySigns[t.text], i
		return
	}
	if t.is("us", "u.s") && i+1 < len(toks) {
		j := i + 1
		if toks[j].is(".") && j+1 < len(toks) {
			j++
		}
		if toks[j].is("dollar", "dollars", "$") {
			a.money("USD", j)
			return
		}
	}
	if t.is("singapore", "canadian", "australian", "japanese", "korean", "chinese") && i+1 < len(toks) {
		if c, ok := currencyWords[toks[i+1].lower]; ok {
			if c == "USD" {
				c = map[string]string{"singapore": "SGD", "canadian": "CAD", "australian": "AUD"}[t.lower]
			}
			a.money(c, i+1)
			return
		}
	}
	if c, ok := currencyWords[t.lower]; ok && t.kind == wordToken && !(t.lower == "try" && t.text != "TRY") && !t.is("rand", "pound") {
		a.money(c, i)
	}
}

// otherDollar lets a code behind the figure say which dollar is meant: "$100 CAD".
func (a *amount) otherDollar(toks []token) {
	if a.currency != "USD" || a.last+1 >= len(toks) {
		return
	}
	switch t := toks[a.last+1]; t.text {
	case "CAD", "AUD", "HKD", "SGD", "NZD", "TWD":
		a.currency, a.last = t.text, a.last+1
	}
}

func (a *amount) money(c string, last int) {
	if a.currency == "" {
		a.currency = c
	}
	if a.currency == c {
		a.last = last
	}
}

// boundBefore reads the hedge in the few words in front of a figure.
func boundBefore(toks []token, first int) Bound {
	for i := first - 1; i >= 0 && i >= first-4; i-- {
		t := toks[i]
		if b, ok := hedges[t.lower]; ok && b != Exactly {
			if t.is("most") && !(i > 0 && toks[i-1].is("at")) {
				return Exactly
			}
			if t.is("close") && !(i+1 < len(toks) && toks[i+1].is("to")) {
				return Exactly
			}
			return b
		}
		switch {
		case t.is("than") && i > 0:
			return comparison(toks, i-1)
		case t.is("."):
			if i > 0 && toks[i-1].is("approx", "ca", "c", "est") {
				return About
			}
			return Exactly
		case t.is("to") && i > 0 && toks[i-1].is("up"):
			return AtMost
		case t.is("as") && i > 1 && toks[i-1].is("much", "high", "many"):
			return AtMost
		case t.is("a", "an", "the", "total", "of", "(", "to", "be", "at", "sum", "in", "value", "usd", "$", "'", "\"", "[", "whopping", "staggering", "massive", "-"):
		default:
			return Exactly
		}
	}
	return Exactly
}

// comparison reads "more than" and "less than", and what "no" makes of them.
func comparison(toks []token, at int) Bound {
	bound, other := Exactly, Exactly
	switch {
	case toks[at].is("more", "greater", "higher", "larger", "bigger"):
		bound, other = AtLeast, AtMost
	case toks[at].is("less", "fewer", "lower", "smaller"):
		bound, other = AtMost, AtLeast
	}
	if at > 0 && toks[at-1].is("no", "not", "never") {
		return other
	}
	return bound
}

// boundAfter reads what follows a figure and bounds it.
func boundAfter(toks []token, last int) Bound {
	next := func(n int) token {
		if last+n < len(toks) {
			return toks[last+n]
		}
		return token{}
	}
	switch {
	case next(1).is("or") && next(2).is("more", "above"):
		return AtLeast
	case next(1).is("or") && next(2).is("so", "thereabouts"):
		return About
	case next(1).is("or") && next(2).is("less"), next(1).is("at") && next(2).is("most"):
		return AtMost
	case next(1).is("at") && next(2).is("least"):
		return AtLeast
	}
	return Exactly
}

// joinRange makes "$30-35 million" and "between 30 and 40 ETH" one amount.
func joinRange(toks []token, a *amount, b amount) bool {
	if a.percent || b.percent || a.upper != nil || b.first != a.last+2 || a.currency != "" && b.currency != "" && a.currency != b.currency {
		return false
	}
	sep := toks[a.last+1]
	if _, sign := currencySigns[toks[b.first].text]; sign && a.currency == "" {
		return false // "June 6, 2024 - $2.6 million"
	}
	between := a.first > 0 && toks[a.first-1].is("between", "from")
	if a.Bound != Exactly && !between && a.Bound != About {
		between = false
	}
	ofAsset := false
	if sep.is("-") && !sep.spaced && !toks[b.first].spaced && b.currency == "" {
		_, _, ofAsset = assetAfter(toks, b.last+1)
	}
	if !(ofAsset || sep.is("-") && sep.spaced == toks[b.first].spaced && (a.currency != "" || b.power > 0) || between && sep.is("and", "to") || sep.is("to") && (a.currency != "" || b.currency != "")) {
		return false
	}
	if a.power == 0 && b.power > 0 && a.Value.LessThan(b.Value.Shift(-b.power).Add(decimal.New(1, 0))) {
		a.Value, a.Step, a.power = a.Value.Shift(b.power), a.Step.Shift(b.power), b.power
	}
	if !a.Value.LessThan(b.Value) {
		return false
	}
	if a.currency == "" {
		a.currency = b.currency
	}
	a.Bound = AtLeast
	upper := b.Figure
	upper.Bound = AtMost
	a.upper, a.last = &upper, b.last
	return true
}
