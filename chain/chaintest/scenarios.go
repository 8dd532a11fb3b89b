package chaintest

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"

	"losstracer/chain"
)

func plainTransfers() *Scenario {
	w := write("plain transfers", "a failed tx moves nothing and pays; what is sent to oneself changes no balance but for the fee", 20)
	victim, thief, friend := w.victim(), w.person("thief", new(big.Int), 0), w.person("friend", ether(1), 3)
	puppet := w.contract("Puppet", "one", new(big.Int))
	w.at(3)
	w.send(victim, &thief.Address, ether(50), nil).native(victim.Address, ether(50))
	w.at(4)
	w.send(thief, &friend.Address, ether(20), nil).native(thief.Address, ether(20))
	w.at(9)
	w.send(thief, &thief.Address, ether(5), nil).native(thief.Address, ether(5))
	w.at(12)
	w.send(thief, &puppet, ether(7), play(act{Deed: deedFail}))
	w.at(13)
	w.send(thief, &friend.Address, nil, nil)
	w.at(17)
	w.send(thief, &friend.Address, ether(1), nil).native(thief.Address, ether(1))
	w.send(friend, &thief.Address, ether(2), nil).native(friend.Address, ether(2))
	w.ask(thief.Address, victim.Address, friend.Address)
	return w.end()
}

func equalEnds() *Scenario {
	w := write("equal ends", "an account that is as empty afterwards as before shows nothing in its balances; its nonce does", 24)
	victim, thief := w.victim(), w.person("thief", new(big.Int), 0)
	fee := new(big.Int).Mul(scenarioGasPrice(), big.NewInt(21000))
	rest := func(coin *big.Int) *big.Int { return new(big.Int).Sub(coin, fee) }
	w.at(5)
	w.send(victim, &thief.Address, ether(10), nil).native(victim.Address, ether(10))
	w.at(6)
	w.plain(thief, victim.Address, rest(ether(10))).native(thief.Address, rest(ether(10)))
	w.at(15)
	w.send(victim, &thief.Address, ether(3), nil).native(victim.Address, ether(3))
	w.plain(thief, victim.Address, rest(ether(3))).native(thief.Address, rest(ether(3)))
	w.ask(thief.Address, victim.Address)
	return w.end()
}

func internalCalls() *Scenario {
	w := write("internal calls", "what a contract pays stands in no tx and no log", 16)
	victim, thief := w.victim(), w.person("thief", new(big.Int), 1)
	one, two := w.contract("Puppet", "one", ether(100)), w.contract("Puppet", "two", new(big.Int))
	w.at(4)
	w.send(victim, &one, ether(10), play(
		pays(thief.Address, ether(4)),
		act{deedCall, two, ether(3), play(pays(thief.Address, ether(1)), pays(victim.Address, ether(2)))},
		pays(thief.Address, nil),
	)).native(victim.Address, ether(10)).
		internal(one, thief.Address, ether(4), 0).internal(one, two, ether(3), 1).
		internal(two, thief.Address, ether(1), 1, 0).internal(two, victim.Address, ether(2), 1, 1)
	w.at(9)
	w.send(victim, &one, nil, play(pays(thief.Address, ether(30)))).internal(one, thief.Address, ether(30), 0)
	w.send(thief, &victim.Address, ether(1), nil).native(thief.Address, ether(1))
	w.send(victim, &one, nil, play(pays(thief.Address, ether(2)), pays(thief.Address, ether(3)))).
		internal(one, thief.Address, ether(2), 0).internal(one, thief.Address, ether(3), 1)
	w.ask(thief.Address, victim.Address)
	return w.end()
}

func revertedFrames() *Scenario {
	w := write("reverted frames", "calls under a failed one carry no error of their own and moved nothing all the same", 10)
	victim, thief := w.victim(), w.person("thief", new(big.Int), 1)
	one, two := w.contract("Puppet", "one", ether(20)), w.contract("Puppet", "two", ether(20))
	undone := act{deedTry, two, ether(5), play(pays(thief.Address, ether(6)), act{Deed: deedFail})}
	w.at(5)
	w.send(victim, &one, ether(1), play(undone, pays(thief.Address, ether(2)))).
		native(victim.Address, ether(1)).internal(one, thief.Address, ether(2), 1)
	w.at(7)
	w.send(victim, &one, nil, play(undone))
	w.at(8)
	w.send(victim, &one, nil, play(pays(thief.Address, ether(3)), act{Deed: deedFail}))
	w.ask(thief.Address, victim.Address)
	return w.end()
}

