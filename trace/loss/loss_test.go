package loss_test

import (
	"fmt"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
	"github.com/holiman/uint256"
	"github.com/shopspring/decimal"
	"pgregory.net/rapid"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/label"
	"losstracer/trace/loss"
)

// The people of the tables below, by a letter each.
var people = map[byte]common.Address{
	'0': {},
	'T': common.HexToAddress("0xa100000000000000000000000000000000000001"), // the thief
	'C': common.HexToAddress("0xa200000000000000000000000000000000000002"), // the thief's contract
	'V': common.HexToAddress("0xb100000000000000000000000000000000000001"), // the victim
	'P': common.HexToAddress("0xc100000000000000000000000000000000000001"), // a pool
	'R': common.HexToAddress("0xc200000000000000000000000000000000000002"), // a router
	'L': common.HexToAddress("0xc300000000000000000000000000000000000003"), // a lender
	'S': common.HexToAddress("0x9008d19f58aabd9ed0d60971565aa8510560ab41"), // the CoW Protocol
	'F': common.HexToAddress("0x40a50cf069e992aa4536211b23f286ef88752187"), // its orders for the coin
	'K': common.HexToAddress("0xc400000000000000000000000000000000000004"), // an exchange
	'X': common.HexToAddress("0xd100000000000000000000000000000000000001"), // strangers
	'Y': common.HexToAddress("0xd200000000000000000000000000000000000002"),
	'W': common.HexToAddress("0xd300000000000000000000000000000000000003"),
	'w': common.HexToAddress("0xd300000000000000000000000000000011000003"), // made to look like W
	'v': common.HexToAddress("0xb100000000000000000000000000000011000001"), // made to look like the victim
}

var (
	eth     = chain.NativeAsset(1)
	usd     = chain.Token(1, common.HexToAddress("0xe1"))
	unknown = chain.Token(1, common.HexToAddress("0xe2")) // without a price
	noon    = time.Date(2024, 3, 5, 12, 0, 0, 0, time.UTC)
	symbols = map[string]chain.AssetID{"ETH": eth, "USD": usd, "UNK": unknown}
)

// move is one movement of a story: "12:00 V>T 100 USD". Movements of one
// minute stand in one tx; own says that the thief sent it.
type move struct {
	minute   int
	from, to byte
	units    uint64
	asset    string
	own      bool
	want     loss.Class
}

func (m move) transfer(i int) chain.Transfer {
	block := uint64(1000 + m.minute)
	t := chain.Transfer{
		Ref: chain.Ref{
			ChainID: 1, Block: block, BlockHash: chain.Share(common.BigToHash(new(big.Int).SetUint64(block))),
			Tx: common.BigToHash(new(big.Int).SetUint64(block << 8)), Site: chain.SiteLog, Index: uint32(i),
		},
		Time: uint64(noon.Add(time.Duration(m.minute) * time.Minute).Unix()), Kind: chain.KindERC20,
		From: people[m.from], To: people[m.to], Asset: symbols[m.asset], Units: *uint256.NewInt(m.units * 1_000_000),
	}
	if t.Asset == eth {
		t.Kind, t.Site, t.Index, t.Trace = chain.KindInternal, chain.SiteFrame, 0, chain.NewTraceAddress(uint32(i))
		t.Units = *new(uint256.Int).Mul(uint256.NewInt(m.units), uint256.NewInt(1_000_000_000_000_000_000))
	}
	return t
}

func fee(m move) chain.Transfer {
	t := m.transfer(0)
	t.Kind, t.Site, t.Index, t.Trace, t.Asset = chain.KindFee, chain.SiteFee, 0, "", eth
	t.From, t.To, t.Units = people['T'], common.Address{}, *uint256.NewInt(21_000)
	return t
}

