package incident

import (
	"fmt"
	"strings"

	"github.com/shopspring/decimal"
)

// check looks for what a reader should look at: figures that do not fit each
// other, entries out of order, sections that are missing.
func (d *document) check(inc *Incident) {
	d.suspect(inc)
	d.compareTotals(inc)
	d.addUp(inc)
	d.dollarTokens(inc)
	d.order(inc)
	d.missing(inc)
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
			d.compare(c, first, "this total", fmt.Sprintf("the one in line %d", first.Pos.Line))
		}
	}
}

func (d *document) compare(a, b *Claim, nameA, nameB string) {
	if a == nil || b == nil || agree(*a.USD, *b.USD) {
		return
	}
	d.warn(a.Pos, "totals-differ", fmt.Sprintf("%s says $%s, %s $%s", nameA, groupThousands(a.USD.Value.String()), nameB, groupThousands(b.USD.Value.String())),
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
			f := c.USD
			if f == nil && c.Quantity != nil && isDollarToken(c.Asset) {
				f = c.Quantity
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
		groupThousands(sum.String()), groupThousands(diff.Abs().String()), word, groupThousands(total.Value.String())),
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
