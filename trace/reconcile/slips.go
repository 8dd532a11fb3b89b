package reconcile

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
)

// slip is a power of ten by which a figure goes wrong, and how that comes about.
type slip struct {
	shift int32 // that mends it
	how   string
}

// scales are the slips of any figure: suffixes and separators misread, the
// likeliest first.
var scales = []slip{{3, ""}, {-3, ""}, {6, ""}, {-6, ""}, {9, ""}, {-9, ""}}

// digits are slips that other sums of a case can look like: where nine tenths
// came back the net loss is the gross with a digit too few. They are tried when
// no such sum fits.
var digits = []slip{
	{-1, "one digit too many"}, {1, "one digit too few"}, {-2, "two digits too many, as where a decimal point is lost"}, {2, "two digits too few"},
}

// commonDecimals are how tokens are mostly divided; 9 are the gwei of a coin.
var commonDecimals = []uint8{6, 8, 9, 18}

// divisions are the slips of a quantity of an asset that is divided so: base
// units written as whole ones, and those of an asset that is divided otherwise,
// where that is more than a slip of [digits].
func divisions(decimals uint8) []slip {
	if decimals == 0 {
		return nil
	}
	list := []slip{{-int32(decimals), "base units, of which one whole has 10^" + fmt.Sprint(decimals)}}
	for _, other := range commonDecimals {
		if gap := int(other) - int(decimals); gap > 2 || gap < -2 {
			list = append(list, slip{int32(other) - int32(decimals), fmt.Sprintf("divided by 10^%d, not by 10^%d as it is", other, decimals)})
		}
	}
	return list
}

// unitSlip looks for a reading of a claim in another unit that fits: dollars
// for a quantity or the other way round, and a power of ten too many or too few.
func (c *comparison) unitSlip(claim incident.Claim, losses []loss.AssetLoss, quantity, usd decimal.Decimal, priced bool) (Cause, bool) {
	var zero decimal.Decimal
	// Of what is worth about a dollar, dollars and units are the same slip or none.
	alike := priced && quantity.IsPositive() && usd.Sub(quantity).Abs().LessThan(quantity.Mul(decimal.New(5, -2)))
	if !alike && claim.Quantity == nil && claim.USD != nil && fitsScaled(*claim.USD, 0, quantity, zero) {
		return slipped(claim, claim.USD.Value.String()+" "+claim.Asset+", not dollars", quantity, ""), true
	}
	if !alike && claim.Quantity != nil && priced && fitsScaled(*claim.Quantity, 0, usd, zero) && !fitsScaled(*claim.Quantity, 0, quantity, zero) {
		return slipped(claim, grouped(claim.Quantity.Value)+" dollars, not "+claim.Asset, usd, ""), true
	}
	var known []slip
	if len(losses) > 0 {
		known = divisions(losses[0].Meta.Decimals)
	}
	return c.shifted(claim, losses, quantity, usd, priced, slices.Concat(known, scales), scales)
}

// shifted looks for a slip by which a claim fits.
func (c *comparison) shifted(claim incident.Claim, losses []loss.AssetLoss, quantity, usd decimal.Decimal, priced bool, ofQuantity, ofUSD []slip) (Cause, bool) {
	if claim.Quantity != nil {
		for _, s := range ofQuantity {
			if fitsScaled(*claim.Quantity, s.shift, quantity, decimal.Decimal{}) {
				return slipped(claim, claim.Quantity.Value.Shift(s.shift).String()+" "+claim.Asset, quantity, s.how), true
			}
		}
	}
	if claim.USD == nil || !priced {
		return Cause{}, false
	}
	spread := c.spread(losses)
	for _, s := range ofUSD {
		if fitsScaled(*claim.USD, s.shift, usd, spread) {
			return slipped(claim, grouped(claim.USD.Value.Shift(s.shift))+" dollars", usd, s.how), true
		}
	}
	return Cause{}, false
}

func slipped(claim incident.Claim, reading string, measured decimal.Decimal, how string) Cause {
	if how != "" {
		how = " (" + how + ")"
	}
	return Cause{CauseUnitError, fmt.Sprintf("“%s” fits if read as %s%s: %s were measured", claim.Text, reading, how, chain.GroupThousands(measured.RoundBank(8).String())), chain.Derived}
}

// scaleSlip looks for a power of ten by which a figure in dollars fits, to
// within what prices spread by.
func scaleSlip(figure incident.Figure, measured, spread decimal.Decimal, slips []slip) (Cause, bool) {
	for _, s := range slips {
		if !fitsScaled(figure, s.shift, measured, spread) {
			continue
		}
		how := ""
		if s.how != "" {
			how = ": " + s.how
		}
		return Cause{CauseUnitError, fmt.Sprintf("fits if read as %s dollars%s", grouped(figure.Value.Shift(s.shift)), how), chain.Derived}, true
	}
	return Cause{}, false
}

// fitsScaled reports whether a figure shifted by powers of ten is a
// measurement to within its own precision and what prices spread by, or a
// hundredth; a tenth at the most.
func fitsScaled(figure incident.Figure, shift int32, measured, spread decimal.Decimal) bool {
	if !measured.IsPositive() {
		return false
	}
	tolerance, _ := precision(figure)
	tolerance = decimal.Max(tolerance.Shift(shift).Add(spread), measured.Shift(-2))
	tolerance = decimal.Min(tolerance, measured.Shift(-1))
	return figure.Value.Shift(shift).Sub(measured).Abs().LessThanOrEqual(tolerance)
}
