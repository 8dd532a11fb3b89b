package chain

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/holiman/uint256"
)

// arbitrum events: OffchainLabs/nitro-contracts (Bridge, Inbox, Outbox,
// ArbSys) and OffchainLabs/token-bridge-contracts (gateways). The ids of
// messages from before Nitro are made otherwise and are not found.
func arbitrumEvents() []bridgeEvent {
	const name = "Arbitrum bridge"
	return []bridgeEvent{
		newBridgeEvent(name, roleArbInbox, "InboxMessageDelivered(uint256,bytes)", 1, readArbInbox),
		newBridgeEvent(name, roleArbGateway, sigArbDeposit, 3, readArbDeposit),
		newBridgeEvent(name, roleArbGateway, sigArbWithdrawal, 3, readArbWithdrawal),
		newBridgeEvent(name, roleArbSys, sigL2ToL1Tx, 3, readL2ToL1Tx),
	}
}

const (
	sigArbDeposit    = "DepositInitiated(address,address,address,uint256,uint256)"
	sigArbWithdrawal = "WithdrawalInitiated(address,address,address,uint256,uint256,uint256)"
	sigL2ToL1Tx      = "L2ToL1Tx(address,address,uint256,uint256,uint256,uint256,uint256,uint256,bytes)"
)

var (
	topicArbDeposit       = topicOf(sigArbDeposit)
	topicMessageDelivered = topicOf("MessageDelivered(uint256,bytes32,address,uint8,address,bytes32,uint256,uint64)")
	topicInboxDelivered   = topicOf("InboxMessageDelivered(uint256,bytes)")
	topicRedeemScheduled  = topicOf("RedeemScheduled(bytes32,bytes32,uint64,uint64,address,uint256,uint256)")
	topicOutBoxExecuted   = topicOf("OutBoxTransactionExecuted(address,address,uint256,uint256)")
)

// arbRetryable is the precompile that logs which tx redeems a ticket.
var arbRetryable = common.HexToAddress("0x000000000000000000000000000000000000006e")

// The kinds of message (nitro-contracts, MessageTypes.sol).
const (
	arbSubmitRetryable = 9
	arbEthDeposit      = 12
)

// arbMessage is what the rollup's bridge says beside the inbox: topics
// messageIndex, beforeInboxAcc; words inbox, kind, sender, hash, base fee, time.
type arbMessage struct {
	number  common.Hash
	kind    uint64
	sender  common.Address
	baseFee uint256.Int
	data    []byte
}

func (b *bridgeReader) arbMessage(number common.Hash, rollup uint64) (m arbMessage, ok bool) {
	for _, l := range b.logs {
		switch {
		case len(l.Topics) == 3 && l.Topics[0] == topicMessageDelivered && l.Topics[1] == number &&
			bridgePeer(b.chainID, l.Address, roleArbBridge) == rollup:
			e := &eventLog{Log: l}
			m.number, m.kind, m.sender, m.baseFee = number, e.number(e.word(1)), e.address(e.word(2)), units(e.word(4))
			ok = !e.short
		case len(l.Topics) == 2 && l.Topics[0] == topicInboxDelivered && l.Topics[1] == number:
			e := &eventLog{Log: l}
			m.data = e.bytes(0)
		}
	}
	return m, ok
}

func readArbInbox(b *bridgeReader, l *eventLog, c *Crossing) bool {
	l.bytes(0)
	c.toPeer(b.chainID, l.Address, roleArbInbox)
	m, ok := b.arbMessage(l.topic(1), c.DestinationChainID)
	if !ok || c.DestinationChainID == 0 {
		return false
	}
	number := units(m.number)
	c.ID = number.Dec()
	c.Depositor = m.sender
	switch m.kind {
	case arbEthDeposit:
		return c.readArbEther(b.chainID, m)
	case arbSubmitRetryable:
		return b.readArbTicket(m, c)
	}
	return false
}

// readArbEther reads the packed recipient and amount of a deposit, which is a
// tx of type 0x64 on the rollup.
func (c *Crossing) readArbEther(from uint64, m arbMessage) bool {
	if len(m.data) != 52 {
		return false
	}
	to := common.BytesToAddress(m.data[:20])
	var amount uint256.Int
	amount.SetBytes32(m.data[20:])
	c.toAddress(to)
	c.ether(from, amount)
	c.Arrival = Arrival{
		Tx:      typedHash(0x64, new(uint256.Int).SetUint64(c.DestinationChainID), m.number, m.sender, to, &amount),
		Seconds: bridgeDay,
	}
	return true
}

// readArbTicket reads a retryable ticket that carries ether by itself. Those
// of the gateways are told by the gateways.
func (b *bridgeReader) readArbTicket(m arbMessage, c *Crossing) bool {
	t, ok := decodeTicket(m)
	if !ok || t.value.IsZero() || b.ofGateway(m.number) {
		return false
	}
	c.toAddress(t.to)
	c.ether(b.chainID, t.value)
	c.Arrival = t.arrival(c.DestinationChainID)
	return true
}

