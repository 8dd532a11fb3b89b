package chaintest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/big"
	"os"
	"slices"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// Fixture is the part of a chain that a test speaks of. Whatever lies between
// its blocks is invented by the [Server] that plays it.
type Fixture struct {
	ChainID uint64
	Head    uint64  // the last block that exists
	Blocks  []Block // by number; every block with a tx is here
	Txs     []Tx    // by block, then index
	Tokens  map[common.Address]Token
	// Codes are contracts that exist from the start, beside the tokens and
	// whatever emits a log.
	Codes map[common.Address]hexutil.Bytes
	// Opening balances of the coin before the first block. An account that is
	// not here begins with what it needs so as never to be overdrawn.
	Opening map[common.Address]*big.Int
	// OpeningNonces of the senders; zero where nothing is said.
	OpeningNonces map[common.Address]uint64
	// OpeningTokens is to Opening as tokens are to the coin.
	OpeningTokens map[Holding]*big.Int
	Changes       []Change
	// Answers are what contracts say to calls, whenever they are asked.
	Answers []Answer
}

// Answer is what a contract says to one call.
type Answer struct {
	Contract    common.Address
	Input, Says hexutil.Bytes
}

// Block is a block of which something is known. A zero Hash or ParentHash is
// invented.
type Block struct {
	Number      uint64
	Hash        common.Hash
	ParentHash  common.Hash
	Time        uint64 // Unix seconds
	Withdrawals []*types.Withdrawal
}

// Tx is a transaction with its receipt and call frames. Its nonce is always
// the server's: one more than that of the sender's tx before.
type Tx struct {
	Hash     common.Hash
	Block    uint64
	Index    uint32
	From     common.Address
	To       *common.Address // nil for a creation
	Created  *common.Address
	Value    *big.Int
	Input    []byte
	GasPrice *big.Int // paid for each unit of GasUsed, failed or not
	GasUsed  uint64
	Failed   bool
	Logs     []Log
	Calls    []Frame // below the top frame
}

// Log is an event. Index counts within the block.
type Log struct {
	Address common.Address
	Topics  []common.Hash
	Data    []byte
	Index   uint32
	// Lies marks a Transfer that moved no balance.
	Lies bool
}

// Frame is a call below the top of a tx, in the form of go-ethereum's
// callTracer. Children of a frame with an Error carry none of their own.
type Frame struct {
	Type  string         `json:"type"`
	From  common.Address `json:"from"`
	To    common.Address `json:"to"`
	Value *hexutil.Big   `json:"value,omitempty"`
	Input hexutil.Bytes  `json:"input"`
	Error string         `json:"error,omitempty"`
	Calls []Frame        `json:"calls,omitempty"`
}

// Token is what a token contract answers about itself.
type Token struct {
	Symbol   string
	Name     string
	Decimals *big.Int // nil: the call reverts
	Bytes32  bool     // symbol and name as bytes32, as the first tokens had them
	Reverts  bool     // every call about itself reverts
}

// Holding is an account's stock of one asset: the coin where Token is zero.
// ID is the decimal token id of an ERC-1155 holding, else empty.
type Holding struct {
	Token  common.Address
	Holder common.Address
	ID     string
}

// Change alters a holding at the end of a block without a tx or a log: a
// rebase of a token, a block reward.
type Change struct {
	Block   uint64
	Holding Holding
	Delta   *big.Int
}

type fixtureJSON struct {
	ChainID hexutil.Uint64 `json:"chainId"`
	Head    hexutil.Uint64 `json:"head"`
	Blocks  []struct {
		Number     hexutil.Uint64 `json:"number"`
		Hash       common.Hash    `json:"hash"`
		ParentHash common.Hash    `json:"parentHash"`
		Timestamp  hexutil.Uint64 `json:"timestamp"`
	} `json:"blocks"`
	Transactions []txJSON `json:"transactions"`
	Tokens       map[common.Address]struct {
		Symbol   string `json:"symbol"`
		Name     string `json:"name"`
		Decimals *uint8 `json:"decimals"`
	} `json:"tokens"`
}

type txJSON struct {
	Hash            common.Hash     `json:"hash"`
	BlockNumber     hexutil.Uint64  `json:"blockNumber"`
	Index           hexutil.Uint64  `json:"transactionIndex"`
	From            common.Address  `json:"from"`
	To              *common.Address `json:"to"`
	ContractAddress *common.Address `json:"contractAddress"`
	Value           *hexutil.Big    `json:"value"`
	Input           hexutil.Bytes   `json:"input"`
	GasPrice        *hexutil.Big    `json:"gasPrice"`
	Status          hexutil.Uint64  `json:"status"`
	GasUsed         hexutil.Uint64  `json:"gasUsed"`
	Logs            []struct {
		Address common.Address `json:"address"`
		Topics  []common.Hash  `json:"topics"`
		Data    hexutil.Bytes  `json:"data"`
		Index   hexutil.Uint64 `json:"logIndex"`
	} `json:"logs"`
	Calls []Frame `json:"calls"`
}

