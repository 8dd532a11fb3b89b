package report

import (
	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/loss"
)

type jsonRemark struct {
	Chain   string `json:"chain"`
	AssetID string `json:"asset_id"`
	Symbol  string `json:"symbol"`
	Text    string `json:"text"`
	Basis   string `json:"basis"`
}

func remarkDocument(r loss.Remark, meta chain.TokenMeta) jsonRemark {
	return jsonRemark{chainName(r.Asset), r.Asset.String(), meta.Symbol, r.Text, r.Basis.String()}
}

// remarksSection lists what the judgement has to say of assets beside their figures.
func remarksSection(c *trace.Case) section {
	s := section{ID: "remarks", Heading: "What to know of these figures"}
	t := &table{Columns: []column{{Name: "asset"}, {Name: "remark", Wide: true}, {Name: "basis"}}}
	for _, r := range c.Statement.Remarks {
		t.add(symbol(r.Asset, c.Meta(r.Asset)), r.Text, marked(r.Basis.String()))
	}
	s.Table = t
	return s
}

func remarksSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "remarks", Columns: []string{"chain", "asset_id", "symbol", "text", "basis"}}
	for _, r := range c.Statement.Remarks {
		d := remarkDocument(r, c.Meta(r.Asset))
		s.add(d.Chain, d.AssetID, d.Symbol, d.Text, d.Basis)
	}
	return s
}
