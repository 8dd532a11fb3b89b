package chaintest

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"testing"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
)

// compilerOutput is the file that the compiler writes beside the sources.
const compilerOutput = "output.json"

// Contract is what the compiler made of one contract.
type Contract struct {
	ABI      abi.ABI
	Metadata string // names the sources and their digests
	Creation []byte // code, without arguments
	Runtime  []byte // deployed code; immutables are zero
}

// Pack encodes a call. Arguments that do not fit are a fault of the caller's
// code.
func (c Contract) Pack(method string, args ...any) []byte {
	data, err := c.ABI.Pack(method, args...)
	if err != nil {
		panic(fmt.Sprintf("chaintest: call %s: %v", method, err))
	}
	return data
}

// Deploy encodes a deployment, as [Contract.Pack] does a call.
func (c Contract) Deploy(args ...any) []byte {
	return append(common.CopyBytes(c.Creation), c.Pack("", args...)...)
}

// ReadContracts reads the compiler's output in a folder, by name of contract.
func ReadContracts(folder fs.FS) (map[string]Contract, error) {
	data, err := fs.ReadFile(folder, compilerOutput)
	if err != nil {
		return nil, fmt.Errorf("read compiled contracts: %w", err)
	}
	type bytecode struct {
		Object string `json:"object"`
	}
	var output struct {
		Contracts map[string]map[string]struct {
			ABI      abi.ABI `json:"abi"`
			Metadata string  `json:"metadata"`
			EVM      struct {
				Bytecode         bytecode `json:"bytecode"`
				DeployedBytecode bytecode `json:"deployedBytecode"`
			} `json:"evm"`
		} `json:"contracts"`
	}
	if err := json.Unmarshal(data, &output); err != nil {
		return nil, fmt.Errorf("read compiled contracts: %w", err)
	}
	all := map[string]Contract{}
	for _, file := range output.Contracts {
		for name, c := range file {
			creation, err1 := hexutil.Decode("0x" + c.EVM.Bytecode.Object)
			runtime, err2 := hexutil.Decode("0x" + c.EVM.DeployedBytecode.Object)
			if err1 != nil || err2 != nil {
				return nil, fmt.Errorf("read compiled contracts: %s: bytecode is not hexadecimal", name)
			}
			all[name] = Contract{c.ABI, c.Metadata, creation, runtime}
		}
	}
	return all, nil
}

// Contracts reads the contracts of folders, and holds the sources beside them
// against the digests that the compiler noted.
func Contracts(t testing.TB, folders ...string) map[string]Contract {
	t.Helper()
	all := map[string]Contract{}
	for _, folder := range folders {
		read, err := ReadContracts(os.DirFS(folder))
		if err != nil {
			t.Fatal(err)
		}
		CheckSources(t, os.DirFS(folder))
		for name, c := range read {
			all[name] = c
		}
	}
	return all
}

// CheckSources holds the sources in a folder against the digests that the
// compiler noted in its output there. Every source has to be compiled into
// something.
func CheckSources(t testing.TB, folder fs.FS) {
	t.Helper()
	all, err := ReadContracts(folder)
	if err != nil {
		t.Fatal(err)
	}
	compiled := map[string]bool{}
	for name, c := range all {
		var metadata struct {
			Sources map[string]struct {
				Keccak256 common.Hash `json:"keccak256"`
			} `json:"sources"`
		}
		if err := json.Unmarshal([]byte(c.Metadata), &metadata); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(metadata.Sources) == 0 {
			t.Errorf("%s names no source", name)
		}
		for file, source := range metadata.Sources {
			compiled[file] = true
			text, err := fs.ReadFile(folder, file)
			if err != nil {
				t.Fatal(err)
			}
			if crypto.Keccak256Hash(text) != source.Keccak256 {
				t.Errorf("%s was compiled of another %s: compile again as the README beside it says", name, file)
			}
		}
	}
	sources, err := fs.Glob(folder, "*.sol")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range sources {
		if !compiled[file] {
			t.Errorf("%s is not compiled into anything", file)
		}
	}
}
