package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"losstracer/chain"
	"losstracer/chain/chaintest"
)

// mostMemory is what a case of a million token transfers may take, in bytes
// resident.
const mostMemory = 500_000_000

// BenchmarkMillionTransfers does all that is done with a case, over one of a
// million token transfers, with the program as it is shipped, and reports the
// most memory that each process took. In the first million the transfers stand
// in so few blocks that all are proven, in the second they are not. A tenth of
// it shows in minutes where the memory goes; a million takes the machine for
// long while a process takes more than it may.
func BenchmarkMillionTransfers(b *testing.B) {
	if _, err := os.Stat("/proc/self/status"); err != nil {
		b.Skip("memory of another process can be measured on Linux only")
	}
	program := filepath.Join(b.TempDir(), "losstracer")
	if text, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		b.Fatalf("build: %v\n%s", err, text)
	}
	for _, row := range []struct {
		name             string
		blocks, perBlock uint64
	}{{"tenth", 400, 250}, {"proven", 4_000, 250}, {"unproven", 20_000, 50}} {
		b.Run(row.name, func(b *testing.B) {
			url := chaintest.Host(b, chaintest.NewFlood(row.blocks, row.perBlock))
			for b.Loop() {
				wholeLife(b, program, url, row.blocks*row.perBlock)
			}
		})
	}
}

// wholeLife takes a case from the first run to its verification.
func wholeLife(b *testing.B, program, url string, transfers uint64) {
	dir := b.TempDir()
	writeUp, out := floodWriteUp(b, dir), filepath.Join(dir, "out")
	file := filepath.Join(out, packagedCase)
	prices := filepath.Join(dir, "prices.csv")
	text := fmt.Sprintf("asset_id,time,price_usd,source\neip155:1/erc20:%s,2023-11-14T00:00:00Z,1.01,close\n", chain.Hex(chaintest.FloodToken(0)))
	if err := os.WriteFile(prices, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
	common := []string{"verify", writeUp, "--price-file", prices, "--price-source", "none", "--max-price-age", "9999h", "--case", file, "--format", "json"}
	steps := []struct {
		name string
		args []string
	}{
		{"pull", append(common, "--rpc", url, "--out", out)},
		{"offline", append(common, "--offline")},
		{"report", []string{"report", file, "--format", "html"}},
		{"verify", []string{"case", "verify", file}},
		{"history", []string{"history", chain.Hex(chaintest.FloodAccount), "--rpc", url, "--format", "json"}},
	}
	for _, s := range steps {
		var log bytes.Buffer
		shown, err := os.Create(filepath.Join(dir, s.name))
		if err != nil {
			b.Fatal(err)
		}
		cmd := exec.Command(program, s.args...)
		cmd.Stdout, cmd.Stderr = shown, &log
		begun := time.Now()
		most := peak(b, cmd)
		took := time.Since(begun)
		if code := cmd.ProcessState.ExitCode(); code != exitReconciled && code != exitDiscrepant && code != exitIncomplete {
			b.Fatalf("%s: exit status %d\n%s", s.name, code, log.String())
		}
		size, err := shown.Seek(0, 2)
		if err := errors.Join(err, shown.Close()); err != nil {
			b.Fatal(err)
		}
		b.Logf("%s: %d MB, %v, %d bytes written; %s", s.name, most/1e6, took.Round(time.Millisecond), size, log.String())
		b.ReportMetric(float64(most)/1e6, s.name+"-MB")
		if most > mostMemory {
			b.Errorf("%s took %d MB, more than %d", s.name, most/1e6, int(mostMemory/1e6))
		}
	}
	first, again := read(b, filepath.Join(dir, "pull")), read(b, filepath.Join(dir, "offline"))
	if apartFrom(first) != apartFrom(again) {
		b.Error("the report from the case alone is another")
	}
	if n := strings.Count(string(read(b, filepath.Join(dir, "history"))), `"kind":"erc20"`); uint64(n) != transfers {
		b.Errorf("the history has %d token transfers, and there are %d", n, transfers)
	}
}

func read(b *testing.B, name string) []byte {
	text, err := os.ReadFile(name)
	if err != nil {
		b.Fatal(err)
	}
	return text
}

// apartFrom takes requests out of a report, which are none the second time.
func apartFrom(report []byte) string {
	return string(regexp.MustCompile(`"requests":\{[^}]*\}`).ReplaceAll(report, nil))
}

// peak runs a command and returns the most memory, in bytes, that was resident
// at a time.
func peak(b *testing.B, cmd *exec.Cmd) (most int64) {
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		// How it ended is told by the exit status.
		_ = cmd.Wait()
	}()
	for {
		select {
		case <-ended:
			return most
		case <-time.After(20 * time.Millisecond):
			most = max(most, highWater(cmd.Process.Pid))
		}
	}
}

// highWater reads what the kernel has counted; 0 where the process is gone.
func highWater(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			if err != nil {
				return 0
			}
			return kilobytes << 10
		}
	}
	return 0
}

func floodWriteUp(b *testing.B, dir string) string {
	text := fmt.Sprintf(`---
date: 2023-11-14
target-entities: Flood
---

# Flood

On November 14, 2023, Flood lost 5000 T0.

## Attackers

- [%[1]s](https://etherscan.io/address/%[1]s)

## Losses

- 5000 T0
`, chain.Hex(chaintest.FloodAccount))
	path := filepath.Join(dir, "flood.md")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
	return path
}
