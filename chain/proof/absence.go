package proof

import (
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
)

// GapError says that headers which should follow one upon the other do not.
type GapError struct{ Got, Want uint64 } // block numbers

func (e *GapError) Error() string {
	return fmt.Sprintf("block %d stands where block %d should", e.Got, e.Want)
}

// Linked checks that headers, ascending and without a gap, lead by the hashes
// of parents to the block with hash tip, which is the last of them. Whoever
// vouches for tip vouches for all of them.
func Linked(headers []*types.Header, tip common.Hash) error {
	for i := len(headers) - 1; i >= 0; i-- {
		h := headers[i]
		if err := match(fmt.Sprintf("hash of block %s", h.Number), h.Hash(), tip); err != nil {
			return err
		}
		if i > 0 {
			if want := h.Number.Uint64() - 1; headers[i-1].Number.Uint64() != want {
				return &GapError{headers[i-1].Number.Uint64(), want}
			}
		}
		tip = h.ParentHash
	}
	return nil
}

// LogFilter is a filter as eth_getLogs takes it, made ready to be tested
// against the bloom filters of many headers. The zero LogFilter matches every
// log.
type LogFilter struct {
	all [][]pattern // of every set, one
}

// pattern is the bits that a value sets in a bloom filter: three at most, as
// the Yellow Paper has it (section 4.4.3).
type pattern struct {
	at   [3]uint16
	mask [3]byte
}

// NewLogFilter returns the filter for logs that one of the addresses emitted
// (any, if there are none) and that have, in each position for which topics
// lists some, one of those.
func NewLogFilter(addresses []common.Address, topics [][]common.Hash) LogFilter {
	var f LogFilter
	var emitters []pattern
	for _, a := range addresses {
		emitters = append(emitters, patternOf(a[:]))
	}
	f.add(emitters)
	for _, set := range topics {
		var patterns []pattern
		for _, topic := range set {
			patterns = append(patterns, patternOf(topic[:]))
		}
		f.add(patterns)
	}
	return f
}

func (f *LogFilter) add(set []pattern) {
	if len(set) > 0 {
		f.all = append(f.all, set)
	}
}

func patternOf(value []byte) pattern {
	var bloom types.Bloom
	bloom.Add(value)
	var p pattern
	n := 0
	for i, b := range bloom {
		if b != 0 {
			p.at[n], p.mask[n] = uint16(i), b
			n++
		}
	}
	return p
}

// MayMatch reports whether a block with this bloom filter may hold a log that
// the filter matches. Where it may not, the block holds none, provided that the
// bloom filter is part of a header that is vouched for and that the chain
// enters all its logs there.
func (f LogFilter) MayMatch(bloom *types.Bloom) bool {
	for _, set := range f.all {
		if !anyIn(set, bloom) {
			return false
		}
	}
	return true
}

func anyIn(set []pattern, bloom *types.Bloom) bool {
	for i := range set {
		p := &set[i]
		// An unused mask is zero and asks for nothing.
		if bloom[p.at[0]]&p.mask[0] == p.mask[0] && bloom[p.at[1]]&p.mask[1] == p.mask[1] && bloom[p.at[2]]&p.mask[2] == p.mask[2] {
			return true
		}
	}
	return false
}