func delegateCalls() *Scenario {
	w := write("delegate calls", "a delegatecall shows the value of its parent, which it does not move", 10)
	victim, thief := w.victim(), w.person("thief", new(big.Int), 1)
	one, two := w.contract("Puppet", "one", ether(20)), w.contract("Puppet", "two", new(big.Int))
	w.at(5)
	w.send(victim, &one, ether(9), play(
		act{deedDelegate, two, nil, play(pays(thief.Address, ether(2)))},
		pays(thief.Address, ether(1)),
	)).native(victim.Address, ether(9)).internal(one, thief.Address, ether(2), 0, 0).internal(one, thief.Address, ether(1), 1)
	w.ask(thief.Address, victim.Address)
	return w.end()
}

func creations() *Scenario {
	w := write("creations", "a contract is endowed by the tx or the call that creates it; a failed creation costs its fee", 14)
	thief := w.person("thief", ether(20), 0)
	puppet := compiled()["Puppet"].Creation
	w.at(3)
	made := w.send(thief, nil, ether(3), puppet).native(thief.Address, ether(3))
	child := crypto.CreateAddress(made.to, 1)
	twin := crypto.CreateAddress2(made.to, common.HexToHash("0x07"), crypto.Keccak256(puppet))
	w.at(6)
	w.send(thief, &made.to, ether(1), play(
		act{deedCreate, common.Address{}, ether(2), puppet},
		act{deedCreate2, common.HexToAddress("0x07"), ether(1), puppet},
	)).native(thief.Address, ether(1)).internal(made.to, child, ether(2), 0).internal(made.to, twin, ether(1), 1)
	w.at(9)
	// INVALID as creation code uses up the gas and creates nothing.
	w.send(thief, nil, ether(4), []byte{0xfe})
	w.at(11)
	w.send(thief, &twin, nil, play(pays(thief.Address, ether(1)))).internal(twin, thief.Address, ether(1), 0)
	w.ask(thief.Address)
	return w.end()
}

func selfDestructs() *Scenario {
	w := write("self-destructs", "a contract that ends leaves its coin to an heir; to itself, since Cancun, nothing", 12)
	victim, thief := w.victim(), w.person("thief", new(big.Int), 1)
	one, two := w.contract("Puppet", "one", ether(7)), w.contract("Puppet", "two", ether(5))
	w.at(4)
	w.send(victim, &one, nil, play(act{Deed: deedDestroy, To: thief.Address})).internal(one, thief.Address, ether(7), 0)
	w.at(8)
	w.send(victim, &two, ether(1), play(pays(thief.Address, ether(2)), act{Deed: deedDestroy, To: thief.Address})).
		native(victim.Address, ether(1)).internal(two, thief.Address, ether(2), 0).internal(two, thief.Address, ether(4), 1)
	w.ask(thief.Address, victim.Address)
	return w.end()
}

func counterfactual() *Scenario {
	w := write("counterfactual contract",
		"an address that is funded, created and destroyed within one tx looks untouched in balance, nonce and code", 12)
	victim, thief := w.victim(), w.person("thief", new(big.Int), 1)
	one := w.contract("Puppet", "one", ether(20))
	code := destroyingCode(thief.Address)
	brief := crypto.CreateAddress2(one, common.HexToHash("0x09"), crypto.Keccak256(code))
	w.at(6)
	w.send(victim, &one, nil, play(pays(brief, ether(5)), act{deedCreate2, common.HexToAddress("0x09"), ether(1), code})).
		internal(one, brief, ether(5), 0).internal(one, brief, ether(1), 1).internal(brief, thief.Address, ether(6), 1, 0)
	w.ask(thief.Address, brief)
	return w.end()
}

