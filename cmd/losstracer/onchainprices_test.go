package main

import (
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/crypto"
	"github.com/google/go-cmp/cmp"

	"losstracer/chain/chaintest"
)

// robbery is a theft on anvil as Fantom, of whose genesis nobody knows the hash:
// coins, shares of a vault that holds what it owes, and shares of one that only
// says so. The coin's feed stands where Chainlink's does.
type robbery struct {
	t                      *testing.T
	url                    string
	node                   *chaintest.Steering
	contracts              map[string]chaintest.Contract
	deployer               common.Address
	victim, thief          common.Address
	dollar, savings, spoof common.Address
}

const robbed = 1687435200 // 2023-06-22T12:00:00Z

func rob(t *testing.T) *robbery {
	r := &robbery{
		t: t, url: chaintest.Anvil(t, "--chain-id", "250", "--timestamp", fmt.Sprint(robbed-3*86400), "--max-persisted-states", "1000"),
		contracts: chaintest.Contracts(t, "../../chain/devnet/contracts", "../../pricing/vault/testdata/contracts"),
		deployer:  common.HexToAddress("0xde0001"), victim: common.HexToAddress("0x71c0001"), thief: common.HexToAddress("0xbad0001"),
	}
	r.node = chaintest.Steer(t, r.url)
	for _, a := range []common.Address{r.deployer, r.victim} {
		r.node.Impersonate(a)
		r.node.SetBalance(a, whole(1_000_000, 18))
	}
	r.dollar = r.create("Token", "Dollar", "DLR", uint8(6), r.victim, whole(1_000_000, 6))
	r.savings = r.create("Savings", r.dollar, "SAVE")
	r.call(r.victim, "Token", r.dollar, "approve", r.savings, whole(1000, 6))
	r.call(r.victim, "Savings", r.savings, "deposit", whole(1000, 6), r.victim)
	r.call(r.victim, "Token", r.dollar, "transfer", r.savings, whole(100, 6)) // 1.1 a share
	r.spoof = r.create("Boast", r.dollar, "BOAST")
	r.call(r.victim, "Token", r.dollar, "approve", r.spoof, whole(1, 6))
	r.call(r.victim, "Savings", r.spoof, "deposit", whole(1, 6), r.victim)
	r.node.NextTime(robbed - 600)
	r.node.Mine(1)
	r.feed()
	r.node.NextTime(robbed)
	r.node.Mine(1)
	r.node.Receipt(r.node.Send(r.victim, &r.thief, whole(5000, 18), nil))
	r.call(r.victim, "Savings", r.savings, "transfer", r.thief, whole(400, 18))
	r.call(r.victim, "Savings", r.spoof, "transfer", r.thief, whole(9, 17))
	r.node.Mine(3)
	return r
}

// feed puts a price of the coin where the feed is.
func (r *robbery) feed() {
	feed := common.HexToAddress("0xf4766552D15AE4d256Ad41B6cf2933482B0680dc")
	claims := r.create("Claims")
	var code hexutil.Bytes
	r.node.Call(&code, "eth_getCode", claims, "latest")
	r.node.SetCode(feed, code)
	number := func(n int64) []byte { return common.BigToHash(big.NewInt(n)).Bytes() }
	claim := func(method string, words ...[]byte) {
		var answer []byte
		for _, w := range words {
			answer = append(answer, w...)
		}
		r.call(r.deployer, "Claims", feed, "claim", [4]byte(crypto.Keccak256([]byte(method))[:4]), answer)
	}
	claim("description()", number(32), number(9), common.RightPadBytes([]byte("FTM / USD"), 32))
	claim("decimals()", number(8))
	round := common.BigToHash(new(big.Int).Lsh(big.NewInt(3), 64)).Bytes()
	claim("latestRoundData()", round, number(30_000_000), number(robbed-700), number(robbed-700), round)
}

func whole(n, decimals int64) *big.Int {
	ten := new(big.Int).Exp(big.NewInt(10), big.NewInt(decimals), nil)
	return ten.Mul(ten, big.NewInt(n))
}

