package chaintest

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"runtime"
	"strconv"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/trie"
)

// Flood is an archive node on whose chain one account takes in and pays out
// tokens, PerBlock times in each of Blocks blocks and each time in a tx of its
// own: a chain far too large for a [Fixture]. Nothing is held but hashes of
// blocks. Roots, bloom filters and hashes are real, so that everything can be
// proven. Make one with [NewFlood].
type Flood struct {
	Blocks, PerBlock uint64
	hashes           []common.Hash
	mostLogs         uint64
}

// The parties of a flood. The first transfer of all is the theft: FloodLoot
// units from the victim.
var (
	FloodAccount = common.HexToAddress("0x00000000000000000000000000000000000000a1")
	FloodVictim  = common.HexToAddress("0x00000000000000000000000000000000000000b2")
	FloodLoot    = big.NewInt(5_000_000_000)
)

const (
	floodTokens  = 20
	floodParties = 10_000
	floodStart   = 1_700_000_000 // time of block 0
	floodGas     = 60_000
)

// FloodToken is the contract of the i-th of twenty tokens.
func FloodToken(i uint64) common.Address {
	return common.BigToAddress(new(big.Int).SetUint64(0xf100d0000 + i%floodTokens))
}

// NewFlood computes the chain, which takes about 15 µs a transfer.
func NewFlood(blocks, perBlock uint64) *Flood {
	f := &Flood{Blocks: blocks, PerBlock: perBlock, hashes: make([]common.Hash, blocks+1), mostLogs: 9_990}
	var wait sync.WaitGroup
	next := make(chan uint64)
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for n := range next {
				f.hashes[n] = f.header(n, f.txs(n), f.receipts(n)).Hash()
			}
		})
	}
	for n := range blocks + 1 {
		next <- n
	}
	close(next)
	wait.Wait()
	return f
}

// Transfers is how many there are.
func (f *Flood) Transfers() uint64 { return f.Blocks * f.PerBlock }

func (f *Flood) per(n uint64) uint64 {
	if n == 0 || n > f.Blocks {
		return 0
	}
	return f.PerBlock
}

// log is the i-th of a block. Transfers go in and out in turn.
func (f *Flood) log(n, i uint64) *types.Log {
	from, to := floodParty(n, i), FloodAccount
	units := big.NewInt(1_000_000)
	switch {
	case n == 1 && i == 0:
		from, units = FloodVictim, FloodLoot
	case i%2 == 1:
		from, to = to, from
	}
	return &types.Log{
		Address: FloodToken(i / 2), Topics: []common.Hash{topicTransfer, addressTopic(from), addressTopic(to)}, Data: word(units),
		BlockNumber: n, BlockHash: f.hash(n), TxHash: f.tx(n, i).Hash(), TxIndex: uint(i), Index: uint(i),
	}
}

func floodParty(n, i uint64) common.Address {
	return common.BigToAddress(new(big.Int).SetUint64(0xc0ffee0000 + (n*7919+i)%floodParties))
}

func (f *Flood) hash(n uint64) common.Hash {
	if n < uint64(len(f.hashes)) {
		return f.hashes[n]
	}
	return common.Hash{}
}

// tx is signed by nobody.
func (f *Flood) tx(n, i uint64) *types.Transaction {
	token := FloodToken(i / 2)
	return types.NewTx(&types.LegacyTx{
		Nonce: n*f.PerBlock + i, GasPrice: big.NewInt(1), Gas: floodGas, To: &token, V: big.NewInt(37), R: big.NewInt(1), S: big.NewInt(1),
	})
}

func (f *Flood) txs(n uint64) types.Transactions {
	var txs types.Transactions
	for i := range f.per(n) {
		txs = append(txs, f.tx(n, i))
	}
	return txs
}

