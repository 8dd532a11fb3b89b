package history

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"math/big"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/chain/devnet"
	"losstracer/chain/ethrpc"
)

func word(n uint64) []byte { return binary.BigEndian.AppendUint64(make([]byte, 24), n) }

// text is an ABI string.
func text(s string) []byte {
	padded := append([]byte(s), make([]byte, (32-len(s)%32)%32)...)
	return bytes.Join([][]byte{word(32), word(uint64(len(s))), padded}, nil)
}

// bytes32 is what tokens older than the standard answer.
func bytes32(s string) []byte { return append([]byte(s), make([]byte, 32-len(s))...) }

// TestReadText: whatever a token says its name is, what comes of it is short
// and printable, or nothing.
func TestReadText(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("A", 1<<20)
	for _, row := range []struct {
		name string
		data []byte
		want string
	}{
		{"a string", text("USDT"), "USDT"},
		{"bytes32, as MKR", bytes32("MKR"), "MKR"},
		{"bytes32, all of it", []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"), "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"},
		{"an empty string", text(""), ""},
		{"nothing", nil, ""},
		{"too little", []byte{1, 2, 3}, ""},
		{"zeros at the end", text("DAI\x00\x00"), "DAI"},
		{"control characters", text("\x1b[31mUSDC\x07\n\u202eCDSU"), "\ufffd[31mUSDC\ufffd \ufffdCDSU"},
		{"not UTF-8", text("U\xff\xfeSD"), "U\ufffd\ufffdSD"},
		{"a megabyte", text(long), strings.Repeat("A", longestSymbol) + "…"},
		{"a length beyond the data", append(word(32), append(word(1<<40), bytes32("X")...)...), ""},
		{"an offset beyond the data", append(word(1<<40), bytes32("X")...), ""},
		{"an offset of 2^255", append(append([]byte{0x80}, make([]byte, 31)...), text("X")...), ""},
		{"an offset to itself", append(word(0), text("X")...), ""},
		{"two words of nothing", make([]byte, 64), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			result, err := json.Marshal(hexutil.Bytes(row.data))
			if err != nil {
				t.Fatal(err)
			}
			got := readText(ethrpc.Answer{Result: result}, longestSymbol)
			if got != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
			if n := len([]rune(got)); n > longestSymbol+1 { // and an ellipsis
				t.Errorf("%d runes", n)
			}
		})
	}
	for _, a := range []ethrpc.Answer{{Err: errors.New("no")}, {Result: []byte("null")}, {Result: []byte(`"0x1"`)}, {Result: []byte(`7`)}, {Result: []byte(`"0x`)}} {
		if got := readText(a, longestSymbol); got != "" {
			t.Errorf("%s: %q", a.Result, got)
		}
	}
}

func TestReadDecimals(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name  string
		data  []byte
		want  uint8
		known bool
	}{
		{"six", word(6), 6, true},
		{"none", word(0), 0, true},
		{"the most", word(77), 77, true},
		{"more than 2^256 has digits", word(78), 0, false},
		{"255", word(255), 0, false},
		{"256, which is 0 in a byte", word(256), 0, false},
		{"2^200", new(big.Int).Lsh(big.NewInt(1), 200).FillBytes(make([]byte, 32)), 0, false},
		{"all bits", bytes.Repeat([]byte{0xff}, 32), 0, false},
		{"nothing", nil, 0, false},
		{"one byte", []byte{6}, 0, false},
		{"two words", append(word(6), word(6)...), 0, false},
	} {
		result, err := json.Marshal(hexutil.Bytes(row.data))
		if err != nil {
			t.Fatal(err)
		}
		if got, known := readDecimals(ethrpc.Answer{Result: result}); got != row.want || known != row.known {
			t.Errorf("%s: got %d, %t; want %d, %t", row.name, got, known, row.want, row.known)
		}
	}
}

