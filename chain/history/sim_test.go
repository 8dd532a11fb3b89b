package history_test

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"sync"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/holiman/uint256"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
)

// simChain is a chain whose every movement is known, so that what a history
// says of it can be held against the truth. It keeps the account rules of
// Ethereum: value leaves an account with a key by a tx that it signs, unless
// the account is delegated; contracts do what they like; nonces only rise.
type simChain struct {
	chainID uint64
	blocks  []simBlock // blocks[0] is genesis
	frames  bool       // debug_traceBlockByNumber and debug_traceTransaction are offered
	hints   hinting    // how alchemy_getAssetTransfers behaves

	now    map[common.Address]simAccount
	states map[common.Address][]simState // changes, by block

	mu     sync.Mutex
	rounds int
	calls  map[string]int
	http   int // requests of a hundred calls each
}

type simAccount struct {
	balance int64
	nonce   uint64
	code    []byte
}

type simState struct {
	block uint64
	simAccount
}

type simBlock struct {
	txs         []simTx
	withdrawals []simMove // to only, in Gwei
}

type simTx struct {
	from   common.Address
	to     common.Address
	value  int64
	fee    int64
	failed bool
	auths  []types.SetCodeAuthorization
	moves  []simMove // by call frames
}

type simMove struct {
	from, to common.Address
	value    int64
}

const gwei = 1_000_000_000

// key returns the n-th key of the test accounts.
func key(n int) *ecdsa.PrivateKey {
	k, err := crypto.ToECDSA(common.LeftPadBytes(big.NewInt(int64(n)+1).Bytes(), 32))
	if err != nil {
		panic(err)
	}
	return k
}

func newSimChain(chainID uint64, genesis map[common.Address]simAccount) *simChain {
	c := &simChain{chainID: chainID, blocks: []simBlock{{}}, now: genesis, states: map[common.Address][]simState{}, calls: map[string]int{}}
	for a, s := range genesis {
		c.states[a] = []simState{{0, s}}
	}
	return c
}

// state returns an account as it was at the end of block n.
func (c *simChain) state(n uint64, a common.Address) simAccount {
	list := c.states[a]
	i, found := slices.BinarySearchFunc(list, n, func(s simState, n uint64) int { return cmp.Compare(s.block, n) })
	if !found {
		i--
	}
	if i < 0 {
		return simAccount{}
	}
	return list[i].simAccount
}

// apply adds a block and works out the state after it.
func (c *simChain) apply(b simBlock) {
	next, n := c.now, uint64(len(c.blocks))
	change := func(a common.Address, f func(*simAccount)) {
		s := next[a]
		f(&s)
		next[a] = s
		if list := c.states[a]; len(list) > 0 && list[len(list)-1].block == n {
			list[len(list)-1].simAccount = s
		} else {
			c.states[a] = append(list, simState{n, s})
		}
	}
	for _, tx := range b.txs {
		change(tx.from, func(s *simAccount) { s.balance -= tx.fee; s.nonce++ })
		for _, auth := range tx.auths {
			signer, err := auth.Authority()
			if err == nil && next[signer].nonce == auth.Nonce {
				change(signer, func(s *simAccount) {
					s.nonce++
					s.code = types.AddressToDelegation(auth.Address)
					if auth.Address == (common.Address{}) {
						s.code = nil
					}
				})
			}
		}
		if tx.failed {
			continue
		}
		for _, m := range append([]simMove{{tx.from, tx.to, tx.value}}, tx.moves...) {
			change(m.from, func(s *simAccount) { s.balance -= m.value })
			change(m.to, func(s *simAccount) { s.balance += m.value })
		}
	}
	for _, w := range b.withdrawals {
		change(w.to, func(s *simAccount) { s.balance += w.value * gwei })
	}
	c.blocks = append(c.blocks, b)
}

func (c *simChain) Host() string { return "http://sim" }

// Logs says that there are none: tokens are tested elsewhere.
func (c *simChain) Logs(_ context.Context, q ethrpc.LogQuery, _ func(*types.Log) error) (ethrpc.LogCoverage, error) {
	return ethrpc.LogCoverage{Window: chain.Window{From: q.From, To: q.To}}, nil
}

