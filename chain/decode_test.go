package chain_test

import (
	"bufio"
	order "cmp"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"

	"losstracer/chain"
)

var (
	alice = common.HexToAddress("0xa11ce00000000000000000000000000000000001")
	bob   = common.HexToAddress("0xb0b0000000000000000000000000000000000002")
	token = common.HexToAddress("0x7070700000000000000000000000000000000003")
	weth  = common.HexToAddress("0xc02aaa39b223fe8d0a0e5c4f27ead9083c756cc2")
)

func on(name string) chain.Decoder {
	n, ok := chain.NetworkByName(name)
	if !ok {
		panic("no network " + name)
	}
	return chain.Decoder{Network: n}
}

func word(n int64) []byte                { return common.BigToHash(big.NewInt(n)).Bytes() }
func topic(a common.Address) common.Hash { return common.BytesToHash(a[:]) }

func data(words ...int64) []byte {
	var b []byte
	for _, w := range words {
		b = append(b, word(w)...)
	}
	return b
}

// event is a log at place 5 of block 100, which is where told puts it.
func event(at common.Address, data []byte, topics ...common.Hash) *types.Log {
	return &types.Log{Address: at, Topics: topics, Data: data, BlockNumber: 100, Index: 5, TxIndex: 2, TxHash: common.HexToHash("0x77")}
}

func told(kind chain.Kind, asset chain.AssetID, from, to common.Address, units uint64) chain.Transfer {
	return chain.Transfer{
		Ref: chain.Ref{
			ChainID: asset.ChainID(), Block: 100, Tx: common.HexToHash("0x77"), TxIndex: 2,
			Site: chain.SiteLog, Index: 5,
		},
		Time: 1700000000, Kind: kind, From: from, To: to, Asset: asset, Units: *uint256.NewInt(units),
	}
}

func part(t chain.Transfer, n uint32) chain.Transfer {
	t.Part = n
	return t
}

