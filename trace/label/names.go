package label

import (
	"slices"
	"strings"
	"unicode"

	"losstracer/chain"
)

// Names tells from what somebody wrote beside an address what kind of party is
// meant. It knows the services of a [Book] by their names, and the words by which
// people name thieves and their victims. The zero Names knows only the words.
type Names struct {
	services map[string]Category // by name, its words written as one
	words    int                 // of the longest name
}

// crimes are words, or beginnings of words, with which a name is that of a thief or
// of who was robbed, also where it begins with a service's: "Upbit Hack Exploiter 3".
var crimes = []struct {
	category Category
	words    []string
}{
	{Victim, []string{"victim"}},
	{Phishing, []string{"phish", "drainer", "scam", "fakephish"}},
	{Attacker, []string{"hack", "exploit", "heist", "attack", "thief", "theft", "stolen", "launder", "rugpull"}},
}

// Names returns the names of the exchanges, mixers and bridges in the book.
func (b *Book) Names() *Names {
	n := &Names{services: map[string]Category{}}
	for _, t := range b.Tags() {
		if t.Category != Exchange && t.Category != Mixer && t.Category != Bridge {
			continue
		}
		owner, _, _ := strings.Cut(t.Label, ":")
		words := wordsOf(owner)
		for len(words) > 1 && isNumber(words[len(words)-1]) {
			words = words[:len(words)-1]
		}
		name := strings.Join(words, "")
		if _, isChain := chain.NetworkByName(name); isChain || len(name) < 3 {
			continue
		}
		if _, known := n.services[name]; !known {
			n.services[name] = t.Category
			n.words = max(n.words, len(words))
		}
	}
	for other, name := range alsoCalled {
		if category, ok := n.services[name]; ok {
			n.services[other] = category
		}
	}
	return n
}

// alsoCalled are names that services had before, or have for short.
var alsoCalled = map[string]string{
	"okex": "okx", "mxc": "mexc", "bitmax": "ascendex", "anyswap": "multichain", "tornado": "tornadocash", "aztec": "aztecconnect",
}

// ordinary are names of services that are words of everyday language too. "Hop 1" may
// be the first account on the way: they count only with a colon behind them, or with
// what they are, as in "Hop Protocol".
var ordinary = []string{"hop", "ink", "across", "liquid", "squid", "nomad"}

// others are words behind a service's name with which the name is that of somebody who
// has to do with the service, and not its own: "Binance user 3".
var others = []string{
	"user", "users", "customer", "customers", "client", "depositor", "withdrawer", "trader", "holder", "whale", "owner", "funder", "funded",
	"mid", "middle", "intermediate", "intermediary", "mule", "hop", "peel", "transit", "related", "linked", "associated", "suspect", "suspected",
}

// Category is what a name says of whom it names: [Other] where it says nothing that
// is known. A service's name counts at the beginning only, as whole
// words, which may be written as one, with or without a number.
func (n *Names) Category(name string) Category {
	words := wordsOf(name)
	for _, c := range crimes {
		for _, w := range words {
			if slices.ContainsFunc(c.words, func(begins string) bool { return strings.HasPrefix(w, begins) }) {
				return c.category
			}
		}
	}
	if len(words) == 0 || slices.ContainsFunc(words[1:], func(w string) bool { return slices.Contains(others, w) }) {
		return Other
	}
	if category, ok := n.service(name, words); ok {
		return category
	}
	switch {
	case words[0] == "exchange" || words[0] == "cex", len(words) > 1 && isCentral(words[0]) && words[1] == "exchange":
		return Exchange
	case slices.Contains(words, "mixer"):
		return Mixer
	case slices.Contains(words, "bridge"):
		return Bridge
	}
	return Other
}

// service finds the longest name of a service with which a name begins.
func (n *Names) service(name string, words []string) (Category, bool) {
	for i := min(n.words, len(words)); i > 0; i-- {
		written := strings.Join(words[:i], "")
		for _, known := range []string{written, strings.TrimRightFunc(written, unicode.IsDigit)} {
			category, ok := n.services[known]
			if ok && (!slices.Contains(ordinary, known) || saysWhat(name, words)) {
				return category, true
			}
		}
	}
	return Other, false
}

// saysWhat reports whether what follows the first word of a name shows that a service
// is meant.
func saysWhat(name string, words []string) bool {
	owner, _, colon := strings.Cut(name, ":")
	return colon && len(wordsOf(owner)) == 1 || len(words) > 1 && slices.Contains([]string{"protocol", "exchange", "bridge"}, words[1])
}

func isCentral(word string) bool { return word == "centralized" || word == "centralised" }

// wordsOf cuts a name into words of letters and digits, in lower case.
func wordsOf(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func isNumber(word string) bool {
	return strings.TrimFunc(word, unicode.IsDigit) == ""
}
