package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/spf13/pflag"

	"losstracer/trace"
)

// assuranceOptions are the flags by which less rests on the word of one
// endpoint.
type assuranceOptions struct {
	anchors      []string
	proveAbsence bool
	crossCheck   int
}

func (o *assuranceOptions) addFlags(f *pflag.FlagSet) {
	f.StringArrayVar(&o.anchors, "anchor", nil, "`HASH` of a block that you vouch for: blocks before it are linked to it by the hashes of parents; may be repeated")
	f.BoolVar(&o.proveAbsence, "prove-absence", false, "prove by the header of every block of the window that no token log was left out (--dry-run of verify tells the cost)")
}

func (o assuranceOptions) read() (trace.Assurance, error) {
	sure := trace.Assurance{ProveAbsence: o.proveAbsence, CrossCheck: o.crossCheck}
	if o.crossCheck < 0 || o.crossCheck > 100 {
		return sure, &usageError{hint(fmt.Errorf("--cross-check %d", o.crossCheck), "a percentage lies between 0 and 100")}
	}
	for _, text := range o.anchors {
		b, err := hexutil.Decode(strings.ToLower(text))
		if err == nil && len(b) != common.HashLength {
			err = errors.New("not 32 bytes")
		}
		if err != nil {
			return sure, &usageError{hint(fmt.Errorf("--anchor %q: %w", text, err), "give the hash of a block, 0x and 64 digits")}
		}
		sure.Anchors = append(sure.Anchors, common.BytesToHash(b))
	}
	return sure, nil
}
