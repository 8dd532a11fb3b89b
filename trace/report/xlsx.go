package report

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
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
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		return err
	}
	return repack(w, b.Bytes())
}

// repack writes the parts of a workbook in the order of their names and
// without a time: the library writes them in any order.
func repack(w io.Writer, workbook []byte) error {
	in, err := zip.NewReader(bytes.NewReader(workbook), int64(len(workbook)))
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
	exact := s.inexact()
	header := []any{}
	column := 1
	for i, name := range s.Columns {
		if err := out.SetColWidth(column, column, s.width(i)); err != nil {
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
	for n, row := range s.Rows {
		if n+2 > excelize.TotalRows {
			return fmt.Errorf("%d rows are more than a sheet can have; the CSV form has no such limit", len(s.Rows))
		}
		if err := out.SetRow("A"+strconv.Itoa(n+2), cells(row, exact)); err != nil {
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

// inexact tells for each column whether a number in it has more digits than a
// spreadsheet keeps.
func (s Sheet) inexact() []bool {
	list := make([]bool, len(s.Columns))
	for _, row := range s.Rows {
		for i, v := range row {
			list[i] = list[i] || (v.Number != nil && significant(*v.Number) > spreadsheetDigits)
		}
	}
	return list
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

// width fits a column to its longest text, within bounds.
func (s Sheet) width(i int) float64 {
	const least, most = 8, 44
	longest := utf8.RuneCountInString(s.Columns[i]) + 2
	for _, row := range s.Rows {
		longest = max(longest, utf8.RuneCountInString(row[i].Text)+1)
		if row[i].Number != nil {
			longest = max(longest, min(len(row[i].Number.String()), spreadsheetDigits+3)+1)
		}
	}
	return float64(min(max(longest, least), most))
}
