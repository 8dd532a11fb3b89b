package chaintest

import (
	"encoding/json"
	"maps"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

func methods() map[string]method {
	all := map[string]method{
		"web3_clientVersion": func(s *Server, _ []json.RawMessage) (any, error) { return "chaintest/fixture", nil },
		"eth_chainId":        func(s *Server, _ []json.RawMessage) (any, error) { return hexutil.Uint64(s.f.ChainID), nil },
		"net_version": func(s *Server, _ []json.RawMessage) (any, error) {
			return new(big.Int).SetUint64(s.f.ChainID).String(), nil
		},
		"eth_blockNumber": func(s *Server, _ []json.RawMessage) (any, error) { return hexutil.Uint64(s.f.Head), nil },
		"eth_syncing":     func(*Server, []json.RawMessage) (any, error) { return false, nil },
		"eth_gasPrice":    func(*Server, []json.RawMessage) (any, error) { return hexutil.Uint64(0), nil },

		"eth_getBlockByNumber":                    (*Server).blockByNumber,
		"eth_getBlockByHash":                      (*Server).blockByHash,
		"eth_getTransactionByHash":                (*Server).txByHash,
		"eth_getTransactionByBlockNumberAndIndex": (*Server).txByIndex,
		"eth_getTransactionReceipt":               (*Server).txReceipt,
		"eth_getBlockReceipts":                    (*Server).blockReceipts,
	}
	for _, more := range []map[string]method{logMethods(), accountMethods(), traceMethods()} {
		maps.Copy(all, more)
	}
	return all
}

// resolve turns a block tag into a number.
func (s *Server) resolve(n rpc.BlockNumber) (uint64, bool) {
	back := func(distance uint64) uint64 { return s.f.Head - min(distance, s.f.Head) }
	number := uint64(max(n, 0))
	switch n {
	case rpc.LatestBlockNumber, rpc.PendingBlockNumber:
		number = s.f.Head
	case rpc.SafeBlockNumber:
		number = back(32)
	case rpc.FinalizedBlockNumber:
		number = back(64) // two epochs
	case rpc.EarliestBlockNumber:
		number = 0
	}
	return number, s.chain.exists(number)
}

func (s *Server) resolveEither(at rpc.BlockNumberOrHash) (uint64, bool) {
	if hash, ok := at.Hash(); ok {
		return s.chain.number(hash)
	}
	n, _ := at.Number()
	return s.resolve(n)
}

func (s *Server) blockByNumber(params []json.RawMessage) (any, error) {
	var at rpc.BlockNumber
	var full bool
	if err := read(params, 2, &at, &full); err != nil {
		return nil, err
	}
	n, ok := s.resolve(at)
	if !ok {
		return nil, nil
	}
	return s.block(n, full)
}

func (s *Server) blockByHash(params []json.RawMessage) (any, error) {
	var hash common.Hash
	var full bool
	if err := read(params, 2, &hash, &full); err != nil {
		return nil, err
	}
	n, ok := s.chain.number(hash)
	if !ok {
		return nil, nil
	}
	return s.block(n, full)
}

func (s *Server) block(n uint64, full bool) (any, error) {
	if err := s.hasHistory(n); err != nil {
		return nil, err
	}
	b := s.chain.header(n)
	hashes, txs := []common.Hash{}, []any{}
	for _, tx := range s.chain.txs[n] {
		hashes = append(hashes, tx.Hash)
		txs = append(txs, s.tx(tx))
	}
	b["transactions"] = hashes
	if full {
		b["transactions"] = txs
	}
	return b, nil
}

func (s *Server) hasHistory(n uint64) error {
	if n < s.set.pruned {
		return failf(codeNoHistory, "pruned history unavailable")
	}
	return nil
}

// tx has a signature of nothing: nobody has the keys of a fixture's senders.
func (s *Server) tx(tx *Tx) map[string]any {
	return map[string]any{
		"type": "0x0", "hash": tx.Hash, "nonce": hexutil.Uint64(s.state.sent[tx.Hash]),
		"blockHash": s.chain.hash(tx.Block), "blockNumber": hexutil.Uint64(tx.Block), "transactionIndex": hexutil.Uint64(tx.Index),
		"from": tx.From, "to": tx.To, "value": bigJSON(tx.Value), "input": hexutil.Bytes(tx.Input),
		"gas": hexutil.Uint64(tx.GasUsed), "gasPrice": bigJSON(tx.GasPrice),
		"chainId": hexutil.Uint64(s.f.ChainID), "v": "0x0", "r": "0x0", "s": "0x0",
	}
}

func bigJSON(n *big.Int) *hexutil.Big {
	if n == nil {
		n = new(big.Int)
	}
	return (*hexutil.Big)(n)
}

func (s *Server) txByHash(params []json.RawMessage) (any, error) {
	tx, err := s.readTx(params)
	if tx == nil || err != nil {
		return nil, err
	}
	return s.tx(tx), nil
}

func (s *Server) txByIndex(params []json.RawMessage) (any, error) {
	var at rpc.BlockNumber
	var index hexutil.Uint64
	if err := read(params, 2, &at, &index); err != nil {
		return nil, err
	}
	n, ok := s.resolve(at)
	if !ok {
		return nil, nil
	}
	for _, tx := range s.chain.txs[n] {
		if uint64(tx.Index) == uint64(index) {
			return s.tx(tx), s.hasHistory(n)
		}
	}
	return nil, s.hasHistory(n)
}

// readTx returns nil where there is no such tx.
func (s *Server) readTx(params []json.RawMessage) (*Tx, error) {
	var hash common.Hash
	if err := read(params, 1, &hash); err != nil {
		return nil, err
	}
	tx := s.txs[hash]
	if tx == nil {
		return nil, nil
	}
	return tx, s.hasHistory(tx.Block)
}

func (s *Server) txReceipt(params []json.RawMessage) (any, error) {
	tx, err := s.readTx(params)
	if tx == nil || err != nil {
		return nil, err
	}
	return s.receipt(tx), nil
}

func (s *Server) blockReceipts(params []json.RawMessage) (any, error) {
	var at rpc.BlockNumberOrHash
	if err := read(params, 1, &at); err != nil {
		return nil, err
	}
	n, ok := s.resolveEither(at)
	if !ok {
		return nil, nil
	}
	if err := s.hasHistory(n); err != nil {
		return nil, err
	}
	receipts := []any{}
	for _, tx := range s.chain.txs[n] {
		receipts = append(receipts, s.receipt(tx))
	}
	return receipts, nil
}

func (s *Server) receipt(tx *Tx) map[string]any {
	cumulative := uint64(0)
	for _, before := range s.chain.txs[tx.Block] {
		if before.Index <= tx.Index {
			cumulative += before.GasUsed
		}
	}
	logs := s.chain.txLogs(tx)
	status := types.ReceiptStatusSuccessful
	if tx.Failed {
		status = types.ReceiptStatusFailed
	}
	return map[string]any{
		"type": "0x0", "status": hexutil.Uint64(status), "transactionHash": tx.Hash,
		"blockHash": s.chain.hash(tx.Block), "blockNumber": hexutil.Uint64(tx.Block), "transactionIndex": hexutil.Uint64(tx.Index),
		"from": tx.From, "to": tx.To, "contractAddress": tx.Created,
		"gasUsed": hexutil.Uint64(tx.GasUsed), "cumulativeGasUsed": hexutil.Uint64(cumulative), "effectiveGasPrice": bigJSON(tx.GasPrice),
		"logs": s.logsJSON(logs), "logsBloom": bloomOf(logs),
	}
}
