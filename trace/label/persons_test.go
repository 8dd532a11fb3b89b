package label

import (
	"slices"
	"testing"
)

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
