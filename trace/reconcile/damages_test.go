package reconcile_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/loss"
	"losstracer/trace/reconcile"
)

// damage is one way to spoil a write-up. It returns the statement that the
// spoilt one is held against, or nil where this case has nothing to spoil so.
type damage struct {
	name string
	want reconcile.Code
	do   func(r *rand.Rand, c *theft, w *writing) *loss.Statement
}

// pick returns a line that something can be done to.
func pick(r *rand.Rand, w *writing, can func(l line) bool) *line {
	for _, i := range r.Perm(len(w.lines)) {
		if can(w.lines[i]) {
			return &w.lines[i]
		}
	}
	return nil
}

func stable(symbol string) bool { return symbol == "USDT" || symbol == "USDC" }

func sumUSD(w *writing) decimal.Decimal {
	var sum decimal.Decimal
	for _, l := range w.lines {
		sum = sum.Add(l.usdValue)
	}
	return sum
}

var damages = []damage{
	{"a quantity as dollars", reconcile.CauseUnitError, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		l := pick(r, w, func(l line) bool {
			return !stable(l.symbol) && l.quantity != "" && l.quantities.GreaterThan(decimal.NewFromInt(1))
		})
		if l == nil {
			return nil
		}
		l.usd, l.quantity = l.quantity, ""
		return c.full
	}},
	{"dollars as a quantity", reconcile.CauseUnitError, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		l := pick(r, w, func(l line) bool { return !stable(l.symbol) && l.usd != "" })
		if l == nil {
			return nil
		}
		l.quantity, l.usd = l.usd, ""
		return c.full
	}},
	{"a thousand times too much or too little", reconcile.CauseUnitError, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		factor := []int32{3, -3}[r.IntN(2)]
		l := pick(r, w, func(l line) bool { return true })
		if r.IntN(4) == 0 {
			w.total = money(r, c.full.Totals.Gross.Shift(factor), 5)
			return c.full
		}
		if l.usd != "" && (l.quantity == "" || r.IntN(2) == 0) {
			l.usd = money(r, l.usdValue.Shift(factor), 5)
		} else {
			l.quantity = grouped(significant(l.quantities.Shift(factor), 5))
		}
		return c.full
	}},
	{"a decimal comma", reconcile.CauseUnitError, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		l := pick(r, w, func(l line) bool {
			return l.quantity != "" && l.quantities.GreaterThan(decimal.NewFromInt(1)) && l.quantities.LessThan(decimal.NewFromInt(1000))
		})
		if l == nil {
			return nil
		}
		l.quantity = strings.Replace(l.quantities.StringFixed(3), ".", ",", 1)
		return c.full
	}},
	{"net for gross, a line", reconcile.GrossVsNet, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		for _, a := range c.full.Losses {
			if l := pick(r, w, func(l line) bool { return l.asset == a.Asset }); l != nil && !a.Returned.IsZero() {
				l.quantities, l.usdValue = pricing.Whole(a.Net().Units(), a.Meta.Decimals), *a.NetUSD()
				l.fill(r)
				return c.full
			}
		}
		return nil
	}},
	{"net for gross, the totals", reconcile.GrossVsNet, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		if c.full.Totals.Returned.LessThan(c.full.Totals.Gross.Mul(decimal.New(12, -2))) {
			return nil // less than prices move in the days around the theft
		}
		w.totals(r, c.full.Totals.Net)
		return c.full
	}},
	{"another date's price", reconcile.ValuationDate, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		l := pick(r, w, func(l line) bool { return !stable(l.symbol) && l.usd != "" })
		if l == nil {
			return nil
		}
		used, _ := c.prices.At(pricing.Of(l.asset), theftTime)
		q, _ := c.prices.At(pricing.Of(l.asset), theftTime.AddDate(0, 0, r.IntN(100)-50))
		if q.Price.Sub(used.Price).Abs().LessThan(used.Price.Mul(decimal.New(12, -2))) {
			return nil // nobody could tell it from the price's own spread
		}
		l.usd = money(r, l.quantities.Mul(q.Price), 6)
		return c.full
	}},
	{"proceeds for loss, a line", reconcile.ProceedsNotLoss, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		proceeds := c.proceeds()
		if proceeds.IsZero() {
			return nil
		}
		q, _ := c.prices.At(pricing.Of(coin), theftTime)
		got := c.line(r, coin, proceeds, proceeds.Mul(q.Price))
		if l := pick(r, w, func(l line) bool { return l.asset == coin }); l != nil {
			got.quantities, got.usdValue = got.quantities.Add(l.quantities), got.usdValue.Add(l.usdValue)
			got.fill(r)
			*l = got
			return c.full
		}
		w.lines = append(w.lines, got)
		return c.full
	}},
	{"a line doubled", reconcile.DoubleCount, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		l := *pick(r, w, func(l line) bool { return true })
		w.lines = append(w.lines, l)
		if r.IntN(2) == 0 {
			w.totals(r, sumUSD(w))
		}
		return c.full
	}},
	{"an asset dropped", reconcile.MissingAsset, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		if len(w.lines) < 2 {
			return nil
		}
		i := r.IntN(len(w.lines))
		w.lines = slices.Delete(w.lines, i, i+1)
		if r.IntN(2) == 0 {
			w.totals(r, sumUSD(w))
		}
		return c.full
	}},
	{"an address dropped", reconcile.MissingAddress, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		w.addresses = w.addresses[:1]
		return c.half
	}},
	{"the front matter", reconcile.InternalContradiction, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		w.matter = significant(misread(r, c.full.Totals.Gross), 5).String()
		return c.full
	}},
	{"the title", reconcile.InternalContradiction, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		w.title = "$" + money(r, misread(r, c.full.Totals.Gross), 4)
		return c.full
	}},
	{"millions for billions, or the other way", reconcile.CauseUnitError, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		wrong := significant(c.full.Totals.Gross, 4).Shift(-6).String() + " billion"
		if c.full.Totals.Gross.LessThan(decimal.NewFromInt(1_000_000)) {
			return nil
		}
		switch r.IntN(3) {
		case 0:
			w.title = "$" + wrong
		case 1:
			w.total = wrong
		default:
			l := pick(r, w, func(l line) bool { return l.usd != "" && l.usdValue.GreaterThan(decimal.NewFromInt(1_000_000)) })
			if l == nil {
				return nil
			}
			l.usd = significant(l.usdValue, 4).Shift(-6).String() + " billion"
		}
		return c.full
	}},
	{"a point between thousands", reconcile.CauseUnitError, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		l := pick(r, w, func(l line) bool {
			return l.quantity != "" && l.usd == "" && l.quantities.GreaterThan(decimal.NewFromInt(1000)) && l.quantities.LessThan(decimal.NewFromInt(1_000_000))
		})
		if l == nil || stable(l.symbol) {
			return nil
		}
		l.quantity = strings.Replace(grouped(l.quantities.Round(0)), ",", ".", 1)
		return c.full
	}},
	{"another chain", reconcile.WrongChain, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		pick(r, w, func(l line) bool { return true }).chain = "BSC"
		return c.full
	}},
	{"what came back", reconcile.CauseUnitError, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		if w.returned == "" {
			return nil
		}
		w.returned = money(r, c.full.Totals.Returned.Shift([]int32{3, -3}[r.IntN(2)]), 4)
		return c.full
	}},
	{"another year", reconcile.InternalContradiction, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		w.at = w.at.AddDate(1-2*r.IntN(2), 0, 0)
		return c.full
	}},
	{"a time shifted", reconcile.TimeZone, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		w.at = w.at.Add(time.Duration(1+r.IntN(12)) * time.Hour * time.Duration(1-2*r.IntN(2)))
		return c.full
	}},
}

