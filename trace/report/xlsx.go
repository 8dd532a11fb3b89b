package report

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"

	"losstracer/trace"
)

// XLSX writes a case as a workbook, a sheet for every table of [Sheets] with a
// header that stays in view. Numbers are numbers. A spreadsheet keeps no more
// than fifteen digits of one, so a column of amounts is followed by one in which
// every digit stands as text, with "exact" in its name; elsewhere a number with
// more is text. The same case gives the same bytes.
func XLSX(w io.Writer, c *trace.Case) error {
	if err := writeWorkbook(w, Sheets(c)); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	return nil
}

// writeWorkbook makes a workbook for every sheet, filled in that one only, and
// takes of each the part that holds it: the library keeps a buffer of tens of
// megabytes for each sheet until its workbook is closed.
func writeWorkbook(w io.Writer, sheets []Sheet) error {
	out := zip.NewWriter(w)
	deflate, err := flate.NewWriter(nil, deflateLevel)
	if err != nil {
		return err
	}
	for i := range sheets {
		if err := writeSheet(out, deflate, sheets, i); err != nil {
			return fmt.Errorf("sheet %s: %w", sheets[i].Name, err)
		}
	}
	return out.Close()
}

// deflateLevel is the one of archive/zip.
const deflateLevel = 5

// writeSheet writes the part of the i-th sheet, and before the first one what
// the sheets have in common. One compressor, of a megabyte, serves them all.
func writeSheet(out *zip.Writer, deflate *flate.Writer, sheets []Sheet, i int) (err error) {
	between, err := os.CreateTemp("", "losstracer-*.xlsx")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, between.Close(), os.Remove(between.Name())) }()
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	// The first workbook is that of all sheets, which are empty but for its own.
	// The others have their own beside the one that every new workbook has.
	own, named := "sheet1.xml", sheets
	if i > 0 {
		own, named = "sheet2.xml", []Sheet{{Name: "first"}, sheets[i]}
	}
	if err := nameSheets(f, named); err != nil {
		return err
	}
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	if err := sheets[i].fill(f, bold); err != nil {
		return err
	}
	// Left to itself the library makes the whole workbook in memory.
	f.SetZipWriter(func(io.Writer) excelize.ZipWriter {
		parts := zip.NewWriter(between)
		parts.RegisterCompressor(zip.Deflate, func(part io.Writer) (io.WriteCloser, error) {
			deflate.Reset(part)
			return deflate, nil
		})
		return parts
	})
	if err := f.Write(io.Discard); err != nil {
		return err
	}
	return repack(out, between, func(part string) (name string, wanted bool) {
		if part == worksheets+own {
			return fmt.Sprintf("%ssheet%d.xml", worksheets, i+1), true
		}
		return part, i == 0 && !strings.HasPrefix(part, worksheets)
	})
}

// worksheets is where the parts of the sheets are in a workbook (ECMA-376).
const worksheets = "xl/worksheets/"

func nameSheets(f *excelize.File, sheets []Sheet) error {
	for i, s := range sheets {
		if i == 0 {
			if err := f.SetSheetName(f.GetSheetName(0), s.Name); err != nil {
				return err
			}
		} else if _, err := f.NewSheet(s.Name); err != nil {
			return err
		}
	}
	return nil
}

