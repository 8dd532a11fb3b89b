package reconcile

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
)

func (c *comparison) compareAsset(f *Finding) {
	if isClass(f.Claim.Asset) {
		c.compareClass(f)
		return
	}
	var free []loss.AssetLoss
	var taken *incident.Claim
	for _, l := range c.candidates(f.Claim) {
		if claim, ok := c.claimed[l.Asset]; ok {
			taken = &claim
			continue
		}
		free = append(free, l)
	}
	free, why := c.withWrapped(f, free)
	if len(free) == 0 {
		c.absent(f, taken)
		return
	}
	for _, l := range free {
		c.claimed[l.Asset] = f.Claim
	}
	c.compareMeasured(f, free)
	f.Tolerance.Why += why
	c.besideNamesakes(f)
}

// besideNamesakes leaves open a claim that is larger than what was measured, where more
// was lost that bears the name and has no price, as pool tokens do: that may be the rest.
func (c *comparison) besideNamesakes(f *Finding) {
	if f.Verdict != Over {
		return
	}
	more := slices.DeleteFunc(c.named(f.Claim), func(l loss.AssetLoss) bool {
		_, taken := c.claimed[l.Asset]
		return taken || l.GrossUSD != nil
	})
	quantity, _, _ := addUp(more)
	if q := f.Claim.Quantity; len(more) == 0 || q != nil && within(*q, f.Measured.Quantity.Add(quantity), *f.Tolerance.Quantity) > 0 {
		return
	}
	for _, l := range more {
		c.claimed[l.Asset] = f.Claim
	}
	f.Verdict = Unpriced
	f.Causes = append([]Cause{{PriceSource, fmt.Sprintf("%d other lost %s the name and %s no price, with %s in sum: what is claimed beyond what was measured may be that",
		len(more), plural(len(more), "token bears", "tokens bear"), plural(len(more), "has", "have"), chain.GroupThousands(quantity.String())), chain.Observed}},
		slices.DeleteFunc(f.Causes, func(c Cause) bool { return c.Code == Unexplained })...)
}

// compareMeasured decides a claim for which there is something to measure.
func (c *comparison) compareMeasured(f *Finding, losses []loss.AssetLoss) {
	quantity, usd, priced := addUp(losses)
	f.Measured.Quantity = &quantity
	if priced {
		f.Measured.USD = &usd
	}
	byQuantity, byUSD := 0, 0
	if f.Claim.USD != nil && priced {
		byUSD = f.compareUSD(usd, c.spread(losses))
	}
	if f.Claim.Quantity != nil {
		byQuantity = f.compareQuantity(quantity)
	}
	switch {
	case f.Claim.Quantity == nil && f.Claim.USD == nil:
		f.decide(Unverifiable, Cause{Unexplained, "the write-up gives no figure for it that could be compared; what was measured stands beside", chain.Observed})
	case f.Claim.Quantity != nil && byQuantity != 0:
		c.explain(f, verdictOf(byQuantity), losses, quantity, usd, priced)
	case f.Claim.USD == nil:
		f.decide(verdictOf(byQuantity))
	case priced && byUSD != 0:
		c.explain(f, verdictOf(byUSD), losses, quantity, usd, priced)
	case priced || f.Claim.Quantity != nil:
		f.decide(Match)
	default:
		c.explainUnpriced(f, losses, quantity)
	}
}

// addUp adds up losses, in whole units and in dollars; priced is false where one
// of them is not in the dollars.
func addUp(losses []loss.AssetLoss) (quantity, usd decimal.Decimal, priced bool) {
	priced = true
	for _, l := range losses {
		quantity = quantity.Add(pricing.Whole(l.Gross.Units(), l.Meta.Decimals))
		if l.GrossUSD == nil {
			priced = false
			continue
		}
		usd = usd.Add(*l.GrossUSD)
	}
	return quantity, usd, priced
}

