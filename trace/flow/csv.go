package flow

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// LineError says which line of an import could not be read, and why.
type LineError struct {
	File string
	Line int // from 1, the header included
	Why  string
	Hint string
}

func (e *LineError) Error() string { return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Why) }

// longestLine bounds what one line of an import may have.
const longestLine = 1 << 20

// columns of an import, the first nine required.
const (
	colChain = iota
	colBlock
	colTime
	colTx
	colIndex
	colFrom
	colTo
	colAsset
	colAmount
	colSymbol
	colDecimals
	colUSD
	columns
)

var columnNames = [columns]string{"chain", "block", "time", "tx", "index", "from", "to", "asset_id", "amount", "symbol", "decimals", "usd"}

// ReadCSV adds the transfers of a file that has the header
//
//	chain,block,time,tx,index,from,to,asset_id,amount[,symbol][,decimals][,usd]
//
// in any order of columns and rows; other columns are ignored. chain is a short
// name or an EIP-155 id; time is RFC 3339 or Unix seconds; index orders
// transfers within a block; amount is in base units. A row without `to` is a
// fee, one without `from` came from nowhere that the export knows. The first
// line that cannot be read ends the import with a [LineError]; nothing is
// skipped silently. name is what errors call the file.
func (r *Record) ReadCSV(in io.Reader, name string) error {
	r.ready()
	if r.files < math.MaxUint8 {
		r.files++
	}
	p := &importer{record: r, file: name}
	scan := bufio.NewScanner(in)
	scan.Buffer(make([]byte, 1<<16), longestLine)
	size, read := sizeOf(in), 0
	for scan.Scan() {
		p.line++
		read += len(scan.Bytes()) + 1
		if err := p.read(scan.Bytes()); err != nil {
			return err
		}
		if p.line == sample && size > read {
			r.grow(int(float64(size-read) / float64(read) * sample * 1.02))
		}
	}
	if errors.Is(scan.Err(), bufio.ErrTooLong) {
		p.line++
		return p.bad("the line is longer than a megabyte")
	}
	if err := scan.Err(); err != nil {
		return fmt.Errorf("read transfers %s after line %d: %w", name, p.line, err)
	}
	if p.at == nil {
		p.line = 1
		return p.bad("no header")
	}
	r.sorted = false
	return nil
}

// sample is how many lines tell how many there will be.
const sample = 2000

// sizeOf returns how many bytes a reader has, or nothing where it cannot say.
// Only memory depends on it.
func sizeOf(in io.Reader) int {
	switch in := in.(type) {
	case interface{ Stat() (fs.FileInfo, error) }:
		if st, err := in.Stat(); err == nil && st.Mode().IsRegular() {
			return int(st.Size())
		}
	case interface{ Len() int }:
		return in.Len()
	}
	return 0
}

// grow makes room at once for rows to come: growing by steps would need the
// room twice.
func (r *Record) grow(rows int) {
	r.rows = slices.Grow(r.rows, rows)
	r.hashes = slices.Grow(r.hashes, rows)
}

type importer struct {
	record *Record
	file   string
	line   int
	at     []int // field of each column, -1 where there is none
	fields [][]byte

	// What the row before said: exports repeat themselves.
	chainText string
	chainID   uint64
	timeText  string
	time      uint64
	assets    map[string]uint32
	decimals  map[uint32]uint8
	symbols   map[uint32]bool
	conflict  map[uint32]bool
}

func (p *importer) bad(format string, args ...any) *LineError {
	return &LineError{File: p.file, Line: p.line, Why: fmt.Sprintf(format, args...)}
}

func (p *importer) read(line []byte) error {
	line = bytes.TrimSuffix(line, []byte{'\r'})
	if p.line == 1 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	if len(line) == 0 {
		return nil
	}
	if err := p.split(line); err != nil {
		return err
	}
	if p.at == nil {
		return p.header()
	}
	return p.row()
}

