package chain

import (
	"cmp"
	"slices"

	"github.com/ethereum/go-ethereum/common"
)

// BridgeContract is a contract of a bridge that takes in what is to cross.
type BridgeContract struct {
	Account Account
	Bridge  string
	Source  string // where the address is published
}

// BridgeContracts returns the known contracts that take assets in, by account.
func BridgeContracts() []BridgeContract {
	var out []BridgeContract
	for _, d := range bridgeDeployments {
		if !d.role.holds() {
			continue
		}
		for _, p := range d.places {
			out = append(out, BridgeContract{Account: Account{p.chain, common.HexToAddress(p.address)}, Bridge: d.bridge, Source: d.source})
		}
	}
	slices.SortStableFunc(out, func(a, b BridgeContract) int {
		return cmp.Or(a.Account.Compare(b.Account), cmp.Compare(a.Bridge, b.Bridge))
	})
	return slices.CompactFunc(out, func(a, b BridgeContract) bool { return a.Account == b.Account })
}

// bridgeRole is what a contract does for its bridge.
type bridgeRole uint8

const (
	roleAcross bridgeRole = iota + 1
	roleHop
	roleSynapse
	roleCeler
	roleCelerVault
	roleCelerPeg
	roleTHORChain
	roleCCTP // TokenMessenger
	roleCCTPMinter
	roleCCTPTransmitter
	roleCCTPv2
	roleCCTPv2Transmitter
	roleWormholeCore
	roleWormholeTokens
	roleEndpointV2
	roleUltraLightNode
	roleStargateBridge
	roleStargateMessaging
	roleStargatePool
	roleOPBridge
	roleOPPortal
	roleOPPasser
	roleMantlePortal
	roleMantlePasser
	roleMantleMessenger
	roleArbInbox
	roleArbBridge
	roleArbOutbox
	roleArbGateway
	roleArbSys
	rolePolygon
	rolePolygonChild // tokens, known by the bridge's mapping and not by a list
	rolePolygonCoin
	rolePlasmaManager
	roleDLNSource
	roleDLNDestination
	roleMultichain // routers V3 to V6
	roleMultichainV7
	roleChainflip
	roleLineaMessages
	roleLineaTokens
	roleScrollMessenger
	roleScrollGateway
	roleLiFi
	roleStateSender
	roleZkMailbox
	roleZkLegacy // before the shared bridge, on either side
	roleZkShared
	roleZkVault
	roleZkCoin
	roleFxTunnel
)

// holds reports whether assets that cross are given to the contract. Those
// that only carry messages are paid fees, and a fee does not cross.
func (r bridgeRole) holds() bool {
	switch r {
	case roleCCTPTransmitter, roleCCTPv2Transmitter, roleWormholeCore, roleEndpointV2, roleUltraLightNode, roleStargateBridge, roleStargateMessaging, roleStateSender, roleArbOutbox, rolePlasmaManager, roleMantleMessenger, roleDLNDestination, roleMultichain, roleMultichainV7, roleLiFi:
		return false
	}
	return true
}

// bridgeDeployment is where a kind of contract stands.
type bridgeDeployment struct {
	bridge string
	role   bridgeRole
	source string
	places []bridgePlace
}

type bridgePlace struct {
	chain   uint64
	address string
	peer    uint64 // chain on the other side, where there is one
	// token is what the contract takes in; empty is not known, the zero address
	// the coin.
	token string
}

// at is a contract that has one address on many chains.
func at(address string, chains ...uint64) []bridgePlace {
	places := make([]bridgePlace, len(chains))
	for i, id := range chains {
		places[i] = bridgePlace{chain: id, address: address}
	}
	return places
}

// facing are places with one chain on the other side.
func facing(peer uint64, places []bridgePlace) []bridgePlace {
	for i := range places {
		places[i].peer = peer
	}
	return places
}

const coinAddress = "0x0000000000000000000000000000000000000000"

// eachContract walks over the contracts with a role on a chain, in the order
// of the table.
func eachContract(chainID uint64, role bridgeRole, visit func(p *bridgePlace)) {
	for i := range bridgeDeployments {
		d := &bridgeDeployments[i]
		if d.role != role {
			continue
		}
		for j := range d.places {
			if d.places[j].chain == chainID {
				visit(&d.places[j])
			}
		}
	}
}

func isBridgeContract(chainID uint64, a common.Address, role bridgeRole) bool {
	return bridgePlaceOf(chainID, a, role) != nil
}

func bridgePlaceOf(chainID uint64, a common.Address, role bridgeRole) (found *bridgePlace) {
	eachContract(chainID, role, func(p *bridgePlace) {
		if found == nil && common.HexToAddress(p.address) == a {
			found = p
		}
	})
	return found
}

// bridgePeer is the chain on the other side of a contract.
func bridgePeer(chainID uint64, a common.Address, role bridgeRole) uint64 {
	if p := bridgePlaceOf(chainID, a, role); p != nil {
		return p.peer
	}
	return 0
}

func bridgeContractsOf(chainID uint64, role bridgeRole) []common.Address {
	return bridgeContractsTo(chainID, role, 0)
}

// bridgeContractsTo lists the contracts of a chain that serve a peer; 0 is any.
func bridgeContractsTo(chainID uint64, role bridgeRole, peer uint64) (out []common.Address) {
	eachContract(chainID, role, func(p *bridgePlace) {
		if peer == 0 || p.peer == peer {
			out = append(out, common.HexToAddress(p.address))
		}
	})
	return out
}

// bridgedAsset is what a pool takes in, where that is known.
func bridgedAsset(chainID uint64, pool common.Address) AssetID {
	for _, role := range [...]bridgeRole{roleHop, roleStargatePool} {
		if p := bridgePlaceOf(chainID, pool, role); p != nil && p.token != "" {
			return tokenOf(chainID, common.HexToAddress(p.token))
		}
	}
	return AssetID{}
}
