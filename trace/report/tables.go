package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
	"losstracer/trace/reconcile"
)

// page is a report for people, before it is laid out.
type page struct {
	title    string
	notices  []string // warnings, for the very top
	lead     []string // the outcome in sentences
	sections []section
}

type section struct {
	heading string
	text    []string
	table   *table
	items   []string
}

// table is rows under a header. A cell may have several lines.
type table struct {
	columns []column
	rows    [][]string
}

type column struct {
	name   string
	number bool
	wide   bool // may be wrapped where the line is short
	hex    bool // may be abbreviated where the line is short
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// compose puts a case into words and tables.
func compose(c *trace.Case) page {
	p := page{title: chain.Printable(c.Incident.Title, 200), notices: c.Warnings, lead: lead(c)}
	if p.title == "" {
		p.title = c.Incident.File
	}
	sections := []section{
		findingsSection(c), causesSection(c), lossesSection(c), pricesSection(c), unreportedSection(c), excludedSection(c),
	}
	if c.Flow != nil {
		sections = append(sections, flowSections(c.Flow)...)
	}
	sections = append(sections, uncheckedSection(c), problemsSection(c), partiesSection(c), evidenceSection(c))
	for _, s := range sections {
		if s.table != nil && len(s.table.rows) == 0 {
			s.table = nil
		}
		if s.table != nil || len(s.items) > 0 || len(s.text) > 0 {
			p.sections = append(p.sections, s)
		}
	}
	return p
}

func lead(c *trace.Case) []string {
	var lines []string
	wrong := 0
	for _, f := range c.Result.Findings {
		if f.Verdict.Discrepant() {
			wrong++
		}
	}
	switch c.Verdict {
	case trace.Discrepant:
		lines = append(lines, fmt.Sprintf("Discrepant: %d of %d figures of the write-up differ from what the chain shows.", wrong, len(c.Result.Findings)))
	case trace.Incomplete:
		lines = append(lines, "Incomplete: not everything could be checked; nothing that could be was found wrong.")
	default:
		lines = append(lines, fmt.Sprintf("Reconciled: all %d figures of the write-up agree with what the chain shows.", len(c.Result.Findings)))
	}
	t := c.Statement.Totals
	floor := ""
	if len(t.Unpriced) > 0 {
		floor = fmt.Sprintf(", a floor: %d lost assets have no price", len(t.Unpriced))
	}
	if len(c.Statement.Losses) > 0 {
		lines = append(lines, fmt.Sprintf("Measured: %s gross, %s returned, %s net%s. Without what rests on heuristics alone: %s gross.",
			money(t.Gross), money(t.Returned), money(t.Net), floor, money(t.WithoutHeuristics)))
	} else {
		lines = append(lines, "Measured: no loss, because nothing could be measured (see below).")
	}
	if p := c.Result.CheckedPercent(); p != nil {
		lines = append(lines, fmt.Sprintf("Checked %s %% of the %s that were reported.", p.RoundBank(1), money(*c.Result.Reported)))
	}
	return lines
}

func findingsSection(c *trace.Case) section {
	t := &table{columns: []column{
		{name: "line", number: true}, {name: "reported", wide: true}, {name: "measured", number: true},
		{name: "difference", number: true}, {name: "verdict"},
	}}
	for _, f := range c.Result.Findings {
		t.add(fmt.Sprint(f.Claim.Pos.Line), claimText(f.Claim), measuredText(f), differenceText(f), string(f.Verdict))
	}
	return section{heading: "Reported against measured", table: t}
}

// measuredText shows quantity and dollars below each other.
func measuredText(f reconcile.Finding) string {
	var lines []string
	if f.Timing != nil {
		return f.Timing.Observed.UTC().Format("2006-01-02\n15:04:05 UTC")
	}
	if f.Measured.Quantity != nil {
		lines = append(lines, coarse(*f.Measured.Quantity)+" "+chain.Printable(f.Claim.Asset, 12))
	}
	if f.Measured.USD != nil {
		lines = append(lines, money(*f.Measured.USD))
	}
	if len(lines) == 0 {
		return "–"
	}
	return strings.Join(lines, "\n")
}

func claimText(c incident.Claim) string {
	words := chain.Printable(c.Text, 60)
	switch c.Kind {
	case incident.ClaimFrontMatter:
		words = "front matter: " + words
	case incident.ClaimTitle:
		words = "title: " + words
	case incident.ClaimRecovered:
		words = "recovered: " + words
	}
	return words
}

// differenceText shows the difference that decided the finding, and its share
// of the measurement below. Where nothing was decided there is none to show.
func differenceText(f reconcile.Finding) string {
	if f.Verdict == reconcile.Unverifiable || f.Verdict == reconcile.Unpriced || f.Verdict == reconcile.Contradicted {
		return "–"
	}
	percent := ""
	if f.Difference.Percent != nil && !f.Difference.Percent.IsZero() {
		percent = fmt.Sprintf("\n%s %%", f.Difference.Percent.RoundBank(2))
	}
	switch {
	case f.Timing != nil:
		return f.Timing.Written.Sub(f.Timing.Observed).String()
	case f.Difference.Quantity != nil:
		return coarse(*f.Difference.Quantity) + percent
	case f.Difference.USD != nil:
		return money(*f.Difference.USD) + percent
	}
	return "–"
}

// causesSection lists causes in the order of the claims; what is said of
// several claims in the same words is said once.
func causesSection(c *trace.Case) section {
	type saying struct {
		verdict reconcile.Verdict
		cause   reconcile.Cause
	}
	var order []saying
	lines := map[saying][]string{}
	for _, f := range c.Result.Findings {
		for _, cause := range f.Causes {
			said := saying{f.Verdict, cause}
			if lines[said] == nil {
				order = append(order, said)
			}
			lines[said] = append(lines[said], fmt.Sprint(f.Claim.Pos.Line))
		}
	}
	s := section{heading: "Why"}
	for _, said := range order {
		word := "line "
		if len(lines[said]) > 1 {
			word = "lines "
		}
		s.items = append(s.items, fmt.Sprintf("%s%s, %s: %s: %s [%s]", word, strings.Join(lines[said], ", "), said.verdict,
			said.cause.Code, said.cause.Explanation, said.cause.Basis))
	}
	return s
}

func lossesSection(c *trace.Case) section {
	returned := slices.ContainsFunc(c.Statement.Losses, func(l loss.AssetLoss) bool { return !l.Returned.IsZero() })
	t := &table{columns: []column{{name: "asset"}, {name: "gross", number: true}}}
	if returned {
		t.columns = append(t.columns, column{name: "returned", number: true}, column{name: "net", number: true})
	}
	t.columns = append(t.columns, column{name: "gross in dollars", number: true}, column{name: "price", number: true},
		column{name: "contract", hex: true}, column{name: "chain"})
	for _, l := range c.Statement.Losses {
		row := []string{symbol(l.Asset, l.Meta), quantity(whole(l.Gross, l.Meta))}
		if returned {
			row = append(row, quantity(whole(l.Returned, l.Meta)), quantity(whole(l.Net(), l.Meta)))
		}
		contract := "(coin)"
		if l.Asset.Kind != chain.Native {
			contract = chain.Hex(l.Asset.Contract)
		}
		t.add(append(row, optionalMoney(l.GrossUSD), priceText(l), contract, chainName(l.Asset))...)
	}
	s := section{heading: "Loss per asset", table: t}
	if n := len(c.Statement.Losses); n > 0 {
		thefts := 0
		for _, j := range c.Statement.Judgements {
			if j.Class == loss.Theft {
				thefts++
			}
		}
		s.text = append(s.text, fmt.Sprintf("%d assets in %d transfers, from %s to %s.", n, thefts, moment(c.Statement.First), moment(c.Statement.Last)))
	}
	return s
}

func priceText(l loss.AssetLoss) string {
	switch len(l.Quotes) {
	case 0:
		return "–"
	case 1:
		return l.Quotes[0].Price.String()
	}
	return fmt.Sprintf("%d quotes", len(l.Quotes))
}

func pricesSection(c *trace.Case) section {
	s := section{heading: "Prices"}
	for _, l := range c.Statement.Losses {
		for _, q := range l.Quotes {
			s.items = append(s.items, fmt.Sprintf("%s %s dollars at %s: %s (%s), %s before the first theft",
				symbol(l.Asset, l.Meta), q.Price, moment(q.At), chain.Printable(q.Source, 80), q.Method, q.Age(c.Statement.First).Round(time.Minute)))
		}
	}
	return s
}

func unreportedSection(c *trace.Case) section {
	s := section{heading: "Lost, but not in the write-up"}
	for _, u := range c.Result.Unreported {
		s.items = append(s.items, fmt.Sprintf("%s %s (%s, %s): %s", quantity(whole(u.Loss.Gross, u.Loss.Meta)), symbol(u.Loss.Asset, u.Loss.Meta),
			optionalMoney(u.Loss.GrossUSD), u.Loss.Asset, u.Why))
	}
	return s
}

func excludedSection(c *trace.Case) section {
	t := &table{columns: []column{
		{name: "class"}, {name: "asset"}, {name: "quantity", number: true}, {name: "in dollars", number: true},
		{name: "tx", hex: true}, {name: "why", wide: true},
	}}
	var fees []loss.Excluded
	for _, e := range c.Statement.Excluded {
		if e.Class == loss.Fee {
			fees = append(fees, e)
			continue
		}
		t.add(string(e.Class), symbol(e.Asset, e.Meta), quantity(whole(e.Amount, e.Meta)), optionalMoney(e.USD),
			short(hashText(e.Ref.Tx)), fmt.Sprintf("%s [%s]", e.Why, e.Basis))
	}
	s := section{heading: "Moved, but no loss", table: t}
	if len(fees) > 0 {
		s.items = append(s.items, fmt.Sprintf("and the fees of %d transactions, each listed in the JSON report", len(fees)))
	}
	return s
}

func uncheckedSection(c *trace.Case) section {
	s := section{heading: "What could not be checked"}
	for _, scope := range c.Scopes {
		if scope.Status != trace.Checked {
			s.items = append(s.items, fmt.Sprintf("%s: %s: %s", scope.Chain, scope.Status, scope.Detail))
		}
	}
	for _, v := range c.Coverage {
		if !v.Complete {
			s.items = append(s.items, fmt.Sprintf("%s %s history of %s is not complete: %s", networkName(v.ChainID), v.Scope, chain.Hex(v.Address), v.Note))
		}
	}
	for _, x := range c.Closure {
		meta := c.Meta(x.Asset)
		residual, ok := x.Residual()
		switch {
		case !ok:
			s.items = append(s.items, fmt.Sprintf("no balance of %s to close the %s of %s against: %s", chain.Hex(x.Address), symbol(x.Asset, meta), networkName(x.ChainID), x.Note))
		case !residual.IsZero():
			s.items = append(s.items, fmt.Sprintf("%s of %s does not close: %s more on chain than its transfers add up to. %s",
				symbol(x.Asset, meta), chain.Hex(x.Address), quantity(whole(residual, meta)), x.Note))
		}
	}
	if n := len(c.Statement.Totals.Unpriced); n > 0 {
		var names []string
		for _, a := range c.Statement.Totals.Unpriced {
			names = append(names, symbol(a, c.Meta(a)))
		}
		s.items = append(s.items, fmt.Sprintf("no price for %d lost assets, which are in no total: %s", n, strings.Join(names, ", ")))
	}
	if len(c.Scopes) == 0 {
		s.items = append(s.items, "the write-up mentions no chain on which anything could be looked at")
	}
	return s
}

func problemsSection(c *trace.Case) section {
	s := section{heading: "In the write-up itself"}
	for _, p := range c.Incident.Problems {
		line := fmt.Sprintf("line %d, column %d: %s: %s", p.Pos.Line, p.Pos.Column, p.Code, p.Message)
		if p.Hint != "" {
			line += " (" + p.Hint + ")"
		}
		s.items = append(s.items, line)
	}
	return s
}

func partiesSection(c *trace.Case) section {
	t := &table{columns: []column{{name: "part"}, {name: "address"}, {name: "chain"}, {name: "basis"}, {name: "why", wide: true}}}
	for _, p := range c.Attackers {
		t.add("attacker", chain.Hex(p.Account.Address), networkName(p.Account.ChainID), string(p.Basis), p.Why)
	}
	for _, p := range c.Statement.Victims {
		t.add("victim", chain.Hex(p.Account.Address), networkName(p.Account.ChainID), string(p.Basis), p.Why)
	}
	return section{heading: "Who", table: t}
}

func evidenceSection(c *trace.Case) section {
	s := section{heading: "What this rests on"}
	for _, scope := range c.Scopes {
		if scope.Status == trace.Checked {
			s.items = append(s.items, scopeText(scope))
		}
	}
	for _, v := range c.Coverage {
		s.items = append(s.items, coverageText(v))
	}
	if closed := closedBalances(c); closed > 0 {
		s.items = append(s.items, fmt.Sprintf("%d of %d balances close exactly: opening + in − out − fees = closing, as the chain says", closed, len(c.Closure)))
	}
	if n := c.Evidence.Proven + c.Evidence.Unproven; n > 0 {
		line := fmt.Sprintf("%d of %d token transfers are proven to be in their blocks", c.Evidence.Proven, n)
		for _, why := range c.Evidence.Why {
			line += "; unproven: " + why
		}
		s.items = append(s.items, line)
	}
	if len(c.Evidence.VouchedBy) > 0 {
		s.items = append(s.items, "block hashes, and that there was nothing else, rest on the word of "+strings.Join(c.Evidence.VouchedBy, ", "))
	}
	s.items = append(s.items, "facts "+c.Evidence.FactsDigest, "losstracer "+c.Tool)
	return s
}

func scopeText(scope trace.ChainScope) string {
	final := "whether it is final is not known"
	if scope.Finalized != nil {
		final = "not final yet"
		if *scope.Finalized {
			final = "final"
		}
	}
	return fmt.Sprintf("%s at %s (%s): blocks %d to %d, %s; the last is %s of %s, %s", scope.Chain, scope.Endpoint, scope.Client,
		scope.Window.From, scope.Window.To, scope.WindowWhy, scope.End.Hash.Hex(), moment(unix(scope.End.Time)), final)
}

func closedBalances(c *trace.Case) int {
	return len(slices.DeleteFunc(slices.Clone(c.Closure), func(x chain.Closure) bool {
		residual, ok := x.Residual()
		return !ok || !residual.IsZero()
	}))
}
