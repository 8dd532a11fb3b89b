package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/pricing"
	"losstracer/trace"
	"losstracer/trace/loss"
)

// mostQuotes is how many quotes of one asset a report for people lists; JSON
// and the workbook have all.
const mostQuotes = 8

// valuationsSection shows what else the loss can be said to be worth: a figure
// in dollars depends on the moment whose prices it uses.
func valuationsSection(c *trace.Case) section {
	t := &table{Columns: []column{
		{Name: "asset"}, {Name: "at the theft", Number: true}, {Name: "by quotes from before it", Number: true}, {Name: "at the close of the write-up's day", Number: true},
	}}
	for _, l := range c.Statement.Losses {
		if l.BeforeUSD != nil || l.ReportUSD != nil {
			t.add(symbol(l.Asset, l.Meta), optionalMoney(l.GrossUSD), optionalMoney(l.BeforeUSD), optionalMoney(l.ReportUSD))
		}
	}
	s := section{ID: "valuations", Heading: "Valued at other moments", Table: t}
	totals := c.Statement.Totals
	if len(t.Rows) > 0 {
		t.add("all", money(totals.Gross), optionalMoney(totals.Before), optionalMoney(totals.Report))
		if totals.Before == nil || totals.Report == nil {
			s.Text = append(s.Text, say("A sum is missing where one of its assets has no quote for that moment."))
		}
	}
	return s
}

// pricesSection says on whose word the dollars rest, where others say
// otherwise, and what has no price.
func pricesSection(c *trace.Case) section {
	s := section{ID: "prices", Heading: "Prices"}
	for _, l := range c.Statement.Losses {
		old := ages(l)
		for i, q := range l.Quotes {
			if i == mostQuotes {
				s.Items = append(s.Items, sayf("%s: %d more quotes, in the JSON report and the workbook", symbol(l.Asset, l.Meta), len(l.Quotes)-i))
				break
			}
			s.Items = append(s.Items, sayf("%s %s", symbol(l.Asset, l.Meta), quoteText(q, old[key(q)])))
		}
	}
	for _, r := range c.ExchangeRates {
		s.Items = append(s.Items, sayf("%s %s; claims in %s are read as dollars at this rate", r.Currency, quoteText(r.Quote, r.Quote.Age(r.At)), r.Currency))
	}
	s.Items = append(s.Items, disagreementItems(c)...)
	for _, u := range c.Pricing.Unpriced {
		if lost(c, u.Ask.Subject) || u.Ask.Subject.Symbol != "" {
			s.Items = append(s.Items, sayf("%s has no price at %s: %s", subjectName(c, u.Ask.Subject), moment(u.Ask.At), whyUnpriced(u.Why)))
		}
	}
	s.Items = bounded(s.Items)
	return s
}

// mostItems bounds a list for people.
const mostItems = 120

func bounded(items []words) []words {
	if len(items) <= mostItems {
		return items
	}
	return append(items[:mostItems:mostItems], sayf("and %d more, in the JSON report and the workbook", len(items)-mostItems))
}

func whyUnpriced(why []string) string {
	if len(why) == 0 {
		return "no source knows it"
	}
	return chain.Printable(strings.Join(why, "; "), longest)
}

// quoteText is a quote with all that it says of itself.
func quoteText(q pricing.Quote, age time.Duration) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s dollars at %s: %s (%s), %s old where it served", q.Price, moment(q.At), chain.Printable(q.Source, 80), q.Method, aged(age))
	if q.Liquidity.Valid {
		fmt.Fprintf(&b, "; %s stood behind it", money(q.Liquidity.Decimal))
	}
	if q.Confidence.Valid {
		fmt.Fprintf(&b, "; confidence %s by its own word", q.Confidence.Decimal)
	}
	if q.Note != "" {
		b.WriteString("; " + chain.Printable(q.Note, 400))
	}
	if q.Doubt != "" {
		b.WriteString("; in doubt: " + chain.Printable(q.Doubt, 400))
	}
	return b.String()
}

