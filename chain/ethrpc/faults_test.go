package ethrpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/core/types"
	"github.com/google/go-cmp/cmp"

	"losstracer/chain"
	"losstracer/chain/chaintest"
)

// TestFaultsChangeNothing: with every fourth request failing in one way or
// another, calls and logs are answered as without, and so is the record.
func TestFaultsChangeNothing(t *testing.T) {
	t.Parallel()
	perBlock := make([]int, 400)
	for i := range perBlock {
		perBlock[i] = i * 7 % 23
	}
	for _, maxBlocks := range []uint64{0, 5, 60} {
		for seed := range uint64(2) {
			t.Run(fmt.Sprintf("%d blocks, seed %d", maxBlocks, seed), func(t *testing.T) {
				t.Parallel()
				node := &logNode{logs: someLogs(1000, perBlock...), head: 2000, maxBlocks: maxBlocks}
				direct := node.serve(t)
				faulty, proxy := chaintest.FaultProxy(t, direct, seed, 0.25)
				proxy.Delay = time.Millisecond

				calm, stormy := &Transcript{AnyHost: true}, &Transcript{AnyHost: true}
				for _, run := range []struct {
					url    string
					record *Transcript
				}{{direct, calm}, {faulty, stormy}} {
					c := client(t, run.url, Options{Recorder: run.record, Retries: 12})
					got, _, err := collect(t, c, LogQuery{From: 1000, To: 1399})
					if err != nil {
						t.Fatal(err)
					}
					if diff := diffLogs(node.logs, got); diff != "" {
						t.Fatalf("(-want +got)\n%s", diff)
					}
				}
				if a, b := transcriptText(t, calm, direct), transcriptText(t, stormy, faulty); a != b {
					t.Errorf("the record of the run with faults is another (-calm +stormy)\n%s", cmp.Diff(strings.Split(a, "\n"), strings.Split(b, "\n")))
				}
				// And without a record, where answers are read as they come.
				got, _, err := collect(t, client(t, faulty, Options{Retries: 12}), LogQuery{From: 1000, To: 1399})
				if err != nil {
					t.Fatal(err)
				}
				if diff := diffLogs(node.logs, got); diff != "" {
					t.Fatalf("(-want +got)\n%s", diff)
				}
				if maxBlocks == 5 && len(proxy.Injected()) == 0 {
					t.Error("no fault was injected")
				}
			})
		}
	}
}

// transcriptText is a transcript with members in alphabetical order, because
// the proxy writes answers anew, and without the port of the host.
func transcriptText(t *testing.T, record *Transcript, host string) string {
	t.Helper()
	var b, text bytes.Buffer
	if _, err := record.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	for lines := json.NewDecoder(&b); lines.More(); {
		var line any
		if err := lines.Decode(&line); err != nil {
			t.Fatal(err)
		}
		if err := json.NewEncoder(&text).Encode(line); err != nil {
			t.Fatal(err)
		}
	}
	return strings.ReplaceAll(text.String(), host, "HOST")
}

// TestRecordedRunsSplitAlike: what this side made of an endpoint, that it is
// too slow for a range or answers with too much, is in the record as well, so
// that a run from it asks for the same ranges.
func TestRecordedRunsSplitAlike(t *testing.T) {
	t.Parallel()
	width := func(r wireRequest) int {
		var from, to int
		text := string(r.Params)
		fmt.Sscanf(text[strings.Index(text, `"fromBlock":"`):], `"fromBlock":"0x%x"`, &from)
		fmt.Sscanf(text[strings.Index(text, `"toBlock":"`):], `"toBlock":"0x%x"`, &to)
		return to - from + 1
	}
	for _, test := range []struct {
		name  string
		o     Options
		spoil func(*http.Request, wireRequest, []byte) []byte
		first string // the range after the first
	}{
		// Only the first range is too slow, and the others have much more time than
		// they need: on a machine with other tests to run, none of them is.
		{"too slow", Options{Timeout: 2 * time.Second}, func(r *http.Request, q wireRequest, answer []byte) []byte {
			if q.Method == "eth_getLogs" && width(q) > 16 {
				<-r.Context().Done()
			}
			return answer
		}, "1000-1015"},
		{"too much", Options{MaxResponse: 60_000}, nil, "1000-1005"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			node := &logNode{logs: someLogs(1000, slices.Repeat([]int{20}, 32)...), head: 2000, spoil: test.spoil}
			url := node.serve(t)
			test.o.Recorder = &Transcript{}
			for _, offline := range []bool{false, true} {
				test.o.Offline = offline
				got, cover, err := collect(t, client(t, url, test.o), LogQuery{From: 1000, To: 1031})
				if err != nil {
					t.Fatalf("offline %v: %v", offline, err)
				}
				if diff := diffLogs(node.logs, got); diff != "" || cover.Ranges < 2 {
					t.Fatalf("offline %v, %d ranges (-want +got)\n%s", offline, cover.Ranges, diff)
				}
			}
			if asked := node.take(); !slices.Contains(asked, test.first) {
				t.Errorf("asked for %v", asked)
			}
		})
	}
}

