package proof

import (
	"bytes"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/ethdb/memorydb"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
)

// MismatchError says that a hash does not follow from the data that came with
// it: one of the two is false.
type MismatchError struct {
	What      string // "block hash", "receipts root", …
	Got, Want common.Hash
}

func (e *MismatchError) Error() string {
	return fmt.Sprintf("%s is %s by the data and %s by the block", e.What, e.Got.TerminalString(), e.Want.TerminalString())
}

// PlaceError says that a log or receipt claims another place in its block than
// the one at which it stands.
type PlaceError struct {
	What      string // "log index", "tx index", …
	At        int    // position of the receipt
	Got, Want uint64
}

func (e *PlaceError) Error() string {
	return fmt.Sprintf("%s of receipt %d is %d and should be %d", e.What, e.At, e.Got, e.Want)
}

// UnsupportedError says that the data is of a kind whose hash this package
// cannot compute.
type UnsupportedError struct {
	What string
	Type uint8
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("%s of type 0x%02x is not one that can be encoded here", e.What, e.Type)
}

// Header checks that h hashes to want.
func Header(h *types.Header, want common.Hash) error {
	return match("block hash", h.Hash(), want)
}

// Transactions checks the txs of a block, all of them and in order, against
// the root in its header.
func Transactions(h *types.Header, txs []Tx) error {
	return match("transactions root", types.DeriveSha(txList(txs), trie.NewStackTrie(nil)), h.TxHash)
}

// Receipts checks the receipts of a block, all of them and in order, against
// the root in its header, and that logs carry the indexes that follow from
// their order. Bloom filters are computed, not believed. The hash of a
// receipt's tx stands in no root: compare it with the tx of the same index.
func Receipts(h *types.Header, receipts []Receipt) error {
	hashed := make(receiptList, len(receipts))
	next := uint64(0)
	for i, r := range receipts {
		if err := r.check(); err != nil {
			return err
		}
		if uint64(r.TransactionIndex) != uint64(i) {
			return &PlaceError{"tx index", i, uint64(r.TransactionIndex), uint64(i)}
		}
		for _, l := range r.Logs {
			if uint64(l.Index) != next {
				return &PlaceError{"log index", i, uint64(l.Index), next}
			}
			next++
		}
		c := *r.Receipt
		c.Bloom = types.CreateBloom(&c)
		r.Receipt = &c
		hashed[i] = r
	}
	err := match("receipts root", types.DeriveSha(hashed, trie.NewStackTrie(nil)), h.ReceiptHash)
	if kind, strange := hashed.strange(); err != nil && strange {
		return &UnsupportedError{What: "receipt", Type: kind} // nothing follows: it may be encoded otherwise
	}
	return err
}

// Withdrawals checks the withdrawals of a block (EIP-4895), all of them and in
// order, against the root in its header.
func Withdrawals(h *types.Header, ws []*types.Withdrawal) error {
	if h.WithdrawalsHash == nil {
		if len(ws) == 0 {
			return nil
		}
		return match("withdrawals root", types.DeriveSha(types.Withdrawals(ws), trie.NewStackTrie(nil)), common.Hash{})
	}
	return match("withdrawals root", types.DeriveSha(types.Withdrawals(ws), trie.NewStackTrie(nil)), *h.WithdrawalsHash)
}

// Account checks what is said of an account against a state root, by the nodes
// on its path in the state trie. An account that does not exist is the zero
// [types.StateAccount] with the empty code hash and root.
func Account(root common.Hash, address common.Address, account types.StateAccount, nodes [][]byte) error {
	db := memorydb.New()
	for _, n := range nodes {
		if err := db.Put(crypto.Keccak256(n), n); err != nil {
			return fmt.Errorf("proof of %s: %w", address, err)
		}
	}
	value, err := trie.VerifyProof(root, crypto.Keccak256(address[:]), db)
	if err != nil {
		return fmt.Errorf("proof of %s under state root %s: %w", address, root.TerminalString(), err)
	}
	if value == nil {
		if !absent(account) {
			return fmt.Errorf("proof of %s: the state has no such account", address)
		}
		return nil
	}
	said, err := rlp.EncodeToBytes(&account)
	if err != nil {
		return fmt.Errorf("proof of %s: %w", address, err)
	}
	return match("account "+address.Hex(), crypto.Keccak256Hash(said), crypto.Keccak256Hash(value))
}

// absent reports whether what is said of an account is what nodes say of one
// that does not exist: go-ethereum gives it a code hash of zero.
func absent(a types.StateAccount) bool {
	return a.Nonce == 0 && (a.Balance == nil || a.Balance.IsZero()) &&
		(len(bytes.Trim(a.CodeHash, "\x00")) == 0 || bytes.Equal(a.CodeHash, types.EmptyCodeHash[:]))
}

func match(what string, got, want common.Hash) error {
	if got != want {
		return &MismatchError{What: what, Got: got, Want: want}
	}
	return nil
}
