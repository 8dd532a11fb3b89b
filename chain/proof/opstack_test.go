package proof_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/trie"

	"losstracer/chain/proof"
)

// The deposit that begins block 35,535,698 of Unichain Sepolia, as its
// sequencer gave it on 2025-11-06.
const unichainDeposit = `{"type":"0x7e","sourceHash":"0x35dd2ec802504a143048c7830f8f570e0d6cf5147217af869939c6b4ba710a36",
"from":"0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001","to":"0x4200000000000000000000000000000000000015","mint":"0x0","value":"0x0","gas":"0xf4240",
"nonce":"0x21e3b52","depositReceiptVersion":"0x1","gasPrice":"0x0","r":"0x0","s":"0x0","v":"0x0",
"input":"0x098999be000007d0000dbba0000000000000000800000000690be848000000000092042e000000000000000000000000000000000000000000000000000000000000000900000000000000000000000000000000000000000000000000000000000000010ffd7e2fb2c36e5f27c015872ce733a7b4f3fc0f4ee668d7469c557c48f8250f0000000000000000000000004ab3387810ef500bfe05a49dc53a44c222cbab3e000000000000000000000000"}`

// The txs after it.
var unichainTxs = []string{
	"0x02f87e8205158401c8ea9180338255789400000000000000000000000000000000000000008096426c6f636b204e756d6265723a203335353335363938c080a091f83058c881d9ad71c179ce680326501702eb68150d20b2bf7786e388f954a2a0180185d83e503f11bf3c265c1f9296ed8d3d7c04031cd8bb30509ad188ce7bbc",
	"0x02f86c8205158401c8ea92803382880994f878f0340bf132c28f3211e8b46c569edf81749580843fd553e8c001a0d73ce313aafea312e0b7244767e45f8b05d50305e0f4e4c3c564ddc751666815a02ee015ce2363311823c0b2e96bfb0e8090fd53c6cdd99be8cf343af123036dfc",
	"0x02f86c8205158401c8ea93803382880994f878f0340bf132c28f3211e8b46c569edf81749580843fd553e8c001a0f8cd94080642e116bc772f36a02d002505227aa542e1c13e5129ab40b8b037fba00608318d3895388e39b218bcb275380cebc566e68f26d3d434e32b8b58366cdf",
	"0x02f86c8205158401c8ea94803382880994f878f0340bf132c28f3211e8b46c569edf81749580843fd553e8c080a04368492ec1d087703aaf6f5fefe4427b3bf382e5cd07133f638bb6701f15fe61a05e28757fbdc7e744118be36d5a1548eb7c009eefcb5dc5c5040e09c2fc6de9d8",
	"0x02f86c8205158401c8ea95803382880994f878f0340bf132c28f3211e8b46c569edf81749580843fd553e8c080a0802ba6d4f37e3b8de96095bd0b216144f276171d16dc62a004f1a89009af5deea00f0c6250cfd1a062a1bc2bc353a5c227a980cac0f233b7be8932f2192342ec4f",
}

