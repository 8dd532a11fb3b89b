package loss_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/loss"
)

// onArbitrum moves what the stories tell of UNK to another chain, where it calls
// itself USD, too; prices stay with the dollar of the first.
func onArbitrum(in *loss.Input) {
	there := chain.Token(42161, unknown.Contract())
	for i := range in.Transfers {
		if t := &in.Transfers[i]; t.Asset == unknown {
			t.ChainID, t.Asset = 42161, there
			t.Tx[0] = 0xa2
		}
	}
	for _, p := range in.Attackers[:2] {
		p.Account.ChainID = 42161
		in.Attackers = append(in.Attackers, p)
	}
	in.Tokens[there] = chain.TokenMeta{Symbol: "USD", Decimals: 6, DecimalsKnown: true}
	in.Prices.Add(pricing.Quote{Subject: pricing.Of(there), Price: decimal.NewFromInt(1), At: noon.AddDate(0, 0, -1), Source: "test"})
	in.Transfers = chain.MergeTransfers(in.Transfers)
}

// TestClaimInDollarsOnSeveralChains: by the price of the time an amount is what is
// claimed in dollars, whichever chain has the lower number.
func TestClaimInDollarsOnSeveralChains(t *testing.T) {
	t.Parallel()
	in := input([]move{{0, 'X', 'T', 90_000, "UNK", false, 0}, {6_000, 'V', 'T', 10, "ETH", true, 0}})
	onArbitrum(&in)
	there := in.Transfers[len(in.Transfers)-1].Asset
	in.Prices = &pricing.Book{MaxAge: time.Hour}
	in.Prices.Add(pricing.Quote{Subject: pricing.Of(there), Price: decimal.NewFromInt(2), At: noon, Source: "test"})
	claim := decimal.NewFromInt(180_000)
	in.Victims, in.Hints = nil, []loss.Hint{{Symbol: "USD", USD: &claim}}
	s := loss.Judge(in)
	if rule := s.Inferred[chain.Account{ChainID: 42161, Address: people['X']}]; rule != loss.VictimByClaim {
		t.Errorf("who paid what is claimed is a victim by %q: %v", rule, s.Victims)
	}
}

// TestToAnotherChain tells of loot that attackers send to themselves on another
// chain: what comes in there is no second theft.
func TestToAnotherChain(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason string
		change       func(*loss.Input)
		moves        []move
		want         string // classes in order of the stories
	}{
		{"by a bridge", "it is what they had paid out, less a fee", nil, []move{
			theftAt(0, 0), {10, 'T', 'X', 50_000, "USD", true, 0}, {25, 'Y', 'T', 49_900, "UNK", false, 0},
		}, "theft swap swap"},
		{"with nobody named", "who paid it out there is no victim", func(in *loss.Input) { in.Victims = nil }, []move{
			theftAt(0, 0), {10, 'T', 'X', 100_000, "USD", true, 0}, {25, 'Y', 'T', 99_900, "UNK", false, 0},
		}, "theft swap swap"},
		{"issued there", "bridges issue what they hold elsewhere", nil, []move{
			theftAt(0, 0), {10, 'T', 'X', 50_000, "USD", true, 0}, {25, '0', 'T', 50_000, "UNK", false, 0},
		}, "theft swap swap"},
		{"once", "what was paid out comes in once", nil, []move{
			theftAt(0, 0), {10, 'T', 'X', 50_000, "USD", true, 0}, {25, 'Y', 'T', 50_000, "UNK", false, 0}, {26, 'Y', 'T', 50_000, "UNK", false, 0},
		}, "theft swap swap theft"},
		{"before it was paid out", "nothing comes before it leaves", nil, []move{
			theftAt(0, 0), {30, 'T', 'X', 50_000, "USD", true, 0}, {25, 'Y', 'T', 50_000, "UNK", false, 0},
		}, "theft onward theft"},
		{"more than was paid out", "no bridge gives more", nil, []move{
			theftAt(0, 0), {10, 'T', 'X', 50_000, "USD", true, 0}, {25, 'Y', 'T', 50_001, "UNK", false, 0},
		}, "theft onward theft"},
		{"from the victim there", "it is named", func(in *loss.Input) {
			v := at('Y')
			v.Account.ChainID = 42161
			in.Victims = append(in.Victims, v)
		}, []move{
			theftAt(0, 0), {10, 'T', 'X', 50_000, "USD", true, 0}, {25, 'Y', 'T', 49_900, "UNK", false, 0},
		}, "theft onward theft"},
		{"as much as is claimed", "nothing else that came in is that", func(in *loss.Input) { in.Hints = claimed("49900") }, []move{
			theftAt(0, 0), {10, 'T', 'X', 50_000, "USD", true, 0}, {25, 'Y', 'T', 49_900, "UNK", false, 0},
		}, "theft onward theft"},
		{"a theft there first, and a return", "what happens first does not go by the number of the chain", func(in *loss.Input) {
			v := at('V')
			v.Account.ChainID = 42161
			in.Victims = append(in.Victims, v)
		}, []move{
			{0, 'V', 'T', 90_000, "UNK", false, 0}, {30, 'T', 'V', 40_000, "UNK", true, 0}, {60, 'V', 'T', 100_000, "USD", false, 0},
		}, "theft return theft"},
		{"from an address that is named for a victim on the other chain", "it is the same key", nil, []move{
			theftAt(0, 0), {300, 'V', 'T', 90_000, "UNK", false, 0}, {400, 'T', 'V', 40_000, "UNK", true, 0},
		}, "theft theft return"},
		{"where the victim paid nothing on the chain that it is named for", "write-ups leave chains out", nil, []move{
			{0, 'V', 'T', 90_000, "UNK", false, 0}, {30, 'T', 'V', 40_000, "UNK", true, 0},
		}, "theft return"},
		{"all that is claimed", "that is what came in first", func(in *loss.Input) { in.Hints = claimed("100000") }, []move{
			theftAt(0, 0), {10, 'T', 'X', 100_000, "USD", true, 0}, {25, 'Y', 'T', 99_900, "UNK", false, 0},
		}, "theft swap swap"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			in := input(row.moves)
			onArbitrum(&in)
			if row.change != nil {
				row.change(&in)
			}
			classes, told := map[uint64]string{}, ""
			for _, j := range loss.Judge(in).Judgements {
				if j.Class != loss.Fee {
					classes[j.Transfer.Time<<8|uint64(j.Transfer.Index)] = j.Class.String()
					told += fmt.Sprintf("%s: %s: %s [%s]\n", j.Transfer.Ref, j.Class, j.Why, j.Basis)
				}
			}
			var got []string
			for i, m := range row.moves {
				x := m.transfer(i)
				got = append(got, classes[x.Time<<8|uint64(x.Index)])
			}
			if diff := cmp.Diff(row.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("%s (-want +got):\n%s\n%s", row.reason, diff, told)
			}
		})
	}
}