// absent decides a claim for whose asset nothing was measured.
func (c *comparison) absent(f *Finding, taken *incident.Claim) {
	symbol := SymbolOf(f.Claim.Asset)
	scope, known := c.scopes[f.Claim.Chain]
	unseen := f.Claim.Chain != "" && (!known || !scope.Checked)
	if taken == nil && c.onAnotherChain(f, unseen) {
		return
	}
	if unseen {
		f.decide(Unverifiable, c.unchecked(f.Claim.Chain))
		return
	}
	if taken != nil {
		c.again(f, *taken)
		return
	}
	if name, ok := foreign[strings.ToUpper(symbol)]; ok && f.Claim.Chain == "" {
		f.decide(Unverifiable, c.unchecked(name))
		return
	}
	for _, n := range chain.Networks() {
		if s, ok := c.scopes[n.Name]; sameSymbol(n.Symbol, symbol) && f.Claim.Chain == "" && n.Symbol != "ETH" && (!ok || !s.Checked) {
			f.decide(Unverifiable, c.unchecked(n.Name))
			return
		}
	}
	onEVM := slices.ContainsFunc(chain.Networks(), func(n chain.Network) bool { return isCoin(n, symbol) })
	if cause, ok := c.uncheckedScopes(func(s Scope) bool { return !onEVM || s.Why != UnsupportedChain }); ok {
		f.decide(Unverifiable, cause)
		return
	}
	switch {
	case len(c.Scopes) == 0:
		f.decide(Unverifiable, Cause{MissingAddress, "the write-up gives no address and no tx on a chain that can be looked at", chain.Observed})
	case c.incomplete() != "":
		f.decide(Unverifiable, Cause{IncompleteCoverage, c.incomplete(), chain.Observed})
	default:
		c.nothing(f)
	}
}

// onAnotherChain looks for a loss that a claim about one chain fits and that the
// chain of another shows. Where the claim's own was not looked at, it may be as
// right as it is strange.
func (c *comparison) onAnotherChain(f *Finding, unseen bool) bool {
	if f.Claim.Chain == "" {
		return false
	}
	elsewhere := f.Claim
	elsewhere.Chain = ""
	for _, l := range c.candidates(elsewhere) {
		n, _ := chain.NetworkByID(l.Asset.ChainID())
		quantity := pricing.Whole(l.Gross.Units(), l.Meta.Decimals)
		if _, ok := c.claimed[l.Asset]; ok || !f.fits(quantity, l.GrossUSD, c.spread([]loss.AssetLoss{l})) {
			continue
		}
		c.claimed[l.Asset] = f.Claim
		f.Measured = Measured{&quantity, l.GrossUSD}
		cause := Cause{WrongChain, fmt.Sprintf("fits the %s %s that were lost on %s, and no other line speaks of them", quantity, chain.Printable(l.Meta.Symbol, 24), n.Name), chain.Derived}
		if unseen {
			f.decide(Unverifiable, cause, c.unchecked(f.Claim.Chain))
			return true
		}
		f.decide(Over, cause)
		return true
	}
	return false
}

// fits reports whether what a claim says, by its own precision, is a loss.
func (f *Finding) fits(quantity decimal.Decimal, usd *decimal.Decimal, spread decimal.Decimal) bool {
	if q := f.Claim.Quantity; q != nil {
		tolerance, _ := precision(*q)
		return within(*q, quantity, tolerance) == 0
	}
	if f.Claim.USD == nil || usd == nil {
		return false
	}
	tolerance, _ := precision(*f.Claim.USD)
	return within(*f.Claim.USD, *usd, tolerance.Add(spread)) == 0
}

// nothing decides a claim on chains that were all looked at, completely, and
// show none of its asset.
func (c *comparison) nothing(f *Finding) {
	cause := Cause{MissingAddress, "none of it reached the attackers' addresses that are known; another address may have" + c.impostors(f.Claim), chain.Heuristic}
	if len(c.Statement.Losses) == 0 {
		if open, ok := c.openExchange(f.Claim); ok {
			cause = open
		}
		f.decide(Unverifiable, cause)
		return
	}
	zero := decimal.Decimal{}
	sign := 0
	if f.Claim.USD != nil {
		sign = f.compareUSD(zero, zero)
	}
	if f.Claim.Quantity != nil {
		sign = f.compareQuantity(zero)
	}
	f.decide(verdictOf(sign))
	f.tryReadings(c.strangeReadings(f.Claim))
	if len(f.Causes) == 0 {
		f.Causes = append(f.Causes, cause)
		c.nameless = append(c.nameless, f)
	}
}