func (f *Flood) receipts(n uint64) types.Receipts {
	var list types.Receipts
	for i := range f.per(n) {
		l := f.log(n, i)
		r := &types.Receipt{
			Status: types.ReceiptStatusSuccessful, CumulativeGasUsed: floodGas * (i + 1), GasUsed: floodGas, Logs: []*types.Log{l},
			TxHash: l.TxHash, BlockNumber: new(big.Int).SetUint64(n), BlockHash: l.BlockHash, TransactionIndex: uint(i), EffectiveGasPrice: big.NewInt(1),
		}
		r.Bloom = types.CreateBloom(r)
		list = append(list, r)
	}
	return list
}

func (f *Flood) header(n uint64, txs types.Transactions, receipts types.Receipts) *types.Header {
	return &types.Header{
		UncleHash: types.EmptyUncleHash, Root: types.EmptyRootHash, Difficulty: new(big.Int), Number: new(big.Int).SetUint64(n),
		TxHash: types.DeriveSha(txs, trie.NewListHasher()), ReceiptHash: types.DeriveSha(receipts, trie.NewListHasher()),
		Bloom: types.MergeBloom(receipts), GasLimit: floodGas * (f.PerBlock + 1), GasUsed: floodGas * f.per(n),
		Time: floodStart + 12*n, Extra: []byte{},
	}
}

// ServeHTTP answers one call or one batch.
func (f *Flood) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequestSize))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	var out bytes.Buffer
	if trimmed := bytes.TrimSpace(body); len(trimmed) > 0 && trimmed[0] == '[' {
		var batch []request
		err = json.Unmarshal(body, &batch)
		for i, one := range batch {
			out.WriteString(map[bool]string{true: "[", false: ","}[i == 0])
			f.answer(&out, one)
		}
		out.WriteByte(']')
	} else {
		var one request
		err = json.Unmarshal(body, &one)
		f.answer(&out, one)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	// The client may have gone away; there is nobody left to tell.
	_, _ = w.Write(out.Bytes())
}

func (f *Flood) answer(out *bytes.Buffer, one request) {
	var params []json.RawMessage
	result, err := any(nil), json.Unmarshal(one.Params, &params)
	if err == nil {
		result, err = f.call(one.Method, params)
	}
	var raw json.RawMessage
	if err == nil {
		raw, err = json.Marshal(result)
	}
	answer := response{Version: "2.0", ID: one.ID, Result: raw}
	if err != nil {
		refusal, ok := err.(*rpcError)
		if !ok {
			refusal = failf(codeServer, "%s", err)
		}
		answer = refuse(one.ID, refusal)
	}
	text, err := json.Marshal(answer)
	if err != nil {
		panic(fmt.Sprintf("chaintest: a flood's answer: %v", err))
	}
	out.Write(text)
}

func (f *Flood) call(name string, params []json.RawMessage) (any, error) {
	switch name {
	case "web3_clientVersion":
		return "chaintest/flood", nil
	case "eth_chainId":
		return "0x1", nil
	case "eth_getTransactionCount":
		return "0x1", nil
	case "eth_getBalance":
		return "0x0", nil
	case "eth_getCode":
		return "0x", nil
	case "eth_call":
		return f.contract(params)
	case "eth_getLogs":
		return f.logs(params)
	case "eth_getBlockByNumber", "eth_getBlockReceipts":
		var at string
		var full bool
		if err := read(params, 1, &at, &full); err != nil {
			return nil, err
		}
		n := f.Blocks
		if number, err := strconv.ParseUint(at, 0, 64); err == nil {
			n = number
		}
		if n > f.Blocks {
			return nil, nil
		}
		if name == "eth_getBlockReceipts" {
			return f.receipts(n), nil
		}
		return f.block(n, full)
	}
	return nil, failf(codeNoMethod, "the method %s does not exist/is not available", name)
}