// slips are further ways to spoil a write-up, as they occur in real ones: units of
// programs taken for those of people, digits and suffixes lost, names and figures
// taken from somewhere else.
var slips = []damage{
	{"divided as another token is", reconcile.CauseUnitError, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		l := pick(r, w, func(l line) bool { return l.quantity != "" })
		if l == nil {
			return nil
		}
		has := int32(c.tokens[l.asset].Decimals)
		as := []int32{6, 8, 18}[r.IntN(3)]
		if as == has {
			return nil
		}
		l.quantity = plainly(l.quantities, 5, has-as)
		return c.full
	}},
	{"base units, or gwei", reconcile.CauseUnitError, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		l := pick(r, w, func(l line) bool { return l.quantity != "" })
		if l == nil {
			return nil
		}
		shift := int32(c.tokens[l.asset].Decimals)
		if l.asset == coin && r.IntN(2) == 0 {
			shift = 9
		}
		l.quantity = plainly(l.quantities, 5, shift)
		return c.full
	}},
	{"a zero more or less", reconcile.CauseUnitError, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		shift := []int32{1, -1, 2, -2}[r.IntN(4)]
		l := pick(r, w, func(l line) bool { return true })
		switch {
		case r.IntN(3) == 0:
			w.title = "$" + money(r, c.full.Totals.Gross.Shift(shift), 5)
		case l.usd != "" && (l.quantity == "" || r.IntN(2) == 0):
			l.usd = money(r, l.usdValue.Shift(shift), 5)
		default:
			l.quantity = grouped(significant(l.quantities.Shift(shift), 5))
		}
		return c.full
	}},
	{"the decimal point lost", reconcile.CauseUnitError, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		l := pick(r, w, func(l line) bool { return l.quantity != "" && l.quantities.GreaterThan(decimal.NewFromInt(10)) })
		if l == nil {
			return nil
		}
		l.quantity = strings.Replace(l.quantities.StringFixed(2), ".", "", 1)
		return c.full
	}},
	{"K for M, or the suffix lost", reconcile.CauseUnitError, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		suffix := []string{"K", "", " thousand", "B"}[r.IntN(4)]
		if c.full.Totals.Gross.LessThan(decimal.NewFromInt(1_000_000)) {
			return nil
		}
		figure := significant(c.full.Totals.Gross, 4).Shift(-6).String() + suffix
		l := pick(r, w, func(l line) bool { return l.usd != "" && l.usdValue.GreaterThan(decimal.NewFromInt(1_000_000)) })
		switch {
		case l != nil && r.IntN(2) == 0:
			l.usd = significant(l.usdValue, 4).Shift(-6).String() + suffix
		case r.IntN(2) == 0:
			w.title = "$" + figure
		default:
			w.total = figure
		}
		return c.full
	}},
	{"the name of another token", reconcile.MissingAsset, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		l := pick(r, w, func(l line) bool { return l.quantity != "" })
		other := assets[r.IntN(len(assets))]
		lost := func(id chain.AssetID) bool {
			return slices.ContainsFunc(c.full.Judgements, func(j loss.Judgement) bool { return j.Transfer.Asset == id })
		}
		if l == nil || lost(other.id) {
			return nil
		}
		l.symbol = other.meta.Symbol
		return c.full
	}},
	{"digits exchanged in a line", reconcile.Unexplained, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		l := pick(r, w, func(l line) bool { return l.usd == "" && l.quantities.GreaterThan(decimal.NewFromInt(100)) })
		if l == nil {
			return nil
		}
		l.quantity = grouped(significant(misread(r, l.quantities), 6))
		return c.full
	}},
	{"the total of another incident", reconcile.InternalContradiction, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		other := strangeTo(r, c.full.Totals.Gross)
		if other.IsZero() {
			return nil
		}
		w.total = money(r, other, 4)
		return c.full
	}},
	{"figures of another incident", reconcile.Unexplained, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		l := pick(r, w, func(l line) bool { return true })
		other := strangeTo(r, l.usdValue)
		if other.IsZero() {
			return nil
		}
		l.quantities, l.usdValue = l.quantities.Mul(other).DivRound(l.usdValue, 8), other
		l.fill(r)
		return c.full
	}},
	{"an asset twice in the total", reconcile.DoubleCount, func(r *rand.Rand, c *theft, w *writing) *loss.Statement {
		if len(w.lines) < 2 {
			return nil
		}
		l := pick(r, w, func(l line) bool { return true })
		if l.usdValue.LessThan(c.full.Totals.Gross.Mul(decimal.New(12, -2))) {
			return nil // less than prices move in the days around the theft
		}
		w.totals(r, c.full.Totals.Gross.Add(l.usdValue))
		return c.full
	}},
}

