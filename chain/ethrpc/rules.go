package ethrpc

import "regexp"

func re(s string) *regexp.Regexp { return regexp.MustCompile(`(?i)` + s) }

// rules is searched in order: what looks like a range error and is not comes
// first, then texts that carry a hint, then those that do not.
var rules = []rule{
	// What a contract says when it reverts is its own choice, so that comes first.
	{source: "geth and others", pattern: re(`^(err: )?(execution|transaction) reverted|^vm exception|^revert|^evm error`), class: Rejected},
	{source: "geth", pattern: re(`^(err: )?(out of gas|gas uint64 overflow|invalid opcode|invalid jump|stack (underflow|limit reached)|write protection|return data out of bounds|max (code|initcode) size exceeded|insufficient (funds|balance))`), class: Rejected},
	{source: "geth", pattern: re(`invalid argument \d|missing value for required argument|too many arguments`), class: Rejected},

	{source: "this package", pattern: re(`^.{0,300}answer is larger than allowed: over \d+ bytes, as far as block (?P<reached>\d+)`), class: Size},
	{source: "this package", pattern: re(`answer is larger than allowed`), class: Size},

	{source: "publicnode", pattern: re(`archive requests require a personal token`), class: Auth},
	{source: "QuickNode, Tenderly", pattern: re(`(upgrade|higher|paid) (your )?(plan|tier)|plan (to|does not)|not (available|included) (in|on|for) (your|the|this) .{0,30}(plan|tier)`), class: Auth},
	{source: "any", pattern: re(`(invalid|missing|unknown|expired|disabled) (api[ -]?)?(key|token|project id)|must be authenticated|not authenticated|unauthorized|access denied`), class: Auth},
	{source: "Ankr", pattern: re(`api key (is )?(disabled|invalid|expired|not allowed)`), class: Auth},
	{source: "Infura", pattern: re(`does not have access to`), class: Auth},
	{source: "1rpc", pattern: re(`usage limit for your`), class: Auth},
	{source: "Etherscan", pattern: re(`free api access is not supported`), class: Auth},
	{source: "Etherscan", pattern: re(`result window is too large`), class: Size},

	{source: "Alchemy", pattern: re(`log response size exceeded.*this block range should work: \[(?P<from>0x[0-9a-f]+),\s*(?P<to>0x[0-9a-f]+)\]`), class: Size},
	{source: "Alchemy", pattern: re(`response size is larger than \d+ ?[kmg]?b`), class: Size},
	{source: "Alchemy free", pattern: re(`up to an? (?P<blocks>[\d,]+k?) block range`), class: Range},
	{source: "Alchemy", pattern: re(`this block range should work: \[(?P<from>0x[0-9a-f]+),\s*(?P<to>0x[0-9a-f]+)\]`), class: Range},
	{source: "Infura", pattern: re(`query returned more than (?P<results>\d+) results\. try with this block range \[(?P<from>0x[0-9a-f]+),\s*(?P<to>0x[0-9a-f]+)\]`), class: Size},
	{source: "Infura", pattern: re(`query returned more than (?P<results>\d+) results`), class: Size},
	{source: "Arbitrum", pattern: re(`logs matched by query exceeds limit of (?P<results>\d+)`), class: Size},
	{source: "Infura", pattern: re(`range (\d+) exceeds limit of (?P<blocks>\d+)`), class: Range},
	{source: "QuickNode", pattern: re(`eth_getlogs is limited to a (?P<blocks>[\d,]+) range`), class: Range},
	{source: "Moonbeam", pattern: re(`block range is too wide \(maximum (?P<blocks>\d+)\)`), class: Range},
	{source: "Ankr", pattern: re(`block range is too wide`), class: Range, blocks: 3000},
	{source: "Cloudflare", pattern: re(`max range: (?P<below>\d+)`), class: Range},
	{source: "publicnode", pattern: re(`exceed max(imum)? block range:? (?P<blocks>\d+)`), class: Range},
	{source: "dRPC", pattern: re(`ranges over (?P<blocks>\d+) blocks are not supported`), class: Range},
	{source: "dRPC, Pocket", pattern: re(`query block range exceeds server limit, narrow your filter: (?P<blocks>\d+)`), class: Range},
	{source: "Reth", pattern: re(`query exceeds max results (?P<results>\d+), retry with the range (?P<from>\d+)-(?P<to>\d+)`), class: Size},
	{source: "Reth", pattern: re(`query exceeds max results (?P<results>\d+)`), class: Size},
	{source: "Reth", pattern: re(`query exceeds max block range:? (?P<blocks>\d+)`), class: Range},
	{source: "Reth, anvil trace_filter", pattern: re(`block range too large[;,]? currently limited to (?P<blocks>\d+)`), class: Range},
	{source: "geth", pattern: re(`exceed max (addresses|topics)`), class: Filter},
	{source: "Nethermind", pattern: re(`too many logs requested\. max logs per response is (?P<results>\d+)`), class: Size},
	{source: "Avalanche", pattern: re(`requested too many blocks from .* maximum is set to (?P<below>\d+)`), class: Range},
	{source: "thirdweb", pattern: re(`maximum allowed number of requested blocks is (?P<blocks>\d+)`), class: Range},
	{source: "Chainstack", pattern: re(`block range limit exceeded`), class: Range, blocks: 10_000, then: 100},
	{source: "Coinbase", pattern: re(`limit the query to at most (?P<blocks>[\d,]+) blocks`), class: Range},
	{source: "Base", pattern: re(`block range too large`), class: Range, blocks: 2000},
	{source: "Optimism", pattern: re(`block range is too large`), class: Range},
	{source: "Besu", pattern: re(`requested range exceeds maximum rpc range limit`), class: Range},
	{source: "Swell", pattern: re(`block range greater than (?P<blocks>[\d,]+) max`), class: Range},
	{source: "Somnia", pattern: re(`block range exceeds (?P<blocks>[\d,]+)`), class: Range},
	{source: "TAC", pattern: re(`maximum \[from, to\] blocks distance: (?P<blocks>\d+)`), class: Range},
	{source: "blast", pattern: re(`exceeds the range allowed for your plan \(\d+ > (?P<blocks>\d+)\)`), class: Range},
	{source: "blockpi", pattern: re(`limited to (an? )?(?P<blocks>[\d,]+k?) blocks?`), class: Range},
	{source: "1rpc", pattern: re(`response size should not greater than \d+ bytes`), class: Size},
	{source: "merkle", pattern: re(`max is (?P<blocks>\d+k) blocks`), class: Range},
	{source: "harmony", pattern: re(`query must be smaller than size( (?P<blocks>\d+))?`), class: Range},
	{source: "hyperliquid", pattern: re(`query exceeds max block range`), class: Range, blocks: 1000},
	{source: "anvil, geth", pattern: re(`response (size )?(is )?too (large|big)|exceeded (max )?(limit|size) of response`), class: Size},
	{source: "Infura, geth", pattern: re(`query timeout exceeded|query timed? ?out|request timed out`), class: Size},

	{source: "EIP-4444", pattern: re(`pruned history unavailable`), class: History},
	{source: "geth", pattern: re(`missing trie node|required historical state unavailable|historical state .{0,80}not available|state .{0,80}(is )?(pruned|not available)`), class: History},
	{source: "anvil", pattern: re(`BlockOutOfRangeError: block height is \d+ but requested was \d+`), class: History},
	{source: "Nethermind, Besu", pattern: re(`no state (available|found) for block|world state unavailable`), class: History},
	{source: "Erigon", pattern: re(`history has been pruned|old data not available due to pruning`), class: History},
	{source: "Erigon", pattern: re(`transaction indexing is not yet complete|transaction indexing is in progress`), class: Transient},
	{source: "Erigon", pattern: re(`server overloaded`), class: Transient},
	// Only blocks that the endpoint said it has are asked for, so that a server behind it lags.
	{source: "geth", pattern: re(`block range extends beyond current head block`), class: Transient},
	{source: "Avalanche", pattern: re(`cannot query unfinalized data`), class: Transient},
	{source: "dRPC", pattern: re(`can't route your request to suitable provider`), class: Transient},
	{source: "Base", pattern: re(`no backend is currently healthy`), class: Transient},

	{source: "geth", pattern: re(`the method .* does not exist|method .{0,60}(not found|not supported|not available|is not whitelisted|disabled|not allowed)|unsupported method|unimplemented|not implemented`), class: Capability},
	{source: "Alchemy", pattern: re(`internal category is only supported for`), class: Capability},

	{source: "BSC", pattern: re(`^limit exceeded$`), code: codeLimitExceeded, class: Auth},
	{source: "any", pattern: re(`rate.?limit|request rate exceeded|too many requests|(calls|requests|compute units) per (sec|second|minute)|throughput|capacity (limit )?exceeded|max (calls|rate|daily)|daily request count`), class: Rate},
	{source: "any", pattern: re(`header not found|unknown block|block not found|timeout|timed out|try again|temporar|internal error|connection|overloaded|unavailable|retry limit`), class: Transient},
}
