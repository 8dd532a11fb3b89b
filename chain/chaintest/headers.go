package chaintest

import (
	"encoding/binary"
	"math/big"
	"slices"
	"sort"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/trie"
)

// blockSeconds is the pace of blocks of which nothing is known.
const blockSeconds = 12

// blockchain gives every block from 0 to the head: those of the fixture as
// they are, the others invented, always the same way.
type blockchain struct {
	f      *Fixture
	first  uint64 // the lowest block that exists
	zero   common.Hash
	known  map[uint64]*Block
	hashes map[common.Hash]uint64 // of blocks whose hash is not computed
	txs    map[uint64][]*Tx
	start  uint64  // time of block 0
	paying *uint64 // first block with a withdrawal; nil where there is none
}

func newBlockchain(f *Fixture, genesis *common.Hash) *blockchain {
	c := &blockchain{f: f, known: map[uint64]*Block{}, hashes: map[common.Hash]uint64{}, txs: map[uint64][]*Tx{}}
	for i := range f.Blocks {
		b := &f.Blocks[i]
		c.known[b.Number] = b
	}
	if len(f.Blocks) > 0 {
		b := f.Blocks[0]
		c.start = b.Time - min(b.Time, b.Number*blockSeconds)
	}
	if i := slices.IndexFunc(f.Blocks, func(b Block) bool { return len(b.Withdrawals) > 0 }); i >= 0 {
		c.paying = &f.Blocks[i].Number
	}
	for i := range f.Txs {
		tx := &f.Txs[i]
		c.txs[tx.Block] = append(c.txs[tx.Block], tx)
	}
	if genesis != nil {
		c.zero = *genesis
		c.hashes[c.zero] = 0
	}
	for _, b := range f.Blocks {
		c.hashes[c.hash(b.Number)] = b.Number
		if b.Number > 0 {
			c.hashes[c.hash(b.Number-1)] = b.Number - 1
		}
	}
	return c
}

// hash returns a block's own hash, else what its successor says of it, else
// an invented one that ends in the block's number.
func (c *blockchain) hash(n uint64) common.Hash {
	if b := c.known[n]; b != nil && b.Hash != (common.Hash{}) {
		return b.Hash
	}
	if n == 0 && c.zero != (common.Hash{}) {
		return c.zero
	}
	if b := c.known[n+1]; b != nil && b.ParentHash != (common.Hash{}) {
		return b.ParentHash
	}
	h := invented("block", c.f.ChainID, n)
	binary.BigEndian.PutUint64(h[24:], n)
	return h
}

func invented(what string, numbers ...uint64) common.Hash {
	b := []byte(what)
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint64(b, n)
	}
	return crypto.Keccak256Hash(b)
}

// number finds a block by its hash.
func (c *blockchain) number(h common.Hash) (uint64, bool) {
	n, ok := c.hashes[h]
	if !ok {
		n = binary.BigEndian.Uint64(h[24:])
		ok = c.exists(n) && c.hash(n) == h
	}
	return n, ok && c.exists(n)
}

func (c *blockchain) exists(n uint64) bool { return c.first <= n && n <= c.f.Head }

// time interpolates between the blocks whose time is known.
func (c *blockchain) time(n uint64) uint64 {
	if b := c.known[n]; b != nil {
		return b.Time
	}
	blocks := c.f.Blocks
	i := sort.Search(len(blocks), func(i int) bool { return blocks[i].Number > n })
	from := Block{Time: c.start}
	if i > 0 {
		from = blocks[i-1]
	}
	if i == len(blocks) {
		return from.Time + (n-from.Number)*blockSeconds
	}
	span := new(big.Int).SetUint64(blocks[i].Time - from.Time)
	span.Mul(span, new(big.Int).SetUint64(n-from.Number))
	span.Div(span, new(big.Int).SetUint64(blocks[i].Number-from.Number))
	return from.Time + span.Uint64()
}

func (c *blockchain) logs(n uint64) []*types.Log {
	var logs []*types.Log
	for _, tx := range c.txs[n] {
		logs = append(logs, c.txLogs(tx)...)
	}
	slices.SortFunc(logs, func(a, b *types.Log) int { return int(a.Index) - int(b.Index) })
	return logs
}

func (c *blockchain) txLogs(tx *Tx) []*types.Log {
	logs := make([]*types.Log, 0, len(tx.Logs))
	for _, l := range tx.Logs {
		logs = append(logs, &types.Log{
			Address: l.Address, Topics: l.Topics, Data: l.Data, Index: uint(l.Index),
			BlockNumber: tx.Block, BlockHash: c.hash(tx.Block), BlockTimestamp: c.time(tx.Block),
			TxHash: tx.Hash, TxIndex: uint(tx.Index),
		})
	}
	return logs
}

func bloomOf(logs []*types.Log) types.Bloom {
	return types.CreateBloom(&types.Receipt{Logs: logs})
}

// withdrawals returns the withdrawals of a block, and false where the chain
// does not have any yet. They begin with the first block that has one.
func (c *blockchain) withdrawals(n uint64) ([]*types.Withdrawal, bool) {
	if c.paying == nil || n < *c.paying {
		return nil, false
	}
	ws := []*types.Withdrawal{}
	if b := c.known[n]; b != nil {
		ws = append(ws, b.Withdrawals...)
	}
	return ws, true
}

// header has every field that clients insist on. Roots are invented wherever
// they commit to anything, so the header's hash is not the block's. The parent
// is always the block before, even where the fixture has other hashes for the
// two of them.
func (c *blockchain) header(n uint64) map[string]any {
	txRoot, receiptsRoot := types.EmptyTxsHash, types.EmptyReceiptsHash
	if len(c.txs[n]) > 0 {
		txRoot, receiptsRoot = invented("txs", c.f.ChainID, n), invented("receipts", c.f.ChainID, n)
	}
	parent := common.Hash{}
	if n > 0 {
		parent = c.hash(n - 1)
	}
	gas := uint64(0)
	for _, tx := range c.txs[n] {
		gas += tx.GasUsed
	}
	h := map[string]any{
		"number": hexutil.Uint64(n), "hash": c.hash(n), "parentHash": parent, "timestamp": hexutil.Uint64(c.time(n)),
		"sha3Uncles": types.EmptyUncleHash, "miner": common.Address{}, "stateRoot": invented("state", c.f.ChainID, n),
		"transactionsRoot": txRoot, "receiptsRoot": receiptsRoot, "logsBloom": bloomOf(c.logs(n)),
		"difficulty": "0x0", "totalDifficulty": "0x0", "gasLimit": hexutil.Uint64(max(30_000_000, gas)), "gasUsed": hexutil.Uint64(gas),
		"extraData": "0x", "mixHash": common.Hash{}, "nonce": types.BlockNonce{}, "size": "0x220", "uncles": []common.Hash{},
	}
	if ws, ok := c.withdrawals(n); ok {
		h["withdrawals"] = ws
		h["withdrawalsRoot"] = types.DeriveSha(types.Withdrawals(ws), trie.NewListHasher())
	}
	return h
}
