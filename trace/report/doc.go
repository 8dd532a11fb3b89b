// Package report writes a case down for people and for programs.
//
// # Input
//
// A finished case.
//
// # Output
//
// The same case as text for a terminal, as Markdown, and as JSON for other
// programs. The same case gives the same bytes.
//
// # Limits
//
// The package renders and never computes: every figure in a report is a field
// of the case. Rounding happens here and nowhere else, half to even, for people
// only; JSON has all digits.
package report