// plainly writes a number that a program printed, without thousands set apart.
func plainly(d decimal.Decimal, digits int, shift int32) string {
	return significant(d, digits).Shift(shift).String()
}

// strangeTo is a sum that has nothing to do with another: three to forty-three
// times as much, or as little. Zero of nothing.
func strangeTo(r *rand.Rand, usd decimal.Decimal) decimal.Decimal {
	times := decimal.NewFromFloat(3 + 40*r.Float64())
	if r.IntN(2) == 0 {
		times = decimal.NewFromInt(1).DivRound(times, 12)
	}
	return significant(usd.Mul(times), 6)
}

// misread is a number of which two digits that stand beside each other were
// exchanged, or the first one is another.
func misread(r *rand.Rand, d decimal.Decimal) decimal.Decimal {
	digits := []byte(d.Truncate(0).String())
	if digits[0] != digits[1] && digits[1] != '0' && r.IntN(2) == 0 {
		digits[0], digits[1] = digits[1], digits[0]
	} else {
		digits[0] = '1' + (digits[0]-'1'+byte(1+r.IntN(7)))%9
	}
	return decimal.RequireFromString(string(digits))
}

// proceeds is the coin that the attackers received in swaps.
func (c *theft) proceeds() decimal.Decimal {
	var sum decimal.Decimal
	for _, j := range c.full.Judgements {
		if j.Class == loss.Swap && j.Incoming {
			sum = sum.Add(pricing.Whole(j.Transfer.Units.ToBig(), 18))
		}
	}
	return sum
}
