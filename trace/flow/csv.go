package flow

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode"

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

// columns of an import.
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
	colFromLabel
	colToLabel
	columns
)

// columnNames are ours; they go before otherNames, by which other tools call the
// columns, written here without anything but letters and digits.
var columnNames = [columns]string{
	"chain", "block", "time", "tx", "index", "from", "to", "asset_id", "amount", "symbol", "decimals", "usd", "from_label", "to_label",
}

var otherNames = [columns][]string{
	colChain:     {"chainid", "blockchain", "network"},
	colBlock:     {"blocknumber", "blockno", "blockheight"},
	colTime:      {"timestamp", "blocktime", "blocktimestamp", "unixtimestamp", "datetime", "datetimeutc"},
	colTx:        {"txhash", "txid", "transactionhash", "txnhash", "transaction"},
	colIndex:     {"logindex"},
	colFrom:      {"fromaddress", "sender"},
	colTo:        {"toaddress", "recipient", "receiver"},
	colAsset:     {"assetid"},
	colUSD:       {"valueinusd", "valueusd", "usdvalue", "amountinusd", "amountusd", "usdamount"},
	colFromLabel: {"fromlabel", "fromname", "fromnametag", "senderlabel"},
	colToLabel:   {"tolabel", "toname", "tonametag", "recipientlabel", "receiverlabel"},
}

// ReadCSV adds the transfers of a file that has the header
//
//	chain,block,time,tx,index,from,to,asset_id,amount[,symbol][,decimals][,usd][,from_label][,to_label]
//
// in any order of columns and rows; other columns are ignored, and usual names that
// other tools give these columns are understood. chain is a short
// name or an EIP-155 id; time is RFC 3339 or Unix seconds; index orders
// transfers within a block; amount is in base units. A row without `to` is a
// fee, one without `from` came from nowhere that the export knows. Where an
// export has no index, or no tx, the column may be missing or empty: the order
// within a block is then that of the file or unknown, as the package comment says,
// and each row is taken for a tx of its own. The labels are kept for [Record.Names]. The first line that cannot be
// read ends the import with a [LineError]; nothing is skipped silently. name is what
// errors call the file.
//
// A table that has dollars and neither asset_id nor amount is one of flows: the
// dollars themselves are followed, as [Dollars], to 18 decimals. It needs no chain and
// no block. [Record.Warnings] say what was taken for what was not there.
func (r *Record) ReadCSV(in io.Reader, name string) error {
	r.ready()
	if r.files < math.MaxUint8 {
		r.files++
	}
	if r.numbered {
		for i := range r.entries {
			r.entries[i].index = 0
		}
		r.numbered = false
	}
	size := sizeOf(in)
	blocks := &blockReader{in: in, file: name, line: 1, free: make(chan *block, 4*runtime.GOMAXPROCS(0))}
	first := blocks.next()
	h, err := readHeader(first, name)
	if err != nil {
		return err
	}
	r.Warnings = append(r.Warnings, h.assumes()...)
	p := &importer{
		record: r, file: name, header: h, chains: map[uint64]uint16{}, assets: map[string]uint32{}, decimals: map[uint32]uint8{},
		symbols: map[uint32]bool{}, conflict: map[uint32]bool{},
	}
	err = eachBlock(blocks, first, h, func(b *block) error {
		if size > b.size {
			r.grow(int(float64(size) / float64(b.size) * float64(len(b.drafts)) * 1.02))
		}
		size = 0
		return p.take(b)
	})
	r.noIndex[r.files] = r.noIndex[r.files] || !p.indexed
	p.tell()
	r.sorted = false
	return err
}

// eachBlock parses blocks on every core and visits them in their order.
func eachBlock(blocks *blockReader, first *block, h *header, visit func(*block) error) error {
	workers := runtime.GOMAXPROCS(0)
	work, order := make(chan *block, workers), make(chan *block, 2*workers)
	stop := make(chan struct{})
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			l := &lineReader{header: h}
			for b := range work {
				l.parse(b)
				close(b.parsed)
			}
		})
	}
	wait.Go(func() {
		defer close(work)
		defer close(order)
		for b := first; b != nil; b = blocks.next() {
			select {
			case <-stop:
				return
			case order <- b:
			}
			work <- b
		}
	})
	var err error
	for b := range order {
		if <-b.parsed; err != nil {
			continue
		}
		if err = visit(b); err != nil {
			close(stop)
		}
		blocks.giveBack(b)
	}
	wait.Wait()
	return err
}

// grow makes room at once for rows to come: growing by steps would need the
// room twice.
func (r *Record) grow(rows int) {
	r.rows, r.entries = slices.Grow(r.rows, rows), slices.Grow(r.entries, rows)
	r.hashes = slices.Grow(r.hashes, rows)
}

// importer takes parsed lines into a record.
type importer struct {
	record *Record
	file   string
	header *header

	indexed                  bool // some row has an index
	worthless, worthlessLine int  // rows that were left out because they have no dollars, and the first
	shortened, shortenedLine int  // rows whose dollars have more decimals than are kept
	unnamed, unnamedLine     int  // names that were left out

	// What was said before: exports repeat themselves.
	chains   map[uint64]uint16
	assets   map[string]uint32
	decimals map[uint32]uint8
	symbols  map[uint32]bool
	conflict map[uint32]bool
	named    map[uint32][]string
}

func (p *importer) take(b *block) error {
	for i := range b.drafts {
		if err := p.row(&b.drafts[i]); err != nil {
			return err
		}
	}
	return b.err
}

