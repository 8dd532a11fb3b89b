package trace_test

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	gocmp "github.com/google/go-cmp/cmp"
)

// TestThefts tells thefts of kinds that write-ups tell of, each in a write-up as a
// curator would write it, and holds what is made of them against what was worked
// out by hand.
func TestThefts(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason string
		tell         func(*tale)
		writeUp      string // from the losses on
		want         []string
	}{
		{"approvals phished", "whoever received it, it left the victims, and all of them are", phished, `
- 1,266,000 USDC

## Timeline

- **May 6, 2024, 09:00 AM UTC:** The [first user]({{tx "hit 0"}}) is drained.
`, []string{
			"lost 1266000 USDC, back 0", "net 1266000",
			"victims user 0, user 1, user 10, user 11, user 2, user 3, user 4, user 5, user 6, user 7, user 8, user 9",
			"funding 1 ETH", `asset "1,266,000 USDC" is a match`,
		}},
		{"tokens minted out of nothing", "what was paid for some of them is no loss, and neither is the gas, though it alone came from somebody", madeUp, `
- 1,000,000 BRG ($5,000,000)

## Timeline

- **May 6, 2024, 09:00 AM UTC:** [Tokens are minted]({{tx "mint"}}).
`, []string{
			"lost 1000000 BRG, back 0", "net 5000000", "victims ", "funding 1 ETH", "swap 100000 BRG", "swap 150 ETH",
			`asset "1,000,000 BRG ($5,000,000)" is a match`,
		}},
		{"collectibles", "they have no price; the gas has one and is no loss for that", collectibles, `
- 3 BAYC NFTs, approximately $270,000
`, []string{
			"lost 1 BAYC, back 0", "net 0", "victims collector", "funding 1 ETH", "swap 1 BAYC", "swap 29.25 WETH",
			`asset "3 BAYC NFTs, approximately $270,000" is a match`,
		}},
		{"given back in parts", "who is named for what he was given back is not the one who was robbed", givenBack, `
- 1,000 ETH worth about $3,000,000

The attacker returned 900 ETH.

## Timeline

- **May 9, 2024, 09:00 AM UTC:** 450 ETH [were returned]({{tx "first"}}) to the team's multisig [{{a "multisig"}}](https://etherscan.io/address/{{a "multisig"}}).
- **May 9, 2024, 03:00 PM UTC:** Another 450 ETH [were returned]({{tx "second"}}) to the deployer.
`, []string{
			"lost 1000 ETH, back 900", "net 300000", "victims multisig, protocol", "funding 1 ETH",
			`asset "1,000 ETH worth about $3,000,000" is a match`, `recovered "900 ETH" is a match`, `recovered "450 ETH" is a match`,
		}},
		{"given back to somebody in words", "the payment of just that amount is named, and nothing is guessed", inWords, `
- 1,000 ETH worth about $3,000,000

On May 9 the attacker returned 700 ETH to the project's multisig.
`, []string{
			"lost 1000 ETH, back 0", "net 3000000", "victims protocol", "funding 1 ETH",
			`asset "1,000 ETH worth about $3,000,000" is a match`, `recovered "700 ETH" is a unverifiable: missing-address`,
		}},
		{"rescued by a third", "what he gives back he had taken himself", rescued, `
- 300 ETH ($900,000) stolen by the attacker

## Timeline

- **May 6, 2024, 09:00 AM UTC:** The [theft]({{tx "theft"}}).
- **May 6, 2024, 09:20 AM UTC:** The whitehat [{{a "whitehat"}}](https://etherscan.io/address/{{a "whitehat"}}) [rescued 700 ETH]({{tx "rescue"}}).
- **May 8, 2024, 09:20 AM UTC:** The whitehat [gave back 630 ETH]({{tx "return"}}).
`, []string{
			"lost 300 ETH, back 0", "net 900000", "victims vault", "funding 1 ETH", "rescue 630 ETH",
			`asset "300 ETH ($900,000)" is a match`, `recovered "700 ETH" is a unverifiable: off-chain`, `recovered "630 ETH" is a match`,
		}},
		{"approved to a router that is named", "nobody who is named lost anything; the first was robbed of little", router, `
- 1,500 WETH ($4.5 million)

The vulnerable router was [{{a "router"}}](https://etherscan.io/address/{{a "router"}}).
`, []string{
			"lost 1500 WETH, back 0", "net 4500000", "victims router, user 0, user 1, user 2, user 3, user 4", "funding 1 ETH",
			`asset "1,500 WETH ($4.5 million)" is a match`,
		}},
		{"an own deposit taken out again", "it was put in two days before, and makes the net less", ownDeposit, `
- 2,000 ETH ($6,000,000)

## Timeline

- **May 6, 2024, 09:00 AM UTC:** [The exploit]({{tx "theft"}}).
`, []string{
			"lost 2500 ETH, back 0", "net 6000000", "victims market", "own-capital 500 ETH",
			`asset "2,000 ETH ($6,000,000)" is a under: gross-vs-net`,
		}},
		{"a worthless token for a pool", "the write-up links the exchange, and nobody had paid the attackers the token", worthless, `
- 500,000 USDC

## Timeline

- **May 6, 2024, 09:00 AM UTC:** The [exploit]({{tx "theft"}}).
`, []string{
			"lost 500000 USDC, back 0", "net 500000", "victims pool", "funding 1 ETH", "own-capital 1001000 JUNK",
			`asset "500,000 USDC" is a match`,
		}},
		{"minted and sold in one tx", "what was paid for a part is no loss beside the whole", soldAtOnce, `
- 1,000,000 BRG ($5,000,000)

## Timeline

- **May 6, 2024, 09:00 AM UTC:** [The exploit]({{tx "theft"}}).
`, []string{
			"lost 1000000 BRG, back 0", "net 5000000", "victims ", "funding 1 ETH", "swap 100000 BRG", "swap 150 ETH",
			`asset "1,000,000 BRG ($5,000,000)" is a match`,
		}},
		{"a bounty from a treasury", "the write-up links it, and it is no second theft", treasury, `
- 1,000 ETH

## Timeline

- **May 9, 2024, 09:00 AM UTC:** 1,000 ETH [were returned]({{tx "back"}}).
- **May 11, 2024, 09:00 AM UTC:** The team [paid a bounty of 100 ETH]({{tx "bounty"}}) to the attacker from its treasury.
`, []string{
			"lost 1000 ETH, back 1000", "net 0", "victims protocol", "funding 1 ETH", "other 100 ETH",
			`asset "1,000 ETH" is a match`, `recovered "1,000 ETH" is a match`,
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := newTale(t)
			s.has("exchange", "ETH", "1000")
			row.tell(s)
			c := s.investigate(`---
date: 2024-05-06
target-entities: Example
title: "A theft"
---

## Attackers

The attacker's address is [{{a "thief"}}](https://etherscan.io/address/{{a "thief"}}).

## Losses
` + row.writeUp)
			if diff := gocmp.Diff(row.want, s.told(c)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", row.reason, diff)
			}
		})
	}
}

