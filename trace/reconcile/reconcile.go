package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ethereum/go-ethereum/common"
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
)

// Verdict is the outcome for one claim. Over means that the claim is larger
// than the measurement.
type Verdict string

// The verdicts.
const (
	Match        Verdict = "match"
	Over         Verdict = "over"
	Under        Verdict = "under"
	UnitError    Verdict = "unit-error"
	Contradicted Verdict = "contradicted" // by another claim, where nothing measures it
	Unpriced     Verdict = "unpriced"
	Unverifiable Verdict = "unverifiable"
)

// Discrepant reports whether the verdict says that the claim is wrong.
func (v Verdict) Discrepant() bool {
	return v == Over || v == Under || v == UnitError || v == Contradicted
}

// Code names a cause.
type Code string

// The causes.
const (
	Rounding              Code = "rounding"
	CauseUnitError        Code = "unit-error"
	ValuationDate         Code = "valuation-date"
	PriceSource           Code = "price-source"
	GrossVsNet            Code = "gross-vs-net"
	ProceedsNotLoss       Code = "proceeds-not-loss"
	MissingAddress        Code = "missing-address"
	MissingAsset          Code = "missing-asset"
	WrongChain            Code = "wrong-chain"
	UnsupportedChain      Code = "unsupported-chain"
	NoEndpoint            Code = "no-endpoint"
	OffChain              Code = "off-chain"
	DoubleCount           Code = "double-count"
	InternalContradiction Code = "internal-contradiction"
	TimeZone              Code = "time-zone"
	IncompleteCoverage    Code = "incomplete-coverage"
	Unexplained           Code = "unexplained"
)

// Cause says why a claim and the measurement differ, or why they could not be
// compared.
type Cause struct {
	Code        Code
	Explanation string
	Basis       chain.Basis
}

// Measured is what the chain shows for a claim; fields are nil where there is
// nothing to show.
type Measured struct {
	Quantity *decimal.Decimal // whole units
	USD      *decimal.Decimal
}

// Difference is claim less measurement.
type Difference struct {
	Quantity *decimal.Decimal
	USD      *decimal.Decimal
	Percent  *decimal.Decimal // of the measurement
}

// Tolerance is how far claim and measurement may be apart.
type Tolerance struct {
	Quantity *decimal.Decimal
	USD      *decimal.Decimal
	Why      string
}

// Finding is a claim against its measurement.
type Finding struct {
	Claim      incident.Claim
	Measured   Measured
	Difference Difference
	Tolerance  Tolerance
	Timing     *Timing // for findings about a time only
	Verdict    Verdict
	Causes     []Cause

	part *decimal.Decimal // of what is reported, in dollars; nil for none
	// Of findings that were measured together the first stands for all: sum is what
	// their lines say in dollars, nil where they do not say it, and the others are joined.
	sum    *decimal.Decimal
	joined bool
}

// Unreported is a loss that no claim mentions.
type Unreported struct {
	Loss  loss.AssetLoss
	Why   string
	Cause Cause
}

// Scope is a chain and whether it was looked at.
type Scope struct {
	Chain   string // short name
	Checked bool
	Why     Code   // for a chain that was not: no-endpoint, unsupported-chain, …
	Detail  string // likewise, in words
}

// Gap is what the measurement of chains that were looked at may lack.
type Gap struct {
	ChainID uint64      // zero for all of them
	Scope   chain.Scope // of the coin or of the tokens; empty for both
	Why     string
}

// touches reports whether a gap lies in the history of an asset.
func (g Gap) touches(asset chain.AssetID) bool {
	coin := asset.Kind() == chain.Native
	return (g.ChainID == 0 || g.ChainID == asset.ChainID()) && (g.Scope == "" || coin == (g.Scope == chain.ScopeNative))
}

// Input is what a reconciliation is made from.
type Input struct {
	Claims    []incident.Claim
	Statement *loss.Statement
	Scopes    []Scope
	Prices    *pricing.Book
	Gaps      []Gap // the first is told where any of them matters
	Events    []incident.Event
	Witnesses []Witness
	Date      string // of the write-up, as yyyy-mm-dd; empty where it has none
	// Contracts are the tokens that are known by a name. What a contract calls
	// itself counts only where none is.
	Contracts map[TokenName][]common.Address
}

// TokenName is what people call a token on a chain, in upper case.
type TokenName struct {
	ChainID uint64
	Symbol  string
}

// Result is the outcome.
type Result struct {
	Findings   []Finding // in order of the claims, then times
	Unreported []Unreported
	// Checked and Reported are dollars of claims that were decided, and of all;
	// nil where the write-up states no dollars.
	Checked, Reported *decimal.Decimal
}

// CheckedPercent is the share of the reported dollars that was decided; nil
// where none are reported.
func (r Result) CheckedPercent() *decimal.Decimal {
	if r.Checked == nil || !r.Reported.IsPositive() {
		return nil
	}
	p := r.Checked.Shift(2).DivRound(*r.Reported, 4)
	return &p
}

