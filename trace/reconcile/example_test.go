package reconcile_test

import (
	"fmt"
	"math/big"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
	"losstracer/trace/reconcile"
)

func party(a string) chain.Party {
	return chain.Party{Account: chain.Account{ChainID: 1, Address: common.HexToAddress(a)}, Basis: chain.Attributed, Why: "named"}
}

// stolenCoin is a theft of 488.7 ETH at 1,963.67 dollars.
func stolenCoin() reconcile.Input {
	at := time.Date(2023, 11, 18, 17, 8, 35, 0, time.UTC)
	eth := chain.NativeAsset(1)
	units, _ := new(big.Int).SetString("488700000000000000000", 10)
	victim, thief := party("0xb2"), party("0xa1")
	prices := &pricing.Book{}
	prices.Add(pricing.Quote{Subject: pricing.Of(eth), Price: decimal.RequireFromString("1963.67"), At: at.Truncate(24 * time.Hour), Source: "closes", Method: "close"})
	statement := loss.Judge(loss.Input{
		Transfers: []chain.Transfer{{
			Ref:  chain.Ref{ChainID: 1, Block: 18_600_123, Tx: common.HexToHash("0x01"), Site: chain.SiteFrame},
			Time: uint64(at.Unix()), From: victim.Account.Address, To: thief.Account.Address, Asset: eth, Units: *uint256.MustFromBig(units),
		}},
		Attackers: []chain.Party{thief}, Victims: []chain.Party{victim}, Prices: prices,
	})
	return reconcile.Input{Statement: statement, Prices: prices, Scopes: []reconcile.Scope{{Chain: "ethereum", Checked: true}}}
}

// A quantity that was written down as dollars.
func ExampleCompare() {
	in := stolenCoin()
	in.Claims = incident.Parse("write-up.md", []byte(`---
date: 2023-11-19
target-entities: Halvorsen Tidewater
title: Halvorsen Tidewater is robbed
---

## Losses

   - $488.7 in ETH
`)).Claims
	for _, f := range reconcile.Compare(in).Findings {
		if f.Claim.Kind != incident.ClaimAsset {
			continue
		}
		fmt.Printf("%s: %s\n", f.Claim.Text, f.Verdict)
		for _, cause := range f.Causes {
			fmt.Printf("  %s [%s]: %s\n", cause.Code, cause.Basis, cause.Explanation)
		}
	}
	// Output:
	// $488.7 in ETH: unit-error
	//   unit-error [derived]: “$488.7 in ETH” fits if read as 488.7 ETH, not dollars: 488.7 were measured
}

func ExampleCorrected() {
	in := stolenCoin()
	for _, line := range reconcile.Corrected(in, reconcile.Compare(in)) {
		fmt.Println(line)
	}
	// Output:
	// ## Losses
	//
	// About $959,646 at the time of the theft:
	//
	// - 488.7 ETH ($959,646): transaction [1](https://etherscan.io/tx/0x0000000000000000000000000000000000000000000000000000000000000001)
}
