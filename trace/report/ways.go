package report

import (
	"bytes"
	"fmt"
	"io"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/trace/flow"
)

// How many paths to an account a person is shown, and a program.
const (
	mostWays    = 20
	mostWayRows = 1000
)

// WayFormats lists the forms that [FlowWays] can write, separated by bars.
const WayFormats = "text|json|csv"

// FlowWays writes the paths along which funds came to an address, in a form of
// [WayFormats]: as text the paths alone, as JSON the flow with them, as CSV a row
// for each step.
func FlowWays(w io.Writer, r *flow.Result, to common.Address, format string, width int) error {
	var err error
	switch format {
	case "text":
		err = waysText(w, r, to, width)
	case "json":
		ways := r.WaysTo(to, mostWayRows)
		err = writeFlow(w, r, &ways)
	case "csv":
		ways := r.WaysTo(to, mostWayRows)
		err = waySheet(r, &ways).WriteCSV(w)
	default:
		return fmt.Errorf("unknown format %q of paths: want %s", format, WayFormats)
	}
	if err != nil {
		return fmt.Errorf("write the paths: %w", err)
	}
	return nil
}

func waysText(w io.Writer, r *flow.Result, to common.Address, width int) error {
	if width <= 0 {
		width = DefaultWidth
	}
	ways := r.WaysTo(to, mostWays)
	var b bytes.Buffer
	for i := range ways.Paths {
		p := &ways.Paths[i]
		from := ""
		if p.Crossed {
			from = ", out of a bridge,"
		}
		paragraph(&b, "", fmt.Sprintf("%s %s (%s) came%s to %s by", sumText(r, p.Sum), assetText(r, p.Sum), optionalMoney(p.USD), from, accountText(p.Account(r.Backward))), width)
		for _, s := range p.Steps {
			how := "paid"
			if s.Converted {
				how = "exchanged for"
			}
			paragraph(&b, "  ", fmt.Sprintf("%s %s → %s: %s %s %s in %s", moment(s.Time), accountText(s.From), accountText(s.To), how,
				sumText(r, s.Part), assetText(r, s.Part), s.Tx.Hex()), width)
		}
	}
	if !ways.Complete {
		fmt.Fprintf(&b, "and more than the %d largest of an account\n", mostWays)
	}
	if len(ways.Paths) == 0 {
		fmt.Fprintf(&b, "none of the funds came to %s\n", chain.Hex(to))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// WayColumns are the columns of paths as CSV, a row for each step. Whether the
// path begins at a bridge, and whether all paths are there, is the same in each of
// its rows.
func WayColumns() []string {
	return []string{
		"path", "step", "chain", "from", "to", "asset_id", "symbol", "amount", "quantity", "usd", "tx", "block", "time", "converted", "from_bridge", "complete",
	}
}

func waySheet(r *flow.Result, ways *flow.Ways) Sheet {
	s := Sheet{Name: "flow_paths", Columns: WayColumns()}
	for i := range ways.Paths {
		p := &ways.Paths[i]
		for k, step := range p.Steps {
			meta, _ := r.Meta(step.Part.Asset)
			quantity, amount := numbers(r, step.Part)
			s.add(i+1, k+1, networkName(step.From.ChainID), accountText(step.From), accountText(step.To), step.Part.Asset, meta.Symbol, amount, quantity, step.Part.USD,
				step.Tx, step.Block, step.Time, step.Converted, p.Crossed, ways.Complete)
		}
	}
	return s
}
