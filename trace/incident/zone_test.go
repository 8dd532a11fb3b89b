package incident

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// timeOf reads the one entry of a timeline.
func timeOf(t interface{ Fatalf(string, ...any) }, entry string) Event {
	inc := Parse("x.md", []byte(head+"## Timeline\n\n- "+entry+"\n"))
	if len(inc.Timeline) != 1 {
		t.Fatalf("%q: %d entries", entry, len(inc.Timeline))
	}
	return inc.Timeline[0]
}

// TestOffsets: the forms of ISO 8601, RFC 3339, RFC 2822, of databases and of
// the date command, and ranges that look like them.
func TestOffsets(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ written, want, reason string }{
		{"2023-05-10T10:00:00Z", "10T10:00:00", ""},
		{"2023-05-10t10:00:00z", "10T10:00:00", "RFC 3339 allows lower case"},
		{"2023-05-10T10:00:00-05:00", "10T15:00:00", ""},
		{"2023-05-10T10:00:00+05:00", "10T05:00:00", ""},
		{"2023-05-10T10:00:00−05:00", "10T15:00:00", "the minus sign of ISO 8601"},
		{"2023-05-10T10:00-05:00", "10T15:00:00", "seconds may be left out"},
		{"2023-05-10T10:00:00-0500", "10T15:00:00", ""},
		{"2023-05-10T10:00:00-05", "10T15:00:00", ""},
		{"2023-05-10T10:00:00+00", "10T10:00:00", ""},
		{"2023-05-10T10:00:00.123-05:00", "10T15:00:00", ""},
		{"2023-05-10T10:00:00,123-05:00", "10T15:00:00", "ISO 8601 allows the comma"},
		{"2023-05-10T10:00:00.123456Z", "10T10:00:00", ""},
		{"2023-05-10T10:00:00-03:30", "10T13:30:00", ""},
		{"2023-05-10T10:00:00+05:45", "10T04:15:00", ""},
		{"2023-05-10T23:30:00-05:00", "11T04:30:00", "the next day"},
		{"2023-05-10T02:30:00+09:00", "09T17:30:00", "the day before"},
		{"2023-05-10T23:59:60Z", "11T00:00:00", "a leap second"},
		{"20230510T100000Z", "10T10:00:00", "the basic format"},
		{"20230510T1000-0500", "10T15:00:00", ""},
		{"20230510T100000+0900", "10T01:00:00", ""},
		{"2023-05-10 10:00:00-05:00", "10T15:00:00", "RFC 3339 with a space"},
		{"2023-05-10 10:00:00 -05:00", "10T15:00:00", ""},
		{"2023-05-10 10:00:00 -0500", "10T15:00:00", "git"},
		{"2023-05-10 10:00:00-05", "10T15:00:00", "PostgreSQL"},
		{"2023-05-10 10:00:00.25+00", "10T10:00:00", ""},
		{"2023-05-10 10:00:00 +0000 UTC", "10T10:00:00", "Go"},
		{"2023-05-10 10:00 (-05:00)", "10T15:00:00", "nothing else stands in brackets"},
		{"2023-05-10 10:00:00-05:00 EST", "10T15:00:00", ""},
		{"Wed, 10 May 2023 10:00:00 -0500", "10T15:00:00", "RFC 2822"},
		{"Wed, 10 May 2023 10:00 -0500", "10T15:00:00", "seconds may be left out"},
		{"10 May 2023 10:00:00 -0500 (EST)", "10T15:00:00", "a comment"},
		{"Wed, 10 May 2023 10:00:00 -0000", "10T10:00:00", ""},
		{"Wed, 10 May 2023 10:00:00 UT", "10T10:00:00", ""},
		{"Wed, 10 May 2023 10:00:00 EDT", "10T14:00:00", ""},
		{"Wednesday, 10-May-23 10:00:00 GMT", "10T10:00:00", "RFC 850"},
		{"Wed May 10 10:00:00 2023", "10T10:00:00", "asctime"},
		{"Wed May 10 10:00:00 UTC 2023", "10T10:00:00", "date"},
		{"Wed May 10 10:00:00 EDT 2023", "10T14:00:00", ""},
		{"Wed May 10 10:00:00 -0500 2023", "10T15:00:00", ""},

		{"May 10, 2023, 10:00-12:00 UTC", "10T10:00:00", "a range"},
		{"May 10, 2023, 10:00–12:00 CET", "10T09:00:00", ""},
		{"May 10, 2023, 10:00-05:00 EST", "10T15:00:00", "by the zone, read either way"},
		{"May 10, 2023, 10:00-05:00 UTC", "10T10:00:00", ""},
		{"May 10, 2023, 10:00–05:00 next day", "10T10:00:00", ""},
		{"May 10, 2023, 10:00:00–05:00 the next day", "10T10:00:00", ""},
		{"May 10, 2023, 10:00:00-05:00:00 UTC", "10T10:00:00", ""},
		{"May 10, 2023, 10:00:00-10:30:00 UTC", "10T10:00:00", ""},
		{"2023-05-10 10:00:00-11:30", "10T10:00:00", "no offset is so far west"},
		{"2023-05-10 10:00:00 - 11:30:00 UTC", "10T10:00:00", ""},
		{"2023-05-10, 10:00 - 10:45 (UTC+8)", "10T02:00:00", ""},
		{"2023-05-10, 10:00:00 to 05:00:00 UTC", "10T10:00:00", ""},
		{"2023-05-10, 10 AM-5 PM EST", "10T15:00:00", ""},
		{"2023-05-10, 10am-5pm CET", "10T09:00:00", ""},
		{"2023-05-10, 10:00 AM–05:00 PM CET", "10T09:00:00", ""},
		{"2023-05-10, 01:00-05:00 PM UTC", "10T01:00:00", "of the half of the day behind it only what is certain"},
	} {
		if got := timeOf(t, tt.written+": Drained.").Time.Format("02T15:04:05"); got != tt.want {
			t.Errorf("%q: got %s, want %s %s", tt.written, got, tt.want, tt.reason)
		}
	}
}

