package incident

import (
	"slices"
	"sort"
	"strings"
)

// column says what a column of a table of losses holds.
type column uint8

const (
	otherColumn column = iota
	assetColumn
	quantityColumn
	valueColumn // dollars, with or without their sign
	networkColumn
	projectColumn
	backColumn  // what came back
	asideColumn // what is left, a price, today's value
)

// columnWords are looked for in a heading from top to bottom: "Amount (USD)"
// holds values, "Token amount" quantities.
var columnWords = []struct {
	words map[string]bool
	column
}{
	{words("usd $ value worth dollar dollars equivalent us$"), valueColumn},
	{words("amount amounts quantity quantities number units count balance"), quantityColumn},
	{words("asset assets token tokens coin coins currency cryptocurrency symbol ticker crypto vault pair market"), assetColumn},
	{words("chain chains network networks blockchain"), networkColumn},
	{words("project projects protocol protocols platform exchange victim pool company entity"), projectColumn},
	{words("loss losses lost stolen drained taken siphoned withdrawn missing gone"), quantityColumn},
}

// maxRow bounds the rows whose cells are looked at, in tokens.
const maxRow = 400

// cells splits the row of a table; none where it is longer than any that a
// person writes.
func cells(l *line) [][]token {
	var all [][]token
	toks := l.tokens()
	if len(toks) > maxRow {
		return nil
	}
	start := 0
	for i, t := range toks {
		if t.text == "|" {
			all = append(all, toks[start:i])
			start = i + 1
		}
	}
	return all
}

func columnOf(heading []token) column {
	found := otherColumn
	for _, c := range columnWords {
		for _, t := range heading {
			if found == otherColumn && c.words[t.lower] {
				found = c.column
			}
		}
	}
	if len(heading) == 0 || found == assetColumn || found == networkColumn || found == projectColumn {
		return found
	}
	switch kindOfLabel(classText(heading, 0, len(heading)-1)) {
	case backLine:
		return backColumn
	case restLine, sizeLine:
		return asideColumn
	}
	return found
}

// netLoss reports whether a heading is of the loss after what came back.
func netLoss(heading []token) bool {
	return len(heading) == 1 && heading[0].is("net") || len(heading) > 1 && slices.ContainsFunc(heading, func(t token) bool { return t.is("net") }) && lossBetween(heading, 0, len(heading))
}

// ofToday reports whether a heading is of the worth at the time of writing.
func ofToday(heading []token) bool {
	return slices.ContainsFunc(heading, func(t token) bool { return t.is("today", "now", "current", "currently") })
}

// headings reads the first row of a table. Of several columns of values those
// of today's worth are set aside; that of the net loss serves where it is alone.
func headings(row [][]token) []column {
	columns, values := []column{}, 0
	for _, heading := range row {
		c := columnOf(heading)
		columns = append(columns, c)
		values += b2i((c == valueColumn || c == quantityColumn) && !ofToday(heading))
	}
	for i, heading := range row {
		if columns[i] != assetColumn && ofToday(heading) && values > 0 {
			columns[i] = asideColumn
		} else if columns[i] == asideColumn && values == 0 && netLoss(heading) {
			columns[i] = quantityColumn
		}
	}
	return columns
}

// lossRow reads the row of a table. Its first row says what the columns hold;
// where it does not, rows are read as lines.
func (r *claimReader) lossRow(l *line) {
	row := cells(l)
	if l.index == 0 || r.lines[l.index-1].kind != tableLine {
		r.columns = headings(row)
		r.named = assetHeadings(row, r.columns)
		r.tellAside(l, row)
		return
	}
	if !r.readRow(l, row) {
		r.lossItem(l)
	}
}

// assetHeadings returns the assets that headings are and makes their columns
// such of quantities: "Wallet | ETH | USDC".
func assetHeadings(row [][]token, columns []column) []string {
	named, some := make([]string, len(row)), false
	for i, heading := range row {
		if columns[i] == assetColumn && !slices.ContainsFunc(heading, func(t token) bool { return t.is("market", "pair", "vault") }) {
			return make([]string, len(row))
		}
		if name, next, ok := assetAt(heading, 0); ok && next == len(heading) && columns[i] == otherColumn && i > 0 {
			named[i], some = name, true
		}
	}
	for i := range columns {
		switch {
		case named[i] != "":
			columns[i] = quantityColumn
		case some && columns[i] == assetColumn:
			columns[i] = otherColumn // "Market | FOO": the market is no asset
		}
	}
	return named
}

