package label

import (
	"fmt"
	"slices"
	"strings"
)

// Category is what kind of party or contract an address is said to be.
type Category string

// The categories.
const (
	Exchange   Category = "exchange"
	Mixer      Category = "mixer"
	Bridge     Category = "bridge"
	DEX        Category = "dex"
	Lending    Category = "lending"
	Protocol   Category = "protocol" // any other contract that serves the public
	Token      Category = "token"
	Burn       Category = "burn"
	Sanctioned Category = "sanctioned"
	Attacker   Category = "attacker"
	Victim     Category = "victim"
	Phishing   Category = "phishing"
	Gambling   Category = "gambling"
	Other      Category = "other"
)

// Categories returns all of them, in the order in which they are documented.
func Categories() []Category {
	return []Category{Exchange, Mixer, Bridge, DEX, Lending, Protocol, Token, Burn,
		Sanctioned, Attacker, Victim, Phishing, Gambling, Other}
}

// ParseCategory reads the name of a category, of any case. The empty string is
// [Other].
func ParseCategory(s string) (Category, error) {
	c := Category(strings.ToLower(strings.TrimSpace(s)))
	if c == "" {
		return Other, nil
	}
	if !slices.Contains(Categories(), c) {
		return "", fmt.Errorf("category %q: want one of %s", s, names(Categories()))
	}
	return c, nil
}

func names(all []Category) string {
	s := make([]string, len(all))
	for i, c := range all {
		s[i] = string(c)
	}
	return strings.Join(s, ", ")
}
