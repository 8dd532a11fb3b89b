package loss_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/holiman/uint256"

	"losstracer/chain"
	"losstracer/trace/loss"
)

// TestLeakForNextToNothing: what a victim lost to others in a tx of the theft is no
// exchange because something came to it in that tx, too; what no price tells is said
// to be open.
func TestLeakForNextToNothing(t *testing.T) {
	t.Parallel()
	base := func(at int) func(*loss.Input) {
		return func(in *loss.Input) { in.Transfers[at].Units = *uint256.NewInt(1) }
	}
	for _, row := range []struct {
		name, reason string
		change       func(*loss.Input)
		moves        []move
		leaked       string // of dollars
		told         bool
	}{
		{"nothing", "it leaked", nil, []move{{10, 'V', 'T', 1_000, "USD", true, 0}, {10, 'V', 'X', 5_000, "USD", false, 0}}, dollars(5_000), false},
		{"a base unit of the coin", "nobody sells so", base(0), []move{{10, 'X', 'V', 1, "ETH", false, 0}, {10, 'V', 'T', 1_000, "USD", true, 0}, {10, 'V', 'X', 5_000, "USD", false, 0}}, dollars(5_000), false},
		{"as much in coin", "an exchange", nil, []move{{10, 'V', 'T', 1_000, "USD", true, 0}, {10, 'V', 'X', 6_000, "USD", false, 0}, {10, 'X', 'V', 2, "ETH", false, 0}}, "0", false},
		{"half as much in coin", "open: the tx of a theft may have pushed the price", nil, []move{{10, 'V', 'T', 1_000, "USD", true, 0}, {10, 'V', 'X', 6_000, "USD", false, 0}, {10, 'X', 'V', 1, "ETH", false, 0}}, "0", true},
		{"a token that nobody prices", "anybody issues tokens", nil, []move{{10, 'V', 'T', 1_000, "USD", true, 0}, {10, 'V', 'X', 6_000, "USD", false, 0}, {10, 'X', 'V', 1, "UNK", false, 0}}, "0", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			in := input(row.moves)
			if row.change != nil {
				row.change(&in)
			}
			beyond(&in)
			s := loss.Judge(in)
			leaked := "none"
			for _, l := range s.Losses {
				if l.Asset == usd {
					leaked = l.Leaked.Units().String()
				}
			}
			told := slices.ContainsFunc(s.Remarks, func(r loss.Remark) bool {
				return r.Asset == usd && strings.Contains(r.Text, "taken for an exchange") && r.Basis == chain.Heuristic
			})
			if leaked != row.leaked || told != row.told {
				t.Errorf("leaked %s, told %v; want %s, %v: %s; remarks %v", leaked, told, row.leaked, row.told, row.reason, s.Remarks)
			}
		})
	}
}
