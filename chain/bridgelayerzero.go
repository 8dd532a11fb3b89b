package chain

import (
	"encoding/binary"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
)

// layerzero events: LayerZero's EndpointV2 and UltraLightNodeV2, and the
// TokenMessaging contract of stargate-protocol/stargate-v2 (BusLib.sol). The
// pools' own events name no recipient and serve to find the asset.
func layerZeroEvents() []bridgeEvent {
	return []bridgeEvent{
		newBridgeEvent("LayerZero", roleEndpointV2, "PacketSent(bytes,bytes,address)", 0, readPacketV2),
		newBridgeEvent("Stargate", roleStargateMessaging, "BusRode(uint32,uint72,uint80,bytes)", 0, readBusRode),
		newBridgeEvent("Stargate", roleUltraLightNode, "Packet(bytes)", 0, readPacketV1),
	}
}

var (
	topicOFTSent        = topicOf("OFTSent(bytes32,uint32,address,uint256,uint256)")
	topicOFTReceived    = topicOf("OFTReceived(bytes32,uint32,address,uint256)")
	topicBusDriven      = topicOf("BusDriven(uint32,uint72,uint8,bytes32)")
	topicStargateSwap   = topicOf("Swap(uint16,uint256,address,uint256,uint256,uint256,uint256,uint256)")
	topicPacketReceived = topicOf("PacketReceived(uint16,bytes,address,uint64,bytes32)")
)

// packetV2 is the layout of LayerZero's PacketV1Codec: version, nonce, srcEid,
// sender, dstEid, receiver, guid, message.
type packetV2 struct {
	dstEid           uint32
	sender, receiver common.Hash
	guid             common.Hash
	message          []byte
}

func decodePacketV2(p []byte) (packetV2, bool) {
	if len(p) < 113 || p[0] != 1 {
		return packetV2{}, false
	}
	return packetV2{
		sender: common.BytesToHash(p[13:45]), dstEid: binary.BigEndian.Uint32(p[45:49]),
		receiver: common.BytesToHash(p[49:81]), guid: common.BytesToHash(p[81:113]), message: p[113:],
	}, true
}

func readPacketV2(b *bridgeReader, l *eventLog, c *Crossing) bool {
	p, ok := decodePacketV2(l.bytes(0))
	if !ok {
		return false
	}
	sender, ok := wordAddress(p.sender[:])
	if !ok {
		return false
	}
	sent := b.find(func(o *types.Log) bool {
		return len(o.Topics) == 3 && o.Topics[0] == topicOFTSent && o.Topics[1] == p.guid && len(o.Data) >= 96
	})
	if sent == nil {
		return false
	}
	c.toDomain("layerzero", uint64(p.dstEid), layerZeroEndpoints)
	c.ID = strings.ToLower(p.guid.Hex())
	if isBridgeContract(b.chainID, sender, roleStargateMessaging) {
		return b.readTaxi(sent, p, c)
	}
	if sent.Address != sender || len(p.message) < 40 {
		return false
	}
	c.Bridge = "LayerZero OFT"
	c.to(common.BytesToHash(p.message[:32]))
	b.oftGave(sent, c)
	c.Escrow = sender
	if receiver, ok := wordAddress(p.receiver[:]); ok && c.DestinationChainID != 0 {
		c.Arrival = Arrival{
			Contracts: []common.Address{receiver}, Topics: [][]common.Hash{{topicOFTReceived}, {p.guid}}, Seconds: 7 * bridgeDay,
		}
	}
	return true
}

// oftGave reads what an OFTSent log says was handed over. An OFT is the token
// itself and burns it; an adapter takes another token in.
func (b *bridgeReader) oftGave(sent *types.Log, c *Crossing) {
	e := &eventLog{Log: sent}
	c.Depositor, _ = wordAddress(sent.Topics[2][:])
	c.Units = units(e.word(1))
	given := b.find(func(o *types.Log) bool {
		return len(o.Topics) == 3 && o.Topics[0] == TopicTransfer && len(o.Data) == 32 &&
			units(common.BytesToHash(o.Data)) == c.Units && (o.Address == sent.Address || o.Topics[2] == addressWord(sent.Address))
	})
	switch {
	case !bridgedAsset(b.chainID, sent.Address).IsZero():
		c.Asset = bridgedAsset(b.chainID, sent.Address)
	case given != nil:
		c.Asset = Token(b.chainID, given.Address)
	default:
		c.Units.Clear()
	}
}

