package incident

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSentences(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		want       []string
		reason     string
	}{
		{"lost", "Foo lost approximately $12 million in total.", []string{"total $12000000"}, ""},
		{"worth", "Assets worth over $12 million were stolen.", []string{"total $12000000"}, ""},
		{"one asset", "The loss amounted to 472 ETH worth $12 million.", []string{"total $12000000", "asset 472 ETH $12000000"}, "the only figure is the total too"},
		{"which was worth", "17 BTC was stolen, which was worth approximately $3,850 at the time.", []string{"total $3850", "asset 17 BTC $3850"}, ""},
		{"groups", "The losses amounted to $12 million. This consisted of $9 million in stable coins (USDC and USDT), $2 million in Bitcoin and Ether, and another $1 million spread across various altcoins.",
			[]string{"total $12000000", "asset stable coins (USDC and USDT) $9000000", "asset Bitcoin and Ether $2000000", "asset altcoins $1000000"}, "groups keep the writer's words"},
		{"all of several", "The bridge lost 173,600 ETH and 25.5 million USDC, totaling around $12 million.", []string{"total $12000000", "asset 173600 ETH", "asset 25500000 USDC"}, "the sum is of all, not of the last"},
		{"returned", "The hack led to a loss of over $12 million, but ethical hackers later returned $3.2 million.", []string{"total $12000000", "recovered $3200000"}, ""},
		{"returned, passive", "About $12 million was lost, and $7 million was returned.", []string{"total $12000000", "recovered $7000000"}, ""},
		{"frozen by the issuer", "Foo lost $12 million. Tether froze 46,000 USDT.", []string{"total $12000000", "recovered 46000 USDT"}, ""},
		{"share and value", "Foo lost $12 million. The exploiter returned 90% of the stolen funds, worth $10.8 million.", []string{"total $12000000", "recovered $10800000"}, ""},
		{"share of a whole", "Foo lost $12 million and negotiated a return of 90% of the exploited $5.7 million.", []string{"total $12000000"}, "the figure is of the whole"},
		{"sent back", "Foo lost $12 million. The hacker sent back 1,000 ETH ($2M).", []string{"total $12000000", "recovered 1000 ETH $2000000"}, ""},
		{"frozen of the stolen", "Foo lost $12 million. Tether froze $2.1 million of the stolen USDT.", []string{"total $12000000", "recovered USDT $2100000"}, ""},
		{"rest", "Foo lost $12 million. The attacker kept $3 million as a bounty and returned the remaining $9 million.", []string{"total $12000000", "recovered $9000000"}, ""},
		{"of the lost", "Foo recovered approximately $4 million of the lost $12 million.", []string{"total $12000000", "recovered $4000000"}, ""},
		{"able", "Foo lost $12 million. It was able to recover $1.2 million.", []string{"total $12000000", "recovered $1200000"}, ""},
		{"offer", "Foo lost $12 million and offered a bounty of $1 million for the return of the funds.", []string{"total $12000000"}, "nothing came back yet"},
		{"wish", "Foo lost $12 million. It asked the attacker to return $10.8 million.", []string{"total $12000000"}, ""},
		{"condition", "Foo lost $12 million. If $10 million is returned, no charges follow.", []string{"total $12000000"}, ""},
		{"reward", "Foo lost $12 million. It offers a 720 BTC reward, approximately $170,000, for assistance in recovering the funds.", []string{"total $12000000"}, "a reward is neither lost nor recovered"},
		{"value locked", "Foo lost $12 million. Its total value locked (TVL) dropped from over $20 million to $9 million.", []string{"total $12000000"}, "sizes are no losses"},
		{"flash loan", "With a flash loan of $15 million the attacker caused a loss of $12 million.", []string{"total $12000000"}, "what is lent within a tx is not lost"},
		{"price", "Foo lost $12 million. The token fell from $1.20 to $0.30.", []string{"total $12000000"}, ""},
		{"inflation", "Foo lost $12 million ($15 million adjusted for inflation).", []string{"total $12000000"}, ""},
		{"inflation first", "Foo lost $12 million (inflation-adjusted: $15 million).", []string{"total $12000000"}, ""},
		{"today", "Foo lost 850 BTC, worth $12 million at the time ($50 million today).", []string{"total $12000000", "asset 850 BTC $12000000"}, "today's value is not the loss"},
		{"fine", "Foo lost $12 million. Its founder was fined $11 million.", []string{"total $12000000"}, ""},
		{"raised", "Foo, which had raised $10 million, lost $12 million.", []string{"total $12000000"}, ""},
		{"foreign", "Foo lost 35 billion won ($12.5 million).", []string{"total $12500000 35000000000 KRW"}, ""},
		{"euro", "Foo lost €1.183 million worth of cryptocurrencies.", []string{"total 1183000 EUR"}, ""},
		{"euro behind", "Foo lost 1.183 million euros.", []string{"total 1183000 EUR"}, ""},
		{"dollars twice", "The total amount was approximately $12 million dollars worth of cryptocurrency, including Bitcoin and Ripple.", []string{"total $12000000"}, ""},
		{"no separators", "Foo lost approximately $12000000.", []string{"total $12000000"}, ""},
		{"range", "Foo lost between $11 million and $13 million.", []string{"total $11000000"}, ""},
		{"words", "Foo lost twelve million dollars.", []string{"total $12000000"}, ""},
		{"half a million", "Foo lost half a million dollars.", []string{"total $500000"}, ""},
		{"plus", "The attacker stole assets worth of $12M+", []string{"total $12000000"}, ""},
		{"bare", "$12 Million", []string{"total $12000000"}, "nothing else stands in the section"},
		{"unknown", "The exact amount of losses is not clear.", []string{}, ""},
		{"nothing lost", "There were no financial losses.", []string{}, ""},
		{"chains in prose", "Foo lost $12 million: $7 million on Ethereum and $5 million on BSC.", []string{"total $12000000", "chain $7000000 on ethereum", "chain $5000000 on bsc"}, ""},
		{"back in parts", "Foo lost $12 million. The hacker returned $6 million: $3.3 million on Ethereum, $2.6 million on BSC and 1,000 BNB.", []string{"total $12000000", "recovered $6000000", "recovered $3300000 on ethereum", "recovered $2600000 on bsc", "recovered 1000 BNB"}, "parts of what came back came back"},
		{"back in the passive", "Foo lost $12 million. 3,180 ETH, 1,500 DAI and 50 BNB are returned.", []string{"total $12000000", "recovered 3180 ETH", "recovered 1500 DAI", "recovered 50 BNB"}, "the verb is of the whole list"},
		{"active behind a figure", "The attacker made off with $12 million and later returned $2.5 million.", []string{"total $12000000", "recovered $2500000"}, "a verb with a figure of its own says nothing of the one before"},
		{"share with its value", "Foo lost $12 million; he returned 70% of the assets (about $8.4 million).", []string{"total $12000000", "recovered $8400000"}, ""},
		{"present", "Foo lost $12 million. Tether freezes $3 million USDT.", []string{"total $12000000", "recovered USDT $3000000"}, "timelines tell in the present"},
		{"present plural", "Foo lost $12 million. US authorities return 27.7 BTC.", []string{"total $12000000", "recovered 27.7 BTC"}, ""},
		{"found again", "Foo lost $12 million. 200 bitcoins have since been found.", []string{"total $12000000", "recovered 200 BTC"}, "what was only mislaid"},
		{"agreed", "Foo lost $12 million. He agreed to return $9 million.", []string{"total $12000000"}, "nothing came back yet"},
		{"standard in front", "Foo lost $12 million: $8.5M in TRC-20 USDT and $3.5M in BEP20 USDC.", []string{"total $12000000", "asset USDT $8500000 on tron", "asset USDC $3500000 on bsc"}, "the standard tells the chain"},
		{"blocked", "Foo lost $12 million. Bar blocks 259,000 FOO.", []string{"total $12000000", "recovered 259000 FOO"}, ""},
		{"mined", "Foo lost $12 million. The chain stopped for seven blocks 400 ETH later.", []string{"total $12000000", "asset 400 ETH"}, "blocks of the chain"},
		{"a part inside a part", "Foo lost $12 million. It got 239 FOO, and 27 FOO that include 1 FOO lost before.", []string{"total $12000000", "asset 239 FOO", "asset 27 FOO"}, "not counted twice"},
		{"chain as a label", "Foo lost $12 million.\n\n**Ethereum:** 1,700 ETH, 470,000 DAI\n\n**Fantom:** 4,501,226 FTM", []string{"total $12000000", "asset 1700 ETH on ethereum", "asset 470000 DAI on ethereum", "asset 4501226 FTM on fantom"}, "the label is of what follows it"},
		{"asset as a label", "Foo lost $12 million.\n\n**Ethereum:** 1,700 ETH", []string{"total $12000000", "asset 1700 ETH"}, "the label may be the asset's"},
		{"sum of named parts", "Foo lost $12 million. In all 6,000 ETH were taken:\n\n- Bar Pool: 4,000 ETH\n- Baz Pool: 2,000 ETH", []string{"total $12000000", "asset 4000 ETH of Bar Pool", "asset 2000 ETH of Baz Pool"}, "the parts say more than their sum"},
		{"secured by a white hat", "Foo lost $12 million. A white hat front-ran the attacker and secured $5.95 million.", []string{"total $12000000", "recovered $5950000"}, ""},
		{"what the loot became of", "Foo lost 483,000 FOO, valued at around $12 million. Of these, 379,300 FOO were swapped for 372 ETH.", []string{"total $12000000", "asset 483000 FOO $12000000"}, "a part is not lost twice"},
		{"profit that is the loss", "Attacker's profit: 224.98 ETH ($12 million)", []string{"total $12000000", "asset 224.98 ETH $12000000"}, "nothing else is known to be lost"},
		{"frozen with", "Foo lost $12 million. $10 million frozen with help from partners.", []string{"total $12000000", "recovered $10000000"}, ""},
		{"stuck", "11,539.5 ETH ($12 million) remain locked in the contract.", []string{"total $12000000", "asset 11539.5 ETH $12000000"}, "locked for good is lost, locked value is a size"},
		{"sum of a list to come", "$12 million in Ethereum and ERC-20 tokens were stolen:\n\n- 5 WBTC\n- 6 UNI", []string{"total $12000000", "asset 5 WBTC", "asset 6 UNI"}, "what the list adds up to"},
		{"lost on", "$7 million was lost on Ethereum and $5 million on BSC.", []string{"chain $7000000 on ethereum", "chain $5000000 on bsc"}, ""},
		{"date in front", "Foo lost $12 million. On June 6, 2024 - $2.6 million is returned.", []string{"total $12000000", "recovered $2600000"}, "a year before a dash is no range"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inc := Parse("x.md", []byte(head+"## Losses\n\n"+tt.text+"\n"))
			got := brief(inc, ClaimTotal, ClaimAsset, ClaimChain, ClaimRecovered)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%q %s (-want +got):\n%s", tt.text, tt.reason, diff)
			}
		})
	}
}

