package report

import (
	"strings"
	"testing"
)

// A table for people is bounded, and says what it leaves out.
func TestTableIsBounded(t *testing.T) {
	t.Parallel()
	list := &table{Columns: []column{{Name: "n", Number: true}}}
	for n := range mostRows + 17 {
		list.add(n)
	}
	sections := filled([]section{{ID: "long", Heading: "Long", Table: list}})
	if len(sections) != 1 || len(sections[0].Table.Rows) != mostRows {
		t.Fatalf("%d rows, want %d", len(list.Rows), mostRows)
	}
	if text := sections[0].Text; len(text) != 1 || !strings.Contains(text[0].String(), "of 5017 rows") {
		t.Errorf("said %v", text)
	}
}