// Compare reconciles all claims.
func Compare(in Input) Result {
	c := newComparison(in)
	findings := make([]Finding, len(in.Claims))
	for i, claim := range in.Claims {
		findings[i] = Finding{Claim: claim}
	}
	for i := range findings {
		if year := findings[i].Claim.Year; year != 0 {
			findings[i].decide(Unverifiable, Cause{IncompleteCoverage, fmt.Sprintf("the line dates it to %d: it is of another incident than this, which was not looked at", year), chain.Observed})
		}
	}
	c.compareTogether(findings)
	for _, i := range c.assetOrder(findings) {
		if findings[i].Verdict == "" {
			c.compareAsset(&findings[i])
		}
	}
	for _, f := range c.nameless {
		c.misnamed(f)
	}
	for i := range findings {
		if findings[i].Claim.Kind == incident.ClaimChain && findings[i].Verdict == "" {
			c.compareChain(&findings[i])
		}
	}
	missing := c.uncheckable(findings)
	for i := range findings {
		switch findings[i].Claim.Kind {
		case incident.ClaimTotal, incident.ClaimTitle, incident.ClaimFrontMatter:
			c.compareTotal(&findings[i], missing, findings)
		case incident.ClaimRecovered:
			c.compareRecovered(&findings[i])
		}
	}
	contradict(findings)
	r := Result{Findings: findings, Unreported: c.unreported()}
	r.Checked, r.Reported = c.share(findings)
	outgrown(findings)
	r.Findings = append(r.Findings, compareTimes(in.Events, in.Witnesses, in.Date)...)
	return r
}

// comparison is the state of one reconciliation.
type comparison struct {
	Input
	scopes  map[string]Scope
	claimed map[chain.AssetID]incident.Claim // the claim that an asset was measured for
	classed bool                             // a claim speaks of tokens as a class
	flows   map[chain.AssetID]flows          // what else moved, by asset
	swapped []loss.Excluded                  // the first swap of each asset
	// nameless are findings about assets of which nothing was lost, and whose
	// figures fit nothing that bears the name.
	nameless []*Finding
}

// flows is what the attackers gave and got of an asset beside the loss.
type flows struct {
	proceeds chain.Amount // received in swaps
	staked   chain.Amount // put in as their own capital
}

func newComparison(in Input) *comparison {
	c := &comparison{Input: in, scopes: map[string]Scope{}, claimed: map[chain.AssetID]incident.Claim{}, flows: map[chain.AssetID]flows{}}
	for i := range in.Statement.Judgements {
		j := &in.Statement.Judgements[i]
		if j.Class != loss.Swap && j.Class != loss.OwnCapital {
			continue
		}
		got := c.flows[j.Transfer.Asset]
		switch {
		case j.Class == loss.Swap && j.Incoming:
			got.proceeds = got.proceeds.Add(j.Transfer.Amount())
		case j.Class == loss.OwnCapital && !j.Incoming:
			got.staked = got.staked.Add(j.Transfer.Amount())
		default:
			continue
		}
		c.flows[j.Transfer.Asset] = got
	}
	seen := map[chain.AssetID]bool{}
	for e := range in.Statement.Excluded() {
		if e.Class == loss.Swap && !seen[e.Asset] {
			seen[e.Asset] = true
			c.swapped = append(c.swapped, e)
		}
	}
	for _, s := range in.Scopes {
		c.scopes[s.Chain] = s
	}
	return c
}

// assetOrder puts asset claims in the order in which they may take hold of a
// measured asset: those scoped to a chain first, classes of assets last.
func (c *comparison) assetOrder(findings []Finding) []int {
	var order []int
	for i, f := range findings {
		if f.Claim.Kind == incident.ClaimAsset {
			order = append(order, i)
		}
	}
	rank := func(f Finding) int {
		switch {
		case isClass(f.Claim.Asset):
			return 2
		case f.Claim.Chain == "":
			return 1
		}
		return 0
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(rank(findings[a]), rank(findings[b])) })
	return order
}

// unreported lists losses that no claim was measured against. Where a claim
// speaks of tokens as a class, tokens are mentioned by it.
func (c *comparison) unreported() []Unreported {
	var list []Unreported
	for _, l := range c.Statement.Losses {
		if _, ok := c.claimed[l.Asset]; ok || l.Gross.IsZero() || (c.classed && l.Asset.Kind() != chain.Native) {
			continue
		}
		const why = "left the victims on chain; no figure that was read in the write-up speaks of it"
		list = append(list, Unreported{l, why, Cause{MissingAsset, why, l.Basis()}})
	}
	return list
}