func input(moves []move) loss.Input {
	in := loss.Input{
		Attackers: []chain.Party{at('T'), at('C')}, Victims: []chain.Party{at('V')},
		Tokens: map[chain.AssetID]chain.TokenMeta{
			usd:     {Symbol: "USD", Decimals: 6, DecimalsKnown: true},
			unknown: {Symbol: "UNK", Decimals: 6, DecimalsKnown: true},
		},
		Prices: &pricing.Book{},
	}
	for day := range 5 {
		at := noon.AddDate(0, 0, day-1)
		in.Prices.Add(pricing.Quote{Subject: pricing.Of(eth), Price: decimal.NewFromInt(3000), At: at, Source: "test"},
			pricing.Quote{Subject: pricing.Of(usd), Price: decimal.NewFromInt(1), At: at, Source: "test"})
	}
	for i, m := range moves {
		in.Transfers = append(in.Transfers, m.transfer(i))
		if m.own {
			in.Transfers = append(in.Transfers, fee(m))
		}
	}
	in.Transfers = chain.MergeTransfers(in.Transfers)
	return in
}

func at(letter byte) chain.Party {
	return chain.Party{Account: chain.Account{ChainID: 1, Address: people[letter]}, Basis: chain.Attributed, Why: "named"}
}

// theftAt is what most stories begin with, so that there is a time to be
// before and after.
func theftAt(minute int, want loss.Class) move {
	return move{minute, 'V', 'T', 100_000, "USD", false, want}
}

// linked has the write-up link the tx of a move as a part of the theft.
func linked(i int) func(*loss.Input) {
	return func(in *loss.Input) { in.Thefts = in.Transfers[i : i+1 : i+1] }
}

