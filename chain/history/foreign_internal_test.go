package history

import (
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"

	"losstracer/chain"
	"losstracer/chain/proof"
)

// foreignBlock makes blocks of chains that have txs of their own.
type foreignBlock struct {
	t        *testing.T
	key      *ecdsa.PrivateKey
	thief    common.Address
	header   *types.Header
	txs      []json.RawMessage
	receipts []json.RawMessage
	gas      uint64
	logs     int
}

func newForeignBlock(t *testing.T) *foreignBlock {
	t.Helper()
	key, err := crypto.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return &foreignBlock{
		t: t, key: key, thief: crypto.PubkeyToAddress(key.PublicKey),
		header: &types.Header{Number: big.NewInt(77), Difficulty: new(big.Int), BaseFee: big.NewInt(2), UncleHash: types.EmptyUncleHash},
	}
}

// sign returns a tx of the thief's that offers a tip of 3.
func (f *foreignBlock) sign(chainID int64) *types.Transaction {
	id := big.NewInt(chainID)
	return types.MustSignNewTx(f.key, types.LatestSignerForChainID(id), &types.DynamicFeeTx{
		ChainID: id, GasTipCap: big.NewInt(3), GasFeeCap: big.NewInt(9), Gas: 21000, To: &common.Address{7}, Value: big.NewInt(5),
	})
}

// add appends a tx and its receipt, with a Transfer to the thief if it is to
// log one. price is what the receipt says of it.
func (f *foreignBlock) add(kind uint8, text string, hash common.Hash, gas, price uint64, logs bool) {
	at := len(f.txs)
	f.gas += gas
	f.txs = append(f.txs, json.RawMessage(fmt.Sprintf(`%s,"hash":"%s","transactionIndex":"0x%x"}`, strings.TrimSuffix(text, "}"), hash, at)))
	list := "[]"
	if logs {
		list = fmt.Sprintf(`[{"address":"%s","topics":["%s","%s","%s"],"data":"%s","logIndex":"0x%x","blockNumber":"0x4d","transactionHash":"%s"}]`,
			common.Address{0xdd}, chain.TopicTransfer, common.Hash{31: 1}, common.BytesToHash(f.thief[:]), common.Hash{31: byte(at + 1)}, f.logs, hash)
		f.logs++
	}
	f.receipts = append(f.receipts, json.RawMessage(fmt.Sprintf(
		`{"type":"0x%x","status":"0x1","transactionHash":"%s","transactionIndex":"0x%x","cumulativeGasUsed":"0x%x","gasUsed":"0x%x","effectiveGasPrice":"0x%x","logsBloom":"0x%0512x","logs":%s}`,
		kind, hash, at, f.gas, gas, price, 0, list)))
}

func (f *foreignBlock) addSigned(tx *types.Transaction, price uint64) {
	text, err := tx.MarshalJSON()
	if err != nil {
		f.t.Fatal(err)
	}
	f.add(tx.Type(), fmt.Sprintf(`%s,"from":"%s"}`, text[:len(text)-1], f.thief), tx.Hash(), 21000, price, true)
}

// seal sets the roots for what there is so far.
func (f *foreignBlock) seal(txs []proof.Tx) {
	f.header.TxHash = root(f.t, proof.Transactions(f.header, txs))
	list := make([]proof.Receipt, len(f.receipts))
	for i := range list {
		if err := json.Unmarshal(f.receipts[i], &list[i]); err != nil {
			f.t.Fatal(err)
		}
	}
	f.header.ReceiptHash = root(f.t, proof.Receipts(f.header, list))
}

func (f *foreignBlock) open(chainID uint64, encoded map[int][]byte) *opened {
	b := bodyOf(f.t, f.header, f.txs, f.receipts)
	b.encoded = encoded
	n, _ := chain.NetworkByID(chainID)
	r := &reader{id: Identity{ChainID: chainID, Network: n}, decoder: chain.Decoder{Network: n}, watched: map[common.Address]bool{f.thief: true}}
	return r.digest(b)
}

func proofs(ts []chain.Transfer) map[string]chain.Proof {
	got := map[string]chain.Proof{}
	for _, t := range ts {
		got[fmt.Sprintf("%s %s", t.Kind, t.Units.Dec())] = t.Proof
	}
	return got
}