func TestLogTransfers(t *testing.T) {
	t.Parallel()
	nft := func(kind chain.AssetKind, id string) chain.AssetID {
		return chain.Item(1, kind, token, id)
	}
	dirty := topic(alice)
	dirty[0] = 1
	huge := strings.Repeat("f", 64)
	for _, test := range []struct {
		name, reason string
		network      string // ethereum where empty
		log          *types.Log
		want         []chain.Transfer
		unread       bool
	}{
		{
			name: "ERC-20",
			log:  event(token, data(7), chain.TopicTransfer, topic(alice), topic(bob)),
			want: []chain.Transfer{told(chain.KindERC20, chain.Token(1, token), alice, bob, 7)},
		},
		{
			name: "ERC-20 of nothing", reason: "an event that happened; address poisoning works with such",
			log:  event(token, data(0), chain.TopicTransfer, topic(alice), topic(bob)),
			want: []chain.Transfer{told(chain.KindERC20, chain.Token(1, token), alice, bob, 0)},
		},
		{
			name: "ERC-721", reason: "the same signature with the token id indexed",
			log:  event(token, nil, chain.TopicTransfer, topic(alice), topic(bob), common.HexToHash("0x09")),
			want: []chain.Transfer{told(chain.KindERC721, nft(chain.ERC721, "9"), alice, bob, 1)},
		},
		{
			name: "ERC-721 with the largest token id",
			log:  event(token, nil, chain.TopicTransfer, topic(alice), topic(bob), common.HexToHash(huge)),
			want: []chain.Transfer{told(chain.KindERC721, nft(chain.ERC721,
				"115792089237316195423570985008687907853269984665640564039457584007913129639935"), alice, bob, 1)},
		},
		{
			name: "nothing indexed", reason: "a value and a token id look the same, as with CryptoKitties",
			log:    event(token, data(1, 2, 3), chain.TopicTransfer),
			unread: true,
		},
		{
			name:   "value of 31 bytes",
			log:    event(token, make([]byte, 31), chain.TopicTransfer, topic(alice), topic(bob)),
			unread: true,
		},
		{
			name:   "value of 33 bytes",
			log:    event(token, make([]byte, 33), chain.TopicTransfer, topic(alice), topic(bob)),
			unread: true,
		},
		{
			name:   "ERC-721 with data",
			log:    event(token, data(1), chain.TopicTransfer, topic(alice), topic(bob), common.HexToHash("0x09")),
			unread: true,
		},
		{
			name:   "two topics",
			log:    event(token, data(1, 2), chain.TopicTransfer, topic(alice)),
			unread: true,
		},
		{
			name: "sender wider than an address", reason: "cutting it would name somebody else",
			log:    event(token, data(1), chain.TopicTransfer, dirty, topic(bob)),
			unread: true,
		},
		{
			name:   "recipient wider than an address",
			log:    event(token, data(1), chain.TopicTransfer, topic(bob), dirty),
			unread: true,
		},
		{
			name: "ERC-1155 single",
			log:  event(token, data(4, 30), chain.TopicTransferSingle, topic(token), topic(alice), topic(bob)),
			want: []chain.Transfer{told(chain.KindERC1155, nft(chain.ERC1155, "4"), alice, bob, 30)},
		},
		{
			name:   "ERC-1155 single without an operator",
			log:    event(token, data(4, 30), chain.TopicTransferSingle, topic(alice), topic(bob)),
			unread: true,
		},
		{
			name:   "ERC-1155 single cut short",
			log:    event(token, data(4), chain.TopicTransferSingle, topic(token), topic(alice), topic(bob)),
			unread: true,
		},
		{
			name: "ERC-1155 batch",
			log: event(token, data(64, 160, 2, 4, 5, 2, 30, 31),
				chain.TopicTransferBatch, topic(token), topic(alice), topic(bob)),
			want: []chain.Transfer{
				told(chain.KindERC1155, nft(chain.ERC1155, "4"), alice, bob, 30),
				part(told(chain.KindERC1155, nft(chain.ERC1155, "5"), alice, bob, 31), 1),
			},
		},
		{
			name: "ERC-1155 batch of nothing",
			log:  event(token, data(64, 96, 0, 0), chain.TopicTransferBatch, topic(token), topic(alice), topic(bob)),
		},
		{
			name: "ERC-1155 batch with its lists in the other order", reason: "offsets say where they are",
			log: event(token, data(128, 64, 1, 30, 1, 4),
				chain.TopicTransferBatch, topic(token), topic(alice), topic(bob)),
			want: []chain.Transfer{told(chain.KindERC1155, nft(chain.ERC1155, "4"), alice, bob, 30)},
		},
		{
			name: "ERC-1155 batch of two ids and one value",
			log: event(token, data(64, 160, 2, 4, 5, 1, 30),
				chain.TopicTransferBatch, topic(token), topic(alice), topic(bob)),
			unread: true,
		},
		{
			name:   "ERC-1155 batch that promises more than it holds",
			log:    event(token, data(64, 96, 2, 1, 1), chain.TopicTransferBatch, topic(token), topic(alice), topic(bob)),
			unread: true,
		},
		{
			name:   "ERC-1155 batch with an offset past the end",
			log:    event(token, data(1e15, 96, 0, 0), chain.TopicTransferBatch, topic(token), topic(alice), topic(bob)),
			unread: true,
		},
		{
			name: "ERC-1155 batch with an offset that wraps round",
			log: event(token, append(common.Hex2Bytes(huge), data(96, 0, 0)...),
				chain.TopicTransferBatch, topic(token), topic(alice), topic(bob)),
			unread: true,
		},
		{
			name:   "ERC-1155 batch with a dirty sender",
			log:    event(token, data(64, 128, 1, 4, 1, 5), chain.TopicTransferBatch, topic(token), dirty, topic(bob)),
			unread: true,
		},
		{
			name:   "ERC-1155 batch without data",
			log:    event(token, nil, chain.TopicTransferBatch, topic(token), topic(alice), topic(bob)),
			unread: true,
		},
		{
			name: "wrap",
			log:  event(weth, data(7), chain.TopicDeposit, topic(alice)),
			want: []chain.Transfer{told(chain.KindWrap, chain.Token(1, weth), weth, alice, 7)},
		},
		{
			name: "unwrap",
			log:  event(weth, data(7), chain.TopicWithdrawal, topic(alice)),
			want: []chain.Transfer{told(chain.KindUnwrap, chain.Token(1, weth), alice, weth, 7)},
		},
		{
			name: "Deposit of another contract", reason: "anybody can emit it",
			log: event(token, data(7), chain.TopicDeposit, topic(alice)),
		},
		{
			name: "Ethereum's wrapped coin on another chain", reason: "there it is any contract",
			network: "base",
			log:     event(weth, data(7), chain.TopicWithdrawal, topic(alice)),
		},
		{
			name: "Deposit where no wrapped coin is known", reason: "the zero address is not one",
			network: "ethereum-classic",
			log:     event(common.Address{}, data(7), chain.TopicDeposit, topic(alice)),
		},
		{
			name:   "Deposit of another shape at the wrapped coin",
			log:    event(weth, data(7, 8), chain.TopicDeposit, topic(alice)),
			unread: true,
		},
		{
			name:   "Deposit to what is no address",
			log:    event(weth, data(7), chain.TopicDeposit, dirty),
			unread: true,
		},
		{
			name: "EIP-7708", reason: "tx and frames tell the coin's movements",
			log: event(chain.NativeLogEmitter, data(7), chain.TopicTransfer, topic(alice), topic(bob)),
		},
		{
			name: "coin face whose frames tell it", reason: "MRC20 passes the coin on by a call with value",
			network: "polygon",
			log:     event(common.HexToAddress("0x1010"), data(7), chain.TopicTransfer, topic(alice), topic(bob)),
		},
		{
			name: "coin face that alone tells it", reason: "CELO moves through a precompile, in no call with value",
			network: "celo",
			log: event(common.HexToAddress("0x471ece3750da237f93b8e339c536989b8978a438"), data(7),
				chain.TopicTransfer, topic(alice), topic(bob)),
			want: []chain.Transfer{told(chain.KindInternal, chain.NativeAsset(42220), alice, bob, 7)},
		},
		{
			name: "coin that the face mints", reason: "ZKsync's bootloader mints what was deposited in no call with value",
			network: "zksync",
			log:     event(common.HexToAddress("0x800a"), data(7), crypto.Keccak256Hash([]byte("Mint(address,uint256)")), topic(alice)),
			want:    []chain.Transfer{told(chain.KindInternal, chain.NativeAsset(324), common.Address{}, alice, 7)},
		},
		{
			name: "a token's Mint", reason: "it repeats a Transfer",
			network: "zksync",
			log:     event(token, data(7), crypto.Keccak256Hash([]byte("Mint(address,uint256)")), topic(alice)),
		},
		{
			name: "a Mint at a face that logs Transfers for it", reason: "its Transfer says so",
			network: "optimism",
			log:     event(common.HexToAddress("0xdeaddeaddeaddeaddeaddeaddeaddeaddead0000"), data(7), crypto.Keccak256Hash([]byte("Mint(address,uint256)")), topic(alice)),
		},
		{
			name: "coin minted to what is no address", network: "zksync",
			log:    event(common.HexToAddress("0x800a"), data(7), crypto.Keccak256Hash([]byte("Mint(address,uint256)")), dirty),
			unread: true,
		},
		{
			name: "Approval",
			log:  event(token, data(7), common.HexToHash("0x8c5be1e5"), topic(alice), topic(bob)),
		},
		{name: "no topics at all", log: event(token, data(7))},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			network := test.network
			if network == "" {
				network = "ethereum"
			}
			got, err := on(network).LogTransfers(test.log, 1700000000)
			if (err != nil) != test.unread {
				t.Fatalf("error %v", err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
		})
	}
}