func (b *bridgeReader) ofGateway(number common.Hash) bool {
	for _, l := range b.logs {
		if len(l.Topics) == 4 && l.Topics[0] == topicArbDeposit && l.Topics[3] == number && isBridgeContract(b.chainID, l.Address, roleArbGateway) {
			return true
		}
	}
	return false
}

// arbTicket is a retryable ticket as the inbox packs it: recipient, value,
// deposit, submission fee, refund addresses, gas, gas price, data.
type arbTicket struct {
	message                       arbMessage
	to, excessRefund, valueRefund common.Address
	value, deposit, submission    uint256.Int
	gas, gasPrice                 uint256.Int
	data                          []byte
}

func decodeTicket(m arbMessage) (arbTicket, bool) {
	e := &eventLog{Log: &types.Log{Data: m.data}}
	t := arbTicket{message: m, to: e.address(e.word(0)), excessRefund: e.address(e.word(4)), valueRefund: e.address(e.word(5))}
	t.value, t.deposit, t.submission = units(e.word(1)), units(e.word(2)), units(e.word(3))
	t.gas, t.gasPrice = units(e.word(6)), units(e.word(7))
	n := e.number(e.word(8))
	if e.short || n != uint64(len(m.data)-288) {
		return arbTicket{}, false
	}
	t.data = m.data[288:]
	return t, true
}

// arrival is the tx that redeems the ticket, which is itself a tx of type 0x69
// (OffchainLabs/arbitrum-sdk, calculateSubmitRetryableId).
func (t *arbTicket) arrival(rollup uint64) Arrival {
	var to []byte
	if t.to != (common.Address{}) {
		to = t.to[:]
	}
	id := typedHash(0x69, new(uint256.Int).SetUint64(rollup), t.message.number, t.message.sender, &t.message.baseFee,
		&t.deposit, &t.gasPrice, &t.gas, to, &t.value, t.valueRefund, &t.submission, t.excessRefund, t.data)
	return Arrival{
		Contracts: []common.Address{arbRetryable}, Topics: [][]common.Hash{{topicRedeemScheduled}, {id}},
		TopicIsTx: 2, Seconds: 8 * bridgeDay,
	}
}

func typedHash(kind byte, fields ...any) common.Hash {
	body, err := rlp.EncodeToBytes(fields)
	if err != nil {
		panic("chain: rollup tx cannot be encoded: " + err.Error())
	}
	return crypto.Keccak256Hash([]byte{kind}, body)
}

// readArbDeposit reads topics from, to, sequenceNumber; words l1Token, amount.
func readArbDeposit(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toPeer(b.chainID, l.Address, roleArbGateway)
	c.Depositor = l.address(l.topic(1))
	c.toAddress(l.address(l.topic(2)))
	c.Asset, c.Units = b.token(l.address(l.word(0))), units(l.word(1))
	number := units(l.topic(3))
	c.ID = number.Dec()
	if m, ok := b.arbMessage(l.topic(3), c.DestinationChainID); ok && m.kind == arbSubmitRetryable {
		if t, ok := decodeTicket(m); ok {
			c.Arrival = t.arrival(c.DestinationChainID)
		}
	}
	return c.DestinationChainID != 0 || !c.Known
}

// readArbWithdrawal reads topics from, to, l2ToL1Id; words l1Token, exitNum,
// amount. What was burnt on the rollup is the token's own copy, which the
// event does not name: it is the one of which so much was burnt before.
func readArbWithdrawal(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toPeer(b.chainID, l.Address, roleArbGateway)
	c.Depositor = l.address(l.topic(1))
	c.toAddress(l.address(l.topic(2)))
	amount := units(l.word(2))
	c.received(l.address(l.word(0)), amount)
	c.Asset, c.Units = b.given(common.Address{}, func(u uint256.Int) bool { return u == amount })
	c.outbox(b.chainID, l.topic(3))
	return c.DestinationChainID != 0 || !c.Known
}

func (c *Crossing) outbox(from uint64, position common.Hash) {
	number := units(position)
	c.ID = number.Dec()
	if boxes := bridgeContractsTo(c.DestinationChainID, roleArbOutbox, from); len(boxes) > 0 {
		c.Arrival = Arrival{
			Contracts: boxes, Topics: [][]common.Hash{{topicOutBoxExecuted}},
			Words: []DataWord{{0, position}}, Seconds: 60 * bridgeDay,
		}
	}
}

// readL2ToL1Tx reads topics destination, hash, position; words caller, two
// block numbers, time, callvalue, data.
func readL2ToL1Tx(b *bridgeReader, l *eventLog, c *Crossing) bool {
	value := units(l.word(4))
	if value.IsZero() {
		return false
	}
	c.toPeer(b.chainID, l.Address, roleArbSys)
	c.Depositor = l.address(l.word(0))
	c.toAddress(l.address(l.topic(1)))
	c.ether(b.chainID, value)
	c.outbox(b.chainID, l.topic(3))
	return c.DestinationChainID != 0 || !c.Known
}
