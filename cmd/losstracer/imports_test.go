package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// mayImport is the direction of the data: what each package may import of
// ours. A package that is not here is not planned, and fails the test.
var mayImport = map[string][]string{
	"chain":             {},
	"chain/ethrpc":      {"chain"},
	"chain/proof":       {"chain"},
	"chain/history":     {"chain", "chain/ethrpc", "chain/proof"},
	"chain/devnet":      {"chain", "chain/chaintest"},
	"chain/chaintest":   {"chain"},
	"pricing":           {"chain"},
	"pricing/pricefile": {"chain", "pricing"},
	"pricing/llama":     {"chain", "pricing"},
	"pricing/coingecko": {"chain", "pricing"},
	"pricing/chainlink": {"chain", "chain/ethrpc", "pricing", "pricing/onchain"},
	"pricing/uniswap":   {"chain", "chain/ethrpc", "pricing", "pricing/onchain"},
	"pricing/vault":     {"chain", "chain/ethrpc", "pricing", "pricing/onchain"},
	"pricing/onchain":   {"chain", "chain/ethrpc"},
	// For tests alone.
	"pricing/pricingtest": {"chain/chaintest", "chain/devnet", "chain/ethrpc"},
	"trace/incident":      {"chain"},
	"trace/label":         {"chain"},
	"trace/ledger":        {"chain"},
	"trace/loss":          {"chain", "pricing", "trace/ledger", "trace/label"},
	"trace/reconcile":     {"chain", "pricing", "trace/incident", "trace/loss"},
	"trace/flow":          {"chain", "pricing", "trace/ledger", "trace/label"},
	"trace": {
		"chain", "chain/ethrpc", "chain/history", "chain/proof", "pricing", "trace/incident", "trace/label",
		"trace/ledger", "trace/loss", "trace/reconcile", "trace/flow",
	},
	"trace/casefile": {
		"chain", "chain/ethrpc", "pricing", "trace", "trace/incident", "trace/label", "trace/ledger", "trace/loss",
		"trace/reconcile", "trace/flow",
	},
	"trace/report": {
		"chain", "pricing", "trace", "trace/incident", "trace/label", "trace/ledger", "trace/loss", "trace/reconcile", "trace/flow",
	},
	"cmd/losstracer/demo": {},
	"cmd/losstracer":      {anything, notLinked("chain/devnet"), notLinked("chain/chaintest"), notLinked("pricing/pricingtest")},
	"cmd/record-demo":     {anything},
}

const anything = "*"

func notLinked(p string) string { return "-" + p }

func TestImports(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "losstracer/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg := strings.TrimPrefix(fields[0], "losstracer/")
		seen[pkg] = true
		allowed, ok := mayImport[pkg]
		if !ok {
			t.Errorf("package %s is not in the table of packages", pkg)
		}
		for _, path := range fields[1:] {
			imported, ours := strings.CutPrefix(path, "losstracer/")
			if !ours {
				continue
			}
			if slices.Contains(allowed, notLinked(imported)) || (!slices.Contains(allowed, anything) && !slices.Contains(allowed, imported)) {
				t.Errorf("%s imports %s, which its place in the flow of data does not allow", pkg, imported)
			}
		}
	}
	if !seen["chain"] || !seen["cmd/losstracer"] {
		t.Errorf("go list did not list the packages of the project: %s", out)
	}
}

// TestBelongings holds the few things that may be used in some places only.
func TestBelongings(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "losstracer/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	belongs := map[string][]string{
		"github.com/spf13/cobra":                       {"cmd/"},
		"github.com/ethereum/go-ethereum/ethclient":    {"chain/"},
		"github.com/ethereum/go-ethereum/rpc":          {"chain/"},
		"github.com/ethereum/go-ethereum/core/types":   {"chain", "trace/casefile", "pricing/pricingtest"},
		"github.com/ethereum/go-ethereum/accounts/abi": {"chain", "pricing/"},
		"github.com/shopspring/decimal":                {"pricing", "trace", "cmd/"},
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg := strings.TrimPrefix(fields[0], "losstracer/")
		for _, path := range fields[1:] {
			places, restricted := belongs[path]
			if restricted && !slices.ContainsFunc(places, func(p string) bool { return strings.HasPrefix(pkg, p) }) {
				t.Errorf("%s imports %s, which belongs in %s", pkg, path, strings.Join(places, ", "))
			}
		}
	}
}
