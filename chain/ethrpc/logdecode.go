package ethrpc

import (
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
)

// ErrBadLog: an answer to eth_getLogs holds what cannot be a log, or not one
// that was asked for. The whole answer is then refused.
var ErrBadLog = errors.New("not the logs that were asked for")

// A page holds logs together with what they point to: three allocations for a
// thousand logs. Pages are never used again, so a log may be kept.
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
	page   *page

	// The texts of the last log's hashes: neighbours mostly share them.
	block, tx         []byte
	blockHash, txHash common.Hash
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
		d.page = newPage()
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
	for first := true; ; first = false {
		more, err := s.next('}', first)
		if err != nil {
			return err
		}
		if !more {
			return complete(seen)
		}
		name, err := s.string()
		if err == nil {
			err = s.expect(':')
		}
		if err != nil {
			return err
		}
		bit, err := d.member(l, name, s)
		switch {
		case err == errShort || err == errOdd:
			return err
		case err != nil:
			return fmt.Errorf("%w: %s: %w", ErrBadLog, printable(string(name)), err)
		case seen&bit != 0:
			return fmt.Errorf("%w: %s stands twice", ErrBadLog, name)
		}
		seen |= bit
	}
}

func complete(seen int) error {
	for i, name := range logMembers {
		if neededMembers&^seen&(1<<i) != 0 {
			return fmt.Errorf("%w: a log without %s", ErrBadLog, name)
		}
	}
	return nil
}

func (d *logDecoder) member(l *types.Log, name []byte, s *scanner) (bit int, err error) {
	switch string(name) {
	case "address":
		return sawAddress, s.fixed(l.Address[:])
	case "topics":
		l.Topics, err = d.topics(s)
		return sawTopics, err
	case "data":
		l.Data, err = d.data(s)
		return sawData, err
	case "blockNumber":
		l.BlockNumber, err = s.quantity()
		return sawBlockNumber, err
	case "transactionHash":
		d.tx, err = s.hashLike(&d.txHash, d.tx)
		l.TxHash = d.txHash
		return sawTxHash, err
	case "transactionIndex":
		l.TxIndex, err = s.index()
		return sawTxIndex, err
	case "blockHash":
		d.block, err = s.hashLike(&d.blockHash, d.block)
		l.BlockHash = d.blockHash
		return sawBlockHash, err
	case "logIndex":
		l.Index, err = s.index()
		return sawIndex, err
	case "removed":
		return sawRemoved, s.notTrue()
	case "blockTimestamp":
		l.BlockTimestamp, err = s.timestamp()
		return sawTimestamp, err
	}
	return 0, s.skip()
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
		if err := s.fixed(p.topics[len(p.topics)-1][:]); err != nil {
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
