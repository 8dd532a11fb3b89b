package devnet

import (
	"encoding/json"
	"testing"

	"github.com/ethereum/go-ethereum/crypto"
)

// The compiler's output names the digest of every source that went into it.
func TestCompiledContractsFitSources(t *testing.T) {
	t.Parallel()
	all, err := readContracts()
	if err != nil {
		t.Fatal(err)
	}
	compiled := map[string]bool{}
	for name, c := range all {
		var metadata struct {
			Sources map[string]struct {
				Keccak256 string `json:"keccak256"`
			} `json:"sources"`
		}
		if err := json.Unmarshal([]byte(c.Metadata), &metadata); err != nil {
			t.Fatal(err)
		}
		for file, source := range metadata.Sources {
			compiled[file] = true
			text, err := contractFiles.ReadFile("contracts/" + file)
			if err != nil {
				t.Fatal(err)
			}
			if got := crypto.Keccak256Hash(text).Hex(); got != source.Keccak256 {
				t.Errorf("%s was compiled from another %s: compile again as contracts/README.md says", name, file)
			}
		}
	}
	entries, err := contractFiles.ReadDir("contracts")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != "output.json" && !compiled[e.Name()] {
			t.Errorf("%s is not compiled into anything", e.Name())
		}
	}
}
