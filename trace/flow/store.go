package flow

import (
	"slices"

	"github.com/holiman/uint256"
)

// storedLeg and storedMove are what is kept of every leg and move: there are as
// many as transfers. Nearly every leg carries the whole amount of its row and
// nearly every move the whole of its leg; only the others have one of their own.
type storedLeg struct {
	from, to, row uint32
	part          uint32 // position in engine.parted, from 1; 0 is all of the row
}

type storedMove struct {
	leg uint32 // position in engine.legs
	odd uint32 // position in engine.odd, from 1; 0 is all of the leg
	end TerminalKind
	cut cut
	fee bool
}

// oddMove is a move that does not say what its leg says.
type oddMove struct {
	units    uint256.Int
	from, to uint32
	conv     int32
}

// addLegs keeps the legs of one tx.
func (e *engine) addLegs(legs []leg) {
	for i := range legs {
		l := &legs[i]
		stored := storedLeg{from: l.from, to: l.to, row: l.row}
		if l.units != e.rec.units(&e.rec.rows[l.row]) {
			e.parted = append(e.parted, l.units)
			stored.part = uint32(len(e.parted))
		}
		e.legs = append(e.legs, stored)
	}
}

func (e *engine) leg(i int) leg {
	l := &e.legs[i]
	return leg{e.unitsOf(l), l.from, l.to, l.row, e.rec.rows[l.row].fee}
}

func (e *engine) unitsOf(l *storedLeg) uint256.Int {
	if l.part > 0 {
		return e.parted[l.part-1]
	}
	return e.rec.units(&e.rec.rows[l.row])
}

// forEachTx visits the legs of each tx; at is the position of the first. The
// legs are the visitor's until he returns.
func (e *engine) forEachTx(visit func(legs []leg, at uint32)) {
	near := 0
	for i := 0; i < len(e.legs); {
		if i >= near {
			near = min(i+nearby, len(e.legs))
			e.approach(e.legs[i:near])
		}
		e.now = append(e.now[:0], e.leg(i))
		j := i + 1
		for ; j < len(e.legs) && e.sameTx(j-1, j); j++ {
			e.now = append(e.now, e.leg(j))
		}
		visit(e.now, uint32(i))
		i = j
	}
}

// sameTx reports whether two legs are of one tx. Their rows stand in it in any
// order.
func (e *engine) sameTx(i, j int) bool {
	a, b := e.legs[i].row, e.legs[j].row
	for k := min(a, b) + 1; k <= max(a, b); k++ {
		if e.rec.rows[k].opens {
			return false
		}
	}
	return true
}

// addMove keeps a move that a leg caused, whose position is at.
func (e *engine) addMove(l *leg, at uint32, m *move) {
	stored := storedMove{leg: at, end: m.end, cut: m.cut, fee: m.fee}
	if m.units != l.units || m.from != l.from || m.to != l.to || m.conv != notConversion {
		stored.odd = e.odd.add()
		*e.odd.at(stored.odd) = oddMove{m.units, m.from, m.to, m.conv}
	}
	e.moves = append(e.moves, stored)
	e.purses[m.to].in = m.row + 1
}

func (e *engine) move(i int) move {
	m := &e.moves[i]
	if m.odd > 0 {
		o := e.odd.at(m.odd)
		return move{o.units, o.from, o.to, e.legs[m.leg].row, o.conv, m.end, m.cut, m.fee}
	}
	l := e.leg(int(m.leg))
	return move{l.units, l.from, l.to, l.row, notConversion, m.end, m.cut, m.fee}
}

// ends returns the holdings between which a move went.
func (e *engine) ends(i int) (from, to uint32) {
	m := &e.moves[i]
	if m.odd > 0 {
		o := e.odd.at(m.odd)
		return o.from, o.to
	}
	return e.legs[m.leg].from, e.legs[m.leg].to
}

// rowOf returns the row of a move.
func (e *engine) rowOf(move uint32) *row { return &e.rec.rows[e.legs[e.moves[move].leg].row] }

// release lets go of what nobody needs who only looks at the moves. Where many
// transfers are known and few moved anything, nearly all goes.
func (e *engine) release() {
	e.purses, e.ids, e.opening, e.injected, e.gifts = nil, ids[holding]{}, nil, nil, nil
	e.net, e.now, e.parts, e.sides, e.local = netter{}, nil, nil, nil, nil
	e.t.known, e.t.transfers = nil, nil
	if 2*len(e.moves) > len(e.legs) {
		return
	}
	var legs []storedLeg
	for i, last := 0, uint32(0); i < len(e.moves); i++ {
		m := &e.moves[i]
		if len(legs) == 0 || m.leg != last {
			legs, last = append(legs, e.legs[m.leg]), m.leg
		}
		m.leg = uint32(len(legs) - 1)
	}
	e.legs = slices.Clip(legs)
	if e.rec != e.t.req.Record {
		e.releaseRows()
	}
}

// releaseRows lets go of the rows that no leg is of.
func (e *engine) releaseRows() {
	rec := *e.rec
	rec.rows, rec.pulled = nil, nil
	for i, last := 0, uint32(0); i < len(e.legs); i++ {
		l := &e.legs[i]
		if len(rec.rows) == 0 || l.row != last {
			w := e.rec.rows[l.row]
			if w.pulled {
				rec.pulled = append(rec.pulled, e.rec.pulled[w.at])
				w.at = uint32(len(rec.pulled) - 1)
			}
			rec.rows, last = append(rec.rows, w), l.row
		}
		l.row = uint32(len(rec.rows) - 1)
	}
	rec.rows, rec.pulled = slices.Clip(rec.rows), slices.Clip(rec.pulled)
	e.rec = &rec
}
