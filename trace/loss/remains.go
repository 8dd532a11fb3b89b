package loss

import "github.com/holiman/uint256"

// remains are amounts that are used up, in order, over which stand the largest of
// each two, of each two of these, and so on: the first that is large enough is found
// without looking at all before it.
type remains struct {
	width   int           // of the lowest row, a power of two
	largest []uint256.Int // of each node, from the top; node n is over 2n and 2n+1
}

// remaining returns what movements moved.
func remaining(list []*judged) *remains {
	width := 1
	for width < len(list) {
		width *= 2
	}
	r := &remains{width, make([]uint256.Int, 2*width)}
	for i, j := range list {
		r.largest[width+i] = j.Transfer.Units
	}
	for n := width - 1; n > 0; n-- {
		r.over(n)
	}
	return r
}

func (r *remains) over(n int) {
	r.largest[n] = r.largest[2*n]
	if r.largest[2*n].Lt(&r.largest[2*n+1]) {
		r.largest[n] = r.largest[2*n+1]
	}
}

// first returns the place of the first amount at or after one that is no less than
// units; negative for none.
func (r *remains) first(from int, units *uint256.Int) int {
	if from >= r.width {
		return -1
	}
	n := r.width + from
	for r.largest[n].Lt(units) {
		for n%2 == 1 { // up, while there is nothing to the right
			if n /= 2; n <= 1 {
				return -1
			}
		}
		n++
	}
	for n < r.width {
		if n *= 2; r.largest[n].Lt(units) {
			n++
		}
	}
	return n - r.width
}

// take uses up units of an amount.
func (r *remains) take(i int, units *uint256.Int) {
	n := r.width + i
	r.largest[n].Sub(&r.largest[n], units)
	for n /= 2; n > 0; n /= 2 {
		r.over(n)
	}
}
