package casefile_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"losstracer/chain/chaintest"
	"losstracer/chain/ethrpc"
	"losstracer/trace/casefile"
)

// TestPaceIsCarriedOver: a process that goes on with a case asks in batches of
// the size, and at the rate, that the endpoint bore before; a day later it finds
// out anew, and so does one that looks at the chain anew.
func TestPaceIsCarriedOver(t *testing.T) {
	t.Parallel()
	var tooLong, tooMany, asked atomic.Int64
	plain := &scripted{answer: func(method string, _ json.RawMessage) (any, int, string) {
		if method == "eth_chainId" {
			return "0x1", 0, ""
		}
		return "0x5", 0, ""
	}}
	var complain atomic.Bool
	url := chaintest.Host(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		asked.Add(1)
		switch {
		case complain.CompareAndSwap(true, false):
			tooMany.Add(1)
			http.Error(w, "slow down", http.StatusTooManyRequests)
			return
		case strings.Count(string(body), `"method"`) > 7:
			tooLong.Add(1)
			fmt.Fprint(w, `[{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"Batch size is too large"}}]`)
			return
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		plain.ServeHTTP(w, r)
	}))
	path := filepath.Join(t.TempDir(), "x.case")
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	block := 0
	rushed := true // what is asked next is too much for the rate
	process := func(update bool) ethrpc.Pace {
		t.Helper()
		f, err := casefile.Open(t.Context(), path, casefile.Options{Write: true, Tool: "test", Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		plan := casefile.Plan{Update: update, RPC: ethrpc.Options{Sleep: func(context.Context, time.Duration) error { return nil }}}
		links, err := f.Connect(t.Context(), []string{url}, plan)
		if err != nil {
			t.Fatal(err)
		}
		start := casefile.PaceOf(links[0])
		complain.Store(rushed)
		var calls []ethrpc.Call
		for range 60 {
			block++
			calls = append(calls, call("eth_getBalance", "0xaa", fmt.Sprintf("0x%x", block)))
		}
		answers, err := links[0].Do(t.Context(), calls)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range answers {
			if a.Err != nil {
				t.Fatal(a.Err)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		return start
	}
	if first := process(false); first != (ethrpc.Pace{}) || tooLong.Load() == 0 || tooMany.Load() == 0 {
		t.Fatalf("the first process began at %+v and was refused %d and %d times", first, tooLong.Load(), tooMany.Load())
	}
	tooLong.Store(0)
	rushed = false
	second := process(false)
	if n := tooLong.Load(); n != 0 || second.Batch == 0 || second.Batch > 7 || second.PerMinute == 0 {
		t.Errorf("the second process began at %+v and was refused %d times", second, n)
	}
	// A complaint about the rate is no news of the batch.
	now, rushed = now.Add(20*time.Hour), true
	if third := process(false); third.Batch == 0 {
		t.Errorf("the third process began at %+v", third)
	}
	rushed = false
	for _, row := range []struct {
		name   string
		after  time.Duration
		update bool
	}{
		{"a day after the batch was found", 5 * time.Hour, false},
		{"a day later", 25 * time.Hour, false},
		{"anew", 0, true},
	} {
		tooLong.Store(0)
		now = now.Add(row.after)
		if start := process(row.update); start != (ethrpc.Pace{}) || tooLong.Load() == 0 {
			t.Errorf("%s it began at %+v and was refused %d times", row.name, start, tooLong.Load())
		}
		if next := process(false); next.Batch == 0 {
			t.Errorf("what was found %s was not kept", row.name)
		}
	}
}

// TestFormerCases: a case of the version that had no pace is read as it is, and
// gets the table when it is written to.
func TestFormerCases(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "x.case")
	e := ethrpc.Exchange{Host: "http://host", Call: call("eth_getBalance", "0xaa", "0x5"), Result: json.RawMessage(`"0x7"`), Time: time.Now()}
	made, err := casefile.Open(t.Context(), path, casefile.Options{Write: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := casefile.Keep(made, 1, e); err != nil {
		t.Fatal(err)
	}
	if err := made.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"DROP TABLE pace", "PRAGMA user_version = 2"} {
		if _, err := db.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, write := range []bool{false, true, false} {
		f, err := casefile.Open(t.Context(), path, casefile.Options{Write: write})
		if err != nil {
			t.Fatalf("write %t: %v", write, err)
		}
		result, known, err := casefile.Find(f, 1, e.Host, e.Call)
		if err != nil || !known || string(result) != `"0x7"` {
			t.Errorf("write %t: %s, %t, %v", write, result, known, err)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}
