package history

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"losstracer/chain"
	"losstracer/chain/proof"
)

// root is what a header has to say for a check to pass.
func root(t *testing.T, err error) common.Hash {
	t.Helper()
	var mismatch *proof.MismatchError
	if !errors.As(err, &mismatch) {
		t.Fatal(err)
	}
	return mismatch.Got
}

// bodyOf is a block as it is opened, the hash being that of its header.
func bodyOf(t *testing.T, h *types.Header, txs, receipts []json.RawMessage) *body {
	t.Helper()
	head, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	b := &body{raw: head, receipts: receipts, complete: true, txs: make([]wireTx, len(txs))}
	if err := json.Unmarshal(head, &b.wireBlock); err != nil {
		t.Fatal(err)
	}
	b.Hash, b.Txs = h.Hash(), slices.Clone(txs)
	for i := range txs {
		if err := json.Unmarshal(txs[i], &b.txs[i]); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

// TestOPStackIsProven opens a block as a node of the OP Stack gives it: what
// its deposit minted and what its txs and logs moved is proven, the fee is not.
func TestOPStackIsProven(t *testing.T) {
	t.Parallel()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	thief := crypto.PubkeyToAddress(key.PublicKey)
	chainID := big.NewInt(10)
	signed := types.MustSignNewTx(key, types.LatestSignerForChainID(chainID), &types.DynamicFeeTx{
		ChainID: chainID, GasTipCap: big.NewInt(1), GasFeeCap: big.NewInt(9), Gas: 21000, To: &common.Address{7}, Value: big.NewInt(5),
	})
	sent, err := signed.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	deposit := fmt.Sprintf(`{"type":"0x7e","sourceHash":"%s","from":"%s","to":"%s","mint":"0x64","value":"0x3","gas":"0x5208","input":"0x","nonce":"0x0","gasPrice":"0x0"`,
		common.Hash{1}, thief, common.Address{8})
	var d proof.Tx
	if err := json.Unmarshal([]byte(deposit+"}"), &d); err != nil {
		t.Fatal(err)
	}
	raw := []json.RawMessage{
		json.RawMessage(fmt.Sprintf(`%s,"hash":"%s","transactionIndex":"0x0"}`, deposit, d.Hash())),
		json.RawMessage(fmt.Sprintf(`%s,"from":"%s","transactionIndex":"0x1"}`, sent[:len(sent)-1], thief)),
	}
	const common1 = `"status":"0x1","logsBloom":"0x%0512x","logs":[],"gasUsed":"0x5208"`
	receipts := []json.RawMessage{
		json.RawMessage(fmt.Sprintf(`{"type":"0x7e","transactionHash":"%s","transactionIndex":"0x0","cumulativeGasUsed":"0x5208","depositNonce":"0x9","depositReceiptVersion":"0x1",`+common1+`}`, d.Hash(), 0)),
		json.RawMessage(fmt.Sprintf(`{"type":"0x2","transactionHash":"%s","transactionIndex":"0x1","cumulativeGasUsed":"0xa410","l1Fee":"0x7","effectiveGasPrice":"0x3",`+common1+`}`, signed.Hash(), 0)),
	}
	h := &types.Header{Number: big.NewInt(5), Difficulty: new(big.Int), BaseFee: big.NewInt(2), UncleHash: types.EmptyUncleHash}
	h.TxHash = root(t, proof.Transactions(h, []proof.Tx{d, {Transaction: signed}}))
	list := make([]proof.Receipt, 2)
	for i := range list {
		if err := json.Unmarshal(receipts[i], &list[i]); err != nil {
			t.Fatal(err)
		}
	}
	h.ReceiptHash = root(t, proof.Receipts(h, list))
	open := func() *body { return bodyOf(t, h, raw, receipts) }
	r := &reader{id: Identity{ChainID: 10}, watched: map[common.Address]bool{thief: true}}
	b := open()
	p := r.prove(b)
	if !p.receipts.Proven() {
		t.Fatalf("receipts: %s", p.receipts.Why())
	}
	got := map[string]chain.Proof{}
	for i := range b.txs {
		var receipt wireReceipt
		if err := json.Unmarshal(receipts[i], &receipt); err != nil {
			t.Fatal(err)
		}
		tx := &chain.Tx{ChainID: 10, Block: 5, Hash: b.txs[i].Hash, Index: uint32(i), From: b.txs[i].From, To: b.txs[i].To, Value: b.txs[i].Value.Int, Fee: fee(&b.txs[i], &receipt)}
		for _, tr := range r.ofTx(i, tx, &b.txs[i], &receipt, p) {
			got[fmt.Sprintf("%d %s %s", i, tr.Kind, tr.Units.Dec())] = tr.Proof
		}
	}
	for name, provable := range map[string]bool{"0 native 3": true, "0 unseen 100": true, "1 native 5": true, "1 fee 63007": false} {
		if is, ok := got[name]; !ok || is.Proven() != provable || !provable && is.Why() == "" {
			t.Errorf("%s: %+v, want proven %t; there is %v", name, is, provable, got)
		}
	}
	// A mint that the node made larger does not follow from the block.
	b = open()
	b.Txs[0] = json.RawMessage(fmt.Sprintf(`%s,"hash":"%s"}`, deposit[:len(deposit)-len(`,"gasPrice":"0x0"`)]+`,"mint":"0xffff"`, d.Hash()))
	if p := r.prove(b); p.receipts.Proven() {
		t.Error("another mint is proven")
	}
}
