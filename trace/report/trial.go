package report

import (
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/ledger"
)

// jsonTrialLine is what a group of accounts gave and got of an asset.
type jsonTrialLine struct {
	Chain      string  `json:"chain"`
	AssetID    string  `json:"asset_id"`
	Symbol     string  `json:"symbol"`
	Group      string  `json:"group"`
	Debited    string  `json:"debited"`
	Credited   string  `json:"credited"`
	Balance    string  `json:"balance"`
	Stated     *string `json:"stated"`
	Difference *string `json:"difference"`
}

func trialLineDocument(l *ledger.Line, meta chain.TokenMeta) jsonTrialLine {
	return jsonTrialLine{
		chainName(l.Asset), l.Asset.String(), meta.Symbol, l.Group.String(),
		whole(l.Debited, meta).String(), whole(l.Credited, meta).String(), whole(l.Balance(), meta).String(),
		digits(wholeOrNil(l.Stated, meta)), digits(wholeOrNil(l.Difference(), meta)),
	}
}

func wholeOrNil(a *chain.Amount, meta chain.TokenMeta) *decimal.Decimal {
	if a == nil {
		return nil
	}
	d := whole(*a, meta)
	return &d
}

// trialSection shows the books: who gave and got how much of each asset, and
// what the chain states of it.
func trialSection(c *trace.Case) section {
	t := &table{Columns: []column{
		{Name: "asset"}, {Name: "accounts"}, {Name: "debited", Number: true}, {Name: "credited", Number: true}, {Name: "balance", Number: true},
		{Name: "chain states", Number: true}, {Name: "difference", Number: true}, {Name: "contract", Hex: true},
	}}
	stated := func(d *decimal.Decimal) string {
		if d == nil {
			return ""
		}
		return quantity(*d)
	}
	for i := range c.TrialBalance {
		l := &c.TrialBalance[i]
		meta := c.Meta(l.Asset)
		var contract any = "the coin"
		if l.Asset.Kind() != chain.Native {
			contract = accountSpan(l.Asset.ChainID(), l.Asset.Contract())
		}
		t.add(symbol(l.Asset, meta), l.Group.String(), quantity(whole(l.Debited, meta)), quantity(whole(l.Credited, meta)), quantity(whole(l.Balance(), meta)),
			stated(wholeOrNil(l.Stated, meta)), stated(wholeOrNil(l.Difference(), meta)), contract)
	}
	s := section{ID: "trial-balance", Heading: "Trial balance", Table: t, Reference: true}
	if len(t.Rows) > 0 {
		s.Text = append(s.Text, say("Every transfer that was pulled is debited to who gave it and credited to who got it, so that both sides of an asset are the same. "+
			"Where the chain was asked for the balances of all accounts of a group, its answer stands beside: closing less opening. A difference is a balance that changed without a transfer, a transfer that changed none, or one that is missing."))
	}
	return s
}

func trialSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "trial_balance", Columns: []string{"chain", "asset_id", "symbol", "group", "debited", "credited", "balance", "stated", "difference"}}
	for i := range c.TrialBalance {
		l := &c.TrialBalance[i]
		meta := c.Meta(l.Asset)
		s.add(chainName(l.Asset), l.Asset, meta.Symbol, l.Group.String(), whole(l.Debited, meta), whole(l.Credited, meta), whole(l.Balance(), meta),
			wholeOrNil(l.Stated, meta), wholeOrNil(l.Difference(), meta))
	}
	return s
}
