package proof

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// Types of tx that only other chains have.
const (
	ArbitrumDepositType   = 0x64
	ArbitrumUnsignedType  = 0x65
	ArbitrumContractType  = 0x66
	ArbitrumRetryType     = 0x68
	ArbitrumRetryableType = 0x69
	ArbitrumInternalType  = 0x6a
	CeloFeeCurrencyType   = 0x7b // CIP-64
	// DepositType is what comes from L1 on chains of the OP Stack. Every block
	// of theirs begins with one (specs.optimism.io, deposits).
	DepositType = 0x7e
	// StateSyncType is what comes from L1 on Polygon since it is part of blocks
	// (PIP-74). The API does not tell what it consists of.
	StateSyncType = 0x7f
)

// form is how a type of tx is encoded: the fields in their order, under the
// names that the API of nodes gives them.
type form struct {
	fields []field
	signed bool           // v, r and s follow, and say who sends it
	from   common.Address // who sends it where it does not say so itself
}

type field struct {
	names []string // the first that is there counts
	read  func(text json.RawMessage) (any, error)
	may   bool // it may be left out, or be null
}

// arbOS sends the tx that begins every block of Arbitrum.
var arbOS = common.HexToAddress("0xa4b05")

// forms holds the types that can be encoded. Those of Arbitrum are as Nitro has
// them (OffchainLabs/go-ethereum, core/types), that of Celo as in CIP-64.
var forms = map[uint8]form{
	DepositType: {fields: []field{
		hash("sourceHash"), address("from"), orNone(address("to")), orNone(quantity("mint")),
		quantity("value"), quantity("gas"), orNone(boolean("isSystemTx")), data("input"),
	}},
	ArbitrumDepositType: {fields: []field{
		quantity("chainId"), hash("requestId"), address("from"), address("to"), quantity("value"),
	}},
	ArbitrumUnsignedType: {fields: []field{
		quantity("chainId"), address("from"), quantity("nonce"), feeCap, quantity("gas"),
		orNone(address("to")), quantity("value"), data("input"),
	}},
	ArbitrumContractType: {fields: []field{
		quantity("chainId"), hash("requestId"), address("from"), feeCap, quantity("gas"),
		orNone(address("to")), quantity("value"), data("input"),
	}},
	ArbitrumRetryType: {fields: []field{
		quantity("chainId"), quantity("nonce"), address("from"), feeCap, quantity("gas"),
		orNone(address("to")), quantity("value"), data("input"),
		hash("ticketId"), address("refundTo"), quantity("maxRefund"), quantity("submissionFeeRefund"),
	}},
	ArbitrumRetryableType: {fields: []field{
		quantity("chainId"), hash("requestId"), address("from"), quantity("l1BaseFee"), quantity("depositValue"), feeCap, quantity("gas"),
		orNone(address("retryTo")), quantity("retryValue"), address("beneficiary"), quantity("maxSubmissionFee"), address("refundTo"), data("retryData"),
	}},
	ArbitrumInternalType: {fields: []field{quantity("chainId"), data("input")}, from: arbOS},
	CeloFeeCurrencyType: {signed: true, fields: []field{
		quantity("chainId"), quantity("nonce"), quantity("maxPriorityFeePerGas"), quantity("maxFeePerGas"), quantity("gas"),
		orNone(address("to")), quantity("value"), data("input"), orNone(accessList("accessList")), orNone(address("feeCurrency")),
	}},
}

// feeCap is the most that a gas may cost, which older nodes call the price.
var feeCap = quantity("maxFeePerGas", "gasPrice")

// signature follows the fields of what is signed.
var signature = []field{quantity("yParity", "v"), quantity("r"), quantity("s")}

// read encodes what the API of nodes says of a tx.
func (f form) read(kind uint8, text []byte) (*Foreign, error) {
	var said map[string]json.RawMessage
	if err := json.Unmarshal(text, &said); err != nil {
		return nil, err
	}
	values, err := readFields(f.fields, said)
	if err != nil {
		return nil, err
	}
	tx := &Foreign{Type: kind, From: &f.from}
	for i, d := range f.fields {
		tx.take(d.names[0], values[i])
	}
	if f.signed {
		signed, err := readFields(signature, said)
		if err != nil {
			return nil, err
		}
		if tx.From, err = signer(crypto.Keccak256(typed(kind, values)), signed); err != nil {
			return nil, err
		}
		values = append(values, signed...)
	}
	tx.encoded = typed(kind, values)
	return tx, nil
}

// take keeps what others want to know of a tx.
func (tx *Foreign) take(name string, value any) {
	switch v := value.(type) {
	case common.Address:
		switch name {
		case "from":
			tx.From = &v
		case "to":
			tx.To = &v
		}
	case *big.Int:
		switch name {
		case "value":
			tx.Value = v
		case "mint":
			tx.Mint = v
		}
	}
}

func readFields(fields []field, said map[string]json.RawMessage) ([]any, error) {
	var values []any
	for _, f := range fields {
		text := f.in(said)
		if text == nil && !f.may {
			return nil, fmt.Errorf("it does not say its %s", f.names[0])
		}
		v, err := f.read(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.names[0], err)
		}
		values = append(values, v)
	}
	return values, nil
}

// in returns what is said of a field; nil where nothing is.
func (f field) in(said map[string]json.RawMessage) json.RawMessage {
	for _, name := range f.names {
		if text := said[name]; len(text) > 0 && string(text) != "null" {
			return text
		}
	}
	return nil
}

// signer recovers who signed a hash, from the parity of y, r and s.
func signer(signed []byte, values []any) (*common.Address, error) {
	var v, r, s = values[0].(*big.Int), values[1].(*big.Int), values[2].(*big.Int)
	if !v.IsUint64() || v.Uint64() > 1 || !crypto.ValidateSignatureValues(byte(v.Uint64()), r, s, true) {
		return nil, errors.New("the signature is none")
	}
	sig := make([]byte, crypto.SignatureLength)
	r.FillBytes(sig[:32])
	s.FillBytes(sig[32:64])
	sig[64] = byte(v.Uint64())
	key, err := crypto.SigToPub(signed, sig)
	if err != nil {
		return nil, err
	}
	from := crypto.PubkeyToAddress(*key)
	return &from, nil
}

// orNone makes a field one that may be left out. It is then encoded as empty:
// zero, false, no address, no list.
func orNone(f field) field {
	read := f.read
	f.may = true
	f.read = func(text json.RawMessage) (any, error) {
		if text != nil {
			return read(text)
		}
		return f.none(), nil
	}
	return f
}

// none is the encoding of a field that is left out. An access list is a list;
// all others are the empty string.
func (f field) none() any {
	if f.names[0] == "accessList" {
		return types.AccessList{}
	}
	return []byte{}
}

func quantity(names ...string) field {
	return field{names: names, read: func(text json.RawMessage) (any, error) {
		var v hexutil.Big
		err := json.Unmarshal(text, &v)
		return v.ToInt(), err
	}}
}

func hash(name string) field       { return plain[common.Hash](name) }
func address(name string) field    { return plain[common.Address](name) }
func boolean(name string) field    { return plain[bool](name) }
func data(name string) field       { return plain[hexutil.Bytes](name) }
func accessList(name string) field { return plain[types.AccessList](name) }

// plain is a field of a type whose forms in JSON and RLP are the standard's.
func plain[T any](name string) field {
	return field{names: []string{name}, read: func(text json.RawMessage) (any, error) {
		var v T
		err := json.Unmarshal(text, &v)
		return v, err
	}}
}
