package chain

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/common"
)

// cctp events: circlefin/evm-cctp-contracts, TokenMessenger and
// TokenMessengerV2. Both burn at one end and mint at the other. The recipient
// of a V1 message that has not arrived may be replaced; the deposit is then
// logged anew, under the same number.
func cctpEvents() []bridgeEvent {
	const name = "CCTP"
	return []bridgeEvent{
		newBridgeEvent(name, roleCCTP, "DepositForBurn(uint64,address,uint256,address,bytes32,uint32,bytes32,bytes32)", 3, readCCTP),
		newBridgeEvent(name, roleCCTPv2, "DepositForBurn(address,uint256,address,bytes32,uint32,bytes32,bytes32,uint256,uint32,bytes)", 3, readCCTPv2),
	}
}

var (
	topicCCTPReceived   = topicOf("MessageReceived(address,uint32,uint64,bytes32,bytes)")
	topicCCTPv2Received = topicOf("MessageReceived(address,uint32,bytes32,bytes32,uint32,bytes)")
)

// readCCTP reads topics nonce, burnToken, depositor; words amount,
// mintRecipient, destinationDomain, destinationTokenMessenger,
// destinationCaller. The nonce counts the messages of the domain.
func readCCTP(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.ID = uint256Text(l.number(l.topic(1)))
	l.word(4)
	b.readBurn(l, l.topic(2), l.topic(3), c)
	own, ok := domainOf(b.chainID, cctpDomains)
	if there := bridgeContractsOf(c.DestinationChainID, roleCCTPTransmitter); ok && len(there) > 0 {
		c.Arrival = Arrival{
			Contracts: there, Topics: [][]common.Hash{{topicCCTPReceived}, nil, {l.topic(1)}},
			Words: []DataWord{{0, numberTopic(own)}}, Seconds: 30 * bridgeDay,
		}
	}
	return true
}

// readBurn reads the words that both versions begin with.
func (b *bridgeReader) readBurn(l *eventLog, token, depositor common.Hash, c *Crossing) {
	c.Depositor = l.address(depositor)
	c.Asset, c.Units = b.token(l.address(token)), units(l.word(0))
	c.toDomain("cctp", l.number(l.word(2)), cctpDomains)
	c.to(l.word(1))
}

// readCCTPv2 reads topics burnToken, depositor, minFinalityThreshold; words
// amount, mintRecipient, destinationDomain, destinationTokenMessenger,
// destinationCaller, maxFee and the hook's data. A message gets its number off
// the chain, so the arrival is known by what it repeats, and by that alone.
func readCCTPv2(b *bridgeReader, l *eventLog, c *Crossing) bool {
	l.bytes(6)
	b.readBurn(l, l.topic(1), l.topic(2), c)
	own, ok := domainOf(b.chainID, cctpDomains)
	if there := bridgeContractsOf(c.DestinationChainID, roleCCTPv2Transmitter); ok && len(there) > 0 {
		c.Arrival = Arrival{
			Contracts: there, Topics: [][]common.Hash{{topicCCTPv2Received}},
			Words: append([]DataWord{{0, numberTopic(own)}, {1, addressWord(l.Address)}}, burnWords(l)...), Seconds: bridgeDay, Sole: true,
		}
	}
	return true
}

// burnWords are the words of the arrival's log in which the burn message
// (BurnMessageV2.sol) stands, from word 4: its version, burnToken,
// mintRecipient, amount, messageSender, and of maxFee all but the last four
// bytes, which share a word with a fee that is set later.
func burnWords(l *eventLog) []DataWord {
	body := binary.BigEndian.AppendUint32(nil, 1)
	for _, w := range []common.Hash{l.topic(1), l.word(1), l.word(0), l.topic(2), l.word(5)} {
		body = append(body, w[:]...)
	}
	var words []DataWord
	for i := range len(body) / 32 {
		words = append(words, DataWord{4 + i, common.BytesToHash(body[32*i : 32*i+32])})
	}
	return words
}
