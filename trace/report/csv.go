package report

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"losstracer/trace"
)

// CSV writes the transfers of a case, a row each, with what each was judged to
// be. The other tables are files of their own: see [Sheets].
func CSV(w io.Writer, c *trace.Case) error { return transfersSheet(c).WriteCSV(w) }

// WriteCSV writes the table as CSV (RFC 4180, lines ended by LF) under a
// header. Numbers have all their digits; text that a spreadsheet would take for
// a formula begins with an apostrophe.
func (s Sheet) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	// An error stays with the writer until the end.
	_ = out.Write(s.Columns)
	cells := make([]string, len(s.Columns))
	for row := range s.Rows() {
		for i, v := range row {
			if cells[i] = cell(v.Text); v.Number != nil {
				cells[i] = v.Number.String()
			}
		}
		_ = out.Write(cells)
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write table %s: %w", s.Name, err)
	}
	return nil
}

// cell makes text safe for a spreadsheet, which takes what begins with these
// characters for a formula.
func cell(s string) string {
	if strings.IndexAny(s, "=+-@\t\r＝＋－＠") == 0 {
		return "'" + s
	}
	return s
}