// repack copies the parts of a workbook that are wanted, under the names that
// they are to have, compressed as they are, in the order of their names and
// without a time: the library writes them in any order.
func repack(out *zip.Writer, workbook *os.File, wanted func(part string) (name string, wanted bool)) error {
	size, err := workbook.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	in, err := zip.NewReader(workbook, size)
	if err != nil {
		return err
	}
	slices.SortFunc(in.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	for _, part := range in.File {
		name, ok := wanted(part.Name)
		if !ok {
			continue
		}
		if err := copyPart(out, part, name); err != nil {
			return fmt.Errorf("part %s: %w", part.Name, err)
		}
	}
	return nil
}

func copyPart(out *zip.Writer, part *zip.File, name string) error {
	from, err := part.OpenRaw()
	if err != nil {
		return err
	}
	to, err := out.CreateRaw(&zip.FileHeader{
		Name: name, Method: part.Method,
		//lint:ignore SA1019 CreateRaw writes this field as it stands, and knows nothing of Modified
		ModifiedDate: firstDay,
		CRC32:        part.CRC32, CompressedSize64: part.CompressedSize64, UncompressedSize64: part.UncompressedSize64,
	})
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return err
}

// firstDay is the first that the format can tell, 1980-01-01: zero would be no
// date at all.
const firstDay = 1<<5 | 1

// fill writes the table into the sheet of its name.
func (s Sheet) fill(f *excelize.File, bold int) error {
	out, err := f.NewStreamWriter(s.Name)
	if err != nil {
		return err
	}
	if err := s.head(out, bold); err != nil {
		return err
	}
	n := 0
	for row := range s.Rows() {
		if n++; n+1 >= excelize.TotalRows {
			continue
		}
		if err := out.SetRow("A"+strconv.Itoa(n+1), s.cells(row)); err != nil {
			return err
		}
	}
	if n+1 >= excelize.TotalRows {
		left := fmt.Sprintf("and %d more rows than a sheet can have: the CSV form has all", n+2-excelize.TotalRows)
		if err := out.SetRow("A"+strconv.Itoa(excelize.TotalRows), []any{left}); err != nil {
			return err
		}
	}
	return out.Flush()
}

// head writes what has to come before the rows: widths, and the header, which
// stays in view.
func (s Sheet) head(out *excelize.StreamWriter, bold int) error {
	widths := s.widths()
	var header []any
	for i, name := range s.Columns {
		header = append(header, excelize.Cell{StyleID: bold, Value: name})
		if err := out.SetColWidth(len(header), len(header), widths[i]); err != nil {
			return err
		}
		if holdsAmounts(name) {
			header = append(header, excelize.Cell{StyleID: bold, Value: name + " exact"})
		}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	return out.SetRow("A1", header)
}

func (s Sheet) cells(row []Value) []any {
	list := make([]any, 0, 2*len(row))
	for i, v := range row {
		amount := holdsAmounts(s.Columns[i])
		switch {
		case v.Number == nil && v.Text == "":
			list = append(list, nil)
		case v.Number == nil:
			list = append(list, cell(v.Text))
		case !amount && significant(*v.Number) > spreadsheetDigits:
			list = append(list, v.Number.String())
		default:
			list = append(list, v.Number.InexactFloat64())
		}
		switch {
		case amount && v.Number != nil:
			list = append(list, v.Number.String())
		case amount:
			list = append(list, nil)
		}
	}
	return list
}

// digits that a spreadsheet keeps of a number.
const spreadsheetDigits = 15

// holdsAmounts tells from the last word of its name whether a column is one of
// amounts or of dollars, which have as many digits as a token likes.
func holdsAmounts(column string) bool {
	switch column[strings.LastIndexByte(column, '_')+1:] {
	case "amount", "quantity", "usd", "percent", "value",
		"gross", "returned", "net", "opening", "in", "out", "fees", "closing", "witness", "residual",
		"debited", "credited", "balance", "stated", "difference":
		return true
	}
	return false
}

// widths returns how wide each column is for the longest text of the first
// rows, within bounds.
func (s Sheet) widths() []float64 {
	const least, most, rows = 8, 44, 200
	longest := make([]int, len(s.Columns))
	for i, name := range s.Columns {
		longest[i] = max(least, utf8.RuneCountInString(name)+2)
	}
	n := 0
	for row := range s.Rows() {
		if n++; n > rows {
			break
		}
		for i, v := range row {
			longest[i] = max(longest[i], utf8.RuneCountInString(v.Text)+1)
			if v.Number != nil {
				longest[i] = max(longest[i], min(len(v.Number.String()), spreadsheetDigits+3)+1)
			}
		}
	}
	widths := make([]float64, len(longest))
	for i, n := range longest {
		widths[i] = float64(min(n, most))
	}
	return widths
}

// significant counts the digits between the first and the last that is not
// zero.
func significant(d decimal.Decimal) int {
	digits := d.Coefficient().String()
	end := len(digits)
	for end > 1 && digits[end-1] == '0' {
		end--
	}
	if digits[0] == '-' {
		return end - 1
	}
	return end
}
