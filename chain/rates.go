package chain

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
)

// Rate is how often something that rests on [Heuristic] was wrong where the
// truth is known.
type Rate struct {
	Subject    string // id of a rule; or a word for a kind of result, and which
	Says       string // what it goes by, for people
	Population string // what it was measured on
	// Said is how often it spoke, and Wrong how often that was not so. Due is
	// how often it should have been the answer, and Missed how often the answer
	// was another.
	Said, Wrong, Due, Missed int
}

// Population is what rates were measured on.
type Population struct{ ID, What string }

const ratesHeader = "subject,population,said,wrong,due,missed\n"

// ReadRates reads a table of rates, a CSV file with the header that
// [RatesTable] writes. What they go by is not in it.
func ReadRates(table string) ([]Rate, error) {
	if !strings.HasPrefix(table, ratesHeader) {
		return nil, fmt.Errorf("table of rates: no header %q", strings.TrimSpace(ratesHeader))
	}
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("table of rates: %w", err)
	}
	var list []Rate
	for _, row := range rows[1:] {
		r := Rate{Subject: row[0], Population: row[1]}
		for i, n := range []*int{&r.Said, &r.Wrong, &r.Due, &r.Missed} {
			if *n, err = strconv.Atoi(row[i+2]); err != nil {
				return nil, fmt.Errorf("table of rates: %q: %w", row, err)
			}
		}
		list = append(list, r)
	}
	return list, nil
}

// RatesTable writes a table of rates. Subjects and populations are words
// without commas and quotation marks.
func RatesTable(rates []Rate) string {
	var b strings.Builder
	b.WriteString(ratesHeader)
	for _, r := range rates {
		fmt.Fprintf(&b, "%s,%s,%d,%d,%d,%d\n", r.Subject, r.Population, r.Said, r.Wrong, r.Due, r.Missed)
	}
	return b.String()
}
