package main

import (
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"
	"golang.org/x/term"

	"losstracer/chain/ethrpc"
)

// watch returns options for endpoints whose work shows as progress bars on
// standard error, where that is a terminal, and a function that takes the bars
// away. Elsewhere nothing is shown.
func (e environment) watch() (ethrpc.Options, func()) {
	f, ok := e.stderr.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) || e.get("TERM") == "dumb" {
		return ethrpc.Options{}, func() {}
	}
	b := &bars{all: mpb.New(mpb.WithOutput(f), mpb.WithWidth(40)), byName: map[string]*mpb.Bar{}}
	b.working = b.all.New(0, mpb.SpinnerStyle().PositionLeft(), mpb.BarWidth(1),
		mpb.AppendDecorators(decor.Name("working "), decor.Elapsed(decor.ET_STYLE_GO)))
	return ethrpc.Options{Progress: b.show}, b.clear
}

// watchCount shows how many of a total are done, where standard error is a
// terminal. It returns what to call after each, and what takes the bar away.
func (e environment) watchCount(doing string, total int) (tick, clear func()) {
	options, clear := e.watch()
	if options.Progress == nil {
		return func() {}, clear
	}
	var done atomic.Uint64
	show := func(n uint64) { options.Progress(ethrpc.Progress{Doing: doing, Done: n, Total: uint64(total)}) }
	show(0)
	return func() { show(done.Add(1)) }, clear
}

// bars are progress bars, one for each thing that is being counted.
type bars struct {
	all    *mpb.Progress
	mu     sync.Mutex
	byName map[string]*mpb.Bar
	// working turns although an endpoint may take long to say anything.
	working *mpb.Bar
}

func (b *bars) show(p ethrpc.Progress) {
	b.mu.Lock()
	defer b.mu.Unlock()
	bar := b.byName[p.Doing]
	if bar == nil {
		bar = b.all.AddBar(int64(p.Total),
			mpb.BarRemoveOnComplete(),
			mpb.PrependDecorators(decor.Name(p.Doing+" ", decor.WCSyncSpaceR), decor.CountersNoUnit("%d of %d")),
			mpb.AppendDecorators(remaining(time.Now())))
		b.byName[p.Doing] = bar
	}
	bar.SetTotal(int64(p.Total), false)
	bar.SetCurrent(int64(p.Done))
	if p.Done >= p.Total {
		// What comes next under the same name is another piece of work.
		bar.SetTotal(int64(p.Total), true)
		delete(b.byName, p.Doing)
	}
}

// remaining says how long a piece of work that began at a time will take yet,
// once some of it is done.
func remaining(begun time.Time) decor.Decorator {
	return decor.Any(func(s decor.Statistics) string {
		if s.Current <= 0 || s.Current >= s.Total {
			return ""
		}
		return " " + (time.Since(begun) * time.Duration(s.Total-s.Current) / time.Duration(s.Current)).Round(time.Second).String() + " to go"
	})
}

func (b *bars) clear() {
	b.mu.Lock()
	for _, bar := range b.byName {
		bar.Abort(true)
	}
	clear(b.byName)
	b.working.Abort(true)
	b.mu.Unlock()
	b.all.Wait() // until they are off the screen
}
