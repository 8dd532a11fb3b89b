package chaintest

import (
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
)

// Builder makes a [Fixture] tx by tx. Blocks are opened in rising order, and
// what follows belongs to the block opened last. Hashes, indexes and nonces are
// given out as things come. Slips (a block that does not rise, a tx before the
// first block) are reported by [NewServer], which checks the whole.
type Builder struct {
	// GasPrice is what txs pay that do not say; nil is nothing.
	GasPrice *big.Int
	// GasUsed is what txs use that do not say; 0 is 21000.
	GasUsed uint64

	f        Fixture
	txIndex  uint32
	logIndex uint32
}

// NewBuilder begins an empty chain.
func NewBuilder(chainID uint64) *Builder {
	return &Builder{f: Fixture{
		ChainID: chainID, Tokens: map[common.Address]Token{}, Codes: map[common.Address]hexutil.Bytes{},
		Opening: map[common.Address]*big.Int{}, OpeningNonces: map[common.Address]uint64{}, OpeningTokens: map[Holding]*big.Int{},
	}}
}

// Fixture returns what was built, as a chain of the blocks 0 to head. The
// builder must not be used afterwards.
func (b *Builder) Fixture(head uint64) *Fixture {
	b.f.Head = head
	return &b.f
}

// Block opens block number with its time in Unix seconds.
func (b *Builder) Block(number, time uint64) {
	b.f.Blocks = append(b.f.Blocks, Block{Number: number, Time: time})
	b.txIndex, b.logIndex = 0, 0
}

func (b *Builder) block() *Block {
	if len(b.f.Blocks) == 0 {
		b.Block(1, 1_600_000_000)
	}
	return &b.f.Blocks[len(b.f.Blocks)-1]
}

// Add appends tx to the block. What tx leaves zero of hash, gas price, gas used
// and the contract of a creation is filled in; block and indexes always are.
func (b *Builder) Add(tx Tx) common.Hash {
	tx.Block, tx.Index = b.block().Number, b.txIndex
	b.txIndex++
	if tx.Hash == (common.Hash{}) {
		tx.Hash = invented("tx", b.f.ChainID, tx.Block, uint64(tx.Index))
	}
	if tx.GasPrice == nil {
		tx.GasPrice = b.GasPrice
	}
	if tx.GasUsed == 0 {
		tx.GasUsed = b.GasUsed
	}
	if tx.GasUsed == 0 {
		tx.GasUsed = 21000
	}
	if tx.To == nil && tx.Created == nil {
		created := common.BytesToAddress(invented("contract", tx.Block, uint64(tx.Index)).Bytes())
		tx.Created = &created
	}
	for i := range tx.Logs {
		tx.Logs[i].Index = b.logIndex
		b.logIndex++
	}
	b.f.Txs = append(b.f.Txs, tx)
	return tx.Hash
}

// Send adds a tx that only moves wei.
func (b *Builder) Send(from, to common.Address, wei *big.Int) common.Hash {
	return b.Add(Tx{From: from, To: &to, Value: wei})
}

// SendToken adds a tx in which the holder moves units of an ERC-20 token.
func (b *Builder) SendToken(token, from, to common.Address, units *big.Int) common.Hash {
	return b.Add(Tx{From: from, To: &token, Logs: []Log{TransferLog(token, from, to, units)}})
}

// Call adds a tx that sends wei to a contract, which makes the given calls.
func (b *Builder) Call(from, contract common.Address, wei *big.Int, calls ...Frame) common.Hash {
	b.Contract(contract)
	return b.Add(Tx{From: from, To: &contract, Value: wei, Calls: calls})
}

// Contract gives an address code from the start.
func (b *Builder) Contract(address common.Address) {
	b.f.Codes[address] = contractCode(address)
}

// Token lists a token with what it says of itself.
func (b *Builder) Token(address common.Address, symbol string, decimals uint8) {
	b.TokenAs(address, Token{Symbol: symbol, Name: symbol, Decimals: big.NewInt(int64(decimals))})
}

// TokenAs lists a token that answers in unusual ways.
func (b *Builder) TokenAs(address common.Address, t Token) { b.f.Tokens[address] = t }

// Open states what an account held before the first block, and its nonce.
func (b *Builder) Open(a common.Address, wei *big.Int, nonce uint64) {
	b.f.Opening[a], b.f.OpeningNonces[a] = wei, nonce
}

// OpenToken states what an account held of a token before the first block.
func (b *Builder) OpenToken(token, a common.Address, units *big.Int) {
	b.f.OpeningTokens[Holding{Token: token, Holder: a}] = units
}

// Change alters a holding at the end of the block, with neither tx nor log.
func (b *Builder) Change(h Holding, delta *big.Int) {
	b.f.Changes = append(b.f.Changes, Change{b.block().Number, h, delta})
}

// Withdraw credits gwei from the consensus layer at the end of the block.
func (b *Builder) Withdraw(to common.Address, gwei uint64) {
	block := b.block()
	index := uint64(0)
	for i := range b.f.Blocks {
		index += uint64(len(b.f.Blocks[i].Withdrawals))
	}
	block.Withdrawals = append(block.Withdrawals, &types.Withdrawal{Index: index, Validator: 1, Address: to, Amount: gwei})
}

// Pays is a plain call with value, for [Builder.Call].
func Pays(from, to common.Address, wei *big.Int) Frame {
	return Frame{Type: "CALL", From: from, To: to, Value: bigJSON(wei)}
}

// TransferLog is the Transfer event of an ERC-20 token.
func TransferLog(token, from, to common.Address, units *big.Int) Log {
	return Log{Address: token, Topics: []common.Hash{topicTransfer, addressTopic(from), addressTopic(to)}, Data: word(units)}
}

// TransferLogNFT is the Transfer event of an ERC-721 token.
func TransferLogNFT(token, from, to common.Address, id *big.Int) Log {
	topics := []common.Hash{topicTransfer, addressTopic(from), addressTopic(to), common.BigToHash(id)}
	return Log{Address: token, Topics: topics}
}

// TransferBatchLog is the event of an ERC-1155 contract for several tokens:
// units[i] of ids[i].
func TransferBatchLog(token, from, to common.Address, ids, units []*big.Int) Log {
	n := int64(len(ids))
	data := append(word(big.NewInt(64)), word(big.NewInt(96+32*n))...)
	for _, list := range [][]*big.Int{ids, units} {
		data = append(data, word(big.NewInt(n))...)
		for _, v := range list {
			data = append(data, word(v)...)
		}
	}
	topics := []common.Hash{topicBatch, addressTopic(from), addressTopic(from), addressTopic(to)}
	return Log{Address: token, Topics: topics, Data: data}
}

func addressTopic(a common.Address) common.Hash { return common.BytesToHash(a[:]) }
