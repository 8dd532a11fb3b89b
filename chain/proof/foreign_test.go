package proof_test

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/rlp"
	"github.com/ethereum/go-ethereum/trie"
	"pgregory.net/rapid"

	"losstracer/chain/proof"
)

func readTx(t *testing.T, text string) proof.Tx {
	t.Helper()
	var tx proof.Tx
	if err := json.Unmarshal([]byte(text), &tx); err != nil {
		t.Fatal(err)
	}
	return tx
}

// Block 350,791,066 of Arbitrum One, as its nodes gave it in June 2025 (from
// the tests of a proxy, erpc/erpc).
const arbitrumHeader = `{"baseFeePerGas":"0x989680","difficulty":"0x1","extraData":"0xc55914e90e13cba05a84efc4b7f1e7c44897f9437ed4fbac55ae8d602d4d3240",
"gasLimit":"0x4000000000000","gasUsed":"0x93349","miner":"0xa4b000000000000000000073657175656e636572",
"logsBloom":"0x00000000000000000000000000000000000000008008000000080000001000000000000000000008000000000000000000004000000020000000040000208000080010010200000800000008000100000000000000040000000000000000000000004000000000000000000400000000000010000000400000400010000800000000000000000000000c00000000000000000000000000000000080000000000022000000000000000000000000c00000000102040000000000008000000000000008002000000000000000200000000008000000400000000000000000000008010000000000000000000000000000210000000000000000000000000000000",
"mixHash":"0x0000000000023fb900000000015b88c400000000000000280000000000000000","nonce":"0x00000000001ed08c","number":"0x14e8a59a",
"parentHash":"0xeea5e5abd449dcc96b06dc7fcf1d11e19b6ed31d1c568f83e21e4e80b6e97db2","receiptsRoot":"0xbf6cfdf29ce73f87c2c0b828813e5700a5fa621777bbbae650c8b34cdaa8b15b",
"sha3Uncles":"0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347","stateRoot":"0xe8d2484861442a3ef9809818951b22776d6ca444d7e31f99c0c104532be4f690",
"timestamp":"0x685aeaf0","transactionsRoot":"0xec2be67d104f0e1947f0ff32c22c2c0b5fe83d21aa87da153723807d23e32644"}`

var arbitrumTxs = []string{
	`{"hash":"0x03dd259cba9ef03a0043700ff6aa27de5c96337ad410b3710b6482ca8a971fd0","type":"0x6a","chainId":"0xa4b1","from":"0x00000000000000000000000000000000000a4b05","gas":"0x0","gasPrice":"0x0","nonce":"0x0","to":"0x00000000000000000000000000000000000a4b05","value":"0x0","input":"0x6bf6a42d000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000015b88c40000000000000000000000000000000000000000000000000000000014e8a59a0000000000000000000000000000000000000000000000000000000000000000","v":"0x0","r":"0x0","s":"0x0"}`,
	`{"hash":"0x4bbf17269f52fc3f5b08d4361c78547dc41cfe851a1cee8ce8d8183529b08e20","type":"0x2","chainId":"0xa4b1","accessList":[],"gas":"0x5c521","gasPrice":"0xe4e1c0","maxFeePerGas":"0xe4e1c0","maxPriorityFeePerGas":"0xe4e1c0","nonce":"0x7864c","to":"0xcb43d843f6cadf4f4844f3f57032468aadd9b95c","value":"0x0","input":"0xb2460c480013000c07c6fa82dbcc0000000000000a05686d372518312e83fe47c0eae100","v":"0x0","yParity":"0x0","r":"0x1d899e5a4bba036c903793973bf05d5558ba74390bb1fbf3debffaa81955974","s":"0x52023c741692c2b90fb2badfd85beb7a234c91815efd90e6787d73af836a7a7d"}`,
	`{"hash":"0x29905570a812fcd1b87b1aa5ac1965b165e1ab62aa43cb19d8b2bff6cc9e61b5","type":"0x2","chainId":"0xa4b1","accessList":[],"gas":"0x32deb","gasPrice":"0x989680","maxFeePerGas":"0x1312d00","maxPriorityFeePerGas":"0x0","nonce":"0xd3d4","to":"0x912ce59144191c1204e64559fe8253a0e49e6548","value":"0x0","input":"0xa9059cbb000000000000000000000000d04c57f232e21371d5502bc5f79033b9045e9f1a000000000000000000000000000000000000000000000000002386f26fc10000","v":"0x1","yParity":"0x1","r":"0xe45fa22c58004d242c057f06470ed992032f5c8adede2e700c08af1200ffc9dc","s":"0x673e40d58c4e1b3fafa7bc6e014d0ae3c20ae92827d4c86dc8fae5c4c61fed1b"}`,
	`{"hash":"0x687b2b8c3ae04b2d658072cdecbc507abf120a1de1d3d314e4e4668478fa1b15","type":"0x2","chainId":"0xa4b1","accessList":[],"gas":"0x2dc6c0","gasPrice":"0x1312d00","maxFeePerGas":"0xb2d05e00","maxPriorityFeePerGas":"0x989680","nonce":"0x47a57c","to":"0xfd086bc7cd5c481dcc9c85ebe478a1c0b69fcbb9","value":"0x0","input":"0xa9059cbb0000000000000000000000008b72bffc0704adfbd54aacff75c7786b34de5090000000000000000000000000000000000000000000000000000000000ca2dd00","v":"0x1","yParity":"0x1","r":"0xb4e0f23588a9ec8ba28eac6fb5d5730fbbb353347a73bf7516c4f98ed65c26de","s":"0xcb85359e91835eb3440bcef930ee40f7e96e9e0ab4aebec5f30554ca862e9b9"}`,
}

