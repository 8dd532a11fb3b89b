package main

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"modernc.org/sqlite"

	"losstracer/chain/chaintest"
)

// apart returns a JSON report without the parts that say what it took to get
// it.
func apart(t *testing.T, report string) string {
	t.Helper()
	var parts map[string]json.RawMessage
	if err := json.Unmarshal([]byte(report), &parts); err != nil {
		t.Fatalf("report: %v\n%s", err, report)
	}
	delete(parts, "requests")
	delete(parts, "evidence")
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		fmt.Fprintf(&b, "%s: %s\n", name, parts[name])
	}
	return b.String()
}

// hostless takes out the address of a server, which differs from test to test.
func hostless(text, url string) string { return strings.ReplaceAll(text, url, "http://host") }

// node serves a small theft and counts what it is asked.
func node(t *testing.T, options ...chaintest.Option) (url string, s *chaintest.Server) {
	t.Helper()
	s, err := chaintest.NewServer(smallTheft(1), options...)
	if err != nil {
		t.Fatal(err)
	}
	return chaintest.Host(t, s), s
}

// smallWriteUp speaks of the theft that smallTheft plays.
func smallWriteUp(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "small.md")
	text := `---
date: 2023-11-18
target-entities: Small
---

# Small

On November 18, 2023, Small lost 6 ETH.

## Attackers

- [0x00000000000000000000000000000000000000a1](https://etherscan.io/address/0x00000000000000000000000000000000000000a1)

## Losses

- 6 ETH
`
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// smallStatus is the exit status of the small write-up, which says 6 for 5.
const smallStatus = exitDiscrepant

func TestCaseAsksOnce(t *testing.T) {
	t.Parallel()
	url, server := node(t)
	writeUp, file := smallWriteUp(t), filepath.Join(t.TempDir(), "small.case")
	verify := []string{"verify", writeUp, "--rpc", url, "--case", file, "--format", "json"}
	first := losstracer(t, verify...)
	if first.status != smallStatus {
		t.Fatalf("exit status: got %d, want %d\n%s", first.status, smallStatus, first.stderr)
	}
	asked := server.Requests()
	plain := losstracer(t, "verify", writeUp, "--rpc", url, "--format", "json")
	if diff := cmp.Diff(apart(t, plain.stdout), apart(t, first.stdout)); diff != "" {
		t.Errorf("with a case the report is another (-without +with):\n%s", diff)
	}
	server.ResetCounts()

	for _, row := range []struct {
		name string
		args []string
	}{
		{"the second run", verify},
		{"offline", append(slices.Clone(verify), "--offline")},
		{"without an endpoint", []string{"verify", writeUp, "--case", file, "--format", "json"}},
	} {
		again := losstracer(t, row.args...)
		if again.stderr != "" || again.status != first.status {
			t.Errorf("%s: exit status %d, want %d; said %s", row.name, again.status, first.status, again.stderr)
		}
		if diff := cmp.Diff(apart(t, first.stdout), apart(t, again.stdout)); diff != "" {
			t.Errorf("%s gives another report (-first +again):\n%s", row.name, diff)
		}
	}
	for i := range 2 {
		again := losstracer(t, "report", file, "--format", "json")
		if diff := cmp.Diff(first.stdout, again.stdout); diff != "" {
			t.Errorf("report %d is not the same, byte for byte (-verify +report):\n%s", i, diff)
		}
	}
	checked := losstracer(t, "case", "verify", file)
	if checked.status != 0 || !strings.Contains(checked.stdout, "everything matches") {
		t.Errorf("case verify: exit status %d\n%s%s", checked.status, checked.stdout, checked.stderr)
	}
	if n := server.Requests(); n != 0 {
		t.Errorf("requests after the first run: got %d, want none: %v", n, server.Calls())
	}
	if n := requestsOf(t, first.stdout); n == 0 || n != asked {
		t.Errorf("requests that the report tells of: got %d, the server saw %d", n, asked)
	}
	if left, _ := filepath.Glob(file + "*"); len(left) != 1 {
		t.Errorf("the case is not one file: %v", left)
	}
}

func requestsOf(t *testing.T, report string) int {
	t.Helper()
	var r struct{ Requests struct{ HTTP int } }
	if err := json.Unmarshal([]byte(report), &r); err != nil {
		t.Fatalf("report: %v\n%s", err, report)
	}
	return r.Requests.HTTP
}

