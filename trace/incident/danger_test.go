package incident

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWhatIsNoLoss: figures that stand among losses and are none, and what is
// said to have come back and has not. A wrong figure stated firmly is worse
// than one left out.
func TestWhatIsNoLoss(t *testing.T) {
	t.Parallel()
	const summary, losses, timeline = "Summary", "Losses", "Timeline"
	for _, tt := range []struct {
		section, text string
		want          []string
		reason        string
	}{
		{summary, "Foo, with $14 million in TVL, lost $12 million.", []string{"total $12000000"}, "the size belongs to the figure beside it"},
		{losses, "- Total value locked before: $14M\n- Total value locked after: $2M\n- Loss: $12M", []string{"total $12000000"}, "labels of sizes"},
		{losses, "The value of assets under management was $14 million.", []string{}, ""},
		{losses, "The market cap of FOO dropped from $30 million to $18 million, a loss of $12 million in value.", []string{"total $12000000"}, "both ends of a fall"},
		{losses, "No funds were lost; $12 million were at risk.", []string{}, ""},
		{losses, "Amount lost: $12,000,000 (4,350 ETH and 2.7M USDC)", []string{"total $12000000", "asset 4350 ETH", "asset 2700000 USDC"}, "the sum in front of a bracket is of all that stands in it"},
		{losses, "- 4,350 ETH ($8.7M), of which 500 ETH were returned\n- 2.7M USDC", []string{"asset 4350 ETH $8700000", "asset 2700000 USDC", "recovered 500 ETH"}, "a part is not lost twice"},
		{losses, "- 4,350 ETH – $8.7M – sent to Tornado Cash\n- 2.7M USDC – $2.7M – frozen by Circle", []string{"asset 4350 ETH $8700000", "asset 2700000 USDC $2700000", "recovered 2700000 USDC $2700000"}, ""},
		{losses, "The attacker minted 60 trillion FOO and dumped 3 billion FOO for $12 million.", []string{"total $12000000", "asset 3000000000 FOO $12000000"}, "what is minted nobody had"},
		{losses, "Ethereum — $8M; BSC — $3M; Polygon — $1M", []string{"chain $8000000 on ethereum", "chain $3000000 on bsc", "chain $1000000 on polygon"}, ""},
		{losses, "12 Mio. USD", []string{"total $12000000"}, ""},
		{losses, "12.000.000 $", []string{"total $12000000"}, ""},
		{summary, "Foo, whose investors include Bar Capital ($10 million), lost $12 million.", []string{"total $12000000"}, "a sum in a bracket is of the name before it"},
		{summary, "Foo had $15 million insured; $12 million was lost.", []string{"total $12000000"}, ""},
		{summary, "Foo lost 60% of its $20 million treasury, about $12 million.", []string{"total $12000000"}, "the whole of which a share is told"},
		{losses, "The damage rose to $12 million.", []string{"total $12000000"}, "what rises here is the loss"},
		{losses, "- 100 ETH at $1,800\n- 200 BNB ($310 per BNB)", []string{"asset 100 ETH", "asset 200 BNB"}, "prices of one"},
		{losses, "- 1,500 ETH (@ $1,800 = $2.7M)\n- 5 WBTC", []string{"asset 1500 ETH $2700000", "asset 5 WBTC"}, "the value stands behind the price"},
		{losses, "- 1,500 ETH (then $2.7M, now $4.5M)\n- 5 WBTC", []string{"asset 1500 ETH $2700000", "asset 5 WBTC"}, "today's value is not the loss"},
		{losses, "Gross loss: $12 million\nReturned: $10 million\nNet loss: $2 million", []string{"total $12000000", "recovered $10000000"}, "a difference is no third sum"},
		{losses, "| | Amount |\n|---|---|\n| Stolen | $12M |\n| Recovered | $10M |\n| Net | $2M |", []string{"total $12000000", "recovered $10000000"}, "the same as a table"},
		{losses, "| What | Loss |\n|---|---|\n| Staking reward pool | $3M |\n| Vault | $9M |", []string{"asset $3000000 of Staking reward pool", "asset $9000000 of Vault"}, "a pool that holds rewards is no reward"},
		{losses, "- Stolen: $12M\n- Secured: $1M\n- Rescued by whitehats: $2M", []string{"total $12000000", "recovered $1000000", "recovered $2000000"}, "by the label"},
		{losses, "- Stolen: $12M\n- Not recovered: $9M\n- To be returned: $1M", []string{"total $12000000"}, "what has not come back"},
		{losses, "- Stolen: $12M\n\n**Recovered:**\n\n- $2M worth of USDC\n- 500 ETH", []string{"total $12000000", "recovered USDC $2000000", "recovered 500 ETH"}, "by the caption"},
		{losses, "- 6,000 ETH\n- 2M DAI\n\n### Funds returned\n\n- 500 ETH", []string{"asset 6000 ETH", "asset 2000000 DAI", "recovered 500 ETH"}, "by the heading"},
		{losses, "Most was recovered.\n\n- 6,000 ETH\n- 2M DAI", []string{"asset 6000 ETH", "asset 2000000 DAI"}, "a sentence is no caption"},
		{losses, "### Stolen and returned\n\n- 6,000 ETH\n- 2M DAI", []string{"asset 6000 ETH", "asset 2000000 DAI"}, "of both"},
		{losses, "20 million FOO ($12M) were taken, of which:\n\n- 1 million FOO were sold for 720 ETH\n- 17 million FOO were returned\n- 2 million FOO are still held", []string{"total $12000000", "asset 20000000 FOO $12000000", "recovered 17000000 FOO"}, "what became of the parts"},
		{losses, "- 6,000 ETH\n  - 4,000 ETH from the first wallet\n  - 2,000 ETH from the second\n- 5 WBTC", []string{"asset 6000 ETH", "asset 5 WBTC"}, "nothing is lost twice"},
		{losses, "- 6,000 ETH\n  - 4,000 ETH on Base\n  - 2,000 ETH on Arbitrum\n- 5 WBTC", []string{"asset 4000 ETH on base", "asset 2000 ETH on arbitrum", "asset 5 WBTC"}, "the parts say where"},
		{losses, "- 6,000 ETH\n  - 4,000 ETH on Base\n  - 1,000 ETH on Arbitrum", []string{"asset 6000 ETH"}, "they do not add up"},
		{losses, "- 6,000 ETH ($12M)\n  - 4,000 ETH on Base\n  - 2,000 ETH on Arbitrum", []string{"total $12000000", "asset 6000 ETH $12000000"}, "only the whole has a value"},
		{losses, "Taken from Foo5 (~$8.9M in all):\n\n- 148,000 UNI\n\nTaken from Bar10 (~$3.1M in all):\n\n- 900 MKR", []string{"asset 148000 UNI", "asset 900 MKR"}, "sums of lists in brackets"},
		{losses, "Taken from Foo ($11.9M in all):\n\n- 148,000 UNI", []string{"total $11900000", "asset 148000 UNI"}, "of the only list"},
		{losses, "**First attack: $7.5 million**\n\n- 3,600 BNB\n\n**Second attack: $4.5 million**\n\n- 1,870 BNB", []string{"asset 3600 BNB", "asset 1870 BNB"}, "sums of lists, which count by themselves"},
		{losses, "- 62 BTC ($9 million)\n- £2,300,000 ($3 million)", []string{"asset 62 BTC $9000000", "asset $3000000 2300000 GBP"}, "money is lost too"},
		{losses, "- **Ethereum:** 3,120,500 USDC, 411.25 ETH\n- **Tron:** 1,890,000 USDT", []string{"asset 3120500 USDC on ethereum", "asset 411.25 ETH on ethereum", "asset 1890000 USDT on tron"}, "the label is of the whole line"},
		{losses, "| Pool | TVL before | Drained |\n|---|---|---|\n| Curve FOO/3CRV | $14M | $7.5M |\n| Uniswap FOO/USDC | $11M | $4.5M |", []string{"asset $7500000 of Curve FOO/3CRV", "asset $4500000 of Uniswap FOO/USDC"}, "what a pool held is not what it lost"},
		{losses, "| Pool | TVL before | Gone to |\n|---|---|---|\n| Curve FOO/3CRV | $14M | nowhere |", []string{}, "neither where nothing else is given"},
		{summary, "Tokens with a market value of $12 million were taken; the market value of FOO is now $5 million.", []string{"total $12000000"}, "the market value of what was taken"},
		{timeline, "- **May 11, 2022:** 4,000 ETH sent to Bar; the exchange froze about $98,000.", []string{"recovered $98000"}, "an exchange is no barter"},
		{timeline, "- **May 11, 2022:** White hats give back FOO worth $4.5M.", []string{"recovered FOO $4500000"}, ""},
		{timeline, "- **May 11, 2022:** 3.4 million USDC frozen and burned by the issuer.", []string{"recovered 3400000 USDC"}, ""},
		{losses, "- Net loss: $12M\n- Bounty: $1M", []string{"total $12000000"}, "the headline's figure is the loss however it is called"},
		{losses, "| Asset | Amount stolen | Amount returned | Price (USD) | Value (USD) |\n|---|---|---|---|---|\n| ETH | 6,000 | 500 | 1,500 | 9,000,000 |\n| USDC | 3,000,000 | 0 | 1 | 3,000,000 |\n| Total | | | | 12,000,000 |",
			[]string{"total $12000000", "asset 6000 ETH $9000000", "asset 3000000 USDC $3000000", "recovered 500 ETH"}, "a column each; a price is no value, and nothing came back of USDC"},
		{losses, "| Asset | Value today | Value then |\n|---|---|---|\n| ETH | $19M | $9M |\n| USDC | $3M | $3M |", []string{"asset ETH $9000000", "asset USDC $3000000"}, ""},
		{losses, "| Category | Loss (USD) |\n|---|---|\n| users of the old pools | 3,000,000 |\n| the treasury | 9,000,000 |\n| total | 12,000,000 |", []string{"total $12000000", "asset $3000000", "asset $9000000"}, "the heading says that the numbers are dollars"},
		{losses, "| Token | Loss |\n|---|---|\n| ETH | €9M |\n| Total | €12M |", []string{"total 12000000 EUR", "asset ETH 9000000 EUR"}, ""},
		{losses, "- Stolen: 6,000 ETH ($12M)\n- Returned: 5,000 ETH ($10M)", []string{"total $12000000", "asset 6000 ETH $12000000", "recovered 5000 ETH $10000000"}, ""},
		{losses, "The attacker swapped the loot for 6,300 ETH ($11.4 million) and bridged $9 million to Ethereum.", []string{}, "what the loot became"},
		{losses, "$12 million was lost, of which:\n\n- $5 million was bridged and swapped for 2,938 ETH\n- $7 million in DAI", []string{"total $12000000", "asset DAI $7000000"}, "proceeds in a list"},
		{summary, "Foo lost $12 million, of which $7 million from the bridge and $5 million from the exchange.", []string{"total $12000000"}, "parts"},
		{summary, "Foo lost $12 million; the attacker made a profit of $7.1 million.", []string{"total $12000000"}, "a gain is not the loss"},
		{summary, "First estimates spoke of $7 million; later ones raised it to $12 million.", []string{"total $12000000"}, "the last estimate stands"},
		{summary, "PeckShield put the loss at $12 million, CertiK at $13.5 million.", []string{"total $12000000", "total $13500000"}, "a rival figure is told"},
		{summary, "In 2020 Foo had been hacked for $11 million. This time it lost $12 million.", []string{"total $12000000"}, "another year"},
		{summary, "The $12 million theft comes weeks after the $11 million Bar Protocol exploit.", []string{"total $12000000"}, "somebody else's"},
		{summary, "It lost $12 million; Mt. Gox lost 850,000 BTC and Bar $9 million.", []string{"total $12000000"}, "somebody else's, without a verb"},
		{losses, "$12 million were stolen, more than the $9 million that Bar lost.", []string{"total $12000000"}, "a comparison"},
		{summary, "Foo lost $12 million. The hacker gave everything back, by then worth $15 million.", []string{"total $12000000"}, "what came back at its price of the day"},
		{timeline, "- **May 11, 2022:** The team recovered the contract and lost another $1 million.", []string{}, "what was recovered is no sum"},
		{timeline, "- **May 11, 2022:** None of the $12 million has been recovered.", []string{}, ""},
		{timeline, "- **May 11, 2022:** $3 million has not been recovered.", []string{}, ""},
		{timeline, "- **May 11, 2022:** $3 million is yet to be returned.", []string{}, ""},
		{timeline, "- **May 11, 2022:** Foo has refunded its users $12 million from its treasury.", []string{}, "making good brings nothing back"},
		{timeline, "- **May 11, 2022:** The hacker refunded $3 million.", []string{"recovered $3000000"}, "the culprit's refund does"},
		{timeline, "- **May 11, 2022:** The attacker repaid the flash loan of 20,000 ETH and walked away with 6,000 ETH.", []string{}, "a loan is not loot"},
		{timeline, "- **May 11, 2022:** So far, $3M of the $12M has been returned.", []string{"recovered $3000000"}, "the part came back, not the whole"},
		{timeline, "- **May 11, 2022:** 200 ETH of the stolen 5,000 ETH were returned.", []string{"recovered 200 ETH"}, ""},
		{timeline, "- **May 11, 2022:** In exchange for a bounty of $1 million the hacker returned $3 million.", []string{"recovered $3000000"}, "the bounty is of another figure"},
		{timeline, "- **May 11, 2022:** The attacker transferred 2,000 ETH back to Foo.", []string{"recovered 2000 ETH"}, ""},
		{timeline, "- **May 11, 2022:** Foo got back $3 million.", []string{"recovered $3000000"}, ""},
		{timeline, "- **May 11, 2022:** A court ordered the return of $3 million.", []string{}, "an order is no return"},
		{timeline, "- **May 11, 2022:** The hacker handed back a further $3 million.", []string{"recovered $3000000"}, ""},
		{timeline, "- **May 11, 2022:** [3,180 ETH sent back](https://etherscan.io/tx/" + hash + ")", []string{"recovered 3180 ETH"}, "a participle at the end"},
		{timeline, "- **May 11, 2022:** 1,000 ETH came back to the deployer.", []string{"recovered 1000 ETH"}, ""},
		{timeline, "- **May 11, 2022:** The hacker gave back roughly 70%, or $8.4M.", []string{"recovered $8400000"}, "a share with its value"},
		{timeline, "- **May 11, 2022:** Circle blacklisted the address, freezing 1.2 million USDC.", []string{"recovered 1200000 USDC"}, ""},
		{summary, "Foo lost $12 million, of which 73% was recovered.", []string{"total $12000000"}, "the verb is of the share"},
	} {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			inc := Parse("x.md", []byte(head+"## "+tt.section+"\n\n"+tt.text+"\n"))
			if diff := cmp.Diff(tt.want, brief(inc, ClaimTotal, ClaimAsset, ClaimChain, ClaimRecovered)); diff != "" {
				t.Errorf("%q %s (-want +got):\n%s", tt.text, tt.reason, diff)
			}
		})
	}
}

