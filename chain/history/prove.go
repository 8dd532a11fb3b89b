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
	outside     common.Hash // a tx that stands behind the others and in no root; zero where there is none
	tipless     bool        // whatever a tx offers, it pays the base fee (Arbitrum)
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
	if why := ownBlocks(r.id.ChainID, &b.wireHead); why != "" {
		err = errors.New(why)
	} else if err != nil {
		err = fmt.Errorf("the header is not one of Ethereum: %w", err)
	} else {
		err = proof.Header(h, b.Hash)
	}
	if err != nil {
		p.receipts, p.withdrawals = because(err), because(err)
		return p
	}
	p.header, p.tipless = h, tipless(r.id.ChainID, b, h)
	p.withdrawals = proveWithdrawals(h, b)
	n := len(b.txs)
	if n > 0 && b.txs[n-1].Hash == proof.StateSyncHash(b.Number.Uint64(), b.Hash) {
		n--
		p.outside = b.txs[n].Hash
	}
	if p.txs, err = proveTxs(h, b, n); err == nil {
		p.list, err = proveReceipts(h, b, n)
	}
	p.receipts = because(err)
	return p
}

// ofLog says how firmly the logs of a tx stand.
func (p blockProof) ofLog(tx common.Hash) chain.Proof {
	if p.outside != (common.Hash{}) && tx == p.outside {
		return chain.Unproven(outsideRoots)
	}
	return p.receipts
}

const outsideRoots = "a state sync of Polygon stands in none of the roots of its block (until PIP-74)"

func because(err error) chain.Proof {
	if err == nil {
		return proven
	}
	return chain.Unproven(oneLine(err))
}

// proveTxs proves the first n txs of a block to be all that it has.
func proveTxs(h *types.Header, b *body, n int) ([]proof.Tx, error) {
	txs := make([]proof.Tx, n)
	for i := range txs {
		if err := readTx(b, i, &txs[i]); err != nil {
			return nil, err
		}
		if got := txs[i].Hash(); got != b.txs[i].Hash {
			return nil, &proof.MismatchError{What: fmt.Sprintf("hash of tx %d", i), Got: got, Want: b.txs[i].Hash}
		}
	}
	return txs, proof.Transactions(h, txs)
}

func readTx(b *body, i int, tx *proof.Tx) error {
	var unknown *proof.UnsupportedError
	err := json.Unmarshal(b.Txs[i], tx)
	switch {
	case errors.As(err, &unknown) && b.encoded[i] != nil:
		if *tx, err = proof.Opaque(b.encoded[i]); err != nil {
			return fmt.Errorf("tx %d: %w", i, err)
		}
	case errors.As(err, &unknown):
		return unknown
	case err != nil:
		return fmt.Errorf("tx %d is not one that can be encoded: %w", i, err)
	}
	return nil
}

func proveReceipts(h *types.Header, b *body, n int) ([]proof.Receipt, error) {
	list := make([]proof.Receipt, n)
	for i := range list {
		if b.receipts[i] == nil {
			return nil, errors.New("the endpoint does not give every receipt of the block")
		}
		if err := json.Unmarshal(b.receipts[i], &list[i]); err != nil {
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
	if known := p.ofLog(tx.Hash); !known.Proven() {
		return known, known
	}
	sender, err := p.sender(i, tx.ChainID)
	if err == nil && sender != tx.From {
		err = fmt.Errorf("the tx is sent by %s", chain.Hex(sender))
	}
	if err == nil && !p.txs[i].Moves(tx.To, tx.Value.ToBig(), mintOf(wire)) {
		err = errors.New("what the tx moves is not what its encoding says")
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

func mintOf(wire *wireTx) *big.Int {
	if wire.Mint == nil {
		return nil
	}
	return wire.Mint.ToBig()
}

// sender is who signed a tx, or whom the chain lets send it.
func (p blockProof) sender(i int, chainID uint64) (common.Address, error) {
	f := p.txs[i].Foreign
	switch {
	case f == nil:
		return types.Sender(types.LatestSignerForChainID(new(big.Int).SetUint64(chainID)), p.txs[i].Transaction)
	case f.From == nil:
		return common.Address{}, fmt.Errorf("of txs of type 0x%02x the hash is known and what they say is not", f.Type)
	}
	return *f.From, nil
}

func (p blockProof) ofFee(i int, tx *chain.Tx, wire *wireTx, receipt *wireReceipt) chain.Proof {
	if f := p.txs[i].Foreign; f != nil {
		if tx.Fee.IsZero() {
			return proven // there is none in the coin
		}
		return chain.Unproven(fmt.Sprintf("what a tx of type 0x%02x pays for gas was not checked", f.Type))
	}
	gas := p.list[i].CumulativeGasUsed
	if i > 0 {
		gas -= p.list[i-1].CumulativeGasUsed
	}
	price, err := p.price(i)
	switch {
	case receipt.L1Fee != nil || receipt.OpConstant != nil:
		return chain.Unproven("what a rollup charges for data is not part of what a block commits to")
	case wire.Type.Uint64() == types.BlobTxType:
		return chain.Unproven("the price of blob gas was not checked")
	case err != nil:
		return because(fmt.Errorf("gas price: %w", err))
	}
	due := new(big.Int).Mul(price, new(big.Int).SetUint64(gas))
	if due.Cmp(tx.Fee.ToBig()) != 0 {
		return chain.Unproven("the fee is not gas used times the price that header and tx fix")
	}
	return proven
}

// price is what a gas of a tx cost, by header and tx.
func (p blockProof) price(i int) (*big.Int, error) {
	if p.tipless {
		return p.header.BaseFee, nil
	}
	tip, err := p.txs[i].EffectiveGasTip(p.header.BaseFee)
	if err != nil || p.header.BaseFee == nil {
		return tip, err
	}
	return new(big.Int).Add(tip, p.header.BaseFee), nil
}
