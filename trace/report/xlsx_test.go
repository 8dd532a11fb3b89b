package report

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"
	"pgregory.net/rapid"
)

func open(t *testing.T, workbook []byte) *excelize.File {
	t.Helper()
	f, err := excelize.OpenReader(bytes.NewReader(workbook))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

// TestWorkbook reads a workbook again and sets it against the tables.
func TestWorkbook(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]foreign{"tame": tame, "hostile": hostile} {
		c := caseOf(t, text, story())
		var b bytes.Buffer
		if err := XLSX(&b, c); err != nil {
			t.Fatal(err)
		}
		f := open(t, b.Bytes())
		for _, s := range Sheets(c) {
			compareSheet(t, f, name, s)
		}
	}
}

func compareSheet(t *testing.T, f *excelize.File, name string, s Sheet) {
	t.Helper()
	panes, err := f.GetPanes(s.Name)
	if err != nil || !panes.Freeze || panes.YSplit != 1 {
		t.Errorf("%s, %s: the header is not frozen: %+v, %v", name, s.Name, panes, err)
	}
	rows, err := f.GetRows(s.Name, excelize.Options{RawCellValue: true})
	if err != nil || len(rows) != len(slices.Collect(s.Rows()))+1 {
		t.Fatalf("%s, %s: %d rows and a header became %d, %v", name, s.Name, len(slices.Collect(s.Rows())), len(rows), err)
	}
	at := map[string]int{}
	for i, head := range rows[0] {
		at[head] = i
	}
	for n, row := range slices.Collect(s.Rows()) {
		for i, v := range row {
			ref, err := excelize.CoordinatesToCellName(at[s.Columns[i]]+1, n+2)
			if err != nil {
				t.Fatal(err)
			}
			if formula, err := f.GetCellFormula(s.Name, ref); formula != "" || err != nil {
				t.Errorf("%s, %s!%s is a formula: %q, %v", name, s.Name, ref, formula, err)
			}
			kind, err := f.GetCellType(s.Name, ref)
			if err != nil {
				t.Fatal(err)
			}
			if v.Number == nil {
				continue
			}
			raw := rows[n+1][at[s.Columns[i]]]
			if kind != excelize.CellTypeUnset && kind != excelize.CellTypeNumber {
				t.Errorf("%s, %s!%s: %s is no number but of type %v", name, s.Name, ref, raw, kind)
			}
			exact := raw
			if j, ok := at[s.Columns[i]+" exact"]; ok {
				exact = rows[n+1][j]
			}
			if got, err := decimal.NewFromString(exact); err != nil || !got.Equal(*v.Number) {
				t.Errorf("%s, %s!%s: %s became %s", name, s.Name, ref, v.Number, exact)
			}
		}
	}
}

// TestNumbersSurvive: whatever the number, a workbook has it exactly, and CSV
// does.
func TestNumbersSurvive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		s := Sheet{Name: "numbers", Columns: []string{"text", "amount"}}
		n := rapid.IntRange(1, 5).Draw(rt, "rows")
		for range n {
			digits := rapid.StringMatching(`-?[1-9][0-9]{0,40}`).Draw(rt, "digits")
			places := rapid.Int32Range(0, 18).Draw(rt, "places")
			d := decimal.RequireFromString(digits).Shift(-places)
			s.add(rapid.String().Draw(rt, "text"), d)
		}
		var x, c bytes.Buffer
		if err := writeWorkbook(&x, []Sheet{s}); err != nil {
			rt.Fatal(err)
		}
		compareSheet(t, open(t, x.Bytes()), "drawn", s)
		if err := s.WriteCSV(&c); err != nil {
			rt.Fatal(err)
		}
		records, err := csv.NewReader(&c).ReadAll()
		if err != nil || len(records) != n+1 {
			rt.Fatalf("%d records, %v", len(records), err)
		}
		for i, r := range records[1:] {
			if got := decimal.RequireFromString(r[1]); !got.Equal(*s.rows[i][1].Number) {
				rt.Fatalf("%s became %s", s.rows[i][1].Number, r[1])
			}
			if strings.IndexAny(r[0], "=+-@") == 0 {
				rt.Fatalf("the text %q is a formula", r[0])
			}
		}
	})
}

// TestSheetsStable: programs find the same tables and columns whatever the
// case.
func TestSheetsStable(t *testing.T) {
	t.Parallel()
	bare, full := Sheets(bareCase()), Sheets(caseOf(t, tame, story()))
	if len(bare) != len(full) {
		t.Fatalf("%d tables of nothing, %d of something", len(bare), len(full))
	}
	for i := range bare {
		a, b := bare[i].Name+strings.Join(bare[i].Columns, ","), full[i].Name+strings.Join(full[i].Columns, ",")
		if a != b {
			t.Errorf("%s and %s", a, b)
		}
		for r := range full[i].Rows() {
			if len(r) != len(full[i].Columns) {
				t.Errorf("%s: a row of %d cells under %d columns", full[i].Name, len(r), len(full[i].Columns))
			}
		}
	}
}

// TestTablesAddUp holds the tables against the totals beside them.
func TestTablesAddUp(t *testing.T) {
	t.Parallel()
	c := caseOf(t, tame, story())
	var gross, transfers decimal.Decimal
	for _, s := range Sheets(c) {
		for row := range s.Rows() {
			cell := func(column string) Value {
				for i, name := range s.Columns {
					if name == column {
						return row[i]
					}
				}
				t.Fatalf("%s has no column %s", s.Name, column)
				return Value{}
			}
			switch s.Name {
			case "losses":
				if n := cell("gross_usd").Number; n != nil {
					gross = gross.Add(*n)
				}
			case "transfers":
				if n := cell("usd").Number; n != nil && cell("class").Text == "theft" {
					transfers = transfers.Add(*n)
				}
			}
		}
	}
	if !gross.Equal(c.Statement.Totals.Gross) || !transfers.Equal(gross) {
		t.Errorf("losses add up to %s, transfers to %s, the total is %s", gross, transfers, c.Statement.Totals.Gross)
	}
}

func TestSignificant(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"0": 1, "100": 1, "-12.50": 3, "123456789012345.6": 16, "0.000001": 1, strconv.Itoa(1 << 60): 19} {
		if got := significant(decimal.RequireFromString(text)); got != want {
			t.Error(fmt.Errorf("%s: want %d digits, got %d", text, want, got))
		}
	}
}
