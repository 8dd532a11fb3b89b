package ledger_test

import (
	"fmt"
	"math/big"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
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
		parties := ledger.Parties{{ChainID: 1, Address: common.BigToAddress(big.NewInt(1))}: ledger.Attackers, {ChainID: 1, Address: common.BigToAddress(big.NewInt(2))}: ledger.Victims}
		sums := map[chain.AssetID]chain.Amount{}
		for _, l := range book.TrialBalance(parties, nil) {
			if l.Group != ledger.Together {
				sums[l.Asset] = sums[l.Asset].Add(l.Balance())
			} else if !l.Debited.Equal(l.Credited) {
				t.Errorf("%s: %s is debited and %s credited", l.Asset, l.Debited, l.Credited)
			}
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
	for _, l := range book.TrialBalance(ledger.Parties{{ChainID: 1, Address: thief}: ledger.Attackers}, nil) {
		fmt.Println(l.Group, l.Debited.Units(), l.Credited.Units())
	}
	// Output:
	// attackers 0 5000000
	// others 5000000 0
	// together 5000000 5000000
}

// TestTrialBalance holds a story of a theft against what each group gave and
// got, and against what the chain states.
func TestTrialBalance(t *testing.T) {
	t.Parallel()
	thief, second, victim, other := common.HexToAddress("0xa"), common.HexToAddress("0xb"), common.HexToAddress("0xc"), common.HexToAddress("0xd")
	transfer := func(kind chain.Kind, from, to common.Address, asset chain.AssetID, units uint64) chain.Transfer {
		return chain.Transfer{Ref: chain.Ref{ChainID: 1}, Kind: kind, From: from, To: to, Asset: asset, Units: *uint256.NewInt(units)}
	}
	eth := chain.NativeAsset(1)
	book := ledger.Build([]chain.Transfer{
		transfer(chain.KindERC20, victim, thief, usdt, 900),
		transfer(chain.KindERC20, thief, second, usdt, 400),
		transfer(chain.KindERC20, second, other, usdt, 300),
		transfer(chain.KindERC20, thief, victim, usdt, 100),
		transfer(chain.KindUnseen, common.Address{}, thief, eth, 70),
		transfer(chain.KindFee, thief, common.Address{}, eth, 5),
	})
	parties := ledger.Parties{{ChainID: 1, Address: thief}: ledger.Attackers, {ChainID: 1, Address: second}: ledger.Attackers, {ChainID: 1, Address: victim}: ledger.Victims}
	closure := func(a common.Address, asset chain.AssetID, opening, witness int64) chain.Closure {
		w := chain.NewAmount(asset, big.NewInt(witness))
		return chain.Closure{ChainID: 1, Address: a, Asset: asset, Opening: chain.NewAmount(asset, big.NewInt(opening)), Witness: &w}
	}
	closures := []chain.Closure{closure(thief, usdt, 50, 450), closure(second, usdt, 0, 100), closure(thief, eth, 10, 74)}
	var got []string
	for _, l := range book.TrialBalance(parties, closures) {
		stated, off := "not stated", ""
		if l.Stated != nil {
			stated, off = l.Stated.Units().String(), " off "+l.Difference().Units().String()
		}
		got = append(got, fmt.Sprintf("%s %s: %s %s = %s, %s%s", map[bool]string{true: "ETH", false: "USDT"}[l.Asset == eth], l.Group, l.Debited.Units(), l.Credited.Units(), l.Balance().Units(), stated, off))
	}
	want := []string{
		"ETH attackers: 5 70 = 65, 64 off -1",
		"ETH fees: 0 5 = 5, not stated",
		"ETH unseen: 70 0 = -70, not stated",
		"ETH together: 75 75 = 0, not stated",
		"USDT attackers: 800 1300 = 500, 500 off 0",
		"USDT victims: 900 100 = -800, not stated",
		"USDT others: 0 300 = 300, not stated",
		"USDT together: 1700 1700 = 0, not stated",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("trial balance (-want +got):\n%s", diff)
	}
	if lines := book.TrialBalance(parties, closures[1:]); lines[4].Stated != nil {
		t.Errorf("the chain states the balance of one of two accounts, and %v is said of both", lines[4].Stated)
	}
}

// BenchmarkTrialBalance adds up a million transfers of a hundred assets between
// a thief and as many others.
func BenchmarkTrialBalance(b *testing.B) {
	thief := common.HexToAddress("0xa1")
	transfers := make([]chain.Transfer, 1_000_000)
	for i := range transfers {
		other := common.BigToAddress(big.NewInt(int64(i) + 1000))
		transfers[i] = chain.Transfer{
			Ref: chain.Ref{ChainID: 1, Block: uint64(i)}, Kind: chain.KindERC20, From: other, To: thief,
			Asset: chain.Token(1, common.BigToAddress(big.NewInt(int64(i%100)+1))), Units: *uint256.NewInt(uint64(i)),
		}
	}
	book := ledger.Build(transfers)
	b.ReportAllocs()
	for b.Loop() {
		if n := len(book.TrialBalance(ledger.Parties{{ChainID: 1, Address: thief}: ledger.Attackers}, nil)); n != 300 {
			b.Fatal(n)
		}
	}
}