// openExchange says that the attackers received an asset for something of which
// nobody knows the worth: it may have been taken.
func (c *comparison) openExchange(claim incident.Claim) (Cause, bool) {
	i := slices.IndexFunc(c.swapped, func(e loss.Excluded) bool { return e.Basis == chain.Heuristic && c.speaksOf(claim, e.Asset) })
	if i < 0 || c.flows[c.swapped[i].Asset].proceeds.IsZero() {
		return Cause{}, false
	}
	e := c.swapped[i]
	return Cause{PriceSource, fmt.Sprintf("the attackers received %s %s in exchange for something, the first time in %s; whether that was worth as much, or the %s was taken, is open for want of a price",
		pricing.Whole(c.flows[e.Asset].proceeds.Units(), e.Meta.Decimals), chain.Printable(e.Meta.Symbol, 24), e.Ref.Tx.Hex(), chain.Printable(e.Meta.Symbol, 24)), chain.Heuristic}, true
}

// misnamed looks, for a claim about an asset of which nothing was lost, for the
// one loss that its figure is and that no line speaks of: people take one token
// for another. A figure that is written to less than a hundredth tells nothing.
// Tokens that call themselves as the claim does are impostors, and no slip.
func (c *comparison) misnamed(f *Finding) {
	if !f.exact() {
		return
	}
	var fitting []loss.AssetLoss
	for _, l := range c.Statement.Losses {
		n, _ := chain.NetworkByID(l.Asset.ChainID())
		_, taken := c.claimed[l.Asset]
		if taken || l.Gross.IsZero() || f.Claim.Chain != "" && f.Claim.Chain != n.Name || sameSymbol(l.Meta.Symbol, SymbolOf(f.Claim.Asset)) {
			continue
		}
		if quantity := pricing.Whole(l.Gross.Units(), l.Meta.Decimals); f.fits(quantity, l.GrossUSD, decimal.Decimal{}) {
			fitting = append(fitting, l)
		}
	}
	if len(fitting) != 1 {
		return
	}
	l := fitting[0]
	c.claimed[l.Asset] = f.Claim
	quantity := pricing.Whole(l.Gross.Units(), l.Meta.Decimals)
	f.Measured, f.Difference = Measured{&quantity, l.GrossUSD}, Difference{}
	f.Causes = slices.Insert(f.Causes, 0, Cause{MissingAsset, fmt.Sprintf("fits the %s %s that were lost, of which no line speaks: the asset may be misnamed", quantity, chain.Printable(l.Meta.Symbol, 24)), chain.Derived})
}

// exact reports whether the figure that a claim is compared by is written to a
// hundredth of itself or better.
func (f *Finding) exact() bool {
	figure := f.Claim.Quantity
	if figure == nil {
		figure = f.Claim.USD
	}
	if figure == nil {
		return false
	}
	tolerance, _ := precision(*figure)
	return tolerance.LessThanOrEqual(figure.Value.Shift(-2))
}

// strangeReadings are sums of an asset of which nothing was lost: what the
// attackers received for other loot, and what victims paid to others.
func (c *comparison) strangeReadings(claim incident.Claim) []reading {
	var list []reading
	for _, e := range c.swapped {
		if !c.speaksOf(claim, e.Asset) {
			continue
		}
		var proceeds portion
		proceeds.add(c.flows[e.Asset].proceeds, e.Meta, c.priceAtTheft(e.Asset))
		list = append(list, proceeds.reading(ProceedsNotLoss, "what the attackers received in exchange for loot, which is no loss"))
	}
	var all portion
	paid := 0
	for _, e := range c.Statement.Elsewhere {
		if !c.speaksOf(claim, e.Asset) {
			continue
		}
		var part portion
		part.add(e.Amount, e.Meta, c.priceAtTheft(e.Asset))
		all, paid = all.plus(part), paid+1
		list = append(list, part.reading(MissingAddress, fmt.Sprintf("what a victim paid meanwhile to %s, which is not known for an attacker", chain.Hex(e.To.Address))))
	}
	if paid > 1 {
		list = append(list, all.reading(MissingAddress, fmt.Sprintf("what victims paid meanwhile to %d addresses that are not known for attackers", paid)))
	}
	return list
}

