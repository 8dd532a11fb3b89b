package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"losstracer/chain/chaintest"
)

// manyWriteUps is a folder of write-ups of the small theft, and of one file that
// is none.
func manyWriteUps(t *testing.T, n int) (dir string) {
	t.Helper()
	dir = t.TempDir()
	text, err := os.ReadFile(smallWriteUp(t))
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		write(t, filepath.Join(dir, fmt.Sprintf("theft-%02d.md", i)), bytes.ReplaceAll(text, []byte("Small lost"), fmt.Appendf(nil, "Small %d lost", i)))
	}
	write(t, filepath.Join(dir, "nothing.md"), []byte("# No front matter\n\nThe attacker is 0x00000000000000000000000000000000000000a1.\n"))
	write(t, filepath.Join(dir, "README.md"), []byte("# Write-ups of thefts\n\nSee 0x00000000000000000000000000000000000000a1.\n"))
	write(t, filepath.Join(dir, "notes.md"), []byte("Ask the desk.\n"))
	return dir
}

// summary reads summary.csv, by incident.
func summary(t *testing.T, out string) map[string]map[string]string {
	t.Helper()
	f, err := os.Open(filepath.Join(out, "summary.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	records, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]map[string]string{}
	for _, r := range records[1:] {
		row := map[string]string{}
		for i, name := range records[0] {
			row[name] = r[i]
		}
		rows[row["incident"]] = row
	}
	return rows
}

// files returns what stands in the files below a folder.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	sums, err := digests(dir)
	if err != nil {
		t.Fatal(err)
	}
	list := byName(sums)
	list[manifestName] = string(sums)
	return list
}

// crowd counts how many requests are under way at once.
type crowd struct {
	http.Handler
	inside, most atomic.Int64
}

// Who has the first bytes of an answer may ask for the next thing at once: so the
// count goes down before they are sent.
func (c *crowd) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := c.inside.Add(1)
	for seen := c.most.Load(); n > seen && !c.most.CompareAndSwap(seen, n); seen = c.most.Load() {
	}
	answer := httptest.NewRecorder()
	c.Handler.ServeHTTP(answer, r)
	c.inside.Add(-1)
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // whoever asked may have gone away
}

// TestBatch checks several write-ups, one of which is none, with a package for
// each. Each is what it would be alone, and together they ask no more at once
// than one would.
func TestBatch(t *testing.T) {
	t.Parallel()
	server, err := chaintest.NewServer(smallTheft(1), chaintest.Latency(2*time.Millisecond))
	if err != nil {
		t.Fatal(err)
	}
	guests := &crowd{Handler: server}
	url := chaintest.Host(t, guests)
	dir, out := manyWriteUps(t, 9), filepath.Join(t.TempDir(), "out")
	args := []string{"verify", dir, "--rpc", url, "--out", out, "--format", "json"}
	first := losstracer(t, args...)
	if first.status != exitError || strings.Count(first.stderr, "nothing.md:1:1: ") != 1 {
		t.Errorf("exit status: got %d, want %d, with a word on the one that is none\n%s", first.status, exitError, first.stderr)
	}
	if got := guests.most.Load(); got < 2 || got > 4 {
		t.Errorf("%d requests at once, want 2 to 4: several write-ups within the budget of one", got)
	}
	lines := strings.SplitAfter(strings.TrimSuffix(first.stdout, "\n"), "\n")
	if len(lines) != 9 {
		t.Fatalf("%d reports, want 9", len(lines))
	}
	for i, line := range lines {
		alone := losstracer(t, "verify", filepath.Join(dir, fmt.Sprintf("theft-%02d.md", i)), "--rpc", url, "--case", filepath.Join(t.TempDir(), "a.case"), "--format", "json")
		if diff := cmp.Diff(apart(t, alone.stdout), apart(t, line)); diff != "" {
			t.Errorf("report %d (-alone +among others):\n%s", i, diff)
		}
	}
	rows := summary(t, out)
	if len(rows) != 12 || rows["nothing"]["verdict"] != "error" || rows["README"]["verdict"] != "skipped" || rows["notes"]["verdict"] != "skipped" || rows["theft-03"]["verdict"] != "discrepant" || rows["theft-03"]["chains_checked"] != "ethereum" ||
		rows["theft-03"]["report"] != "theft-03/theft-03.html" || rows["theft-03"]["lacking"] != "prices of 1 lost asset" {
		t.Errorf("summary: %v", rows)
	}
	if checked := losstracer(t, "case", "verify", out); checked.status != exitReconciled || strings.Count(checked.stdout, "byte for byte") != 9 {
		t.Errorf("case verify: exit status %d\n%s%s", checked.status, checked.stdout, checked.stderr)
	}

	before := files(t, out)
	server.ResetCounts()
	again := losstracer(t, args...)
	if again.stdout != first.stdout || server.Requests() != 0 {
		t.Errorf("the second run asked %d times; (-first +second):\n%s", server.Requests(), cmp.Diff(first.stdout, again.stdout))
	}
	changed := differing(before, files(t, out))
	if diff := cmp.Diff([]string{manifestName, custodyName}, changed); diff != "" {
		t.Errorf("files that the second run changed (-want +got):\n%s", diff)
	}
	if text := losstracer(t, "verify", dir, "--rpc", url, "--out", out); !strings.Contains(text.stderr, "9 of 10 write-ups were finished before") {
		t.Errorf("nobody says what was finished before:\n%s", text.stderr)
	}
}

