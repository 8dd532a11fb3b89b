package incident

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestPostTime(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ id, want, reason string }{
		{"1673775788661800969", "2023-06-27T19:30:19Z", "a post of that evening"},
		{"20", "", "ids from before the scheme carry no time"},
		{"99999999999999999999", "", "not a 64-bit number"},
		{"abc", "", ""},
	} {
		at, ok := PostTime(tt.id)
		got := ""
		if ok {
			got = at.Truncate(time.Second).Format(time.RFC3339)
		}
		if got != tt.want {
			t.Errorf("PostTime(%s) = %q, want %q: %s", tt.id, got, tt.want, tt.reason)
		}
	}
}

func TestPostsOfEntries(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, post, want, reason string
	}{
		{"agrees", "2022-03-29T10:02:11Z", "", "a few minutes apart"},
		{"an hour ahead", "2022-03-29T09:00:11Z", "UTC+1", "whole hours are a zone"},
		{"eight behind", "2022-03-29T18:03:00Z", "UTC-8, unless", "or posted later"},
		{"half a day", "2022-03-29T22:01:00Z", "AM and PM", ""},
		{"a day", "2022-03-28T10:01:00Z", "off by a day", ""},
		{"half an hour", "2022-03-29T10:31:00Z", "", "no zone differs by that here"},
		{"a week", "2022-04-05T10:00:00Z", "", "another event, not a zone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339, tt.post)
			if err != nil {
				t.Fatal(err)
			}
			id := (at.UnixMilli() - snowflakeEpoch) << 22
			inc := Parse("x.md", fmt.Appendf(nil, head+"## Timeline\n\n- **March 29, 2022, 10:00 AM UTC:** [said so](https://x.com/somebody/status/%d)\n", id))
			said := slices.DeleteFunc(slices.Clone(inc.Problems), func(p Problem) bool { return p.Code != "time-zone" })
			switch {
			case tt.want == "" && len(said) > 0:
				t.Errorf("unexpected %v: %s", said, tt.reason)
			case tt.want != "" && (len(said) != 1 || !strings.Contains(said[0].Hint, tt.want)):
				t.Errorf("got %v, want a hint of %s", said, tt.want)
			}
		})
	}
}

func BenchmarkLarge(b *testing.B) {
	paragraph := "The exchange was hacked on a Monday and lost a lot of its funds. [Nobody](https://example.org/a) knows *why* it happened, and what came of it.\n\n"
	for _, megabytes := range []int{1, 20} {
		size := megabytes << 20
		doc := []byte(head + "## Summary\n\n" + strings.Repeat(paragraph, size/len(paragraph)))
		b.Run(fmt.Sprintf("%dMB", megabytes), func(b *testing.B) {
			b.SetBytes(int64(len(doc)))
			for b.Loop() {
				Parse("x.md", doc)
			}
		})
	}
}
