package main

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"losstracer/chain/chaintest"
)

// TestDryRunForetells sets what --dry-run says that a run costs against what
// the run then cost, on endpoints of which one gives logs by few blocks. What
// the victim adds, who is found on the way, is not foretold.
func TestDryRunForetells(t *testing.T) {
	t.Parallel()
	about := regexp.MustCompile(`about (\d+) requests with (\d+) calls`)
	for _, row := range []struct {
		name    string
		options []chaintest.Option
		says    string
	}{
		{"no limit", nil, ""},
		{"no traces", []chaintest.Option{chaintest.WithoutTraces()}, ""},
		{"10,000 blocks", []chaintest.Option{chaintest.LogRangeLimit(10_000, chaintest.Infura)}, "logs are asked for by 10000 blocks"},
		{"1,000 blocks", []chaintest.Option{chaintest.LogRangeLimit(1000, chaintest.QuickNode)}, "logs are asked for by 1000 blocks"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			url, server := node(t, row.options...)
			writeUp := smallWriteUp(t)
			plan := losstracer(t, "verify", writeUp, "--rpc", url, "--dry-run")
			if n := total(server.Calls()); n > 60 {
				t.Errorf("the plan itself took %d calls", n)
			}
			m := about.FindStringSubmatch(strings.Join(strings.Fields(plan.stdout), " "))
			if m == nil || !strings.Contains(strings.Join(strings.Fields(plan.stdout), " "), row.says) {
				t.Fatalf("the plan says:\n%s%s", plan.stdout, plan.stderr)
			}
			server.ResetCounts()
			took := requestsOf(t, losstracer(t, "verify", writeUp, "--rpc", url, "--format", "json").stdout)
			calls := total(server.Calls())
			said, _ := strconv.Atoi(m[1])
			saidCalls, _ := strconv.Atoi(m[2])
			t.Logf("%d requests and %d calls foretold, %d and %d taken", said, saidCalls, took, calls)
			// The ranges of logs that are asked for before the first refusal came
			// back, and those of the victim's short window, are few.
			const victim, callsOfVictim = 25, 60
			if said+victim < took*9/10 || said > took {
				t.Errorf("%d requests and %d for the victim were foretold, and it took %d", said, victim, took)
			}
			if saidCalls+callsOfVictim < calls*9/10 || saidCalls > calls {
				t.Errorf("%d calls and %d for the victim were foretold, and it took %d", saidCalls, callsOfVictim, calls)
			}
		})
	}
}
