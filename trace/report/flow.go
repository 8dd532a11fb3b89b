package report

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"

	"github.com/ethereum/go-ethereum/common"

	"losstracer/chain"
	"losstracer/trace/flow"
)

// flowFormats are the forms of a followed flow.
var flowFormats = []struct {
	name  string
	write func(io.Writer, *flow.Result, int) error
}{
	{"text", flowText}, {"json", flowJSON}, {"csv", flowCSV}, {"dot", flowDOT}, {"graphml", flowGraphML},
}

// FlowFormats lists the forms that [Flow] can write, separated by bars.
func FlowFormats() string {
	var names []string
	for _, f := range flowFormats {
		names = append(names, f.name)
	}
	return strings.Join(names, "|")
}

// Flow writes a followed flow in a form of [FlowFormats]; width is that of the
// terminal, 0 for [DefaultWidth].
func Flow(w io.Writer, r *flow.Result, format string, width int) error {
	for _, f := range flowFormats {
		if f.name == format {
			if err := f.write(w, r, width); err != nil {
				return fmt.Errorf("write the flow: %w", err)
			}
			return nil
		}
	}
	return fmt.Errorf("unknown format %q of a flow: want %s", format, FlowFormats())
}

func flowJSON(w io.Writer, r *flow.Result, _ int) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(flow.Document{Result: r})
}

func flowText(w io.Writer, r *flow.Result, width int) error {
	if width <= 0 {
		width = DefaultWidth
	}
	direction := "Where the funds went"
	if r.Backward {
		direction = "What funded it"
	}
	policy := r.Policy.String()
	if name := r.Policy.LegalName(); name != "" {
		policy += ", " + name
	}
	p := page{title: direction, notices: r.Warnings, lead: []string{"Policy: " + policy + ".", flowLead(r)}, sections: flowSections(r)}
	var b bytes.Buffer
	p.text(&b, width)
	_, err := w.Write(b.Bytes())
	return err
}

func flowLead(r *flow.Result) string {
	return fmt.Sprintf("%d amounts followed to %d ends; %d accounts still hold something, %d could not be looked at.",
		len(r.Sources), len(r.Terminals), len(r.Held), len(r.Unresolved))
}

// flowSections puts a flow into tables.
func flowSections(r *flow.Result) []section {
	var sections []section
	for _, s := range []section{
		terminalSection(r), heldSection(r), unresolvedSection(r), cutSection(r), conservationSection(r),
	} {
		if s.table != nil && len(s.table.rows) == 0 {
			s.table = nil
		}
		if s.table != nil || len(s.items) > 0 {
			sections = append(sections, s)
		}
	}
	return sections
}

func sumText(r *flow.Result, s flow.Sum) string {
	q, ok := r.Quantity(s.Asset, s.Units)
	if !ok {
		return grouped(s.Units.String()) + " base units"
	}
	return quantity(q)
}

func assetText(r *flow.Result, s flow.Sum) string {
	meta, _ := r.Meta(s.Asset)
	return symbol(s.Asset, meta)
}

func accountText(a flow.Account) string { return chain.Hex(a.Address) }

func terminalSection(r *flow.Result) section {
	t := &table{columns: []column{
		{name: "end"}, {name: "address", hex: true}, {name: "chain"}, {name: "quantity", number: true}, {name: "asset"},
		{name: "in dollars", number: true}, {name: "why", wide: true},
	}}
	for _, x := range r.Terminals {
		why := x.Why
		if x.Tag != nil {
			why = fmt.Sprintf("%s, says %s; %s", chain.Printable(x.Tag.Label, 60), chain.Printable(x.Tag.Source, 80), why)
		}
		why = strings.TrimSuffix(why, "; ") + fmt.Sprintf(" [%s]", x.Basis)
		for _, p := range x.ByPolicy {
			why += fmt.Sprintf("; %s: %s", p.Policy, sumText(r, flow.Sum{Asset: x.Asset, Units: p.Units}))
		}
		t.add(x.Kind.String(), accountText(x.Account), networkName(x.Account.ChainID), sumText(r, x.Sum), assetText(r, x.Sum), optionalMoney(x.USD), why)
	}
	return section{heading: "Where it ended", table: t}
}

func heldSection(r *flow.Result) section {
	t := &table{columns: []column{
		{name: "address", hex: true}, {name: "chain"}, {name: "quantity", number: true}, {name: "asset"}, {name: "in dollars", number: true}, {name: "since"},
	}}
	for _, x := range r.Held {
		t.add(accountText(x.Account), networkName(x.Account.ChainID), sumText(r, x.Sum), assetText(r, x.Sum), optionalMoney(x.USD), moment(x.LastTime))
	}
	return section{heading: "Still held", table: t}
}

