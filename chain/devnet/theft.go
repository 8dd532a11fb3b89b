package devnet

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"slices"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
)

// HotWalletTheft plays the theft of a trading firm's hot wallet by somebody
// who got hold of its key: 24,570,000 USDT, 488.7 ETH and 125,056 USDC leave
// for one address within half an hour on 2023-11-18 from 17:05 UTC. Gas came
// before from an exchange; afterwards the stablecoins are sold for ETH and
// five parts sent onward, of which one goes on to a mixer and one to an
// exchange. Around it: ordinary traffic, the wallet's own included, tokens
// with borrowed symbols, events that move nothing, a failed attempt, and a
// message with a bounty offer ten days later.
//
// Parties: "attacker", "victim", "exchange", "onward 1" to "onward 5", "mixer",
// "exchange deposit", "look-alike of victim", "look-alike of onward 1", "fake
// USDT", "fake USDT in Cyrillic", "router", "pool of USDT", "pool of USDC".
// Txs: "funding", "first theft", "failed theft", "bounty message".
func HotWalletTheft() (*Scenario, error) {
	s := newScript("hot wallet theft", "2023-11-16 12:00")
	s.blocks("2023-11-18 15:00", 60)
	s.blocks("2023-11-18 19:30", 2)
	s.blocks("2023-11-19 12:00", 50)
	s.blocks("2023-11-29 12:00", 450)
	w := &hotWallet{script: s, attacker: s.attacker("attacker"), victim: s.victim("victim"), exchange: s.party("exchange")}
	w.openingBalances()
	w.market = s.openMarket(clock("2023-11-16 13:00"), dollars("3,927,340,000"), ether("2,000,000"))
	w.victimBusiness()
	w.theft()
	w.launder()
	w.spam()
	w.crowd()
	return s.play()
}

type hotWallet struct {
	*script
	attacker, victim, exchange party
	market                     *market
}

func (w *hotWallet) openingBalances() {
	w.hold(w.victim.Address, USDT(), dollars("21,570,000.42"))
	w.hold(w.victim.Address, USDC(), dollars("165,067.9"))
	w.hold(w.victim.Address, ETH(), ether("518.95"))
	w.hold(w.exchange.Address, USDT(), dollars("400,000,000"))
	w.hold(w.exchange.Address, USDC(), dollars("300,000,000"))
	w.hold(w.exchange.Address, ETH(), ether("60,000"))
}

// victimBusiness is what a trading firm does before anybody stole from it.
func (w *hotWallet) victimBusiness() {
	w.transfer(clock("2023-11-17 02:10"), w.exchange, w.victim.Address, USDT(), dollars("5,000,000"), Ordinary)
	w.transfer(clock("2023-11-17 09:45"), w.victim, w.exchange.Address, USDT(), dollars("2,000,000"), Ordinary)
	w.pay(clock("2023-11-17 16:20"), w.victim, w.exchange.Address, ether("30"), Ordinary)
	w.transfer(clock("2023-11-18 06:00"), w.victim, w.exchange.Address, USDC(), dollars("40,000"), Ordinary)
}

func (w *hotWallet) theft() {
	at := func(s string) uint64 { return clock("2023-11-18 " + s) }
	w.pay(at("15:12:20"), w.exchange, w.attacker.Address, ether("0.35"), Funding).as("funding")

	to := w.attacker.Address
	w.transfer(at("17:05:20"), w.victim, to, USDT(), dollars("10,000"), Theft).as("first theft")
	w.transfer(at("17:07:40"), w.victim, to, USDT(), dollars("2,490,000"), Theft)
	w.pay(at("17:08:30"), w.victim, to, ether("0.7"), Theft)
	w.transfer(at("17:10:05"), w.victim, to, USDT(), dollars("5,000,000"), Theft)
	w.pay(at("17:12:50"), w.victim, to, ether("188"), Theft)
	w.transfer(at("17:14:10"), w.victim, to, USDC(), dollars("56"), Theft)
	w.transfer(at("17:16:00"), w.victim, to, USDT(), dollars("7,500,000"), Theft)
	w.transfer(at("17:19:30"), w.victim, to, USDC(), dollars("100,000"), Theft)
	w.pay(at("17:22:15"), w.victim, to, ether("200"), Theft)
	w.transfer(at("17:25:00"), w.victim, to, USDT(), dollars("6,000,000"), Theft)
	w.transfer(at("17:28:45"), w.victim, to, USDC(), dollars("25,000"), Theft)
	w.pay(at("17:31:10"), w.victim, to, ether("100"), Theft)
	w.transfer(at("17:33:25"), w.victim, to, USDT(), dollars("3,570,000"), Theft)
	w.transfer(at("17:36:40"), w.victim, to, USDT(), dollars("500,000"), Theft).as("failed theft").reverts()

	w.lose(USDT(), dollars("24,570,000"), nil, nil)
	w.lose(ETH(), ether("488.7"), nil, nil)
	w.lose(USDC(), dollars("125,056"), nil, nil)

	offer := []byte("You hold funds that belong to us. Send back ninety percent by 30 November 2023, 08:00 UTC, " +
		"keep ten percent as a reward, and we take no further steps.")
	w.send(clock("2023-11-28 18:30"), w.victim, &to, new(big.Int), offer).as("bounty message")
}

