package main

import (
	"path/filepath"
	"strings"
	"testing"

	"losstracer/chain/chaintest"
)

// A second endpoint is a witness, in the case as well, and one that says
// something else is told of before anything else.
func TestCrossCheck(t *testing.T) {
	t.Parallel()
	first, _ := node(t)
	second, server := node(t)
	other := chaintest.Serve(t, smallTheft(56))
	writeUp, file := smallWriteUp(t), filepath.Join(t.TempDir(), "small.case")
	args := []string{"verify", writeUp, "--rpc", first, "--rpc", second, "--cross-check", "100", "--format", "json"}
	got := losstracer(t, append(args, "--case", file)...)
	if got.status != smallStatus || strings.Contains(got.stdout, " disagree") || server.Calls()["eth_getBlockByNumber"] < 2 {
		t.Fatalf("exit status %d, the second endpoint was asked %v\n%s%s", got.status, server.Calls(), got.stdout, got.stderr)
	}
	asked := server.Requests()
	offline := losstracer(t, append(args, "--case", file, "--offline")...)
	if apart(t, offline.stdout) != apart(t, got.stdout) || offline.stderr != "" {
		t.Errorf("offline the report is another\n%s", offline.stderr)
	}
	if checked := losstracer(t, "case", "verify", file); checked.status != 0 || !strings.Contains(checked.stdout, "everything matches") {
		t.Errorf("case verify: exit status %d\n%s%s", checked.status, checked.stdout, checked.stderr)
	}
	if n := server.Requests(); n != asked {
		t.Errorf("%d requests went to the second endpoint offline", n-asked)
	}
	if alone := losstracer(t, "verify", writeUp, "--rpc", first, "--rpc", other, "--cross-check", "10"); !strings.Contains(alone.stdout, "nothing was cross-checked") {
		t.Errorf("an endpoint of another chain:\n%s%s", alone.stdout, alone.stderr)
	}
}
