package ethrpc

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"losstracer/chain"
)

// diffLogs compares logs by their JSON form.
func diffLogs(want, got []types.Log) string {
	text := func(logs []types.Log) []string {
		list := make([]string, len(logs))
		for i, l := range logs {
			list[i] = (&logNode{}).log(l)
		}
		return list
	}
	a, b := text(want), text(got)
	if slices.Equal(a, b) {
		return ""
	}
	return cmp.Diff(a, b)
}

func TestLogsAreSplitAsRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		node *logNode
		want []string // ranges asked for, in any order
	}{
		{"one answer", &logNode{}, []string{"1000-1015"}},
		{"a limit of blocks", &logNode{maxBlocks: 6}, []string{"1000-1005", "1000-1015", "1006-1011", "1012-1015"}},
		{"too many results, halves", &logNode{maxResults: 20}, []string{"1000-1007", "1000-1015", "1008-1015"}},
		{"too many results, with a hint", &logNode{maxResults: 29, hint: true}, []string{"1000-1013", "1000-1015", "1014-1015"}},
		{"answers backwards", &logNode{shuffle: true}, []string{"1000-1015"}},
		{"members that nobody knows", &logNode{extra: `"l1BlockNumber":{"a":["}",1]},"x":"é\""`}, []string{"1000-1015"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.node.logs = someLogs(1000, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 3, 2)
			test.node.head = 2000
			c := client(t, test.node.serve(t), Options{})
			got, cover, err := collect(t, c, LogQuery{From: 1000, To: 1015})
			if err != nil {
				t.Fatal(err)
			}
			if diff := diffLogs(test.node.logs, got); diff != "" {
				t.Errorf("logs (-want +got)\n%s", diff)
			}
			asked := test.node.take()
			slices.Sort(asked)
			if diff := cmp.Diff(test.want, asked); diff != "" {
				t.Errorf("ranges (-want +got)\n%s", diff)
			}
			want := LogCoverage{Window: chain.Window{From: 1000, To: 1015}, Hosts: c.Hosts(), Logs: 34, Ranges: cover.Ranges, Blocks: test.node.maxBlocks}
			if diff := cmp.Diff(want, cover); diff != "" {
				t.Errorf("coverage (-want +got)\n%s", diff)
			}
			if test.node.maxBlocks == 0 {
				return
			}
			if _, _, err := collect(t, c, LogQuery{From: 1000, To: 1007}); err != nil {
				t.Fatal(err)
			}
			asked = test.node.take()
			slices.Sort(asked)
			if diff := cmp.Diff([]string{"1000-1005", "1006-1007"}, asked); diff != "" {
				t.Errorf("ranges once the limit is known (-want +got)\n%s", diff)
			}
		})
	}
}

// TestProbeMeasuresLogs: a limit that is not named, or not truly, is found by
// trying, and known to the next run from the record.
func TestProbeMeasuresLogs(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		words  string
		limit  uint64
		want   uint64
		ranges []string // of the blocks 199,000 to 199,999
	}{
		{"Block range is too large", 700, 500, []string{"199000-199499", "199500-199999"}},
		{"Requested range exceeds maximum RPC range limit", 1000, 1000, []string{"199000-199999"}},
		{"Block range limit exceeded.", 10_000, 10_000, []string{"199000-199999"}},
		{"Block range limit exceeded.", 500, 500, []string{"199000-199499", "199500-199999"}},
		{"eth_getLogs is limited to a 500 range", 500, 500, []string{"199000-199499", "199500-199999"}},
	} {
		t.Run(fmt.Sprintf("%s at %d", test.words, test.limit), func(t *testing.T) {
			t.Parallel()
			node := &logNode{head: 250_000, maxBlocks: test.limit, silent: test.words}
			url, record := node.serve(t), &Transcript{}
			for _, o := range []Options{{Recorder: record}, {Recorder: record, Offline: true}, {Recorder: record}} {
				c := client(t, url, o)
				p, err := Probe(t.Context(), c)
				if err != nil {
					t.Fatal(err)
				}
				if got := p.Offer("eth_getLogs"); !got.Usable || got.Blocks != test.want {
					t.Errorf("eth_getLogs: %+v, want %d blocks", got, test.want)
				}
				node.take()
				_, cover, err := collect(t, c, LogQuery{From: 199_000, To: 199_999})
				if err != nil || cover.Blocks != test.want {
					t.Fatalf("%+v, %v", cover, err)
				}
				asked := node.take()
				slices.Sort(asked)
				if diff := cmp.Diff(test.ranges, asked); diff != "" {
					t.Errorf("asked (-want +got)\n%s", diff)
				}
				test.ranges = nil // the record has them
			}
		})
	}
}

