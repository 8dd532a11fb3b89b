package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"losstracer/chain/chaintest"
)

// TestCaseInterrupted stops a run as Ctrl-C does, and goes on.
func TestCaseInterrupted(t *testing.T) {
	t.Parallel()
	_, server := node(t)
	url, held := gated(t, server, 4) // by then the case holds answers
	writeUp, file := smallWriteUp(t), filepath.Join(t.TempDir(), "small.case")
	ctx, cancel := context.WithCancel(t.Context())
	var stdout, stderr bytes.Buffer
	go func() {
		<-held.reached
		cancel()
	}()
	// It returns although an answer is outstanding that never comes.
	status := run(ctx, []string{"verify", writeUp, "--rpc", url, "--case", file}, environment{
		stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr, lookup: func(string) (string, bool) { return "", false },
	})
	if status != exitInterrupted || stdout.Len() > 0 || !strings.Contains(stderr.String(), "the same command goes on from there") {
		t.Errorf("exit status %d, want %d; said %s%s", status, exitInterrupted, &stdout, &stderr)
	}
	held.open()
	partial := losstracer(t, "report", file, "--format", "json")
	if partial.status != exitIncomplete || !strings.Contains(partial.stderr, "asks for what is missing") {
		t.Errorf("report of what there is: exit status %d, said %s", partial.status, partial.stderr)
	}
	if checked := losstracer(t, "case", "verify", file); checked.status != exitIncomplete || !strings.Contains(checked.stdout, "broken off") {
		t.Errorf("case verify: exit status %d\n%s%s", checked.status, checked.stdout, checked.stderr)
	}
	whole := losstracer(t, "verify", writeUp, "--rpc", url, "--format", "json")
	if got := losstracer(t, "verify", writeUp, "--rpc", url, "--case", file, "--format", "json"); apart(t, got.stdout) != apart(t, whole.stdout) {
		t.Errorf("gone on (-whole +in two):\n%s", cmp.Diff(apart(t, whole.stdout), apart(t, got.stdout)))
	}
}

// TestCaseTwoProcesses holds a case in another process.
func TestCaseTwoProcesses(t *testing.T) {
	t.Parallel()
	writeUp, file := smallWriteUp(t), filepath.Join(t.TempDir(), "small.case")
	_, server := node(t)
	url, held := gated(t, server, 1)
	args := []string{"verify", writeUp, "--rpc", url, "--case", file, "--format", "json"}
	first := child(t, args...)
	var stdout, stderr bytes.Buffer
	first.Stdout, first.Stderr = &stdout, &stderr
	if err := first.Start(); err != nil {
		t.Fatal(err)
	}
	<-held.reached
	// The first one gets its answers when the second one has said that it waits.
	var report bytes.Buffer
	said := &whenSaid{text: "waiting for another process", then: held.open}
	second := result{status: run(t.Context(), args, environment{
		stdin: strings.NewReader(""), stdout: &report, stderr: said, lookup: func(string) (string, bool) { return "", false },
	})}
	held.open()
	second.stdout, second.stderr = report.String(), said.String()
	if err := first.Wait(); first.ProcessState.ExitCode() != smallStatus {
		t.Fatalf("the first process: %v\n%s", err, &stderr)
	}
	if !strings.Contains(second.stderr, said.text) {
		t.Errorf("the second process did not say that it waits: %s", second.stderr)
	}
	if second.status == smallStatus {
		if diff := cmp.Diff(apart(t, stdout.String()), apart(t, second.stdout)); diff != "" {
			t.Errorf("the reports differ (-first +second):\n%s", diff)
		}
	} else if !strings.Contains(second.stderr, "in use by another process") {
		t.Errorf("the second process: exit status %d\n%s", second.status, second.stderr)
	}
}

// child is a process that does what losstracer does.
func child(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Args = append([]string{"losstracer"}, args...)
	cmd.Env = []string{"HOME=" + t.TempDir()}
	return cmd
}

