package loss_test

import (
	"strings"
	"testing"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/trace/loss"
)

// TestCollateral: what attackers put up with a victim for what it lent them is their
// own capital, as far as prices tell, and no return.
func TestCollateral(t *testing.T) {
	t.Parallel()
	const day = 24 * 60
	for _, row := range []struct {
		name, reason string
		change       func(*loss.Input)
		moves        []move
		net          int64 // dollars
		doubt        bool
	}{
		{"before the first theft", "300,000 stay with the victim", nil, []move{
			{0, 'T', 'V', 100, "ETH", true, loss.OwnCapital}, {30, 'V', 'T', 1_000_000, "USD", true, loss.Theft},
		}, 700_000, false},
		{"more than a day before", "an earlier business of theirs", nil, []move{
			{0, 'T', 'V', 100, "ETH", true, loss.Other}, {day + 30, 'V', 'T', 1_000_000, "USD", true, loss.Theft},
		}, 1_000_000, false},
		{"worth more than what was taken", "nobody steals so", nil, []move{
			{0, 'T', 'V', 100, "ETH", true, loss.Other}, {30, 'V', 'T', 200_000, "USD", true, loss.Theft},
		}, 200_000, false},
		{"again and again", "each was put up for what came next", nil, []move{
			{0, 'T', 'V', 100, "ETH", true, loss.OwnCapital}, {10, 'V', 'T', 500_000, "USD", true, loss.Theft},
			{20, 'T', 'V', 50, "ETH", true, loss.OwnCapital}, {30, 'V', 'T', 500_000, "USD", true, loss.Theft},
		}, 550_000, false},
		{"no more than covers it", "the first is put up for nothing then", nil, []move{
			{0, 'T', 'V', 100, "ETH", true, loss.Other}, {5, 'T', 'V', 100, "ETH", true, loss.OwnCapital}, {10, 'V', 'T', 500_000, "USD", true, loss.Theft},
		}, 200_000, false},
		{"the victim paid by txs of its own", "a key was stolen, and nothing was lent", nil, []move{
			{0, 'T', 'V', 100, "ETH", true, loss.Other}, {30, 'V', 'T', 1_000_000, "USD", false, loss.Theft},
		}, 1_000_000, false},
		{"given back, and robbed again hours later", "a return", nil, []move{
			theftAt(0, loss.Theft), {day, 'T', 'V', 30, "ETH", true, loss.Return}, {day + 180, 'V', 'T', 200_000, "USD", true, loss.Theft},
		}, 210_000, false},
		{"given back by a linked tx, and robbed again within the hour", "the write-up says so", func(in *loss.Input) { in.Returns = in.Transfers[1:2] }, []move{
			theftAt(0, loss.Theft), {day, 'T', 'V', 30, "ETH", true, loss.Return}, {day + 30, 'V', 'T', 200_000, "USD", true, loss.Theft},
		}, 210_000, false},
		{"given back in the block of the theft", "nothing was taken after it", anotherTx, []move{
			theftAt(0, loss.Theft), {day, 'V', 'T', 200_000, "USD", true, loss.Theft}, {day, 'T', 'V', 30, "ETH", true, loss.Return},
		}, 210_000, false},
		{"without a price", "open, and told", nil, []move{
			theftAt(0, loss.Theft), {day, 'T', 'V', 30, "UNK", true, loss.Return}, {day + 30, 'V', 'T', 200_000, "USD", true, loss.Theft},
		}, 300_000, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			in := input(row.moves)
			if row.change != nil {
				row.change(&in)
			}
			s := loss.Judge(in)
			doubt := false
			for _, j := range s.Judgements {
				doubt = doubt || strings.Contains(j.Why, "whether this was put up for that")
				for _, m := range row.moves {
					if x := m.transfer(0); j.Class != loss.Fee && x.Block == j.Transfer.Block && x.From == j.Transfer.From && j.Class != m.want {
						t.Errorf("minute %d is judged %s, want %s: %s", m.minute, j.Class, m.want, j.Why)
					}
				}
			}
			if want := decimal.NewFromInt(row.net); !s.Totals.Net.Equal(want) || doubt != row.doubt {
				t.Errorf("net %s, doubted %t; want %s, %t: %s", s.Totals.Net, doubt, want, row.doubt, row.reason)
			}
		})
	}
}

// anotherTx moves what is given in the coin to a tx of its own, behind that of the minute.
func anotherTx(in *loss.Input) {
	for i := range in.Transfers {
		if t := &in.Transfers[i]; t.Asset == eth && t.Kind != chain.KindFee {
			t.Tx, t.TxIndex = common.HexToHash("0x7a"), 1
			paid := fee(move{})
			paid.Ref, paid.Time = t.Ref, t.Time
			paid.Site, paid.Trace = chain.SiteFee, ""
			in.Transfers = chain.MergeTransfers(append(in.Transfers, paid))
			return
		}
	}
}

