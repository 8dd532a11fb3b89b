package report

import (
	"bytes"
	"context"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/chain/ethrpc"
	"losstracer/chain/history"
	"losstracer/cmd/losstracer/demo"
	"losstracer/pricing"
	"losstracer/pricing/pricefile"
	"losstracer/trace"
	"losstracer/trace/flow"
	"losstracer/trace/incident"
	"losstracer/trace/label"
	"losstracer/trace/ledger"
	"losstracer/trace/loss"
	"losstracer/trace/reconcile"
)

// foreign is the text that reaches a report from outside: from documents,
// tokens, endpoints and lists of tags.
type foreign struct {
	title, token, why, label, host string
	claim                          string // a line of the write-up's losses
}

var tame = foreign{
	title: "Example Desk loses $1.2 million", token: "SHINY", why: "named under Attackers", label: "Example Exchange 4", host: "https://node.example",
	claim: "90 BTC",
}

// writeUp is a write-up with a figure of every kind.
func (f foreign) writeUp() *incident.Incident {
	return incident.Parse("desk.md", []byte(`---
date: 2024-03-02
target-entities: Example Desk
title: "`+strings.NewReplacer(`"`, "", "\n", " ").Replace(f.title)+`"
loss: 1250000
---

## Attackers

- [0x00000000000000000000000000000000000000a1](https://etherscan.io/address/0x00000000000000000000000000000000000000a1)

## Losses

Around $1.2 million:

- 300 ETH ($900,000)
- 200,000 USDC
- `+f.claim+`

The thief sent back 50 ETH.

## Timeline

- **March 1, 2024, 10:00 PM UTC:** The first transfer to the [thief](https://etherscan.io/tx/`+txHash(1).Hex()+`).
- **March 3, 2024:** A part comes back.
`))
}

func txHash(n int) common.Hash { return common.BigToHash(big.NewInt(int64(n) + 0x1000)) }

func addressOf(n int) common.Address { return common.BigToAddress(big.NewInt(int64(n))) }

var (
	eth    = chain.NativeAsset(1)
	usdc   = chain.Token(1, common.HexToAddress("0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48"))
	shiny  = chain.Token(1, common.HexToAddress("0x00000000000000000000000000000000005417ee"))
	theft  = time.Date(2024, 3, 1, 22, 0, 11, 0, time.UTC)
	thief  = addressOf(0xa1)
	victim = addressOf(0xb2)
)

// script builds transfers that follow each other.
type script struct {
	transfers []chain.Transfer
	n         int
}

// pay adds a transfer in a tx of its own, after the given time.
func (s *script) pay(after time.Duration, from, to common.Address, asset chain.AssetID, units string) {
	s.n++
	at := theft.Add(after)
	block := 19_000_000 + uint64(after/(12*time.Second))
	t := chain.Transfer{
		Ref: chain.Ref{
			ChainID: 1, Block: block, BlockHash: chain.Share(common.BigToHash(new(big.Int).SetUint64(block))), Tx: txHash(s.n), TxIndex: uint32(s.n), Site: chain.SiteFrame,
		},
		Time: uint64(at.Unix()), Kind: chain.KindNative, From: from, To: to, Asset: asset, Units: *uint256.MustFromDecimal(units),
		Proof: chain.Proven(),
	}
	if asset.Kind() != chain.Native {
		t.Site, t.Kind, t.Index = chain.SiteLog, chain.KindERC20, uint32(s.n)
		t.Proof = chain.Unproven("the receipts were not to be had")
	}
	s.transfers = append(s.transfers, t)
	fee := t
	fee.Site, fee.Kind, fee.Asset, fee.To, fee.Units = chain.SiteFee, chain.KindFee, eth, common.Address{}, *uint256.NewInt(2_100_000_000_000_001)
	if from == thief {
		s.transfers = append(s.transfers, fee)
	}
}

const (
	oneETH  = "000000000000000000"
	oneUSDC = "000000"
)

// story is a theft with a return, an unpriced asset, and money that moves on.
func story() *script {
	s := &script{}
	s.pay(-3*time.Hour, addressOf(0xf0), thief, eth, "100000000000000000")
	s.pay(0, victim, thief, eth, "300"+oneETH)
	s.pay(time.Minute, victim, thief, usdc, "200000"+oneUSDC)
	s.pay(2*time.Minute, victim, thief, shiny, "123456789012345678901")
	s.pay(time.Hour, thief, addressOf(0xc3), eth, "249123456789012345678")
	s.pay(90*time.Minute, addressOf(0xc3), addressOf(0xe1), eth, "200"+oneETH)
	s.pay(2*time.Hour, thief, addressOf(0xc4), usdc, "200000"+oneUSDC)
	s.pay(30*time.Hour, thief, victim, eth, "50"+oneETH)
	return s
}

