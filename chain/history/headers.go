package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/chain/proof"
)

// headersPerRound fills ten requests of a hundred calls. A block without its
// txs is some 15 kB on a busy chain.
const headersPerRound = 1000

// walk reads the headers of the blocks of a window from the last, whose hash
// is tip, to the first, and gives them to visit, each with its hash, once they
// are known to be linked.
func (s *Source) walk(ctx context.Context, w chain.Window, tip common.Hash, visit func(*types.Header, common.Hash)) error {
	for to := w.To; ; {
		from := w.From
		if to-from >= headersPerRound {
			from = to - headersPerRound + 1
		}
		headers, err := s.headers(ctx, chain.Window{From: from, To: to})
		if err != nil {
			return err
		}
		if err := proof.Linked(headers, tip); err != nil {
			return fmt.Errorf("headers of blocks %d-%d: %w", from, to, err)
		}
		for i := len(headers) - 1; i >= 0; i-- {
			visit(headers[i], tip)
			tip = headers[i].ParentHash
		}
		if from == w.From {
			return nil
		}
		to = from - 1
	}
}

// headers reads the headers of a window, ascending.
func (s *Source) headers(ctx context.Context, w chain.Window) ([]*types.Header, error) {
	if s.usable(headerOnly) && s.try(headerOnly) {
		// One call finds out whether headers are offered without the hashes of
		// their txs, which are nine tenths of what comes with a block.
		_, err := one[json.RawMessage](ctx, s, headerOnly, number(w.To))
		if class, _ := ethrpc.Classify(err); err != nil && !s.lack(headerOnly, err) && class != ethrpc.Rejected && !errors.Is(err, ErrNotFound) {
			return nil, err
		} else if err != nil {
			s.without(headerOnly, err)
		}
	}
	bare := s.usable(headerOnly)
	var calls []ethrpc.Call
	for n := w.From; n <= w.To; n++ {
		call := headCall(number(n))
		if bare {
			call = ethrpc.Call{Method: headerOnly, Params: []any{number(n)}}
		}
		calls = append(calls, call)
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return nil, fmt.Errorf("read headers of blocks %d-%d: %w", w.From, w.To, err)
	}
	headers := make([]*types.Header, len(answers))
	for i, a := range answers {
		raw, err := read[json.RawMessage](a)
		if err == nil {
			headers[i], err = readHeader(raw)
		}
		if err != nil {
			return nil, fmt.Errorf("block %d: %w", w.From+uint64(i), err)
		}
		if got, want := headers[i].Number.Uint64(), w.From+uint64(i); got != want {
			return nil, fmt.Errorf("the endpoint answers otherwise: %w", &proof.GapError{Got: got, Want: want})
		}
	}
	return headers, nil
}

// headerOnly is what go-ethereum and others offer beside the standard.
const headerOnly = "eth_getHeaderByNumber"

func readHeader(raw json.RawMessage) (*types.Header, error) {
	h := new(types.Header)
	if err := json.Unmarshal(raw, h); err != nil {
		return nil, fmt.Errorf("the header is not one of Ethereum: %w", err)
	}
	return h, nil
}

// headerChain is what the absence of logs is proven with: the hash and the
// bloom filter of every block of a window, 288 bytes each, linked to its end.
type headerChain struct {
	chain.Window
	hashes []common.Hash
	blooms []types.Bloom
}

// at returns the hash of a block of the window.
func (c *headerChain) at(n uint64) common.Hash { return c.hashes[n-c.From] }

// part returns the headers of a window that lies within the chain's.
func (c *headerChain) part(w chain.Window) *headerChain {
	lo, hi := w.From-c.From, w.To-c.From+1
	return &headerChain{w, c.hashes[lo:hi], c.blooms[lo:hi]}
}

// linked reads the headers of a window that ends with the block with hash tip.
// Those read last are not asked for again.
func (s *Source) linked(ctx context.Context, w chain.Window, tip common.Hash) (*headerChain, error) {
	s.mu.Lock()
	known := s.chain
	s.mu.Unlock()
	if known != nil && known.Contains(w.From) && known.Contains(w.To) && known.at(w.To) == tip {
		return known.part(w), nil
	}
	c := &headerChain{w, make([]common.Hash, w.Blocks()), make([]types.Bloom, w.Blocks())}
	err := s.walk(ctx, w, tip, func(h *types.Header, hash common.Hash) {
		i := h.Number.Uint64() - w.From
		c.hashes[i], c.blooms[i] = hash, h.Bloom
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.chain = c
	s.mu.Unlock()
	return c, nil
}

// without remembers that a method is of no use here, for a reason other than
// that the endpoint lacks it.
func (s *Source) without(method string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.lacking[method]; !ok {
		s.lacking[method] = oneLine(err)
	}
}
