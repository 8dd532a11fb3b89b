package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
	"losstracer/chain/proof"
)

// blockProof says how firmly the parts of one block stand.
type blockProof struct {
	receipts    chain.Proof // logs, and with them that txs succeeded
	withdrawals chain.Proof
	header      *types.Header
	txs         []proof.Tx // nil where not proven
	list        []proof.Receipt
}

var (
	notAsked = chain.Unproven("proofs are switched off")
	proven   = chain.Proven()
)

// prove checks a block against its own hash: header, txs, receipts. Nothing
// here is an error: what does not fit is a reason for being unproven.
func (r *reader) prove(b *body) blockProof {
	if r.noProof {
		return blockProof{receipts: notAsked, withdrawals: notAsked}
	}
	p := blockProof{}
	h := new(types.Header)
	err := json.Unmarshal(b.raw, h)
	if err != nil {
		err = fmt.Errorf("the header is not one of Ethereum: %w", err)
	} else {
		err = proof.Header(h, b.Hash)
	}
	if err != nil {
		p.receipts, p.withdrawals = because(err), because(err)
		return p
	}
	p.header = h
	p.withdrawals = proveWithdrawals(h, b)
	if p.txs, err = proveTxs(h, b); err == nil {
		p.list, err = proveReceipts(h, b)
	}
	p.receipts = because(err)
	return p
}

func because(err error) chain.Proof {
	if err == nil {
		return proven
	}
	return chain.Unproven(oneLine(err))
}

func proveTxs(h *types.Header, b *body) ([]proof.Tx, error) {
	txs := make([]proof.Tx, len(b.Txs))
	for i, raw := range b.Txs {
		if err := json.Unmarshal(raw, &txs[i]); err != nil {
			var unknown *proof.UnsupportedError
			if errors.As(err, &unknown) {
				return nil, unknown
			}
			return nil, fmt.Errorf("tx %d is not one of Ethereum: %w", i, err)
		}
		if got := txs[i].Hash(); got != b.txs[i].Hash {
			return nil, &proof.MismatchError{What: fmt.Sprintf("hash of tx %d", i), Got: got, Want: b.txs[i].Hash}
		}
	}
	return txs, proof.Transactions(h, txs)
}

func proveReceipts(h *types.Header, b *body) ([]proof.Receipt, error) {
	if !b.complete {
		return nil, errors.New("the endpoint does not give every receipt of the block")
	}
	list := make([]proof.Receipt, len(b.receipts))
	for i, raw := range b.receipts {
		if err := json.Unmarshal(raw, &list[i]); err != nil {
			return nil, fmt.Errorf("receipt %d is not one of Ethereum: %w", i, err)
		}
	}
	return list, proof.Receipts(h, list)
}

func proveWithdrawals(h *types.Header, b *body) chain.Proof {
	var full struct {
		Withdrawals []*types.Withdrawal `json:"withdrawals"`
	}
	if err := json.Unmarshal(b.raw, &full); err != nil {
		return because(fmt.Errorf("withdrawals: %w", err))
	}
	return because(proof.Withdrawals(h, full.Withdrawals))
}

// ofTx says how firmly the value and the fee of one tx stand. The roots fix
// what was signed and what the gas was; who signed follows from the signature,
// and the price from header and tx.
func (p blockProof) ofTx(i int, tx *chain.Tx, wire *wireTx, receipt *wireReceipt) (value, charge chain.Proof) {
	if !p.receipts.Proven() {
		return p.receipts, p.receipts
	}
	sender, err := p.sender(i, tx.ChainID)
	if err == nil && sender != tx.From {
		err = fmt.Errorf("the tx is sent by %s", chain.Hex(sender))
	}
	if err == nil && p.list[i].PostState == nil && tx.Failed != (p.list[i].Status == types.ReceiptStatusFailed) {
		err = errors.New("the status is not the one in the receipts root")
	}
	if err != nil {
		return because(err), because(err)
	}
	if len(p.list[i].PostState) > 0 {
		return chain.Unproven("receipts before Byzantium do not say whether a tx succeeded"), p.ofFee(i, tx, wire, receipt)
	}
	return proven, p.ofFee(i, tx, wire, receipt)
}

// sender is who signed a tx, or whom the chain lets send it.
func (p blockProof) sender(i int, chainID uint64) (common.Address, error) {
	if d := p.txs[i].Deposit; d != nil {
		return d.From, nil
	}
	return types.Sender(types.LatestSignerForChainID(new(big.Int).SetUint64(chainID)), p.txs[i].Transaction)
}

func (p blockProof) ofFee(i int, tx *chain.Tx, wire *wireTx, receipt *wireReceipt) chain.Proof {
	if p.txs[i].Deposit != nil {
		return proven // there is none
	}
	gas := p.list[i].CumulativeGasUsed
	if i > 0 {
		gas -= p.list[i-1].CumulativeGasUsed
	}
	price, err := p.txs[i].EffectiveGasTip(p.header.BaseFee)
	switch {
	case receipt.L1Fee != nil || receipt.OpConstant != nil:
		return chain.Unproven("what a rollup charges for data is not part of what a block commits to")
	case wire.Type.Uint64() == types.BlobTxType:
		return chain.Unproven("the price of blob gas was not checked")
	case err != nil:
		return because(fmt.Errorf("gas price: %w", err))
	}
	if p.header.BaseFee != nil {
		price = new(big.Int).Add(price, p.header.BaseFee)
	}
	due := new(big.Int).Mul(price, new(big.Int).SetUint64(gas))
	if due.Cmp(tx.Fee.ToBig()) != 0 {
		return chain.Unproven("the fee is not gas used times the price that header and tx fix")
	}
	return proven
}