// TestUnnamedLimitIsLearned: halves are asked for once, not at every call.
func TestUnnamedLimitIsLearned(t *testing.T) {
	t.Parallel()
	node := &logNode{head: 2000, maxBlocks: 6, silent: "Block range is too large"}
	c := client(t, node.serve(t), Options{})
	for _, want := range [][]string{
		{"1000-1003", "1000-1007", "1000-1015", "1004-1007", "1008-1011", "1008-1015", "1012-1015"},
		{"1000-1003", "1004-1007", "1008-1011", "1012-1015"},
	} {
		if _, _, err := collect(t, c, LogQuery{From: 1000, To: 1015}); err != nil {
			t.Fatal(err)
		}
		asked := node.take()
		slices.Sort(asked)
		if diff := cmp.Diff(want, asked); diff != "" {
			t.Errorf("asked (-want +got)\n%s", diff)
		}
	}
}

func TestLogsCutOffInSilenceAreFound(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		perBlock  []int
		truncated []chain.Window
		doubtful  []chain.Window
	}{
		{"cut off", []int{60, 60, 60}, []chain.Window{{From: 50, To: 52}, {From: 50, To: 51}}, nil},
		{"exactly so many", []int{40, 30, 30}, nil, nil},
		{"one block", []int{7, 100, 3}, []chain.Window{{From: 50, To: 52}, {From: 50, To: 51}}, []chain.Window{{From: 51, To: 51}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			node := &logNode{logs: someLogs(50, test.perBlock...), head: 99, cutAt: 100}
			got, cover, err := collect(t, client(t, node.serve(t), Options{}), LogQuery{From: 50, To: 52})
			if err != nil {
				t.Fatal(err)
			}
			if diff := diffLogs(node.logs, got); diff != "" {
				t.Errorf("logs (-want +got)\n%s", diff)
			}
			slices.SortFunc(cover.Truncated, func(a, b chain.Window) int { return int(b.To) - int(a.To) })
			if diff := cmp.Diff(test.truncated, cover.Truncated); diff != "" {
				t.Errorf("truncated (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(test.doubtful, cover.Doubtful); diff != "" {
				t.Errorf("doubtful (-want +got)\n%s", diff)
			}
		})
	}
}

// An endpoint that cuts off at a number that nobody knows has more behind the
// last log of an answer, or before the first. All of it is found, whether answers
// are held or read as they come.
func TestLogsCutOffAtAnyNumber(t *testing.T) {
	t.Parallel()
	var perBlock []int
	for i := range 60 {
		perBlock = append(perBlock, i%13)
	}
	for _, test := range []struct {
		name   string
		cut    int
		oldest bool
		limit  uint64
	}{
		{"the first 137", 137, true, 0},
		{"the last 137", 137, false, 0},
		{"within a limit of blocks", 117, true, 25},
		{"all", 0, false, 0},
		{"all, a few blocks at once", 0, false, 20},
	} {
		for i := range 4 {
			held, shuffled := i%2 == 1, i > 1
			t.Run(fmt.Sprintf("%s, held %t, shuffled %t", test.name, held, shuffled), func(t *testing.T) {
				t.Parallel()
				node := &logNode{logs: someLogs(50, perBlock...), head: 199, cutAt: test.cut, oldest: test.oldest, shuffle: shuffled, maxBlocks: test.limit}
				o := Options{}
				if held {
					o.Recorder = &Transcript{}
				}
				got, cover, err := collect(t, client(t, node.serve(t), o), LogQuery{From: 40, To: 139})
				if err != nil {
					t.Fatal(err)
				}
				if diff := diffLogs(node.logs, got); diff != "" {
					t.Errorf("logs (-want +got)\n%s", diff)
				}
				if cut := node.cutAt > 0; (len(cover.Truncated) > 0) != cut || len(cover.Doubtful) > 0 {
					t.Errorf("truncated %v, doubtful %v", cover.Truncated, cover.Doubtful)
				}
			})
		}
	}
}

