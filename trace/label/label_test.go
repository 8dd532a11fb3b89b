package label_test

import (
	"bytes"
	"cmp"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"losstracer/chain"
	"losstracer/trace/label"
)

var (
	alice = common.HexToAddress("0x00000000000000000000000000000000000a11ce")
	bob   = common.HexToAddress("0x0000000000000000000000000000000000000b0b")
)

func drawTag(t *rapid.T, addresses ...common.Address) label.Tag {
	text := rapid.StringMatching(`[A-Za-z0-9,"';: .-]{0,20}[a-z]`)
	return label.Tag{
		Chain:      rapid.SampledFrom([]uint64{0, 1, 10, 56, 424242}).Draw(t, "chain"),
		Address:    rapid.SampledFrom(addresses).Draw(t, "address"),
		Label:      chain.Printable(text.Draw(t, "label"), 200),
		Category:   rapid.SampledFrom(label.Categories()).Draw(t, "category"),
		Source:     chain.Printable(text.Draw(t, "source"), 200),
		Confidence: rapid.IntRange(0, 100).Draw(t, "confidence"),
		From:       rapid.SampledFrom([]time.Time{{}, listed}).Draw(t, "from"),
		Until:      rapid.SampledFrom([]time.Time{{}, delisted, delisted.Add(90 * time.Minute)}).Draw(t, "until"),
	}
}

// When Tornado Cash was put on the list of sanctions, and taken off.
var (
	listed   = time.Date(2022, 8, 8, 0, 0, 0, 0, time.UTC)
	delisted = time.Date(2025, 3, 21, 0, 0, 0, 0, time.UTC)
)

func TestBookKeepsConflictsSideBySide(t *testing.T) {
	t.Parallel()
	sure := label.Tag{Address: alice, Chain: 1, Label: "an exchange", Category: label.Exchange, Source: "its own page", Confidence: 95}
	less := label.Tag{Address: alice, Label: "a mixer", Category: label.Mixer, Source: "a forum", Confidence: 20}
	same := label.Tag{Address: alice, Label: "a bridge", Category: label.Bridge, Source: "another forum", Confidence: 20}
	elsewhere := label.Tag{Address: alice, Chain: 56, Label: "a victim", Category: label.Victim, Source: "police", Confidence: 99}

	var b label.Book
	if got := b.Lookup(1, alice); got != nil {
		t.Errorf("an empty book says %v", got)
	}
	b.Add(less, elsewhere, sure, same, sure)
	if b.Len() != 4 {
		t.Errorf("Len() = %d after adding four tags, one of them twice", b.Len())
	}
	for _, test := range []struct {
		name  string
		chain uint64
		of    common.Address
		want  []label.Tag
	}{
		{"surest first, then by source", 1, alice, []label.Tag{sure, less, same}},
		{"another chain", 56, alice, []label.Tag{elsewhere, less, same}},
		{"a chain with no tags of its own", 10, alice, []label.Tag{less, same}},
		{"every chain", 0, alice, []label.Tag{less, same}},
		{"nobody", 1, bob, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := gocmp.Diff(test.want, b.Lookup(test.chain, test.of)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

func TestBookIsOrderless(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		tags := rapid.SliceOf(rapid.Custom(func(t *rapid.T) label.Tag { return drawTag(t, alice, bob) })).Draw(t, "tags")
		var one, other label.Book
		one.Add(tags...)
		for _, tag := range rapid.Permutation(tags).Draw(t, "order") {
			other.Add(tag)
			other.Add(tag)
		}
		if diff := gocmp.Diff(one.Tags(), other.Tags()); diff != "" {
			t.Errorf("the order of adding shows (-want +got)\n%s", diff)
		}
		for _, id := range []uint64{1, 56, 999} {
			found := one.Lookup(id, alice)
			if !slices.IsSortedFunc(found, label.Tag.Compare) {
				t.Errorf("not in order: %v", found)
			}
			for _, tag := range tags {
				want := tag.Address == alice && (tag.Chain == 0 || tag.Chain == id)
				if slices.Contains(found, tag) != want {
					t.Errorf("%v in Lookup(%d): want %t", tag, id, want)
				}
			}
		}
	})
}

func TestCompareIsStrict(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawTag(t, alice, bob), drawTag(t, alice, bob)
		if a.Compare(b) != -b.Compare(a) || (a.Compare(b) == 0) != (a == b) {
			t.Errorf("Compare(%v, %v) = %d, and %d the other way", a, b, a.Compare(b), b.Compare(a))
		}
	})
}

func TestParseCategory(t *testing.T) {
	t.Parallel()
	for _, c := range label.Categories() {
		if got, err := label.ParseCategory(" " + strings.ToUpper(string(c))); err != nil || got != c {
			t.Errorf("ParseCategory(%s) = %s, %v", c, got, err)
		}
	}
	if got, err := label.ParseCategory(""); err != nil || got != label.Other {
		t.Errorf("nothing is %q, %v", got, err)
	}
	if _, err := label.ParseCategory("bank"); err == nil || !strings.Contains(err.Error(), "mixer") {
		t.Errorf("bank: %v, want an error that lists the categories", err)
	}
}

