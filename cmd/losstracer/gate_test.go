package main

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"

	"losstracer/chain/chaintest"
)

// gate lets a number of requests through and holds the others until it is
// opened: what a test does in the middle of a run is then done there, however
// slow the machine is.
type gate struct {
	behind  http.Handler
	through atomic.Int64  // how many more are let through
	reached chan struct{} // closed when the first one is held
	opened  chan struct{}
	first   sync.Once
	release sync.Once
}

// gated serves a handler behind a gate.
func gated(t *testing.T, behind http.Handler, through int) (url string, g *gate) {
	t.Helper()
	g = &gate{behind: behind, reached: make(chan struct{}), opened: make(chan struct{})}
	g.through.Store(int64(through))
	url = chaintest.Host(t, g)
	t.Cleanup(g.open) // before the server waits for who is held
	return url, g
}

func (g *gate) open() { g.release.Do(func() { close(g.opened) }) }

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// That the asker has gone shows only once the body is read.
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if g.through.Add(-1) < 0 {
		g.first.Do(func() { close(g.reached) })
		select {
		case <-g.opened:
		case <-r.Context().Done():
			return
		}
	}
	g.behind.ServeHTTP(w, r)
}

// whenSaid is a writer that calls then as soon as a text was written to it.
type whenSaid struct {
	bytes.Buffer
	text string
	then func()
}

func (w *whenSaid) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if bytes.Contains(w.Bytes(), []byte(w.text)) {
		w.then()
	}
	return n, err
}