func unichain(t *testing.T) block {
	t.Helper()
	b := block{hash: common.HexToHash("0xc463a3120c35268f610d969f5608b479332ef10953af77c7a6be806195831196"), txs: make([]proof.Tx, 1)}
	b.txs[0] = readTx(t, unichainDeposit)
	for _, raw := range unichainTxs {
		tx := new(types.Transaction)
		if err := tx.UnmarshalBinary(hexutil.MustDecode(raw)); err != nil {
			t.Fatal(err)
		}
		b.txs = append(b.txs, proof.Tx{Transaction: tx})
	}
	nonce, version := uint64(0x21e3b52), uint64(1)
	for i, gas := range []uint64{0xb41c, 0x10994, 0x18f7d, 0x21566, 0x29b4f, 0x32138} {
		r := &types.Receipt{Type: types.DynamicFeeTxType, Status: 1, CumulativeGasUsed: gas, TransactionIndex: uint(i)}
		if i >= 2 {
			r.Logs = []*types.Log{{
				Address: common.HexToAddress("0xf878f0340bf132c28f3211e8b46c569edf817495"), Index: uint(i - 2),
				Topics: []common.Hash{common.HexToHash("0xfaddd0b06e793a583e92393ad3f98637e560462ee98db1f2888f141124ee64ca")},
				Data:   common.BigToHash(big.NewInt(0x29ac5c + int64(i-2))).Bytes(),
			}}
		}
		b.receipts = append(b.receipts, proof.Receipt{Receipt: r})
	}
	first := &b.receipts[0]
	first.Type, first.DepositNonce, first.DepositVersion = proof.DepositType, &nonce, &version
	zero := uint64(0)
	withdrawals := common.HexToHash("0x62ed62e0391b081bf172f287fbbe75e87d8a6c22f1d3b1f1aef4788c134633d2")
	requests := types.EmptyRequestsHash
	beacon := common.HexToHash("0xf6d335a6b2b4fd8fb539cd51a49769df4d53c31a90c54dd270e54542638ff101")
	b.header = &types.Header{
		ParentHash: common.HexToHash("0x06ff95a9cd23b0328da74a984aa986b2e01d377dab1825f1029e39ece6c4a3ea"), UncleHash: types.EmptyUncleHash,
		Coinbase:    common.HexToAddress("0x4200000000000000000000000000000000000011"),
		Root:        common.HexToHash("0x5615e4342d231c352438f0ba6a8f0f641459f67961961764b781a909969b28ad"),
		ReceiptHash: common.HexToHash("0x588e1d47b0618d7e935b20c3945cba3b7b8c00141904f79ceed20312ea502e63"),
		Difficulty:  new(big.Int), Number: big.NewInt(35_535_698), GasLimit: 0x3938700, GasUsed: 0x32138, Time: 0x690be89e,
		Extra: hexutil.MustDecode("0x00000000320000000c"), MixDigest: common.HexToHash("0x8beee738d20a9d77c5f27e9cb799ebe5b536f0985efad5f7d77ebff47f092c4a"),
		BaseFee: big.NewInt(0x33), WithdrawalsHash: &withdrawals, BlobGasUsed: &zero, ExcessBlobGas: &zero, ParentBeaconRoot: &beacon, RequestsHash: &requests,
	}
	for _, r := range b.receipts {
		b.header.Bloom = types.BytesToBloom(or(b.header.Bloom[:], types.CreateBloom(r.Receipt).Bytes()))
	}
	return b
}

func or(a, b []byte) []byte {
	for i := range a {
		a[i] |= b[i]
	}
	return a
}

// A block of the OP Stack follows from its deposit, its txs and their
// receipts: the root of the txs, which the sequencer did not tell, is what the
// hash of the block needs.
func TestOPStackBlock(t *testing.T) {
	t.Parallel()
	b := unichain(t)
	if got, want := b.txs[0].Hash(), common.HexToHash("0x613834aaeeb676fb45e312531c0cac40485a2c1b7b8ad8d648e5034dddfb5f03"); got != want {
		t.Errorf("the deposit hashes to %s, want %s", got, want)
	}
	var mismatch *proof.MismatchError
	if err := proof.Transactions(b.header, b.txs); !errors.As(err, &mismatch) {
		t.Fatalf("a header without the root of the txs: %v", err)
	}
	b.header.TxHash = mismatch.Got
	if err := errors.Join(proof.Header(b.header, b.hash), proof.Transactions(b.header, b.txs), proof.Receipts(b.header, b.receipts)); err != nil {
		t.Error(err)
	}
	deposit := func(was, is string) proof.Tx {
		if !strings.Contains(unichainDeposit, was) {
			t.Fatalf("the deposit does not say %s", was)
		}
		return readTx(t, strings.Replace(unichainDeposit, was, is, 1))
	}
	for name, change := range map[string]func(*block){
		"the nonce of the deposit":       func(b *block) { *b.receipts[0].DepositNonce++ },
		"no nonce":                       func(b *block) { b.receipts[0].DepositNonce = nil },
		"the root of before Canyon":      func(b *block) { b.receipts[0].DepositVersion = nil },
		"a deposit that failed":          func(b *block) { b.receipts[0].Status = 0 },
		"the gas of the deposit":         func(b *block) { b.receipts[0].CumulativeGasUsed++ },
		"a deposit that mints":           func(b *block) { b.txs[0] = deposit(`"mint":"0x0"`, `"mint":"0x1"`) },
		"a deposit of somebody else":     func(b *block) { b.txs[0] = deposit(`dead0001"`, `dead0002"`) },
		"a deposit that makes contracts": func(b *block) { b.txs[0] = deposit(`"to"`, `"nowhere"`) },
		"a log":                          func(b *block) { b.receipts[3].Logs[0].Data[31]++ },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := unichain(t)
			b.header.TxHash = mismatch.Got
			change(&b)
			var found *proof.MismatchError
			if err := errors.Join(proof.Transactions(b.header, b.txs), proof.Receipts(b.header, b.receipts)); !errors.As(err, &found) {
				t.Errorf("got %v, want a mismatch", err)
			}
		})
	}
}