// TestCaseOfSeveral keeps two write-ups in one case.
func TestCaseOfSeveral(t *testing.T) {
	t.Parallel()
	url, server := node(t, chaintest.LogRangeLimit(100_000, chaintest.Infura))
	first, second := smallWriteUp(t), smallWriteUp(t)
	text, err := os.ReadFile(second)
	if err != nil {
		t.Fatal(err)
	}
	write(t, second, bytes.ReplaceAll(text, []byte("a1"), []byte("b2")))
	file := filepath.Join(t.TempDir(), "both.case")
	both := losstracer(t, "verify", first, second, "--rpc", url, "--case", file, "--format", "json")
	server.ResetCounts()
	again := losstracer(t, "report", file, "--format", "json")
	if diff := cmp.Diff(both.stdout, again.stdout); strings.Count(both.stdout, "\n") != 2 || again.status != both.status {
		t.Errorf("report: exit status %d, want %d (-verify +report):\n%s", again.status, both.status, diff)
	}
	one := losstracer(t, "verify", first, "--rpc", url, "--format", "json", "--case", file)
	if lines := strings.SplitAfter(both.stdout, "\n"); apart(t, lines[0]) != apart(t, one.stdout) {
		t.Errorf("one of the two (-both +one):\n%s", cmp.Diff(lines[0], one.stdout))
	}
	if checked := losstracer(t, "case", "verify", file); checked.status != 0 || strings.Count(checked.stdout, "byte for byte") != 2 {
		t.Errorf("case verify: %s%s", checked.stdout, checked.stderr)
	}
	if n := server.Requests(); n != 0 {
		t.Errorf("requests after the first run: got %d, want none: %v", n, server.Calls())
	}
}

func TestCaseKeepsNoKey(t *testing.T) {
	t.Parallel()
	url, _ := node(t)
	file := filepath.Join(t.TempDir(), "small.case")
	losstracer(t, "verify", smallWriteUp(t), "--rpc", url+"/v2/sEcReTkEy?apikey=sEcReTkEy", "--case", file)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(content, []byte("sEcReTkEy")) {
		t.Error("the key of the endpoint's URL stands in the case")
	}
}

// TestCaseOnlyMissing widens what is looked at: the rest is not asked again.
func TestCaseOnlyMissing(t *testing.T) {
	t.Parallel()
	url, server := node(t)
	writeUp, file := smallWriteUp(t), filepath.Join(t.TempDir(), "small.case")
	losstracer(t, "verify", writeUp, "--rpc", url, "--case", file, "--to", "1000100", "--format", "json")
	server.ResetCounts()
	wide := losstracer(t, "verify", writeUp, "--rpc", url, "--case", file, "--format", "json")
	asked := server.Calls()
	server.ResetCounts()
	fresh := losstracer(t, "verify", writeUp, "--rpc", url, "--format", "json")
	all := server.Calls()
	if diff := cmp.Diff(apart(t, fresh.stdout), apart(t, wide.stdout)); diff != "" {
		t.Errorf("the report of the wider window (-fresh +from the case):\n%s", diff)
	}
	if total(asked) == 0 || total(asked) >= total(all) {
		t.Errorf("calls for the wider window: got %d, want fewer than the %d without a case", total(asked), total(all))
	}
	offline := losstracer(t, "verify", writeUp, "--case", file, "--offline", "--to", "2000000", "--format", "json")
	if offline.status == 0 || !strings.Contains(offline.stderr, "not in the record") || !strings.Contains(offline.stderr, "0x1e8480") {
		t.Errorf("offline, with answers missing: exit status %d, said %q: want it to say what is missing", offline.status, offline.stderr)
	}
}

