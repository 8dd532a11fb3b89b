package report

import (
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"
	"time"

	"losstracer/chain"
	"losstracer/trace/flow"
)

// flowFormats are the forms of a followed flow.
var flowFormats = []struct {
	name  string
	write func(io.Writer, *flow.Result, int) error
}{
	{"text", flowText}, {"markdown", flowMarkdown}, {"html", flowHTML}, {"json", flowJSON}, {"csv", flowCSV}, {"svg", flowSVG}, {"dot", flowDOT}, {"graphml", flowGraphML},
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
	return writeFlow(w, r, nil)
}

// writeFlow writes a flow as a document of its own, with the paths that were
// asked for.
func writeFlow(w io.Writer, r *flow.Result, ways *flow.Ways) error {
	d := flowDocument(r)
	d.Schema = FlowSchema
	if ways != nil {
		d.Ways = waysDocument(r, ways)
	}
	return writeLine(w, d)
}

func flowText(w io.Writer, r *flow.Result, width int) error {
	return composeFlow(r).writeText(w, width)
}

func flowMarkdown(w io.Writer, r *flow.Result, _ int) error { return composeFlow(r).writeMarkdown(w) }

func flowHTML(w io.Writer, r *flow.Result, _ int) error { return composeFlow(r).writeHTML(w) }

// composeFlow puts a flow that stands alone into words and tables.
func composeFlow(r *flow.Result) page {
	sections := append(flowSections(r), flowReference(r)...)
	// The page itself says already what it is about.
	sections[0].Heading, sections[0].Text = "Who paid whom", nil
	p := page{Title: "Where the funds went", Notices: slices.Clone(r.Warnings), Lead: flowLead(r), Sections: filled(sections)}
	if r.Backward {
		p.Title = "What funded it"
	}
	return p.clean()
}

func flowLead(r *flow.Result) []string {
	policy := r.Policy.String()
	if name := r.Policy.LegalName(); name != "" {
		policy += ", " + name
	}
	if r.Policy == flow.All {
		policy += fmt.Sprintf(": what is shown is by %s, and each end says what the others give", flow.Policies()[0])
	}
	counts := "Amounts followed: %d. Ends reached: %d. Accounts that still hold something: %d. Accounts that were not looked at: %d."
	if r.Backward {
		counts = "Amounts traced back: %d. Ends reached: %d. Accounts of which it is not known where they had it: %d. Accounts that were not looked at: %d."
	}
	return []string{"Policy: " + policy + ".", fmt.Sprintf(counts, len(r.Sources), len(r.Terminals), len(r.Held), len(r.Unresolved))}
}

// flowSections puts what a flow found into tables, flowReference what it rests
// on.
func flowSections(r *flow.Result) []section {
	return []section{pictureSection(r), terminalSection(r), mixedSection(r), heldSection(r), unresolvedSection(r), likelySection(r), cutSection(r), conservationSection(r)}
}

func flowReference(r *flow.Result) []section {
	return []section{depositSection(r), edgeSection(r), conversionSection(r), assumptionSection(r)}
}

func sumText(r *flow.Result, s flow.Sum) string {
	q, ok := r.Quantity(s.Asset, s.Units)
	if !ok {
		return chain.GroupThousands(s.Units.String()) + " base units"
	}
	return quantity(q)
}

func assetText(r *flow.Result, s flow.Sum) string { return assetName(r, s.Asset) }

func assetName(r *flow.Result, asset chain.AssetID) string {
	meta, _ := r.Meta(asset)
	return symbol(asset, meta)
}

func accountText(a flow.Account) string { return chain.Hex(a.Address) }

func flowSpan(a flow.Account) span { return accountSpan(a.ChainID, a.Address) }

// pictureSection shows the whole: drawn where that is possible, and as a tree.
func pictureSection(r *flow.Result) section {
	s := section{ID: "flow", Heading: "Where the funds went", Tree: flowTree(r), Draw: func() *picture { return drawFlow(r) }}
	if r.Backward {
		s.Heading = "What funded it"
	}
	for _, line := range flowLead(r) {
		s.Text = append(s.Text, say(line))
	}
	return s
}