func (c *simChain) Do(_ context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rounds++
	c.http += (len(calls) + 99) / 100
	answers := make([]ethrpc.Answer, len(calls))
	for i, call := range calls {
		c.calls[call.Method]++
		raw, err := json.Marshal(call.Params)
		if err != nil {
			return nil, err
		}
		var params []json.RawMessage
		if err := json.Unmarshal(raw, &params); err != nil {
			return nil, err
		}
		v, err := c.answer(call.Method, params)
		if err != nil {
			answers[i] = ethrpc.Answer{Err: err, Host: c.Host()}
			continue
		}
		answers[i].Host = c.Host()
		if answers[i].Result, err = json.Marshal(v); err != nil {
			return nil, err
		}
	}
	return answers, nil
}

func (c *simChain) answer(method string, params []json.RawMessage) (any, error) {
	switch method {
	case "eth_chainId":
		return hexutil.Uint64(c.chainID), nil
	case "web3_clientVersion":
		return "sim", nil
	case "eth_getBlockByNumber":
		n, ok := c.block(params[0])
		if !ok {
			return nil, nil
		}
		return c.wireBlock(n, string(params[1]) == "true"), nil
	case "eth_getTransactionByBlockNumberAndIndex":
		n, known := c.block(params[0])
		var at hexutil.Uint64
		if err := json.Unmarshal(params[1], &at); err != nil {
			return nil, err
		}
		if !known || uint64(at) >= uint64(len(c.blocks[n].txs)) {
			return nil, nil
		}
		return c.wireBlock(n, true).(map[string]any)["transactions"].([]any)[at], nil
	case "eth_getBlockReceipts":
		n, _ := c.block(params[0])
		return c.receipts(n), nil
	case "eth_getBalance", "eth_getTransactionCount", "eth_getCode":
		var a common.Address
		if err := json.Unmarshal(params[0], &a); err != nil {
			return nil, err
		}
		n, ok := c.block(params[1])
		if !ok {
			return nil, &ethrpc.RPCError{Method: method, Code: -32000, Message: "header not found"}
		}
		s := c.state(n, a)
		switch method {
		case "eth_getBalance":
			return (*hexutil.Big)(big.NewInt(s.balance)), nil
		case "eth_getTransactionCount":
			return hexutil.Uint64(s.nonce), nil
		}
		return hexutil.Bytes(s.code), nil
	case "debug_traceBlockByNumber":
		if n, ok := c.block(params[0]); ok && c.frames {
			return c.traces(n), nil
		}
	case "debug_traceTransaction":
		var h common.Hash
		if err := json.Unmarshal(params[0], &h); err != nil {
			return nil, err
		}
		if c.frames {
			n, i := h.Big().Uint64()>>32, h.Big().Uint64()&0xffff
			return c.trace(&c.blocks[n].txs[i]), nil
		}
	case "eth_getLogs":
		return []any{}, nil
	case "alchemy_getAssetTransfers":
		return c.assetTransfers(params[0])
	}
	return nil, &ethrpc.RPCError{Method: method, Code: -32601, Message: "the method " + method + " does not exist/is not available"}
}

func (c *simChain) block(raw json.RawMessage) (uint64, bool) {
	var tag string
	if err := json.Unmarshal(raw, &tag); err != nil {
		return 0, false
	}
	switch tag {
	case "latest", "finalized":
		return uint64(len(c.blocks) - 1), true
	}
	n, err := hexutil.DecodeUint64(tag)
	return n, err == nil && n < uint64(len(c.blocks))
}

func simHash(n uint64, i int) common.Hash {
	return common.BigToHash(new(big.Int).SetUint64(n<<32 | uint64(i)))
}

func blockHash(n uint64) common.Hash {
	return crypto.Keccak256Hash(fmt.Appendf(nil, "block %d", n))
}

func (c *simChain) wireBlock(n uint64, full bool) any {
	txs := []any{}
	for i := range c.blocks[n].txs {
		if !full {
			txs = append(txs, simHash(n, i))
			continue
		}
		tx := &c.blocks[n].txs[i]
		txs = append(txs, map[string]any{
			"hash": simHash(n, i), "blockHash": blockHash(n), "blockNumber": hexutil.Uint64(n), "transactionIndex": hexutil.Uint64(i),
			"from": tx.from, "to": tx.to, "value": hexutil.Uint64(tx.value), "nonce": hexutil.Uint64(c.nonceOf(n, i)),
			"gas": "0x5208", "gasPrice": hexutil.Uint64(min(tx.fee, 1)), "type": "0x0", "input": "0x", "authorizationList": tx.auths,
		})
	}
	ws := []any{}
	for i, w := range c.blocks[n].withdrawals {
		ws = append(ws, map[string]any{"index": hexutil.Uint64(i), "address": w.to, "amount": hexutil.Uint64(w.value)})
	}
	return map[string]any{
		"number": hexutil.Uint64(n), "hash": blockHash(n), "timestamp": hexutil.Uint64(1_600_000_000 + 12*n),
		"baseFeePerGas": "0x1", "transactions": txs, "withdrawals": ws, "logsBloom": "0x",
	}
}