func TestWrapToldTwice(t *testing.T) {
	t.Parallel()
	at := func(index uint, l *types.Log) *types.Log {
		l.Index = index
		return l
	}
	zero := common.Hash{}
	deposit := func(i uint, units int64) *types.Log {
		return at(i, event(weth, data(units), chain.TopicDeposit, topic(alice)))
	}
	mint := func(i uint, units int64) *types.Log {
		return at(i, event(weth, data(units), chain.TopicTransfer, zero, topic(alice)))
	}
	withdrawal := func(i uint, units int64) *types.Log {
		return at(i, event(weth, data(units), chain.TopicWithdrawal, topic(alice)))
	}
	burn := func(i uint, units int64) *types.Log {
		return at(i, event(weth, data(units), chain.TopicTransfer, topic(alice), zero))
	}
	elsewhere := func(l *types.Log) *types.Log {
		l.TxHash, l.TxIndex = common.HexToHash("0x78"), 3
		return l
	}
	for _, test := range []struct {
		name string
		logs []*types.Log
		want []chain.Kind
	}{
		{"once", []*types.Log{deposit(1, 7)}, []chain.Kind{chain.KindWrap}},
		{"twice", []*types.Log{mint(1, 7), deposit(2, 7)}, []chain.Kind{chain.KindERC20}},
		{"twice, Deposit first", []*types.Log{deposit(1, 7), mint(2, 7)}, []chain.Kind{chain.KindERC20}},
		{"unwrap told twice", []*types.Log{burn(1, 7), withdrawal(2, 7)}, []chain.Kind{chain.KindERC20}},
		{"two wraps, one told twice", []*types.Log{deposit(1, 7), mint(2, 7), deposit(3, 7)}, []chain.Kind{chain.KindERC20, chain.KindWrap}},
		{"another amount", []*types.Log{mint(1, 8), deposit(2, 7)}, []chain.Kind{chain.KindERC20, chain.KindWrap}},
		{"another tx", []*types.Log{deposit(1, 7), elsewhere(mint(2, 7))}, []chain.Kind{chain.KindWrap, chain.KindERC20}},
		{"a mint does not repeat an unwrap", []*types.Log{mint(1, 7), withdrawal(2, 7)}, []chain.Kind{chain.KindERC20, chain.KindUnwrap}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			ts, unread := on("ethereum").Logs(test.logs, func(uint64) uint64 { return 0 })
			if len(unread) > 0 {
				t.Fatal(unread)
			}
			var got []chain.Kind
			for _, one := range ts {
				got = append(got, one.Kind)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("kinds (-want +got):\n%s", diff)
			}
		})
	}
}

