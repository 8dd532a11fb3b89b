package report

import (
	"fmt"
	"slices"
	"strings"

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
	return []words{sayf("Rules that can be wrong keep %s%s out of the loss: money of the attackers' own, what bought loot, what came late. Were all of them wrong, gross would be %s. The rows stand under what is excluded, each with its reason",
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

// ratesSection tells how often the rules that this case rests on were wrong
// where the truth is known.
func ratesSection(c *trace.Case) section {
	s := section{ID: "rates", Heading: "Rules that this report rests on, and how often they were wrong", Reference: true}
	if len(c.Statement.Judgements) == 0 {
		return s
	}
	used := map[string]int{}
	for _, j := range c.Statement.Judgements {
		if j.Rule != loss.NoRule {
			used[j.Rule.String()]++
		}
	}
	attackers := byRule(c.Attackers)
	s.fillRates(loss.Populations(), loss.Rates(), func(subject string) (string, bool) {
		switch {
		case used[subject] > 0:
			return count(used[subject], "transfer", "transfers"), true
		case strings.HasPrefix(subject, "attacker-by-"), subject == "accomplice":
			return count(attackers, "attacker", "attackers") + ", by one of these", attackers > 0
		}
		return "all", strings.HasPrefix(subject, "figure ")
	})
	return s
}

// byRule counts the parties that no more than a rule makes one.
func byRule(parties []chain.Party) int {
	n := 0
	for _, p := range parties {
		if p.Basis == chain.Heuristic {
			n++
		}
	}
	return n
}

// readingRatesSection tells the same of causes and of what is read from text.
func readingRatesSection(c *trace.Case) section {
	s := section{ID: "reading-rates", Heading: "How often causes and readings were wrong", Reference: true}
	if len(c.Result.Findings) == 0 {
		return s
	}
	causes := map[string]int{}
	for _, f := range c.Result.Findings {
		if len(f.Causes) > 0 {
			causes[string(f.Causes[0].Code)]++
		}
	}
	populations, rates := slices.Concat(reconcile.Populations(), incident.Populations()), slices.Concat(reconcile.Rates(), incident.Rates())
	s.fillRates(populations, rates, func(subject string) (string, bool) {
		if n := causes[subject]; n > 0 {
			return count(n, "figure", "figures"), true
		}
		return "all", subject == "undamaged" || subject == "address attacker" || subject == "tx theft" || strings.HasPrefix(subject, "read ")
	})
	return s
}

// populationName is what a population is called where people read of it.
func populationName(p chain.Population) string {
	switch p.ID {
	case "made":
		return "made-up thefts, with prices"
	case "made-unpriced":
		return "made-up thefts, without prices"
	case "kucoin":
		return "KuCoin 2020"
	case "damaged":
		return "spoilt write-ups"
	case "write-ups":
		return "real write-ups"
	}
	return p.ID
}

// fillRates makes a table of the rates that are wanted, each with what of the
// case rests on it.
func (s *section) fillRates(populations []chain.Population, rates []chain.Rate, wanted func(subject string) (rests string, ok bool)) {
	t := &table{Columns: []column{{Name: "rule"}, {Name: "here"}}}
	for _, p := range populations {
		t.Columns = append(t.Columns, column{Name: populationName(p), Number: true})
		s.Items = append(s.Items, sayf("%s: %s", populationName(p), p.What))
	}
	t.Columns = append(t.Columns, column{Name: "what it says", Wide: true})
	rules := map[string]map[string]chain.Rate{} // by subject, then population
	for _, r := range rates {
		if rules[r.Subject] == nil {
			rules[r.Subject] = map[string]chain.Rate{}
		}
		rules[r.Subject][r.Population] = r
	}
	for _, r := range rates {
		rests, ok := wanted(r.Subject)
		of := rules[r.Subject]
		if delete(rules, r.Subject); !ok || of == nil {
			continue
		}
		cells := []any{strings.ReplaceAll(r.Subject, "_", " "), rests}
		for _, p := range populations {
			cell := "–"
			if m, ok := of[p.ID]; ok {
				cell = fmt.Sprintf("%d of %d wrong", m.Wrong, m.Said)
				if m.Due > 0 {
					cell += fmt.Sprintf(", %d of %d missed", m.Missed, m.Due)
				}
			}
			cells = append(cells, cell)
		}
		t.add(append(cells, r.Says)...)
	}
	s.Text = []words{sayf("How often each was wrong, of the times that it spoke, and missed, of the times that it should have: measured where the truth is known, on what is named below. "+
		"Of %d rules and kinds of result those stand here that this case rests on; all are in the JSON form and in the table error_rates.", subjects(rates))}
	s.Table = t
}

func subjects(rates []chain.Rate) int {
	seen := map[string]bool{}
	for _, r := range rates {
		seen[r.Subject] = true
	}
	return len(seen)
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
