package main

import (
	"context"
	"flag"
	"io"
	"math/big"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/rogpeppe/go-internal/testscript"

	"losstracer/chain/chaintest"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"losstracer": func() {
			os.Exit(run(context.Background(), os.Args[1:], environment{
				stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, lookup: os.LookupEnv,
			}))
		},
	})
}

// TestScripts runs the command as a user would. Endpoints that misbehave, one
// of each sort, stand in the environment.
func TestScripts(t *testing.T) {
	t.Parallel()
	endpoints := map[string]string{
		"NODE_RPC":   chaintest.Serve(t, smallTheft(1)),
		"BSC_RPC":    chaintest.Serve(t, smallTheft(56)),
		"PRUNED_RPC": chaintest.Serve(t, smallTheft(1), chaintest.PrunedHistory(2_000_000)),
		"DEAD_RPC":   chaintest.DeadEndpoint(t),
		"HTML_RPC":   chaintest.HTMLEndpoint(t),
		"DENIED_RPC": chaintest.StatusEndpoint(t, http.StatusUnauthorized),
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			for name, url := range endpoints {
				env.Setenv(name, url)
				env.Setenv(strings.TrimSuffix(name, "_RPC")+"_HOST", strings.TrimPrefix(url, "http://"))
			}
			env.Setenv("COLUMNS", "100")
			return nil
		},
	})
}

// smallTheft is a chain on which 0x…b2 loses 5 of the coin to 0x…a1.
func smallTheft(chainID uint64) *chaintest.Fixture {
	thief, victim := common.HexToAddress("0x00000000000000000000000000000000000000a1"), common.HexToAddress("0x00000000000000000000000000000000000000b2")
	b := chaintest.NewBuilder(chainID)
	b.Open(thief, big.NewInt(1_000_000_000_000_000_000), 3)
	b.Block(1_000_000, 1_700_327_000) // 2023-11-18 17:03:20 UTC
	b.Send(victim, thief, new(big.Int).Mul(big.NewInt(5), big.NewInt(1_000_000_000_000_000_000)))
	b.Block(1_000_500, 1_700_333_000)
	b.Send(thief, common.HexToAddress("0xc3"), big.NewInt(1_000_000_000_000_000_000))
	return b.Fixture(3_000_000)
}

func TestKeysStayOut(t *testing.T) {
	t.Parallel()
	dead := chaintest.DeadEndpoint(t) + "/v2/sEcReTkEy?apikey=sEcReTkEy"
	r := losstracer(t, "verify", "demo/incident.md", "--rpc", dead)
	if strings.Contains(r.stdout+r.stderr, "sEcReTkEy") {
		t.Errorf("the key of the endpoint's URL shows in the output:\n%s%s", r.stdout, r.stderr)
	}
	if r.status != exitDiscrepant && r.status != exitIncomplete {
		t.Errorf("exit status: got %d, want the report to be written\n%s", r.status, r.stderr)
	}
}

func TestInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(200*time.Millisecond, cancel)
	begun := time.Now()
	var stderr strings.Builder
	status := run(ctx, []string{"verify", "demo/incident.md", "--rpc", chaintest.HangingEndpoint(t)}, environment{
		stdin: strings.NewReader(""), stdout: io.Discard, stderr: &stderr, lookup: func(string) (string, bool) { return "", false },
	})
	if status != exitInterrupted || !strings.Contains(stderr.String(), "interrupted") {
		t.Errorf("exit status: got %d (%s), want %d", status, stderr.String(), exitInterrupted)
	}
	// The endpoint would be waited for much longer. Of a second, on a machine that
	// has other tests to run.
	if took := time.Since(begun); took > 10*time.Second {
		t.Errorf("an interrupted run took %s to end", took)
	}
}