// differing names the files that are not the same in two folders.
func differing(a, b map[string]string) []string {
	var names []string
	for _, name := range sortedNames(a, b) {
		if a[name] != b[name] {
			names = append(names, name)
		}
	}
	return names
}

// TestBatchNothingLeft leaves a folder in which all is finished as it is, seal
// included.
func TestBatchNothingLeft(t *testing.T) {
	t.Parallel()
	dir, out := manyWriteUps(t, 3), filepath.Join(t.TempDir(), "out")
	if err := os.Remove(filepath.Join(dir, "nothing.md")); err != nil {
		t.Fatal(err)
	}
	losstracer(t, "verify", dir, "--out", out)
	before := files(t, out)
	losstracer(t, "verify", dir, "--out", out)
	if diff := cmp.Diff(before, files(t, out)); diff != "" {
		t.Errorf("files of a folder with nothing left to do (-before +after):\n%s", diff)
	}
	url, server := node(t)
	r := losstracer(t, "verify", dir, "--out", out, "--rpc", url)
	if server.Requests() == 0 || !strings.Contains(r.stdout, "3 discrepant") {
		t.Errorf("with an endpoint there was something left to do, and %d requests were made:\n%s", server.Requests(), r.stdout)
	}
	if checked := losstracer(t, "case", "verify", out); checked.status != exitReconciled {
		t.Errorf("case verify: exit status %d\n%s%s", checked.status, checked.stdout, checked.stderr)
	}
}

// TestBatchInterrupted stops a batch in the middle, at the first request after
// one write-up is finished, and goes on with it.
func TestBatchInterrupted(t *testing.T) {
	t.Parallel()
	_, server := node(t, chaintest.Latency(20*time.Millisecond))
	dir, out := manyWriteUps(t, 8), filepath.Join(t.TempDir(), "out")
	ctx, cancel := context.WithCancel(t.Context())
	var stopped atomic.Pointer[time.Time]
	url := beforeEach(t, server, func(int64) {
		if sealed, _ := filepath.Glob(filepath.Join(out, "*", manifestName)); len(sealed) > 0 && ctx.Err() == nil {
			now := time.Now()
			stopped.CompareAndSwap(nil, &now)
			cancel()
		}
	})
	var stdout, stderr bytes.Buffer
	status := run(ctx, []string{"verify", dir, "--rpc", url, "--out", out}, environment{
		stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, lookup: func(string) (string, bool) { return "", false },
	})
	stops(t, stopped.Load())
	if status != exitInterrupted || stdout.Len() > 0 || !strings.Contains(stderr.String(), "of 9 write-ups are finished") || !strings.Contains(stderr.String(), "the same command goes on from there") {
		t.Errorf("exit status %d, want %d; said %s%s", status, exitInterrupted, &stdout, &stderr)
	}
	verdicts := map[string]int{}
	for _, row := range summary(t, out) {
		verdicts[row["verdict"]]++
	}
	if verdicts["discrepant"] == 0 || verdicts["broken off"]+verdicts["not begun"] == 0 {
		t.Errorf("verdicts of a batch that was stopped: %v", verdicts)
	}
	if checked := losstracer(t, "case", "verify", out); checked.status != exitIncomplete || !strings.Contains(checked.stdout, "broken off") {
		t.Errorf("case verify: exit status %d\n%s%s", checked.status, checked.stdout, checked.stderr)
	}
	asked := server.Requests()
	server.ResetCounts()
	rest := losstracer(t, "verify", dir, "--rpc", url, "--out", out)
	if rest.status != exitError || !strings.Contains(rest.stdout, "9 write-ups: 8 discrepant") {
		t.Errorf("gone on: exit status %d\n%s%s", rest.status, rest.stdout, rest.stderr)
	}
	if asked+server.Requests() > 2*8*requestsOf(t, losstracer(t, "verify", filepath.Join(dir, "theft-00.md"), "--rpc", url, "--format", "json").stdout) {
		t.Errorf("%d requests before and %d after: much was asked twice", asked, server.Requests())
	}
	if checked := losstracer(t, "case", "verify", out); checked.status != exitReconciled {
		t.Errorf("case verify: exit status %d\n%s%s", checked.status, checked.stdout, checked.stderr)
	}
}

