package trace_test

import (
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/incident"
	"losstracer/trace/label"
)

// thiefNamed is the section of a write-up that names the thief.
const thiefNamed = `## Attackers

The attacker's address is [{{a "thief"}}](https://etherscan.io/address/{{a "thief"}}).

`

// TestSchemes tells thefts in which the attackers do more than take, or the write-up
// says little, and holds what is made of them against what was worked out by hand.
func TestSchemes(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason string
		tell         func(*tale)
		writeUp      string
		want         []string
	}{
		{"a drainer's maker gets a fifth, and nobody is named", "one linked tx tells who took the most; the maker's part leaked, and he is told", drainerAlone, `## Losses

- 100,000 USDC

## Timeline

- **May 6, 2024, 09:00 AM UTC:** The [victim is drained]({{tx "theft"}}).
`, []string{
			"attackers thief", "lost 100000 USDC, back 0", "net 100000", "victims user", "leaked 20000", "funding 1 ETH",
			`asset "100,000 USDC" is a match`, "warning of maker",
		}},
		{"divided among three at once", "all three are attackers", thirds, `## Losses

- 300 ETH

## Timeline

- **May 6, 2024, 09:00 AM UTC:** [The theft]({{tx "theft"}}).
`, []string{
			"attackers one, three, two", "lost 300 ETH, back 0", "net 900000", "victims vault", "leaked 0",
			`asset "300 ETH" is a match`,
		}},
		{"an address poisoned", "the bait is no capital and the payment by mistake is the theft", poisoned, thiefNamed + `## Losses

- 50 ETH ($150,000)

The victim was [{{a "user"}}](https://etherscan.io/address/{{a "user"}}).
`, []string{
			"lost 50 ETH, back 0", "net 150000", "victims user", "leaked 0", "funding 1 ETH", "other 0.0001 ETH",
			`asset "50 ETH ($150,000)" is a match`,
		}},
		{"liquidity pulled by who gave it", "his own 100 ETH came out again beside the buyers' 300", rugged, thiefNamed + `## Losses

- 300 ETH ($900,000)
`, []string{
			"lost 400 ETH, back 0", "net 900000", "victims pool", "leaked 0", "own-capital 100 ETH",
			`asset "300 ETH ($900,000)" is a under: gross-vs-net`,
		}},
		{"a vote bought", "the votes were bought and sold, the treasury was robbed", voted, thiefNamed + `## Losses

- 1,000 ETH
- 500,000 USDC

## Timeline

- **May 6, 2024, 09:00 AM UTC:** [The proposal is executed]({{tx "theft"}}).
`, []string{
			"lost 1000 ETH, back 0", "lost 500000 USDC, back 0", "net 3500000", "victims treasury", "leaked 0",
			"swap 190 ETH", "swap 2000 VOTE",
			`asset "1,000 ETH" is a match`, `asset "500,000 USDC" is a match`,
		}},
		{"through a mule", "who passed it on a minute later is nobody's victim but by a guess, and the figure is right", byMule, thiefNamed + `## Losses

- 200 ETH

The victim was [{{a "user"}}](https://etherscan.io/address/{{a "user"}}).
`, []string{
			"lost 200 ETH, back 0", "net 600000", "victims mule, user", "leaked 0", "funding 1 ETH",
			`asset "200 ETH" is a match`,
		}},
		{"a customer of whom he robs", "what he drew the day before counts, as the chain does not tell it from a trial, and a remark says so", customer, thiefNamed + `## Losses

- 2,000 ETH

The victim was [{{a "hot wallet"}}](https://etherscan.io/address/{{a "hot wallet"}}).

## Timeline

- **May 6, 2024, 09:00 AM UTC:** [The theft]({{tx "theft"}}).
`, []string{
			"lost 2005 ETH, back 0", "net 6015000", "victims hot wallet", "leaked 0", "funding 1 ETH",
			`asset "2,000 ETH" is a match`, "5 ETH of what was taken left more than an hour before the first linked theft",
		}},
		{"collateral overvalued", "300,000 dollars of collateral stay with the market, which is short of the difference", collateral, thiefNamed + `## Losses

- 1,000,000 USDC

## Timeline

- **May 6, 2024, 09:00 AM UTC:** [The attacker borrows]({{tx "theft"}}).
`, []string{
			"lost 1000000 USDC, back 0", "net 700000", "victims market", "leaked 0", "own-capital 201 WETH",
			`asset "1,000,000 USDC" is a match`,
		}},
		{"reentered", "10 ETH put in six times come out of it in the same tx, and 60 more", reentered, thiefNamed + `## Losses

- 60 ETH

## Timeline

- **May 6, 2024, 09:00 AM UTC:** [The exploit]({{tx "theft"}}).
`, []string{
			"lost 60 ETH, back 0", "net 180000", "victims vault", "leaked 0", "own-capital 11 ETH",
			`asset "60 ETH" is a match`,
		}},
		{"a donation to a vault", "a million was given to it to take two and a half", donated, thiefNamed + `## Losses

- 1,500,000 USDC

The vault is [{{a "vault"}}](https://etherscan.io/address/{{a "vault"}}).
`, []string{
			"lost 2500000 USDC, back 0", "net 1500000", "victims vault", "leaked 0", "funding 1 ETH", "own-capital 1000000 USDC",
			`asset "1,500,000 USDC" is a under: gross-vs-net`,
		}},
		{"tried with little first", "the trial is a part of the theft", tried, thiefNamed + `## Losses

- 5,000,001 USDC
`, []string{
			"lost 5000001 USDC, back 0", "net 5000001", "victims user", "leaked 0", "funding 1 ETH",
			`asset "5,000,001 USDC" is a match`,
		}},
		{"given back to one of two", "both were robbed, and all of it came back", toOne, thiefNamed + `## Losses

- 1,000 ETH

The attacker returned 1,000 ETH.
`, []string{
			"lost 1000 ETH, back 1000", "net 0", "victims first, second", "leaked 0", "funding 1 ETH",
			`asset "1,000 ETH" is a match`, `recovered "1,000 ETH" is a match`,
		}},
		{"an account at an exchange emptied", "only the exchange is seen to pay, and the claim is just that", emptied, thiefNamed + `## Losses

- 33.7 ETH
`, []string{
			"lost 33.7 ETH, back 0", "net 101100", "victims coinbank", "leaked 0", "funding 1 ETH",
			`asset "33.7 ETH" is a match`,
		}},
		{"robbed again after the return", "the second theft is linked, and no reward", robbedAgain, thiefNamed + `## Losses

- 1,600 ETH

## Timeline

- **May 6, 2024, 09:00 AM UTC:** [The first exploit]({{tx "theft"}}).
- **May 7, 2024, 09:00 AM UTC:** 1,000 ETH [were returned]({{tx "back"}}).
- **May 8, 2024, 09:00 AM UTC:** [The second exploit]({{tx "again"}}).
`, []string{
			"lost 1600 ETH, back 1000", "net 1800000", "victims vault", "leaked 0", "funding 1 ETH",
			`asset "1,600 ETH" is a match`, `recovered "1,000 ETH" is a match`,
		}},
		{"nothing reached anybody", "what was destroyed at the victim's is not seen at the thief's, and is not called wrong", destroyed, thiefNamed + `## Losses

- 500 ETH
`, []string{
			"net 0", "victims ", "leaked 0", "other 1 ETH", `asset "500 ETH" is a unverifiable: missing-address`,
		}},
		{"a treasure of many tokens claimed", "the distributor was robbed of what others should have had", claimed, thiefNamed + `## Losses

- 30,000 DROP ($60,000)
`, []string{
			"lost 30000 DROP, back 0", "net 60000", "victims distributor", "leaked 0", "funding 1 ETH", "swap 19.5 ETH", "swap 30000 DROP",
			`asset "30,000 DROP ($60,000)" is a match`,
		}},
		{"sold to whom he robbed", "299,000 dollars for 100 ETH are no theft, and not left out of the write-up", soldToVictim, thiefNamed + `## Losses

- 1,000 ETH ($3,000,000)

The vault [{{a "vault"}}](https://etherscan.io/address/{{a "vault"}}) was exploited.
`, []string{
			"lost 1000 ETH, back 0", "net 3000000", "victims vault", "leaked 0", "funding 1 ETH", "swap 100 ETH", "swap 299000 USDC",
			`asset "1,000 ETH ($3,000,000)" is a match`,
		}},
		{"a worthless token sent back", "it has no price, and the total is no floor for it", junkBack, thiefNamed + `## Losses

The total loss was $3,000,000.

- 1,000 ETH

The victim was [{{a "protocol"}}](https://etherscan.io/address/{{a "protocol"}}).
`, []string{
			"lost 0 JUNK, back 5000", "lost 1000 ETH, back 0", "net 3000000", "victims protocol", "leaked 0", "funding 1 ETH", "other 1000000 JUNK",
			`asset "1,000 ETH" is a match`, `total "$3,000,000" is a match`,
		}},
		{"a customer's loan paid back before", "it was taken on collateral and paid back, and neither was robbed", paidBack, thiefNamed + `## Losses

- 700,000 USDC

The lending market [{{a "market"}}](https://etherscan.io/address/{{a "market"}}) was exploited.

## Timeline

- **May 6, 2024, 09:00 AM UTC:** The [exploit]({{tx "theft"}}).
`, []string{
			"lost 700000 USDC, back 0", "net 700000", "victims market", "leaked 0", "funding 1 ETH", "swap 20 WETH", "swap 40000 USDC",
			`asset "700,000 USDC" is a match`,
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newTale(t)
			s.has("exchange", "ETH", "1000")
			row.tell(s)
			c := s.investigate("---\ndate: 2024-05-06\ntarget-entities: Example\ntitle: \"A theft\"\n---\n\n" + row.writeUp)
			if diff := gocmp.Diff(row.want, s.scheme(c, strings.HasPrefix(row.writeUp, thiefNamed))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", row.reason, diff)
			}
		})
	}
}

