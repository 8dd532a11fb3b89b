package chaintest

import (
	"fmt"
	"net/http"

	"github.com/ethereum/go-ethereum/common/hexutil"
)

// Provider names a node or hosted service whose words a [Server] borrows when
// it refuses a query of logs.
type Provider string

// The providers. Their texts are those that the services were seen to send.
const (
	Geth        Provider = "geth" // flag rpc.rangelimit
	Reth        Provider = "reth"
	Alchemy     Provider = "alchemy"
	AlchemyFree Provider = "alchemy-free"
	Infura      Provider = "infura"
	QuickNode   Provider = "quicknode"
	Ankr        Provider = "ankr"
	DRPC        Provider = "drpc"
	Cloudflare  Provider = "cloudflare"
	// Nethermind, in its streaming mode, stops at the cap and says nothing.
	Nethermind Provider = "nethermind"
)

type logLimit struct {
	max      uint64
	provider Provider
}

func (l logLimit) exceeded(n uint64) bool { return l.max > 0 && n > l.max }

// LogRangeLimit refuses eth_getLogs over more than n blocks, in the words of a
// provider.
func LogRangeLimit(n uint64, p Provider) Option {
	return func(s *settings) { s.logBlocks = logLimit{n, p} }
}

// LogResultLimit refuses eth_getLogs with more than n results, in the words of
// a provider; of Nethermind, by answering the first n.
func LogResultLimit(n uint64, p Provider) Option {
	return func(s *settings) { s.logResults = logLimit{n, p} }
}

func (p Provider) tooWide(from, to, limit uint64) *rpcError {
	hint := from + limit - 1
	switch p {
	case Reth:
		return failf(codeParams, "query exceeds max block range %d", limit)
	case Alchemy:
		return failf(codeParams, "Log response size exceeded. You can make eth_getLogs requests with up to a %d block range. "+
			"Based on your parameters, this block range should work: [%s, %s]", limit, hexutil.Uint64(from), hexutil.Uint64(hint))
	case AlchemyFree:
		e := failf(codeRequest, "Under the Free tier plan, you can make eth_getLogs requests with up to a %d block range. "+
			"Based on your parameters, this block range should work: [%s, %s].", limit, hexutil.Uint64(from), hexutil.Uint64(hint))
		e.status = http.StatusBadRequest
		return e
	case Infura:
		return failf(codeParams, "range %d exceeds limit of %d", to-from+1, limit)
	case QuickNode:
		e := failf(-32614, "eth_getLogs is limited to a %s range", thousands(limit))
		e.status = http.StatusRequestEntityTooLarge
		return e
	case Ankr:
		return failf(codeRequest, "block range is too wide")
	case DRPC:
		return failf(35, "ranges over %d blocks are not supported on freetier", limit)
	case Cloudflare:
		return failf(-32047, "Invalid eth_getLogs request. 'fromBlock'-'toBlock' range too large. Max range: %d", limit)
	}
	return failf(codeParams, "exceed maximum block range %d", limit)
}

// tooMany refuses a query from block from on, whose result first exceeded the
// limit at block full.
func (p Provider) tooMany(from, full, limit uint64) *rpcError {
	hint := max(full, from+1) - 1
	switch p {
	case Infura:
		return failf(-32005, "query returned more than %d results. Try with this block range [%s, %s].",
			limit, hexutil.Uint64(from), hexutil.Uint64(hint))
	case Alchemy, AlchemyFree:
		return failf(codeParams, "Log response size exceeded. Based on your parameters and the response size limit, "+
			"this block range should work: [%s, %s]", hexutil.Uint64(from), hexutil.Uint64(hint))
	case DRPC:
		return failf(codeParams, "query exceeds max results %d", limit)
	}
	return failf(codeParams, "query exceeds max results %d, retry with the range %d-%d", limit, from, hint)
}

// thousands writes n with commas.
func thousands(n uint64) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
