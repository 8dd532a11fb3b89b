package chain

import (
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
)

// zksync events: matter-labs/era-contracts. Of the three designs that followed
// each other: Era's own contract for ether and its bridge for tokens, the shared
// bridge of 2024, and the vault of 2025. A deposit names its tx on the other side.
// A withdrawal is named there by nothing but whom it pays and how much: of two that
// are equal nobody can say which is which. The vault serves other chains as well;
// what goes to those is told and not followed. Chains of the same make have
// contracts that log the same, so that a stranger's word tells nothing.
func zkSyncEvents() []bridgeEvent {
	const name = "ZKsync bridge"
	events := []bridgeEvent{
		newBridgeEvent(name, roleZkMailbox, sigZkRequest, 0, readZkRequest),
		newBridgeEvent(name, roleZkLegacy, "DepositInitiated(bytes32,address,address,address,uint256)", 3, readZkLegacyDeposit),
		newBridgeEvent(name, roleZkShared, "BridgehubDepositInitiated(uint256,bytes32,address,address,address,uint256)", 3, readZkSharedDeposit),
		newBridgeEvent(name, roleZkVault, sigZkBurn, 3, readZkBurn),
		newBridgeEvent(name, roleZkCoin, "Withdrawal(address,address,uint256)", 2, readZkEther),
		newBridgeEvent(name, roleZkCoin, "WithdrawalWithMessage(address,address,uint256,bytes)", 2, readZkEther),
		newBridgeEvent(name, roleZkLegacy, "WithdrawalInitiated(address,address,address,uint256)", 3, readZkWithdrawal),
	}
	for i := range events {
		read := events[i].read
		events[i].read = func(b *bridgeReader, l *eventLog, c *Crossing) bool { return c.Known && read(b, l, c) }
	}
	return events
}

const (
	sigZkRequest = "NewPriorityRequest(uint256,bytes32,uint64,(uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256,uint256[4],bytes,bytes,uint256[],bytes,bytes),bytes[])"
	sigZkBurn    = "BridgeBurn(uint256,bytes32,address,address,uint256)"
)

var (
	topicZkRequest    = topicOf(sigZkRequest)
	topicZkBurn       = topicOf(sigZkBurn)
	topicZkMint       = topicOf("BridgeMint(uint256,bytes32,address,uint256)")
	topicZkSharedPaid = topicOf("WithdrawalFinalizedSharedBridge(uint256,address,address,uint256)")
	topicZkLegacyPaid = topicOf("WithdrawalFinalized(address,address,uint256)")
	topicZkEtherPaid  = topicOf("EthWithdrawalFinalized(address,uint256)")
)

// zkSyncID is ZKsync Era.
const zkSyncID = 324

// The address by which the bridges call ether, the vault's on ZKsync, and by what
// the vaults call ether.
var (
	zkEther        = common.HexToAddress("0x0000000000000000000000000000000000000001")
	zkVault        = common.HexToAddress("0x0000000000000000000000000000000000010004")
	zkEtherOfVault = zkAssetID(zkEther)
)

// zkAssetID is by what the vaults call a token of Ethereum
// (DataEncoding.encodeNTVAssetId).
func zkAssetID(token common.Address) common.Hash {
	home, vault, word := numberTopic(1), addressWord(zkVault), addressWord(token)
	return crypto.Keccak256Hash(home[:], vault[:], word[:])
}

// readZkRequest reads words txId, txHash, expiration, and the tx on the other side:
// among its words sender, recipient, value, and all that was given for it, fees
// included. Tokens are told by their bridges, whose requests carry no value.
func readZkRequest(b *bridgeReader, l *eventLog, c *Crossing) bool {
	tx := l.tuple(3)
	if tx == nil {
		return false
	}
	from, to, value, given := tx.address(tx.word(1)), tx.address(tx.word(2)), units(tx.word(9)), units(tx.word(10))
	if l.short = l.short || tx.short; value.IsZero() {
		return false
	}
	c.toEVM(zkSyncID)
	c.Depositor = from
	c.toAddress(to)
	c.ether(b.chainID, value)
	c.Units = given
	c.zkTx(l.word(1))
	return true
}

