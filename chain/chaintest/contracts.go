package chaintest

import (
	"embed"
	"io/fs"
	"math/big"
	"sync"

	"github.com/ethereum/go-ethereum/common"
)

// See contracts/README.md for how output.json was made.
//
//go:embed contracts/output.json contracts/*.sol
var contractFiles embed.FS

var compiled = sync.OnceValue(func() map[string]Contract {
	all, err := readEmbedded()
	if err != nil {
		// The files are part of the package.
		panic("chaintest: " + err.Error())
	}
	return all
})

func readEmbedded() (map[string]Contract, error) {
	folder, err := fs.Sub(contractFiles, "contracts")
	if err != nil {
		return nil, err
	}
	return ReadContracts(folder)
}

func pack(name, method string, args ...any) []byte { return compiled()[name].Pack(method, args...) }

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