func (r *robbery) create(name string, args ...any) common.Address {
	r.t.Helper()
	return r.node.Receipt(r.node.Send(r.deployer, nil, new(big.Int), r.contracts[name].Deploy(args...))).ContractAddress
}

func (r *robbery) call(from common.Address, name string, to common.Address, method string, args ...any) {
	r.t.Helper()
	r.node.Receipt(r.node.Send(from, &to, new(big.Int), r.contracts[name].Pack(method, args...)))
}

// TestPricesOnChain verifies a write-up of the robbery with the prices that
// stand on the chain, and one row of a file for the dollar.
func TestPricesOnChain(t *testing.T) {
	t.Parallel()
	r := rob(t)
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	writeUp := write("incident.md", fmt.Sprintf(`---
date: 2023-06-22
title: A desk on Fantom is robbed
loss: 1940
---

## Attackers

- [%[1]s](https://ftmscan.com/address/%[1]s)

## Losses

- 5,000 FTM ($1,500)
- 400 SAVE ($440)
`, strings.ToLower(r.thief.Hex())))
	prices := write("prices.csv", fmt.Sprintf("asset_id,time,price_usd,source\neip155:250/erc20:%s,%s,1,a price for this test\n",
		strings.ToLower(r.dollar.Hex()), time.Unix(robbed-86400, 0).UTC().Format(time.RFC3339)))
	args := []string{"verify", writeUp, "--rpc", r.url, "--price-file", prices, "--case", filepath.Join(folder, "case.db"), "--format", "json"}
	got := losstracer(t, args...)
	if got.status != exitIncomplete {
		t.Errorf("exit status %d, want %d: one asset has no price\n%s", got.status, exitIncomplete, got.stderr)
	}
	report := decodeReport(t, got)
	type row struct{ gross, usd, before, price, source string }
	found := map[string]row{}
	for _, l := range report.Losses {
		f := row{gross: l.Gross}
		if l.GrossUSD != nil {
			f.usd, f.price, f.source = *l.GrossUSD, l.Quote.PriceUSD, l.Quote.Source
		}
		if l.BeforeUSD != nil {
			f.before = *l.BeforeUSD
		}
		found[l.AssetID] = f
	}
	token := func(a common.Address) string { return "eip155:250/erc20:" + strings.ToLower(a.Hex()) }
	want := map[string]row{
		"eip155:250/slip44:1007": {"5000", "1500", "1500", "0.3", "Chainlink FTM / USD"},
		token(r.savings):         {"400", "440", "440", "1.1", "contract " + strings.ToLower(r.savings.Hex())},
		token(r.spoof):           {gross: "0.9"},
	}
	if diff := cmp.Diff(want, found, cmp.AllowUnexported(row{})); diff != "" {
		t.Errorf("losses (-want +got):\n%s", diff)
	}
	text := losstracer(t, append(args[:len(args)-2:len(args)-2], "--offline")...).stdout
	plain := strings.Join(strings.Fields(text), " ")
	for _, part := range []string{
		"Measured: $1,940.00 gross", "a floor", "held the 1100 that all its shares came to", "says at block 14 that one redeems to 1000000000000",
		"it holds 1 itself, and no contract that is known here vouches for it",
	} {
		if !strings.Contains(plain, part) {
			t.Errorf("the report lacks %q:\n%s", part, text)
		}
	}
	if checked := losstracer(t, "case", "verify", filepath.Join(folder, "case.db")); checked.status != 0 {
		t.Errorf("case verify: exit status %d\n%s%s", checked.status, checked.stdout, checked.stderr)
	}
	// What was sent is not what was learnt.
	requests := regexp.MustCompile(`"requests":\{[^}]*\}`)
	again := losstracer(t, append(args, "--offline")...)
	if diff := cmp.Diff(requests.ReplaceAllString(got.stdout, ""), requests.ReplaceAllString(again.stdout, "")); diff != "" {
		t.Errorf("offline the report is another (-online +offline):\n%s", diff)
	}
}
