package devnet

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
)

// BatchAuction plays a theft of 500,000 USDT that the attacker sells for WETH
// by an order, which a solver settles together with a stranger's in a tx of
// its own.
// Txs: "funding", "theft", "settlement".
func BatchAuction() (*Scenario, error) {
	h := newHeist("batch auction", true)
	m := h.openMarket(clock("2024-03-04 02:00"), dollars("700,000,000"), ether("200,000"))
	for address, kind := range map[common.Address]string{auctionAddress: "BatchAuction", relayerAddress: "Relayer"} {
		h.alloc[address] = types.Account{Code: h.cs[kind].Runtime, Balance: new(big.Int), Nonce: 1}
	}
	h.scenario.Parties["batch auction"], h.scenario.Parties["relayer"] = auctionAddress, relayerAddress
	solver, stranger := h.party("solver"), h.party("stranger")
	h.hold(solver.Address, ETH(), ether("1"))
	h.hold(stranger.Address, ETH(), ether("1"))
	h.hold(stranger.Address, USDC(), dollars("70,000"))

	h.transfer(noon("12:00"), h.victim, h.attacker.Address, USDT(), dollars("500,000"), Theft).as("theft")
	h.approve(noon("12:10"), h.attacker, usdtAddress, relayerAddress)
	h.approve(noon("12:11"), stranger, usdcAddress, relayerAddress)
	mine := h.order(noon("12:20"), m.usdt, h.attacker.Address, dollars("500,000"))
	theirs := h.order(noon("12:20"), m.usdc, stranger.Address, dollars("70,000"))
	h.call(noon("12:20"), solver, "BatchAuction", auctionAddress, "settle", relayerAddress, []order{mine, theirs}).as("settlement").
		move(Swap, USDT(), h.attacker.Address, auctionAddress, mine.SellAmount).
		move(Swap, WETH(), auctionAddress, h.attacker.Address, mine.BuyAmount)
	h.lose(USDT(), dollars("500,000"), nil, nil)
	return h.play()
}

// order is the argument of BatchAuction.settle.
type order struct {
	Owner               common.Address
	SellToken, BuyToken common.Address
	SellAmount          *big.Int
	BuyAmount           *big.Int
	Receiver            common.Address
	Pool                common.Address
	PoolOut             *big.Int
}

// order sells a token through its pool; a thousandth of what that gives stays
// with the auction.
func (h *heist) order(at uint64, p *pool, owner common.Address, amount *big.Int) order {
	out := p.sellToken(at, amount)
	kept := new(big.Int).Div(out, big.NewInt(1000))
	return order{
		Owner: owner, SellToken: p.token.Contract(), BuyToken: wrappedAddress,
		SellAmount: amount, BuyAmount: new(big.Int).Sub(out, kept), Receiver: owner,
		Pool: p.address, PoolOut: out,
	}
}

// FakeBesideReal plays a theft of 750,000 USDT beside which a token that calls
// itself USDT too appears: 5,000,000 of it are sent to the attacker, and it
// claims that the victim lost 2,000,000 more.
// Parties: "fake USDT". Txs: "funding", "theft", "spam", "claim".
func FakeBesideReal() (*Scenario, error) {
	h := newHeist("fake USDT beside the real one", true)
	spammer := h.party("spammer")
	h.hold(spammer.Address, ETH(), ether("1"))
	contract, _ := h.deploy(noon("11:00"), spammer, "fake USDT", "FakeToken", "Tether USD", "USDT", uint8(6), spammer.Address, dollars("9,000,000"))
	fake := chain.Token(ChainID, contract)

	h.transfer(noon("12:00"), h.victim, h.attacker.Address, USDT(), dollars("750,000"), Theft).as("theft")
	h.transfer(noon("12:20"), spammer, h.attacker.Address, fake, dollars("5,000,000"), Spam).as("spam")
	h.call(noon("12:25"), spammer, "FakeToken", contract, "claim", h.victim.Address, h.attacker.Address, dollars("2,000,000")).as("claim").
		move(Spam, fake, h.victim.Address, h.attacker.Address, dollars("2,000,000"))
	h.lose(USDT(), dollars("750,000"), nil, nil)
	return h.play()
}

// issue deploys a token of an issuer and gives the victim this much of it.
func (h *heist) issue(kind string, amount *big.Int, args ...any) chain.AssetID {
	issuer := h.party("issuer")
	h.hold(issuer.Address, ETH(), ether("1"))
	contract, _ := h.deploy(clock("2024-03-04 03:00"), issuer, "token", kind, args...)
	token := chain.Token(ChainID, contract)
	h.call(clock("2024-03-04 05:00"), issuer, "Token", contract, "transfer", h.victim.Address, amount)
	return token
}

// RebasingToken plays a theft of 1,000 of a token whose balances grow by one
// percent, without any event, four days later; the attacker then sends 1,010
// onward, more than ever came in.
// Parties: "token". Txs: "funding", "theft", "rebase", "onward".
func RebasingToken() (*Scenario, error) {
	h := newHeist("rebasing token", true)
	issuer := h.party("issuer").Address
	token := h.issue("RebasingToken", ether("5,000"), "Staked Coin", "stCOIN", issuer, ether("100,000"))
	h.steps[len(h.steps)-1].move(Ordinary, token, issuer, h.victim.Address, ether("5,000"))
	h.transfer(noon("12:00"), h.victim, h.attacker.Address, token, ether("1,000"), Theft).as("theft")
	h.call(clock("2024-03-09 12:00"), h.party("issuer"), "RebasingToken", token.Contract(), "rebase", ether("101,000")).as("rebase")
	h.transfer(clock("2024-03-10 12:00"), h.attacker, h.party("onward").Address, token, ether("1,010"), Onward).as("onward")
	h.lose(token, ether("1,000"), nil, nil)
	return h.play()
}

// FeeOnTransfer plays a theft of 500,000 of a token that keeps one percent of
// every transfer for the "issuer": the attacker gets 495,000 of what the
// victim lost.
// Parties: "token". Txs: "funding", "theft", "onward".
func FeeOnTransfer() (*Scenario, error) {
	h := newHeist("fee on transfer", true)
	issuer := h.party("issuer").Address
	token := h.issue("FeeToken", ether("2,000,000"), "Taxed Token", "TAX", uint8(18), issuer, ether("9,000,000"))
	h.steps[len(h.steps)-1].move(Ordinary, token, issuer, h.victim.Address, ether("1,980,000"))
	onward := h.party("onward").Address
	h.call(noon("12:00"), h.victim, "Token", token.Contract(), "transfer", h.attacker.Address, ether("500,000")).as("theft").
		move(Theft, token, h.victim.Address, issuer, ether("5,000")).
		move(Theft, token, h.victim.Address, h.attacker.Address, ether("495,000"))
	h.call(noon("12:30"), h.attacker, "Token", token.Contract(), "transfer", onward, ether("400,000")).as("onward").
		move(Onward, token, h.attacker.Address, issuer, ether("4,000")).
		move(Onward, token, h.attacker.Address, onward, ether("396,000"))
	h.lose(token, ether("500,000"), nil, nil)
	return h.play()
}