func TestClasses(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name   string
		reason string
		change func(*loss.Input)
		moves  []move
	}{
		{"much for little", "the gain is worth fifty times what was given, so it is no exchange", nil, []move{
			theftAt(0, loss.Theft),
			{10, 'T', 'P', 1, "ETH", true, loss.OwnCapital},
			{10, 'P', 'T', 150_000, "USD", true, loss.Theft},
		}},
		{"much for little from nobody named", "the same with the victim inferred", func(in *loss.Input) { in.Victims = nil }, []move{
			{10, 'T', 'P', 1, "ETH", true, loss.OwnCapital},
			{10, 'P', 'T', 150_000, "USD", true, loss.Theft},
		}},
		{"a fair exchange", "as many dollars came as went", nil, []move{
			theftAt(0, loss.Theft),
			{10, 'T', 'P', 30_000, "USD", true, loss.Swap},
			{10, 'R', 'T', 10, "ETH", true, loss.Swap},
		}},
		{"taken, exchanged and lent within one tx", "the vault's coin is the loss; what the pool gave for it is proceeds; the lender has its own back", nil, []move{
			{10, 'L', 'C', 500, "ETH", true, loss.Loan},
			{10, 'V', 'C', 100, "ETH", true, loss.Theft},
			{10, 'C', 'L', 500, "ETH", true, loss.Loan},
			{10, 'C', 'P', 100, "ETH", true, loss.Swap},
			{10, 'P', 'C', 290_000, "USD", true, loss.Swap},
			{10, 'C', 'T', 290_000, "USD", true, loss.Internal},
		}},
		{"paid on within the tx of the theft", "what the builder got left the thief, not the victim", nil, []move{
			{10, 'V', 'C', 100, "ETH", true, loss.Theft},
			{10, 'C', 'X', 3, "ETH", true, loss.Onward},
		}},
		{"order for the coin settled later", "paid to the order contract, settled in a tx of a solver", nil, []move{
			{0, 'V', 'T', 20, "ETH", false, loss.Theft},
			{10, 'T', 'F', 10, "ETH", true, loss.Swap},
			{14, 'S', 'T', 29_900, "USD", false, loss.Swap},
		}},
		{"one hand takes now and gives the worth later", "a desk over the counter, by value", nil, []move{
			theftAt(0, loss.Theft),
			{10, 'T', 'X', 30_000, "USD", true, loss.Swap},
			{70, 'X', 'T', 10, "ETH", false, loss.Swap},
		}},
		{"taken by somebody whose address looks like the victim's", "what moved of the coin moved, whatever the address looks like", nil, []move{
			theftAt(0, loss.Theft),
			{3, 'Y', 'T', 9, "ETH", false, loss.Theft},
			{5, 'T', 'X', 1, "USD", true, loss.Onward},
			{10, 'T', 'v', 5, "ETH", false, loss.Rescue},
		}},
		{"taken back by somebody", "a tx that no attacker sent moves loot out", nil, []move{
			theftAt(0, loss.Theft),
			{5, 'T', 'X', 1, "USD", true, loss.Onward},
			{10, 'T', 'Y', 50_000, "USD", false, loss.Rescue},
		}},
		{"an event that claims a payment", "a token's event in a stranger's tx says that the thief paid what it never held", nil, []move{
			theftAt(0, loss.Theft),
			{5, 'T', 'X', 1, "USD", true, loss.Onward},
			{10, 'T', 'Y', 50_000, "UNK", false, loss.Spam},
		}},
		{"dust from a look-alike", "the address is made to be copied from the list of payments", nil, []move{
			theftAt(0, loss.Theft),
			{5, 'T', 'X', 1, "USD", true, loss.Onward},
			{10, 'v', 'T', 5, "USD", false, loss.Spam},
		}},
		{"a gift whose token says that it was paid on", "an event in a transaction of somebody else is no use that the thief made of it", nil, []move{
			theftAt(0, loss.Theft),
			{5, 'T', 'X', 1, "USD", true, loss.Onward},
			{10, 'X', 'T', 50_000, "UNK", false, loss.Spam}, {12, 'T', 'Y', 50_000, "UNK", false, loss.Spam},
		}},
		{"a refund", "what was paid to somebody came back from the same", nil, []move{
			theftAt(0, loss.Theft),
			{10, 'T', 'X', 30_000, "USD", true, loss.Onward},
			{20, 'X', 'T', 29_000, "USD", false, loss.Other},
		}},
		{"more than one refund", "what was paid to somebody comes back once", nil, []move{
			theftAt(0, loss.Theft),
			{10, 'T', 'X', 30_000, "USD", true, loss.Onward},
			{20, 'X', 'T', 29_000, "USD", false, loss.Other}, {30, 'X', 'T', 29_000, "USD", false, loss.Theft},
		}},
		{"a stake that is paid out once", "two payments are no stakes of one that is paid out", nil, []move{
			theftAt(0, loss.Theft),
			{10, 'T', 'V', 50_000, "USD", true, loss.Return}, {20, 'T', 'V', 50_000, "USD", true, loss.OwnCapital},
			{60, 'V', 'T', 80_000, "USD", true, loss.Theft},
		}},
		{"two stakes", "both are paid out", nil, []move{
			theftAt(0, loss.Theft),
			{10, 'T', 'V', 30_000, "USD", true, loss.OwnCapital}, {20, 'T', 'V', 50_000, "USD", true, loss.OwnCapital},
			{60, 'V', 'T', 80_000, "USD", true, loss.Theft},
		}},
		{"dust from a look-alike of one who only paid", "whom it is made to look like need not be named; nobody sends much for the looks of it", nil, []move{
			theftAt(0, loss.Theft), {1, 'W', 'T', 9_000, "USD", false, loss.Theft},
			{5, 'w', 'T', 60_000, "USD", false, loss.Theft}, {10, 'w', 'T', 5, "USD", false, loss.Spam}, {11, 'W', 'T', 9_000, "USD", false, loss.Theft},
		}},
		{"a stake", "put in an hour before more of it was taken out", nil, []move{
			{0, 'T', 'V', 50_000, "USD", true, loss.OwnCapital},
			{60, 'V', 'T', 80_000, "USD", true, loss.Theft},
		}},
		{"a stake of days before", "nothing had been taken yet that could have been given back", nil, []move{
			{0, 'T', 'V', 50_000, "USD", true, loss.OwnCapital},
			{3000, 'V', 'T', 200_000, "USD", true, loss.Theft}, {3030, 'V', 'T', 50_000, "USD", true, loss.Theft},
		}},
		{"a victim that is named for what it was given back", "who was robbed is another", func(in *loss.Input) { in.Victims = []chain.Party{at('X')} }, []move{
			theftAt(0, loss.Theft), {100, 'T', 'X', 90_000, "USD", true, loss.Return},
		}},
		{"a worthless token for all that is in a pool", "the write-up links the tx, and nobody had paid the attackers the token", func(in *loss.Input) {
			in.Victims = nil
			in.Thefts = in.Transfers[len(in.Transfers)-3:]
		}, []move{
			{-30, '0', 'T', 900, "UNK", true, loss.OwnCapital},
			{0, 'T', 'P', 100, "UNK", true, loss.OwnCapital}, {0, 'P', 'T', 90_000, "USD", true, loss.Theft},
		}},
		{"a link to the sale of loot", "what was sold had been taken", func(in *loss.Input) { in.Thefts = in.Transfers[2:5] }, []move{
			{0, 'V', 'T', 900, "UNK", true, loss.Theft},
			{30, 'T', 'P', 900, "UNK", true, loss.Swap}, {30, 'P', 'T', 90_000, "USD", true, loss.Swap},
		}},
		{"gas before a theft without a price", "gas is not the victim's because it alone has a price", func(in *loss.Input) { in.Victims = nil }, []move{
			{-900, 'X', 'T', 1, "ETH", false, loss.Funding},
			{0, 'V', 'T', 6, "UNK", true, loss.Theft},
			{60, 'T', 'Y', 6, "UNK", true, loss.Swap}, {60, 'Y', 'T', 90_000, "USD", true, loss.Swap},
		}},
		{"gas before a theft of what was issued", "the same", func(in *loss.Input) { in.Victims, in.Hints = nil, claimed("90000") }, []move{
			{-900, 'X', 'T', 1, "ETH", false, loss.Funding},
			{0, '0', 'T', 90_000, "USD", true, loss.Theft},
		}},
		{"a bounty after a return", "less than what had gone back", nil, []move{
			theftAt(0, loss.Theft),
			{100, 'T', 'V', 100_000, "USD", true, loss.Return},
			{200, 'V', 'T', 10_000, "USD", false, loss.Bounty},
		}},
		{"a reward of half of what came back", "who gives back is paid for it, and never more than it", nil, []move{
			theftAt(0, loss.Theft), {100, 'T', 'V', 40_000, "USD", true, loss.Return}, {200, 'V', 'T', 20_000, "USD", false, loss.Bounty},
		}},
		{"the second of two thefts after a return", "together they are more than had come back", nil, []move{
			theftAt(0, loss.Theft), {100, 'T', 'V', 40_000, "USD", true, loss.Return},
			{200, 'V', 'T', 50_000, "USD", false, loss.Theft}, {220, 'V', 'T', 5_000, "USD", false, loss.Theft},
		}},
		{"the second of two rewards", "more than came back is no reward, in however many parts", nil, []move{
			theftAt(0, loss.Theft), {100, 'T', 'V', 40_000, "USD", true, loss.Return},
			{200, 'V', 'T', 30_000, "USD", false, loss.Bounty}, {900, 'V', 'T', 30_000, "USD", false, loss.Theft},
		}},
		{"the second of two rewards of what has no price", "the sum of what is paid of an asset is bounded by what came back of it, without prices too", func(in *loss.Input) { in.Prices = &pricing.Book{} }, []move{
			theftAt(0, loss.Theft), {100, 'T', 'V', 40_000, "USD", true, loss.Return},
			{200, 'V', 'T', 30_000, "USD", false, loss.Bounty}, {900, 'V', 'T', 30_000, "USD", false, loss.Theft},
		}},
		{"more than came back of what has a price", "what came back beside it has none, so that nobody can say that it is more", nil, []move{
			{0, 'V', 'T', 900_000, "UNK", false, loss.Theft}, theftAt(0, loss.Theft),
			{100, 'T', 'V', 900_000, "UNK", true, loss.Return}, {101, 'T', 'V', 2, "ETH", true, loss.Return},
			{200, 'V', 'T', 10_000, "USD", false, loss.Bounty}, {900, 'V', 'T', 3, "ETH", false, loss.Theft},
		}},
		{"a theft after a token of the thief's own making was sent", "nothing came back that anybody had been robbed of", nil, []move{
			theftAt(0, loss.Theft), {100, 'T', 'V', 900_000, "UNK", true, loss.Return}, {200, 'V', 'T', 90_000, "USD", false, loss.Theft},
		}},
		{"a linked theft from somebody else", "the write-up says that its tx is one, long after", linked(1), []move{
			theftAt(0, loss.Theft), {300, 'X', 'T', 700, "USD", false, loss.Theft},
		}},
		{"linked gas", "what is no more than gas is not believed to be a theft", linked(1), []move{
			theftAt(0, loss.Theft), {30, 'X', 'T', 1, "ETH", false, loss.Funding},
		}},
		{"a linked return to another address", "victims have themselves paid back to new ones", func(in *loss.Input) { in.Returns = in.Transfers[1:2:2] }, []move{
			theftAt(0, loss.Theft), {300, 'T', 'X', 700, "USD", true, loss.Return},
		}},
		{"dust of what has no price", "next to what the victim paid of it it is nothing", func(in *loss.Input) { in.Prices = &pricing.Book{} }, []move{
			{0, 'V', 'T', 300_000, "UNK", false, loss.Theft}, {9, 'X', 'T', 1, "UNK", false, loss.Spam}, {10, 'Y', 'T', 900, "UNK", false, loss.Theft},
		}},
		{"a second theft after a small return", "more than what had gone back, so it is no reward", nil, []move{
			theftAt(0, loss.Theft),
			{100, 'T', 'V', 1, "USD", true, loss.Return},
			{200, 'V', 'T', 90_000, "USD", false, loss.Theft},
		}},
		{"nothing has a price", "the exchange is told as one, and as open", func(in *loss.Input) { in.Prices = nil }, []move{
			{10, 'T', 'P', 1, "ETH", true, loss.Swap},
			{10, 'P', 'T', 150_000, "UNK", true, loss.Swap},
			theftAt(20, loss.Theft),
		}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			in := input(row.moves)
			if row.change != nil {
				row.change(&in)
			}
			s := loss.Judge(in)
			var want, got []string
			for i, m := range row.moves {
				want = append(want, fmt.Sprintf("%s %s", m.transfer(i).Ref, m.want))
			}
			why := ""
			for _, j := range s.Judgements {
				if j.Class != loss.Fee {
					got = append(got, fmt.Sprintf("%s %s", j.Transfer.Ref, j.Class))
					why += fmt.Sprintf("%s: %s: %s [%s]\n", j.Transfer.Ref, j.Class, j.Why, j.Basis)
				}
			}
			slices.Sort(want)
			slices.Sort(got)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s\n%s", row.reason, diff, why)
			}
		})
	}
}

