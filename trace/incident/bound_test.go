package incident

import "testing"

// TestBounds: every way in which writers hedge a figure.
func TestBounds(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		text string
		want Bound
	}{
		{"$26 million", Exactly}, {"a total of $26 million", Exactly}, {"exactly $26 million", Exactly}, {"most of the $26 million", Exactly}, {"other than $26 million", Exactly},
		{"around $26 million", About}, {"about $26 million", About}, {"approximately $26 million", About}, {"approx. $26 million", About}, {"roughly $26 million", About},
		{"~$26 million", About}, {"~ $26 million", About}, {"an estimated $26 million", About}, {"some $26 million", About}, {"close to $26 million", About},
		{"circa $26 million", About}, {"c. $26 million", About}, {"in the region of $26 million", About}, {"$26 million or so", About}, {"≈$26 million", About}, {"somewhere around $26 million", About},
		{"over $26 million", AtLeast}, {"at least $26 million", AtLeast}, {"more than $26 million", AtLeast}, {"$26 million+", AtLeast}, {"$26M+", AtLeast}, {"$26+ million", AtLeast},
		{"no less than $26 million", AtLeast}, {"not less than $26 million", AtLeast}, {"in excess of $26 million", AtLeast}, {"upwards of $26 million", AtLeast}, {"well over $26 million", AtLeast},
		{"just over $26 million", AtLeast}, {"$26 million or more", AtLeast}, {"a minimum of $26 million", AtLeast}, {"> $26 million", AtLeast}, {">$26 million", AtLeast}, {"exceeding $26 million", AtLeast},
		{"upward of $26 million", AtLeast}, {"north of $26 million", AtLeast}, {"topping $26 million", AtLeast}, {"greater than $26 million", AtLeast},
		{"nearly $26 million", AtMost}, {"almost $26 million", AtMost}, {"up to $26 million", AtMost}, {"less than $26 million", AtMost}, {"under $26 million", AtMost}, {"just under $26 million", AtMost},
		{"as much as $26 million", AtMost}, {"at most $26 million", AtMost}, {"a maximum of $26 million", AtMost}, {"no more than $26 million", AtMost}, {"not more than $26 million", AtMost}, {"< $26 million", AtMost},
		{"fewer than $26 million", AtMost}, {"below $26 million", AtMost}, {"$26 million at most", AtMost}, {"a little less than $26 million", AtMost}, {"smaller than $26 million", AtMost},
	} {
		inc := Parse("a.md", []byte("## Losses\n\nSomebody lost "+row.text+" in the attack.\n"))
		if len(inc.Claims) != 1 || inc.Claims[0].USD == nil {
			t.Errorf("%q: read as %+v", row.text, inc.Claims)
			continue
		}
		if f := inc.Claims[0].USD; f.Bound != row.want || f.Value.String() != "26000000" || f.Step.String() != "1000000" {
			t.Errorf("%q: %s to %s, bound %q, want 26000000 to 1000000, bound %q", row.text, f.Value, f.Step, f.Bound, row.want)
		}
	}
}
