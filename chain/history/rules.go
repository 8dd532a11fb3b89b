package history

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

// Unprovable says why, on the chain with this id, logs cannot be held against
// the hash of their block; empty where they can. Whatever the chain, a block in
// which something cannot be encoded says so for itself.
func Unprovable(chainID uint64) string {
	switch chainID {
	case 42161, 42170:
		return "every block of Arbitrum begins with a tx of a type of its own"
	case 324:
		return "zkSync has headers and txs of its own"
	case 42220:
		return "blocks of Celo in which a fee is paid in a token hold txs of a type of its own"
	case 137:
		return "blocks of Polygon with a state sync hold a tx that their roots leave out"
	}
	return ""
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
	case 56, 128, 137, 42161, 42170, 324:
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
