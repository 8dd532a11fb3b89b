package flow

import (
	"slices"

	"github.com/holiman/uint256"
)

// amounts keeps integers of up to 256 bits in as little room as each needs.
type amounts struct {
	double [][2]uint64
	whole  []uint256.Int
}

// amount is one of them: itself where it has 64 bits, else its place among
// those of its width.
type amount struct {
	low   uint64
	width width
}

type width uint8

const (
	single width = iota
	double
	whole
)

// widthOf is the least that an integer needs.
func widthOf(u *uint256.Int) width {
	switch {
	case u[1]|u[2]|u[3] == 0:
		return single
	case u[2]|u[3] == 0:
		return double
	}
	return whole
}

func (a *amounts) keep(u *uint256.Int) amount {
	switch widthOf(u) {
	case single:
		return amount{u[0], single}
	case double:
		a.double = append(a.double, [2]uint64{u[0], u[1]})
		return amount{uint64(len(a.double) - 1), double}
	}
	a.whole = append(a.whole, *u)
	return amount{uint64(len(a.whole) - 1), whole}
}

func (a *amounts) get(n amount) uint256.Int {
	switch n.width {
	case single:
		return uint256.Int{n.low}
	case double:
		d := &a.double[n.low]
		return uint256.Int{d[0], d[1]}
	}
	return a.whole[n.low]
}

func (a *amounts) clone() amounts {
	return amounts{slices.Clone(a.double), slices.Clone(a.whole)}
}
