package chain

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/holiman/uint256"
)

// opstack events: ethereum-optimism/optimism, packages/contracts-bedrock. The
// standard bridge says everything twice since Bedrock; its older events are
// read, the newer only where they stand alone.
func opStackEvents() []bridgeEvent {
	const name = "OP Stack bridge"
	return []bridgeEvent{
		newBridgeEvent(name, roleOPBridge, sigETHDeposit, 2, readOPEther),
		newBridgeEvent(name, roleOPBridge, "ETHBridgeInitiated(address,address,uint256,bytes)", 2, readOPEther),
		newBridgeEvent(name, roleOPBridge, sigERC20Deposit, 3, readOPToken),
		newBridgeEvent(name, roleOPBridge, sigOPWithdrawal, 3, readOPToken),
		newBridgeEvent(name, roleOPBridge, "ERC20BridgeInitiated(address,address,address,address,uint256,bytes)", 3, readOPToken),
		newBridgeEvent(name, roleOPPortal, sigOPDeposited, 3, readOPDeposit),
		newBridgeEvent(name, roleOPPasser, sigMessagePassed, 3, readOPMessage),
	}
}

const (
	sigETHDeposit    = "ETHDepositInitiated(address,address,uint256,bytes)"
	sigERC20Deposit  = "ERC20DepositInitiated(address,address,address,address,uint256,bytes)"
	sigOPWithdrawal  = "WithdrawalInitiated(address,address,address,address,uint256,bytes)"
	sigOPDeposited   = "TransactionDeposited(address,address,uint256,bytes)"
	sigMessagePassed = "MessagePassed(uint256,address,address,uint256,uint256,bytes,bytes32)"
)

var (
	topicETHDeposit    = topicOf(sigETHDeposit)
	topicERC20Deposit  = topicOf(sigERC20Deposit)
	topicOPWithdrawal  = topicOf(sigOPWithdrawal)
	topicOPDeposited   = topicOf(sigOPDeposited)
	topicMessagePassed = topicOf(sigMessagePassed)
	topicOPFinalized   = topicOf("WithdrawalFinalized(bytes32,bool)")
)

// The OP Stack's predeploys (specs.optimism.io) and the address by which its
// standard bridge calls ether.
var (
	opMessenger = common.HexToAddress("0x4200000000000000000000000000000000000007")
	opLegacyETH = common.HexToAddress("0xdeaddeaddeaddeaddeaddeaddeaddeaddead0000")
)

// readOPEther reads topics from, to; words amount, extraData.
func readOPEther(b *bridgeReader, l *eventLog, c *Crossing) bool {
	if l.topic(0) != topicETHDeposit && b.toldTwice(l.Log, topicETHDeposit, topicOPWithdrawal) {
		return false
	}
	c.toPeer(b.chainID, l.Address, roleOPBridge)
	c.Depositor = l.address(l.topic(1))
	c.toAddress(l.address(l.topic(2)))
	c.ether(b.chainID, units(l.word(0)))
	b.opArrival(l, c)
	return c.DestinationChainID != 0 || !c.Known
}

func (c *Crossing) ether(chainID uint64, units uint256.Int) {
	c.Asset, c.Units = opEther(chainID), units
	if c.DestinationChainID != 0 {
		c.Received, c.ReceivedUnits = opEther(c.DestinationChainID), units
	}
}

// toldTwice reports whether the emitter tells in the same tx, by one of the
// older events, what the log at work tells.
func (b *bridgeReader) toldTwice(l *types.Log, older ...common.Hash) bool {
	for _, o := range b.logs {
		if o.Address == l.Address && len(o.Topics) > 0 && oneOf(older, o.Topics[0]) {
			return true
		}
	}
	return false
}

// readOPToken reads topics with the two tokens and the sender; words to,
// amount, extraData. Deposits and withdrawals name the L1 token first, the
// newer event the local one.
func readOPToken(b *bridgeReader, l *eventLog, c *Crossing) bool {
	local, remote := l.address(l.topic(1)), l.address(l.topic(2))
	switch l.topic(0) {
	case topicOPWithdrawal:
		local, remote = remote, local
	case topicERC20Deposit:
	default:
		if b.toldTwice(l.Log, topicERC20Deposit, topicOPWithdrawal) {
			return false
		}
	}
	c.toPeer(b.chainID, l.Address, roleOPBridge)
	c.Depositor = l.address(l.topic(3))
	c.toAddress(l.address(l.word(0)))
	amount := units(l.word(1))
	if local == opLegacyETH || b.chainID == mantleID && local == mantleEther {
		c.ether(b.chainID, amount)
	} else {
		c.Asset, c.Units = b.token(local), amount
		c.received(remote, amount)
	}
	b.opArrival(l, c)
	return c.DestinationChainID != 0 || !c.Known
}