// A cut within the first or the last block that holds logs leaves nothing in
// the blocks beyond, and is found as well.
func TestLogsCutOffWithinABlock(t *testing.T) {
	t.Parallel()
	logs := someLogs(50, 9, 60, 0, 70, 9)
	for _, test := range []struct {
		name   string
		oldest bool
		to     uint64
	}{
		{"at the end of the window", true, 54},
		{"before blocks without logs", true, 99},
		{"in the first block", false, 99},
	} {
		for i := range 4 {
			held, shuffled := i%2 == 1, i > 1
			t.Run(fmt.Sprintf("%s, held %t, shuffled %t", test.name, held, shuffled), func(t *testing.T) {
				t.Parallel()
				node := &logNode{logs: logs, head: 199, cutAt: len(logs) - 4, oldest: test.oldest, shuffle: shuffled}
				o := Options{}
				if held {
					o.Recorder = &Transcript{}
				}
				got, cover, err := collect(t, client(t, node.serve(t), o), LogQuery{From: 50, To: test.to})
				if err != nil {
					t.Fatal(err)
				}
				if diff := diffLogs(logs, got); diff != "" {
					t.Errorf("logs (-want +got)\n%s", diff)
				}
				if len(cover.Truncated) == 0 || len(cover.Doubtful) > 0 {
					t.Errorf("truncated %v, doubtful %v", cover.Truncated, cover.Doubtful)
				}
			})
		}
	}
}

// A block that holds more logs than the endpoint gives of one is doubtful; those
// beside it are had all the same. Whichever logs it keeps, and also where the
// block is asked for by itself after an answer that was cut off.
func TestBlockLargerThanAnswers(t *testing.T) {
	t.Parallel()
	const cut = 137
	for _, test := range []struct {
		name    string
		oldest  bool
		windows []chain.Window
	}{
		{"the first", true, []chain.Window{{From: 50, To: 99}}},
		{"the last", false, []chain.Window{{From: 50, To: 99}}},
		{"the last, in a call of its own", false, []chain.Window{{From: 52, To: 99}, {From: 51, To: 51}, {From: 50, To: 50}}},
	} {
		for _, held := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, held %t", test.name, held), func(t *testing.T) {
				t.Parallel()
				node := &logNode{logs: someLogs(50, 9, 200, 0, 60, 70, 70, 70), head: 199, cutAt: cut, oldest: test.oldest}
				o := Options{}
				if held {
					o.Recorder = &Transcript{}
				}
				c := client(t, node.serve(t), o)
				logs := 0
				var doubtful []chain.Window
				for _, w := range test.windows {
					got, cover, err := collect(t, c, LogQuery{From: w.From, To: w.To})
					if err != nil {
						t.Fatal(err)
					}
					logs, doubtful = logs+len(got), append(doubtful, cover.Doubtful...)
				}
				if want := len(node.logs) - 200 + cut; logs != want {
					t.Errorf("%d logs, want %d", logs, want)
				}
				if diff := cmp.Diff([]chain.Window{{From: 51, To: 51}}, doubtful); diff != "" {
					t.Errorf("doubtful (-want +got)\n%s", diff)
				}
			})
		}
	}
}

// Of an answer that is too long to be held, what is missing behind is asked for
// and what is missing in front is doubtful, also where both are.
func TestLongAnswersCutOff(t *testing.T) {
	t.Parallel()
	perBlock := make([]int, 300)
	for i := range perBlock {
		perBlock[i] = 200
	}
	for _, test := range []struct {
		name      string
		cut, skip int
		doubtful  bool
		truncated bool
	}{
		{"behind", 30_000, 0, false, true},
		{"in front", 50_100, 9_900, true, false},
		{"at both ends", 30_000, 5_000, true, true},
		{"at both ends, within blocks", 30_050, 5_050, true, true},
		{"within the last block", 59_900, 0, false, true},
		{"not at all", 0, 0, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			node := &logNode{logs: someLogs(1000, perBlock...), head: 2000, cutAt: test.cut, oldest: true, skip: test.skip}
			got, cover, err := collect(t, client(t, node.serve(t), Options{}), LogQuery{From: 1000, To: 1299})
			if err != nil {
				t.Fatal(err)
			}
			if want := len(node.logs) - test.skip; len(got) != want {
				t.Errorf("%d logs, want %d", len(got), want)
			}
			front := slices.ContainsFunc(cover.Doubtful, func(w chain.Window) bool { return w.From == 1000 })
			if front != test.doubtful || (len(cover.Truncated) > 0) != test.truncated {
				t.Errorf("truncated %v, doubtful %v", cover.Truncated, cover.Doubtful)
			}
		})
	}
}

