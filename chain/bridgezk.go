package chain

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// linea events: Consensys/linea-monorepo, message services and token bridges.
// The receipt of a message on the other side names its hash.
func lineaEvents() []bridgeEvent {
	const name = "Linea bridge"
	return []bridgeEvent{
		newBridgeEvent(name, roleLineaMessages, sigLineaSent, 3, readLineaMessage),
		newBridgeEvent(name, roleLineaTokens, "BridgingInitiatedV2(address,address,address,uint256)", 3, readLineaToken),
	}
}

const sigLineaSent = "MessageSent(address,address,uint256,uint256,uint256,bytes,bytes32)"

var (
	topicLineaSent    = topicOf(sigLineaSent)
	topicLineaClaimed = topicOf("MessageClaimed(bytes32)")
)

// readLineaMessage reads topics from, to, messageHash; words fee, value, nonce
// and the calldata. Messages of the token bridge are told by that.
func readLineaMessage(b *bridgeReader, l *eventLog, c *Crossing) bool {
	from, value := l.address(l.topic(1)), units(l.word(1))
	l.bytes(3)
	c.toPeer(b.chainID, l.Address, roleLineaMessages)
	if value.IsZero() || c.DestinationChainID == 0 || isBridgeContract(b.chainID, from, roleLineaTokens) {
		return false
	}
	c.Depositor = from
	c.toAddress(l.address(l.topic(2)))
	c.ether(b.chainID, value)
	c.lineaClaim(l.topic(3))
	return true
}

func (c *Crossing) lineaClaim(message common.Hash) {
	c.ID = message.Hex()
	c.Arrival = Arrival{
		Contracts: bridgeContractsOf(c.DestinationChainID, roleLineaMessages), Topics: [][]common.Hash{{topicLineaClaimed}, {message}}, Seconds: 60 * bridgeDay,
	}
}

// readLineaToken reads topics sender, recipient, token; the word amount. The
// message that carries it was sent before.
func readLineaToken(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toPeer(b.chainID, l.Address, roleLineaTokens)
	if c.DestinationChainID == 0 {
		return false
	}
	c.Depositor = l.address(l.topic(1))
	c.toAddress(l.address(l.topic(2)))
	c.Asset, c.Units = b.token(l.address(l.topic(3))), units(l.word(0))
	c.ReceivedUnits = c.Units
	sent := b.before(func(o *types.Log) bool {
		return len(o.Topics) == 4 && o.Topics[0] == topicLineaSent && o.Topics[1] == addressWord(l.Address) && isBridgeContract(b.chainID, o.Address, roleLineaMessages)
	})
	if sent != nil {
		c.lineaClaim(sent.Topics[3])
	}
	return true
}

// scroll events: scroll-tech/scroll-contracts, gateways and messengers. A message
// is named on the other side by the hash of the call that relays it.
func scrollEvents() []bridgeEvent {
	const name = "Scroll bridge"
	return []bridgeEvent{
		newBridgeEvent(name, roleScrollMessenger, sigScrollSent, 2, readScrollMessage),
		newBridgeEvent(name, roleScrollGateway, "DepositETH(address,address,uint256,bytes)", 2, readScrollEther),
		newBridgeEvent(name, roleScrollGateway, "WithdrawETH(address,address,uint256,bytes)", 2, readScrollEther),
		newBridgeEvent(name, roleScrollGateway, sigScrollDeposit, 3, readScrollToken),
		newBridgeEvent(name, roleScrollGateway, "WithdrawERC20(address,address,address,address,uint256,bytes)", 3, readScrollToken),
	}
}

const (
	sigScrollSent    = "SentMessage(address,address,uint256,uint256,uint256,bytes)"
	sigScrollDeposit = "DepositERC20(address,address,address,address,uint256,bytes)"
)

var (
	topicScrollSent    = topicOf(sigScrollSent)
	topicScrollDeposit = topicOf(sigScrollDeposit)
	topicScrollRelayed = topicOf("RelayedMessage(bytes32)")
)

// readScrollMessage reads topics sender, target; words value, messageNonce,
// gasLimit and the message. Those of the gateways are told by them.
func readScrollMessage(b *bridgeReader, l *eventLog, c *Crossing) bool {
	sender, value := l.address(l.topic(1)), units(l.word(0))
	c.toPeer(b.chainID, l.Address, roleScrollMessenger)
	if value.IsZero() || c.DestinationChainID == 0 || isBridgeContract(b.chainID, sender, roleScrollGateway) {
		return false
	}
	c.Depositor = sender
	c.toAddress(l.address(l.topic(2)))
	c.ether(b.chainID, value)
	c.scrollRelay(l)
	return true
}

// scrollRelay finds the relaying of a SentMessage: the hash of the call
// relayMessage(sender, target, value, messageNonce, message).
func (c *Crossing) scrollRelay(l *eventLog) {
	hash := relayHash("relayMessage(address,address,uint256,uint256,bytes)", l.bytes(3), l.topic(1), l.topic(2), l.word(0), l.word(1))
	if l.short {
		return
	}
	c.ID = hash.Hex()
	c.Arrival = Arrival{
		Contracts: bridgeContractsOf(c.DestinationChainID, roleScrollMessenger), Topics: [][]common.Hash{{topicScrollRelayed}, {hash}}, Seconds: 60 * bridgeDay,
	}
}

// scrollMessage finds the message that carries what a gateway tells: it was
// sent before.
func (b *bridgeReader) scrollMessage(l *eventLog, c *Crossing) {
	sent := b.before(func(o *types.Log) bool {
		return len(o.Topics) == 3 && o.Topics[0] == topicScrollSent && o.Topics[1] == addressWord(l.Address) && isBridgeContract(b.chainID, o.Address, roleScrollMessenger)
	})
	if sent != nil {
		c.scrollRelay(&eventLog{Log: sent})
	}
}

// readScrollEther reads topics from, to; words amount and data.
func readScrollEther(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toPeer(b.chainID, l.Address, roleScrollGateway)
	if c.DestinationChainID == 0 {
		return false
	}
	c.Depositor = l.address(l.topic(1))
	c.toAddress(l.address(l.topic(2)))
	l.bytes(1)
	c.ether(b.chainID, units(l.word(0)))
	b.scrollMessage(l, c)
	return true
}

// readScrollToken reads topics l1Token, l2Token, from; words to, amount, data.
func readScrollToken(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toPeer(b.chainID, l.Address, roleScrollGateway)
	if c.DestinationChainID == 0 {
		return false
	}
	here, there := l.address(l.topic(1)), l.address(l.topic(2))
	if l.topic(0) != topicScrollDeposit {
		here, there = there, here
	}
	c.Depositor = l.address(l.topic(3))
	c.toAddress(l.address(l.word(0)))
	l.bytes(2)
	c.Asset, c.Units = b.token(here), units(l.word(1))
	c.received(there, c.Units)
	b.scrollMessage(l, c)
	return true
}