// scheme is what is told of a case, with the attackers where the write-up names none,
// what leaked, and whom a warning speaks of.
func (s *tale) scheme(c *trace.Case, named bool) []string {
	var lines []string
	if !named {
		lines = append(lines, "attackers "+s.labels(c.Attackers))
	}
	for _, line := range s.told(c) {
		if lines = append(lines, line); strings.HasPrefix(line, "victims ") {
			lines = append(lines, "leaked "+fmt.Sprint(c.Statement.Totals.Leaked))
		}
	}
	for _, f := range c.Result.Findings {
		if f.Claim.Kind == incident.ClaimTotal && f.Claim.Text == "$3,000,000" {
			lines = append(lines, fmt.Sprintf("total %q is a %s", f.Claim.Text, f.Verdict))
		}
	}
	for _, r := range c.Statement.Remarks {
		if sum, _, before := strings.Cut(r.Text, " left more than an hour before the first"); before {
			lines = append(lines, sum+" left more than an hour before the first linked theft")
		}
	}
	for _, w := range c.Warnings {
		for name, a := range s.accounts {
			if strings.Contains(w, "gained in the linked") && strings.Contains(w, chain.Hex(a)) {
				lines = append(lines, "warning of "+name)
			}
		}
	}
	return lines
}

func drainerAlone(s *tale) {
	s.pays("05 10:00", "exchange", "thief", "1", "ETH")
	s.contract("drainer")
	s.has("user", "USDC", "150000")
	s.plays("06 09:00", "thief", "drainer", s.take("USDC", "user", "thief", "80000"), s.take("USDC", "user", "maker", "20000")).as("theft")
	s.pays("06 10:00", "thief", "mixer", "0.5", "ETH")
}

