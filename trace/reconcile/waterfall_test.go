package reconcile_test

import (
	"math/rand/v2"
	"testing"

	"github.com/shopspring/decimal"

	"losstracer/trace/reconcile"
)

// TestWaterfall: whatever was damaged, the steps lead from what is reported to
// what was measured, each from where the one before it ended.
func TestWaterfall(t *testing.T) {
	t.Parallel()
	kinds := map[reconcile.StepKind]int{}
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 9))
		c := newTheft(random)
		for _, d := range damages {
			w := c.write(random)
			against := d.do(random, c, &w)
			if against == nil {
				continue
			}
			if random.IntN(8) == 0 {
				w.lines = nil
			}
			r, _ := c.compare(w, against)
			steps := r.Waterfall(against)
			level := decimal.Decimal{}
			for i, s := range steps {
				kinds[s.Kind]++
				if s.Kind == reconcile.StepMeasured {
					level = decimal.Decimal{}
				}
				if level = level.Add(s.USD); !level.Equal(s.Level) {
					t.Fatalf("%s: step %d, %s, ends at %s, and the steps add up to %s", d.name, i, s.Kind, s.Level, level)
				}
			}
			first, last := steps[0], steps[len(steps)-1]
			if first.Kind != reconcile.StepReported || !first.USD.Equal(*r.Reported) || last.Kind != reconcile.StepMeasured || !last.Level.Equal(against.Totals.Gross) {
				t.Fatalf("%s: leads from %+v to %+v", d.name, first, last)
			}
			if before := steps[len(steps)-2]; !before.Level.Equal(last.Level) {
				t.Fatalf("%s: the step before the last ends at %s, not %s", d.name, before.Level, last.Level)
			}
		}
	}
	for _, k := range []reconcile.StepKind{reconcile.StepPart, reconcile.StepUnreported, reconcile.StepNotBroken, reconcile.StepDifference} {
		if kinds[k] == 0 {
			t.Errorf("no step of the kind %s", k)
		}
	}
}
