package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// Receipt is a receipt as the API of nodes has it, with what those of other
// chains have besides.
type Receipt struct {
	*types.Receipt
	DepositNonce   *uint64  // OP Stack
	DepositVersion *uint64  // OP Stack, since Canyon
	BaseFee        *big.Int // Celo, in the token that pays (CIP-66)
}

// UnmarshalJSON reads a receipt.
func (r *Receipt) UnmarshalJSON(text []byte) error {
	var more struct {
		Nonce   *hexutil.Uint64 `json:"depositNonce"`
		Version *hexutil.Uint64 `json:"depositReceiptVersion"`
		BaseFee *hexutil.Big    `json:"baseFee"`
	}
	r.Receipt = new(types.Receipt)
	if err := errors.Join(json.Unmarshal(text, r.Receipt), json.Unmarshal(text, &more)); err != nil {
		return err
	}
	r.DepositNonce, r.DepositVersion, r.BaseFee = (*uint64)(more.Nonce), (*uint64)(more.Version), (*big.Int)(more.BaseFee)
	return nil
}

// encode writes the form that the receipts root is made of. Nonce and version
// of a deposit are part of it since Canyon, which is when the version came;
// before, since Regolith, there was a nonce that the root left out. Of a tx
// whose fee is paid in a token Celo's form has the base fee in that token.
// Whatever else has a type is encoded as Ethereum encodes its own: where the
// root comes out, that was right.
func (r *Receipt) encode(b *bytes.Buffer) {
	status := r.PostState
	if len(status) == 0 && r.Status == types.ReceiptStatusSuccessful {
		status = []byte{1}
	}
	fields := []any{status, r.CumulativeGasUsed, r.Bloom, r.Logs}
	switch {
	case r.Type == DepositType && r.DepositVersion != nil:
		nonce := uint64(0)
		if r.DepositNonce != nil {
			nonce = *r.DepositNonce
		}
		fields = append(fields, nonce, *r.DepositVersion)
	case r.Type == CeloFeeCurrencyType && r.BaseFee != nil:
		fields = append(fields, r.BaseFee)
	}
	if r.Type != types.LegacyTxType {
		b.WriteByte(r.Type)
	}
	mustEncode(b, fields)
}

// check says whether the receipt is of a kind that can be encoded.
func (r *Receipt) check() error {
	switch {
	case r.Type > 0x7f:
		return &UnsupportedError{What: "receipt", Type: r.Type}
	case r.Type == DepositType && r.DepositVersion != nil && *r.DepositVersion != 1:
		return fmt.Errorf("a receipt of a deposit in version %d: %w", *r.DepositVersion, &UnsupportedError{What: "receipt", Type: r.Type})
	case r.BaseFee != nil && r.BaseFee.Sign() < 0:
		return errors.New("a receipt with a base fee below zero")
	}
	return nil
}

type receiptList []Receipt

func (l receiptList) Len() int { return len(l) }

func (l receiptList) EncodeIndex(i int, b *bytes.Buffer) { l[i].encode(b) }

// strange returns the first type of receipt of which no form is known.
func (l receiptList) strange() (uint8, bool) {
	for _, r := range l {
		if !KnownTx(r.Type) && r.Type != StateSyncType {
			return r.Type, true
		}
	}
	return 0, false
}