// find returns the log for which want holds that is nearest to the one at
// work; of two as near, the later.
func (b *bridgeReader) find(want func(*types.Log) bool) *types.Log {
	for d := 0; d < len(b.logs); d++ {
		for _, i := range [2]int{b.at + d, b.at - d} {
			if i >= 0 && i < len(b.logs) && want(b.logs[i]) {
				return b.logs[i]
			}
		}
	}
	return nil
}

// poolGave reads what a pool of Stargate V1 was given: its Swap stands before
// the packet and says from whom, and a transfer into the pool says how much.
func (b *bridgeReader) poolGave(c *Crossing) {
	swap := b.before(func(o *types.Log) bool {
		return len(o.Topics) == 1 && o.Topics[0] == topicStargateSwap && len(o.Data) == 8*32
	})
	if swap == nil {
		return
	}
	e := &eventLog{Log: swap}
	c.Depositor = e.address(e.word(2))
	c.Asset, c.Units = b.given(swap.Address, func(uint256.Int) bool { return true })
	c.Escrow = swap.Address
}

// given finds the transfer of a token to an account, or the wrapping for it, of
// units that fit: of several the nearest before the log at work.
func (b *bridgeReader) given(to common.Address, fits func(uint256.Int) bool) (AssetID, uint256.Int) {
	n, _ := NetworkByID(b.chainID)
	l := b.before(func(o *types.Log) bool {
		if len(o.Data) != 32 || !fits(units(common.BytesToHash(o.Data))) {
			return false
		}
		switch {
		case len(o.Topics) == 3:
			return o.Topics[0] == TopicTransfer && o.Topics[2] == addressWord(to)
		case len(o.Topics) == 2:
			return o.Topics[0] == TopicDeposit && o.Topics[1] == addressWord(to) && o.Address == n.Wrapped
		}
		return false
	})
	if l == nil {
		return AssetID{}, uint256.Int{}
	}
	return Token(b.chainID, l.Address), units(common.BytesToHash(l.Data))
}

// before returns the last log before the one at work for which want holds.
func (b *bridgeReader) before(want func(*types.Log) bool) *types.Log {
	for i := b.at - 1; i >= 0; i-- {
		if want(b.logs[i]) {
			return b.logs[i]
		}
	}
	return nil
}

// after returns the first log after the one at work for which want holds.
func (b *bridgeReader) after(want func(*types.Log) bool) *types.Log {
	for _, l := range b.logs[b.at+1:] {
		if want(l) {
			return l
		}
	}
	return nil
}

// readTaxi reads Stargate V2's message of its own packet (TaxiCodec.sol): type
// 1, assetId, receiver, amountSD. A bus of type 2 was told by its passengers.
func (b *bridgeReader) readTaxi(sent *types.Log, p packetV2, c *Crossing) bool {
	if len(p.message) < 43 || p.message[0] != 1 {
		return false
	}
	c.Bridge = "Stargate"
	c.to(common.BytesToHash(p.message[3:35]))
	b.oftGave(sent, c)
	c.Arrival = stargateArrival(c.DestinationChainID, p.guid)
	return true
}

// stargateArrival is the log of a pool; Stargate's receiver is another
// contract, so pools that are not known prove nothing.
func stargateArrival(to uint64, guid common.Hash) Arrival {
	pools := bridgeContractsOf(to, roleStargatePool)
	if len(pools) == 0 {
		return Arrival{}
	}
	return Arrival{Contracts: pools, Topics: [][]common.Hash{{topicOFTReceived}, {guid}}, Seconds: 7 * bridgeDay}
}

