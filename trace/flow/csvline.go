package flow

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// draft is what one line says, before accounts and assets have numbers.
type draft struct {
	entry     entry // without what the importer numbers
	units     uint256.Int
	fee       bool
	line      int
	chainID   uint64
	hash      common.Hash
	from, to  common.Address
	hasFrom   bool
	hasTo     bool
	scaled    bool // decimals are given
	decimals  uint8
	symbol    []byte // good as long as the block is
	asset     chain.AssetID
	assetText string
	indexed   bool // an index is given
	worthless bool // a flow without a value
	shortened bool // its value was rounded

	fromLabel, toLabel []byte // good as long as the block is
}

// lineReader parses lines. It keeps what the line before said: exports repeat
// themselves.
type lineReader struct {
	*header
	line   int
	fields [][]byte

	chainText string
	chainID   uint64
	timeText  string
	time      uint64
	assets    map[string]namedAsset
	dollar    namedAsset // see Dollars
}

type namedAsset struct {
	text  string
	asset chain.AssetID
}

func (l *lineReader) bad(format string, args ...any) *LineError {
	return &LineError{File: l.file, Line: l.line, Why: fmt.Sprintf(format, args...)}
}

// parse turns the text of a block into drafts, up to the first line that cannot
// be read.
func (l *lineReader) parse(b *block) {
	for len(b.text) > 0 {
		l.line = b.line
		line := b.cut()
		if len(line) == 0 {
			continue
		}
		b.drafts = append(b.drafts, draft{line: l.line})
		if err := l.read(line, &b.drafts[len(b.drafts)-1]); err != nil {
			b.drafts, b.err = b.drafts[:len(b.drafts)-1], err
			return
		}
	}
}

func (l *lineReader) read(line []byte, d *draft) error {
	if err := l.split(line); err != nil {
		return err
	}
	for c := range columns {
		if l.at[c] >= len(l.fields) && (l.needs(c) || c <= colAmount) {
			return l.bad("%d fields, and column %q is the %d.", len(l.fields), l.titles[c], l.at[c]+1)
		}
	}
	d.entry.usd = noUSD
	if err := l.place(d); err != nil {
		return err
	}
	if err := l.parties(d); err != nil {
		return err
	}
	d.fromLabel, d.toLabel = l.field(colFromLabel), l.field(colToLabel)
	if l.flows {
		return l.inDollars(d)
	}
	return l.value(d)
}

// split cuts a line at its commas; a line with quotes goes to encoding/csv.
func (l *lineReader) split(line []byte) error {
	l.fields = l.fields[:0]
	if len(line) > longestLine {
		return l.bad("the line is longer than a megabyte")
	}
	if bytes.IndexByte(line, '"') < 0 {
		for {
			i := bytes.IndexByte(line, ',')
			if i < 0 {
				l.fields = append(l.fields, bytes.TrimSpace(line))
				return nil
			}
			l.fields = append(l.fields, bytes.TrimSpace(line[:i]))
			line = line[i+1:]
		}
	}
	record, err := csv.NewReader(bytes.NewReader(line)).Read()
	if err != nil {
		e := l.bad("quotes that do not close on the line, or stand inside a field")
		e.Hint = "a transfer is one line"
		return e
	}
	for _, f := range record {
		l.fields = append(l.fields, []byte(strings.TrimSpace(f)))
	}
	return nil
}

func (l *lineReader) field(c int) []byte {
	if i := l.at[c]; i >= 0 && i < len(l.fields) {
		return l.fields[i]
	}
	return nil
}

func (l *lineReader) place(d *draft) error {
	if err := l.onChain(); err != nil {
		return err
	}
	d.chainID = l.chainID
	if text := l.field(colIndex); len(text) > 0 {
		index, ok := number(text)
		if !ok || index > math.MaxUint32 {
			return l.bad("index %q is not a number of 32 bits", short(text))
		}
		d.entry.index, d.indexed = uint32(index), true
	}
	if text := l.field(colTime); string(text) != l.timeText || l.timeText == "" {
		var ok bool
		if l.time, ok = moment(text); !ok {
			return l.bad("time %q: want Unix seconds, RFC 3339, or 2023-11-18 17:05:00 in UTC", short(text))
		}
		l.timeText = string(text)
	}
	d.entry.time, d.entry.block = l.time, l.time
	if l.at[colBlock] >= 0 {
		var ok bool
		if d.entry.block, ok = number(withoutFraction(l.field(colBlock))); !ok {
			return l.bad("block %q is not a number", short(l.field(colBlock)))
		}
	}
	if text := l.field(colTx); len(text) > 0 && !hexInto(d.hash[:], text) {
		return l.bad("tx %q: want 0x and 64 hexadecimal digits, or nothing", short(text))
	}
	return nil
}

func (l *lineReader) onChain() error {
	text := l.field(colChain)
	if string(text) == l.chainText && l.chainID != 0 {
		return nil
	}
	if l.at[colChain] < 0 {
		l.chainID = 1
		return nil
	}
	id, ok := number(bytes.TrimPrefix(text, []byte("eip155:")))
	if !ok {
		n, known := chain.NetworkByName(string(text))
		if !known {
			return l.bad("chain %q is not an EVM chain that is known by this name", short(text))
		}
		id = n.ID
	}
	if id == 0 {
		return l.bad("chain 0 does not exist")
	}
	l.chainText, l.chainID = string(text), id
	return nil
}