func (c *comparison) priceAtTheft(asset chain.AssetID) *decimal.Decimal {
	q, ok := c.Prices.At(pricing.Of(asset), c.Statement.First)
	if !ok {
		return nil
	}
	return &q.Price
}

// again decides a claim about an asset that another claim has been measured
// against: the same once more, or what lies on a chain that nobody looked at.
func (c *comparison) again(f *Finding, taken incident.Claim) {
	unchecked := slices.ContainsFunc(c.Scopes, func(s Scope) bool { return !s.Checked })
	if sameFigures(f.Claim, taken) && !unchecked {
		zero := decimal.Decimal{}
		if f.Claim.USD != nil {
			f.compareUSD(zero, zero)
		}
		if f.Claim.Quantity != nil {
			f.compareQuantity(zero)
		}
		f.decide(Over, Cause{DoubleCount, fmt.Sprintf("line %d says the same, and the chain shows it once", taken.Pos.Line), chain.Derived})
		return
	}
	f.decide(Unverifiable, Cause{UnsupportedChain, fmt.Sprintf(
		"the text does not say on which chain; the %s measured here is what line %d speaks of, so this is taken to lie on a chain that was not looked at", SymbolOf(f.Claim.Asset), taken.Pos.Line), chain.Heuristic})
}

func sameFigures(a, b incident.Claim) bool {
	same := func(x, y *incident.Figure) bool { return x == nil || y == nil || x.Value.Equal(y.Value) }
	return same(a.Quantity, b.Quantity) && same(a.USD, b.USD) && (a.Quantity != nil) == (b.Quantity != nil)
}

// compareTogether decides claims that speak of one asset in parts: where their
// quantities, or dollars, add up to what was measured, each is right.
func (c *comparison) compareTogether(findings []Finding) {
	parts := map[string][]int{}
	var order []string
	for i := range findings {
		claim := findings[i].Claim
		if claim.Kind != incident.ClaimAsset || isClass(claim.Asset) || claim.Year != 0 {
			continue
		}
		key := strings.ToUpper(SymbolOf(claim.Asset)) + " " + claim.Chain
		if len(parts[key]) == 0 {
			order = append(order, key)
		}
		parts[key] = append(parts[key], i)
	}
	for _, key := range order {
		if len(parts[key]) > 1 {
			c.compareParts(findings, parts[key])
		}
	}
}

func (c *comparison) compareParts(findings []Finding, parts []int) {
	losses := c.candidates(findings[parts[0]].Claim)
	if len(losses) == 0 {
		return
	}
	var whole portion
	for _, l := range losses {
		whole.add(l.Gross, l.Meta, rateOf(l))
	}
	quantities := findings[parts[0]].Claim.Quantity != nil
	lines, sum, tolerance, stated := addParts(findings, parts, quantities)
	measured := whole.usd
	if quantities {
		measured = whole.quantity
	} else {
		tolerance = tolerance.Add(c.spread(losses))
	}
	if !stated || sum.Sub(measured).Abs().GreaterThan(tolerance) || !quantities && whole.unpriced {
		return
	}
	for _, l := range losses {
		c.claimed[l.Asset] = findings[parts[0]].Claim
	}
	for _, i := range parts {
		f := &findings[i]
		f.Measured.Quantity = &whole.quantity
		if !whole.unpriced {
			f.Measured.USD = &whole.usd
		}
		f.Tolerance.Why = fmt.Sprintf("lines %s together add up to the %s that were measured", strings.Join(lines, ", "), measured.RoundBank(8))
		f.joined = i != parts[0]
		f.decide(Match)
	}
	first := &findings[parts[0]]
	if _, usd, _, stated := addParts(findings, parts, false); stated {
		first.sum = &usd
	} else {
		first.sum = first.Measured.USD
	}
}