// TestCaseHead runs while the chain grows: the case stays with its head until
// it is told to look again.
func TestCaseHead(t *testing.T) {
	t.Parallel()
	short, long := smallTheft(1), smallTheft(1)
	short.Head = 1_000_600
	first, err := chaintest.NewServer(short)
	if err != nil {
		t.Fatal(err)
	}
	second, err := chaintest.NewServer(long)
	if err != nil {
		t.Fatal(err)
	}
	grown := &switchable{now: first}
	url := chaintest.Host(t, grown)
	writeUp, file := smallWriteUp(t), filepath.Join(t.TempDir(), "small.case")
	args := []string{"verify", writeUp, "--rpc", url, "--case", file, "--format", "json"}
	before := losstracer(t, args...)
	grown.become(second)
	if after := losstracer(t, append(args, "--victim", "0x00000000000000000000000000000000000000b2")...); window(t, after.stdout) != window(t, before.stdout) {
		t.Errorf("the window moved with the head: %s and then %s", window(t, before.stdout), window(t, after.stdout))
	}
	updated := losstracer(t, append(args, "--update")...)
	if window(t, updated.stdout) == window(t, before.stdout) {
		t.Errorf("--update did not look at the head anew: %s\n%s", window(t, updated.stdout), updated.stderr)
	}
	again := losstracer(t, "report", file, "--format", "json")
	if diff := cmp.Diff(updated.stdout, again.stdout); diff != "" {
		t.Errorf("report after --update (-verify +report):\n%s", diff)
	}
	if checked := losstracer(t, "case", "verify", file); checked.status != 0 {
		t.Errorf("case verify after --update: %s%s", checked.stdout, checked.stderr)
	}
}

func window(t *testing.T, report string) string {
	t.Helper()
	var r struct {
		Scope struct {
			Chains []struct {
				From uint64 `json:"from_block"`
				To   uint64 `json:"to_block"`
			}
		}
	}
	if err := json.Unmarshal([]byte(report), &r); err != nil || len(r.Scope.Chains) == 0 {
		t.Fatalf("report: %v\n%s", err, report)
	}
	return fmt.Sprintf("%d-%d", r.Scope.Chains[0].From, r.Scope.Chains[0].To)
}

// switchable serves one chain and then another.
type switchable struct {
	mu  sync.Mutex
	now http.Handler
}

func (s *switchable) become(h http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = h
}

func (s *switchable) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	now := s.now
	s.mu.Unlock()
	now.ServeHTTP(w, r)
}

// TestCaseReorg finds the end of the window with another hash.
func TestCaseReorg(t *testing.T) {
	t.Parallel()
	served := func(hash common.Hash) http.Handler {
		f := smallTheft(1)
		f.Head = 1_000_600
		f.Blocks = append(f.Blocks, chaintest.Block{Number: f.Head, Hash: hash, Time: 1_700_334_200})
		s, err := chaintest.NewServer(f)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	was, is := common.HexToHash("0xaa"), common.HexToHash("0xbb")
	forked := &switchable{now: served(was)}
	url := chaintest.Host(t, forked)
	writeUp, file := smallWriteUp(t), filepath.Join(t.TempDir(), "small.case")
	args := []string{"verify", writeUp, "--rpc", url, "--case", file, "--format", "json"}
	before := losstracer(t, args...)
	if !strings.Contains(before.stdout, was.Hex()) {
		t.Fatalf("the window does not end at the head: %s", before.stdout)
	}
	forked.become(served(is))
	if after := losstracer(t, append(args, "--to", "1000550")...); after.status != exitError || !strings.Contains(after.stderr, "the chain was reorganised") {
		t.Errorf("after a reorganisation: exit status %d, said %s", after.status, after.stderr)
	}
	if still := losstracer(t, "report", file, "--format", "json"); still.stdout != before.stdout && still.status != exitIncomplete {
		t.Errorf("report after a run that was refused: exit status %d\n%s", still.status, still.stderr)
	}
	updated := losstracer(t, append(args, "--update")...)
	if updated.status != before.status || !strings.Contains(updated.stdout, is.Hex()) || strings.Contains(updated.stdout, was.Hex()) {
		t.Errorf("--update after a reorganisation: exit status %d\n%s", updated.status, updated.stderr)
	}
	if checked := losstracer(t, "case", "verify", file); checked.status != 0 {
		t.Errorf("case verify: %s%s", checked.stdout, checked.stderr)
	}
}

// TestCaseOtherChain gives the endpoint of another chain under the same host.
func TestCaseOtherChain(t *testing.T) {
	t.Parallel()
	ethereum, _ := chaintest.NewServer(smallTheft(1))
	bsc, _ := chaintest.NewServer(smallTheft(56))
	host := &switchable{now: ethereum}
	url := chaintest.Host(t, host)
	writeUp, file := smallWriteUp(t), filepath.Join(t.TempDir(), "small.case")
	args := []string{"verify", writeUp, "--rpc", url, "--case", file, "--format", "json"}
	first := losstracer(t, append(args, "--to", "1000100")...)
	host.become(bsc)
	if second := losstracer(t, args...); second.status != exitError || !strings.Contains(second.stderr, "serves chain 56") {
		t.Errorf("the same host with another chain: exit status %d, said %s", second.status, second.stderr)
	}
	if first.status != smallStatus {
		t.Errorf("exit status: got %d, want %d\n%s", first.status, smallStatus, first.stderr)
	}
}

// TestCaseFailures replays runs whose endpoint failed.
func TestCaseFailures(t *testing.T) {
	t.Parallel()
	denied, html := chaintest.StatusEndpoint(t, http.StatusForbidden), chaintest.HTMLEndpoint(t)
	good, _ := node(t)
	for _, row := range []struct {
		name string
		urls []string
	}{
		{"denied", []string{denied}},
		{"denied and another", []string{denied, good}},
		{"a page for people", []string{html}},
		{"dies on the way", []string{chaintest.Host(t, mortal(t, good, 4))}},
		{"dies later", []string{chaintest.Host(t, mortal(t, good, 7))}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "small.case")
			args := []string{"verify", smallWriteUp(t), "--case", file, "--format", "json"}
			for _, url := range row.urls {
				args = append(args, "--rpc", url)
			}
			first := losstracer(t, args...)
			again := losstracer(t, "report", file, "--format", "json")
			if diff := cmp.Diff(first.stdout, again.stdout); diff != "" {
				t.Errorf("report (-verify +report):\n%s", diff)
			}
			if checked := losstracer(t, "case", "verify", file); checked.status != 0 {
				t.Errorf("case verify: %s%s", checked.stdout, checked.stderr)
			}
		})
	}
}