func terminalSection(r *flow.Result) section {
	t := &table{Columns: []column{
		{Name: "end"}, {Name: "address", Hex: true}, {Name: "chain"}, {Name: "quantity", Number: true}, {Name: "asset"},
		{Name: "in dollars", Number: true}, {Name: "why", Wide: true},
	}}
	for _, x := range r.Terminals {
		t.add(endName(x.Kind.String()), flowSpan(x.Account), networkName(x.Account.ChainID), sumText(r, x.Sum), assetText(r, x.Sum), optionalMoney(x.USD),
			terminalWhy(r, &x))
	}
	heading := "Where it ended"
	if r.Backward {
		heading = "Where it came from"
	}
	return section{ID: "terminals", Heading: heading, Table: t}
}

// terminalWhy says on what an end rests, what else is said of its address, and
// what was told there.
func terminalWhy(r *flow.Result, x *flow.Terminal) words {
	why := strings.TrimSuffix(x.Why, "; ")
	switch {
	case x.Tag == nil:
	case x.Basis == chain.Attributed:
		why += fmt.Sprintf(", confidence %d", x.Tag.Confidence)
	default:
		why += fmt.Sprintf("; %s is said to be it by %s, confidence %d", chain.Printable(x.Tag.Label, 60), chain.Printable(x.Tag.Source, 200), x.Tag.Confidence)
	}
	w := say(why+" ", basisSpan(x.Basis))
	for i := range x.Tags {
		if t := &x.Tags[i]; x.Tag == nil || *t != *x.Tag {
			w = say(w, fmt.Sprintf("; also tagged %s as %s by %s, confidence %d ", chain.Printable(t.Label, 60), t.Category, chain.Printable(t.Source, 200), t.Confidence),
				basisSpan(chain.Attributed))
		}
	}
	for i := range x.Listings {
		w = say(w, listingText(r, x, &x.Listings[i]))
	}
	if len(x.Via) > 0 {
		w = say(w, "; by way of ", flowSpan(x.Via[0]))
		if more := len(x.Via) - 1; more > 0 {
			w = say(w, fmt.Sprintf(" and %d more", more))
		}
		w = say(w, ", forwarding whatever comes as a deposit address does ", basisSpan(chain.Heuristic))
	}
	w = say(w, policiesText(r, x))
	for _, c := range x.Onward {
		goes := "where the trace does not go on"
		if c.Followed != nil {
			goes = "where the trace goes on"
		}
		if c.Why != "" {
			goes += " (" + c.Why + ")"
		}
		w = say(w, fmt.Sprintf("; over %s to %s on %s, %s ", c.Bridge, chain.Printable(c.Recipient, 120), c.Chain, goes), basisSpan(c.Basis))
	}
	return w
}

// policiesText says what each policy finds, in one word where all find the same.
func policiesText(r *flow.Result, x *flow.Terminal) string {
	differs := func(p flow.PolicyAmount) bool { return p.Units.Cmp(x.ByPolicy[0].Units) != 0 }
	if len(x.ByPolicy) > 0 && !slices.ContainsFunc(x.ByPolicy, differs) {
		return "; the same under every policy"
	}
	text := ""
	for _, p := range x.ByPolicy {
		text += fmt.Sprintf("; %s: %s", p.Policy, sumText(r, flow.Sum{Asset: x.Asset, Units: p.Units}))
	}
	return text
}