// A real block of Arbitrum: its hash follows from its header, and the root of
// its txs from the internal one that begins it and those of its users.
func TestArbitrumBlock(t *testing.T) {
	t.Parallel()
	var h types.Header
	if err := json.Unmarshal([]byte(arbitrumHeader), &h); err != nil {
		t.Fatal(err)
	}
	if err := proof.Header(&h, common.HexToHash("0x095e8f52e77f0add52fc6cf2f3f04ceb72462dbf54bab11544e7227415aeabd5")); err != nil {
		t.Error(err)
	}
	var txs []proof.Tx
	for _, text := range arbitrumTxs {
		tx := readTx(t, text)
		var said struct{ Hash common.Hash }
		if err := json.Unmarshal([]byte(text), &said); err != nil {
			t.Fatal(err)
		}
		if tx.Hash() != said.Hash {
			t.Errorf("hash %s, want %s", tx.Hash(), said.Hash)
		}
		txs = append(txs, tx)
	}
	if err := proof.Transactions(&h, txs); err != nil {
		t.Error(err)
	}
	if from := txs[0].Foreign.From; *from != common.HexToAddress("0xa4b05") {
		t.Errorf("the internal tx is from %s", from)
	}
	// A block before that, of which only the internal tx is known.
	other := readTx(t, `{"type":"0x6a","chainId":"0xa4b1","input":"0x6bf6a42d0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000174c8760000000000000000000000000000000000000000000000000000000019adf0860000000000000000000000000000000000000000000000000000000000000000"}`)
	if want := common.HexToHash("0x26ae3f2abe865feb7927210b03f5137af48b5f2ee25e748cb411c0f5f9ebb9de"); other.Hash() != want {
		t.Errorf("hash %s, want %s", other.Hash(), want)
	}
}

// Txs of Celo that pay their fee in a token (CIP-64), with hash and sender as
// its explorers have them.
func TestCeloTx(t *testing.T) {
	t.Parallel()
	rows := []struct{ hash, from, text string }{
		{"0x2403eb8e9dd5230ee0c89e430591b804bb2d4e218af479e07cc8ff0b4c3611e7", "0x7fda9576b9256c5bbe7cc487a0e49da7f038e2f3",
			`{"accessList":[],"chainId":"0xa4ec","feeCurrency":"0x0e2a3e05bc9a16f5292a6170456a710cb89c6f72","gas":"0x3d97c","gasPrice":"0x22a4c71a0","input":"0xcac35c7a290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563","maxFeePerGas":"0x315373261","maxPriorityFeePerGas":"0x63e4b","nonce":"0x133","r":"0x9de05cbec31a4fcf01c652408e51c58f82aae6c66513320dd9f06b77abfe1494","s":"0x363706d206c4649165bb27b54e6286cf4cedac8b7fdd78d9cb1e00047240e293","to":"0xa0e9096b8e5ad2701f51ca1cb11684aaad91993a","type":"0x7b","v":"0x1","value":"0x0","yParity":"0x1"}`},
		{"0x2499b178a0e54fb856354bb53c9cb0fe2d1f70b2e6c876f6470e7a6e5090f3ac", "0xefe945ee33ce4ab037ff4d1e1384d0efcd95f37b",
			`{"nonce":"0x705","to":"0x7a1e295c4babdf229776680c93ed0f73d069abc0","value":"0x0","gasPrice":"0x1ae0426f1","gas":"0x3644c","maxFeePerGas":"0x26442dbed","maxPriorityFeePerGas":"0x4d7ee","input":"0xcac35c7a290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563","r":"0xaa0cfaa3df893578b3504062b862428f0e4a94046370cf2a4fd6c392c0760dd8","s":"0x1337d022bbb8faed78a9707e6c38d51f575816e7f85aa540f3d37a9081c58a71","v":"0x0","yParity":"0x0","chainId":"0xa4ec","accessList":[],"type":"0x7b","feeCurrency":"0x2f25deb3848c207fc8e0c34035b3ba7fc157602b"}`},
	}
	for _, row := range rows {
		tx := readTx(t, row.text)
		if tx.Hash() != common.HexToHash(row.hash) {
			t.Errorf("hash %s, want %s", tx.Hash(), row.hash)
		}
		if *tx.Foreign.From != common.HexToAddress(row.from) {
			t.Errorf("from %s, want %s", tx.Foreign.From, row.from)
		}
	}
	// Without a list, without a token, signed by nobody.
	for was, is := range map[string]string{`"r":"0xaa`: `"r":"0x0","was":"0xaa`, `"yParity":"0x0"`: `"yParity":"0x2"`, `"nonce"`: `"once"`} {
		var tx proof.Tx
		if err := json.Unmarshal([]byte(strings.Replace(rows[1].text, was, is, 1)), &tx); err == nil {
			t.Errorf("with %s the tx is read", is)
		}
	}
}

