package casefile_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"losstracer/chain/ethrpc"
	"losstracer/trace/casefile"
)

// BenchmarkKeep keeps answers one after the other, each in a transaction of its
// own: those of eth_getBalance, and receipts of a busy block.
func BenchmarkKeep(b *testing.B) {
	for _, row := range []struct {
		name   string
		result json.RawMessage
	}{
		{"balance", json.RawMessage(`"0x1158e460913d00000"`)},
		{"receipts", receipts(400)},
	} {
		b.Run(row.name, func(b *testing.B) {
			f := open(b, filepath.Join(b.TempDir(), "x.case"))
			l := connect(b, f, balances(b), casefile.Plan{})
			b.SetBytes(int64(len(row.result)))
			for i := 0; b.Loop(); i++ {
				e := ethrpc.Exchange{Host: l.Host(), Call: call("eth_getBalance", "0xaa", fmt.Sprintf("%#x", i)), Result: row.result}
				if err := casefile.KeepAt(l, e); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "exchanges/s")
		})
	}
}

// BenchmarkFind reads them back, checked against their digests.
func BenchmarkFind(b *testing.B) {
	f := open(b, filepath.Join(b.TempDir(), "x.case"))
	l := connect(b, f, balances(b), casefile.Plan{})
	const kept = 5000
	for i := range kept {
		e := ethrpc.Exchange{Host: l.Host(), Call: call("eth_getBalance", "0xaa", fmt.Sprintf("%#x", i)), Result: json.RawMessage(`"0x1158e460913d00000"`)}
		if err := casefile.KeepAt(l, e); err != nil {
			b.Fatal(err)
		}
	}
	for i := 0; b.Loop(); i++ {
		answers, err := l.Do(b.Context(), []ethrpc.Call{call("eth_getBalance", "0xaa", fmt.Sprintf("%#x", i%kept))})
		if err != nil || answers[0].Err != nil {
			b.Fatal(err, answers)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "exchanges/s")
}

// receipts looks like the receipts of a block with n txs, about 1 kB each.
func receipts(n int) json.RawMessage {
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"transactionHash":"0x%064x","blockNumber":"0x112a880","gasUsed":"0x%x","logsBloom":"0x%s","logs":[{"address":"0x%040x","data":"0x%064x"}]}`,
			i*7919, 21000+i, strings.Repeat("00", 256), i*104729, i*15485863))
	}
	return json.RawMessage("[" + strings.Join(list, ",") + "]")
}
