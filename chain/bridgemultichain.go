package chain

import (
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
)

// multichain events: anyswap/anyswap-v1-core (routers V3 to V6) and
// anyswap/multichain-smart-contracts (V7). Nothing was paid out after July 2023.
func multichainEvents() []bridgeEvent {
	const name = "Multichain"
	return []bridgeEvent{
		newBridgeEvent(name, roleMultichain, "LogAnySwapOut(address,address,address,uint256,uint256,uint256)", 3, readMultichain),
		newBridgeEvent(name, roleMultichain, "LogAnySwapOut(address,address,string,uint256,uint256,uint256)", 2, readMultichainText),
		newBridgeEvent(name, roleMultichainV7, "LogAnySwapOut(bytes32,address,address,string,uint256,uint256)", 3, readMultichainV7),
	}
}

var (
	topicMultichainIn   = topicOf("LogAnySwapIn(bytes32,address,address,uint256,uint256,uint256)")
	topicMultichainV7In = topicOf("LogAnySwapIn(string,bytes32,address,address,uint256,uint256)")
)

// readMultichain reads topics token, from, to; words amount, fromChainID,
// toChainID.
func readMultichain(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toAddress(l.address(l.topic(3)))
	l.word(2)
	return b.multichain(l, c, l.topic(1), l.topic(2), units(l.word(0)), l.word(2))
}

// readMultichainText reads topics token, from; words to, amount, fromChainID,
// toChainID.
func readMultichainText(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toText(string(l.bytes(0)))
	return b.multichain(l, c, l.topic(1), l.topic(2), units(l.word(1)), l.word(3))
}

// multichain fills in what the routers before V7 have in common. The other side
// names the tx of departure.
func (b *bridgeReader) multichain(l *eventLog, c *Crossing, token, from common.Hash, amount uint256.Int, to common.Hash) bool {
	c.toEVM(l.number(to))
	c.Depositor = l.address(from)
	b.anyToken(c, l.address(token), amount)
	c.ID = strings.ToLower(l.TxHash.Hex())
	recipient, err := ParseAddress(c.Recipient)
	if pays := bridgeContractsOf(c.DestinationChainID, roleMultichain); len(pays) > 0 && err == nil {
		c.Arrival = Arrival{
			Contracts: pays, Topics: [][]common.Hash{{topicMultichainIn}, {l.TxHash}, nil, {addressWord(recipient)}},
			Words: []DataWord{{1, numberTopic(b.chainID)}}, Seconds: 30 * bridgeDay,
		}
	}
	return true
}

// anyToken finds what was given for a token of the bridge: another, which that
// token's contract then keeps, or the token itself, which is burnt.
func (b *bridgeReader) anyToken(c *Crossing, token common.Address, amount uint256.Int) {
	c.Units = amount
	given, _ := b.given(token, func(u uint256.Int) bool { return u == amount })
	if given.IsZero() || given == Token(b.chainID, token) {
		c.Asset = Token(b.chainID, token)
		return
	}
	c.Asset, c.Escrow = given, token
}

// readMultichainV7 reads topics swapoutID, token, from; words receiver, amount,
// toChainID.
func readMultichainV7(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toText(string(l.bytes(0)))
	c.toEVM(l.number(l.word(2)))
	c.Depositor = l.address(l.topic(3))
	b.anyToken(c, l.address(l.topic(2)), units(l.word(1)))
	c.ID = strings.ToLower(l.topic(1).Hex())
	if pays := bridgeContractsOf(c.DestinationChainID, roleMultichainV7); len(pays) > 0 {
		c.Arrival = Arrival{Contracts: pays, Topics: [][]common.Hash{{topicMultichainV7In}, {l.topic(1)}}, Seconds: 30 * bridgeDay}
	}
	return true
}
