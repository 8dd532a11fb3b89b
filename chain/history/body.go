package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/chain/proof"
)

// body is a block as it came, with whatever receipts could be had.
type body struct {
	wireBlock
	raw      json.RawMessage
	txs      []wireTx
	receipts []json.RawMessage // by tx; nil where not asked for
	encoded  map[int][]byte    // by tx, of those that the API does not tell whole
	complete bool              // every tx has its receipt
}

func readBody(n uint64, a ethrpc.Answer) (*body, error) {
	block, err := read[wireBlock](a)
	if err != nil {
		if class, _ := ethrpc.Classify(err); class == ethrpc.History {
			err = errors.Join(ErrNotFound, err)
		}
		return nil, fmt.Errorf("block %d: %w", n, err)
	}
	if block.Number.Uint64() != n {
		return nil, fmt.Errorf("block %d: the endpoint answers with block %d", n, block.Number.Uint64())
	}
	b := &body{wireBlock: block, raw: a.Result, txs: make([]wireTx, len(block.Txs)), receipts: make([]json.RawMessage, len(block.Txs))}
	for i, raw := range block.Txs {
		if err := json.Unmarshal(raw, &b.txs[i]); err != nil {
			return nil, fmt.Errorf("block %d tx %d: %w", n, i, err)
		}
	}
	b.complete = len(b.txs) == 0
	return b, nil
}

// takeReceipts files the answer of eth_getBlockReceipts by tx. Some chains add
// a receipt for what is no tx, so position alone says nothing.
func (b *body) takeReceipts(s *Source, a ethrpc.Answer) {
	list, err := read[[]json.RawMessage](a)
	if err != nil {
		s.lack("eth_getBlockReceipts", err)
		return
	}
	at := make(map[common.Hash]int, len(b.txs))
	for i := range b.txs {
		at[b.txs[i].Hash] = i
	}
	for _, raw := range list {
		var r struct {
			TxHash common.Hash `json:"transactionHash"`
		}
		if json.Unmarshal(raw, &r) != nil {
			continue // a tx without its receipt is told of where it matters
		}
		if i, ok := at[r.TxHash]; ok {
			b.receipts[i] = raw
		}
	}
	b.complete = !b.lacksReceipts()
}

// index is the place that the endpoint gives a tx in its block. A recording of
// part of a block may leave gaps, so that it is not always the position.
func (b *body) index(i int) uint32 {
	if at := b.txs[i].Index; at != nil && at.IsUint64() && at.Uint64() < chain.OutsideTx {
		return uint32(at.Uint64())
	}
	return uint32(i)
}

func (b *body) lacksReceipts() bool {
	for _, r := range b.receipts {
		if r == nil {
			return true
		}
	}
	return false
}

// receiptsOneByOne asks for what eth_getBlockReceipts did not give: every
// receipt where the roots are to be checked, otherwise those that matter. It
// returns the bytes of the answers.
func (s *Source) receiptsOneByOne(ctx context.Context, r *reader, bodies []*body) (int64, error) {
	type place struct {
		b *body
		i int
	}
	var places []place
	var calls []ethrpc.Call
	for _, b := range bodies {
		for i := range b.txs {
			if b.receipts[i] == nil && (!s.o.NoProof || r.touches(&b.txs[i]) || r.hasLogs(b, i) || r.watched[b.Miner]) {
				places = append(places, place{b, i})
				calls = append(calls, ethrpc.Call{Method: "eth_getTransactionReceipt", Params: []any{b.txs[i].Hash}})
			}
		}
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return 0, fmt.Errorf("read %d receipts: %w", len(calls), err)
	}
	weight := weigh(answers)
	for i, a := range answers {
		raw, err := read[json.RawMessage](a)
		switch class, _ := ethrpc.Classify(err); {
		case err == nil:
			places[i].b.receipts[places[i].i] = raw
		case past(err) || class == ethrpc.Rejected || class == ethrpc.Capability || class == ethrpc.Auth:
		default:
			return 0, fmt.Errorf("receipt of %s: %w", places[i].b.txs[places[i].i].Hash, err)
		}
	}
	for _, b := range bodies {
		b.complete = !b.lacksReceipts()
	}
	return weight, nil
}

// untold returns which txs of a block cannot be encoded from what the API says
// of them, as far as their encoding is worth asking for.
func (s *Source) untold(r *reader, b *body) []int {
	if r.noProof || ownBlocks(r.id.ChainID, &b.wireHead) != "" || !s.usable(rawTransaction) {
		return nil
	}
	var out []int
	for i := range b.txs {
		if kind := b.txs[i].Type.Uint64(); kind > 0x7f || !proof.KnownTx(uint8(kind)) {
			out = append(out, i)
		}
	}
	return out
}

const rawTransaction = "eth_getRawTransactionByHash"

// encodings asks for the txs that cannot be encoded here as the chain encodes
// them. Where an endpoint does not tell, their block stays unproven. It returns
// the bytes of the answers.
func (s *Source) encodings(ctx context.Context, r *reader, bodies []*body) (int64, error) {
	type place struct {
		b *body
		i int
	}
	var places []place
	var calls []ethrpc.Call
	for _, b := range bodies {
		for _, i := range s.untold(r, b) {
			places = append(places, place{b, i})
			calls = append(calls, ethrpc.Call{Method: rawTransaction, Params: []any{b.txs[i].Hash}})
		}
	}
	if len(calls) == 0 {
		return 0, nil
	}
	if offered, err := s.givesEncodings(ctx); err != nil || !offered {
		return 0, err
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return 0, fmt.Errorf("read %d txs as they are encoded: %w", len(calls), err)
	}
	for i, a := range answers {
		if raw, err := read[hexutil.Bytes](a); err == nil && len(raw) > 0 {
			b := places[i].b
			if b.encoded == nil {
				b.encoded = map[int][]byte{}
			}
			b.encoded[places[i].i] = raw
		}
	}
	return weigh(answers), nil
}

// givesEncodings finds out, once, whether the endpoint has the method: by the
// hash of no tx, so that what is asked does not depend on which of several chunks
// of blocks comes first.
func (s *Source) givesEncodings(ctx context.Context) (bool, error) {
	s.trial.Lock()
	defer s.trial.Unlock()
	if s.try(rawTransaction) {
		answers, err := s.do(ctx, []ethrpc.Call{{Method: rawTransaction, Params: []any{common.Hash{}}}})
		if err != nil {
			return false, fmt.Errorf("%s: %w", rawTransaction, err)
		}
		s.lack(rawTransaction, answers[0].Err)
	}
	return s.usable(rawTransaction), nil
}