// share adds up the dollars of the asset and chain claims that were decided,
// and of all that is reported: the parts, or the largest total where that is
// more. A part that nothing confirms and that is more than twice every total
// is a slip of units, as the reader has it, and counts for nothing. It notes with
// each finding what its part is.
func (c *comparison) share(findings []Finding) (checked, reported *decimal.Decimal) {
	total, decided, seen := statedTotal(findings)
	most := total.Mul(decimal.NewFromInt(2))
	var parts, looked decimal.Decimal
	for i := range findings {
		f := &findings[i]
		if f.Claim.Kind != incident.ClaimAsset && f.Claim.Kind != incident.ClaimChain || f.joined {
			continue
		}
		worth := f.worth()
		if worth == nil {
			worth = c.unmeasured(f.Claim)
		}
		confirmed := f.decided() && (f.Claim.USD != nil || f.Measured.USD != nil)
		if worth == nil || f.Claim.Year != 0 || seen && !confirmed && worth.GreaterThan(most) {
			continue
		}
		f.part = worth
		parts = parts.Add(*worth)
		if f.decided() {
			looked = looked.Add(*worth)
		}
		total = decimal.Max(total, parts)
	}
	if !seen && parts.IsZero() {
		return nil, nil
	}
	checked = new(decimal.Max(decided, looked))
	*checked = decimal.Min(*checked, total)
	return checked, &total
}

// statedTotal returns the largest total that is stated, and the largest that
// could be decided.
func statedTotal(findings []Finding) (total, decided decimal.Decimal, stated bool) {
	for _, f := range findings {
		switch f.Claim.Kind {
		case incident.ClaimTotal, incident.ClaimTitle, incident.ClaimFrontMatter:
			if f.Claim.USD == nil {
				continue
			}
			stated = true
			total = decimal.Max(total, f.Claim.USD.Value)
			if f.decided() {
				decided = decimal.Max(decided, f.Claim.USD.Value)
			}
		}
	}
	return total, decided, stated
}

// decided reports whether a measurement stands behind the verdict.
func (f *Finding) decided() bool {
	return f.Verdict != Unverifiable && f.Verdict != Unpriced && f.Verdict != Contradicted
}

// worth is what a claim amounts to in dollars: what it says, or what the
// likely reading of it was measured at.
func (f *Finding) worth() *decimal.Decimal {
	if f.Verdict == UnitError && f.Measured.USD != nil {
		return f.Measured.USD
	}
	if f.sum != nil {
		return f.sum
	}
	if f.Claim.USD != nil {
		return &f.Claim.USD.Value
	}
	return f.Measured.USD
}

// unmeasured is what a claim amounts to for which neither the writer gives dollars nor
// what was measured does: by the price of the coin of a chain outside EVM, or else of
// what is known by the name on a chain of the case; a token that stands for a dollar is
// one where nothing prices it.
func (c *comparison) unmeasured(claim incident.Claim) *decimal.Decimal {
	if claim.Kind != incident.ClaimAsset || claim.Quantity == nil {
		return nil
	}
	for _, s := range c.subjects(claim) {
		if q, ok := c.Prices.At(s, c.Statement.First); ok && !c.Statement.First.IsZero() {
			worth := claim.Quantity.Value.Mul(q.Price)
			return &worth
		}
	}
	if d := claim.Dollars(); d != nil {
		return &d.Value
	}
	return nil
}

// subjects returns what may price a claim, in order.
func (c *comparison) subjects(claim incident.Claim) []pricing.Subject {
	if symbol, is := Elsewhere(claim); is {
		return []pricing.Subject{{Symbol: symbol}}
	}
	var list []pricing.Subject
	symbol := SymbolOf(claim.Asset)
	for _, s := range c.Scopes {
		n, ok := chain.NetworkByName(s.Chain)
		if !ok || claim.Chain != "" && claim.Chain != n.Name {
			continue
		}
		if isCoin(n, symbol) {
			list = append(list, pricing.Of(chain.NativeAsset(n.ID)))
		}
		for _, contract := range c.known(symbol, n.ID) {
			list = append(list, pricing.Of(chain.Token(n.ID, contract)))
		}
	}
	return list
}

// incomplete says why the measurement may lack something; empty where it does not.
func (c *comparison) incomplete() string {
	if len(c.Gaps) == 0 {
		return ""
	}
	return c.Gaps[0].Why
}

// gapBehind says which gap may be why a claim differs from some losses. What was
// lost is too little only by a gap in its own history; too much it can be by any, as
// an exchange looks like a theft where the other half of it was not seen.
func (c *comparison) gapBehind(v Verdict, losses []loss.AssetLoss) string {
	for _, g := range c.Gaps {
		if v == Under || slices.ContainsFunc(losses, func(l loss.AssetLoss) bool { return g.touches(l.Asset) }) {
			return g.Why
		}
	}
	return ""
}

func (f *Finding) decide(v Verdict, causes ...Cause) {
	f.Verdict = v
	f.Causes = append(f.Causes, causes...)
}

// sameSymbol compares symbols as people write them.
func sameSymbol(a, b string) bool {
	return strings.EqualFold(strings.TrimPrefix(a, "$"), strings.TrimPrefix(b, "$"))
}