// samples holds a tx of each type of Arbitrum that is not signed. No block with
// them is at hand: their form rests on that of Nitro's source.
var samples = map[uint8]map[string]string{
	proof.ArbitrumDepositType:   {"chainId": "0xa4b1", "requestId": word(1), "from": who(2), "to": who(3), "value": "0x4"},
	proof.ArbitrumUnsignedType:  {"chainId": "0xa4b1", "from": who(2), "nonce": "0x5", "gasPrice": "0x6", "gas": "0x7", "to": who(3), "value": "0x4", "input": "0x0809"},
	proof.ArbitrumContractType:  {"chainId": "0xa4b1", "requestId": word(1), "from": who(2), "maxFeePerGas": "0x6", "gas": "0x7", "to": who(3), "value": "0x4", "input": "0x0809"},
	proof.ArbitrumRetryType:     {"chainId": "0xa4b1", "nonce": "0x5", "from": who(2), "maxFeePerGas": "0x6", "gas": "0x7", "to": who(3), "value": "0x4", "input": "0x0809", "ticketId": word(1), "refundTo": who(10), "maxRefund": "0xb", "submissionFeeRefund": "0xc"},
	proof.ArbitrumRetryableType: {"chainId": "0xa4b1", "requestId": word(1), "from": who(2), "l1BaseFee": "0xd", "depositValue": "0x4", "maxFeePerGas": "0x6", "gas": "0x7", "retryTo": who(3), "retryValue": "0xe", "beneficiary": who(15), "maxSubmissionFee": "0x10", "refundTo": who(17), "retryData": "0x0809"},
	proof.ArbitrumInternalType:  {"chainId": "0xa4b1", "input": "0x0809"},
}

func word(n int64) string { return common.BigToHash(big.NewInt(n)).Hex() }
func who(n int64) string {
	return strings.ToLower(common.BigToAddress(big.NewInt(n)).Hex())
}

