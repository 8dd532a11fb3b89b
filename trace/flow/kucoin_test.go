package flow

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"

	"losstracer/chain"
)

// TestSourceWithNothingBeyond: of the theft from KuCoin on 2020-09-25 only what
// the thief received is at hand. The trace says that it is held as far as is
// known, that nothing is known of any payment, and where nothing can be known.
func TestSourceWithNothingBeyond(t *testing.T) {
	t.Parallel()
	shared := os.Getenv("LOSSTRACER_SHARED")
	if shared == "" {
		t.Skip("LOSSTRACER_SHARED is not set: the KuCoin transfers are not at hand")
	}
	transfers := readKuCoin(t, filepath.Join(shared, "data", "kucoin2020", "erc20.csv"))
	req := Request{Record: &Record{}}
	req.Record.Add(transfers)
	for _, x := range transfers {
		req.Stolen = append(req.Stolen, Theft{ChainID: 1, Tx: x.Tx, From: x.From, To: x.To, Asset: x.Asset, Units: x.Units})
	}
	r := trace(t, req)
	if len(r.Held) == 0 || len(r.Terminals) != 0 || len(r.Unresolved) != 0 {
		t.Fatalf("want everything held, got %d held, %d terminals, %d unresolved", len(r.Held), len(r.Terminals), len(r.Unresolved))
	}
	for _, h := range r.Held {
		if !h.Silent {
			t.Errorf("%s of %s: a payment by the thief is said to be known", h.Units, h.Asset)
		}
	}
	if !strings.Contains(strings.Join(r.Warnings, "\n"), "no outgoing transfer of the account is given at all") {
		t.Errorf("want a warning that nothing beyond is known, got %q", r.Warnings)
	}
	checkKuCoin(t, r, filepath.Join(shared, "data", "kucoin2020", "expected.json"))
}

func readKuCoin(t *testing.T, name string) []chain.Transfer {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	number := func(s string) uint64 {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	var ts []chain.Transfer
	for i, w := range rows[1:] {
		ts = append(ts, chain.Transfer{
			Ref:  chain.Ref{ChainID: 1, Block: number(w[0]), Tx: common.HexToHash(w[2]), TxIndex: uint32(number(w[10])), Site: chain.SiteLog, Index: uint32(i)},
			Time: number(w[1]), Kind: chain.KindERC20, From: common.HexToAddress(w[3]), To: common.HexToAddress(w[5]),
			Asset: chain.Token(1, common.HexToAddress(w[4])), Units: *uint256.MustFromDecimal(w[6]),
		})
	}
	chain.SortTransfers(ts)
	return ts
}

func checkKuCoin(t *testing.T, r *Result, name string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var expected struct {
		Tokens []struct{ Address, Raw string }
	}
	if err := json.Unmarshal(text, &expected); err != nil {
		t.Fatal(err)
	}
	held := map[string]string{}
	for _, h := range r.Held {
		held[chain.Hex(h.Asset.Contract())] = h.Units.String()
	}
	for _, x := range expected.Tokens {
		if got := held[strings.ToLower(x.Address)]; got != x.Raw {
			t.Errorf("token %s: want %s held, got %q", x.Address, x.Raw, got)
		}
	}
}