// aged is an age as people say it: to the second below an hour, else to the
// minute.
func aged(d time.Duration) string {
	if d < time.Hour {
		return d.Round(time.Second).String()
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}

// key tells quotes of one asset apart.
func key(q pricing.Quote) string {
	return fmt.Sprint(q.At.UnixNano(), q.Source, q.Method, q.Price)
}

// ages returns how old each quote of a loss was where it served, the most.
func ages(l loss.AssetLoss) map[string]time.Duration {
	all := map[string]time.Duration{}
	for i := range l.Judgements {
		j := l.Judgements[i]
		if j.Class != loss.Theft || j.Value == nil {
			continue
		}
		q := *j.Value.Quote
		all[key(q)] = max(all[key(q)], q.Age(unix(j.Transfer.Time)))
	}
	return all
}

func lost(c *trace.Case, s pricing.Subject) bool {
	return slices.ContainsFunc(c.Statement.Losses, func(l loss.AssetLoss) bool { return pricing.Of(l.Asset) == s })
}

func subjectName(c *trace.Case, s pricing.Subject) string {
	if s.Symbol != "" {
		return s.Symbol
	}
	return symbol(s.Asset, c.Meta(s.Asset))
}

// percent is a share for people.
func percent(share decimal.Decimal) string { return share.Shift(2).RoundBank(1).String() + " %" }

// disagreementItems tells of each asset where its sources differ most, the
// lost ones first.
func disagreementItems(c *trace.Case) []words {
	widest := map[pricing.Subject]pricing.Disagreement{}
	count := map[pricing.Subject]int{}
	var subjects []pricing.Subject
	for _, d := range c.Pricing.Disagreements {
		s := d.Ask.Subject
		if count[s]++; count[s] == 1 {
			subjects = append(subjects, s)
		}
		if count[s] == 1 || d.Spread.GreaterThan(widest[s].Spread) {
			widest[s] = d
		}
	}
	slices.SortStableFunc(subjects, func(a, b pricing.Subject) int { return cmp.Compare(place(lost(c, a)), place(lost(c, b))) })
	var items []words
	for _, s := range subjects {
		d := widest[s]
		var parts []string
		for _, q := range d.Quotes {
			parts = append(parts, fmt.Sprintf("%s says %s (%s old)", chain.Printable(q.Source, 80), q.Price, aged(q.Age(d.Ask.At))))
		}
		text := fmt.Sprintf("sources disagree on %s by %s at %s: %s; the first is used", subjectName(c, s), percent(d.Spread), moment(d.Ask.At), strings.Join(parts, ", "))
		if n := count[s] - 1; n > 0 {
			text += fmt.Sprintf("; likewise at %d other moments", n)
		}
		items = append(items, say(text))
	}
	return items
}

func place(first bool) int {
	if first {
		return 0
	}
	return 1
}

type (
	// jsonPrices is what stands behind the dollars beside the quotes that the
	// losses carry.
	jsonPrices struct {
		Disagreements []jsonDisagreement `json:"disagreements"`
		Unpriced      []jsonUnpriced     `json:"unpriced"`
		Rates         []jsonRate         `json:"rates"`
		Problems      []jsonSourceFault  `json:"problems"`
	}
	jsonDisagreement struct {
		AssetID string      `json:"asset_id"`
		Symbol  string      `json:"symbol"`
		At      string      `json:"at"`
		Block   *uint64     `json:"block"`
		Percent string      `json:"percent"` // highest less lowest, of the lowest
		Quotes  []jsonQuote `json:"quotes"`  // the first is the one that serves
	}
	jsonUnpriced struct {
		AssetID string   `json:"asset_id"`
		Symbol  string   `json:"symbol"`
		At      string   `json:"at"`
		Block   *uint64  `json:"block"`
		Why     []string `json:"why"`
	}
	jsonRate struct {
		Currency string    `json:"currency"`
		At       string    `json:"at"`
		Quote    jsonQuote `json:"quote"`
	}
	jsonSourceFault struct {
		Source string `json:"source"`
		Error  string `json:"error"`
	}
)

func pricesDocument(c *trace.Case) jsonPrices {
	return jsonPrices{
		Disagreements: each(c.Pricing.Disagreements, func(d pricing.Disagreement) jsonDisagreement {
			return jsonDisagreement{
				d.Ask.Subject.String(), subjectName(c, d.Ask.Subject), stamp(d.Ask.At), blockOf(d.Ask), d.Spread.Shift(2).String(),
				each(d.Quotes, func(q pricing.Quote) jsonQuote { return quoteDocument(q, q.Age(d.Ask.At)) }),
			}
		}),
		Unpriced: each(c.Pricing.Unpriced, func(u pricing.Unpriced) jsonUnpriced {
			return jsonUnpriced{u.Ask.Subject.String(), subjectName(c, u.Ask.Subject), stamp(u.Ask.At), blockOf(u.Ask), list(u.Why)}
		}),
		Rates: each(c.ExchangeRates, func(r trace.ExchangeRate) jsonRate {
			return jsonRate{r.Currency, stamp(r.At), quoteDocument(r.Quote, r.Quote.Age(r.At))}
		}),
		Problems: each(c.Pricing.Problems, func(p pricing.Problem) jsonSourceFault {
			return jsonSourceFault{p.Source, chain.Printable(p.Err.Error(), longest)}
		}),
	}
}

func blockOf(a pricing.Ask) *uint64 {
	if a.Block == 0 {
		return nil
	}
	return &a.Block
}

func quoteDocument(q pricing.Quote, age time.Duration) jsonQuote {
	seconds := int64(age / time.Second)
	d := jsonQuote{Source: q.Source, PriceUSD: q.Price.String(), At: stamp(q.At), Method: q.Method, AgeSeconds: &seconds, Note: q.Note, Doubt: q.Doubt}
	if q.Liquidity.Valid {
		d.LiquidityUSD = digits(&q.Liquidity.Decimal)
	}
	if q.Confidence.Valid {
		d.Confidence = digits(&q.Confidence.Decimal)
	}
	return d
}

// quotesOf returns the quotes that a loss rests on.
func quotesOf(l loss.AssetLoss) []jsonQuote {
	old := ages(l)
	return each(l.Quotes, func(q pricing.Quote) jsonQuote { return quoteDocument(q, old[key(q)]) })
}

func pricesSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "prices", Columns: []string{
		"asset_id", "symbol", "price_usd", "time", "source", "method", "age_seconds", "liquidity_usd", "confidence", "note", "doubt",
	}}
	add := func(id any, name string, q pricing.Quote, age time.Duration) {
		s.add(id, name, q.Price, q.At, q.Source, q.Method, int(age/time.Second), optional(q.Liquidity), optional(q.Confidence), q.Note, q.Doubt)
	}
	for _, l := range c.Statement.Losses {
		old := ages(l)
		for _, q := range l.Quotes {
			add(l.Asset, l.Meta.Symbol, q, old[key(q)])
		}
	}
	for _, r := range c.ExchangeRates {
		add(r.Currency, r.Currency, r.Quote, r.Quote.Age(r.At))
	}
	return s
}