// addParts adds up the quantities, or the dollars, of some findings' claims and how far
// each may be off; false where one states none. It returns their lines, too.
func addParts(findings []Finding, parts []int, quantities bool) (lines []string, sum, tolerance decimal.Decimal, stated bool) {
	for _, i := range parts {
		figure := findings[i].Claim.USD
		if quantities {
			figure = findings[i].Claim.Quantity
		}
		if figure == nil {
			return nil, sum, tolerance, false
		}
		t, _ := precision(*figure)
		sum, tolerance = sum.Add(figure.Value), tolerance.Add(t)
		lines = append(lines, fmt.Sprint(findings[i].Claim.Pos.Line))
	}
	return lines, sum, tolerance, true
}

// uncheckedScopes says of all chains together that were not looked at, and that
// matter, why; the code is that of the first. It returns false where there is
// none.
func (c *comparison) uncheckedScopes(matters func(Scope) bool) (Cause, bool) {
	var cause Cause
	var names []string // of chains of which one thing is to be said
	flush := func(detail string) {
		if len(names) > 0 {
			if cause.Explanation != "" {
				cause.Explanation += "; "
			}
			cause.Explanation += strings.Join(names, ", ") + ": " + detail
			names = nil
		}
	}
	last := ""
	for _, s := range c.Scopes {
		if s.Checked || !matters(s) {
			continue
		}
		if cause.Code == "" {
			cause.Code, cause.Basis = s.Why, chain.Observed
		}
		if s.Detail != last {
			flush(last)
			last = s.Detail
		}
		names = append(names, s.Chain)
	}
	flush(last)
	return cause, cause.Code != ""
}

func (c *comparison) unchecked(name string) Cause {
	if s, ok := c.scopes[name]; ok && !s.Checked {
		return Cause{s.Why, fmt.Sprintf("%s: %s", name, s.Detail), chain.Observed}
	}
	if _, ok := chain.NetworkByName(name); ok {
		return Cause{NoEndpoint, fmt.Sprintf("%s: no endpoint was given for it", name), chain.Observed}
	}
	return Cause{UnsupportedChain, fmt.Sprintf("%s is not an EVM chain and cannot be looked at here", name), chain.Observed}
}

// compareClass decides a claim about "ERC-20 tokens" and the like: it means
// the tokens that no other claim names.
func (c *comparison) compareClass(f *Finding) {
	if s, ok := c.scopes[f.Claim.Chain]; f.Claim.Chain != "" && (!ok || !s.Checked) {
		f.decide(Unverifiable, c.unchecked(f.Claim.Chain))
		return
	}
	var members []loss.AssetLoss
	var usd decimal.Decimal
	unpriced := 0
	for _, l := range c.Statement.Losses {
		n, _ := chain.NetworkByID(l.Asset.ChainID())
		if _, ok := c.claimed[l.Asset]; ok || l.Asset.Kind() == chain.Native || l.Gross.IsZero() || (f.Claim.Chain != "" && f.Claim.Chain != n.Name) {
			continue
		}
		members = append(members, l)
		if l.GrossUSD == nil {
			unpriced++
			continue
		}
		usd = usd.Add(*l.GrossUSD)
	}
	switch {
	case len(members) == 0:
		c.absent(f, nil)
	case unpriced == len(members):
		c.classed = true
		f.decide(Unpriced, Cause{IncompleteCoverage, fmt.Sprintf("%d %s measured that no other line names; none of them has a price", len(members), plural(len(members), "token was", "tokens were")), chain.Observed})
	case unpriced > 0:
		c.classed = true
		f.Measured.USD = &usd
		f.decide(Unpriced, Cause{IncompleteCoverage, fmt.Sprintf(
			"%d tokens were measured that no other line names; %d of them %s no price, so the %s dollars of the rest are a floor", len(members), unpriced, plural(unpriced, "has", "have"), grouped(usd)), chain.Observed})
	case f.Claim.USD == nil:
		c.classed = true
		f.decide(Unverifiable, Cause{Unexplained, "the claim has no figure in dollars, and different tokens have no common quantity", chain.Observed})
	default:
		c.classed = true
		f.decide(verdictOf(f.compareUSD(usd, c.spread(members))))
		if f.Verdict != Match {
			c.explainSum(f, members, usd)
		}
	}
}