// TestCaseKilled ends runs at random moments with a signal that nobody can
// catch, and goes on with the same case.
func TestCaseKilled(t *testing.T) {
	t.Parallel()
	good, server := node(t, chaintest.Latency(20*time.Millisecond), chaintest.BatchLimit(20), chaintest.LogRangeLimit(100_000, chaintest.Ankr))
	writeUp, file := smallWriteUp(t), filepath.Join(t.TempDir(), "small.case")
	plain := losstracer(t, "verify", writeUp, "--rpc", good, "--format", "json")
	// Beside the kills the endpoint fails now and then, which is where a run
	// has most on its hands.
	url, proxy := chaintest.FaultProxy(t, good, 3, 0.1, faults()...)
	proxy.Delay = 20 * time.Millisecond
	want := result{status: plain.status, stdout: hostless(plain.stdout, good)}
	args := []string{"verify", writeUp, "--rpc", url, "--case", file, "--format", "json"}

	server.ResetCounts()
	whole := child(t, append(slices.Clone(args), "--case", file+".whole")...)
	if err := whole.Run(); whole.ProcessState.ExitCode() != smallStatus {
		t.Fatalf("a whole run: %v", err)
	}
	calls := total(server.Calls())
	server.ResetCounts()
	random := rand.New(rand.NewPCG(1, 2))
	kills, within := 0, 0
	for end := time.Now().Add(6 * time.Second); kills < 60 && time.Now().Before(end); kills++ {
		before := total(server.Calls())
		enough := before + 1 + random.IntN(1+calls/16)
		run := child(t, args...)
		if err := run.Start(); err != nil {
			t.Fatal(err)
		}
		through := make(chan struct{})
		go func() {
			_ = run.Wait() // its error is that it was killed, or found a difference
			close(through)
		}()
		killAfter(run, through, func() bool { return total(server.Calls()) >= enough }, time.Duration(random.IntN(20))*time.Millisecond)
		if run.ProcessState.ExitCode() < 0 && total(server.Calls()) > before {
			within++
		}
	}
	if within == 0 {
		t.Error("no run was killed while it was asking: the test says nothing")
	}
	got := losstracer(t, args...)
	if diff := cmp.Diff(apart(t, want.stdout), hostless(apart(t, got.stdout), url)); diff != "" {
		t.Errorf("after %d kills (-whole +killed):\n%s", kills, diff)
	}
	if a, b := decodeReport(t, plain).Evidence.FactsDigest, decodeReport(t, got).Evidence.FactsDigest; a != b {
		t.Errorf("facts digest: got %s, want %s", b, a)
	}
	report := losstracer(t, "report", file, "--format", "json")
	if diff := cmp.Diff(apart(t, want.stdout), hostless(apart(t, report.stdout), url)); diff != "" {
		t.Errorf("report after %d kills (-whole +killed):\n%s", kills, diff)
	}
	if checked := losstracer(t, "case", "verify", file); checked.status != 0 {
		t.Errorf("case verify: %s%s", checked.stdout, checked.stderr)
	}
	// Of each run that was killed at most what was under way is asked again,
	// and who the endpoint is.
	if n := total(server.Calls()); n > calls+kills*calls/2 {
		t.Errorf("calls over %d killed runs: got %d; a run that is not killed makes %d", kills, n, calls)
	}
	t.Logf("%d kills, %d of them while asking; %d calls, a whole run makes %d", kills, within, total(server.Calls()), calls)
}

// killAfter kills a process some time after something has come about, unless it
// is through before.
func killAfter(run *exec.Cmd, through <-chan struct{}, come func() bool, later time.Duration) {
	for !come() {
		select {
		case <-through:
			return
		case <-time.After(time.Millisecond):
		}
	}
	select {
	case <-through:
	case <-time.After(later):
		_ = run.Process.Kill() // one that is through by now cannot be killed, and need not be
		<-through
	}
}

func total(calls map[string]int) (n int) {
	for _, c := range calls {
		n += c
	}
	return n
}

// faults are those of an endpoint that is no worse than most.
func faults() []chaintest.Fault {
	return []chaintest.Fault{
		chaintest.FaultStatus500, chaintest.FaultReset, chaintest.FaultTruncated, chaintest.FaultWrongID, chaintest.FaultServer, chaintest.FaultVague, chaintest.FaultSlow,
	}
}

// TestCaseFaults pulls through an endpoint of which every fourth request fails.
// A run makes few.
func TestCaseFaults(t *testing.T) {
	t.Parallel()
	url, _ := node(t)
	writeUp := smallWriteUp(t)
	plain := losstracer(t, "verify", writeUp, "--rpc", url, "--format", "json")
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			faulty, proxy := chaintest.FaultProxy(t, url, seed, 0.25, faults()...)
			proxy.Delay = 20 * time.Millisecond
			file := filepath.Join(t.TempDir(), "small.case")
			got := losstracer(t, "verify", writeUp, "--rpc", faulty, "--case", file, "--format", "json")
			want := hostless(apart(t, plain.stdout), url)
			if diff := cmp.Diff(want, hostless(apart(t, got.stdout), faulty)); diff != "" {
				t.Errorf("with the faults %v (-without +with):\n%s", proxy.Injected(), diff)
			}
			if len(proxy.Injected()) == 0 {
				t.Error("nothing failed: the test says nothing")
			}
			a, b := decodeReport(t, plain).Evidence.FactsDigest, decodeReport(t, got).Evidence.FactsDigest
			if a != b {
				t.Errorf("facts digest: got %s, want %s", b, a)
			}
		})
	}
}

