package ethrpc

import (
	"errors"
	"fmt"
	"math/bits"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
)

// ErrBadLog: an answer to eth_getLogs holds what cannot be a log, or not one
// that was asked for. The whole answer is then refused.
var ErrBadLog = errors.New("not the logs that were asked for")

// A page holds logs together with what they point to: three allocations for a
// thousand logs. It is used again when its logs have been looked at.
type page struct {
	logs   []types.Log
	topics []common.Hash
	data   []byte
	size   int // bytes of data handed out
}

const (
	pageLogs = 1024
	pageData = 64 << 10
)

func newPage() *page {
	return &page{
		logs:   make([]types.Log, 0, pageLogs),
		topics: make([]common.Hash, 0, 3*pageLogs),
		data:   make([]byte, 0, pageData),
	}
}

// empty makes the page ready for other logs. Room that one very long log took
// is let go of.
func (p *page) empty() {
	p.logs, p.topics, p.data, p.size = p.logs[:0], p.topics[:0], p.data[:0], 0
	if cap(p.data) > 4*pageData {
		p.data = nil
	}
}

// CloneLog returns a log that may be kept.
func CloneLog(l *types.Log) *types.Log {
	c := *l
	c.Topics, c.Data = slices.Clone(l.Topics), slices.Clone(l.Data)
	return &c
}

// bytes returns n bytes that belong to the page.
func (p *page) bytes(n int) []byte {
	if cap(p.data)-len(p.data) < n {
		p.data = make([]byte, 0, max(n, pageData))
	}
	p.size += n
	p.data = p.data[:len(p.data)+n]
	return p.data[len(p.data)-n:]
}

func (p *page) full() bool { return len(p.logs) == pageLogs || p.size >= 4*pageData }

// logDecoder reads logs one after another and checks every field of each.
type logDecoder struct {
	filter logFilter
	fresh  func() *page // an empty page
	page   *page

	// The texts of the last log's hashes: neighbours mostly share them.
	block, tx, event              []byte
	blockHash, txHash, firstTopic common.Hash

	steps []step
}

// A step is a member of the last log, by the text from the end of the member
// before it to its own value. Nodes write all logs in one form.
type step struct {
	text []byte
	bit  int
}

// The members of a log object, in the order of the bits that tell which were
// seen.
var logMembers = [...]string{"address", "topics", "data", "blockNumber", "transactionHash", "transactionIndex", "blockHash", "logIndex", "removed", "blockTimestamp"}

const (
	sawAddress = 1 << iota
	sawTopics
	sawData
	sawBlockNumber
	sawTxHash
	sawTxIndex
	sawBlockHash
	sawIndex
	sawRemoved
	sawTimestamp

	// neededMembers are all but removed and blockTimestamp, which old nodes
	// leave out.
	neededMembers = sawRemoved - 1
)

// decode reads one log object at the scanner, adds it to the page, and returns
// it. On errShort and errOdd nothing is added.
func (d *logDecoder) decode(s *scanner) (*types.Log, error) {
	if d.page == nil {
		d.page = d.fresh()
	}
	p := d.page
	was := *p
	p.logs = p.logs[:len(p.logs)+1]
	l := &p.logs[len(p.logs)-1]
	*l = types.Log{}
	err := d.members(l, s)
	if err == nil {
		err = d.filter.check(l)
	}
	if err == errShort || err == errOdd {
		*p = was
	}
	return l, err
}

func (d *logDecoder) members(l *types.Log, s *scanner) error {
	if err := s.expect('{'); err != nil {
		return err
	}
	seen := 0
	for n := 0; ; n++ {
		bit, ok := d.step(n, s)
		if !ok {
			var err error
			if bit, err = d.name(n, s); err != nil {
				return err
			}
		}
		if bit == end {
			return complete(seen)
		}
		err := d.value(l, bit, s)
		switch {
		case err == errShort || err == errOdd:
			return err
		case err != nil:
			return fmt.Errorf("%w: %s: %w", ErrBadLog, nameOf(bit), err)
		case seen&bit != 0:
			return fmt.Errorf("%w: %s stands twice", ErrBadLog, nameOf(bit))
		}
		seen |= bit
	}
}

// step moves to the value of the n-th member, if that is the one, and written
// in the way, that it was in the last log.
func (d *logDecoder) step(n int, s *scanner) (bit int, ok bool) {
	if n >= len(d.steps) {
		return 0, false
	}
	p := &d.steps[n]
	if to := s.at + len(p.text); to <= len(s.text) && string(s.text[s.at:to]) == string(p.text) {
		s.at = to
		return p.bit, true
	}
	return 0, false
}

// name reads up to the value of the n-th member, or the end of the object, and
// remembers how it was written.
func (d *logDecoder) name(n int, s *scanner) (bit int, err error) {
	from := s.at
	more, err := s.next('}', n == 0)
	if err != nil || !more {
		return end, err
	}
	name, err := s.string()
	if err == nil {
		err = s.expect(':')
	}
	if err != nil {
		return 0, err
	}
	if bit = bitOf(name); bit == 0 || len(name) > shortText {
		return bit, nil
	}
	const longestStep = 100 // the rest is space
	if text := s.text[from:s.at]; n <= len(d.steps) && n < len(logMembers) && len(text) <= longestStep {
		if n == len(d.steps) {
			d.steps = append(d.steps, step{})
		}
		d.steps[n] = step{append(d.steps[n].text[:0], text...), bit}
	}
	return bit, nil
}

