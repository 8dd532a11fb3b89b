package report

import (
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/shopspring/decimal"

	"losstracer/chain"
	"losstracer/trace"
	"losstracer/trace/loss"
)

// Sheet is a table for programs: one CSV file, or one sheet of a workbook. The
// tables, their columns and the order of both do not depend on the case.
type Sheet struct {
	Name    string // lower case, letters and underscores
	Columns []string

	rows  [][]Value
	large rows[[]any] // that may be as many as transfers, made on the way
}

// Rows returns the rows, each with a cell for every column; those of large
// tables are made on the way.
func (s Sheet) Rows() iter.Seq[[]Value] {
	return func(yield func([]Value) bool) {
		for _, row := range s.rows {
			if !yield(row) {
				return
			}
		}
		if s.large == nil {
			return
		}
		for cells := range s.large {
			if !yield(values(cells)) {
				return
			}
		}
	}
}

// Value is a cell: a number, with all its digits, or text.
type Value struct {
	Text   string
	Number *decimal.Decimal // nil for text and for what is not known
}

func (s *Sheet) add(cells ...any) { s.rows = append(s.rows, values(cells)) }

func values(cells []any) []Value {
	row := make([]Value, len(cells))
	for i, c := range cells {
		row[i] = valueOf(c)
	}
	return row
}

func valueOf(cell any) Value {
	number := func(d decimal.Decimal) Value { return Value{Number: &d} }
	switch c := cell.(type) {
	case string:
		return Value{Text: chain.Printable(c, longest)}
	case decimal.Decimal:
		return number(c)
	case *decimal.Decimal:
		return Value{Number: c}
	case int:
		return number(decimal.NewFromInt(int64(c)))
	case uint64:
		return number(decimal.NewFromUint64(c))
	case bool:
		return Value{Text: strconv.FormatBool(c)}
	case time.Time:
		if c.IsZero() {
			return Value{}
		}
		return Value{Text: stamp(c)}
	case *string:
		return Value{Text: orEmpty(c)}
	case fmt.Stringer:
		return Value{Text: chain.Printable(c.String(), longest)}
	}
	panic(fmt.Sprintf("report: no cell is made of %T", cell))
}

// Sheets returns every table of a case, unrounded.
func Sheets(c *trace.Case) []Sheet {
	sheets := []Sheet{
		summarySheet(c), findingsSheet(c), causesSheet(c), lossesSheet(c), transfersSheet(c), excludedSheet(c), unreportedSheet(c), remarksSheet(c),
		pricesSheet(c), valuationsSheet(c), disagreementsSheet(c), unpricedSheet(c), partiesSheet(c), chainsSheet(c), coverageSheet(c),
		closureSheet(c), trialSheet(c), assuranceSheet(c), ratesSheet(), timelineSheet(c), problemsSheet(c),
	}
	return append(sheets, flowSheets(c.Flow)...)
}

func summarySheet(c *trace.Case) Sheet {
	s := Sheet{Name: "summary", Columns: []string{"what", "value"}}
	t := c.Statement.Totals
	s.add("title", c.Incident.Title)
	s.add("file", c.Incident.File)
	s.add("date", c.Incident.Date)
	s.add("verdict", string(c.Verdict))
	s.add("reported_usd", c.Result.Reported)
	s.add("checked_usd", c.Result.Checked)
	s.add("checked_percent", c.Result.CheckedPercent())
	s.add("gross_usd", t.Gross)
	s.add("returned_usd", t.Returned)
	s.add("net_usd", t.Net)
	s.add("victim_loss_usd", t.VictimLoss)
	s.add("attacker_gain_usd", t.AttackerGain)
	s.add("leaked_usd", t.Leaked)
	s.add("without_heuristics_usd", t.WithoutHeuristics)
	s.add("doubtful_usd", t.Doubtful)
	s.add("before_usd", t.Before)
	s.add("report_usd", t.Report)
	s.add("unpriced_assets", len(t.Unpriced))
	s.add("first_theft", c.Statement.First)
	s.add("last_theft", c.Statement.Last)
	s.add("facts_digest", c.Evidence.FactsDigest)
	s.add("case_digest", caseDigest(c.Evidence))
	s.add("losstracer", c.Tool)
	for _, w := range c.Warnings {
		s.add("warning", w)
	}
	return s
}

func findingsSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "findings", Columns: []string{
		"line", "kind", "text", "asset", "chain", "claimed_quantity", "claimed_usd", "measured_quantity", "measured_usd",
		"difference_quantity", "difference_usd", "difference_percent", "written_time", "observed_time",
		"tolerance_quantity", "tolerance_usd", "tolerance_why", "verdict",
	}}
	for _, f := range c.Result.Findings {
		d := findingDocument(f)
		var quantity, usd *decimal.Decimal
		if f.Claim.Quantity != nil {
			quantity = &f.Claim.Quantity.Value
		}
		if f.Claim.USD != nil {
			usd = &f.Claim.USD.Value
		}
		s.add(f.Claim.Pos.Line, d.Claim.Kind, f.Claim.Text, f.Claim.Asset, f.Claim.Chain, quantity, usd, f.Measured.Quantity, f.Measured.USD,
			f.Difference.Quantity, f.Difference.USD, f.Difference.Percent, d.Claim.Time, d.Measured.Time,
			f.Tolerance.Quantity, f.Tolerance.USD, f.Tolerance.Why, d.Verdict)
	}
	return s
}

func causesSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "causes", Columns: []string{"line", "text", "verdict", "code", "explanation", "basis"}}
	for _, f := range c.Result.Findings {
		for _, cause := range f.Causes {
			s.add(f.Claim.Pos.Line, f.Claim.Text, string(f.Verdict), string(cause.Code), cause.Explanation, cause.Basis.String())
		}
	}
	return s
}

func lossesSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "losses", Columns: []string{
		"chain", "asset_id", "symbol", "contract", "gross", "returned", "net", "gross_usd", "returned_usd", "net_usd", "decimals_known",
	}}
	for _, l := range c.Statement.Losses {
		d := lossDocument(&l)
		s.add(d.Chain, l.Asset, l.Meta.Symbol, d.Contract, whole(l.Gross, l.Meta), whole(l.Returned, l.Meta), whole(l.Net(), l.Meta),
			l.GrossUSD, l.ReturnedUSD, l.NetUSD(), l.Meta.DecimalsKnown)
	}
	return s
}

func transfersSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "transfers", Columns: []string{
		"time", "chain", "block", "block_hash", "tx", "place", "kind", "from", "to", "asset_id", "symbol", "quantity", "amount", "usd",
		"class", "basis", "why", "proof",
	}}
	s.large = rowsOf(c.Statement.Judgements, func(j *loss.Judgement) []any {
		t, meta := *j.Transfer, c.Meta(j.Transfer.Asset)
		from, to := endsDocument(t)
		var usd *decimal.Decimal
		if j.Value != nil {
			worth := j.Value.USD()
			usd = &worth
		}
		return []any{
			unix(t.Time), networkName(t.ChainID), t.Block, t.BlockHash.Hex(), hashText(t.Tx), placeText(t), t.Kind, from, to, t.Asset, meta.Symbol,
			wholeUnits(t.Units.ToBig(), meta), decimal.NewFromBigInt(t.Units.ToBig(), 0), usd, j.Class.String(), j.Basis.String(), j.Why, t.Proof,
		}
	})
	return s
}

func excludedSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "excluded", Columns: []string{"class", "time", "chain", "block", "tx", "asset_id", "symbol", "quantity", "usd", "basis", "why"}}
	s.large = rowsIn(c.Statement.Excluded(), func(e loss.Excluded) []any {
		return []any{
			e.Class.String(), e.Time, chainName(e.Asset), e.Ref.Block, hashText(e.Ref.Tx), e.Asset, e.Meta.Symbol, whole(e.Amount, e.Meta), e.USD,
			e.Basis.String(), e.Why,
		}
	})
	return s
}

func unreportedSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "unreported", Columns: []string{"chain", "asset_id", "symbol", "quantity", "usd", "why"}}
	for _, u := range c.Result.Unreported {
		s.add(chainName(u.Loss.Asset), u.Loss.Asset, u.Loss.Meta.Symbol, whole(u.Loss.Gross, u.Loss.Meta), u.Loss.GrossUSD, u.Why)
	}
	return s
}

func partiesSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "parties", Columns: []string{"part", "address", "chain", "basis", "why"}}
	for _, p := range c.Attackers {
		s.add("attacker", chain.Hex(p.Account.Address), networkName(p.Account.ChainID), p.Basis.String(), p.Why)
	}
	for _, p := range c.Statement.Victims {
		s.add("victim", chain.Hex(p.Account.Address), networkName(p.Account.ChainID), p.Basis.String(), p.Why)
	}
	return s
}

func chainsSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "chains", Columns: []string{
		"chain", "chain_id", "status", "detail", "from_block", "to_block", "to_block_hash", "to_time", "finalized", "endpoint", "client", "window",
	}}
	for _, x := range c.Scopes {
		d := chainDocument(x)
		number := func(n *uint64) *decimal.Decimal {
			if n == nil {
				return nil
			}
			v := decimal.NewFromUint64(*n)
			return &v
		}
		final := ""
		if x.Finalized != nil {
			final = strconv.FormatBool(*x.Finalized)
		}
		s.add(x.Chain, number(d.ChainID), string(x.Status), x.Detail, number(d.FromBlock), number(d.ToBlock), d.ToBlockHash, d.ToTime, final,
			x.Endpoint, x.Client, x.WindowWhy)
	}
	return s
}

func coverageSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "coverage", Columns: []string{"chain", "address", "asset", "method", "from_block", "to_block", "complete", "note"}}
	for _, v := range c.Coverage {
		s.add(networkName(v.ChainID), chain.Hex(v.Address), string(v.Scope), string(v.Method), v.Window.From, v.Window.To, v.Complete, v.Note)
	}
	return s
}

func closureSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "closure", Columns: []string{
		"chain", "address", "asset_id", "symbol", "opening", "in", "out", "fees", "closing", "witness", "residual", "witness_proof", "note",
	}}
	for _, x := range c.Closure {
		meta := c.Meta(x.Asset)
		var witness, residual *decimal.Decimal
		if r, ok := x.Residual(); ok {
			w, r := whole(*x.Witness, meta), whole(r, meta)
			witness, residual = &w, &r
		}
		s.add(networkName(x.ChainID), chain.Hex(x.Address), x.Asset, meta.Symbol, whole(x.Opening, meta), whole(x.In, meta), whole(x.Out, meta),
			whole(x.Fees, meta), whole(x.Closing, meta), witness, residual, x.Proof, x.Note)
	}
	return s
}

func timelineSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "timeline", Columns: []string{"time", "precision", "source", "line", "event", "tx"}}
	for _, e := range c.Incident.Timeline {
		s.add(e.Time, string(e.Precision), "write-up", e.Pos.Line, e.Text, "")
	}
	moved := func(yield func(*loss.Judgement) bool) {
		for i := range c.Statement.Judgements {
			j := &c.Statement.Judgements[i]
			if (j.Class == loss.Theft || j.Class == loss.Return) && !j.PaidIn() && !yield(j) {
				return
			}
		}
	}
	s.large = rowsIn(moved, func(j *loss.Judgement) []any {
		t := j.Transfer
		return []any{unix(t.Time), "second", networkName(t.ChainID), (*decimal.Decimal)(nil), j.Class.String() + " of " + symbol(t.Asset, c.Meta(t.Asset)), hashText(t.Tx)}
	})
	return s
}

func problemsSheet(c *trace.Case) Sheet {
	s := Sheet{Name: "problems", Columns: []string{"line", "column", "severity", "code", "message", "hint"}}
	for _, p := range c.Incident.Problems {
		s.add(p.Pos.Line, p.Pos.Column, p.Severity, p.Code, p.Message, p.Hint)
	}
	return s
}
