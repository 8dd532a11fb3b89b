package incident

import "strings"

// statement is one figure of a clause with what it is of.
type statement struct {
	quantity, money *amount
	asset           string
	network         string // "$100 million on Ethereum"
	label           string // what stands before a colon at the head of the line
	first, last     int    // tokens
}

// worthWords join a quantity to its value: "80 BTC, worth about $4.3M".
var worthWords = words(`( ~ = - , / [ : + worth valued value at about approximately approx around roughly which was were is are equal equals to equivalent equivalently of tokens coins token
	totaling totalling priced an a estimated nearly almost over more than the time in total amounting or i.e or that combined for least up . usd being currently some now`)

// statements pairs the numbers of a clause with each other and with assets.
func statements(toks []token, all []amount) []statement {
	var out []statement
	used := make([]bool, len(all))
	prev := 0
	for k := range all {
		a := &all[k]
		if used[k] || a.percent {
			continue
		}
		s := statement{first: a.first, last: a.last}
		if a.currency != "" {
			s.money = a
			pairMoney(toks, all, used, k, &s)
		} else {
			s.quantity = a
			if !pairQuantity(toks, all, used, k, &s) {
				continue
			}
		}
		s.label = labelBefore(toks, prev, s.first)
		out = append(out, s)
		prev = s.last + 1
	}
	return out
}

// pairMoney looks behind an amount of money for what it is of.
func pairMoney(toks []token, all []amount, used []bool, k int, s *statement) {
	a := &all[k]
	i := a.last + 1
	bracket := i < len(toks) && toks[i].text == "("
	j := i
	for j < len(toks) && j < i+6 && toks[j].is("worth", "of", "in", "(", "value", "the", "about", "approximately", "around", "roughly", "~", "or", "=", "equivalent", "to", "for", "-", ",") {
		if toks[j].is("-", ",", "or", "for", "to") && j == i && k+1 < len(all) && all[k+1].first != j+1 {
			break
		}
		j++
	}
	if k+1 < len(all) && all[k+1].first == j && all[k+1].currency == "" && !all[k+1].percent && !toks[j-1].is(",") {
		if name, next, ok := assetAfter(toks, all[k+1].last+1); ok {
			s.quantity, s.asset, s.last = &all[k+1], name, next-1
			used[k+1] = true
			return
		}
	}
	if k+1 < len(all) && all[k+1].first == j && all[k+1].currency != "" && all[k+1].currency != a.currency && j > i {
		otherMoney(all, used, k, s)
		return
	}
	j = i
	for j < len(toks) && j < i+4 && toks[j].is("worth", "of", "in", "value", "the", "various") && !bracket {
		j++
	}
	if j < len(toks) && toks[j].is("on", "across") || j == i {
		if n, next, ok := networkAt(toks, min(j+1, len(toks))); ok && j < len(toks) && toks[j].is("on") {
			s.network, s.last = n, next-1
			return
		}
	}
	if name, next, ok := assetAfter(toks, j); ok && !bracket {
		s.asset, s.last = name, next-1
	}
}

// otherMoney keeps the dollars of "35 billion won ($31.5 million)".
func otherMoney(all []amount, used []bool, k int, s *statement) {
	used[k+1] = true
	s.last = all[k+1].last
	if all[k+1].currency == "USD" {
		s.money = &all[k+1]
	}
}

// pairQuantity looks behind a bare number for its asset, then for its value.
func pairQuantity(toks []token, all []amount, used []bool, k int, s *statement) bool {
	a := &all[k]
	i := a.last + 1
	j := i
	for j < len(toks) && j < i+3 && toks[j].is("in", "of", "worth", "units", "tokens", "coins", "the", "*") {
		j++
	}
	name, next, ok := assetAfter(toks, j)
	if !ok {
		return false
	}
	s.asset, s.last = name, next-1
	if k+1 < len(all) && all[k+1].currency != "" && joined(toks, next, all[k+1].first) {
		s.money, s.last = &all[k+1], all[k+1].last
		used[k+1] = true
		if k+2 < len(all) && all[k+2].currency == "USD" && s.money.currency != "USD" && joined(toks, s.last+1, all[k+2].first) {
			s.money, s.last = &all[k+2], all[k+2].last
			used[k+2] = true
		}
	}
	return true
}

// joined reports whether only words that join a quantity to its value stand
// between two tokens.
func joined(toks []token, from, to int) bool {
	if to-from > 14 {
		return false
	}
	if saidWorth(toks, from, to) {
		return true
	}
	for i := from; i < to; i++ {
		if toks[i].is(",", ".") && i+1 < to && !toks[i+1].is("worth", "valued", "which", "equivalent", "approximately", "or", "totaling", "totalling", "equal", "about", "around", "estimated") {
			return false
		}
		if !worthWords[toks[i].lower] {
			return false
		}
	}
	return !(to == from+1 && toks[from].is(",", "-", "/", "+")) || toks[from].is("-", "/")
}

// saidWorth reports whether a clause between a quantity and a sum of money
// says that the one is worth the other: "17 BTC was stolen, which was worth
// about $3,850".
func saidWorth(toks []token, from, to int) bool {
	said := false
	for i := from; i < to; i++ {
		if toks[i].is(".", ";", "and", "plus", "but", "while", "(", ":") {
			return false
		}
		said = said || toks[i].is("worth", "valued", "equivalent", "equal", "equalling", "equaling") && to-i <= 6
	}
	return said
}

// assetAfter reads an asset and the words "tokens" or "coins" behind it. A
// capitalised word in front of those words is an asset too.
func assetAfter(toks []token, i int) (string, int, bool) {
	name, next, ok := assetAt(toks, i)
	if ok {
		if next < len(toks) && toks[next].is("token", "tokens", "coin", "coins") {
			next++
		}
		return name, next, true
	}
	if i+1 < len(toks) && toks[i].kind == wordToken && capital(toks[i].text) && toks[i+1].is("token", "tokens", "coin", "coins") && !notAssets[toks[i].lower] {
		return toks[i].text, i + 2, true
	}
	return "", i, false
}

// labelBefore returns what stands in front of a figure before a colon or a
// dash: "ETH: 880", "**Tron** - $47M".
func labelBefore(toks []token, from, first int) string {
	end := first
	for end > from && toks[end-1].is("(", "~", "[", "*", "about", "around", "approximately", "over", "nearly", "almost", "roughly") {
		end--
	}
	if end <= from || !toks[end-1].is(":", "-", "=") {
		return ""
	}
	end--
	start := end
	for start > from && !toks[start-1].is(".", ";", ",", "|", "and") && end-start < 10 {
		start--
	}
	if start >= end {
		return ""
	}
	var b strings.Builder
	for i := start; i < end; i++ {
		if i > start && toks[i].spaced {
			b.WriteByte(' ')
		}
		b.WriteString(toks[i].text)
	}
	return strings.TrimSpace(b.String())
}
