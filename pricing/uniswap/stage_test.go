package uniswap_test

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

// compiled is one contract of testdata/contracts.
type compiled struct {
	ABI      abi.ABI
	Metadata string
	code     []byte
}

// contracts reads what the compiler made of testdata/contracts, and of the
// contracts of the development chain, which has tokens and a pool.
func contracts(t testing.TB) map[string]compiled {
	t.Helper()
	all := readContracts(t, filepath.Join("testdata", "contracts"))
	for name, c := range readContracts(t, filepath.Join("..", "..", "chain", "devnet", "contracts")) {
		all[name] = c
	}
	return all
}

func readContracts(t testing.TB, folder string) map[string]compiled {
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
	all := map[string]compiled{}
	for _, file := range output.Contracts {
		for name, c := range file {
			all[name] = compiled{c.ABI, c.Metadata, common.FromHex(c.EVM.Bytecode.Object)}
		}
	}
	return all
}

// TestContractsAreCompiledFromTheirSources holds the digests that the compiler
// noted against the sources.
func TestContractsAreCompiledFromTheirSources(t *testing.T) {
	t.Parallel()
	for name, c := range readContracts(t, filepath.Join("testdata", "contracts")) {
		var metadata struct {
			Sources map[string]struct {
				Keccak256 string `json:"keccak256"`
			} `json:"sources"`
		}
		if err := json.Unmarshal([]byte(c.Metadata), &metadata); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for file, s := range metadata.Sources {
			source, err := os.ReadFile(filepath.Join("testdata", "contracts", file))
			if err != nil {
				t.Fatal(err)
			}
			if got := hexutil.Encode(crypto.Keccak256(source)); got != s.Keccak256 {
				t.Errorf("%s was changed since it was compiled: run the command in its README", file)
			}
		}
	}
}

// stage is a chain in the making. Each block has its time and its txs.
type stage struct {
	t       testing.TB
	cs      map[string]compiled
	key     *ecdsa.PrivateKey
	from    common.Address
	nonce   uint64
	times   []uint64
	pending map[int][][]byte // by block: data of txs
	to      map[int][]*common.Address
}

func newStage(t testing.TB, genesis uint64) *stage {
	return &stage{
		t: t, cs: contracts(t), key: devnet.Key("operator"), from: devnet.Address("operator"), times: []uint64{genesis},
		pending: map[int][][]byte{}, to: map[int][]*common.Address{},
	}
}

// block begins the next block.
func (s *stage) block(time uint64) int {
	s.times = append(s.times, time)
	return len(s.times) - 1
}

func (s *stage) add(to *common.Address, data []byte) {
	at := len(s.times) - 1
	s.pending[at], s.to[at] = append(s.pending[at], data), append(s.to[at], to)
	s.nonce++
}

// deploy creates a contract in the present block.
func (s *stage) deploy(name string, args ...any) common.Address {
	s.t.Helper()
	packed, err := s.cs[name].ABI.Pack("", args...)
	if err != nil {
		s.t.Fatal(err)
	}
	at := crypto.CreateAddress(s.from, s.nonce)
	s.add(nil, append(common.CopyBytes(s.cs[name].code), packed...))
	return at
}

// call calls a contract in the present block.
func (s *stage) call(name string, to common.Address, method string, args ...any) {
	s.t.Helper()
	data, err := s.cs[name].ABI.Pack(method, args...)
	if err != nil {
		s.t.Fatal(err)
	}
	s.add(&to, data)
}

// play generates the chain, starts an archive node with it and returns a
// client of it.
func (s *stage) play() *ethrpc.Client {
	s.t.Helper()
	ether := new(big.Int).Exp(big.NewInt(10), big.NewInt(24), nil)
	c, err := devnet.Generate(types.GenesisAlloc{s.from: {Balance: ether}}, s.times, func(number int, b *core.BlockGen) {
		for i, data := range s.pending[number] {
			b.AddTx(types.MustSignNewTx(s.key, b.Signer(), &types.DynamicFeeTx{
				Nonce: b.TxNonce(s.from), To: s.to[number][i], Data: data,
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
