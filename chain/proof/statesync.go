package proof

import (
	"encoding/binary"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// StateSyncHash returns the hash under which nodes of Polygon tell of what came
// from L1 in a block, until PIP-74 made it part of blocks (Bor, core/types,
// GetDerivedBorTxHash). Tx and receipt of that hash stand behind all others of
// their block and in none of its roots.
func StateSyncHash(block uint64, hash common.Hash) common.Hash {
	return crypto.Keccak256Hash([]byte("matic-bor-receipt-"), binary.BigEndian.AppendUint64(nil, block), hash[:])
}
