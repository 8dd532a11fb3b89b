package chain

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// mantle events: mantlenetworkio/mantle-v2, packages/contracts-bedrock. Mantle is
// of the OP Stack with a coin of its own: its standard bridge says of ether and
// tokens what the others say, and is read with them. Of its messages the layout is
// another: each carries an amount of MNT and one of ether, and the portal's has
// changed, so that a deposit is named by its message and not by its tx. What is
// given straight to the portal, and what crossed before the version of 2024, is
// named by nothing.
func mantleEvents() []bridgeEvent {
	const name = "OP Stack bridge"
	return []bridgeEvent{
		newBridgeEvent(name, roleOPBridge, "MNTDepositInitiated(address,address,uint256,bytes)", 2, readMNTDeposit),
		newBridgeEvent(name, roleMantlePasser, sigMantlePassed, 3, readMantleMessage),
	}
}

const sigMantlePassed = "MessagePassed(uint256,address,address,uint256,uint256,uint256,bytes,bytes32)"

var (
	topicMantlePassed    = topicOf(sigMantlePassed)
	topicMantleSent      = topicOf("SentMessage(address,address,bytes,uint256,uint256)")
	topicMantleSentValue = topicOf("SentMessageExtension1(address,uint256,uint256)")
	topicMantleRelayed   = topicOf("RelayedMessage(bytes32)")
)

// mantleID is Mantle. Its coin is a token of Ethereum, and ether a token of it,
// at an address that its genesis has (Predeploys.sol).
const mantleID = 5000

var (
	mantleToken = common.HexToAddress("0x3c3a81e81dc49a522a592e7622a7e711c06bf354")
	mantleEther = common.HexToAddress("0xdeaddeaddeaddeaddeaddeaddeaddeaddead1111")
)

// opEther is what the standard bridges give for ether on a chain.
func opEther(chainID uint64) AssetID {
	if chainID == mantleID {
		return Token(mantleID, mantleEther)
	}
	return NativeAsset(chainID)
}

// readMNTDeposit reads topics from, to; words amount and extraData.
func readMNTDeposit(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toPeer(b.chainID, l.Address, roleOPBridge)
	c.Depositor = l.address(l.topic(1))
	c.toAddress(l.address(l.topic(2)))
	l.bytes(1)
	c.mantleCoin(b.chainID, l.word(0))
	b.opArrival(l, c)
	return c.DestinationChainID != 0 || !c.Known
}

// mantleCoin is MNT on either side.
func (c *Crossing) mantleCoin(from uint64, amount common.Hash) {
	c.Asset, c.Received = Token(1, mantleToken), NativeAsset(mantleID)
	if from == mantleID {
		c.Asset, c.Received = c.Received, c.Asset
	}
	c.Units, c.ReceivedUnits = units(amount), units(amount)
}

// readMantleMessage reads topics nonce, sender, target; words mntValue, ethValue,
// gasLimit, data, withdrawalHash. What the messenger sends has been told.
func readMantleMessage(b *bridgeReader, l *eventLog, c *Crossing) bool {
	sender, coin, ether := l.address(l.topic(2)), units(l.word(0)), units(l.word(1))
	withdrawal := l.word(4)
	if sender == opMessenger || coin.IsZero() && ether.IsZero() {
		return false
	}
	c.toPeer(b.chainID, l.Address, roleMantlePasser)
	c.Depositor = sender
	c.toAddress(l.address(l.topic(3)))
	if c.mantleCoin(mantleID, l.word(0)); coin.IsZero() {
		c.ether(mantleID, ether)
	}
	c.opWithdrawal(b.chainID, withdrawal)
	return c.DestinationChainID != 0 || !c.Known
}

// mantleRelay finds the relaying of a message that the messenger tells of in two
// logs: topic target; words sender, message, nonce, gasLimit; and behind it, topic
// sender, words mntValue, ethValue. The other messenger names it by the hash of
// the call (Encoding.encodeCrossDomainMessageV1).
func (b *bridgeReader) mantleRelay(sent *types.Log, c *Crossing) {
	behind := slices.Index(b.logs, sent) + 1
	if behind == 0 || behind == len(b.logs) {
		return
	}
	value := b.logs[behind]
	if value.Address != sent.Address || len(value.Topics) != 2 || value.Topics[0] != topicMantleSentValue {
		return
	}
	l, v := &eventLog{Log: sent}, &eventLog{Log: value}
	hash := relayHash("relayMessage(uint256,address,address,uint256,uint256,uint256,bytes)",
		l.bytes(1), l.word(2), l.word(0), l.topic(1), v.word(0), v.word(1), l.word(3))
	if l.short || v.short {
		return
	}
	c.ID = hash.Hex()
	c.Arrival = Arrival{
		Contracts: bridgeContractsOf(c.DestinationChainID, roleMantleMessenger), Topics: [][]common.Hash{{topicMantleRelayed}, {hash}}, Seconds: bridgeDay,
	}
}

// relayHash is the hash of a call whose arguments are words and, last, the bytes
// of a message.
func relayHash(signature string, message []byte, words ...common.Hash) common.Hash {
	call := crypto.Keccak256([]byte(signature))[:4]
	for _, w := range append(words, numberTopic(32*uint64(len(words)+1)), numberTopic(uint64(len(message)))) {
		call = append(call, w[:]...)
	}
	call = append(call, message...)
	return crypto.Keccak256Hash(append(call, make([]byte, (32-len(message)%32)%32)...))
}
