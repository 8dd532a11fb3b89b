package chaintest

import (
	"context"
	"math/big"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"
	"github.com/ethereum/go-ethereum/rpc"
	"github.com/holiman/uint256"

	"losstracer/chain"
)

// scan is the slowest possible source: it opens every block of the window. It
// shows that the suite can be passed, with call frames and without.
type scan struct {
	c      *ethclient.Client
	frames bool
}

type scannedBlock struct {
	Hash common.Hash
	Time hexutil.Uint64 `json:"timestamp"`
	Txs  []struct {
		Hash  common.Hash
		From  common.Address
		To    *common.Address
		Value *hexutil.Big
		Nonce hexutil.Uint64
	} `json:"transactions"`
	Withdrawals []*types.Withdrawal
}

type scannedFrame struct {
	Type, Error string
	From, To    common.Address
	Value       *hexutil.Big
	Calls       []scannedFrame
}

func (f *scannedFrame) frame() chain.CallFrame {
	out := chain.CallFrame{Type: strings.ToUpper(f.Type), From: f.From, To: f.To, Failed: f.Error != ""}
	out.Value, _ = chain.Units(bigOf(f.Value))
	for i := range f.Calls {
		out.Calls = append(out.Calls, f.Calls[i].frame())
	}
	return out
}

func (s scan) History(ctx context.Context, q chain.Query) (*chain.History, error) {
	h := &chain.History{ChainID: scenarioChain, Window: q.Window}
	signed := map[common.Address]uint64{}
	for n := q.Window.From; n <= q.Window.To; n++ {
		ts, b, err := s.block(ctx, n)
		if err != nil {
			return nil, err
		}
		for _, tx := range b.Txs {
			signed[tx.From]++
		}
		h.End = chain.Block{Number: n, Hash: b.Hash, Time: uint64(b.Time)}
		ts = of(ts, q.Addresses, q.Window)
		if !s.frames {
			unseen, err := s.unseen(ctx, q.Addresses, h.End, ts)
			if err != nil {
				return nil, err
			}
			ts = append(ts, unseen...)
		}
		h.Transfers = append(h.Transfers, ts...)
	}
	chain.SortTransfers(h.Transfers)
	for _, a := range q.Addresses {
		if err := s.account(ctx, h, a, signed[a]); err != nil {
			return nil, err
		}
	}
	return h, nil
}

func (s scan) block(ctx context.Context, n uint64) ([]chain.Transfer, *scannedBlock, error) {
	b := new(scannedBlock)
	if err := s.c.Client().CallContext(ctx, b, "eth_getBlockByNumber", hexutil.Uint64(n), true); err != nil {
		return nil, nil, err
	}
	receipts, err := s.c.BlockReceipts(ctx, rpc.BlockNumberOrHashWithNumber(rpc.BlockNumber(n)))
	if err != nil {
		return nil, nil, err
	}
	var traces []struct{ Result scannedFrame }
	if s.frames && len(b.Txs) > 0 {
		config := map[string]any{"tracer": "callTracer"}
		if err := s.c.Client().CallContext(ctx, &traces, "debug_traceBlockByNumber", hexutil.Uint64(n), config); err != nil {
			return nil, nil, err
		}
	}
	network, _ := chain.NetworkByID(scenarioChain)
	var ts []chain.Transfer
	var logs []*types.Log
	for i, in := range b.Txs {
		r := receipts[i]
		tx := &chain.Tx{
			ChainID: scenarioChain, Block: n, BlockHash: b.Hash, Time: uint64(b.Time), Hash: in.Hash, Index: uint32(i),
			From: in.From, To: in.To, Failed: r.Status == 0,
		}
		if in.To == nil {
			tx.Created = &r.ContractAddress
		}
		tx.Value, _ = chain.Units(bigOf(in.Value))
		tx.Fee, _ = chain.Units(new(big.Int).Mul(r.EffectiveGasPrice, new(big.Int).SetUint64(r.GasUsed)))
		ts = append(ts, chain.TxTransfers(tx)...)
		if s.frames {
			root := traces[i].Result.frame()
			ts = append(ts, chain.FrameTransfers(tx.At(), &root)...)
		}
		logs = append(logs, r.Logs...)
	}
	moved, _ := chain.Decoder{Network: network}.Logs(logs, func(uint64) uint64 { return uint64(b.Time) })
	ts = append(ts, moved...)
	for i, w := range b.Withdrawals {
		t := outside(n, b.Hash, uint64(b.Time), uint32(i), chain.KindWithdrawal, w.Address)
		t.Units.Mul(uint256.NewInt(w.Amount), uint256.NewInt(1_000_000_000))
		ts = append(ts, t)
	}
	return ts, b, nil
}

