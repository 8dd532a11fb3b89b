package incident

import (
	"fmt"
	"slices"
	"strings"

	"github.com/shopspring/decimal"

	"losstracer/chain"
)

// priceRange is what a coin cost in a year, in whole dollars, from the year's
// low to its high, rounded outward.
type priceRange struct{ low, high int64 }

// yearly ranges of the coins that losses are mostly counted in: daily lows and
// highs of the large exchanges. They serve to tell a quantity from a value,
// never to price one.
var yearly = map[string]map[int]priceRange{
	"BTC": {2011: {0, 32}, 2012: {4, 16}, 2013: {13, 1200}, 2014: {275, 1000}, 2015: {150, 510}, 2016: {350, 990}, 2017: {750, 20000}, 2018: {3100, 17600}, 2019: {3300, 13900},
		2020: {3800, 29400}, 2021: {27700, 69100}, 2022: {15400, 48300}, 2023: {16400, 45000}, 2024: {38400, 108400}, 2025: {74000, 126300}},
	"ETH": {2015: {0, 4}, 2016: {0, 22}, 2017: {7, 890}, 2018: {80, 1450}, 2019: {100, 370}, 2020: {85, 760}, 2021: {710, 4900}, 2022: {870, 3900}, 2023: {1180, 2450}, 2024: {2090, 4110}, 2025: {1380, 4960}},
	"BNB": {2018: {4, 26}, 2019: {5, 40}, 2020: {8, 40}, 2021: {36, 691}, 2022: {180, 532}, 2023: {200, 350}, 2024: {287, 794}, 2025: {500, 1380}},
}

// priced maps tokens to the coin that they stand for.
var priced = map[string]string{
	"BTC": "BTC", "BITCOIN": "BTC", "WBTC": "BTC", "HBTC": "BTC", "RENBTC": "BTC", "TBTC": "BTC", "BTCB": "BTC", "CBBTC": "BTC",
	"ETH": "ETH", "ETHEREUM": "ETH", "WETH": "ETH", "STETH": "ETH", "RETH": "ETH", "CBETH": "ETH", "SETH": "ETH", "ETHER": "ETH",
	"BNB": "BNB", "WBNB": "BNB",
}

// dollarTokens are meant to be worth a dollar each.
var dollarTokens = words("usdt usdc dai busd tusd usdp gusd pax frax lusd susd usdd fdusd pyusd usde usd husd mim usdt.e usdc.e xdai ust usdn usx nusd dola cusd zusd ausd usdc-e axlusdc fusdt")

func isDollarToken(asset string) bool { return dollarTokens[strings.ToLower(asset)] }

// rangeOf returns what an asset cost in a year, widened by the years beside it
// where the year is not known.
func rangeOf(asset string, year int) (priceRange, bool) {
	if isDollarToken(asset) {
		return priceRange{1, 1}, true
	}
	years, ok := yearly[priced[strings.ToUpper(asset)]]
	if !ok {
		return priceRange{}, false
	}
	r, ok := years[year]
	return r, ok
}

// suspect adds other readings to the claims on assets whose literal one is
// implausible. The claims themselves stay as they are written.
func (d *document) suspect(inc *Incident) {
	year := yearOf(inc.Date)
	p := plausibility{document: d, inc: inc, year: year}
	p.total = inc.headline()
	for i := range inc.Claims {
		c := &inc.Claims[i]
		if c.Kind != ClaimAsset || c.Asset == "" {
			continue
		}
		switch {
		case c.USD != nil && c.Quantity == nil:
			p.valueOnly(c)
		case c.USD == nil && c.Quantity != nil:
			p.quantityOnly(c)
		case c.USD != nil:
			p.both(c)
		}
	}
	p.rest()
}

