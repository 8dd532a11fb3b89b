package history

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/holiman/uint256"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// simulatedLogs is the address under which eth_simulateV1 logs movements of
// the coin where traceTransfers is set (execution-apis, ethSimulateV1).
var simulatedLogs = common.HexToAddress("0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee")

// moved is what a call frame moved, known without its trace address.
type moved struct {
	from, to common.Address
	units    uint256.Int
}

// errSimulation says that a simulation is not the block that it replays.
var errSimulation = errors.New("the simulation is not accepted")

// simulate replays a whole block on the state before it and returns what the
// call frames of each tx moved, in the order of the frames. It is believed
// only where status, gas and logs of every tx equal its receipt.
func (s *Source) simulate(ctx context.Context, n uint64) (map[common.Hash][]moved, error) {
	const method = "eth_simulateV1"
	if n == 0 {
		return nil, errSimulation
	}
	b, err := s.wholeBlock(ctx, n)
	if err != nil {
		return nil, err
	}
	request, err := replay(b)
	if err != nil {
		return nil, err
	}
	blocks, err := one[[]struct {
		Calls []simulatedCall `json:"calls"`
	}](ctx, s, method, request, number(n-1))
	if err != nil {
		if s.tolerate(method, err) == nil {
			return nil, fmt.Errorf("%w: %s", errSimulation, oneLine(err))
		}
		return nil, err
	}
	if len(blocks) != 1 || len(blocks[0].Calls) != len(b.txs) {
		return nil, fmt.Errorf("%w: it has other txs than the block", errSimulation)
	}
	out := map[common.Hash][]moved{}
	for i := range blocks[0].Calls {
		if out[b.txs[i].Hash], err = blocks[0].Calls[i].accept(b, i); err != nil {
			return nil, fmt.Errorf("%w: tx %d: %w", errSimulation, i, err)
		}
	}
	return out, nil
}

// wholeBlock reads a block with every receipt.
func (s *Source) wholeBlock(ctx context.Context, n uint64) (*body, error) {
	calls := []ethrpc.Call{{Method: "eth_getBlockByNumber", Params: []any{number(n), true}}}
	if s.usable("eth_getBlockReceipts") {
		calls = append(calls, ethrpc.Call{Method: "eth_getBlockReceipts", Params: []any{number(n)}})
	}
	answers, err := s.do(ctx, calls)
	if err != nil {
		return nil, fmt.Errorf("block %d: %w", n, err)
	}
	b, err := readBody(n, answers[0])
	if err != nil {
		return nil, err
	}
	if len(answers) > 1 {
		b.takeReceipts(s, answers[1])
	}
	if !b.complete {
		every := &reader{watched: map[common.Address]bool{b.Miner: true}}
		if _, err := s.receiptsOneByOne(ctx, every, []*body{b}); err != nil {
			return nil, err
		}
	}
	if !b.complete {
		return nil, fmt.Errorf("%w: the endpoint does not give every receipt of block %d", errSimulation, n)
	}
	return b, nil
}

// replay writes the request that runs a block again.
func replay(b *body) (any, error) {
	var head map[string]json.RawMessage
	if err := json.Unmarshal(b.raw, &head); err != nil {
		return nil, fmt.Errorf("read block: %w", err)
	}
	overrides := picked(head, map[string]string{
		"number": "number", "timestamp": "time", "gasLimit": "gasLimit", "miner": "feeRecipient",
		"mixHash": "prevRandao", "baseFeePerGas": "baseFeePerGas", "parentBeaconBlockRoot": "beaconRoot",
	})
	calls := make([]map[string]json.RawMessage, len(b.Txs))
	for i, raw := range b.Txs {
		if b.txs[i].Type.GtUint64(types.SetCodeTxType) {
			return nil, fmt.Errorf("%w: tx %d is of type %s", errSimulation, i, b.txs[i].Type.Hex())
		}
		var tx map[string]json.RawMessage
		if err := json.Unmarshal(raw, &tx); err != nil {
			return nil, fmt.Errorf("read tx: %w", err)
		}
		fields := map[string]string{
			"from": "from", "to": "to", "gas": "gas", "value": "value", "nonce": "nonce", "input": "input",
			"accessList": "accessList", "authorizationList": "authorizationList", "blobVersionedHashes": "blobVersionedHashes",
			"maxFeePerGas": "maxFeePerGas", "maxPriorityFeePerGas": "maxPriorityFeePerGas", "maxFeePerBlobGas": "maxFeePerBlobGas",
		}
		if b.txs[i].Type.LtUint64(types.DynamicFeeTxType) {
			fields["gasPrice"] = "gasPrice"
		}
		calls[i] = picked(tx, fields)
	}
	return map[string]any{
		"blockStateCalls": []any{map[string]any{"blockOverrides": overrides, "calls": calls}},
		"traceTransfers":  true, "validation": true,
	}, nil
}

