package incident

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTimelineForms(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		want       []string
		reason     string
	}{
		{"bold with zone", "- **April 28, 2021, 3:02 AM UTC:** Drained.", []string{"2021-04-28T03:02:00Z minute"}, ""},
		{"weekday", "- Wed, 10 May 2023 10:00:00 GMT: Drained.", []string{"2023-05-10T10:00:00Z minute"}, ""},
		{"offset of ISO 8601", "- 2023-05-10T10:00:00+09:00 Drained.\n- 2023-05-10 10:00:00 +0200 Paused.", []string{"2023-05-10T01:00:00Z minute", "2023-05-10T08:00:00Z minute"}, ""},
		{"hyphens, day first", "- 10-May-2023 12:00 UTC Drained.", []string{"2023-05-10T12:00:00Z minute"}, ""},
		{"year of two digits", "- 10 May '23 11:30 UTC: Drained.", []string{"2023-05-10T11:30:00Z minute"}, ""},
		{"clocks of other forms", "- May 10, 2023, 10h05 UTC: a\n- May 10, 2023, 1005 UTC: b\n- May 10, 2023, 10:05Z: c\n- May 10, 2023, noon UTC: d", []string{"2023-05-10T10:05:00Z minute", "2023-05-10T10:05:00Z minute", "2023-05-10T10:05:00Z minute", "2023-05-10T12:00:00Z minute"}, ""},
		{"day first by another entry", "- 10/05/2023, 13:00 UTC: a\n- 13/05/2023, 13:00 UTC: b", []string{"2023-05-10T13:00:00Z minute", "2023-05-13T13:00:00Z minute"}, "one author writes one way"},
		{"day first by the front matter", "- 02/04/2022, 13:00 UTC: a", []string{"2022-04-02T13:00:00Z minute"}, "the theft was in March 2022"},
		{"month first by the front matter", "- 04/02/2022, 13:00 UTC: a", []string{"2022-04-02T13:00:00Z minute"}, ""},
		{"date in a bracket", "- Block 17,227,900 (May-10-2023 10:00:11 AM +UTC): a\n- T+0 (2023-05-10 10:00 UTC): b\n- PeckShield (founded 2018): c", []string{"2023-05-10T10:00:11Z minute", "2023-05-10T10:00:00Z minute"}, ""},
		{"lines without marks", "May 10, 2023 10:00 UTC: a\nMay 10, 2023 11:30 UTC: b", []string{"2023-05-10T10:00:00Z minute", "2023-05-10T11:30:00Z minute"}, ""},
		{"zone of all", "All times are UTC+2.\n\n- May 10, 2023, 10:00: a\n- May 10, 2023, 10:00 UTC: b", []string{"2023-05-10T08:00:00Z minute", "2023-05-10T10:00:00Z minute"}, "a zone of its own goes before"},
		{"zone of a table", "| Date | Time (UTC+8) | Event |\n|---|---|---|\n| 2023-05-10 | 10:00 | x |\n| | 11:30 | y |", []string{"2023-05-10T02:00:00Z minute", "2023-05-10T03:30:00Z minute"}, "an empty cell is as the one above it"},
		{"offset before UTC", "- **April 19, 2020, 08:58:43 AM +8 UTC:** Drained.", []string{"2020-04-19T00:58:43Z minute"}, "the number is of the zone"},
		{"Uhr", "- **11.12.2019, 03:12 Uhr (CET):** Drained.", []string{"2019-12-11T02:12:00Z minute"}, ""},
		{"half an hour", "- **18 June 2025, 06:10 IRST** Drained.", []string{"2025-06-18T02:40:00Z minute"}, "Iran is three and a half hours ahead"},
		{"no comma before the clock", "- **April 28, 2021 3:02 AM UTC:** Drained.", []string{"2021-04-28T03:02:00Z minute"}, ""},
		{"at", "- **November 22, 2023 at 11:23 PM UTC:** Drained.", []string{"2023-11-22T23:23:00Z minute"}, ""},
		{"seconds and +UTC", "- **March 14, 2016, 02:13:17 AM +UTC:** Drained.", []string{"2016-03-14T02:13:17Z minute"}, "the plus is no offset"},
		{"no colon", "- **February 09, 2023, 11:10:22 PM +UTC** The hacker came.", []string{"2023-02-09T23:10:22Z minute"}, ""},
		{"colon outside", "- **December 21, 2020, 02:27 AM UTC**: Drained.", []string{"2020-12-21T02:27:00Z minute"}, ""},
		{"24 hours with PM", "- **April 28, 2021, 14:02 PM UTC:** Drained.", []string{"2021-04-28T14:02:00Z minute"}, "PM adds nothing to an hour of the 24-hour clock"},
		{"24 hours with AM", "- **April 28, 2021, 00:30 AM UTC:** Drained.", []string{"2021-04-28T00:30:00Z minute"}, ""},
		{"midnight", "- **April 28, 2021, 12:15 AM UTC:** Drained.", []string{"2021-04-28T00:15:00Z minute"}, ""},
		{"noon", "- **April 28, 2021, 12:15 PM UTC:** Drained.", []string{"2021-04-28T12:15:00Z minute"}, ""},
		{"dotted half", "- **April 28, 2021, 3:02 p.m. UTC:** Drained.", []string{"2021-04-28T15:02:00Z minute"}, ""},
		{"hour alone", "- **April 28, 2021, 3 PM UTC:** Drained.", []string{"2021-04-28T15:00:00Z minute"}, ""},
		{"glued half", "- **April 28, 2021, 3:02pm UTC:** Drained.", []string{"2021-04-28T15:02:00Z minute"}, ""},
		{"offset in brackets", "- **September 26, 2020, 2:51 AM (UTC+8):** Alert.", []string{"2020-09-25T18:51:00Z minute"}, ""},
		{"negative offset", "- **September 26, 2020, 2:51 AM UTC-5:** Alert.", []string{"2020-09-26T07:51:00Z minute"}, ""},
		{"half-hour offset", "- **September 26, 2020, 2:51 AM UTC+5:30:** Alert.", []string{"2020-09-25T21:21:00Z minute"}, ""},
		{"named zone", "- **September 26, 2020, 2:51 AM EST:** Alert.", []string{"2020-09-26T07:51:00Z minute"}, ""},
		{"place", "- **September 26, 2020, 2:51 AM Hong Kong time:** Alert.", []string{"2020-09-25T18:51:00Z minute"}, ""},
		{"no zone", "- **September 26, 2020, 2:51 AM:** Alert.", []string{"2020-09-26T02:51:00Z minute"}, "taken as UTC"},
		{"explorer's form", "- **Mar-23-2022 01:29:09 PM +UTC:** Drained.", []string{"2022-03-23T13:29:09Z minute"}, "as Etherscan prints it"},
		{"explorer's new form", "- Nov-10-2023 10:36 AM UTC: Drained.", []string{"2023-11-10T10:36:00Z minute"}, ""},
		{"ISO", "- 2022-03-23 13:29 UTC: Drained.", []string{"2022-03-23T13:29:00Z minute"}, ""},
		{"ISO with T", "- 2022-03-23T13:29:10Z Drained.", []string{"2022-03-23T13:29:10Z minute"}, ""},
		{"ISO date", "- **2022-03-23**: Drained.", []string{"2022-03-23T00:00:00Z day"}, ""},
		{"slashes", "- 2022/03/23 - Drained.", []string{"2022-03-23T00:00:00Z day"}, ""},
		{"points", "- 23.03.2022: Drained.", []string{"2022-03-23T00:00:00Z day"}, ""},
		{"day first", "- **23 March 2022, 13:29 UTC**: Drained.", []string{"2022-03-23T13:29:00Z minute"}, ""},
		{"ordinal", "- On March 23rd, 2022 it was drained.", []string{"2022-03-23T00:00:00Z day"}, ""},
		{"ordinal of", "- 23rd of March 2022: drained.", []string{"2022-03-23T00:00:00Z day"}, ""},
		{"no space after the comma", "- **May 11,2023:** Post-mortem.", []string{"2023-05-11T00:00:00Z day"}, ""},
		{"abbreviated", "- **Dec. 21, 2020:** Drained.", []string{"2020-12-21T00:00:00Z day"}, ""},
		{"Sept", "- **Sept 21, 2020:** Drained.", []string{"2020-09-21T00:00:00Z day"}, ""},
		{"misspelt", "- **Febuary 21, 2020:** Drained.", []string{"2020-02-21T00:00:00Z day"}, ""},
		{"doubled letter", "- **MMay 2, 2021:** Drained.", []string{"2021-05-02T00:00:00Z day"}, ""},
		{"month", "- **September 2017:** Blog.", []string{"2017-09-01T00:00:00Z month"}, ""},
		{"month in digits", "- **2022-11:** Drained.", []string{"2022-11-01T00:00:00Z month"}, ""},
		{"zone above, times below", "**May 28, 2021 (UTC+8)**\n\n- 03:00 - attack\n- 12:32 - summary", []string{"2021-05-27T19:00:00Z minute", "2021-05-28T04:32:00Z minute"}, "the zone is of all that hangs below"},
		{"semicolon", "- **December 5, 2023; 14:05 UTC:** Drained.", []string{"2023-12-05T14:05:00Z minute"}, ""},
		{"late month", "- **Late April, 2021:** Lawyers.", []string{"2021-04-01T00:00:00Z month"}, ""},
		{"mid month", "- **Mid-April 2021:** Lawyers.", []string{"2021-04-01T00:00:00Z month"}, ""},
		{"end of month", "- **End of March 2020:** Lawyers.", []string{"2020-03-01T00:00:00Z month"}, ""},
		{"year", "- **2019:** Founded.", []string{"2019-01-01T00:00:00Z year"}, ""},
		{"early year", "- **Early 2019:** Founded.", []string{"2019-01-01T00:00:00Z year"}, ""},
		{"range of days", "- **May 7-8, 2019:** Withdrawn.", []string{"2019-05-07T00:00:00Z day"}, "a range counts by its start"},
		{"range of days, long dash", "- **May 7–8, 2019:** Withdrawn.", []string{"2019-05-07T00:00:00Z day"}, ""},
		{"range of days, no year", "- **May 7-8:** Withdrawn.", []string{"2022-05-07T00:00:00Z day"}, "the year is the front matter's"},
		{"range over months", "- **March 29 - April 2, 2022:** Withdrawn.", []string{"2022-03-29T00:00:00Z day"}, ""},
		{"range over years", "- **Late December 2014 - Early January 2015:** Probing.", []string{"2014-12-01T00:00:00Z month"}, ""},
		{"range with words", "- **From March 23 to March 29, 2022:** Withdrawn.", []string{"2022-03-23T00:00:00Z day"}, ""},
		{"between", "- Between March 23 and 29, 2022, funds moved.", []string{"2022-03-23T00:00:00Z day"}, ""},
		{"between two times", "- **April 28, 2021, between 23:30 and 23:55 CET:** Drained.", []string{"2021-04-28T22:30:00Z minute"}, "by its start"},
		{"zone of a day", "- **April 12, 2024 (all times CET)**\n  - 05:44 – a\n  - 06:10 – b", []string{"2024-04-12T04:44:00Z minute", "2024-04-12T05:10:00Z minute"}, "the parent is no entry"},
		{"range of times", "- **April 28, 2021, 10:00 - 11:00 UTC:** Drained.", []string{"2021-04-28T10:00:00Z minute"}, ""},
		{"clock first", "- **13:29 UTC, March 23, 2022:** Drained.", []string{"2022-03-23T13:29:00Z minute"}, ""},
		{"clock first with at", "- At 13:29 UTC on March 23, 2022 it was drained.", []string{"2022-03-23T13:29:00Z minute"}, ""},
		{"linked date", "- [March 23, 2022](https://example.org): Drained.", []string{"2022-03-23T00:00:00Z day"}, ""},
		{"missing year runs on", "- **December 30, 2022:** Drained.\n- **January 2:** Returned.", []string{"2022-12-30T00:00:00Z day", "2023-01-02T00:00:00Z day"}, "January after December is the next year"},
		{"date above, times below", "- **May 19, 2021**\n  - **10:34 PM UTC:** Loan.\n  - **10:45 PM UTC:** Sent.", []string{"2021-05-19T22:34:00Z minute", "2021-05-19T22:45:00Z minute"}, "the parent is no entry of its own"},
		{"date as heading, times below", "### May 19, 2021\n\n- 10:34 PM UTC: Loan.\n- 10:45 PM UTC: Sent.", []string{"2021-05-19T22:34:00Z minute", "2021-05-19T22:45:00Z minute"}, ""},
		{"date as paragraph, times below", "**May 19, 2021**\n\n- 10:34 PM UTC: Loan.", []string{"2021-05-19T22:34:00Z minute"}, ""},
		{"date above, no times below", "- **May 19, 2021**\n  - Loan taken.\n  - Funds sent.", []string{"2021-05-19T00:00:00Z day"}, "the date is the entry"},
		{"date as heading, no times below", "### May 19, 2021\n\n- Loan taken.", []string{"2021-05-19T00:00:00Z day"}, ""},
		{"undated", "- Nothing happened.\n- As a precaution, trading stopped.", []string{}, ""},
		{"deadline inside", "- **April 29, 2023:** they ask for funds by 8:00 a.m. UTC on May 1, 2023.", []string{"2023-04-29T00:00:00Z day"}, "a date inside the text is no entry"},
		{"quote below", "- **April 29, 2023:** a message:\n  > Return by November 25, 2023.", []string{"2023-04-29T00:00:00Z day"}, ""},
		{"numbered", "1. April 29, 2023: a\n2. April 30, 2023: b", []string{"2023-04-29T00:00:00Z day", "2023-04-30T00:00:00Z day"}, ""},
		{"table", "| Time | Event |\n|---|---|\n| April 29, 2023, 10:00 UTC | a |", []string{"2023-04-29T10:00:00Z minute"}, ""},
		{"amount is no year", "- 2000 ETH were sent to the mixer.", []string{}, ""},
		{"paragraphs", "**April 29, 2023:** a\n\n**April 30, 2023:** b", []string{"2023-04-29T00:00:00Z day", "2023-04-30T00:00:00Z day"}, "no list at all"},
		{"sentence", "In May 2021 the exchange had been founded.", []string{}, "a paragraph that begins with a month is a sentence"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inc := Parse("x.md", []byte(head+"## Timeline\n\n"+tt.text+"\n"))
			got := []string{}
			for _, e := range inc.Timeline {
				got = append(got, e.Time.Format(time.RFC3339)+" "+string(e.Precision))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%q %s (-want +got):\n%s", tt.text, tt.reason, diff)
			}
		})
	}
}
