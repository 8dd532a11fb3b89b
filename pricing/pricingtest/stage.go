// Package pricingtest makes chains for the tests of price sources: blocks at
// chosen times, with contracts that the tests deploy and call, served by an
// archive node. It is not linked into the program.
package pricingtest

import (
	"crypto/ecdsa"
	"encoding/json"
	"math/big"
	"os"
	"path/filepath"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"

	"losstracer/chain/devnet"
	"losstracer/chain/ethrpc"
)

// Contract is what the compiler made of one contract.
type Contract struct {
	ABI      abi.ABI
	Metadata string
	Code     []byte
}

// Contracts reads the output.json of folders.
func Contracts(t testing.TB, folders ...string) map[string]Contract {
	t.Helper()
	all := map[string]Contract{}
	for _, folder := range folders {
		for name, c := range read(t, folder) {
			all[name] = c
		}
	}
	return all
}

func read(t testing.TB, folder string) map[string]Contract {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, "output.json"))
	if err != nil {
		t.Fatal(err)
	}
	var output struct {
		Contracts map[string]map[string]struct {
			ABI      abi.ABI `json:"abi"`
			Metadata string  `json:"metadata"`
			EVM      struct {
				Bytecode struct {
					Object string `json:"object"`
				} `json:"bytecode"`
			} `json:"evm"`
		} `json:"contracts"`
	}
	if err := json.Unmarshal(data, &output); err != nil {
		t.Fatal(err)
	}
	all := map[string]Contract{}
	for _, file := range output.Contracts {
		for name, c := range file {
			all[name] = Contract{c.ABI, c.Metadata, common.FromHex(c.EVM.Bytecode.Object)}
		}
	}
	return all
}

// CheckSources holds the digests that the compiler noted against the sources.
func CheckSources(t testing.TB, folder string) {
	t.Helper()
	for name, c := range read(t, folder) {
		var metadata struct {
			Sources map[string]struct {
				Keccak256 string `json:"keccak256"`
			} `json:"sources"`
		}
		if err := json.Unmarshal([]byte(c.Metadata), &metadata); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for file, s := range metadata.Sources {
			source, err := os.ReadFile(filepath.Join(folder, file))
			if err != nil {
				t.Fatal(err)
			}
			if got := hexutil.Encode(crypto.Keccak256(source)); got != s.Keccak256 {
				t.Errorf("%s was changed since it was compiled: run the command in its README", file)
			}
		}
	}
}

// Stage is a chain in the making. Each block has its time and its txs.
type Stage struct {
	t         testing.TB
	Contracts map[string]Contract
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
		t: t, Contracts: Contracts(t, folders...), key: devnet.Key("operator"), From: devnet.Address("operator"), Times: []uint64{genesis},
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
	s.t.Helper()
	packed, err := s.Contracts[name].ABI.Pack("", args...)
	if err != nil {
		s.t.Fatal(err)
	}
	at := crypto.CreateAddress(s.From, s.nonce)
	s.add(nil, append(common.CopyBytes(s.Contracts[name].Code), packed...))
	return at
}

// Call calls a contract in the present block.
func (s *Stage) Call(name string, to common.Address, method string, args ...any) {
	s.t.Helper()
	data, err := s.Contracts[name].ABI.Pack(method, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.add(&to, data)
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
	node, err := devnet.Start(c)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := node.Close(); err != nil {
			s.t.Error(err)
		}
	})
	client, err := ethrpc.New(node.URL(), ethrpc.Options{})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(client.Close)
	return client
}
