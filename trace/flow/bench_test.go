package flow

import (
	"bytes"
	"fmt"
	"math/big"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"losstracer/chain"
)

func ordinary(n int) *laundering {
	return generate(genParams{seed: 1, incidents: 20, flows: n / 11, services: 40, noise: 10, hops: 20})
}

// BenchmarkFlow traces; the record is ready and sorting it is part of the work.
func BenchmarkFlow(b *testing.B) {
	shapes := []struct {
		name string
		make func(int) *laundering
	}{{"laundering", ordinary}, {"dense", dense}, {"mixed", mixed}, {"circle", circle}}
	for _, shape := range shapes {
		for _, n := range []int{100_000, 1_000_000, 10_000_000} {
			b.Run(fmt.Sprintf("%s/%d", shape.name, n), func(b *testing.B) {
				if testing.Short() && n > 1_000_000 {
					b.Skip("ten million transfers are left out under -short")
				}
				benchmark(b, shape.make(n))
			})
		}
	}
}

// heapGrowth is about how far, in percent, the command lets the heap grow where
// much is in use.
const heapGrowth = 25

// benchmark reports, beside the time, the most memory that the transfers, what is
// made of them and garbage took at a time, without the generator's own.
func benchmark(b *testing.B, g *laundering) {
	defer debug.SetGCPercent(debug.SetGCPercent(heapGrowth))
	var most uint64
	for b.Loop() {
		b.StopTimer()
		debug.FreeOSMemory()
		before := heapNow()
		req := g.request()
		debug.FreeOSMemory()
		r, peak := watched(b, req, heapNow)
		most = max(most, peak-before)
		runtime.KeepAlive(r)
		b.StartTimer()
	}
	b.ReportMetric(float64(len(g.rows)), "transfers")
	b.ReportMetric(float64(most)/1e6, "heap-MB")
}

// watched traces with the timer on, and returns the most that was measured
// meanwhile.
func watched(b *testing.B, req Request, now func() uint64) (r *Result, peak uint64) {
	end, most := make(chan struct{}), make(chan uint64)
	go watch(now, end, most)
	b.StartTimer()
	r, err := Trace(b.Context(), req)
	b.StopTimer()
	if err != nil {
		b.Fatal(err)
	}
	close(end)
	return r, <-most
}

// heapNow is the memory that the heap holds of the system's.
func heapNow() uint64 {
	s := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(s)
	return s[0].Value.Uint64() + s[1].Value.Uint64() + s[2].Value.Uint64()
}

// watch sends the most that was measured until the end.
func watch(now func() uint64, end <-chan struct{}, peak chan<- uint64) {
	most := now()
	for {
		select {
		case <-end:
			peak <- max(most, now())
			return
		case <-time.After(2 * time.Millisecond):
			most = max(most, now())
		}
	}
}

// What a trace over a million transfers of a case may keep, in bytes, beside the
// transfers themselves: where the same holdings pay and are paid often, and where
// nearly every transfer is to or from a holding of its own.
const (
	mostBeside    = 100_000_000
	mostScattered = 140_000_000
)

// BenchmarkFlowHistory traces a theft within a case: one account with a million
// transfers, from and to 10,000 others, of whom nobody is asked. Its tokens are few,
// or so many that hardly anybody has one twice.
func BenchmarkFlowHistory(b *testing.B) {
	for _, row := range []struct {
		tokens int
		limit  uint64
	}{{20, mostBeside}, {4999, mostScattered}} {
		b.Run(fmt.Sprintf("%d-tokens", row.tokens), func(b *testing.B) {
			benchmarkHistory(b, busyHistory(1_000_000, 10_000, row.tokens), row.limit)
		})
	}
}