func TestLogsReturnsWhatItCouldNotRead(t *testing.T) {
	t.Parallel()
	good := event(token, data(7), chain.TopicTransfer, topic(alice), topic(bob))
	bad := event(token, data(7), chain.TopicTransfer, topic(alice))
	ts, unread := on("ethereum").Logs([]*types.Log{bad, good}, func(uint64) uint64 { return 0 })
	if len(ts) != 1 || len(unread) != 1 || unread[0].Contract != token || unread[0].Ref.Index != 5 {
		t.Errorf("got %d transfers, unread %v", len(ts), unread)
	}
}

// Two mainnet blocks with the transfers that ethereum-etl takes from them.
func TestAgreesWithEthereumETL(t *testing.T) {
	t.Parallel()
	shared := os.Getenv("LOSSTRACER_SHARED")
	if shared == "" {
		t.Skip("LOSSTRACER_SHARED is not set: ethereum-etl's logs and transfers are not at hand")
	}
	dir := filepath.Join(shared, "data", "ethereum-etl")
	logs := readLines[etlLog](t, filepath.Join(dir, "expected_logs.json"))
	want := readLines[etlTransfer](t, filepath.Join(dir, "expected_token_transfers.json"))
	if len(logs) != 681 || len(want) != 291 {
		t.Fatalf("%d logs and %d transfers, want 681 and 291", len(logs), len(want))
	}

	var raw []*types.Log
	for _, l := range logs {
		raw = append(raw, l.log())
	}
	ts, unread := on("ethereum").Logs(raw, func(uint64) uint64 { return 0 })
	for _, u := range unread {
		t.Error(u)
	}
	var got []etlTransfer
	nfts, more := 0, 0
	for _, one := range ts {
		switch one.Kind {
		case chain.KindWrap, chain.KindUnwrap, chain.KindERC1155:
			more++ // ethereum-etl knows Transfer only
			continue
		case chain.KindERC721:
			nfts++
		}
		got = append(got, etlForm(one))
	}
	slices.SortFunc(want, func(a, b etlTransfer) int {
		return order.Or(order.Compare(a.Block, b.Block), order.Compare(a.LogIndex, b.LogIndex))
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("transfers (-ethereum-etl +ours):\n%s", diff)
	}
	if nfts != 9 {
		t.Errorf("%d ERC-721 transfers, want 9", nfts)
	}
	t.Logf("%d logs, %d transfers, %d of them ERC-721, and %d that are no Transfer event", len(logs), len(got), nfts, more)
}

type etlLog struct {
	Index   uint           `json:"log_index"`
	Tx      common.Hash    `json:"transaction_hash"`
	TxIndex uint           `json:"transaction_index"`
	Address common.Address `json:"address"`
	Data    hexutil.Bytes  `json:"data"`
	Topics  []common.Hash  `json:"topics"`
	Block   uint64         `json:"block_number"`
}

func (l etlLog) log() *types.Log {
	return &types.Log{
		Address: l.Address, Topics: l.Topics, Data: l.Data,
		BlockNumber: l.Block, TxHash: l.Tx, TxIndex: l.TxIndex, Index: l.Index,
	}
}

type etlTransfer struct {
	Token    common.Address `json:"token_address"`
	From     common.Address `json:"from_address"`
	To       common.Address `json:"to_address"`
	Value    json.Number    `json:"value"`
	Tx       common.Hash    `json:"transaction_hash"`
	LogIndex uint32         `json:"log_index"`
	Block    uint64         `json:"block_number"`
}

// etlForm says a transfer as ethereum-etl does, which takes the token id of an
// ERC-721 for a value.
func etlForm(one chain.Transfer) etlTransfer {
	value := one.Units.Dec()
	if one.Kind == chain.KindERC721 {
		value = one.Asset.TokenID()
	}
	return etlTransfer{one.Asset.Contract(), one.From, one.To, json.Number(value), one.Tx, one.Index, one.Block}
}

func readLines[T any](t *testing.T, path string) []T {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []T
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var one T
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			t.Fatal(err)
		}
		out = append(out, one)
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	return out
}

