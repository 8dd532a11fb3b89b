package main

import (
	"runtime"
	"testing"
	"time"
)

func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		live uint64
		want int64
	}{{0, roomy}, {100 << 20, roomy}, {300 << 20, roomy}, {1 << 30, 1<<30 + (1<<30)/growth}} {
		if got := memoryLimit(row.live); got != row.want {
			t.Errorf("with %d bytes in use the limit is %d, want %d", row.live, got, row.want)
		}
	}
	if liveHeap() == 0 {
		t.Error("the runtime does not say how much is in use")
	}
}

func TestAfterCollection(t *testing.T) {
	t.Parallel()
	runs := make(chan bool)
	afterCollection(func() {
		select {
		case runs <- true:
		case <-t.Context().Done():
		}
	})
	for range 2 { // it is armed anew each time
		for done := false; !done; {
			runtime.GC()
			select {
			case <-runs:
				done = true
			case <-time.After(time.Millisecond):
			}
		}
	}
}
