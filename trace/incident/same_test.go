package incident

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// style is one way of writing the same down. None of its choices changes what
// a write-up says, so that none may change what is read.
type style struct {
	heads   [4]string // of the sections, with their marks
	order   []int     // of the sections
	bullet  string
	newline string
	money   func(digits string) string // of so many million dollars
	group   string                     // between thousands
	stamp   func(time.Time) string
	address string // page of an address on Ethereum, up to the address itself
	tx      string
	shown   func(string) string // how a link shows an address
	culprit string
	took    string
	about   string
	part    string // line of a list for a quantity and an asset, or a row of a table
}

// written writes the same theft in a style.
func (s style) written() string {
	thousands := func(digits string) string {
		for i := len(digits) - 3; i > 0; i -= 3 {
			digits = digits[:i] + s.group + digits[i:]
		}
		return digits
	}
	table := ""
	quantity := func(digits, asset string) string {
		line := strings.NewReplacer("Q", thousands(digits), "A", asset).Replace(s.part)
		if strings.HasPrefix(line, "|") {
			table = "| Asset | Amount |\n|---|---|\n"
			return line
		}
		return s.bullet + line
	}
	list := quantity("4350", "ETH") + "\n" + quantity("2750000", "USDC") + "\n" + quantity("12500", "LINK")
	link := func(page, id string) string { return "[" + s.shown(id) + "](" + page + id + ")" }
	at := func(clock string) string {
		t, _ := time.Parse("2006-01-02 15:04", clock)
		return s.stamp(t)
	}
	parts := [4]string{
		"On the bridge of Foo, which held $40 million in TVL, " + s.about + " " + s.money("12") + " was " + s.took + ".",
		"The " + s.culprit + " is not known.\n\n" + s.bullet + link(s.address, lower) + "\n" + s.bullet + "Victim: " + link(s.address, other),
		"Foo lost " + s.about + " " + s.money("12") + ":\n\n" + table + list,
		s.bullet + at("2022-03-29 14:05") + "[The theft](" + s.tx + hash + ")\n" + s.bullet + at("2022-03-31 01:30") + "The " + s.culprit + " returned " + s.money("3") + " to Foo.",
	}
	var b strings.Builder
	b.WriteString("---\ndate: 2022-03-29\ntarget-entities: Foo\ntitle: \"Foo bridge loses " + s.money("12") + "\"\nloss: 12000000\n---\n\n")
	for _, n := range s.order {
		b.WriteString(s.heads[n] + "\n\n" + parts[n] + "\n\n")
	}
	return strings.ReplaceAll(b.String(), "\n", s.newline)
}

// usual is the usual style.
func usual() style {
	return style{
		heads: [4]string{"## Summary", "## Attackers", "## Losses", "## Timeline"}, order: []int{0, 1, 2, 3}, bullet: "- ", newline: "\n",
		money: func(d string) string { return "$" + d + " million" }, group: ",",
		stamp:   func(t time.Time) string { return t.Format("**January 2, 2006, 03:04 PM UTC:** ") },
		address: "https://etherscan.io/address/", tx: "https://etherscan.io/tx/", shown: func(a string) string { return a }, culprit: "attacker", took: "stolen", about: "around", part: "Q A",
	}
}

// said is all that is read from a write-up but for where it stands.
func said(inc *Incident) []string {
	out := brief(inc, ClaimFrontMatter, ClaimTitle, ClaimTotal, ClaimAsset, ClaimChain, ClaimRecovered)
	out = append(out, mentioned(inc)...)
	for _, e := range inc.Timeline {
		out = append(out, fmt.Sprint(e.Time.Format(time.RFC3339), " ", e.Precision))
	}
	return out
}

// zone formats in a zone that is written behind the time.
func zone(layout, name string, hours int) func(time.Time) string {
	return func(t time.Time) string {
		return t.Add(time.Duration(hours)*time.Hour).Format(layout) + name
	}
}

func dotted(t time.Time) string {
	return strings.NewReplacer("AM", "a.m.", "PM", "p.m.").Replace(t.Format("Jan. 2, 2006 at 3:04 PM GMT: "))
}

