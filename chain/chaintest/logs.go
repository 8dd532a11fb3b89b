package chaintest

import (
	"encoding/json"
	"slices"
	"sort"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/rpc"
)

func logMethods() map[string]method {
	return map[string]method{"eth_getLogs": (*Server).getLogs}
}

// logFilter is the argument of eth_getLogs.
type logFilter struct {
	blockHash *common.Hash
	from, to  *rpc.BlockNumber
	addresses []common.Address
	topics    [][]common.Hash // an empty position matches anything
}

func (f *logFilter) UnmarshalJSON(raw []byte) error {
	var in struct {
		BlockHash *common.Hash      `json:"blockHash"`
		From      *rpc.BlockNumber  `json:"fromBlock"`
		To        *rpc.BlockNumber  `json:"toBlock"`
		Address   json.RawMessage   `json:"address"`
		Topics    []json.RawMessage `json:"topics"`
	}
	if err := json.Unmarshal(raw, &in); err != nil {
		return err
	}
	f.blockHash, f.from, f.to = in.BlockHash, in.From, in.To
	var err error
	if f.addresses, err = oneOrMany[common.Address](in.Address); err != nil {
		return err
	}
	for _, position := range in.Topics {
		choices, err := oneOrMany[common.Hash](position)
		if err != nil {
			return err
		}
		f.topics = append(f.topics, choices)
	}
	return nil
}

// oneOrMany reads a value, a list of values, or null. A list that holds a null
// matches anything, as on go-ethereum.
func oneOrMany[T any](raw json.RawMessage) ([]T, error) {
	text := strings.TrimSpace(string(raw))
	if text == "" || text == "null" {
		return nil, nil
	}
	if text[0] != '[' {
		var one T
		err := json.Unmarshal(raw, &one)
		return []T{one}, err
	}
	var many []*T
	if err := json.Unmarshal(raw, &many); err != nil {
		return nil, err
	}
	var values []T
	for _, v := range many {
		if v == nil {
			return nil, nil
		}
		values = append(values, *v)
	}
	return values, nil
}

func (f *logFilter) matches(l *types.Log) bool {
	if len(f.addresses) > 0 && !slices.Contains(f.addresses, l.Address) {
		return false
	}
	if len(f.topics) > len(l.Topics) {
		return false
	}
	for i, choices := range f.topics {
		if len(choices) > 0 && !slices.Contains(choices, l.Topics[i]) {
			return false
		}
	}
	return true
}

func (s *Server) getLogs(params []json.RawMessage) (any, error) {
	var filter logFilter
	if err := read(params, 1, &filter); err != nil {
		return nil, err
	}
	if len(filter.topics) > 4 {
		return nil, failf(codeParams, "exceed max topics")
	}
	from, to, err := s.logRange(&filter)
	if err != nil {
		return nil, err
	}
	if blocks := to - from + 1; filter.blockHash == nil && s.set.logBlocks.exceeded(blocks) {
		return nil, s.set.logBlocks.provider.tooWide(from, to, s.set.logBlocks.max)
	}
	logs := s.logsBetween(from, to, &filter)
	limit := s.set.logResults
	if !limit.exceeded(uint64(len(logs))) {
		return s.logsJSON(logs), nil
	}
	if limit.provider == Nethermind {
		return s.logsJSON(logs[:limit.max]), nil
	}
	return nil, limit.provider.tooMany(from, logs[limit.max].BlockNumber, limit.max)
}

func (s *Server) logRange(f *logFilter) (from, to uint64, err error) {
	if f.blockHash != nil {
		if f.from != nil || f.to != nil {
			return 0, 0, failf(codeParams, "can't specify fromBlock/toBlock with blockHash")
		}
		n, ok := s.chain.number(*f.blockHash)
		if !ok {
			return 0, 0, failf(codeServer, "unknown block")
		}
		return n, n, s.hasHistory(n)
	}
	from, to = s.f.Head, s.f.Head
	if f.from != nil {
		from, _ = s.resolve(*f.from)
	}
	if f.to != nil {
		to, _ = s.resolve(*f.to)
	}
	switch {
	case from > to:
		return 0, 0, failf(codeParams, "invalid block range params")
	case to > s.f.Head:
		return 0, 0, failf(codeParams, "block range extends beyond current head block")
	}
	return from, to, s.hasHistory(from)
}

// logsBetween visits only the blocks of the fixture: the others are empty.
func (s *Server) logsBetween(from, to uint64, f *logFilter) []*types.Log {
	var found []*types.Log
	blocks := s.f.Blocks
	i := sort.Search(len(blocks), func(i int) bool { return blocks[i].Number >= from })
	for ; i < len(blocks) && blocks[i].Number <= to; i++ {
		for _, l := range s.chain.logs(blocks[i].Number) {
			if f.matches(l) {
				found = append(found, l)
			}
		}
	}
	return found
}

type logJSON struct {
	Address common.Address  `json:"address"`
	Topics  []common.Hash   `json:"topics"`
	Data    hexutil.Bytes   `json:"data"`
	Block   hexutil.Uint64  `json:"blockNumber"`
	Hash    common.Hash     `json:"blockHash"`
	Time    *hexutil.Uint64 `json:"blockTimestamp,omitempty"`
	Tx      common.Hash     `json:"transactionHash"`
	TxIndex hexutil.Uint64  `json:"transactionIndex"`
	Index   hexutil.Uint64  `json:"logIndex"`
	Removed bool            `json:"removed"`
}

func (s *Server) logsJSON(logs []*types.Log) []logJSON {
	out := make([]logJSON, 0, len(logs))
	for _, l := range logs {
		topics := l.Topics
		if topics == nil {
			topics = []common.Hash{}
		}
		j := logJSON{
			Address: l.Address, Topics: topics, Data: l.Data,
			Block: hexutil.Uint64(l.BlockNumber), Hash: l.BlockHash, Tx: l.TxHash,
			TxIndex: hexutil.Uint64(l.TxIndex), Index: hexutil.Uint64(l.Index),
		}
		if s.set.logTimes {
			j.Time = (*hexutil.Uint64)(&l.BlockTimestamp)
		}
		out = append(out, j)
	}
	return out
}