func anyMove(t *rapid.T) move {
	letters := []byte("TTTTCVVPRLSX")
	m := move{
		minute: rapid.IntRange(0, 300).Draw(t, "minute"), units: rapid.Uint64Range(0, 1_000).Draw(t, "units"),
		from: rapid.SampledFrom(letters).Draw(t, "from"), to: rapid.SampledFrom(letters).Draw(t, "to"),
		asset: rapid.SampledFrom([]string{"ETH", "USD", "UNK"}).Draw(t, "asset"), own: rapid.Bool().Draw(t, "own"),
	}
	return m
}

// TestJudgementsPartition holds that every transfer that touches an attacker
// has exactly one class, with a reason and a basis; that the gross of an asset
// is what thefts took less what they paid in, and no other class enters it;
// and that figures are never negative.
func TestJudgementsPartition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := input(rapid.SliceOfN(rapid.Custom(anyMove), 0, 40).Draw(t, "moves"))
		if rapid.Bool().Draw(t, "infer") {
			in.Victims = nil
		}
		s := loss.Judge(in)
		var want, got []chain.Ref
		for _, x := range in.Transfers {
			if x.From == people['T'] || x.From == people['C'] || x.Kind != chain.KindFee && (x.To == people['T'] || x.To == people['C']) {
				want = append(want, x.Ref)
			}
		}
		gross, returned := map[chain.AssetID]*big.Int{}, map[chain.AssetID]*big.Int{}
		add := func(sums map[chain.AssetID]*big.Int, x chain.Transfer, sign int64) {
			if sums[x.Asset] == nil {
				sums[x.Asset] = new(big.Int)
			}
			sums[x.Asset].Add(sums[x.Asset], new(big.Int).Mul(x.Units.ToBig(), big.NewInt(sign)))
		}
		for _, j := range s.Judgements {
			got = append(got, j.Transfer.Ref)
			if j.Class == 0 || j.Why == "" || j.Basis == 0 {
				t.Errorf("%s is judged %q because %q [%q]", j.Transfer.Ref, j.Class, j.Why, j.Basis)
			}
			switch {
			case j.Class == loss.Return:
				add(returned, *j.Transfer, 1)
			case j.Class == loss.Theft && j.Incoming:
				add(gross, *j.Transfer, 1)
			case j.Class == loss.Theft:
				add(gross, *j.Transfer, -1)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("transfers that touch an attacker (-want) and judgements (+got):\n%s", diff)
		}
		for _, l := range s.Losses {
			if g := gross[l.Asset]; g != nil && g.Cmp(l.Gross.Units()) != 0 || l.Gross.Sign() < 0 {
				t.Errorf("gross of %s is %s, thefts add up to %s", l.Asset, l.Gross, g)
			}
			if r := returned[l.Asset]; r != nil && r.Cmp(l.Returned.Units()) != 0 {
				t.Errorf("returned of %s is %s, returns add up to %s", l.Asset, l.Returned, r)
			}
		}
		if len(s.Losses) < len(gross) {
			t.Errorf("%d losses, thefts of %d assets", len(s.Losses), len(gross))
		}
	})
}

