package incident

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestHeadings: what sections are about, in whatever words and marks.
func TestHeadings(t *testing.T) {
	t.Parallel()
	const front = "---\ndate: 2022-03-29\ntarget-entities: Foo\ntitle: Foo hack\nloss: 12000000\n---\n\n"
	list := "- 880 ETH\n- 5 WBTC\n"
	for _, tt := range []struct {
		name, doc string
		want      []string
	}{
		{"in bold", "**Summary**\n\nFoo lost $12 million.\n\n**Losses**\n\n" + list, []string{"total $12000000", "asset 880 ETH", "asset 5 WBTC"}},
		{"in bold, with a colon behind", "**Losses**:\n\n" + list, []string{"asset 880 ETH", "asset 5 WBTC"}},
		{"plain", "Losses:\n\n" + list, []string{"asset 880 ETH", "asset 5 WBTC"}},
		{"bold captions below headings are none", "## Losses\n\n" + list + "\n**Attacker wallets lost**\n\n- 7 LINK\n", []string{"asset 880 ETH", "asset 5 WBTC", "asset 7 LINK"}},
		{"other words", "## TL;DR\n\nFoo lost $12 million.\n\n## How much was lost?\n\n" + list, []string{"total $12000000", "asset 880 ETH", "asset 5 WBTC"}},
		{"an opening without a heading", "Foo lost $12 million.\n\n## Stolen funds\n\n" + list, []string{"total $12000000", "asset 880 ETH", "asset 5 WBTC"}},
		{"the title as a heading", "# The Foo hack\n\nFoo lost $12 million.\n\n## Losses\n\n" + list, []string{"total $12000000", "asset 880 ETH", "asset 5 WBTC"}},
		{"chains as headings of the same level", "### Losses\n\n### Arbitrum\n\n- 880 ETH\n\n### BSC\n\n- 5 WBTC\n\n### Aftermath\n\n- 7 LINK\n", []string{"asset 880 ETH on arbitrum", "asset 5 WBTC on bsc"}},
		{"a caption with its sum in words", "## Losses\n\n**Arbitrum (273 million USD)**\n\n- 880 ETH\n- 5 WBTC\n", []string{"asset 880 ETH on arbitrum", "asset 5 WBTC on arbitrum", "chain $273000000 on arbitrum"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := brief(Parse("x.md", []byte(front+tt.doc)), ClaimTotal, ClaimAsset, ClaimChain)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.doc, diff)
			}
		})
	}
}

// TestLinesOfLosses: forms of a line that give the same, and forms that give
// less.
func TestLinesOfLosses(t *testing.T) {
	t.Parallel()
	for line, want := range map[string]string{
		"WETH: $10,189,100 (55,159.02)":                    "asset 55159.02 WETH $10189100",
		"342,000 ETH (KRW 58 billion, ~ USD 48.5 million)": "asset 342000 ETH $48500000 58000000000 KRW",
		"107 k xSUSHI":                   "asset 107000 xSUSHI",
		"BTC: approx. 5":                 "asset 5 BTC",
		"ETH and ERC-20 tokens - $73.1M": "asset ETH and ERC-20 tokens $73100000",
		"4 World of Women":               "asset 4 World of Women",
		"3 Azuki NFTs":                   "asset 3 Azuki",
		"100–120 ETH":                    "asset 100 ETH",
		"4,101 ankrETH":                  "asset 4101 ankrETH",
		"206,809 BNB, or ca. $80M":       "asset 206809 BNB $80000000",
	} {
		inc := Parse("x.md", []byte(head+"## Losses\n\n- "+line+"\n- 7 LINK\n"))
		if got := brief(inc, ClaimAsset); len(got) != 2 || got[0] != want {
			t.Errorf("%q: got %s, want %s", line, strings.Join(got, "; "), want)
		}
	}
}

// TestLinesWithoutMarks: a figure belongs to the asset of its own line.
func TestLinesWithoutMarks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"USDC – 2,541,003.97\nDAI – 58,119.44\nWETH – 42.47 (108,000 USD)": {"asset 2541003.97 USDC", "asset 58119.44 DAI", "asset 42.47 WETH $108000"},
		"1,588 ETH\n94 WBTC\n$5 million in DAI":                            {"asset 1588 ETH", "asset 94 WBTC", "asset DAI $5000000"},
		"ERC-20 tokens - $5M\nBTC - 94":                                    {"asset ERC-20 tokens $5000000 on ethereum", "asset 94 BTC"},
		"The biggest positions were TARA ($10.8M) and SHPING ($5.3M).":     {"asset TARA $10800000", "asset SHPING $5300000"},
		"The thief took 94 WBTC and swapped it for 1,785 ETH and 5 DAI.":   {"asset 94 WBTC"},
	} {
		if diff := cmp.Diff(want, brief(Parse("x.md", []byte(head+"## Losses\n\n"+text+"\n")), ClaimAsset)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

// TestBridgeSide: a bridge's name is taken for a chain, and that it may not be
// is said.
func TestBridgeSide(t *testing.T) {
	t.Parallel()
	for _, p := range Parse("x.md", []byte(head+"## Losses\n\n### Fantom bridge\n\n- 5 WETH\n- 6 WBTC\n")).Problems {
		if p.Code == "bridge-side" {
			return
		}
	}
	t.Error("nothing is said of the bridge's two sides")
}
