package chaintest

import (
	"encoding/json"
	"slices"
	"sort"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/rpc"
)

func traceMethods() map[string]method {
	return map[string]method{
		"debug_traceTransaction":   (*Server).debugTx,
		"debug_traceBlockByNumber": (*Server).debugBlockByNumber,
		"debug_traceBlockByHash":   (*Server).debugBlockByHash,
		"trace_transaction":        (*Server).traceTx,
		"trace_block":              (*Server).traceBlock,
		"trace_filter":             (*Server).traceFilter,
	}
}

// topFrame is what callTracer returns for a tx.
type topFrame struct {
	Frame
	Gas     hexutil.Uint64 `json:"gas"`
	GasUsed hexutil.Uint64 `json:"gasUsed"`
	Output  hexutil.Bytes  `json:"output,omitempty"`
}

func (s *Server) top(tx *Tx) topFrame {
	f := topFrame{
		Frame: Frame{Type: "CALL", From: tx.From, Value: bigJSON(tx.Value), Input: tx.Input, Calls: tx.Calls},
		Gas:   hexutil.Uint64(tx.GasUsed), GasUsed: hexutil.Uint64(tx.GasUsed),
	}
	if tx.To != nil {
		f.To = *tx.To
	} else {
		f.Type = "CREATE"
		if tx.Created != nil {
			f.To = *tx.Created
		}
	}
	if tx.Failed {
		f.Error = "execution reverted"
	}
	return f
}

type tracerConfig struct {
	Tracer string `json:"tracer"`
	Config struct {
		OnlyTopCall bool `json:"onlyTopCall"`
	} `json:"tracerConfig"`
}

func (s *Server) debug(tx *Tx, config tracerConfig) (any, error) {
	if config.Tracer != "callTracer" {
		return nil, failf(codeServer, "tracer not found")
	}
	f := s.top(tx)
	if config.Config.OnlyTopCall {
		f.Calls = nil
	}
	return f, nil
}

func (s *Server) debugTx(params []json.RawMessage) (any, error) {
	var hash common.Hash
	var config tracerConfig
	if err := read(params, 1, &hash, &config); err != nil {
		return nil, err
	}
	tx := s.txs[hash]
	if tx == nil {
		return nil, failf(codeServer, "transaction not found")
	}
	if err := s.canTrace(tx.Block); err != nil {
		return nil, err
	}
	return s.debug(tx, config)
}

// canTrace says whether the state exists on which block n was executed.
func (s *Server) canTrace(n uint64) error {
	if s.set.keepState != nil && n+*s.set.keepState < s.f.Head {
		return failf(codeServer, "required historical state unavailable (reexec=128)")
	}
	return s.hasHistory(n)
}

func (s *Server) debugBlockByNumber(params []json.RawMessage) (any, error) {
	var at rpc.BlockNumber
	var config tracerConfig
	if err := read(params, 1, &at, &config); err != nil {
		return nil, err
	}
	n, ok := s.resolve(at)
	if !ok {
		return nil, failf(codeServer, "block #%d not found", n)
	}
	return s.debugBlock(n, config)
}

func (s *Server) debugBlockByHash(params []json.RawMessage) (any, error) {
	var hash common.Hash
	var config tracerConfig
	if err := read(params, 1, &hash, &config); err != nil {
		return nil, err
	}
	n, ok := s.chain.number(hash)
	if !ok {
		return nil, failf(codeServer, "block %x not found", hash)
	}
	return s.debugBlock(n, config)
}

func (s *Server) debugBlock(n uint64, config tracerConfig) (any, error) {
	if n == 0 {
		return nil, failf(codeServer, "genesis is not traceable")
	}
	if err := s.canTrace(n); err != nil {
		return nil, err
	}
	items := []any{}
	for _, tx := range s.chain.txs[n] {
		result, err := s.debug(tx, config)
		if err != nil {
			return nil, err
		}
		items = append(items, map[string]any{"txHash": tx.Hash, "result": result})
	}
	return items, nil
}

// parityTrace is an item of the trace_ methods.
type parityTrace struct {
	Type     string         `json:"type"`
	Action   map[string]any `json:"action"`
	Result   map[string]any `json:"result"`
	Error    string         `json:"error,omitempty"`
	Calls    int            `json:"subtraces"`
	At       []int          `json:"traceAddress"`
	Tx       common.Hash    `json:"transactionHash"`
	TxIndex  uint32         `json:"transactionPosition"`
	Block    uint64         `json:"blockNumber"`
	Hash     common.Hash    `json:"blockHash"`
	from, to common.Address
}

func (s *Server) parity(tx *Tx) []parityTrace {
	return s.appendParity(nil, tx, s.top(tx).Frame, []int{})
}