func outside(n uint64, hash common.Hash, time uint64, index uint32, kind chain.Kind, to common.Address) chain.Transfer {
	return chain.Transfer{
		Ref:  chain.Ref{ChainID: scenarioChain, Block: n, BlockHash: chain.Share(hash), TxIndex: chain.OutsideTx, Site: chain.SiteBlock, Index: index},
		Time: time, Kind: kind, To: to, Asset: chain.NativeAsset(scenarioChain),
	}
}

// unseen returns a credit for what a block added beyond what is known.
func (s scan) unseen(ctx context.Context, accounts []common.Address, b chain.Block, known []chain.Transfer) ([]chain.Transfer, error) {
	var out []chain.Transfer
	for i, a := range accounts {
		before, err := s.c.BalanceAt(ctx, a, new(big.Int).SetUint64(b.Number-1))
		if err != nil {
			return nil, err
		}
		after, err := s.c.BalanceAt(ctx, a, new(big.Int).SetUint64(b.Number))
		if err != nil {
			return nil, err
		}
		rest := after.Sub(after, before)
		rest.Sub(rest, change(known, b.Number, a, chain.NativeAsset(scenarioChain)))
		if rest.Sign() > 0 {
			t := outside(b.Number, b.Hash, b.Time, uint32(1000+i), chain.KindUnseen, a)
			t.Units, _ = chain.Units(rest)
			out = append(out, t)
		}
	}
	return out, nil
}

// account adds coverage and closure of one account. Without frames, the
// account must have signed, carry no code at the ends, and owe every step of
// its nonce to a tx of its own.
func (s scan) account(ctx context.Context, h *chain.History, a common.Address, signed uint64) error {
	before, end := new(big.Int).SetUint64(h.Window.From-1), new(big.Int).SetUint64(h.Window.To)
	code1, err1 := s.c.CodeAt(ctx, a, before)
	code2, err2 := s.c.CodeAt(ctx, a, end)
	nonce1, err3 := s.c.NonceAt(ctx, a, before)
	nonce2, err4 := s.c.NonceAt(ctx, a, end)
	opening, err5 := s.c.BalanceAt(ctx, a, before)
	closing, err6 := s.c.BalanceAt(ctx, a, end)
	for _, err := range []error{err1, err2, err3, err4, err5, err6} {
		if err != nil {
			return err
		}
	}
	proven := len(code1)+len(code2) == 0 && nonce2 > 0 && nonce2-nonce1 == signed
	h.Coverage = append(h.Coverage,
		chain.Coverage{Address: a, Scope: chain.ScopeNative, Window: h.Window, Complete: s.frames || proven, Note: "scanned"},
		chain.Coverage{Address: a, Scope: chain.ScopeTokens, Window: h.Window, Complete: true})
	h.Closure = append(h.Closure, closureOf(h, a, chain.NativeAsset(scenarioChain), opening, closing))
	var assets []chain.AssetID
	for _, t := range of(h.Transfers, []common.Address{a}, h.Window) {
		if t.Asset.Kind() != chain.ERC20 || slices.Contains(assets, t.Asset) {
			continue
		}
		assets = append(assets, t.Asset)
		holding := Holding{Token: t.Asset.Contract(), Holder: a}
		opening, err := balanceOf(ctx, s.c, holding, before)
		if err != nil {
			return err
		}
		closing, err := balanceOf(ctx, s.c, holding, end)
		if err != nil {
			return err
		}
		h.Closure = append(h.Closure, closureOf(h, a, t.Asset, opening, closing))
	}
	return nil
}

func closureOf(h *chain.History, a common.Address, asset chain.AssetID, opening, closing *big.Int) chain.Closure {
	c := chain.Closure{Address: a, Asset: asset, Opening: chain.NewAmount(asset, opening)}
	witness := chain.NewAmount(asset, closing)
	c.Witness = &witness
	for _, t := range h.Transfers {
		if t.Asset != asset {
			continue
		}
		if to, ok := t.Recipient(); ok && to == a {
			c.In = c.In.Add(t.Amount())
		}
		if t.Kind == chain.KindFee && t.From == a {
			c.Fees = c.Fees.Add(t.Amount())
		} else if from, ok := t.Sender(); ok && from == a {
			c.Out = c.Out.Add(t.Amount())
		}
	}
	c.Closing = c.Opening.Add(c.In).Sub(c.Out).Sub(c.Fees)
	return c
}
