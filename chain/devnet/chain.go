package devnet

import (
	"crypto/ecdsa"
	"fmt"
	"maps"
	"math/big"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/consensus/beacon"
	"github.com/ethereum/go-ethereum/consensus/ethash"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/ethereum/go-ethereum/params"

	"losstracer/chain"
)

// ChainID is the id that every generated chain gives itself: Ethereum's, so
// that explorer links and prices in write-ups apply.
const ChainID = 1

// gwei is the unit of gas prices.
const gwei = 1_000_000_000

// extraData stands in every header. The default of go-ethereum names the Go
// version, which would make the bytes depend on it.
var extraData = []byte("losstracer devnet")

// Chain is a generated chain: a genesis and the blocks on it.
type Chain struct {
	genesis  *core.Genesis
	blocks   []*types.Block
	receipts []types.Receipts
}

// Generate builds a chain. Block i has the time times[i] in Unix seconds, and
// times must ascend; times[0] is the genesis. The alloc is joined with the
// contracts that the protocol itself calls. fill is called for each block
// from 1 on with its number and adds transactions; what it panics with, as
// the generator does on a tx that cannot be executed, becomes the error.
func Generate(alloc types.GenesisAlloc, times []uint64, fill func(number int, b *core.BlockGen)) (*Chain, error) {
	return GenerateUnder(Prague(), alloc, times, fill)
}

// GenerateUnder is [Generate] under other rules than those of Prague.
func GenerateUnder(rules *params.ChainConfig, alloc types.GenesisAlloc, times []uint64, fill func(number int, b *core.BlockGen)) (c *Chain, err error) {
	if len(times) == 0 {
		return nil, fmt.Errorf("generate chain: no block times")
	}
	for i := 1; i < len(times); i++ {
		if times[i] <= times[i-1] {
			return nil, fmt.Errorf("generate chain: time of block %d is not after that of block %d", i, i-1)
		}
	}
	at := 0
	defer func() {
		if p := recover(); p != nil {
			c, err = nil, fmt.Errorf("generate chain: block %d: %v", at, p)
		}
	}()
	genesis := newGenesis(rules, alloc, times[0])
	_, blocks, receipts := core.GenerateChainWithGenesis(genesis, beacon.New(ethash.NewFaker()), len(times)-1,
		func(i int, b *core.BlockGen) {
			at = i + 1
			b.SetExtra(extraData)
			b.SetCoinbase(Address("block builder"))
			b.OffsetTime(int64(times[at]) - int64(b.Timestamp()))
			if fill != nil {
				fill(at, b)
			}
		})
	return &Chain{genesis, blocks, receipts}, nil
}

func newGenesis(rules *params.ChainConfig, alloc types.GenesisAlloc, time uint64) *core.Genesis {
	all := core.SystemContractAllocs()
	maps.Copy(all, alloc)
	return &core.Genesis{
		Config:     rules,
		Timestamp:  time,
		ExtraData:  extraData,
		GasLimit:   30_000_000,
		Difficulty: new(big.Int),
		BaseFee:    big.NewInt(30 * gwei),
		Alloc:      all,
	}
}

// Prague returns the rules of Ethereum from the merge through Prague, all in
// force from block 0 on.
func Prague() *params.ChainConfig {
	zero, now := new(big.Int), new(uint64)
	return &params.ChainConfig{
		ChainID:        big.NewInt(ChainID),
		HomesteadBlock: zero, EIP150Block: zero, EIP155Block: zero, EIP158Block: zero,
		ByzantiumBlock: zero, ConstantinopleBlock: zero, PetersburgBlock: zero, IstanbulBlock: zero,
		MuirGlacierBlock: zero, BerlinBlock: zero, LondonBlock: zero, ArrowGlacierBlock: zero,
		GrayGlacierBlock: zero, MergeNetsplitBlock: zero, TerminalTotalDifficulty: zero,
		ShanghaiTime: now, CancunTime: now, PragueTime: now,
		BlobScheduleConfig: params.DefaultBlobSchedule,
	}
}

// Amsterdam returns the rules of Ethereum through Amsterdam, the last of which
// are in force from a time on. They log what moves of the coin (EIP-7708). A
// time other than that of the genesis has to lie within ten seconds after the
// last block under older rules, where the generator looks for the fork.
func Amsterdam(from uint64) *params.ChainConfig {
	rules := Prague()
	rules.OsakaTime, rules.AmsterdamTime = new(uint64), &from
	return rules
}

// Blocks returns number, hash and time of every block, the genesis first.
func (c *Chain) Blocks() []chain.Block {
	bs := []chain.Block{summary(c.genesis.ToBlock())}
	for _, b := range c.blocks {
		bs = append(bs, summary(b))
	}
	return bs
}

// Head returns the last block.
func (c *Chain) Head() chain.Block {
	if len(c.blocks) == 0 {
		return summary(c.genesis.ToBlock())
	}
	return summary(c.blocks[len(c.blocks)-1])
}

func summary(b *types.Block) chain.Block {
	return chain.Block{Number: b.NumberU64(), Hash: b.Hash(), Time: b.Time()}
}

// Key returns the private key of the account with this label. Everybody can
// derive it: it guards nothing.
func Key(label string) *ecdsa.PrivateKey {
	key, err := crypto.ToECDSA(crypto.Keccak256([]byte("losstracer devnet: " + label)))
	if err != nil {
		panic("devnet: no key for label " + label + ": " + err.Error())
	}
	return key
}

// Address returns the address of the account with this label.
func Address(label string) common.Address {
	return crypto.PubkeyToAddress(Key(label).PublicKey)
}

// Genesis returns what the chain began with, for another node to begin with.
func (c *Chain) Genesis() *core.Genesis { return c.genesis }

// Txs returns the transactions of block number, in order, for another node to
// play.
func (c *Chain) Txs(number uint64) types.Transactions {
	if number == 0 || number > uint64(len(c.blocks)) {
		return nil
	}
	return c.blocks[number-1].Transactions()
}
