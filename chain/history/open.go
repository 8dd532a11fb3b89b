package history

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"sync/atomic"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/chain/proof"
)

// opened is a block that was read in full, cut down to what concerns the
// watched addresses: of a busy chain one block is a megabyte.
type opened struct {
	chain.Block
	parent    common.Hash
	txs       []chain.Tx       // sent, received or authorized by a watched address
	transfers []chain.Transfer // of watched addresses, without those of logs and, at first, of call frames
	tokens    []chain.Transfer // of logs; handed on as soon as the block is read
	logs      []logPlace       // logs that move a token of a watched address, in order
	parties   []*native        // accounts with code that its logs name
	coinLogs  bool             // its logs tell what moved of the coin (EIP-7708)
	proof     chain.Proof      // of its receipts, and with them of its logs
	whole     bool             // every receipt was there
	problems  []string         // what could not be read, for people
	missing   error            // the endpoint does not have the block; nothing else is set but its number
}

// blocksPerChunk fills a batch of a hundred with a block and its receipts
// each. A block of mainnet and its receipts take a megabyte: bytesAtOnce bounds
// the chunks that are worked on together, by the largest that was seen so far.
const (
	blocksPerChunk = 50
	chunksAtOnce   = 4
	bytesAtOnce    = 48 << 20
)