// end is no member.
const end = -1

func nameOf(bit int) string {
	if bit == 0 {
		return "a member of no interest"
	}
	return logMembers[bits.TrailingZeros(uint(bit))]
}

func bitOf(name []byte) int {
	for i := range logMembers {
		if string(name) == logMembers[i] {
			return 1 << i
		}
	}
	return 0
}

func complete(seen int) error {
	for i, name := range logMembers {
		if neededMembers&^seen&(1<<i) != 0 {
			return fmt.Errorf("%w: a log without %s", ErrBadLog, name)
		}
	}
	return nil
}

// value reads the value of a member; that of no interest where bit is 0.
func (d *logDecoder) value(l *types.Log, bit int, s *scanner) (err error) {
	switch bit {
	case sawAddress:
		return s.fixed(l.Address[:])
	case sawTopics:
		l.Topics, err = d.topics(s)
	case sawData:
		l.Data, err = d.data(s)
	case sawBlockNumber:
		l.BlockNumber, err = s.quantity()
	case sawTxHash:
		d.tx, err = s.hashLike(&d.txHash, d.tx)
		l.TxHash = d.txHash
	case sawTxIndex:
		l.TxIndex, err = s.index()
	case sawBlockHash:
		d.block, err = s.hashLike(&d.blockHash, d.block)
		l.BlockHash = d.blockHash
	case sawIndex:
		l.Index, err = s.index()
	case sawRemoved:
		return s.notTrue()
	case sawTimestamp:
		l.BlockTimestamp, err = s.timestamp()
	default:
		return s.skip()
	}
	return err
}

func (d *logDecoder) topics(s *scanner) ([]common.Hash, error) {
	if err := s.expect('['); err != nil {
		return nil, err
	}
	p := d.page
	if cap(p.topics)-len(p.topics) < 4 {
		p.topics = make([]common.Hash, 0, pageLogs)
	}
	from := len(p.topics)
	for first := true; ; first = false {
		more, err := s.next(']', first)
		if err != nil {
			return nil, err
		}
		if !more {
			return slices.Clip(p.topics[from:]), nil
		}
		if len(p.topics)-from == 4 {
			return nil, errors.New("more than four")
		}
		p.topics = p.topics[:len(p.topics)+1]
		topic := &p.topics[len(p.topics)-1]
		if !first {
			err = s.fixed(topic[:])
		} else if d.event, err = s.hashLike(&d.firstTopic, d.event); err == nil {
			*topic = d.firstTopic // mostly that of the log before
		}
		if err != nil {
			return nil, err
		}
	}
}

func (d *logDecoder) data(s *scanner) ([]byte, error) {
	digits, err := s.hex()
	if err != nil {
		return nil, err
	}
	if len(digits)%2 != 0 {
		return nil, errors.New("odd number of digits")
	}
	b := d.page.bytes(len(digits) / 2)
	if !unhex(b, digits) {
		return nil, errNotHex
	}
	return slices.Clip(b), nil
}

// logFilter is what the logs were asked by.
type logFilter struct {
	window    chain.Window
	addresses []common.Address // sorted; empty for all
	topics    [][]common.Hash
}

func newLogFilter(w chain.Window, q LogQuery) logFilter {
	f := logFilter{window: w, addresses: slices.Clone(q.Addresses), topics: make([][]common.Hash, len(q.positions()))}
	slices.SortFunc(f.addresses, common.Address.Cmp)
	for i, set := range q.positions() {
		f.topics[i] = slices.Clone(set)
		slices.SortFunc(f.topics[i], common.Hash.Cmp)
	}
	return f
}

// check refuses what was not asked for. Which logs match is defined by
// eth_getLogs in the execution API: an address of the list, and in each
// position with a list one topic of it.
func (f *logFilter) check(l *types.Log) error {
	if !f.window.Contains(l.BlockNumber) {
		return fmt.Errorf("%w: block %d outside %d-%d", ErrBadLog, l.BlockNumber, f.window.From, f.window.To)
	}
	if len(f.addresses) > 0 {
		if _, ok := slices.BinarySearchFunc(f.addresses, l.Address, common.Address.Cmp); !ok {
			return fmt.Errorf("%w: contract %s", ErrBadLog, chain.Hex(l.Address))
		}
	}
	for i, set := range f.topics {
		if i >= len(l.Topics) {
			return fmt.Errorf("%w: only %d topics", ErrBadLog, len(l.Topics))
		}
		if len(set) == 0 {
			continue
		}
		if _, ok := slices.BinarySearchFunc(set, l.Topics[i], common.Hash.Cmp); !ok {
			return fmt.Errorf("%w: topic %d is %s", ErrBadLog, i, l.Topics[i].Hex())
		}
	}
	return nil
}
