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

// DepositType is the type of what comes from L1 on chains of the OP Stack.
// Every block of theirs begins with one (specs.optimism.io, deposits).
const DepositType = 0x7e

// Deposit is a tx of that type. It carries no signature: the chain derives it
// from L1.
type Deposit struct {
	Source common.Hash
	From   common.Address
	To     *common.Address `rlp:"nil"` // nil creates a contract
	Mint   *big.Int        // nil and zero are the same
	Value  *big.Int
	Gas    uint64
	System bool // before Regolith only
	Data   []byte
}

// Hash returns the hash of the tx.
func (d *Deposit) Hash() common.Hash {
	var b bytes.Buffer
	d.encode(&b)
	return crypto.Keccak256Hash(b.Bytes())
}

// encode writes the form of EIP-2718.
func (d *Deposit) encode(b *bytes.Buffer) {
	b.WriteByte(DepositType)
	mustEncode(b, d)
}

// mustEncode encodes a struct of ours into memory.
func mustEncode(b *bytes.Buffer, v any) {
	if err := rlp.Encode(b, v); err != nil {
		panic("proof: " + err.Error())
	}
}

// Tx is a tx as the API of nodes has it: one of Ethereum or a deposit, of which
// the other is nil.
type Tx struct {
	*types.Transaction
	Deposit *Deposit
}

// Hash returns the hash of the tx.
func (t Tx) Hash() common.Hash {
	if t.Deposit != nil {
		return t.Deposit.Hash()
	}
	return t.Transaction.Hash()
}

// UnmarshalJSON reads a tx. A type that is neither is a *[UnsupportedError].
func (t *Tx) UnmarshalJSON(text []byte) error {
	var kind struct {
		Type hexutil.Uint64 `json:"type"`
	}
	if err := json.Unmarshal(text, &kind); err != nil {
		return err
	}
	if kind.Type == DepositType {
		return t.readDeposit(text)
	}
	t.Transaction = new(types.Transaction)
	err := json.Unmarshal(text, t.Transaction)
	if errors.Is(err, types.ErrTxTypeNotSupported) {
		return &UnsupportedError{What: "tx", Type: uint8(kind.Type)}
	}
	return err
}

func (t *Tx) readDeposit(text []byte) error {
	var d struct {
		Source *common.Hash    `json:"sourceHash"`
		From   *common.Address `json:"from"`
		To     *common.Address `json:"to"`
		Mint   *hexutil.Big    `json:"mint"`
		Value  *hexutil.Big    `json:"value"`
		Gas    *hexutil.Uint64 `json:"gas"`
		System bool            `json:"isSystemTx"`
		Data   *hexutil.Bytes  `json:"input"`
	}
	if err := json.Unmarshal(text, &d); err != nil {
		return err
	}
	if d.Source == nil || d.From == nil || d.Value == nil || d.Gas == nil || d.Data == nil {
		return errors.New("a deposit without its source, sender, value, gas or input")
	}
	t.Deposit = &Deposit{
		Source: *d.Source, From: *d.From, To: d.To, Mint: (*big.Int)(d.Mint), Value: (*big.Int)(d.Value),
		Gas: uint64(*d.Gas), System: d.System, Data: *d.Data,
	}
	return nil
}

// Receipt is a receipt as the API of nodes has it, with what one of a deposit
// has besides.
type Receipt struct {
	*types.Receipt
	DepositNonce   *uint64
	DepositVersion *uint64
}

// UnmarshalJSON reads a receipt.
func (r *Receipt) UnmarshalJSON(text []byte) error {
	var more struct {
		Nonce   *hexutil.Uint64 `json:"depositNonce"`
		Version *hexutil.Uint64 `json:"depositReceiptVersion"`
	}
	r.Receipt = new(types.Receipt)
	if err := errors.Join(json.Unmarshal(text, r.Receipt), json.Unmarshal(text, &more)); err != nil {
		return err
	}
	r.DepositNonce, r.DepositVersion = (*uint64)(more.Nonce), (*uint64)(more.Version)
	return nil
}

// encode writes the form that the receipts root is made of. Nonce and version
// of a deposit are part of it since Canyon, which is when the version came;
// before, since Regolith, there was a nonce that the root left out.
func (r *Receipt) encode(b *bytes.Buffer) {
	if r.Type != DepositType {
		types.Receipts{r.Receipt}.EncodeIndex(0, b)
		return
	}
	status := r.PostState
	if len(status) == 0 && r.Status == types.ReceiptStatusSuccessful {
		status = []byte{1}
	}
	fields := []any{status, r.CumulativeGasUsed, r.Bloom, r.Logs}
	if r.DepositVersion != nil {
		nonce := uint64(0)
		if r.DepositNonce != nil {
			nonce = *r.DepositNonce
		}
		fields = append(fields, nonce, *r.DepositVersion)
	}
	b.WriteByte(DepositType)
	mustEncode(b, fields)
}

// check says whether the receipt is of a kind that can be encoded.
func (r *Receipt) check() error {
	switch {
	case r.Type == DepositType && r.DepositVersion != nil && *r.DepositVersion != 1:
		return fmt.Errorf("a receipt of a deposit in version %d: %w", *r.DepositVersion, &UnsupportedError{What: "receipt", Type: r.Type})
	case r.Type != DepositType && r.Type > types.SetCodeTxType:
		return &UnsupportedError{What: "receipt", Type: r.Type}
	}
	return nil
}

type txList []Tx

func (l txList) Len() int { return len(l) }

func (l txList) EncodeIndex(i int, b *bytes.Buffer) {
	if d := l[i].Deposit; d != nil {
		d.encode(b)
		return
	}
	types.Transactions{l[i].Transaction}.EncodeIndex(0, b)
}

type receiptList []Receipt

func (l receiptList) Len() int { return len(l) }

func (l receiptList) EncodeIndex(i int, b *bytes.Buffer) { l[i].encode(b) }