// zkTx is an arrival by the tx that a deposit names.
func (c *Crossing) zkTx(tx common.Hash) {
	c.ID = tx.Hex()
	c.Arrival = Arrival{Tx: tx, Seconds: bridgeDay}
}

// zkRequested finds the request that carries a deposit: it is made next.
func (b *bridgeReader) zkRequested(c *Crossing) {
	request := b.after(func(o *types.Log) bool {
		return len(o.Topics) == 1 && o.Topics[0] == topicZkRequest && isBridgeContract(b.chainID, o.Address, roleZkMailbox)
	})
	if request == nil || c.DestinationChainID != zkSyncID {
		return
	}
	if l := (&eventLog{Log: request}); l.word(1) != (common.Hash{}) {
		c.zkTx(l.word(1))
	}
}

// zkVaultTold reports whether a vault took in something in the tx: the bridge of
// before hands on to it, and both tell.
func (b *bridgeReader) zkVaultTold() bool {
	return slices.ContainsFunc(b.logs, func(o *types.Log) bool {
		return len(o.Topics) == 4 && o.Topics[0] == topicZkBurn && isBridgeContract(b.chainID, o.Address, roleZkVault)
	})
}

// readZkLegacyDeposit reads topics l2DepositTxHash, from, to; words l1Token, amount.
func readZkLegacyDeposit(b *bridgeReader, l *eventLog, c *Crossing) bool {
	if b.zkVaultTold() {
		return false
	}
	c.toEVM(zkSyncID)
	c.Depositor = l.address(l.topic(2))
	c.toAddress(l.address(l.topic(3)))
	c.Asset, c.Units = b.token(l.address(l.word(0))), units(l.word(1))
	c.ReceivedUnits = c.Units
	c.zkTx(l.topic(1))
	return true
}

// readZkSharedDeposit reads topics chainId, txDataHash, from; words to, l1Token,
// amount.
func readZkSharedDeposit(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toEVM(l.number(l.topic(1)))
	c.Depositor = l.address(l.topic(3))
	c.toAddress(l.address(l.word(0)))
	c.Asset, c.Units = b.token(l.address(l.word(1))), units(l.word(2))
	if l.address(l.word(1)) == zkEther {
		c.Asset = NativeAsset(b.chainID)
	}
	c.ReceivedUnits = c.Units
	b.zkRequested(c)
	return true
}

// readZkBurn reads topics chainId, assetId, sender; words receiver, amount: what a
// vault took in for another chain. Of ether for a chain whose coin it is the vault
// names no receiver, and the request tells of it.
func readZkBurn(b *bridgeReader, l *eventLog, c *Crossing) bool {
	receiver := l.address(l.word(0))
	if receiver == (common.Address{}) || l.topic(2) == zkEtherOfVault && b.chainID == 1 && l.number(l.topic(1)) == zkSyncID {
		return false
	}
	c.toEVM(l.number(l.topic(1)))
	c.Depositor = l.address(l.topic(3))
	c.toAddress(receiver)
	c.Units = units(l.word(1))
	c.ReceivedUnits = c.Units
	if b.chainID == zkSyncID {
		c.zkExit(zkExit{to: l.word(0), amount: c.Units, asset: l.topic(2)})
		c.Asset = b.zkBurnt(c)
		return true
	}
	c.Asset = b.zkGiven(l.topic(2))
	b.zkRequested(c)
	return true
}

// zkGiven is the asset of Ethereum that the vault calls by an id: of the tokens
// that moved in the tx the one which has it.
func (b *bridgeReader) zkGiven(id common.Hash) AssetID {
	if id == zkEtherOfVault {
		return NativeAsset(b.chainID)
	}
	for _, o := range b.logs {
		if isTokenTransfer(o) && zkAssetID(o.Address) == id {
			return Token(b.chainID, o.Address)
		}
	}
	return AssetID{}
}