// TestThreeValuations values one theft at its block, before it and at the close
// of the day of the write-up.
func TestThreeValuations(t *testing.T) {
	t.Parallel()
	in := input([]move{{0, 'V', 'T', 10, "ETH", false, loss.Theft}})
	in.Prices = &pricing.Book{}
	for _, q := range []struct {
		at    time.Time
		price int64
	}{{noon.Add(-12 * time.Second), 3000}, {noon, 2500}, {noon.Truncate(24*time.Hour).AddDate(0, 0, 2), 3200}} {
		in.Prices.Add(pricing.Quote{Subject: pricing.Of(eth), Price: decimal.NewFromInt(q.price), At: q.at, Source: "test"})
	}
	in.ReportDay = noon.Truncate(24*time.Hour).AddDate(0, 0, 1)
	s := loss.Judge(in)
	want := []string{"25000", "30000", "32000"}
	got := []string{s.Totals.Gross.String(), s.Totals.Before.String(), s.Totals.Report.String()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("at the block, before it, at the report (-want +got):\n%s", diff)
	}
}

// TestFromNowhere: where most came from where nobody sees, who paid a little two
// days later is not to blame for want of anybody else.
func TestFromNowhere(t *testing.T) {
	t.Parallel()
	in := input([]move{{0, 'X', 'T', 100, "ETH", false, 0}, {2_800, 'Y', 'T', 40_000, "USD", false, 0}})
	in.Victims = nil
	unseen(&in.Transfers[0])
	s := loss.Judge(in)
	if got := []loss.Class{s.Judgements[0].Class, s.Judgements[1].Class}; len(s.Victims) > 0 || got[0] != loss.Theft || got[1] != loss.Other {
		t.Errorf("%v, victims %v; want a theft, something else, and nobody blamed", got, s.Victims)
	}
}