// TestGasBesideClaims: where only gas came in, and every claim is of something else or
// much more, nobody lost the gas.
func TestGasBesideClaims(t *testing.T) {
	t.Parallel()
	n := func(whole int64) *decimal.Decimal { d := decimal.NewFromInt(whole); return &d }
	for _, row := range []struct {
		name    string
		hints   []loss.Hint
		moves   []move
		victims string
	}{
		{"nothing is claimed", nil, []move{{0, 'X', 'T', 1, "ETH", false, 0}}, "X"},
		{"much more is", []loss.Hint{{Symbol: "ETH", Quantity: n(500)}}, []move{{0, 'X', 'T', 1, "ETH", false, 0}}, ""},
		{"a few times as much is", []loss.Hint{{Symbol: "ETH", Quantity: n(5)}}, []move{{0, 'X', 'T', 1, "ETH", false, 0}}, "X"},
		{"another asset is", []loss.Hint{{Symbol: "USD", Quantity: n(5_000_000)}}, []move{{0, 'X', 'T', 1, "ETH", false, 0}}, ""},
		{"much more is, in dollars", []loss.Hint{{Symbol: "tokens", USD: n(5_000_000)}}, []move{{0, 'X', 'T', 1, "ETH", false, 0}}, ""},
		{"nobody says how much is", []loss.Hint{{Symbol: "ETH"}}, []move{{0, 'X', 'T', 1, "ETH", false, 0}}, "X"},
		{"from many", []loss.Hint{{Symbol: "ETH", Quantity: n(3)}}, []move{{0, 'X', 'T', 1, "ETH", false, 0}, {1, 'Y', 'T', 1, "ETH", false, 0}, {2, 'W', 'T', 1, "ETH", false, 0}}, "XYW"},
		{"more than gas came", []loss.Hint{{Symbol: "ETH", Quantity: n(500)}}, []move{{0, 'X', 'T', 2, "ETH", false, 0}}, "X"},
	} {
		in := input(row.moves)
		in.Victims, in.Hints = nil, row.hints
		if got := letters(loss.Judge(in).Victims); got != row.victims {
			t.Errorf("%s: victims %q, want %q", row.name, got, row.victims)
		}
	}
}

// TestTradeWithVictim: what attackers sell to a market that they robbed, at its price, is
// no second theft; what they take a little by each time is.
func TestTradeWithVictim(t *testing.T) {
	t.Parallel()
	sale := func(minute int, coin, dollars uint64, want loss.Class) []move {
		paid := want
		if want == loss.Theft {
			paid = loss.OwnCapital
		}
		return []move{{minute, 'T', 'V', coin, "ETH", true, paid}, {minute, 'V', 'T', dollars, "USD", true, want}}
	}
	for _, row := range []struct {
		name, reason string
		change       func(*loss.Input)
		moves        []move
	}{
		{"at the price", "a sale", nil, sale(60, 10, 29_900, loss.Swap)},
		{"for a twentieth more", "quotes of the day say no more of one, but it gained", nil, sale(60, 10, 31_500, loss.Theft)},
		{"once for more and once for less", "nothing was gained in sum", nil, append(sale(60, 10, 31_000, loss.Swap), sale(70, 10, 28_500, loss.Swap)...)},
		{"for half as much again", "no exchange", nil, sale(60, 10, 45_000, loss.Theft)},
		{"for much less", "what it was for the chain does not say: it stays their capital", nil, sale(60, 10, 15_000, loss.Theft)},
		{"by a linked tx", "the write-up says so", func(in *loss.Input) { in.Thefts = in.Transfers[1:3] }, sale(60, 10, 29_900, loss.Theft)},
		{"a loan paid back", "nothing was gained by both", nil, append(sale(60, 10, 20_000, loss.Swap),
			move{90, 'T', 'V', 20_100, "USD", true, loss.Swap}, move{90, 'V', 'T', 10, "ETH", true, loss.Swap})},
		{"a loan paid back, and more got for it", "they have gained an ether", nil, append(sale(60, 10, 20_000, loss.Theft),
			move{90, 'T', 'V', 20_100, "USD", true, loss.OwnCapital}, move{90, 'V', 'T', 11, "ETH", true, loss.Theft})},
		{"loot given back for the stake", "the first was a theft, and prices say so", nil, append(sale(60, 10, 200_000, loss.Theft),
			move{90, 'T', 'V', 200_000, "USD", true, loss.OwnCapital}, move{90, 'V', 'T', 10, "ETH", true, loss.Theft})},
		{"where nothing has a price", "open, and as before", func(in *loss.Input) { in.Prices = nil }, sale(60, 10, 29_900, loss.Theft)},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			moves := append([]move{theftAt(0, loss.Theft)}, row.moves...)
			in := input(moves)
			if row.change != nil {
				row.change(&in)
			}
			for _, j := range loss.Judge(in).Judgements {
				for _, m := range moves {
					if x := m.transfer(0); j.Class != loss.Fee && x.Block == j.Transfer.Block && x.From == j.Transfer.From && j.Class != m.want {
						t.Errorf("%s at minute %d is judged %s, want %s, because %s: %s", m.asset, m.minute, j.Class, m.want, row.reason, j.Why)
					}
				}
			}
		})
	}
}
