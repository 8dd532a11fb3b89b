package chain

// Basis says what a statement rests on. Every result carries one.
type Basis string

// The bases, from the firmest to the softest.
const (
	Observed   Basis = "observed"   // on chain, anybody can look it up
	Derived    Basis = "derived"    // computed from what was observed
	Attributed Basis = "attributed" // somebody says so
	Heuristic  Basis = "heuristic"  // a rule of ours, which can be wrong
)

// Weaker returns the softer of two bases: what follows from both is no firmer
// than either. A basis that is not stated is softer than all of them.
func (b Basis) Weaker(o Basis) Basis {
	if o.softness() > b.softness() {
		return o
	}
	return b
}

func (b Basis) softness() int {
	bases := [...]Basis{Observed, Derived, Attributed, Heuristic}
	for i, known := range bases {
		if b == known {
			return i
		}
	}
	return len(bases)
}

// Party is an account that plays a part in a case, and on what basis.
type Party struct {
	Account Account
	Basis   Basis
	Why     string
}
