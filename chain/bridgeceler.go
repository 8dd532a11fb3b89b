package chain

import (
	"strings"

	"github.com/ethereum/go-ethereum/common"
)

// celer events: celer-network/sgn-v2-contracts, Bridge, OriginalTokenVault and
// PeggedTokenBridge with their second versions. Chains are named by their
// EIP-155 ids (im-docs.celer.network, chain ids).
func celerEvents() []bridgeEvent {
	const name = "Celer cBridge"
	return []bridgeEvent{
		newBridgeEvent(name, roleCeler, "Send(bytes32,address,address,address,uint256,uint64,uint64,uint32)", 0, readCeler),
		newBridgeEvent(name, roleCelerVault, "Deposited(bytes32,address,address,uint256,uint64,address)", 0, readCelerVault),
		newBridgeEvent(name, roleCelerVault, "Deposited(bytes32,address,address,uint256,uint64,address,uint64)", 0, readCelerVault),
		newBridgeEvent(name, roleCelerPeg, "Burn(bytes32,address,address,uint256,address)", 0, readCelerBurn),
		newBridgeEvent(name, roleCelerPeg, "Burn(bytes32,address,address,uint256,uint64,address,uint64)", 0, readCelerBurnV2),
	}
}

var (
	topicCelerRelay     = topicOf("Relay(bytes32,address,address,address,uint256,uint64,bytes32)")
	topicCelerMint      = topicOf("Mint(bytes32,address,address,uint256,uint64,bytes32,address)")
	topicCelerWithdrawn = topicOf("Withdrawn(bytes32,address,address,uint256,uint64,bytes32,address)")
)

// readCeler reads words transferId, sender, receiver, token, amount,
// dstChainId, nonce, maxSlippage. Relay repeats the transfer id as its last.
func readCeler(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toEVM(l.number(l.word(5)))
	c.Depositor = l.address(l.word(1))
	c.toAddress(l.address(l.word(2)))
	c.Asset, c.Units = b.token(l.address(l.word(3))), units(l.word(4))
	l.word(7)
	c.ID = strings.ToLower(l.word(0).Hex())
	if pools := bridgeContractsOf(c.DestinationChainID, roleCeler); len(pools) > 0 {
		c.Arrival = Arrival{
			Contracts: pools, Topics: [][]common.Hash{{topicCelerRelay}},
			Words: []DataWord{{6, l.word(0)}}, Seconds: 2 * bridgeDay,
		}
	}
	return true
}

// readCelerVault reads words depositId, depositor, token, amount, mintChainId,
// mintAccount. A large amount may be minted later than its Mint is logged, and
// what that tx paid is then not found.
func readCelerVault(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toEVM(l.number(l.word(4)))
	c.Depositor = l.address(l.word(1))
	c.toAddress(l.address(l.word(5)))
	c.Asset, c.Units = b.token(l.address(l.word(2))), units(l.word(3))
	c.ID = strings.ToLower(l.word(0).Hex())
	c.Arrival = celerRef(b.chainID, c.DestinationChainID, l.word(0))
	return true
}

// readCelerBurn reads words burnId, token, account, amount, withdrawAccount.
// The original lies on the chain from which the token came, which is not said.
func readCelerBurn(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toAddress(l.address(l.word(4)))
	b.celerBurnt(l, c)
	c.toOrigin(b.chainID, l.word(0))
	return true
}

// readCelerBurnV2 reads words burnId, token, account, amount, toChainId,
// toAccount, nonce. Chain 0 is that of the original.
func readCelerBurnV2(b *bridgeReader, l *eventLog, c *Crossing) bool {
	to := l.number(l.word(4))
	c.toAddress(l.address(l.word(5)))
	l.word(6)
	b.celerBurnt(l, c)
	if to == 0 {
		c.toOrigin(b.chainID, l.word(0))
		return true
	}
	c.toEVM(to)
	c.Arrival = celerRef(b.chainID, to, l.word(0))
	return true
}

func (b *bridgeReader) celerBurnt(l *eventLog, c *Crossing) {
	c.Depositor = l.address(l.word(2))
	c.Asset, c.Units = b.token(l.address(l.word(1))), units(l.word(3))
	c.ID = strings.ToLower(l.word(0).Hex())
}

// toOrigin leaves the destination open.
func (c *Crossing) toOrigin(from uint64, id common.Hash) {
	c.Destination = "celer:origin of the token"
	if c.Known {
		c.toward = func(chainID uint64) Arrival { return celerRef(from, chainID, id) }
	}
}

// celerRef is what a vault or a pegged bridge logs when it pays: both name in
// words 4 and 5 the chain and the id of the departure.
func celerRef(from, to uint64, id common.Hash) Arrival {
	pays := append(bridgeContractsOf(to, roleCelerVault), bridgeContractsOf(to, roleCelerPeg)...)
	if len(pays) == 0 {
		return Arrival{}
	}
	return Arrival{
		Contracts: pays, Topics: [][]common.Hash{{topicCelerMint, topicCelerWithdrawn}},
		Words: []DataWord{{4, numberTopic(from)}, {5, id}}, Seconds: 7 * bridgeDay,
	}
}