func throughContract() *Scenario {
	w := write("through a contract", "a contract that pays out what it got has equal balances at the ends, and no nonce that tells", 40)
	victim, thief := w.victim(), w.person("thief", new(big.Int), 1)
	till := w.contract("Puppet", "till", ether(2))
	w.at(11)
	w.send(victim, &till, ether(5), nil).native(victim.Address, ether(5))
	w.at(13)
	w.send(victim, &till, nil, play(pays(thief.Address, ether(5)))).internal(till, thief.Address, ether(5), 0)
	w.at(30)
	w.send(victim, &till, ether(8), play(pays(thief.Address, ether(8)))).
		native(victim.Address, ether(8)).internal(till, thief.Address, ether(8), 0)
	w.ask(till, thief.Address)
	return w.end()
}

func fungibleTokens() *Scenario {
	w := write("fungible tokens", "transfers of nothing and to oneself are transfers; a reverted one is not; the sender of the tx need not be a party", 18)
	victim, thief := w.victim(), w.person("thief", ether(1), 2)
	token, puppet := w.contract("Fungible", "token", new(big.Int)), w.contract("Puppet", "one", new(big.Int))
	move := func(to common.Address, n int64) []byte { return pack("Fungible", "transfer", to, big.NewInt(n)) }
	w.at(2)
	w.send(victim, &token, nil, pack("Fungible", "mint", victim.Address, big.NewInt(1000))).
		erc20(token, common.Address{}, victim.Address, big.NewInt(1000))
	w.at(5)
	w.send(victim, &token, nil, move(thief.Address, 700)).erc20(token, victim.Address, thief.Address, big.NewInt(700))
	w.send(victim, &token, nil, move(thief.Address, 0)).erc20(token, victim.Address, thief.Address, new(big.Int))
	w.at(7)
	w.send(thief, &token, nil, move(thief.Address, 40)).erc20(token, thief.Address, thief.Address, big.NewInt(40))
	w.at(8)
	w.send(thief, &token, nil, move(victim.Address, 5000))
	w.at(10)
	w.send(thief, &token, nil, move(puppet, 600)).erc20(token, thief.Address, puppet, big.NewInt(600))
	w.at(14)
	w.send(victim, &puppet, nil, play(
		act{deedCall, token, nil, move(thief.Address, 250)},
		act{deedTry, puppet, nil, play(act{deedCall, token, nil, move(thief.Address, 50)}, act{Deed: deedFail})},
		act{deedCall, token, nil, move(victim.Address, 350)},
	)).erc20(token, puppet, thief.Address, big.NewInt(250)).erc20(token, puppet, victim.Address, big.NewInt(350))
	w.ask(thief.Address, victim.Address)
	return w.end()
}

func collectibles() *Scenario {
	w := write("collectibles", "ERC-721 shares its event with ERC-20; one ERC-1155 event moves several tokens", 14)
	victim, thief := w.victim(), w.person("thief", ether(1), 2)
	nft, multi := w.contract("Collectible", "nft", new(big.Int)), w.contract("Multi", "multi", new(big.Int))
	item := chain.Item(scenarioChain, chain.ERC721, nft, "77")
	kind := func(id string) chain.AssetID {
		return chain.Item(scenarioChain, chain.ERC1155, multi, id)
	}
	one, nobody := big.NewInt(1), common.Address{}
	w.at(3)
	w.send(victim, &nft, nil, pack("Collectible", "mint", victim.Address, big.NewInt(77))).
		log(chain.KindERC721, nobody, victim.Address, []chain.AssetID{item}, one)
	w.send(victim, &multi, nil, pack("Multi", "mint", victim.Address, big.NewInt(4), big.NewInt(90))).
		log(chain.KindERC1155, nobody, victim.Address, []chain.AssetID{kind("4")}, big.NewInt(90))
	w.send(victim, &multi, nil, pack("Multi", "mint", victim.Address, big.NewInt(5), big.NewInt(60))).
		log(chain.KindERC1155, nobody, victim.Address, []chain.AssetID{kind("5")}, big.NewInt(60))
	w.at(6)
	w.send(victim, &nft, nil, pack("Collectible", "transferFrom", victim.Address, thief.Address, big.NewInt(77))).
		log(chain.KindERC721, victim.Address, thief.Address, []chain.AssetID{item}, one)
	w.at(8)
	ids, values := []*big.Int{big.NewInt(4), big.NewInt(5), big.NewInt(4)}, []*big.Int{big.NewInt(30), big.NewInt(60), big.NewInt(1)}
	w.send(victim, &multi, nil, pack("Multi", "give", thief.Address, ids, values)).
		log(chain.KindERC1155, victim.Address, thief.Address, []chain.AssetID{kind("4"), kind("5"), kind("4")}, values...)
	w.ask(thief.Address, victim.Address)
	return w.end()
}

