package flow

import "github.com/holiman/uint256"

// open gives each holding the clean lot that covers its largest shortfall, by
// the same steps in which the amounts will move. Meanwhile the total of a purse
// is its balance without that lot, and what is tainted is the lot.
func (e *engine) open() {
	short := map[uint32]uint64{} // block of an import in which a holding had not enough
	take := func(l *leg) {
		e.purses[l.from].paid = true
		if e.hasPurse(l.from) && !e.openTake(l) && e.rec.rows[l.row].file > 0 && !e.t.req.Backward {
			short[l.from] = e.rec.block(&e.rec.rows[l.row])
		}
	}
	put := func(l *leg) {
		if !e.hasPurse(l.to) {
			return
		}
		p := &e.purses[l.to]
		balance, lot := e.rule.load(p)
		balance.Add(&balance, &l.units)
		e.rule.store(p, &balance, &lot)
		if len(short) == 0 {
			return
		}
		if block, ok := short[l.to]; ok && block == e.rec.block(&e.rec.rows[l.row]) {
			e.early++
			delete(short, l.to)
		}
	}
	e.forEachTx(func(legs []leg, _ uint32) { inOrder(legs, take, put) })
	for h := range e.purses {
		_, lot := e.rule.load(&e.purses[h])
		if !lot.IsZero() {
			e.opening = append(e.opening, share{uint32(h), lot})
		}
		e.rule.store(&e.purses[h], &lot, &uint256.Int{})
	}
}

// openTake takes a leg's units from the balance of its payer, and reports whether
// that had enough. What it lacked is added to the lot.
func (e *engine) openTake(l *leg) bool {
	p := &e.purses[l.from]
	balance, lot := e.rule.load(p)
	enough := !balance.Lt(&l.units)
	if enough {
		balance.Sub(&balance, &l.units)
	} else {
		var lacks uint256.Int
		lacks.Sub(&l.units, &balance)
		lot.Add(&lot, &lacks)
		balance.Clear()
	}
	e.rule.store(p, &balance, &lot)
	return enough
}

// inOrder is the order in which the legs of a tx act: gas that a mirrored tx
// gives back, then all payments, then all receipts, then gas.
func inOrder(legs []leg, take, put func(l *leg)) {
	for i := range legs {
		if l := &legs[i]; l.fee && l.from == nowhere {
			put(l)
		}
	}
	for i := range legs {
		if !legs[i].fee {
			take(&legs[i])
		}
	}
	for i := range legs {
		if !legs[i].fee {
			put(&legs[i])
		}
	}
	for i := range legs {
		if l := &legs[i]; l.fee && l.from != nowhere {
			take(l)
		}
	}
}