// token is code that answers symbol() and decimals() with the given bytes, and
// name() with nothing. Nil reverts.
func token(symbol, decimals []byte) []byte {
	answer := func(data []byte, at int) []byte {
		if data == nil {
			return []byte{0x5b, 0x5f, 0x5f, 0xfd} // JUMPDEST PUSH0 PUSH0 REVERT
		}
		n := byte(len(data) >> 8)
		m := byte(len(data))
		return []byte{
			0x5b, 0x61, n, m, 0x61, byte(at >> 8), byte(at), 0x5f, 0x39, // JUMPDEST; CODECOPY(0, at, len)
			0x61, n, m, 0x5f, 0xf3, // RETURN(0, len)
		}
	}
	const head = 23
	first := answer(symbol, 0)
	second := answer(decimals, 0)
	body := head + len(first) + len(second)
	first, second = answer(symbol, body), answer(decimals, body+len(symbol))
	return bytes.Join([][]byte{
		{0x5f, 0x35, 0x60, 248, 0x1c},                              // the first byte of the call
		{0x80, 0x60, 0x95, 0x14, 0x61, 0, head, 0x57},              // symbol()
		{0x60, 0x31, 0x14, 0x61, 0, byte(head + len(first)), 0x57}, // decimals()
		{0x5f, 0x5f, 0xf3},
		first, second, symbol, decimals,
	}, nil)
}

// TestTokensOnChain asks tokens of every kind on a real node, in one batch.
func TestTokensOnChain(t *testing.T) {
	t.Parallel()
	rows := []struct {
		name string
		code []byte
		want chain.TokenMeta
	}{
		{"as the standard has it", token(text("USDT"), word(6)), chain.TokenMeta{Symbol: "USDT", Decimals: 6, DecimalsKnown: true}},
		{"bytes32", token(bytes32("MKR"), word(18)), chain.TokenMeta{Symbol: "MKR", Decimals: 18, DecimalsKnown: true}},
		{"decimals of 255", token(text("BIG"), word(255)), chain.TokenMeta{Symbol: "BIG"}},
		{"decimals of 2^200", token(text("HUGE"), new(big.Int).Lsh(big.NewInt(1), 200).FillBytes(make([]byte, 32))), chain.TokenMeta{Symbol: "HUGE"}},
		{"everything reverts", token(nil, nil), chain.TokenMeta{}},
		{"decimals revert", token(text("HALF"), nil), chain.TokenMeta{Symbol: "HALF"}},
		{"not UTF-8", token(text("\xff\xfe"), word(2)), chain.TokenMeta{Symbol: "\ufffd\ufffd", Decimals: 2, DecimalsKnown: true}},
		{"a long name", token(text(strings.Repeat("🐕", 4000)), word(2)), chain.TokenMeta{Symbol: strings.Repeat("🐕", longestSymbol) + "…", Decimals: 2, DecimalsKnown: true}},
		{"an invalid opcode", []byte{0xfe}, chain.TokenMeta{}},
		{"memory without end", []byte{0x65, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x5f, 0xf3}, chain.TokenMeta{}},
		{"no code", nil, chain.TokenMeta{}},
	}
	alloc := types.GenesisAlloc{}
	contracts := make([]common.Address, len(rows))
	want := map[common.Address]chain.TokenMeta{}
	for i, row := range rows {
		contracts[i] = common.BigToAddress(big.NewInt(int64(0x7000 + i)))
		alloc[contracts[i]] = types.Account{Code: row.code, Balance: new(big.Int)}
		want[contracts[i]] = row.want
	}
	c, err := devnet.Generate(alloc, []uint64{1_700_000_000, 1_700_000_012}, func(int, *core.BlockGen) {})
	if err != nil {
		t.Fatal(err)
	}
	client, err := ethrpc.New(devnet.Serve(t, c), ethrpc.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	got, err := New(client, Options{}).contractMeta(t.Context(), contracts, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, row := range rows {
		if diff := cmp.Diff(row.want, got[contracts[i]]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", row.name, diff)
		}
	}
	if n := client.Requests().HTTP; n > 4 {
		t.Errorf("%d requests for %d tokens: they are asked together", n, len(rows))
	}
}
