package reconcile

import (
	"strings"
	"testing"
	"time"

	"losstracer/trace/incident"
)

// TestTimes sets one written time against what the chain shows for its line.
func TestTimes(t *testing.T) {
	t.Parallel()
	block := time.Date(2024, 3, 5, 14, 7, 11, 0, time.UTC)
	for _, row := range []struct {
		name, written string
		precision     incident.Precision
		linked        bool
		verdict       Verdict
		code          Code
		says          string
	}{
		{"minutes apart", "2024-03-05T14:00:00Z", incident.Minute, true, Match, "", ""},
		{"a zone", "2024-03-05T22:07:00Z", incident.Minute, false, Over, TimeZone, "+8 h off, as a time zone would be"},
		{"AM for PM", "2024-03-05T02:07:00Z", incident.Minute, true, Under, TimeZone, "or AM for PM"},
		{"a day later, of the linked tx", "2024-03-06T14:07:00Z", incident.Minute, true, Over, Unexplained, "right but for the day"},
		{"a day later, of a line that links nothing", "2024-03-06T14:07:00Z", incident.Minute, false, "", "", ""},
		{"half an hour later", "2024-03-05T14:40:00Z", incident.Minute, true, Over, Unexplained, "was at 2024-03-05T14:07:11Z"},
		{"the day before, without a time", "2024-03-04T00:00:00Z", incident.Day, true, Match, "", ""},
		{"another year", "2023-03-05T14:07:00Z", incident.Minute, true, Under, InternalContradiction, "right but for the year"},
		{"a month", "2024-02-01T00:00:00Z", incident.Month, true, "", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			written, err := time.Parse(time.RFC3339, row.written)
			if err != nil {
				t.Fatal(err)
			}
			e := incident.Event{Time: written, Precision: row.precision, Pos: incident.Pos{Line: 9}}
			far := Witness{Line: 9, Time: block.AddDate(0, 0, 40), What: "a later one"}
			found := compareTimes([]incident.Event{e}, []Witness{far, {Line: 9, Time: block, What: "the linked tx", Firm: row.linked}}, "2024-03-05")
			if row.verdict == "" {
				if len(found) > 0 {
					t.Errorf("%+v, want nothing said", found)
				}
				return
			}
			if len(found) != 1 || found[0].Verdict != row.verdict {
				t.Fatalf("%+v, want %s", found, row.verdict)
			}
			if row.code == "" {
				return
			}
			if c := found[0].Causes[0]; c.Code != row.code || !strings.Contains(c.Explanation, row.says) {
				t.Errorf("%s: %s, want %s: %s", c.Code, c.Explanation, row.code, row.says)
			}
		})
	}
}