// TestRangeOrZone: what could be a range or an offset is told of.
func TestRangeOrZone(t *testing.T) {
	t.Parallel()
	for entry, want := range map[string]bool{"10:00-05:00": true, "03:00-05:00": false, "10:00-05:00 UTC": false, "10:00-05:00 the next day": false, "22:00-23:30": false, "10:00 - 05:00": false} {
		inc := Parse("x.md", []byte(head+"## Timeline\n\n- **May 10, 2023, "+entry+":** Drained.\n"))
		got := slices.ContainsFunc(inc.Problems, func(p Problem) bool { return p.Code == "range-or-zone" })
		if e := inc.Timeline[0]; got != want || e.Time.Minute() != 0 || e.Time.Hour() == 5 || e.Time.Hour() == 15 {
			t.Errorf("%q: told %v, want %v; %s", entry, got, want, e.Time)
		}
	}
}

// TestOffsetsOfAnyTime: an offset is an offset whatever the time of day, in
// every form that has one.
func TestOffsetsOfAnyTime(t *testing.T) {
	t.Parallel()
	forms := []string{time.RFC3339, "2006-01-02T15:04:05-0700", "2006-01-02 15:04:05-07:00", "2006-01-02 15:04:05 -0700", time.RFC1123Z, "Mon, 2 Jan 2006 15:04 -0700", time.RubyDate, "20060102T150405Z0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05.000Z07:00"}
	rapid.Check(t, func(t *rapid.T) {
		form := rapid.SampledFrom(forms).Draw(t, "form")
		minutes := rapid.SampledFrom([]int{-600, -570, -480, -420, -300, -240, -210, -180, -60, 0, 60, 120, 210, 330, 345, 480, 540, 630, 720, 840}).Draw(t, "offset")
		at := time.Unix(rapid.Int64Range(1230768000, 1893456000).Draw(t, "time"), 0).In(time.FixedZone("", minutes*60))
		written := at.Format(form)
		want, err := time.Parse(form, written)
		if err != nil {
			t.Fatal(err)
		}
		if got := timeOf(t, written+" – drained"); !got.Time.Equal(want) || !got.Zoned {
			t.Fatalf("%q: got %s (zone %v), want %s", written, got.Time, got.Zoned, want.UTC())
		}
	})
}
