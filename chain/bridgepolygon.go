package chain

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
)

// polygon events: maticnetwork/pos-portal (predicates),
// maticnetwork/contracts (DepositManager, StateSender) and
// 0xPolygon/fx-portal. Withdrawals burn on Polygon and name nobody.
func polygonEvents() []bridgeEvent {
	const name = "Polygon PoS bridge"
	return []bridgeEvent{
		newBridgeEvent(name, rolePolygon, "LockedEther(address,address,uint256)", 2, readLockedEther),
		newBridgeEvent(name, rolePolygon, "LockedERC20(address,address,address,uint256)", 3, readLockedToken),
		newBridgeEvent(name, rolePolygon, "NewDepositBlock(address,address,uint256,uint256)", 2, readPlasmaDeposit),
		newBridgeEvent("Polygon Fx tunnel", roleFxTunnel, "FxDepositERC20(address,address,address,uint256)", 3, readFxDeposit),
	}
}

var (
	topicStateSynced    = topicOf("StateSynced(uint256,address,bytes)")
	topicStateCommitted = topicOf("StateCommitted(uint256,bool)")
)

// polygonID is Polygon PoS; its state receiver is part of its genesis.
const polygonID = 137

var polygonStateReceiver = common.HexToAddress("0x0000000000000000000000000000000000001001")

// readLockedEther reads topics depositor, depositReceiver; the word amount.
func readLockedEther(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toEVM(polygonID)
	c.Depositor = l.address(l.topic(1))
	c.toAddress(l.address(l.topic(2)))
	c.Asset, c.Units = NativeAsset(b.chainID), units(l.word(0))
	c.ReceivedUnits = c.Units
	b.stateSync(c)
	return true
}

// readLockedToken reads topics depositor, depositReceiver, rootToken; the word
// amount.
func readLockedToken(b *bridgeReader, l *eventLog, c *Crossing) bool {
	return b.polygonToken(c, l.address(l.topic(1)), l.address(l.topic(2)), l.address(l.topic(3)), units(l.word(0)))
}

func (b *bridgeReader) polygonToken(c *Crossing, depositor, recipient, token common.Address, amount uint256.Int) bool {
	c.toEVM(polygonID)
	c.Depositor = depositor
	c.toAddress(recipient)
	c.Asset, c.Units, c.ReceivedUnits = b.token(token), amount, amount
	b.stateSync(c)
	return true
}

// readPlasmaDeposit reads topics owner, token; words amount, depositBlockId.
// The owner is who gets it on Polygon.
func readPlasmaDeposit(b *bridgeReader, l *eventLog, c *Crossing) bool {
	l.word(1)
	return b.polygonToken(c, common.Address{}, l.address(l.topic(1)), l.address(l.topic(2)), units(l.word(0)))
}

// readFxDeposit reads topics rootToken, depositor, userAddress; the word
// amount. Every token has a tunnel of its own that anybody may set up, so none
// of them is among the bridge's known contracts.
func readFxDeposit(b *bridgeReader, l *eventLog, c *Crossing) bool {
	return b.polygonToken(c, l.address(l.topic(2)), l.address(l.topic(3)), l.address(l.topic(1)), units(l.word(0)))
}

// stateSync finds the message to Polygon, which follows the lock. Polygon
// tells by its number when it has been acted upon.
func (b *bridgeReader) stateSync(c *Crossing) {
	synced := b.after(func(o *types.Log) bool {
		return len(o.Topics) == 3 && o.Topics[0] == topicStateSynced && isBridgeContract(b.chainID, o.Address, roleStateSender)
	})
	if synced == nil {
		return
	}
	number := units(synced.Topics[1])
	c.ID = number.Dec()
	c.Arrival = Arrival{
		Contracts: []common.Address{polygonStateReceiver},
		Topics:    [][]common.Hash{{topicStateCommitted}, {synced.Topics[1]}}, Seconds: 7 * bridgeDay,
	}
}
