package report

import (
	"fmt"
	"slices"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/loss"
)

func partiesSection(c *trace.Case) section {
	t := &table{Columns: []column{{Name: "part"}, {Name: "address", Hex: true}, {Name: "chain"}, {Name: "basis"}, {Name: "why", Wide: true}}}
	add := func(part string, p chain.Party) {
		t.add(part, accountSpan(p.Account.ChainID, p.Account.Address), networkName(p.Account.ChainID), marked(p.Basis.String()), p.Why)
	}
	for _, p := range c.Attackers {
		add("attacker", p)
	}
	for _, p := range c.Statement.Victims {
		add("victim", p)
	}
	return section{ID: "parties", Heading: "Who", Table: t}
}

// methodSection says how every case is worked, in the words of the packages
// that do it.
func methodSection() section {
	s := section{ID: "method", Heading: "Method", Reference: true}
	for _, item := range []string{
		"The write-up is read literally; every figure keeps its line. A reading other than the literal one is named where it is used.",
		"Transfers are pulled for every address that is taken for an attacker's, over the window of blocks below: coins moved by transactions and by calls within them, tokens by their logs. Assets are told apart by contract, never by symbol.",
		"For every address and asset, opening balance + in − out − fees is set against the closing balance that the chain states. A difference is listed, not adjusted.",
		"A loss is what left a victim. Swaps, wraps, loans within a transaction, movements among attackers, funding and unsolicited tokens are no loss; each is listed with the rule that says so. What came back is subtracted from gross to give net.",
		"Amounts are whole numbers of base units. Dollars are amount × the last quote at or before the block's time; a return is valued as when it was taken. An asset without a quote is unpriced, which is not zero. Rounding happens once, half to even, in print.",
		"A claim is compared with gross loss. The tolerance follows the precision that the writer chose, plus the spread of the quotes around the theft. A cause is named only where the arithmetic supports it.",
		"Every statement carries its basis: observed (on chain), derived (computed from what was observed), attributed (somebody says so) or heuristic (a rule that can be wrong).",
	} {
		s.Items = append(s.Items, say(item))
	}
	return s
}

func limitsSection(c *trace.Case) section {
	s := section{ID: "limits", Heading: "Limits", Reference: true, Items: []words{
		say("Nothing outside the windows and addresses below was looked at. That an address belongs to an attacker or a victim rests on the basis that is given for it."),
		say("What attackers paid into a pool, a vault or another victim before the windows is not seen: where they took that out again, it counts as taken, and the loss is less by it."),
		say("Movements inside an exchange or another service are not on chain and not in this report."),
		say("Links lead to block explorers of third parties; nothing in this report rests on them."),
	}}
	for _, scope := range c.Scopes {
		if scope.Status == trace.Checked && (scope.Finalized == nil || !*scope.Finalized) {
			s.Items = append(s.Items, sayf("The last block looked at on %s was not known to be final: a reorganisation could still replace it.", scope.Chain))
		}
	}
	if c.Evidence.Unproven > 0 {
		s.Items = append(s.Items, say(count(c.Evidence.Unproven, "token transfer rests", "token transfers rest")+" on the word of the endpoint."))
	}
	return s
}

// transfersSection lists the movements that the loss is made of, each with the
// place where anybody can look it up.
func transfersSection(c *trace.Case) section {
	t := &table{Columns: []column{
		{Name: "time"}, {Name: "block", Number: true}, {Name: "class"}, {Name: "quantity", Number: true}, {Name: "asset"},
		{Name: "in dollars", Number: true}, {Name: "from", Hex: true}, {Name: "to", Hex: true}, {Name: "tx", Hex: true}, {Name: "place"}, {Name: "basis"},
	}}
	var classes []loss.Class
	for _, j := range c.Statement.Judgements {
		if j.Class == loss.Fee {
			continue
		}
		x, meta := *j.Transfer, c.Meta(j.Transfer.Asset)
		from, to := endSpans(x)
		class := j.Class.String()
		if j.PaidIn() {
			class += " (paid in)"
		}
		usd := "unpriced"
		if j.Value != nil {
			usd = money(j.Value.USD())
		}
		t.add(unix(x.Time).Format("2006-01-02 15:04:05"), blockSpan(x.ChainID, x.Block), class, quantity(wholeUnits(x.Units.ToBig(), meta)),
			symbol(x.Asset, meta), usd, from, to, txSpan(x.ChainID, x.Tx), placeText(x), marked(j.Basis.String()))
		if !slices.Contains(classes, j.Class) {
			classes = append(classes, j.Class)
		}
	}
	s := section{ID: "transfers", Heading: "Every transfer that was judged", Table: t, Reference: true}
	if len(t.Rows) > 0 {
		s.Text = append(s.Text, say("Times are UTC. Fees are left out here."))
	}
	return s
}

func endSpans(t chain.Transfer) (from, to span) {
	from, to = span{Text: "–"}, span{Text: "–"}
	if a, ok := t.Sender(); ok {
		from = accountSpan(t.ChainID, a)
	}
	if a, ok := t.Recipient(); ok {
		to = accountSpan(t.ChainID, a)
	}
	return from, to
}

// placeText says where in its tx a transfer stands.
func placeText(t chain.Transfer) string {
	switch t.Site {
	case chain.SiteLog:
		return fmt.Sprintf("log %d", t.Index)
	case chain.SiteFrame:
		if t.Trace == "" {
			return "tx"
		}
		return "call " + t.Trace.String()
	case chain.SiteFee:
		return "fee"
	}
	return "block"
}

