package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"losstracer/chain/chaintest"
)

// shared finds real data that lies outside the project.
func shared(t *testing.T, path ...string) string {
	t.Helper()
	dir := os.Getenv("LOSSTRACER_SHARED")
	if dir == "" {
		t.Skip("LOSSTRACER_SHARED is not set: the real data that this test reads is elsewhere")
	}
	return filepath.Join(append([]string{dir}, path...)...)
}

// thorough skips a test of -short, under which CI has the race detector on: what
// it does at once shorter tests do as well, and the whole run has it.
func thorough(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes long, and -short is set")
	}
}

// result is the outcome of a command line.
type result struct {
	status         int
	stdout, stderr string
}

func losstracer(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), args, environment{
		stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr,
		lookup: func(string) (string, bool) { return "", false },
	})
	return result{status, stdout.String(), stderr.String()}
}

// closes writes a price file from daily closes, each stamped at the end of its
// day: at 00:00 of the same day it would look ahead.
func closes(t *testing.T) string {
	t.Helper()
	f, err := os.Open(shared(t, "data", "prices", "etherscan-EtherPrice.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	b.WriteString("asset_id,time,price_usd,source\n")
	for _, row := range rows[1:] {
		day, err := time.Parse("1/2/2006", row[0])
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "eip155:1/slip44:60,%s,%s,Etherscan daily close of %s\n", day.AddDate(0, 0, 1).Format(time.RFC3339), row[2], row[0])
	}
	path := filepath.Join(t.TempDir(), "prices.csv")
	if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// reportJSON is the part of losstracer/report/v1 that the tests read.
type reportJSON struct {
	Verdict string `json:"verdict"`
	Scope   struct {
		Chains []struct {
			Chain, Status, Detail string
		}
		Attackers, Victims []struct{ Address, Basis string }
	}
	Losses []struct {
		AssetID   string `json:"asset_id"`
		Symbol    string
		Gross     string
		GrossUSD  *string `json:"gross_usd"`
		BeforeUSD *string `json:"before_usd"`
		Quote     *struct {
			PriceUSD   string `json:"price_usd"`
			At, Source string
		}
		Transfers []struct{ Quantity string }
	}
	Excluded []struct {
		Class, Symbol, Quantity, Why string
	}
	Findings []struct {
		Claim struct {
			Kind, Text string
			Line       int
			Asset      *string
		}
		Verdict string
		Causes  []struct{ Code string }
	}
	Evidence struct {
		ProvenLogs   int      `json:"proven_logs"`
		UnprovenLogs int      `json:"unproven_logs"`
		UnprovenWhy  []string `json:"unproven_why"`
		FactsDigest  string   `json:"facts_digest"`
	}
	Checked  struct{ Percent *string }
	Warnings []string
}

func decodeReport(t *testing.T, r result) reportJSON {
	t.Helper()
	var report reportJSON
	if err := json.Unmarshal([]byte(r.stdout), &report); err != nil {
		t.Fatalf("report: %v\nstdout: %s\nstderr: %s", err, r.stdout, r.stderr)
	}
	return report
}

func TestKuCoinTheft(t *testing.T) {
	t.Parallel()
	fixture, err := chaintest.LoadFixture(shared(t, "data", "kucoin2020", "rpc_fixture.json"))
	if err != nil {
		t.Fatal(err)
	}
	writeUp := shared(t, "corpus", "incidents", "2020-09-25-KuCoin.md")
	url := chaintest.Serve(t, fixture)
	r := losstracer(t, "verify", writeUp, "--rpc", url, "--price-file", closes(t), "--format", "json")
	if r.status != exitDiscrepant {
		t.Errorf("exit status: got %d, want %d\n%s", r.status, exitDiscrepant, r.stderr)
	}
	report := decodeReport(t, r)

	t.Run("every asset's sum", func(t *testing.T) {
		want := kucoinSums(t)
		got := map[string]string{}
		for _, l := range report.Losses {
			got[l.AssetID] = l.Gross
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("gross loss per asset (-want +got):\n%s", diff)
		}
	})
	t.Run("zero-value transfers are excluded", func(t *testing.T) {
		zero := 0
		for _, e := range report.Excluded {
			if e.Class == "spam" && e.Quantity == "0" {
				zero++
			}
		}
		if want := 9; zero != want {
			t.Errorf("zero-value transfers: got %d, want %d", zero, want)
		}
	})
	t.Run("the coin is priced at the last close before", func(t *testing.T) {
		for _, l := range report.Losses {
			if l.AssetID != "eip155:1/slip44:60" {
				continue
			}
			if l.Quote == nil || l.Quote.PriceUSD != "349.18" {
				t.Errorf("quote of ETH: got %+v, want 349.18", l.Quote)
			}
		}
	})
	t.Run("findings", func(t *testing.T) {
		var got []string
		for _, f := range report.Findings {
			if f.Claim.Kind == "asset" {
				got = append(got, fmt.Sprintf("%d %s %s", f.Claim.Line, *f.Claim.Asset, f.Verdict))
			}
		}
		slices.Sort(got)
		want := []string{
			"47 BTC unverifiable", "48 ETH over", "49 USDT over", "50 XRP unverifiable",
			"51 LTC unverifiable", "52 USDT unverifiable", "53 ERC-20 tokens unpriced", "54 Stellar tokens unverifiable",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("findings (-want +got):\n%s", diff)
		}
	})
	t.Run("nothing is proven, and why", func(t *testing.T) {
		e := report.Evidence
		if e.ProvenLogs != 0 || e.UnprovenLogs != 160 || len(e.UnprovenWhy) == 0 {
			t.Errorf("evidence: got %+v, want 160 unproven logs with a reason", e)
		}
	})
}

// kucoinSums returns the sums of the hand-made expectation in whole units, by
// asset id. UTK, of which only nothing was moved, is no loss.
func kucoinSums(t *testing.T) map[string]string {
	t.Helper()
	raw, err := os.ReadFile(shared(t, "data", "kucoin2020", "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expected struct {
		ETH    string `json:"ETH_human"`
		Tokens []struct{ Address, Amount string }
	}
	if err := json.Unmarshal(raw, &expected); err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{"eip155:1/slip44:60": expected.ETH}
	for _, token := range expected.Tokens {
		sums["eip155:1/erc20:"+token.Address] = token.Amount
	}
	if len(sums) != 87 {
		t.Fatalf("expected.json has %d assets, want 87", len(sums))
	}
	return sums
}