func benchmarkHistory(b *testing.B, h *chain.History, limit uint64) {
	defer debug.SetGCPercent(debug.SetGCPercent(2)) // so that what is measured is in use
	theft := &h.Transfers[0]
	req := Request{
		Stolen:    []Theft{{ChainID: 1, Tx: theft.Tx, From: theft.From, To: theft.To, Asset: theft.Asset, Units: theft.Units}},
		Histories: []*chain.History{h}, Historians: map[uint64]Historian{1: &ledger{refuses: true}},
	}
	var most, left uint64
	for b.Loop() {
		b.StopTimer()
		before := inUse()
		r, peak := watched(b, req, marked)
		most, left = max(most, peak-before), max(left, inUse()-before)
		runtime.KeepAlive(r)
		b.StartTimer()
	}
	b.ReportMetric(float64(most)/1e6, "peak-MB")
	b.ReportMetric(float64(left)/1e6, "kept-MB")
	if most > limit {
		b.Errorf("%d MB beside the transfers, want less than %d", most/1e6, limit/1e6)
	}
}

// marked is what the last collection found to be in use.
func marked() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}

func inUse() uint64 {
	runtime.GC()
	return marked()
}

// busyHistory is the history of a thief who takes in and pays out in turn, each
// time in a tx of its own, after a theft.
func busyHistory(n, others, tokens int) *chain.History {
	thief := named("thief")
	h := &chain.History{ChainID: 1, Coverage: []chain.Coverage{{ChainID: 1, Address: thief, Complete: true}}, Transfers: make([]chain.Transfer, n)}
	for i := range h.Transfers {
		from, to, units := genAddress(uint32(i*7919%others)), thief, uint64(1_000_000)
		switch {
		case i == 0:
			from, units = named("victim"), 5_000_000_000
		case i%2 == 1:
			from, to = to, from
		}
		block := uint64(1 + i/250)
		h.Transfers[i] = chain.Transfer{
			Ref:  chain.Ref{ChainID: 1, Block: block, Tx: common.BigToHash(big.NewInt(int64(1 + i))), TxIndex: uint32(i % 250), Site: chain.SiteLog, Index: uint32(i % 250)},
			Time: 1_700_000_000 + 12*block, Kind: chain.KindERC20, From: from, To: to,
			Asset: chain.Token(1, genAddress(uint32(1_000_000+i/2%tokens))), Units: *uint256.NewInt(units),
		}
	}
	return h
}

// BenchmarkFlowSwaps is a million transfers in txs of four: tainted holders swap
// back and forth through a router and one pool.
func BenchmarkFlowSwaps(b *testing.B) {
	p := newTape()
	for i := range 10_000 {
		p.tx(fmt.Sprintf("X thief a%d 1000000", i))
	}
	for n := range 25 {
		for i := range 10_000 {
			give, get := "X", "Y"
			if n%2 == 1 {
				give, get = get, give
			}
			a := fmt.Sprintf("a%d", i)
			p.tx(give+" "+a+" router 1000000", give+" router pool 1000000", get+" pool router 1000000", get+" router "+a+" 1000000")
		}
	}
	for b.Loop() {
		b.StopTimer()
		req := Request{Sources: []Account{account("thief")}, Record: p.record()}
		b.StartTimer()
		if _, err := Trace(b.Context(), req); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(p.transfers)), "transfers")
}

// BenchmarkFlowPolicies is a million transfers under each policy.
func BenchmarkFlowPolicies(b *testing.B) {
	g := ordinary(1_000_000)
	for _, p := range Policies() {
		b.Run(p.String(), func(b *testing.B) {
			for b.Loop() {
				b.StopTimer()
				req := g.request()
				req.Policy = p
				b.StartTimer()
				if _, err := Trace(b.Context(), req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFlowImport reads a file of shuffled rows and traces it.
func BenchmarkFlowImport(b *testing.B) {
	g := ordinary(1_000_000)
	var file bytes.Buffer
	if err := g.writeCSV(&file, rand.New(rand.NewPCG(1, 1)).Perm(len(g.rows))); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(file.Len()))
	req := g.request()
	for b.Loop() {
		req.Record = &Record{}
		if err := req.Record.ReadCSV(bytes.NewReader(file.Bytes()), "bench.csv"); err != nil {
			b.Fatal(err)
		}
		if _, err := Trace(b.Context(), req); err != nil {
			b.Fatal(err)
		}
	}
}
