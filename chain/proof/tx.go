package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
)

// Tx is a tx as the API of nodes has it: one of Ethereum or one of a type that
// only other chains have, of which the other is nil.
type Tx struct {
	*types.Transaction
	Foreign *Foreign
}

// Foreign is a tx of a type that Ethereum does not have.
type Foreign struct {
	Type uint8
	// From is who sends it: stated by txs without a signature, recovered from
	// the signature of others. Nil where only the encoding is known.
	From *common.Address
	// To, Value and Mint are what its encoding says under these names: nil
	// where it says nothing.
	To          *common.Address
	Value, Mint *big.Int

	encoded []byte // as EIP-2718 has it: the type, then what belongs to it
}

// Opaque returns the tx that raw encodes (EIP-2718), of whatever type. Its hash
// is known then, and nothing of what it says.
func Opaque(raw []byte) (Tx, error) {
	if len(raw) < 2 || raw[0] == 0 || raw[0] > 0x7f {
		return Tx{}, errors.New("not the encoding of a tx with a type")
	}
	return Tx{Foreign: &Foreign{Type: raw[0], encoded: raw}}, nil
}

// Moves reports whether the tx moves so much to an address, nil for a new
// contract, and mints so much.
func (t Tx) Moves(to *common.Address, value, mint *big.Int) bool {
	f := t.Foreign
	if f == nil {
		f = &Foreign{To: t.Transaction.To(), Value: t.Transaction.Value()}
	}
	if amount(f.Value).Cmp(amount(value)) != 0 || amount(f.Mint).Cmp(amount(mint)) != 0 {
		return false
	}
	if amount(value).Sign() == 0 || f.To == to {
		return true
	}
	return f.To != nil && to != nil && *f.To == *to
}

func amount(v *big.Int) *big.Int {
	if v == nil {
		return new(big.Int)
	}
	return v
}

// Hash returns the hash of the tx.
func (t Tx) Hash() common.Hash {
	if t.Foreign != nil {
		return crypto.Keccak256Hash(t.Foreign.encoded)
	}
	return t.Transaction.Hash()
}

// UnmarshalJSON reads a tx. A type of which no form is known is a
// *[UnsupportedError].
func (t *Tx) UnmarshalJSON(text []byte) error {
	var kind struct {
		Type hexutil.Uint64 `json:"type"`
	}
	if err := json.Unmarshal(text, &kind); err != nil {
		return err
	}
	*t = Tx{}
	if kind.Type <= types.SetCodeTxType {
		t.Transaction = new(types.Transaction)
		return json.Unmarshal(text, t.Transaction)
	}
	f, known := forms[uint8(kind.Type)]
	if !known || kind.Type > 0x7f {
		return &UnsupportedError{What: "tx", Type: uint8(kind.Type)}
	}
	foreign, err := f.read(uint8(kind.Type), text)
	if err != nil {
		return fmt.Errorf("a tx of type 0x%02x: %w", uint8(kind.Type), err)
	}
	t.Foreign = foreign
	return nil
}

// KnownTx reports whether txs of a type can be encoded from what the API of
// nodes says of them.
func KnownTx(kind uint8) bool {
	_, foreign := forms[kind]
	return kind <= types.SetCodeTxType || foreign
}

type txList []Tx

func (l txList) Len() int { return len(l) }

func (l txList) EncodeIndex(i int, b *bytes.Buffer) {
	if f := l[i].Foreign; f != nil {
		b.Write(f.encoded)
		return
	}
	types.Transactions{l[i].Transaction}.EncodeIndex(0, b)
}

// typed is the form of EIP-2718 of what can be encoded for certain.
func typed(kind uint8, fields []any) []byte {
	b := bytes.NewBuffer([]byte{kind})
	mustEncode(b, fields)
	return b.Bytes()
}

// mustEncode encodes values of ours into memory.
func mustEncode(b *bytes.Buffer, v any) {
	if err := rlp.Encode(b, v); err != nil {
		panic("proof: " + err.Error())
	}
}