func textOf(t interface{ Fatal(...any) }, kind uint8, fields map[string]string) string {
	said := map[string]string{"type": hexutil.EncodeUint64(uint64(kind))}
	for name, v := range fields {
		said[name] = v
	}
	text, err := json.Marshal(said)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// The fields of each type stand in the order of Nitro's structs.
func TestArbitrumForms(t *testing.T) {
	t.Parallel()
	n := func(v int64) *big.Int { return big.NewInt(v) }
	chainID, data := n(42161), []byte{8, 9}
	from, to := common.BigToAddress(n(2)), common.BigToAddress(n(3))
	one := common.BigToHash(n(1))
	for kind, fields := range map[uint8][]any{
		proof.ArbitrumDepositType:   {chainID, one, from, to, n(4)},
		proof.ArbitrumUnsignedType:  {chainID, from, n(5), n(6), n(7), to, n(4), data},
		proof.ArbitrumContractType:  {chainID, one, from, n(6), n(7), to, n(4), data},
		proof.ArbitrumRetryType:     {chainID, n(5), from, n(6), n(7), to, n(4), data, one, common.BigToAddress(n(10)), n(11), n(12)},
		proof.ArbitrumRetryableType: {chainID, one, from, n(13), n(4), n(6), n(7), to, n(14), common.BigToAddress(n(15)), n(16), common.BigToAddress(n(17)), data},
		proof.ArbitrumInternalType:  {chainID, data},
	} {
		payload, err := rlp.EncodeToBytes(fields)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := readTx(t, textOf(t, kind, samples[kind])).Hash(), crypto.Keccak256Hash([]byte{kind}, payload); got != want {
			t.Errorf("type 0x%02x: hash %s, want %s", kind, got, want)
		}
	}
}

// Whatever a tx says is part of its hash, and nothing that it has to say may be
// missing.
func TestForeignTxsSayWhatTheyAre(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]uint8{0x64, 0x65, 0x66, 0x68, 0x69, 0x6a}).Draw(t, "type")
		name := rapid.SampledFrom(keys(samples[kind])).Draw(t, "field")
		said := map[string]string{}
		for k, v := range samples[kind] {
			said[k] = v
		}
		var was, is proof.Tx
		if err := json.Unmarshal([]byte(textOf(t, kind, said)), &was); err != nil {
			t.Fatal(err)
		}
		v := []byte(said[name])
		last := v[len(v)-1]
		v[len(v)-1] = rapid.SampledFrom([]byte(strings.ReplaceAll("123456789abcdef", string(last), ""))).Draw(t, "digit")
		said[name] = string(v)
		if err := json.Unmarshal([]byte(textOf(t, kind, said)), &is); err != nil {
			t.Fatal(err)
		}
		if was.Hash() == is.Hash() {
			t.Errorf("type 0x%02x: %s is not part of the hash", kind, name)
		}
		delete(said, name)
		optional := name == "to" || name == "retryTo" // creates a contract
		if err := json.Unmarshal([]byte(textOf(t, kind, said)), &is); (err == nil) != (optional && kind != proof.ArbitrumDepositType) {
			t.Errorf("type 0x%02x without %s: %v", kind, name, err)
		}
	})
}

func keys(m map[string]string) []string {
	var out []string
	for _, name := range []string{
		"chainId", "requestId", "from", "to", "value", "nonce", "gasPrice", "gas", "input", "maxFeePerGas", "ticketId", "refundTo", "maxRefund",
		"submissionFeeRefund", "l1BaseFee", "depositValue", "retryTo", "retryValue", "beneficiary", "maxSubmissionFee", "retryData",
	} {
		if _, ok := m[name]; ok {
			out = append(out, name)
		}
	}
	return out
}

// A tx of which only the encoding is known has its hash and its place.
func TestOpaque(t *testing.T) {
	t.Parallel()
	signed := types.MustSignNewTx(key(t), types.LatestSignerForChainID(big.NewInt(137)), &types.DynamicFeeTx{ChainID: big.NewInt(137), Gas: 21000, GasFeeCap: big.NewInt(1), Value: big.NewInt(7)})
	// What Polygon has since PIP-74: a list of what came from L1 (Bor,
	// core/types, StateSyncTx).
	payload, err := rlp.EncodeToBytes([]any{[]any{uint64(77), common.Address{1}, []byte{2}, common.Hash{3}}})
	if err != nil {
		t.Fatal(err)
	}
	sync, err := proof.Opaque(append([]byte{proof.StateSyncType}, payload...))
	if err != nil {
		t.Fatal(err)
	}
	if want := crypto.Keccak256Hash([]byte{proof.StateSyncType}, payload); sync.Hash() != want {
		t.Errorf("hash %s, want %s", sync.Hash(), want)
	}
	if sync.Foreign.From != nil {
		t.Error("somebody sends it")
	}
	raw, err := signed.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	again, err := proof.Opaque(raw)
	if err != nil {
		t.Fatal(err)
	}
	h := &types.Header{TxHash: types.DeriveSha(types.Transactions{signed}, trie.NewStackTrie(nil))}
	if err := proof.Transactions(h, []proof.Tx{again}); err != nil {
		t.Error(err)
	}
	for _, bad := range [][]byte{nil, {0x7f}, {0, 1}, {0xc1, 0x80}} {
		if _, err := proof.Opaque(bad); err == nil {
			t.Errorf("%x is the encoding of a tx", bad)
		}
	}
}

// encodings is a list of what is encoded already.
type encodings [][]byte

func (e encodings) Len() int                           { return len(e) }
func (e encodings) EncodeIndex(i int, b *bytes.Buffer) { b.Write(e[i]) }