func optional(d decimal.NullDecimal) *decimal.Decimal {
	if !d.Valid {
		return nil
	}
	return &d.Decimal
}

func valuationsSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "valuations", Columns: []string{"asset_id", "symbol", "theft_usd", "before_usd", "report_usd"}}
	for _, l := range c.Statement.Losses {
		s.add(l.Asset, l.Meta.Symbol, l.GrossUSD, l.BeforeUSD, l.ReportUSD)
	}
	return s
}

func disagreementsSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "disagreements", Columns: []string{"asset_id", "symbol", "asked_for", "percent", "serves", "price_usd", "time", "source", "method", "note", "doubt"}}
	for _, d := range c.Pricing.Disagreements {
		for i, q := range d.Quotes {
			s.add(d.Ask.Subject.String(), subjectName(c, d.Ask.Subject), d.Ask.At, d.Spread.Shift(2), i == 0, q.Price, q.At, q.Source, q.Method, q.Note, q.Doubt)
		}
	}
	return s
}

func unpricedSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "unpriced", Columns: []string{"asset_id", "symbol", "asked_for", "why"}}
	for _, u := range c.Pricing.Unpriced {
		s.add(u.Ask.Subject.String(), subjectName(c, u.Ask.Subject), u.Ask.At, whyUnpriced(u.Why))
	}
	return s
}