func FuzzLogTransfers(f *testing.F) {
	batch := func(words ...int64) []byte { return data(words...) }
	f.Add(uint8(0), uint8(3), data(7))
	f.Add(uint8(2), uint8(4), batch(64, 160, 2, 4, 5, 2, 30, 31))
	f.Add(uint8(2), uint8(4), batch(0, 0))
	f.Add(uint8(2), uint8(4), batch(32, 32, 1))
	f.Add(uint8(2), uint8(4), append(common.Hex2Bytes(strings.Repeat("ff", 32)), data(0)...))
	f.Add(uint8(2), uint8(4), append(data(64, 64), common.Hex2Bytes(strings.Repeat("00", 24)+"7fffffffffffffff")...))
	f.Add(uint8(3), uint8(2), data(7))
	signatures := []common.Hash{chain.TopicTransfer, chain.TopicTransferSingle, chain.TopicTransferBatch, chain.TopicDeposit, chain.TopicWithdrawal}
	f.Fuzz(func(t *testing.T, signature, topics uint8, payload []byte) {
		l := event(weth, payload, signatures[int(signature)%len(signatures)])
		for range int(topics) % 5 {
			l.Topics = append(l.Topics, topic(alice))
		}
		ts, err := on("ethereum").LogTransfers(l, 0)
		if err != nil && len(ts) > 0 {
			t.Fatal("an unread log moved something")
		}
		// Every part of a batch costs two words of data, unless its lists overlap.
		if len(ts) > 1+len(payload)/32 {
			t.Fatalf("%d transfers out of %d bytes", len(ts), len(payload))
		}
		for i, one := range ts {
			if int(one.Part) != i || one.Asset.Contract() != weth {
				t.Fatalf("part %d is %v", i, one)
			}
			if id, err := chain.ParseAssetID(one.Asset.String()); err != nil || id != one.Asset {
				t.Fatalf("asset %q: %v", one.Asset, err)
			}
		}
	})
}

