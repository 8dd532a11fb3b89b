package label

import (
	"slices"
	"testing"
	"time"
)

// TestListingsAreDated: who is listed one day was not before, and what came
// before is not called a payment to the sanctioned.
func TestListingsAreDated(t *testing.T) {
	t.Parallel()
	first, last := time.Date(2018, 11, 28, 0, 0, 0, 0, time.UTC), time.Date(2026, 8, 31, 0, 0, 0, 0, time.UTC)
	for _, tag := range Builtin().Tags() {
		if tag.Category == Sanctioned && (tag.From.Before(first) || tag.From.After(last)) {
			t.Errorf("%s %s: listed on %s", tag.Address, tag.Label, tag.From)
		}
	}
}

// TestListsPerson: who keeps other people's money is told from who is on a list
// himself, and every name of the former is one of the list.
func TestListsPerson(t *testing.T) {
	t.Parallel()
	persons, services := 0, map[string]bool{}
	for _, tag := range Builtin().Tags() {
		switch {
		case tag.ListsPerson():
			persons++
			if tag.Category != Sanctioned || slices.Contains(listedServices, tag.Label) {
				t.Errorf("%s %s passes for a person", tag.Category, tag.Label)
			}
		case tag.Category == Sanctioned:
			services[tag.Label] = true
		}
	}
	if persons == 0 {
		t.Error("no person is listed")
	}
	for _, name := range listedServices {
		if !services[name] {
			t.Errorf("nothing of %s is listed", name)
		}
	}
	if own := (Tag{Category: Sanctioned, Source: "a file of mine", Label: "LAZARUS GROUP"}); own.ListsPerson() {
		t.Error("a tag of somebody else's ends a trace as he says")
	}
}
