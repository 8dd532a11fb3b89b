package history

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/core/types"
)

// foreignRules says why, on the chain with this id, a nonce that adds up does
// not prove that no value left an account; empty where it does. Forks of these
// chains under ids of their own are told by fields of their headers.
func foreignRules(chainID uint64, head *wireHead) string {
	switch chainID {
	case 42161, 42170:
		return arbitrumRules
	case 324:
		return zkSyncRules
	case 42220:
		return "Celo lets fees be paid in tokens"
	case 43114:
		return "Avalanche moves its coin between chains by atomic import and export"
	}
	switch {
	case len(head.SendRoot) > 0:
		return arbitrumRules
	case len(head.L1Batch) > 0:
		return zkSyncRules
	}
	return ""
}

// Unprovable says why, on the chain with this id, not every log can be held
// against the hash of its block; empty where they can. Whatever the chain, a
// block in which something cannot be encoded says so for itself.
func Unprovable(chainID uint64) string {
	switch chainID {
	case 42161:
		return "blocks of Arbitrum before Nitro (22,207,817) hold txs whose hashes do not follow from what they say"
	case 324:
		return zkSyncBlocks
	case 42220:
		return "blocks of Celo before it became a rollup (31,056,500) have headers and txs of their own"
	case polygon, polygonAmoy:
		return outsideRoots
	}
	return ""
}

const (
	polygon     = 137
	polygonAmoy = 80002
)

// ownBlocks says why nothing in a block of the chain can be held against its
// hash; empty where it can be tried.
func ownBlocks(chainID uint64, head *wireHead) string {
	if chainID == 324 || len(head.L1Batch) > 0 {
		return zkSyncBlocks
	}
	return ""
}

const zkSyncBlocks = "the hash of a block of zkSync commits to the hashes of its txs and to no receipts"

// tipless reports whether txs of a block pay the base fee and no more, whatever
// they offer: on Arbitrum, unless ArbOS says that it collects tips (Nitro,
// core/types, HeaderInfo: the version in the third eight bytes of the mix hash,
// the flag in the byte after next; version 9 collected them without a flag).
func tipless(chainID uint64, b *body, h *types.Header) bool {
	if chainID != 42161 && chainID != 42170 && len(b.SendRoot) == 0 || h.BaseFee == nil {
		return false
	}
	version := binary.BigEndian.Uint64(h.MixDigest[16:24])
	return version != 9 && h.MixDigest[25]&1 == 0
}

const (
	arbitrumRules = "on Arbitrum a retryable ticket can debit an account and leave its nonce"
	zkSyncRules   = "on zkSync accounts are contracts and need no key"
)

// daoFork is the block of Ethereum's only irregular change of balances (EIP-779).
const daoFork = 1_920_000

// paysBeneficiary reports whether priority fees go to the beneficiary named in
// the header. On Parlia and Congress chains they pass through a system
// contract, on Polygon through its own log-and-transfer scheme.
func paysBeneficiary(chainID uint64) bool {
	switch chainID {
	case 56, 128, polygon, 42161, 42170, 324:
		return false
	}
	return true
}

// blockReward returns what Ethereum's proof of work paid the beneficiary of a
// block, in wei and with a 32nd for each uncle: 5 ether, 3 from Byzantium
// (EIP-649), 2 from Constantinople (EIP-1234), nothing since the merge.
func blockReward(chainID, block uint64, mined bool, uncles int) uint64 {
	const ether = 1_000_000_000_000_000_000
	if chainID != 1 || !mined || block == 0 {
		return 0
	}
	reward := uint64(5 * ether)
	switch {
	case block >= 7_280_000:
		reward = 2 * ether
	case block >= 4_370_000:
		reward = 3 * ether
	}
	return reward + uint64(uncles)*(reward/32)
}