// TestBatchEndpoints has one endpoint that is down, one that never was one and
// one that serves: what the last can tell is told.
func TestBatchEndpoints(t *testing.T) {
	t.Parallel()
	url, _ := node(t)
	dir, out := manyWriteUps(t, 3), filepath.Join(t.TempDir(), "out")
	r := losstracer(t, "verify", dir, "--rpc", chaintest.DeadEndpoint(t), "--rpc", chaintest.HTMLEndpoint(t), "--rpc", url, "--out", out)
	if !strings.Contains(r.stdout, "3 discrepant") {
		t.Errorf("exit status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	none := filepath.Join(t.TempDir(), "none")
	r = losstracer(t, "verify", dir, "--rpc", chaintest.DeadEndpoint(t), "--out", none)
	if !strings.Contains(r.stdout, "3 incomplete") || summary(t, none)["theft-00"]["lacking"] != "an endpoint for ethereum that answers" {
		t.Errorf("exit status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	// It is asked again the next time.
	if r = losstracer(t, "verify", dir, "--rpc", url, "--out", none); !strings.Contains(r.stdout, "3 discrepant") {
		t.Errorf("the second run: exit status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
}

// TestBatchNames gives files of one name folders of their own.
func TestBatchNames(t *testing.T) {
	t.Parallel()
	first, second, out := smallWriteUp(t), smallWriteUp(t), filepath.Join(t.TempDir(), "out")
	losstracer(t, "verify", first, second, "--out", out)
	if got, want := slices.Sorted(maps.Keys(summary(t, out))), []string{"small", "small-2"}; !slices.Equal(got, want) {
		t.Errorf("incidents: got %v, want %v", got, want)
	}
	for _, name := range []string{"small/small.html", "small-2/small.html", "index.html"} {
		if !exists(filepath.Join(out, name)) {
			t.Errorf("there is no %s", name)
		}
	}
}

// TestBatchInOneCase keeps several write-ups in one case, of which the packages
// are made as well.
func TestBatchInOneCase(t *testing.T) {
	t.Parallel()
	url, _ := node(t)
	dir, out, file := manyWriteUps(t, 3), filepath.Join(t.TempDir(), "out"), filepath.Join(t.TempDir(), "all.case")
	losstracer(t, "verify", dir, "--rpc", url, "--out", out, "--case", file)
	if exists(filepath.Join(out, "theft-00", packagedCase)) || !exists(filepath.Join(out, packagedCase)) {
		t.Error("the one case belongs into the folder of all")
	}
	if checked := losstracer(t, "case", "verify", out); checked.status != exitReconciled || strings.Count(checked.stdout, "byte for byte") != 3 {
		t.Errorf("case verify: exit status %d\n%s%s", checked.status, checked.stdout, checked.stderr)
	}
}

// TestPackageTampered changes each file of a package by one byte, in turn.
func TestPackageTampered(t *testing.T) {
	t.Parallel()
	url, _ := node(t)
	out := filepath.Join(t.TempDir(), "out")
	losstracer(t, "verify", smallWriteUp(t), "--rpc", url, "--out", out)
	for name := range files(t, out) {
		path := filepath.Join(out, name)
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		changed := bytes.Clone(content)
		changed[len(changed)/2] ^= 1
		write(t, path, changed)
		if r := losstracer(t, "case", "verify", out); r.status != exitError {
			t.Errorf("%s was changed: exit status %d\n%s%s", name, r.status, r.stdout, r.stderr)
		}
		write(t, path, content)
	}
	if r := losstracer(t, "case", "verify", out); r.status != exitReconciled {
		t.Errorf("as it was: exit status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
}

// TestCorpusWithoutEndpoint reads the real write-ups, and says of each what
// could be checked and what it lacks.
func TestCorpusWithoutEndpoint(t *testing.T) {
	t.Parallel()
	dir, out := shared(t, "corpus", "incidents"), filepath.Join(t.TempDir(), "out")
	begun := time.Now()
	r := losstracer(t, "verify", dir, "--out", out)
	if took := time.Since(begun); took > 2*time.Minute && !testing.Short() { // of some seconds: it is to be seen that nothing grows as a square
		t.Errorf("it took %v", took)
	}
	if r.status != exitDiscrepant {
		t.Errorf("exit status: got %d, want %d\n%s", r.status, exitDiscrepant, r.stderr)
	}
	rows := summary(t, out)
	if len(rows) != 64 {
		t.Errorf("%d rows, want 64", len(rows))
	}
	for name, row := range rows {
		if row["lacking"] == "" && row["not_checkable"] == "" || row["first_cause"] == "" {
			t.Errorf("%s: nothing is said of what it lacks: %v", name, row)
		}
	}
}
