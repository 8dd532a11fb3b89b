package label_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"

	"losstracer/chain"
	"losstracer/trace/label"
)

// writeCSV writes tags as [label.ReadCSV] reads them, in the order given.
func writeCSV(w io.Writer, tags []label.Tag) error {
	rows := csv.NewWriter(w)
	_ = rows.Write([]string{"address", "chain", "label", "category", "source", "confidence", "from", "until"}) // the error stays, and Flush gives it
	for _, t := range tags {
		_ = rows.Write([]string{
			chain.Hex(t.Address), chainName(t.Chain), t.Label, string(t.Category), t.Source, strconv.Itoa(t.Confidence), moment(t.From), moment(t.Until),
		})
	}
	rows.Flush()
	if err := rows.Error(); err != nil {
		return fmt.Errorf("write tags: %w", err)
	}
	return nil
}

// moment writes a bound of time: as a date where it is the beginning of a day.
func moment(t time.Time) string {
	t = t.UTC()
	switch {
	case t.IsZero():
		return ""
	case t.Equal(t.Truncate(24 * time.Hour)):
		return t.Format(time.DateOnly)
	}
	return t.Format(time.RFC3339Nano)
}

func chainName(id uint64) string {
	if id == 0 {
		return ""
	}
	if n, ok := chain.NetworkByID(id); ok {
		return n.Name
	}
	return strconv.FormatUint(id, 10)
}