func thirds(s *tale) {
	s.has("vault", "ETH", "1000")
	s.contract("vault")
	s.has("caller", "ETH", "1")
	s.plays("06 09:00", "caller", "vault", s.give("ETH", "one", "100"), s.give("ETH", "two", "100"), s.give("ETH", "three", "100")).as("theft")
	s.pays("06 10:00", "one", "mixer", "50", "ETH")
}

func poisoned(s *tale) {
	s.pays("05 10:00", "exchange", "thief", "1", "ETH")
	s.has("user", "ETH", "60")
	s.pays("05 12:00", "thief", "user", "0.0001", "ETH")
	s.pays("06 09:00", "user", "thief", "50", "ETH")
	s.pays("06 10:00", "thief", "mixer", "50", "ETH")
}

func rugged(s *tale) {
	s.has("thief", "ETH", "101")
	s.contract("pool")
	s.pays("05 09:00", "thief", "pool", "100", "ETH")
	for i := range 3 {
		buyer := fmt.Sprint("buyer ", i)
		s.has(buyer, "ETH", "101")
		s.pays(fmt.Sprintf("05 %02d:00", 10+i), buyer, "pool", "100", "ETH")
	}
	s.plays("06 09:00", "thief", "pool", s.give("ETH", "thief", "400"))
	s.pays("06 10:00", "thief", "mixer", "400", "ETH")
}