func picked(from map[string]json.RawMessage, names map[string]string) map[string]json.RawMessage {
	out := map[string]json.RawMessage{}
	for theirs, ours := range names {
		if v := from[theirs]; v != nil && string(v) != "null" {
			out[ours] = v
		}
	}
	return out
}

type simulatedCall struct {
	Status  quantity `json:"status"`
	GasUsed quantity `json:"gasUsed"`
	Logs    []struct {
		Address common.Address `json:"address"`
		Topics  []common.Hash  `json:"topics"`
		Data    hexutil.Bytes  `json:"data"`
	} `json:"logs"`
}

// accept compares a simulated tx with its receipt and returns what its frames
// moved, without the value of the tx itself.
func (c *simulatedCall) accept(b *body, i int) ([]moved, error) {
	receipt, err := readReceipt(b, i)
	if err != nil {
		return nil, err
	}
	if receipt.Status == nil || !receipt.Status.Eq(&c.Status.Int) || !receipt.GasUsed.Eq(&c.GasUsed.Int) {
		return nil, errors.New("it ends with another status or other gas")
	}
	var moves []moved
	real := receipt.Logs
	for _, l := range c.Logs {
		if l.Address == simulatedLogs && len(l.Topics) == 3 && l.Topics[0] == chain.TopicTransfer && len(l.Data) == 32 {
			m := moved{from: common.BytesToAddress(l.Topics[1][12:]), to: common.BytesToAddress(l.Topics[2][12:])}
			m.units.SetBytes32(l.Data)
			moves = append(moves, m)
			continue
		}
		if len(real) == 0 || l.Address != real[0].Address || !slices.Equal(l.Topics, real[0].Topics) || !bytes.Equal(l.Data, real[0].Data) {
			return nil, errors.New("it logs something else")
		}
		real = real[1:]
	}
	if len(real) > 0 {
		return nil, errors.New("it lacks logs")
	}
	if tx := &b.txs[i]; !tx.Value.IsZero() && !receipt.Status.IsZero() {
		if len(moves) == 0 || moves[0].from != tx.From || !moves[0].units.Eq(&tx.Value.Int) {
			return nil, errors.New("it does not begin with the value of the tx")
		}
		moves = moves[1:]
	}
	return moves, nil
}

// simulatedTransfers places what a simulation of a tx shows. Its logs do not
// tell trace addresses: Index counts the movements from 1 instead.
func simulatedTransfers(at chain.Transfer, moves []moved) []chain.Transfer {
	out := make([]chain.Transfer, len(moves))
	for i, m := range moves {
		t := at
		t.Site, t.Index, t.Kind, t.From, t.To, t.Units = chain.SiteFrame, uint32(i+1), chain.KindInternal, m.from, m.to, m.units
		t.Asset = chain.NativeAsset(at.ChainID)
		t.Proof = chain.Unproven("seen in a simulation whose status, gas and logs equal the receipts")
		out[i] = t
	}
	return out
}

// simulateWhole enters what a simulation of a block shows.
func (p *pull) simulateWhole(ctx context.Context, n uint64) error {
	moves, err := p.s.simulate(ctx, n)
	if errors.Is(err, errSimulation) {
		p.framed[n].err = err
		return nil
	}
	if err != nil {
		return fmt.Errorf("simulate block %d: %w", n, err)
	}
	p.framed[n].err, p.framed[n].simulated = nil, true
	list, err := one[txHashes](ctx, p.s, "eth_getBlockByNumber", number(n), false)
	if err != nil {
		return fmt.Errorf("block %d: %w", n, err)
	}
	o := p.blocks[n]
	var mine []chain.Transfer
	for i, h := range list.Txs {
		if p.framed[n].txs[h] || o.coinLogs {
			continue
		}
		p.framed[n].txs[h] = true
		at := chain.Transfer{
			Ref:  chain.Ref{ChainID: p.id.ChainID, Block: n, BlockHash: chain.Share(o.Hash), Tx: h, TxIndex: uint32(i)},
			Time: o.Time,
		}
		for _, t := range simulatedTransfers(at, moves[h]) {
			if p.reader.concerns(t) {
				mine = append(mine, t)
			}
		}
	}
	o.transfers = append(o.transfers, mine...)
	p.enter(mine)
	return nil
}