// opArrival finds the message that carries what the standard bridge told: it
// is sent next.
func (b *bridgeReader) opArrival(l *eventLog, c *Crossing) {
	carrier := b.after(func(o *types.Log) bool {
		if len(o.Topics) == 2 && o.Topics[0] == topicMantleSent {
			return bridgePeer(b.chainID, o.Address, roleMantleMessenger) == mantleID && c.DestinationChainID == mantleID
		}
		if len(o.Topics) != 4 {
			return false
		}
		switch o.Topics[0] {
		case topicOPDeposited:
			return bridgePeer(b.chainID, o.Address, roleOPPortal) == c.DestinationChainID && c.DestinationChainID != 0
		case topicMessagePassed:
			return isBridgeContract(b.chainID, o.Address, roleOPPasser)
		case topicMantlePassed:
			return isBridgeContract(b.chainID, o.Address, roleMantlePasser)
		}
		return false
	})
	if carrier == nil {
		return
	}
	e := &eventLog{Log: carrier}
	switch carrier.Topics[0] {
	case topicMantleSent:
		b.mantleRelay(carrier, c)
		return
	case topicMessagePassed:
		c.opWithdrawal(b.chainID, e.word(3))
		return
	case topicMantlePassed:
		c.opWithdrawal(b.chainID, e.word(4))
		return
	}
	if d, ok := decodeOPDeposit(carrier); ok {
		c.Arrival = Arrival{Tx: d.hash(), Seconds: bridgeDay}
		c.ID = d.hash().Hex()
	}
}

func (c *Crossing) opWithdrawal(from uint64, withdrawal common.Hash) {
	c.ID = withdrawal.Hex()
	portals := append(bridgeContractsTo(c.DestinationChainID, roleOPPortal, from), bridgeContractsTo(c.DestinationChainID, roleMantlePortal, from)...)
	if len(portals) > 0 {
		c.Arrival = Arrival{
			Contracts: portals, Topics: [][]common.Hash{{topicOPFinalized}, {withdrawal}}, Seconds: 60 * bridgeDay,
		}
	}
}

// readOPDeposit reads a deposit straight through the portal. What the
// messenger sends for the standard bridge has been told by the bridge, and
// what else it sends is a call, not a payment to somebody.
func readOPDeposit(b *bridgeReader, l *eventLog, c *Crossing) bool {
	if isBridgeContract(b.chainID, l.Address, roleMantlePortal) {
		return false
	}
	d, ok := decodeOPDeposit(l.Log)
	if !ok {
		l.short = true
		return false
	}
	if d.creation || d.to == opMessenger || d.mint.IsZero() {
		return false
	}
	c.toPeer(b.chainID, l.Address, roleOPPortal)
	c.Depositor = d.from
	c.toAddress(d.to)
	c.ether(b.chainID, d.mint)
	c.ReceivedUnits = d.value
	c.Arrival = Arrival{Tx: d.hash(), Seconds: bridgeDay}
	c.ID = d.hash().Hex()
	return c.DestinationChainID != 0 || !c.Known
}

// readOPMessage reads topics nonce, sender, target; words value, gasLimit,
// data, withdrawalHash.
func readOPMessage(b *bridgeReader, l *eventLog, c *Crossing) bool {
	sender, value := l.address(l.topic(2)), units(l.word(0))
	withdrawal := l.word(3)
	if sender == opMessenger || value.IsZero() {
		return false
	}
	c.toPeer(b.chainID, l.Address, roleOPPasser)
	c.Depositor = sender
	c.toAddress(l.address(l.topic(3)))
	c.ether(b.chainID, value)
	c.opWithdrawal(b.chainID, withdrawal)
	return c.DestinationChainID != 0 || !c.Known
}

// toPeer sends a crossing to the chain that the contract serves.
func (c *Crossing) toPeer(chainID uint64, emitter common.Address, role bridgeRole) {
	if peer := bridgePeer(chainID, emitter, role); peer != 0 {
		c.toEVM(peer)
	}
}

// opDeposit is a tx that the portal makes on the other chain.
type opDeposit struct {
	blockHash   common.Hash
	logIndex    uint
	from, to    common.Address
	mint, value uint256.Int
	gas         uint64
	creation    bool
	data        []byte
}

// decodeOPDeposit reads TransactionDeposited of version 0: topics from, to,
// version; the data packs mint, value, gas limit, whether it creates, and the
// calldata (specs.optimism.io, deposits).
func decodeOPDeposit(l *types.Log) (opDeposit, bool) {
	if len(l.Topics) != 4 || l.Topics[3] != (common.Hash{}) {
		return opDeposit{}, false
	}
	e := &eventLog{Log: l}
	d := opDeposit{blockHash: l.BlockHash, logIndex: l.Index, from: e.address(l.Topics[1]), to: e.address(l.Topics[2])}
	p := e.bytes(0)
	if e.short || len(p) < 73 {
		return opDeposit{}, false
	}
	d.mint.SetBytes32(p[:32])
	d.value.SetBytes32(p[32:64])
	d.gas, d.creation, d.data = binary.BigEndian.Uint64(p[64:72]), p[72] != 0, p[73:]
	return d, true
}

// hash is that of the tx on the other chain: type 0x7e over source, sender,
// recipient, mint, value, gas, no system tx, data. The source of a deposit is
// named by the L1 block and the place of its log.
func (d *opDeposit) hash() common.Hash {
	index := uint256.NewInt(uint64(d.logIndex)).Bytes32()
	id := crypto.Keccak256(d.blockHash[:], index[:])
	source := crypto.Keccak256Hash(make([]byte, 32), id)
	var to *common.Address
	if !d.creation {
		to = &d.to
	}
	body, err := rlp.EncodeToBytes([]any{source, d.from, optional(to), &d.mint, &d.value, d.gas, false, d.data})
	if err != nil {
		panic("chain: deposit tx cannot be encoded: " + err.Error())
	}
	return crypto.Keccak256Hash([]byte{0x7e}, body)
}

// optional is an address, or nothing, as a tx has its recipient.
func optional(a *common.Address) []byte {
	if a == nil {
		return nil
	}
	return a[:]
}