func TestSummaryTotals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		want       []string
	}{
		{"another figure", "Foo fell victim to an attack, resulting in a loss of approximately $11.6 million.", []string{"total $11600000"}},
		{"an earlier incident", "Foo was exploited four days before, which led to a loss of nearly $300,000.", []string{}},
		{"after another", "One week after an exploit that had cost it about $15 million, Foo was hit again and lost $12 million.", []string{"total $12000000"}},
		{"previous hacks", "Foo was previously hacked twice, losing around 4,000 Bitcoin and $13 million, respectively. ", []string{}},
		{"parts", "Firms have reported over $8.6 million in losses for Foo and $3.6 million in losses for Bar, putting the total over $12.3 million.", []string{"total $12300000"}},
		{"two victims", "Foo lost $5.5 million and Bar lost $6.5 million, for a combined $12 million.", []string{"total $12000000"}},
		{"two that do not add up", "Foo lost $11 million, or $6.5 million by another count.", []string{"total $11000000", "total $6500000"}},
		{"raised", "The company, which raised $10 million from investors, was hacked for $12 million.", []string{"total $12000000"}},
		{"sum and parts", "The loss is $12 million: $7 million in WETH, $4 million in MATIC and $1 million in WBTC.", []string{"total $12000000"}},
		{"part in an asset", "A first attack took 807,260 FOO worth $7 million; in total $12 million were lost.", []string{"total $12000000"}},
		{"borrowed for good", "The attacker inflated the price and borrowed $12 million in DAI and ETH.", []string{"total $12000000"}},
		{"worth of what came back", "Foo lost $12 million; police seized 5,000 ETH from seven members (worth $14 million today).", []string{"total $12000000"}},
		{"today", "Foo lost 24,078 BTC (worth about $12 million at the time, about $1.1 billion today).", []string{"total $12000000"}},
		{"sum and chains", "PeckShield put the losses at $12 million: ~$7 million on Ethereum and $5 million on BSC.", []string{"total $12000000"}},
		{"volume", "The exchange, with a daily trading volume of $12 million, closed.", []string{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inc := Parse("x.md", []byte(head+"## Summary\n\n"+tt.text+"\n"))
			if diff := cmp.Diff(tt.want, brief(inc, ClaimTotal)); diff != "" {
				t.Errorf("%q (-want +got):\n%s", tt.text, diff)
			}
		})
	}
}