// mortal answers so many requests and then forbids everything.
func mortal(t *testing.T, target string, requests int64) http.Handler {
	t.Helper()
	var served atomic.Int64
	proxy := &chaintest.Proxy{Target: target}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if served.Add(1) > requests {
			http.Error(w, "no more for today", http.StatusForbidden)
			return
		}
		proxy.ServeHTTP(w, r)
	})
}

func TestCaseNotACase(t *testing.T) {
	t.Parallel()
	url, _ := node(t)
	writeUp := smallWriteUp(t)
	whole := filepath.Join(t.TempDir(), "whole.case")
	losstracer(t, "verify", writeUp, "--rpc", url, "--case", whole)
	content, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name string
		make func(path string)
		want string
	}{
		{"text", func(path string) { write(t, path, []byte(strings.Repeat("this is no database\n", 100))) }, "is not a case file"},
		{"another program's database", func(path string) { alter(t, path, "CREATE TABLE moz_places (id INTEGER)") }, "of something else"},
		{"a newer form", func(path string) { write(t, path, content); alter(t, path, "PRAGMA user_version = 4") }, "newer version of losstracer"},
		{"an older form", func(path string) { write(t, path, content); alter(t, path, "PRAGMA user_version = 1") }, "older version of losstracer"},
		{"a trigger inside", func(path string) {
			write(t, path, content)
			alter(t, path, "CREATE TRIGGER x AFTER INSERT ON exchange BEGIN DELETE FROM exchange; END")
		}, "has not the tables of a case"},
		{"cut off", func(path string) { write(t, path, content[:len(content)/2]) }, "damaged"},
		{"a folder", func(path string) {
			if err := os.Mkdir(path, 0o755); err != nil {
				t.Fatal(err)
			}
		}, "is not a file"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "x.case")
			row.make(path)
			for _, args := range [][]string{
				{"verify", writeUp, "--rpc", url, "--case", path}, {"report", path}, {"case", "verify", path},
			} {
				r := losstracer(t, args...)
				if r.status != exitError || !strings.Contains(r.stderr, row.want) || !strings.Contains(r.stderr, "hint: ") {
					t.Errorf("%s: exit status %d, said %q, want %q", args[0], r.status, r.stderr, row.want)
				}
			}
		})
	}
	if r := losstracer(t, "report", filepath.Join(t.TempDir(), "none.case")); r.status != exitError || !strings.Contains(r.stderr, "no such file") {
		t.Errorf("a file that is not there: exit status %d, said %s", r.status, r.stderr)
	}
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// alter changes a database behind the program's back.
func alter(t *testing.T, path, statement string, args ...any) {
	t.Helper()
	connector, err := sqlite.NewConnector("file:" + path)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	_, err = db.Exec(statement, args...)
	if err = errors.Join(err, db.Close()); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}

