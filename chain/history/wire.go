package history

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"
)

// quantity reads an integer of at most 256 bits as nodes write it, which is
// not always as the specification does: leading zeros and plain numbers occur.
type quantity struct{ uint256.Int }

func (q *quantity) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "null" || text == "" {
		return nil
	}
	digits, isHex := strings.CutPrefix(text, "0x")
	if !isHex {
		if err := q.SetFromDecimal(text); err != nil {
			return fmt.Errorf("quantity %.80q: %w", text, err)
		}
		return nil
	}
	digits = strings.TrimLeft(digits, "0")
	if digits == "" {
		q.Clear()
		return nil
	}
	if err := q.SetFromHex("0x" + digits); err != nil {
		return fmt.Errorf("quantity %.80q: %w", text, err)
	}
	return nil
}

func (q *quantity) or(zero uint64) uint64 {
	if q == nil {
		return zero
	}
	return q.Uint64()
}

// wireHead is what is read of a block in every case.
type wireHead struct {
	Number     quantity        `json:"number"`
	Hash       common.Hash     `json:"hash"`
	Parent     common.Hash     `json:"parentHash"`
	Time       quantity        `json:"timestamp"`
	Miner      common.Address  `json:"miner"`
	BaseFee    *quantity       `json:"baseFeePerGas"`
	Difficulty quantity        `json:"difficulty"`
	Uncles     []common.Hash   `json:"uncles"`
	Withdraw   []wireWithdraw  `json:"withdrawals"`
	Bloom      hexutil.Bytes   `json:"logsBloom"`
	Slot       *quantity       `json:"slotNumber"`    // since Amsterdam (EIP-7843)
	SendRoot   json.RawMessage `json:"sendRoot"`      // Arbitrum
	L1Batch    json.RawMessage `json:"l1BatchNumber"` // zkSync

	raw json.RawMessage // the whole of it, where it was read for itself
	tx  *wireTx         // one of its txs, where it was asked for one
}

type wireWithdraw struct {
	Index   quantity       `json:"index"`
	Address common.Address `json:"address"`
	Amount  quantity       `json:"amount"` // Gwei
}

// wireBlock is a block with its txs in full. They are kept raw beside the
// lenient reading because the strict one, which proofs need, knows only the
// types of Ethereum itself.
type wireBlock struct {
	wireHead
	Txs []json.RawMessage `json:"transactions"`
}

type wireTx struct {
	Hash        common.Hash       `json:"hash"`
	BlockHash   *common.Hash      `json:"blockHash"`
	BlockNumber *quantity         `json:"blockNumber"`
	Index       *quantity         `json:"transactionIndex"`
	From        common.Address    `json:"from"`
	To          *common.Address   `json:"to"`
	Value       quantity          `json:"value"`
	Nonce       quantity          `json:"nonce"`
	Gas         quantity          `json:"gas"`
	GasPrice    *quantity         `json:"gasPrice"`
	Type        quantity          `json:"type"`
	Input       hexutil.Bytes     `json:"input"`
	Auths       []json.RawMessage `json:"authorizationList"`
	Mint        *quantity         `json:"mint"`        // OP-stack deposit
	FeeCurrency *common.Address   `json:"feeCurrency"` // Celo
}

type wireReceipt struct {
	TxHash       common.Hash     `json:"transactionHash"`
	Index        quantity        `json:"transactionIndex"`
	BlockHash    common.Hash     `json:"blockHash"`
	BlockNumber  quantity        `json:"blockNumber"`
	Status       *quantity       `json:"status"`
	GasUsed      quantity        `json:"gasUsed"`
	GasPrice     *quantity       `json:"effectiveGasPrice"`
	Created      *common.Address `json:"contractAddress"`
	Logs         []*types.Log    `json:"logs"`
	BlobGasUsed  *quantity       `json:"blobGasUsed"`
	BlobGasPrice *quantity       `json:"blobGasPrice"`
	L1Fee        *quantity       `json:"l1Fee"`
	OpScalar     *quantity       `json:"operatorFeeScalar"`
	OpConstant   *quantity       `json:"operatorFeeConstant"`
	DAScalar     *quantity       `json:"daFootprintGasScalar"`
	DepositNonce *quantity       `json:"depositNonce"`
}