func (l *lineReader) parties(d *draft) error {
	from, to := l.field(colFrom), l.field(colTo)
	if len(from) == 0 && len(to) == 0 {
		return l.bad("neither from nor to")
	}
	if d.hasFrom = len(from) > 0; d.hasFrom && !hexInto(d.from[:], from) {
		return l.noAddress("from", from)
	}
	d.hasTo = len(to) > 0
	d.fee = !d.hasTo && !l.flows // nobody writes gas into a table of flows
	if d.hasTo && !hexInto(d.to[:], to) {
		return l.noAddress("to", to)
	}
	return nil
}

func (l *lineReader) noAddress(column string, text []byte) *LineError {
	e := l.bad("%s %q: want 0x and 40 hexadecimal digits", column, short(text))
	e.Hint = "only EVM chains can be followed: leave out rows of others"
	return e
}

func (l *lineReader) value(d *draft) error {
	text := l.field(colAsset)
	known, ok := l.assets[string(text)]
	if !ok {
		asset, err := chain.ParseAssetID(string(text))
		if err != nil {
			return l.bad("%s", chain.Printable(err.Error(), 200))
		}
		known = namedAsset{string(text), asset}
		if l.assets == nil {
			l.assets = map[string]namedAsset{}
		}
		l.assets[known.text] = known
	}
	if known.asset.ChainID() != l.chainID {
		return l.bad("asset %s is not on chain %d", known.asset, l.chainID)
	}
	d.asset, d.assetText = known.asset, known.text
	if !amountInto(&d.units, l.field(colAmount)) {
		return l.bad("amount %q: want a whole number of base units of at most 256 bits", short(l.field(colAmount)))
	}
	d.symbol = l.field(colSymbol)
	if scale := l.field(colDecimals); len(scale) > 0 {
		n, ok := number(scale)
		if !ok || n > 77 {
			return l.bad("decimals %q: want a number from 0 to 77", short(scale))
		}
		d.scaled, d.decimals = true, uint8(n)
	}
	return l.dollars(d)
}

// dollars reads digits by hand, up to millionths, and leaves what is written
// otherwise to the library.
func (l *lineReader) dollars(d *draft) error {
	text := l.field(colUSD)
	if len(text) == 0 {
		return nil
	}
	if whole, part, _ := bytes.Cut(text, []byte{'.'}); len(whole) > 0 && len(whole) <= 12 && len(part) <= 6 {
		micro, ok := uint64(0), true
		for _, digits := range [...][]byte{whole, part} {
			for _, c := range digits {
				ok = ok && c >= '0' && c <= '9'
				micro = 10*micro + uint64(c-'0')
			}
		}
		for range 6 - len(part) {
			micro *= 10
		}
		if ok {
			d.entry.usd = int64(micro)
			return nil
		}
	}
	if len(text) > 40 || bytes.ContainsAny(text, "eE") {
		return l.bad("usd %q is not a plain decimal number", short(text))
	}
	v, err := decimal.NewFromString(string(text))
	if err != nil || v.IsNegative() {
		return l.bad("usd %q is not a plain decimal number", short(text))
	}
	micro := v.Shift(6).RoundBank(0).BigInt()
	if !micro.IsInt64() {
		return l.bad("usd %q is more than there is", short(text))
	}
	d.entry.usd = micro.Int64()
	return nil
}

func short(b []byte) string { return chain.Printable(string(b), 80) }

// number reads decimal digits and nothing else.
func number(b []byte) (uint64, bool) {
	if len(b) == 0 || len(b) > 20 {
		return 0, false
	}
	n, err := strconv.ParseUint(string(b), 10, 64)
	return n, err == nil && b[0] != '+'
}

// firstMilliseconds is the smallest number that is taken for milliseconds since 1970:
// as seconds it would be in the year 5138.
const firstMilliseconds = 100_000_000_000

// timeLayouts are those in which tables have times; the last ones come out of
// spreadsheets. Those that begin with the day or the month cannot be told apart.
var timeLayouts = []string{
	time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05 UTC", "2006-01-02 15:04",
	"2006/1/2 15:04:05", "2006/1/2 15:04",
}

func moment(b []byte) (uint64, bool) {
	if n, ok := number(withoutFraction(b)); ok {
		if n >= firstMilliseconds {
			n /= 1000
		}
		return n, true
	}
	for _, layout := range timeLayouts {
		if t, err := time.Parse(layout, string(b)); err == nil && t.Unix() >= 0 {
			return uint64(t.Unix()), true
		}
	}
	return 0, false
}

// amountInto reads digits by hand up to what 64 bits hold, which is nearly
// every amount, and leaves the rest to the library.
func amountInto(u *uint256.Int, b []byte) bool {
	if len(b) == 0 || len(b) > 78 {
		return false
	}
	if len(b) > 19 {
		for _, c := range b {
			if c < '0' || c > '9' {
				return false
			}
		}
		return u.SetFromDecimal(string(b)) == nil
	}
	n, ok := number(b)
	u.SetUint64(n)
	return ok
}

// hexInto decodes 0x and exactly twice as many digits as dst has bytes.
func hexInto(dst, b []byte) bool {
	if len(b) != 2+2*len(dst) || b[0] != '0' || b[1]|0x20 != 'x' {
		return false
	}
	b = b[2:]
	for i := range dst {
		hi, lo := nibble[b[2*i]], nibble[b[2*i+1]]
		if hi|lo > 15 {
			return false
		}
		dst[i] = hi<<4 | lo
	}
	return true
}

// nibble is the value of a hexadecimal digit, 255 for anything else.
var nibble = func() (t [256]byte) {
	for i := range t {
		t[i] = 255
	}
	for c := byte('0'); c <= '9'; c++ {
		t[c] = c - '0'
	}
	for c := byte('a'); c <= 'f'; c++ {
		t[c], t[c-0x20] = c-'a'+10, c-'a'+10
	}
	return t
}()
