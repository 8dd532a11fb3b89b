package flow

import (
	"fmt"
	"testing"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/google/go-cmp/cmp"
)

// onThere is everything that is said of one account.
type onThere []Tag

func (s onThere) Tags(_ uint64, a common.Address) []Tag {
	if a == named("there") {
		return s
	}
	return nil
}

// Two payments, at blocks 1 and 3; the account pays on at block 4.
func TestListings(t *testing.T) {
	t.Parallel()
	at := func(block int64) time.Time { return time.Unix(1_700_000_000+12*block, 0).UTC() }
	list := func(from, until time.Time) Tag {
		return Tag{Label: "a person", Category: "sanctioned", Source: "a list", Confidence: 95, From: from, Until: until}
	}
	pool := Tag{Label: "a pool", Category: "mixer", Source: "its page", Confidence: 95}
	never := time.Time{}
	p := newTape()
	p.tx("USDT thief there 3")
	p.tx("USDT friend other 1")
	p.tx("USDT thief there 4")
	p.tx("USDT there on 7")
	for _, test := range []struct {
		name string
		tags []Tag
		want []string
	}{
		{"no day known", []Tag{list(never, never)}, []string{"sanctioned 7, of it 7 in 2 of 2 listed"}},
		{"listed all the while", []Tag{list(at(0), at(9))}, []string{"sanctioned 7, of it 7 in 2 of 2 listed"}},
		{"listed between the two", []Tag{list(at(2), never)}, []string{"sanctioned 7, of it 4 in 1 of 2 listed"}},
		{"listed in the moment of the second", []Tag{list(at(3), never)}, []string{"sanctioned 7, of it 4 in 1 of 2 listed"}},
		{"taken off in that moment", []Tag{list(never, at(3))}, []string{"sanctioned 7, of it 3 in 1 of 2 listed"}},
		{"listed afterwards", []Tag{list(at(4), never)}, []string{"held on 7"}},
		{"taken off before", []Tag{list(never, at(1))}, []string{"held on 7"}},
		{"a person, who pays on", []Tag{{Label: "a person", Category: "sanctioned", Source: "a list", Confidence: 95, Person: true}}, []string{"held on 7"}},
		{"a mixer, and listed afterwards", []Tag{list(at(4), never), pool}, []string{"mixer 7, of it 0 in 0 of 2 listed"}},
		{"the list surer, then off it", []Tag{{Label: "a person", Category: "sanctioned", Source: "a list", Confidence: 99, Until: at(1)}, pool}, []string{"mixer 7, of it 0 in 0 of 2 listed"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := trace(t, Request{Sources: []Account{account("thief")}, Record: p.record(), Tags: onThere(test.tags)})
			var got []string
			for _, x := range r.Terminals {
				line := fmt.Sprintf("%s %s", x.Kind, x.Units)
				for _, l := range x.Listings {
					line += fmt.Sprintf(", of it %s in %d of %d listed", l.Units, l.Count, len(x.Deposits))
				}
				if diff := cmp.Diff(test.tags, x.Tags); diff != "" {
					t.Errorf("the terminal's tags (-want +got)\n%s", diff)
				}
				got = append(got, line)
			}
			for _, h := range r.Held {
				got = append(got, fmt.Sprintf("held %s %s", p.names[h.Account.Address], h.Units))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
