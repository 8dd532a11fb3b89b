package report

import (
	"fmt"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/loss"
)

type jsonElsewhere struct {
	To       string   `json:"to"`
	Chain    string   `json:"chain"`
	AssetID  string   `json:"asset_id"`
	Symbol   string   `json:"symbol"`
	Quantity string   `json:"quantity"`
	Txs      []string `json:"txs"`
}

func elsewhereDocument(e loss.Elsewhere) jsonElsewhere {
	return jsonElsewhere{
		chain.Hex(e.To.Address), chainName(e.Asset), e.Asset.String(), e.Meta.Symbol, whole(e.Amount, e.Meta).String(),
		each(e.Refs, func(r chain.Ref) string { return hashText(r.Tx) }),
	}
}

// elsewhereSection lists what the victims paid meanwhile to addresses that the
// case does not know: where the write-up claims more than was found, somebody
// else may have taken it.
func elsewhereSection(c *trace.Case) section {
	s := section{ID: "elsewhere", Heading: "What victims paid meanwhile to others"}
	if len(c.Statement.Elsewhere) == 0 {
		return s
	}
	s.Text = []words{say("In no sum. It may be the victims' own business, or a part of the theft that an address is missing for: of somebody who copied the attack, or of another attacker. Looked at because the write-up claims more than was found, or because others than the attackers gave something back.")}
	t := &table{Columns: []column{{Name: "to", Hex: true}, {Name: "chain"}, {Name: "quantity", Number: true}, {Name: "asset"}, {Name: "transactions", Wide: true}}}
	for _, e := range c.Statement.Elsewhere {
		txs := say(txSpan(e.Refs[0].ChainID, e.Refs[0].Tx))
		if n := len(e.Refs); n > 1 {
			txs = say(txs, fmt.Sprintf(" and %d more", n-1))
		}
		t.add(accountSpan(e.To.ChainID, e.To.Address), chainName(e.Asset), quantity(whole(e.Amount, e.Meta)), symbol(e.Asset, e.Meta), txs)
	}
	s.Table = t
	return s
}
