package ethrpc

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// addresses are one or a list.
type addresses []common.Address

func (a *addresses) UnmarshalJSON(text []byte) error {
	if text[0] == '"' {
		*a = make(addresses, 1)
		return json.Unmarshal(text, &(*a)[0])
	}
	return json.Unmarshal(text, (*[]common.Address)(a))
}

// logNode answers eth_getLogs over logs of its own, with the limits that
// providers have, and eth_getBlockByNumber up to its head.
type logNode struct {
	logs []types.Log
	head uint64

	maxBlocks  uint64 // refuse longer ranges, naming the limit
	silent     string // or with these words
	maxResults int    // refuse larger answers
	hint       bool   // and name a range that fits
	cutAt      int    // or cut them off there and say nothing
	oldest     bool   // keeping the first ones
	skip       int    // without so many of the very first
	shuffle    bool   // answer backwards
	spoil      func(*http.Request, wireRequest, []byte) []byte
	extra      string // further members of a log

	mu    sync.Mutex
	asked []string
	texts []string // of the logs
}

func (n *logNode) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	var batch []wireRequest
	if body[0] != '[' {
		var one wireRequest
		if err := json.Unmarshal(body, &one); err != nil {
			panic(err)
		}
		answer := n.answer(one)
		if n.spoil != nil {
			answer = n.spoil(r, one, answer)
		}
		w.Write(answer)
		return
	}
	if err := json.Unmarshal(body, &batch); err != nil {
		panic(err)
	}
	var all []string
	for _, one := range batch {
		all = append(all, string(n.answer(one)))
	}
	fmt.Fprintf(w, "[%s]", strings.Join(all, ","))
}

func (n *logNode) answer(r wireRequest) []byte {
	switch r.Method {
	case "eth_getLogs":
	case "eth_chainId":
		return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"result":"0x1"}`, r.ID)
	case "eth_getBlockByNumber":
		var params []any
		json.Unmarshal(r.Params, &params)
		if params[0] == "latest" {
			params[0] = hexutil.EncodeUint64(n.head)
		}
		number, _ := strconv.ParseUint(params[0].(string)[2:], 16, 64)
		if number > n.head {
			return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"result":null}`, r.ID)
		}
		return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"result":{"number":"0x%x"}}`, r.ID, number)
	default:
		return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"error":{"code":-32601,"message":"no"}}`, r.ID)
	}
	var filters []struct {
		FromBlock, ToBlock string
		Address            addresses
		Topics             []any
	}
	if err := json.Unmarshal(r.Params, &filters); err != nil {
		panic(err)
	}
	f := filters[0]
	from, _ := strconv.ParseUint(f.FromBlock[2:], 16, 64)
	to, _ := strconv.ParseUint(f.ToBlock[2:], 16, 64)
	n.mu.Lock()
	n.asked = append(n.asked, fmt.Sprintf("%d-%d", from, to))
	n.mu.Unlock()
	if n.silent != "" && n.maxBlocks > 0 && to-from+1 > n.maxBlocks {
		return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"error":{"code":-32602,"message":%q}}`, r.ID, n.silent)
	}
	if n.maxBlocks > 0 && to-from+1 > n.maxBlocks {
		return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"error":{"code":-32602,"message":"query exceeds max block range %d"}}`, r.ID, n.maxBlocks)
	}
	var found []types.Log
	var list []string
	for i, l := range n.logs {
		if l.BlockNumber >= from && l.BlockNumber <= to && (len(f.Address) == 0 || slices.Contains(f.Address, l.Address)) {
			found = append(found, l)
			list = append(list, n.texts[i])
		}
	}
	if n.maxResults > 0 && len(found) > n.maxResults {
		message := fmt.Sprintf("query returned more than %d results", n.maxResults)
		if n.hint {
			message += fmt.Sprintf(". Try with this block range [0x%x, 0x%x].", from, max(found[n.maxResults].BlockNumber, from+1)-1)
		}
		return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"error":{"code":-32005,"message":%q}}`, r.ID, message)
	}
	if n.cutAt > 0 && len(found) > n.cutAt {
		if n.oldest {
			list = list[min(n.skip, len(list)-n.cutAt):][:n.cutAt]
		} else {
			list = list[len(list)-n.cutAt:]
		}
	}
	if n.shuffle {
		slices.Reverse(list)
	}
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","result":[%s],"id":%d}`, strings.Join(list, ","), r.ID)
}

func (n *logNode) log(l types.Log) string {
	text, err := json.Marshal(l)
	if err != nil {
		panic(err)
	}
	if n.extra != "" {
		return string(text[:len(text)-1]) + "," + n.extra + "}"
	}
	return string(text)
}

func (n *logNode) serve(t testing.TB) string {
	n.texts = make([]string, len(n.logs))
	for i, l := range n.logs {
		n.texts[i] = n.log(l)
	}
	s := httptest.NewServer(n)
	t.Cleanup(s.Close)
	return s.URL
}

func (n *logNode) take() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	asked := n.asked
	n.asked = nil
	return asked
}

// someLogs returns logs with the given number of them in each block from
// first on.
func someLogs(first uint64, perBlock ...int) []types.Log {
	var logs []types.Log
	for i, n := range perBlock {
		number := first + uint64(i)
		for k := range n {
			logs = append(logs, types.Log{
				Address:     common.BigToAddress(common.Big2),
				Topics:      []common.Hash{{1}, {byte(k)}}[:1+k%2],
				Data:        []byte{byte(i), byte(k)}[:k%3],
				BlockNumber: number,
				BlockHash:   common.Hash{0xb, byte(number >> 8), byte(number)},
				TxHash:      common.Hash{0x7, byte(number >> 8), byte(number), byte(k / 3)},
				TxIndex:     uint(k / 3),
				Index:       uint(k),
			})
		}
	}
	return logs
}

func collect(t *testing.T, c *Client, q LogQuery) ([]types.Log, LogCoverage, error) {
	t.Helper()
	var got []types.Log
	cover, err := c.Logs(t.Context(), q, func(l *types.Log) error {
		got = append(got, *CloneLog(l))
		return nil
	})
	return got, cover, err
}