// TestSlowLogsInOneRequest: ranges of logs that an endpoint is too slow for are
// refused as too long each by itself, also where they were asked for together.
func TestSlowLogsInOneRequest(t *testing.T) {
	t.Parallel()
	s := handlerServer(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does it show that the asker has gone
		<-r.Context().Done()
	})
	c := client(t, s.URL, Options{Timeout: 50 * time.Millisecond})
	query := LogQuery{}
	answers, err := c.Do(t.Context(), []Call{query.call(chain.Window{From: 1, To: 1000}), query.call(chain.Window{From: 1001, To: 2000})})
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range answers {
		if class, _ := Classify(a.Err); class != Size {
			t.Errorf("%v is %s, want %s", a.Err, class, Size)
		}
	}
}

// TestWrongAnswersDoNotStick: an answer that is found to be wrong is asked for
// again, also when it comes from the record.
func TestWrongAnswersDoNotStick(t *testing.T) {
	t.Parallel()
	node := &logNode{logs: someLogs(50, 3, 9, 3), head: 99}
	url := node.serve(t)
	record := &Transcript{}
	query := LogQuery{From: 50, To: 52}
	c := client(t, url, Options{Recorder: record})
	bad := `[{"address":"0x12"}]`
	if err := record.Keep(t.Context(), Exchange{Host: c.Host(), Call: query.call(chain.Window{From: 50, To: 52}), Result: []byte(bad)}); err != nil {
		t.Fatal(err)
	}
	offline := client(t, url, Options{Recorder: record, Offline: true})
	if _, err := offline.Logs(t.Context(), query, nil); !errors.Is(err, ErrNotRecorded) {
		t.Errorf("offline without the last block: %v", err)
	}
	for range 2 {
		got, _, err := collect(t, c, query)
		if err != nil {
			t.Fatal(err)
		}
		if diff := diffLogs(node.logs, got); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
	if asked := node.take(); len(asked) != 1 {
		t.Errorf("asked for %v, want it once", asked)
	}
	got, _, err := collect(t, offline, query)
	if err != nil || diffLogs(node.logs, got) != "" {
		t.Errorf("offline: %v, %d logs", err, len(got))
	}
}

// TestCallersMayUseTheClient: fn may make calls of its own, whatever is under
// way for the logs.
func TestCallersMayUseTheClient(t *testing.T) {
	t.Parallel()
	node := &logNode{logs: someLogs(1000, slices.Repeat([]int{400}, 200)...), head: 2000, maxBlocks: 80}
	c := client(t, node.serve(t), Options{MaxInFlight: 1})
	n := 0
	_, err := c.Logs(t.Context(), LogQuery{From: 1000, To: 1199}, func(l *types.Log) error {
		if n++; n%9000 != 0 {
			return nil
		}
		return c.One(t.Context(), nil, "eth_getBlockByNumber", "0x1", false)
	})
	if err != nil || n != len(node.logs) {
		t.Errorf("%d logs, %v", n, err)
	}
	stop := errors.New("enough")
	if _, err := c.Logs(t.Context(), LogQuery{From: 1000, To: 1199}, func(*types.Log) error { return stop }); err != stop {
		t.Errorf("error %v, want the caller's own", err)
	}
}