// namedRow makes a claim for each quantity of a row whose column is headed by
// its asset. A value is of the one where there is one.
func (r *claimReader) namedRow(l *line, row [][]token, c Claim, value *amount) bool {
	var found []statement
	for i, cell := range row {
		if i >= len(r.named) || r.named[i] == "" {
			continue
		}
		if all := amounts(cell, r.inLosses); len(all) == 1 && !all[0].percent && !all[0].Value.IsZero() {
			first := indexOf(l.tokens(), cell[0])
			s := statement{asset: r.named[i], first: first, last: first + len(cell) - 1}
			if s.quantity = &all[0]; all[0].currency != "" {
				s.quantity, s.money = nil, &all[0]
			}
			found = append(found, s)
		}
	}
	if len(found) == 1 && found[0].money == nil && value != nil {
		found[0].money = value
	}
	for _, s := range found {
		out := r.claim(ClaimAsset, l, s)
		if out.Project = c.Project; out.Chain == "" {
			out.Chain = c.Chain
		}
		r.besidePart(l)
		r.add(out)
	}
	return len(found) > 0
}

// tellAside tells once for all rows which columns are not compared. Nobody
// takes a price for a loss.
func (r *claimReader) tellAside(l *line, row [][]token) {
	for i, c := range r.columns {
		if c == asideColumn && !slices.ContainsFunc(row[i], func(t token) bool { return t.is("price", "prices", "rate") }) {
			first := indexOf(l.tokens(), row[i][0])
			r.notTotal(l, statement{first: first, last: first + len(row[i]) - 1}, "a column of something else than what was lost")
		}
	}
}

// besideLoss reports whether a figure of a row that is read as a line stands in
// a column that is set aside, or of what came back.
func (r *claimReader) besideLoss(l *line, s statement) bool {
	if l.kind != tableLine {
		return false
	}
	column := 0
	for _, t := range l.tokens()[:s.first] {
		column += b2i(t.text == "|")
	}
	return column < len(r.columns) && (r.columns[column] == asideColumn || r.columns[column] == backColumn)
}

// indexOf returns the place of a token in its line.
func indexOf(toks []token, t token) int {
	return sort.Search(len(toks), func(i int) bool { return toks[i].start >= t.start })
}

// readRow reads a row by its headings, and reports whether they say enough.
func (r *claimReader) readRow(l *line, row [][]token) bool {
	if r.severalAssets(row) {
		return false
	}
	var c Claim
	var s statement
	c.Chain, c.Project = r.scope(l)
	labels := []string{heading(row, r.columns)}
	for i, cell := range row {
		if i < len(r.columns) && len(cell) > 0 {
			if r.columns[i] == assetColumn || r.columns[i] == projectColumn {
				labels = append(labels, classText(cell, 0, len(cell)-1))
			}
			r.readCell(r.columns[i], cell, &c, &s)
		}
	}
	s.first, s.last = 0, len(l.tokens())-1
	r.besideValue(l, row, c)
	if s.quantity == nil && s.money == nil {
		return false
	}
	if r.belowReturned(l) {
		s.asset = c.Asset
		return r.byKind(backLine, l, s)
	}
	for _, label := range labels {
		switch kind := kindOfLabel(label); {
		case r.byKind(kind, l, s):
			return true
		case kind == wholeLine, strings.HasPrefix(strings.ToLower(label), "total"):
			return r.wholeRow(l, s)
		}
	}
	if c.Asset == "" && r.namedRow(l, row, c, s.money) {
		return true
	}
	return r.partRow(l, c, s, labels[0])
}

// partRow makes a claim of a row that is a part of the loss.
func (r *claimReader) partRow(l *line, c Claim, s statement, label string) bool {
	switch {
	case c.Asset != "" || c.Project != "" && s.quantity == nil:
	case s.quantity != nil:
		return false
	case c.Chain == "" && r.valued(l):
		return false
	case c.Chain == "":
		s.label = label
		r.part(l, s, nil, "", "")
		return true
	}
	out := r.claim(ClaimAsset, l, s)
	if out.Asset, out.Project = c.Asset, c.Project; out.Chain == "" {
		out.Chain = c.Chain
	}
	if out.Asset == "" && out.Project == "" {
		out.Kind = ClaimChain
	}
	r.besidePart(l)
	r.add(out)
	return true
}

// wholeRow reads the sum of a table; what it gives without money is of no
// asset that is known.
func (r *claimReader) wholeRow(l *line, s statement) bool {
	if s.money == nil {
		return false
	}
	r.add(r.total(l, s))
	return true
}

