package flow

import "github.com/holiman/uint256"

// storedLeg and storedMove are what is kept of every leg and move: there are as
// many as transfers. Nearly all of them carry the whole amount of their row, and
// only the others have one of their own.
type storedLeg struct {
	from, to, row uint32
	units         uint32 // position in engine.amounts, from 1; 0 is the row's
	fee           bool
	opens         bool // the first of its tx
}

type storedMove struct {
	from, to, row uint32
	units         uint32
	conv          int32
	end           TerminalKind
	cut           cut
	fee           bool
}

func (e *engine) store(row uint32, units *uint256.Int) uint32 {
	if *units == e.rec.rows[row].units {
		return 0
	}
	e.amounts = append(e.amounts, *units)
	return uint32(len(e.amounts))
}

func (e *engine) amount(row, at uint32) *uint256.Int {
	if at == 0 {
		return &e.rec.rows[row].units
	}
	return &e.amounts[at-1]
}

// addLegs keeps the legs of one tx.
func (e *engine) addLegs(legs []leg) {
	for i := range legs {
		l := &legs[i]
		e.legs = append(e.legs, storedLeg{l.from, l.to, l.row, e.store(l.row, &l.units), l.fee, i == 0})
	}
}

func (e *engine) legAt(i int) leg {
	l := &e.legs[i]
	return leg{*e.amount(l.row, l.units), l.from, l.to, l.row, l.fee}
}

// forEachTx visits the legs of each tx; at is the position of the first. The
// legs are the visitor's until he returns.
func (e *engine) forEachTx(visit func(legs []leg, at uint32)) {
	for i := 0; i < len(e.legs); {
		e.now = append(e.now[:0], e.legAt(i))
		j := i + 1
		for ; j < len(e.legs) && !e.legs[j].opens; j++ {
			e.now = append(e.now, e.legAt(j))
		}
		visit(e.now, uint32(i))
		i = j
	}
}

func (e *engine) addMove(m *move) {
	e.moves = append(e.moves, storedMove{m.from, m.to, m.row, e.store(m.row, &m.units), m.conv, m.end, m.cut, m.fee})
}

func (e *engine) move(i int) move {
	m := &e.moves[i]
	return move{*e.amount(m.row, m.units), m.from, m.to, m.row, m.conv, m.end, m.cut, m.fee}
}