func phished(s *tale) {
	s.pays("05 10:00", "exchange", "thief", "1", "ETH")
	s.has("operator", "ETH", "1")
	s.deploys("05 09:00", "operator", "drainer")
	for i := range 12 {
		user, units := fmt.Sprint("user ", i), 100_000+1_000*i
		s.has(user, "USDC", "500000")
		s.plays(fmt.Sprintf("06 09:%02d", i), "thief", "drainer", s.take("USDC", user, "thief", fmt.Sprint(units/10*8)),
			s.take("USDC", user, "operator", fmt.Sprint(units/10*2))).as(fmt.Sprint("hit ", i))
	}
}

func madeUp(s *tale) {
	s.token("BRG", s.a("BRG"), 18, "5")
	s.contract("bridge")
	s.has("pool", "ETH", "5000")
	s.contract("pool")
	s.pays("05 10:00", "exchange", "thief", "1", "ETH")
	s.plays("06 09:00", "thief", "bridge", s.mint("BRG", "thief", "1000000")).as("mint")
	s.plays("06 09:30", "thief", "pool", s.take("BRG", "thief", "pool", "100000"), s.give("ETH", "thief", "150"))
}

func collectibles(s *tale) {
	apes := s.a("BAYC")
	s.alloc[apes] = types.Account{
		Code: s.contracts["LooseItem"].Runtime, Balance: new(big.Int),
		Storage: map[common.Hash]common.Hash{word(2): shortText("BoredApeYachtClub"), word(3): shortText("BAYC")},
	}
	ape := func(method string, args ...any) act {
		return act{To: apes, Value: new(big.Int), Data: s.contracts["LooseItem"].Pack(method, args...)}
	}
	s.contract("market")
	s.has("creator", "ETH", "1")
	s.has("buyer", "WETH", "50")
	ids := []*big.Int{big.NewInt(7), big.NewInt(8), big.NewInt(9)}
	var made, taken []act
	for _, id := range ids {
		made = append(made, ape("mint", s.a("collector"), id))
		taken = append(taken, ape("transferFrom", s.a("collector"), s.a("thief"), id))
	}
	s.plays("02 10:00", "creator", "market", made...)
	s.pays("05 10:00", "exchange", "thief", "1", "ETH")
	s.plays("06 09:00", "thief", "market", taken...)
	s.plays("06 10:00", "thief", "market", ape("transferFrom", s.a("thief"), s.a("buyer"), ids[0]),
		s.take("WETH", "buyer", "thief", "29.25"), s.take("WETH", "buyer", "creator", "0.75"))
}