func TestCaseTampered(t *testing.T) {
	t.Parallel()
	url, _ := node(t)
	file := filepath.Join(t.TempDir(), "small.case")
	prices := filepath.Join(t.TempDir(), "prices.csv")
	write(t, prices, []byte("asset_id,time,price_usd,source\neip155:1/slip44:60,2023-11-18T00:00:00Z,1963.12,a close\n"))
	losstracer(t, "verify", smallWriteUp(t), "--rpc", url, "--case", file, "--price-file", prices)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	packer, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	other := []byte(`"0x7"`)
	sum := sha256.Sum256(other)
	// An answer that says something else than what it is replaced by.
	one := "(SELECT max(id) FROM exchange WHERE method = 'eth_getBalance' AND size > 5)"
	for _, row := range []struct {
		name, statement string
		args            []any
		want            []string
	}{
		{"a response", "UPDATE exchange SET response = ?, size = 5 WHERE id = " + one, []any{packer.EncodeAll(other, nil)}, []string{"eth_getBalance", "the response does not have its SHA-256"}},
		{"a response and its digest", "UPDATE exchange SET response = ?, size = 5, sha256 = ? WHERE id = " + one, []any{packer.EncodeAll(other, nil), sum[:]}, []string{"the case digest over"}},
		{"rubbish for a response", "UPDATE exchange SET response = x'00' WHERE id = " + one, nil, []string{"cannot be unpacked"}},
		{"a request", "UPDATE exchange SET params = '[]' WHERE id = " + one, nil, []string{"the request does not have its SHA-256"}},
		{"a time", "UPDATE exchange SET time = '2020-01-01T00:00:00.000Z' WHERE id = " + one, nil, []string{"the case digest over"}},
		{"an answer left out", "DELETE FROM exchange WHERE id = " + one, nil, []string{"the case digest over"}},
		{"an answer that the report rests on", "DELETE FROM exchange WHERE method = 'eth_getBlockByNumber' AND params LIKE '%true%'", nil, []string{"the report computed from the evidence differs in"}},
		{"the prices", "UPDATE document SET content = ? WHERE size = (SELECT min(size) FROM document)", []any{packer.EncodeAll(other, nil)}, []string{"document"}},
		{"the report", "UPDATE report SET size = 2, content = ?", []any{packer.EncodeAll([]byte("{}"), nil)}, []string{"the stored report does not have its SHA-256"}},
		{"rubbish for the report", "UPDATE report SET content = x'00'", nil, []string{"the stored report does not have its SHA-256"}},
		{"the report and its digest", "UPDATE run SET report_sha256 = ?", []any{sum[:]}, []string{"the stored report does not have its SHA-256", "differs in"}},
		{"a setting", `UPDATE run SET inputs = json_set(inputs, '$.settings', json('["--ignore=0x00000000000000000000000000000000000000a1"]'))`, nil, []string{"differs in"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "x.case")
			write(t, path, content)
			alter(t, path, row.statement, row.args...)
			r := losstracer(t, "case", "verify", path)
			if r.status != exitError || !strings.Contains(r.stderr, "is not what was recorded") {
				t.Errorf("exit status: got %d, want %d\n%s", r.status, exitError, r.stderr)
			}
			for _, want := range row.want {
				if !strings.Contains(r.stdout, "MISMATCH") || !strings.Contains(r.stdout, want) {
					t.Errorf("said %q, want %q", r.stdout, want)
				}
			}
		})
	}
	if r := losstracer(t, "case", "verify", file); r.status != 0 {
		t.Errorf("untouched: exit status %d\n%s%s", r.status, r.stdout, r.stderr)
	}
	if now, err := os.ReadFile(file); err != nil || !bytes.Equal(now, content) {
		t.Errorf("case verify changed the case (%v)", err)
	}
}
