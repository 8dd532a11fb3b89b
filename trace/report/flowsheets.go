package report

import (
	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/trace/flow"
)

// flowSheets returns the tables of a flow; without rows where r is nil.
func flowSheets(r *flow.Result) []Sheet {
	sum := []string{"chain", "address", "asset_id", "symbol", "quantity", "amount", "usd"}
	terminals := Sheet{Name: "flow_terminals", Columns: append([]string{"kind", "label", "tag_source", "tag_confidence", "basis", "why", "first_time", "last_time", "payments"}, sum...)}
	held := Sheet{Name: "flow_held", Columns: append([]string{"since"}, sum...)}
	unresolved := Sheet{Name: "flow_unresolved", Columns: append([]string{"why"}, sum...)}
	edges := edgeSheet(r)
	if r == nil {
		return []Sheet{terminals, held, unresolved, edges}
	}
	terminals.large = rowsOf(r.Terminals, func(t *flow.Terminal) []any {
		var label, source string
		var confidence *decimal.Decimal
		if t.Tag != nil {
			sure := decimal.NewFromInt(int64(t.Tag.Confidence))
			label, source, confidence = t.Tag.Label, t.Tag.Source, &sure
		}
		return append([]any{t.Kind, label, source, confidence, t.Basis.String(), t.Why, t.FirstTime, t.LastTime, t.Count}, sumCells(r, t.Account, t.Sum)...)
	})
	held.large = rowsOf(r.Held, func(h *flow.Held) []any {
		return append([]any{h.LastTime}, sumCells(r, h.Account, h.Sum)...)
	})
	unresolved.large = rowsOf(r.Unresolved, func(u *flow.Unresolved) []any {
		return append([]any{u.Why}, sumCells(r, u.Account, u.Sum)...)
	})
	return []Sheet{terminals, held, unresolved, edges}
}

func sumCells(r *flow.Result, a flow.Account, s flow.Sum) []any {
	quantity, amount := numbers(r, s)
	meta, _ := r.Meta(s.Asset)
	return []any{networkName(a.ChainID), chain.Hex(a.Address), s.Asset, meta.Symbol, quantity, amount, s.USD}
}

// numbers returns a sum in whole units, nil where the scale is not known, and
// in base units.
func numbers(r *flow.Result, s flow.Sum) (quantity *decimal.Decimal, amount decimal.Decimal) {
	if q, ok := r.Quantity(s.Asset, s.Units); ok {
		quantity = &q
	}
	return quantity, decimal.NewFromBigInt(s.Units, 0)
}

// EdgeColumns are the columns of a flow as CSV.
func EdgeColumns() []string {
	return []string{
		"chain", "from", "to", "asset_id", "symbol", "amount", "quantity", "usd", "first_block", "last_block", "count",
		"first_time", "last_time", "to_chain", "converted_from", "converted_to",
	}
}

// edgeSheet lists all edges of a flow, by time.
func edgeSheet(r *flow.Result) Sheet {
	s := Sheet{Name: "flow_edges", Columns: EdgeColumns()}
	if r == nil {
		return s
	}
	s.large = rowsIn(r.EachEdge(), func(e *flow.Edge) []any {
		meta, _ := r.Meta(e.Asset)
		quantity, amount := numbers(r, e.Sum)
		return []any{
			networkName(e.From.ChainID), accountText(e.From), accountText(e.To), e.Asset, meta.Symbol, amount, quantity, e.USD,
			e.FirstBlock, e.LastBlock, e.Count, e.FirstTime, e.LastTime, networkName(e.To.ChainID), e.ConvertedFrom, e.ConvertedTo,
		}
	})
	return s
}