// split cuts a line at its commas; a line with quotes goes to encoding/csv.
func (p *importer) split(line []byte) error {
	p.fields = p.fields[:0]
	if bytes.IndexByte(line, '"') < 0 {
		for {
			i := bytes.IndexByte(line, ',')
			if i < 0 {
				p.fields = append(p.fields, bytes.TrimSpace(line))
				return nil
			}
			p.fields = append(p.fields, bytes.TrimSpace(line[:i]))
			line = line[i+1:]
		}
	}
	record, err := csv.NewReader(bytes.NewReader(line)).Read()
	if err != nil {
		e := p.bad("quotes that do not close on the line, or stand inside a field")
		e.Hint = "a transfer is one line"
		return e
	}
	for _, f := range record {
		p.fields = append(p.fields, []byte(strings.TrimSpace(f)))
	}
	return nil
}

func (p *importer) header() error {
	p.at = make([]int, columns)
	for c, name := range columnNames {
		p.at[c] = slices.IndexFunc(p.fields, func(f []byte) bool { return strings.EqualFold(string(f), name) })
		if p.at[c] < 0 && c <= colAmount {
			e := p.bad("the header has no column %q", name)
			e.Hint = "want " + strings.Join(columnNames[:], ",") + ", of which the last three may be missing"
			return e
		}
	}
	p.assets, p.decimals = map[string]uint32{}, map[uint32]uint8{}
	p.symbols, p.conflict = map[uint32]bool{}, map[uint32]bool{}
	return nil
}

func (p *importer) field(c int) []byte {
	if i := p.at[c]; i >= 0 && i < len(p.fields) {
		return p.fields[i]
	}
	return nil
}

func (p *importer) row() error {
	for c := colChain; c <= colAmount; c++ {
		if p.at[c] >= len(p.fields) {
			return p.bad("%d fields, and column %q is the %d.", len(p.fields), columnNames[c], p.at[c]+1)
		}
	}
	w := row{usd: noUSD, file: p.record.files}
	if err := p.place(&w); err != nil {
		return err
	}
	if err := p.parties(&w); err != nil {
		return err
	}
	if err := p.value(&w); err != nil {
		return err
	}
	if w.units.IsZero() {
		p.record.Empty++
		return nil
	}
	p.record.rows = append(p.record.rows, w)
	return nil
}

func (p *importer) place(w *row) error {
	if err := p.onChain(); err != nil {
		return err
	}
	w.chain = p.record.chainIndex(p.chainID)
	var ok bool
	if w.block, ok = number(p.field(colBlock)); !ok {
		return p.bad("block %q is not a number", short(p.field(colBlock)))
	}
	index, ok := number(p.field(colIndex))
	if !ok || index > math.MaxUint32 {
		return p.bad("index %q is not a number of 32 bits", short(p.field(colIndex)))
	}
	w.index = uint32(index)
	if text := p.field(colTime); string(text) != p.timeText || p.timeText == "" {
		if p.time, ok = moment(text); !ok {
			return p.bad("time %q: want RFC 3339 or Unix seconds", short(text))
		}
		p.timeText = string(text)
	}
	w.time = p.time
	var hash common.Hash
	if text := p.field(colTx); len(text) > 0 && !hexInto(hash[:], text) {
		return p.bad("tx %q: want 0x and 64 hexadecimal digits, or nothing", short(text))
	}
	w.tx = p.record.txID(hash)
	return nil
}

func (p *importer) onChain() error {
	text := p.field(colChain)
	if string(text) == p.chainText && p.chainID != 0 {
		return nil
	}
	id, ok := number(bytes.TrimPrefix(text, []byte("eip155:")))
	if !ok {
		n, known := chain.NetworkByName(string(text))
		if !known {
			return p.bad("chain %q is not an EVM chain that is known by this name", short(text))
		}
		id = n.ID
	}
	if id == 0 {
		return p.bad("chain 0 does not exist")
	}
	if _, seen := p.record.chainIDs[id]; !seen && len(p.record.chains) == math.MaxUint16 {
		return p.bad("more chains than there are")
	}
	p.chainText, p.chainID = string(text), id
	return nil
}

