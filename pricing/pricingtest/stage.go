// Package pricingtest makes chains for the tests of price sources: blocks at
// chosen times, with contracts that the tests deploy and call, served by an
// archive node. It is not linked into the program.
package pricingtest

import (
	"crypto/ecdsa"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"losstracer/chain/chaintest"
	"losstracer/chain/devnet"
	"losstracer/chain/ethrpc"
)

// Stage is a chain in the making. Each block has its time and its txs.
type Stage struct {
	t         testing.TB
	Contracts map[string]chaintest.Contract
	key       *ecdsa.PrivateKey
	From      common.Address
	nonce     uint64
	Times     []uint64
	pending   map[int][][]byte // by block: data of txs
	to        map[int][]*common.Address
}

// NewStage begins a chain at a time, for contracts of folders.
func NewStage(t testing.TB, genesis uint64, folders ...string) *Stage {
	return &Stage{
		t: t, Contracts: chaintest.Contracts(t, folders...), key: devnet.Key("operator"), From: devnet.Address("operator"), Times: []uint64{genesis},
		pending: map[int][][]byte{}, to: map[int][]*common.Address{},
	}
}

// Block begins the next block.
func (s *Stage) Block(time uint64) int {
	s.Times = append(s.Times, time)
	return len(s.Times) - 1
}

func (s *Stage) add(to *common.Address, data []byte) {
	at := len(s.Times) - 1
	s.pending[at], s.to[at] = append(s.pending[at], data), append(s.to[at], to)
	s.nonce++
}

// Deploy creates a contract in the present block.
func (s *Stage) Deploy(name string, args ...any) common.Address {
	at := crypto.CreateAddress(s.From, s.nonce)
	s.add(nil, s.Contracts[name].Deploy(args...))
	return at
}

// Call calls a contract in the present block.
func (s *Stage) Call(name string, to common.Address, method string, args ...any) {
	s.add(&to, s.Contracts[name].Pack(method, args...))
}

// Play generates the chain, starts an archive node with it and returns a
// client of it.
func (s *Stage) Play() *ethrpc.Client {
	s.t.Helper()
	ether := new(big.Int).Exp(big.NewInt(10), big.NewInt(24), nil)
	c, err := devnet.Generate(types.GenesisAlloc{s.From: {Balance: ether}}, s.Times, func(number int, b *core.BlockGen) {
		for i, data := range s.pending[number] {
			b.AddTx(types.MustSignNewTx(s.key, b.Signer(), &types.DynamicFeeTx{
				Nonce: b.TxNonce(s.From), To: s.to[number][i], Data: data,
				Gas: 28_000_000 / uint64(len(s.pending[number])), GasFeeCap: big.NewInt(60_000_000_000),
			}))
		}
	})
	if err != nil {
		s.t.Fatal(err)
	}
	client, err := ethrpc.New(devnet.Serve(s.t, c), ethrpc.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(client.Close)
	return client
}
