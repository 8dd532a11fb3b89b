package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"strings"
	"testing"

	"losstracer/chain"
	"losstracer/trace/flow"
)

// TestFlowSVG: the picture alone is well-formed, settles all its colours,
// carries no script and no link, and comes out the same twice.
func TestFlowSVG(t *testing.T) {
	t.Parallel()
	for name, r := range map[string]*flow.Result{
		"demo": demoCase(t).Flow, "hostile": caseOf(t, hostile, story()).Flow,
	} {
		var b, again bytes.Buffer
		if err := errors.Join(Flow(&b, r, "svg", 0), Flow(&again, r, "svg", 0)); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !bytes.Equal(b.Bytes(), again.Bytes()) {
			t.Errorf("%s: drawn again it differs", name)
		}
		if strings.Contains(b.String(), "var(") {
			t.Errorf("%s: a colour is not settled", name)
		}
		boxes := 0
		for token := range tokens(t, name, &b) {
			start, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			if start.Name.Local == "text" {
				boxes++
			}
			if n := start.Name.Local; n == "script" || n == "a" || n == "image" || n == "foreignObject" {
				t.Errorf("%s: there is a <%s>", name, n)
			}
		}
		if boxes == 0 {
			t.Errorf("%s: no text at all", name)
		}
	}
}

// Traced back, the funds are drawn as they went: towards whom they funded, who
// stands last and holds nothing of anybody's.
func TestBackwardPicture(t *testing.T) {
	t.Parallel()
	p := drawFlow(backwardFlow(t))
	if len(p.Boxes) != 2 || len(p.Arrows) != 1 {
		t.Fatalf("drawn as %+v", p)
	}
	a := p.Arrows[0]
	from, to := p.Boxes[a.From], p.Boxes[a.To]
	if a.Back || from.layer != 0 || to.layer != 1 || !strings.HasPrefix(to.Detail, "funded") || strings.Contains(from.Detail, "holds") {
		t.Errorf("%+v goes from %+v to %+v", a, from, to)
	}
	for _, l := range p.Legend {
		if strings.Contains(l.Says, "holds") || strings.Contains(l.Says, "come from") {
			t.Errorf("the legend says %q", l.Says)
		}
	}
}

// What leads back is labelled too, beside the boxes and not on other labels.
func TestLabelsOfReturns(t *testing.T) {
	t.Parallel()
	a, b, c := chain.Hex(addressOf(0xa)), chain.Hex(addressOf(0xb)), chain.Hex(addressOf(0xc))
	text := "time,from,to,usd\n" +
		"1700000000," + a + "," + b + ",700\n" + "1700000012," + b + "," + c + ",600\n" + "1700000024," + c + "," + a + ",50\n"
	rec := &flow.Record{}
	if err := rec.ReadCSV(strings.NewReader(text), "flows.csv"); err != nil {
		t.Fatal(err)
	}
	r, err := flow.Trace(t.Context(), flow.Request{Sources: []flow.Account{{ChainID: 1, Address: addressOf(0xa)}}, Record: rec})
	if err != nil {
		t.Fatal(err)
	}
	p := drawFlow(r)
	if err := p.place(); err != nil {
		t.Fatal(err)
	}
	returns := 0
	for i, x := range p.Arrows {
		if x.Back {
			returns++
		}
		if x.Label == "" {
			t.Errorf("the arrow from %d to %d has no label", x.From, x.To)
		}
		for j, y := range p.Arrows[:i] {
			if x.LabelX == y.LabelX && x.LabelY == y.LabelY {
				t.Errorf("the labels of arrows %d and %d lie on each other", i, j)
			}
		}
		for _, box := range p.Boxes {
			if x.LabelX > box.X && x.LabelX < box.X+boxWidth && x.LabelY > box.Y && x.LabelY < box.Y+boxHeight {
				t.Errorf("the label of arrow %d lies on %s", i, box.Label)
			}
		}
	}
	if returns != 1 {
		t.Errorf("%d arrows lead back, want 1", returns)
	}
}
