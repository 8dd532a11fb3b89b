package devnet

import (
	"io/fs"
	"testing"

	"losstracer/chain/chaintest"
)

func TestCompiledContractsFitSources(t *testing.T) {
	t.Parallel()
	folder, err := fs.Sub(contractFiles, "contracts")
	if err != nil {
		t.Fatal(err)
	}
	chaintest.CheckSources(t, folder)
}
