package incident

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestToldBesides: what sentences tell besides the loss and what came back.
func TestToldBesides(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text   string
		want   []string
		reason string
	}{
		{"About $12 million was taken, 73% of it was later returned.", []string{"total $12000000"}, "the share came back, of no known sum"},
		{"About $12 million was taken, 90% of the loot, worth $10.8 million, was returned.", []string{"total $12000000", "recovered $10800000"}, ""},
		{"Foo lost $12 million. 5,495 ETH are returned to Foo, 610.6 ETH are kept as a bounty.", []string{"total $12000000", "recovered 5495 ETH"}, "a figure with a verb of its own"},
		{"Foo lost $12 million. The thief returned 5,495 ETH, 610 DAI and 20 BNB.", []string{"total $12000000", "recovered 5495 ETH", "recovered 610 DAI", "recovered 20 BNB"}, ""},
		{"Foo lost $12 million. Circle froze 63.2 million USDC in three wallets, Tether 2.5 million USDT.", []string{"total $12000000", "recovered 63200000 USDC", "recovered 2500000 USDT"}, "the verb is left out"},
		{"Circle froze 63.2 million USDC in three wallets, Bar lost 2.5 million USDT.", []string{"asset 2500000 USDT", "recovered 63200000 USDC"}, ""},
		{"Foo lost $12 million; later Elliptic found more than 5,500 victims.", []string{"total $12000000"}, "who is found is not what is found"},
		{"Foo lost $12 million. In a vault of the hacker it could get back 120,695 wstETH.", []string{"total $12000000"}, "possible only, and no loss"},
		{"Foo lost $12 million. It took back 120,695 wstETH.", []string{"total $12000000", "recovered 120695 wstETH"}, ""},
		{"Foo lost $12 million. With some help 996 ETH ($2.7 million) could be taken back.", []string{"total $12000000"}, "no loss of its own"},
		{"Foo lost $12 million. One victim alone lost 896 BTC ($4 million).", []string{"total $12000000"}, "a part of the whole"},
		{"Foo lost $12 million; the largest single user lost 7.95 million USDT.", []string{"total $12000000"}, ""},
		{"300 BTC ($12 million) were lost. 100 BTC are bridged with Bar and 200 BTC with Baz.", []string{"total $12000000", "asset 300 BTC $12000000"}, "what became of it"},
		{"300 BTC were sent to the fraudulent address, 20 BTC were sent to another.", []string{"asset 300 BTC", "asset 20 BTC"}, "this is the theft"},
		{"A single user lost 300 BTC ($12 million).", []string{"total $12000000", "asset 300 BTC $12000000"}, "the whole is of one"},
		{"Foo lost $12 million in SOL and SPL tokens.", []string{"total $12000000", "asset SOL and SPL tokens $12000000"}, "SPL is no coin"},
		{"| Asset | USD |\n|---|---|\n| ERC-20 tokens | $5,000,000 |\n| ETH | $7,000,000 |", []string{"asset ERC-20 tokens $5000000 on ethereum", "asset ETH $7000000"}, "the class tells the chain in tables too"},
	} {
		inc := Parse("a.md", []byte(head+"## Losses\n\n"+tt.text+"\n"))
		if d := cmp.Diff(tt.want, brief(inc, ClaimTotal, ClaimAsset, ClaimRecovered)); d != "" {
			t.Errorf("%q: %s (-want +got):\n%s", tt.text, tt.reason, d)
		}
	}
}

// TestNamedInLists: what lines of lists give without a ticker, or for several.
func TestNamedInLists(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text   string
		want   []string
		reason string
	}{
		{"- $2,446,212 of Dentacoin\n- $1.9M in Oyster Pearl\n- $4.4M of other tokens", []string{"asset Dentacoin $2446212", "asset Oyster Pearl $1900000", "asset other tokens $4400000"}, "the writer's words"},
		{"- $2M of Foo Bridge\n- $3M from Users", []string{"asset $2000000", "asset $3000000"}, "no assets"},
		{"Foo lost 4,836 ETH and $66,200 in other currencies.", []string{"asset 4836 ETH", "asset other currencies $66200"}, "not the total"},
		{"- First attack: 54,000 AVAX and 46,000 sAVAX ($1.1M)\n- Second attack: 96,000 AVAX ($905,000)", []string{"asset 54000 AVAX", "asset 46000 sAVAX", "asset 96000 AVAX $905000"}, "the value is of both"},
		{"Foo lost $12 million. All of 4,640 BTC is paid back to users by the company.", []string{"total $12000000"}, "made good"},
		{"Foo lost $12 million. 4,640 BTC were paid back by the hacker.", []string{"total $12000000", "recovered 4640 BTC"}, ""},
		{"Foo lost $12 million. The hacker returned all after Foo offered 5% ($400,000).", []string{"total $12000000"}, "an offer"},
		{"Foo lost $12 million. Bar freezes the FOO that was deposited there: 13.8 million FOO.", []string{"total $12000000", "recovered 13800000 FOO"}, ""},
		{"Foo lost $12 million. White hats managed to secure 40 ETH.", []string{"total $12000000", "recovered 40 ETH"}, ""},
	} {
		inc := Parse("a.md", []byte(head+"## Losses\n\n"+tt.text+"\n"))
		if d := cmp.Diff(tt.want, brief(inc, ClaimTotal, ClaimAsset, ClaimRecovered)); d != "" {
			t.Errorf("%q: %s (-want +got):\n%s", tt.text, tt.reason, d)
		}
	}
}