func TestCoinTransfers(t *testing.T) {
	t.Parallel()
	log := func(index uint, from, to common.Address, units int64) *types.Log {
		l := event(chain.NativeLogEmitter, data(units), chain.TopicTransfer, topic(from), topic(to))
		l.Index = index
		return l
	}
	moved := func(index uint32, from, to common.Address, units uint64) chain.Transfer {
		tr := told(chain.KindInternal, chain.NativeAsset(1), from, to, units)
		tr.Index = index
		return tr
	}
	tx := chain.Tx{ChainID: 1, Block: 100, Time: 1700000000, Hash: common.HexToHash("0x77"), Index: 2, From: alice, To: &bob, Value: *uint256.NewInt(7)}
	empty, failed := tx, tx
	empty.Value, failed.Failed = uint256.Int{}, true
	for _, row := range []struct {
		name, reason string
		tx           chain.Tx
		logs         []*types.Log
		want         []chain.Transfer
	}{
		{"value alone", "the tx tells it", tx, []*types.Log{log(5, alice, bob, 7)}, nil},
		{"the same twice", "a contract may have its caller's value sent again", tx, []*types.Log{log(5, alice, bob, 7), log(6, alice, bob, 7)},
			[]chain.Transfer{moved(6, alice, bob, 7)}},
		{"passed on", "", tx, []*types.Log{log(5, alice, bob, 7), log(8, bob, token, 7)}, []chain.Transfer{moved(8, bob, token, 7)}},
		{"equal to the value, and not first", "only the first log can be the tx's", tx, []*types.Log{log(5, bob, token, 1), log(6, alice, bob, 7)},
			[]chain.Transfer{moved(5, bob, token, 1), moved(6, alice, bob, 7)}},
		{"no value", "", empty, []*types.Log{log(5, alice, bob, 7)}, []chain.Transfer{moved(5, alice, bob, 7)}},
		{"failed", "a failed tx has no logs; one that has some is taken at its word", failed, []*types.Log{log(5, alice, bob, 7)}, []chain.Transfer{moved(5, alice, bob, 7)}},
		{"somebody else's log", "anybody can emit a Transfer", tx, []*types.Log{event(token, data(7), chain.TopicTransfer, topic(alice), topic(bob))}, nil},
		{"another event of the emitter", "earlier drafts log burns", tx, []*types.Log{event(chain.NativeLogEmitter, data(7), common.HexToHash("0x1234"), topic(alice))}, nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			if diff := cmp.Diff(row.want, chain.CoinTransfers(&row.tx, row.logs)); diff != "" {
				t.Errorf("(-want +got):\n%s\n(%s)", diff, row.reason)
			}
		})
	}
}