// Answers are looked at beyond their ends where they are longer than any that
// was whole, so that a long history costs few questions more.
func TestWholeAnswersAreBelieved(t *testing.T) {
	t.Parallel()
	var perBlock []int
	for i := range 600 {
		perBlock = append(perBlock, (7*i)%20)
	}
	node := &logNode{logs: someLogs(50, perBlock...), head: 999, maxBlocks: 20}
	if _, _, err := collect(t, client(t, node.serve(t), Options{}), LogQuery{From: 50, To: 649}); err != nil {
		t.Fatal(err)
	}
	if n := len(node.take()); n < 31 || n > 36 {
		t.Errorf("%d ranges were asked for, want 31 and a few", n)
	}
}

func TestLogsFailLoudly(t *testing.T) {
	t.Parallel()
	logs := someLogs(50, 3, 9, 3)
	change := func(old, new string) func(*http.Request, wireRequest, []byte) []byte {
		return func(_ *http.Request, r wireRequest, answer []byte) []byte {
			return bytes.Replace(answer, []byte(old), []byte(new), 1)
		}
	}
	for _, test := range []struct {
		name    string
		node    *logNode
		query   LogQuery
		covered uint64 // last block that is
		is      error
		says    string
	}{
		{name: "one block is too much", node: &logNode{maxResults: 5}, covered: 50, says: "blocks 51-51: eth_getLogs: query returned more than 5"},
		{name: "the last block is not there", node: &logNode{head: 51}, is: ErrNoBlock},
		{name: "a log taken back", node: &logNode{spoil: change(`"removed":false`, `"removed":true`)}, is: ErrBadLog, says: "took back"},
		{name: "a block outside", node: &logNode{spoil: change(`"blockNumber":"0x32"`, `"blockNumber":"0x99"`)}, is: ErrBadLog, says: "outside"},
		{name: "two hashes", node: &logNode{spoil: change(`"blockHash":"0x0b`, `"blockHash":"0x0c`)}, is: ErrBadLog, says: "two hashes"},
		{name: "a short address", node: &logNode{spoil: change(`"address":"0x00`, `"address":"0x`)}, is: ErrBadLog, says: "digits"},
		{name: "not hexadecimal", node: &logNode{spoil: change(`"address":"0x00`, `"address":"0x0g`)}, is: ErrBadLog},
		{name: "no data", node: &logNode{spoil: change(`"data"`, `"date"`)}, is: ErrBadLog, says: "without data"},
		{name: "data twice", node: &logNode{extra: `"data":"0x"`}, is: ErrBadLog, says: "twice"},
		{name: "pending", node: &logNode{spoil: change(`"blockNumber":"0x32"`, `"blockNumber":null`)}, is: ErrBadLog},
		{name: "null", node: &logNode{spoil: func(_ *http.Request, r wireRequest, answer []byte) []byte {
			if r.Method == "eth_getLogs" {
				return []byte(`{"id":1,"result":null}`)
			}
			return answer
		}}, is: ErrNoAnswer},
		{name: "another contract", query: LogQuery{Addresses: []common.Address{{9}}}, node: &logNode{spoil: change(`"result":[]`, `"result":[`+(&logNode{}).log(logs[0])+`]`)}, is: ErrBadLog, says: "contract"},
		{name: "another topic", query: LogQuery{Topics: [][]common.Hash{{{2}}}}, node: &logNode{}, is: ErrBadLog, says: "topic"},
		{name: "too few topics", query: LogQuery{Topics: [][]common.Hash{nil, {{2}}}}, node: &logNode{}, is: ErrBadLog, says: "topics"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.node.logs = logs
			test.node.head = max(test.node.head, 51)
			if test.is != ErrNoBlock {
				test.node.head = 99
			}
			test.query.From, test.query.To = 50, 52
			got, cover, err := collect(t, client(t, test.node.serve(t), Options{Retries: 1}), test.query)
			var where *LogsError
			if !errors.As(err, &where) || test.is != nil && !errors.Is(err, test.is) || !strings.Contains(fmt.Sprint(err), test.says) {
				t.Fatalf("error %v, want %v with %q", err, test.is, test.says)
			}
			if test.covered > 0 && cover.Window != (chain.Window{From: 50, To: test.covered}) {
				t.Errorf("covered %v, want up to %d", cover.Window, test.covered)
			}
			for i := range got {
				if diff := diffLogs(logs[i:i+1], got[i:i+1]); diff != "" {
					t.Errorf("log %d was handed over (-want +got)\n%s", i, diff)
				}
			}
		})
	}
}