// TestPartsOfVictims: what some of the victims lost is a part where the whole is known,
// and else what is told of the loss.
func TestPartsOfVictims(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		loss, text string
		want       []string
	}{
		{"loss: 10000000\n", "- 12 users ($3M)", []string{"asset $3000000 of 12 users"}},
		{"", "- 12 users ($3M)", []string{"total $3000000"}},
		{"loss: 3000000\n", "- 12 users ($3M)", []string{"total $3000000"}},
		{"", "A customer lost 12 ETH. Another customer lost 30 ETH.", []string{"asset 12 ETH", "asset 30 ETH"}},
		{"", "Customers lost $3 million in all. Another customer lost 30 ETH.", []string{"total $3000000"}},
		{"", "The thief took 153,037 ETH; white hats secured the other 377,000 ETH.", []string{"asset 153037 ETH", "recovered 377000 ETH"}},
		{"", "Foo lost $73 million. It paid back $5 million to its users.", []string{"total $73000000"}},
		{"", "Foo lost $73 million. The hacker paid back $5 million to its users.", []string{"total $73000000", "recovered $5000000"}},
		{"", "Foo lost 3,000 ETH (worth 100 BTC at that time).", []string{"asset 3000 ETH"}},
	} {
		inc := Parse("a.md", []byte("---\ndate: 2022-03-29\ntarget-entities: Foo\ntitle: Foo\n"+tt.loss+"---\n\n## Losses\n\n"+tt.text+"\n"))
		if d := cmp.Diff(tt.want, brief(inc, ClaimTotal, ClaimAsset, ClaimRecovered)); d != "" {
			t.Errorf("%q, %q (-want +got):\n%s", tt.loss, tt.text, d)
		}
	}
}

// TestFiguresOfHeadlines: sums near the one of the headline, its parts and what
// it was thought to be.
func TestFiguresOfHeadlines(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		title, loss, summary, losses string
		want                         []string
		reason                       string
	}{
		{"Foo Hacks Itself to Save $460K", "135229", "x", "$135,229", []string{"total $135229"}, "what was saved is no loss"},
		{"Foo", "12000000", "The attacker made $12 million with flash loans.", "x", []string{"total $12000000"}, "the loan was the means"},
		{"Foo", "17000000", "Foo lost coins of $31.5 million, later reduced to $17 million.", "x", []string{"total $17000000"}, "corrected behind it"},
		{"Foo Loses $2M", "2047635", "Foo lost $2,047,635 (reported at first as around $1.5 million).", "$2,047,635: $1.54M from one wallet alone", []string{"title $2000000", "total $2047635"}, "the title is too coarse to agree with"},
		{"Foo Loses $26.1M", "26100000", "On the day 409 BTC ($21.17 million) and 1,728 ETH ($4.85 million) were withdrawn from the hot wallets of the service, about $26 million.", "x", []string{"title $26100000", "total $26000000"}, "the headline rounded; parts add up but for rounding"},
		{"Foo", "10000000", "All in all more than $10 million on ETH and BSC.", "x", []string{"total $10000000"}, "of both chains"},
	} {
		inc := Parse("a.md", []byte("---\ndate: 2022-03-29\ntarget-entities: Foo\ntitle: "+tt.title+"\nloss: "+tt.loss+"\n---\n\n## Summary\n\n"+tt.summary+"\n\n## Losses\n\n"+tt.losses+"\n"))
		if d := cmp.Diff(tt.want, brief(inc, ClaimTitle, ClaimTotal)); d != "" {
			t.Errorf("%q: %s (-want +got):\n%s", tt.summary, tt.reason, d)
		}
	}
}

