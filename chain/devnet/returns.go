package devnet

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"
)

// heist is what the shorter stories have in common: an attacker who got gas
// from an exchange, a victim, and three days in March 2024 with a block a
// minute around noon of the fifth.
type heist struct {
	*script
	attacker, victim, exchange party
}

// noon reads a time on the day of the theft.
func noon(s string) uint64 { return clock("2024-03-05 " + s) }

// newHeist begins a short story. The victim is an account with a key unless a
// contract is to take its place.
func newHeist(name string, victim bool) *heist {
	s := newScript(name, "2024-03-04 00:00")
	s.blocks("2024-03-05 10:00", 300)
	s.blocks("2024-03-05 14:00", 5)
	s.blocks("2024-03-20 00:00", 1800)
	h := &heist{script: s, attacker: s.attacker("attacker"), exchange: s.party("exchange")}
	s.hold(h.exchange.Address, ETH(), ether("20,000"))
	s.hold(h.exchange.Address, USDT(), dollars("50,000,000"))
	s.hold(h.exchange.Address, USDC(), dollars("50,000,000"))
	s.pay(noon("10:30"), h.exchange, h.attacker.Address, ether("0.5"), Funding).as("funding")
	if victim {
		h.victim = s.victim("victim")
		s.hold(h.victim.Address, ETH(), ether("2,000"))
		s.hold(h.victim.Address, USDT(), dollars("4,000,000"))
		s.hold(h.victim.Address, USDC(), dollars("4,000,000"))
	}
	return h
}

// PartReturned plays a theft of 800 ETH and 1,500,000 USDC of which 500 ETH
// come back a week later.
// Txs: "funding", "theft", "return".
func PartReturned() (*Scenario, error) {
	h := newHeist("part returned", true)
	h.pay(noon("12:00"), h.victim, h.attacker.Address, ether("800"), Theft).as("theft")
	h.transfer(noon("12:05"), h.victim, h.attacker.Address, USDC(), dollars("1,500,000"), Theft)
	h.pay(clock("2024-03-12 09:00"), h.attacker, h.victim.Address, ether("500"), Return).as("return")
	h.lose(ETH(), ether("800"), nil, ether("500"))
	h.lose(USDC(), dollars("1,500,000"), nil, nil)
	return h.play()
}

// AllReturned plays the same theft with everything coming back, the ETH in
// two parts.
// Txs: "funding", "theft", "return".
func AllReturned() (*Scenario, error) {
	h := newHeist("all returned", true)
	h.pay(noon("12:00"), h.victim, h.attacker.Address, ether("800"), Theft).as("theft")
	h.transfer(noon("12:05"), h.victim, h.attacker.Address, USDC(), dollars("1,500,000"), Theft)
	h.pay(clock("2024-03-06 09:00"), h.attacker, h.victim.Address, ether("1"), Return).as("return")
	h.pay(clock("2024-03-06 15:00"), h.attacker, h.victim.Address, ether("799"), Return)
	h.transfer(clock("2024-03-06 16:00"), h.attacker, h.victim.Address, USDC(), dollars("1,500,000"), Return)
	h.lose(ETH(), ether("800"), nil, ether("800"))
	h.lose(USDC(), dollars("1,500,000"), nil, dollars("1,500,000"))
	return h.play()
}

// BountyKept plays a theft of 1,000 ETH of which the attacker, upon an offer
// sent on chain, gives back all but a tenth.
// Txs: "funding", "theft", "offer", "return".
func BountyKept() (*Scenario, error) {
	h := newHeist("bounty kept", true)
	h.pay(noon("12:00"), h.victim, h.attacker.Address, ether("1,000"), Theft).as("theft")
	offer := []byte("Return 90% and keep 10% as a whitehat bounty.")
	h.send(clock("2024-03-07 10:00"), h.victim, &h.attacker.Address, new(big.Int), offer).as("offer")
	h.pay(clock("2024-03-09 10:00"), h.attacker, h.victim.Address, ether("900"), Return).as("return")
	h.lose(ETH(), ether("1,000"), nil, ether("900"))
	return h.play()
}