// The set is data that nobody compiles: what is held here is its form.
func TestBuiltinForm(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("builtin.csv")
	if err != nil {
		t.Fatal(err)
	}
	tags, err := label.ReadCSV("builtin.csv", bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if err := writeCSV(&again, tags); err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(raw), again.String()); diff != "" {
		t.Errorf("not as writeCSV writes it: addresses in lower case, short names of chains, plain text (-want +got)\n%s", diff)
	}
	names := func(a, b label.Tag) int {
		return cmp.Or(a.Address.Cmp(b.Address), cmp.Compare(name(a.Chain), name(b.Chain)))
	}
	if !slices.IsSortedFunc(tags, names) {
		t.Error("not sorted by address and chain")
	}
	seen := make(map[chain.Account]label.Tag)
	named := make(map[label.Tag]bool)
	for _, tag := range tags {
		if tag.Confidence == 0 {
			t.Errorf("%s: no confidence", tag.Label)
		}
		at := chain.Account{ChainID: tag.Chain, Address: tag.Address}
		if u, twice := seen[at]; twice && u.Source == tag.Source {
			t.Errorf("%s is %s and %s by one source", at, u.Label, tag.Label)
		}
		seen[at] = tag
		name := label.Tag{Chain: tag.Chain, Address: tag.Address, Label: tag.Label}
		if named[name] {
			t.Errorf("%s is named %s twice", at, tag.Label)
		}
		named[name] = true
		if _, listed := chain.NetworkByID(tag.Chain); tag.Chain != 0 && !listed {
			t.Errorf("%s: chain %d is not in the table", tag.Label, tag.Chain)
		}
	}
}

func name(id uint64) string {
	if id == 0 {
		return ""
	}
	n, _ := chain.NetworkByID(id)
	return n.Name
}

func TestBuiltinSize(t *testing.T) {
	t.Parallel()
	count := make(map[label.Category]int)
	addresses := make(map[common.Address]bool)
	for _, tag := range label.Builtin().Tags() {
		count[tag.Category]++
		addresses[tag.Address] = true
	}
	for c, least := range map[label.Category]int{
		label.Exchange: 200, label.Bridge: 100, label.Token: 100, label.DEX: 60, label.Sanctioned: 190,
		label.Mixer: 40, label.Lending: 15, label.Burn: 2, label.Protocol: 3,
	} {
		if count[c] < least {
			t.Errorf("%d of %s, want at least %d", count[c], c, least)
		}
	}
	// Whom a theft made attacker or victim is for the write-up to say.
	for _, c := range []label.Category{label.Attacker, label.Victim, label.Phishing} {
		if count[c] > 0 {
			t.Errorf("%d of %s", count[c], c)
		}
	}
	if n := len(addresses); n < 400 || n > 2000 {
		t.Errorf("%d addresses", n)
	}
}

// Tornado Cash is off the list since March 2025, nobody else is, and a wrapped
// coin without a tag would look like somebody's wallet.
func TestBuiltinFacts(t *testing.T) {
	t.Parallel()
	b := label.Builtin()
	for _, tag := range b.Tags() {
		tornado := tag.Category == label.Sanctioned && strings.Contains(strings.ToLower(tag.Label), "tornado")
		if tornado && (!tag.Until.Equal(delisted) || tag.From.Before(listed)) {
			t.Errorf("%s %s: listed from %s until %s", chain.Hex(tag.Address), tag.Label, tag.From, tag.Until)
		}
		if !tornado && !tag.Until.IsZero() {
			t.Errorf("%s %s: until %s", chain.Hex(tag.Address), tag.Label, tag.Until)
		}
	}
	for _, n := range chain.Networks() {
		if n.Wrapped == (common.Address{}) {
			continue
		}
		if found := b.Lookup(n.ID, n.Wrapped); len(found) != 1 || found[0].Category != label.Token {
			t.Errorf("%s: the wrapped coin is %v", n.Name, found)
		}
	}
	for _, test := range []struct {
		of    string
		chain uint64
		want  label.Category
	}{
		{"0xA160cdAB225685dA1d56aa342Ad8841c3b53f291", 1, label.Mixer},
		{"0x28C6c06298d514Db089934071355E5743bf21d60", 1, label.Exchange},
		{"0x098B716B8Aaf21512996dC57EB0615e2383E2f96", 1, label.Sanctioned},
		{"0x098B716B8Aaf21512996dC57EB0615e2383E2f96", 56, label.Sanctioned},
		{"0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D", 1, label.DEX},
		{"0x000000000000000000000000000000000000dEaD", 137, label.Burn},
		{"0xdAC17F958D2ee523a2206206994597C13D831ec7", 1, label.Token},
		{"0x3ee18B2214AFF97000D974cf647E7C347E8fa585", 1, label.Bridge},
	} {
		if found := b.Lookup(test.chain, common.HexToAddress(test.of)); len(found) == 0 || found[0].Category != test.want {
			t.Errorf("%s on %d: %v, want %s", test.of, test.chain, found, test.want)
		}
	}
}

func BenchmarkBuiltin(b *testing.B) {
	for b.Loop() {
		label.Builtin()
	}
}
