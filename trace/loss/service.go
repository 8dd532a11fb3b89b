package loss

import (
	"slices"
	"strings"
	"unicode"

	"losstracer/chain"
	"losstracer/trace/label"
)

// service returns the tag of a party that hands out what is its customers': a
// mixer, an exchange or a bridge. One that bears the name of who was robbed is
// none here: what leaves it is what this is about.
func (c *incident) service(a chain.Account) (label.Tag, bool) {
	if c.Tags == nil {
		return label.Tag{}, false
	}
	tags := c.Tags.Lookup(a.ChainID, a.Address)
	if slices.ContainsFunc(tags, c.namesTarget) {
		return label.Tag{}, false
	}
	at := slices.IndexFunc(tags, func(t label.Tag) bool {
		return t.Category == label.Mixer || t.Category == label.Exchange || t.Category == label.Bridge
	})
	if at < 0 {
		return label.Tag{}, false
	}
	return tags[at], true
}

// serves returns the tag of a party that serves the public or belongs to nobody: it
// may be paid by a thief, and is none. One that bears the name of who was robbed is
// none here.
func (c *incident) serves(a chain.Account) (label.Tag, bool) {
	if tag, ok := c.service(a); ok || c.Tags == nil {
		return tag, ok
	}
	tags := c.Tags.Lookup(a.ChainID, a.Address)
	at := slices.IndexFunc(tags, func(t label.Tag) bool {
		return slices.Contains([]label.Category{label.DEX, label.Lending, label.Protocol, label.Token, label.Burn, label.Gambling}, t.Category)
	})
	if at < 0 || slices.ContainsFunc(tags, c.namesTarget) {
		return label.Tag{}, false
	}
	return tags[at], true
}

// targetTag returns the tag that names an address as one of who was robbed.
func (c *incident) targetTag(a chain.Account) (label.Tag, bool) {
	if c.Tags == nil {
		return label.Tag{}, false
	}
	tags := c.Tags.Lookup(a.ChainID, a.Address)
	if at := slices.IndexFunc(tags, c.namesTarget); at >= 0 {
		return tags[at], true
	}
	return label.Tag{}, false
}

// shortestName is how many letters a name needs to be recognised by them.
const shortestName = 4

// namesTarget reports whether a tag says that it is a victim, or begins with the
// name of who was robbed, or as that name does: "Bitmart 3" is of "Bitmart
// Exchange".
func (c *incident) namesTarget(t label.Tag) bool {
	said := letters(t.Label)
	return t.Category == label.Victim || slices.ContainsFunc(c.Targets, func(name string) bool {
		n := letters(name)
		first, _, _ := strings.Cut(name, " ")
		own, _, _ := strings.Cut(t.Label, " ")
		return len(n) >= shortestName && strings.HasPrefix(said, n) || len(letters(first)) >= shortestName && letters(first) == letters(own)
	})
}

func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// judgeService settles what a service paid: the attackers drew their own.
func (o *oneWay) judgeService(j *judged, tag label.Tag) {
	who := chain.Hex(j.counterparty().Address) + ", tagged " + chain.Printable(tag.Label, 40) + " (" + string(tag.Category) + ") by " + chain.Printable(tag.Source, 60)
	before := !o.first.IsZero() && j.at().Before(o.first)
	switch {
	case j.Transfer.Asset.Kind() == chain.Native && o.gasSized(j) && (before || o.first.IsZero() || o.amid(j)):
		j.guess(PaidByService, Funding, "gas-sized, from "+who)
	case before:
		j.guess(PaidByService, OwnCapital, "drawn before the first theft from "+who)
	default:
		j.guess(PaidByService, Other, "drawn from "+who)
	}
}

// fromService returns the service that a movement comes from, where tags can be
// believed for it: anybody can log a worthless token in anybody's name.
func (c *incident) fromService(j *judged) (label.Tag, bool) {
	if j.Transfer.Kind == chain.KindUnseen || j.Transfer.Asset.Kind() != chain.Native && !j.asset.priced {
		return label.Tag{}, false
	}
	return c.service(j.counterparty())
}