// BountyPaid plays a theft of 1,000 ETH that comes back whole, after which the
// victim pays 100,000 USDC for it.
// Txs: "funding", "theft", "return", "bounty".
func BountyPaid() (*Scenario, error) {
	h := newHeist("bounty paid", true)
	h.pay(noon("12:00"), h.victim, h.attacker.Address, ether("1,000"), Theft).as("theft")
	h.pay(clock("2024-03-09 10:00"), h.attacker, h.victim.Address, ether("1,000"), Return).as("return")
	h.transfer(clock("2024-03-10 10:00"), h.victim, h.attacker.Address, USDC(), dollars("100,000"), Bounty).as("bounty")
	h.lose(ETH(), ether("1,000"), nil, ether("1,000"))
	return h.play()
}

// PaidBackInAnotherAsset plays a theft of 1,000,000 USDC that the attacker
// sells for ETH, 200 of which go to the victim.
// Txs: "funding", "theft", "sale", "return".
func PaidBackInAnotherAsset() (*Scenario, error) {
	h := newHeist("paid back in another asset", true)
	m := h.openMarket(clock("2024-03-04 02:00"), dollars("700,000,000"), ether("200,000"))
	h.transfer(noon("12:00"), h.victim, h.attacker.Address, USDC(), dollars("1,000,000"), Theft).as("theft")
	h.approve(noon("12:10"), h.attacker, usdcAddress, m.router)
	sale, _ := m.sellForCoin(noon("12:11"), m.usdc, h.attacker, dollars("1,000,000"), Swap)
	sale.as("sale")
	h.pay(clock("2024-03-08 10:00"), h.attacker, h.victim.Address, ether("200"), Return).as("return")
	h.lose(USDC(), dollars("1,000,000"), nil, nil)
	h.lose(ETH(), new(big.Int), nil, ether("200"))
	return h.play()
}

// TwoAttackers plays a theft by two addresses of which the write-up knows one:
// "attacker" takes 300 ETH, and "second attacker", which has its gas from the
// first, takes 2,000,000 USDT; part of both meets at "collecting".
// Txs: "funding", "theft", "second theft".
func TwoAttackers() (*Scenario, error) {
	h := newHeist("two attackers", true)
	second, collecting := h.attacker2("second attacker"), h.party("collecting")
	h.pay(noon("11:00"), h.attacker, second.Address, ether("0.2"), Internal)
	h.pay(noon("12:00"), h.victim, h.attacker.Address, ether("300"), Theft).as("theft")
	h.transfer(noon("12:02"), h.victim, second.Address, USDT(), dollars("2,000,000"), Theft).as("second theft")
	h.pay(noon("12:30"), h.attacker, collecting.Address, ether("250"), Onward)
	h.transfer(noon("12:31"), second, collecting.Address, USDT(), dollars("1,900,000"), Onward)
	h.lose(ETH(), ether("300"), nil, nil)
	h.lose(USDT(), dollars("2,000,000"), nil, nil)
	return h.play()
}

// attacker2 is an attacker whom write-ups do not know.
func (h *heist) attacker2(label string) party {
	p := h.script.attacker(label)
	h.unnamed(p.Address)
	return p
}

func (s *script) unnamed(a common.Address) {
	s.scenario.Unnamed = append(s.scenario.Unnamed, a)
}

// ReturnedByAnother plays a theft of 800 ETH that the attacker passes on to an
// account that no write-up names, and that gives 700 of them back.
// Txs: "funding", "theft", "passed on", "return".
func ReturnedByAnother() (*Scenario, error) {
	h := newHeist("returned by another", true)
	mule := h.party("mule")
	h.pay(noon("12:00"), h.victim, h.attacker.Address, ether("800"), Theft).as("theft")
	h.pay(noon("13:00"), h.attacker, mule.Address, ether("790"), Onward).as("passed on")
	h.pay(clock("2024-03-12 09:00"), mule, h.victim.Address, ether("700"), Return).as("return")
	h.lose(ETH(), ether("800"), nil, ether("700"))
	return h.play()
}
