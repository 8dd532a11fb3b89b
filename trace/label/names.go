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
	return n
}

// Category is what a name says of whom it names: [Other] where it says nothing that
// is known. A service's name counts at the beginning only, as whole
// words, which may be written as one.
func (n *Names) Category(name string) Category {
	words := wordsOf(name)
	for _, c := range crimes {
		for _, w := range words {
			if slices.ContainsFunc(c.words, func(begins string) bool { return strings.HasPrefix(w, begins) }) {
				return c.category
			}
		}
	}
	for i := min(n.words, len(words)); i > 0; i-- {
		if category, ok := n.services[strings.Join(words[:i], "")]; ok {
			return category
		}
	}
	switch {
	case len(words) > 0 && (words[0] == "exchange" || words[0] == "cex"):
		return Exchange
	case slices.Contains(words, "mixer"):
		return Mixer
	case slices.Contains(words, "bridge"):
		return Bridge
	}
	return Other
}

// wordsOf cuts a name into words of letters and digits, in lower case.
func wordsOf(name string) []string {
	return strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

func isNumber(word string) bool {
	return strings.TrimFunc(word, unicode.IsDigit) == ""
}
