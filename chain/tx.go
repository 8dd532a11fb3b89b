package chain

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
)

// Tx is a transaction together with what its receipt says of it.
type Tx struct {
	ChainID   uint64
	Block     uint64
	BlockHash common.Hash
	Time      uint64
	Hash      common.Hash
	Index     uint32
	From      common.Address
	To        *common.Address // nil for a contract creation
	Created   *common.Address // contract created by the tx itself; nil is derived from sender and nonce
	Value     uint256.Int
	Nonce     uint64
	Failed    bool
	// Fee is what the tx cost its sender in the chain's coin: execution, blobs
	// and, on rollups, data. Zero where nobody pays in the coin.
	Fee uint256.Int
	// FeeRecipient is whom the block of the tx names as that (its coinbase); zero
	// where it names nobody, and where the tx was not asked for by itself.
	FeeRecipient common.Address
	// Authorities are the accounts whose EIP-7702 authorizations the tx carries.
	Authorities []common.Address
	Input       []byte
}

// At returns a transfer that has everything in common with the tx and nothing
// else: what decoders fill in.
func (tx *Tx) At() Transfer {
	return Transfer{
		Ref: Ref{
			ChainID: tx.ChainID, Block: tx.Block, BlockHash: Share(tx.BlockHash),
			Tx: tx.Hash, TxIndex: tx.Index,
		},
		Time:  tx.Time,
		Asset: NativeAsset(tx.ChainID),
	}
}

// TxTransfers returns what the tx moved by itself: its value, unless it
// failed, and its fee, which is due either way.
func TxTransfers(tx *Tx) []Transfer {
	var ts []Transfer
	if !tx.Failed && !tx.Value.IsZero() {
		t := tx.At()
		t.Kind, t.From, t.To, t.Units = KindNative, tx.From, tx.recipient(), tx.Value
		ts = append(ts, t)
	}
	if !tx.Fee.IsZero() {
		t := tx.At()
		t.Kind, t.Site, t.From, t.Units = KindFee, SiteFee, tx.From, tx.Fee
		ts = append(ts, t)
	}
	return ts
}

func (tx *Tx) recipient() common.Address {
	switch {
	case tx.To != nil:
		return *tx.To
	case tx.Created != nil:
		return *tx.Created
	}
	return crypto.CreateAddress(tx.From, tx.Nonce)
}

// Units reads a non-negative integer of at most 256 bits; false for any other.
func Units(n *big.Int) (uint256.Int, bool) {
	if n == nil || n.Sign() < 0 {
		return uint256.Int{}, false
	}
	u, overflow := uint256.FromBig(n)
	if overflow {
		return uint256.Int{}, false
	}
	return *u, true
}
