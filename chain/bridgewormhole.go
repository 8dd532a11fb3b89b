package chain

import (
	"bytes"
	"encoding/binary"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
)

// wormhole events: wormhole-foundation/wormhole, ethereum/contracts.
func wormholeEvents() []bridgeEvent {
	return []bridgeEvent{newBridgeEvent("Wormhole", roleWormholeCore, "LogMessagePublished(address,uint64,uint32,bytes,uint8)", 1, readWormhole)}
}

var topicTransferRedeemed = topicOf("TransferRedeemed(uint16,bytes32,uint64)")

// readWormhole reads the topic sender, words sequence, nonce and the payload
// of the token bridge (Bridge.sol): kind, amount, token and its chain,
// recipient and its chain, then a fee (kind 1) or the sender and more (kind
// 3). Amounts are cut to eight decimals and what is cut off stays with the
// sender, so that the transfer to the bridge is the amount with zeros. Older
// token bridges did not log TransferRedeemed; what they paid out is not found.
func readWormhole(b *bridgeReader, l *eventLog, c *Crossing) bool {
	sender, sequence, p := l.address(l.topic(1)), l.word(0), l.bytes(2)
	if c.readNTT(b, sender, p) {
		return true
	}
	if c.Known && !isBridgeContract(b.chainID, sender, roleWormholeTokens) {
		return false
	}
	if len(p) < 133 || p[0] != 1 && p[0] != 3 {
		return false
	}
	tokenChain, toChain := uint64(binary.BigEndian.Uint16(p[65:67])), uint64(binary.BigEndian.Uint16(p[99:101]))
	c.toDomain("wormhole", toChain, wormholeChains)
	c.to(common.BytesToHash(p[67:99]))
	if token, ok := wordAddress(p[33:65]); ok {
		switch own, ok := domainOf(b.chainID, wormholeChains); {
		case ok && tokenChain == own:
			c.Asset = b.token(token)
		case tokenChain == toChain:
			c.received(token, uint256.Int{})
		}
	}
	amount := units(common.BytesToHash(p[1:33]))
	if asset, given := b.given(sender, func(u uint256.Int) bool { return withZeros(u, amount) }); !given.IsZero() && (c.Asset.IsZero() || c.Asset == asset) {
		c.Asset, c.Units = asset, given
	}
	if p[0] == 3 {
		c.Depositor, _ = wordAddress(p[101:133])
	}
	own, ok := domainOf(b.chainID, wormholeChains)
	c.ID = strconv.FormatUint(own, 10) + "/" + strings.TrimPrefix(Hex(sender), "0x") + "/" + uint256Text(l.number(sequence))
	if pools := bridgeContractsOf(c.DestinationChainID, roleWormholeTokens); len(pools) > 0 && ok {
		c.Arrival = Arrival{
			Contracts: pools,
			Topics:    [][]common.Hash{{topicTransferRedeemed}, {numberTopic(own)}, {addressWord(sender)}, {sequence}}, Seconds: 30 * bridgeDay,
		}
	}
	return true
}

// withZeros reports whether units are an amount with up to ten decimal zeros
// behind it, which eighteen decimals have more than eight.
func withZeros(units, amount uint256.Int) bool {
	ten := uint256.NewInt(10)
	for range 11 {
		if units == amount {
			return true
		}
		if _, over := amount.MulOverflow(&amount, ten); over {
			return false
		}
	}
	return false
}

// The prefixes of messages of native token transfers
// (wormhole-foundation/native-token-transfers, docs/Transceiver.md and
// docs/NttManager.md).
var (
	nttTransceiver = []byte{0x99, 0x45, 0xff, 0x10}
	nttTransfer    = []byte{0x99, 'N', 'T', 'T'}
)

// readNTT reads a native token transfer: behind the prefix the managers on both
// sides and the length of the manager's message, which has an id, the sender,
// the length of its own payload, and there the prefix of a transfer, decimals,
// amount, token, recipient and its chain. Every token has a transceiver of its
// own that anybody may set up: none is among the known contracts. Amounts are
// cut to eight decimals, so the units are not told.
func (c *Crossing) readNTT(b *bridgeReader, transceiver common.Address, p []byte) bool {
	const managers, payload, end = 4, 136, 215
	if len(p) < end || !bytes.Equal(p[:managers], nttTransceiver) || !bytes.Equal(p[payload:payload+4], nttTransfer) {
		return false
	}
	c.Bridge, c.Emitter, c.Known = "Wormhole NTT", transceiver, false
	c.ID = common.BytesToHash(p[70:102]).Hex()
	c.Depositor, _ = wordAddress(p[102:134])
	c.toDomain("wormhole", uint64(binary.BigEndian.Uint16(p[213:end])), wormholeChains)
	c.to(common.BytesToHash(p[181:213]))
	if token, ok := wordAddress(p[149:181]); ok {
		c.Asset = b.token(token)
	}
	return true
}

// domainOf is the number by which a bridge calls a chain, and false where it
// has none.
func domainOf(chainID uint64, names map[uint64]string) (domain uint64, ok bool) {
	n, listed := NetworkByID(chainID)
	if !listed {
		return 0, false
	}
	for d, name := range names {
		if name == n.Name && (!ok || d < domain) {
			domain, ok = d, true
		}
	}
	return domain, ok
}

func uint256Text(n uint64) string { return strconv.FormatUint(n, 10) }
