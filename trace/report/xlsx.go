package report

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/shopspring/decimal"
	"github.com/xuri/excelize/v2"

	"losstracer/trace"
)

// XLSX writes a case as a workbook, a sheet for every table of [Sheets] with a
// header that stays in view. Numbers are numbers. A spreadsheet keeps no more
// than fifteen digits of one, so a column with a number that has more is
// followed by one in which every digit stands as text, with "exact" in its
// name. The same case gives the same bytes.
func XLSX(w io.Writer, c *trace.Case) error {
	if err := writeWorkbook(w, Sheets(c)); err != nil {
		return fmt.Errorf("write the workbook: %w", err)
	}
	return nil
}

func writeWorkbook(w io.Writer, sheets []Sheet) (err error) {
	f := excelize.NewFile()
	defer func() { err = errors.Join(err, f.Close()) }()
	bold, err := f.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	for i, s := range sheets {
		if i == 0 {
			err = f.SetSheetName(f.GetSheetName(0), s.Name)
		} else {
			_, err = f.NewSheet(s.Name)
		}
		if err == nil {
			err = s.fill(f, bold)
		}
		if err != nil {
			return fmt.Errorf("sheet %s: %w", s.Name, err)
		}
	}
	between, err := os.CreateTemp("", "losstracer-*.xlsx")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, between.Close(), os.Remove(between.Name())) }()
	if err := f.Write(between); err != nil {
		return err
	}
	return repack(w, between)
}

// repack writes the parts of a workbook in the order of their names and
// without a time: the library writes them in any order.
func repack(w io.Writer, workbook *os.File) error {
	size, err := workbook.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	in, err := zip.NewReader(workbook, size)
	if err != nil {
		return err
	}
	slices.SortFunc(in.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	out := zip.NewWriter(w)
	for _, part := range in.File {
		if err := copyPart(out, part); err != nil {
			return fmt.Errorf("part %s: %w", part.Name, err)
		}
	}
	return out.Close()
}

func copyPart(out *zip.Writer, part *zip.File) (err error) {
	from, err := part.Open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	// The first moment that the format can tell: zero would be no date at all.
	to, err := out.CreateHeader(&zip.FileHeader{Name: part.Name, Method: zip.Deflate, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return err
}

// fill writes the table into the sheet of its name.
func (s Sheet) fill(f *excelize.File, bold int) error {
	out, err := f.NewStreamWriter(s.Name)
	if err != nil {
		return err
	}
	exact, widths := s.measure()
	header := []any{}
	column := 1
	for i, name := range s.Columns {
		if err := out.SetColWidth(column, column, widths[i]); err != nil {
			return err
		}
		header = append(header, excelize.Cell{StyleID: bold, Value: name})
		column++
		if exact[i] {
			header = append(header, excelize.Cell{StyleID: bold, Value: name + " exact"})
			column++
		}
	}
	if err := out.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := out.SetRow("A1", header); err != nil {
		return err
	}
	n := 0
	for row := range s.Rows() {
		if n++; n+1 >= excelize.TotalRows {
			continue
		}
		if err := out.SetRow("A"+strconv.Itoa(n+1), cells(row, exact)); err != nil {
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

func cells(row []Value, exact []bool) []any {
	var list []any
	for i, v := range row {
		switch {
		case v.Number != nil:
			list = append(list, v.Number.InexactFloat64())
		case v.Text != "":
			list = append(list, cell(v.Text))
		default:
			list = append(list, nil)
		}
		if exact[i] {
			if v.Number != nil {
				list = append(list, v.Number.String())
			} else {
				list = append(list, nil)
			}
		}
	}
	return list
}

// digits that a spreadsheet keeps of a number.
const spreadsheetDigits = 15

// measure looks at every cell and tells, for each column, whether a number in
// it has more digits than a spreadsheet keeps, and how wide it is for its
// longest text, within bounds.
func (s Sheet) measure() (exact []bool, widths []float64) {
	const least, most = 8, 44
	exact, widths = make([]bool, len(s.Columns)), make([]float64, len(s.Columns))
	longest := make([]int, len(s.Columns))
	for i, name := range s.Columns {
		longest[i] = max(least, utf8.RuneCountInString(name)+2)
	}
	for row := range s.Rows() {
		for i, v := range row {
			longest[i] = max(longest[i], utf8.RuneCountInString(v.Text)+1)
			if v.Number != nil {
				longest[i] = max(longest[i], min(len(v.Number.String()), spreadsheetDigits+3)+1)
				exact[i] = exact[i] || significant(*v.Number) > spreadsheetDigits
			}
		}
	}
	for i, n := range longest {
		widths[i] = float64(min(n, most))
	}
	return exact, widths
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