// openBlocks reads blocks by number and gives each to keep, in no order but
// one at a time.
func (s *Source) openBlocks(ctx context.Context, r *reader, numbers []uint64, keep func(*opened)) error {
	if len(numbers) == 0 {
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	got, left := make(chan *opened), len(numbers)
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(chunksAtOnce + 1)
	room, largest := semaphore.NewWeighted(bytesAtOnce), new(atomic.Int64)
	largest.Store(bytesAtOnce / chunksAtOnce)
	g.Go(func() error {
		for range left {
			select {
			case b := <-got:
				keep(b)
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for chunk := range slices.Chunk(numbers, blocksPerChunk) {
		if s.try("eth_getBlockReceipts") {
			// Whether it is offered is found out once, so that what is asked
			// for does not depend on which of several chunks is answered first.
			if err := s.openChunk(ctx, r, chunk, got, largest); err != nil {
				cancel()
				// The group ends with the cancellation, which says nothing new.
				_ = g.Wait()
				return err
			}
			continue
		}
		size := min(largest.Load(), bytesAtOnce)
		if room.Acquire(ctx, size) != nil {
			break // the group knows why
		}
		g.Go(func() error {
			defer room.Release(size)
			return s.openChunk(ctx, r, chunk, got, largest)
		})
	}
	return g.Wait()
}

func weigh(answers []ethrpc.Answer) (bytes int64) {
	for _, a := range answers {
		bytes += int64(len(a.Result))
	}
	return bytes
}

func raise(largest *atomic.Int64, size int64) {
	for seen := largest.Load(); size > seen && !largest.CompareAndSwap(seen, size); seen = largest.Load() {
	}
}

// fillIn asks for what blocks lack and returns the bytes of the answers.
func (s *Source) fillIn(ctx context.Context, r *reader, lacking []*body) (int64, error) {
	receipts, err := s.receiptsOneByOne(ctx, r, lacking)
	if err != nil {
		return 0, err
	}
	encoded, err := s.encodings(ctx, r, lacking)
	return receipts + encoded, err
}

// openChunk gives the blocks with some numbers to got, and raises largest to the
// bytes that it was answered.
func (s *Source) openChunk(ctx context.Context, r *reader, numbers []uint64, got chan<- *opened, largest *atomic.Int64) error {
	give := func(o *opened) error {
		select {
		case got <- o:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	answers, whole, err := s.askBlocks(ctx, numbers)
	if err != nil {
		return err
	}
	weight := weigh(answers)
	raise(largest, weight)
	var lacking []*body
	step := len(answers) / len(numbers)
	for i, n := range numbers {
		of := answers[i*step : (i+1)*step]
		b, err := readBody(n, of[0])
		if err == nil && whole {
			b.takeReceipts(s, of[1])
		}
		clear(of) // what has been read is let go of: together it is much
		switch {
		case past(err):
			err = give(&opened{Block: chain.Block{Number: n}, missing: err})
		case err == nil && b.complete && len(s.untold(r, b)) == 0:
			err = give(r.digest(b))
		case err == nil:
			lacking = append(lacking, b)
		}
		if err != nil {
			return err
		}
	}
	more, err := s.fillIn(ctx, r, lacking)
	raise(largest, weight+more)
	for _, b := range lacking {
		if err == nil {
			err = give(r.digest(b))
		}
	}
	return err
}

// askBlocks asks for blocks, each with its receipts behind it where those are
// offered by block.
func (s *Source) askBlocks(ctx context.Context, numbers []uint64) (answers []ethrpc.Answer, receipts bool, err error) {
	receipts = s.usable("eth_getBlockReceipts")
	var calls []ethrpc.Call
	for _, n := range numbers {
		calls = append(calls, ethrpc.Call{Method: "eth_getBlockByNumber", Params: []any{number(n), true}})
		if receipts {
			calls = append(calls, ethrpc.Call{Method: "eth_getBlockReceipts", Params: []any{number(n)}})
		}
	}
	if answers, err = s.do(ctx, calls); err != nil {
		return nil, false, fmt.Errorf("open blocks: %w", err)
	}
	return answers, receipts, nil
}

// reader turns blocks into what concerns the watched addresses.
type reader struct {
	id      Identity
	decoder chain.Decoder
	watched map[common.Address]bool
	logs    *tokenLogs // what eth_getLogs told; nil where it was not asked
	noProof bool
	all     common.Hash // a tx of which everything is wanted
}

// touches reports whether a tx concerns a watched address by itself.
func (r *reader) touches(tx *wireTx) bool {
	if r.watched[tx.From] || tx.To != nil && r.watched[*tx.To] || tx.Hash == r.all {
		return true
	}
	if tx.To == nil && r.watched[crypto.CreateAddress(tx.From, tx.Nonce.Uint64())] {
		return true
	}
	for _, a := range authorities(tx, r.id.ChainID) {
		if r.watched[a] {
			return true
		}
	}
	return false
}

// hasLogs reports whether eth_getLogs told of logs in a tx.
func (r *reader) hasLogs(b *body, i int) bool {
	return r.logs != nil && slices.ContainsFunc(r.logs.in(b.Number.Uint64()), func(l logPlace) bool { return l.tx == shortHash(b.txs[i].Hash) })
}

// authorities returns the signers of the EIP-7702 authorizations that a tx
// carries for this chain. Those that cannot be read have no effect on chain
// either, nor have those for another chain.
func authorities(tx *wireTx, chainID uint64) []common.Address {
	var out []common.Address
	for _, raw := range tx.Auths {
		var auth types.SetCodeAuthorization
		if json.Unmarshal(raw, &auth) != nil {
			continue
		}
		if !auth.ChainID.IsZero() && auth.ChainID.CmpUint64(chainID) != 0 {
			continue
		}
		if signer, err := auth.Authority(); err == nil {
			out = append(out, signer)
		}
	}
	return out
}

func (r *reader) digest(b *body) *opened {
	o := &opened{Block: b.block(), parent: b.Parent}
	proven := r.prove(b)
	var logs []*types.Log
	for i := range b.txs {
		wire := &b.txs[i]
		touched := r.touches(wire)
		receipt, err := readReceipt(b, i)
		if err != nil {
			if touched {
				o.problems = append(o.problems, fmt.Sprintf("tx %s: %v", wire.Hash, err))
			}
			continue
		}
		var ofCoin []*types.Log
		for _, l := range receipt.Logs {
			if l.Address == chain.NativeLogEmitter {
				ofCoin = append(ofCoin, l)
			}
			if r.watches(l) || wire.Hash == r.all {
				logs = append(logs, l)
			}
		}
		if !touched && len(ofCoin) == 0 {
			continue
		}
		tx := makeTx(r.id.ChainID, o.Block, b.index(i), wire, receipt)
		if touched {
			if wire.Hash == r.all {
				tx.Input, tx.FeeRecipient = wire.Input, b.Miner
			}
			o.txs = append(o.txs, tx)
			o.transfers = append(o.transfers, r.ofTx(i, &tx, wire, receipt, proven)...)
		}
		o.addCoin(r, &tx, ofCoin, proven.ofLog(tx.Hash))
	}
	o.transfers = append(o.transfers, r.outsideTx(b, proven)...)
	o.proof, o.whole = proven.receipts, b.complete
	o.addLogs(r, logs, proven.ofLog)
	return o
}

// watches reports whether a log names a watched address where events that
// move assets name their parties.
func (r *reader) watches(l *types.Log) bool {
	for i := 1; i < len(l.Topics); i++ {
		if r.watched[common.BytesToAddress(l.Topics[i][12:])] {
			return true
		}
	}
	return false
}

func (o *opened) addLogs(r *reader, logs []*types.Log, proof func(tx common.Hash) chain.Proof) {
	if len(logs) == 0 {
		return
	}
	ts, unread := r.decoder.Logs(logs, func(uint64) uint64 { return o.Time })
	for _, t := range ts {
		if r.concerns(t) {
			t.Proof = proof(t.Tx)
			o.tokens = append(o.tokens, t)
		}
	}
	for _, l := range logs {
		if r.movesToken(l) {
			o.logs = append(o.logs, logPlace{o.Number, shortHash(l.TxHash), uint32(l.Index)})
		}
	}
	slices.SortFunc(o.logs, logPlace.compare)
	for _, e := range unread {
		o.problems = append(o.problems, e.Error())
	}
}

// concerns reports whether a transfer moves something of a watched address.
func (r *reader) concerns(t chain.Transfer) bool {
	from, ok1 := t.Sender()
	to, ok2 := t.Recipient()
	if t.Tx == r.all && r.all != (common.Hash{}) {
		return true
	}
	return ok1 && r.watched[from] || ok2 && r.watched[to]
}

func readReceipt(b *body, i int) (*wireReceipt, error) {
	if b.receipts[i] == nil {
		return nil, errors.New("the endpoint has no receipt of it")
	}
	var r wireReceipt
	if err := json.Unmarshal(b.receipts[i], &r); err != nil {
		return nil, fmt.Errorf("read receipt: %w", err)
	}
	if r.TxHash != b.txs[i].Hash {
		return nil, fmt.Errorf("the receipt is of %s", r.TxHash)
	}
	// Log positions are the block's where an endpoint leaves them out.
	for _, l := range r.Logs {
		l.BlockNumber, l.BlockHash, l.TxHash, l.TxIndex = b.Number.Uint64(), b.Hash, r.TxHash, uint(b.index(i))
	}
	return &r, nil
}

func makeTx(chainID uint64, b chain.Block, index uint32, wire *wireTx, receipt *wireReceipt) chain.Tx {
	return chain.Tx{
		ChainID: chainID, Block: b.Number, BlockHash: b.Hash, Time: b.Time,
		Hash: wire.Hash, Index: index, From: wire.From, To: wire.To, Created: receipt.Created,
		Value: wire.Value.Int, Nonce: wire.Nonce.Uint64(), Failed: failed(wire, receipt), Fee: fee(wire, receipt),
		Authorities: authorities(wire, chainID),
	}
}

// failed reads the status of EIP-658. Before Byzantium a receipt has none: a
// tx that used up its gas is then taken to have failed, and the balance of its
// sender shows where that is wrong.
func failed(wire *wireTx, receipt *wireReceipt) bool {
	if receipt.Status != nil {
		return receipt.Status.IsZero()
	}
	const plain = 21000 // a transfer to an account without code uses all of its gas and succeeds
	return receipt.GasUsed.Eq(&wire.Gas.Int) && receipt.GasUsed.GtUint64(plain)
}

// fee is what the sender paid in the chain's coin, nothing for what comes from
// L1: gas, blobs (EIP-4844), and
// on OP-stack chains the data and operator fees that the receipt states. The
// operator fee is per million gas by Isthmus and times a hundred by Jovian,
// which is told by the receipt's daFootprintGasScalar.
func fee(wire *wireTx, receipt *wireReceipt) uint256.Int {
	switch wire.Type.Uint64() {
	case proof.DepositType, proof.ArbitrumDepositType, proof.ArbitrumInternalType, proof.StateSyncType:
		return uint256.Int{}
	}
	if wire.FeeCurrency != nil && *wire.FeeCurrency != (common.Address{}) {
		return uint256.Int{}
	}
	price := receipt.GasPrice
	if price == nil {
		price = wire.GasPrice
	}
	total := product(&receipt.GasUsed, price)
	total.Add(total, product(receipt.BlobGasUsed, receipt.BlobGasPrice))
	if receipt.L1Fee != nil {
		total.Add(total, &receipt.L1Fee.Int)
	}
	if receipt.OpScalar != nil {
		operator := product(&receipt.GasUsed, receipt.OpScalar)
		if receipt.DAScalar != nil {
			operator.Mul(operator, uint256.NewInt(100))
		} else {
			operator.Div(operator, uint256.NewInt(1_000_000))
		}
		total.Add(total, operator)
	}
	if receipt.OpConstant != nil {
		total.Add(total, &receipt.OpConstant.Int)
	}
	return *total
}

func product(a, b *quantity) *uint256.Int {
	if a == nil || b == nil {
		return new(uint256.Int)
	}
	return new(uint256.Int).Mul(&a.Int, &b.Int)
}

// ofTx returns what a tx moved by itself, as far as it concerns anybody watched.
func (r *reader) ofTx(i int, tx *chain.Tx, wire *wireTx, receipt *wireReceipt, p blockProof) []chain.Transfer {
	var out []chain.Transfer
	value, charge := p.ofTx(i, tx, wire, receipt)
	for _, t := range chain.TxTransfers(tx) {
		t.Proof = value
		if t.Kind == chain.KindFee {
			t.Proof = charge
		}
		if r.concerns(t) {
			out = append(out, t)
		}
	}
	// The mint of a deposit is credited even where its call fails.
	if wire.Mint != nil && !wire.Mint.IsZero() && r.watched[tx.From] {
		t := tx.At()
		t.Kind, t.Site, t.To, t.Units = chain.KindUnseen, chain.SiteBlock, tx.From, wire.Mint.Int
		t.Proof = value // the mint stands in the tx
		out = append(out, t)
	}
	return out
}

// outsideTx returns the withdrawals and rewards of watched addresses.
func (r *reader) outsideTx(b *body, p blockProof) []chain.Transfer {
	at := chain.Transfer{
		Ref: chain.Ref{
			ChainID: r.id.ChainID, Block: b.Number.Uint64(), BlockHash: chain.Share(b.Hash),
			TxIndex: chain.OutsideTx, Site: chain.SiteBlock,
		},
		Time: b.Time.Uint64(), Asset: chain.NativeAsset(r.id.ChainID),
	}
	var out []chain.Transfer
	for i, w := range b.Withdraw {
		if r.watched[w.Address] {
			t := at
			t.Kind, t.Index, t.To, t.Proof = chain.KindWithdrawal, uint32(i), w.Address, p.withdrawals
			t.Units.Mul(&w.Amount.Int, uint256.NewInt(1_000_000_000))
			out = append(out, t)
		}
	}
	if r.watched[b.Miner] && r.id.rewardsMine && b.complete {
		if units := reward(r.id.ChainID, b); !units.IsZero() {
			t := at
			t.Kind, t.Index, t.To, t.Units = chain.KindReward, uint32(len(b.Withdraw)), b.Miner, *units
			t.Proof = chain.Unproven("computed from the fees of the block")
			out = append(out, t)
		}
	}
	return out
}

// reward is what the beneficiary of a block earned: the fees, less the base
// fee that London burns (EIP-1559), and the block reward of proof of work.
func reward(chainID uint64, b *body) *uint256.Int {
	total := uint256.NewInt(0)
	total.SetFromBig(new(big.Int).SetUint64(blockReward(chainID, b.Number.Uint64(), !b.Difficulty.IsZero(), len(b.Uncles))))
	for i := range b.txs {
		receipt, err := readReceipt(b, i)
		if err != nil {
			continue // complete: every receipt is there; one that cannot be read shows in the balance
		}
		price := receipt.GasPrice
		if price == nil {
			price = b.txs[i].GasPrice
		}
		if price == nil || b.txs[i].Type.Uint64() == proof.DepositType {
			continue
		}
		tip := price.Int
		if b.BaseFee != nil {
			if tip.Lt(&b.BaseFee.Int) {
				continue
			}
			tip.Sub(&tip, &b.BaseFee.Int)
		}
		total.Add(total, tip.Mul(&tip, &receipt.GasUsed.Int))
	}
	return total
}
