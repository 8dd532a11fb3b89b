package incident

import (
	"fmt"
	"math/bits"
	"strconv"
	"time"
)

// snowflakeEpoch is where the ids of posts on X begin to count, in Unix
// milliseconds: 2010-11-04T01:42:54.657Z. The bits above the lowest 22 of an
// id are the milliseconds since then (published with Twitter's Snowflake).
const snowflakeEpoch = 1288834974657

// PostTime returns when a post on X with this id was made; false for ids from
// before the scheme and for numbers that are none.
func PostTime(id string) (time.Time, bool) {
	n, err := strconv.ParseUint(id, 10, 64)
	if err != nil || bits.Len64(n) < 50 || bits.Len64(n) > 63 {
		return time.Time{}, false
	}
	return time.UnixMilli(int64(n>>22) + snowflakeEpoch).UTC(), true
}

// witnesses collects what the links of an entry say about its time.
func (r *timelineReader) witnesses(l *line, e *Event) {
	for i := range l.links {
		p := parsePage(l.links[i].url)
		if !p.below("twitter.com") && !p.below("x.com") && !p.below("nitter.net") {
			continue
		}
		for n, s := range p.path {
			if (s == "status" || s == "statuses") && n+1 < len(p.path) {
				if at, ok := PostTime(p.path[n+1]); ok {
					e.Posts = append(e.Posts, at)
				}
			}
		}
	}
	if e.Precision == Minute && len(e.Posts) == 1 {
		if hours, ok := offset(e.Time, e.Posts[0]); ok {
			r.problems = append(r.problems, zoneProblem(*e, e.Posts[0], hours))
		}
	}
}

// offset returns the whole hours by which a written time is ahead of a
// witness. Posts and entries are a few minutes apart; a difference counts
// where it is within ten minutes of whole hours and at most what
// zones differ by, or a whole day.
func offset(written, witness time.Time) (hours int, ok bool) {
	diff := written.Sub(witness)
	h := int(diff.Round(time.Hour) / time.Hour)
	rest := diff - time.Duration(h)*time.Hour
	return h, h != 0 && (h >= -14 && h <= 14 || h == 24 || h == -24) && rest.Abs() <= 10*time.Minute
}

// zoneProblem says by how much a written time is off its linked post. What is
// posted comes after what happened: an entry that is earlier than its post may
// be right.
func zoneProblem(e Event, post time.Time, hours int) Problem {
	hint := fmt.Sprintf("the time reads like UTC%+d", hours)
	switch {
	case hours == 12 || hours == -12:
		hint = "AM and PM may be exchanged"
	case hours == 24 || hours == -24:
		hint = "the date may be off by a day"
	}
	word, n := "after", hours
	if hours < 0 {
		word, n = "before", -hours
		hint += ", unless it was posted so much later"
	}
	unit := "hours"
	if n == 1 {
		unit = "hour"
	}
	return Problem{e.Pos, "warning", "time-zone",
		fmt.Sprintf("%s, as written, is %d %s %s the linked post of %s", e.Time.Format("2006-01-02 15:04 MST"), n, unit, word, post.Format("2006-01-02 15:04 MST")), hint}
}
