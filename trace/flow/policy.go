package flow

import (
	"fmt"
	"slices"
	"strings"
)

// Policy decides which part of an outflow is tainted where tainted and clean
// funds are mixed. The zero Policy is FIFO.
type Policy uint8

// The policies. All stands for running every one of them.
const (
	FIFO Policy = iota
	LIFO
	Haircut
	Poison
	TaintedFirst
	TaintedLast
	All
)

var policyNames = [...]string{"fifo", "lifo", "haircut", "poison", "tainted-first", "tainted-last", "all"}

// legalNames are those by which English cases know a policy: Clayton's Case
// (1816), Barlow Clowes v Vaughan (1992) for pari passu, Re Oatway (1903), and
// Re Hallett (1880) within the lowest intermediate balance of Roscoe v Winder
// (1915).
var legalNames = [...]string{
	FIFO: "first in, first out (Clayton's Case)", LIFO: "", Haircut: "pari passu", Poison: "",
	TaintedFirst: "Re Oatway", TaintedLast: "Re Hallett, capped by the lowest intermediate balance (Roscoe v Winder)", All: "",
}

// Policies returns every policy, in the order in which they are printed.
func Policies() []Policy {
	return []Policy{FIFO, LIFO, Haircut, Poison, TaintedFirst, TaintedLast}
}

// String returns the name used in flags and JSON.
func (p Policy) String() string {
	if int(p) < len(policyNames) {
		return policyNames[p]
	}
	return fmt.Sprintf("policy%d", uint8(p))
}

// LegalName returns the name that English law has for the policy, or nothing.
func (p Policy) LegalName() string {
	if int(p) < len(legalNames) {
		return legalNames[p]
	}
	return ""
}

// Conserves reports whether tainted amounts neither grow nor vanish under p.
func (p Policy) Conserves() bool { return p != Poison }

// ParsePolicy reads the name of a policy.
func ParsePolicy(s string) (Policy, error) {
	i := slices.Index(policyNames[:], s)
	if i < 0 {
		return 0, fmt.Errorf("policy %q: want one of %s", s, strings.Join(policyNames[:], ", "))
	}
	return Policy(i), nil
}

// MarshalText implements [encoding.TextMarshaler].
func (p Policy) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (p *Policy) UnmarshalText(b []byte) error {
	policy, err := ParsePolicy(string(b))
	if err == nil {
		*p = policy
	}
	return err
}