// TestCaseEachFault: no kind of fault changes anything, in the report, in what
// the case says of it later, or in what case verify finds.
func TestCaseEachFault(t *testing.T) {
	t.Parallel()
	url, _ := node(t)
	writeUp := smallWriteUp(t)
	plain := losstracer(t, "verify", writeUp, "--rpc", url, "--format", "json")
	for _, fault := range faults() {
		t.Run(string(fault), func(t *testing.T) {
			t.Parallel()
			struck := 0
			for seed := uint64(1); struck < 3 && seed < 40; seed++ {
				faulty, proxy := chaintest.FaultProxy(t, url, seed, 0.1, fault)
				proxy.Delay = 20 * time.Millisecond
				file := filepath.Join(t.TempDir(), "small.case")
				got := losstracer(t, "verify", writeUp, "--rpc", faulty, "--case", file, "--format", "json")
				struck += proxy.Injected()[fault]
				want := hostless(apart(t, plain.stdout), url)
				if diff := cmp.Diff(want, hostless(apart(t, got.stdout), faulty)); diff != "" {
					t.Errorf("seed %d, struck %d times (-without +with):\n%s", seed, proxy.Injected()[fault], diff)
				}
				if a, b := decodeReport(t, plain).Evidence.FactsDigest, decodeReport(t, got).Evidence.FactsDigest; a != b {
					t.Errorf("seed %d: facts digest: got %s, want %s", seed, b, a)
				}
				if again := losstracer(t, "report", file, "--format", "json"); again.stdout != got.stdout {
					t.Errorf("seed %d: report (-verify +report):\n%s", seed, cmp.Diff(got.stdout, again.stdout))
				}
				if checked := losstracer(t, "case", "verify", file); checked.status != 0 {
					t.Errorf("seed %d: case verify: %s%s", seed, checked.stdout, checked.stderr)
				}
			}
			if struck < 3 {
				t.Errorf("struck %d times: the test says little", struck)
			}
		})
	}
}

// TestCaseOfKuCoin does the real theft through a case.
func TestCaseOfKuCoin(t *testing.T) {
	thorough(t)
	t.Parallel()
	fixture, err := chaintest.LoadFixture(shared(t, "data", "kucoin2020", "rpc_fixture.json"))
	if err != nil {
		t.Fatal(err)
	}
	server, err := chaintest.NewServer(fixture)
	if err != nil {
		t.Fatal(err)
	}
	url := chaintest.Host(t, server)
	file := filepath.Join(t.TempDir(), "kucoin.case")
	args := []string{"verify", shared(t, "corpus", "incidents", "2020-09-25-KuCoin.md"), "--rpc", url, "--price-file", closes(t), "--format", "json"}
	plain := losstracer(t, args...)
	first := losstracer(t, append(args, "--case", file)...)
	if diff := cmp.Diff(apart(t, plain.stdout), apart(t, first.stdout)); diff != "" {
		t.Errorf("with a case (-without +with):\n%s", diff)
	}
	faulty, proxy := chaintest.FaultProxy(t, url, 1, 0.1, faults()...)
	proxy.Delay = 20 * time.Millisecond
	args[3] = faulty
	troubled := losstracer(t, append(args, "--case", file+".faulty")...)
	if diff := cmp.Diff(hostless(apart(t, plain.stdout), url), hostless(apart(t, troubled.stdout), faulty)); diff != "" || len(proxy.Injected()) == 0 {
		t.Errorf("with the faults %v (-without +with):\n%s", proxy.Injected(), diff)
	}
	args[3] = url
	server.ResetCounts()
	again := losstracer(t, "report", file, "--format", "json")
	if diff := cmp.Diff(first.stdout, again.stdout); diff != "" {
		t.Errorf("report (-verify +report):\n%s", diff)
	}
	if second := losstracer(t, append(args, "--case", file)...); apart(t, second.stdout) != apart(t, first.stdout) {
		t.Errorf("the second run gives another report:\n%s", cmp.Diff(first.stdout, second.stdout))
	}
	if n := server.Requests(); n != 0 {
		t.Errorf("requests after the first run: got %d, want none: %v", n, server.Calls())
	}
	if checked := losstracer(t, "case", "verify", file); checked.status != 0 {
		t.Errorf("case verify: %s%s", checked.stdout, checked.stderr)
	}
}