// LoadFixture reads a fixture from a JSON file: an object of chainId, head,
// blocks (number, hash, parentHash, timestamp), transactions (the fields of
// eth_getTransactionByHash together with status, gasUsed and logs of the
// receipt, and the callTracer frames below the top as calls), and tokens
// (symbol, name and decimals by address). Nonces in the file are ignored.
func LoadFixture(path string) (*Fixture, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("load fixture: %w", err)
	}
	f, err := ParseFixture(raw)
	if err != nil {
		return nil, fmt.Errorf("load fixture %s: %w", path, err)
	}
	return f, nil
}

// ParseFixture reads what [LoadFixture] finds in a file.
func ParseFixture(raw []byte) (*Fixture, error) {
	var in fixtureJSON
	if err := json.Unmarshal(raw, &in); err != nil {
		return nil, err
	}
	f := &Fixture{ChainID: uint64(in.ChainID), Head: uint64(in.Head), Tokens: map[common.Address]Token{}}
	for _, b := range in.Blocks {
		f.Blocks = append(f.Blocks, Block{
			Number: uint64(b.Number), Hash: b.Hash, ParentHash: b.ParentHash, Time: uint64(b.Timestamp),
		})
	}
	for i := range in.Transactions {
		f.Txs = append(f.Txs, in.Transactions[i].tx())
	}
	for address, t := range in.Tokens {
		token := Token{Symbol: t.Symbol, Name: t.Name}
		if t.Decimals != nil {
			token.Decimals = big.NewInt(int64(*t.Decimals))
		}
		f.Tokens[address] = token
	}
	f.sort()
	return f, f.check()
}

func (in *txJSON) tx() Tx {
	tx := Tx{
		Hash: in.Hash, Block: uint64(in.BlockNumber), Index: uint32(in.Index),
		From: in.From, To: in.To, Created: in.ContractAddress,
		Value: bigOf(in.Value), GasPrice: bigOf(in.GasPrice),
		Input: in.Input, GasUsed: uint64(in.GasUsed), Failed: in.Status == 0, Calls: in.Calls,
	}
	for _, l := range in.Logs {
		tx.Logs = append(tx.Logs, Log{Address: l.Address, Topics: l.Topics, Data: l.Data, Index: uint32(l.Index)})
	}
	return tx
}

func bigOf(n *hexutil.Big) *big.Int {
	if n == nil {
		return new(big.Int)
	}
	return n.ToInt()
}

func (f *Fixture) sort() {
	slices.SortFunc(f.Blocks, func(a, b Block) int { return cmp.Compare(a.Number, b.Number) })
	slices.SortFunc(f.Txs, func(a, b Tx) int {
		return cmp.Or(cmp.Compare(a.Block, b.Block), cmp.Compare(a.Index, b.Index))
	})
}

// check finds what no chain could hold, so that a slip in a test's data does
// not pass for a fault in what it tests.
func (f *Fixture) check() error {
	if f.ChainID == 0 {
		return fmt.Errorf("no chain id")
	}
	known := map[uint64]bool{}
	for i, b := range f.Blocks {
		if b.Number > f.Head {
			return fmt.Errorf("block %d lies beyond the head %d", b.Number, f.Head)
		}
		if i > 0 && (b.Number <= f.Blocks[i-1].Number || b.Time < f.Blocks[i-1].Time) {
			return fmt.Errorf("block %d does not follow block %d in number and time", b.Number, f.Blocks[i-1].Number)
		}
		known[b.Number] = true
	}
	seen := map[common.Hash]bool{}
	for i := range f.Txs {
		tx := &f.Txs[i]
		switch {
		case !known[tx.Block]:
			return fmt.Errorf("tx %s: block %d is not among the blocks", tx.Hash, tx.Block)
		case seen[tx.Hash]:
			return fmt.Errorf("tx %s stands twice", tx.Hash)
		case i > 0 && f.Txs[i-1].Block == tx.Block && f.Txs[i-1].Index == tx.Index:
			return fmt.Errorf("tx %s: index %d of block %d is taken", tx.Hash, tx.Index, tx.Block)
		}
		seen[tx.Hash] = true
	}
	return f.checkLogs()
}

func (f *Fixture) checkLogs() error {
	type place struct {
		block uint64
		index uint32
	}
	seen := map[place]bool{}
	for i := range f.Txs {
		tx := &f.Txs[i]
		for _, l := range tx.Logs {
			at := place{tx.Block, l.Index}
			if seen[at] {
				return fmt.Errorf("tx %s: log index %d of block %d is taken", tx.Hash, l.Index, tx.Block)
			}
			if tx.Failed {
				return fmt.Errorf("tx %s failed and has logs", tx.Hash)
			}
			seen[at] = true
		}
	}
	return nil
}