// TestUnpricedIsNotWorthNothing looks at the other valuations of thefts without
// any price, and of one that stands beside another without.
func TestUnpricedIsNotWorthNothing(t *testing.T) {
	t.Parallel()
	in := input([]move{{0, 'V', 'T', 10, "ETH", false, loss.Theft}})
	in.Prices, in.ReportDay = &pricing.Book{}, noon
	if s := loss.Judge(in); s.Totals.Before != nil || s.Totals.Report != nil || len(s.Totals.Unpriced) != 1 {
		t.Errorf("without prices: before %v, at the report %v, unpriced %v; want nothing said of either", s.Totals.Before, s.Totals.Report, s.Totals.Unpriced)
	}
	none := input(nil)
	none.ReportDay = noon
	if s := loss.Judge(none); s.Totals.Before == nil || !s.Totals.Before.IsZero() {
		t.Errorf("where nothing was taken, before is %v; want zero", s.Totals.Before)
	}
}

// TestUnpricedStakeIsTold: what the attackers put in is taken off the net, unless
// nobody knows what it was worth.
func TestUnpricedStakeIsTold(t *testing.T) {
	t.Parallel()
	for _, asset := range []string{"UNK", "ETH"} {
		s := loss.Judge(input([]move{{10, 'T', 'V', 5, asset, true, loss.OwnCapital}, {10, 'V', 'T', 100_000, "USD", true, loss.Theft}}))
		told := slices.ContainsFunc(s.Remarks, func(r loss.Remark) bool {
			return r.Asset == symbols[asset] && strings.Contains(r.Text, "put in 5 "+asset)
		})
		if told != (asset == "UNK") {
			t.Errorf("%s was put in, net %s: told that it has no price: %v", asset, s.Totals.Net, told)
		}
	}
}

