package report

import (
	"fmt"
	"slices"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/incident"
	"losstracer/trace/loss"
	"losstracer/trace/reconcile"
)

type (
	jsonFirm struct {
		GrossUSD        string  `json:"gross_usd"`
		ReturnedUSD     string  `json:"returned_usd"`
		NetUSD          string  `json:"net_usd"`
		VictimLossUSD   string  `json:"victim_loss_usd"`
		AttackerGainUSD string  `json:"attacker_gain_usd"`
		LeakedUSD       *string `json:"leaked_usd"`
	}
	jsonHeuristics struct {
		Populations []jsonPopulation `json:"populations"`
		Rates       []jsonErrorRate  `json:"rates"`
	}
	jsonPopulation struct {
		ID   string `json:"id"`
		What string `json:"what"`
	}
	jsonErrorRate struct {
		Subject    string `json:"subject"`
		Says       string `json:"says"`
		Population string `json:"population"`
		Said       int    `json:"said"`
		Wrong      int    `json:"wrong"`
		Due        int    `json:"due"`
		Missed     int    `json:"missed"`
	}
)

func firmDocument(f loss.FirmTotals) jsonFirm {
	return jsonFirm{
		f.Gross.String(), f.Returned.String(), f.Net.String(), f.VictimLoss.String(), f.AttackerGain.String(), digits(f.Leaked),
	}
}

func heuristicsDocument() jsonHeuristics {
	return jsonHeuristics{
		Populations: each(populations(), func(p chain.Population) jsonPopulation { return jsonPopulation{p.ID, p.What} }),
		Rates: each(allRates(), func(r chain.Rate) jsonErrorRate {
			return jsonErrorRate{r.Subject, r.Says, r.Population, r.Said, r.Wrong, r.Due, r.Missed}
		}),
	}
}

// totalsSection gives every total, and each again without what rests on
// nothing firmer than a rule that can be wrong.
func totalsSection(c *trace.Case) section {
	t := &table{Columns: []column{{Name: "total"}, {Name: "in dollars", Number: true}, {Name: "without heuristics", Number: true}}}
	s := section{ID: "totals", Heading: "Totals", Table: t}
	if len(c.Statement.Losses) == 0 {
		return s
	}
	all, firm := c.Statement.Totals, c.Statement.Totals.Firm
	for _, row := range []struct {
		name      string
		all, firm *decimal.Decimal
	}{
		{"gross: left the victims", &all.Gross, &firm.Gross},
		{"returned", &all.Returned, &firm.Returned},
		{"net, less the attackers' own capital", &all.Net, &firm.Net},
		{"what the victims are short of", &all.VictimLoss, &firm.VictimLoss},
		{"what the attackers gained", &all.AttackerGain, &firm.AttackerGain},
		{"what leaked to others", all.Leaked, firm.Leaked},
	} {
		t.add(row.name, known(row.all), known(row.firm))
	}
	s.Items = doubtItems(c.Statement.Totals)
	return s
}

// doubtItems says by how much gross would be higher were the rules wrong that
// keep something out of it.
func doubtItems(t loss.Totals) []words {
	unpriced := ""
	if n := len(t.DoubtfulUnpriced); n > 0 {
		unpriced = fmt.Sprintf(", and of %d assets something that has no price", n)
	}
	if t.Doubtful.IsZero() && unpriced == "" {
		return nil
	}
	return []words{sayf("Rules that can be wrong keep %s out of the loss%s: money of the attackers' own, what bought loot, what came late. Were all of them wrong, gross would be %s. The rows stand under what is excluded, each with its reason",
		money(t.Doubtful), unpriced, money(t.Gross.Add(t.Doubtful)))}
}

func known(d *decimal.Decimal) string {
	if d == nil {
		return "not known"
	}
	return money(*d)
}

// ruleItems says how much rests on rules that can be wrong.
func ruleItems(c *trace.Case) []words {
	n := 0
	for _, j := range c.Statement.Judgements {
		if j.Rule != loss.NoRule {
			n++
		}
	}
	if n == 0 {
		return nil
	}
	return []words{sayf("%d of %d judged transfers rest on rules that can be wrong; how often each was, and on what that was measured, stands in the Markdown, HTML and JSON forms",
		n, len(c.Statement.Judgements))}
}

// populations and allRates are those of the judgement of transfers, of the
// causes of differences and of the reading of write-ups.
func populations() []chain.Population {
	return slices.Concat(loss.Populations(), reconcile.Populations(), incident.Populations())
}

func allRates() []chain.Rate {
	return slices.Concat(loss.Rates(), reconcile.Rates(), incident.Rates())
}

// ratesSection tells how often the rules were wrong where the truth is known.
func ratesSection(c *trace.Case) section {
	s := section{ID: "rates", Heading: "Rules that can be wrong, and how often they were", Reference: true}
	if len(c.Statement.Judgements) == 0 {
		return s
	}
	s.fillRates(loss.Populations(), loss.Rates())
	return s
}

// readingRatesSection tells the same of causes and of what is read from text.
func readingRatesSection(c *trace.Case) section {
	s := section{ID: "reading-rates", Heading: "How often causes and readings were wrong", Reference: true}
	if len(c.Result.Findings) == 0 {
		return s
	}
	s.fillRates(slices.Concat(reconcile.Populations(), incident.Populations()), slices.Concat(reconcile.Rates(), incident.Rates()))
	return s
}

func (s *section) fillRates(populations []chain.Population, rates []chain.Rate) {
	t := &table{Columns: []column{{Name: "rule"}}}
	for _, p := range populations {
		t.Columns = append(t.Columns, column{Name: p.ID, Number: true})
		s.Items = append(s.Items, sayf("%s: %s", p.ID, p.What))
	}
	t.Columns = append(t.Columns, column{Name: "what it says", Wide: true})
	for len(rates) > 0 {
		subject, says := rates[0].Subject, rates[0].Says
		cells := make([]any, 1, len(populations)+2)
		cells[0] = subject
		for _, p := range populations {
			at := slices.IndexFunc(rates, func(r chain.Rate) bool { return r.Subject == subject && r.Population == p.ID })
			cell := "–"
			if at >= 0 {
				r := rates[at]
				cell = fmt.Sprintf("%d/%d, %d/%d", r.Wrong, r.Said, r.Missed, r.Due)
			}
			cells = append(cells, cell)
		}
		t.add(append(cells, says)...)
		rates = slices.DeleteFunc(rates, func(r chain.Rate) bool { return r.Subject == subject })
	}
	s.Text = []words{say("Wrong of the times that it spoke, and missed of the times that it should have; on each of the populations named here.")}
	s.Table = t
}

func ratesSheet() Sheet {
	s := Sheet{Name: "error_rates", Columns: []string{"subject", "population", "said", "wrong", "due", "missed", "says"}}
	for _, r := range allRates() {
		s.add(r.Subject, r.Population, r.Said, r.Wrong, r.Due, r.Missed, r.Says)
	}
	for _, p := range populations() {
		s.add("population", p.ID, "", "", "", "", p.What)
	}
	return s
}
