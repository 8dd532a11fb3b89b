package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// How much memory the program takes before it collects what is garbage. A
// history of a million transfers is held whole; go's default would let the heap
// take twice what is in use.
const (
	roomy  = 376 << 20 // bytes that it may always take
	growth = 12        // else a part in so many more than what is in use
)

// boundMemory sets the limit of memory anew after every collection, unless the
// environment says how it is to be done.
func boundMemory(lookup func(string) (string, bool)) {
	for _, name := range []string{"GOGC", "GOMEMLIMIT"} {
		if _, set := lookup(name); set {
			return
		}
	}
	debug.SetMemoryLimit(roomy)
	afterCollection(func() { debug.SetMemoryLimit(memoryLimit(liveHeap())) })
}

// memoryLimit returns the limit where so many bytes are in use: a fixed one
// would have the program do nothing but collect once more than that is.
func memoryLimit(live uint64) int64 {
	return int64(max(roomy, live+live/growth))
}

func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}

// afterCollection calls f after each collection of garbage: something that
// nobody holds is found by it.
func afterCollection(f func()) {
	sentinel := new([16]byte)
	runtime.AddCleanup(sentinel, func(struct{}) {
		f()
		afterCollection(f)
	}, struct{}{})
}