// busSeat is a place in a batch that leaves later.
type busSeat struct {
	ticket    uint64
	to        uint64
	recipient common.Hash
}

// readBusRode reads words dstEid, ticketId, fare and the passenger: assetId,
// receiver, amountSD, nativeDrop (BusCodec.sol). The pool's OFTSent follows.
func readBusRode(b *bridgeReader, l *eventLog, c *Crossing) bool {
	passenger := l.bytes(3)
	if len(passenger) < 42 {
		l.short = true
		return false
	}
	eid, ticket := l.word(0), l.number(l.word(1))
	c.toDomain("layerzero", l.number(eid), layerZeroEndpoints)
	recipient := common.BytesToHash(passenger[2:34])
	c.to(recipient)
	c.ID = "ticket " + uint256Text(ticket)
	sent := b.after(func(o *types.Log) bool {
		return len(o.Topics) == 3 && o.Topics[0] == topicOFTSent && o.Topics[1] == (common.Hash{}) && len(o.Data) >= 96 &&
			isBridgeContract(b.chainID, o.Address, roleStargatePool)
	})
	if sent != nil {
		b.oftGave(sent, c)
	}
	if c.DestinationChainID != 0 {
		c.Arrival = Arrival{Seconds: 7 * bridgeDay, First: &Arrival{
			Contracts: []common.Address{l.Address}, Topics: [][]common.Hash{{topicBusDriven}},
			Words: []DataWord{{0, eid}}, Seconds: bridgeDay,
			seat: &busSeat{ticket: ticket, to: c.DestinationChainID, recipient: recipient},
		}}
	}
	return true
}

// holds reports whether a bus that leaves takes the seat: BusDriven has words
// dstEid, startTicketId, numPassengers, guid.
func (s *busSeat) holds(l *types.Log) bool {
	e := &eventLog{Log: l}
	start, n := e.number(e.word(1)), e.number(e.word(2))
	return !e.short && s.ticket >= start && s.ticket-start < n
}

func (s *busSeat) arrival(l *types.Log) Arrival {
	e := &eventLog{Log: l}
	a := stargateArrival(s.to, e.word(3))
	if e.short || a.IsZero() {
		return Arrival{}
	}
	a.Topics = append(a.Topics, []common.Hash{s.recipient})
	return a
}

// readPacketV1 reads what UltraLightNodeV2 sends: nonce, own chain, user
// application, destination chain, its application, payload, packed. Of
// Stargate's payloads the swap (type 1, Bridge.sol) has a recipient.
func readPacketV1(b *bridgeReader, l *eventLog, c *Crossing) bool {
	p := l.bytes(0)
	if len(p) < 52 {
		return false
	}
	ua := common.BytesToAddress(p[10:30])
	if !isBridgeContract(b.chainID, ua, roleStargateBridge) {
		return false
	}
	payload := p[52:]
	swap := &eventLog{Log: &types.Log{Data: payload}}
	if kind := swap.number(swap.word(0)); swap.short || kind != 1 {
		return false
	}
	to := swap.bytes(12)
	if swap.short || len(to) != common.AddressLength {
		return false
	}
	c.toDomain("layerzero", 30_000+uint64(binary.BigEndian.Uint16(p[30:32])), layerZeroEndpoints)
	c.toAddress(common.BytesToAddress(to))
	b.poolGave(c)
	nonce := binary.BigEndian.Uint64(p[:8])
	c.ID = uint256Text(nonce)
	if nodes := bridgeContractsOf(c.DestinationChainID, roleUltraLightNode); len(nodes) > 0 {
		c.Arrival = Arrival{
			Contracts: nodes,
			Topics:    [][]common.Hash{{topicPacketReceived}, {numberTopic(uint64(binary.BigEndian.Uint16(p[8:10])))}, {addressWord(common.BytesToAddress(p[32:52]))}},
			Words:     []DataWord{{1, numberTopic(nonce)}}, Seconds: 7 * bridgeDay,
		}
	}
	return true
}
