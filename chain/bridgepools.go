package chain

import (
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// bridgeEvents are all events that are read, bridge by bridge.
var bridgeEvents = concat(
	acrossEvents(), layerZeroEvents(), wormholeEvents(), hopEvents(), synapseEvents(),
	celerEvents(), thorchainEvents(), cctpEvents(), opStackEvents(), mantleEvents(), arbitrumEvents(), polygonEvents(),
	dlnEvents(), multichainEvents(), chainflipEvents(), lineaEvents(), scrollEvents(), zkSyncEvents(), lifiEvents(),
)

func concat(lists ...[]bridgeEvent) []bridgeEvent {
	var all []bridgeEvent
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

func topicOf(signature string) common.Hash { return crypto.Keccak256Hash([]byte(signature)) }

// across events: across-protocol/contracts, V3SpokePoolInterface.sol, for V3
// and later; the adapter of DefiLlama's bridges-server for V2 and across's
// migration guide for V2.5.
func acrossEvents() []bridgeEvent {
	const name = "Across"
	return []bridgeEvent{
		newBridgeEvent(name, roleAcross, "FundsDeposited(bytes32,bytes32,uint256,uint256,uint256,uint256,uint32,uint32,uint32,bytes32,bytes32,bytes32,bytes)", 3, readAcross),
		newBridgeEvent(name, roleAcross, "V3FundsDeposited(address,address,uint256,uint256,uint256,uint32,uint32,uint32,uint32,address,address,address,bytes)", 3, readAcross),
		newBridgeEvent(name, roleAcross, "FundsDeposited(uint256,uint256,uint256,int64,uint32,uint32,address,address,address,bytes)", 3, readAcrossV25),
		newBridgeEvent(name, roleAcross, "FundsDeposited(uint256,uint256,uint256,uint64,uint32,uint32,address,address,address)", 3, readAcrossV2),
	}
}

var (
	topicFilledRelay    = topicOf("FilledRelay(bytes32,bytes32,uint256,uint256,uint256,uint256,uint256,uint32,uint32,bytes32,bytes32,bytes32,bytes32,bytes32,(bytes32,bytes32,uint256,uint8))")
	topicFilledV3Relay  = topicOf("FilledV3Relay(address,address,uint256,uint256,uint256,uint256,uint32,uint32,uint32,address,address,address,address,bytes,(address,bytes,uint256,uint8))")
	topicFilledV25Relay = topicOf("FilledRelay(uint256,uint256,uint256,uint256,uint256,uint256,int64,int64,uint32,address,address,address,address,bytes,(address,bytes,int64,bool,int256))")
)

// readAcross reads V3 and what came after it: words inputToken, outputToken,
// inputAmount, outputAmount, three times, recipient; topics
// destinationChainId, depositId, depositor. Addresses may be 32 bytes.
func readAcross(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toEVM(l.number(l.topic(1)))
	c.acrossAbroad()
	depositor := l.topic(3)
	c.Depositor, _ = wordAddress(depositor[:])
	c.Asset, c.Units = b.token(l.address(l.word(0))), units(l.word(2))
	c.to(l.word(7))
	out := l.word(1)
	if a, ok := wordAddress(out[:]); ok {
		c.received(a, units(l.word(3)))
	}
	id := units(l.topic(2))
	c.ID = id.Dec()
	c.Arrival = acrossFill(b.chainID, c.DestinationChainID, l.topic(2), topicFilledRelay, topicFilledV3Relay)
	return true
}

// acrossAbroad gives the chain that is no EVM its name.
func (c *Crossing) acrossAbroad() {
	if c.DestinationChainID == acrossSolana {
		c.DestinationChainID, c.Destination = 0, "solana"
	}
}

// acrossSolana is Across's own number for Solana (li.finance/contracts,
// AcrossFacetV4, and Across's SDK agree).
const acrossSolana = 34268394551451

func acrossFill(from, to uint64, depositID common.Hash, topics ...common.Hash) Arrival {
	pools := bridgeContractsOf(to, roleAcross)
	if len(pools) == 0 {
		return Arrival{}
	}
	return Arrival{
		Contracts: pools, Topics: [][]common.Hash{topics, {numberTopic(from)}, {depositID}}, Seconds: bridgeDay,
	}
}

// readAcrossV25 reads words amount, originChainId, relayerFeePct,
// quoteTimestamp, originToken, recipient; topics destinationChainId,
// depositId, depositor. A deposit could be filled in parts; a part is no more
// than what was paid out in its tx.
func readAcrossV25(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toEVM(l.number(l.topic(1)))
	c.Depositor = l.address(l.topic(3))
	c.Asset, c.Units = b.token(l.address(l.word(4))), units(l.word(0))
	c.toAddress(l.address(l.word(5)))
	id := units(l.topic(2))
	c.ID = id.Dec()
	c.Arrival = acrossFill(b.chainID, c.DestinationChainID, l.topic(2), topicFilledV25Relay)
	return true
}

// readAcrossV2 reads words amount, originChainId, destinationChainId,
// relayerFeePct, quoteTimestamp, recipient; topics depositId, originToken,
// depositor. Its fill has no indexed id and several may belong together, so
// the arrival is not looked for.
func readAcrossV2(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toEVM(l.number(l.word(2)))
	c.Depositor = l.address(l.topic(3))
	c.Asset, c.Units = b.token(l.address(l.topic(2))), units(l.word(0))
	c.toAddress(l.address(l.word(5)))
	id := units(l.topic(1))
	c.ID = id.Dec()
	return true
}

// hop events: hop-protocol/contracts, L1_Bridge and L2_Bridge.
func hopEvents() []bridgeEvent {
	const name = "Hop"
	return []bridgeEvent{
		newBridgeEvent(name, roleHop, "TransferSentToL2(uint256,address,uint256,uint256,uint256,address,uint256)", 3, readHopToL2),
		newBridgeEvent(name, roleHop, "TransferSent(bytes32,uint256,address,uint256,bytes32,uint256,uint256,uint256,uint256)", 3, readHop),
	}
}

var (
	topicHopFromL1 = topicOf("TransferFromL1Completed(address,uint256,uint256,uint256,address,uint256)")
	topicHopBonded = topicOf("WithdrawalBonded(bytes32,uint256)")
)

// readHopToL2 reads topics chainId, recipient, relayer; words amount,
// amountOutMin, deadline, relayerFee. The other side says the same words,
// which together with the recipient tell deposits apart except repeated ones.
func readHopToL2(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toEVM(l.number(l.topic(1)))
	recipient := l.address(l.topic(2))
	c.toAddress(recipient)
	c.Asset, c.Units = bridgedAsset(b.chainID, l.Address), units(l.word(0))
	if c.Asset.IsZero() {
		c.Units.Clear()
	}
	var words []DataWord
	for i := range 4 {
		words = append(words, DataWord{i, l.word(i)})
	}
	if pools := bridgeContractsOf(c.DestinationChainID, roleHop); len(pools) > 0 {
		c.Arrival = Arrival{
			Contracts: pools, Topics: [][]common.Hash{{topicHopFromL1}, {addressWord(recipient)}, {l.topic(3)}},
			Words: words, Seconds: 7 * bridgeDay,
		}
	}
	return true
}

// readHop reads topics transferId, chainId, recipient; words amount,
// transferNonce, bonderFee, index, amountOutMin, deadline. The amount is in
// the bridge's own token, one for one.
func readHop(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toEVM(l.number(l.topic(2)))
	c.toAddress(l.address(l.topic(3)))
	if c.Asset = bridgedAsset(b.chainID, l.Address); !c.Asset.IsZero() {
		c.Units = units(l.word(0))
	}
	for i := range 6 {
		l.word(i)
	}
	c.ID = strings.ToLower(l.topic(1).Hex())
	if pools := bridgeContractsOf(c.DestinationChainID, roleHop); len(pools) > 0 {
		c.Arrival = Arrival{
			Contracts: pools, Topics: [][]common.Hash{{topicHopBonded}, {l.topic(1)}}, Seconds: 7 * bridgeDay,
		}
	}
	return true
}

// synapse events: synapsecns/synapse-contracts, SynapseBridge.
func synapseEvents() []bridgeEvent {
	const name = "Synapse"
	var all []bridgeEvent
	for _, s := range []string{
		"TokenDeposit(address,uint256,address,uint256)",
		"TokenRedeem(address,uint256,address,uint256)",
		"TokenDepositAndSwap(address,uint256,address,uint256,uint8,uint8,uint256,uint256)",
		"TokenRedeemAndSwap(address,uint256,address,uint256,uint8,uint8,uint256,uint256)",
		"TokenRedeemAndRemove(address,uint256,address,uint256,uint8,uint256,uint256)",
		"TokenRedeemV2(bytes32,uint256,address,uint256)",
	} {
		all = append(all, newBridgeEvent(name, roleSynapse, s, 1, readSynapse))
	}
	return all
}

var synapseArrivals = []common.Hash{
	topicOf("TokenWithdraw(address,address,uint256,uint256,bytes32)"),
	topicOf("TokenMint(address,address,uint256,uint256,bytes32)"),
	topicOf("TokenMintAndSwap(address,address,uint256,uint256,uint8,uint8,uint256,uint256,bool,bytes32)"),
	topicOf("TokenWithdrawAndRemove(address,address,uint256,uint256,uint8,uint256,uint256,bool,bytes32)"),
}

// readSynapse reads the topic to and the words chainId, token, amount. The
// other side names the departure by kappa, the hash of the text of its tx
// hash; a match of 256 bits proves itself.
func readSynapse(b *bridgeReader, l *eventLog, c *Crossing) bool {
	c.toEVM(l.number(l.word(0)))
	c.to(l.topic(1))
	c.Asset, c.Units = b.token(l.address(l.word(1))), units(l.word(2))
	kappa := crypto.Keccak256Hash([]byte(l.TxHash.Hex()))
	c.ID = strings.ToLower(kappa.Hex())
	if pools := bridgeContractsOf(c.DestinationChainID, roleSynapse); len(pools) > 0 {
		c.Arrival = Arrival{
			Contracts: pools, Topics: [][]common.Hash{synapseArrivals, {l.topic(1)}, {kappa}}, Seconds: 7 * bridgeDay,
		}
	}
	return true
}
