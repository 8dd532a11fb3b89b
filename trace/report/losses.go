package report

import (
	"fmt"
	"slices"
	"strings"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/loss"
)

func lossesSection(c *trace.Case) section {
	returned := slices.ContainsFunc(c.Statement.Losses, func(l loss.AssetLoss) bool { return !l.Returned.IsZero() })
	t := &table{Columns: []column{{Name: "asset"}, {Name: "gross", Number: true}}}
	if returned {
		t.Columns = append(t.Columns, column{Name: "returned", Number: true}, column{Name: "net", Number: true})
	}
	t.Columns = append(t.Columns, column{Name: "gross in dollars", Number: true}, column{Name: "dollars each", Number: true},
		column{Name: "contract", Hex: true}, column{Name: "chain"})
	for _, l := range c.Statement.Losses {
		row := []any{symbol(l.Asset, l.Meta), quantity(whole(l.Gross, l.Meta))}
		if returned {
			row = append(row, quantity(whole(l.Returned, l.Meta)), quantity(whole(l.Net(), l.Meta)))
		}
		t.add(append(row, optionalMoney(l.GrossUSD), priceText(l), contractSpan(l.Asset), chainName(l.Asset))...)
	}
	s := section{ID: "losses", Heading: "Loss per asset", Table: t}
	if n := len(c.Statement.Losses); n > 0 {
		thefts := 0
		for i := range c.Statement.Judgements {
			if j := &c.Statement.Judgements[i]; j.Class == loss.Theft && !j.PaidIn() {
				thefts++
			}
		}
		s.Text = append(s.Text, sayf("%s in %s, from %s to %s.", count(n, "asset", "assets"), count(thefts, "transfer", "transfers"), moment(c.Statement.First), moment(c.Statement.Last)))
	}
	if leaked := c.Statement.Totals.Leaked; leaked != nil && !leaked.IsZero() {
		s.Text = append(s.Text, sayf("%s of it reached others than the attackers.", money(*leaked)))
	}
	return s
}

func contractSpan(a chain.AssetID) span {
	if a.Kind() == chain.Native {
		return span{Text: "(coin)"}
	}
	return accountSpan(a.ChainID(), a.Contract())
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

func excludedSection(c *trace.Case) section {
	t := &table{Columns: []column{
		{Name: "class"}, {Name: "asset"}, {Name: "quantity", Number: true}, {Name: "in dollars", Number: true},
		{Name: "tx", Hex: true, Brief: true}, {Name: "why", Wide: true},
	}}
	fees := 0
	for e := range c.Statement.Excluded() {
		if e.Class == loss.Fee {
			fees++
			continue
		}
		t.add(e.Class.String(), symbol(e.Asset, e.Meta), quantity(whole(e.Amount, e.Meta)), optionalMoney(e.USD),
			txSpan(e.Ref.ChainID, e.Ref.Tx), say(e.Why+" ", basisSpan(e.Basis)))
	}
	s := section{ID: "excluded", Heading: "Moved, but no loss", Table: t}
	if fees > 0 {
		s.Items = append(s.Items, sayf("and the fees of %s, each listed in the JSON report", count(fees, "transaction", "transactions")))
	}
	return s
}

func uncheckedSection(c *trace.Case) section {
	s := section{ID: "unchecked", Heading: "What could not be checked"}
	for _, scope := range c.Scopes {
		if scope.Status != trace.Checked {
			s.Items = append(s.Items, say(scope.Chain+": ", marked(scope.Status), ": "+scope.Detail+endpointAdds(scope)))
		}
	}
	for _, v := range c.Coverage {
		if !v.Complete {
			s.Items = append(s.Items, say(fmt.Sprintf("%s %s history of ", networkName(v.ChainID), v.Scope),
				accountSpan(v.ChainID, v.Address), " is not complete"+after(": ", v.Note)))
		}
	}
	if c.BeyondGap != "" {
		s.Items = append(s.Items, say("not everything that moved in the transactions of the theft is known: "+c.BeyondGap))
	}
	for _, x := range c.Closure {
		if item := openBalance(x, c.Meta(x.Asset)); item != nil {
			s.Items = append(s.Items, item)
		}
	}
	if n := len(c.Statement.Totals.Unpriced); n > 0 {
		var names []string
		for _, a := range c.Statement.Totals.Unpriced {
			names = append(names, symbol(a, c.Meta(a)))
		}
		s.Items = append(s.Items, sayf("no price for %s in no total: %s", count(n, "lost asset, which is", "lost assets, which are"), strings.Join(names, ", ")))
	}
	if len(c.Scopes) == 0 {
		s.Items = append(s.Items, say("the write-up gives no address and no tx on a chain that can be looked at: an endpoint would add nothing"))
	}
	return s
}

// endpointAdds says what comes of giving the endpoint that is missing.
func endpointAdds(s trace.ChainScope) string {
	if s.Status != trace.NoEndpoint {
		return ""
	}
	return "; with one, given by --rpc, what the write-up says of this chain is measured (--dry-run shows what it would be asked)"
}

// openBalance says what speaks against a closure; nil where nothing does.
func openBalance(x chain.Closure, meta chain.TokenMeta) words {
	residual, ok := x.Residual()
	switch {
	case !ok:
		return say("no balance of ", accountSpan(x.ChainID, x.Address),
			fmt.Sprintf(" to close the %s of %s against: %s", symbol(x.Asset, meta), networkName(x.ChainID), x.Note))
	case !residual.IsZero():
		return say(symbol(x.Asset, meta)+" of ", accountSpan(x.ChainID, x.Address),
			fmt.Sprintf(" does not close: %s more on chain than its transfers add up to%s", quantity(whole(residual, meta)), after(": ", x.Note)))
	}
	return nil
}