// TestSaysWhatItLeavesOut: a sum in words of loss that is not compared is told
// of, with its line.
func TestSaysWhatItLeavesOut(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"## Summary\n\nFoo lost $12 million; the attacker made a profit of $7.1 million.",
		"## Summary\n\nIn 2020 Foo had been hacked for $11 million. This time it lost $12 million.",
		"## Losses\n\n- Stolen: $12 million\n- Net loss: $2 million",
		"## Losses\n\n$12 million. The attacker swapped it for 6,300 ETH ($11.4 million).",
	} {
		problems := Parse("x.md", []byte(head+text+"\n")).Problems
		if !slices.ContainsFunc(problems, func(p Problem) bool { return p.Code == "other-sum" && p.Pos.Line > 9 && p.Hint != "" }) {
			t.Errorf("%q: got %v", text, problems)
		}
	}
}

// TestSeparators: what else stands in a document does not change how its
// figures are read.
func TestSeparators(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"Versions 1.1.5 to 1.1.7 were malicious. Foo lost $600,000.", "On 11.12.2019 Foo lost $600,000.", "On May 11,2023 Foo lost $600,000 and 230.879 WBTC.",
		"Node 10.0.0.1 was breached. Foo lost $600,000 and 12,5 BTC.", "Foo lost $600,000.", "Foo lost 600.000 dollars and 1.234.567,50 FOO.",
	} {
		inc := Parse("x.md", []byte("---\ndate: 2022-03-29\ntitle: Foo\nloss: 600000\n---\n\n## Losses\n\n"+text+"\n"))
		if got := brief(inc, ClaimTotal); !slices.Contains(got, "total $600000") {
			t.Errorf("%q: got %v", text, got)
		}
	}
}

// TestTitles: which of the sums of a title is its loss.
func TestTitles(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"Foo, Valued at $1 Billion, Loses $12M": "title $12000000", "Foo Offers $1M Bounty After $12M Hack": "title $12000000",
		"Foo DEX With $50M TVL Drained of $12M": "title $12000000", "Foo Attacked: $6.23M Profit for the Attacker": "", "TITAN Falls From $64 to Zero": "", "Foo loses 12.5M USD": "title $12500000",
		"Foo Drained of 12M on Celo": "title $12000000", "Foo Loses 12M FOO": "", "Foo Loses 11.2M": "", "Foo: 12M Users Affected": "", "Foo Loses Its Entire TVL of $12M": "title $12000000", "Foo Losses Grow From $6M to $12M": "title $12000000",
	} {
		got := brief(Parse("x.md", []byte("---\ndate: 2022-03-29\ntitle: \""+title+"\"\nloss: 12000000\n---\n\n## Summary\n\nText.\n")), ClaimTitle)
		if len(got) != min(len(want), 1) || want != "" && got[0] != want {
			t.Errorf("%q: got %v, want %q", title, got, want)
		}
	}
}