func voted(s *tale) {
	s.token("VOTE", s.a("VOTE"), 18, "300")
	s.has("thief", "ETH", "101")
	s.has("pool", "ETH", "500")
	s.has("pool", "VOTE", "5000")
	s.contract("pool")
	s.has("treasury", "ETH", "1000")
	s.has("treasury", "USDC", "700000")
	s.contract("treasury")
	buy := s.plays("04 09:00", "thief", "pool", s.give("VOTE", "thief", "1000"))
	buy.wei = s.units("ETH", "100")
	s.plays("06 09:00", "thief", "treasury", s.give("ETH", "thief", "1000"), s.give("USDC", "thief", "500000")).as("theft")
	s.plays("06 09:30", "thief", "pool", s.take("VOTE", "thief", "pool", "1000"), s.give("ETH", "thief", "90"))
}

func byMule(s *tale) {
	s.pays("05 10:00", "exchange", "thief", "1", "ETH")
	s.has("user", "ETH", "300")
	s.has("mule", "ETH", "1")
	s.pays("06 09:00", "user", "mule", "200", "ETH")
	s.pays("06 09:01", "mule", "thief", "200", "ETH")
	s.pays("06 10:00", "thief", "mixer", "200", "ETH")
}

func customer(s *tale) {
	s.pays("04 10:00", "exchange", "thief", "1", "ETH")
	s.has("hot wallet", "ETH", "5000")
	s.pays("05 09:00", "hot wallet", "thief", "5", "ETH")
	s.pays("06 09:00", "hot wallet", "thief", "2000", "ETH").as("theft")
	s.pays("06 10:00", "thief", "mixer", "2000", "ETH")
}

func collateral(s *tale) {
	s.has("thief", "ETH", "1")
	s.has("trader", "WETH", "101")
	s.has("trader", "ETH", "1")
	s.has("market", "USDC", "2000000")
	s.contract("market")
	s.pays("05 10:00", "trader", "thief", "101", "WETH")
	s.plays("06 08:50", "thief", "market", s.take("WETH", "thief", "market", "100"))
	s.plays("06 09:00", "thief", "market", s.give("USDC", "thief", "1000000")).as("theft")
}

func reentered(s *tale) {
	s.has("thief", "ETH", "2")
	s.has("friend", "ETH", "20")
	s.has("vault", "ETH", "200")
	s.contract("vault")
	s.pays("05 10:00", "friend", "thief", "11", "ETH")
	s.deploys("06 08:40", "thief", "exploit")
	acts := []act{s.give("ETH", "vault", "10")}
	for range 7 {
		acts = append(acts, s.by("vault", s.give("ETH", "exploit", "10")))
	}
	s.plays("06 09:00", "thief", "exploit", append(acts, s.give("ETH", "thief", "70"))...).as("theft").wei = s.units("ETH", "10")
}

func donated(s *tale) {
	s.pays("05 10:00", "exchange", "thief", "1", "ETH")
	s.has("thief", "USDC", "1000000")
	s.has("user", "USDC", "1500000")
	s.has("user", "ETH", "1")
	s.contract("vault")
	s.pays("06 09:00", "thief", "vault", "1000000", "USDC")
	s.pays("06 09:01", "user", "vault", "1500000", "USDC")
	s.plays("06 09:02", "thief", "vault", s.give("USDC", "thief", "2500000"))
}

