package flow

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
)

const (
	csvHeader = "chain,block,time,tx,index,from,to,asset_id,amount,symbol,decimals,usd\n"
	csvTx     = "0x00000000000000000000000000000000000000000000000000000000000000aa"
	csvA      = "0x000000000000000000000000000000000000000a"
	csvB      = "0x000000000000000000000000000000000000000b"
	csvCoin   = "eip155:1/slip44:60"
)

func csvLine(fields ...string) string {
	row := []string{"ethereum", "7", "2023-11-18T17:00:00Z", csvTx, "0", csvA, csvB, csvCoin, "5", "ETH", "18", "1.50"}
	for i := 0; i+1 < len(fields); i += 2 {
		for c, name := range columnNames {
			if name == fields[i] {
				row[c] = fields[i+1]
			}
		}
	}
	return strings.Join(row, ",") + "\n"
}

func TestReadCSV(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, text string
		rows       int
	}{
		{"as written", csvHeader + csvLine() + csvLine("index", "1"), 2},
		{"windows ends, mark at the start, empty lines", "\ufeff" + strings.ReplaceAll(csvHeader+csvLine()+"\n\n"+csvLine("index", "1"), "\n", "\r\n"), 2},
		{"other columns, other order", "note,amount,asset_id,to,from,index,tx,time,block,chain\n\"a, b\",5," + csvCoin + "," + csvB + "," + csvA + ",0," + csvTx + ",1700326800,7,1\n", 1},
		{"chain by number and id", csvHeader + csvLine("chain", "1") + csvLine("chain", "eip155:1", "index", "1"), 2},
		{"gas and receipts from nowhere", csvHeader + csvLine("to", "") + csvLine("from", "", "index", "1"), 2},
		{"no tx", csvHeader + csvLine("tx", "") + csvLine("tx", "", "index", "1"), 2},
		{"empty index and tx", csvHeader + csvLine("index", "", "tx", "") + csvLine("index", "", "tx", "", "amount", "6"), 2},
		{"no columns for index and tx", "chain,block,time,from,to,asset_id,amount\nethereum,7,1700326800," + csvA + "," + csvB + "," + csvCoin + ",5\n", 1},
		{"dollars with and without parts", csvHeader + csvLine("usd", "7") + csvLine("usd", "0.1234567", "index", "1") + csvLine("usd", ".5", "index", "2"), 3},
		{"given twice", csvHeader + csvLine() + csvLine(), 1},
		{"nothing moved", csvHeader + csvLine("amount", "0"), 0},
		{"256 bits", csvHeader + csvLine("amount", "115792089237316195423570985008687907853269984665640564039457584007913129639935"), 1},
		{"upper-case address", csvHeader + csvLine("from", "0X000000000000000000000000000000000000000A"), 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := &Record{}
			if err := r.ReadCSV(strings.NewReader(test.text), "x.csv"); err != nil {
				t.Fatal(err)
			}
			r.sort()
			if r.Len() != test.rows {
				t.Errorf("want %d rows, got %d", test.rows, r.Len())
			}
		})
	}
}

func TestReadCSVErrors(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text, says string }{
		{"empty", "", "1: no header"},
		{"column missing", "chain,block\n", `1: the header has no column "time"`},
		{"short row", csvHeader + "ethereum,7\n", "2: 2 fields"},
		{"chain", csvHeader + csvLine("chain", "bitcoin"), `2: chain "bitcoin"`},
		{"block", csvHeader + csvLine("block", "-1"), `2: block "-1"`},
		{"block with sign", csvHeader + csvLine("block", "+1"), `2: block "+1"`},
		{"time", csvHeader + csvLine() + csvLine("time", "yesterday", "index", "1"), `3: time "yesterday"`},
		{"tx", csvHeader + csvLine("tx", "0xaa"), `2: tx "0xaa"`},
		{"index", csvHeader + csvLine("index", "4294967296"), `2: index "4294967296"`},
		{"address", csvHeader + csvLine("from", "0x00000000000000000000000000000000000000zz"), `2: from "0x`},
		{"nobody", csvHeader + csvLine("from", "", "to", ""), "2: neither from nor to"},
		{"asset", csvHeader + csvLine("asset_id", "USDT"), `2: asset id "USDT"`},
		{"asset of another chain", csvHeader + csvLine("asset_id", "eip155:10/slip44:60"), "is not on chain 1"},
		{"fraction", csvHeader + csvLine("amount", "1.5"), `2: amount "1.5"`},
		{"negative", csvHeader + csvLine("amount", "-5"), `2: amount "-5"`},
		{"257 bits", csvHeader + csvLine("amount", "115792089237316195423570985008687907853269984665640564039457584007913129639936"), "2: amount"},
		{"decimals", csvHeader + csvLine("decimals", "78"), `2: decimals "78"`},
		{"dollars", csvHeader + csvLine("usd", "1e400000000"), "2: usd"},
		{"dollars that are none", csvHeader + csvLine("usd", "1.2.3"), `2: usd "1.2.3"`},
		{"dollars with letters", csvHeader + csvLine("usd", "12a"), `2: usd "12a"`},
		{"many dollars", csvHeader + csvLine("usd", "99999999999999"), "2: usd"},
		{"open quote", csvHeader + "\"ethereum," + csvLine(), "2: quotes"},
		{"endless line", csvHeader + strings.Repeat("x", longestLine+1), "2: the line is longer"},
		{"other commas", "time;from;to;usd\n", "1: the fields of the header are not separated by commas"},
		{"no dollars in a table of flows", "time,from,to,usd\n1700326800," + csvA + "," + csvB + "\n", `2: 3 fields, and column "usd" is the 4.`},
		{"bad dollars in a table of flows", "time,from,to,usd\n1700326800," + csvA + "," + csvB + ",-5\n", `2: usd "-5"`},
		{"dollars cut by commas", "time,from,to,usd\n1700326800," + csvA + "," + csvB + ",\"1,2,3\"\n", `2: usd "1,2,3"`},
		{"dollars without end", "time,from,to,usd\n1700326800," + csvA + "," + csvB + ",1e99\n", `2: usd "1e99" is more than there is`},
		{"control characters", csvHeader + csvLine("chain", "e\x1b[31m"), "2: chain \"e\ufffd[31m\""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := (&Record{}).ReadCSV(strings.NewReader(test.text), "x.csv")
			var line *LineError
			if !errors.As(err, &line) || !strings.Contains(err.Error(), test.says) {
				t.Errorf("want an error of a line with %q, got %v", test.says, err)
			}
		})
	}
}

