package reconcile_test

import (
	"math/big"
	"strings"
	"testing"

	"losstracer/chain"
	"losstracer/trace/reconcile"
)

// TestSlips: how a figure went wrong is said where the arithmetic supports it,
// and only there.
func TestSlips(t *testing.T) {
	t.Parallel()
	dollar, link := lost{tokenAt(1), "USDT", 1_234_567, "1"}, lost{tokenAt(5), "LINK", 40_500, "18"}
	for _, row := range []struct {
		name, text string
		lost       []lost
		returned   int64 // of the first
		verdict    reconcile.Verdict
		code       reconcile.Code
		says       string
	}{
		{"base units", "1234567000000 USDT", []lost{dollar}, 0, reconcile.UnitError, reconcile.CauseUnitError, "base units, of which one whole has 10^6"},
		{"as if of 18 decimals", "0.000001234567 USDT", []lost{dollar}, 0, reconcile.UnitError, reconcile.CauseUnitError, "divided by 10^18, not by 10^6"},
		{"a digit too many", "12,345,670 USDT", []lost{dollar}, 0, reconcile.UnitError, reconcile.CauseUnitError, "one digit too many"},
		{"a lost point", "4,050,000 LINK", []lost{link}, 0, reconcile.UnitError, reconcile.CauseUnitError, "decimal point is lost"},
		{"a tenth was kept", "4,050 LINK", []lost{link}, 36_450, reconcile.Under, reconcile.GrossVsNet, "net of what was returned"},
		{"a suffix", "$1.234567K in USDT", []lost{dollar}, 0, reconcile.UnitError, reconcile.CauseUnitError, "1,234,567 dollars"},
		{"another token", "1,234,567 USDC", []lost{dollar, link}, 0, reconcile.Over, reconcile.MissingAsset, "fits the 1234567 USDT"},
		{"another token, to one digit", "1,000,000 USDC", []lost{dollar, link}, 0, reconcile.Over, reconcile.MissingAddress, "none of it reached"},
		{"another token, which a line speaks of", "1,234,567 USDC\n- 1,234,567 USDT", []lost{dollar, link}, 0, reconcile.Over, reconcile.MissingAddress, "none of it reached"},
		{"two tokens of which it could be", "1,234,567 USDC", []lost{dollar, {tokenAt(7), "DAI", 1_234_567, "1"}}, 0, reconcile.Over, reconcile.MissingAddress, "none of it reached"},
		{"nothing of the kind", "7,654 LINK", []lost{link}, 0, reconcile.Under, reconcile.Unexplained, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := statementOf(row.lost...)
			if row.returned > 0 {
				units := new(big.Int).Mul(big.NewInt(row.returned), big.NewInt(1_000_000))
				s.Losses[0].Returned = chain.NewAmount(row.lost[0].asset, units)
			}
			f := assetFinding(compareText("- "+row.text, s, nil, nil))
			if f == nil || f.Verdict != row.verdict || len(f.Causes) == 0 || f.Causes[0].Code != row.code || !strings.Contains(f.Causes[0].Explanation, row.says) {
				t.Errorf("%+v, want %s, %s: %s", f, row.verdict, row.code, row.says)
			}
		})
	}
}
