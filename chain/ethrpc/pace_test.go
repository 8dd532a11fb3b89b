package ethrpc

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

// Clients that share a budget have no more requests under way together than
// one client would, and what one is told of the rate slows all of them.
func TestBudgetIsShared(t *testing.T) {
	t.Parallel()
	var at rush
	s := gethServer(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			at.enter()
			defer at.leave()
			time.Sleep(time.Millisecond)
			h.ServeHTTP(w, r)
		})
	})
	budget := new(Budget)
	answers := make([][]Answer, 5)
	var group errgroup.Group
	for i := range answers {
		c := client(t, s.URL, Options{MaxBatch: 1, MaxInFlight: 3, Budget: budget})
		group.Go(func() (err error) {
			answers[i], err = c.Do(t.Context(), doubles(40))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		wantDoubles(t, a)
	}
	if got := at.most.Load(); got != 3 {
		t.Errorf("%d requests at once, want 3", got)
	}
}

// An endpoint that one client gave up is not waited for by the next, until
// some time has passed.
func TestBudgetGivesUpOnce(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	var well atomic.Bool
	s := gethServer(t, func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			asked.Add(1)
			if well.Load() {
				h.ServeHTTP(w, r)
				return
			}
			_, _ = w.Write([]byte("<html>down for maintenance"))
		})
	})
	clock := &naps{}
	o := Options{Budget: new(Budget), Now: clock.Now, Sleep: clock.Sleep}
	_, first := client(t, s.URL, o).Do(t.Context(), doubles(1))
	if first == nil || asked.Load() != 3 {
		t.Fatalf("%d requests, want 3; %v", asked.Load(), first)
	}
	_, second := client(t, s.URL, o).Do(t.Context(), doubles(1))
	if second == nil || second.Error() != first.Error() || asked.Load() != 3 {
		t.Errorf("the second client sent %d requests more, want none, and was told %v", asked.Load()-3, second)
	}
	well.Store(true)
	clock.now.Add(int64(silentFor + time.Second))
	answers, err := client(t, s.URL, o).Do(t.Context(), doubles(3))
	if err != nil {
		t.Fatalf("after a while: %v", err)
	}
	wantDoubles(t, answers)
	if _, err := client(t, s.URL, o).Do(t.Context(), doubles(1)); err != nil {
		t.Errorf("once it answered: %v", err)
	}
}

// How long an endpoint wants to be left alone is its to say, however often it
// has said so; only where it does not, the pauses grow.
func TestRetryAfterIsBelieved(t *testing.T) {
	t.Parallel()
	clock := &naps{}
	p := newPace(&Options{MaxInFlight: 1, MaxBatch: 1, Now: clock.Now, Sleep: clock.Sleep})
	for range 8 {
		p.trouble(Rate, 0)
	}
	if pause := p.notBefore.Sub(clock.Now()); pause < 5*time.Second {
		t.Errorf("after eight refusals the pause is %s", pause)
	}
	p = newPace(&Options{MaxInFlight: 1, MaxBatch: 1, Now: clock.Now, Sleep: clock.Sleep})
	for range 8 {
		p.trouble(Rate, time.Second)
	}
	if pause := p.notBefore.Sub(clock.Now()); pause != time.Second {
		t.Errorf("the endpoint asks for a second, and the pause is %s", pause)
	}
}
