package chain

import (
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/holiman/uint256"
)

// polygon events: maticnetwork/pos-portal (predicates, ChildChainManager),
// maticnetwork/contracts (DepositManager, WithdrawManager, StateSender, MRC20)
// and 0xPolygon/fx-portal.
func polygonEvents() []bridgeEvent {
	const name = "Polygon PoS bridge"
	return []bridgeEvent{
		newBridgeEvent(name, rolePolygon, "LockedEther(address,address,uint256)", 2, readLockedEther),
		newBridgeEvent(name, rolePolygon, "LockedERC20(address,address,address,uint256)", 3, readLockedToken),
		newBridgeEvent(name, rolePolygon, "LockedMintableERC20(address,address,address,uint256)", 3, readLockedToken),
		newBridgeEvent(name, rolePolygon, "NewDepositBlock(address,address,uint256,uint256)", 2, readPlasmaDeposit),
		newBridgeEvent(name, rolePolygonChild, sigTransfer, 2, readPolygonBurn),
		newBridgeEvent(name, rolePolygonCoin, "Withdraw(address,address,uint256,uint256,uint256)", 2, readPlasmaWithdrawal),
		newBridgeEvent("Polygon Fx tunnel", roleFxTunnel, "FxDepositERC20(address,address,address,uint256)", 3, readFxDeposit),
	}
}

var (
	topicExitedEther    = topicOf("ExitedEther(address,uint256)")
	topicPlasmaExited   = topicOf("Withdraw(uint256,address,address,uint256)")
	topicStateSynced    = topicOf("StateSynced(uint256,address,bytes)")
	topicStateCommitted = topicOf("StateCommitted(uint256,bool)")
)

// polygonID is Polygon PoS; its state receiver is part of its genesis.
const polygonID = 137

var polygonStateReceiver = common.HexToAddress("0x0000000000000000000000000000000000001001")

// The predicates, by which the mapping of tokens calls ether, and where that
// mapping is kept on Polygon: childToRootToken(address).
var (
	polygonEtherPredicate = common.HexToAddress("0x8484ef722627bf18ca5ae6bcf031c23e6e922b30")
	polygonTokenPredicate = common.HexToAddress("0x40ec5b33f54e0e8a33a975908c5ba1c14e5bbbdf")
	polygonMintPredicate  = common.HexToAddress("0x9923263fa127b3d1484cfd649df8f1831c2a74e4")
	polygonEther          = common.HexToAddress("0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee")
	polygonChildManager   = common.HexToAddress("0xa6fa4fb5f76172d178d61b04b0ecd319c5d1c0aa")
)

// readPolygonBurn reads topics from, to; the word value. Every token burns so,
// whatever for; the bridge's own are those that its mapping knows. The exit
// pays on Ethereum whom the burn names as sender (ERC20Predicate.exitTokens).
func readPolygonBurn(b *bridgeReader, l *eventLog, c *Crossing) bool {
	if b.chainID != polygonID || l.topic(2) != (common.Hash{}) {
		return false
	}
	c.toEVM(1)
	c.Depositor = l.address(l.topic(1))
	c.toAddress(c.Depositor)
	c.Asset, c.Units = b.token(l.Address), units(l.word(0))
	c.ReceivedUnits = c.Units
	if c.Units.IsZero() || c.Depositor == (common.Address{}) {
		return false
	}
	block := l.BlockNumber
	c.Mapping = &Mapping{
		Contract: polygonChildManager, Input: append(crypto.Keccak256([]byte("childToRootToken(address)"))[:4], common.LeftPadBytes(l.Address[:], 32)...),
		mapped: func(c *Crossing, root common.Address) { c.polygonExit(root, block) },
	}
	return true
}

// polygonExit is the exit of a burn: the predicate pays out, in a tx that is
// given the receipt of the burn with the number of its block and then the time,
// which has four bytes (ExitPayloadReader.sol).
func (c *Crossing) polygonExit(root common.Address, block uint64) {
	amount := c.Units.Bytes32()
	c.Arrival = Arrival{
		Contracts: []common.Address{polygonEtherPredicate}, Topics: [][]common.Hash{{topicExitedEther}, {addressWord(c.Depositor)}},
		Words: []DataWord{{0, amount}}, Seconds: 90 * bridgeDay,
		InputHolds: append(rlp.AppendUint64(nil, block), 0x84),
	}
	if root == polygonEther {
		c.Received = NativeAsset(1)
		return
	}
	c.received(root, c.Units)
	c.Arrival.Contracts = []common.Address{root}
	// The predicate of tokens that are minted on Polygon mints what it lacks to
	// itself first (MintableERC20Predicate.exitTokens).
	c.Arrival.Topics = [][]common.Hash{
		{TopicTransfer}, {addressWord(polygonTokenPredicate), addressWord(polygonMintPredicate)}, {addressWord(c.Depositor)},
	}
}

// readPlasmaWithdrawal reads topics token, from; words amount, input1, output1.
// Since MATIC became POL the exit of the one pays the other, so what is to come
// out is not told.
func readPlasmaWithdrawal(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toEVM(1)
	c.Depositor = l.address(l.topic(2))
	c.toAddress(c.Depositor)
	c.Units = units(l.word(0))
	c.ReceivedUnits = c.Units
	l.word(2)
	if c.Asset = b.token(l.Address); isBridgeContract(b.chainID, l.Address, rolePolygonCoin) {
		c.Asset = NativeAsset(b.chainID)
	}
	if managers := bridgeContractsOf(1, rolePlasmaManager); b.chainID == polygonID {
		c.Arrival = Arrival{
			Contracts: managers, Topics: [][]common.Hash{{topicPlasmaExited}, nil, {l.topic(2)}, {l.topic(1)}},
			Words: []DataWord{{0, l.word(0)}}, Seconds: 90 * bridgeDay, exit: &plasmaExit{block: l.BlockNumber},
		}
	}
	return true
}

// plasmaExit is the block that an exit's id names: 95 bits behind the 33 for
// the place in the block (WithdrawManager.verifyInclusion).
type plasmaExit struct{ block uint64 }

func (x *plasmaExit) holds(l *types.Log) bool {
	id := units(l.Topics[1])
	id.Rsh(&id, 33)
	id.And(&id, new(uint256.Int).Sub(new(uint256.Int).Lsh(uint256.NewInt(1), 95), uint256.NewInt(1)))
	return id.IsUint64() && id.Uint64() == x.block
}

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
// amount: of tokens that are locked, and of those that are minted on Polygon.
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