func key(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	k, err := crypto.ToECDSA(common.BigToHash(big.NewInt(1)).Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Receipts with a type of their own are encoded as those of Ethereum with one;
// that of Celo has the base fee behind (CIP-66).
func TestForeignReceipts(t *testing.T) {
	t.Parallel()
	encode := func(kind uint8, fields ...any) common.Hash {
		payload, err := rlp.EncodeToBytes(append([]any{[]byte{1}, uint64(64013), types.Bloom{}, []*types.Log{}}, fields...))
		if err != nil {
			t.Fatal(err)
		}
		return types.DeriveSha(encodings{append([]byte{kind}, payload...)}, trie.NewStackTrie(nil))
	}
	read := func(kind uint8, more string) []proof.Receipt {
		var r proof.Receipt
		text := fmt.Sprintf(`{"type":"0x%x","status":"0x1","cumulativeGasUsed":"0xfa0d","gasUsed":"0xfa0d","logs":[],"logsBloom":"%s","transactionHash":"%s","transactionIndex":"0x0"%s}`,
			kind, hexutil.Encode(make([]byte, types.BloomByteLength)), word(1), more)
		if err := json.Unmarshal([]byte(text), &r); err != nil {
			t.Fatal(err)
		}
		return []proof.Receipt{r}
	}
	var unsupported *proof.UnsupportedError
	var mismatch *proof.MismatchError
	for _, kind := range []uint8{0x64, 0x65, 0x66, 0x68, 0x69, 0x6a, 0x7f, 0x55} {
		if err := proof.Receipts(&types.Header{ReceiptHash: encode(kind)}, read(kind, "")); err != nil {
			t.Errorf("type 0x%02x: %v", kind, err)
		}
		err := proof.Receipts(&types.Header{ReceiptHash: common.Hash{1}}, read(kind, ""))
		if known := kind != 0x55; known && !errors.As(err, &mismatch) || !known && !errors.As(err, &unsupported) {
			t.Errorf("type 0x%02x under another root: %v", kind, err)
		}
	}
	celo := uint8(proof.CeloFeeCurrencyType)
	fee := hexutil.MustDecodeBig("0x2c567f0d0")
	if err := proof.Receipts(&types.Header{ReceiptHash: encode(celo, fee)}, read(celo, `,"baseFee":"0x2c567f0d0"`)); err != nil {
		t.Error(err)
	}
	if err := proof.Receipts(&types.Header{ReceiptHash: encode(celo, fee)}, read(celo, `,"baseFee":"0x2c567f0d1"`)); !errors.As(err, &mismatch) {
		t.Errorf("another base fee: %v", err)
	}
	if err := proof.Receipts(&types.Header{ReceiptHash: encode(celo, fee)}, read(celo, "")); !errors.As(err, &mismatch) {
		t.Errorf("no base fee: %v", err)
	}
	if err := proof.Receipts(&types.Header{}, read(0x80, "")); !errors.As(err, &unsupported) {
		t.Errorf("a type that cannot be: %v", err)
	}
}

// Two state syncs of Polygon, whose receipts stand in reports of faults of
// Erigon (8866 and 16944); of the second the beginning of the hash.
func TestStateSyncHash(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		number      uint64
		block, want string
	}{
		{0x2a9a790, "0x33624611c60151475cb578350a51ac9675f5aab076f15d61db83b850d160cef4", "0x9e1e02e2ad9e4144e47a348177aab746dc6ad0648837cf8399d96a01c5463ae6"},
		{0x2fc15e0, "0x439632bd507fb885bb6d48de2cd7fd2c1fee06a8cd59359b70c358dfe25d0207", "0x6629e2405a8f056e026d78ce9"},
	} {
		if got := proof.StateSyncHash(row.number, common.HexToHash(row.block)).Hex(); !strings.HasPrefix(got, row.want) {
			t.Errorf("block %d: hash %s, want %s", row.number, got, row.want)
		}
	}
}

// Whatever is said of a tx, it is read or refused.
func FuzzTx(f *testing.F) {
	for _, text := range arbitrumTxs {
		f.Add([]byte(text))
	}
	f.Add([]byte(unichainDeposit))
	for kind, fields := range samples {
		f.Add([]byte(textOf(f, kind, fields)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var tx, again proof.Tx
		if json.Unmarshal(text, &tx) != nil {
			return
		}
		if err := json.Unmarshal(text, &again); err != nil || tx.Hash() != again.Hash() {
			t.Errorf("read twice: %v", err)
		}
	})
}
