package incident

import (
	"flag"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// checkPositions fails where something stands outside the document.
func checkPositions(t *testing.T, data string, inc *Incident) {
	t.Helper()
	lines := strings.Split(data, "\n")
	inside := func(what string, p Pos) {
		if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > len(lines[p.Line-1])+1 {
			t.Errorf("%s at %d:%d is outside the document", what, p.Line, p.Column)
		}
	}
	for _, c := range inc.Claims {
		inside("claim "+c.Text, c.Pos)
	}
	for _, a := range inc.Addresses {
		inside("address "+a.Address, a.Pos)
	}
	for _, x := range inc.Transactions {
		inside("tx "+x.Hash, x.Pos)
	}
	for _, e := range inc.Timeline {
		inside("entry "+e.Text, e.Pos)
	}
	for _, p := range inc.Problems {
		inside("problem "+p.Code, p.Pos)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(head + "## Losses\n\n- 5.966 **BTC**(~ $38 million)\n- €1.183 million\n\n## Timeline\n\n- **May 7-8, 2019, 3:02 AM (UTC+8):** [x](https://etherscan.io/tx/" + hash + ")\n")
	f.Add("\ufeff---\ntitle: “a: b”\n\tloss: 1\n---\n    - [a](<(https://etherscan.io/idm?addresses=" + lower + ",x)>)\n")
	f.Add("---\n- - - [a](b\n> > 1. x\n\n| a | b |\n|---|---|\n| 1 | 2 |\n```\n$5\n```\n<br><a href='x'>")
	f.Add("# Losses\nhalf a million $ in 1 000 000 ETH, 1.234.567,8 USDC & €5 &nbsp; \\* 10% of 2-3 million")
	f.Add("## Timeline\n- 2022-03-23T13:29:10Z a\n- 99:99 PM b\n- February 31, 2021 c\n- 0000-00-00 d")
	f.Add("---\nloss: 600000\n---\n**Losses**\n\nVersions 1.1.5, 11.12.2019, of which $600,000 (@ $1,800 = $2.7M)\n\n| | Amount |\n|-|-|\n| Net | $2M |\n| A-B | 5 A | 6 B |\n")
	f.Add("# T\nIn 2020 it lost $1, more than the $2 Bar hack; eth:" + lower + " arb1:" + other + " eip155:137:" + third + " (ETH, BSC)\n## Attackers\nFoo pool\n" + lower + " was drained by " + other + " — FooController (")
	f.Add("Losses:\n\n- WETH: $10 (5)\n- Net: $1\n- 100–120 ETH\n\nTimeline:\n\n- 1 May 2020, 3 PM +8 UTC: gave 70%, or $1, back; approx. 1 ETH came back. Mt. Gox vs. ca. $5\n")
	for i := range 20 {
		f.Add(rapid.Custom(func(t *rapid.T) string { return drawn(t).written() }).Example(i))
	}
	f.Fuzz(func(t *testing.T, data string) {
		inc := Parse("x.md", []byte(data))
		checkPositions(t, data, inc)
		if a, b := render(t, inc), render(t, Parse("x.md", []byte(data))); a != b {
			t.Errorf("two results:\n%s\n%s", a, b)
		}
	})
}

var megabyte = flag.Bool("megabyte", false, "give hostile documents their full size of a megabyte, a second each")

// TestHostile holds the promise that any input of a megabyte takes less than a
// second. Each shape is one that makes Markdown parsers slow. Without the flag
// each is an eighth of that, with the whole second: what is not linear takes
// longer even so, and a busy machine does not. The short form, for the race
// detector, only looks at what was read.
func TestHostile(t *testing.T) {
	size, limit := 1<<17, time.Second
	switch {
	case *megabyte:
		size = 1 << 20
	case testing.Short():
		size, limit = 1<<13, time.Hour
	}
	fill := func(s string) string { return strings.Repeat(s, size/len(s)+1)[:size] }
	deep := func() string {
		var b strings.Builder
		for i := 0; b.Len() < size; i++ {
			b.WriteString(strings.Repeat("  ", i) + "- a\n")
		}
		return b.String()
	}
	for name, doc := range map[string]string{
		"parts": "## Losses\n\n- 6,000 ETH\n  - " + fill("5 ETH, "),
		"links": fill("[a]("), "emphasis": fill("*a_"), "brackets": fill("["), "closers": fill("]"), "images": fill("![a]("), "ticks": fill("`a``b"), "quotes": fill("> "), "markers": fill("- "),
		"numbers": fill("1. "), "nested list": deep(), "nested quotes": fill("> > > > a\n"), "tags": fill("<a "), "entities": fill("&amp;"), "escapes": fill("\\*"), "tildes": fill("~a "),
		"references": fill("[a]: b\n"), "reference uses": fill("[a][b] "), "pipes": fill("|a|\n|-|\n"), "wide table": "|" + fill("a|")[:size/2] + "\n|" + fill("-|")[:size/2], "wide": fill("a"), "words": fill("a b "), "amounts": fill("$5 million "), "quantities": fill("5 ETH ($5), "),
		"assets": fill("ETH and "), "undisclosed": fill("undisclosed amount of ETH "), "items": fill("- 5 ETH ($1)\n"), "sums": fill("- $5 $6\n"), "labelled sums": fill("- net: $5, a: $7\n"), "bounties": "- " + fill("bounty $5 "), "captions": fill("a: $5\n\n- 1\n\n"), "table of sums": "| Asset | Loss |\n|---|---|\n" + fill("| Net | $5 |\n"), "returned": fill("returned $5 "), "links whole": fill("[a](https://etherscan.io/address/" + lower + ") "),
		"bare links": fill("https://etherscan.io/address/" + lower + " "), "colons": fill("a: "), "scheme": fill("://"), "ampersands": fill("https://a.b/?a=b&"), "hashes": fill(hash + " "), "base58": fill(genesisBTC + " "), "base58 lines": fill("- [x](https://solscan.io/account/" + wrappedSOL + ")\n"), "one base58": fill("1A"),
		"dates": fill("- May 7, 2021: a\n"), "headings": fill("## a\n"), "setext": fill("a\n---\n"), "code": fill("    - a\n"), "fences": fill("```\na\n"), "html": fill("<div>\na\n\n"), "blank": fill("\n"), "short blocks of links": fill(strings.Repeat("[a](", 149) + "\n\n"),
		"short blocks of emphasis": fill(strings.Repeat("*a_", 99) + "\n\n"), "unit claims": "# Losses\nLost $5 million\n" + fill("- $1,234 in UNI\n"), "yaml": "---\n" + fill("a: b\n"), "yaml flow": "---\na: " + fill("[") + "\n---\n", "yaml quotes": "---\n" + fill("a: \"b\n"), "yaml anchors": "---\n" + fill("- &a *a\n"), "yaml keys": "---\n" + fill("? a\n"),
		"front matter spaces": "---\n" + fill(" "), "no end": "---\n" + fill("x"), "digits": fill("1"), "grouped": fill("1 000 "), "ranges": fill("1 - 2 - "), "chains": fill("on Ethereum "), "brackets of names": fill("Ether (ETH) "), "invisible": fill("\u200b"), "not UTF-8": fill("a\xff"),
		"lazy bullets": fill("a\n\t- b\n"), "definition": fill("[a](<b"), "nested brackets": fill("[[a]") + fill("](b)"), "autolinks": fill("<https://a.b/> "), "entity without end": fill("&"), "mixed indent": fill(" \t- a\n"),
	} {
		for section, text := range map[string]string{"": doc, "losses": head + "## Losses\n\n" + doc} {
			inc, took := quickest(text, limit)
			if took > limit && (*megabyte || !linear(text, took)) {
				t.Errorf("%s %s: %v for %d bytes", name, section, took, len(text))
			}
			checkPositions(t, text, inc)
		}
	}
}

// linear tells whether a quarter of a text takes a fair share of the time: at
// least half of a quarter, where work that grows as a square would take a
// sixteenth.
func linear(text string, took time.Duration) bool {
	_, quarter := quickest(text[:len(text)/4], 0)
	return took < 8*quarter
}

// quickest returns the least of up to three times: other processes make
// single ones long.
func quickest(doc string, enough time.Duration) (*Incident, time.Duration) {
	least := time.Duration(1<<63 - 1)
	var inc *Incident
	for range 3 {
		start := time.Now()
		inc = Parse("x.md", []byte(doc))
		if least = min(least, time.Since(start)); least < enough {
			break
		}
	}
	return inc, least
}