// TestChainsBesideChains: names of EVM chains alone are of chains, in lists and
// tables; with others or as tickers they may be coins.
func TestChainsBesideChains(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"| | Loss |\n|---|---|\n| Ethereum | $1,000,000 |\n| Optimism | $873,000 |", []string{"chain $1000000 on ethereum", "chain $873000 on optimism"}},
		{"- Ethereum: $1M\n- Polygon: $3M", []string{"chain $1000000 on ethereum", "chain $3000000 on polygon"}},
		{"- Bitcoin: $1M\n- Ethereum: $3M", []string{"asset BTC $1000000", "asset ETH $3000000"}},
		{"- ETH: $1M\n- AVAX: $3M", []string{"asset ETH $1000000", "asset AVAX $3000000"}},
		{"- erc20: 18.2M USDC\n- polygon: $10.5M", []string{"asset 18200000 USDC on ethereum", "chain $10500000 on polygon"}},
		{"- **BSC:** 3,000 BNB and an undisclosed amount of COW", []string{"asset COW on bsc", "asset 3000 BNB on bsc"}},
	} {
		inc := Parse("a.md", []byte(head+"## Losses\n\n"+tt.text+"\n"))
		if d := cmp.Diff(tt.want, brief(inc, ClaimTotal, ClaimAsset, ClaimChain)); d != "" {
			t.Errorf("%q (-want +got):\n%s", tt.text, d)
		}
	}
}

// TestBehindAddresses: a chain and a denial behind an address.
func TestBehindAddresses(t *testing.T) {
	t.Parallel()
	const address = "0x00000000000000000000000000000000000000a1"
	for _, tt := range []struct {
		text, chain string
		want        Role
	}{
		{"- " + address + " on Arbitrum", "arbitrum", RoleAttacker}, {"The deployer is " + address + " and no attacker.", "ethereum", RoleOther},
		{address + " is not the hacker.", "ethereum", RoleOther}, {address + " is the hacker, no doubt.", "ethereum", RoleAttacker},
	} {
		inc := Parse("a.md", []byte(head+"## Attackers\n\n"+tt.text+"\n"))
		if len(inc.Addresses) != 1 || inc.Addresses[0].Role != tt.want || inc.Addresses[0].Chain != tt.chain {
			t.Errorf("%q: %+v, want %s on %s", tt.text, inc.Addresses, tt.want, tt.chain)
		}
	}
}

// TestSeveralChainsInASentence: a plain address is meant on every chain that the
// sentence in front of it names.
func TestSeveralChainsInASentence(t *testing.T) {
	t.Parallel()
	inc := Parse("a.md", []byte(head+"## Attackers\n\nThe attacker came from a mixer. Address on Ethereum, BSC and Polygon: 0x00000000000000000000000000000000000000a1.\n"))
	var got []string
	for _, a := range inc.Addresses {
		got = append(got, a.Chain)
	}
	if d := cmp.Diff([]string{"ethereum", "bsc", "polygon"}, got); d != "" {
		t.Error(d)
	}
}

// TestRangeOfTwo: a range and another sum add up to the headline by one end.
func TestRangeOfTwo(t *testing.T) {
	t.Parallel()
	inc := Parse("a.md", []byte(head+"## Summary\n\nThe pools lost about $5 million and Bar another $4-7 million, together about $12 million.\n"))
	if d := cmp.Diff([]string{"total $12000000"}, brief(inc, ClaimTotal)); d != "" {
		t.Error(d)
	}
}

// TestLabelsOfChainsAndTokens: a chain that was robbed is where an address is,
// and the token that was stolen is no culprit.
func TestLabelsOfChainsAndTokens(t *testing.T) {
	t.Parallel()
	const address = "0x00000000000000000000000000000000000000a1"
	for _, tt := range []struct {
		target, label string
		want          Role
	}{
		{"BNB Chain", "BNB Chain", RoleAttacker}, {"Harmony Bridge", "Harmony Bridge", RoleVictim}, {"Foo", "FOO token contract", RoleOther},
		{"Foo", "FOO token", RoleOther}, {"Foo", "Fake FOO token", RoleAttacker}, {"Foo", "BAR token contract", RoleAttacker}, {"Foo", "Contract", RoleAttacker},
	} {
		inc := Parse("a.md", []byte("---\ndate: 2022-03-29\ntarget-entities: "+tt.target+"\nloss: 12000000\n---\n\n## Attackers\n\nThe attacker used these:\n\n- "+tt.label+": "+address+"\n\n## Losses\n\n- 5,000 FOO\n"))
		if len(inc.Addresses) != 1 || inc.Addresses[0].Role != tt.want {
			t.Errorf("%q of %q: %+v, want %s", tt.label, tt.target, inc.Addresses, tt.want)
		}
	}
}
