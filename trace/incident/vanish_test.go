package incident

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// shows reports whether a reader of the result meets a sum of dollars that
// stands in a line: as a figure of any kind, or in a problem that quotes it.
func shows(inc *Incident, line int, value, written string) bool {
	for _, c := range inc.Claims {
		if c.Pos.Line == line && (c.USD != nil && c.USD.Value.String() == value || c.Amount != nil && c.Amount.Value.String() == value) {
			return true
		}
		if c.Kind != ClaimFrontMatter && c.Kind != ClaimTitle && c.Pos.Line < line && c.USD != nil && c.USD.Value.String() == value {
			return true // a total is told once
		}
	}
	return slices.ContainsFunc(inc.Problems, func(p Problem) bool {
		return p.Pos.Line == line && p.Hint != "" && strings.Contains(p.Message, written)
	})
}

// aside reports whether a problem of the first row of a table tells that a
// column is not compared.
func aside(inc *Incident, line int, heading string) bool {
	return slices.ContainsFunc(inc.Problems, func(p Problem) bool {
		return p.Pos.Line == line && strings.Contains(p.Message, fmt.Sprintf("%q is taken for a column", heading))
	})
}

// TestNoSumVanishes: whatever words stand at a sum, it is a part of the loss, the loss, what
// came back, or a problem.
func TestNoSumVanishes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"| What | Loss |\n|---|---|\n| Staking reward pool | $3M |\n| Vault | $9M |",
		"| What | Loss |\n|---|---|\n| Net loss | $3M |\n| Vault | $9M |",
		"| Token | USD |\n|---|---|\n| TVL | 3,000,000 |\n| ETH | 9,000,000 |",
		"- 4,000 ETH ($9M), of which $3M was in a vault",
		"- Secured: $3M\n- ETH: $9M", "- Secured by whitehats: $3M\n- ETH: $9M", "- Not recovered: $3M\n- ETH: $9M", "- To be returned: $3M\n- ETH: $9M",
		"- $3M from two wallets, each drained\n- 5 ETH ($9M)", "The attacker took $3M, each victim of the $9M lost a little.",
		"- Price of the token: $3M", "- Was insured for $3M", "- The attacker kept $3M as a bounty, after giving back $9M",
		"- 4,000 ETH (then $9M, now $3M)", "- 15 of the $3M left", "- 7 BTC out of $3M",
		"| Asset | Stolen | Returned | Net |\n|---|---|---|---|\n| ETH | $9M | $3M | $6M |",
		"| Category | Loss (USD) |\n|---|---|\n| users of the old pools | 3,000,000 |\n| the treasury | 9,000,000 |",
		"| Asset | Loss | Loss today |\n|---|---|---|\n| ETH | $9M | $3M |",
		"| Token | Loss |\n|---|---|\n| ETH | $9M |\n| Total | €3M |",
		"Foo lost $9M. Its founder was fined $3M.", "Its insurance of $3M did not cover the $9M loss.", "- 4,000 ETH ($9M)\n\nThe bounty is $3M.",
		"### Arbitrum: $3M", "> $3M of it was taken later", "```\nlost: $3M\n```",
	} {
		inc := Parse("x.md", []byte(head+"## Losses\n\n"+text+"\n"))
		for n, l := range strings.Split(head+"## Losses\n\n"+text, "\n") {
			for written, value := range map[string]string{"$3M": "3000000", "$9M": "9000000", "$6M": "6000000", "€3M": "3000000", "3,000,000": "3000000", "9,000,000": "9000000"} {
				if strings.Contains(l, written) && !shows(inc, n+1, value, written) && !(written == "$6M" && aside(inc, 10, "Net") || strings.Contains(text, "today |") && aside(inc, 10, "Loss today")) {
					t.Errorf("%q: %s vanished: %q %v", text, written, brief(inc, ClaimTotal, ClaimAsset, ClaimChain, ClaimRecovered), inc.Problems)
				}
			}
		}
	}
}

// labels of lines of losses are made of these.
var (
	labelFront = []string{"", "", "Net", "Gross", "Total", "Staking", "Secured", "Returned", "Frozen", "Remaining", "Swapped", "Laundered", "Bridged", "Unaffected", "Saved", "Not", "Old", "Insured", "Initial", "Price", "Expected"}
	labelNoun  = []string{"loss", "losses", "reward", "reward pool", "bounty", "TVL", "value locked", "market cap", "funds", "vault", "treasury", "ETH", "USDC", "BSC", "Foo Bridge", "Example Bridge", "tokens", "pool", "fee", "compensation", "profit", "users", "loan", "collateral", "supply", "price"}
	labelBack  = []string{"", "", "", " by whitehats", " by the attacker", " before the attack", " after", " today", " (estimate)", " of LPs", " on Polygon", " at risk", " in DAI", " offered", " to be returned"}
)

// TestNoSumVanishesFromLists is the same for labels and shapes that nobody
// thought of.
func TestNoSumVanishesFromLists(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		pick := func(name string, from []string) string { return rapid.SampledFrom(from).Draw(t, name) }
		shape := pick("shape", []string{"- %s: %s", "- **%s:** %s", "- %s – %s", "- %[2]s %[1]s", "- %[2]s (%[1]s)", "- %s (%s)", "- 500 ETH (%[2]s), of which %[1]s", "- %s worth %s", "| %s | %s |", "| %s | 12 | %s |", "1. %s = %s", "- %s, %s", "- %s was %s"})
		amount := func(i int) (written, value string) {
			n := rapid.IntRange(11, 98).Draw(t, "millions")*10 + i // of no other line
			return fmt.Sprintf(pick("amount", []string{"$%dM", "$%d million", "%d million USD", "$%d,000,000"}), n), fmt.Sprint(n) + "000000"
		}
		lines, last := []string{}, ""
		if strings.HasPrefix(shape, "|") {
			columns := pick("columns", []string{"Asset", "Category", "Project", "Chain", ""}) + " | "
			if strings.Count(shape, "|") == 4 {
				columns += pick("middle", []string{"Amount", "Users", "Price"}) + " | "
			}
			last = pick("column", []string{"Loss", "Value", "USD", "Amount", "Returned", "Notes", "Net", "Drained", "TVL before", "Loss today", "Amount frozen"})
			columns += last
			lines = append(lines, "| "+columns+" |", strings.Repeat("|---", strings.Count(shape, "|")-1)+"|")
		}
		written, values, first := []string{}, []string{}, len(lines)
		for i := range rapid.IntRange(1, 4).Draw(t, "lines") {
			w, v := amount(i)
			label := strings.TrimSpace(pick("front", labelFront) + " " + pick("noun", labelNoun) + pick("back", labelBack))
			lines, written, values = append(lines, fmt.Sprintf(shape, label, w)), append(written, w), append(values, v)
		}
		text := head + "## Losses\n\n" + strings.Join(lines, "\n") + "\n"
		inc := Parse("x.md", []byte(text))
		at := strings.Count(head+"## Losses\n\n", "\n") + first
		for i, w := range written {
			if !shows(inc, at+i+1, values[i], w) && !(last != "" && aside(inc, at-1, last)) {
				t.Fatalf("%s\n%s vanished: %q\n%v", text, w, brief(inc, ClaimTotal, ClaimAsset, ClaimChain, ClaimRecovered), inc.Problems)
			}
		}
	})
}