func givenBack(s *tale) {
	s.contract("multisig")
	drain(s)
	s.pays("09 09:00", "thief", "multisig", "450", "ETH").as("first")
	s.pays("09 15:00", "thief", "deployer", "450", "ETH").as("second")
	s.pays("10 09:00", "thief", "mixer", "100", "ETH")
}

func inWords(s *tale) {
	drain(s)
	s.pays("07 10:00", "thief", "mixer", "100", "ETH")
	s.pays("09 09:00", "thief", "multisig", "700", "ETH")
}

// drain takes 1,000 ETH out of a contract.
func drain(s *tale) {
	s.has("protocol", "ETH", "1200")
	s.contract("protocol")
	s.pays("05 10:00", "exchange", "thief", "1", "ETH")
	s.plays("06 09:00", "thief", "protocol", s.give("ETH", "thief", "1000"))
}

func rescued(s *tale) {
	s.has("vault", "ETH", "1000")
	s.contract("vault")
	s.has("whitehat", "ETH", "3")
	s.pays("05 10:00", "exchange", "thief", "1", "ETH")
	s.plays("06 09:00", "thief", "vault", s.give("ETH", "thief", "300")).as("theft")
	s.plays("06 09:20", "whitehat", "vault", s.give("ETH", "whitehat", "700")).as("rescue")
	s.pays("08 09:20", "whitehat", "vault", "630", "ETH").as("return")
}

func router(s *tale) {
	s.contract("router")
	s.pays("05 10:00", "exchange", "thief", "1", "ETH")
	for i := range 5 {
		user := fmt.Sprint("user ", i)
		s.has(user, "WETH", "1000")
		s.plays(fmt.Sprintf("06 09:%02d", i), "thief", "router", s.take("WETH", user, "thief", fmt.Sprint(100*(i+1))))
	}
}

func ownDeposit(s *tale) {
	s.has("market", "ETH", "5000")
	s.contract("market")
	s.has("thief", "ETH", "501")
	s.pays("04 10:00", "thief", "market", "500", "ETH")
	s.plays("06 09:00", "thief", "market", s.give("ETH", "thief", "2000")).as("theft")
	s.plays("06 09:30", "thief", "market", s.give("ETH", "thief", "500"))
}

func worthless(s *tale) {
	s.token("JUNK", s.a("JUNK"), 18, "")
	s.has("pool", "USDC", "600000")
	s.contract("pool")
	s.pays("05 10:00", "exchange", "thief", "1", "ETH")
	s.plays("06 08:40", "thief", "pool", s.mint("JUNK", "thief", "1000000"))
	s.plays("06 09:00", "thief", "pool", s.take("JUNK", "thief", "pool", "1000"), s.give("USDC", "thief", "500000")).as("theft")
}

func soldAtOnce(s *tale) {
	s.token("BRG", s.a("BRG"), 18, "5")
	s.contract("bridge")
	s.has("pool", "ETH", "5000")
	s.contract("pool")
	s.pays("05 10:00", "exchange", "thief", "1", "ETH")
	s.deploys("06 08:40", "thief", "exploit")
	s.plays("06 09:00", "thief", "exploit", s.by("bridge", s.mint("BRG", "exploit", "1000000")),
		s.give("BRG", "pool", "100000"), s.by("pool", s.give("ETH", "exploit", "150")),
		s.give("ETH", "thief", "150"), s.give("BRG", "thief", "900000")).as("theft")
}

func treasury(s *tale) {
	drain(s)
	s.has("treasury", "ETH", "500")
	s.pays("09 09:00", "thief", "protocol", "1000", "ETH").as("back")
	s.pays("11 09:00", "treasury", "thief", "100", "ETH").as("bounty")
}
