package chaintest

import (
	"embed"
	"encoding/json"
	"fmt"
	"math/big"
	"sync"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
)

// See contracts/README.md for how output.json was made.
//
//go:embed contracts/output.json contracts/*.sol
var contractFiles embed.FS

// contract is what the compiler made of one contract.
type contract struct {
	abi      abi.ABI
	metadata string // names the sources and their digests
	creation []byte
	runtime  []byte
}

var compiled = sync.OnceValue(readContracts)

// readContracts panics on a file that does not fit: it is part of the package.
func readContracts() map[string]contract {
	data, err := contractFiles.ReadFile("contracts/output.json")
	if err != nil {
		panic("chaintest: " + err.Error())
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
		panic(fmt.Sprintf("chaintest: compiled contracts: %v", err))
	}
	all := map[string]contract{}
	for _, file := range output.Contracts {
		for name, c := range file {
			all[name] = contract{
				c.ABI, c.Metadata,
				hexutil.MustDecode("0x" + c.EVM.Bytecode.Object), hexutil.MustDecode("0x" + c.EVM.DeployedBytecode.Object),
			}
		}
	}
	return all
}

// pack encodes a call. The arguments are those of this package, so that a
// mismatch is a fault in it.
func pack(name, method string, args ...any) []byte {
	data, err := compiled()[name].abi.Pack(method, args...)
	if err != nil {
		panic(fmt.Sprintf("chaintest: call %s.%s: %v", name, method, err))
	}
	return data
}

// The deeds of contracts/Puppet.sol.
const (
	deedCall uint8 = iota
	deedTry
	deedDelegate
	deedCreate
	deedCreate2
	deedDestroy
	deedFail
)

// act is the argument of Puppet.play; the ABI encoder goes by its fields' names.
type act struct {
	Deed  uint8
	To    common.Address
	Value *big.Int
	Data  []byte
}

func pays(to common.Address, wei *big.Int) act { return act{deedCall, to, wei, nil} }

// play encodes what a Puppet is to do.
func play(acts ...act) []byte {
	for i := range acts {
		if acts[i].Value == nil {
			acts[i].Value = new(big.Int)
		}
	}
	return pack("Puppet", "play", acts)
}

// destroyingCode is creation code that leaves what it was given to heir and
// no contract: PUSH20 heir, SELFDESTRUCT.
func destroyingCode(heir common.Address) []byte {
	return append(append([]byte{0x73}, heir[:]...), 0xff)
}
