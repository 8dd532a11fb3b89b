package pricing

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/holiman/uint256"

	"losstracer/chain"
)

// Ask asks what a subject was worth.
type Ask struct {
	Subject Subject
	At      time.Time
	// Block is the block on the subject's chain of which At is the time; zero
	// where only the time is known.
	Block uint64
	// Start is the block in which the theft began, where that was before Block:
	// averages of pools end before it, so that what the theft did to a pool is
	// no part of its price.
	Start uint64
	// Units is how much is to be priced, in base units: the most that was moved.
	// Zero where nobody knows. A contract that says less of itself exists has no
	// say in what it is worth.
	Units uint256.Int
}

// Before returns the last block that the theft cannot have touched, false
// where no block is known.
func (a Ask) Before() (uint64, bool) {
	first := a.Block
	if a.Start > 0 && a.Start < first {
		first = a.Start
	}
	if first == 0 {
		return 0, false
	}
	return first - 1, true
}

// OfToken reports whether the ask is for a token of a chain by its contract. The
// coin, and what stands for it one for one, is none: [Wrapped] has its price.
func (a Ask) OfToken(chainID uint64) bool {
	n, _ := chain.NetworkByID(chainID)
	id := a.Subject.Asset
	return a.Subject.Symbol == "" && id.ChainID() == chainID && id.Kind() == chain.ERC20 && id.Contract() != n.Wrapped && id.Contract() != n.CoinFace
}

func (a Ask) compare(o Ask) int {
	return cmp.Or(a.Subject.Compare(o.Subject), a.At.Compare(o.At), cmp.Compare(a.Block, o.Block), cmp.Compare(a.Start, o.Start), a.Units.Cmp(&o.Units))
}

// String names the ask in a report.
func (a Ask) String() string {
	s := a.Subject.String() + " at " + a.At.UTC().Format(time.RFC3339)
	if a.Block > 0 {
		s += fmt.Sprintf(" (block %d)", a.Block)
	}
	return s
}

// Refusal says why a source has no price for an ask.
type Refusal struct {
	Ask Ask
	Why string
}

// Answer is what a source has to say. Quotes may be of any time, also after
// that of the ask: a [Book] does not look ahead. An ask that a source knows
// nothing about needs no refusal.
type Answer struct {
	Quotes   []Quote
	Refusals []Refusal
}

// Refuse adds a refusal.
func (a *Answer) Refuse(ask Ask, format string, args ...any) {
	a.Refusals = append(a.Refusals, Refusal{ask, fmt.Sprintf(format, args...)})
}

// Source knows prices.
type Source interface {
	// Name is how the source is called in flags and reports.
	Name() string
	// Quotes answers asks, as many at once as it can. An error means that the
	// source could not be asked about some of them; what it did answer stands.
	Quotes(ctx context.Context, asks []Ask) (Answer, error)
}

// Dependent is a Source whose prices rest on prices of other subjects. Those
// are asked for first.
type Dependent interface {
	Source
	// Needs returns, at the place of each ask, what has to be priced before it
	// can be. An error means that this could not be found out for some of them.
	Needs(ctx context.Context, asks []Ask) ([][]Ask, error)
}

// distinct returns asks in order, each once.
func distinct(asks []Ask) []Ask {
	list := slices.Clone(asks)
	for i := range list {
		list[i].At = plain(list[i].At)
	}
	slices.SortFunc(list, Ask.compare)
	return slices.CompactFunc(list, func(a, b Ask) bool { return a.compare(b) == 0 })
}

// plain returns a time without zone and clock, so that equal moments are equal
// keys.
func plain(t time.Time) time.Time { return t.UTC().Round(0) }