// headline returns the figure that parts should add up to: the first total of
// the text, else front matter, else title; but one that another of these
// contradicts by its scale only where no third sides with it.
func (inc *Incident) headline() *Figure {
	var stated []*Figure
	for _, k := range []ClaimKind{ClaimTotal, ClaimFrontMatter, ClaimTitle} {
		at := slices.IndexFunc(inc.Claims, func(c Claim) bool { return c.Kind == k && c.USD != nil })
		if at >= 0 {
			stated = append(stated, inc.Claims[at].USD)
		}
	}
	switch {
	case len(stated) == 0:
		return nil
	case len(stated) == 3 && !agree(*stated[0], *stated[1]) && offScale(*stated[1], *stated[0]) && offScale(*stated[2], *stated[0]):
		return stated[1]
	}
	return stated[0]
}

// offScale reports whether a figure is another but for a thousand, a million or
// a billion.
func offScale(known, f Figure) bool {
	return !known.Value.IsZero() && slices.ContainsFunc([]int32{3, -3, 6, -6}, func(shift int32) bool { return agree(known.shifted(shift), f) })
}

// shifted returns a figure so many places of ten larger.
func (f Figure) shifted(places int32) Figure {
	f.Value, f.Step = f.Value.Shift(places), f.Step.Shift(places)
	return f
}

type plausibility struct {
	*document
	inc      *Incident
	year     int
	total    *Figure
	flagged  int
	searched int // bytes, to bound the search
}

func (p *plausibility) flag(c *Claim, r Reading, code string) {
	c.Readings = append(c.Readings, r)
	p.flagged++
	p.warn(c.Pos, code, fmt.Sprintf("%q: literally %s; probably %s", c.Text, c.literal(), r.String(c.Asset)), r.Why)
}

func (c *Claim) literal() string {
	if c.USD != nil {
		return "$" + chain.GroupThousands(c.USD.Value.String())
	}
	return chain.GroupThousands(c.Quantity.Value.String()) + " " + c.Asset
}

// valueOnly judges "$488.7 in ETH".
func (p *plausibility) valueOnly(c *Claim) {
	if isDollarToken(c.Asset) || strings.ContainsAny(c.Asset, " ") && classNetwork(c.Asset) != "" {
		return
	}
	v := c.USD.Value
	asQuantity := Reading{Quantity: &v}
	if line := p.saidElsewhere(c); line > 0 {
		asQuantity.Why = fmt.Sprintf("line %d speaks of %s %s", line, chain.GroupThousands(v.String()), c.Asset)
		p.flag(c, asQuantity, "unit")
		return
	}
	if p.total == nil {
		return
	}
	total := p.total.Value
	switch {
	case v.GreaterThan(total.Mul(decimal.New(2, 0))):
		asQuantity.Why = "as dollars it is more than twice the whole loss"
	case p.closesGap(c, v):
		asQuantity.Why = fmt.Sprintf("as a quantity, %s %s closes the gap between the parts and the total", chain.GroupThousands(v.String()), c.Asset)
	case v.Mul(decimal.New(1000, 0)).LessThan(total) && p.fitsAsQuantity(c.Asset, v):
		asQuantity.Why = fmt.Sprintf("as dollars it is less than a thousandth of the loss; %s %s would not be", chain.GroupThousands(v.String()), c.Asset)
	default:
		return
	}
	p.flag(c, asQuantity, "unit")
}

// saidElsewhere finds a line that gives the same number as a quantity of the
// same asset.
func (p *plausibility) saidElsewhere(c *Claim) int {
	for i := range p.lines {
		l := &p.lines[i]
		if p.at(l, 0).Line == c.Pos.Line || !strings.Contains(l.text, c.Asset) {
			continue
		}
		if p.searched += len(l.text); p.searched > 1<<18 {
			return 0
		}
		toks := l.tokens()
		for _, s := range statements(toks, amounts(toks, notation{}), false) {
			if s.quantity != nil && s.money == nil && strings.EqualFold(s.asset, c.Asset) && s.quantity.Value.Equal(c.USD.Value) {
				return p.at(l, toks[s.first].start).Line
			}
		}
	}
	return 0
}

