package report

import (
	"regexp"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func drawnPicture(t *rapid.T) *picture {
	p := &picture{}
	for i := range rapid.IntRange(1, 40).Draw(t, "boxes") {
		layer := 0
		if i > 0 {
			layer = rapid.IntRange(0, 8).Draw(t, "layer")
		}
		p.Boxes = append(p.Boxes, box{Label: strconv.Itoa(i), layer: layer})
	}
	for range rapid.IntRange(0, 80).Draw(t, "arrows") {
		a := arrow{From: rapid.IntRange(0, len(p.Boxes)-1).Draw(t, "from"), To: rapid.IntRange(0, len(p.Boxes)-1).Draw(t, "to")}
		if a.From != a.To {
			a.Back = p.Boxes[a.To].layer <= p.Boxes[a.From].layer
			p.Arrows = append(p.Arrows, a)
		}
	}
	return p
}

func copied(p *picture) *picture {
	q := *p
	q.Boxes, q.Arrows = append([]box(nil), p.Boxes...), append([]arrow(nil), p.Arrows...)
	return &q
}

var coordinate = regexp.MustCompile(`-?[0-9]+`)

// TestLayersProperties: boxes stand apart, in the order of their layers, within
// the picture; arrows stay within it; the same graph is drawn the same.
func TestLayersProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawnPicture(t)
		q := copied(p)
		p.place()
		q.place()
		for i := range p.Arrows {
			if diff := cmp.Diff(p.Arrows[i].Path, q.Arrows[i].Path); diff != "" {
				t.Fatalf("drawn again, an arrow differs (-want +got):\n%s", diff)
			}
			for _, n := range coordinate.FindAllString(p.Arrows[i].Path, -1) {
				if v, err := strconv.Atoi(n); err != nil || v < 0 || v > max(p.Width, p.Height) {
					t.Fatalf("an arrow leaves the picture: %s in %d × %d", p.Arrows[i].Path, p.Width, p.Height)
				}
			}
		}
		for i, a := range p.Boxes {
			if a.X < 0 || a.Y < 0 || a.X+boxWidth > p.Width || a.Y+boxHeight > p.Height {
				t.Fatalf("box %d leaves the picture", i)
			}
			for j, b := range p.Boxes[:i] {
				if a.X < b.X+boxWidth && b.X < a.X+boxWidth && a.Y < b.Y+boxHeight && b.Y < a.Y+boxHeight {
					t.Fatalf("boxes %d and %d overlap", i, j)
				}
				if (a.layer < b.layer) != (a.X < b.X) {
					t.Fatalf("boxes %d and %d stand in the wrong layers", i, j)
				}
			}
		}
	})
}

// TestGatherKeepsAll: whatever is drawn together, no address and no payment
// gets lost.
func TestGatherKeepsAll(t *testing.T) {
	t.Parallel()
	r := bigCase(t).Flow
	p := drawFlow(r, r.Edges())
	members, payments := 0, 0
	for _, b := range p.Boxes {
		members += len(b.Members)
	}
	for _, a := range p.Arrows {
		payments += a.count
	}
	want := 0
	for _, e := range r.Edges() {
		if e.From != e.To {
			want += e.Count
		}
	}
	if members != len(r.Nodes()) || payments != want {
		t.Errorf("%d of %d addresses and %d of %d payments are drawn", members, len(r.Nodes()), payments, want)
	}
	if len(p.Boxes) > 200 || len(p.Arrows) > mostArrows {
		t.Errorf("%d boxes and %d arrows are too many to read", len(p.Boxes), len(p.Arrows))
	}
}