// launder sells the stablecoins and sends five parts onward.
func (w *hotWallet) launder() {
	at := func(s string) uint64 { return clock("2023-11-18 " + s) }
	w.approve(at("17:41"), w.attacker, usdtAddress, w.market.router)
	for i, amount := range []string{"1,000,000", "8,000,000", "9,000,000", "6,570,000"} {
		w.market.sellForCoin(at("17:43")+uint64(i)*150, w.market.usdt, w.attacker, dollars(amount), Swap)
	}
	w.approve(at("17:55"), w.attacker, usdcAddress, w.market.router)
	w.market.sellForCoin(at("17:56"), w.market.usdc, w.attacker, dollars("125,056"), Swap)

	parts := []struct{ when, amount string }{
		{"2023-11-18 18:22", "2,500"},
		{"2023-11-18 18:40", "2,500"},
		{"2023-11-18 19:05", "2,600"},
		{"2023-11-18 22:31", "2,703.5"},
		{"2023-11-19 03:10", "2,600"},
	}
	for i, p := range parts {
		to := w.party(fmt.Sprintf("onward %d", i+1))
		w.pay(clock(p.when), w.attacker, to.Address, ether(p.amount), Onward)
	}
	w.furtherOn()
}

// furtherOn is what two of the five do with their part.
func (w *hotWallet) furtherOn() {
	first, mixer := w.party("onward 1"), w.party("mixer")
	for i := range uint64(10) {
		w.pay(clock("2023-11-20 04:00")+i*5400, first, mixer.Address, ether("100"), Ordinary)
	}
	second, deposit := w.party("onward 2"), w.party("exchange deposit")
	w.pay(clock("2023-11-21 08:00"), second, deposit.Address, ether("2,499.99"), Ordinary)
	w.pay(clock("2023-11-21 11:00"), deposit, w.exchange.Address, ether("2,499.98"), Ordinary)
}

// spam is what strangers send to, or claim of, addresses in the news.
func (w *hotWallet) spam() {
	spammer := w.party("spammer")
	w.hold(spammer.Address, ETH(), ether("5"))
	begin := clock("2023-11-18 19:06")
	fake, _ := w.deploy(begin, spammer, "fake USDT", "FakeToken", "Tether USD", "USDT", uint8(6), spammer.Address, dollars("900,000,000"))
	cyrillic, _ := w.deploy(begin, spammer, "fake USDT in Cyrillic", "FakeToken", "Tether USD", "UЅDТ", uint8(6), spammer.Address, dollars("900,000,000"))
	w.transfer(clock("2023-11-18 19:10"), spammer, w.attacker.Address, chain.Token(ChainID, fake), dollars("24,570,000"), Spam)
	w.transfer(clock("2023-11-18 19:12"), spammer, w.victim.Address, chain.Token(ChainID, cyrillic), dollars("24,570,000"), Spam)

	// An event of a fake token that has the attacker pay a look-alike of the
	// address last paid, and real USDT moving nothing from a look-alike of the
	// victim: transferFrom of zero needs no allowance.
	likeFirst := w.lookAlike("onward 1")
	likeVictim := w.lookAlike("victim")
	claimed := dollars("2,500")
	w.call(clock("2023-11-18 19:14"), spammer, "FakeToken", fake, "claim", w.attacker.Address, likeFirst, claimed).
		move(Spam, chain.Token(ChainID, fake), w.attacker.Address, likeFirst, claimed)
	w.call(clock("2023-11-18 19:15"), spammer, "Token", usdtAddress, "transferFrom", likeVictim, w.attacker.Address, new(big.Int)).
		move(Spam, USDT(), likeVictim, w.attacker.Address, new(big.Int))
	w.call(clock("2023-11-18 19:17"), spammer, "Token", usdtAddress, "transferFrom", w.attacker.Address, likeFirst, new(big.Int)).
		move(Spam, USDT(), w.attacker.Address, likeFirst, new(big.Int))
}

// lookAlike is an address that begins and ends like a party's.
func (s *script) lookAlike(label string) common.Address {
	original := s.scenario.Parties[label]
	like := Address("look-alike of " + label)
	copy(like[:3], original[:3])
	copy(like[17:], original[17:])
	s.scenario.Parties["look-alike of "+label] = like
	return like
}

// crowd is traffic of people who have nothing to do with it.
func (w *hotWallet) crowd() {
	random := rand.New(rand.NewPCG(2023, 11))
	people := make([]party, 24)
	for i := range people {
		people[i] = w.party(fmt.Sprintf("stranger %d", i+1))
		w.hold(people[i].Address, ETH(), ether("50"))
		w.hold(people[i].Address, USDT(), dollars("100,000"))
		w.hold(people[i].Address, USDC(), dollars("100,000"))
	}
	first, last := w.times[0]+7200, w.times[len(w.times)-1]
	at := make([]uint64, 400)
	for i := range at {
		at[i] = first + random.Uint64N(last-first)
	}
	w.strangers(random, people, at)
}

func (w *hotWallet) strangers(random *rand.Rand, people []party, at []uint64) {
	slices.Sort(at) // a sender's nonces must follow the clock
	for _, t := range at {
		from, to := people[random.IntN(len(people))], people[random.IntN(len(people))]
		switch random.IntN(4) {
		case 0:
			w.pay(t, from, to.Address, units(fmt.Sprint(1+random.IntN(1000)), 15), Ordinary)
		case 1:
			w.transfer(t, from, to.Address, USDT(), dollars(fmt.Sprint(1+random.IntN(500))), Ordinary)
		case 2:
			w.transfer(t, from, to.Address, USDC(), dollars(fmt.Sprint(1+random.IntN(500))), Ordinary)
		default:
			w.pay(t, w.exchange, to.Address, units(fmt.Sprint(1+random.IntN(2000)), 15), Ordinary)
		}
	}
}
