package chainlink

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"losstracer/chain/ethrpc"
)

// FuzzReadRound decodes whatever a contract may return: an answer that is not a
// round is errNothing, and never a panic.
func FuzzReadRound(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, 160))
	f.Add(make([]byte, 159))
	f.Add(append(make([]byte, 31), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		result, err := json.Marshal(hexutil.Bytes(data))
		if err != nil {
			t.Fatal(err)
		}
		got, err := readRound(ethrpc.Answer{Result: result}, "latestRoundData")
		if err != nil && !errors.Is(err, errNothing) {
			t.Fatal(err)
		}
		if err == nil && (got.id == nil || got.answer == nil || got.id.BitLen() > 80) {
			t.Fatalf("%+v", got)
		}
		for _, method := range []string{"description", "decimals", "phaseId", "aggregator"} {
			if _, err := unpack(ethrpc.Answer{Result: result}, method); err != nil && !errors.Is(err, errNothing) {
				t.Fatal(err)
			}
		}
	})
}