// valued reports whether a line names the money that it is in.
func (r *claimReader) valued(l *line) bool {
	return slices.ContainsFunc(amounts(l.tokens(), r.inLosses), func(a amount) bool { return a.currency != "" })
}

// besideValue reads the columns of what came back, and notes what stands in
// those that are set aside and in second columns of values.
func (r *claimReader) besideValue(l *line, row [][]token, c Claim) {
	back, values, at := statement{asset: c.Asset, last: len(l.tokens()) - 1}, 0, r.at(l, 0).Line
	for i, cell := range row {
		all := amounts(cell, r.inLosses)
		if i >= len(r.columns) || len(all) == 0 || all[0].percent || all[0].Value.IsZero() {
			continue
		}
		switch a := &all[0]; r.columns[i] {
		case asideColumn:
			r.shown(at, &a.Figure)
		case backColumn:
			back.take(cell, a)
		case valueColumn:
			if values++; values > 1 && a.currency == "" {
				first := indexOf(l.tokens(), cell[0])
				r.notTotal(l, statement{money: a, first: first + a.first, last: first + a.last}, "another value of the same row")
			}
		}
	}
	if back.quantity == nil && back.money == nil {
		return
	}
	out := r.claim(ClaimRecovered, l, back)
	out.Chain = c.Chain
	r.add(out)
}

// take adds to a row what a cell of a column of what came back holds: without
// an asset, dollars.
func (s *statement) take(cell []token, a *amount) {
	name, _, ok := assetAfter(cell, a.last+1)
	switch {
	case a.currency == "" && (ok || s.asset != "") && s.quantity == nil:
		if s.quantity = a; ok {
			s.asset = name
		}
	case s.money == nil:
		if a.currency == "" {
			a.currency = "USD"
		}
		s.money = a
	}
}

// severalAssets reports whether a row gives quantities of assets in several
// cells whose headings are of assets: "55,820 SOL | 754,133 USDC".
func (r *claimReader) severalAssets(row [][]token) bool {
	n := 0
	for i, cell := range row {
		if i < len(r.columns) && r.columns[i] == assetColumn && len(amounts(cell, r.inLosses)) > 0 {
			n++
		}
	}
	return n > 1
}

// ofPair reports whether a cell names the pair of a pool: "SOL / USDC".
func ofPair(cell []token) bool {
	_, next, ok := assetAt(cell, 0)
	if !ok || next+1 >= len(cell) || !cell[next].is("/", "-") {
		return false
	}
	_, end, ok := assetAt(cell, next+1)
	return ok && end == len(cell)
}

// heading returns the words of the first cell of a row whose column has no
// heading of its own.
func heading(row [][]token, columns []column) string {
	for i, cell := range row {
		if len(cell) > 0 {
			if i < len(columns) && columns[i] != otherColumn {
				return ""
			}
			return classText(cell, 0, len(cell)-1)
		}
	}
	return ""
}

// readCell takes what a cell holds by the heading of its column.
func (r *claimReader) readCell(col column, cell []token, c *Claim, s *statement) {
	all := amounts(cell, r.inLosses)
	switch {
	case col == assetColumn && c.Asset == "":
		if len(all) == 1 && all[0].currency == "" && !all[0].percent && s.quantity == nil {
			if name, next, ok := assetAfter(cell, all[0].last+1); ok && next == len(cell) {
				c.Asset, s.quantity = name, &all[0] // "18.4 BTC" below "Asset"
				return
			}
		}
		name, next, ok := assetAfter(cell, 0)
		if !ok || next < len(cell) {
			name = classText(cell, 0, len(cell)-1)
		}
		c.Asset = name
	case col == networkColumn:
		c.Chain = isNetwork(cell)
	case col == projectColumn:
		if _, next, pair := assetAt(cell, 0); !(pair && next == len(cell) && strings.ContainsAny(cell[0].text, "-_")) && !ofPair(cell) {
			c.Project = classText(cell, 0, len(cell)-1)
		}
	case len(all) == 0:
	case col == valueColumn || col == quantityColumn && all[0].currency != "":
		if s.money == nil {
			if all[0].currency == "" {
				all[0].currency = "USD"
			}
			s.money = &all[0]
		}
	case col == quantityColumn:
		if name, _, ok := assetAfter(cell, all[0].last+1); ok && c.Asset == "" {
			c.Asset = name
		}
		if s.quantity = &all[0]; len(all) > 1 && all[1].currency != "" && s.money == nil {
			s.money = &all[1]
		}
	}
}