// caseOf runs the stages on a story, as an investigation does, and fills in
// what an endpoint would have said.
func caseOf(t testing.TB, f foreign, s *script) *trace.Case {
	t.Helper()
	meta := map[chain.AssetID]chain.TokenMeta{
		usdc:  {Symbol: "USDC", Name: "USD Coin", Decimals: 6, DecimalsKnown: true},
		shiny: {Symbol: f.token, Name: f.token, Decimals: 18, DecimalsKnown: true},
	}
	account := func(a common.Address) chain.Account { return chain.Account{ChainID: 1, Address: a} }
	attackers := []chain.Party{{Account: account(thief), Basis: chain.Attributed, Why: f.why}}
	final := true
	window := chain.Window{From: 18_990_000, To: 19_010_000}
	end := chain.Block{Number: 19_010_000, Hash: common.HexToHash("0xe0d"), Time: uint64(theft.Add(33 * time.Hour).Unix())}
	closing := func(asset chain.AssetID, in, out, fees, witness string) chain.Closure {
		amount := func(units string) chain.Amount { return chain.AmountOf(asset, uint256.MustFromDecimal(units)) }
		c := chain.Closure{ChainID: 1, Address: thief, Asset: asset, Opening: chain.NewAmount(asset, new(big.Int)), In: amount(in), Out: amount(out), Fees: amount(fees)}
		c.Closing = c.In.Sub(c.Out).Sub(c.Fees)
		if witness != "" {
			w := amount(witness)
			c.Witness = &w
		} else {
			c.Note = "the endpoint has no state of that age"
		}
		return c
	}
	c := &trace.Case{
		Tool: "1.2.3", Incident: f.writeUp(), Attackers: attackers, Tokens: meta,
		Scopes: []trace.ChainScope{
			{
				Chain: "ethereum", ChainID: 1, Status: trace.Checked, Window: window, WindowWhy: "from two days before the theft", End: end,
				Finalized: &final, Endpoint: f.host, Client: "Geth/v1.17.10",
			},
			{Chain: "bitcoin", Status: trace.Unsupported, Detail: "not an EVM chain"},
		},
		Coverage: []chain.Coverage{
			{ChainID: 1, Address: thief, Scope: chain.ScopeNative, Method: chain.MethodTraceFilter, Window: window, Complete: true, Note: "every frame was seen"},
			{ChainID: 1, Address: thief, Scope: chain.ScopeTokens, Method: chain.MethodLogs, Window: window, Note: "a range was refused", Unavailable: []string{"19000100-19000200"}},
		},
		Closure: []chain.Closure{
			closing(eth, "300100000000000000000", "299123456789012345678", "6300000000000003", "970243210987654319"),
			closing(usdc, "200000000000", "200000000000", "0", ""),
		},
		Evidence: trace.Evidence{
			FactsDigest: "sha256:" + strings.Repeat("0a", 32), CaseDigest: "sha256:" + strings.Repeat("1b", 32), Responses: 77, Proven: 2, Unproven: 1,
			Why: []string{"the receipts were not to be had"}, VouchedBy: []string{f.host},
			Vouched: []trace.Vouching{{By: f.host, Transfers: 2}},
		},
		CrossChecks: []*chain.CrossCheck{{
			ChainID: 1, First: f.host, Host: "https://second.example", Percent: 20, Blocks: 3, Balances: 1, Addresses: 1,
			Agreed: []uint64{18_600_000}, Disagreement: []string{"block 18600001 has another hash"},
		}},
		Rounds:   []trace.Round{{Addresses: []chain.Account{account(thief)}, Why: "named by the write-up", Transfers: len(s.transfers)}},
		Requests: trace.Requests{HTTP: 3, RPC: 40, Bytes: 123456},
		Warnings: []string{f.host + ": the genesis hash is not known here"},
		Verdict:  trace.Discrepant,
	}
	prices := &pricing.Book{MaxAge: 72 * time.Hour}
	for asset, price := range map[chain.AssetID]string{eth: "3433.51", usdc: "1.0002"} {
		prices.Add(pricing.Quote{Subject: pricing.Of(asset), Price: decimal.RequireFromString(price), At: theft.Truncate(24 * time.Hour), Source: "daily closes", Method: "close"})
	}
	c.Statement = loss.Judge(loss.Input{
		Transfers: s.transfers, Tokens: meta, Attackers: attackers, Prices: prices,
		Victims: []chain.Party{{Account: account(victim), Basis: chain.Attributed, Why: "named by the tests"}},
	})
	c.Book = ledger.Build(s.transfers)
	c.TrialBalance = c.Book.TrialBalance(ledger.Parties{account(thief): ledger.Attackers, account(victim): ledger.Victims}, c.Closure)
	c.Result = reconcile.Compare(reconcile.Input{
		Claims: c.Incident.Claims, Statement: c.Statement, Prices: prices, Events: c.Incident.Timeline,
		Scopes:    []reconcile.Scope{{Chain: "ethereum", Checked: true}, {Chain: "bitcoin", Why: reconcile.UnsupportedChain, Detail: "not an EVM chain"}},
		Witnesses: []reconcile.Witness{{Line: c.Incident.Timeline[0].Pos.Line, Time: theft, What: "the linked tx", Firm: true}},
	})
	tags := &label.Book{}
	tags.Add(label.Tag{Chain: 1, Address: addressOf(0xe1), Label: f.label, Category: label.Exchange, Source: "tags.csv", Confidence: 90})
	h := &chain.History{ChainID: 1, Window: window, End: end, Transfers: s.transfers, Tokens: meta}
	seen := map[common.Address]bool{}
	for i := range s.transfers {
		if a := s.transfers[i].From; !seen[a] {
			seen[a] = true
			h.Coverage = append(h.Coverage, chain.Coverage{ChainID: 1, Address: a, Scope: chain.ScopeNative, Window: window, Complete: true})
		}
	}
	c.Histories = []*chain.History{h}
	result, err := trace.Follow(t.Context(), trace.FollowRequest{Case: c, Tags: tags, Prices: prices, Policy: flow.FIFO})
	if err != nil {
		t.Fatal(err)
	}
	c.Flow = result
	return c
}

