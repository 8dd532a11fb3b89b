package incident

import (
	"fmt"
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

func TestBlockTimes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, block, want, reason string
	}{
		{"agrees", "2022-03-29T10:02:11Z", "", "a few minutes apart"},
		{"an hour ahead", "2022-03-29T09:00:11Z", "UTC+1", "whole hours are a zone"},
		{"eight behind", "2022-03-29T18:03:00Z", "UTC-8", ""},
		{"half a day", "2022-03-29T22:01:00Z", "AM and PM", ""},
		{"half an hour", "2022-03-29T10:31:00Z", "", "no zone differs by that here"},
		{"a week", "2022-04-05T10:00:00Z", "", "another event, not a zone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inc := Parse("x.md", []byte(head+"## Timeline\n\n- **March 29, 2022, 10:00 AM UTC:** [drained](https://etherscan.io/tx/"+hash+")\n"))
			at, err := time.Parse(time.RFC3339, tt.block)
			if err != nil {
				t.Fatal(err)
			}
			problems := inc.CheckBlockTimes(map[string]time.Time{hash: at})
			switch {
			case tt.want == "" && len(problems) > 0:
				t.Errorf("unexpected %v: %s", problems, tt.reason)
			case tt.want != "" && (len(problems) != 1 || problems[0].Code != "time-zone" || !strings.Contains(problems[0].Hint, tt.want)):
				t.Errorf("got %v, want a hint of %s", problems, tt.want)
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