func (p *importer) parties(w *row) error {
	from, to := p.field(colFrom), p.field(colTo)
	if len(from) == 0 && len(to) == 0 {
		return p.bad("neither from nor to")
	}
	var a common.Address
	if len(from) > 0 {
		if !hexInto(a[:], from) {
			return p.bad("from %q: want 0x and 40 hexadecimal digits", short(from))
		}
		w.from = p.record.account(w.chain, a)
	}
	if w.fee = len(to) == 0; !w.fee {
		if !hexInto(a[:], to) {
			return p.bad("to %q: want 0x and 40 hexadecimal digits", short(to))
		}
		w.to = p.record.account(w.chain, a)
	}
	return nil
}

func (p *importer) value(w *row) error {
	text := p.field(colAsset)
	id, ok := p.assets[string(text)]
	if !ok {
		asset, err := chain.ParseAssetID(string(text))
		if err != nil {
			return p.bad("%s", chain.Printable(err.Error(), 200))
		}
		id = p.record.asset(asset)
		p.assets[string(text)] = id
	}
	if asset := p.record.assets[id]; asset.ChainID != p.chainID {
		return p.bad("asset %s is not on chain %d", asset, p.chainID)
	}
	w.asset = id
	if !amountInto(&w.units, p.field(colAmount)) {
		return p.bad("amount %q: want a whole number of base units of at most 256 bits", short(p.field(colAmount)))
	}
	if err := p.display(id); err != nil {
		return err
	}
	return p.dollars(w)
}

// display keeps what the row says of its asset's symbol and scale.
func (p *importer) display(id uint32) error {
	symbol, scale := p.field(colSymbol), p.field(colDecimals)
	if len(scale) == 0 {
		if len(symbol) > 0 && !p.symbols[id] {
			p.symbols[id] = true
			p.record.Describe(p.record.assets[id], chain.TokenMeta{Symbol: chain.Printable(string(symbol), 32)})
		}
		return nil
	}
	n, ok := number(scale)
	if !ok || n > 77 {
		return p.bad("decimals %q: want a number from 0 to 77", short(scale))
	}
	known, seen := p.decimals[id]
	if !seen {
		p.decimals[id], p.symbols[id] = uint8(n), true
		p.describe(id, symbol, uint8(n))
		return nil
	}
	if known != uint8(n) && !p.conflict[id] {
		p.conflict[id] = true
		p.record.Warnings = append(p.record.Warnings, fmt.Sprintf(
			"%s:%d: %s has %d decimals here and %d before; the first stays", p.file, p.line, p.record.assets[id], n, known))
	}
	return nil
}

func (p *importer) describe(id uint32, symbol []byte, decimals uint8) {
	asset := p.record.assets[id]
	if m, ok := p.record.meta[asset]; ok && m.DecimalsKnown {
		if m.Decimals != decimals {
			p.conflict[id] = true
			p.record.Warnings = append(p.record.Warnings, fmt.Sprintf(
				"%s:%d: %s has %d decimals here and %d before; the first stays", p.file, p.line, asset, decimals, m.Decimals))
		}
		return
	}
	p.record.meta[asset] = chain.TokenMeta{
		Symbol: chain.Printable(string(symbol), 32), Decimals: decimals, DecimalsKnown: true,
	}
}

func (p *importer) dollars(w *row) error {
	text := p.field(colUSD)
	if len(text) == 0 {
		return nil
	}
	if len(text) > 40 || bytes.ContainsAny(text, "eE") {
		return p.bad("usd %q is not a plain decimal number", short(text))
	}
	d, err := decimal.NewFromString(string(text))
	if err != nil || d.IsNegative() {
		return p.bad("usd %q is not a plain decimal number", short(text))
	}
	micro := d.Shift(6).RoundBank(0).BigInt()
	if !micro.IsInt64() {
		return p.bad("usd %q is more than there is", short(text))
	}
	w.usd = micro.Int64()
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

func moment(b []byte) (uint64, bool) {
	if n, ok := number(b); ok {
		return n, true
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02T15:04:05"} {
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