// TestPartsInBothSections: the sum of a part is none of the loss in the summary
// either.
func TestPartsInBothSections(t *testing.T) {
	t.Parallel()
	inc := Parse("x.md", []byte(head+"## Summary\n\nFoo lost $8 million on Monday and another $4 million on Tuesday, $12 million in total.\n\n## Losses\n\nFirst attack: $8 million\n\n- 3,600 BNB\n\nSecond attack: $4 million\n\n- 1,870 BNB\n"))
	if diff := cmp.Diff([]string{"total $12000000", "asset 3600 BNB", "asset 1870 BNB"}, brief(inc, ClaimTotal, ClaimAsset)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTitleAndFrontMatter(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, matter string
		want         []string
	}{
		{"plain", "title: \"Foo lost $40 million in a cyberattack\"\nloss: 40000000", []string{"front_matter $40000000", "title $40000000"}},
		{"stray colon", "title: Foo Hack: $80 Million Stolen\nloss: 80000000", []string{"front_matter $80000000", "title $80000000"}},
		{"curly quotes", "title: “Foo halts trading after $25M hack”\nloss: 26000000", []string{"front_matter $26000000", "title $25000000"}},
		{"tabs", "title:\t'Foo Suffers $1.5M Loss'\nloss:\t1500000", []string{"front_matter $1500000", "title $1500000"}},
		{"flash loan attack", "title: \"Flash Loan Attack: $37.5 Million Exploited\"\nloss: unknown", []string{"title $37500000"}},
		{"loan behind", "title: \"Foo: $33.8 Million Lost in Flash Loan Attack\"\nloss: 5", []string{"front_matter $5", "title $33800000"}},
		{"via a loan", "title: \"Foo drained of $3.5 million via flash loan\"\nloss: 5", []string{"front_matter $5", "title $3500000"}},
		{"a market by name", "title: \"Foo Market attacked for $9.1M\"\nloss: 5", []string{"front_matter $5", "title $9100000"}},
		{"Canadian", "title: \"Crash to $100 CAD\"\nloss: 5", []string{"front_matter $5", "title 100 CAD"}},
		{"no money", "title: \"Foo drained of 1800 WETH\"\nloss: 3,300,000", []string{"front_matter $3300000"}},
		{"bounty", "title: \"Foo offers $1M bounty after hack\"\nloss: $3.3 million", []string{"front_matter $3300000"}},
		{"dollars in words", "title: 'Foo loses 600 million dollars'\nloss: 6e8", []string{"title $600000000"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inc := Parse("x.md", []byte("---\ndate: 2022-03-29\n"+tt.matter+"\n---\n\n## Summary\n\nText.\n"))
			if diff := cmp.Diff(tt.want, brief(inc, ClaimFrontMatter, ClaimTitle)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.matter, diff)
			}
			if inc.Date != "2022-03-29" {
				t.Errorf("date %q", inc.Date)
			}
		})
	}
}