func (p *importer) row(d *draft) error {
	r, e := p.record, d.entry
	p.indexed = p.indexed || d.indexed
	if d.shortened {
		note(&p.shortened, &p.shortenedLine, d.line)
	}
	var err error
	if e.chain, err = p.chain(d); err != nil {
		return err
	}
	e.tx = r.txID(d.hash)
	w := row{file: r.files, fee: d.fee}
	if d.hasFrom {
		w.from = r.account(d.chainID, d.from)
	}
	if d.hasTo {
		w.to = r.account(d.chainID, d.to)
	}
	p.name(w.from, d.fromLabel, colFromLabel, d.line)
	p.name(w.to, d.toLabel, colToLabel, d.line)
	id, ok := p.assets[d.assetText]
	if !ok {
		id = r.asset(d.asset)
		p.assets[d.assetText] = id
	}
	w.asset = id
	if err := p.display(d, id); err != nil {
		return err
	}
	switch { // who an account is said to be is kept all the same
	case d.worthless:
		note(&p.worthless, &p.worthlessLine, d.line)
		return nil
	case d.units.IsZero():
		r.Empty++
		return nil
	}
	r.rows = append(r.rows, r.enter(w, e, &d.units))
	return nil
}

func (p *importer) chain(d *draft) (uint16, error) {
	r := p.record
	index, ok := p.chains[d.chainID]
	if !ok {
		if _, seen := r.chainIDs[d.chainID]; !seen && len(r.chains) == math.MaxUint16 {
			return 0, p.bad(d, "more chains than there are")
		}
		index = r.chainIndex(d.chainID)
		p.chains[d.chainID] = index
	}
	return index, nil
}

func (p *importer) bad(d *draft, format string, args ...any) *LineError {
	return &LineError{File: p.file, Line: d.line, Why: fmt.Sprintf(format, args...)}
}

// display keeps what the row says of its asset's symbol and scale.
func (p *importer) display(d *draft, id uint32) error {
	if !d.scaled {
		if len(d.symbol) > 0 && !p.symbols[id] {
			p.symbols[id] = true
			p.record.Describe(p.record.assets[id], chain.TokenMeta{Symbol: chain.Printable(string(d.symbol), 32)})
		}
		return nil
	}
	known, seen := p.decimals[id]
	if !seen {
		p.decimals[id], p.symbols[id] = d.decimals, true
		p.describe(d, id)
		return nil
	}
	if known != d.decimals && !p.conflict[id] {
		p.dispute(d, id, known)
	}
	return nil
}

func (p *importer) describe(d *draft, id uint32) {
	asset := p.record.assets[id]
	if m, ok := p.record.meta[asset]; ok && m.DecimalsKnown {
		if m.Decimals != d.decimals {
			p.dispute(d, id, m.Decimals)
		}
		return
	}
	p.record.meta[asset] = chain.TokenMeta{
		Symbol: chain.Printable(string(d.symbol), 32), Decimals: d.decimals, DecimalsKnown: true,
	}
}

func (p *importer) dispute(d *draft, id uint32, known uint8) {
	p.conflict[id] = true
	p.record.Warnings = append(p.record.Warnings, fmt.Sprintf(
		"%s:%d: %s has %d decimals here and %d before; the first stays", p.file, d.line, p.record.assets[id], d.decimals, known))
}

// header tells which field each column is.
type header struct {
	file   string
	at     [columns]int // -1 where there is none
	titles [columns]string
	flows  bool // a table of flows in dollars
}

// readHeader takes the header off the first block.
func readHeader(b *block, file string) (*header, error) {
	h := &header{file: file}
	l := &lineReader{header: h, line: 1}
	b.text = bytes.TrimPrefix(b.text, []byte("\ufeff"))
	for len(b.text) > 0 {
		l.line = b.line
		line := b.cut()
		if len(line) == 0 {
			continue
		}
		if err := l.split(line); err != nil {
			return nil, err
		}
		return h, h.find(l)
	}
	if b.err != nil {
		return nil, b.err
	}
	return nil, l.bad("no header")
}

// find looks for the columns: by our names first, then by those of others.
func (h *header) find(l *lineReader) error {
	for c, name := range columnNames {
		h.at[c] = slices.IndexFunc(l.fields, func(f []byte) bool { return strings.EqualFold(string(f), name) })
		for _, other := range otherNames[c] {
			if h.at[c] < 0 {
				h.at[c] = slices.IndexFunc(l.fields, func(f []byte) bool { return plainTitle(f) == other })
			}
		}
		if h.at[c] >= 0 {
			h.titles[c] = chain.Printable(string(l.fields[h.at[c]]), 40)
		}
	}
	h.flows = h.at[colAsset] < 0 && h.at[colAmount] < 0 && h.at[colUSD] >= 0
	if other := bytes.IndexAny(bytes.Join(l.fields, nil), ";\t"); len(l.fields) == 1 && other >= 0 {
		e := l.bad("the fields of the header are not separated by commas")
		e.Hint = "write the table with commas between its fields"
		return e
	}
	for c := range columns {
		if h.at[c] < 0 && h.needs(c) {
			e := l.bad("the header has no column %q", columnNames[c])
			e.Hint = "want " + strings.Join(columnNames[:], ",") + ", of which tx, index and the last five may be missing; " +
				"a table of flows in dollars wants time,from,to,usd"
			return e
		}
	}
	return nil
}

// plainTitle is a title without anything but letters and digits.
func plainTitle(title []byte) string {
	return strings.Map(func(r rune) rune {
		if r = unicode.ToLower(r); unicode.IsLetter(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, string(title))
}

func (h *header) needs(c int) bool {
	switch c {
	case colTime, colFrom, colTo:
		return true
	case colChain, colBlock, colAsset, colAmount:
		return !h.flows
	case colUSD:
		return h.flows
	}
	return false
}
