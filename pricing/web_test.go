package pricing_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"losstracer/pricing"
)

// serve answers with the handler and counts the requests.
func serve(t *testing.T, handler http.HandlerFunc) (base string, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

func web(t *testing.T, base string, o pricing.WebOptions) *pricing.Web {
	t.Helper()
	o.Every, o.First = time.Microsecond, time.Millisecond
	w, err := pricing.NewWeb(base, o)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWebRecordsAndReplays(t *testing.T) {
	t.Parallel()
	received := time.Date(2024, 1, 2, 3, 4, 5, 0, time.UTC)
	base, asked := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Key") != "secret-of-mine" || r.URL.Query().Get("apikey") != "another-secret" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		_, _ = w.Write([]byte(r.URL.Path + "?" + r.URL.Query().Get("b")))
	})
	record := new(pricing.Pages)
	o := pricing.WebOptions{Record: record, Header: http.Header{"X-Key": {"secret-of-mine"}}, Now: func() time.Time { return received }}
	query := url.Values{"b": {"2"}, "a": {"1"}}
	online := web(t, base+"/key-in-path/v1?apikey=another-secret", o)
	first, err := online.Get(t.Context(), "/prices", query)
	if err != nil {
		t.Fatal(err)
	}
	want := pricing.Page{Host: base, Path: "/prices?a=1&b=2", Status: 200, Body: []byte("/key-in-path/v1/prices?2"), Time: received}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("page (-want +got):\n%s", diff)
	}
	o.Offline, o.Header = true, nil
	offline := web(t, base, o)
	again, err := offline.Get(t.Context(), "/prices", query)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("offline differs (-online +offline):\n%s", diff)
	}
	if _, err := offline.Get(t.Context(), "/other", nil); !errors.Is(err, pricing.ErrNotRecorded) {
		t.Errorf("error = %v, want ErrNotRecorded", err)
	}
	if asked.Load() != 1 || record.Len() != 1 {
		t.Errorf("%d requests, %d pages; want one of each", asked.Load(), record.Len())
	}
}

func TestWebTriesAgain(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		statuses []int // the last one for all that follow
		tries    int64
		want     int // status of the error; zero: none
	}{
		{"fine", []int{200}, 1, 0},
		{"unknown asset is an answer", []int{404}, 1, 0},
		{"passes", []int{503, 429, 200}, 3, 0},
		{"stays", []int{500}, 5, 500},
		{"refused for good", []int{401}, 1, 401},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int64
			base, asked := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(row.statuses[min(int(n.Add(1)), len(row.statuses))-1])
			})
			_, err := web(t, base, pricing.WebOptions{}).Get(t.Context(), "/", nil)
			var status *pricing.StatusError
			if errors.As(err, &status); (err != nil) != (row.want != 0) || status != nil && status.Status != row.want {
				t.Errorf("error = %v, want status %d", err, row.want)
			}
			if asked.Load() != row.tries {
				t.Errorf("asked %d times, want %d", asked.Load(), row.tries)
			}
		})
	}
}

func TestWebHidesKeys(t *testing.T) {
	t.Parallel()
	base, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("bad key " + r.Header.Get("X-Key") + " at " + r.URL.String() + "\x1b[31m"))
	})
	header := http.Header{"X-Key": {"secret-of-mine"}}
	refused := web(t, base+"/key-in-path/?apikey=another-secret", pricing.WebOptions{Header: header})
	_, err := refused.Get(t.Context(), "/prices", nil)
	dead := web(t, "http://127.0.0.1:1/key-in-path?apikey=another-secret", pricing.WebOptions{Tries: 1})
	_, unreachable := dead.Get(t.Context(), "/prices", nil)
	for _, err := range []error{err, unreachable} {
		if err == nil {
			t.Fatal("no error")
		}
		for _, secret := range []string{"secret-of-mine", "another-secret", "key-in-path", "\x1b"} {
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error shows %q: %v", secret, err)
			}
		}
	}
}

func TestWebBounds(t *testing.T) {
	t.Parallel()
	base, asked := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 100)) })
	_, err := web(t, base, pricing.WebOptions{MaxBody: 99}).Get(t.Context(), "/", nil)
	if !errors.Is(err, pricing.ErrTooLarge) || asked.Load() != 1 {
		t.Errorf("error = %v after %d requests, want ErrTooLarge after one", err, asked.Load())
	}
	if _, err := web(t, base, pricing.WebOptions{MaxBody: 100}).Get(t.Context(), "/", nil); err != nil {
		t.Errorf("a page as large as allowed: %v", err)
	}
}

func TestWebStopsWithTheContext(t *testing.T) {
	t.Parallel()
	base, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) })
	w, err := pricing.NewWeb(base, pricing.WebOptions{Every: time.Microsecond, First: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := w.Get(ctx, "/", nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error = %v, want the deadline", err)
	}
}

func TestNewWebRefuses(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"", "coins.llama.fi", "ftp://x/y", "http://", "https://%zz/secret-key"} {
		if _, err := pricing.NewWeb(base, pricing.WebOptions{}); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("NewWeb(%q) = %v; want an error without the address", base, err)
		}
	}
}

// broken is a record that cannot be used.
type broken struct{}

func (broken) Find(context.Context, string, string) (pricing.Page, bool, error) {
	return pricing.Page{}, false, errors.New("disk is gone")
}
func (broken) Keep(context.Context, pricing.Page) error { return errors.New("disk is gone") }

func TestWebSaysWhenTheRecordFails(t *testing.T) {
	t.Parallel()
	base, asked := serve(t, func(http.ResponseWriter, *http.Request) {})
	_, err := web(t, base, pricing.WebOptions{Record: broken{}}).Get(t.Context(), "/", nil)
	if err == nil || !strings.Contains(err.Error(), "disk is gone") || asked.Load() != 0 {
		t.Errorf("error = %v after %d requests", err, asked.Load())
	}
}
