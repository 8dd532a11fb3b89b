package flow

import (
	"container/heap"
	"slices"
)

// orderTies orders the txs of a block that share an index: exports that number
// only txs, or logs alone, or nothing, do not say which came first. Among them
// an account is paid before it pays, wherever that is possible; what is then
// still open follows the order of hashes. Different indexes are never touched.
func (r *Record) orderTies(rows []row) {
	for i := 0; i < len(rows); {
		starts := []int{i}
		j := r.endOfTx(rows, i)
		for j < len(rows) && r.index(&rows[j]) == r.index(&rows[i]) && rows[j].file > 0 {
			starts = append(starts, j)
			j = r.endOfTx(rows, j)
		}
		if len(starts) > 1 {
			r.Unordered += len(starts)
			orderByCause(rows[i:j], starts, i)
		}
		i = j
	}
}

func (r *Record) endOfTx(rows []row, i int) int {
	j := i + 1
	for j < len(rows) && r.sameTx(&rows[i], &rows[j]) {
		j++
	}
	return j
}

// cause is a holding that txs of a tie pay into and pay from.
type cause struct {
	waiting int   // txs that pay into it and have not been placed
	payers  []int // txs that pay from it
}

// tied is one tx of a tie.
type tied struct {
	rows    []row
	feeds   []*cause
	waiting int // holdings that it pays from and that wait
	placed  bool
}

// orderByCause sorts txs so that each comes after those that feed it (Kahn's
// algorithm); among those that may come next the earliest does, and where they
// wait for each other in a circle the earliest of all.
func orderByCause(rows []row, starts []int, offset int) {
	all := tiedTxs(rows, starts, offset)
	var ready earliest
	for i := range all {
		if all[i].waiting == 0 {
			ready = append(ready, i)
		}
	}
	heap.Init(&ready)
	order := make([]row, 0, len(rows))
	next := 0
	for len(order) < len(rows) {
		var i int
		if len(ready) > 0 {
			i = heap.Pop(&ready).(int)
		} else {
			for all[next].placed {
				next++
			}
			i = next
		}
		t := &all[i]
		if t.placed {
			continue
		}
		t.placed = true
		order = append(order, t.rows...)
		for _, c := range t.feeds {
			if c.waiting--; c.waiting > 0 {
				continue
			}
			for _, p := range c.payers {
				if all[p].waiting--; all[p].waiting == 0 {
					heap.Push(&ready, p)
				}
			}
		}
	}
	copy(rows, order)
}

// tiedTxs finds out which holdings each tx feeds and which it lives from. What a
// tx both gets and pays it may only be passing on: that says nothing.
func tiedTxs(rows []row, starts []int, offset int) []tied {
	all := make([]tied, len(starts))
	causes := map[holding]*cause{}
	at := func(h holding) *cause {
		if causes[h] == nil {
			causes[h] = &cause{}
		}
		return causes[h]
	}
	for i, start := range starts {
		end := len(rows)
		if i+1 < len(starts) {
			end = starts[i+1] - offset
		}
		t := &all[i]
		t.rows = slices.Clone(rows[start-offset : end])
		gets, pays := t.moved()
		for h := range gets {
			if !pays[h] && h.account != outside {
				c := at(h)
				c.waiting++
				t.feeds = append(t.feeds, c)
			}
		}
		for h := range pays {
			if !gets[h] && h.account != outside {
				c := at(h)
				c.payers = append(c.payers, i)
			}
		}
	}
	for _, c := range causes {
		if c.waiting > 0 {
			for _, p := range c.payers {
				all[p].waiting++
			}
		}
	}
	return all
}

// moved lists the holdings that a tx adds to and takes from.
func (t *tied) moved() (gets, pays map[holding]bool) {
	gets, pays = map[holding]bool{}, map[holding]bool{}
	for i := range t.rows {
		if w := &t.rows[i]; !w.fee && w.from != w.to {
			gets[holding{w.to, w.asset}] = true
			pays[holding{w.from, w.asset}] = true
		}
	}
	return gets, pays
}

// earliest is a heap of positions.
type earliest []int

func (e earliest) Len() int           { return len(e) }
func (e earliest) Less(i, j int) bool { return e[i] < e[j] }
func (e earliest) Swap(i, j int)      { e[i], e[j] = e[j], e[i] }
func (e *earliest) Push(x any)        { *e = append(*e, x.(int)) }
func (e *earliest) Pop() any {
	last := len(*e) - 1
	x := (*e)[last]
	*e = (*e)[:last]
	return x
}
