package flow

// pieces is a list that grows without being copied: what is in it stays where it
// is. Positions begin at 1, so that 0 can be none. The zero pieces is empty and
// ready.
type pieces[T any] struct {
	list []*[1 << pieceBits]T
	used uint32 // the newest position
}

const pieceBits = 8

func (p *pieces[T]) at(i uint32) *T { return &p.list[i>>pieceBits][i&(1<<pieceBits-1)] }

// add makes room for one more, and returns where.
func (p *pieces[T]) add() uint32 {
	p.used++
	if int(p.used>>pieceBits) >= len(p.list) {
		p.list = append(p.list, new([1 << pieceBits]T))
	}
	return p.used
}