// TestAnyLimitsGiveTheSameLogs: whatever an endpoint refuses, cuts off or
// turns round, the logs are the same, and the record of a run gives them again
// without a request.
func TestAnyLimitsGiveTheSameLogs(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		node := &logNode{
			logs:       someLogs(1000, rapid.SliceOfN(rapid.IntRange(0, 40), 1, 40).Draw(rt, "per block")...),
			head:       2000,
			maxBlocks:  rapid.Uint64Range(0, 12).Draw(rt, "max blocks"),
			maxResults: rapid.SampledFrom([]int{0, 40, 99, 120}).Draw(rt, "max results"),
			hint:       rapid.Bool().Draw(rt, "hint"),
			cutAt:      rapid.SampledFrom([]int{0, 100}).Draw(rt, "cut off"),
			shuffle:    rapid.Bool().Draw(rt, "backwards"),
			extra:      rapid.SampledFrom([]string{"", `"new":[{}]`}).Draw(rt, "extra"),
		}
		query := LogQuery{From: 1000 + rapid.Uint64Range(0, 5).Draw(rt, "from"), To: 1000 + rapid.Uint64Range(5, 60).Draw(rt, "to")}
		var want []types.Log
		for _, l := range node.logs {
			if query.From <= l.BlockNumber && l.BlockNumber <= query.To {
				want = append(want, l)
			}
		}
		url := node.serve(t)
		record := &Transcript{}
		for _, o := range []Options{{}, {Recorder: record}, {Recorder: record, Offline: true}} {
			o.MaxInFlight = rapid.IntRange(1, 5).Draw(rt, "in flight")
			if o.Recorder != nil {
				o.MaxInFlight = 3
			}
			c := client(t, url, o)
			got, cover, err := collect(t, c, query)
			if err != nil {
				rt.Fatalf("recorder %v, offline %v: %v", o.Recorder != nil, o.Offline, err)
			}
			if diff := diffLogs(want, got); diff != "" {
				rt.Fatalf("(-want +got)\n%s", diff)
			}
			if cover.Window != (chain.Window{From: query.From, To: query.To}) || int(cover.Logs) != len(want) {
				rt.Fatalf("coverage %+v", cover)
			}
			if o.Offline && c.Requests().HTTP != 0 {
				rt.Fatal("asked offline")
			}
		}
	})
}

// TestLongAnswersGoOnWhereTheyBroke: a body that is cut off after more logs
// than are held back is asked for again from its last block on, and no log is
// handed over twice or left out.
func TestLongAnswersGoOnWhereTheyBroke(t *testing.T) {
	t.Parallel()
	perBlock := make([]int, 300)
	for i := range perBlock {
		perBlock[i] = 200
	}
	for _, test := range []struct {
		name  string
		spoil bool
		limit int64
	}{
		{"truncated bodies", true, 0},
		{"a limit on the answer", false, 20 << 20},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			node := &logNode{logs: someLogs(1000, perBlock...), head: 2000}
			breaks := 0
			if test.spoil {
				node.spoil = func(_ *http.Request, r wireRequest, answer []byte) []byte {
					if breaks++; breaks <= 4 && r.Method == "eth_getLogs" {
						return answer[:len(answer)*2/3]
					}
					return answer
				}
			}
			got, cover, err := collect(t, client(t, node.serve(t), Options{MaxInFlight: 1, MaxResponse: test.limit}), LogQuery{From: 1000, To: 1299})
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(node.logs) || cover.Logs != uint64(len(got)) {
				t.Fatalf("%d logs, want %d", len(got), len(node.logs))
			}
			for i := range got {
				if got[i].BlockNumber != node.logs[i].BlockNumber || got[i].Index != node.logs[i].Index {
					t.Fatalf("log %d is %d of block %d", i, got[i].Index, got[i].BlockNumber)
				}
			}
			if asked := node.take(); len(asked) < 2 || asked[1] == asked[0] {
				t.Errorf("asked for %v: the second range ought to begin later", asked)
			}
		})
	}
}