// A file of many blocks gives what the same lines one by one give, and the first
// bad line of it is the one that is told.
func TestReadCSVInBlocks(t *testing.T) {
	t.Parallel()
	const lines = 20_000
	var text strings.Builder
	text.WriteString(csvHeader)
	for i := range lines {
		text.WriteString(csvLine("block", strconv.Itoa(7+i/3), "index", strconv.Itoa(i%3), "amount", strconv.Itoa(1+i)))
	}
	whole := text.String()
	if len(whole) < 4*blockSize {
		t.Fatalf("%d bytes are no test of blocks of %d", len(whole), blockSize)
	}
	for name, in := range map[string]io.Reader{
		"at once": strings.NewReader(whole), "by bytes": iotest.HalfReader(strings.NewReader(whole)), "no end": strings.NewReader(strings.TrimSuffix(whole, "\n")),
	} {
		r := &Record{}
		if err := r.ReadCSV(in, "x.csv"); err != nil {
			t.Fatal(err)
		}
		for i := range r.rows {
			w := &r.rows[i]
			if units := r.units(w); units.Uint64() != uint64(1+i) || r.block(w) != uint64(7+i/3) || r.usd(w) != 1_500_000 {
				t.Fatalf("%s: row %d is %+v", name, i, r.entries[w.at])
			}
		}
		if len(r.rows) != lines {
			t.Errorf("%s: want %d rows, got %d", name, lines, len(r.rows))
		}
	}
	all := strings.SplitAfter(whole, "\n")
	for _, bad := range []int{3, 9_000, lines} {
		broken := slices.Clone(all)
		broken[bad-1] = csvLine("amount", "much")
		broken[lines] = csvLine("amount", "more")
		err := (&Record{}).ReadCSV(strings.NewReader(strings.Join(broken, "")), "x.csv")
		if want := fmt.Sprintf(`x.csv:%d: amount "much"`, bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %s, got %v", want, err)
		}
	}
	err := (&Record{}).ReadCSV(io.MultiReader(strings.NewReader(whole[:len(whole)-10]), iotest.ErrReader(io.ErrUnexpectedEOF)), "x.csv")
	if !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("want what the reader said, got %v", err)
	}
}

// A token can claim any amount. Amounts that no balance can hold are not
// followed, and are not dropped in silence.
func TestImpossibleAmounts(t *testing.T) {
	t.Parallel()
	all := "115792089237316195423570985008687907853269984665640564039457584007913129639935"
	p := newTape()
	theft := p.tx("S thief a " + all)
	p.tx("S a b " + all)
	p.tx("X thief a 5")
	r := trace(t, Request{
		Sources: []Account{account("thief")}, Record: p.record(),
		Stolen: []Theft{{ChainID: 1, Tx: theft, From: named("victim"), Asset: asset("S"), Units: p.transfers[0].Units}},
	})
	if len(r.Unresolved) != 1 || len(r.Held) != 1 || r.Held[0].Asset != asset("X") || len(r.Warnings) == 0 {
		t.Errorf("want S unresolved and X held, got %+v", p.told(r))
	}
}

func FuzzReadCSV(f *testing.F) {
	f.Add(csvHeader + csvLine())
	f.Add("chain,block,time,tx,index,from,to,asset_id,amount\n\"ethereum\",1,2,,3,,,,\n")
	f.Fuzz(func(t *testing.T, text string) {
		r := &Record{}
		err := r.ReadCSV(strings.NewReader(text), "x.csv")
		var line *LineError
		if err != nil && (!errors.As(err, &line) || line.Line < 1) {
			t.Fatalf("an error without its line: %v", err)
		}
		if err != nil || r.Len() == 0 {
			return
		}
		a := r.accounts.keys[len(r.accounts.keys)-1]
		for _, p := range Policies() {
			if _, err := Trace(t.Context(), Request{Record: r, Policy: p, Sources: []Account{a}}); err != nil {
				t.Fatal(err)
			}
		}
	})
}