// TestValuesFollowTheBook holds what transfers were valued at against what the
// book says of each by itself.
func TestValuesFollowTheBook(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		moves := rapid.SliceOfN(rapid.Custom(anyMove), 1, 40).Draw(t, "moves")
		in := input(moves)
		in.Prices = &pricing.Book{MaxAge: time.Duration(rapid.IntRange(1, 120).Draw(t, "age")) * time.Minute}
		for i := range rapid.IntRange(0, 30).Draw(t, "quotes") {
			q := pricing.Quote{
				Subject: pricing.Of(usd), Price: decimal.NewFromInt(int64(i + 1)), Source: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "source"),
				At:   noon.Add(time.Duration(rapid.IntRange(-60, 360).Draw(t, "at")) * time.Minute),
				Rank: rapid.IntRange(0, 2).Draw(t, "rank"),
			}
			if rapid.Bool().Draw(t, "doubtful") {
				q.Doubt = "drawn"
			}
			in.Prices.Add(q)
		}
		for _, j := range loss.Judge(in).Judgements {
			q, ok := in.Prices.At(pricing.Of(j.Transfer.Asset), time.Unix(int64(j.Transfer.Time), 0))
			switch {
			case ok != (j.Value != nil):
				t.Errorf("%s at %d: valued %v, quoted %v", j.Transfer.Ref, j.Transfer.Time, j.Value != nil, ok)
			case ok && !j.Value.Quote.Price.Equal(q.Price):
				t.Errorf("%s at %d: valued at %s, the book says %s", j.Transfer.Ref, j.Transfer.Time, j.Value.Quote.Price, q.Price)
			}
		}
	})
}

// TestGainersWithoutBuilder: who built the block is paid for that in the coin by the
// thief's tx, and is no thief beside him; alone he may be.
func TestGainersWithoutBuilder(t *testing.T) {
	t.Parallel()
	var tx, alone []chain.Transfer
	for i, m := range []move{{10, 'V', 'T', 100_000, "USD", true, 0}, {10, 'P', 'T', 9, "ETH", true, 0}, {10, 'T', 'X', 3, "ETH", true, 0}} {
		tx = append(tx, m.transfer(i))
	}
	alone = append(alone, move{10, 'V', 'X', 100_000, "USD", true, 0}.transfer(0))
	for _, row := range []struct {
		name      string
		transfers []chain.Transfer
		builder   byte
		want      string
	}{
		{"nobody known for it", tx, '0', "TX"}, {"known", tx, 'X', "T"}, {"alone", alone, 'X', "X"},
	} {
		var got string
		for _, g := range loss.Gainers(loss.Input{Transfers: row.transfers}, people[row.builder]) {
			got += letters([]chain.Party{{Account: chain.Account{ChainID: 1, Address: g.Address}}})
		}
		if got != row.want {
			t.Errorf("%s: gained %q, want %q", row.name, got, row.want)
		}
	}
}