func closureSection(c *trace.Case) section {
	s := section{ID: "closure", Heading: "Opening + in − out − fees = closing", Table: closureTable(c.Closure, c.Meta), Reference: true}
	return s
}

// closureTable sets what transfers add up to against what the chain states.
func closureTable(closures []chain.Closure, metaOf func(chain.AssetID) chain.TokenMeta) *table {
	t := &table{Columns: []column{
		{Name: "address", Hex: true}, {Name: "asset"}, {Name: "opening", Number: true}, {Name: "in", Number: true}, {Name: "out", Number: true},
		{Name: "fees", Number: true}, {Name: "closing", Number: true}, {Name: "chain says", Number: true}, {Name: "note", Wide: true},
	}}
	for _, x := range closures {
		meta := metaOf(x.Asset)
		amount := func(a chain.Amount) string { return quantity(whole(a, meta)) }
		witness := "not known"
		if x.Witness != nil {
			witness = amount(*x.Witness)
		}
		t.add(accountSpan(x.ChainID, x.Address), symbol(x.Asset, meta), amount(x.Opening), amount(x.In), amount(x.Out), amount(x.Fees),
			amount(x.Closing), witness, x.Note)
	}
	return t
}

func roundsSection(c *trace.Case) section {
	s := section{ID: "rounds", Heading: "What was asked, in order", Reference: true}
	for i, r := range c.Rounds {
		item := sayf("round %d, %s: %d transfers of ", i+1, r.Why, r.Transfers)
		var list []words
		for _, a := range r.Addresses {
			list = append(list, say(accountSpan(a.ChainID, a.Address)))
		}
		s.Items = append(s.Items, say(item, join(list, ", ")))
	}
	return s
}

// blocksSection pins the loss: a chain on which one of these hashes differs is
// another chain.
func blocksSection(c *trace.Case) section {
	t := &table{Columns: []column{{Name: "chain"}, {Name: "block", Number: true}, {Name: "time (UTC)"}, {Name: "hash", Wide: true}}}
	last := chain.Ref{}
	for _, j := range c.Statement.Judgements {
		x := j.Transfer
		if (j.Class != loss.Theft && j.Class != loss.Return) || (x.ChainID == last.ChainID && x.Block == last.Block) {
			continue
		}
		last = x.Ref
		t.add(networkName(x.ChainID), blockSpan(x.ChainID, x.Block), unix(x.Time).Format("2006-01-02 15:04:05"), span{Text: x.BlockHash.Hex(), Role: hash})
	}
	return section{ID: "blocks", Heading: "Blocks that the loss rests on", Table: t, Reference: true}
}

func evidenceSection(c *trace.Case) section {
	s := section{ID: "evidence", Heading: "What this rests on"}
	for _, scope := range c.Scopes {
		if scope.Status == trace.Checked {
			s.Items = append(s.Items, scopeText(scope))
		}
	}
	for _, v := range c.Coverage {
		s.Items = append(s.Items, coverageText(v))
	}
	if closed := closedBalances(c); closed > 0 {
		s.Items = append(s.Items, sayf("%d of %d balances close exactly: opening + in − out − fees = closing, as the chain says", closed, len(c.Closure)))
	}
	if n := c.Evidence.Proven + c.Evidence.Unproven; n > 0 {
		line := fmt.Sprintf("%d of %s", c.Evidence.Proven, count(n, "token transfer is proven to be in its block", "token transfers are proven to be in their blocks"))
		for _, why := range c.Evidence.Why {
			line += "; unproven: " + why
		}
		s.Items = append(s.Items, say(line))
	}
	s.Items = append(s.Items, assuranceItems(c)...)
	s.Items = append(s.Items, ruleItems(c)...)
	s.Items = append(s.Items, say("facts ", span{Text: c.Evidence.FactsDigest, Role: hash}))
	switch {
	case c.Evidence.CaseDigest == "":
	case c.Evidence.Responses == 0:
		s.Items = append(s.Items, say("nobody was asked, so the case holds the write-up and no responses"))
	default:
		s.Items = append(s.Items, say("case ", span{Text: c.Evidence.CaseDigest, Role: hash}, ", "+count(c.Evidence.Responses, "stored response", "stored responses")))
	}
	s.Items = append(s.Items, say("losstracer "+c.Tool))
	return s
}

func scopeText(scope trace.ChainScope) words {
	final := "whether it is final is not known"
	if scope.Finalized != nil {
		final = "not final yet"
		if *scope.Finalized {
			final = "final"
		}
	}
	return say(fmt.Sprintf("%s at %s (%s): blocks ", scope.Chain, scope.Endpoint, scope.Client), blockSpan(scope.ChainID, scope.Window.From), " to ",
		blockSpan(scope.ChainID, scope.Window.To), ", "+scope.WindowWhy+"; the last is ", span{Text: scope.End.Hash.Hex(), Role: hash},
		fmt.Sprintf(" of %s, %s", moment(unix(scope.End.Time)), final))
}

func closedBalances(c *trace.Case) int {
	return len(slices.DeleteFunc(slices.Clone(c.Closure), func(x chain.Closure) bool {
		residual, ok := x.Residual()
		return !ok || !residual.IsZero()
	}))
}

func coverageText(v chain.Coverage) words {
	state := "complete"
	if !v.Complete {
		state = "not complete"
	}
	return say(fmt.Sprintf("%s of ", v.Scope), accountSpan(v.ChainID, v.Address),
		fmt.Sprintf(" by %s, blocks %d to %d: %s%s", v.Method, v.Window.From, v.Window.To, state, after("; ", v.Note)))
}