// closesGap reports whether a claim, read as a quantity, fills what the other
// parts leave of the total, at a price that the asset had in that year.
func (p *plausibility) closesGap(c *Claim, quantity decimal.Decimal) bool {
	r, ok := rangeOf(c.Asset, p.year)
	if !ok || !quantity.IsPositive() {
		return false
	}
	rest := decimal.Decimal{}
	for i := range p.inc.Claims {
		o := &p.inc.Claims[i]
		if o == c || o.Kind != ClaimAsset || o.Asset == "" || o.Project != c.Project {
			continue
		}
		switch {
		case o.USD != nil:
			rest = rest.Add(o.USD.Value)
		case isDollarToken(o.Asset):
			rest = rest.Add(o.Quantity.Value)
		default:
			return false
		}
	}
	gap, slack := p.total.Value.Sub(rest), p.total.Step
	if !gap.GreaterThan(c.USD.Value.Mul(decimal.New(10, 0))) || rest.IsZero() {
		return false
	}
	low, high := quantity.Mul(decimal.New(r.low, 0)), quantity.Mul(decimal.New(r.high, 0))
	return !high.LessThan(gap.Sub(slack)) && !low.GreaterThan(gap.Add(slack))
}

// fitsAsQuantity reports whether so many units could be part of the loss.
func (p *plausibility) fitsAsQuantity(asset string, quantity decimal.Decimal) bool {
	r, ok := rangeOf(asset, p.year)
	if !ok {
		return false
	}
	return !quantity.Mul(decimal.New(r.low, 0)).GreaterThan(p.total.Value.Mul(decimal.New(2, 0)))
}

// quantityOnly judges "2 million BNB": a quantity that alone is worth many
// times the loss is probably a value.
func (p *plausibility) quantityOnly(c *Claim) {
	r, ok := rangeOf(c.Asset, p.year)
	if !ok || p.total == nil || isDollarToken(c.Asset) {
		return
	}
	if v := c.Quantity.Value; v.Mul(decimal.New(r.low, 0)).GreaterThan(p.total.Value.Mul(decimal.New(3, 0))) {
		p.flag(c, Reading{USD: &v, Why: fmt.Sprintf("so many %s cost at least $%s in %d, more than three times the loss", c.Asset, chain.GroupThousands(v.Mul(decimal.New(r.low, 0)).String()), p.year)}, "unit")
	}
}

// both judges a quantity with its value by the price that they imply.
func (p *plausibility) both(c *Claim) {
	year := p.year
	if c.Year != 0 {
		year = c.Year
	}
	r, ok := rangeOf(c.Asset, year)
	if !ok || !c.Quantity.Value.IsPositive() || !c.USD.Value.IsPositive() {
		return
	}
	price := c.USD.Value.DivRound(c.Quantity.Value, 6)
	low, high := decimal.New(r.low, 0).Mul(decimal.New(5, -1)), decimal.New(r.high, 0).Mul(decimal.New(2, 0))
	if !price.LessThan(low) && !price.GreaterThan(high) {
		return
	}
	reading := Reading{Why: fmt.Sprintf("the figures imply $%s for one %s, which cost %d to %d dollars in %d", chain.GroupThousands(price.Round(2).String()), c.Asset, r.low, r.high, year)}
	for _, shift := range []int32{3, -3, 6, -6} {
		if q := price.Shift(-shift); !q.LessThan(low) && !q.GreaterThan(high) {
			v := c.Quantity.Value.Shift(shift)
			reading.Quantity = &v
			break
		}
	}
	c.Readings = append(c.Readings, reading)
	p.warn(c.Pos, "unit-price", fmt.Sprintf("%q: %s", c.Text, reading.Why), "check the quantity, the value and their separators")
}

// rest adds the reading as a quantity to the other lines of a list in which
// several lines are evidently quantities with a dollar sign.
func (p *plausibility) rest() {
	if p.flagged < 2 {
		return
	}
	for i := range p.inc.Claims {
		c := &p.inc.Claims[i]
		if c.Kind != ClaimAsset || c.Asset == "" || c.USD == nil || c.Quantity != nil || len(c.Readings) > 0 || isDollarToken(c.Asset) {
			continue
		}
		v := c.USD.Value
		p.flag(c, Reading{Quantity: &v, Why: "other lines of this list are evidently quantities with a dollar sign in front"}, "unit")
	}
}