func wrapping() *Scenario {
	w := write("wrapping", "the wrapped coin is issued and taken back without a Transfer; unwrapping pays by an internal call", 16)
	victim, thief := w.victim(), w.person("thief", ether(1), 2)
	wrapped := w.wrapper()
	asset := []chain.AssetID{chain.Token(scenarioChain, wrapped)}
	w.at(3)
	w.send(victim, &wrapped, ether(9), pack("Wrapper", "deposit")).native(victim.Address, ether(9)).
		log(chain.KindWrap, wrapped, victim.Address, asset, ether(9))
	w.at(6)
	w.send(victim, &wrapped, nil, pack("Wrapper", "transfer", thief.Address, ether(8))).
		erc20(wrapped, victim.Address, thief.Address, ether(8))
	w.at(10)
	w.send(thief, &wrapped, nil, pack("Wrapper", "withdraw", ether(6))).internal(wrapped, thief.Address, ether(6), 0).
		log(chain.KindUnwrap, thief.Address, wrapped, asset, ether(6))
	w.ask(thief.Address, victim.Address)
	return w.end()
}

func delegatedAccount() *Scenario {
	w := write("delegated account", "an account that signed an EIP-7702 authorization is debited by others, and its nonce stays", 16)
	victim, sponsor := w.person("delegator", ether(100), 5), w.person("sponsor", ether(10), 1)
	thief, puppet := w.person("thief", new(big.Int), 1), w.contract("Puppet", "one", new(big.Int))
	w.at(4)
	w.authorize(sponsor, victim, puppet, ether(1), play(pays(thief.Address, ether(30)))).
		native(sponsor.Address, ether(1)).internal(victim.Address, thief.Address, ether(30), 0)
	w.at(9)
	w.send(sponsor, &victim.Address, nil, play(pays(thief.Address, ether(20)))).internal(victim.Address, thief.Address, ether(20), 0)
	w.ask(thief.Address, victim.Address, sponsor.Address)
	return w.end()
}

func delegationUndone() *Scenario {
	w := write("delegation undone", "an account that has no code at either end may have had some in between, and been emptied and filled again", 30)
	victim, sponsor := w.person("delegator", ether(100), 5), w.person("sponsor", ether(50), 1)
	thief, puppet := w.person("thief", new(big.Int), 1), w.contract("Puppet", "one", new(big.Int))
	w.at(7)
	w.authorize(sponsor, victim, puppet, nil, nil)
	w.at(10)
	w.send(sponsor, &victim.Address, nil, play(pays(thief.Address, ether(20)))).internal(victim.Address, thief.Address, ether(20), 0)
	w.at(14)
	w.send(sponsor, &victim.Address, ether(20), nil).native(sponsor.Address, ether(20))
	w.at(21)
	w.authorize(sponsor, victim, common.Address{}, nil, nil)
	w.ask(thief.Address, victim.Address, sponsor.Address)
	return w.end()
}

func withdrawalCredits() *Scenario {
	w := write("withdrawals", "the consensus layer credits accounts in Gwei, in no tx", 12)
	victim, staker := w.victim(), w.person("staker", ether(1), 2)
	w.at(4)
	w.withdraw(staker.Address, 32_000_000_001)
	w.at(7)
	w.withdraw(victim.Address, 5)
	w.withdraw(staker.Address, 17)
	w.send(staker, &victim.Address, ether(2), nil).native(staker.Address, ether(2))
	w.ask(staker.Address, victim.Address)
	return w.end()
}
