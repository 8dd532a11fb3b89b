package chainlink

import (
	"encoding/json"
	"testing"

	"github.com/ethereum/go-ethereum/common/hexutil"

	"losstracer/chain/ethrpc"
)

// FuzzReadRound decodes whatever a contract may return: an answer that is not a
// round is onchain.ErrNothing, and never a panic.
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
		if err != nil && !nothing(err) {
			t.Fatal(err)
		}
		if err == nil && (got.id == nil || got.answer == nil || got.id.BitLen() > 80) {
			t.Fatalf("%+v", got)
		}
		for _, method := range []string{"description", "decimals", "phaseId", "aggregator"} {
			if _, err := contract().Values(ethrpc.Answer{Result: result}, method); err != nil && !nothing(err) {
				t.Fatal(err)
			}
		}
	})
}