// TestGainersDoubted: who gained in a tx of the theft beside the thief, and serves the
// public, was robbed, or got little beside him, is not taken for a thief, and told.
func TestGainersDoubted(t *testing.T) {
	t.Parallel()
	tagged := func(c label.Category) func(*loss.Input) {
		return func(in *loss.Input) {
			in.Tags = &label.Book{}
			in.Tags.Add(label.Tag{Address: people['X'], Label: "X", Category: c, Source: "test"})
		}
	}
	for _, row := range []struct {
		name, reason string
		change       func(*loss.Input)
		moves        []move
		want, doubt  string
	}{
		{"an even share", "they divided it", nil, []move{{10, 'V', 'T', 60, "USD", true, 0}, {10, 'V', 'X', 40, "USD", true, 0}}, "TX", ""},
		{"a fifth", "the maker of a drainer, or the owner of a token that charges", nil, []move{{10, 'V', 'T', 80, "USD", true, 0}, {10, 'V', 'X', 20, "USD", true, 0}}, "T", "X"},
		{"a fifth, and mentioned", "the write-up and the chain speak of him both", func(in *loss.Input) { in.Candidates = []chain.Party{at('X')} },
			[]move{{10, 'V', 'T', 80, "USD", true, 0}, {10, 'V', 'X', 20, "USD", true, 0}}, "TX", ""},
		{"a fiftieth", "a fee", nil, []move{{10, 'V', 'T', 98, "USD", true, 0}, {10, 'V', 'X', 2, "USD", true, 0}}, "T", ""},
		{"all of another asset", "nobody knows which is worth more", nil, []move{{10, 'V', 'T', 98, "USD", true, 0}, {10, 'V', 'X', 2, "UNK", true, 0}}, "TX", ""},
		{"an exchange", "the loot was sent there at once", tagged(label.Exchange), []move{{10, 'V', 'X', 98, "USD", true, 0}}, "", "X"},
		{"an exchange, and the rest to the thief", "what went through the exchange measures nobody else's part", tagged(label.Exchange),
			[]move{{10, 'V', 'X', 90, "USD", true, 0}, {10, 'V', 'T', 8, "USD", true, 0}}, "T", "X"},
		{"destroyed", "nobody has the key", tagged(label.Burn), []move{{10, 'V', 'T', 50, "USD", true, 0}, {10, 'V', 'X', 50, "USD", true, 0}}, "T", "X"},
		{"a victim", "some of it was given back at once", func(in *loss.Input) { in.Victims = []chain.Party{at('X')} },
			[]move{{10, 'V', 'T', 50, "USD", true, 0}, {10, 'V', 'X', 50, "USD", true, 0}}, "T", "X"},
		{"a lender", "he had given it", nil, []move{{10, 'X', 'P', 900, "USD", true, 0}, {10, 'V', 'T', 50, "USD", true, 0}, {10, 'P', 'X', 901, "USD", true, 0}}, "T", ""},
		{"who has his own back first", "he gave nothing in the end", nil, []move{{10, 'T', 'P', 900, "USD", true, 0}, {10, 'P', 'T', 900, "USD", true, 0}, {10, 'V', 'T', 5, "ETH", true, 0}}, "T", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			in := loss.Input{}
			for i, m := range row.moves {
				in.Transfers = append(in.Transfers, m.transfer(i))
			}
			if row.change != nil {
				row.change(&in)
			}
			var got, doubt string
			for _, g := range loss.Gainers(in, common.Address{}) {
				who := letters([]chain.Party{{Account: chain.Account{ChainID: 1, Address: g.Address}}})
				if g.Doubt != "" {
					doubt += who
				} else {
					got += who
				}
			}
			if got != row.want || doubt != row.doubt {
				t.Errorf("gained %q, doubted %q; want %q, %q: %s", got, doubt, row.want, row.doubt, row.reason)
			}
		})
	}
}