// drawn draws a style.
func drawn(t *rapid.T) style {
	pick := func(name string, from ...string) string { return rapid.SampledFrom(from).Draw(t, name) }
	s := usual()
	mark := pick("mark", "## %s", "# %s", "### %s", "## %s:", "**%s**", "## **%s**")
	for i, words := range [][]string{{"Summary", "Overview", "What happened", "TL;DR"}, {"Attackers", "Attacker", "Perpetrators", "Threat actor", "Who did it"}, {"Losses", "Stolen funds", "Damage", "What was lost"}, {"Timeline", "Chronology", "Sequence of events", "Key dates"}} {
		s.heads[i] = fmt.Sprintf(mark, pick("heading", words...))
	}
	s.order = rapid.Permutation(s.order).Draw(t, "order")
	s.bullet = pick("bullet", "- ", "* ", "+ ", "1. ", "-   ")
	s.newline = pick("newline", "\n", "\r\n")
	s.group = pick("group", ",", "'", " ", "\u00a0", "\u202f", "")
	money := pick("money", "$%s million", "$%sM", "US$%sm", "%s million USD", "USD %s million", "%s million dollars", "$%s,000,000", "$ %s million", "$%smn", "**$%s million**")
	s.money = func(d string) string { return fmt.Sprintf(money, d) }
	s.stamp = rapid.SampledFrom([]func(time.Time) string{
		usual().stamp, zone("**2 January 2006, 15:04", " UTC** – ", 0), zone("**2006-01-02 15:04", " (UTC):** ", 0), zone("**2006-01-02T15:04:05Z", "** ", 0), dotted,
		zone("**2nd of January 2006, 15:04", " CET:** ", 1), zone("**January 2, 2006, 03:04 PM", " (UTC+8):** ", 8), zone("**January 2, 2006, 15:04", " +8 UTC:** ", 8), zone("**2006/01/02 15:04", " JST** - ", 9), zone("**15:04 UTC, January 2, 2006", ":** ", 0),
	}).Draw(t, "stamp")
	if stamp := s.stamp; rapid.Bool().Draw(t, "th") {
		s.stamp = func(t time.Time) string {
			return regexp.MustCompile(`\b(\d?\d)nd of`).ReplaceAllString(stamp(t), "${1}th of")
		}
	}
	page := rapid.SampledFrom([][2]string{{"https://etherscan.io/address/", "https://etherscan.io/tx/"}, {"https://eth.blockscout.com/address/", "https://eth.blockscout.com/tx/"}, {"https://blockchair.com/ethereum/address/", "https://blockchair.com/ethereum/transaction/"},
		{"https://www.oklink.com/eth/address/", "https://app.blocksec.com/explorer/tx/eth/"}, {"https://debank.com/profile/", "https://dashboard.tenderly.co/tx/mainnet/"}}).Draw(t, "explorer")
	s.address, s.tx = page[0], page[1]
	s.shown = rapid.SampledFrom([]func(string) string{usual().shown, func(a string) string { return "`" + a + "`" }, func(a string) string { return a[:6] + "…" + a[len(a)-4:] }, func(a string) string { return "**" + a + "**" }}).Draw(t, "shown")
	s.culprit = pick("culprit", "attacker", "hacker", "exploiter", "thief", "threat actor")
	s.took = pick("took", "stolen", "taken", "drained", "siphoned", "lost")
	s.about = pick("about", "around", "about", "approximately", "approx.", "ca.", "some", "roughly", "~", "an estimated")
	s.part = pick("part", "Q A", "A: Q", "**A**: Q", "A - Q", "A (Q)", "Q **A**", "Q A tokens", "`A` Q", "| A | Q |", "| **A** | Q |", "Q A;", "over Q A")
	return s
}

// TestSameReading: however the same is written down, the same is read.
func TestSameReading(t *testing.T) {
	t.Parallel()
	want := said(Parse("x.md", []byte(usual().written())))
	if len(want) != 12 {
		t.Fatalf("the usual style is read as %q", want)
	}
	rapid.Check(t, func(t *rapid.T) {
		doc := drawn(t).written()
		got := said(Parse("x.md", []byte(doc)))
		// The order of the sections is that of the mentions, and of nothing else.
		if diff := cmp.Diff(sortedLines(want), sortedLines(got)); diff != "" {
			t.Fatalf("%s\n(-want +got):\n%s", doc, diff)
		}
	})
}

func sortedLines(lines []string) map[string]int {
	m := map[string]int{}
	for _, l := range lines {
		m[l]++
	}
	return m
}