func (s *Server) appendParity(out []parityTrace, tx *Tx, f Frame, at []int) []parityTrace {
	t := parityTrace{
		Type: "call", Error: f.Error, Calls: len(f.Calls), At: at,
		Tx: tx.Hash, TxIndex: tx.Index, Block: tx.Block, Hash: s.chain.hash(tx.Block),
		from: f.From, to: f.To,
	}
	if f.Error != "" {
		t.Error = "Reverted"
	}
	value := bigJSON(bigOf(f.Value))
	switch f.Type {
	case "SELFDESTRUCT":
		t.Type = "suicide"
		t.Action = map[string]any{"address": f.From, "refundAddress": f.To, "balance": value}
	case "CREATE", "CREATE2":
		t.Type = "create"
		t.Action = map[string]any{"from": f.From, "value": value, "gas": "0x0", "init": f.Input}
		t.Result = map[string]any{"address": f.To, "code": hexutil.Bytes{}, "gasUsed": "0x0"}
	default:
		kind := map[string]string{"DELEGATECALL": "delegatecall", "STATICCALL": "staticcall", "CALLCODE": "callcode"}[f.Type]
		if kind == "" {
			kind = "call"
		}
		t.Action = map[string]any{"callType": kind, "from": f.From, "to": f.To, "value": value, "gas": "0x0", "input": f.Input}
		t.Result = map[string]any{"gasUsed": "0x0", "output": "0x"}
	}
	if t.Error != "" {
		t.Result = nil
	}
	out = append(out, t)
	for i, c := range f.Calls {
		out = s.appendParity(out, tx, c, append(slices.Clone(at), i))
	}
	return out
}

func (s *Server) traceTx(params []json.RawMessage) (any, error) {
	tx, err := s.readTx(params)
	if tx == nil || err != nil {
		return nil, err
	}
	if err := s.canTrace(tx.Block); err != nil {
		return nil, err
	}
	return s.parity(tx), nil
}

func (s *Server) traceBlock(params []json.RawMessage) (any, error) {
	var at rpc.BlockNumber
	if err := read(params, 1, &at); err != nil {
		return nil, err
	}
	n, ok := s.resolve(at)
	if !ok {
		return nil, nil
	}
	if err := s.canTrace(n); err != nil {
		return nil, err
	}
	items := []parityTrace{}
	for _, tx := range s.chain.txs[n] {
		items = append(items, s.parity(tx)...)
	}
	return items, nil
}

type traceQuery struct {
	FromBlock   *rpc.BlockNumber `json:"fromBlock"`
	ToBlock     *rpc.BlockNumber `json:"toBlock"`
	FromAddress []common.Address `json:"fromAddress"`
	ToAddress   []common.Address `json:"toAddress"`
	After       int              `json:"after"`
	Count       *int             `json:"count"`
}

func (s *Server) traceFilter(params []json.RawMessage) (any, error) {
	var q traceQuery
	if err := read(params, 1, &q); err != nil {
		return nil, err
	}
	from, to := uint64(0), s.f.Head
	if q.FromBlock != nil {
		from, _ = s.resolve(*q.FromBlock)
	}
	if q.ToBlock != nil {
		to, _ = s.resolve(*q.ToBlock)
	}
	if from > to {
		return nil, failf(codeParams, "invalid parameters: fromBlock cannot be greater than toBlock")
	}
	if limit := s.set.traceBlocks; limit > 0 && to-from+1 > limit {
		return nil, failf(codeParams, "Block range too large; currently limited to %d blocks", limit)
	}
	if err := s.canTrace(from); err != nil {
		return nil, err
	}
	found := []parityTrace{}
	first := sort.Search(len(s.f.Txs), func(i int) bool { return s.f.Txs[i].Block >= from })
	for i := first; i < len(s.f.Txs) && s.f.Txs[i].Block <= to; i++ {
		for _, t := range s.parity(&s.f.Txs[i]) {
			if s.traceMatches(&q, &t) {
				found = append(found, t)
			}
		}
	}
	found = found[min(max(q.After, 0), len(found)):]
	if q.Count != nil {
		found = found[:min(max(*q.Count, 0), len(found))]
	}
	return found, nil
}

func (s *Server) traceMatches(q *traceQuery, t *parityTrace) bool {
	from, to := slices.Contains(q.FromAddress, t.from), slices.Contains(q.ToAddress, t.to)
	switch {
	case len(q.FromAddress) == 0 && len(q.ToAddress) == 0:
		return true
	case len(q.FromAddress) == 0:
		return to
	case len(q.ToAddress) == 0:
		return from
	case s.set.traceBoth:
		return from && to
	}
	return from || to
}