func (f *Flood) block(n uint64, full bool) (any, error) {
	txs, receipts := f.txs(n), f.receipts(n)
	text, err := json.Marshal(f.header(n, txs, receipts))
	if err != nil {
		return nil, err
	}
	var b map[string]any
	if err := json.Unmarshal(text, &b); err != nil {
		return nil, err
	}
	list := []any{}
	for i, tx := range txs {
		if !full {
			list = append(list, tx.Hash())
			continue
		}
		list = append(list, map[string]any{
			"type": "0x0", "hash": tx.Hash(), "nonce": hexutil.Uint64(tx.Nonce()), "blockHash": f.hash(n), "blockNumber": hexutil.Uint64(n),
			"transactionIndex": hexutil.Uint64(i), "from": floodParty(n, uint64(i)), "to": tx.To(), "value": "0x0", "input": "0x",
			"gas": hexutil.Uint64(tx.Gas()), "gasPrice": "0x1", "v": "0x25", "r": "0x1", "s": "0x1",
		})
	}
	b["hash"], b["transactions"], b["uncles"] = f.hash(n), list, []any{}
	return b, nil
}

// logs refuses, as Infura does, what holds more than ten thousand.
func (f *Flood) logs(params []json.RawMessage) (any, error) {
	var filter logFilter
	if err := read(params, 1, &filter); err != nil {
		return nil, err
	}
	from, to := max(uint64(filter.from.Int64()), 1), min(uint64(filter.to.Int64()), f.Blocks)
	if blocks := to + 1 - min(from, to+1); blocks*f.PerBlock/2 > f.mostLogs {
		return nil, failf(-32005, "query returned more than 10000 results")
	}
	list := []*types.Log{}
	for n := from; n <= to; n++ {
		for i := range f.PerBlock {
			if l := f.log(n, i); filter.matches(l) {
				list = append(list, l)
			}
		}
	}
	return list, nil
}

var (
	selectorBalanceOf = crypto.Keccak256([]byte("balanceOf(address)"))[:4]
	selectorDecimals  = crypto.Keccak256([]byte("decimals()"))[:4]
	selectorSymbol    = crypto.Keccak256([]byte("symbol()"))[:4]
)

// contract answers for a token: what the account holds is what came in less
// what went out, up to that block, and enough to begin with.
func (f *Flood) contract(params []json.RawMessage) (any, error) {
	var call struct {
		To   common.Address `json:"to"`
		Data hexutil.Bytes  `json:"data"`
	}
	var at string
	if err := read(params, 2, &call, &at); err != nil {
		return nil, err
	}
	n, err := strconv.ParseUint(at, 0, 64)
	if err != nil || len(call.Data) < 4 {
		return nil, failf(codeParams, "invalid argument")
	}
	switch string(call.Data[:4]) {
	case string(selectorDecimals):
		return hexutil.Bytes(word(big.NewInt(6))), nil
	case string(selectorSymbol):
		symbol := fmt.Sprintf("T%d", binary.BigEndian.Uint16(call.To[18:]))
		return hexutil.Bytes(append(append(word(big.NewInt(32)), word(big.NewInt(int64(len(symbol))))...), common.RightPadBytes([]byte(symbol), 32)...)), nil
	case string(selectorBalanceOf):
		held := new(big.Int).Lsh(big.NewInt(1), 60)
		if common.BytesToAddress(call.Data[4:]) != FloodAccount {
			return hexutil.Bytes(word(new(big.Int))), nil
		}
		for i := range f.PerBlock {
			if FloodToken(i/2) != call.To {
				continue
			}
			moved := big.NewInt(1_000_000 * int64(min(n, f.Blocks)))
			if i == 0 && n > 0 {
				moved.Add(moved, FloodLoot).Sub(moved, big.NewInt(1_000_000))
			}
			if i%2 == 1 {
				moved.Neg(moved)
			}
			held.Add(held, moved)
		}
		return hexutil.Bytes(word(held)), nil
	}
	return nil, failf(codeReverted, "execution reverted")
}
