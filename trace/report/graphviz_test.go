package report

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/tetratelabs/wazero"
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
	seen := map[[2]int]bool{}
	for range rapid.IntRange(0, 80).Draw(t, "arrows") {
		a := arrow{From: rapid.IntRange(0, len(p.Boxes)-1).Draw(t, "from"), To: rapid.IntRange(0, len(p.Boxes)-1).Draw(t, "to")}
		if pair := [2]int{a.From, a.To}; a.From != a.To && !seen[pair] {
			seen[pair] = true
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

// TestPlaceProperties: boxes stand apart, in the order of their layers, within
// the picture; arrows stay within it; the same graph is drawn the same.
func TestPlaceProperties(t *testing.T) {
	t.Parallel()
	pictures := rapid.Custom(drawnPicture)
	for seed := range 12 {
		p := pictures.Example(seed)
		q := copied(p)
		if err := errors.Join(p.place(), q.place()); err != nil {
			t.Fatal(err)
		}
		for i := range p.Arrows {
			if diff := cmp.Diff(p.Arrows[i].Path, q.Arrows[i].Path); diff != "" || p.Arrows[i].Path == "" {
				t.Fatalf("drawn again, an arrow differs (-want +got):\n%s", diff)
			}
			for _, n := range coordinate.FindAllString(p.Arrows[i].Path, -1) {
				if v, err := strconv.Atoi(n); err != nil || v < 0 || v > max(p.Width, p.Height) {
					t.Fatalf("an arrow leaves the picture: %s in %d × %d", p.Arrows[i].Path, p.Width, p.Height)
				}
			}
		}
		checkBoxes(t, p)
	}
}

func checkBoxes(t *testing.T, p *picture) {
	t.Helper()
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
}

// TestGatherKeepsAll: whatever is drawn together, no address and no payment
// gets lost.
func TestGatherKeepsAll(t *testing.T) {
	t.Parallel()
	r := bigCase(t).Flow
	p := drawFlow(r)
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

// dense is the worst picture that gather lets through.
func dense() *picture {
	p := &picture{}
	for i := range mostBoxes {
		p.Boxes = append(p.Boxes, box{layer: i % 9})
	}
	seen := map[[2]int]bool{}
	for i := 0; len(p.Arrows) < mostArrows; i++ {
		a := arrow{From: i * 7919 % mostBoxes, To: (i*104729 + i/mostBoxes) % mostBoxes, Width: 1 + i%5}
		if a.From != a.To && !seen[[2]int{a.From, a.To}] {
			seen[[2]int{a.From, a.To}] = true
			a.Back = p.Boxes[a.To].layer <= p.Boxes[a.From].layer
			p.Arrows = append(p.Arrows, a)
		}
	}
	return p
}

// TestEnginesAgree: how the module is run does not show in the picture.
func TestEnginesAgree(t *testing.T) {
	t.Parallel()
	r := bigCase(t).Flow
	graph := drawFlow(r).dot()
	interpreted, err := dotLayout(graph, wazero.NewRuntimeConfigInterpreter())
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := dotLayout(graph, wazero.NewRuntimeConfig())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(interpreted, compiled); diff != "" {
		t.Errorf("(-interpreted +compiled):\n%s", diff)
	}
}

// TestDensePicture: the worst picture that is ever drawn comes in seconds.
func TestDensePicture(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("times are not for -short")
	}
	p := dense()
	start := time.Now()
	if err := p.place(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > time.Minute { // of some seconds, on a machine that has other tests to run
		t.Errorf("%d boxes and %d arrows took %v", len(p.Boxes), len(p.Arrows), took)
	} else {
		t.Logf("%d boxes and %d arrows in %v, %d × %d", len(p.Boxes), len(p.Arrows), took, p.Width, p.Height)
	}
}

// TestBrokenGraph: what Graphviz cannot read is an error, and says so.
func TestBrokenGraph(t *testing.T) {
	t.Parallel()
	_, err := dotLayout("digraph { a -> ", wazero.NewRuntimeConfigInterpreter())
	if err == nil || !strings.Contains(err.Error(), "syntax error") {
		t.Errorf("half a graph gave %v", err)
	}
}
