package reconcile_test

import (
	"fmt"
	"math/big"
	"testing"
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

// million is a case of a million transfers of fifty assets between an attacker
// and ten thousand others: thefts, payments onward, sales, fees, and strangers
// who pay in.
func million() (loss.Input, []incident.Claim) {
	start := time.Date(2024, 3, 5, 12, 0, 0, 0, time.UTC)
	thief, robbed := party("0xa1"), party("0xb2")
	in := loss.Input{
		Attackers: []chain.Party{thief}, Victims: []chain.Party{robbed},
		Tokens: map[chain.AssetID]chain.TokenMeta{}, Prices: &pricing.Book{}, ReportDay: start.Truncate(24 * time.Hour),
	}
	var assets []chain.AssetID
	var claims []incident.Claim
	for i := range int64(50) {
		asset := chain.Token(1, common.BigToAddress(big.NewInt(0xa000+i)))
		assets = append(assets, asset)
		in.Tokens[asset] = chain.TokenMeta{Symbol: fmt.Sprintf("TOK%d", i), Decimals: 18, DecimalsKnown: true}
		for day := range 60 {
			in.Prices.Add(pricing.Quote{Subject: pricing.Of(asset), Price: decimal.New(1000+i+int64(day), -2), At: start.AddDate(0, 0, day-30), Source: "closes"})
		}
		claims = append(claims, incident.Claim{Kind: incident.ClaimAsset, Asset: in.Tokens[asset].Symbol, Quantity: &incident.Figure{Value: decimal.NewFromInt(i), Step: decimal.NewFromInt(1)}})
	}
	for i := range 1_000_000 {
		other := common.BigToAddress(big.NewInt(0xc0000 + int64(i%10_007)))
		t := chain.Transfer{
			Ref:  chain.Ref{ChainID: 1, Block: 19_000_000 + uint64(i/50), TxIndex: uint32(i%50) / 2, Site: chain.SiteLog, Index: uint32(i % 50)},
			Time: uint64(start.Add(time.Duration(i/50) * 12 * time.Second).Unix()), Kind: chain.KindERC20,
			Asset: assets[(i*7+i/3)%50], Units: *uint256.NewInt(uint64(i+1) * 1_000_000_007),
		}
		t.Tx = common.BigToHash(new(big.Int).SetUint64(t.Block<<16 | uint64(t.TxIndex) | 1<<60))
		switch i % 5 {
		case 0, 1:
			t.From, t.To = robbed.Account.Address, thief.Account.Address
		case 2:
			t.From, t.To = other, thief.Account.Address
		case 3:
			t.From, t.To = thief.Account.Address, other
		default:
			t.Kind, t.Site, t.Index, t.Asset, t.From = chain.KindFee, chain.SiteFee, 0, chain.NativeAsset(1), thief.Account.Address
		}
		in.Transfers = append(in.Transfers, t)
	}
	chain.SortTransfers(in.Transfers)
	return in, claims
}

// BenchmarkMillion judges a million transfers of one case and reconciles them.
func BenchmarkMillion(b *testing.B) {
	in, claims := million()
	b.ReportAllocs()
	for b.Loop() {
		s := loss.Judge(in)
		r := reconcile.Compare(reconcile.Input{Claims: claims, Statement: s, Prices: in.Prices, Scopes: []reconcile.Scope{{Chain: "ethereum", Checked: true}}})
		if len(s.Judgements) != len(in.Transfers) || len(r.Findings) != len(claims) {
			b.Fatalf("%d judgements of %d transfers, %d findings of %d claims", len(s.Judgements), len(in.Transfers), len(r.Findings), len(claims))
		}
	}
}
