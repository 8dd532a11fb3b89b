package incident

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// check looks for what a reader should look at: figures that do not fit each
// other, entries out of order, sections that are missing.
func (d *document) check(inc *Incident) {
	d.otherYears(inc)
	d.suspect(inc)
	d.compareTotals(inc)
	d.addUp(inc)
	d.dollarTokens(inc)
	d.order(inc)
	d.missing(inc)
}

var monthAndYear = regexp.MustCompile(`(?i)\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?,? +(?:\d{1,2},? +)?(20[0-3]\d)\b`)

// otherYears marks the parts that are dated to another year than the write-up,
// as those of lists of all that befell somebody.
func (d *document) otherYears(inc *Incident) {
	year := yearOf(inc.Date)
	if year == 0 {
		return
	}
	for i := range inc.Claims {
		c := &inc.Claims[i]
		if c.Kind != ClaimAsset && c.Kind != ClaimChain {
			continue
		}
		m := monthAndYear.FindStringSubmatch(c.Text)
		if m == nil {
			continue
		}
		// A year later the theft of December is still told of in January.
		if said, _ := strconv.Atoi(m[1]); said < year-1 || said > year {
			c.Year = said
			d.warn(c.Pos, "other-incident", fmt.Sprintf("%q is dated to %d: taken for a part of another incident", clip(c.Text, 60), said), "a list of parts should hold those of this one")
		}
	}
}

// compareTotals sets title, front matter and text against each other.
func (d *document) compareTotals(inc *Incident) {
	var front, title, first *Claim
	for i := range inc.Claims {
		c := &inc.Claims[i]
		if c.USD == nil {
			continue
		}
		switch {
		case c.Kind == ClaimFrontMatter:
			front = c
		case c.Kind == ClaimTitle:
			title = c
		case c.Kind == ClaimTotal && first == nil:
			first = c
		}
	}
	d.compare(title, front, "the title", "the front matter")
	d.compare(first, front, "the text", "the front matter")
	if front == nil {
		d.compare(first, title, "the text", "the title")
	}
	for i := range inc.Claims {
		if c := &inc.Claims[i]; first != nil && c != first && c.Kind == ClaimTotal && c.USD != nil {
			other := fmt.Sprintf("the one in line %d", first.Pos.Line)
			if c.Pos.Line == first.Pos.Line {
				other = "another in the same line"
			}
			d.compare(c, first, "this total", other)
		}
	}
}

func (d *document) compare(a, b *Claim, nameA, nameB string) {
	if a == nil || b == nil || agree(*a.USD, *b.USD) {
		return
	}
	d.warn(a.Pos, "totals-differ", fmt.Sprintf("%s says $%s, %s $%s", nameA, chain.GroupThousands(a.USD.Value.String()), nameB, chain.GroupThousands(b.USD.Value.String())),
		"one of them is wrong, or they are of different moments or scopes")
}

// agree reports whether two figures can be the same: within half a step of the
// coarser, or as their bounds allow.
func agree(a, b Figure) bool {
	diff := a.Value.Sub(b.Value)
	slack := decimal.Max(a.Step, b.Step).Mul(decimal.New(5, -1))
	if diff.Abs().LessThanOrEqual(slack) {
		return true
	}
	near := diff.Abs().Mul(decimal.New(5, 0)).LessThanOrEqual(decimal.Max(a.Value, b.Value))
	switch {
	case a.Bound == AtLeast && diff.IsNegative(), b.Bound == AtLeast && diff.IsPositive(),
		a.Bound == AtMost && diff.IsPositive(), b.Bound == AtMost && diff.IsNegative():
		return near
	}
	return false
}

// addUp sets the sum of the parts against the total. Parts without a value
// that are no dollars keep the sum open above.
func (d *document) addUp(inc *Incident) {
	total := inc.headline()
	if total == nil {
		return
	}
	for _, kind := range []ClaimKind{ClaimAsset, ClaimChain} {
		sum, slack, parts, open := decimal.Decimal{}, total.Step, 0, false
		var first *Claim
		for i := range inc.Claims {
			c := &inc.Claims[i]
			if c.Kind != kind {
				continue
			}
			if c.Year != 0 {
				continue
			}
			f := c.Dollars()
			if c.likelyQuantity() {
				f = nil // literally dollars, which nobody will have meant
			}
			if f == nil {
				open = true
				continue
			}
			if first == nil {
				first = c
			}
			if c.Asset == "" && f.Value.Equal(total.Value) {
				parts = -len(inc.Claims) // the list is of several incidents
			}
			sum, slack, parts = sum.Add(f.Value), slack.Add(f.Step), parts+1
		}
		if parts >= 2 {
			d.judgeSum(first, *total, sum, slack, open)
		}
	}
}

