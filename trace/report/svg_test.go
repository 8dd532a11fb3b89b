package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"strings"
	"testing"

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
