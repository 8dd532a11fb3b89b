package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
)

// gap is what a measured total lacks.
type gap struct {
	usd     decimal.Decimal // of claims that could not be checked, as stated
	bounded bool            // nothing is missing beyond usd
	parts   []string        // what is missing, in words
}

// uncheckable adds up what cannot be in the measured total.
func (c *comparison) uncheckable(findings []Finding) gap {
	g := gap{bounded: true}
	for _, f := range findings {
		if (f.Claim.Kind != incident.ClaimAsset && f.Claim.Kind != incident.ClaimChain) || f.Verdict != Unverifiable || f.Claim.Year != 0 {
			continue
		}
		if f.Claim.USD == nil {
			g.bounded = false
		} else {
			g.usd = g.usd.Add(f.Claim.USD.Value)
		}
		g.parts = append(g.parts, f.Claim.Text)
	}
	if n := len(c.Statement.Totals.Unpriced); n > 0 {
		g.bounded = false
		g.parts = append(g.parts, fmt.Sprintf("%d measured %s without a price", n, plural(n, "asset", "assets")))
	}
	for _, s := range c.Scopes {
		if !s.Checked && s.Why != UnsupportedChain {
			g.bounded = false
			g.parts = append(g.parts, s.Chain+" ("+s.Detail+")")
		}
	}
	if why := c.incomplete(); why != "" {
		g.bounded = false
		g.parts = append(g.parts, why)
	}
	return g
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func (c *comparison) compareTotal(f *Finding, missing gap, findings []Finding) {
	if f.Claim.USD == nil {
		f.decide(Unverifiable, Cause{PriceSource, "the total is stated in " + f.Claim.Currency + " and no rate for it is known", chain.Observed})
		return
	}
	if len(c.Statement.Losses) == 0 {
		f.decide(Unverifiable, c.nothingMeasured())
		return
	}
	measured := c.Statement.Totals.Gross
	sign := f.compareUSD(measured, c.spread(c.Statement.Losses))
	complete := missing.bounded && missing.usd.IsZero()
	switch {
	case sign < 0, complete:
		f.decide(verdictOf(sign))
	case missing.bounded && within(*f.Claim.USD, measured.Add(missing.usd), *f.Tolerance.USD) > 0:
		f.decide(Over)
	default:
		f.decide(Unverifiable, Cause{IncompleteCoverage, fmt.Sprintf(
			"%s dollars were measured; not in them: %s", grouped(measured), join(missing.parts)), chain.Observed})
		return
	}
	if f.Verdict != Match {
		c.explainTotal(f, findings)
	}
}

// explainTotal names the causes for a total that the arithmetic supports, the
// likeliest first.
func (c *comparison) explainTotal(f *Finding, findings []Finding) {
	gross := c.Statement.Totals.Gross
	if cause, ok := scaleSlip(*f.Claim.USD, gross, c.spread(c.Statement.Losses), scales); ok {
		f.Verdict = UnitError
		f.Causes = append(f.Causes, cause)
		return
	}
	if cause, ok := sumOfLines(f, findings); ok {
		f.Causes = append(f.Causes, cause)
	}
	f.tryReadings(c.totalReadings())
	c.dateOrDigit(f, c.Statement.Losses, gross)
}

// sumOfLines tells a total that adds up the lines of the write-up, one of
// which is wrong: the total has the fault of that line.
func sumOfLines(f *Finding, findings []Finding) (Cause, bool) {
	var sum decimal.Decimal
	var wrong *Finding
	for i := range findings {
		line := &findings[i]
		if line.Claim.Kind != incident.ClaimAsset && line.Claim.Kind != incident.ClaimChain {
			continue
		}
		worth := line.stated()
		if worth == nil {
			return Cause{}, false
		}
		sum = sum.Add(*worth)
		if wrong == nil && line.Verdict.Discrepant() && len(line.Causes) > 0 {
			wrong = line
		}
	}
	tolerance, _ := precision(*f.Claim.USD)
	if wrong == nil || sum.Sub(f.Claim.USD.Value).Abs().GreaterThan(tolerance) {
		return Cause{}, false
	}
	return Cause{wrong.Causes[0].Code, fmt.Sprintf("adds up the lines of the write-up, of which line %d is wrong (%s)", wrong.Claim.Pos.Line, wrong.Causes[0].Code), chain.Derived}, true
}

// stated is what a claim comes to in dollars if taken literally; nil where it
// gives none and its quantity has no price.
func (f *Finding) stated() *decimal.Decimal {
	if f.Claim.USD != nil {
		return &f.Claim.USD.Value
	}
	if f.Claim.Quantity == nil || f.Measured.USD == nil || f.Measured.Quantity == nil || f.Measured.Quantity.IsZero() {
		return nil
	}
	usd := f.Claim.Quantity.Value.Mul(*f.Measured.USD).DivRound(*f.Measured.Quantity, 18)
	return &usd
}

// totalReadings are the sums in dollars that a total is often mistaken for.
func (c *comparison) totalReadings() []reading {
	t := &c.Statement.Totals
	var list []reading
	read := func(code Code, usd decimal.Decimal, format string, args ...any) {
		if !usd.Equal(t.Gross) {
			list = append(list, reading{code: code, what: fmt.Sprintf(format, args...), usd: &usd})
		}
	}
	read(GrossVsNet, t.Gross.Sub(t.Returned), "the loss net of what was returned")
	read(GrossVsNet, t.Net, "the loss net of what was returned and what the attackers had put in")
	if t.Leaked != nil {
		read(GrossVsNet, t.AttackerGain, "what the attackers gained")
		read(GrossVsNet, t.Gross.Sub(*t.Leaked), "what reached the attackers, without what leaked to others on the way")
	}
	for _, l := range c.Statement.Losses {
		if l.GrossUSD != nil {
			read(DoubleCount, t.Gross.Add(*l.GrossUSD), "the loss with the %s counted twice", l.Meta.Symbol)
		}
	}
	read(DoubleCount, t.Gross.Add(t.Gross), "twice what was lost")
	for _, l := range c.Statement.Losses {
		if l.GrossUSD != nil && len(c.Statement.Losses) > 1 {
			read(MissingAsset, t.Gross.Sub(*l.GrossUSD), "the loss without the %s", l.Meta.Symbol)
		}
	}
	if proceeds, ok := swapProceeds(c.Statement); ok {
		read(ProceedsNotLoss, t.Gross.Add(proceeds), "the loss with %s dollars that swaps brought in, which counts what was swapped twice", grouped(proceeds))
	}
	return append(list, c.totalElsewhere()...)
}

// totalElsewhere adds what victims paid to unknown addresses meanwhile: to each
// of them, and to all together.
func (c *comparison) totalElsewhere() []reading {
	var order []chain.Account
	paid := map[chain.Account]decimal.Decimal{}
	all := c.Statement.Totals.Gross
	for _, e := range c.Statement.Elsewhere {
		var part portion
		part.add(e.Amount, e.Meta, c.priceAtTheft(e.Asset))
		if part.unpriced {
			continue
		}
		if !slices.Contains(order, e.To) {
			order = append(order, e.To)
		}
		paid[e.To] = paid[e.To].Add(part.usd)
		all = all.Add(part.usd)
	}
	var list []reading
	for _, to := range order {
		with := c.Statement.Totals.Gross.Add(paid[to])
		list = append(list, reading{MissingAddress, fmt.Sprintf("with what a victim paid meanwhile to %s, which is not known for an attacker", chain.Hex(to.Address)), nil, &with})
	}
	if len(list) > 1 {
		list = append(list, reading{MissingAddress, fmt.Sprintf("with what victims paid meanwhile to %d addresses that are not known for attackers", len(list)), nil, &all})
	}
	return list
}

// swapProceeds is what the attackers received in swaps.
func swapProceeds(s *loss.Statement) (decimal.Decimal, bool) {
	var usd decimal.Decimal
	for i := range s.Judgements {
		j := &s.Judgements[i]
		if j.Class != loss.Swap || !j.Incoming {
			continue
		}
		if j.Value == nil {
			return decimal.Decimal{}, false
		}
		usd = usd.Add(j.Value.USD())
	}
	return usd, usd.IsPositive()
}

func (c *comparison) nothingMeasured() Cause {
	if cause, ok := c.uncheckedScopes(func(Scope) bool { return true }); ok {
		return cause
	}
	if len(c.Scopes) == 0 {
		return Cause{MissingAddress, "the write-up gives no address and no tx on a chain that can be looked at", chain.Observed}
	}
	if why := c.incomplete(); why != "" {
		return Cause{IncompleteCoverage, why, chain.Observed}
	}
	why := "no loss was found at the addresses that are known; another address may have received it"
	if open := c.Statement.Totals.Doubtful; open.IsPositive() {
		why += ", or some of the " + grouped(open) + " dollars that came in, and that rules alone keep out of the loss, was taken"
	}
	return Cause{MissingAddress, why, chain.Heuristic}
}

// compareChain decides a claim about all that was lost on one chain.
func (c *comparison) compareChain(f *Finding) {
	scope, ok := c.scopes[f.Claim.Chain]
	if !ok || !scope.Checked {
		f.decide(Unverifiable, c.unchecked(f.Claim.Chain))
		return
	}
	var losses []loss.AssetLoss
	var usd decimal.Decimal
	unpriced := 0
	for _, l := range c.Statement.Losses {
		if n, _ := chain.NetworkByID(l.Asset.ChainID()); n.Name != f.Claim.Chain {
			continue
		}
		losses = append(losses, l)
		if l.GrossUSD == nil {
			unpriced++
			continue
		}
		usd = usd.Add(*l.GrossUSD)
	}
	for _, l := range losses {
		if _, ok := c.claimed[l.Asset]; !ok {
			c.claimed[l.Asset] = f.Claim
		}
	}
	switch {
	case f.Claim.USD == nil:
		f.decide(Unverifiable, Cause{PriceSource, "the claim has no figure in dollars", chain.Observed})
	case len(losses) == 0:
		f.decide(Unverifiable, c.nothingMeasured())
	default:
		sign := f.compareUSD(usd, c.spread(losses))
		if unpriced > 0 && sign >= 0 {
			f.decide(Unpriced, Cause{PriceSource, fmt.Sprintf("%d %s lost there without a price", unpriced, plural(unpriced, "asset was", "assets were")), chain.Observed})
			return
		}
		f.decide(verdictOf(sign))
		if f.Verdict != Match {
			c.explainSum(f, losses, usd)
		}
	}
}

// explainSum names the causes for a claim in dollars about several assets: a
// slip of the scale, the sum net of returns or with one asset more or less, and
// prices of another date.
func (c *comparison) explainSum(f *Finding, losses []loss.AssetLoss, usd decimal.Decimal) {
	if cause, ok := scaleSlip(*f.Claim.USD, usd, c.spread(losses), scales); ok {
		f.Verdict = UnitError
		f.Causes = append(f.Causes, cause)
		return
	}
	var list []reading
	var back decimal.Decimal
	for _, l := range losses {
		if l.ReturnedUSD != nil {
			back = back.Add(*l.ReturnedUSD)
		}
	}
	if net := usd.Sub(back); !back.IsZero() {
		list = append(list, reading{GrossVsNet, "the loss net of what was returned", nil, &net})
	}
	for _, l := range losses {
		if l.GrossUSD == nil || len(losses) == 1 {
			continue
		}
		without, twice := usd.Sub(*l.GrossUSD), usd.Add(*l.GrossUSD)
		list = append(list, reading{MissingAsset, "the loss without the " + chain.Printable(l.Meta.Symbol, 24), nil, &without},
			reading{DoubleCount, "the loss with the " + chain.Printable(l.Meta.Symbol, 24) + " counted twice", nil, &twice})
	}
	f.tryReadings(list)
	c.dateOrDigit(f, losses, usd)
}

// dateOrDigit names what is left to explain a claim in dollars about several
// assets: prices of another date or, where nothing else fits, a digit too many or
// too few.
func (c *comparison) dateOrDigit(f *Finding, losses []loss.AssetLoss, usd decimal.Decimal) {
	if cause, ok := c.otherDate(*f.Claim.USD, losses); ok {
		f.Causes = append(f.Causes, cause)
	}
	if cause, ok := scaleSlip(*f.Claim.USD, usd, c.spread(losses), digits); ok && len(f.Causes) == 0 {
		f.Verdict = UnitError
		f.Causes = append(f.Causes, cause)
	}
	c.orUnexplained(f, losses)
}

// contradict names claims of totals that cannot both be right, by the
// precision with which each is written. It decides only where nothing was
// measured. Of two that differ the one with which more others agree is left in
// peace.
func contradict(findings []Finding) {
	sides := make([]int, len(findings)) // how many others each agrees with
	for i := range findings {
		for j := range findings {
			if i != j && isTotal(findings[i].Claim) && isTotal(findings[j].Claim) && !apart(*findings[i].Claim.USD, *findings[j].Claim.USD) {
				sides[i]++
			}
		}
	}
	for i := range findings {
		f := &findings[i]
		if !isTotal(f.Claim) {
			continue
		}
		for j := range findings {
			o := &findings[j]
			if i == j || !isTotal(o.Claim) || !apart(*f.Claim.USD, *o.Claim.USD) || sides[i] > sides[j] {
				continue
			}
			where := fmt.Sprintf("line %d", o.Claim.Pos.Line)
			if o.Claim.Pos.Line == f.Claim.Pos.Line {
				where = "another figure in the same line"
			}
			f.contradicted(Cause{InternalContradiction, fmt.Sprintf(
				"the %s says %s dollars, %s says %s", kindInWords(f.Claim.Kind), grouped(f.Claim.USD.Value), where, grouped(o.Claim.USD.Value)), chain.Observed})
		}
	}
}

// contradicted adds that another claim says otherwise. Where nothing else
// explains a figure, that does.
// It goes before the reasons why nothing could be measured.
func (f *Finding) contradicted(cause Cause) {
	if f.Verdict == Unverifiable {
		f.Verdict = Contradicted
	}
	if f.Verdict == Contradicted {
		at := slices.IndexFunc(f.Causes, func(c Cause) bool { return c.Code != InternalContradiction })
		if at < 0 {
			at = len(f.Causes)
		}
		f.Causes = slices.Insert(f.Causes, at, cause)
		return
	}
	f.Causes = append(slices.DeleteFunc(f.Causes, func(c Cause) bool { return c.Code == Unexplained }), cause)
}

// outgrown tells of totals that are less than their parts, where the dollars of some
// part are none of the writer's, who else was told by the reader: quotes may be off by
// a tenth. It decides nothing.
func outgrown(findings []Finding) {
	var sum decimal.Decimal
	quoted := false
	for i := range findings {
		if f := &findings[i]; f.Claim.Kind == incident.ClaimAsset && f.part != nil {
			sum = sum.Add(*f.part)
			quoted = quoted || f.Claim.Dollars() == nil
		}
	}
	for i := range findings {
		f := &findings[i]
		if !quoted || !isTotal(f.Claim) || f.Verdict == Match || f.Claim.USD.Bound == incident.AtLeast {
			continue
		}
		tolerance, _ := precision(*f.Claim.USD)
		if most := f.Claim.USD.Value.Add(tolerance); sum.GreaterThan(most.Mul(decimal.New(11, -1))) {
			f.Causes = append(slices.DeleteFunc(f.Causes, func(c Cause) bool { return c.Code == Unexplained }), Cause{InternalContradiction, fmt.Sprintf(
				"the lines of the write-up come to %s dollars by the quotes of the theft, which is more than the whole", grouped(sum)), chain.Derived})
		}
	}
}

func isTotal(c incident.Claim) bool {
	switch c.Kind {
	case incident.ClaimTotal, incident.ClaimTitle, incident.ClaimFrontMatter:
		return c.USD != nil
	}
	return false
}

func kindInWords(k incident.ClaimKind) string {
	if k == incident.ClaimFrontMatter {
		return "front matter"
	}
	return string(k)
}

// apart reports whether no single truth fits both figures. Figures that only
// touch at the edge of their precision are apart: two people do not round the
// same number to different ones.
func apart(a, b incident.Figure) bool {
	if a.Value.GreaterThan(b.Value) {
		a, b = b, a
	}
	if a.Bound == incident.AtLeast || b.Bound == incident.AtMost {
		return false
	}
	pa, _ := precision(a)
	pb, _ := precision(b)
	return b.Value.Sub(a.Value).GreaterThanOrEqual(pa.Add(pb))
}

func join(parts []string) string {
	if len(parts) == 0 {
		return "nothing"
	}
	return strings.Join(parts, "; ")
}
