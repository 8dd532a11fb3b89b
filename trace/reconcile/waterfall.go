package reconcile

import (
	"github.com/shopspring/decimal"

	"losstracer/trace/loss"
)

// StepKind says what a step of a waterfall is.
type StepKind string

// The kinds of steps, in the order in which they come.
const (
	StepReported     StepKind = "reported"      // where it begins
	StepNotBroken    StepKind = "not-broken"    // reported in sum, and in no part
	StepPart         StepKind = "part"          // a part that was measured otherwise
	StepNotMeasured  StepKind = "not-measured"  // a part that nothing measures
	StepUnreported   StepKind = "unreported"    // measured, and in no part
	StepNotExplained StepKind = "not-explained" // what the steps before leave
	StepDifference   StepKind = "difference"    // the same, where the write-up gives no parts
	StepMeasured     StepKind = "measured"      // where it ends
)

// Step is one step from the reported to the measured total.
type Step struct {
	Kind StepKind
	USD  decimal.Decimal // by which the level changes; the level itself at both ends
	// Level is what is left after the step.
	Level   decimal.Decimal
	Finding *Finding        // of a part
	Loss    *loss.AssetLoss // of what is unreported
}

// Waterfall leads from the reported to the measured total, in dollars, part by
// part; steps of nothing are left out. Nothing in it is adjusted: what the other
// steps do not explain is a step of its own. It has no steps where the write-up
// states no dollars, or nothing was lost.
func (r Result) Waterfall(s *loss.Statement) []Step {
	if r.Reported == nil || len(s.Losses) == 0 {
		return nil
	}
	f := fall{steps: []Step{{Kind: StepReported, USD: *r.Reported, Level: *r.Reported}}}
	rest := StepDifference
	if parts := itemised(r.Findings); parts.IsPositive() {
		rest = StepNotExplained
		f.step(Step{Kind: StepNotBroken, USD: parts.Sub(*r.Reported)})
		for i := range r.Findings {
			f.part(&r.Findings[i])
		}
		for i := range r.Unreported {
			if l := &r.Unreported[i].Loss; l.GrossUSD != nil {
				f.step(Step{Kind: StepUnreported, USD: *l.GrossUSD, Loss: l})
			}
		}
	}
	f.step(Step{Kind: rest, USD: s.Totals.Gross.Sub(f.level())})
	return append(f.steps, Step{Kind: StepMeasured, USD: s.Totals.Gross, Level: s.Totals.Gross})
}

type fall struct{ steps []Step }

func (f *fall) level() decimal.Decimal { return f.steps[len(f.steps)-1].Level }

func (f *fall) step(s Step) {
	if s.USD.IsZero() {
		return
	}
	s.Level = f.level().Add(s.USD)
	f.steps = append(f.steps, s)
}

// part is the step that one figure of the write-up makes.
func (f *fall) part(finding *Finding) {
	switch part := finding.part; {
	case part == nil:
	case !finding.decided() || finding.Measured.USD == nil:
		f.step(Step{Kind: StepNotMeasured, USD: part.Neg(), Finding: finding})
	default:
		f.step(Step{Kind: StepPart, USD: finding.Measured.USD.Sub(*part), Finding: finding})
	}
}

// itemised adds up the parts of what is reported.
func itemised(findings []Finding) decimal.Decimal {
	var sum decimal.Decimal
	for i := range findings {
		if part := findings[i].part; part != nil {
			sum = sum.Add(*part)
		}
	}
	return sum
}
