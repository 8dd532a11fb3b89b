package ethrpc

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"pgregory.net/rapid"

	"losstracer/chain"
)

func TestUnhex(t *testing.T) {
	t.Parallel()
	for c := range 256 {
		for at := range 10 { // eight at a time, and one by one
			digits := bytes.Repeat([]byte("0"), 10)
			digits[at] = byte(c)
			got := make([]byte, 5)
			want, err := hex.DecodeString(string(digits))
			if ok := unhex(got, digits); ok != (err == nil) || ok && !bytes.Equal(got, want) {
				t.Fatalf("%q: %x %v, want %x %v", digits, got, ok, want, err)
			}
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
		digits := []byte(hex.EncodeToString(want))
		if rapid.Bool().Draw(t, "upper") {
			digits = bytes.ToUpper(digits)
		}
		got := make([]byte, len(want))
		if !unhex(got, digits) || !bytes.Equal(want, got) {
			t.Fatalf("%s: %x", digits, got)
		}
	})
}

func decodeLogs(text []byte, oneByOne bool) ([]types.Log, error) {
	var logs []types.Log
	r := &logReader{emit: func(p *page) error { logs = append(logs, p.logs...); return nil }}
	r.decoder.fresh = newPage
	r.decoder.filter.window = chain.Window{To: 1<<64 - 1}
	f := newFeed(nil, bytes.NewReader(text))
	if oneByOne {
		f = newFeed(nil, iotest.OneByteReader(bytes.NewReader(text)))
	}
	return logs, r.envelope(f, func(s string) string { return s })
}

// FuzzLogs: no text makes the decoder panic; how it arrives makes no
// difference; and what it takes for logs go-ethereum takes for the same logs.
func FuzzLogs(f *testing.F) {
	const log = `{"address":"0xdac17f958d2ee523a2206206994597c13d831ec7","topics":["0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"],"data":"0x01","blockNumber":"0x10","transactionHash":"0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef","transactionIndex":"0x1","blockHash":"0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef","logIndex":"0x2","removed":false}`
	for _, s := range []string{
		`{"id":1,"result":[` + log + `]}`,
		` {"result" : [ ` + log + ` , ` + log + ` ] , "id":1 } `,
		`{"result":[` + strings.Replace(log, `"removed"`, `"x":{"y":[1,"]}"]},"remove\u0064"`, 1) + `]}`,
		`{"result":[` + strings.Replace(log, `"0x10"`, `"0\u0078010"`, 1) + `]}`,
		`{"result":[` + log + `,` + strings.Replace(log, `"removed":false`, `"blockTimestamp":"0x5"`, 1) + `, ` + strings.Replace(log, `,"data"`, ` , "data" `, 1) + `]}`,
		`{"result":[` + log + `,` + strings.Replace(log, `"data":"0x01",`, ``, 1) + `]}`,
		`{"result":[` + log + `,` + strings.Replace(log, `"data":"0x01",`, `"data":"0x01","data":"0x01",`, 1) + `]}`,
		`{"result":[],"result":[` + log + `]}`,
		`{"result":[` + log + `,]}`,
		`{"result":null,"error":{"code":-32005,"message":"no"}}`,
		`{"error":"no"}`, `[]`, ``, `{"result":[{}]}`, `{"result":{}}`, `{"result":[null]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		logs, err := decodeLogs(text, false)
		slow, slowErr := decodeLogs(text, true)
		if (err == nil) != (slowErr == nil) || err == nil && diffLogs(logs, slow) != "" {
			t.Fatalf("at once: %d logs, %v; byte by byte: %d logs, %v", len(logs), err, len(slow), slowErr)
		}
		if err != nil || bytes.Count(text, []byte("result")) != 1 {
			return
		}
		var want struct{ Result []json.RawMessage }
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatalf("not JSON: %v", err)
		}
		for i, l := range want.Result {
			var w types.Log
			if bytes.Contains(l, []byte(`"0x0`)) || bytes.ContainsAny(l, `\`) || i >= len(logs) {
				return // zeros before a number, which go-ethereum refuses; names that it folds
			}
			if err := json.Unmarshal(l, &w); err != nil {
				if strings.Contains(err.Error(), "leading zero") {
					return
				}
				t.Fatalf("go-ethereum refuses %s: %v", l, err)
			}
			if w.BlockTimestamp == logs[i].BlockTimestamp && diffLogs([]types.Log{w}, logs[i:i+1]) != "" {
				t.Fatalf("%s\nis for go-ethereum %+v\nand here        %+v", l, w, logs[i])
			}
		}
	})
}