// Dollars is what a claim says in dollars: a sum of them, or else a quantity of a token
// that stands for one. It is nil where it says neither.
func (c *Claim) Dollars() *Figure {
	if c.USD == nil && isDollarToken(c.Asset) {
		return c.Quantity
	}
	return c.USD
}

// likelyQuantity reports whether a claim in dollars was probably meant as a
// quantity.
func (c *Claim) likelyQuantity() bool {
	return c.USD != nil && c.Quantity == nil && len(c.Readings) > 0 && c.Readings[0].Quantity != nil
}

func (d *document) judgeSum(first *Claim, total Figure, sum, slack decimal.Decimal, open bool) {
	slack = decimal.Min(slack, total.Value.Mul(decimal.New(5, -2)))
	slack = decimal.Max(slack, total.Step.Mul(decimal.New(5, -1)))
	if total.Bound != Exactly {
		slack = decimal.Max(slack, total.Value.Mul(decimal.New(1, -2)))
	}
	diff := sum.Sub(total.Value)
	if diff.Abs().LessThanOrEqual(slack) || diff.IsNegative() && open {
		return
	}
	word := "more"
	if diff.IsNegative() {
		word = "less"
	}
	d.warn(first.Pos, "sum", fmt.Sprintf("the parts add up to $%s, $%s %s than the total of $%s",
		chain.GroupThousands(sum.String()), chain.GroupThousands(diff.Abs().String()), word, chain.GroupThousands(total.Value.String())),
		"a part may be missing, be counted twice or carry the wrong unit")
}

// dollarTokens checks that stablecoins are valued at about a dollar.
func (d *document) dollarTokens(inc *Incident) {
	for _, c := range inc.Claims {
		if c.Kind != ClaimAsset || c.USD == nil || c.Quantity == nil || !isDollarToken(c.Asset) || strings.EqualFold(c.Asset, "ust") {
			continue
		}
		diff := c.USD.Value.Sub(c.Quantity.Value).Abs()
		if diff.GreaterThan(c.Quantity.Value.Mul(decimal.New(1, -1)).Add(c.USD.Step)) {
			d.warn(c.Pos, "stablecoin", fmt.Sprintf("%q values a dollar token far from a dollar", c.Text), "check the quantity and the value")
		}
	}
}

// order finds entries of the timeline that stand before their predecessor.
func (d *document) order(inc *Incident) {
	for i := 1; i < len(inc.Timeline); i++ {
		a, b := inc.Timeline[i-1], inc.Timeline[i]
		if b.Time.Before(a.Time) && (a.Precision == Minute && b.Precision == Minute || b.Time.AddDate(0, 0, 1).Before(a.Time)) && !(b.Precision == Month || b.Precision == Year) {
			d.warn(b.Pos, "order", fmt.Sprintf("this entry is of %s, before the one above it (%s)", b.when(), a.when()), "check date, AM or PM, and zone")
		}
	}
}

func (d *document) missing(inc *Incident) {
	if !d.matter.present && len(d.sections) == 0 {
		return
	}
	have := map[sectionKind]bool{}
	for _, s := range d.sections {
		have[s.kind] = true
	}
	for _, k := range []struct {
		kind sectionKind
		name string
	}{{summarySection, "Summary"}, {attackersSection, "Attackers"}, {lossesSection, "Losses"}, {timelineSection, "Timeline"}} {
		if !have[k.kind] {
			d.warn(Pos{1, 1}, "no-section", "there is no section "+k.name, "add a heading ## "+k.name)
		}
	}
	attackers := 0
	for _, a := range inc.Addresses {
		if a.Role == RoleAttacker {
			attackers++
		}
	}
	if attackers == 0 {
		d.warn(Pos{1, 1}, "no-attacker", "no address of an attacker is given", "without one nothing can be traced")
	}
}
