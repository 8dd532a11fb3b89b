package label

import (
	"cmp"
	"slices"
	"time"

	"github.com/ethereum/go-ethereum/common"
)

// Tag is one statement about one address.
type Tag struct {
	Chain      uint64 // EIP-155; 0 is every EVM chain
	Address    common.Address
	Label      string // who it is said to be
	Category   Category
	Source     string // who says so: a document, a list, a file and line
	Confidence int    // 0-100, on the source's scale; 0 where it gives none
	// From and Until bound the time in which it holds, as an authority lists
	// and delists: From is in it, Until is not. Zero is open, or not known.
	From, Until time.Time
}

// On reports whether the tag is about an address of the chain.
func (t Tag) On(chainID uint64) bool { return t.Chain == 0 || t.Chain == chainID }

// Compare orders tags of one address: the surest first, then what still holds,
// then by source, then by whatever else tells them apart.
func (t Tag) Compare(u Tag) int {
	return cmp.Or(
		t.Address.Cmp(u.Address),
		cmp.Compare(u.Confidence, t.Confidence),
		compareEnds(t.Until, u.Until),
		cmp.Compare(t.Source, u.Source),
		cmp.Compare(t.Category, u.Category),
		cmp.Compare(t.Label, u.Label),
		cmp.Compare(t.Chain, u.Chain),
		t.From.Compare(u.From),
	)
}

// compareEnds puts no end first, then the latest.
func compareEnds(a, b time.Time) int {
	if a.IsZero() != b.IsZero() {
		return a.Compare(b)
	}
	return b.Compare(a)
}

// Book is a collection of tags. The zero Book is empty and ready for use. A
// Book that no one adds to may be read by several goroutines.
type Book struct {
	tags map[common.Address][]Tag
	n    int
}

// Add puts tags in the book. One that is there already is not put in again;
// one that says something else about the same address is kept beside it.
func (b *Book) Add(tags ...Tag) {
	if b.tags == nil {
		b.tags = make(map[common.Address][]Tag, len(tags))
	}
	for _, t := range tags {
		page := b.tags[t.Address]
		if at, found := slices.BinarySearchFunc(page, t, Tag.Compare); !found {
			b.tags[t.Address] = slices.Insert(page, at, t)
			b.n++
		}
	}
}

// Lookup returns what is said of an address on a chain, the surest first, those
// said of every chain included. For chain 0 it returns only the latter.
func (b *Book) Lookup(chainID uint64, a common.Address) []Tag {
	var found []Tag
	for _, t := range b.tags[a] {
		if t.On(chainID) {
			found = append(found, t)
		}
	}
	return found
}

// Len returns the number of tags.
func (b *Book) Len() int { return b.n }

// Tags returns every tag, by address.
func (b *Book) Tags() []Tag {
	all := make([]Tag, 0, b.n)
	for _, page := range b.tags {
		all = append(all, page...)
	}
	slices.SortFunc(all, Tag.Compare)
	return all
}
