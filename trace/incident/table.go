package incident

import "strings"

// column says what a column of a table of losses holds.
type column uint8

const (
	otherColumn column = iota
	assetColumn
	quantityColumn
	valueColumn // dollars, with or without their sign
	networkColumn
	projectColumn
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
	{words("loss losses lost stolen"), quantityColumn},
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
	for _, c := range columnWords {
		for _, t := range heading {
			if c.words[t.lower] {
				return c.column
			}
		}
	}
	return otherColumn
}

// lossRow reads the row of a table. Its first row says what the columns hold;
// where it does not, rows are read as lines.
func (r *claimReader) lossRow(l *line) {
	row := cells(l)
	if l.index == 0 || r.lines[l.index-1].kind != tableLine {
		r.columns = r.columns[:0]
		for _, heading := range row {
			r.columns = append(r.columns, columnOf(heading))
		}
		return
	}
	if !r.readRow(l, row) {
		r.lossItem(l)
	}
}

// readRow reads a row by its headings, and reports whether they say enough.
func (r *claimReader) readRow(l *line, row [][]token) bool {
	var c Claim
	var s statement
	c.Chain, c.Project = r.scope(l)
	if r.severalAssets(row) {
		return false
	}
	for i, cell := range row {
		if i >= len(r.columns) || len(cell) == 0 {
			continue
		}
		r.readCell(r.columns[i], cell, &c, &s)
	}
	if c.Asset == "" && c.Chain == "" && c.Project == "" || s.quantity == nil && s.money == nil {
		return false
	}
	s.first, s.last = 0, len(l.tokens())-1
	switch kindOfLabel(c.Asset + c.Project + heading(row, r.columns)) {
	case backLine, restLine, sizeLine:
		return true
	case wholeLine:
		c.Asset, c.Project = "Total", ""
	}
	out := r.claim(ClaimAsset, l, s)
	out.Asset, out.Project = c.Asset, c.Project
	if out.Chain == "" {
		out.Chain = c.Chain
	}
	if strings.HasPrefix(strings.ToLower(c.Asset+c.Project), "total") {
		out.Kind, out.Asset, out.Quantity, out.Project = ClaimTotal, "", nil, ""
	} else if out.Asset == "" && out.Quantity == nil && out.Project == "" {
		out.Kind = ClaimChain
	} else if out.Asset == "" && out.Quantity != nil {
		return false
	}
	if out.Kind != ClaimTotal || out.USD != nil {
		r.add(out)
	}
	return true
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