// zkBurnt is the first token of which as many units left the sender in the tx: the
// log names it only by an id made from its address on Ethereum.
func (b *bridgeReader) zkBurnt(c *Crossing) AssetID {
	for _, o := range b.logs {
		if isTokenTransfer(o) && o.Topics[1] == addressWord(c.Depositor) && units(common.BytesToHash(o.Data)) == c.Units {
			return Token(b.chainID, o.Address)
		}
	}
	return AssetID{}
}

func isTokenTransfer(l *types.Log) bool {
	return len(l.Topics) == 3 && l.Topics[0] == TopicTransfer && len(l.Data) == 32
}

// readZkEther reads topics l2Sender, l1Receiver; the word amount.
func readZkEther(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toEVM(1)
	c.Depositor = l.address(l.topic(1))
	c.toAddress(l.address(l.topic(2)))
	c.ether(b.chainID, units(l.word(0)))
	c.zkExit(zkExit{to: l.topic(2), amount: c.Units, asset: zkEtherOfVault})
	return true
}

// readZkWithdrawal reads topics l2Sender, l1Receiver, l2Token; the word amount.
func readZkWithdrawal(b *bridgeReader, l *eventLog, c *Crossing) bool {
	if b.zkVaultTold() {
		return false
	}
	c.toEVM(1)
	c.Depositor = l.address(l.topic(1))
	c.toAddress(l.address(l.topic(2)))
	c.Asset, c.Units = b.token(l.address(l.topic(3))), units(l.word(0))
	c.ReceivedUnits = c.Units
	c.zkExit(zkExit{to: l.topic(2), amount: c.Units})
	return true
}

// zkExit is what the payment of a withdrawal says, by whichever contract pays.
type zkExit struct {
	to     common.Hash
	amount uint256.Int
	asset  common.Hash // as the vault calls it; zero for some token
}

func (c *Crossing) zkExit(x zkExit) {
	contracts := bridgeContractsOf(1, roleZkVault)
	for _, role := range [...]bridgeRole{roleZkMailbox, roleZkLegacy, roleZkShared} {
		contracts = append(contracts, bridgeContractsOf(1, role)...)
	}
	c.Arrival = Arrival{
		Contracts: contracts,
		Topics: [][]common.Hash{
			{topicZkMint, topicZkSharedPaid, topicZkLegacyPaid, topicZkEtherPaid}, {numberTopic(zkSyncID), x.to},
		},
		Seconds: 60 * bridgeDay, Sole: true, exit: &x,
	}
}

// holds reads, each with the amount behind: of the vault topics chainId, assetId and
// the receiver, which may be a word; of the shared bridge topics chainId, to, l1Token;
// of the bridge before it to, l1Token; of Era's contract to.
func (x *zkExit) holds(o *types.Log) bool {
	l := &eventLog{Log: o}
	era, ether := numberTopic(zkSyncID), x.asset == zkEtherOfVault
	amount, fits := l.word(0), false
	switch n := len(l.Topics); l.topic(0) {
	case topicZkMint:
		to := l.word(0)
		if n == 4 {
			to = l.topic(3)
		} else {
			amount = l.word(1)
		}
		fits = n >= 3 && l.topic(1) == era && to == x.to && (x.asset == (common.Hash{}) || l.topic(2) == x.asset)
	case topicZkSharedPaid:
		fits = n == 4 && l.topic(1) == era && l.topic(2) == x.to && (l.topic(3) == addressWord(zkEther)) == ether
	case topicZkLegacyPaid:
		fits = n == 3 && l.topic(1) == x.to && !ether
	case topicZkEtherPaid:
		fits = n == 2 && l.topic(1) == x.to && ether
	}
	return fits && !l.short && units(amount) == x.amount
}
