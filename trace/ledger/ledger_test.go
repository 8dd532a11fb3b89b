package ledger_test

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/holiman/uint256"
	"pgregory.net/rapid"

	"losstracer/chain"
	"losstracer/trace/ledger"
)

var usdt = chain.Token(1, common.HexToAddress("0xdac17f958d2ee523a2206206994597c13d831ec7"))

func anyTransfer(t *rapid.T) chain.Transfer {
	address := rapid.Custom(func(t *rapid.T) common.Address {
		return common.BigToAddress(big.NewInt(rapid.Int64Range(0, 4).Draw(t, "address")))
	})
	kind := rapid.SampledFrom([]chain.Kind{
		chain.KindNative, chain.KindInternal, chain.KindERC20, chain.KindWrap, chain.KindUnwrap,
		chain.KindFee, chain.KindWithdrawal, chain.KindReward, chain.KindUnseen,
	}).Draw(t, "kind")
	asset := chain.NativeAsset(1)
	if kind == chain.KindERC20 || kind == chain.KindWrap || kind == chain.KindUnwrap {
		asset = usdt
	}
	words := rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, "units")
	return chain.Transfer{
		Ref:  chain.Ref{ChainID: 1, Block: rapid.Uint64Range(1, 9).Draw(t, "block")},
		Kind: kind, From: address.Draw(t, "from"), To: address.Draw(t, "to"),
		Asset: asset, Units: *new(uint256.Int).SetBytes(words),
	}
}

func TestBookSumsToZero(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		transfers := rapid.SliceOf(rapid.Custom(anyTransfer)).Draw(t, "transfers")
		book := ledger.Build(transfers)
		sums := map[chain.AssetID]chain.Amount{}
		for _, p := range book.TrialBalance() {
			sums[p.Amount.Asset()] = sums[p.Amount.Asset()].Add(p.Amount)
		}
		for asset, sum := range sums {
			if !sum.IsZero() {
				t.Errorf("%s: balances sum to %s", asset, sum)
			}
		}
		for e := range book.Entries() {
			p := e.Postings()
			if !p[0].Amount.Add(p[1].Amount).IsZero() {
				t.Errorf("postings of %s do not sum to zero", e.Transfer.Ref)
			}
		}
	})
}

func TestUntied(t *testing.T) {
	t.Parallel()
	a := common.HexToAddress("0xa")
	eth := chain.NativeAsset(1)
	units := func(n int64) chain.Amount { return chain.NewAmount(eth, big.NewInt(n)) }
	book := ledger.Build([]chain.Transfer{
		{Ref: chain.Ref{ChainID: 1}, From: common.HexToAddress("0xb"), To: a, Asset: eth, Units: *uint256.NewInt(10)},
		{Ref: chain.Ref{ChainID: 1}, Kind: chain.KindFee, From: a, Asset: eth, Units: *uint256.NewInt(3)},
	})
	tied := chain.Closure{ChainID: 1, Address: a, Asset: eth, In: units(10), Fees: units(3)}
	off := tied
	off.In = units(11)
	got := book.Untied([]chain.Closure{tied, off})
	if len(got) != 1 || !got[0].In.Equal(units(11)) {
		t.Errorf("untied closures: got %v, want the one that counted 11", got)
	}
}

func ExampleBuild() {
	thief, victim := common.HexToAddress("0xa1"), common.HexToAddress("0xb2")
	book := ledger.Build([]chain.Transfer{
		{Ref: chain.Ref{ChainID: 1}, Kind: chain.KindERC20, From: victim, To: thief, Asset: usdt, Units: *uint256.NewInt(5_000_000)},
	})
	for _, p := range book.TrialBalance() {
		fmt.Println(p.Account, p.Amount.Units())
	}
	// Output:
	// eip155:1:0x00000000000000000000000000000000000000a1 5000000
	// eip155:1:0x00000000000000000000000000000000000000b2 -5000000
}