// bareCase is a case of which nothing could be looked at.
func bareCase() *trace.Case {
	return &trace.Case{
		Tool: "1.2.3", Incident: incident.Parse("bare.md", []byte("# Something happened\n")), Statement: &loss.Statement{},
		Scopes: []trace.ChainScope{{Chain: "ethereum", ChainID: 1, Status: trace.NoEndpoint, Detail: "no endpoint was given for it"}}, Verdict: trace.Incomplete,
	}
}

// bigCase has 2,000 transfers that are judged, some hundred more that are
// followed, and 300 addresses in three layers.
func bigCase(t testing.TB) *trace.Case {
	t.Helper()
	const first, second = 100, 200
	s := &script{}
	s.pay(0, victim, thief, eth, "5000"+oneETH)
	s.pay(time.Second, victim, thief, usdc, "5000000"+oneUSDC)
	for i := range 1998 {
		asset, units := eth, fmt.Sprint(1+i%4)+oneETH
		if i%3 == 0 {
			asset, units = usdc, fmt.Sprint(100+i)+oneUSDC
		}
		s.pay(time.Hour+time.Duration(i)*13*time.Second, thief, addressOf(0x10000+i%first), asset, units)
	}
	for i := range 3 * second {
		s.pay(20*time.Hour+time.Duration(i)*13*time.Second, addressOf(0x10000+i%first), addressOf(0x20000+i%second), eth, fmt.Sprint(1+i%3)+oneETH)
	}
	return caseOf(t, tame, s)
}

// demoCase is the recording that the program brings along, from the write-up to
// the case.
func demoCase(t testing.TB) *trace.Case {
	t.Helper()
	transcript, err := ethrpc.ReadTranscript(bytes.NewReader(demo.Transcript))
	if err != nil {
		t.Fatal(err)
	}
	quotes, err := pricefile.Read("prices.csv", bytes.NewReader(demo.Prices))
	if err != nil {
		t.Fatal(err)
	}
	client, err := ethrpc.New(demo.Host, ethrpc.Options{Recorder: transcript, Offline: true})
	if err != nil {
		t.Fatal(err)
	}
	book := &pricing.Book{}
	book.Add(quotes...)
	c, err := trace.Investigate(context.Background(), trace.Request{
		Tool: "1.2.3", Incident: incident.Parse("incident.md", demo.WriteUp), Prices: book, Tags: label.Builtin(),
		Endpoints: []trace.Endpoint{{Host: client.Host(), Source: history.New(client, history.Options{})}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
