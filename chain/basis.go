package chain

import (
	"fmt"
	"slices"
)

// Basis says what a statement rests on. Every result carries one; the zero
// Basis is that of a statement which does not say.
type Basis uint8

// The bases, from the firmest to the softest.
const (
	Observed   Basis = iota + 1 // on chain, anybody can look it up
	Derived                     // computed from what was observed
	Attributed                  // somebody says so
	Heuristic                   // a rule of ours, which can be wrong
)

var basisNames = [...]string{"", "observed", "derived", "attributed", "heuristic"}

// String returns the name that reports use; nothing where none is stated.
func (b Basis) String() string {
	if int(b) < len(basisNames) {
		return basisNames[b]
	}
	return fmt.Sprintf("basis%d", uint8(b))
}

// MarshalText implements [encoding.TextMarshaler].
func (b Basis) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (b *Basis) UnmarshalText(text []byte) error {
	i := slices.Index(basisNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("unknown basis %q", text)
	}
	*b = Basis(i)
	return nil
}

// Weaker returns the softer of two bases: what follows from both is no firmer
// than either. A basis that is not stated is softer than all of them.
func (b Basis) Weaker(o Basis) Basis {
	if b == 0 || o == 0 {
		return 0
	}
	return max(b, o)
}

// Party is an account that plays a part in a case, and on what basis.
type Party struct {
	Account Account
	Basis   Basis
	Why     string
}