func tried(s *tale) {
	s.pays("03 10:00", "exchange", "thief", "1", "ETH")
	s.has("user", "USDC", "6000000")
	s.contract("helper")
	s.plays("04 09:00", "thief", "helper", s.take("USDC", "user", "thief", "1"))
	s.plays("06 09:00", "thief", "helper", s.take("USDC", "user", "thief", "5000000"))
}

func toOne(s *tale) {
	s.pays("05 10:00", "exchange", "thief", "1", "ETH")
	for name, units := range map[string]string{"first": "400", "second": "600"} {
		s.has(name, "ETH", "700")
		s.contract(name)
		s.plays("06 09:00", "thief", name, s.give("ETH", "thief", units))
	}
	s.pays("08 09:00", "thief", "first", "1000", "ETH")
}

func emptied(s *tale) {
	s.pays("05 10:00", "exchange", "thief", "1", "ETH")
	s.has("coinbank", "ETH", "9000")
	s.tags.Add(label.Tag{Address: s.a("coinbank"), Label: "Coinbank 3", Category: label.Exchange, Source: "test", Confidence: 90})
	s.pays("06 09:00", "coinbank", "thief", "33.7", "ETH")
	s.pays("06 10:00", "thief", "mixer", "33", "ETH")
}

func robbedAgain(s *tale) {
	s.pays("05 10:00", "exchange", "thief", "1", "ETH")
	s.has("vault", "ETH", "2000")
	s.contract("vault")
	s.plays("06 09:00", "thief", "vault", s.give("ETH", "thief", "1000")).as("theft")
	s.pays("07 09:00", "thief", "vault", "1000", "ETH").as("back")
	s.plays("08 09:00", "thief", "vault", s.give("ETH", "thief", "600")).as("again")
}

func destroyed(s *tale) {
	s.pays("05 10:00", "exchange", "thief", "1", "ETH")
	s.has("vault", "ETH", "500")
	s.contract("vault")
	s.plays("06 09:00", "thief", "vault", s.give("ETH", "0xdead", "500"))
}

func claimed(s *tale) {
	s.token("DROP", s.a("DROP"), 18, "2")
	s.has("distributor", "DROP", "100000")
	s.contract("distributor")
	s.has("pool", "ETH", "500")
	s.contract("pool")
	s.pays("05 10:00", "exchange", "thief", "1", "ETH")
	for i := range 3 {
		s.plays(fmt.Sprintf("06 09:%02d", i), "thief", "distributor", s.give("DROP", "thief", "10000"))
	}
	s.plays("06 10:00", "thief", "pool", s.take("DROP", "thief", "pool", "30000"), s.give("ETH", "thief", "19.5"))
}

func soldToVictim(s *tale) {
	s.has("vault", "ETH", "2000")
	s.has("vault", "USDC", "900000")
	s.contract("vault")
	s.pays("05 10:00", "exchange", "thief", "1", "ETH")
	s.plays("06 09:00", "thief", "vault", s.give("ETH", "thief", "1000")).as("theft")
	s.plays("06 10:00", "thief", "vault", s.give("USDC", "thief", "299000")).wei = s.units("ETH", "100")
}

func junkBack(s *tale) {
	drain(s)
	s.token("JUNK", s.a("JUNK"), 18, "")
	s.contract("factory")
	s.plays("06 12:00", "thief", "factory", s.mint("JUNK", "thief", "1000000"))
	s.pays("07 12:00", "thief", "protocol", "5000", "JUNK")
}

func paidBack(s *tale) {
	s.has("market", "USDC", "900000")
	s.contract("market")
	s.has("thief", "WETH", "10")
	s.pays("05 09:00", "exchange", "thief", "1", "ETH")
	s.plays("05 10:00", "thief", "market", s.take("WETH", "thief", "market", "10"), s.give("USDC", "thief", "20000"))
	s.plays("05 20:00", "thief", "market", s.take("USDC", "thief", "market", "20000"), s.give("WETH", "thief", "10"))
	s.plays("06 09:00", "thief", "market", s.give("USDC", "thief", "700000")).as("theft")
}
