package onchain

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"losstracer/chain/ethrpc"
)

// Together runs n tasks side by side. Whenever each of them has ended or waits
// for answers, all that they wait for is sent as one list of calls: in order of
// the tasks, each call once, none that was answered before. So the calls that
// are made do not depend on how the tasks happen to be scheduled. A task asks one
// thing after another, from one goroutine: one that asked two at once would be
// waited for for ever.
//
// The error of each task stands at its place.
func Together(ctx context.Context, caller Caller, n int, task func(ctx context.Context, i int, caller Caller) error) []error {
	m := &meeting{caller: caller, known: map[string]ethrpc.Answer{}, live: n, turn: make(chan struct{}, 1)}
	errs := make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			defer m.leave()
			errs[i] = task(ctx, i, seat{m, i})
		})
	}
	for n > 0 {
		<-m.turn
		if m.over() {
			break
		}
		m.ask(ctx)
	}
	all.Wait()
	return errs
}

// meeting is where tasks wait for each other.
type meeting struct {
	caller Caller

	mu      sync.Mutex
	known   map[string]ethrpc.Answer
	live    int // tasks that have not ended
	waiting []*request
	turn    chan struct{} // all that live wait
}

// request is what one task waits for.
type request struct {
	task  int
	calls []ethrpc.Call
	keys  []string
	err   error
	done  chan struct{}
}

// seat is the place of one task.
type seat struct {
	m    *meeting
	task int
}

// Do implements [Caller].
func (s seat) Do(ctx context.Context, calls []ethrpc.Call) ([]ethrpc.Answer, error) {
	r := &request{task: s.task, calls: calls, keys: make([]string, len(calls)), done: make(chan struct{})}
	for i, c := range calls {
		key, err := c.Key()
		if err != nil {
			return nil, err
		}
		r.keys[i] = key
	}
	if s.m.wait(r) {
		<-r.done // closed whatever happens: the endpoint is asked with the task's own context
	}
	if r.err != nil {
		return nil, r.err
	}
	return s.m.answers(r), nil
}

// wait adds a request, unless all that it wants is known.
func (m *meeting) wait(r *request) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.ContainsFunc(r.keys, func(key string) bool { _, ok := m.known[key]; return !ok }) {
		return false
	}
	m.waiting = append(m.waiting, r)
	m.next()
	return true
}

func (m *meeting) leave() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.live--
	m.next()
}

// next gives the turn where nobody is left to wait for.
func (m *meeting) next() {
	if len(m.waiting) == m.live {
		m.turn <- struct{}{}
	}
}

func (m *meeting) over() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.live == 0
}

// ask sends what everybody waits for.
func (m *meeting) ask(ctx context.Context) {
	m.mu.Lock()
	waiting := m.waiting
	m.waiting = nil
	m.mu.Unlock()
	slices.SortFunc(waiting, func(a, b *request) int { return a.task - b.task })
	var calls []ethrpc.Call
	var keys []string
	sent := map[string]bool{}
	for _, r := range waiting {
		for i, key := range r.keys {
			if _, known := m.known[key]; !known && !sent[key] {
				sent[key] = true
				calls, keys = append(calls, r.calls[i]), append(keys, key)
			}
		}
	}
	got, err := m.caller.Do(ctx, calls)
	if err == nil && len(got) != len(calls) {
		err = fmt.Errorf("%d answers to %d calls", len(got), len(calls))
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range got {
		if err == nil {
			m.known[keys[i]] = got[i]
		}
	}
	for _, r := range waiting {
		r.err = err
		close(r.done)
	}
}

func (m *meeting) answers(r *request) []ethrpc.Answer {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := make([]ethrpc.Answer, len(r.keys))
	for i, key := range r.keys {
		list[i] = m.known[key]
	}
	return list
}
