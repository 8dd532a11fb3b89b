package flow

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
)

func ordinary(n int) *laundering {
	return generate(genParams{seed: 1, incidents: 20, flows: n / 11, services: 40, noise: 10, hops: 20})
}

// BenchmarkFlow traces; the record is ready and sorting it is part of the work.
func BenchmarkFlow(b *testing.B) {
	shapes := []struct {
		name string
		make func(int) *laundering
	}{{"laundering", ordinary}, {"dense", dense}}
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

func benchmark(b *testing.B, g *laundering) {
	rows := len(g.rows)
	var peak uint64
	for b.Loop() {
		b.StopTimer()
		req := g.request()
		runtime.GC()
		b.StartTimer()
		r, err := Trace(b.Context(), req)
		if err != nil {
			b.Fatal(err)
		}
		b.StopTimer()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapSys-m.HeapReleased)
		runtime.KeepAlive(r)
		b.StartTimer()
	}
	b.ReportMetric(float64(rows), "transfers")
	b.ReportMetric(float64(peak)/1e6, "heap-MB")
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