func unresolvedSection(r *flow.Result) section {
	t := &table{columns: []column{
		{name: "address", hex: true}, {name: "chain"}, {name: "quantity", number: true}, {name: "asset"}, {name: "in dollars", number: true}, {name: "why", wide: true},
	}}
	for _, x := range r.Unresolved {
		t.add(accountText(x.Account), networkName(x.Account.ChainID), sumText(r, x.Sum), assetText(r, x.Sum), optionalMoney(x.USD), x.Why)
	}
	return section{heading: "Where nobody could look", table: t}
}

func cutSection(r *flow.Result) section {
	s := section{heading: "Limits, and what they cut off"}
	for _, c := range r.Cuts {
		what := "nothing"
		if len(c.Amounts) > 0 {
			what = money(c.USD)
			if c.Unpriced {
				what += " and what has no price"
			}
		}
		s.items = append(s.items, fmt.Sprintf("%s %s: cut off %s", c.Limit, c.Setting, what))
	}
	return s
}

func conservationSection(r *flow.Result) section {
	t := &table{columns: []column{
		{name: "asset"}, {name: "followed", number: true}, {name: "ended", number: true}, {name: "held", number: true}, {name: "fees", number: true},
		{name: "converted", number: true}, {name: "open", number: true}, {name: "difference", number: true},
	}}
	for _, b := range r.Balances {
		of := func(units *big.Int) string { return sumText(r, flow.Sum{Asset: b.Asset, Units: units}) }
		t.add(assetText(r, flow.Sum{Asset: b.Asset}), of(b.Sources), of(b.Terminals), of(b.Held), of(b.Fees),
			"+"+of(b.ConvertedIn)+"\n−"+of(b.ConvertedOut), of(b.Unresolved), b.Difference().String())
	}
	return section{heading: "Nothing lost, nothing made", table: t}
}

// flowCSV writes the edges, a row each, amounts in base units.
func flowCSV(w io.Writer, r *flow.Result, _ int) error {
	rows := [][]string{{"chain", "from", "to", "asset_id", "symbol", "amount", "quantity", "usd", "first_block", "last_block", "count"}}
	for _, e := range r.Edges() {
		usd, whole := "", ""
		if e.USD != nil {
			usd = e.USD.String()
		}
		if q, ok := r.Quantity(e.Asset, e.Units); ok {
			whole = q.String()
		}
		rows = append(rows, []string{
			networkName(e.From.ChainID), accountText(e.From), accountText(e.To), e.Asset.String(), cell(assetText(r, e.Sum)), e.Units.String(), whole, usd,
			strconv.FormatUint(e.FirstBlock, 10), strconv.FormatUint(e.LastBlock, 10), strconv.Itoa(e.Count),
		})
	}
	return csv.NewWriter(w).WriteAll(rows)
}

// FlowPaths writes the ways along which funds came to an address.
func FlowPaths(w io.Writer, r *flow.Result, to common.Address, width int) error {
	const most = 20
	if width <= 0 {
		width = DefaultWidth
	}
	var b bytes.Buffer
	found := 0
	for _, n := range r.Nodes() {
		if n.Account.Address != to {
			continue
		}
		paths, complete := r.Paths(n.Account, most)
		for _, p := range paths {
			found++
			paragraph(&b, "", fmt.Sprintf("%s %s (%s) came to %s by", sumText(r, p.Sum), assetText(r, p.Sum), optionalMoney(p.USD), accountText(n.Account)), width)
			for _, s := range p.Steps {
				how := "paid"
				if s.Converted {
					how = "exchanged for"
				}
				paragraph(&b, "  ", fmt.Sprintf("%s %s → %s: %s %s %s in %s", moment(s.Time), accountText(s.From), accountText(s.To), how,
					sumText(r, s.Part), assetText(r, s.Part), s.Tx.Hex()), width)
			}
		}
		if !complete {
			fmt.Fprintf(&b, "and more than the %d ways above\n", most)
		}
	}
	if found == 0 {
		fmt.Fprintf(&b, "none of the funds came to %s\n", chain.Hex(to))
	}
	if _, err := w.Write(b.Bytes()); err != nil {
		return fmt.Errorf("write the flow: %w", err)
	}
	return nil
}
