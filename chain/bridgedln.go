package chain

import (
	"strings"

	"github.com/ethereum/go-ethereum/common"
)

// dln events: debridge-finance/dln-contracts, DlnSource and DlnDestination.
// Both sides log the whole order; the metadata was added later on the one, the
// amount that was paid on the other.
func dlnEvents() []bridgeEvent {
	const name = "deBridge DLN"
	const order = "(uint64,bytes,uint256,bytes,uint256,uint256,bytes,uint256,bytes,bytes,bytes,bytes,bytes,bytes)"
	return []bridgeEvent{
		newBridgeEvent(name, roleDLNSource, "CreatedOrder("+order+",bytes32,bytes,uint256,uint256,uint32,bytes)", 0, readDLN),
		newBridgeEvent(name, roleDLNSource, "CreatedOrder("+order+",bytes32,bytes,uint256,uint256,uint32)", 0, readDLN),
	}
}

var topicsDLNFulfilled = []common.Hash{
	topicOf("FulfilledOrder((uint64,bytes,uint256,bytes,uint256,uint256,bytes,uint256,bytes,bytes,bytes,bytes,bytes,bytes),bytes32,uint256,address,address)"),
	topicOf("FulfilledOrder((uint64,bytes,uint256,bytes,uint256,uint256,bytes,uint256,bytes,bytes,bytes,bytes,bytes,bytes),bytes32,address,address)"),
}

// dlnChains are deBridge's own numbers of chains that are no EVM.
var dlnChains = map[uint64]string{7565164: "solana"}

// readDLN reads the order, whose place stands in word 0, and the word orderId.
// Of the order it takes words 1 makerSrc, 3 giveTokenAddress, 4 giveAmount, 5
// takeChainId, 6 takeTokenAddress, 7 takeAmount, 8 receiverDst. Somebody else
// pays the recipient at once, and is paid from the order.
func readDLN(b *bridgeReader, l *eventLog, c *Crossing) bool {
	order := l.tuple(0)
	if l.short {
		return false
	}
	switch to := order.number(order.word(5)); {
	case dlnChains[to] != "":
		c.toName(dlnChains[to])
	case to >= 100_000_000: // chains with an EIP-155 id above the limit have a number of deBridge's
		c.toDomain("debridge", to, nil)
	default:
		c.toEVM(to)
	}
	c.toBytes(order.bytes(8))
	if maker := order.bytes(1); len(maker) == common.AddressLength {
		c.Depositor = common.BytesToAddress(maker)
	}
	c.Asset, c.Units = b.token(common.BytesToAddress(order.bytes(3))), units(order.word(4))
	if take := order.bytes(6); len(take) == common.AddressLength && c.DestinationChainID != 0 {
		c.Received, c.ReceivedUnits = tokenOf(c.DestinationChainID, common.BytesToAddress(take)), units(order.word(7))
	}
	l.short = l.short || order.short
	c.ID = strings.ToLower(l.word(1).Hex())
	if pays := bridgeContractsOf(c.DestinationChainID, roleDLNDestination); len(pays) > 0 {
		c.Arrival = Arrival{
			Contracts: pays, Topics: [][]common.Hash{topicsDLNFulfilled}, Words: []DataWord{{1, l.word(1)}}, Seconds: 7 * bridgeDay,
		}
	}
	return true
}

// toBytes names the recipient by as many bytes as its chain's addresses have:
// 20 of an EVM chain, 32, or the text.
func (c *Crossing) toBytes(b []byte) {
	switch {
	case len(b) == common.AddressLength:
		c.toAddress(common.BytesToAddress(b))
	case len(b) == common.HashLength:
		c.to(common.BytesToHash(b))
	default:
		c.Recipient = Printable(string(b), 120)
	}
}

// chainflip events: chainflip-io/chainflip-eth-contracts, Vault. What is sent
// to a deposit channel instead is told by no event; and what is paid out names no
// deposit.
func chainflipEvents() []bridgeEvent {
	const name = "Chainflip"
	return []bridgeEvent{
		newBridgeEvent(name, roleChainflip, "SwapNative(uint32,bytes,uint32,uint256,address,bytes)", 1, readChainflipCoin),
		newBridgeEvent(name, roleChainflip, "SwapToken(uint32,bytes,uint32,address,uint256,address,bytes)", 1, readChainflipToken),
		newBridgeEvent(name, roleChainflip, "XCallNative(uint32,bytes,uint32,uint256,address,bytes,uint256,bytes)", 1, readChainflipCoin),
		newBridgeEvent(name, roleChainflip, "XCallToken(uint32,bytes,uint32,address,uint256,address,bytes,uint256,bytes)", 1, readChainflipToken),
	}
}

// chainflipChains are the numbers of chainflip-io/chainflip-backend, chains.rs.
var chainflipChains = map[uint64]string{1: "ethereum", 2: "polkadot", 3: "bitcoin", 4: "arbitrum", 5: "solana", 6: "assethub", 7: "tron", 8: "bsc"}

// readChainflipCoin reads the topic sender; words dstChain, dstAddress,
// dstToken, amount.
func readChainflipCoin(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.Asset, c.Units = NativeAsset(b.chainID), units(l.word(3))
	return c.readChainflip(l)
}

// readChainflipToken reads the topic sender; words dstChain, dstAddress,
// dstToken, srcToken, amount.
func readChainflipToken(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.Asset, c.Units = b.token(l.address(l.word(3))), units(l.word(4))
	return c.readChainflip(l)
}

func (c *Crossing) readChainflip(l *eventLog) bool {
	c.toDomain("chainflip", l.number(l.word(0)), chainflipChains)
	c.toBytes(l.bytes(1))
	c.Depositor = l.address(l.topic(1))
	return true
}

// lifi events: lifinance/contracts, ILiFi. The diamond tells where it sends
// what it is given, by whichever bridge; what that bridge tells itself says more
// and goes before.
func lifiEvents() []bridgeEvent {
	return []bridgeEvent{newBridgeEvent("LI.FI", roleLiFi, "LiFiTransferStarted((bytes32,string,string,address,address,address,uint256,uint256,bool,bool))", 0, readLiFi)}
}

// lifiChains are LI.FI's own numbers (LiFiData.sol).
var lifiChains = map[uint64]string{
	20000000000001: "bitcoin", 20000000000002: "bitcoin-cash", 20000000000003: "litecoin", 20000000000004: "dogecoin",
	1151111081099710: "solana", 9270000000000000: "sui", 1885080386571452: "tron",
}

// lifiAbroad stands for a recipient that is no EVM address (LiFiData.sol).
var lifiAbroad = common.HexToAddress("0x11f111f111f111f111f111f111f111f111f111f1")

// readLiFi reads the struct whose place stands in word 0: words 1 bridge, 4
// sendingAssetId, 5 receiver, 6 minAmount, 7 destinationChainId. The amount is
// the least that may leave.
func readLiFi(b *bridgeReader, l *eventLog, c *Crossing) bool {
	told := l.tuple(0)
	if l.short {
		return false
	}
	c.Bridge += " by " + Printable(string(told.bytes(1)), 40)
	c.Asset, c.Units = b.token(told.address(told.word(4))), units(told.word(6))
	if to := told.number(told.word(7)); to < 1e12 {
		c.toEVM(to)
	} else {
		c.toDomain("li.fi", to, lifiChains)
	}
	if r := told.address(told.word(5)); r != lifiAbroad {
		c.toAddress(r)
	}
	told.word(9)
	l.short = told.short
	c.wrapper = true
	return true
}