// Until PIP-74 a state sync of Polygon stands outside of the roots, and all
// else in its block can be proven; since then it is part of the block, and its
// encoding proves it.
func TestPolygonStateSync(t *testing.T) {
	t.Parallel()
	const polygonID = 137
	t.Run("outside", func(t *testing.T) {
		t.Parallel()
		f := newForeignBlock(t)
		tx := f.sign(polygonID)
		f.addSigned(tx, 5)
		f.seal([]proof.Tx{{Transaction: tx}})
		nobody := common.Address{}
		f.add(0, fmt.Sprintf(`{"type":"0x0","from":"%s","to":"%s","value":"0x0","gas":"0x0","gasPrice":"0x0","nonce":"0x0","input":"0x"}`, nobody, nobody),
			proof.StateSyncHash(77, f.header.Hash()), 0, 0, true)
		o := f.open(polygonID, nil)
		got := proofs(append(o.transfers, o.tokens...))
		for name, want := range map[string]chain.Proof{"native 5": proven, "fee 105000": proven, "erc20 1": proven, "erc20 2": chain.Unproven(outsideRoots)} {
			if got[name] != want {
				t.Errorf("%s: %+v, want %+v", name, got[name], want)
			}
		}
		// Nodes that do not tell its receipt prove the rest all the same.
		f.receipts[1] = nil
		if o := f.open(polygonID, nil); !o.proof.Proven() {
			t.Errorf("without its receipt: %s", o.proof.Why())
		}
	})
	t.Run("inside", func(t *testing.T) {
		t.Parallel()
		f := newForeignBlock(t)
		tx := f.sign(polygonID)
		f.addSigned(tx, 5)
		payload, err := rlp.EncodeToBytes([]any{[]any{uint64(77), f.thief, []byte{2}, common.Hash{3}}})
		if err != nil {
			t.Fatal(err)
		}
		raw := append([]byte{proof.StateSyncType}, payload...)
		sync, err := proof.Opaque(raw)
		if err != nil {
			t.Fatal(err)
		}
		nobody := common.Address{}
		f.add(proof.StateSyncType, fmt.Sprintf(`{"type":"0x7f","from":"%s","to":"%s","value":"0x0","gas":"0x0","gasPrice":"0x0","nonce":"0x0","input":"0x"}`, nobody, nobody), sync.Hash(), 0, 0, true)
		f.seal([]proof.Tx{{Transaction: tx}, sync})
		o := f.open(polygonID, map[int][]byte{1: raw})
		for name, p := range proofs(append(o.transfers, o.tokens...)) {
			if !p.Proven() {
				t.Errorf("%s: %s", name, p.Why())
			}
		}
		if len(o.tokens) != 2 {
			t.Errorf("%d tokens, want 2", len(o.tokens))
		}
		if o := f.open(polygonID, nil); o.proof.Proven() || !strings.Contains(o.proof.Why(), "0x7f") {
			t.Errorf("without its encoding: %+v", o.proof)
		}
		if o := f.open(polygonID, map[int][]byte{1: append(raw, 0)}); o.proof.Proven() {
			t.Error("another encoding proves it")
		}
	})
}

// On Arbitrum a tx pays the base fee, whatever it offers, unless ArbOS collects
// tips; internal txs and deposits are proven like those of users.
func TestArbitrumIsProven(t *testing.T) {
	t.Parallel()
	const arbitrum = 42161
	for name, tips := range map[string]bool{"no tips": false, "tips": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newForeignBlock(t)
			f.header.MixDigest[23] = 40
			price := uint64(2)
			if tips {
				f.header.MixDigest[25], price = 1, 5
			}
			internal := `{"type":"0x6a","chainId":"0xa4b1","from":"0x00000000000000000000000000000000000a4b05","to":"0x00000000000000000000000000000000000a4b05","value":"0x0","gas":"0x0","gasPrice":"0x0","nonce":"0x0","input":"0x6bf6a42d"}`
			deposit := fmt.Sprintf(`{"type":"0x64","chainId":"0xa4b1","requestId":"%s","from":"%s","to":"%s","value":"0x64","gas":"0x0","gasPrice":"0x0","nonce":"0x0","input":"0x"}`, common.Hash{9}, common.Address{8}, f.thief)
			var txs []proof.Tx
			for _, text := range []string{internal, deposit} {
				var tx proof.Tx
				if err := json.Unmarshal([]byte(text), &tx); err != nil {
					t.Fatal(err)
				}
				f.add(tx.Foreign.Type, text, tx.Hash(), 0, 0, false)
				txs = append(txs, tx)
			}
			signed := f.sign(arbitrum)
			f.addSigned(signed, price)
			f.seal(append(txs, proof.Tx{Transaction: signed}))
			o := f.open(arbitrum, nil)
			got := proofs(append(o.transfers, o.tokens...))
			for _, name := range []string{"native 100", "native 5", "erc20 3", fmt.Sprintf("fee %d", 21000*price)} {
				if p, ok := got[name]; !ok || !p.Proven() {
					t.Errorf("%s: %+v; there is %v", name, p, got)
				}
			}
			// More than was deposited, told in a way that one reader of JSON takes and another does not.
			f.txs[1] = json.RawMessage(strings.Replace(string(f.txs[1]), `"value":"0x64"`, `"value":"0x64","VALUE":"0xffff"`, 1))
			if p, ok := proofs(f.open(arbitrum, nil).transfers)["native 65535"]; !ok || p.Proven() {
				t.Errorf("an amount that the tx does not say: %+v", p)
			}
		})
	}
}

// What a node says of a chain whose blocks commit to other things is unproven
// with that reason.
func TestZkSyncIsUnproven(t *testing.T) {
	t.Parallel()
	f := newForeignBlock(t)
	tx := f.sign(324)
	f.addSigned(tx, 5)
	f.seal([]proof.Tx{{Transaction: tx}})
	if o := f.open(324, nil); o.proof.Proven() || o.proof.Why() != zkSyncBlocks {
		t.Errorf("got %+v", o.proof)
	}
}