// Other deposits, by the hashes under which explorers know them: block
// 1,048,576 of MegaETH, and block 127,446,283 of OP Mainnet.
func TestDepositHash(t *testing.T) {
	t.Parallel()
	for want, text := range map[string]string{
		"0x243d39c7f6cd74a9a081a6fe4bdfce37ac6136b9454691aeeb9ed77998450cbc": `{"type":"0x7e","sourceHash":"0x79ab34de993de378f15eafd864cab321ca382dc65b7aa82d0cc10618e68041e6","from":"0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001","to":"0x4200000000000000000000000000000000000015","mint":"0x0","value":"0x0","gas":"0x5f5e100","input":"0x098999be00000558000c5fc50000000000000053000000006922225700000000016c074600000000000000000000000000000000000000000000000000000000041577640000000000000000000000000000000000000000000000000000000000000001f7c63d3b8cb8f194b5ac53452faf9f8c0d14f790e43e85a12558906bbe6a5adf000000000000000000000000b98c6b1a805b96707a43e1f1acfa163b68098fa6000000000000000000000000"}`,
		"0xbc9329afac05556497441e2b3ee4c5d4da7ca0b2a4c212c212d0739e94a24df9": `{"type":"0x7e","sourceHash":"0x04e9a69416471ead93b02f0c279ab11ca0b635db5c1726a56faf22623bafde52","from":"0xdeaddeaddeaddeaddeaddeaddeaddeaddead0001","to":"0x4200000000000000000000000000000000000015","value":"0x0","gas":"0xf4240","input":"0x440a5e200000146b000f79c50000000000000003000000006725333f000000000141e287000000000000000000000000000000000000000000000000000000012439ee7e0000000000000000000000000000000000000000000000000000000063f363e973e96e7145ff001c81b9562cba7b6104eeb12a2bc4ab9f07c27d45cd81a986620000000000000000000000006887246668a3b87f54deb3b94ba47a6f63f32985"}`,
	} {
		var tx proof.Tx
		if err := json.Unmarshal([]byte(text), &tx); err != nil {
			t.Fatal(err)
		}
		if got := tx.Hash(); got != common.HexToHash(want) {
			t.Errorf("hash %s, want %s", got, want)
		}
	}
	for _, text := range []string{`{"type":"0x7e"}`, `{"type":"0x64"}`, `{"type":"0x7b","hash":"0x"}`, `{}`, `[]`, `{"type":"0x7e","sourceHash":"0x1"}`} {
		var tx proof.Tx
		if err := json.Unmarshal([]byte(text), &tx); err == nil {
			t.Errorf("%s is read as a tx", text)
		}
	}
}

// retyped encodes receipts of Ethereum with the type of a deposit in front.
type retyped struct{ types.Receipts }

func (r retyped) EncodeIndex(i int, b *bytes.Buffer) {
	at := b.Len()
	r.Receipts.EncodeIndex(i, b)
	b.Bytes()[at] = proof.DepositType
}

// Before Canyon the root leaves the nonce of a deposit out, whether or not a
// node tells it: it is the root of a receipt of the usual form.
func TestDepositReceiptBeforeCanyon(t *testing.T) {
	t.Parallel()
	plain := types.Receipts{{Type: types.DynamicFeeTxType, Status: 1, CumulativeGasUsed: 46913}}
	root := types.DeriveSha(retyped{plain}, trie.NewStackTrie(nil))
	nonce := uint64(4_012_991)
	for _, n := range []*uint64{nil, &nonce} {
		r := proof.Receipt{Receipt: &types.Receipt{Type: proof.DepositType, Status: 1, CumulativeGasUsed: 46913}, DepositNonce: n}
		if err := proof.Receipts(&types.Header{ReceiptHash: root}, []proof.Receipt{r}); err != nil {
			t.Errorf("nonce %v: %v", n, err)
		}
		later := uint64(2)
		r.DepositVersion = &later
		var unsupported *proof.UnsupportedError
		if err := proof.Receipts(&types.Header{ReceiptHash: root}, []proof.Receipt{r}); !errors.As(err, &unsupported) {
			t.Errorf("a version that nobody knows: %v", err)
		}
	}
}