// nonceOf returns the nonce with which the i-th tx of a block was sent.
func (c *simChain) nonceOf(n uint64, i int) uint64 {
	before := c.state(n-1, c.blocks[n].txs[i].from).nonce
	me := c.blocks[n].txs[i].from
	nonces := map[common.Address]uint64{}
	at := func(a common.Address) uint64 { return c.state(n-1, a).nonce + nonces[a] }
	for k := range i {
		nonces[c.blocks[n].txs[k].from]++
		for _, auth := range c.blocks[n].txs[k].auths {
			if signer, err := auth.Authority(); err == nil && at(signer) == auth.Nonce {
				nonces[signer]++
			}
		}
	}
	return before + nonces[me]
}

func (c *simChain) receipts(n uint64) any {
	out := []any{}
	for i := range c.blocks[n].txs {
		tx := &c.blocks[n].txs[i]
		status := "0x1"
		if tx.failed {
			status = "0x0"
		}
		out = append(out, map[string]any{
			"transactionHash": simHash(n, i), "transactionIndex": hexutil.Uint64(i), "blockHash": blockHash(n), "blockNumber": hexutil.Uint64(n),
			"status": status, "gasUsed": hexutil.Uint64(tx.fee), "effectiveGasPrice": "0x1", "logs": []any{},
		})
	}
	return out
}

func (c *simChain) traces(n uint64) any {
	out := []any{}
	for i := range c.blocks[n].txs {
		out = append(out, map[string]any{"txHash": simHash(n, i), "result": c.trace(&c.blocks[n].txs[i])})
	}
	return out
}

func (c *simChain) trace(tx *simTx) any {
	calls := []any{}
	for _, m := range tx.moves {
		calls = append(calls, map[string]any{"type": "CALL", "from": m.from, "to": m.to, "value": hexutil.Uint64(m.value)})
	}
	root := map[string]any{"type": "CALL", "from": tx.from, "to": tx.to, "value": hexutil.Uint64(tx.value), "calls": calls}
	if tx.failed {
		root["error"] = "execution reverted"
	}
	return root
}

// truth returns what every tx moved to or from an account: per block, credits
// and debits apart, fees among the debits.
func (c *simChain) truth(a common.Address, from, to uint64) map[uint64][2]int64 {
	out := map[uint64][2]int64{}
	add := func(n uint64, in, gone int64) {
		v := out[n]
		out[n] = [2]int64{v[0] + in, v[1] + gone}
	}
	for n := from; n <= to; n++ {
		for _, tx := range c.blocks[n].txs {
			if tx.from == a {
				add(n, 0, tx.fee)
			}
			if tx.failed {
				continue
			}
			for _, m := range append([]simMove{{tx.from, tx.to, tx.value}}, tx.moves...) {
				if m.from == a {
					add(n, 0, m.value)
				}
				if m.to == a {
					add(n, m.value, 0)
				}
			}
		}
		for _, w := range c.blocks[n].withdrawals {
			if w.to == a {
				add(n, w.value*gwei, 0)
			}
		}
	}
	for n, v := range out {
		if v == [2]int64{} {
			delete(out, n)
		}
	}
	return out
}

// provable reports whether the nonce is known to prove the history of an
// account: it signed before the window or in it, and never a delegation.
func (c *simChain) provable(a common.Address, from, to uint64) bool {
	signed := c.state(from-1, a).nonce > 0
	for n := 1; n < len(c.blocks); n++ {
		for _, tx := range c.blocks[n].txs {
			signed = signed || tx.from == a && uint64(n) >= from && uint64(n) <= to
			for _, auth := range tx.auths {
				if signer, err := auth.Authority(); err == nil && signer == a {
					return false
				}
			}
		}
	}
	return signed && len(c.state(0, a).code) == 0
}

func authorize(k *ecdsa.PrivateKey, chainID, nonce uint64, to common.Address) types.SetCodeAuthorization {
	auth, err := types.SignSetCode(k, types.SetCodeAuthorization{ChainID: *uint256.NewInt(chainID), Address: to, Nonce: nonce})
	if err != nil {
		panic(err)
	}
	return auth
}