// TestFormsOfLogs: members in any order, with any space, from one log to the
// next, are what encoding/json and go-ethereum take them for.
func TestFormsOfLogs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		space := func() string {
			return rapid.SampledFrom([]string{"", "", "", " ", "\n", "\t ", "\r"}).Draw(t, "space")
		}
		digits := func(n int) string {
			s := hex.EncodeToString(rapid.SliceOfN(rapid.SampledFrom([]byte{0, 0, 1, 0xab, 0xff}), n, n).Draw(t, "digits"))
			if rapid.Bool().Draw(t, "upper") {
				s = strings.ToUpper(s)
			}
			return `"0x` + s + `"`
		}
		quantity := func(most uint64) string {
			return hexutil.EncodeUint64(rapid.Uint64Max(most).Draw(t, "quantity"))
		}
		forms := rapid.SliceOfN(rapid.Permutation([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10}), 1, 3).Draw(t, "orders")
		var list []string
		for i := range rapid.IntRange(0, 6).Draw(t, "logs") {
			topics := make([]string, rapid.IntRange(0, 4).Draw(t, "topics"))
			for k := range topics {
				topics[k] = space() + digits(32) + space()
			}
			members := []string{
				`"address":` + space() + digits(20), `"topics":[` + strings.Join(topics, ",") + `]`, `"data":` + digits(rapid.IntRange(0, 70).Draw(t, "data")),
				fmt.Sprintf(`"blockNumber"%s:"0x%x"`, space(), 100+i), `"transactionHash":` + digits(32), `"transactionIndex":"` + quantity(1<<32-1) + `"`,
				`"blockHash":` + digits(32), `"logIndex":"` + quantity(1<<32-1) + `"`, `"removed":false`, `"blockTimestamp":"` + quantity(1<<64-1) + `"`,
				`"l1":{"a":[1,"]}"]}`,
			}
			var chosen []string
			for _, m := range forms[i%len(forms)] {
				if m < 8 || rapid.Bool().Draw(t, "optional") {
					chosen = append(chosen, space()+members[m]+space())
				}
			}
			list = append(list, "{"+strings.Join(chosen, ",")+"}")
		}
		text := `{"jsonrpc":"2.0","id":1,"result":[` + strings.Join(list, ",") + `]}`
		var want struct{ Result []types.Log }
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatalf("go-ethereum refuses %s: %v", text, err)
		}
		for _, slowly := range []bool{false, true} {
			got, err := decodeLogs([]byte(text), slowly)
			if err != nil || diffLogs(want.Result, got) != "" {
				t.Fatalf("%s: %v\n%s", text, err, diffLogs(want.Result, got))
			}
		}
	})
}

// TestLongLogInShortReads: a long log that arrives byte by byte is not read
// again from its beginning for each of them.
func TestLongLogInShortReads(t *testing.T) {
	t.Parallel()
	l := someLogs(1, 1)
	l[0].Data = make([]byte, 1<<19) // a quarter of a second; some minutes where it is read again
	text := `{"id":1,"result":[` + (&logNode{}).log(l[0]) + `]}`
	start := time.Now()
	logs, err := decodeLogs([]byte(text), true)
	if err != nil || diffLogs(l, logs) != "" {
		t.Fatalf("%d logs, %v", len(logs), err)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("took %s", took)
	}
}

// FuzzBatch: no body makes the decoder panic, and no answer is given to a call
// that the body does not name.
func FuzzBatch(f *testing.F) {
	for _, s := range []string{
		`[{"id":1,"result":1},{"id":2,"error":{"code":-1,"message":"x"}}]`, `{"id":1,"result":null}`,
		`[{"error":{"code":1}}]`, `[{"id":"2","result":{}}]`, `[{"id":3}]`, `[[]]`, `{`, `[null]`, `{"error":7}`,
	} {
		f.Add([]byte(s))
	}
	qs, err := newQueries(doubles(2))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if !isRPC(body, 200) {
			return
		}
		r, err := decodeBatch(body, qs, strings.ToUpper)
		if err != nil {
			return
		}
		for at, a := range r.answers {
			if at < 0 || at > 1 || (a.Err == nil) == (a.Result == nil) {
				t.Fatalf("answer %d: %+v", at, a)
			}
			if a.Result != nil && !bytes.Contains(body, slices.Clone(a.Result)) {
				t.Fatalf("result %s is not in the body", a.Result)
			}
		}
	})
}
