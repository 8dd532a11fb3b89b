package loss_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/label"
	"losstracer/trace/loss"
)

// onArbitrum moves what the stories tell of UNK to another chain, where it calls
// itself USD, too; prices stay with the dollar of the first.
func onArbitrum(in *loss.Input) {
	there := chain.Token(42161, unknown.Contract())
	txs := map[common.Hash]bool{}
	for _, t := range in.Transfers {
		txs[t.Tx] = txs[t.Tx] || t.Asset == unknown
	}
	for i := range in.Transfers {
		t := &in.Transfers[i]
		if !txs[t.Tx] {
			continue
		}
		if t.ChainID = 42161; t.Asset == unknown {
			t.Asset = there
		} else {
			t.Asset = chain.NativeAsset(42161) // the fee
		}
		t.Tx[0] = 0xa2
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

// bridged has a tag say that X, whom the attackers pay, is a bridge.
func bridged(in *loss.Input) {
	in.Tags = &label.Book{}
	in.Tags.Add(label.Tag{Chain: 1, Address: people['X'], Label: "Hop", Category: label.Bridge, Source: "test"})
}

// TestToAnotherChain tells of loot that attackers send to themselves on another
// chain: what comes in there, after a bridge was paid, is no second theft. What
// only looks like it stays one.
func TestToAnotherChain(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name, reason string
		change       func(*loss.Input)
		moves        []move
		want         string // classes in order of the stories
	}{
		{"by a bridge", "it is what they had paid out, less a fee", bridged, []move{
			theftAt(0, 0), {10, 'T', 'X', 50_000, "USD", true, 0}, {25, 'Y', 'T', 49_900, "UNK", false, 0},
		}, "theft onward other"},
		{"by somebody of whom nothing is known", "a name and an amount are no evidence: a theft of as much must not vanish", nil, []move{
			theftAt(0, 0), {10, 'T', 'X', 50_000, "USD", true, 0}, {25, 'Y', 'T', 49_900, "UNK", false, 0},
		}, "theft onward theft?"},
		{"by nobody known, and nobody named", "who paid most is a victim, until a bridge is known", func(in *loss.Input) { in.Victims = nil }, []move{
			theftAt(0, 0), {10, 'T', 'X', 100_000, "USD", true, 0}, {25, 'Y', 'T', 99_900, "UNK", false, 0},
		}, "theft onward theft?"},
		{"destroyed here", "bridges destroy what they issued, and nobody else destroys loot", nil, []move{
			theftAt(0, 0), {10, 'T', '0', 50_000, "USD", true, 0}, {25, 'Y', 'T', 49_900, "UNK", false, 0},
		}, "theft onward other"},
		{"with nobody named", "who paid it out there is no victim", func(in *loss.Input) { in.Victims = nil; bridged(in) }, []move{
			theftAt(0, 0), {10, 'T', 'X', 100_000, "USD", true, 0}, {25, 'Y', 'T', 99_900, "UNK", false, 0},
		}, "theft onward other"},
		{"fetched there from somebody", "a bridge pays, or issues; a tx of theirs took this", bridged, []move{
			theftAt(0, 0), {10, 'T', 'X', 50_000, "USD", true, 0}, {25, 'Y', 'T', 49_900, "UNK", true, 0},
		}, "theft onward theft?"},
		{"issued there", "bridges issue what they hold elsewhere", bridged, []move{
			theftAt(0, 0), {10, 'T', 'X', 50_000, "USD", true, 0}, {25, '0', 'T', 50_000, "UNK", true, 0},
		}, "theft onward other"},
		{"once", "what was paid out comes in once", bridged, []move{
			theftAt(0, 0), {10, 'T', 'X', 50_000, "USD", true, 0}, {25, 'Y', 'T', 50_000, "UNK", false, 0}, {26, 'Y', 'T', 50_000, "UNK", false, 0},
		}, "theft onward other theft"},
		{"before the theft", "it is capital of their own, moved", bridged, []move{
			{10, 'T', 'X', 50_000, "USD", true, 0}, {25, 'Y', 'T', 50_000, "UNK", false, 0}, theftAt(300, 0),
		}, "other other theft"},
		{"before it was paid out", "nothing comes before it leaves", bridged, []move{
			theftAt(0, 0), {30, 'T', 'X', 50_000, "USD", true, 0}, {25, 'Y', 'T', 50_000, "UNK", false, 0},
		}, "theft onward theft"},
		{"more than was paid out", "no bridge gives more", bridged, []move{
			theftAt(0, 0), {10, 'T', 'X', 50_000, "USD", true, 0}, {25, 'Y', 'T', 50_001, "UNK", false, 0},
		}, "theft onward theft"},
		{"from the victim there", "it is named", func(in *loss.Input) {
			bridged(in)
			v := at('Y')
			v.Account.ChainID = 42161
			in.Victims = append(in.Victims, v)
		}, []move{
			theftAt(0, 0), {10, 'T', 'X', 50_000, "USD", true, 0}, {25, 'Y', 'T', 49_900, "UNK", false, 0},
		}, "theft onward theft"},
		{"as much as is claimed", "nothing else that came in is that", func(in *loss.Input) { in.Hints = claimed("49900"); bridged(in) }, []move{
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
		{"all that is claimed", "that is what came in first", func(in *loss.Input) { in.Hints = claimed("100000"); bridged(in) }, []move{
			theftAt(0, 0), {10, 'T', 'X', 100_000, "USD", true, 0}, {25, 'Y', 'T', 99_900, "UNK", false, 0},
		}, "theft onward other"},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			in := input(row.moves)
			onArbitrum(&in)
			if row.change != nil {
				row.change(&in)
			}
			classes, told := map[uint64]string{}, ""
			s := loss.Judge(in)
			for _, j := range s.Judgements {
				if j.Class != loss.Fee {
					class := j.Class.String()
					if strings.Contains(j.Why, "another chain") && j.Class == loss.Theft {
						class += "?"
					}
					classes[j.Transfer.Time<<8|uint64(j.Transfer.Index)] = class
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
			doubted := slices.ContainsFunc(s.Remarks, func(r loss.Remark) bool { return strings.Contains(r.Text, "another chain") })
			if want := strings.Contains(row.want, "?"); doubted != want {
				t.Errorf("remarks %v; want one on another chain: %v", s.Remarks, want)
			}
		})
	}
}

// TestCrossingIsDoubtful: what a rule alone takes for loot that came over a bridge
// would be a loss were the rule wrong, and all of it.
func TestCrossingIsDoubtful(t *testing.T) {
	t.Parallel()
	in := input([]move{theftAt(0, 0), {10, 'T', 'X', 50_000, "USD", true, 0}, {25, 'Y', 'T', 49_900, "UNK", false, 0}})
	onArbitrum(&in)
	bridged(&in)
	if got := loss.Judge(in).Totals.Doubtful; !got.Equal(decimal.NewFromInt(49_900)) {
		t.Errorf("doubtful %s, want 49900", got)
	}
}

// TestSameAddressElsewhere: that whom the write-up names on one chain is the same on
// another is a rule of ours, for a contract need not be.
func TestSameAddressElsewhere(t *testing.T) {
	t.Parallel()
	in := input([]move{theftAt(0, 0), {300, 'V', 'T', 90_000, "UNK", false, 0}})
	onArbitrum(&in)
	totals := loss.Judge(in).Totals
	if !totals.Gross.Equal(decimal.NewFromInt(190_000)) || !totals.Firm.Gross.Equal(decimal.NewFromInt(100_000)) {
		t.Errorf("gross %s, of which %s firmly; want 190000 and 100000", totals.Gross, totals.Firm.Gross)
	}
}