// listingText says what came while an address was listed; nothing where the
// days of the listing are not known.
func listingText(r *flow.Result, x *flow.Terminal, l *flow.Listing) string {
	if l.Tag.From.IsZero() && l.Tag.Until.IsZero() {
		return ""
	}
	when := "from " + day(l.Tag.From)
	switch {
	case l.Tag.From.IsZero():
		when = "until " + day(l.Tag.Until)
	case !l.Tag.Until.IsZero():
		when += " until " + day(l.Tag.Until)
	}
	how := "none of it came"
	switch {
	case l.Count == len(x.Deposits) && l.Count > 0:
		how = "all of it came"
	case l.Count > 0:
		how = fmt.Sprintf("%s of it in %d of %d payments came", sumText(r, flow.Sum{Asset: x.Asset, Units: l.Units}), l.Count, len(x.Deposits))
	}
	return fmt.Sprintf("; %s while %s was listed (%s)", how, chain.Printable(l.Tag.Label, 60), when)
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// mixedSection lists every payment into a mixer, by whose amount and time those
// who look for the other end go, and every payment to a sanctioned address.
func mixedSection(r *flow.Result) section {
	t := depositTable(r, func(k flow.TerminalKind) bool { return k == flow.Mixer || k == flow.Sanctioned })
	heading := "Payments into mixers and to the sanctioned"
	if r.Backward {
		heading = "Payments out of mixers and by the sanctioned"
	}
	return section{ID: "mixed", Heading: heading, Table: t}
}

// depositSection lists the payments into other services, for those who ask the
// service.
func depositSection(r *flow.Result) section {
	t := depositTable(r, func(k flow.TerminalKind) bool { return k == flow.Exchange || k == flow.Bridge })
	heading := "Payments into services"
	if r.Backward {
		heading = "Payments out of services"
	}
	return section{ID: "deposits", Heading: heading, Table: t, Reference: true}
}

func depositTable(r *flow.Result, which func(flow.TerminalKind) bool) *table {
	into, from := "into", "from"
	if r.Backward {
		into, from = "out of", "to"
	}
	t := &table{Columns: []column{
		{Name: "time"}, {Name: into}, {Name: "address", Hex: true}, {Name: from, Hex: true}, {Name: "quantity", Number: true}, {Name: "asset"}, {Name: "tx", Hex: true},
	}}
	for i := range r.Terminals {
		x := &r.Terminals[i]
		if !which(x.Kind) {
			continue
		}
		service := x.Kind.String()
		if x.Tag != nil {
			service = chain.Printable(x.Tag.Label, 60)
		}
		for _, d := range x.Deposits {
			t.add(moment(d.Time), service, flowSpan(x.Account), flowSpan(d.From), sumText(r, flow.Sum{Asset: x.Asset, Units: d.Units}), assetText(r, x.Sum),
				txSpan(x.Account.ChainID, d.Tx))
		}
	}
	return t
}

// heldSection lists where the trace found nothing further: backward that is no
// holder, but whoever paid and is paid by nobody that is known.
func heldSection(r *flow.Result) section {
	heading, when := "Still held", "since"
	if r.Backward {
		heading, when = "Where it began, as far as is known", "paid"
	}
	t := &table{Columns: []column{
		{Name: "address", Hex: true}, {Name: "chain"}, {Name: "quantity", Number: true}, {Name: "asset"}, {Name: "in dollars", Number: true}, {Name: when},
	}}
	tagged := slices.ContainsFunc(r.Held, func(x flow.Held) bool { return len(r.Said(x.Account)) > 0 })
	if tagged {
		t.Columns = append(t.Columns, column{Name: "tags", Wide: true})
	}
	for _, x := range r.Held {
		cells := []any{flowSpan(x.Account), networkName(x.Account.ChainID), sumText(r, x.Sum), assetText(r, x.Sum), optionalMoney(x.USD), moment(x.LastTime)}
		if tagged {
			cells = append(cells, tagWords(r.Said(x.Account)))
		}
		t.add(cells...)
	}
	return section{ID: "held", Heading: heading, Table: t, Text: freezeWords(r)}
}

// freezeWords says of which tokens that rest somewhere the issuer told whether he
// had frozen them.
func freezeWords(r *flow.Result) []words {
	names := func(assets []chain.AssetID) string {
		const most = 12
		var list []string
		for _, a := range assets[:min(len(assets), most)] {
			list = append(list, assetName(r, a)+" on "+networkName(a.ChainID()))
		}
		if more := len(assets) - most; more > 0 {
			list = append(list, fmt.Sprintf("%d more", more))
		}
		return strings.Join(list, ", ")
	}
	var all []words
	if len(r.FreezeAsked) > 0 {
		all = append(all, sayf("Asked at the end of the window, whether the issuer had frozen the holder: of %s.", names(r.FreezeAsked)))
	}
	if len(r.FreezeUnasked) > 0 {
		all = append(all, sayf("Not asked, for want of an endpoint or because the token is not known to answer it, or asked in vain, whether the issuer had frozen the holder: of %s.", names(r.FreezeUnasked)))
	}
	return all
}

// tagWords says what is said of an address, and by whom.
func tagWords(tags []flow.Tag) words {
	w := say("nothing is said of it")
	for i := range tags {
		before := say("said to be ")
		if i > 0 {
			before = say(w, "; ")
		}
		w = say(before, tagText(&tags[i])+" ", basisSpan(chain.Attributed))
	}
	return w
}

func tagText(t *flow.Tag) string {
	return fmt.Sprintf("%s, %s, by %s, confidence %d", chain.Printable(t.Label, 60), t.Category, chain.Printable(t.Source, 200), t.Confidence)
}

func unresolvedSection(r *flow.Result) section {
	t := &table{Columns: []column{
		{Name: "address", Hex: true}, {Name: "chain"}, {Name: "quantity", Number: true}, {Name: "asset"}, {Name: "in dollars", Number: true}, {Name: "why", Wide: true},
	}}
	for _, x := range r.Unresolved {
		t.add(flowSpan(x.Account), networkName(x.Account.ChainID), sumText(r, x.Sum), assetText(r, x.Sum), optionalMoney(x.USD), x.Why)
	}
	return section{ID: "unresolved", Heading: "Where the trace stops short", Table: t}
}

// shownLikely is how many likely services a page lists.
const shownLikely = 30

// likelySection lists accounts through which the trace went that may be services.
func likelySection(r *flow.Result) section {
	s := section{ID: "likely", Heading: "May be services"}
	t := &table{Columns: []column{
		{Name: "address", Hex: true}, {Name: "chain"}, {Name: "went through it", Number: true}, {Name: "in dollars", Number: true}, {Name: "why", Wide: true},
	}}
	for i := range r.Likely {
		if i == shownLikely {
			break
		}
		l := &r.Likely[i]
		var sums []string
		for _, x := range l.Passed {
			sums = append(sums, sumText(r, x)+" "+assetText(r, x))
		}
		t.add(flowSpan(l.Account), networkName(l.Account.ChainID), strings.Join(sums, "\n"), optionalMoney(l.USD), say(l.Why+" ", basisSpan(l.Basis)))
	}
	s.Table = t
	if len(r.Likely) > 0 {
		s.Text = append(s.Text, say("The trace went on behind these accounts as behind any owner. They have less traffic than makes a hub, but most of what they got was other people's: "+
			"what was found behind them may be other people's money. A tag in a file for --labels, or lower --hub-senders and --hub-recipients, makes them ends."))
	}
	if more := len(r.Likely) - shownLikely; more > 0 {
		s.Text = append(s.Text, sayf("%d more are in the JSON form.", more))
	}
	return s
}

func cutSection(r *flow.Result) section {
	s := section{ID: "cuts", Heading: "Limits, and what they cut off"}
	for _, c := range r.Cuts {
		what := "nothing"
		if len(c.Amounts) > 0 {
			what = money(c.USD)
			if c.Unpriced {
				what += " and what has no price"
			}
		}
		s.Items = append(s.Items, sayf("%s %s: cut off %s", c.Limit, c.Setting, what))
	}
	return s
}

func conversionSection(r *flow.Result) section {
	t := &table{Columns: []column{
		{Name: "time"}, {Name: "address", Hex: true}, {Name: "gave", Number: true}, {Name: "got", Number: true}, {Name: "tx", Hex: true}, {Name: "basis", Wide: true},
	}}
	parts := func(list []flow.Part) string {
		var lines []string
		for _, p := range list {
			lines = append(lines, sumText(r, p.Sum)+" "+assetText(r, p.Sum))
		}
		return strings.Join(lines, "\n")
	}
	for _, c := range r.Conversions {
		basis := say(marked(c.Basis.String()))
		if c.Note != "" {
			basis = say(basis, ": "+c.Note)
		}
		t.add(moment(c.Time), flowSpan(c.Account), parts(c.Out), parts(c.In), txSpan(c.Account.ChainID, c.Tx), basis)
	}
	return section{ID: "conversions", Heading: "Exchanged on the way", Table: t, Reference: true}
}

func converted(in, out string) string {
	if in == "0" && out == "0" {
		return "0"
	}
	return "+" + in + "\n−" + out
}

func conservationSection(r *flow.Result) section {
	held := "held"
	if r.Backward {
		held = "begun"
	}
	t := &table{Columns: []column{
		{Name: "asset"}, {Name: "followed", Number: true}, {Name: "ended", Number: true}, {Name: held, Number: true}, {Name: "fees", Number: true},
		{Name: "converted", Number: true}, {Name: "open", Number: true}, {Name: "difference", Number: true},
	}}
	for _, b := range r.Balances {
		of := func(units *big.Int) string { return sumText(r, flow.Sum{Asset: b.Asset, Units: units}) }
		t.add(assetName(r, b.Asset), of(b.Sources), of(b.Terminals), of(b.Held), of(b.Fees),
			converted(of(b.ConvertedIn), of(b.ConvertedOut)), of(b.Unresolved), b.Difference().String())
	}
	return section{ID: "conservation", Heading: "Nothing lost, nothing made", Table: t}
}

func assumptionSection(r *flow.Result) section {
	s := section{ID: "openings", Heading: "Opening balances that had to be assumed", Reference: true}
	what := " had %s %s of its own before the first transfer that is known"
	if r.Backward {
		s.Heading, what = "What had to be assumed to be left at the end", " kept %s %s after the last transfer that is known"
	}
	for _, o := range r.Openings {
		s.Items = append(s.Items, say(flowSpan(o.Account), fmt.Sprintf(what, sumText(r, o.Sum), assetText(r, o.Sum))))
	}
	return s
}

// mostEdges is how many edges a page lists. All of them are in the tables for
// programs.
const mostEdges = 1000

func edgeSection(r *flow.Result) section {
	t := &table{Columns: []column{
		{Name: "first"}, {Name: "last"}, {Name: "payments", Number: true}, {Name: "from", Hex: true}, {Name: "to", Hex: true},
		{Name: "quantity", Number: true}, {Name: "asset"}, {Name: "in dollars", Number: true}, {Name: "chain"},
	}}
	s := section{ID: "edges", Heading: "Every way that funds took", Table: t, Reference: true}
	if n := r.EdgeCount(); n > mostEdges {
		s.Text = append(s.Text, sayf("The first %d of %d; the CSV and JSON forms have all.", mostEdges, n))
	}
	for e := range r.EachEdge() {
		if len(t.Rows) == mostEdges {
			break
		}
		asset := assetText(r, e.Sum)
		if !e.ConvertedFrom.IsZero() {
			asset += "\nfor " + assetName(r, e.ConvertedFrom)
		}
		if !e.ConvertedTo.IsZero() {
			asset += "\nbecame " + assetName(r, e.ConvertedTo)
		}
		t.add(e.FirstTime.UTC().Format("2006-01-02 15:04:05"), e.LastTime.UTC().Format("2006-01-02 15:04:05"), e.Count, flowSpan(e.From), flowSpan(e.To),
			sumText(r, e.Sum), asset, optionalMoney(e.USD), networkName(e.From.ChainID))
	}
	return s
}

// flowCSV writes the edges, a row each.
func flowCSV(w io.Writer, r *flow.Result, _ int) error { return edgeSheet(r).WriteCSV(w) }
