//go:build unix

package ethrpc

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"runtime/metrics"
	"sync"
	"syscall"
	"testing"
	"time"

	ethereum "github.com/ethereum/go-ethereum"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/ethclient"

	"losstracer/chain"
)

const benchLogs = 79_000

// usdtLogs is an answer to eth_getLogs of n Transfer events, 630 bytes each as
// on mainnet, 200 to a block from block 18,000,000 on.
func usdtLogs(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"jsonrpc":"2.0","id":1,"result":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"address":"0xdac17f958d2ee523a2206206994597c13d831ec7","topics":["0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef",`+
			`"0x000000000000000000000000%040x","0x000000000000000000000000%040x"],"data":"0x%064x","blockNumber":"0x%x","blockTimestamp":"0x655f0000",`+
			`"transactionHash":"0x%064x","transactionIndex":"0x%x","blockHash":"0x%064x","logIndex":"0x%x","removed":false}`,
			i*7919, i*104729, i*31, 18_000_000+i/200, i/2*1_299_709, i%200/2, i/200+1, i%200)
	}
	b.WriteString("]}")
	return b.Bytes()
}

// serveLogs answers from a file, so that the answer is in nobody's memory.
func serveLogs(b *testing.B, body []byte) string {
	name := filepath.Join(b.TempDir(), "answer.json")
	if err := os.WriteFile(name, body, 0o600); err != nil {
		b.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ask, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		if bytes.Contains(ask, []byte("eth_getBlockByNumber")) {
			io.WriteString(w, `{"jsonrpc":"2.0","id":1,"result":{}}`)
			return
		}
		if bytes.Contains(ask, []byte(`"fromBlock":"0x112`)) && !bytes.Contains(ask, []byte(`"fromBlock":"0x112a880"`)) {
			io.WriteString(w, `{"jsonrpc":"2.0","id":1,"result":[]}`) // beyond the last log
			return
		}
		http.ServeFile(w, &http.Request{Method: http.MethodGet, URL: r.URL, Header: http.Header{}}, name)
	}))
	b.Cleanup(s.Close)
	return s.URL
}

// highWater watches the heap until stop is called, which returns the most that
// was in use. It reads a counter and does not stop the world.
func highWater() (stop func() float64) {
	runtime.GC()
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	end := make(chan struct{})
	var most uint64
	var watching sync.WaitGroup
	watching.Go(func() {
		for {
			select {
			case <-end:
				return
			case <-time.After(5 * time.Millisecond):
				metrics.Read(sample)
				most = max(most, sample[0].Value.Uint64())
			}
		}
	})
	return func() float64 {
		close(end)
		watching.Wait()
		return float64(most) / 1e6
	}
}

// processorTime is what this process used so far, the server in it included.
// Unlike the time of the clock it does not depend on who else is at work.
func processorTime() time.Duration {
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		return 0 // then there is no such figure
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

// BenchmarkLogs pulls one answer of 50 MB over loopback HTTP and decodes it to
// transfers, by this package and by go-ethereum's client. "quadruple" is an
// answer four times as long, for the memory.
func BenchmarkLogs(b *testing.B) {
	network, _ := chain.NetworkByID(1)
	decoder := chain.Decoder{Network: network}
	var ours float64 // processor time of one answer
	for _, size := range []struct {
		name string
		logs int
	}{{"", benchLogs}, {"quadruple", 4 * benchLogs}} {
		body := usdtLogs(size.logs)
		bytes := int64(len(body))
		url := serveLogs(b, body)
		body = nil
		last := 18_000_000 + uint64(size.logs)/200
		b.Run("losstracer"+size.name, func(b *testing.B) {
			b.SetBytes(bytes)
			b.ReportAllocs()
			stop := highWater()
			before := processorTime()
			for b.Loop() {
				n := 0
				c, err := New(url, Options{})
				if err != nil {
					b.Fatal(err)
				}
				var ts []chain.Transfer
				_, err = c.Logs(b.Context(), LogQuery{From: 18_000_000, To: last}, func(l *types.Log) error {
					ts, err = decoder.AppendLog(ts[:0], l, l.BlockTimestamp)
					n += len(ts)
					return err
				})
				if err != nil {
					b.Fatal(err)
				}
				c.Close()
				if n != size.logs {
					b.Fatalf("%d transfers", n)
				}
			}
			b.ReportMetric(stop(), "MB-heap")
			used := (processorTime() - before).Seconds() * 1000 / float64(b.N)
			b.ReportMetric(used, "cpu-ms/op")
			if size.name == "" {
				ours = used
			}
		})
		if size.name != "" {
			continue
		}
		b.Run("ethclient", func(b *testing.B) {
			b.SetBytes(bytes)
			b.ReportAllocs()
			stop := highWater()
			before := processorTime()
			for b.Loop() {
				n := 0
				c, err := ethclient.Dial(url)
				if err != nil {
					b.Fatal(err)
				}
				logs, err := c.FilterLogs(b.Context(), ethereum.FilterQuery{})
				if err != nil {
					b.Fatal(err)
				}
				var ts []chain.Transfer
				for i := range logs {
					ts, err = decoder.AppendLog(ts[:0], &logs[i], logs[i].BlockTimestamp)
					if err != nil {
						b.Fatal(err)
					}
					n += len(ts)
				}
				c.Close()
				if n != size.logs {
					b.Fatalf("%d transfers", n)
				}
			}
			b.ReportMetric(stop(), "MB-heap")
			used := (processorTime() - before).Seconds() * 1000 / float64(b.N)
			b.ReportMetric(used, "cpu-ms/op")
			if ours > 0 {
				b.ReportMetric(used/ours, "times-cpu")
			}
		})
	}
}
